"""Section 三 > readings of its rows: first which row a run of numbers is, then which columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

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
from gkllm.align.whole import single_digits, whole_numbers
from gkllm.document import Grid
from gkllm.form import Form
from gkllm.report import ASIDE, UNPLACED, Reason

_FEWEST_LABELS = 3  # row labels; fewer are words of a sentence
_FEWEST_COUNTED = 6  # rows; fewer may be so by accident
_FEWEST_BEHIND = 3  # columns named behind the first row
_NUMBERS = re.compile(r"(?:(?<![\s|])[\s|]+\d{1,6}){5}")
_LONG = 12  # characters of a cell that can hold a row
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
    rows = whole_numbers(rows, items.runs, ruled=grid.ruled)
    drawn = not grid.ruled and _heads_among_rows(items, labels)
    if drawn or _deduplicated(items, grid) or _within_cells(grid) or single_digits(items.runs):
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
        *_of_several_rows(joined, rows, items, labels, form),
        *_aside(apart, rows, form),
        *free,
    ]


def _unplaced(
    found: Iterable[RowReading], rows: Mapping[str, Sequence[Run]], joined: Container[str]
) -> Iterator[RowReading]:
    """Rows that count something in no known column: nothing is to be concluded for them.

    And rows of seven zeros: nothing else is to be.
    """
    read_ = {reading.row for reading in found}
    for row, tied in rows.items():
        if row in read_ or row in joined:
            continue
        number = next((s for run in tied for s in run.slots if s.value), None)
        if number is not None:
            yield RowReading(row, _in_no_column(number), 0)
        elif tied and len(tied[0].slots) == WIDTH:
            yield RowReading(row, Reading(ASIDE, 0, tuple(tied[0].slots)), 0)


def _in_no_column(number: Slot) -> Reading:
    """The reading of a row that counts something, nobody knows where."""
    return Reading(UNPLACED, 1, (number.unknown(Reason.AMBIGUOUS),) * WIDTH)


def _of_no_row(
    items: Items, rows: Mapping[str, Sequence[Run]], apart: Mapping[str, Run], form: Form
) -> Iterator[RowReading]:
    """Whole rows that count something and are no known row's: any without numbers may be theirs."""
    tied = {run.at for runs in (*rows.values(), apart.values()) for run in runs}
    free = [run.slots for run in items.runs if run.at not in tied]
    whole = [s if len(s) == WIDTH else without_blanks(s) for s in free]
    none = [row.key for row in form.rows if row.key not in rows]
    for number, slots in enumerate([s for s in whole if len(s) == WIDTH][:_MOST_RUNS]):
        if any(slot.value for slot in slots):
            reading = Reading(f"{ASIDE}, {number}", 0, tuple(slots))
            yield from (RowReading(row, reading, 0) for row in none)
    # Where most rows have a spare number, one that is nobody's only tells that some row counts.
    lengths = Counter(len(run.slots) for runs in rows.values() for run in runs)
    usual = max(lengths, key=lambda n: lengths[n], default=WIDTH)
    wide = [s for slots in free if len(slots) == usual > WIDTH for s in slots if s.value]
    if wide:
        yield from (RowReading(row, _in_no_column(wide[0]), 0) for row in none)


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
    items: Items,
    labels: Sequence[Spoken],
    form: Form,
) -> Iterator[RowReading]:
    """The rows whose numbers stand behind one label or several, some having lost theirs.

    As many whole rows follow each other as there are labels before them, or as the form has rows
    there. Else nothing tells whose the numbers are, and nothing is to be concluded for them; nor
    where whole rows stand before all labels, and so may each before its own.
    """
    first = any(run.at < labels[0].first and len(run.slots) >= WIDTH for run in items.runs)
    for key, run in joined.items():
        named = _behind_each_other(run, labels)
        lost = _without_numbers(key, rows, form)
        keys = named if len(named) > 1 else lost
        whole = len(run.slots) == WIDTH * len(keys) and not first
        found = _in_rows(run, len(keys)) if whole else None
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
