"""Rows of cells between tabs, as PDF tools write tables; pages break anywhere.

⇥(三) 不予公开⇥1. 属于国家秘密⇥0⇥0⇥0⇥0⇥0⇥0⇥0
                                                 a page break: a blank line
理⇥2. 申请人逾期未按收费通知要求缴纳费用…⇥0⇥0⇥0⇥0⇥0⇥0⇥0
"""

from __future__ import annotations

from gkllm.document import Cell, Grid, Section, Text


def read(text: Text, section: Section) -> Grid:
    """Read rows of cells; x is the place of a cell in its row."""
    rows: list[tuple[Cell, ...]] = []
    at = section.start
    for line in text.clean[section.start : section.end].split("\n"):
        start, at = at, at + len(line) + 1
        if not line.strip():
            continue
        cells = []
        begin = start
        for x, piece in enumerate(line.split("\t")):
            words = piece.strip()
            here = begin + (piece.index(words) if words else 0)
            cells.append(Cell(words, here, here + len(words), x))
            begin += len(piece) + 1
        rows.append(tuple(cells))
    return Grid("tabs", tuple(rows), ruled=True)
