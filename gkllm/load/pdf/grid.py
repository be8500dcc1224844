"""Lines of a page > tables: squares between lines, put together where no line divides them.

    lines > groups that touch > columns and rows where lines stand > squares > cells

Nothing is known here of characters but their usual height, which says how far two borders of one
cell may stand apart (double lines, frames of single cells).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gkllm.load.pdf.page import Glyph, Line

_COVERED = 0.6  # share of a square's side that a line must cover to divide
_GAP = 3.0  # points between the pieces of one dotted or interrupted line
_NARROW = 0.55  # of a character's height: columns and rows below hold nothing
_MOST_LINES = 20_000


@dataclass(slots=True)
class Cell:
    """A cell between lines: its place and size in squares, and the characters inside."""

    row: int
    column: int
    tall: int
    wide: int
    x0: float
    y0: float
    x1: float
    y1: float
    glyphs: list[Glyph] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Lattice:
    """A table of a page: the edges of its columns and rows, and its cells in printed order."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[Cell, ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]


def lattices(across: Sequence[Line], upright: Sequence[Line], em: float) -> list[Lattice]:
    """The tables that lines draw on a page, from top to bottom; `em` is a character's height."""
    slack = min(3.2, max(1.0, 0.32 * em))
    rows = joined(across[:_MOST_LINES], slack / 2)
    columns = joined(upright[:_MOST_LINES], slack / 2)
    found = []
    for some_rows, some_columns in _groups(rows, columns, slack, em):
        lattice = _lattice(some_rows, some_columns, slack, em)
        if lattice is not None:
            found.append(lattice)
    found.sort(key=lambda lattice: (lattice.ys[0], lattice.xs[0]))
    return found


def fill(lattice: Lattice, glyphs: Iterable[Glyph]) -> list[Glyph]:
    """Put characters into the cells where their middle is; the others are given back."""
    where = {
        (row, column): cell
        for cell in lattice.cells
        for row in range(cell.row, cell.row + cell.tall)
        for column in range(cell.column, cell.column + cell.wide)
    }
    left, top, right, bottom = lattice.box
    outside = []
    for glyph in glyphs:
        x, y = (glyph.x0 + glyph.x1) / 2, (glyph.y0 + glyph.y1) / 2
        if not (left <= x <= right and top <= y <= bottom):
            outside.append(glyph)
            continue
        row, column = bisect_right(lattice.ys, y) - 1, bisect_right(lattice.xs, x) - 1
        cell = where.get((min(row, len(lattice.ys) - 2), min(column, len(lattice.xs) - 2)))
        if cell is None:
            outside.append(glyph)
        else:
            cell.glyphs.append(glyph)
    return outside


# ---------------------------------------------------------------- lines


def joined(lines: Sequence[Line], slack: float, gap: float = _GAP) -> list[Line]:
    """Pieces of one line put together, no further apart than `gap` along it."""
    out: list[Line] = []
    level: list[Line] = []
    for line in sorted(lines):
        if level and line.at - level[0].at > slack:
            out += _runs(level, gap)
            level = []
        level.append(line)
    return out + _runs(level, gap)


def _runs(level: Sequence[Line], gap: float) -> list[Line]:
    """Lines at one height > the stretches that they cover."""
    out: list[Line] = []
    for line in sorted(level, key=lambda line: line.start):
        if out and line.start <= out[-1].end + gap:
            out[-1] = Line(out[-1].at, out[-1].start, max(out[-1].end, line.end))
        else:
            out.append(line)
    return out


def _groups(
    rows: Sequence[Line], columns: Sequence[Line], slack: float, em: float
) -> Iterable[tuple[list[Line], list[Line]]]:
    """Lines that touch, directly or through others; frames of single cells side by side too."""
    parent = list(range(len(rows) + len(columns)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    reach = slack + 1.0
    for j, column in enumerate(columns):
        for i, row in enumerate(rows):
            if row.at > column.end + reach:
                break
            if row.at >= column.start - reach and row.start - reach <= column.at <= row.end + reach:
                parent[root(i)] = root(len(rows) + j)
    groups: dict[int, tuple[list[Line], list[Line]]] = defaultdict(lambda: ([], []))
    for i, row in enumerate(rows):
        groups[root(i)][0].append(row)
    for j, column in enumerate(columns):
        groups[root(len(rows) + j)][1].append(column)
    crossing = [g for g in groups.values() if len(g[0]) > 1 and g[1]]
    return _beside(crossing, 0.6 * em)


def _beside(
    groups: list[tuple[list[Line], list[Line]]], near: float
) -> list[tuple[list[Line], list[Line]]]:
    """Join groups whose boxes nearly touch: cells that each have a frame of their own."""
    boxes = [
        (
            min(line.start for line in rows),
            min(line.at for line in rows),
            max(line.end for line in rows),
            max(line.at for line in rows),
        )
        for rows, _ in groups
    ]
    order = sorted(range(len(groups)), key=lambda i: boxes[i][1])
    out: list[tuple[list[Line], list[Line]]] = []
    ends: list[tuple[float, float, float, float]] = []
    for i in order:
        box = boxes[i]
        for k, other in enumerate(ends):
            if (
                box[0] <= other[2] + near
                and other[0] <= box[2] + near
                and box[1] <= other[3] + near
                and other[1] <= box[3] + near
            ):
                out[k][0].extend(groups[i][0])
                out[k][1].extend(groups[i][1])
                ends[k] = (
                    min(box[0], other[0]),
                    min(box[1], other[1]),
                    max(box[2], other[2]),
                    max(box[3], other[3]),
                )
                break
        else:
            out.append((list(groups[i][0]), list(groups[i][1])))
            ends.append(box)
    return out


# ---------------------------------------------------------------- squares


def _lattice(
    rows: Sequence[Line], columns: Sequence[Line], slack: float, em: float
) -> Lattice | None:
    # A table may be open at its sides, and is where a page ends: its lines run out there.
    ends_across = [min(row.start for row in rows), max(row.end for row in rows)]
    ends_down = [min(c.start for c in columns), max(c.end for c in columns)]
    xs = _edges([*ends_across, *(c.at for c in columns)], slack, _NARROW * em)
    ys = _edges([*ends_down, *(r.at for r in rows)], slack, _NARROW * em)
    if len(xs) < 2 or len(ys) < 2 or (len(xs) == 2 and len(ys) == 2):
        return None
    return Lattice(tuple(xs), tuple(ys), tuple(_cells(xs, ys, rows, columns, slack, em)))


def _edges(values: Sequence[float], slack: float, narrow: float) -> list[float]:
    """Where lines stand, those of one border as one, and no two closer than a character."""
    clusters: list[list[float]] = []
    for value in sorted(values):
        if clusters and value - clusters[-1][-1] <= slack:
            clusters[-1].append(value)
        else:
            clusters.append([value])
    edges: list[float] = []
    for cluster in clusters:
        middle = (cluster[0] + cluster[-1]) / 2
        if edges and middle - edges[-1] < narrow:
            continue
        edges.append(middle)
    return edges


def _walls(
    lines: Sequence[Line], at: Sequence[float], along: Sequence[float]
) -> set[tuple[int, int]]:
    """(edge, square) pairs where a line stands on an edge beside a square."""
    covered: dict[tuple[int, int], float] = defaultdict(float)
    for line in lines:
        edge = min(range(len(at)), key=lambda i: abs(at[i] - line.at))
        first = max(0, bisect_right(along, line.start) - 1)
        for square in range(first, len(along) - 1):
            low, high = along[square], along[square + 1]
            if low >= line.end:
                break
            share = (min(high, line.end) - max(low, line.start)) / (high - low)
            if share > 0:
                covered[edge, square] += share
    return {key for key, share in covered.items() if share >= _COVERED}


def _cells(
    xs: Sequence[float],
    ys: Sequence[float],
    rows: Sequence[Line],
    columns: Sequence[Line],
    slack: float,
    em: float,
) -> list[Cell]:
    """Squares with no line between them are one cell, if together they are a rectangle."""
    floors = _walls(rows, ys, xs)  # (edge of rows, column)
    walls = _walls(columns, xs, ys)  # (edge of columns, row)
    taken: set[tuple[int, int]] = set()
    cells = []
    for row in range(len(ys) - 1):
        for column in range(len(xs) - 1):
            if (row, column) in taken:
                continue
            wide = 1
            while (
                column + wide < len(xs) - 1
                and (column + wide, row) not in walls
                and (row, column + wide) not in taken
            ):
                wide += 1
            tall = 1
            while row + tall < len(ys) - 1 and _open_below(
                row + tall, column, wide, floors, walls, taken
            ):
                tall += 1
            taken |= {(r, c) for r in range(row, row + tall) for c in range(column, column + wide)}
            cells.append(
                Cell(
                    row, column, tall, wide, xs[column], ys[row], xs[column + wide], ys[row + tall]
                )
            )
    return cells


def _open_below(
    row: int,
    column: int,
    wide: int,
    floors: set[tuple[int, int]],
    walls: set[tuple[int, int]],
    taken: set[tuple[int, int]],
) -> bool:
    """Whether a stretch of squares goes on in a row below: no line above them or between."""
    span = range(column, column + wide)
    return not any((row, c) in floors or (row, c) in taken for c in span) and not any(
        (c, row) in walls for c in span[1:]
    )
