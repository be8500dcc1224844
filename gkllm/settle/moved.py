"""Columns of which one must lack what another has too much: numbers of some row were moved.

A row that was shifted adds up as well as before, and in the wrong columns. Where other rows
have several readings, no sum between rows can be worked out; but it may be that none of the
readings makes it hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gkllm.settle.choose import Choice
from gkllm.settle.options import Option
from gkllm.settle.sums import Equation, place_of

_INFINITE = float("inf")

Offered = Mapping[str, Sequence[Option]]


def moved(choice: Choice, rules: Iterable[Equation]) -> frozenset[str]:
    """The cells of sums that nothing can make hold, if some are too small and some too large.

    Those of a row if without it all can hold, and these sums are worked out to the last cell.
    None where every row has one reading: there the cells that can be wrong are looked for.
    """
    several = {place for place in choice.unsettled if place.startswith("requests.")}
    if not several and len(choice.survivors) == 1:
        return frozenset()
    across = [e for e in rules if len(e.places) > 1]
    options = _options(choice)
    small, large = _impossible(across, options)
    kinds = {e.rule.id for e in small} & {e.rule.id for e in large}
    wrong = [e for e in (*small, *large) if e.rule.id in kinds]
    rows = sorted({place for e in wrong for place in e.places})
    alone = [row for row in rows if not any(_impossible(across, {**options, row: ()}))]
    if alone and all(low == high for low, high in (_range(e, options) for e in wrong)):
        return frozenset(p for row in alone for o in options.get(row, ()) for p in o.cells)
    return frozenset(path for e in wrong for path in e.paths)


def _options(choice: Choice) -> Offered:
    options: dict[str, list[Option]] = {place: list(o) for place, o in choice.unsettled.items()}
    for survivor in choice.survivors:
        for place, option in survivor.items():
            if place not in choice.unsettled:
                options.setdefault(place, []).append(option)
    return options


def _impossible(
    rules: Iterable[Equation], options: Offered
) -> tuple[list[Equation], list[Equation]]:
    """The equations that no options make hold: what is too small on their right, and too large."""
    small, large = [], []
    for equation in rules:
        low, high = _range(equation, options)
        if low > 0:
            small.append(equation)
        elif high < 0:
            large.append(equation)
    return small, large


def _range(equation: Equation, options: Offered) -> tuple[float, float]:
    """From where to where the options of all places let an equation add up."""
    low = high = 0.0
    for path, sign in equation.terms:
        values = [option.values.get(path) for option in options.get(place_of(path), ())]
        known = [v for v in values if v is not None]
        least = min(known) if known and len(known) == len(values) else 0.0
        most = max(known) if known and len(known) == len(values) else _INFINITE
        low += sign * (least if sign > 0 else most)
        high += sign * (most if sign > 0 else least)
    return low, high
