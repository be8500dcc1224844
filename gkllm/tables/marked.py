"""Rows of cells that the format of a document marks: HTML, Word, sheets, ruled PDF.

A place that a merged cell covers holds no cell, so an empty cell is a blank, and x is the
column. A section may hold several tables (a page break splits them), and a table several
sections (a whole report set in one): the rows are taken that begin in the section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gkllm.document import Cell, Grid, Section, Table, TableCell, Text

_FEWEST_NUMBERS = 3  # in a table of figures; fewer are a frame around something else
_NUMBER = re.compile(r"\d")
_LONGEST_NUMBER = 24  # characters; more are words


def read(text: Text, section: Section, tables: Sequence[Table]) -> Grid | None:
    """Read the tables of a section as one grid; None if it has none with figures in it."""
    rows = tuple(row for table in tables for row in _rows(text, section, table))
    cells = [cell.text for row in rows for cell in row]
    numbers = sum(len(c) <= _LONGEST_NUMBER and bool(_NUMBER.search(c)) for c in cells)
    blanks = sum(not c for c in cells)
    if numbers + blanks < _FEWEST_NUMBERS:
        return None
    return Grid("marked", rows, ruled=True)


def _rows(text: Text, section: Section, table: Table) -> Iterator[tuple[Cell, ...]]:
    for row in table.rows:
        cells = tuple(_cell(text, cell) for cell in row)
        if cells and section.start <= cells[0].start and cells[-1].end <= section.end:
            yield cells


def _cell(text: Text, cell: TableCell) -> Cell:
    start, end = text.clean_span(cell.start, cell.end)
    printed = text.clean[start:end]
    words = printed.strip()
    start += len(printed) - len(printed.lstrip()) if words else 0
    return Cell(words, start, start + len(words), cell.column)
