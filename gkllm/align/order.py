"""Section 三: what the order of labels and rows of numbers leaves only one way to do.

Labels and numbers that share no line stand one after the other: each row behind its label, or
each before it, or several labels and then their rows. Where rows or labels are missing, order
alone does not tell.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby, pairwise, product
from operator import attrgetter

from gkllm.align.items import Run, Spoken
from gkllm.form import Form

_MOST_LOOSE = 4  # rows of numbers apart from their labels among which sums may choose
_FEW_LOOSE = 2  # rows of numbers between two labels: one has no label there
FEWEST_SLOTS = 5  # numbers in a run that can be a row without a label
_MANY_LABELS = 6  # all with numbers behind them, which is no accident
_MOST_WITHOUT = 0.1  # of them may have lost their numbers
_MOST_UNLABELLED = 0.25  # of the rows of numbers between them may have lost their labels
_first = attrgetter("first")


def nearest(run: Run, labels: Sequence[Spoken]) -> Spoken | None:
    """The label before a run; `labels` are in printed order."""
    i = bisect_left(labels, run.at, key=_first) - 1
    return labels[i] if i >= 0 else None


def side(runs: Sequence[Run], labels: Sequence[Spoken], order: Sequence[str]) -> int:
    """Where numbers stand that share no line with a label.

    1: behind their labels, or anywhere. -1: before them, as a row of numbers before the label of
    the first row does, with a label behind each. 0: nobody can tell, as where a table begins with
    numbers, or ends with a label, and rows are missing.
    """
    whole = [run for run in runs if len(run.slots) >= FEWEST_SLOTS]
    if not labels or not whole:
        return 1
    first, last = labels[0], labels[-1]
    ahead, beyond = whole[0].at < first.first, whole[-1].at > last.last
    top, bottom = first.mention.key == order[0], last.mention.key == order[-1]
    if beyond and bottom and not (ahead and top):
        return 1
    if not ahead:
        return 0 if bottom and not top else 1
    if not top:
        return 0
    events = sorted([(run.at, True) for run in whole] + [(label.first, False) for label in labels])
    if all(a != b for (_, a), (_, b) in pairwise(events)) and not beyond:
        return -1
    return 0


def before_a_lost_label(
    runs: Sequence[Run],
    labels: Sequence[Spoken],
    groups: Sequence[Spoken],
    bound: AbstractSet[int],
    keys: Sequence[str],
    *,
    ruled: bool,
) -> set[int]:
    """Runs below a label without numbers, where the form has a row that no label names.

    The first row may be blank and the other have lost its label: whose numbers they are, nobody
    can tell. Where no blanks are seen, numbers beside a label may be the other's too; by `at`.
    """
    below_theirs = not ruled and 0 < len(bound) * 2 <= len(labels)
    if not ruled and len({line for label in labels for line in label.lines}) <= 1:
        bound = set()  # one long line, in which all stands beside something
        below_theirs = False
    named = {label.mention.key for label in labels}
    whole = {group.mention.key for group in groups} - {key.split(".")[0] for key in named}
    unnamed = [key not in named and key.split(".")[0] not in whole for key in keys]
    found = set()
    whole_runs = [run for run in runs if len(run.slots) >= FEWEST_SLOTS]
    for above, label, below in zip([None, *labels], labels, [*labels[1:], None], strict=False):
        key = label.mention.key
        if label.first in bound or key not in keys:
            continue
        start = above.first if above else label.first
        # Where numbers stand below their labels, this one's may stand above it among others.
        if below_theirs and sum(start < run.at < label.first for run in whole_runs) < _FEW_LOOSE:
            continue
        next_row = keys.index(below.mention.key) if below and below.mention.key in keys else None
        last = below.first if below else math.inf
        if any(unnamed[keys.index(key) + 1 : next_row]):
            found |= {run.at for run in runs if label.first < run.at < last}
    return found


def tie_gaps(
    runs: Sequence[Run],
    labels: Sequence[Spoken],
    tied: dict[int, tuple[str, ...]],
    bound: set[int],
    form: Form,
    side: int,
    *,
    stacked: bool,
) -> None:
    """Between two tied rows: labels without numbers and numbers without labels, by order.

    `stacked`: what stands right beside a label is its own.
    """
    # Labels with few numbers behind them, which may be all their row: what stands before such a
    # label is not its own, nor what stands behind several.
    few: dict[int, Run] = {}
    for run in runs:
        label = nearest(run, labels)
        if run.at not in tied and len(run.slots) < FEWEST_SLOTS and label is not None:
            few.setdefault(label.first, run)
    gaps = _gaps(runs, labels, tied, bound, stacked=stacked)
    # Rows of few numbers that nothing ties to a label: a row beyond them is not the label's.
    short = [r.at for r in runs if r.at not in tied and 1 < len(r.slots) < FEWEST_SLOTS]
    order = [row.key for row in form.rows]
    named = {label.mention.key for label in labels}
    lead = any(isinstance(label, Spoken) and isinstance(run, Run) for label, run in _pairs(gaps))
    lead = lead and not named.issuperset(order)
    for gap in gaps:
        for label, run in _by_order(gap, stacked=stacked, lead=lead, side=side):
            own = few.get(label.first) if side > 0 else None
            # One number alone may be that of a page, unless it is a 0.
            page = own is not None and len(own.slots) == 1 and own.slots[0].value != 0
            between = own is not None and own.at < run.at and not page
            if any(run.at < at < label.first for at in short):
                continue
            if run.at < label.first and _unnamed_before(run, label, labels, order):
                continue
            if own is None or own is run or (run.at > label.first and not between):
                tied[run.at] = (*tied.get(run.at, ()), label.mention.key)


def _gaps(
    runs: Sequence[Run],
    labels: Sequence[Spoken],
    tied: Container[int],
    bound: Container[int],
    *,
    stacked: bool,
) -> list[list[Spoken | Run]]:
    """What stands between two labels that have their numbers, in printed order."""
    events: list[tuple[int, Spoken | Run | None]] = []
    for label in labels:
        events.append((label.first, None if label.first in bound else label))
    for run in runs:
        if run.at not in tied and (len(run.slots) >= FEWEST_SLOTS or stacked):
            events.append((run.at, run))
    events.sort(key=lambda e: e[0])
    return [
        [event for event in gap if event is not None]
        for barrier, gap in groupby((event for _, event in events), key=lambda e: e is None)
        if not barrier
    ]


def _unnamed_before(
    run: Run, label: Spoken, labels: Sequence[Spoken], order: Sequence[str]
) -> bool:
    """Whether a row above a label may be that of another, which no label names.

    The form has one between the label before it and this one.
    """
    above, key = nearest(run, labels), label.mention.key
    if key not in order or (above is not None and above.mention.key not in order):
        return False
    begin = order.index(above.mention.key) + 1 if above is not None else 0
    named = {other.mention.key for other in labels}
    return any(row not in named for row in order[begin : order.index(key)])


def _pairs(gaps: Sequence[Sequence[Spoken | Run]]) -> Iterator[Sequence[Spoken | Run]]:
    """A label and a run that order leaves to each other, in printed order."""
    for gap in gaps:
        if sum(isinstance(e, Spoken) for e in gap) * 2 == len(gap):
            yield from (block for block in _balanced(gap) if len(block) == 2)


def _by_order(
    gap: Sequence[Spoken | Run], *, stacked: bool, lead: bool, side: int
) -> Iterator[tuple[Spoken, Run]]:
    """Pair the labels and the runs of a gap in every way that order allows.

    `lead`: elsewhere labels stand before their numbers, and some label is lost; so a run before a
    label that is alone with it has lost its own, and the label its run.
    """
    labels = [e for e in gap if isinstance(e, Spoken)]
    runs = [e for e in gap if isinstance(e, Run)]
    if side < 0 or (stacked and side):
        # What stands right beside a label, always on the same side of it, is its own; but not
        # where several labels stand together, and then or before them several rows of numbers.
        events = gap if side > 0 else gap[::-1]
        blocks = [list(block) for _, block in groupby(events, key=lambda e: isinstance(e, Run))]
        for before, a, b in zip([[], *blocks], blocks, blocks[1:], strict=False):
            label, run = a[-1], b[0]
            apart = len(a) > 1 and max(len(before), len(b)) > 1
            if isinstance(label, Spoken) and isinstance(run, Run) and not apart:
                yield label, run
    elif len(labels) == len(runs) and not stacked:
        for block in _balanced(gap):
            # Several rows of numbers, then their labels: a PDF may draw them in any order.
            labels = [e for e in block if isinstance(e, Spoken)]
            runs = [e for e in block if isinstance(e, Run)]
            if len(runs) <= _MOST_LOOSE and not (lead and len(block) == 2 and block[0] is runs[0]):
                yield from product(labels, runs)


def labels_first(labels: Sequence[Spoken], runs: Sequence[Run]) -> bool:
    """Whether nearly all of many labels have numbers right behind them, and few others are there.

    The first of them comes before all numbers.
    """
    whole = [run for run in runs if len(run.slots) >= FEWEST_SLOTS]
    events: list[Spoken | Run] = [*labels, *whole]
    events.sort(key=lambda event: event.first if isinstance(event, Spoken) else event.at)
    pairs = sum(isinstance(a, Spoken) and isinstance(b, Run) for a, b in pairwise(events))
    few = len(whole) - len(labels) <= len(labels) * _MOST_UNLABELLED
    nearly_all = len(labels) - pairs <= len(labels) * _MOST_WITHOUT
    return few and nearly_all and len(labels) >= _MANY_LABELS and isinstance(events[0], Spoken)


def _balanced(events: Iterable[Spoken | Run]) -> Iterator[list[Spoken | Run]]:
    """The shortest blocks with as many labels as runs, one after the other."""
    block: list[Spoken | Run] = []
    balance = 0
    for event in events:
        block.append(event)
        balance += 1 if isinstance(event, Spoken) else -1
        if not balance:
            yield block
            block = []
