"""Slots x columns > Readings: every way in which the numbers of a row can be its cells.

A row with as many slots as columns has one reading. Another row has several: a number was
split by a space, a column is spare, cells were lost at the end or anywhere. Each reading
carries the name of its explanation, so that one explanation can hold for the whole table,
and the doubt of the liberties it takes. Which of them is right is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

from gkllm.align.slots import Slot
from gkllm.document import Cell
from gkllm.report import BESIDE_EMPTY, Reason

# Doubt of one liberty. Two readings whose doubts are less than 2 apart are rivals.
JOINED = 1
SPARE = 1
CUT = 1

_MOST_SPARE = 2  # spare columns tried at once
_MOST_JOINED = 3  # splits tried at once
_MOST_READINGS = 150  # more than the limits above can make: none is ever cut off


@dataclass(frozen=True, slots=True)
class Reading:
    """One slot, or None where nothing is printed, for each column."""

    name: str
    doubt: int
    cells: tuple[Slot | None, ...]


def readings(
    slots: Sequence[Slot], width: int, *, ruled: bool, full: bool = False
) -> list[Reading]:
    """All readings of the slots of one row as `width` columns, the likeliest first.

    `ruled` says that cell borders are printed, so that a number cannot have been split and
    blanks are seen; `full` that the row fills its table, so that a short one was cut at its end.
    """
    count = len(slots)
    if count == width:
        return [Reading("as printed", 0, tuple(slots))]
    if not slots or count > width + _MOST_JOINED:
        return []
    if count > width:
        found = list(_spare(slots, width))
        if not ruled:
            found += _joined(slots, width)
    elif comb(width, count) > _MOST_READINGS:
        return []
    else:
        found = list(_short(slots, width, full=full))
    return found[:_MOST_READINGS]


def without_blanks(slots: Sequence[Slot]) -> list[Slot]:
    """The slots without the empty cells at both ends, which merged label cells leave."""
    kept = list(slots)
    while kept and kept[0].reason is Reason.BLANK:
        kept = kept[1:]
    while kept and kept[-1].reason is Reason.BLANK:
        kept = kept[:-1]
    return kept


def empty_dropped(slots: Sequence[Slot], width: int) -> list[Reading]:
    """More cells than columns: as many of the empty ones as are too many are not the row's."""
    empty = [i for i, s in enumerate(slots) if s.reason is Reason.BLANK]
    extra = len(slots) - width
    if comb(len(empty), extra) > _MOST_READINGS:
        return []
    found = []
    for drop in combinations(empty, extra):
        kept = tuple(s for i, s in enumerate(slots) if i not in drop)
        names = " and ".join(str(i + 1) for i in drop) or "none"
        found.append(Reading(f"of the empty cells {names} is not the row's", CUT, kept))
    return found


def windows(slots: Sequence[Slot], width: int) -> list[Reading]:
    """More cells than columns, and nothing but the row itself to tell which are its own."""
    bare = without_blanks(slots)
    return readings(bare, width, ruled=True) if len(bare) >= width else empty_dropped(slots, width)


def _spare(slots: Sequence[Slot], width: int) -> Iterator[Reading]:
    extra = len(slots) - width
    if extra > _MOST_SPARE:
        return
    beside = BESIDE_EMPTY if slots[0].reason is Reason.BLANK else ""
    for drop in combinations(range(len(slots) - 1, -1, -1), extra):
        kept = tuple(s for i, s in enumerate(slots) if i not in drop)
        names = " and ".join(str(i + 1) for i in sorted(drop))
        yield Reading(f"{beside}column {names} of {len(slots)} is spare", SPARE * extra, kept)


def _joined(slots: Sequence[Slot], width: int) -> Iterator[Reading]:
    """Numbers that a space split: 1 288."""
    extra = len(slots) - width
    if extra > _MOST_JOINED:
        return
    for gaps in combinations(range(len(slots) - 1), extra):
        row = _join(slots, gaps)
        if row is not None:
            names = " and ".join(f"{gap + 1}-{gap + 2}" for gap in gaps)
            yield Reading(f"numbers {names} are one, split", JOINED * extra, tuple(row))


def _join(slots: Sequence[Slot], gaps: Sequence[int]) -> list[Slot] | None:
    row: list[Slot] = []
    for i, slot in enumerate(slots):
        if i and i - 1 in gaps:
            joined = _one_number(row[-1], slot)
            if joined is None:
                return None
            row[-1] = joined
        else:
            row.append(slot)
    return row


def _one_number(a: Slot, b: Slot) -> Slot | None:
    """Two neighbours as one number; not where the first is 0 or they are far apart."""
    if not a.value:
        return None
    words = a.cell.text + b.cell.text.removesuffix(b.unit).rstrip()
    # The second part may be one that is no number by itself: 1 05.
    if b.cell.start - a.cell.end > _WIDEST_SPLIT or not words.isdecimal():
        return None
    cell = Cell(words + b.unit, a.cell.start, b.cell.end, a.cell.x, a.cell.x_wide)
    return Slot(cell, int(words), unit=b.unit)


_WIDEST_SPLIT = 2  # characters between the parts of a split number


def _short(slots: Sequence[Slot], width: int, *, full: bool) -> Iterator[Reading]:
    lost = width - len(slots)
    cut: tuple[Slot | None, ...] = (*slots, *(None,) * lost)
    yield Reading(f"cut after column {len(slots)}", 0 if full else CUT, cut)
    if full:
        return
    for missing in combinations(range(width), lost):
        if missing[0] == len(slots):
            continue  # the cut again
        queue = iter(slots)
        cells = tuple(None if i in missing else next(queue) for i in range(width))
        names = " and ".join(str(i + 1) for i in missing)
        yield Reading(f"column {names} is missing", CUT, cells)


def placed(slots: Sequence[Slot], columns: Sequence[int], width: int, *, blanks: bool) -> Reading:
    """The reading that positions give: slot i stands in columns[i]; gaps may be `blanks`."""
    beside = dict(zip(columns, slots, strict=True))
    cells: list[Slot | None] = []
    end = slots[0].cell.start
    for column in range(width):
        cells.append(beside.get(column))
        if column in beside:
            end = beside[column].cell.end
        elif blanks:
            cells[-1] = Slot(Cell("", end, end, 0), None, Reason.BLANK)
    return Reading("by position", 0, tuple(cells))
