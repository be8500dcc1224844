"""Section 三: what a whole table shows of its columns, for `columns` to read its rows by."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from operator import itemgetter

from gkllm.align.heads import Head, above, expected, heads
from gkllm.align.items import Items, Run, Spoken
from gkllm.align.labels import ALSO_COLUMNS, words_of
from gkllm.align.mixed import (
    FEWEST_COLUMNS,
    WITHOUT_PLACES,
    beyond_its_head,
    fewer_named,
    head_tells_otherwise,
    idle_end,
    rows_tell_otherwise,
)
from gkllm.align.positions import WIDTH, Ruler, beyond_seven, ruler
from gkllm.align.readings import without_blanks
from gkllm.align.shapes import Labelled, Shape, bare, counts, label_of, shape_of
from gkllm.align.streams import across, in_group, level
from gkllm.align.totals import (
    as_large,
    before_totals,
    closes_without_one,
    differ,
    ends_in_totals,
    most,
    prints_total,
)
from gkllm.document import Cell, Grid
from gkllm.form import Form
from gkllm.report import Reason

_SHORT_WORDS = {0, WIDTH - 2, WIDTH - 1}  # 自然人, 其他, 总计
_FEWEST_NAMED = 2  # rows of as many numbers as a head of fewer than seven names
_FEWEST_PUSHED = 2  # rows whose numbers begin further on, and rows whose do not, in a cut table
_NEARLY_WHOLE = (WIDTH - 2, WIDTH - 1)  # numbers of a row where a column or two were lost
_FEW = 2  # rows that differ from all others
_FEWEST_ROWS = 3  # rows of one shape that tell which of their cells are never used

_NEARLY_ALL = 0.8  # of the rows have more than seven cells, where seven are too few
_FEWEST_USED = 4  # places of a head that are not empty in all rows
_FEWEST_OUTDONE = 2  # rows with numbers beside the places of their head


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What a table shows of its columns, found once for all its rows."""

    ruled: bool
    labels: Sequence[Spoken]
    # Of the head of a table with borders: places of columns. Of another: names, if fewer than
    # seven. Of aligned text: a ruler.
    heads: Sequence[Head]
    named: Sequence[int]
    ruler: Ruler | None
    # Cells that rows of a shape use, by their order; where the runs are whose first cell is their
    # own and not left by a label, and those whose label names a row of a group or stands across all
    # columns of labels; how many cells several rows have behind labels of each x, and how many any
    # row has.
    used: Mapping[Shape, tuple[int, ...]]
    first: AbstractSet[int]
    grouped: AbstractSet[int]
    across: AbstractSet[int]
    usual: Mapping[int, int]
    longest: Mapping[int, int]
    # In a table that was cut to a width: x of the first number behind labels of each x.
    begins: Mapping[int, int]
    # Several rows print a sum of their numbers; most end in it.
    totals: bool
    close: bool
    # Signs that seven numbers may not be the seven. Many rows have seven cells and many fewer, or
    # all have seven under a head of fewer, or a cut table lacks another column, or the head names
    # them in another order, or a place at its end is empty or idle in all rows; most rows have a
    # number too many; most have left their zeros blank; or nearly none, and one that lacks a
    # number was damaged; rows of seven cells are so few that they tell nothing of the table; the
    # rows end in their totals before the place that the head gives to totals; sides of the head,
    # -1 or 1, where several rows have numbers and it has no place; rows that lack a cell of all
    # others.
    mixed: bool
    wide: bool
    sparse: bool
    nearly_full: bool
    few: bool
    moved: bool
    outdone: AbstractSet[int]
    fallen_short: AbstractSet[int]

    @property
    def cut(self) -> bool:
        """Whether the rows lost what stood beyond an edge."""
        return bool(self.begins)


def columns(
    items: Items,
    labels: Sequence[Spoken],
    rows: Mapping[str, Sequence[Run]],
    grid: Grid,
    form: Form,
) -> Columns:
    """Look at a whole table for what it shows of its columns."""
    runs = [run for tied in rows.values() for run in tied]
    labelled = [(run, label_of(run, labels)) for run in runs] if grid.ruled else []
    mentions = list(_mentions(items, labels, form, ruled=grid.ruled))
    fewer, read_whole = _fewer_names(mentions, items, labels, ruled=grid.ruled)
    named = _named(fewer, runs, grid, read_whole=read_whole)
    places = heads(mentions, WIDTH, FEWEST_COLUMNS) if grid.ruled else []
    # Of a head that was read whole and names no totals, one row that ends in the sum of its
    # numbers says nothing: they may be equal.
    unnamed = read_whole and fewer and WIDTH - 1 not in fewer
    totals = ends_in_totals(runs) and (not unnamed or differ(runs))
    if totals:
        # The last numbers are totals, whatever became of the word 总计.
        places = [head for head in places if WIDTH - 1 in head.xs]
        named = named if WIDTH - 1 in named else ()
    begins = _begins(labelled)
    # A table that was cut to a width lost its totals, and the last of few numbers may be as large.
    ends = [head for head in places if not begins or WIDTH - 1 in head.xs]
    moved = any(before_totals(head, runs) for head in ends)
    moved = moved or (grid.ruled and totals and not places and _lack_seventh(runs))
    outdone = _outdone(runs, [] if grid.layout in WITHOUT_PLACES else places)
    places = [] if moved else places
    scale = None if grid.ruled else ruler(runs, _head_cells(grid, labels, form), totals=totals)
    beyond = (
        read_whole
        and not named
        and (not places or WIDTH - 1 not in fewer)
        and beyond_its_head(fewer, runs, grid, totals=totals, seven=scale is not None)
    )
    used = _used(labelled)
    ruled = grid.ruled
    return Columns(
        ruled=ruled,
        labels=labels,
        heads=places,
        named=named,
        ruler=scale,
        used=used,
        first=_first(rows, labelled, form) if ruled else frozenset(),
        grouped=frozenset(r.at for key, tied in rows.items() if in_group(key) for r in tied),
        across=frozenset(r.at for key in across(form) for r in rows.get(key, ())),
        usual=_usual(labelled),
        longest=_longest(labelled),
        begins=begins,
        totals=sum(map(prints_total, runs)) >= _FEWEST_ROWS,
        close=totals,
        mixed=beyond
        or (not ruled and idle_end(runs))
        or head_tells_otherwise(mentions, items, labels, grid, places)
        or (ruled and fewer_named(fewer, runs, places, alone=read_whole and not named))
        or (ruled and rows_tell_otherwise(labelled, used, places, begins)),
        wide=_all_wide(runs) if ruled else _wide(runs, items.runs) or beyond_seven(runs),
        sparse=not ruled and _sparse(runs),
        nearly_full=sum(len(run.slots) < WIDTH for run in runs) <= _FEW,
        few=sum(len(run.slots) >= WIDTH for run in runs) <= _FEWEST_ROWS,
        moved=moved,
        outdone=outdone,
        fallen_short=_fallen_short(labelled, places) if ruled else frozenset(),
    )


def _mentions(
    items: Items, labels: Sequence[Spoken], form: Form, *, ruled: bool
) -> Iterator[tuple[int, int, int]]:
    """Labels of columns in printed order: (column, x, order).

    Once where the cell of a label runs over several lines of the head and each prints it.
    """
    number = {c.key: i for i, c in enumerate(form.columns)}
    rows = {label.first for label in labels}
    seen: set[tuple[int, int]] = set()
    for s in items.spoken:
        # 其他 and 总计 are known as rows first; where they are none, they are columns.
        key = ALSO_COLUMNS.get(s.mention.key, s.mention.key)
        if s.first in rows:
            seen.clear()
        elif s.mention.kind in ("column", "row") and key in number:
            if not ruled or (number[key], s.x) not in seen:
                yield number[key], s.x, s.first
            seen.add((number[key], s.x))


def _head_cells(grid: Grid, labels: Sequence[Spoken], form: Form) -> list[Cell] | None:
    """The words of the head that begin the names of the seven columns, if all are there.

    Names are broken over lines (商业 / 企业), so their beginnings are what tells the places.
    """
    first = min((line for label in labels for line in label.lines), default=0)
    found: dict[int, Cell] = {}
    for row in grid.rows[:first]:
        for cell in row:
            words = words_of(cell.text)
            for i, column in enumerate(form.columns):
                if len(words) > 1 and any(w.startswith(words) for w in column.wordings):
                    found.setdefault(i, cell)
    return [found[i] for i in range(WIDTH)] if len(found) == WIDTH else None


def _fewer_names(
    mentions: Sequence[tuple[int, int, int]],
    items: Items,
    labels: Sequence[Spoken],
    *,
    ruled: bool,
) -> tuple[tuple[int, ...], bool]:
    """The columns of a head that names fewer than seven, and whether it was read to its last word.

    Else a name may hide in what was not read.
    """
    end = min(label.first for label in labels)
    named = sorted(column for column, _, order in mentions if order < end)
    if not FEWEST_COLUMNS <= len(named) < WIDTH or len(set(named)) < len(named):
        return (), False
    places = {x for _, x, order in mentions if order < end}
    if ruled and len(places) == len(named) and max(places) - min(places) == WIDTH - 1:
        return (), False  # a place without its name is a column all the same
    begin = min(order for column, _, order in mentions if column == named[0])
    return tuple(named), not any(begin < at < end for at in items.unknown)


def _named(
    named: tuple[int, ...], runs: Sequence[Run], grid: Grid, *, read_whole: bool
) -> tuple[int, ...]:
    """The columns of a head that names fewer than seven, if no row has more numbers.

    A head of six columns over rows of six numbers tells which column the document lacks, if
    it was read to its last word; or where no name but a short one (自然人, 其他, 总计) can hide
    behind a single wrong character.
    """
    if not read_whole and not (_whole_cells(grid) and set(named) >= _SHORT_WORDS):
        return ()
    if WIDTH - 1 not in named and as_large([r for r in runs if len(r.slots) == len(named)]):
        return ()  # it is the word that was lost, and the numbers of another column
    if grid.ruled and {len(run.slots) for run in runs} == {len(named)}:
        return named
    lengths = [len(bare(run, grid.ruled)) for run in runs]
    short = sum(length < len(named) for length in lengths)
    as_many = lengths.count(len(named))
    # Without borders a blank leaves no trace: rows may be short if most are not.
    mostly = max(lengths, default=0) == len(named) and as_many * 2 > len(lengths)
    if read_whole and (short < 1 if grid.ruled else mostly or short < _FEWEST_NAMED):
        return named if as_many >= _FEWEST_NAMED else ()
    return named if set(lengths) == {len(named)} else ()


def _whole_cells(grid: Grid) -> bool:
    """Whether the labels of columns cannot have been broken over lines."""
    return grid.ruled or len(grid.rows) == 1


def _used(rows: Sequence[Labelled]) -> dict[Shape, tuple[int, ...]]:
    """For each shape of row, the cells that any such row uses.

    Merged label cells, and columns that the form does not have, leave cells that are empty in
    every row; a cell that is empty in some rows only is a blank of theirs.
    """
    shapes: dict[Shape, list[Run]] = defaultdict(list)
    for run, label in rows:
        shapes[shape_of(run, label)].append(run)
    return {
        shape: tuple(
            i
            for i in range(shape[-1])
            if any(run.slots[i].reason is not Reason.BLANK for run in alike)
        )
        for shape, alike in shapes.items()
        if len(alike) >= _FEWEST_ROWS
    }


def _first(
    rows: Mapping[str, Sequence[Run]], labelled: Sequence[Labelled], form: Form
) -> frozenset[int]:
    """Where the runs are of whose shape and depth most print a number right behind the label.

    No label runs over their first cell, as it may where that cell is empty.
    """
    labels_across = across(form)
    levels = [level(key, labels_across) for key, tied in rows.items() for _ in tied]
    alike: dict[tuple[str, Shape], list[Run]] = defaultdict(list)
    for depth, (run, label) in zip(levels, labelled, strict=True):
        alike[depth, shape_of(run, label)].append(run)
    return frozenset(
        run.at
        for runs in alike.values()
        if most(run.slots[0].reason is not Reason.BLANK for run in runs)
        for run in runs
    )


def _usual(rows: Sequence[Labelled]) -> dict[int, int]:
    """The number of cells that several rows have behind labels of each x."""
    lengths: dict[int, Counter[int]] = defaultdict(Counter)
    for run, label in rows:
        if label is not None:
            lengths[label.x][len(run.slots)] += 1
    usual = {x: max(found.items(), key=itemgetter(1)) for x, found in lengths.items()}
    return {x: cells for x, (cells, alike) in usual.items() if alike >= _FEWEST_ROWS}


def _longest(rows: Sequence[Labelled]) -> dict[int, int]:
    """The most cells that a row has behind labels of each x."""
    found: dict[int, int] = {}
    for run, label in rows:
        if label is not None:
            found[label.x] = max(len(run.slots), found.get(label.x, 0))
    return found


def _begins(rows: Sequence[Labelled]) -> dict[int, int]:
    """Where the numbers begin behind labels of each depth, by x, in a table cut to a width.

    Such a table ends all rows at one edge, and the labels that stand deeper push their numbers
    towards it: those rows lost more. Empty where that is not so.
    """
    found: dict[int, list[int]] = defaultdict(list)
    beside: set[int] = set()  # depths at which a number follows its label without a gap
    for run, label in rows:
        printed = [s.cell.x for s in run.slots if s.reason is not Reason.BLANK]
        if label is not None and run.edge and printed:
            found[label.x].append(printed[0])
            beside |= {label.x} if run.slots[0].reason is not Reason.BLANK else set()
    begins = {depth: min(found[depth]) for depth in sorted(found)}
    order = list(begins.values())
    if len(order) < 2 or order != sorted(order) or order[0] == order[-1]:
        return {}
    deeper = [depth for depth, x in begins.items() if x > order[0]]
    if not beside.intersection(deeper):
        return {}  # no label pushes them: the first column may be blank in these rows
    pushed = [len(found[depth]) for depth in deeper]
    least = min(sum(map(len, found.values())) - sum(pushed), sum(pushed))
    edge = max(run.slots[-1].cell.x for run, _ in rows if run.edge)
    return begins if least >= _FEWEST_PUSHED and edge - order[0] < WIDTH else {}


def _outdone(runs: Sequence[Run], places: Sequence[Head]) -> frozenset[int]:
    """On which sides of their head several rows have numbers: -1 before it, 1 behind it."""
    found: Counter[int] = Counter()
    for run in runs:
        head = above(run, places)
        found.update(head.sides(run, printed=True) if head is not None else ())
    return frozenset(side for side, rows in found.items() if rows >= _FEWEST_OUTDONE)


def _fallen_short(rows: Sequence[Labelled], places: Sequence[Head]) -> frozenset[int]:
    """Rows of seven cells, or of as many as their head names, where nearly all others have more.

    They end before others whose labels stand as deep: a cell was lost from them, and what stood
    behind it moved up; their count is no proof. By `at`.
    """
    ends: dict[int, int] = {}
    for run, label in rows:
        if label is not None:
            ends[label.x] = max(run.slots[-1].cell.x, ends.get(label.x, 0))
    lengths = [
        (run, len(without_blanks(run.slots)), label is None or run.slots[-1].cell.x < ends[label.x])
        for run, label in rows
    ]
    found: set[int] = set()
    for width in {WIDTH, expected(places) or WIDTH}:
        if sum(length > width for _, length, _ in lengths) >= len(rows) * _NEARLY_ALL:
            found |= {
                run.at for run, length, ends_before in lengths if length == width and ends_before
            }
    return frozenset(found)


def _wide(runs: Sequence[Run], every: Sequence[Run]) -> bool:
    """Whether most full rows have a number too many: one of seven then lacks one of its own.

    So may one where any row has one too many and several too few: blanks leave no trace. Where most
    rows lack the same number, those with more may have one that was split; but for eight zeros, in
    whichever row of `every`, known or not.
    """
    lengths = Counter(len(run.slots) for run in runs)
    wide, short = ([r for r in runs if sign * (len(r.slots) - WIDTH) > 0] for sign in (1, -1))
    idle = any(len(run.slots) == WIDTH + 1 and not counts(run) for run in every)
    if idle and len(short) >= _FEWEST_ROWS:
        return True
    if any(lengths[length] * 2 > len(runs) for length in _NEARLY_WHOLE):
        return False
    if len(wide) >= _FEWEST_ROWS and len(wide) > lengths[WIDTH]:
        return True
    # Where one number goes, most of them add up: it is spare, and none was split.
    spare = sum(map(closes_without_one, wide)) * 2 > len(wide)
    return spare and len(short) >= _FEWEST_ROWS


def _all_wide(runs: Sequence[Run]) -> bool:
    """Whether all rows but one or two print more numbers than seven: those have lost one."""
    if any(slot.reason is Reason.BLANK for run in runs for slot in run.slots):
        return False
    short = sum(len(run.slots) <= WIDTH for run in runs)
    return 0 < short <= _FEW and len(runs) >= _FEWEST_ROWS * _FEW


def _lack_seventh(runs: Sequence[Run]) -> bool:
    """Whether rows of up to seven cells, that end in totals, leave all their seventh ones empty."""
    seventh = [run.slots[-1] for run in runs if len(run.slots) == WIDTH]
    sixth = sum(
        len(run.slots) >= WIDTH - 1 and run.slots[WIDTH - 2].value is not None for run in runs
    )
    return (
        min(sixth, len(seventh)) >= _FEWEST_ROWS
        and all(len(run.slots) <= WIDTH for run in runs)
        and all(slot.reason is Reason.BLANK for slot in seventh)
    )


def _sparse(runs: Sequence[Run]) -> bool:
    """Whether most rows are short, of different lengths, and hardly any has its seven numbers."""
    lengths = [len(run.slots) for run in runs if counts(run)]
    if lengths.count(WIDTH) == len(lengths) < _FEWEST_ROWS:
        lengths = [len(run.slots) for run in runs]  # too few that count to tell
    short = sum(n < WIDTH for n in lengths)
    different = {len(run.slots) for run in runs if len(run.slots) < WIDTH}
    return lengths.count(WIDTH) < _FEWEST_ROWS and short * 2 > len(lengths) and len(different) > 1
