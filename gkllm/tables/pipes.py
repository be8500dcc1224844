"""Rows of cells between pipes, as markdown converters write tables.

    | 三、本年度办理结果 | (一) 予以公开 | 3 | 0 |     a row
    |---|---|---|---|                               a rule, which says nothing

Where hundreds of pipes stand in one line (a whole report inside one cell) they separate
cells but mark no rows, and empty cells are only remains: `read_runs`.
"""

from __future__ import annotations

import re

from gkllm.document import Cell, Grid, Section, Text

_RULE = re.compile(r"^[\s|:+=_-]+$")
_CELL = re.compile(r"[^|\n]+")


def read(text: Text, section: Section) -> Grid:
    """Read rows of cells; x is the place of a cell in its row."""
    rows: list[tuple[Cell, ...]] = []
    at = section.start
    for line in text.clean[section.start : section.end].split("\n"):
        start, at = at, at + len(line) + 1
        if not line.strip() or ("-" in line and _RULE.match(line)):
            continue
        first = len(line) - len(line.lstrip())
        body = line.strip()
        if "|" in body:
            first += body.startswith("|")
            body = body[body.startswith("|") :]
            body = body[:-1] if body.endswith("|") else body
        cells = []
        begin = start + first
        for x, piece in enumerate(body.split("|")):
            words = piece.strip()
            here = begin + (len(piece) - len(piece.lstrip()) if words else 0)
            cells.append(Cell(words, here, here + len(words), x))
            begin += len(piece) + 1
        rows.append(tuple(cells))
    return Grid("pipes", tuple(rows), ruled=True)


def read_runs(text: Text, section: Section) -> Grid:
    """Read what stands between runs of pipes as one row of cells without borders."""
    cells: list[Cell] = []
    for m in _CELL.finditer(text.clean, section.start, section.end):
        words = m[0].strip()
        if words and not _RULE.match(words):
            start = m.start() + m[0].index(words)
            cells.append(Cell(words, start, start + len(words), len(cells)))
    return Grid("runs", (tuple(cells),), ruled=False)
