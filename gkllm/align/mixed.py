"""Section 三: signs that seven numbers of a row may not be the seven.

Heads that name other columns, more or in another order; rows of several shapes; places that are
empty or idle in all rows. Each was found in documents whose sums hold all the same.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise, starmap

from gkllm.align.heads import Head, above, expected
from gkllm.align.items import Items, Run, Spoken
from gkllm.align.labels import ALSO_COLUMNS
from gkllm.align.positions import WIDTH
from gkllm.align.readings import without_blanks
from gkllm.align.shapes import Labelled, Shape, bare, counts, shape_of
from gkllm.align.slots import Slot
from gkllm.align.totals import as_large, closes, never_smaller, outweighs
from gkllm.document import Grid
from gkllm.report import Reason

FEWEST_COLUMNS = 5  # column labels in a head that can be believed to be all there are
WITHOUT_PLACES = ("runs", "stacked")  # layouts in which x is no column of the page
_FEWEST_ROWS = 3  # rows that show that it is no accident
_NEARLY_ALL = 0.8  # of the rows
_FEWEST_USED = 4  # places of a head that are not empty in all rows

_LONGEST_HEAD = 14  # characters of the name of a column
_OTHER_YEARS = re.compile(
    r"^(?!.*[()。,、])"
    r"(?:(?:.{0,2}(?:上一?|去)|20\d\d)年[度末底]?(?:[数总合件同现制废处有]|$)|.{0,2}[上同]期"
    r"|.{0,3}修[改订](?:[件数量]|$)|其中|.{0,2}增减|同比)"
)


Named = Sequence[tuple[int, int, int]]  # labels of columns: (column, x, order in the text)


def names_other_years(grid: Grid) -> bool:
    """Whether a table has columns or rows that the form has not: 上年同期, 本年修改件数, 其中."""
    cells = (words for row in grid.rows for cell in row for words in cell.text.split("\t"))
    return any(len(words) <= _LONGEST_HEAD and _OTHER_YEARS.search(words) for words in cells)


def head_tells_otherwise(
    named: Named,
    items: Items,
    labels: Sequence[Spoken],
    grid: Grid,
    places: Sequence[Head],
) -> bool:
    """Whether a head names the columns in another order, or another column among them."""
    if grid.ruled and _reordered(named, items, labels, grid):
        return True
    if not (grid.ruled and places) and names_other_years(grid):
        return True
    if not grid.ruled and _totals_ahead(named, items, labels, grid):
        return True
    return not (grid.ruled and places) and _names_more(items, labels)


def rows_tell_otherwise(
    rows: Sequence[Labelled],
    used: Mapping[Shape, tuple[int, ...]],
    places: Sequence[Head],
    begins: Mapping[int, int],
) -> bool:
    """Whether rows between borders are of several shapes, or leave a place empty in all of them."""
    runs = [run for run, _ in rows]
    return (
        _empty_end(runs, places)
        or _of_two_shapes(rows, used, places)
        or _cut_twice(runs, begins, places)
    )


def fewer_named(
    fewer: Sequence[int], runs: Sequence[Run], places: Sequence[Head], *, alone: bool
) -> bool:
    """Whether rows between borders have as few numbers as a head names, or an empty column more.

    `alone`: the head was read to its last word, and gives no places.
    """
    as_few = alone and not places and _as_few(fewer, runs)
    return as_few or (bool(fewer) and _empty_column([without_blanks(r.slots) for r in runs]))


def beyond_its_head(
    named: tuple[int, ...], runs: Sequence[Run], grid: Grid, *, totals: bool, seven: bool
) -> bool:
    """Whether rows have more numbers than a head without places names columns.

    A column was lost, and another number is spare in each row: their count is no proof, but for
    zeros alone. `totals`: rows end in them, whether or not the head names them; `seven`: they
    have blanks, and stand in seven places.
    """
    if not named or not any(map(counts, runs)):
        return False
    ends = {0, WIDTH - 1} <= set(named)
    lengths = [len(bare(run, grid.ruled)) for run in runs]
    usual = len(named) + (totals and WIDTH - 1 not in named)
    more = [length for length in lengths if usual < length <= WIDTH]
    fewer = sum(0 < length <= usual for length in lengths)
    mostly = len(more) >= _FEWEST_ROWS and len(more) > fewer
    # Seven numbers are the seven where only the word 总计 was lost, and rows end in totals.
    tested = [run for run in runs if counts(run)]
    no_totals = WIDTH - 1 not in named and len(tested) > 1 and not any(map(closes, tested))
    return (mostly and (ends or no_totals or max(more) < WIDTH)) or (seven and ends)


def _totals_ahead(mentions: Named, items: Items, labels: Sequence[Spoken], grid: Grid) -> bool:
    """Whether a head without borders names totals before 自然人, and most others.

    总 above 计 at the right of the head stands around the line of 自然人.
    """
    end = min(label.first for label in labels)
    begin = min((x for column, x, order in mentions if column == 0 and order < end), default=0)
    around = {
        s.first for s in items.spoken if len(s.lines) > 1 and (s.x > begin or _ends_line(s, grid))
    }
    named = [
        column
        for column, _, order in mentions
        if order < end and not (column == WIDTH - 1 and order in around)
    ]
    return (
        len(set(named)) >= FEWEST_COLUMNS
        and {0, WIDTH - 1} <= set(named)
        and named.index(WIDTH - 1) < named.index(0)
    )


def _ends_line(spoken: Spoken, grid: Grid) -> bool:
    """Whether the first piece of a label is the last word of its line, and not the only one."""
    row = grid.rows[min(spoken.lines)]
    return len(row) > 1 and row[-1].x == spoken.x


def _names_more(items: Items, labels: Sequence[Spoken]) -> bool:
    """Whether a head names the seven, each in one piece, and another among them.

    Seven numbers may then be eight of which one is blank.
    """
    end = min(label.first for label in labels)
    named = [s for s in items.spoken if s.first < end and _is_column(s)]
    if len(named) != WIDTH or any(s.first != s.last for s in named):
        return False
    others = set(items.unknown) - items.unfinished
    return any(named[0].first < at < named[-1].first for at in others)


def _is_column(spoken: Spoken) -> bool:
    return spoken.mention.kind == "column" or spoken.mention.key in ALSO_COLUMNS


def _reordered(
    mentions: Named,
    items: Items,
    labels: Sequence[Spoken],
    grid: Grid,
) -> bool:
    """Whether a head names the columns in another order than the form's.

    The totals may come right behind 自然人 in a head of two lines. Of names that are broken over
    lines nobody knows the order. Lines of different lengths leave out what merged cells cover, and
    so does one that begins where the labels of rows do: places in them are not to be compared.
    """
    end = min(label.first for label in labels)
    spoken = {s.first: s for s in items.spoken if s.first < end}
    if any(len(s.lines) > 1 for s in spoken.values()):
        return False
    by_x = grid.layout not in WITHOUT_PLACES
    named: dict[int, list[tuple[int, int]]] = defaultdict(list)  # column > its line and place
    for column, x, order in mentions:
        if order < end:
            line = min(spoken[order].lines) if by_x else 0
            named[column].append((line, x if by_x else order))
    once = [(column, *found[0]) for column, found in sorted(named.items()) if len(found) == 1]

    left = min(label.x for label in labels)
    moved = {line for places in named.values() for line, x in places if by_x and x <= left}

    def before(a: tuple[int, int, int], b: tuple[int, int, int]) -> bool:
        apart = a[1] != b[1] and not moved.isdisjoint((a[1], b[1]))
        return len(grid.rows[a[1]]) == len(grid.rows[b[1]]) and a[2] > b[2] and not apart

    *parts, last = once or [(-1, 0, 0)]
    parts += [last] if last[0] < WIDTH - 1 else []
    ahead = last[0] == WIDTH - 1 and parts[:1] != [] and parts[0][0] == 0 and before(parts[0], last)
    return len(once) >= FEWEST_COLUMNS and (ahead or any(starmap(before, pairwise(parts))))


def _as_few(named: Sequence[int], runs: Sequence[Run]) -> bool:
    """Whether no row has more numbers than a head of fewer than seven columns."""
    lengths = [len(bare(run, ruled=True)) for run in runs]
    return bool(named) and len(lengths) >= _FEWEST_ROWS and max(lengths) <= len(named)


def _of_two_shapes(
    rows: Sequence[Labelled],
    used: Mapping[Shape, tuple[int, ...]],
    places: Sequence[Head],
) -> bool:
    """Whether whole shapes of rows are short and others are not, without an edge that cut them."""
    if sum(len(run.slots) != WIDTH for run, _ in rows) <= 1:
        return False  # the last row may have lost the empty cells at its end
    short = whole = 0
    width = expected(places) or WIDTH
    for run, label in rows:
        head = above(run, places)
        if head is not None and len(head.xs) == WIDTH and head.place(run, label) is not None:
            whole += 1  # it keeps to the seven places of its head, whatever is blank in it
            continue
        cells = used.get(shape_of(run, label), range(len(run.slots)))
        count = cells[-1] - cells[0] + 1 if cells else 0  # a cell between is a blank
        # Fewer than that are blanks: no document lost so many columns.
        short += FEWEST_COLUMNS <= count < width and not run.edge
        whole += count == width
    return short >= _FEWEST_ROWS and whole >= _FEWEST_ROWS


def _empty_end(runs: Sequence[Run], places: Sequence[Head]) -> bool:
    """Whether the last places of a head are empty in all rows, and nearly none is before them.

    Or several hold a printed 0 there. What stood at the end was lost, or another column was, and
    what stood behind it moved up. So it is where the place of totals is empty and numbers count,
    if no zero is printed.
    """
    if not places:
        return False
    printed = [{s.cell.x for s in run.slots if s.reason is not Reason.BLANK} for run in runs]
    rows: Counter[int] = Counter(x for row in printed for x in row)
    zeros = Counter(slot.cell.x for run in runs for slot in run.slots if slot.value == 0)
    for head in places:
        xs = sorted(head.xs.values())
        used = [x for x in xs if rows[x]]
        whole = _FEWEST_USED <= len(used) < len(xs) and used == xs[: len(used)]
        moved = whole and (
            rows[used[-1]] > len(runs) * _NEARLY_ALL or zeros[used[-1]] >= _FEWEST_ROWS
        )
        untotalled = not zeros and bool(used) and WIDTH - 1 in head.xs and not rows[xs[-1]]
        if not moved and not untotalled:
            return False
    return True


def idle_end(runs: Sequence[Run]) -> bool:
    """Whether all rows begin, or end, with a 0, and none has another: a column that counts nothing.

    It is the form's only if all others leave their zeros blank, and it does not.
    """
    blanks = len(runs) >= _FEWEST_ROWS and any(len(run.slots) < WIDTH for run in runs)
    idle = [[slot.value == 0 for slot in run.slots] for run in runs]
    return blanks and any(all(row[end] and sum(row) == 1 for row in idle) for end in (0, -1))


def _cut_twice(runs: Sequence[Run], begins: Mapping[int, int], places: Sequence[Head]) -> bool:
    """Whether a cut table lacks another column, or has one that is none of the form's.

    Its rows end in totals all the same: in most the last number is as large as all others
    together, in one as several others, and no head names it; or either, or in all that count,
    however few, where there is no head. Or a column of a table that prints zeros is empty in all.
    """
    if not begins:
        return False
    bare_runs = [(run, without_blanks(run.slots)) for run in runs]
    first = min(begins.values())
    whole = [run for run, slots in bare_runs if slots and slots[0].cell.x == first]
    named = any(WIDTH - 1 in head.xs for head in places)
    if _empty_column([slots for _, slots in bare_runs]):
        return True
    totals, several = as_large(whole), any(map(outweighs, whole))
    headless = not places and (totals or several or never_smaller(whole))
    return (totals and several and not named) or headless


def _empty_column(rows: Sequence[Sequence[Slot]]) -> bool:
    """Whether a place between numbers is empty in all rows as long, and others print zeros."""
    alike: dict[int, list[Sequence[Slot]]] = defaultdict(list)
    for slots in rows:
        alike[len(slots)].append(slots)
    tables = [rows for rows in alike.values() if len(rows) >= _FEWEST_ROWS]
    zeros = any(
        slot.value == 0 or slot.reason is Reason.NOT_APPLICABLE
        for rows in tables
        for slots in rows
        for slot in slots
    )
    empty = any(
        all(slot.reason is Reason.BLANK for slot in column)
        for rows in tables
        for column in zip(*rows, strict=True)
    )
    return zeros and empty
