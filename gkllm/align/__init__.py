"""Grids x form > Candidates in bundles: what each number of a table may be.

One reading of a row is one bundle: its candidates stand or fall together, and `settle` decides
which bundle of a place is right. A table that a document does not have says so in candidates
without a value; a cell that has no candidate was lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from sys import intern

from gkllm.align import disclosure, litigation, requests
from gkllm.align.readings import Reading
from gkllm.align.slots import Slot
from gkllm.document import Grid, Text
from gkllm.form import Form
from gkllm.report import Bundle, Candidate, Reason, Value

_YUAN_PER_10K = 10_000
_CUT = 0.7  # how sure a number is with which the text ends: only a sum can tell that it is whole


def align(text: Text, grids: Iterable[tuple[str, Grid]], form: Form) -> list[Candidate]:
    """All candidates of the tables; `grids` come with the key of their section."""
    found: list[Candidate] = []
    tables: dict[str, int] = dict.fromkeys(("disclosure", "requests", "litigation"), 0)
    grids = list(grids)
    ordered = any(key == "requests" and _one_a_line(grid) for key, grid in grids)
    for key, grid in grids:
        if key not in tables or key in form.unread:
            continue
        readings = _read(key, grid, form, ordered=ordered)
        if readings is None:
            continue
        tables[key] += 1
        for place, paths, reading, run in readings:
            again = "" if tables[key] == 1 and not run else f", print {tables[key]}.{run + 1}"
            bundle = Bundle(place, reading.name + again, reading.doubt)
            found += _candidates(text, paths, reading, bundle, form)
            if any(slot is not None and slot.split for slot in reading.cells):
                unread = Bundle(place, f"{bundle.reading}, split numbers unread", reading.doubt + 1)
                found += _candidates(text, paths, _unsplit(reading), unread, form)
    for key, count in tables.items():
        if not count:
            found += _absent(key, form)
    return found


def _one_a_line(grid: Grid) -> bool:
    """Whether most lines of a table hold one number and nothing else."""
    lone = sum(1 for row in grid.rows if len(row) == 1 and row[0].text.isdecimal())
    return lone * 2 > len(grid.rows)


def _read(
    key: str, grid: Grid, form: Form, *, ordered: bool
) -> list[tuple[str, Sequence[str], Reading, int]] | None:
    """Readings with their place, the paths of their cells and which print of the row it is."""
    if key == "litigation":
        rows = litigation.read(grid, form, ordered=ordered)
        return None if rows is None else [(key, form.litigation_cells, r, 0) for r in rows]
    found = (disclosure if key == "disclosure" else requests).read(grid, form)
    if found is None:
        return None
    placed = ((f"{key}.{r.row}", r) for r in found)
    return [(place, _paths(place, form), r.reading, r.run) for place, r in placed]


@cache
def _paths(place: str, form: Form) -> tuple[str, ...]:
    """The paths of the cells of a row."""
    key, _, row = place.partition(".")
    own = next((r.columns for r in form.disclosure_rows if r.key == row), ())
    columns = own if key == "disclosure" else tuple(c.key for c in form.columns)
    return tuple(intern(f"{place}.{column}") for column in columns)


def _candidates(
    text: Text, paths: Sequence[str], reading: Reading, bundle: Bundle, form: Form
) -> Iterator[Candidate]:
    money, source = form.money, text.source
    for path, slot in zip(paths, reading.cells, strict=True):
        if slot is None:
            continue
        value: Value = slot.value
        reason = slot.reason
        if slot.unit or path in money or isinstance(value, Decimal):
            value, reason = _value(slot, money=path in money)
        span = text.source_span(slot.cell.start, slot.cell.end)
        quote = source[span[0] : span[1]]
        # A text may end in the middle of a number; none of more digits begins with 0.
        sure = _CUT if value and span[1] == len(source) else 1.0
        yield Candidate(path, value, span, quote, "table", bundle, reason, False, sure)


def _unsplit(reading: Reading) -> Reading:
    """The same reading where two numbers in a cell are not taken for one that a space split."""
    cells = tuple(
        slot.unknown(Reason.UNREADABLE) if slot and slot.split else slot for slot in reading.cells
    )
    return Reading(reading.name, reading.doubt, cells)


def _value(slot: Slot, *, money: bool) -> tuple[Value, Reason | None]:
    """The number of a cell in the unit of its column: 件, or 万元 for money."""
    value = slot.value
    if value is None:
        return None, slot.reason
    if money:
        amount = Decimal(value)
        return (amount / _YUAN_PER_10K if slot.unit == "元" else amount), None
    if isinstance(value, Decimal) or slot.unit in ("元", "万元", "亿元"):
        return None, Reason.UNREADABLE  # a count has no decimals and no price
    return value, None


def _absent(key: str, form: Form) -> Iterator[Candidate]:
    if key in form.unread:
        return
    for path in getattr(
        form,
        {
            "disclosure": "disclosure_cells",
            "requests": "request_cells",
            "litigation": "litigation_cells",
        }[key],
    ):
        bundle = Bundle(path.rsplit(".", 1)[0] if key != "litigation" else key, "absent", 0)
        yield Candidate(path, None, None, None, "table", bundle, Reason.ABSENT)
