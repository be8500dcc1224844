"""One cell per line behind a tab, as Apache Tika writes the tables of Word files.

    ⇥一、本年新收政府信息公开申请数量
    ⇥3
    ⇥                       an empty cell: blank, or merged with the one above
    ⇥3
                            a blank line ends the row

A cell may itself hold line breaks and blank lines (结果⏎⏎纠正): a line without a tab goes on
with the cell before it. Where blank lines stand before nearly every cell, as where each line end
was doubled on the way, only more of them end a row; perhaps none does, and all is one row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import gcd

from gkllm.document import Cell, Grid, Section, Text

_LONGEST_CELL = 120  # the longest label has about 40 characters; more is a paragraph
_FEW = 20  # one cell in so many may have fewer blank lines before it than is usual
_FEWEST_STEPS = 3  # from cells to the numbers behind them, which tell how far cells are apart
_MANY = 3  # times that a line stands on pages of one table
_TITLE = 8  # characters of a line that is no piece of a cell of numbers
_NUMBER = re.compile(r"\d[\d,. ]*$")
_PROSE = 25  # of a longer line


def read(text: Text, section: Section) -> Grid:
    """Read rows of cells; x is the place of a cell in its row."""
    rows: list[tuple[Cell, ...]] = []
    row: list[Cell] = []
    lines = text.clean[section.start : section.end].split("\n")
    are_cells = [_is_cell(line) for line in lines]
    usual = _usual_gap(lines, are_cells)
    repeated = _repeated(
        line for line, is_cell in zip(lines, are_cells, strict=True) if not is_cell
    )
    gap = 0
    at = section.start
    for line, is_cell in zip(lines, are_cells, strict=True):
        start, at = at, at + len(line) + 1
        words = line.strip()
        if is_cell:
            if gap > usual and row:
                rows.append(tuple(row))
                row = []
            begin = start + line.index(words) if words else start + len(line)
            row.append(Cell(words, begin, begin + len(words), len(row)))
        elif not words:
            gap += 1
            continue
        elif words in repeated and row and _NUMBER.match(row[-1].text):
            continue  # the title of the report at the top of each page
        elif row and _goes_on(row[-1].text, words):
            last = row[-1]
            end = start + len(line.rstrip())
            row[-1] = Cell(text.clean[last.start : end], last.start, end, last.x)
        else:
            rows += [tuple(row), (Cell(words, start, start + len(line.rstrip()), 0),)]
            row = []
        gap = 0
    rows.append(tuple(row))
    rows = [row for row in rows if row]
    apart = _apart(rows)
    return Grid(
        "stacked", tuple(_closer(row, apart) if apart > 1 else row for row in rows), ruled=True
    )


def _apart(rows: Sequence[Sequence[Cell]]) -> int:
    """How many lines each cell takes, where those of white space between tags are cells too.

    Then no two cells with words touch, and numbers stand in every second or third cell only, at
    least behind other numbers: more of them may end a row.
    """
    pairs = [pair for row in rows for pair in pairwise(cell for cell in row if cell.text)]
    if any(b.x - a.x == 1 for a, b in pairs):
        return 1
    behind = [(a, b) for a, b in pairs if _NUMBER.match(b.text)]
    numbers = [(a, b) for a, b in behind if _NUMBER.match(a.text)]
    steps = [b.x - a.x for a, b in (numbers if len(numbers) >= _FEWEST_STEPS else behind)]
    return gcd(*steps) if len(steps) >= _FEWEST_STEPS else 1


def _closer(row: Sequence[Cell], apart: int) -> tuple[Cell, ...]:
    """A row without the cells that only part others; what parts two rows is none either."""
    kept: list[Cell] = []
    last = -1
    ends = [cell.x for cell in row if cell.text]
    for end in [*ends, len(row)]:
        empty = [row[last + apart * n] for n in range(1, (end - last) // apart)]
        kept += [*empty, *row[end : end + 1]]
        last = end
    return tuple(cell._replace(x=x) for x, cell in enumerate(kept))


def _is_cell(line: str) -> bool:
    return line.lstrip(" ").startswith("\t")


def _goes_on(text: str, words: str) -> bool:
    """Whether a line can be more of a cell: prose behind a number has lost its heading."""
    prose = len(words) >= _PROSE and _NUMBER.match(text)
    return not prose and len(text) + len(words) < _LONGEST_CELL


def _usual_gap(lines: Sequence[str], are_cells: Sequence[bool]) -> int:
    """How many blank lines nearly all cells have before them, but the first: mostly none."""
    gaps: list[int] = []
    gap = 0
    for line, is_cell in zip(lines, are_cells, strict=True):
        if is_cell:
            gaps.append(gap)
        gap = gap + 1 if not is_cell and not line.strip() else 0
    gaps = sorted(gaps[1:])
    return gaps[len(gaps) // _FEW] if gaps else 0


def _repeated(lines: Iterable[str]) -> set[str]:
    """Long ones of the lines that are no cells, which stand there again and again."""
    words = Counter(line.strip() for line in lines)
    return {line for line, times in words.items() if times >= _MANY and len(line) >= _TITLE}
