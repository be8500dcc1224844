"""Where numbers stand in their lines > which columns they are.

In aligned text a blank cell leaves a gap. Rows that print all their numbers show where the
columns are; a row with fewer is read against them, if each number meets one column only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

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


@dataclass(frozen=True, slots=True)
class Ruler:
    """Column positions (from, to) in one measure, and how far off a number may stand."""

    measure: Callable[[Slot], int]
    columns: tuple[tuple[int, int], ...]
    slack: int

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
        return placed(slots, places, len(self.columns)) if places else None


def ruler(runs: Sequence[Run], head: Sequence[Cell] | None) -> Ruler | None:
    """The columns of a text, in the measure that fits the numbers of its rows best.

    Whole rows show where the columns are; where there are none, the words of the `head` do.
    None if no measure fits nearly all rows, or if two do and place numbers differently.
    """
    if any(len(run.slots) > WIDTH for run in runs):
        return None  # a spare column stands among the seven
    whole = [run.slots for run in runs if len(run.slots) == WIDTH]
    short = [run.slots for run in runs if 0 < len(run.slots) < WIDTH]
    if not short:
        return None
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
    placed = {tuple(_cells(scale.place(slots)) for slots in short) for scale in fitting}
    return fitting[0] if len(placed) == 1 else None


def _to_both_ends(scale: Ruler, rows: Sequence[Sequence[Slot]]) -> bool:
    cells = [_cells(scale.place(slots)) for slots in rows]
    return any(row and row[0] for row in cells) and any(row and row[-1] for row in cells)


def _columns(measure: Callable[[Slot], int], whole: Sequence[Sequence[Slot]]) -> Ruler | None:
    columns = tuple(
        (min(xs), max(xs)) for xs in zip(*([measure(s) for s in row] for row in whole), strict=True)
    )
    gap = min(b[0] - a[1] for a, b in pairwise(columns))
    return Ruler(measure, columns, max(0, (gap - 1) // 3)) if gap > 0 else None


def _cells(reading: Reading | None) -> tuple[bool, ...]:
    return () if reading is None else tuple(cell is not None for cell in reading.cells)
