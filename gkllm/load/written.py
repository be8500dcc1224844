"""Paragraphs and tables, as a format gives them > the text and the tables of a Document.

A person can read the text: a paragraph is a line, a table row is a line with its cells behind
tabs. What a merged cell covers is an empty piece, so that the text, saved and read again, keeps
its columns. The cells themselves say which of the empty pieces are blanks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gkllm.document import Table, TableCell

_SPACES = re.compile(r"[ \t\r\f\v]+")
_BREAKS = re.compile(r"\s*\n\s*")
# Figures one below the other in a cell are several numbers, never one: 1⏎2 is not 12.
_STACKED = re.compile(r"(?<=\d)\s*\n\s*(?=\d)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A cell before it is written: its text, where \\n parts paragraphs, and what it covers."""

    text: str
    column: int
    colspan: int = 1
    rowspan: int = 1
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph that was recognised in a picture, and how surely."""

    text: str
    confidence: float


Rows = Sequence[Sequence[Piece]]
Block = str | Rows  # a paragraph, or a table
Part = Block | Paragraph


@dataclass(frozen=True, slots=True)
class Written:
    """What `recorded` makes of blocks; `doubts` as in Document."""

    text: str
    tables: tuple[Table, ...]
    doubts: tuple[tuple[int, int, float], ...]


def written(blocks: Iterable[Block]) -> tuple[str, tuple[Table, ...]]:
    r"""Write paragraphs and tables one below the other.

    >>> rows = [[Piece("规章", 0, rowspan=2), Piece("0", 1)], [Piece("", 1)]]
    >>> text, tables = written(["一、总体情况", rows])
    >>> text
    '一、总体情况\n规章\t0\n\t\n'
    >>> [text[c.start : c.end] for row in tables[0].rows for c in row]
    ['规章', '0', '']
    """
    found = recorded(blocks)
    return found.text, found.tables


def recorded(blocks: Iterable[Part]) -> Written:
    """The same, with how surely each piece was recognised where it was."""
    page = _Page()
    for block in blocks:
        if isinstance(block, str):
            page.paragraph(block)
        elif isinstance(block, Paragraph):
            page.paragraph(block.text, block.confidence)
        else:
            page.table(block)
    return Written("".join(page.parts), tuple(page.tables), tuple(page.doubts))


class _Page:
    def __init__(self) -> None:
        self.parts: list[str] = []
        self.tables: list[Table] = []
        self.doubts: list[tuple[int, int, float]] = []
        self.at = 0

    def write(self, text: str, confidence: float = 1.0) -> tuple[int, int]:
        self.parts.append(text)
        start, self.at = self.at, self.at + len(text)
        if confidence < 1 and text:
            self.doubts.append((start, self.at, confidence))
        return start, self.at

    def paragraph(self, text: str, confidence: float = 1.0) -> None:
        self.write(text.strip("\n") + "\n", confidence)

    def table(self, rows: Rows) -> None:
        width = max((p.column + p.colspan for row in rows for p in row), default=0)
        made = tuple(self.row(row, width) for row in rows if row)
        if made:
            self.tables.append(Table(made))

    def row(self, row: Sequence[Piece], width: int) -> tuple[TableCell, ...]:
        """A row on one line, but a cell that is all of its row keeps its paragraphs."""
        alone = len(row) == 1 and row[0].colspan >= width
        cells = []
        at = 0
        for piece in row:
            if piece.column > at:
                self.write("\t" * (piece.column - at))
            at = piece.column
            text = piece.text.strip() if alone else on_one_line(piece.text)
            start, end = self.write(text, piece.confidence)
            cells.append(TableCell(start, end, at, piece.colspan, piece.rowspan, piece.confidence))
        self.write(("" if alone else "\t" * (width - 1 - at)) + "\n")
        return tuple(cells)


def on_one_line(text: str) -> str:
    r"""A cell's paragraphs on one line, figures that stand below each other kept apart.

    >>> on_one_line(" 结果\n维持 "), on_one_line("3\n12"), on_one_line("a \t b")
    ('结果维持', '3|12', 'a b')
    """
    text = text.strip()
    if text.isalnum():
        return text
    if "\n" in text:
        text = _STACKED.sub("|", text)
        text = _BREAKS.sub(lambda m: _joint(text, m.start(), m.end()), text)
    return _SPACES.sub(" ", text)


def _joint(text: str, start: int, end: int) -> str:
    """Between two Chinese characters nothing, else a space."""
    return "" if text[start - 1] > "\u2e80" and text[end] > "\u2e80" else " "
