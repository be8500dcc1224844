"""Tables printed again with other numbers: last year's, a subordinate unit's, an example.

Sums cannot tell which of them is the report's, since each of them holds; and what one of them
lost, another seems to say. A row or two that differ are damage of one table that is printed twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from gkllm.document import Span
from gkllm.settle.options import Option

PRINT = ", print "  # in the name of a reading of another print of the row
_FEWEST = {"requests": 3, "disclosure": 2}  # rows in which two tables differ

Options = Mapping[str, Sequence[Option]]


def printed_again(options: Sequence[Option]) -> bool:
    """Whether some option reads another print of the row."""
    return any(PRINT in name for o in options for name in o.names)


def rivals(offered: Options) -> dict[str, list[Option]]:
    """The cells of tables that are printed several times, with the options for each.

    But for those of which all prints say the same.
    """
    found: dict[str, list[Option]] = {}
    if not any(map(printed_again, offered.values())):
        return found
    for section, fewest in _FEWEST.items():
        places = {p: list(_prints(o)) for p, o in offered.items() if p.startswith(f"{section}.")}
        # Numbers between two labels may be either's, and are no other print of it.
        ats = [
            {o.printed_at for g in prints for o in g if o.printed_at >= 0}
            for prints in places.values()
        ]
        shared = {at for at, n in Counter(at for own in ats for at in own).items() if n > 1}
        own = [p for p, at in zip(places.values(), ats, strict=True) if shared.isdisjoint(at)]
        if sum(map(_differ, own)) >= fewest:
            for prints in places.values():
                found.update(_apart(prints))
    return found


def _prints(options: Sequence[Option]) -> Iterator[list[Option]]:
    """The options of a place by the print that they read: those of one share numbers."""
    if not printed_again(options):
        yield list(options)
        return
    groups: list[tuple[set[Span], list[Option]]] = []
    for option in options:
        spans = {c.span for c in option.cells.values() if c.span is not None}
        same = [group for group in groups if not spans.isdisjoint(group[0])]
        apart = [group for group in groups if spans.isdisjoint(group[0])]
        joined = (spans.union(*(s for s, _ in same)), [*(o for _, g in same for o in g), option])
        groups = [*apart, joined]
    yield from (group for _, group in groups)


def _differ(prints: Sequence[Sequence[Option]]) -> bool:
    """Whether two prints of a row say other numbers, however they are read."""
    told = [[o.values for o in group if o.values] for group in prints]
    return any(
        all(one != other for one in first for other in second)
        for first, second in combinations(told, 2)
        if first and second
    )


def _apart(prints: Sequence[Sequence[Option]]) -> Iterator[tuple[str, list[Option]]]:
    """The cells on which the prints of a row do not agree; a single one may be of either table."""
    options = [option for group in prints for option in group]
    for path in dict.fromkeys(path for option in options for path in option.cells):
        said = {option.values.get(path) for option in options}
        if len(prints) < 2 or len(said) > 1:
            yield path, options
