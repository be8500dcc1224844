"""Section 四 > readings of its fifteen numbers: three blocks of four outcomes and a total.

The table is one row of fifteen numbers under two lines of heads. Heads wrap and lose their
place easily, the order of the blocks does not: 行政复议, 未经复议直接起诉, 复议后起诉.
Text in the order in which a PDF draws its cells can print the totals apart from their blocks:
then the numbers are grouped by their sums, and which group is which block stays open unless
the prose tells (`_scattered`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, pairwise, permutations
from math import comb

from gkllm.align.blockwise import is_blockwise
from gkllm.align.blockwise import read as read_blocks
from gkllm.align.heads import Head
from gkllm.align.items import Items, Run, Spoken, in_one_line, read_items
from gkllm.align.labels import lexicon
from gkllm.align.mixed import names_other_years
from gkllm.align.positions import Ruler, stacks
from gkllm.align.readings import Reading, readings, windows, without_blanks
from gkllm.align.slots import Slot
from gkllm.document import Cell, Grid
from gkllm.form import Form
from gkllm.report import Reason

WIDTH = 15
_BLOCK = 5
_FEWEST_AMONG = 3  # rows of numbers between heads; one is the number of a page
_FEWEST_HEADS = 3  # words of the head; fewer are a sentence
_FEWEST_TO_ADD_UP = 6  # numbers that are not 0, totals among them
_FEWEST_DIFFERENT = 3  # of these
_MOST_TABLES = 6
_MOST_WAYS = 1000  # in which digits may hang below numbers, and are tried


def read(grid: Grid, form: Form, *, ordered: bool) -> list[Reading] | None:
    """Every reading of the fifteen numbers of section 四; None where there is no such table.

    `ordered`: the document prints one number a line throughout, so that their order is that
    of the form; where only this table does so, a PDF may have drawn its cells in any order.
    Of numbers that have no reading nothing is to be concluded, whatever the prose says.
    """
    items = read_items(grid, lexicon(form, "litigation"))
    heads = [s for s in items.spoken if s.mention.kind in ("block", "outcome")]
    if len(heads) < _FEWEST_HEADS:
        return None
    runs = [r for r in items.runs if r.at > heads[0].first]
    counted = [slot for run in runs for slot in run.slots if slot.value]
    order = _printed_order(items, grid, form)
    more = names_other_years(grid) or _names_more(items, form)
    if runs and is_blockwise(items, runs, form):
        whole = read_blocks(items, runs, grid, form)
        found = [whole] if whole is not None else []
    elif order is None or (not grid.ruled and _among_heads(runs, items)) or more:
        found = []
    elif _totals_first(items, form):
        found = [_turned(run) for run in runs if len(run.slots) == WIDTH] if len(runs) == 1 else []
        found = [_in_form_order(_certain(reading, ruled=grid.ruled), order) for reading in found]
    else:
        found = _readings(runs, items, grid, form, ordered=ordered)
        found = [_in_form_order(reading, order) for reading in found]
    return found or ([_unplaced(counted[:1] * WIDTH)] if counted else [])


def _names_more(items: Items, form: Form) -> bool:
    """Whether a head names totals more often than anything else: those of all blocks."""
    named = Counter(s.mention.key for s in items.spoken if s.mention.kind == "outcome")
    total = form.outcomes[-1].key
    others = [n for key, n in named.items() if key != total]
    return named[total] > max(others, default=0) >= len(form.blocks)


def _readings(
    runs: list[Run], items: Items, grid: Grid, form: Form, *, ordered: bool
) -> list[Reading]:
    if not grid.ruled:
        runs = [_hung(run, runs) for run in runs]
    one_line = in_one_line(items, grid)
    if one_line:
        runs = [_without_border(run) for run in runs]
    whole = [run for run in runs if len(run.slots) >= WIDTH]
    if len(runs) == 1 and not whole and not grid.ruled:
        placed = _under_heads(runs[0], grid)
        if placed is not None:
            # Where a cell fell out, those behind it moved up: the gap is at the end.
            gap = placed.cells[-1]
            if gap is not None and gap.value is not None:
                return [placed]
            ways = readings(runs[0].slots, WIDTH, ruled=False)
            # There may be too many to try, and of a block without its total nobody can tell.
            last = any(slot is not None and slot.value for slot in placed.cells[-_BLOCK:])
            unknown = [replace(_unplaced(runs[0].slots[:1] * WIDTH), doubt=1)] if last else []
            return [placed, *(ways or unknown)]
    if not whole and len(runs) > 1 and not grid.ruled:
        slots = [s for run in runs for s in run.slots]
        if len(slots) != WIDTH:
            return []
        return [_unplaced(slots)] if _jumbled(runs) else list(_scattered(slots, ordered=ordered))
    if grid.ruled and (broken := _in_two_lines(runs)) is not None:
        return [broken]
    head = None if one_line else _head(items, grid)
    cut, lost = _lacking(items, form)
    if grid.ruled and lost:
        runs = [replace(run, slots=without_blanks(run.slots) or run.slots) for run in runs]
        whole = []
    different = {r.printed: r for r in reversed(whole or runs)}
    tables = list(different.values())[::-1][:_MOST_TABLES]
    found = [
        replace(
            _certain(reading, ruled=grid.ruled), name=f"{reading.name}{f', row {n}' if n else ''}"
        )
        for n, run in enumerate(tables)
        for reading in _row(run, grid, head, cut=cut, ordered=ordered)
    ]
    unplaced = [reading for reading in found if _is_unplaced(reading)]
    return unplaced[:1] if unplaced and len(tables) > 1 else found


_HEADS = frozenset("结果 维持 结果维持 纠正 结果纠正 其他 其他结果 尚未 审结 尚未审结 总计".split())
_TOTAL = "总计"


def _in_two_lines(runs: Sequence[Run]) -> Reading | None:
    """Fifteen numbers of which a line end parts the last from the first, between borders.

    None where they are not fifteen; in no known order where they do not add up.
    """
    printed = [[s for s in run.slots if s.reason is not Reason.BLANK] for run in runs]
    slots = [slot for row in printed for slot in row]
    if len(runs) != 2 or len(slots) != WIDTH or not all(printed):
        return None
    whole = _adds_up([s.value for s in slots])
    return Reading("in two lines", 0, tuple(slots)) if whole else _unplaced(slots)


def _jumbled(runs: Sequence[Run]) -> bool:
    """Whether most numbers stand alone behind a head, and others two or more behind several heads.

    Upright heads were drawn into each other there, and so were their numbers.
    """
    lone = sum(len(run.slots) == 1 for run in runs)
    return len(runs) > lone > WIDTH / 2


def _without_border(run: Run) -> Run:
    """A row in one long line without the empty cells at its ends.

    The border behind its head leaves as many as a first number would that is blank: neither
    tells that the row is whole.
    """
    return replace(run, slots=without_blanks(run.slots) or run.slots, edge=False)


def _under_heads(run: Run, grid: Grid) -> Reading | None:
    """Fewer than fifteen numbers in aligned text, each under one of fifteen heads.

    Heads of two lines stand above each other. None unless every fifth is that of a total, and
    all numbers lie to the same side of theirs.
    """
    cells = [c for row in grid.rows[: run.line] for c in row if c.text in _HEADS]
    found = {_placed(run, cells, wide) for wide in (True, False)} - {None}
    return found.pop() if len(found) == 1 else None


def _placed(run: Run, cells: Sequence[Cell], wide: bool) -> Reading | None:
    def middle(cell: Cell) -> int:
        return cell.x_wide if wide else cell.x

    columns = stacks([middle(cell) for cell in cells])
    totals = {middle(cell) for cell in cells if cell.text == _TOTAL}
    told = [any(low <= x <= high for x in totals) for low, high in columns]
    if len(columns) != WIDTH or told != [i % _BLOCK == _BLOCK - 1 for i in range(WIDTH)]:
        return None
    half = min(b[0] - a[1] for a, b in pairwise(columns)) // 2
    scale = Ruler(lambda slot: middle(slot.cell), columns, half - 1, blanks=True)
    reading = scale.place(run.slots)
    if reading is None:
        return None
    aside = [
        middle(slot.cell) - (low + high) / 2
        for slot, (low, high) in zip(reading.cells, columns, strict=True)
        if slot is not None and slot.cell.text
    ]
    return reading if max(aside) - min(aside) < half else None


def _hung(run: Run, runs: Sequence[Run]) -> Run:
    """A row without the numbers under which digits hang: a narrow column broke them in two.

    The same number in a part and in its total breaks in the same place, so that the upper halves
    add up like whole ones. Those are broken with whose digits the row adds up, in the only way; or
    else whichever are as wide as the widest, or have digits below them.
    """
    below = [r for r in runs if 0 < r.line - run.line <= 2 and len(r.slots) < len(run.slots)]
    if len(run.slots) != WIDTH or len(below) != 1:
        return run
    hanging = below[0].slots
    digits = ["" if slot.value is None else str(slot.value) for slot in run.slots]
    widest = [i for i, text in enumerate(digits) if len(text) == max(map(len, digits))]
    few = comb(len(widest), len(hanging)) <= _MOST_WAYS
    found = [
        places
        for places in (combinations(widest, len(hanging)) if few else ())
        if _adds_up([*map(_whole, _joined(digits, places, hanging))])
    ]
    broken = found[0] if len(found) == 1 else _over(run, hanging).union(widest)
    slots = [
        slot.unknown(Reason.UNREADABLE) if i in broken else slot for i, slot in enumerate(run.slots)
    ]
    return replace(run, slots=slots)


def _joined(digits: Sequence[str], places: Sequence[int], hanging: Sequence[Slot]) -> list[str]:
    """Numbers with what hangs under those at some places behind them."""
    more = dict(zip(places, hanging, strict=True))
    return [f"{text}{more[i].value}" if i in more else text for i, text in enumerate(digits)]


def _over(run: Run, hanging: Sequence[Slot]) -> set[int]:
    """Which numbers of a row share a column of characters with those in the line below."""
    return {
        i
        for i, slot in enumerate(run.slots)
        if any(_meet(slot.cell, under.cell) for under in hanging)
    }


def _meet(above: Cell, below: Cell) -> bool:
    """Whether two words in lines below each other share a column of characters."""
    return abs(above.x_wide - below.x_wide) < len(above.text) + len(below.text)


def _lacking(items: Items, form: Form) -> tuple[bool, bool]:
    """Whether a head of fewer than fifteen outcomes may have been cut there, or lost a column.

    One that lacks others than the last has lost it.
    """
    named = [s.mention.key for s in items.spoken if _outcome(s)]
    keys = [outcome.key for outcome in form.outcomes] * (WIDTH // _BLOCK)
    cut = len(named) < WIDTH and named == keys[: len(named)]
    return cut, not cut and WIDTH - _BLOCK < len(named) < WIDTH


def _outcome(spoken: Spoken) -> bool:
    return spoken.mention.kind == "outcome"


def _moved(slots: Sequence[Slot]) -> bool:
    """Whether a row with empty cells adds up only without one cell, or with one more among them.

    What fell out may have been any number; or two ran together.
    """
    values = [_whole(slot.value) for slot in slots]
    if len(values) < WIDTH:  # behind words that are no number, which may be two that ran together
        return slots[-1].reason is Reason.BLANK
    if any(slot.value == 0 for slot in slots) and _all_blank(slots[-_BLOCK:]):
        return True  # where a nought is printed 0, five blanks at the end are a block that fell out
    if _adds_up(values[:WIDTH]) or not any(values):
        return False
    if len(values) > WIDTH:
        return any(_adds_up([*values[:i], *values[i + 1 :]]) for i in range(len(values)))
    if slots[-1].reason is not Reason.BLANK:
        return False
    if any(map(_adds_up, _cut_in_two(values[:-1]))):
        return True
    for i in range(WIDTH - 1):
        begin = i - i % _BLOCK
        moved = [*values[:i], 0, *values[i:-1]]
        *parts, total = moved[begin : begin + _BLOCK]
        moved[i] = sum(parts) if i % _BLOCK == _BLOCK - 1 else max(0, total - sum(parts))
        if _adds_up(moved):
            return True
    return False


def _all_blank(slots: Sequence[Slot]) -> bool:
    return all(slot.reason is Reason.BLANK for slot in slots)


def _among_heads(runs: Sequence[Run], items: Items) -> bool:
    """Whether several numbers stand between heads: text in the order in which it was drawn."""
    last = max((s.first for s in items.spoken if _outcome(s)), default=-1)
    return sum(run.at < last for run in runs) >= _FEWEST_AMONG


def _printed_order(items: Items, grid: Grid, form: Form) -> Sequence[int] | None:
    """The numbers of the form's blocks in the order in which their names stand.

    None if it is another than the form's, and not all three names stand in one line over fifteen
    outcomes: 行政诉讼 over two of them may come first in its line, and they in the next.
    """
    usual = range(len(form.blocks))
    named = [[s for s in items.spoken if s.mention.key == block.key] for block in form.blocks]
    if any(len(found) != 1 for found in named) and not (grid.ruled and all(named)):
        return usual  # of names that are printed again, borders alone tell
    labels = [found[0] for found in named]
    over = [s for s in items.spoken if s.mention.kind == "furniture"]
    places = [s.x if grid.ruled else s.last for s in labels]
    if grid.ruled:
        # In one line, or the first two in two: a line may go on in the next.
        pairs = [pair for pair in pairwise(labels) if pair[0].lines & pair[1].lines]
        moved = any(a.x > b.x for a, b in (*pairs, labels[:2]))
        moved = moved or labels[0].first > labels[1].first
    else:
        # In its line, or in a text of one cell a line; a line above may be the taller cell's.
        tall = all(run.tall for run in items.runs)
        before = [s for s in over if s.first < labels[0].first]
        moved = places != sorted(places) or any(tall or s.lines & labels[0].lines for s in before)
    if not moved:
        return usual
    together = set.intersection(*(s.lines for s in labels))
    outcomes = [s.mention.key for s in items.spoken if _outcome(s)]
    if together and not over and outcomes == [o.key for o in form.outcomes] * len(usual):
        return sorted(usual, key=lambda i: places[i])
    return None


def _totals_first(items: Items, form: Form) -> bool:
    """Whether the head of each block names its total first, and then the others in order."""
    named = [s.mention.key for s in items.spoken if _outcome(s)]
    *parts, total = [outcome.key for outcome in form.outcomes]
    return named == [total, *parts] * (WIDTH // _BLOCK)


def _turned(run: Run) -> Reading:
    """Fifteen numbers whose blocks begin with their totals."""
    cells = (
        slot
        for i in range(0, WIDTH, _BLOCK)
        for slot in (*run.slots[i + 1 : i + _BLOCK], run.slots[i])
    )
    return Reading("totals first", 0, tuple(cells))


def _in_form_order(reading: Reading, order: Sequence[int]) -> Reading:
    """A reading whose blocks stand in another order than the form's."""
    blocks = [reading.cells[i : i + _BLOCK] for i in range(0, WIDTH, _BLOCK)]
    cells = (cell for i in range(len(order)) for cell in blocks[order.index(i)])
    return replace(reading, cells=tuple(cells))


def _certain(reading: Reading, *, ruled: bool) -> Reading:
    """The reading without what runs together, and without the third block where two fail.

    One may by an agency's mistake; where no borders keep the numbers in place, two are in another
    order, and a third that adds up does so by accident.
    """
    values = [slot.value if slot is not None else None for slot in reading.cells]
    failing = _failing(values)
    if not ruled and None not in values and sum(failing) == len(failing) - 1:
        at = failing.index(False) * _BLOCK
        cells = list(reading.cells)
        cells[at : at + _BLOCK] = _unknown(cells[at : at + _BLOCK])
        return replace(reading, cells=tuple(cells))
    return _without_run_together(reading)


def _without_run_together(reading: Reading) -> Reading:
    """The reading without the blocks whose empty total shows that two of their numbers are one.

    1372 before it is 13 and its total 72, if the others and 13 make 72.
    """
    cells = list(reading.cells)
    for i in range(0, WIDTH, _BLOCK):
        *parts, total = reading.cells[i : i + _BLOCK]
        if total is not None and total.reason is Reason.BLANK and _run_together(parts):
            cells[i : i + _BLOCK] = _unknown(cells[i : i + _BLOCK])
    return replace(reading, cells=tuple(cells))


def _unknown(cells: Sequence[Slot | None]) -> list[Slot | None]:
    """Cells of which nobody can tell what they say."""
    return [slot and slot.unknown(Reason.AMBIGUOUS) for slot in cells]


def _run_together(parts: Sequence[Slot | None]) -> bool:
    """Whether four numbers are five of which the last is the sum, if one is cut in two."""
    values = [_whole(slot.value) if slot is not None else 0 for slot in parts]
    return any(sum(four) == last for *four, last in _cut_in_two(values))


def _cut_in_two(values: Sequence[int]) -> Iterator[list[int]]:
    """Numbers with one of them as two that ran together, in every way."""
    for i, digits in enumerate(map(str, values)):
        for cut in range(1, len(digits)):
            yield [*values[:i], int(digits[:cut]), int(digits[cut:]), *values[i + 1 :]]


def _head(items: Items, grid: Grid) -> Head | None:
    """The fifteen outcomes of the head by their places, if it names them all once."""
    xs = sorted({s.x for s in items.spoken if _outcome(s)})
    if not grid.ruled or len(xs) != WIDTH:
        return None
    return Head(0, dict(enumerate(xs)), WIDTH)


def _row(run: Run, grid: Grid, head: Head | None, *, cut: bool, ordered: bool) -> list[Reading]:
    """Fifteen numbers in one row; one or two of them may be lost, split or spare."""
    reading = head.place(run, None) if head is not None else None
    if reading is not None:
        return [_unplaced(run.slots[:1] * WIDTH) if _moved(run.slots) else reading]
    empty = [s.reason is Reason.BLANK for s in run.slots]
    if all(empty) and len(run.slots) < WIDTH:
        return []
    if head is not None and any(empty):
        return [_unplaced(run.slots[:1] * WIDTH)]
    if run.tall and len(run.slots) == WIDTH:
        return list(_scattered(run.slots, ordered=ordered))
    if run.tall and any(s.value for s in run.slots):
        # Fifteen small numbers out of sixteen add up in some order by accident.
        return []
    if grid.ruled and len(run.slots) > WIDTH:
        return windows(run.slots, WIDTH)
    return readings(run.slots, WIDTH, ruled=grid.ruled, full=run.edge and cut)


def _scattered(slots: Sequence[Slot], *, ordered: bool) -> Iterator[Reading]:
    """Fifteen numbers on several lines, perhaps in the order in which a PDF draws its cells."""
    values = [0 if s.reason is Reason.NOT_APPLICABLE else s.value for s in slots]
    sound = _adds_up(values) and None not in values
    # A few small or equal numbers add up in an order that is not theirs by accident.
    counted = [value for value in values if value]
    few = 0 < len(counted) < _FEWEST_TO_ADD_UP or 0 < len(set(counted)) < _FEWEST_DIFFERENT
    sound = sound and (ordered or not few)
    if ordered or sound:
        yield Reading("as printed", 0, tuple(slots))
    if not (ordered or sound) and any(values) and any(s.value is None for s in slots):
        yield _unplaced(slots)  # numbers among dashes or what cannot be read
    if sound or any(s.value is None for s in slots):
        return
    seen = set()
    for group in _grouped(slots):
        for blocks in permutations(group):
            cells = tuple(slot for block in blocks for slot in block)
            key = tuple(s.value for s in cells)
            if key not in seen:
                seen.add(key)
                yield Reading(f"grouped by sums, order {len(seen)}", 2, cells)
    if len(seen) > 1:
        yield _unplaced(slots)  # several orders fit
    if not ordered:
        yield Reading("as printed", 2 if seen else 0, tuple(slots))


def _unplaced(slots: Sequence[Slot]) -> Reading:
    """None of these cells has a certain place."""
    cells = (s.unknown(Reason.AMBIGUOUS) for s in slots)
    return Reading("in no known order", 2, tuple(cells))


def _is_unplaced(reading: Reading) -> bool:
    return all(slot is not None and slot.reason is Reason.AMBIGUOUS for slot in reading.cells)


def _whole(value: object) -> int:
    """A whole number; 0 for all else."""
    return int(str(value)) if str(value).isdecimal() else 0


def _adds_up(values: Sequence[object]) -> bool:
    return not any(_failing(values))


def _failing(values: Sequence[object]) -> list[bool]:
    """Of each block whether its total is another than the sum of its outcomes."""
    numbers = [*map(_whole, values)]
    return [sum(numbers[i : i + 4]) != numbers[i + 4] for i in range(0, WIDTH, _BLOCK)]


def _grouped(slots: Sequence[Slot]) -> Iterator[tuple[tuple[Slot, ...], ...]]:
    """Three runs of four outcomes in printed order, each with a total that it adds up to."""
    found = set()
    for totals in combinations(range(WIDTH), WIDTH // _BLOCK):
        parts = [s for i, s in enumerate(slots) if i not in totals]
        fours = [tuple(parts[i : i + 4]) for i in range(0, len(parts), 4)]
        for order in permutations(totals):
            if all(
                sum(int(s.value or 0) for s in four) == slots[total].value
                for four, total in zip(fours, order, strict=True)
            ):
                group = tuple((*four, slots[t]) for four, t in zip(fours, order, strict=True))
                key = tuple(s.value for block in group for s in block)
                if key not in found:
                    found.add(key)
                    yield group
