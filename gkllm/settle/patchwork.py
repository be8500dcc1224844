"""Which options of each place can be part of a whole that breaks no sum.

Where rows have different explanations (each left other zeros blank), the sums between rows
choose among them. All combinations are far too many to list: each option is tried, and stays
if some combination with it adds up everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gkllm.settle.options import Option
from gkllm.settle.sums import Equation, place_of

_MOST_WORK = 40_000  # options looked at; what is undecided then stays possible
_INFINITE = float("inf")

Domains = dict[str, list[Option]]
_Range = tuple[float, float]  # what something can add to an equation: from, to


class _End(NamedTuple):
    """One end of a range as a sum, with how many of its parts are without end."""

    total: float = 0.0
    endless: int = 0

    def plus(self, part: float) -> _End:
        if abs(part) == _INFINITE:
            return _End(self.total, self.endless + (1 if part > 0 else -1))
        return _End(self.total + part, self.endless)

    def without(self, part: float) -> float:
        """The end that is left without one of its parts."""
        endless = self.endless - (0 if abs(part) < _INFINITE else 1 if part > 0 else -1)
        if endless:
            return _INFINITE if endless > 0 else -_INFINITE
        return self.total if abs(part) == _INFINITE else self.total - part


class Sums:
    """Equations between places, with what every option can add to each.

    `work` counts the options that were looked at.
    """

    def __init__(
        self,
        domains: Mapping[str, Sequence[Option]],
        base: Mapping[str, int],
        rules: Sequence[Equation],
    ) -> None:
        self.work = 0
        self.fixed: list[_Range] = []
        self.of_place: dict[str, list[int]] = {place: [] for place in domains}
        self.of_option: dict[int, list[_Range]] = {}  # in the order of `of_place`
        for i, rule in enumerate(rules):
            rest = [(path, sign) for path, sign in rule.terms if place_of(path) not in domains]
            self.fixed.append(_added(rest, base))
            for place in domains.keys() & rule.places:
                self.of_place[place].append(i)
                terms = [(path, sign) for path, sign in rule.terms if place_of(path) == place]
                for option in domains[place]:
                    added = _added(terms, option.values)
                    self.of_option.setdefault(id(option), []).append(added)

    @property
    def tired(self) -> bool:
        return self.work > _MOST_WORK

    def narrowed(self, domains: Domains) -> Domains | None:
        """Without the options that no equation allows; None if a place is left with none."""
        domains = dict(domains)
        again = list(domains)
        while again:
            added = {place: self._added(place, options) for place, options in domains.items()}
            bounds = self._bounds(added)
            changed: set[int] = set()
            for place in again:
                kept = self._kept(place, domains[place], added[place], bounds)
                if not kept:
                    return None
                if len(kept) < len(domains[place]):
                    domains[place] = kept
                    changed.update(self.of_place[place])
            again = [place for place in domains if not changed.isdisjoint(self.of_place[place])]
        return domains

    def _added(self, place: str, options: Sequence[Option]) -> list[_Range]:
        """What a place can add to each of its equations."""
        self.work += len(options)
        columns = zip(*(self.of_option.get(id(o), ()) for o in options), strict=True)
        return [(min(r[0] for r in rs), max(r[1] for r in rs)) for rs in columns]

    def _bounds(self, added: Mapping[str, Sequence[_Range]]) -> list[tuple[_End, _End]]:
        """From where to where each equation can add up."""
        bounds = [(_End().plus(low), _End().plus(high)) for low, high in self.fixed]
        for place, ranges in added.items():
            for i, (least, most) in zip(self.of_place[place], ranges, strict=True):
                low, high = bounds[i]
                bounds[i] = low.plus(least), high.plus(most)
        return bounds

    def _kept(
        self,
        place: str,
        options: Sequence[Option],
        added: Sequence[_Range],
        bounds: Sequence[tuple[_End, _End]],
    ) -> list[Option]:
        """The options of a place with which each of its equations can still add up to 0."""
        others = [
            (bounds[i][0].without(least), bounds[i][1].without(most))
            for i, (least, most) in zip(self.of_place[place], added, strict=True)
        ]
        self.work += len(options)
        return [
            option
            for option in options
            if all(
                low + own[0] <= 0 <= high + own[1]
                for (low, high), own in zip(others, self.of_option.get(id(option), ()), strict=True)
            )
        ]


def _added(terms: Sequence[tuple[str, int]], values: Mapping[str, int]) -> _Range:
    low = high = 0.0
    for path, sign in terms:
        value = values.get(path)
        if value is not None:
            low += sign * value
            high += sign * value
        elif sign > 0:
            high = _INFINITE
        else:
            low = -_INFINITE
    return low, high


def possible(domains: Domains, sums: Sums) -> Domains | None:
    """The options that some whole combination takes; None if there is no combination."""
    narrowed = sums.narrowed(domains)
    if narrowed is None:
        return None
    taken: set[int] = set()
    for place in sorted(narrowed, key=lambda p: len(narrowed[p])):
        for option in list(narrowed[place]):
            if id(option) in taken or sums.tired:
                continue
            whole = _whole({**narrowed, place: [option]}, sums)
            if whole is not None:
                taken.update(id(o) for o in whole.values())
            elif not sums.tired:
                narrowed[place] = [o for o in narrowed[place] if o is not option]
                if not narrowed[place]:
                    return None
    return narrowed


def _whole(domains: Domains, sums: Sums) -> dict[str, Option] | None:
    """One option for each place that add up everywhere; None if there are none, or no time."""
    narrowed = sums.narrowed(domains)
    if narrowed is None or sums.tired:
        return None
    open_ = [place for place, options in narrowed.items() if len(options) > 1]
    if not open_:
        return {place: options[0] for place, options in narrowed.items()}
    place = min(open_, key=lambda p: len(narrowed[p]))
    for option in narrowed[place]:
        found = _whole({**narrowed, place: [option]}, sums)
        if found is not None or sums.tired:
            return found
    return None
