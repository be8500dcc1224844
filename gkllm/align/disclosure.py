"""Section 二 > readings of its six rows.

No sum rule reaches this table: a row is read where its label and its columns leave no choice,
and left open otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

from gkllm.align.heads import Head, above, heads
from gkllm.align.items import Items, Run, Spoken, read_items
from gkllm.align.labels import lexicon
from gkllm.align.readings import Reading, readings, windows
from gkllm.align.requests import RowReading
from gkllm.document import Grid
from gkllm.form import DisclosureRow, Form
from gkllm.report import Reason

_FEWEST_LABELS = 2  # row labels; fewer are words of a sentence


def read(grid: Grid, form: Form) -> list[RowReading] | None:
    """Every reading of every row of section 二 in a grid; None where there is no such table."""
    items = read_items(grid, lexicon(form, "disclosure"))
    if sum(1 for s in items.spoken if s.mention.kind == "row") < _FEWEST_LABELS:
        return None
    order = _column_order(items)
    known = _heads(items, grid, form)
    found = []
    for row in form.disclosure_rows:
        runs = _runs_of(row, items, grid)
        columns = [c for c in order if c in row.columns] if len(row.columns) > 1 else []
        if set(columns) != set(row.columns):
            columns = list(row.columns)
        for number, (label, run) in enumerate(runs):
            head = above(run, known) if len(row.columns) > 1 else None
            reading = head.place(run, label) if head is not None else None
            if reading is not None:
                found.append(RowReading(row.key, reading, number))
                continue
            for reading in _columns(run, grid, len(row.columns)):
                found.append(RowReading(row.key, _reordered(reading, columns, row), number))
                if not grid.ruled and columns != list(row.columns):
                    # Heads broken over lines come in any order; numbers may keep to the form's.
                    found.append(RowReading(row.key, reading, number + len(runs)))
    return found


def _runs_of(row: DisclosureRow, items: Items, grid: Grid) -> list[tuple[Spoken, Run]]:
    """The runs behind a row's label, before any other label, each with the label."""
    events: list[Spoken | Run] = sorted(
        [*items.spoken, *items.runs], key=lambda e: e.first if isinstance(e, Spoken) else e.at
    )
    found: dict[tuple[object, ...], tuple[Spoken, Run]] = {}
    for a, b, c in zip(events, events[1:], [*events[2:], None], strict=False):
        if not isinstance(a, Spoken) or not isinstance(b, Run) or a.mention != ("row", row.key):
            continue
        # More numbers behind them may be the rest of a number that was split.
        if not isinstance(c, Run) or grid.ruled:
            found.setdefault(b.printed, (a, b))
    return list(found.values())


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


def _columns(run: Run, grid: Grid, width: int) -> list[Reading]:
    if width > 1:
        if grid.ruled and len(run.slots) > width:
            return windows(run.slots, width)
        return readings(run.slots, width, ruled=grid.ruled)
    # One number is asked for; empty cells around it are those of wider rows above.
    printed = [s for s in run.slots if s.reason is not Reason.BLANK]
    if not printed:
        return [Reading("as printed", 0, (run.slots[0],))]
    if len(printed) == 1:
        return [Reading("as printed", 0, (printed[0],))]
    return readings(printed, 1, ruled=grid.ruled)
