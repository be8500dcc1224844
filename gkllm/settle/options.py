"""Candidates > options: the readings of each place, with what they would make of its cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gkllm.report import Candidate, Reason
from gkllm.settle.sums import Equation, broken, residual

RIVAL = 2  # readings whose doubts are less than this apart are rivals


@dataclass(frozen=True, eq=False, slots=True)
class Option:
    """One bundle, or several that read the same values; `names` are their explanations.

    `values` are the numbers of `cells`, and zeros for cells that are taken for blanks.
    `broken` counts the rules within the place that it breaks; `printed_at` is where its first
    number stands: two places cannot both be these numbers.
    """

    names: frozenset[str]
    doubt: int
    cells: Mapping[str, Candidate]
    values: Mapping[str, int]
    broken: int
    printed_at: int


def options(candidates: Sequence[Candidate], rules: Sequence[Equation]) -> dict[str, list[Option]]:
    """The options of each place, readings of equal values put together."""
    bundles: dict[str, dict[tuple[str, int], dict[str, Candidate]]] = defaultdict(dict)
    bundle = None
    cells: dict[str, Candidate] = {}
    for c in candidates:
        if c.bundle is not bundle:  # the candidates of a bundle come one after another
            bundle = c.bundle
            cells = bundles[bundle.place].setdefault((bundle.reading, bundle.doubt), {})
        cells[c.field] = c
    found: dict[str, list[Option]] = {}
    local: dict[str, list[Equation]] | None = None
    for place, readings in bundles.items():
        if len(readings) == 1:
            (((name, doubt), only),) = readings.items()
            found[place] = [Option(frozenset((name,)), doubt, only, values_of(only), 0, _at(only))]
        else:
            local = local_rules(rules) if local is None else local
            found[place] = _proven(_merged(readings, local[place]), local[place])
    return found


def _proven(options: list[Option], rules: Sequence[Equation]) -> list[Option]:
    """Without those that leave split numbers unread, if all others add up with them, printed."""
    read = [o for o in options if not any(name.endswith(_UNREAD) for name in o.names)]
    whole = rules and all(
        any(o.values.values()) and residual(rule, o.values) == (0, 0, 0)
        for o in read
        for rule in rules
    )
    return read if read and whole else options


_UNREAD = "split numbers unread"  # the end of the name of such a reading


def values_of(cells: Mapping[str, Candidate]) -> dict[str, int]:
    """The numbers of cells; a "/" says that there is nothing to count."""
    values = {p: c.value for p, c in cells.items() if isinstance(c.value, int)}
    if len(values) < len(cells):
        values |= {p: 0 for p, c in cells.items() if c.reason is Reason.NOT_APPLICABLE}
    return values


def _at(cells: Mapping[str, Candidate]) -> int:
    return min([c.span[0] for c in cells.values() if c.span], default=-1)


_Print = frozenset[tuple[str, str, Reason | None]]  # what a reading says of each cell


def _merged(
    readings: Mapping[tuple[str, int], Mapping[str, Candidate]], rules: Sequence[Equation]
) -> list[Option]:
    same: dict[_Print, list[tuple[str, int]]] = defaultdict(list)
    cells_of: dict[_Print, Mapping[str, Candidate]] = {}
    for key, cells in readings.items():
        print_ = frozenset((p, str(c.value), c.reason) for p, c in cells.items())
        same[print_].append(key)
        cells_of.setdefault(print_, cells)
    merged = []
    for print_, keys in same.items():
        cells = cells_of[print_]
        values = values_of(cells)
        names = frozenset(name for name, _ in keys)
        doubt = min(doubt for _, doubt in keys)
        fails = sum(broken(e, values) for e in rules)
        merged.append(Option(names, doubt, cells, values, fails, _at(cells)))
    return sorted(merged, key=lambda o: o.doubt)


def local_rules(rules: Sequence[Equation]) -> dict[str, list[Equation]]:
    """The rules whose cells all stand in one place, by that place."""
    local: dict[str, list[Equation]] = defaultdict(list)
    for equation in rules:
        if len(equation.places) == 1:
            (place,) = equation.places
            local[place].append(equation)
    return local


def plausible(options: Sequence[Option]) -> list[Option]:
    """The likeliest options that break none of their own rules, and what stands as printed."""
    sound = [o for o in options if not o.broken]
    plain = [o for o in options if not o.doubt]
    if not sound:
        return plain or list(options)
    least = min(o.doubt for o in sound)
    return [o for o in options if not o.doubt or (not o.broken and o.doubt < least + RIVAL)]
