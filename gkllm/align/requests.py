"""Section 三 > readings of its rows: which row a run of numbers is, and which columns.

Runs are tied to row labels by evidence, never by counting from the top: a label on the same
line first; then, between two rows that are tied, what order leaves only one way to do. A run
that nothing ties to a row is left out, and so is a row that nothing ties to a run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, product

from gkllm.align.heads import Head, above, heads
from gkllm.align.items import Items, Run, Spoken, read_items
from gkllm.align.labels import lexicon
from gkllm.align.positions import Ruler, ruler
from gkllm.align.readings import Reading, readings
from gkllm.document import Grid
from gkllm.form import Form
from gkllm.report import Reason

_FEWEST_LABELS = 3  # row labels; fewer are words of a sentence
_FEWEST_COLUMNS = 5  # column labels in a head that can be believed to be all there are
_MOST_LOOSE = 4  # rows of numbers apart from their labels among which sums may choose
_FEWEST_SLOTS = 5  # numbers in a run that can be a row without a label
_ALSO_COLUMNS = ("other.other", "other.subtotal", "total_handled")  # 其他, 总计


@dataclass(frozen=True, slots=True)
class RowReading:
    """A reading of a row; `run` counts the different runs under its label, from 0."""

    row: str
    reading: Reading
    run: int


def read(grid: Grid, form: Form) -> list[RowReading] | None:
    """Every reading of every row of section 三 in a grid; None where there is no such table."""
    items = read_items(grid, lexicon(form, "requests"))
    labels = _row_labels(items)
    if len(labels) < _FEWEST_LABELS:
        return None
    rows = _tie(items, labels, grid, form)
    found = _heads(items, labels, grid, form)
    scale = None if grid.ruled else ruler([r for tied in rows.values() for r in tied], 7)
    if _deduplicated(items, grid):
        scale = None
        rows = {key: [r for r in tied if len(r.slots) == 7] for key, tied in rows.items()}
    return [
        RowReading(row, reading, number)
        for row, tied in rows.items()
        for number, run in enumerate(_different(tied))
        for reading in _columns(run, _label_of(run, labels), grid, found, scale)
    ]


def _label_of(run: Run, labels: Sequence[Spoken]) -> Spoken | None:
    """The label that stands in the same line as a run, before it."""
    label = _nearest(run, labels)
    return label if label is not None and run.line in label.lines else None


def _different(tied: Sequence[Run]) -> list[Run]:
    """Runs that do not print the same numbers: a row repeated on the next page is one row."""
    seen: dict[tuple[object, ...], Run] = {}
    for run in tied:
        seen.setdefault(tuple((s.value, s.reason) for s in run.slots), run)
    return list(seen.values())[:_MOST_RUNS]


_MOST_RUNS = 8  # different rows under one label; more is no table


# ---------------------------------------------------------------- which row


def _row_labels(items: Items) -> list[Spoken]:
    """The labels that name rows: 其他 and 总计 are heads of columns where no row can be."""
    labels = []
    events = sorted(
        [(s.first, s) for s in items.spoken] + [(r.at, r) for r in items.runs], key=lambda e: e[0]
    )
    for (_, event), (_, following) in pairwise([*events, (0, None)]):
        if not isinstance(event, Spoken) or event.mention.kind != "row":
            continue
        if event.mention.key in _ALSO_COLUMNS and not event.numbered:
            # Only with numbers right behind it.
            if not isinstance(following, Run) or following.slots[0].reason is Reason.BLANK:
                continue
        labels.append(event)
    return labels


def _tie(
    items: Items, labels: Sequence[Spoken], grid: Grid, form: Form
) -> dict[str, list[Run]]:
    """Runs by the key of the row that they are."""
    tied: dict[int, tuple[str, ...]] = {}  # run.at > keys of the rows that it may be
    bound: set[int] = set()  # labels that have their run, by `first`
    blank = {run.at for run in items.runs if all(s.reason is Reason.BLANK for s in run.slots)}
    numbers = [run for run in items.runs if run.at not in blank]
    _tie_same_line(numbers, labels, tied, bound)
    _tie_groups(items, labels, tied)
    _tie_gaps(numbers, labels, tied, bound, grid)
    # Empty cells behind a label are its row only where no numbers follow on the next line.
    whole = [run for run in items.runs if run.at in blank and len(run.slots) >= len(form.columns)]
    done = {key for keys in tied.values() for key in keys}
    _tie_same_line(whole, [s for s in labels if s.mention.key not in done], tied, bound)
    _tie_unlabelled(items.runs, labels, tied, [row.key for row in form.rows])
    found: dict[str, list[Run]] = defaultdict(list)
    for run in items.runs:
        for key in tied.get(run.at, ()):
            found[key].append(run)
    return found


def _tie_same_line(
    runs: Sequence[Run], labels: Sequence[Spoken], tied: dict[int, tuple[str, ...]], bound: set[int]
) -> None:
    """A run belongs to the label before it on its line, or to the one whose pieces enclose it."""
    for run in runs:
        before = _nearest(run, labels)
        if before is None or before.first in bound:
            continue
        # A lone number between the pieces of a label is the number of a page.
        inside = run.at < before.last and len(run.slots) > 1
        if run.line in before.lines or inside:
            tied[run.at] = (before.mention.key,)
            bound.add(before.first)


def _nearest(run: Run, labels: Sequence[Spoken]) -> Spoken | None:
    """The label before a run; of several on its line, the one whose numeral is printed.

    The others are ends of labels that a page break cut: 四、结转下年度继续办理 | )总计.
    """
    before = [s for s in labels if s.first < run.at]
    if not before:
        return None
    last = max(before, key=_first)
    rivals = [s for s in before if last.lines & s.lines == {run.line} and s.numbered]
    return last if last.numbered or not rivals else max(rivals, key=_first)


def _first(spoken: Spoken) -> int:
    return spoken.first


def _tie_groups(items: Items, labels: Sequence[Spoken], tied: dict[int, tuple[str, ...]]) -> None:
    """A group printed as one row: numbers behind (六)其他处理 where none of its rows is named."""
    groups = [s for s in items.spoken if s.mention.kind == "group"]
    named = {label.mention.key.split(".")[0] for label in labels if "." in label.mention.key}
    said = sorted([*groups, *labels], key=_first)
    previous = 0
    for run in items.runs:
        last = max((s for s in said if s.first < run.at), key=_first, default=None)
        alone = last is not None and previous < last.first
        if run.at not in tied and last in groups and alone and last is not None:
            group = last.mention.key
            if group != "outcomes" and group not in named:
                tied[run.at] = (f"{group}.subtotal",)
        previous = run.at


def _tie_gaps(
    runs: Sequence[Run],
    labels: Sequence[Spoken],
    tied: dict[int, tuple[str, ...]],
    bound: set[int],
    grid: Grid,
) -> None:
    """Between two tied rows: labels without numbers and numbers without labels, by order."""
    stacked = grid.ruled or any(run.tall and len(run.slots) > 1 for run in runs)
    events: list[tuple[int, Spoken | Run | None]] = []
    for label in labels:
        events.append((label.first, None if label.first in bound else label))
    for run in runs:
        if run.at not in tied and (len(run.slots) >= _FEWEST_SLOTS or stacked):
            events.append((run.at, run))
    events.sort(key=lambda e: e[0])
    for barrier, gap in groupby((event for _, event in events), key=lambda e: e is None):
        if not barrier:
            for label, run in _by_order([e for e in gap if e is not None], stacked=stacked):
                tied[run.at] = (*tied.get(run.at, ()), label.mention.key)


def _by_order(gap: list[Spoken | Run], *, stacked: bool) -> Iterator[tuple[Spoken, Run]]:
    """Pair the labels and the runs of a gap in every way that order allows."""
    labels = [e for e in gap if isinstance(e, Spoken)]
    runs = [e for e in gap if isinstance(e, Run)]
    if not labels or not runs:
        return
    if stacked:
        # A label comes before its numbers, always: what stands right behind it is its own.
        for a, b in pairwise(gap):
            if isinstance(a, Spoken) and isinstance(b, Run):
                yield a, b
    elif len(labels) == len(runs):
        if all(isinstance(a, Spoken) != isinstance(b, Spoken) for a, b in zip(gap[::2], gap[1::2], strict=True)):
            yield from zip(labels, runs, strict=True)
        elif len(runs) <= _MOST_LOOSE:
            # Several rows of numbers, then their labels: a PDF may draw them in any order.
            yield from product(labels, runs)


def _tie_unlabelled(
    runs: Sequence[Run], labels: Sequence[Spoken], tied: dict[int, tuple[str, ...]], keys: list[str]
) -> None:
    """Rows whose labels were lost: as many runs as rows between two that are tied."""
    named = {label.mention.key for label in labels}
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
        between = [key for key in keys[previous + 1 : row] if key not in named]
        if loose and len(between) == len(loose) and run is not None and previous >= 0:
            for key, lost in zip(between, loose, strict=True):
                tied[lost.at] = (key,)
        previous, loose = row, []


# ---------------------------------------------------------------- which columns


def _heads(items: Items, labels: Sequence[Spoken], grid: Grid, form: Form) -> list[Head]:
    """The heads of the table and their repetitions on later pages."""
    if not grid.ruled:
        return []
    number = {c.key: i for i, c in enumerate(form.columns)}
    # 其他 and 总计 are known as rows first; where they are none, they are columns.
    words = {"other.other": "other", "other.subtotal": "other", "total_handled": "total"}
    rows = {label.first for label in labels}
    named = [
        (number[key], s.x, s.first)
        for s in items.spoken
        if s.first not in rows and (key := words.get(s.mention.key, s.mention.key)) in number
        and s.mention.kind in ("column", "row")
    ]
    return heads(named, len(form.columns), _FEWEST_COLUMNS)


def _columns(
    run: Run, label: Spoken | None, grid: Grid, found: Sequence[Head], scale: Ruler | None
) -> Iterator[Reading]:
    """The readings of a run as the seven columns."""
    head = above(run, found)
    reading = head.place(run, label) if head is not None else None
    if reading is None and scale is not None and len(run.slots) != 7:
        reading = scale.place(run.slots)
    if reading is not None:
        yield reading
    else:
        yield from readings(run.slots, 7, ruled=grid.ruled or _adds_up(run), full=run.edge)


def _adds_up(run: Run) -> bool:
    """Seven numbers of which the last is the sum: none of them was split."""
    values = [s.value for s in run.slots]
    return len(values) == 7 and None not in values and sum(map(int, map(str, values[:6]))) == values[6]


def _deduplicated(items: Items, grid: Grid) -> bool:
    """Text from which every repeated line was dropped: one value a line and none comes twice.

    What is left of a row then says nothing about its columns.
    """
    one_a_line = grid.layout == "stacked" or all(run.tall for run in items.runs)
    numbers = [s.value for run in items.runs for s in run.slots if s.value is not None]
    return one_a_line and len(numbers) > 2 and len(set(numbers)) == len(numbers)
