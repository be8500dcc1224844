"""One cell per line behind a tab, as Apache Tika writes the tables of Word files.

    ⇥一、本年新收政府信息公开申请数量
    ⇥3
    ⇥                       an empty cell: blank, or merged with the one above
    ⇥3
                            a blank line ends the row

A cell may itself hold line breaks and blank lines (结果⏎⏎纠正): a line without a tab goes on
with the cell before it.
"""

from __future__ import annotations

from gkllm.document import Cell, Grid, Section, Text


def read(text: Text, section: Section) -> Grid:
    """Read rows of cells; x is the place of a cell in its row."""
    rows: list[tuple[Cell, ...]] = []
    row: list[Cell] = []
    gap = False
    at = section.start
    for line in text.clean[section.start : section.end].split("\n"):
        start, at = at, at + len(line) + 1
        words = line.strip()
        if line.lstrip(" ").startswith("\t"):
            if gap and row:
                rows.append(tuple(row))
                row = []
            begin = start + line.index(words) if words else start + len(line)
            row.append(Cell(words, begin, begin + len(words), len(row)))
        elif not words:
            gap = True
            continue
        elif row and len(row[-1].text) + len(words) < _LONGEST_CELL:
            last = row[-1]
            end = start + len(line.rstrip())
            row[-1] = Cell(text.clean[last.start : end], last.start, end, last.x)
        else:
            rows += [tuple(row), (Cell(words, start, start + len(line.rstrip()), 0),)]
            row = []
        gap = False
    rows.append(tuple(row))
    return Grid("stacked", tuple(row for row in rows if row), ruled=True)


_LONGEST_CELL = 120  # the longest label has about 40 characters; more is a paragraph
