"""Section 四 printed with a row for each block, under five heads, or as three small tables.

    类别                           结果维持 | 结果纠正 | 其他结果 | 尚未审结 | 总计
    行政复议                           0    |    0     |    0     |    9     |  9
    行政诉讼（未经复议直接起诉）       9    |    0     |    4     |    2     |  15

The heads say which outcome each number is, in whichever order, and the label which block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter

from gkllm.align.items import Items, Run, Spoken
from gkllm.align.readings import Reading
from gkllm.align.slots import Slot
from gkllm.document import Grid
from gkllm.form import Form
from gkllm.report import Reason

_LONGEST = 8  # cells of a row: five numbers and what merged labels leave


def is_blockwise(items: Items, runs: Sequence[Run], form: Form) -> bool:
    """Whether the outcomes are named once, or once before each of several rows."""
    named = [s for s in items.spoken if s.mention.kind == "outcome"]
    if not named:
        return False
    width = len(form.outcomes)
    if len(runs) < 2 or max(len(run.slots) for run in runs) > _LONGEST:
        # All blocks, then the outcomes once, and numbers one a line: how they were set nobody can
        # tell.
        blocks = [s for s in items.spoken if s.mention.kind == "block"]
        ahead = len(_keys(blocks)) == len(form.blocks) and blocks[-1].first < named[0].first
        tall = any(run.tall for run in runs)
        return ahead and tall and len(_keys(named)) == len(named) == width
    before_first = [s for s in named if s.first < runs[0].at]
    return len(_keys(before_first)) == len(before_first) == width


def read(items: Items, runs: Sequence[Run], grid: Grid, form: Form) -> Reading | None:
    """The numbers of all blocks in the order of the form; None where rows or heads do not tell."""
    rows: dict[str, Sequence[Slot | None]] = {}
    begin = -1
    for run in runs:
        label = _label(items, begin, run, grid)
        begin = run.at
        if label is None:
            if any(slot.value for slot in run.slots):
                return None  # numbers of no block
            continue
        cells = _placed(run, _heads(items, run, grid, form, runs), grid, form)
        if cells is None or label.mention.key in rows:
            return None
        rows[label.mention.key] = cells
    lost: Sequence[Slot | None] = [None] * len(form.outcomes)
    cells = [cell for block in form.blocks for cell in rows.get(block.key, lost)]
    return Reading("a block a row", 0, tuple(cells)) if rows else None


def _label(items: Items, begin: int, run: Run, grid: Grid) -> Spoken | None:
    """The last block that is named between two runs, on the line of the second between borders."""
    found = [s for s in items.spoken if s.mention.kind == "block" and begin < s.first < run.at]
    if grid.ruled and found and run.line not in found[-1].lines and len(found) > 1:
        return None
    return found[-1] if found else None


def _heads(
    items: Items, run: Run, grid: Grid, form: Form, runs: Sequence[Run]
) -> Mapping[str, int]:
    """The outcomes that are named last before a row, by key in printed order, with their places.

    Without borders wrapped names come in any order: then they are in the form's, and totals before
    or behind them all, as they are named or as all rows add up.
    """
    width = len(form.outcomes)
    named = [s for s in items.spoken if s.mention.kind == "outcome" and s.first < run.at][-width:]
    if len(_keys(named)) != width:
        return {}
    found = {s.mention.key: s.x for s in named}
    if grid.ruled:
        return dict(sorted(found.items(), key=itemgetter(1)))
    *parts, total = [outcome.key for outcome in form.outcomes]
    at = list(found).index(total)
    told = at in (0, width - 1)
    ahead = at == 0 if told else _adds_up(runs, total_at=0)
    if not told and ahead == _adds_up(runs, total_at=-1):
        return {}
    return {key: found[key] for key in ([total, *parts] if ahead else [*parts, total])}


def _adds_up(runs: Sequence[Run], *, total_at: int) -> bool:
    """Whether all rows are a total and its parts."""
    rows = [[s.value for s in run.slots if isinstance(s.value, int)] for run in runs]
    return all(row and sum(row) == 2 * row[total_at] for row in rows)


def _keys(named: Sequence[Spoken]) -> set[str]:
    return {s.mention.key for s in named}


def _placed(
    run: Run, heads: Mapping[str, int], grid: Grid, form: Form
) -> Sequence[Slot | None] | None:
    """The numbers of a row by outcome: under their heads between borders, else by order."""
    if not heads:
        return None
    if grid.ruled and len(set(heads.values())) == len(heads):
        under = {slot.cell.x: slot for slot in run.slots}
        printed = {x for x, slot in under.items() if slot.reason is not Reason.BLANK}
        if printed <= set(heads.values()):
            return [under.get(heads[outcome.key]) for outcome in form.outcomes]
    slots = [s for s in run.slots if s.reason is not Reason.BLANK]
    if len(slots) != len(heads):
        return None
    by_order = dict(zip(heads, slots, strict=True))
    return [by_order[outcome.key] for outcome in form.outcomes]
