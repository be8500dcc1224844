"""Tables whose cells hold paragraphs and tables > paragraphs and plain tables.

Formats of word processors nest tables and set whole reports in one cell. A row whose cells
hold tables, or a long text beside other cells, is layout: its cells come one below the other.
All other rows stay rows. A table of one column is no table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from gkllm.load.written import Block, Piece

_LONG = 400  # characters of a cell that holds an article rather than a label


@dataclass(eq=False, slots=True)
class Frame:
    """A cell while it is read: what it holds, and the places that it covers."""

    column: int
    colspan: int = 1
    rowspan: int = 1
    blocks: list[Block] = field(default_factory=list)


def unframed(rows: Sequence[Sequence[Frame]]) -> Iterator[Block]:
    """The blocks that a table is: plain tables, and what stands in rows that are layout."""
    plain: list[Sequence[Frame]] = []
    for row in rows:
        if _is_layout(row):
            yield from _tabular(plain)
            plain = []
            for frame in row:
                yield from frame.blocks
        elif row:
            plain.append(row)
    yield from _tabular(plain)


def _is_layout(row: Sequence[Frame]) -> bool:
    for frame in row:
        if any(not isinstance(block, str) for block in frame.blocks):
            return True
        if len(row) > 1 and sum(map(len, frame.blocks)) > _LONG:
            return True
    return False


def _tabular(rows: Sequence[Sequence[Frame]]) -> Iterator[Block]:
    if max((len(row) for row in rows), default=0) < 2:
        for row in rows:
            for frame in row:
                yield from frame.blocks
        return
    yield tuple(tuple(_piece(frame) for frame in row) for row in rows)


def _piece(frame: Frame) -> Piece:
    text = "\n".join(block for block in frame.blocks if isinstance(block, str))
    return Piece(text, frame.column, frame.colspan, frame.rowspan)


@dataclass(frozen=True, slots=True)
class Edged:
    """A cell that knows its edges: [left, right) in any unit, and how it is merged.

    `begins` and `goes_on` say that it begins, or continues, a merger with the cell above.
    """

    left: int
    right: int
    blocks: list[Block]
    begins: bool = False
    goes_on: bool = False


_NEAR = 60  # twentieths of a point that edges of one column may be apart: a millimetre


def edged(rows: Sequence[Sequence[Edged]]) -> list[list[Frame]]:
    """Cells with edges > cells in columns: each edge that any row has begins a column.

    >>> one, two = Edged(0, 200, ["甲"]), Edged(200, 300, ["1"])
    >>> three = [Edged(0, 100, ["a"]), Edged(100, 201, ["b"]), Edged(201, 300, ["2"])]
    >>> [[(f.column, f.colspan) for f in row] for row in edged([[one, two], three])]
    [[(0, 2), (2, 1)], [(0, 1), (1, 1), (2, 1)]]
    """
    numbers = _columns(sorted({x for row in rows for c in row for x in (c.left, c.right)}))
    found: list[list[Frame]] = []
    above: dict[int, Frame] = {}
    for row in rows:
        frames: list[Frame] = []
        begun: dict[int, Frame] = {}
        for cell in row:
            column = numbers[cell.left]
            upper = above.get(column)
            if cell.goes_on and upper is not None:
                upper.rowspan += 1
                begun[column] = upper
                continue
            wide = max(1, numbers[cell.right] - column)
            frames.append(Frame(column, wide, 1, cell.blocks))
            if cell.begins or cell.goes_on:
                begun[column] = frames[-1]
        above = begun
        found.append(frames)
    return found


def _columns(edges: Sequence[int]) -> dict[int, int]:
    """The number of the column that begins at each edge; edges that nearly meet are one."""
    numbers: dict[int, int] = {}
    column, start = -1, None
    for edge in edges:
        if start is None or edge - start > _NEAR:
            column, start = column + 1, edge
        numbers[edge] = column
    return numbers


@dataclass(frozen=True, slots=True)
class Shape:
    """The row that its end mark describes: edges of its cells, and how each is merged.

    `merged` has for each cell a set of "begins" and "goes on" (down) and "beside" (across).
    """

    edges: tuple[int, ...] = ()
    merged: tuple[frozenset[str], ...] = ()


@dataclass(slots=True)
class _Open:
    """A table that is being read."""

    rows: list[list[Edged]] = field(default_factory=list)
    cells: list[list[Block]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


class Flow:
    """Paragraphs with the depth of tables that each stands in > blocks.

    Word processors of old mark the ends of cells and rows in the flow of paragraphs, and say at
    the end of a row where the edges of its cells are.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.open: list[_Open] = []

    def paragraph(self, text: str, depth: int) -> None:
        """A paragraph inside `depth` tables."""
        self.to(depth)
        into = self.open[-1].blocks if self.open else self.blocks
        into.extend(line for line in text.split("\n") if line)

    def end_cell(self, text: str, depth: int) -> None:
        """The last paragraph of a cell."""
        self.paragraph(text, depth)
        if self.open:
            self.open[-1].cells.append(self.open[-1].blocks)
            self.open[-1].blocks = []

    def end_row(self, shape: Shape, depth: int) -> None:
        """The mark that ends a row."""
        self.to(depth)
        if self.open:
            table = self.open[-1]
            table.rows.append(_shaped(table.cells, shape))
            table.cells, table.blocks = [], []

    def to(self, depth: int) -> None:
        """Go to a depth of tables: those that are deeper have ended."""
        while len(self.open) > depth:
            table = self.open.pop()
            if table.cells or table.blocks:  # a last row that was never ended
                table.rows.append(_shaped([*table.cells, table.blocks], Shape()))
            into = self.open[-1].blocks if self.open else self.blocks
            into.extend(unframed(edged(table.rows)))
        while len(self.open) < depth:
            self.open.append(_Open())

    def finished(self) -> list[Block]:
        """All blocks, when everything has been said."""
        self.to(0)
        return self.blocks


def _shaped(cells: Sequence[list[Block]], shape: Shape) -> list[Edged]:
    edges, merged = shape.edges, shape.merged
    if len(edges) <= len(cells):  # a row without a shape: one column after the other
        edges = tuple(range(0, 1000 * (len(cells) + 1), 1000))
        merged = (frozenset(),) * len(cells)
    row: list[Edged] = []
    for number, blocks in enumerate(cells):
        how = merged[number]
        if "beside" in how and row:
            row[-1] = replace(row[-1], right=edges[number + 1], blocks=[*row[-1].blocks, *blocks])
            continue
        begins = "begins" in how
        goes_on = "goes on" in how and not begins
        row.append(Edged(edges[number], edges[number + 1], blocks, begins, goes_on))
    return row
