"""Tables drawn with a rule between rows, as converters to markdown and reST write wide cells.

+--------+-----+-----+
| 一     | 277 | 108 |     one row: what stands in a column between two rules is one cell
| 、本年 |     |     |
| 新收…  |     |     |
+--------+-----+-----+
| 三、本 | 32  | 3   |
|        +-----+-----+     a rule in some columns: the cell in the others goes on
| 年度…  | 8   | 1   |
+--------+-----+-----+
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from gkllm.document import Cell, Grid, Section, Text
from gkllm.tables.spaced import as_printed, breadth

_RULE = re.compile(r"\s*(?=\+[+:]*[-=─])\+[-=:+─]+\+\s*$")
_RULED = re.compile(r"\+[-=─]{2,}")  # in some columns, or in all
_BORDER = re.compile(r"[+|]")
_PART = re.compile(r"[+|](?P<within>[^+|]*)")
_DRAWN = re.compile(r":?[-=─]{2,}:?$")
_FEWEST_RULES = 4  # three part a head from a body whose rows stand line by line
# A frame of one column, and in it the rules of another table, broken to its width.
_FRAME = re.compile(r"\s*\+[-=]+\+\s*$")
_NESTED = re.compile(r"\s*\|\s*\+[-=+]{4,}\s*\|?\s*$")
_FENCE = re.compile(r":{3,}(?:\s*\{[^{}]*\})?")  # marks of pandoc around what a cell holds


class _Line(NamedTuple):
    start: int  # in the clean text
    words: str
    printed: str


class _Part(NamedTuple):
    """What stands in a line between two borders: [start, end) and the column where it begins."""

    words: str
    start: int
    column: int


def read(text: Text, section: Section) -> Grid | None:
    """Read rows of cells; x is the number of the column. None where rules part no rows."""
    clean = text.clean[section.start : section.end]
    if "+" not in clean:
        return None
    lines: list[_Line] = []
    at = section.start
    for words in clean.split("\n"):
        lines.append(_Line(at, words, as_printed(text, at, words)))
        at += len(words) + 1
    framed = any(_FRAME.match(line.words) for line in lines)
    if framed and any(_NESTED.match(line.words) for line in lines):
        return Grid("drawn", (), ruled=True)
    blocks = list(_blocks(lines))
    if not any(map(_is_ruled, blocks)):
        return None
    rows = [
        row for block in blocks for row in (_rows(block) if _is_ruled(block) else _lines(block))
    ]
    return Grid("drawn", tuple(rows), ruled=True)


def _blocks(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """The lines of each table, and each line that is in none."""
    block: list[_Line] = []
    for line in lines:
        inside = line.words.lstrip().startswith(("+", "|"))
        again = bool(block) and all(_RULE.match(each.words) for each in (block[-1], line))
        if block and (again or not inside):
            yield block
            block = []
        if inside:
            block.append(line)
        elif line.words.strip():
            yield [line]
    if block:
        yield block


def _is_ruled(block: Sequence[_Line]) -> bool:
    """Whether rules part the rows of a table, not only its head from its body."""
    return sum(_RULED.search(line.words) is not None for line in block) >= _FEWEST_RULES


def _lines(block: Sequence[_Line]) -> Iterator[tuple[Cell, ...]]:
    """Each line as a row, its cells between borders."""
    for line in block:
        words = line.words.strip()
        parts = list(_parts(line, ())) if words.startswith("|") else []
        if parts:
            yield _placed([_cell([part], part.column) for part in parts])
        elif not _RULE.match(line.words):
            words = words.strip("| ")
            start = line.start + line.words.index(words)
            yield (Cell(words, start, start + len(words), 0),)


def _rows(block: Sequence[_Line]) -> Iterator[tuple[Cell, ...]]:
    """What stands between two rules as one row."""
    edges = sorted({x for line in block if _RULE.match(line.words) for x in _edges(line)})
    rows: list[dict[int, list[_Part]]] = [{}]
    for line in block:
        parts = list(_parts(line, edges))
        ended = [part.column for part in parts if _DRAWN.match(part.words)]
        if ended:
            # A cell under which no rule is drawn goes on beside the next row.
            going_on = (part.column for part in parts if part.column not in ended)
            rows.append({column: rows[-1].get(column, []) for column in going_on})
        for part in parts:
            if part.column not in ended:
                rows[-1].setdefault(part.column, []).append(part)
    seen: set[int] = set()
    for row in rows:
        cells = [
            _cell([] if id(parts) in seen else parts, column)
            for column, parts in sorted(row.items())
        ]
        seen |= {id(parts) for parts in row.values()}
        if any(cell.text for cell in cells):
            yield _placed(cells)


def _edges(line: _Line) -> list[int]:
    """Where the borders of a line stand, in columns of characters."""
    found: list[int] = []
    done = at = 0
    for border in _BORDER.finditer(line.words):
        at += breadth(line.printed[done : border.start()])
        done = border.start()
        found.append(at)
    return found


def _parts(line: _Line, edges: Sequence[int]) -> Iterator[_Part]:
    """The pieces of a line, each with the column at whose edge it begins.

    As many pieces as columns are those of the columns, whatever their width is; without edges any
    piece is the next.
    """
    pieces = [m for m in _PART.finditer(line.words) if m.end() < len(line.words.rstrip())]
    borders = _edges(line)
    for i, m in enumerate(pieces):
        words = m["within"].strip()
        start = line.start + m.start("within") + (m["within"].index(words) if words else 0)
        by_order = not edges or len(pieces) == len(edges) - 1
        column = i if by_order else _nearest(edges, borders[i])
        yield _Part(words, start, column)


def _nearest(edges: Sequence[int], x: int) -> int:
    at = min(bisect_left(edges, x), len(edges) - 1)
    return at - 1 if at and x - edges[at - 1] < edges[at] - x else at


def _cell(parts: Sequence[_Part], column: int) -> Cell:
    """A cell from its pieces; offsets are those of the one that says it all, or of all."""
    parts = [part for part in parts if part.words]
    words = _FENCE.sub("", "".join(part.words for part in parts)).strip()
    if not words:
        at = parts[0].start if parts else 0
        return Cell("", at, at, column)
    for part in parts:
        if words in part.words:
            start = part.start + part.words.index(words)
            return Cell(words, start, start + len(words), column)
    return Cell(words, parts[0].start, parts[-1].start + len(parts[-1].words), column)


def _placed(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Empty cells stand where the cell before them ends."""
    placed = [cells[0]]
    for before, cell in pairwise(cells):
        at = cell.start if cell.text else max(before.end, placed[-1].end)
        placed.append(cell if cell.text else cell._replace(start=at, end=at))
    return tuple(placed)
