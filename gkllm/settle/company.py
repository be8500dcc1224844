"""Damage comes in company: what stands beside disputed cells of a table and has no witness.

A number that no sum and no sentence speaks for is `read` where the table is sound. Where a row
was shifted, or a column lost, such a number may have been moved as well, and with it the zeros
of its row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from gkllm.report import Field, Status

_UNCONFIRMED = (Status.READ, Status.DERIVED)
_PRINTED = (Status.VERIFIED, Status.READ)
_TELLING = 2  # rows that close with their printed total, in a table that prints totals
_FEW = 4  # rows
_SHIFTED = 2  # parts of a row in dispute although the row adds up


def with_what_follows(doubted: Iterable[str], fields: Mapping[str, Field]) -> set[str]:
    """Cells in doubt, and all that was concluded from them."""
    found: set[str] = set()
    more = set(doubted)
    while more:
        found |= more
        more = {
            path
            for path, field in fields.items()
            if field.status is Status.DERIVED
            and path not in found
            and more & set(field.from_ or ())
        }
    return found


def doubtful(fields: Mapping[str, Field]) -> Iterator[str]:
    """The paths of confident cells that are no longer to be trusted."""
    if not any(f.status not in _PRINTED and _adds_up(path) for path, f in fields.items()):
        return  # nothing is in dispute, and nothing lacks
    yield from _moved_blocks(fields)
    rows: dict[str, list[str]] = defaultdict(list)
    for path in fields:
        if path.startswith("requests."):
            rows[path.rpartition(".")[0]].append(path)
    table = [fields[path] for paths in rows.values() for path in paths]
    troubled = any(field.status is Status.DISPUTED for field in table)
    lacking = {
        path.rpartition(".")[2]
        for row in rows.values()
        for path in row
        if troubled and fields[path].value is None
    }
    totals = sum(_closes(paths, fields) for paths in rows.values()) >= _TELLING
    counting = [
        ps for ps in rows.values() if any(fields[p].value or _unplaced(fields[p]) for p in ps)
    ]
    lost = [paths for paths in counting if fields[paths[-1]].value is None]
    # The only row without its total was moved, and lost it.
    without = lost[0] if totals and len(lost) == 1 else None
    torn = [ps for ps in rows.values() if troubled and any(_unplaced(fields[p]) for p in ps)]
    torn = torn if len(torn) <= _FEW else []
    for paths in rows.values():
        statuses = {fields[p].status for p in paths if fields[p].value}
        ends = (fields[paths[0]], fields[paths[-1]])
        alone = totals and Status.READ in statuses and not any(map(_printed, ends))
        alone = alone or paths == without
        company = troubled and not statuses.isdisjoint(_UNCONFIRMED)
        shifted = troubled and _shifted([fields[p] for p in paths])
        if alone or company or shifted or paths in torn:
            yield from (p for p in paths if fields[p].status in _UNCONFIRMED)
        elif Status.DISPUTED in statuses and not _printed(fields[paths[-1]]):
            # What is in dispute may be another column's, where that lacks something too, or the
            # one beside it, from which the row was moved.
            beside = set(_beside_disputed(paths, fields))
            zeros = (p for p in paths if fields[p].status in _UNCONFIRMED)
            yield from (p for p in zeros if p.rpartition(".")[2] in lacking or p in beside)


def _adds_up(path: str) -> bool:
    """Whether a cell is one of a table with sums."""
    return path.startswith(("requests.", "litigation."))


def _beside_disputed(row: Sequence[str], fields: Mapping[str, Field]) -> Iterator[str]:
    """The cells on both sides of numbers in dispute."""
    for left, right in pairwise(row):
        for cell, other in ((left, right), (right, left)):
            if fields[cell].status is Status.DISPUTED and fields[cell].value:
                yield other


def _unplaced(field: Field) -> bool:
    """Whether a number is printed that may be this cell's."""
    offered = field.alternatives if field.value is None else None
    return offered is not None and any(a.value for a in offered)


def _moved_blocks(fields: Mapping[str, Field]) -> Iterator[str]:
    """Blocks of section 四 behind others in which nothing adds up, or one, if their total is lost.

    The fifteen numbers stand in one row: one that is lost moves all behind it.
    """
    blocks: dict[str, list[str]] = defaultdict(list)
    for path in fields:
        if path.startswith("litigation."):
            blocks[path.rpartition(".")[0]].append(path)
    disputed = 0
    for paths in blocks.values():
        *parts, total = (fields[path] for path in paths)
        counting = any(field.value for field in (*parts, total))
        if any(field.status is Status.DISPUTED for field in (*parts, total)):
            disputed += 1
        elif (counting and disputed > _printed(total)) or _moved_total(parts, total):
            yield from (path for path in paths if fields[path].status in _UNCONFIRMED)


def _moved_total(parts: Sequence[Field], total: Field) -> bool:
    """Whether a block has no total, and its last number is the sum of the others."""
    values = [field.value for field in parts if isinstance(field.value, int) and field.value]
    return not _printed(total) and len(values) > 1 and sum(values) == 2 * values[-1]


def _printed(field: Field) -> bool:
    return field.value is not None and field.status is not Status.DERIVED


def _closes(row: Sequence[str], fields: Mapping[str, Field]) -> bool:
    """Whether a row prints the sum of what it counts."""
    total = fields[row[-1]]  # some columns of a row may be all that the document names
    parts = [v for path in row[:-1] if isinstance(v := fields[path].value, int)]
    return row[-1].endswith(".total") and _printed(total) and 0 < sum(parts) == total.value


def _shifted(row: Sequence[Field]) -> bool:
    """Whether a row adds up, and several of its parts fit no column."""
    *parts, total = (field.value for field in row)
    disputed = sum(field.status is Status.DISPUTED for field in row[:-1])
    if disputed < _SHIFTED or not isinstance(total, int):
        return False
    return sum(part for part in parts if isinstance(part, int)) == total > 0
