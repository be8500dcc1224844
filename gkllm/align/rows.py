"""Section 三: which row of the form a run of numbers is.

Runs are tied to row labels by evidence, never by counting from the top: a label on the same
line first; then, between two rows that are tied, what order leaves only one way to do. A run
that nothing ties to a row is left out, and so is a row that nothing ties to a run.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import pairwise
from operator import attrgetter

from gkllm.align.items import BARE, Items, Run, Spoken
from gkllm.align.labels import ALSO_COLUMNS, numeral
from gkllm.align.order import (
    FEWEST_SLOTS,
    before_a_lost_label,
    labels_first,
    nearest,
    side,
    tie_gaps,
)
from gkllm.document import Grid
from gkllm.form import Form
from gkllm.report import Reason

_FEWEST_BEGUN = 3  # lines of numbers behind the name of a group, whose labels stand below
_FEW_BESIDE = 4  # of so many labels one has numbers on its line, where most do not
_WHOLE = ".subtotal"  # ends the key of a group that is printed as one row
_first = attrgetter("first")
_at = attrgetter("at")


@cache
def _places(form: Form) -> dict[str, int]:
    """Where the form prints each row, from 0."""
    return {row.key: number for number, row in enumerate(form.rows)}


def row_labels(items: Items, form: Form) -> list[Spoken]:
    """The labels that name rows: 其他 and 总计 are heads of columns where no row can be.

    Nor are they rows behind the label of a row that comes later in the form, with no numbers
    between: a page break cut an end off it, 四、结转下年度继续办理 | )总计.
    """
    place = _places(form)
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
    kept = [label for i, label in enumerate(labels) if not _out_of_order(i, labels, place)]
    named = {place.get(label.mention.key) for label in kept}
    return [label for i, label in enumerate(kept) if not _misread(i, kept, place, named)]


def _misread(
    i: int, labels: Sequence[Spoken], place: Mapping[str, int], named: AbstractSet[int | None]
) -> bool:
    """Whether a label stands where the only row between its neighbours should, named nowhere.

    Pieces of several labels were put together to another one.
    """
    if not 0 < i < len(labels) - 1:
        return False
    before, this, behind = (place.get(label.mention.key, -1) for label in labels[i - 1 : i + 2])
    return before + 2 == behind and this != before + 1 and before + 1 not in named


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
    if not grid.ruled:
        _tie_begun(numbers, labels, tied, bound, items, form)
    beside = len(bound) * _FEW_BESIDE > len(labels)
    order = [row.key for row in form.rows]
    stands = 1 if beside else side(numbers, labels, order)
    if stands > 0:
        _tie_groups(items, labels, tied, form)
    else:
        tied, bound = {}, set()  # two lines that ran together put a label and numbers side by side
    regular = labels_first(labels, numbers)
    as_many = _as_many(numbers, labels, groups, order)
    if grid.ruled:
        _tie_same_line(_blank_rows(items.runs, blank, len(form.columns)), labels, tied, bound)
    loose = before_a_lost_label(numbers, labels, groups, bound, order, ruled=grid.ruled)
    loose |= _below_a_head(numbers, labels, items) if not grid.ruled else set()
    for run in numbers:
        label = nearest(run, labels)
        if run.at in loose and label is not None and any(slot.value for slot in run.slots):
            apart[label.mention.key] = run
    numbers = [run for run in numbers if run.at not in loose]
    tied = {at: keys for at, keys in tied.items() if at not in loose}
    if stands or as_many:
        stacked = regular or grid.ruled or any(r.tall and len(r.slots) > 1 for r in numbers)
        tie_gaps(numbers, labels, tied, bound, form, stands, stacked=stacked)
    if all(keys[0].endswith(_WHOLE) for keys in tied.values()):
        tied = {}  # nor is a line of numbers a group's where no other is a row's
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


def _below_a_head(runs: Sequence[Run], labels: Sequence[Spoken], items: Items) -> set[int]:
    """Runs between which and the label before them a head is named: text in the order of drawing.

    By `at`. The head of a new page has the label of its first row behind it.
    """
    heads = [s.first for s in items.spoken if s.mention.kind in ("column", "furniture")]
    found = set()
    for run in runs:
        label = nearest(run, labels)
        i = bisect_left(heads, run.at) - 1
        if label is not None and i >= 0 and heads[i] > label.last:
            found.add(run.at)
    return found


def _as_many(
    numbers: Sequence[Run],
    labels: Sequence[Spoken],
    groups: Sequence[Spoken],
    order: Sequence[str],
) -> bool:
    """Whether there are as many rows of numbers as labels, so that each has its own.

    Not where a label is printed again, or a group may be a row itself. Nor where a text begins with
    numbers in the middle of the table: their label may have been cut off, and the last's numbers.
    """
    rows = [len(run.slots) >= FEWEST_SLOTS for run in numbers if len(run.slots) > 1]
    if not all(rows) or len(rows) != len(labels) or not rows:
        return False
    keys = [label.mention.key for label in labels]
    named = {"outcomes", *(key.split(".")[0] for key in keys)}
    once = len(set(keys)) == len(keys) and named.issuperset(g.mention.key for g in groups)
    return once and (numbers[0].at > labels[0].first or keys[0] == order[0])


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
    for beside in (True, False):
        for run in runs:
            before = nearest(run, labels)
            if before is None or before.first in bound or run.at in tied:
                continue
            if any(before.last < first < run.at for first in named.get(run.line, ())):
                continue
            # A lone number between the pieces of a label is the number of a page.
            enclosed = run.at < before.last and len(run.slots) > 1
            own = run.line in before.lines if beside else enclosed
            if own:
                tied[run.at] = (before.mention.key,)
                bound.add(before.first)


def _tie_begun(
    runs: Sequence[Run],
    labels: Sequence[Spoken],
    tied: dict[int, tuple[str, ...]],
    bound: set[int],
    items: Items,
    form: Form,
) -> None:
    """A run beside or below the first lines of a label that goes on behind it.

    三、本年度办理结果(三)不予公开 1. | 3 | 0 …, and 属于国家秘密 on the next line. The numeral of
    the row or of its group tells; other words do where several lines begin so.
    """
    named = sorted((s for s in items.spoken if s.mention.kind == "group"), key=_first)
    groups = _keys_by_line(named)
    starts = [label.first for label in labels]
    place = _places(form)
    unknown = sorted(items.unknown)
    found: list[tuple[Run, Spoken, bool]] = []
    for run, following in pairwise([*runs, None]):
        if run is None or run.at in tied:
            continue
        i = bisect_left(starts, run.at)
        if i == len(labels) or (following is not None and following.at < starts[i]):
            continue
        above = labels[i - 1].last if i else -1
        between = bisect_right(named, above, key=_first), bisect_left(named, run.at, key=_first)
        group = max((g.last for g in named[slice(*between)]), default=-1)
        # Words between the group and the run may be a label that could not be read.
        behind = group >= 0 and _none_between(unknown, group, run.at)
        if run.line not in items.openings and not behind:
            continue
        words, label = items.openings.get(run.line, ""), labels[i]
        if words.count(")") > words.count("("):
            continue  # they end what a line above began: a note in its label
        told = BARE.fullmatch(words) is not None
        told = told and groups.get(run.line, set()) <= {label.mention.key.partition(".")[0]}
        if told and numeral(words) not in _numerals(label.mention.key, form):
            continue
        # A row between the labels that is not named may be the one whose numbers these are.
        before = place.get(labels[i - 1].mention.key, len(place)) if i else len(place)
        named_next = place.get(label.mention.key, 0) <= before + 1
        if label.first not in bound and named_next:
            found.append((run, label, told))
    several = sum(not told for _, _, told in found) >= _FEWEST_BEGUN
    for run, label, told in found:
        if told or several:
            tied[run.at] = (label.mention.key,)
            bound.add(label.first)


def _none_between(places: Sequence[int], start: int, end: int) -> bool:
    """Whether none of some sorted places is behind `start` and before `end`."""
    return bisect_right(places, start) == bisect_left(places, end)


def _keys_by_line(labels: Sequence[Spoken]) -> Mapping[int, AbstractSet[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for label in labels:
        for line in label.lines:
            found[line].add(label.mention.key)
    return found


def _numerals(key: str, form: Form) -> set[str]:
    """The numerals that the form prints before a row and before its group."""
    named = (*form.rows, *form.groups)
    return {numeral(label.zh) for label in named if label.key in (key, key.partition(".")[0])}


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
            own = group != "outcomes" and group not in named
            end = bisect_left(items.runs, after.first, key=_at) if after else len(items.runs)
            if own and end - number - 1 in (0, _behind(group, after, order)):
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
            if len(run.slots) >= FEWEST_SLOTS:
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
