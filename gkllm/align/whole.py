"""Section 三: which of the numbers that rows print are whole, and the rows' own.

Numbers that count the rows are none of theirs; digits in cells of their own and halves of numbers
that a narrow column broke are none at all, and any seven of them may add up.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import pairwise
from operator import attrgetter

from gkllm.align.items import Run
from gkllm.align.positions import WIDTH
from gkllm.align.slots import Slot
from gkllm.report import Reason

_at = attrgetter("at")
_FEWEST_COUNTED = 6  # rows that go on counting; fewer may do so by accident
_NEARLY_ALL = 0.8  # of the rows
_FEWEST_LENGTHS = 3  # of rows of digits
_MOST_SPARE = 2  # columns that make rows longer
_ASIDE = 2  # half characters that one of them may stand aside
_HANGS = 2  # lines below a number in which its other half may stand
_HALF = re.compile(r"0\d|0\d{3,}")  # 1 036 is a number in thousands


def whole_numbers(
    rows: Mapping[str, Sequence[Run]], runs: Sequence[Run], *, ruled: bool
) -> dict[str, list[Run]]:
    """The rows with nothing but numbers of their own, those that are none marked as unreadable.

    `runs` are all that the table prints in their order, also of no row.
    """
    own = _without_line_numbers(rows)
    own = _without_long(own) if ruled else _without_hanging(_without_broken(own), runs)
    return _without_halves(own, runs, ruled=ruled)


def _without_line_numbers(rows: Mapping[str, Sequence[Run]]) -> dict[str, list[Run]]:
    """The rows without what counts them: 1, 2, 3 … as the first number of nearly all."""
    runs = sorted({run.at: run for tied in rows.values() for run in tied}.values(), key=_at)
    first = [next((s for s in run.slots if s.reason is not Reason.BLANK), None) for run in runs]
    counts = [s.value if s and isinstance(s.value, int) else None for s in first]
    steps = sum(a is not None and b == a + 1 for a, b in pairwise(counts))
    if steps < max(_FEWEST_COUNTED, _NEARLY_ALL * (len(runs) - 1)):
        return {key: list(tied) for key, tied in rows.items()}
    bare = {
        run.at: replace(run, slots=[s for s in run.slots if s is not number])
        for run, number in zip(runs, first, strict=True)
    }
    return {key: [bare[r.at] for r in tied if bare[r.at].slots] for key, tied in rows.items()}


def _without_long(rows: Mapping[str, list[Run]]) -> dict[str, list[Run]]:
    """The rows between borders without the numbers of those that have two too many, if most have
    seven: digits of one number stand in several cells, and any seven of these may add up.
    """
    lengths = [len(_numbers(run)) for tied in rows.values() for run in tied]
    if lengths.count(WIDTH) * 2 <= len(lengths):
        return dict(rows)
    return {
        key: [_unread(run) if len(_numbers(run)) > WIDTH + 1 else run for run in tied]
        for key, tied in rows.items()
    }


def _without_broken(rows: Mapping[str, list[Run]]) -> dict[str, list[Run]]:
    """The rows without numbers that lack the unit which most others have: their end was cut off.

    A narrow column breaks 1204件 into 120 and 4件.
    """
    slots = [s for tied in rows.values() for run in tied for s in run.slots]
    numbers = [s for s in slots if s.value is not None]
    if sum(bool(s.unit) for s in numbers) * 2 <= len(numbers):
        return dict(rows)
    return {
        key: [replace(run, slots=[_whole(s) for s in run.slots]) for run in tied]
        for key, tied in rows.items()
    }


def _whole(slot: Slot) -> Slot:
    """A number with its unit, or one that cannot be read."""
    broken = slot.value and not slot.unit
    return slot.unknown(Reason.UNREADABLE) if broken else slot


def _without_hanging(rows: Mapping[str, list[Run]], runs: Sequence[Run]) -> dict[str, list[Run]]:
    """The rows without the numbers under which digits hang: a narrow column broke 1204 into 12, 04.

    A part breaks where its total does, so that the upper halves add up like whole numbers. They are
    a line of no row, right below one; or on the next page, in a table where others are right below.
    """
    tied = {run.at for each in rows.values() for run in each}
    below: dict[int, list[Run]] = defaultdict(list)
    above = None
    for run in runs:
        if run.at in tied:
            above = run
        elif above is not None:
            below[above.at].append(run)
    broken = {
        run.at: [
            (_over(run.slots, r.slots), r.line - run.line)
            for r in below[run.at]
            if r.line > run.line
        ]
        for each in rows.values()
        for run in each
    }
    near = any(over and lines <= _HANGS for found in broken.values() for over, lines in found)
    return {
        key: [
            _hung(run, set().union(*(o for o, _ in broken[run.at]))) if near else run
            for run in each
        ]
        for key, each in rows.items()
    }


def _hung(run: Run, broken: AbstractSet[int]) -> Run:
    slots = [
        slot.unknown(Reason.UNREADABLE) if i in broken else slot for i, slot in enumerate(run.slots)
    ]
    return replace(run, slots=slots)


def _over(slots: Sequence[Slot], below: Sequence[Slot]) -> set[int]:
    """The numbers of a row that stand as far from each other as those in the line below it.

    Words before them may push one line aside. A lone number has a place anywhere.
    """
    if not 1 < len(below) <= len(slots) <= WIDTH + _MOST_SPARE:
        return set()
    counting = {i: slot.cell.x_wide for i, slot in enumerate(slots) if slot.value}
    broken: set[int] = set()
    for first in counting.values():
        aside = first - below[0].cell.x_wide
        over = [
            {i for i, x in counting.items() if abs(x - aside - b.cell.x_wide) <= _ASIDE}
            for b in below
        ]
        broken |= set().union(*over) if all(over) else set()
    return broken


def _without_halves(
    rows: Mapping[str, list[Run]], runs: Sequence[Run], *, ruled: bool
) -> dict[str, list[Run]]:
    """The rows without the numbers of one that has 04 in it or below: half a number, as others are.

    A narrow column breaks 1204 into 12 and 04, and 1224 into 12 and 24. So between borders rows are
    broken too that have numbers of no row right below them.
    """
    halves = [r.at for r in runs if any(_HALF.fullmatch(slot.cell.text) for slot in r.slots)]
    if not halves:
        return dict(rows)
    ats = sorted(run.at for tied in rows.values() for run in tied)
    broken = {ats[i - 1] for at in halves if (i := bisect_right(ats, at))}
    known = set(ats)
    loose = [ruled and r.at not in known and any(slot.value for slot in r.slots) for r in runs]
    broken |= {above.at for above, below in zip(runs, loose[1:], strict=False) if below}
    return {
        key: [_unread(run) for run in tied] if any(run.at in broken for run in tied) else list(tied)
        for key, tied in rows.items()
    }


def _unread(run: Run) -> Run:
    return replace(run, slots=[s.unknown(Reason.UNREADABLE) for s in run.slots])


def single_digits(runs: Iterable[Run]) -> bool:
    """Whether no number has two digits, and rows are of many lengths: each digit has a cell."""
    rows = [row for row in map(_numbers, runs) if any(slot.value for slot in row)]
    lengths = {len(row) for row in rows if len(row) >= WIDTH}
    if len(lengths) < _FEWEST_LENGTHS or max(lengths) <= WIDTH + _MOST_SPARE:
        return False
    return all(len(slot.cell.text) == 1 for row in rows for slot in row)


def _numbers(run: Run) -> list[Slot]:
    return [slot for slot in run.slots if slot.value is not None]
