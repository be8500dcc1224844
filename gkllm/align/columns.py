"""Section 三: which of the seven columns the numbers of a row are.

By the places of the head where a table is ruled and the row keeps to them; by the columns that
the head names where there are fewer; by position in aligned text; and else in every way that
the count of numbers allows, for the sum rules to choose from.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from operator import itemgetter

from gkllm.align.heads import Head, above, heads
from gkllm.align.items import Items, Run, Spoken
from gkllm.align.labels import words_of
from gkllm.align.positions import WIDTH, Ruler, ruler
from gkllm.align.readings import BESIDE_EMPTY, Reading, empty_dropped, readings, without_blanks
from gkllm.align.rows import ALSO_COLUMNS, nearest
from gkllm.align.slots import Slot
from gkllm.document import Cell, Grid
from gkllm.form import Form
from gkllm.report import Reason

_FEWEST_COLUMNS = 5  # column labels in a head that can be believed to be all there are
_SHORT_WORDS = {0, WIDTH - 2, WIDTH - 1}  # 自然人, 其他, 总计
_FEWEST_NAMED = 2  # rows of as many numbers as a head of fewer than seven names
_FEWEST_PUSHED = 2  # rows whose numbers begin further on, and rows whose do not, in a cut table
_MANY_LOST = 2  # cells that a row has fewer than others behind labels of its x
_FEWEST_ROWS = 3  # rows of one shape that tell which of their cells are never used

Labelled = tuple[Run, Spoken | None]  # a run with the label in its line
Shape = tuple[int, int, int]  # x of the label and of the first cell behind it, number of cells


@dataclass(frozen=True, slots=True)
class Columns:
    """What a table shows of its columns.

    `heads` of a ruled table; `named` columns where a head without places names fewer than
    seven; `ruler` of aligned text; `used` cells of the rows of each shape, by their order;
    `first` are the shapes of which most rows print a number right behind the label.
    `mixed`: many rows have seven cells and many have fewer, so that seven are no proof.
    `begins`: x of the first number behind labels of each x, in a table that was cut to a width.
    `usual`: how many cells stand behind labels of each x. `totals`: several rows print a sum of
    their numbers, and `close`: most do. `wide`: most rows of aligned text have a number too
    many; `sparse`: most of them have left their zeros blank. `moved`: the rows end in their
    totals before the place that the head gives to totals.
    """

    ruled: bool
    labels: Sequence[Spoken]
    heads: Sequence[Head]
    named: Sequence[int]
    ruler: Ruler | None
    used: Mapping[Shape, tuple[int, ...]]
    first: AbstractSet[Shape]
    mixed: bool
    begins: Mapping[int, int]
    usual: Mapping[int, int]
    totals: bool
    close: bool
    wide: bool
    sparse: bool
    moved: bool

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
    labelled = [(run, _label_of(run, labels)) for run in runs]
    mentions = list(_mentions(items, labels, form))
    named = _named(mentions, items, runs, labels, grid)
    places = heads(mentions, WIDTH, _FEWEST_COLUMNS) if grid.ruled else []
    totals = _ends_in_totals(runs)
    if totals:
        # The last numbers are totals, whatever became of the word 总计.
        places = [head for head in places if WIDTH - 1 in head.xs]
        named = named if WIDTH - 1 in named else ()
    moved = any(_before_totals(head, runs) for head in places)
    places = [] if moved else places
    used = _used(labelled) if grid.ruled else {}
    return Columns(
        grid.ruled,
        labels,
        places,
        named,
        None if grid.ruled else ruler(runs, _head_cells(grid, labels, form), totals=totals),
        used,
        _first(labelled) if grid.ruled else frozenset(),
        _mixed(labelled, used, places) if grid.ruled else False,
        _begins(labelled) if grid.ruled else {},
        _usual(labelled) if grid.ruled else {},
        sum(map(_prints_total, runs)) >= _FEWEST_ROWS,
        totals,
        not grid.ruled and _wide(runs),
        not grid.ruled and _sparse(runs),
        moved,
    )


def _mentions(items: Items, labels: Sequence[Spoken], form: Form) -> Iterator[tuple[int, int, int]]:
    """Labels of columns in printed order: (column, x, order)."""
    number = {c.key: i for i, c in enumerate(form.columns)}
    rows = {label.first for label in labels}
    for s in items.spoken:
        # 其他 and 总计 are known as rows first; where they are none, they are columns.
        key = ALSO_COLUMNS.get(s.mention.key, s.mention.key)
        if s.first not in rows and s.mention.kind in ("column", "row") and key in number:
            yield number[key], s.x, s.first


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


def _whole_cells(grid: Grid) -> bool:
    """Whether the labels of columns cannot have been broken over lines."""
    return grid.ruled or len(grid.rows) == 1


def _named(
    mentions: Sequence[tuple[int, int, int]],
    items: Items,
    runs: Sequence[Run],
    labels: Sequence[Spoken],
    grid: Grid,
) -> tuple[int, ...]:
    """The columns of a head that names fewer than seven, if no row has more numbers.

    A head of six columns over rows of six numbers tells which column the document lacks, if
    it was read to its last word. Else a name may hide in what was not read, and a short one
    (自然人, 其他, 总计) behind a single wrong character.
    """
    end = min(label.first for label in labels)
    named = sorted(column for column, _, order in mentions if order < end)
    if not _FEWEST_COLUMNS <= len(named) < WIDTH or len(set(named)) < len(named):
        return ()
    begin = min(order for column, _, order in mentions if column == named[0])
    read_whole = not any(begin < at < end for at in items.unknown)
    if not read_whole and not (_whole_cells(grid) and set(named) >= _SHORT_WORDS):
        return ()
    if WIDTH - 1 not in named and _as_large([r for r in runs if len(r.slots) == len(named)]):
        return ()  # it is the word that was lost, and the numbers of another column
    if grid.ruled and {len(run.slots) for run in runs} == {len(named)}:
        return tuple(named)
    counts = [len(_bare(run, grid.ruled)) for run in runs]
    short = sum(count < len(named) for count in counts)
    # Without borders a blank leaves no trace: rows may be short if most are not.
    most = max(counts, default=0) == len(named) and counts.count(len(named)) * 2 > len(counts)
    if read_whole and (short < 1 if grid.ruled else most or short < _FEWEST_NAMED):
        return tuple(named) if counts.count(len(named)) >= _FEWEST_NAMED else ()
    return tuple(named) if set(counts) == {len(named)} else ()


def _prints_total(run: Run, fewest: int = 2) -> bool:
    """Whether a number of the row is the sum of all before it, of which enough count."""
    total = parts = 0
    for slot in run.slots:
        value = int(str(slot.value)) if str(slot.value).isdecimal() else 0
        if parts >= fewest and value == total:
            return True
        total += value
        parts += value > 0
    return False


def _ends_in_totals(runs: Sequence[Run]) -> bool:
    """Whether the rows that are not all zero end in the sum of their numbers."""
    return _most(v[-1] == sum(v[:-1]) for v in map(_values, runs) if len(v) > 1 and any(v))


def _as_large(runs: Sequence[Run]) -> bool:
    """Whether the rows end in what can be their total: as large as all before it together."""
    return _most(v[-1] >= sum(v[:-1]) for v in map(_values, runs) if len(v) > 1 and any(v))


def _most(told: Iterable[bool]) -> bool:
    """Whether something is true of several rows, and of most."""
    found = list(told)
    return sum(found) >= _FEWEST_ROWS and sum(found) * 2 > len(found)


def _values(run: Run) -> list[int]:
    return [value for value, _ in _numbers(run)]


def _numbers(run: Run) -> list[tuple[int, int]]:
    """The whole numbers of a row, each with its x."""
    return [(int(str(s.value)), s.cell.x) for s in run.slots if str(s.value).isdecimal()]


def _before_totals(head: Head, runs: Sequence[Run]) -> bool:
    """Whether the rows end in what must be totals before the place that the head gives to them.

    The numbers of a column were lost, and what stood behind them moved up under other names; or
    the head does not name totals, and they stand under the name that it ends with. Totals they
    must be if in most rows they are as large as all numbers before them together.
    """
    end, named = max(head.xs.values()), WIDTH - 1 in head.xs
    ends = []
    for run in runs:
        edge = run.slots[-1].cell.x
        under = edge == end or (edge > end if named else len(run.slots) == len(head.xs))
        numbers = _numbers(run) if under else []
        if len(numbers) > 1 and any(value for value, _ in numbers):
            (number, x), before = numbers[-1], sum(value for value, _ in numbers[:-1])
            ends.append((x < end or not named) and number >= before)
    return _most(ends)


def _shape(run: Run, label: Spoken | None) -> Shape:
    return (-1 if label is None else label.x, run.slots[0].cell.x, len(run.slots))


def _used(rows: Sequence[Labelled]) -> dict[Shape, tuple[int, ...]]:
    """For each shape of row, the cells that any such row uses.

    Merged label cells, and columns that the form does not have, leave cells that are empty in
    every row; a cell that is empty in some rows only is a blank of theirs.
    """
    shapes: dict[Shape, list[Run]] = defaultdict(list)
    for run, label in rows:
        shapes[_shape(run, label)].append(run)
    return {
        shape: tuple(
            i
            for i in range(shape[-1])
            if any(run.slots[i].reason is not Reason.BLANK for run in alike)
        )
        for shape, alike in shapes.items()
        if len(alike) >= _FEWEST_ROWS
    }


def _first(rows: Sequence[Labelled]) -> AbstractSet[Shape]:
    """The shapes of which most rows print a number right behind the label.

    No label runs over their first cell, as it may where that cell is empty.
    """
    shapes = Counter(_shape(*row) for row in rows)
    printed = Counter(_shape(*row) for row in rows if row[0].slots[0].reason is not Reason.BLANK)
    return {s for s, n in printed.items() if n >= _FEWEST_ROWS and n * 2 > shapes[s]}


def _usual(rows: Sequence[Labelled]) -> dict[int, int]:
    """The number of cells that several rows have behind labels of each x."""
    counts: dict[int, Counter[int]] = defaultdict(Counter)
    for run, label in rows:
        if label is not None:
            counts[label.x][len(run.slots)] += 1
    most = {x: max(found.items(), key=itemgetter(1)) for x, found in counts.items()}
    return {x: cells for x, (cells, alike) in most.items() if alike >= _FEWEST_ROWS}


def _expected(places: Sequence[Head]) -> int:
    """How many numbers a row should have: as many as a head names one by one, or seven."""
    return max((len(head.xs) for head in places if head.gapless), default=WIDTH)


def _mixed(
    rows: Sequence[Labelled],
    used: Mapping[Shape, tuple[int, ...]],
    places: Sequence[Head],
) -> bool:
    """Whether whole shapes of rows are short and others are not, without an edge that cut them."""
    short = whole = 0
    expected = _expected(places)
    for run, label in rows:
        head = above(run, places)
        if head is not None and len(head.xs) == WIDTH and head.place(run, label) is not None:
            whole += 1  # it keeps to the seven places of its head, whatever is blank in it
            continue
        cells = used.get(_shape(run, label), range(len(run.slots)))
        count = cells[-1] - cells[0] + 1 if cells else 0  # a cell between is a blank
        # Fewer than that are blanks: no document lost so many columns.
        short += _FEWEST_COLUMNS <= count < expected and not run.edge
        whole += count == expected
    return short >= _FEWEST_ROWS and whole >= _FEWEST_ROWS


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


def _label_of(run: Run, labels: Sequence[Spoken]) -> Spoken | None:
    """The label that stands in the same line as a run, before it."""
    label = nearest(run, labels)
    return label if label is not None and run.line in label.lines else None


def read(run: Run, shown: Columns) -> list[Reading]:
    """The readings of a run as the seven columns."""
    label = _label_of(run, shown.labels)
    found = _read(run, label, shown)
    if shown.totals and _prints_total(run, 1 if shown.close else 2):
        # Its total is there: a reading that has none takes the total for a part.
        found = [r for r in found if (total := r.cells[-1]) and _counted(total)] or found
    if _shape(run, label) in shown.first:
        found = [replace(r, name=r.name.removeprefix(BESIDE_EMPTY)) for r in found]
    return found


def _counted(slot: Slot) -> bool:
    return slot.value is not None or slot.reason is Reason.UNREADABLE


def _read(run: Run, label: Spoken | None, shown: Columns) -> list[Reading]:
    # Where whole shapes of rows lack a number and others do not, no count tells a column;
    # but for a head that names fewer than seven, and says that the others have a spare one.
    if shown.mixed and not shown.named:
        return _as_its_head(run, shown)
    if shown.moved:
        return readings(without_blanks(run.slots), WIDTH, ruled=True)
    if not shown.ruled:
        return _aligned(run, shown)
    head = above(run, shown.heads)
    keeps = head is not None and (label is not None or not _deep(head, shown))
    placed = head.place(run, label) if head is not None and keeps else None
    if placed is None or head is None or _beside_its_head(run, label, head, shown):
        if _unsure_of_empty(run, label, shown):
            if len(run.slots) == WIDTH + 1:
                return readings(run.slots, WIDTH, ruled=True)
            return empty_dropped(run.slots, WIDTH)
        under = shown.named and not shown.cut
        return _under(run, shown) if under else _ruled(run, label, head, shown)
    if not head.spares(run):
        return [placed]
    # A column that the head does not name is spare, unless the sums say another is; but
    # where the head names too few, it may be one of the seven whose name was lost.
    less = 1 if len(head.xs) == WIDTH else 0
    others = readings(run.slots, WIDTH, ruled=True)
    return [placed, *(replace(o, doubt=o.doubt + less) for o in others)]


def _as_its_head(run: Run, shown: Columns) -> list[Reading]:
    """A row whose seven cells stand under the seven of its head, none of them empty.

    So do the rows of a page in a table whose next page was printed with other columns.
    """
    label, head = _label_of(run, shown.labels), above(run, shown.heads)
    if label is None or head is None or len(head.xs) < WIDTH or not head.gapless:
        return []
    if len(run.slots) != WIDTH or any(slot.reason is Reason.BLANK for slot in run.slots):
        return []
    placed = head.place(run, label)
    return [placed] if placed is not None else []


def _aligned(run: Run, shown: Columns) -> list[Reading]:
    """Numbers without borders: under a head of fewer names, by position, or as they come."""
    if shown.named:
        return _under(run, shown)
    if shown.ruler is not None and len(run.slots) != WIDTH:
        placed = shown.ruler.place(run.slots)
        if placed is not None:
            # Where a cell fell out, those behind it moved up: the gap is at the end.
            moved = len(run.slots) == WIDTH - 1 and run.slots[-1] is placed.cells[-2]
            return [placed, *(readings(run.slots, WIDTH, ruled=False) if moved else [])]
    if shown.wide and len(run.slots) <= WIDTH and _counts(run):
        return []
    if shown.sparse and len(run.slots) == WIDTH and any(slot.value == 0 for slot in run.slots):
        return []  # where zeros are left blank, a zero may be none of the seven
    return readings(run.slots, WIDTH, ruled=False)


def _counts(run: Run) -> bool:
    return any(slot.value != 0 for slot in run.slots)


def _wide(runs: Sequence[Run]) -> bool:
    """Whether most full rows have a number too many: one of seven then lacks one of its own."""
    wide = sum(len(run.slots) > WIDTH for run in runs)
    return wide >= _FEWEST_ROWS and wide > sum(len(run.slots) == WIDTH for run in runs)


def _sparse(runs: Sequence[Run]) -> bool:
    """Whether most rows are short, of different lengths, and hardly any has its seven numbers."""
    lengths = [len(run.slots) for run in runs if _counts(run)]
    short = [n for n in lengths if n < WIDTH]
    whole = lengths.count(WIDTH)
    return whole < _FEWEST_ROWS and len(short) * 2 > len(lengths) and len(set(short)) > 1


def _under(run: Run, shown: Columns) -> list[Reading]:
    """Numbers under a head that names fewer than seven columns; seven may be the seven yet."""
    wide = len(run.slots) > len(shown.named)
    slots = _bare(run, shown.ruled) if wide else run.slots
    under = [_spread(r, shown.named) for r in readings(slots, len(shown.named), ruled=shown.ruled)]
    whole = readings(slots, WIDTH, ruled=shown.ruled) if len(slots) == WIDTH else []
    return [*whole, *under]


def _bare(run: Run, ruled: bool) -> Sequence[Slot]:
    """The slots of a run without what merged label cells left at its ends."""
    return without_blanks(run.slots) if ruled else run.slots


def _deep(head: Head, shown: Columns) -> bool:
    """Whether some labels stand under the columns of the head, and push their numbers aside."""
    first = min(head.xs.values())
    return any(label.x >= first for label in shown.labels)


def _ruled(run: Run, label: Spoken | None, head: Head | None, shown: Columns) -> list[Reading]:
    """Cells between borders that do not keep to the places of a head."""
    used = shown.used.get(_shape(run, label)) if label is not None else None
    if run.edge and shown.cut:
        whole = _to_the_edge(run, label, shown)
        if whole:
            return _short(whole, run, head, shown)
    own = _own_cells(run.slots, used, totals=shown.close) if used else None
    if own is not None:
        return _short(own, run, head, shown)
    if label is not None and len(run.slots) <= shown.usual.get(label.x, 0) - _MANY_LOST:
        return []  # the end of the document, or a row that fell apart
    if used:
        # A cell that no such row uses is none of theirs, if seven are left; but it may be a
        # blank of all of them where rows of another shape have one, or a number too many.
        seven = len(used) == WIDTH and not any(map(_with_blanks, shown.used.values()))
        slots = [run.slots[i] for i in (used if seven else range(used[0], used[-1] + 1))]
    else:
        slots = without_blanks(run.slots) if len(run.slots) > WIDTH else list(run.slots)
    bare = without_blanks(run.slots)
    if label is None and run.slots[0].reason is Reason.BLANK and len(bare) < WIDTH:
        # Where the label stood, and where a blank, nobody can tell.
        slots = bare
        wide = len(run.slots) > WIDTH
        beside = empty_dropped(run.slots, WIDTH) if wide else readings(run.slots, WIDTH, ruled=True)
        return [*beside, *readings(slots, WIDTH, ruled=True)]
    if used and len(slots) == WIDTH < used[-1] - used[0] + 1:
        # The empty cell among them may be a blank of all rows too, and a cell of zeros spare.
        span = run.slots[used[0] : used[-1] + 1]
        return [*_short(slots, run, head, shown), *readings(span, WIDTH, ruled=True)]
    if len(slots) >= WIDTH:
        return _short(slots, run, head, shown)
    if len(run.slots) < WIDTH:
        all_cells = _short(run.slots, run, head, shown)
        return (
            all_cells
            if len(slots) == len(run.slots)
            else [*all_cells, *_short(slots, run, head, shown)]
        )
    # Some of the empty cells are blanks of the row, or it is a short row among them.
    return [*empty_dropped(run.slots, WIDTH), *_short(slots, run, head, shown)]


def _to_the_edge(run: Run, label: Spoken | None, shown: Columns) -> Sequence[Slot]:
    """The cells of a row of a cut table: from where numbers begin at its depth, to the edge.

    Without its label the depth is known only if the row has as many numbers as any can have.
    """
    begin = shown.begins.get(label.x) if label is not None else None
    if begin is None:
        first = next((s.cell.x for s in run.slots if s.reason is not Reason.BLANK), None)
        begin = first if first == min(shown.begins.values()) else None
    return [slot for slot in run.slots if begin is not None and slot.cell.x >= begin]


def _with_blanks(used: Sequence[int]) -> bool:
    """Whether a shape of rows has more than seven numbers, or seven cells and fewer numbers."""
    whole = used[-1] - used[0] + 1 if used else 0
    return len(used) > WIDTH or len(used) < whole == WIDTH


def _own_cells(
    slots: Sequence[Slot], used: Sequence[int], *, totals: bool
) -> Sequence[Slot] | None:
    """The seven cells of a row, if the unused ones around them leave one way to find them.

    Behind `totals` there is no cell of the row. Else merged label cells, which come before the
    numbers, are the first to go; but where the first column of all rows may be empty too,
    nobody can tell the two apart.
    """
    extra = len(slots) - WIDTH
    before, behind = used[0], len(slots) - 1 - used[-1]
    if extra < 0 or before + behind < extra:
        return None
    if before and behind and before + behind > extra:
        return slots[extra - behind : used[-1] + 1] if totals and behind <= extra else None
    return slots[before : len(slots) - (extra - before)] if before <= extra else None


def _unsure_of_empty(run: Run, label: Spoken | None, shown: Columns) -> bool:
    """Whether nobody can tell which cells that are empty in all rows of a shape are none of theirs.

    Those before the numbers may be left by merged label cells, or a blank of all rows where one
    among the numbers is spare. Behind totals there is no column; behind other numbers there is.
    """
    used = shown.used.get(_shape(run, label)) if label is not None else None
    if not used or len(run.slots) <= WIDTH or len(used) == used[-1] - used[0] + 1:
        return False
    return used[0] > 0 or (used[-1] < len(run.slots) - 1 and not shown.close)


def _beside_its_head(run: Run, label: Spoken | None, head: Head, shown: Columns) -> bool:
    """Whether a row goes on behind the head, and no such row uses the last place of the head.

    An empty cell among its numbers may then be spare, and push the others under wrong names.
    """
    used = shown.used.get(_shape(run, label)) if label is not None else None
    if not used or not run.slots[used[-1]].cell.x < max(head.xs.values()) < run.slots[-1].cell.x:
        return False
    return _unsure_of_empty(run, label, shown)


def _short(slots: Sequence[Slot], run: Run, head: Head | None, shown: Columns) -> list[Reading]:
    """Readings under the columns that the head names, if they are enough."""
    named = sorted(head.xs) if head is not None else range(WIDTH)
    spare = len(slots) >= WIDTH > len(named) and head is not None and head.gapless
    found = [_spread(r, named) for r in readings(slots, len(named), ruled=True)] if spare else []
    if len(slots) > len(named):
        named = range(WIDTH)
    whole = readings(slots, len(named), ruled=True, full=run.edge and shown.cut)
    return [*(_spread(reading, named) for reading in whole), *found]


def _spread(reading: Reading, named: Sequence[int]) -> Reading:
    """A reading of fewer columns as one of seven."""
    cells: list[Slot | None] = [None] * WIDTH
    for column, slot in zip(named, reading.cells, strict=True):
        cells[column] = slot
    return Reading(reading.name, reading.doubt, tuple(cells))
