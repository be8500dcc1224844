"""Section 三: which of the seven columns the numbers of a row are.

By the places of the head where a table is ruled and the row keeps to them; by the columns that
the head names where there are fewer; by position in aligned text; and else in every way that
the count of numbers allows, for the sum rules to choose from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gkllm.align.evidence import Columns
from gkllm.align.heads import Head, above
from gkllm.align.items import Run, Spoken
from gkllm.align.positions import WIDTH
from gkllm.align.readings import Reading, empty_dropped, readings, without_blanks
from gkllm.align.shapes import bare, counts, label_of, shape_of
from gkllm.align.slots import Slot
from gkllm.align.totals import closes, prints_total
from gkllm.report import BESIDE_EMPTY, Reason

_MANY_LOST = 2  # cells that a row has fewer than others behind labels of its x


def read(run: Run, shown: Columns) -> list[Reading]:
    """The readings of a run as the seven columns."""
    label = label_of(run, shown.labels)
    lacks_one = shown.ruled and shown.wide and len(run.slots) <= WIDTH and counts(run)
    lacks_one = lacks_one or run.at in shown.fallen_short
    told = not lacks_one and not _untold(run, label, shown)
    found = _read(run, label, shown) if told else []
    # Two equal numbers before an empty cell may be two parts whose total was left empty.
    closed = shown.close and closes(run) and run.slots[-1].reason is not Reason.BLANK
    if shown.totals and (prints_total(run) or closed):
        # Its total is there: a reading that has none takes the total for a part.
        whole = [r for r in found if (total := r.cells[-1]) and _counted(total)]
        # Where most rows print totals and none of its readings has one, none of them is right.
        found = whole if whole or shown.close else found
    if run.own or run.at in shown.first:
        found = [replace(r, name=r.name.removeprefix(BESIDE_EMPTY)) for r in found]
    return found


def _counted(slot: Slot) -> bool:
    return slot.value is not None or slot.reason is Reason.UNREADABLE


def _read(run: Run, label: Spoken | None, shown: Columns) -> list[Reading]:
    # Where whole shapes of rows lack a number and others do not, no count tells a column;
    # but for a head that names fewer than seven, and says that the others have a spare one.
    if shown.mixed and not shown.named:
        return _as_its_head(run, label, shown)
    if shown.moved:
        return readings(without_blanks(run.slots), WIDTH, ruled=True)
    if not shown.ruled:
        return _aligned(run, shown)
    head = above(run, shown.heads)
    placed = _placed(run, label, head, shown)
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


def _as_its_head(run: Run, label: Spoken | None, shown: Columns) -> list[Reading]:
    """A row whose seven cells stand under the seven of its head, none of them empty.

    So do the rows of a page in a table whose next page was printed with other columns.
    """
    head = above(run, shown.heads)
    if label is None or head is None or len(head.xs) < WIDTH or not head.gapless:
        return []
    if len(run.slots) != WIDTH or any(slot.reason is Reason.BLANK for slot in run.slots):
        return []
    placed = head.place(run, label)
    return [placed] if placed is not None else []


def _placed(run: Run, label: Spoken | None, head: Head | None, shown: Columns) -> Reading | None:
    """A row by the places of its head; None if it does not keep to them.

    Nor if it has empty cells there and on a side of the head where other rows have numbers:
    they may be its own on either side.
    """
    if head is None or (label is None and _deep(head, shown)):
        return None
    placed = head.place(run, label)
    if placed is None or len(run.slots) <= WIDTH or not _empty_among(placed.cells):
        return placed
    return None if shown.outdone & head.sides(run, printed=False) else placed


def _untold(run: Run, label: Spoken | None, shown: Columns) -> bool:
    """Whether a row has empty cells in a table that goes beside its head, and none like it.

    Nobody can tell which of them are its own.
    """
    within = without_blanks(run.slots)
    # Of fewer than seven numbers some of the empty cells at their sides are the row's own.
    if not shown.outdone or not (_empty_among(within) or 0 < len(within) < WIDTH):
        return False
    if shown.moved:
        return True
    if _placed(run, label, above(run, shown.heads), shown) is not None:
        return False
    alone = label is None or shape_of(run, label) not in shown.used
    wide = len(run.slots) > WIDTH + 1 and _unsure_of_empty(run, label, shown)
    return wide or (alone and len(within) < len(run.slots) > WIDTH)


def _empty_among(slots: Sequence[Slot | None]) -> bool:
    return any(slot is None or slot.reason is Reason.BLANK for slot in slots)


def _aligned(run: Run, shown: Columns) -> list[Reading]:
    """Numbers without borders: under a head of fewer names, by position, or as they come."""
    if shown.named:
        return _under(run, shown)
    if shown.ruler is not None and len(run.slots) != WIDTH:
        placed = shown.ruler.place(run.slots)
        if placed is not None:
            # Where a cell fell out, those behind it moved up: the gap is at the end. Or the row was
            # shifted, and lost its last: the gap is at the beginning.
            second, before_last = placed.cells[1], placed.cells[-2]
            moved = run.slots[-1] is before_last
            moved = moved or (run.slots[0] is second and shown.nearly_full)
            rivals = moved and len(run.slots) == WIDTH - 1
            return [placed, *(readings(run.slots, WIDTH, ruled=False) if rivals else [])]
    if shown.wide and len(run.slots) <= WIDTH and counts(run):
        return []
    bare = [slot for slot in run.slots if slot.value != 0]
    if not shown.sparse or len(bare) == len(run.slots):
        return readings(run.slots, WIDTH, ruled=False)
    # Where zeros are left blank, a zero may be none of the seven.
    if len(run.slots) == WIDTH:
        return []
    less = readings(bare, WIDTH, ruled=False) if len(bare) == len(run.slots) - 1 else []
    beside = [replace(r, name=f"beside a spare 0, {r.name}") for r in less]
    return [*readings(run.slots, WIDTH, ruled=False), *beside]


def _under(run: Run, shown: Columns) -> list[Reading]:
    """Numbers under a head that names fewer than seven columns; seven may be the seven yet."""
    wide = len(run.slots) > len(shown.named)
    slots = bare(run, shown.ruled) if wide else run.slots
    under = [_spread(r, shown.named) for r in readings(slots, len(shown.named), ruled=shown.ruled)]
    whole = readings(slots, WIDTH, ruled=shown.ruled) if len(slots) == WIDTH else []
    return [*whole, *under]


def _deep(head: Head, shown: Columns) -> bool:
    """Whether some labels stand under the columns of the head, and push their numbers aside."""
    first = min(head.xs.values())
    return any(label.x >= first for label in shown.labels)


def _ruled(run: Run, label: Spoken | None, head: Head | None, shown: Columns) -> list[Reading]:
    """Cells between borders that do not keep to the places of a head."""
    if run.own and len(run.slots) > WIDTH:
        return _short(run.slots, run, head, shown)
    used = shown.used.get(shape_of(run, label)) if label is not None else None
    if run.edge and shown.cut:
        whole = _to_the_edge(run, label, shown)
        if whole or label is None:
            return _short(whole, run, head, shown)
    own = _own_cells(run.slots, used, totals=shown.close) if used else None
    if own is not None:
        beside = run.slots[1:] if _beside_label(run, label, shown) else ()
        return [*_short(own, run, head, shown), *_short(beside, run, head, shown)]
    if label is not None and len(run.slots) <= shown.usual.get(label.x, 0) - _MANY_LOST:
        # The end of the document, or a row that fell apart behind its label.
        printed = len(run.slots) == WIDTH and not _empty_among(run.slots)
        return readings(run.slots, WIDTH, ruled=True) if printed and shown.close else []
    if used:
        return _like_others(run, used, head, shown)
    return _like_none(run, label, head, shown)


def _like_others(run: Run, used: Sequence[int], head: Head | None, shown: Columns) -> list[Reading]:
    """A row of a shape of which several tell which cells such rows use."""
    # A cell that no such row uses is none of theirs, if seven are left; but it may be a
    # blank of all of them where rows of another shape have one, or a number too many.
    seven = len(used) == WIDTH and not any(map(_with_blanks, shown.used.values()))
    span = run.slots[used[0] : used[-1] + 1]
    slots = [run.slots[i] for i in used] if seven else span
    if len(slots) == WIDTH < len(span):
        # The empty cells among them may be blanks of all rows too, and cells of zeros spare:
        # several as likely as not, one if the sums say so.
        several = len(span) - WIDTH - 1
        beside = [replace(r, doubt=r.doubt - several) for r in readings(span, WIDTH, ruled=True)]
        return [*_short(slots, run, head, shown), *beside]
    if len(slots) >= WIDTH:
        return _short(slots, run, head, shown)
    short = _short(slots, run, head, shown)
    if len(run.slots) < WIDTH:
        all_cells = _short(run.slots, run, head, shown)
        return all_cells if len(slots) == len(run.slots) else [*all_cells, *short]
    # Some of the empty cells are blanks of the row, or it is a short row among them.
    return [*empty_dropped(run.slots, WIDTH), *short]


def _like_none(run: Run, label: Spoken | None, head: Head | None, shown: Columns) -> list[Reading]:
    """A row that is alone of its shape: nothing tells which of its empty cells are its own."""
    empty, wide = run.slots[0].reason is Reason.BLANK, len(run.slots) > WIDTH
    bare = without_blanks(run.slots)
    if wide and _empty_among(bare) and _among_numbers(run, label, shown):
        # Its first cell is empty, or spare, or what is behind the others.
        return readings(run.slots, WIDTH, ruled=True)
    if label is None and empty and len(bare) < WIDTH:
        # Where the label stood, and where a blank, nobody can tell.
        beside = empty_dropped(run.slots, WIDTH) if wide else readings(run.slots, WIDTH, ruled=True)
        return [*beside, *readings(bare, WIDTH, ruled=True)]
    if not wide:
        found = _short(run.slots, run, head, shown)
        merged = _beside_label(run, label, shown) or not shown.nearly_full or shown.few
        merged = merged or (label is not None and _next_depth_lacks(label, shown))
        if label is None or not empty or len(run.slots) != WIDTH or not merged:
            return found
        return [*found, *_short(run.slots[1:], run, head, shown)]
    short = _short(bare, run, head, shown)
    if len(bare) == WIDTH and run.at in shown.grouped and empty and _empty_among(bare):
        # No label runs over its first cell: it is a blank, or all such rows have a cell too many.
        return readings(run.slots, WIDTH, ruled=True) or short
    return short if len(bare) >= WIDTH else [*empty_dropped(run.slots, WIDTH), *short]


def _beside_label(run: Run, label: Spoken | None, shown: Columns) -> bool:
    """Whether the first of seven cells may be what a label left that runs over another column.

    It is empty, the label is one of those that do, and others as deep have a cell more.
    """
    if label is None or run.at not in shown.across or shown.longest[label.x] <= WIDTH:
        return False
    return run.slots[0].reason is Reason.BLANK and len(run.slots) == WIDTH


def _next_depth_lacks(label: Spoken, shown: Columns) -> bool:
    """Whether no row whose label is the next in depth has all seven numbers."""
    deeper = min((x for x in shown.longest if x > label.x), default=None)
    return deeper is not None and shown.longest[deeper] < WIDTH


def _to_the_edge(run: Run, label: Spoken | None, shown: Columns) -> Sequence[Slot]:
    """The cells of a row of a cut table: from where numbers begin at its depth, to the edge.

    Without its label the depth is known only if the row has as many numbers as any can have.
    """
    begin = shown.begins.get(label.x) if label is not None else None
    if begin is None:
        first = next((s.cell.x for s in run.slots if s.reason is not Reason.BLANK), None)
        begin = first if first == min(shown.begins.values()) else None
    return [slot for slot in run.slots if begin is not None and slot.cell.x >= begin]


def _among_numbers(run: Run, label: Spoken | None, shown: Columns) -> bool:
    """Whether the first cell of a row is empty, and rows beside it print a number there."""
    first = run.slots[0]
    return first.reason is Reason.BLANK and any(
        x == first.cell.x and used and used[0] == 0 and (label is None or label.x == label_x)
        for (label_x, x, _), used in shown.used.items()
    )


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
    used = shown.used.get(shape_of(run, label)) if label is not None else None
    if not used or len(run.slots) <= WIDTH or len(used) == used[-1] - used[0] + 1:
        return False
    return used[0] > 0 or (used[-1] < len(run.slots) - 1 and not shown.close)


def _beside_its_head(run: Run, label: Spoken | None, head: Head, shown: Columns) -> bool:
    """Whether such rows have numbers behind the head, or cells, and none in its last place.

    An empty cell among its numbers may then be spare, and push the others under wrong names.
    """
    used = shown.used.get(shape_of(run, label)) if label is not None else None
    if not used:
        return False
    end, last = max(head.xs.values()), run.slots[used[-1]].cell.x
    if last < end < run.slots[-1].cell.x:
        return _unsure_of_empty(run, label, shown)
    return last > end and run.slots[-1].reason is Reason.BLANK


def _short(slots: Sequence[Slot], run: Run, head: Head | None, shown: Columns) -> list[Reading]:
    """Readings under the columns that the head names, if they are enough."""
    if head is None and shown.cut and shown.heads:
        head = shown.heads[0]  # printed again on a later page
    # A place among the others without its name is a column all the same.
    named = sorted(head.xs) if head is not None and head.gapless else range(WIDTH)
    spare = len(slots) >= WIDTH > len(named)
    found = [_spread(r, named) for r in readings(slots, len(named), ruled=True)] if spare else []
    if len(slots) > len(named):
        # A cut head names fewer than its longer rows have; what it lacks among them they lack too.
        more = [*named, *range(named[-1] + 1, WIDTH)]
        named = more if shown.cut and len(named) < named[-1] + 1 else range(WIDTH)
    whole = readings(slots, len(named), ruled=True, full=run.edge and shown.cut)
    return [*(_spread(reading, named) for reading in whole), *found]


def _spread(reading: Reading, named: Sequence[int]) -> Reading:
    """A reading of fewer columns as one of seven."""
    cells: list[Slot | None] = [None] * WIDTH
    for column, slot in zip(named, reading.cells, strict=True):
        cells[column] = slot
    return Reading(reading.name, reading.doubt, tuple(cells))
