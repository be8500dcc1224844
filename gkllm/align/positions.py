"""Where numbers stand in their lines > which columns they are.

In aligned text a blank cell leaves a gap. Rows that print all their numbers show where the
columns are; a row with fewer is read against them, if each number meets one column only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gkllm.align.items import Run
from gkllm.align.readings import Reading, placed
from gkllm.align.slots import Slot

_FEWEST_ROWS = 2  # whole rows that must agree on where the columns are

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


def ruler(runs: Sequence[Run], width: int) -> Ruler | None:
    """The columns that whole rows show, in the measure in which they stand straightest."""
    whole = [run.slots for run in runs if len(run.slots) == width]
    if len(whole) < _FEWEST_ROWS:
        return None
    best: Ruler | None = None
    straightest = None
    for measure in _MEASURES:
        columns = tuple(
            (min(xs), max(xs)) for xs in zip(*([measure(s) for s in row] for row in whole), strict=True)
        )
        gap = min(b[0] - a[1] for a, b in zip(columns, columns[1:], strict=False))
        spread = sum(high - low for low, high in columns)
        if gap > 0 and (straightest is None or spread < straightest):
            straightest = spread
            best = Ruler(measure, columns, max(0, (gap - 1) // 2))
    return best
