"""Tables of pages > tables of the document: rows and tables that a page break tore apart.

A table goes on if nothing stands between the two pieces and their columns are the same. Heads
that come again are dropped. A row torn in two is put together where one half has the numbers,
or the rest of a label; the label beside it that runs over several rows goes on as one cell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from gkllm.load.pdf.grid import Lattice
from gkllm.load.pdf.lines import Row, rows_of
from gkllm.load.written import Piece

_OFF = 4.0  # points by which the edges of two pages' columns may differ
_MOST_HEAD = 6
_ENUMERATED = re.compile(
    r"[(（]?(?:[一二三四五六七八九十]{1,2}|\d{1,2})[)）、.．,，是]|其他|总计|第"
)
_NUMERIC = re.compile(r"[\d.,，%\s/—–-]*|[+-]?\d[\d.,]*(?:万?元|件|条)?")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Ruled:
    """A table by the edges of its columns: rows of pieces in printed order."""

    xs: tuple[float, ...]
    rows: tuple[tuple[Piece, ...], ...]


def ruled(lattice: Lattice) -> Ruled | None:
    """The cells of a page's table with their text; None if nothing is written in it."""
    texts = [rows_of(cell.glyphs) for cell in lattice.cells]
    if not any(texts):
        return None
    room = _least_room(lattice, texts)
    rows: list[list[Piece]] = [[] for _ in range(len(lattice.ys) - 1)]
    for cell, lines in zip(lattice.cells, texts, strict=True):
        text = _cell_text(lines, cell.x1 - cell.x0, room)
        sure = min((glyph.sure for glyph in cell.glyphs), default=1.0)
        rows[cell.row].append(Piece(text, cell.column, cell.wide, cell.tall, sure))
    return _compacted(lattice.xs, rows)


def _least_room(lattice: Lattice, texts: Sequence[Sequence[Row]]) -> float:
    """What the fullest line of a table leaves free in its cell: about the padding."""
    rooms = [
        cell.x1 - cell.x0 - (line.x1 - line.x0)
        for cell, lines in zip(lattice.cells, texts, strict=True)
        for line in lines
    ]
    return max(0.0, min(rooms, default=0.0))


def _cell_text(lines: Sequence[Row], width: float, room: float) -> str:
    """The text of a cell; a number that fills its line goes on in the next."""
    if not lines:
        return ""
    parts = [lines[0].text]
    for above, below in pairwise(lines):
        text = below.text
        if parts[-1][-1:].isdigit() and text[:1].isdigit():
            digit = below.glyphs[0].x1 - below.glyphs[0].x0
            full = width - (above.x1 - above.x0) < room + 1.1 * digit
            parts.append(text if full else "\n" + text)
        else:
            parts.append(text if _wide(parts[-1][-1:], text[:1]) else "\n" + text)
    return "".join(parts)


def _wide(left: str, right: str) -> bool:
    return left > "\u2e80" or right > "\u2e80" or not (left.isalnum() and right.isalnum())


def _compacted(xs: tuple[float, ...], rows: Sequence[Sequence[Piece]]) -> Ruled:
    """Without rows in which no cell begins; what spans them spans fewer rows."""
    keep = [bool(row) for row in rows]
    before = [sum(keep[:i]) for i in range(len(keep) + 1)]
    out = []
    for at, row in enumerate(rows):
        if row:
            out.append(tuple(replace(p, rowspan=before[at + p.rowspan] - before[at]) for p in row))
    return Ruled(xs, tuple(out))


# ---------------------------------------------------------------- over pages


def stitched(first: Ruled, second: Ruled) -> Ruled | None:
    """Both as one table; None if their columns differ."""
    columns = _common(first.xs, second.xs)
    if columns is None:
        return None
    a, b = _recolumned(first, columns[0]), _recolumned(second, columns[1])
    xs = first.xs if len(first.xs) >= len(second.xs) else second.xs
    below = b[_repeated(a, b) :]
    if not below:
        return Ruled(xs, tuple(a))
    return Ruled(xs, tuple(_sewn(list(a), list(below))))


def _common(first: Sequence[float], second: Sequence[float]) -> tuple[list[int], list[int]] | None:
    """For the edges of each table the edges of the wider one; None if they are no part of it."""
    if abs((first[-1] - first[0]) - (second[-1] - second[0])) > _OFF:
        return None
    shift = second[0] - first[0]
    moved = [x - shift for x in second]
    wide, narrow = (first, moved) if len(first) >= len(moved) else (moved, first)
    places = []
    for x in narrow:
        at = min(range(len(wide)), key=lambda i: abs(wide[i] - x))
        if abs(wide[at] - x) > _OFF:
            return None
        places.append(at)
    if sorted(set(places)) != places:
        return None
    same = list(range(len(wide)))
    return (same, places) if wide is first else (places, same)


def _recolumned(table: Ruled, edges: Sequence[int]) -> list[tuple[Piece, ...]]:
    return [
        tuple(
            replace(
                p,
                column=edges[p.column],
                colspan=edges[p.column + p.colspan] - edges[p.column],
            )
            for p in row
        )
        for row in table.rows
    ]


def _repeated(a: Sequence[Sequence[Piece]], b: Sequence[Sequence[Piece]]) -> int:
    """How many rows at the beginning of b are those at the beginning of a, and heads."""
    count = 0
    while (
        count < min(len(a), len(b), _MOST_HEAD)
        and _texts(a[count]) == _texts(b[count])
        and not any(p.text and _NUMERIC.fullmatch(p.text) for p in b[count])
        and any(p.text for p in b[count])
    ):
        count += 1
    return count


def _texts(row: Sequence[Piece]) -> list[tuple[int, str]]:
    return [(p.column, "".join(p.text.split())) for p in row]


def _sewn(
    above: list[tuple[Piece, ...]], below: list[tuple[Piece, ...]]
) -> list[tuple[Piece, ...]]:
    torn = _torn(above[-1], below[0])
    first = list(below[0])
    label = _label_column(first)
    rows = [list(row) for row in above]
    kept: list[Piece] = []
    for piece in first:
        place = _reaching(rows, piece)
        beside = torn or piece.column < label
        if place is None or not beside or not (torn or _goes_on(rows[place[0]][place[1]], piece)):
            kept.append(piece)
            continue
        owner = rows[place[0]][place[1]]
        rows[place[0]][place[1]] = replace(
            owner,
            text=owner.text + piece.text,
            confidence=min(owner.confidence, piece.confidence),
            rowspan=owner.rowspan + piece.rowspan - torn,
        )
    if torn:
        return [tuple(row) for row in rows] + below[1:]
    return [*(tuple(row) for row in rows), tuple(kept), *below[1:]]


def _reaching(rows: Sequence[Sequence[Piece]], piece: Piece) -> tuple[int, int] | None:
    """The cell of the same columns that reaches the last row."""
    for at in range(len(rows) - 1, -1, -1):
        for i, p in enumerate(rows[at]):
            if (p.column, p.colspan) == (piece.column, piece.colspan):
                return (at, i) if at + p.rowspan >= len(rows) else None
    return None


def _label_column(row: Sequence[Piece]) -> int:
    """The column of the label that names a row, the last before its numbers; -1 if it has none."""
    column = -1
    for piece in row:
        if piece.text and _NUMERIC.fullmatch(piece.text):
            break
        if piece.text:
            column = piece.column
    return column


def _goes_on(owner: Piece, piece: Piece) -> bool:
    """Whether a label below a page break is the rest of the one above, which spans rows."""
    if owner.rowspan == 1 and piece.rowspan == 1:
        return False
    return not _NUMERIC.fullmatch(owner.text) and not _ENUMERATED.match(piece.text)


def _torn(above: Sequence[Piece], below: Sequence[Piece]) -> bool:
    """Whether two rows are halves of one: same columns, and no column has a number in both."""
    upper = {(p.column, p.colspan): p for p in above if p.rowspan == 1}
    lower = {(p.column, p.colspan): p for p in below if p.rowspan == 1}
    if not lower or not set(lower) <= set(upper):
        return False
    rest = labels = continued = numbers_above = numbers_below = 0
    for key, b in lower.items():
        a = upper[key]
        named = bool(a.text) and not _NUMERIC.fullmatch(a.text)
        labels += named
        numbers_above += bool(_DIGITS.search(a.text)) and not named
        if not b.text:
            continue
        if _NUMERIC.fullmatch(b.text):
            if a.text:
                return False
            numbers_below += 1
        elif not named or _ENUMERATED.match(b.text):
            return False
        else:
            continued += 1
        rest += 1
    if not rest:
        return True  # the empty end of a row
    if numbers_above and numbers_below:
        return False
    if continued:
        return numbers_above + numbers_below > 0 or 2 * continued >= labels
    return labels > 0 and numbers_above == 0
