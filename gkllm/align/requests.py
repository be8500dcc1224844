"""Section 三 > readings of its rows: first which row a run of numbers is, then which columns."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from operator import attrgetter

from gkllm.align.columns import read as read_columns
from gkllm.align.evidence import columns
from gkllm.align.items import Items, Run, Spoken, over_lines, read_items
from gkllm.align.labels import lexicon
from gkllm.align.order import nearest
from gkllm.align.positions import WIDTH
from gkllm.align.readings import Reading, without_blanks
from gkllm.align.rows import row_labels, tie
from gkllm.align.slots import Slot
from gkllm.align.streams import own_cells
from gkllm.document import Grid
from gkllm.form import Form
from gkllm.report import ASIDE, UNPLACED, Reason

_at = attrgetter("at")
_FEWEST_LABELS = 3  # row labels; fewer are words of a sentence
_FEWEST_COUNTED = 6  # rows that go on counting; fewer may do so by accident
_FEWEST_BEHIND = 3  # columns named behind the first row
_NEARLY_ALL = 0.8  # of the rows
_NUMBERS = re.compile(r"(?:[\s|]+\d{1,6}){5}")
_LONG = 12  # characters of a cell that can hold a row
_FEWEST_LENGTHS = 3  # of rows of digits
_MOST_SPARE = 2  # columns that make rows longer
_FEWEST_WITHIN = 3  # such rows
_MOST_RUNS = 8  # different rows under one label; more is no table


@dataclass(frozen=True, slots=True)
class RowReading:
    """A reading of a row; `run` counts the different runs under its label, from 0."""

    row: str
    reading: Reading
    run: int


def read(grid: Grid, form: Form) -> list[RowReading] | None:
    """Every reading of every row of section 三 in a grid; None where there is no such table."""
    items = read_items(grid, lexicon(form, "requests"))
    labels = row_labels(items, form)
    if len(labels) < _FEWEST_LABELS:
        return None
    if not grid.ruled:
        items.runs = over_lines(items.runs, WIDTH)
    rows, apart = tie(items, labels, grid, form)
    rows = _without_line_numbers(rows)
    rows = _without_long(rows) if grid.ruled else _without_broken(rows)
    rows = _without_halves(rows, items.runs)
    drawn = not grid.ruled and _heads_among_rows(items, labels)
    if drawn or _deduplicated(items, grid) or _within_cells(grid) or _single_digits(items.runs):
        rows = {key: [] for key in rows}
    if grid.ruled and grid.layout == "runs":
        rows = own_cells(rows, form)
    shown = columns(items, labels, rows, grid, form)
    under = [*apart.items(), *((key, run) for key, tied in rows.items() for run in tied)]
    joined = {key: run for key, run in under if _several(run, grid)}
    halves = _in_halves(rows, items)
    found = [
        RowReading(row, reading, number)
        for row, tied in rows.items()
        if row not in joined and not halves
        for number, run in enumerate(_different(tied))
        for reading in read_columns(run, shown)
    ]
    found += _unplaced(found, rows, joined)
    free = list(_of_no_row(items, rows, apart, form))
    return [
        *found,
        *_of_several_rows(joined, rows, labels, form),
        *_aside(apart, rows, form),
        *free,
    ]


def _unplaced(
    found: Iterable[RowReading], rows: Mapping[str, Sequence[Run]], joined: Container[str]
) -> Iterator[RowReading]:
    """Rows that count something in no known column: nothing is to be concluded for them."""
    read_ = {reading.row for reading in found}
    for row, tied in rows.items():
        number = next((s for run in tied for s in run.slots if s.value), None)
        if row not in read_ and row not in joined and number is not None:
            unknown = number.unknown(Reason.AMBIGUOUS)
            yield RowReading(row, Reading(UNPLACED, 1, (unknown,) * WIDTH), 0)


def _of_no_row(
    items: Items, rows: Mapping[str, Sequence[Run]], apart: Mapping[str, Run], form: Form
) -> Iterator[RowReading]:
    """Whole rows that count something and are no known row's: any without numbers may be theirs."""
    tied = {run.at for runs in (*rows.values(), apart.values()) for run in runs}
    free = [run.slots for run in items.runs if run.at not in tied]
    whole = [s if len(s) == WIDTH else without_blanks(s) for s in free]
    for slots in [s for s in whole if len(s) == WIDTH][:_MOST_RUNS]:
        if any(slot.value for slot in slots):
            for row in form.rows:
                if row.key not in rows:
                    yield RowReading(row.key, Reading(ASIDE, 0, tuple(slots)), 0)


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


_HALF = re.compile(r"0\d|0\d{3,}")  # 1 036 is a number in thousands


def _without_halves(rows: Mapping[str, list[Run]], runs: Iterable[Run]) -> dict[str, list[Run]]:
    """The rows without the numbers of one that has 04 in it or below: half a number, as others are.

    A narrow column breaks 1204 into 12 and 04, and 1224 into 12 and 24.
    """
    ats = sorted(run.at for tied in rows.values() for run in tied)
    halves = [r.at for r in runs if any(_HALF.fullmatch(slot.cell.text) for slot in r.slots)]
    broken = {ats[i - 1] for at in halves if (i := bisect_right(ats, at))}
    return {
        key: [_unread(run) for run in tied] if any(run.at in broken for run in tied) else list(tied)
        for key, tied in rows.items()
    }


def _whole(slot: Slot) -> Slot:
    """A number with its unit, or one that cannot be read."""
    broken = slot.value and not slot.unit
    return slot.unknown(Reason.UNREADABLE) if broken else slot


def _several(run: Run, grid: Grid) -> bool:
    """Whether the numbers of several rows stand behind one label, that of another lost."""
    return len(run.slots) >= 2 * WIDTH and (not grid.ruled or grid.layout == "runs")


def _aside(
    apart: Mapping[str, Run], rows: Mapping[str, Sequence[Run]], form: Form
) -> Iterator[RowReading]:
    """Whole rows of numbers that are those of a label, or of a row behind it without one."""
    for key, run in apart.items():
        if len(run.slots) == WIDTH:
            for row in _without_numbers(key, rows, form):
                yield RowReading(row, Reading(ASIDE, 0, tuple(run.slots)), 0)


def _without_numbers(key: str, rows: Mapping[str, Sequence[Run]], form: Form) -> tuple[str, ...]:
    """A row and those behind it in the form, up to the next that has numbers."""
    order = [label.key for label in form.rows]
    at = order.index(key) + 1 if key in order else len(order)
    return (key, *takewhile(lambda other: other not in rows, order[at:]))


def _of_several_rows(
    joined: Mapping[str, Run],
    rows: Mapping[str, Sequence[Run]],
    labels: Sequence[Spoken],
    form: Form,
) -> Iterator[RowReading]:
    """The rows whose numbers stand behind one label or several, some having lost theirs.

    As many whole rows follow each other as there are labels before them, or as the form has rows
    there. Else nothing tells whose the numbers are, and nothing is to be concluded for them.
    """
    for key, run in joined.items():
        named = _behind_each_other(run, labels)
        lost = _without_numbers(key, rows, form)
        keys = named if len(named) > 1 else lost
        found = _in_rows(run, len(keys)) if len(run.slots) == WIDTH * len(keys) else None
        unknown = [s.unknown(Reason.AMBIGUOUS) for s in run.slots[:WIDTH]]
        for i, row in enumerate(dict.fromkeys(keys if found else (*named, *lost))):
            cells = found[i] if found else unknown
            yield RowReading(row, Reading("one of several rows", 1, tuple(cells)), 0)


def _behind_each_other(run: Run, labels: Sequence[Spoken]) -> tuple[str, ...]:
    """The labels between a run and the one before it."""
    last = nearest(run, labels)
    behind = last.behind if last is not None else None
    return tuple(s.mention.key for s in labels if s.behind == behind and s.first < run.at)


def _in_rows(run: Run, height: int) -> list[Sequence[Slot]] | None:
    """Numbers of rows that stand behind each other.

    One a line they may be columns, whose order nobody knows: they are rows if these add up, and
    columns would not or are the same.
    """
    by_row: list[Sequence[Slot]] = [run.slots[WIDTH * i : WIDTH * (i + 1)] for i in range(height)]
    by_column: list[Sequence[Slot]] = [run.slots[i::height] for i in range(height)]
    if not run.tall or [*map(_values, by_row)] == [*map(_values, by_column)]:
        return by_row
    rows = all(map(_closes, by_row)) and not all(map(_closes, by_column))
    return by_row if rows else None


def _values(slots: Sequence[Slot]) -> list[object]:
    return [slot.value for slot in slots]


def _closes(slots: Sequence[Slot]) -> bool:
    """Whether the last of some numbers is the sum of the others."""
    values = [slot.value if isinstance(slot.value, int) else 0 for slot in slots]
    return sum(values[:-1]) == values[-1]


def _different(tied: Sequence[Run]) -> list[Run]:
    """Runs that do not print the same numbers: a row repeated on the next page is one row."""
    if len(tied) < 2:
        return list(tied)
    seen: dict[tuple[object, ...], Run] = {}
    for run in tied:
        seen.setdefault(run.printed, run)
    return list(seen.values())[:_MOST_RUNS]


def _in_halves(rows: Mapping[str, Sequence[Run]], items: Items) -> bool:
    """Whether a wide table was cut, and its second half set below the first.

    Most rows come twice with other numbers, or as many without labels follow the last of them.
    """
    twice = sum(len(_different(tied)) > 1 for tied in rows.values())
    end = max((run.at for tied in rows.values() for run in tied), default=0)
    below = sum(run.at > end for run in items.runs)
    return any(n >= _FEWEST_COUNTED and n * 2 > len(rows) for n in (twice, below))


def _heads_among_rows(items: Items, labels: Sequence[Spoken]) -> bool:
    """Whether several columns are named once, behind the first row: text as it was drawn.

    The head of a later page names them again; or for the first time, in one piece behind a row
    that has its numbers, where that of the first page was not read.
    """
    columns_ = [s for s in items.spoken if s.mention.kind == "column"]
    named = Counter(s.mention.key for s in columns_)
    once = [s for s in columns_ if s.first > labels[0].first and named[s.mention.key] == 1]
    if len(once) < _FEWEST_BEHIND:
        return False
    row = next(label for label in reversed(labels) if label.first < once[0].first)
    return len({s.behind for s in once}) > 1 or once[0].behind < row.first


def _single_digits(runs: Iterable[Run]) -> bool:
    """Whether no number has two digits, and rows are of many lengths: each digit has a cell."""
    rows = [row for row in map(_numbers, runs) if any(slot.value for slot in row)]
    lengths = {len(row) for row in rows if len(row) >= WIDTH}
    if len(lengths) < _FEWEST_LENGTHS or max(lengths) <= WIDTH + _MOST_SPARE:
        return False
    return all(len(slot.cell.text) == 1 for row in rows for slot in row)


def _numbers(run: Run) -> list[Slot]:
    return [slot for slot in run.slots if slot.value is not None]


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


def _unread(run: Run) -> Run:
    return replace(run, slots=[s.unknown(Reason.UNREADABLE) for s in run.slots])


def _within_cells(grid: Grid) -> bool:
    """Whether rows of numbers stand within single cells between borders: another table's."""
    cells = (cell.text for row in grid.rows for cell in row if len(cell.text) > _LONG)
    return grid.ruled and sum(_NUMBERS.search(text) is not None for text in cells) >= _FEWEST_WITHIN


def _deduplicated(items: Items, grid: Grid) -> bool:
    """Text from which every repeated line was dropped: one value a line and none comes twice.

    What is left of a row then says nothing about its columns: seven numbers may be six and one
    that is spare. Where all rows have seven, none was dropped.
    """
    one_a_line = grid.layout == "stacked" or all(run.tall for run in items.runs)
    numbers = [s.value for run in items.runs for s in run.slots if s.value is not None]
    once = len(numbers) > 2 and len(set(numbers)) == len(numbers)
    return one_a_line and once and any(len(run.slots) != WIDTH for run in items.runs)
