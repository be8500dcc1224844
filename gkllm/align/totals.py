"""Which numbers of section 三 are totals, whatever became of the word 总计."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gkllm.align.heads import Head
from gkllm.align.items import Run
from gkllm.align.positions import WIDTH

_FEWEST_ROWS = 3  # rows that tell what the last number of all is


def prints_total(run: Run) -> bool:
    """Whether a number of the row is the sum of all before it, of which several count."""
    total = parts = 0
    for slot in run.slots:
        value = slot.value if isinstance(slot.value, int) else 0
        if parts > 1 and value == total:
            return True
        total += value
        parts += value > 0
    return False


def closes(run: Run) -> bool:
    """Whether a row that counts something ends in the sum of its numbers."""
    values = _values(run)
    return any(values) and values[-1] == sum(values[:-1])


def closes_without_one(run: Run) -> bool:
    """Whether a row would end in the sum of its numbers if one of them were not there."""
    *parts, total = _values(run) or [0]
    return sum(parts) - total in parts


def ends_in_totals(runs: Sequence[Run]) -> bool:
    """Whether the rows that are not all zero end in the sum of their numbers."""
    return most(v[-1] == sum(v[:-1]) for v in _counting(runs))


def differ(runs: Sequence[Run]) -> bool:
    """Whether several different rows count something: one of them says nothing of a table."""
    return len({tuple(values) for values in _counting(runs)}) >= _FEWEST_ROWS


def as_large(runs: Sequence[Run]) -> bool:
    """Whether the rows end in what can be their total: as large as all before it together."""
    return most(v[-1] >= sum(v[:-1]) for v in _counting(runs))


def never_smaller(runs: Sequence[Run]) -> bool:
    """Whether any rows count, and all of these end in what can be their total."""
    ends = [v[-1] >= sum(v[:-1]) for v in _counting(runs)]
    return bool(ends) and all(ends)


def outweighs(run: Run) -> bool:
    """Whether the last number of a row is as large as all before it, of which several count."""
    *parts, last = _values(run) or [0]
    return sum(map(bool, parts)) > 1 and last >= sum(parts)


def before_totals(head: Head, runs: Sequence[Run]) -> bool:
    """Whether the rows end in what must be totals before the place that the head gives to them.

    The numbers of a column were lost, and what stood behind them moved up under other names; or
    the head does not name totals, and they stand under the name that it ends with. Totals they
    must be if in most rows they are as large as all numbers before them together.
    """
    end, named = max(head.xs.values()), WIDTH - 1 in head.xs
    ends = []
    for run in runs:
        edge = run.slots[-1].cell.x
        under = named or edge == end or len(run.slots) == len(head.xs)
        numbers = _numbers(run) if under else []
        if len(numbers) > 1 and any(value for value, _ in numbers):
            (number, x), before = numbers[-1], sum(value for value, _ in numbers[:-1])
            ends.append((x < end or not named) and number >= before)
    return most(ends)


def most(told: Iterable[bool]) -> bool:
    """Whether something is true of several rows, and of most."""
    found = list(told)
    return sum(found) >= _FEWEST_ROWS and sum(found) * 2 > len(found)


def _counting(runs: Sequence[Run]) -> Iterator[list[int]]:
    """The numbers of the rows that have several, not all of them 0."""
    return (values for values in map(_values, runs) if len(values) > 1 and any(values))


def _values(run: Run) -> list[int]:
    return [s.value for s in run.slots if isinstance(s.value, int)]


def _numbers(run: Run) -> list[tuple[int, int]]:
    """The whole numbers of a row, each with its x."""
    return [(s.value, s.cell.x) for s in run.slots if isinstance(s.value, int)]
