"""Where numbers stand in their lines > which columns they are.

In aligned text a blank cell leaves a gap. Rows that print all their numbers show where the
columns are; a row with fewer is read against them, if each number meets one column only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from gkllm.align.items import Run
from gkllm.align.readings import Reading, placed
from gkllm.align.slots import Slot
from gkllm.document import Cell

WIDTH = 7
_FEWEST_ROWS = 2  # whole rows that must agree on where the columns are
_FIT = 0.9  # share of the short rows whose numbers must each meet one column

# Six ways to say where a number stands: its left end, middle or right end, with Chinese
# characters counted as one or as two. Text is aligned by one of them.
_MEASURES: tuple[Callable[[Slot], int], ...] = (
    lambda s: s.cell.x + len(s.cell.text),
    lambda s: s.cell.x,
    lambda s: s.cell.x - len(s.cell.text),
    lambda s: s.cell.x_wide + len(s.cell.text),
    lambda s: s.cell.x_wide,
    lambda s: s.cell.x_wide - len(s.cell.text),
)


Columns = tuple[tuple[int, int], ...]  # where the numbers of each column stand: (from, to)
_NOWHERE = (-1, -2)  # of a column without any
_TOGETHER = 4  # half characters between numbers of one column
_FEWEST_ENDS = 3  # rows with a number in the first column, and with one in the last
_FEWEST_NUMBERS = 2 * WIDTH  # of all rows; fewer keep to seven places by accident
_MOST_BESIDE = 2  # places beside the seven, which a spare number and those it pushed may have
_APART = 2.5  # times the least gap between columns that the greatest may be
_EVEN = 1.6  # times the least distance of columns that the greatest may be


@dataclass(frozen=True, slots=True)
class Ruler:
    """Column positions (from, to) in one measure, and how far off a number may stand.

    `blanks`: rows reach from the first column to the last, so that a gap in them is a blank.
    Else a column may have been lost, and those behind it have moved.
    """

    measure: Callable[[Slot], int]
    columns: Columns
    slack: int
    blanks: bool = False

    def place(self, slots: Sequence[Slot]) -> Reading | None:
        """Read slots by position; None unless each meets exactly one column, in order."""
        places: list[int] = []
        for slot in slots:
            x = self.measure(slot)
            near = [
                i
                for i, (low, high) in enumerate(self.columns)
                if low - self.slack <= x <= high + self.slack
            ]
            if len(near) != 1 or (places and near[0] <= places[-1]):
                return None
            places += near
        if not places:
            return None
        return placed(slots, places, len(self.columns), blanks=self.blanks)


def ruler(runs: Sequence[Run], head: Sequence[Cell] | None, *, totals: bool) -> Ruler | None:
    """The columns of a text, in the measure that fits the numbers of its rows best.

    Whole rows show where the columns are; where there are none, the words of the `head` do, or
    all rows together. `totals`: rows end in the sum of their numbers; of rows of nothing but
    zeros nobody knows, and only seven places tell. None if no measure fits nearly all rows, or
    if two do and place numbers differently.
    """
    lengths = [len(run.slots) for run in runs]
    if max(lengths, default=0) > WIDTH:
        return None  # a spare column stands among the seven
    if not any(0 < length < WIDTH for length in lengths):
        return None  # there is no row to place
    found = _by_rows_or_head(runs, head)
    idle = not any(slot.value for run in runs for slot in run.slots)
    if found is None and (totals or idle):
        found = _by_all_rows(runs, head if totals else None)
    if found is None:
        return None
    cells = [_cells(found.place(run.slots)) for run in runs if run.slots]
    ends = min(sum(row[i] for row in cells if row) for i in (0, -1))
    return replace(found, blanks=ends >= _FEWEST_ENDS)


def _by_rows_or_head(runs: Sequence[Run], head: Sequence[Cell] | None) -> Ruler | None:
    whole = [run.slots for run in runs if len(run.slots) == WIDTH]
    short = [run.slots for run in runs if 0 < len(run.slots) < WIDTH]
    if len(whole) >= _FEWEST_ROWS:
        scales = [_columns(measure, whole) for measure in _MEASURES]
    elif head is not None:
        heads = [Slot(cell, None) for cell in head]
        scales = [_columns(measure, [heads]) for measure in _MEASURES]
        short += whole
    else:
        return None
    found = [
        (sum(scale.place(slots) is not None for slots in short), scale)
        for scale in scales
        if scale is not None
    ]
    best = max((fit for fit, _ in found), default=0)
    if best < _FIT * len(short):
        return None
    fitting = [scale for fit, scale in found if fit == best]
    if len(whole) < _FEWEST_ROWS:
        # Numbers that lie beside the head leave its first or its last column empty.
        fitting = [scale for scale in fitting if _to_both_ends(scale, short)]
    elif head is None:
        # A column that is blank in all rows, and a spare number, leave seven places uneven.
        fitting = [scale for scale in fitting if _even(scale.columns)]
    placed = {tuple(_cells(scale.place(slots)) for slots in short) for scale in fitting}
    return fitting[0] if len(placed) == 1 else None


def _by_all_rows(runs: Sequence[Run], head: Sequence[Cell] | None) -> Ruler | None:
    """The columns that the numbers of all rows keep to, though no row has one in each.

    Where they keep to fewer than seven, the head says which of them are blank in all rows, and
    a gap must be there. A place of one number is none: what is counted stands in a sum too.
    """
    rows = [run.slots for run in runs if run.slots]
    if sum(map(len, rows)) < _FEWEST_NUMBERS:
        return None
    fitting = []
    for measure in _MEASURES:
        places = [measure(slot) for row in rows for slot in row]
        columns = stacks(places)
        if not all(_several(places, column) for column in columns):
            continue
        if len(columns) < WIDTH and head is not None:
            columns = _with_gaps(columns, [measure(Slot(cell, None)) for cell in head])
        if len(columns) == WIDTH and _even(columns):
            scale = Ruler(measure, columns, 0)
            if all(scale.place(row) is not None for row in rows):
                fitting.append(scale)
    ways = {tuple(_cells(scale.place(row)) for row in rows) for scale in fitting}
    return fitting[0] if len(ways) == 1 else None


def stacks(places: Sequence[int]) -> Columns:
    """Places that lie together, (from, to) each; none if they do not stand well apart."""
    columns = _together(places)
    widest = max((high - low for low, high in columns), default=0)
    apart = all(b[0] - a[1] > widest + _TOGETHER for a, b in pairwise(columns))
    return columns if apart else ()


def _together(places: Sequence[int]) -> Columns:
    """Places that lie together, (from, to) each."""
    columns: list[tuple[int, int]] = []
    for x in sorted(set(places)):
        if columns and x - columns[-1][1] <= _TOGETHER:
            columns[-1] = (columns[-1][0], x)
        else:
            columns.append((x, x))
    return tuple(columns)


def _even(columns: Columns) -> bool:
    """Whether columns are about equally far apart: a number among the labels is none of them."""
    there = [(i, column) for i, column in enumerate(columns) if column != _NOWHERE]
    steps = [(b[0] - a[1]) / (j - i) for (i, a), (j, b) in pairwise(there)]
    return max(steps) <= _APART * min(steps)


def _with_gaps(columns: Columns, head: Sequence[int]) -> Columns:
    """Seven columns of fewer, from the first of the head to the last; none if it is not plain.

    Numbers may all lie some way beside the words of their head. Where a word has no numbers,
    the columns around it must be further apart, and no other word may fit as well.
    """
    if len(columns) <= 2:  # only the first and the last, which tell of no other
        return ()
    middles = [(low + high) / 2 for low, high in columns]
    room = min(b - a for a, b in pairwise(head)) / 2
    ways = []
    for inner in combinations(range(1, WIDTH - 1), len(columns) - 2):
        way = (0, *inner, WIDTH - 1)
        beside = sorted(x - head[i] for i, x in zip(way, middles, strict=True))
        ways.append((beside[-1] - beside[0], way))
    (least, way), (second, _) = sorted(ways)[:2]
    if least >= 2 * room or second < least + room:
        return ()
    steps = [(x - w) / (i - j) for (j, w), (i, x) in pairwise(zip(way, middles, strict=True))]
    if max(steps) > _EVEN * min(steps):
        return ()
    found = dict(zip(way, columns, strict=True))
    return tuple(found.get(i, _NOWHERE) for i in range(WIDTH))


def beyond_seven(runs: Sequence[Run]) -> bool:
    """Whether the numbers of a text keep to one or two places more than seven, however measured.

    Some rows have a number beside their columns, and a blank: seven numbers are no proof.
    """
    rows = [[slot for slot in run.slots if slot.value is not None] for run in runs]
    if not any(0 < len(row) < WIDTH for row in rows):
        return False  # no row is known to have a blank
    numbers = [slot for row in rows for slot in row]
    found = []
    for measure in _MEASURES:
        places = [measure(slot) for slot in numbers]
        columns = _together(places)
        if columns and max(high - low for low, high in columns) <= _TOGETHER:
            found.append(sum(_several(places, column) for column in columns))
    return bool(found) and all(0 < count - WIDTH <= _MOST_BESIDE for count in found)


def _several(places: Sequence[int], column: tuple[int, int]) -> bool:
    """Whether more than one number stands in a column."""
    return sum(column[0] <= x <= column[1] for x in places) > 1


def _to_both_ends(scale: Ruler, rows: Sequence[Sequence[Slot]]) -> bool:
    cells = [_cells(scale.place(slots)) for slots in rows]
    return any(row and row[0] for row in cells) and any(row and row[-1] for row in cells)


def _columns(measure: Callable[[Slot], int], whole: Sequence[Sequence[Slot]]) -> Ruler | None:
    columns = tuple(
        (min(xs), max(xs)) for xs in zip(*([measure(s) for s in row] for row in whole), strict=True)
    )
    gap = min(b[0] - a[1] for a, b in pairwise(columns))
    # Numbers one space apart stand under each other by accident.
    return Ruler(measure, columns, (gap - 1) // 3) if gap > _TOGETHER else None


def _cells(reading: Reading | None) -> tuple[bool, ...]:
    return () if reading is None else tuple(bool(s and s.cell.text) for s in reading.cells)
