"""Section 二 > readings of its six rows.

No sum rule reaches this table: a row is read where its label and its columns leave no choice,
and left open otherwise.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from gkllm.align.heads import Head, above, heads
from gkllm.align.items import Items, Run, Spoken, in_one_line, read_items
from gkllm.align.labels import Lexicon, lexicon, words_of
from gkllm.align.mixed import WITHOUT_PLACES, names_other_years
from gkllm.align.readings import Reading, readings, windows, without_blanks
from gkllm.align.requests import RowReading
from gkllm.align.slots import UNITS, Slot, slot
from gkllm.document import Cell, Grid
from gkllm.form import DisclosureRow, Form
from gkllm.report import Reason

_FEWEST_LABELS = 2  # row labels; fewer are words of a sentence
_COUNTED = re.compile(r"[一-鿿][^一-鿿]*\d")
_NOTE = re.compile(r"\([^()]*(?:\)|$)")
_MOST_RUNS = 8  # different rows under one label; more is no table
_MOST_SPARE = 2  # numbers more than columns; with more than that the row is not one row
_CUT = re.compile(r"[一-鿿],\d{1,3}$")  # between commas: 行政许可,1 and 288
_BEGUN, _REST = re.compile(r"\d+[.,]"), re.compile(r"[.,]\d+")  # of a number broken at its point


@dataclass(frozen=True)
class _Table:
    """What the cells of a grid are, and what is asked of them for every row."""

    grid: Grid
    items: Items
    known: Lexicon

    @cached_property
    def one_line(self) -> bool:
        """Whether all rows stand in one line."""
        return in_one_line(self.items, self.grid)

    @cached_property
    def labelled(self) -> list[tuple[Spoken, Run, Run | None]]:
        """Labels of rows with the run right behind each, and the next if it stands behind that.

        But for those whose column is named behind it: cells in the order of drawing.
        """
        events: list[Spoken | Run] = sorted(
            [*self.items.spoken, *self.items.runs],
            key=lambda e: e.first if isinstance(e, Spoken) else e.at,
        )
        unsure = set() if self.grid.ruled else _between_numbers(events)
        return [
            (label, run, behind if isinstance(behind, Run) else None)
            for label, run, behind in zip(events, events[1:], [*events[2:], None], strict=False)
            if isinstance(label, Spoken) and isinstance(run, Run) and _is_row(label)
            if not isinstance(behind, Spoken) or behind.mention.kind != "column" or self.grid.ruled
            if label.first not in unsure
        ]

    @cached_property
    def cells(self) -> list[Cell]:
        """The cells that say anything, in the order of the text."""
        cells = (cell for row in self.grid.rows for cell in row if cell.text)
        return sorted(cells, key=lambda cell: cell.start)

    def among_words(self, label: Spoken, run: Run) -> bool:
        """Whether words stand between a label and numbers, or behind these on their line.

        The head of a page does so: 2024年清河镇人民政府政府信息公开工作年度报告. A note in brackets
        is of the label.
        """
        start, end = run.slots[0].cell.start, run.slots[-1].cell.end
        rows = self.grid.rows[min(label.lines) : run.line + 1]
        begin = next((cell.start for cell in rows[0] if cell.x == label.x), start)
        cells = (cell for row in rows for cell in row if begin <= cell.start < start)
        said = "".join(cell.text[: start - cell.start] for cell in cells)
        said = _NOTE.sub("", said)
        if _COUNTED.search(said):  # 行政强制,0 is read as words, and holds its number
            return True
        between = self.unknown_from(label.last) < run.at
        if between and self.known.alone(words_of(said)) != label.mention:
            return True
        if self.one_line:
            return False
        behind = (cell.text for cell in self.grid.rows[run.line] if cell.start >= end)
        if not any(text and text not in UNITS for text in behind):
            return False
        # 8 行政强制, the eighth line, is not the number of the label above.
        next_ = run.at + len(run.slots)
        return self.unknown_from(next_) == next_ or run.line > max(label.lines)

    def unknown_from(self, at: int) -> float:
        """The first place from this on of words that are no label."""
        i = bisect_left(self.unknown, at)
        return self.unknown[i] if i < len(self.unknown) else math.inf

    @cached_property
    def unknown(self) -> list[int]:
        """The places of words that are no label, in order."""
        return sorted(self.items.unknown)

    @cached_property
    def reach(self) -> int:
        """Where the widest row without numbers ends, heads among them."""
        rows = (row for row in self.grid.rows if len(row) > 1 and not any(map(_counts, row)))
        return max((row[-1].x for row in rows), default=-1)


def read(grid: Grid, form: Form) -> list[RowReading] | None:
    """Every reading of every row of section 二 in a grid; None where there is no such table."""
    known = lexicon(form, "disclosure")
    items = read_items(grid, known)
    if sum(1 for s in items.spoken if s.mention.kind == "row") < _FEWEST_LABELS:
        return None
    if not grid.ruled and _heads_last(items):
        return []
    order = _column_order(items)
    places = _heads(items, grid, form)
    table = _Table(grid, items, known)
    found: list[RowReading] = []
    foreign = names_other_years(grid)
    for row in form.disclosure_rows:
        runs = _runs_of(row, table)
        if foreign:
            found += _under_heads(row, runs, table)
            continue
        columns = [c for c in order if c in row.columns] if len(row.columns) > 1 else []
        if set(columns) != set(row.columns):
            columns = list(row.columns)
        for number, (label, run) in enumerate(runs):
            several = len(row.columns) > 1 and not _spare_cell(run, len(row.columns), table)
            head = above(run, places) if several else None
            reading = head.place(run, label) if head is not None else None
            if reading is not None:
                found.append(RowReading(row.key, reading, number))
                continue
            for reading in _columns(run, len(row.columns), table):
                found.append(RowReading(row.key, _reordered(reading, columns, row), number))
                if not grid.ruled and columns != list(row.columns):
                    # Heads broken over lines come in any order; numbers may keep to the form's.
                    found.append(RowReading(row.key, reading, number + len(runs)))
    return found


def _under_heads(
    row: DisclosureRow, runs: Sequence[tuple[Spoken, Run]], table: _Table
) -> Iterator[RowReading]:
    """The readings of a row by the places of its columns, of which the head names others too."""
    if not table.grid.ruled or table.grid.layout in WITHOUT_PLACES:
        return
    for number, (label, run) in enumerate(runs):
        xs: dict[str, list[int]] = defaultdict(list)
        for s in table.items.spoken:
            if s.mention.kind == "column" and s.first < label.first:
                xs[s.mention.key].append(s.x)
        under = {s.cell.x: s for s in run.slots}
        cells = [under.get(xs[c][-1]) if len(set(xs[c])) == 1 else None for c in row.columns]
        yield RowReading(row.key, Reading("under its head", 0, tuple(cells)), number)


def _between_numbers(events: Sequence[Spoken | Run]) -> set[int]:
    """The rows of which nobody can tell whether their numbers stand before or behind them.

    Numbers of none stand before the first of them, and the last has none behind it: 0, 行政处罚, 2,
    行政强制. By `first`.
    """
    found: set[int] = set()
    chain: list[int] | None = None
    previous: Spoken | Run | None = None
    for event, behind in zip(events, [*events[1:], None], strict=True):
        if isinstance(event, Run):
            chain = chain if _is_row(previous) else []
        elif chain is not None and _is_row(event) and isinstance(previous, Run):
            chain.append(event.first)
            found.update(chain if not isinstance(behind, Run) else ())
        else:
            chain = None
        previous = event
    return found


def _is_row(event: Spoken | Run | None) -> bool:
    return isinstance(event, Spoken) and event.mention.kind == "row"


def _heads_last(items: Items) -> bool:
    """Whether all columns are named behind all rows: text in the order in which it was drawn."""
    rows = [s.first for s in items.spoken if s.mention.kind == "row"]
    columns = [s.first for s in items.spoken if s.mention.kind == "column"]
    return bool(columns) and max(rows) < min(columns)


def _runs_of(row: DisclosureRow, table: _Table) -> list[tuple[Spoken, Run]]:
    """The runs behind a row's label, before any other label, each with the label."""
    found: dict[tuple[object, ...], tuple[Spoken, Run]] = {}
    for label, run, behind in table.labelled:
        if len(found) == _MOST_RUNS:
            break
        if label.mention.key != row.key or run.printed in found:
            continue
        if table.among_words(label, run):
            continue
        # More numbers behind them may be the rest of a number that was split.
        if behind is None or table.grid.ruled:
            own = _without_border(run) if table.one_line else run
            torn = _torn(own, behind, table)
            slots = [
                s.unknown(Reason.UNREADABLE) if i in torn else s for i, s in enumerate(own.slots)
            ]
            found[run.printed] = (label, replace(own, slots=slots))
    return list(found.values())


def _without_border(run: Run) -> Run:
    """A row in one long line without the empty cells at its end.

    The border behind it leaves as many as a last number would that is blank: neither tells
    that the row is whole.
    """
    last = max((i for i, s in enumerate(run.slots) if _printed(s)), default=len(run.slots))
    return replace(run, slots=run.slots[: last + 1])


def _torn(run: Run, behind: Run | None, table: _Table) -> set[int]:
    """Which numbers of a run a line end broke in two: the first, of which it has the rest, or
    the last, whose rest is behind it.

    A line that begins with a number where others begin with their label goes on with the line
    before it.
    """
    cells = table.cells
    begin = bisect_left(cells, run.slots[0].cell.start, key=lambda cell: cell.start)
    end = bisect_left(cells, run.slots[-1].cell.end, key=lambda cell: cell.start)
    before = cells[begin - 1].text if begin else ""
    first = _BEGUN.fullmatch(before) is not None or _CUT.search(before) is not None
    last = end < len(cells) and _REST.fullmatch(cells[end].text) is not None
    if table.grid.ruled and behind is not None and behind.line > run.line:
        last = last or (behind.slots[0].cell.x == 0 and _printed(behind.slots[0]))
    return ({0} if first else set()) | ({len(run.slots) - 1} if last else set())


def _printed(each: Slot) -> bool:
    return each.reason is not Reason.BLANK


def _column_order(items: Items) -> list[str]:
    return [s.mention.key for s in items.spoken if s.mention.kind == "column"][:3]


def _heads(items: Items, grid: Grid, form: Form) -> list[Head]:
    """The head of the rows of several columns, where the table is ruled."""
    if not grid.ruled:
        return []
    wide = next(row.columns for row in form.disclosure_rows if len(row.columns) > 1)
    named = [
        (wide.index(s.mention.key), s.x, s.first)
        for s in items.spoken
        if s.mention.kind == "column" and s.mention.key in wide
    ]
    return heads(named, len(wide), len(wide))


def _reordered(reading: Reading, columns: Sequence[str], row: DisclosureRow) -> Reading:
    cells = dict(zip(columns, reading.cells, strict=True))
    return Reading(reading.name, reading.doubt, tuple(cells[c] for c in row.columns))


def _spare_cell(run: Run, width: int, table: _Table) -> bool:
    """Whether a cell of the row is none of its columns', and may as well be a number as a blank.

    So in a row that goes beyond all rows without numbers. Where all rows stand in one line, no
    head tells; empty cells behind the last number are those of wider rows.
    """
    bare = without_blanks(run.slots)
    whole = not bare or (len(bare) == width and _printed(run.slots[0]))
    if not table.grid.ruled or len(run.slots) <= width or whole:
        return False
    return table.one_line or run.slots[-1].cell.x > table.reach


def _counts(cell: Cell) -> bool:
    read_ = slot(cell)
    return read_ is not None and read_.value is not None


def _columns(run: Run, width: int, table: _Table) -> list[Reading]:
    ruled = table.grid.ruled
    # One number is asked for; empty cells around it are those of wider rows above.
    slots = run.slots if width > 1 else list(filter(_printed, run.slots)) or run.slots[:1]
    if not ruled and len(slots) > width + _MOST_SPARE:
        # Another label was lost. Only a sum could tell that so many digits are fewer numbers.
        return []
    if width > 1 and ruled and len(slots) > width and not _spare_cell(run, width, table):
        return windows(slots, width)
    return readings(slots, width, ruled=ruled)
