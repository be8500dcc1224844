"""Rows of cells between tabs, as PDF tools write tables; pages break anywhere.

⇥(三) 不予公开⇥1. 属于国家秘密⇥0⇥0⇥0⇥0⇥0⇥0⇥0
                                                 a page break: a blank line
理⇥2. 申请人逾期未按收费通知要求缴纳费用…⇥0⇥0⇥0⇥0⇥0⇥0⇥0
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gkllm.document import Cell, Grid, Section, Text

_NUMBER = re.compile(r"\d[\d,]*$")
_FEWEST_WHOLE = 3  # rows that show where the last column is


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
    return Grid("tabs", tuple(_with_last_column(rows)), ruled=True)


def _with_last_column(rows: Sequence[tuple[Cell, ...]]) -> Sequence[tuple[Cell, ...]]:
    """Rows with the empty last cells that were stripped from the ends of their lines.

    Only where all rows of numbers begin in one column and end in the last or the one before it,
    more of them before it, and no line ends in a tab: what few rows lack may stand anywhere.
    """
    if any(len(row) > 1 and not row[-1].text for row in rows):
        return rows
    numbers = [[c.x for c in row if _NUMBER.match(c.text)] for row in rows]
    last = max((xs[-1] for xs in numbers if xs), default=0)
    whole = [xs for xs in numbers if xs and xs[-1] == last]
    short = [xs for xs in numbers if xs and xs[-1] == last - 1]
    begins = {xs[0] for xs in numbers if xs}
    others = sum(map(bool, numbers)) - len(whole) - len(short)
    # Whole rows behind the short ones: a page with its edge torn off has none.
    torn = bool(short) and next(xs for xs in reversed(numbers) if xs)[-1] != last
    if len(begins) != 1 or others or torn:
        return rows
    if not _FEWEST_WHOLE <= len(whole) < len(short):
        return rows
    return [
        (*row, Cell("", row[-1].end, row[-1].end, last)) if xs and xs[-1] == last - 1 else row
        for row, xs in zip(rows, numbers, strict=True)
    ]
