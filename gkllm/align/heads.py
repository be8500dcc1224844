"""The head of a ruled table > the columns under it.

Where the cells of a head stand in increasing order, and a row keeps to their places, the head
says which column each cell of the row is, blanks included. A row that does not keep to them
(its own label stands under the first head, or it is shorter than the head) is not read so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gkllm.align.items import Run, Spoken
from gkllm.align.readings import Reading
from gkllm.align.slots import Slot
from gkllm.report import Reason


@dataclass(frozen=True, slots=True)
class Head:
    """x of each column that a head names, by the number of the column; `at` orders heads.

    `twice` is x of a first column that has the name of the last: none of them.
    """

    at: int
    xs: Mapping[int, int]
    width: int
    twice: int | None = None

    @property
    def gapless(self) -> bool:
        """Whether its words stand cell by cell: none of them was lost from among the others."""
        xs = self.xs.values()
        return max(xs) - min(xs) == len(xs) - 1

    def place(self, run: Run, label: Spoken | None) -> Reading | None:
        """Read a run by the head above it; None if it does not keep to its places."""
        first, last = min(self.xs.values()), max(self.xs.values())
        if (label is not None and label.x >= first) or run.slots[-1].cell.x < last:
            return None
        under = {slot.cell.x: slot for slot in run.slots}
        if first not in under:
            return None  # what stood there counts the rows, and the head is not over their numbers
        columns = {*self.xs.values(), self.twice}
        beside = [x for x, s in under.items() if s.reason is not Reason.BLANK and x not in columns]
        if not all(first < x < last for x in beside):
            return None
        cells: list[Slot | None] = [None] * self.width
        for column, x in self.xs.items():
            cells[column] = under.get(x)
        return Reading("under its head", 0, tuple(cells))

    def sides(self, run: Run, *, printed: bool) -> set[int]:
        """On which sides of the head a run has numbers, or empty cells: -1 before, 1 behind.

        As many cells as it names are pushed there by their label, and are its own.
        """
        first, last = min(self.xs.values()), max(self.xs.values())
        own = (s for s in run.slots if s.cell.x != self.twice)
        xs = [s.cell.x for s in own if (s.reason is not Reason.BLANK) == printed]
        wide = len(run.slots) > len(self.xs)
        return {-1 for x in xs if x < first} | {1 for x in xs if x > last and wide}

    def spares(self, run: Run) -> bool:
        """Whether a run has numbers between the places of the head."""
        columns = set(self.xs.values())
        return any(s.reason is not Reason.BLANK and s.cell.x not in columns for s in run.slots)


def heads(named: Sequence[tuple[int, int, int]], width: int, fewest: int) -> list[Head]:
    """The heads of a table from its column labels: (column, x, order in the text) each.

    A head ends where a column comes again after enough others. It counts if it names at least
    `fewest` columns, each once, in increasing order of x.
    """
    found: list[Head] = []
    xs: dict[int, list[int]] = {}
    twice: int | None = None
    at = 0
    for column, x, order in [*named, (-1, 0, 0)]:
        if column == width - 1 and next(iter(xs), None) == column and len(xs) == width:
            twice, *_ = xs.pop(column)  # 合计 before all others, and 总计 behind them
        if column == -1 or (column in xs and len(xs) >= fewest):
            places = [x for c in sorted(xs) for x in xs[c]]
            once = all(len(places) == 1 for places in xs.values())
            if len(xs) >= fewest and once and all(a < b for a, b in pairwise(places)):
                found.append(Head(at, _filled({c: xs[c][0] for c in sorted(xs)}), width, twice))
            xs, twice = {}, None
        xs.setdefault(column, []).append(x)
        at = order
    return found


def _filled(xs: Mapping[int, int]) -> dict[int, int]:
    """The places of a head, with those of unread names between two that leave one way to fill."""
    found = dict(xs)
    for (column, x), (following, end) in pairwise(sorted(xs.items())):
        if following - column == end - x:
            found |= {column + i: x + i for i in range(1, end - x)}
    return found


def above(run: Run, found: Sequence[Head]) -> Head | None:
    """The last head before a run."""
    for head in reversed(found):
        if head.at < run.at:
            return head
    return None


def expected(places: Sequence[Head]) -> int:
    """How many numbers a row should have: as many as a head names one by one; 0 if none tells."""
    return max((len(head.xs) for head in places if head.gapless), default=0)
