"""Rows in one stream of cells > the seven cells of each row.

Between two labels of such a table stand a row's own cells, and the empty ones that labels over
several columns or rows left: some before them, as many for all rows whose labels stand equally
deep, and some behind, which belong to the next label. A row of a group has none before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cache

from gkllm.align.items import Run
from gkllm.align.positions import WIDTH
from gkllm.form import Form
from gkllm.report import Reason


def own_cells(rows: Mapping[str, Sequence[Run]], form: Form) -> dict[str, list[Run]]:
    """The rows with nothing but their seven cells; as they are where these are not plain.

    A document that lost a column has six, one with a spare column eight. The last cell of most
    rows is a total: of seven cells that are six and one of the next label, it would be empty.
    """
    ways = [_own_cells(rows, form, width) for width in _WIDTHS]
    found = max(ways, key=_totals)
    return found if _totals(found) >= _FEWEST_TOTALS else {k: list(r) for k, r in rows.items()}


def _totals(rows: Mapping[str, Sequence[Run]]) -> int:
    """How many rows that were cut have a number in their last cell."""
    cut = [run for runs in rows.values() for run in runs if len(run.slots) in _WIDTHS]
    return sum(run.slots[-1].reason is not Reason.BLANK for run in cut)


def _own_cells(rows: Mapping[str, Sequence[Run]], form: Form, width: int) -> dict[str, list[Run]]:
    labels_across = across(form)
    levels: dict[str, list[Run]] = defaultdict(list)
    for key, runs in rows.items():
        levels[level(key, labels_across)] += runs
    last = max((run.at for runs in rows.values() for run in runs), default=0)
    begins = {level: _begin(level, runs, last, width) for level, runs in levels.items()}
    if begins.get(_BESIDE) == 0 and _none_before(levels[_ACROSS], last, width):
        # What the label of (七)总计 left stands behind its cells: so does what longer ones left.
        begins[_ACROSS] = 0
    found: dict[str, list[Run]] = {}
    for key, runs in rows.items():
        begin = begins[level(key, labels_across)]
        found[key] = [run if begin is None else _cut(run, begin, width) for run in runs]
    return found


_WIDTHS = (WIDTH, WIDTH - 1, WIDTH + 1)
_IN_GROUP, _BESIDE, _ACROSS = "in a group", "beside the groups", "across"
_FEWEST_TOTALS = 3  # rows that have a number in their last cell
_BALANCE, _BREAKDOWN = "requests.balance", "requests.breakdown"


@cache
def across(form: Form) -> frozenset[str]:
    """The rows whose labels stand across all columns of labels: 一, 二 and 四."""
    balance = {_row(p) for r in form.rules if r.id == _BALANCE for p in (*r.left, *r.right)}
    return frozenset(balance - {_row(p) for r in form.rules if r.id == _BREAKDOWN for p in r.left})


def _row(path: str) -> str:
    """The key of the row of a path of section 三."""
    return path.removeprefix("requests.").rpartition(".")[0]


def level(key: str, across: AbstractSet[str]) -> str:
    """How deep the label of a row stands: in a group, beside the groups, or across all."""
    if in_group(key):
        return _IN_GROUP
    return _ACROSS if key in across else _BESIDE


def in_group(key: str) -> bool:
    """Whether a row is one of a group, whose label stands in the last column of labels."""
    return "." in key and not key.endswith(".subtotal")


def _begin(level: str, runs: Sequence[Run], last: int, width: int) -> int | None:
    """How many empty cells come first in every row of a level; None if nothing tells."""
    counting = _counting(runs)
    begin = 0 if level == _IN_GROUP else min(map(_leading, counting), default=None)
    if begin is None or not _fits(runs, begin, last, width):
        return None
    if begin and all(_blank_at(r, begin + width - 1) for r in counting):
        return None  # their first column may be blank in all of them, as well as their last
    return begin


def _fits(runs: Sequence[Run], begin: int, last: int, width: int) -> bool:
    """Whether no row is too short for so many cells before its own, and all others are empty.

    The `last` row of the table may have lost empty cells at its end.
    """
    beyond = (s for run in runs for s in run.slots[begin + width :])
    whole = all(len(r.slots) >= begin + width for r in runs if r.at != last)
    return whole and all(s.reason is Reason.BLANK for s in beyond)


def _none_before(runs: Sequence[Run], last: int, width: int) -> bool:
    """Whether rows fit without empty cells before their own: and only so, or totals end them."""
    if not _fits(runs, 0, last, width):
        return False
    counting = _counting(runs)
    begin = min(map(_leading, counting), default=0)
    return not begin or not _fits(runs, begin, last, width) or _end_in_totals(counting, width)


def _end_in_totals(runs: Sequence[Run], width: int) -> bool:
    """Whether the last numbers of rows so wide are no smaller than all others of the row."""
    ends = [[slot.value or 0 for slot in run.slots[:width]] for run in runs]
    told = [row for row in ends if len(row) == width and row[-1]]
    return bool(told) and all(row[-1] >= max(row) for row in told)


def _counting(runs: Sequence[Run]) -> list[Run]:
    """The rows that are not empty."""
    return [run for run in runs if any(s.reason is not Reason.BLANK for s in run.slots)]


def _leading(run: Run) -> int:
    return next(i for i, slot in enumerate(run.slots) if slot.reason is not Reason.BLANK)


def _blank_at(run: Run, at: int) -> bool:
    """Whether a cell is empty, or was lost with the end of the table."""
    return at >= len(run.slots) or run.slots[at].reason is Reason.BLANK


def _cut(run: Run, begin: int, width: int) -> Run:
    return replace(run, slots=run.slots[begin : begin + width], own=True)
