"""Section 三: which row of the form a run of numbers is.

Runs are tied to row labels by evidence, never by counting from the top: a label on the same
line first; then, between two rows that are tied, what order leaves only one way to do. A run
that nothing ties to a row is left out, and so is a row that nothing ties to a run.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby, pairwise, product
from operator import attrgetter

from gkllm.align.items import Items, Run, Spoken
from gkllm.document import Grid
from gkllm.form import Form
from gkllm.report import Reason

_MOST_LOOSE = 4  # rows of numbers apart from their labels among which sums may choose
_FEW_LOOSE = 2  # rows of numbers between two labels: one has no label there
_FEWEST_SLOTS = 5  # numbers in a run that can be a row without a label
_MANY_LABELS = 6  # all with numbers behind them, which is no accident
_MOST_UNLABELLED = 0.25  # of the rows of numbers between them may have lost their labels
_WHOLE = ".subtotal"  # ends the key of a group that is printed as one row
_first = attrgetter("first")
# Rows whose words are also those of a column: 其他, 总计.
ALSO_COLUMNS = {"other.other": "other", "other.subtotal": "other", "total_handled": "total"}


def row_labels(items: Items, form: Form) -> list[Spoken]:
    """The labels that name rows: 其他 and 总计 are heads of columns where no row can be.

    Nor are they rows behind the label of a row that comes later in the form, with no numbers
    between: a page break cut an end off it, 四、结转下年度继续办理 | )总计.
    """
    place = {row.key: number for number, row in enumerate(form.rows)}
    labels: list[Spoken] = []
    heads_end = -2  # the run before the last label of a column
    events = sorted(
        [(s.first, s) for s in items.spoken] + [(r.at, r) for r in items.runs], key=lambda e: e[0]
    )
    for (_, event), (_, following) in pairwise([*events, (0, None)]):
        if isinstance(event, Spoken) and event.mention.kind in ("column", "furniture"):
            heads_end = event.behind
        if not isinstance(event, Spoken) or event.mention.kind != "row":
            continue
        if event.mention.key not in ALSO_COLUMNS:
            heads_end = -2
        if event.mention.key in ALSO_COLUMNS and not event.numbered:
            # Only with numbers right behind it, and not among the heads of columns.
            if not isinstance(following, Run) or all(
                slot.reason is Reason.BLANK for slot in following.slots
            ):
                continue
            if heads_end == event.behind or _cut_off(event, labels, place):
                continue
        labels.append(event)
    return [label for i, label in enumerate(labels) if not _out_of_order(i, labels, place)]


def _out_of_order(i: int, labels: Sequence[Spoken], place: Mapping[str, int]) -> bool:
    """Whether a label of a row and a column stands among rows that all come before it.

    A note in a label may end with its words: (申请人撤回的计入3.其他).
    """
    if labels[i].mention.key not in ALSO_COLUMNS or i + 1 >= len(labels):
        return False
    this, following = (place.get(label.mention.key, -1) for label in labels[i : i + 2])
    return 0 < following < this  # the first row begins the table anew


def _cut_off(end: Spoken, labels: Sequence[Spoken], place: Mapping[str, int]) -> bool:
    """Whether a bare label is the end of the one before it, by their order in the form."""
    before = labels[-1] if labels else None
    if before is None or not before.numbered or before.behind != end.behind:
        return False
    later = place.get(before.mention.key, -1) > place.get(end.mention.key, -1)
    return later and before.lines == end.lines


def tie(
    items: Items, labels: Sequence[Spoken], grid: Grid, form: Form
) -> tuple[dict[str, list[Run]], dict[str, Run]]:
    """Runs by the key of the row that they are; and those that are its own or a later row's."""
    tied: dict[int, tuple[str, ...]] = {}  # run.at > keys of the rows that it may be
    bound: set[int] = set()  # labels that have their run, by `first`
    blank = {run.at for run in items.runs if all(s.reason is Reason.BLANK for s in run.slots)}
    numbers = [run for run in items.runs if run.at not in blank]
    apart: dict[str, Run] = {}
    groups = [s for s in items.spoken if s.mention.kind == "group"]
    _tie_same_line(numbers, labels, tied, bound, groups)
    _tie_groups(items, labels, tied, form)
    if grid.ruled:
        _tie_same_line(_blank_rows(items.runs, blank, len(form.columns)), labels, tied, bound)
    else:
        loose = _before_a_lost_label(numbers, labels, groups, bound, [row.key for row in form.rows])
        for run in numbers:
            label = nearest(run, labels)
            if run.at in loose and label is not None and any(slot.value for slot in run.slots):
                apart[label.mention.key] = run
        numbers = [run for run in numbers if run.at not in loose]
        tied = {at: keys for at, keys in tied.items() if at not in loose}
    _tie_gaps(numbers, labels, tied, bound, grid)
    # Empty cells behind a label are its row only where no numbers follow on the next line.
    whole = [run for run in items.runs if run.at in blank and len(run.slots) >= len(form.columns)]
    done = {key for keys in tied.values() for key in keys}
    _tie_same_line(whole, [s for s in labels if s.mention.key not in done], tied, bound)
    _tie_unlabelled(items.runs, labels, tied, _printed_rows(tied, form))
    found: dict[str, list[Run]] = defaultdict(list)
    for run in items.runs:
        for key in tied.get(run.at, ()):
            found[key].append(run)
    return found, apart


def _blank_rows(runs: Sequence[Run], blank: AbstractSet[int], width: int) -> list[Run]:
    """Whole rows of empty cells before another whole row: that one is not theirs too."""
    return [
        run
        for run, following in pairwise([*runs, None])
        if run is not None and run.at in blank and len(run.slots) >= width
        if following is None or len(following.slots) >= width
    ]


def _tie_same_line(
    runs: Sequence[Run],
    labels: Sequence[Spoken],
    tied: dict[int, tuple[str, ...]],
    bound: set[int],
    groups: Sequence[Spoken] = (),
) -> None:
    """A run belongs to the label before it on its line, or to the one whose pieces enclose it.

    Not where the name of a group stands between them: the row is then the group's own.
    """
    named: dict[int, list[int]] = defaultdict(list)  # line > where groups are named on it
    for group in groups:
        for line in group.lines:
            named[line].append(group.first)
    for run in runs:
        before = nearest(run, labels)
        if before is None or before.first in bound:
            continue
        if any(before.last < first < run.at for first in named.get(run.line, ())):
            continue
        # A lone number between the pieces of a label is the number of a page.
        inside = run.at < before.last and len(run.slots) > 1
        if run.line in before.lines or inside:
            tied[run.at] = (before.mention.key,)
            bound.add(before.first)


def nearest(run: Run, labels: Sequence[Spoken]) -> Spoken | None:
    """The label before a run; `labels` are in printed order."""
    i = bisect_left(labels, run.at, key=_first) - 1
    return labels[i] if i >= 0 else None


def _tie_groups(
    items: Items, labels: Sequence[Spoken], tied: dict[int, tuple[str, ...]], form: Form
) -> None:
    """A group printed as one row: numbers behind (六)其他处理 where none of its rows is named."""
    groups = [s for s in items.spoken if s.mention.kind == "group"]
    named = {label.mention.key.split(".")[0] for label in labels if "." in label.mention.key}
    said = sorted([*groups, *labels], key=_first)
    order = [row.key for row in form.rows]
    previous = 0
    for number, run in enumerate(items.runs):
        i = bisect_left(said, run.at, key=_first) - 1
        last = said[i] if i >= 0 else None
        after = said[i + 1] if i + 1 < len(said) else None
        alone = last is not None and previous < last.first
        if run.at not in tied and alone and last is not None and last.mention.kind == "group":
            group = last.mention.key
            more = sum(after is None or r.at < after.first for r in items.runs[number + 1 :])
            own = group != "outcomes" and group not in named
            if own and more in (0, _behind(group, after, order)):
                tied[run.at] = (group + _WHOLE,)
        previous = run.at


def _behind(group: str, after: Spoken | None, order: Sequence[str]) -> int:
    """How many rows the form has between a group and the next label.

    As many rows of numbers behind that of the group have lost their labels; any other number of
    them may be the rows of the group itself.
    """
    end = order.index(after.mention.key) if after and after.mention.key in order else 0
    between = sum(key.split(".")[0] != group for key in order[:end])
    inside = [i for i, key in enumerate(order) if key.startswith(f"{group}.")]
    return max(0, between - inside[0]) if inside else 0


def _tie_gaps(
    runs: Sequence[Run],
    labels: Sequence[Spoken],
    tied: dict[int, tuple[str, ...]],
    bound: set[int],
    grid: Grid,
) -> None:
    """Between two tied rows: labels without numbers and numbers without labels, by order."""
    stacked = grid.ruled or any(run.tall and len(run.slots) > 1 for run in runs)
    stacked = stacked or _labels_first(labels, [r for r in runs if len(r.slots) >= _FEWEST_SLOTS])
    # Labels with few numbers behind them, which may be all their row: what stands before such a
    # label is not its own, nor what stands behind several.
    few: dict[int, Run] = {}
    for run in runs:
        label = nearest(run, labels)
        if run.at not in tied and len(run.slots) < _FEWEST_SLOTS and label is not None:
            few.setdefault(label.first, run)
    events: list[tuple[int, Spoken | Run | None]] = []
    for label in labels:
        events.append((label.first, None if label.first in bound else label))
    for run in runs:
        if run.at not in tied and (len(run.slots) >= _FEWEST_SLOTS or stacked):
            events.append((run.at, run))
    events.sort(key=lambda e: e[0])
    gaps = [
        [event for event in gap if event is not None]
        for barrier, gap in groupby((event for _, event in events), key=lambda e: e is None)
        if not barrier
    ]
    lead = any(isinstance(label, Spoken) and isinstance(run, Run) for label, run in _pairs(gaps))
    for gap in gaps:
        for label, run in _by_order(gap, stacked=stacked, lead=lead):
            own = few.get(label.first)
            # One number alone may be that of a page, unless it is a 0.
            page = own is not None and len(own.slots) == 1 and own.slots[0].value != 0
            between = own is not None and own.at < run.at and not page
            if own is None or own is run or (run.at > label.first and not between):
                tied[run.at] = (*tied.get(run.at, ()), label.mention.key)


def _pairs(gaps: Sequence[Sequence[Spoken | Run]]) -> Iterator[Sequence[Spoken | Run]]:
    """A label and a run that order leaves to each other, in printed order."""
    for gap in gaps:
        if sum(isinstance(e, Spoken) for e in gap) * 2 == len(gap):
            yield from (block for block in _balanced(gap) if len(block) == 2)


def _before_a_lost_label(
    runs: Sequence[Run],
    labels: Sequence[Spoken],
    groups: Sequence[Spoken],
    bound: AbstractSet[int],
    keys: Sequence[str],
) -> set[int]:
    """Runs below a label without numbers, where the form has a row that no label names.

    The first row may be blank and the other have lost its label: whose numbers they are, nobody
    can tell. Where no blanks are seen, numbers beside a label may be the other's too; by `at`.
    """
    if len({line for label in labels for line in label.lines}) <= 1:
        bound = set()  # one long line, in which all stands beside something
        below_theirs = False
    else:
        below_theirs = 0 < len(bound) * 2 <= len(labels)
    named = {label.mention.key for label in labels}
    whole = {group.mention.key for group in groups} - {key.split(".")[0] for key in named}
    unnamed = [key not in named and key.split(".")[0] not in whole for key in keys]
    found = set()
    whole_runs = [run for run in runs if len(run.slots) >= _FEWEST_SLOTS]
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


def _by_order(
    gap: Sequence[Spoken | Run], *, stacked: bool, lead: bool
) -> Iterator[tuple[Spoken, Run]]:
    """Pair the labels and the runs of a gap in every way that order allows.

    `lead`: elsewhere labels stand before their numbers; so a run before a label that is alone
    with it has lost its own, and the label its run.
    """
    labels = [e for e in gap if isinstance(e, Spoken)]
    runs = [e for e in gap if isinstance(e, Run)]
    if stacked:
        # A label comes before its numbers, always: what stands right behind it is its own.
        for a, b in pairwise(gap):
            if isinstance(a, Spoken) and isinstance(b, Run):
                yield a, b
    elif len(labels) == len(runs):
        for block in _balanced(gap):
            # Several rows of numbers, then their labels: a PDF may draw them in any order.
            labels = [e for e in block if isinstance(e, Spoken)]
            runs = [e for e in block if isinstance(e, Run)]
            if len(runs) <= _MOST_LOOSE and not (lead and len(block) == 2 and block[0] is runs[0]):
                yield from product(labels, runs)


def _labels_first(labels: Sequence[Spoken], runs: Sequence[Run]) -> bool:
    """Whether each of many labels has numbers right behind it, and few other numbers are there."""
    events: list[Spoken | Run] = [*labels, *runs]
    events.sort(key=lambda event: event.first if isinstance(event, Spoken) else event.at)
    pairs = sum(isinstance(a, Spoken) and isinstance(b, Run) for a, b in pairwise(events))
    few = len(runs) - len(labels) <= len(labels) * _MOST_UNLABELLED
    return pairs == len(labels) >= _MANY_LABELS and few


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


def _printed_rows(tied: Mapping[int, tuple[str, ...]], form: Form) -> list[str]:
    """The keys of the form's rows in order, those of a group printed as one row as that row."""
    every = {key for keys in tied.values() for key in keys}
    rows = [(row.key, row.key.split(".")[0] + _WHOLE) for row in form.rows]
    return list(dict.fromkeys(whole if whole in every else key for key, whole in rows))


def _tie_unlabelled(
    runs: Sequence[Run], labels: Sequence[Spoken], tied: dict[int, tuple[str, ...]], keys: list[str]
) -> None:
    """Rows whose labels were lost: as many runs as rows between two that are tied."""
    named = {label.mention.key for label in labels}
    found = {key for row in tied.values() for key in row}
    rows = {at: keys.index(row[0]) for at, row in tied.items() if row[0] in keys}
    anchors = [rows[run.at] for run in runs if run.at in rows]
    if anchors != sorted(anchors):
        return
    previous = -1
    loose: list[Run] = []
    for run in [*runs, None]:
        if run is not None and run.at not in tied:
            if len(run.slots) >= _FEWEST_SLOTS:
                loose.append(run)
            continue
        row = rows.get(run.at, len(keys)) if run is not None else len(keys)
        open_rows = [key for key in keys[previous + 1 : row] if key not in found]
        between = [key for key in open_rows if key not in named]
        # A label without numbers, wherever it stands, may be that of the numbers here.
        sure = len(between) == len(loose) == len(open_rows)
        if loose and sure and run is not None and previous >= 0:
            for key, lost in zip(between, loose, strict=True):
                tied[lost.at] = (key,)
        previous, loose = row, []
