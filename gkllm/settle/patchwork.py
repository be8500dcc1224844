"""Which options of each place can be part of a whole that breaks no sum.

Where rows have different explanations (each left other zeros blank), the sums between rows
choose among them. All combinations are far too many to list: each option is tried, and stays
if some combination with it adds up everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gkllm.settle.options import Option
from gkllm.settle.sums import Equation, place_of

_MOST_STEPS = 300  # times that all domains are narrowed; what is undecided then stays possible
_INFINITE = float("inf")

Domains = dict[str, list[Option]]
_Range = tuple[float, float]  # what an option can add to an equation: from, to


class Sums:
    """Equations between places, with what every option can add to each."""

    def __init__(
        self,
        domains: Mapping[str, Sequence[Option]],
        base: Mapping[str, int],
        rules: Sequence[Equation],
    ) -> None:
        self.fixed: list[_Range] = []
        self.of_option: dict[int, dict[int, _Range]] = {}
        self.of_place: dict[str, list[int]] = {place: [] for place in domains}
        for i, rule in enumerate(rules):
            rest = [(path, sign) for path, sign in rule.terms if place_of(path) not in domains]
            self.fixed.append(_added(rest, base))
            for place in domains.keys() & rule.places:
                self.of_place[place].append(i)
                terms = [(path, sign) for path, sign in rule.terms if place_of(path) == place]
                for option in domains[place]:
                    added = _added(terms, option.values)
                    self.of_option.setdefault(id(option), {})[i] = added

    def narrowed(self, domains: Domains) -> Domains | None:
        """Without the options that no equation allows; None if a place is left with none."""
        domains = dict(domains)
        places = list(domains)
        while places:
            bounds = self._bounds(domains)
            changed = set()
            for place in places:
                kept = [o for o in domains[place] if self._fits(place, o, domains[place], bounds)]
                if not kept:
                    return None
                if len(kept) < len(domains[place]):
                    domains[place] = kept
                    changed.update(self.of_place[place])
            places = [p for p in domains if len(domains[p]) > 1 and changed & {*self.of_place[p]}]
        return domains

    def _bounds(self, domains: Domains) -> list[_Range]:
        """From where to where each equation can add up."""
        low, high = [r[0] for r in self.fixed], [r[1] for r in self.fixed]
        for place, options in domains.items():
            for i in self.of_place[place]:
                added = self._added(options, i)
                low[i] += added[0]
                high[i] += added[1]
        return list(zip(low, high, strict=True))

    def _added(self, options: Sequence[Option], i: int) -> _Range:
        ranges = [self.of_option[id(o)][i] for o in options]
        return min(r[0] for r in ranges), max(r[1] for r in ranges)

    def _fits(
        self, place: str, option: Option, options: Sequence[Option], bounds: Sequence[_Range]
    ) -> bool:
        for i in self.of_place[place]:
            low, high = bounds[i]
            own, (least, most) = self.of_option[id(option)][i], self._added(options, i)
            # Infinities stay: what another place leaves unknown can be anything.
            low = low - least + own[0] if low > -_INFINITE else low
            high = high - most + own[1] if high < _INFINITE else high
            if low > 0 or high < 0:
                return False
        return True


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
    search = _Search(sums)
    taken: set[int] = set()
    for place in sorted(narrowed, key=lambda p: len(narrowed[p])):
        for option in list(narrowed[place]):
            if id(option) in taken or search.tired:
                continue
            whole = search.whole({**narrowed, place: [option]})
            if whole is not None:
                taken.update(id(o) for o in whole.values())
            elif not search.tired:
                narrowed[place] = [o for o in narrowed[place] if o is not option]
                if not narrowed[place]:
                    return None
    return narrowed


class _Search:
    """Looks for one combination at a time."""

    def __init__(self, sums: Sums) -> None:
        self.sums, self.steps = sums, 0

    @property
    def tired(self) -> bool:
        return self.steps >= _MOST_STEPS

    def whole(self, domains: Domains) -> dict[str, Option] | None:
        """One option for each place that add up everywhere; None if there are none."""
        self.steps += 1
        narrowed = self.sums.narrowed(domains)
        if narrowed is None or self.tired:
            return None
        open_ = [place for place, options in narrowed.items() if len(options) > 1]
        if not open_:
            return {place: options[0] for place, options in narrowed.items()}
        place = min(open_, key=lambda p: len(narrowed[p]))
        for option in narrowed[place]:
            found = self.whole({**narrowed, place: [option]})
            if found is not None or self.tired:
                return found
        return None
