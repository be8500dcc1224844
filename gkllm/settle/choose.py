"""Bundles x sum rules > the readings that survive.

Every place has one right bundle. Where a place has several, the rules choose: an explanation
that is the same for the whole table first (the same spare column in every row), a patchwork
of different ones only if that breaks nothing and the other breaks something. Readings that
break equally few rules and are about equally likely all survive; the cells in which they
differ stay open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod

from gkllm.report import Candidate, Reason
from gkllm.settle.sums import Equation, broken, residual

_TELLING = 3  # rows that are not all zero and close without their blanks
_IS_SPARE = "is spare"  # the end of the name of such an explanation
_NEARLY_WHOLE = (5, 6)  # numbers of a row of seven where a column was lost
_MANY = 6  # rows for which one explanation is worth more than one that adds up everywhere
_MISTAKES = 3  # rules that an agency's own mistake in such a table may break
_MARGIN = 1  # rules that one explanation may break more than another and still be its rival
_HOPELESS = 10**6
_RIVAL = 2  # readings whose doubts are less than this apart are rivals
_MOST_UNIFORM = 400  # explanations for the whole table tried
_MOST_NODES = 1000  # steps of the search for a patchwork
_MOST_SURVIVORS = 24

Assignment = dict[str, "Option"]  # place > option


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


@dataclass(frozen=True, slots=True)
class Choice:
    """The surviving assignments, the likeliest first.

    `unsettled` holds options of which there were too many to try all: no cell in which they
    differ is known.
    """

    survivors: tuple[Assignment, ...]
    unsettled: Mapping[str, Sequence[Option]]


def options(
    candidates: Sequence[Candidate], rules: Sequence[Equation]
) -> dict[str, list[Option]]:
    """The options of each place, readings of equal values put together."""
    bundles: dict[str, dict[tuple[str, int], dict[str, Candidate]]] = defaultdict(dict)
    for c in candidates:
        key = (c.bundle.reading, c.bundle.doubt)
        bundles[c.bundle.place].setdefault(key, {})[c.field] = c
    found: dict[str, list[Option]] = {}
    local: dict[str, list[Equation]] | None = None
    for place, readings in bundles.items():
        if len(readings) == 1:
            ((name, doubt), cells) = next(iter(readings.items()))
            found[place] = [Option(frozenset((name,)), doubt, cells, values_of(cells), 0, _at(cells))]
        else:
            local = _local(rules) if local is None else local
            found[place] = _merged(readings, local[place])
    return found


def values_of(cells: Mapping[str, Candidate]) -> dict[str, int]:
    """The numbers of cells; a "/" says that there is nothing to count."""
    return {
        p: 0 if c.reason is Reason.NOT_APPLICABLE else c.value
        for p, c in cells.items()
        if isinstance(c.value, int) or c.reason is Reason.NOT_APPLICABLE
    }


def _at(cells: Mapping[str, Candidate]) -> int:
    return min((c.span[0] for c in cells.values() if c.span), default=-1)


def _once(options: Iterable[Option]) -> bool:
    """No two places are the same printed numbers."""
    ats = [o.printed_at for o in options if o.printed_at >= 0]
    return len(set(ats)) == len(ats)


def _merged(
    readings: Mapping[tuple[str, int], Mapping[str, Candidate]], rules: Sequence[Equation]
) -> list[Option]:
    same: dict[tuple[tuple[str, object, object], ...], list[tuple[str, int]]] = defaultdict(list)
    cells_of = {}
    for key, cells in readings.items():
        print_ = tuple(sorted((p, str(c.value), str(c.reason)) for p, c in cells.items()))
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


def place_of(path: str) -> str:
    """The place whose bundles hold a cell: its row, or section 四 as a whole."""
    return "litigation" if path.startswith("litigation.") else path.rpartition(".")[0]


def _local(rules: Sequence[Equation]) -> dict[str, list[Equation]]:
    local: dict[str, list[Equation]] = defaultdict(list)
    for equation in rules:
        places = {place_of(path) for path, _ in equation.terms}
        if len(places) == 1:
            local[places.pop()].append(equation)
    return local


def choose(found: Mapping[str, Sequence[Option]], rules: Sequence[Equation]) -> Choice:
    """The assignments of one option to each place that survive."""
    fixed = {place: options[0] for place, options in found.items() if len(options) == 1}
    unsure = _blanks_are_zeros({p: o for p, o in found.items() if len(o) > 1}, rules)
    fixed |= {place: options[0] for place, options in unsure.items() if len(options) == 1}
    if all(len(options) == 1 for options in unsure.values()):
        return Choice((fixed,), {})
    # A row of which all readings say the same still tells which explanations are possible.
    telling = {place: [option] for place, option in fixed.items() if option.doubt}
    unsure = telling | {place: options for place, options in unsure.items() if len(options) > 1}
    fixed = {place: option for place, option in fixed.items() if place not in telling}
    every = {**unsure, **{place: [option] for place, option in fixed.items()}}
    lost = {**_lost_column(unsure, rules), **_spare_column(every)}
    unsure = {place: options for place, options in unsure.items() if place not in lost}
    fixed |= {place: options[0] for place, options in lost.items() if len(options) == 1}
    lost = {place: options for place, options in lost.items() if len(options) > 1}
    settled = _settled(fixed, unsure, rules)
    return _with(settled, lost)


def _lost_column(
    unsure: Mapping[str, Sequence[Option]], rules: Sequence[Equation]
) -> dict[str, list[Option]]:
    """Rows that all lack the same one or two numbers, with all ways to read them.

    Which column was lost is not for the sums to say: they hold in whichever order the others
    stand. Only the head of a table can tell, and then there is nothing left to choose.
    """
    counts: dict[int, list[str]] = defaultdict(list)
    for place, options in unsure.items():
        if place.startswith("requests."):
            counts[max(len(o.cells) for o in options)].append(place)
    most = max((n for n in counts if n in _NEARLY_WHOLE), key=lambda n: len(counts[n]), default=0)
    short = sum(len(places) for n, places in counts.items() if n <= max(_NEARLY_WHOLE))
    if len(counts[most]) < _TELLING or len(counts[most]) * 2 < short:
        return {}
    local = _local(rules)
    found = {}
    for place in counts[most]:
        sound = [o for o in _plausible(unsure[place]) if not o.broken]
        if len(sound) > 1:
            found[place] = [_completed(o, local[place]) for o in sound]
    return found


def _spare_column(found: Mapping[str, Sequence[Option]]) -> dict[str, list[Option]]:
    """Rows that all have one number too many, with the readings that the row sums allow.

    As with a lost column, the sums of columns hold in whichever order the columns stand: only
    the sums of the rows can tell that a column is not the spare one.
    """
    wide = {
        place: _plausible_or_broken(options)
        for place, options in found.items()
        if place.startswith("requests.")
        and any(name.endswith(_IS_SPARE) for o in options for name in o.names)
    }
    if len(wide) < _TELLING or all(len(options) == 1 for options in wide.values()):
        return {}
    names = frozenset.intersection(
        *(frozenset().union(*(o.names for o in options)) for options in wide.values())
    )
    fails = {
        name: sum(next(o.broken for o in options if name in o.names) for options in wide.values())
        for name in names
    }
    least = min(fails.values(), default=0)
    if not fails or least > _MISTAKES:
        return {}
    possible = {name for name, broken in fails.items() if broken <= least + _MARGIN}
    return {
        place: [o for o in options if o.names & possible] for place, options in wide.items()
    }


def _plausible_or_broken(options: Sequence[Option]) -> list[Option]:
    """The likeliest options, whether or not they add up: an agency's mistake is in all of them."""
    least = min(o.doubt for o in options)
    return [o for o in options if o.doubt < least + _RIVAL]


def _completed(option: Option, rules: Sequence[Equation]) -> Option:
    """The option with zeros for the cells that must be.

    Those are the lost cells of a row that adds up without them. And one lost cell of a row of
    zeros: a row that counts anything prints it twice, in a part and in the total.
    """
    total, plus, minus = residual(rules[0], option.values)
    zeros = not any(option.values.values()) and plus + minus == 1
    if not zeros and (total or plus):
        return option
    values = {path: option.values.get(path, 0) for path, _ in rules[0].terms}
    return replace(option, values=values)


def _with(choice: Choice, lost: Mapping[str, Sequence[Option]]) -> Choice:
    if not lost:
        return choice
    agreed = {place: _agreed(options) for place, options in lost.items()}
    return Choice(
        tuple({**survivor, **agreed} for survivor in choice.survivors),
        {**choice.unsettled, **lost},
    )


def _settled(
    fixed: Assignment, unsure: Mapping[str, Sequence[Option]], rules: Sequence[Equation]
) -> Choice:
    if not unsure:
        return Choice((fixed,), {})
    cross = [e for e in rules if len({place_of(path) for path, _ in e.terms}) > 1]
    base = {path: v for option in fixed.values() for path, v in option.values.items()}
    uniform = [(_score(a, base, cross), a) for a in _uniform(unsure)]
    least = min((score for score, _ in uniform), default=_HOPELESS)
    already = _score({}, base, cross)
    if least > already + (_MISTAKES if len(unsure) >= _MANY else 0):
        likely = {place: _plausible(options) for place, options in unsure.items()}
        patched = _patchwork(fixed, likely, cross)
        if patched is not None:
            return patched
        if least >= _HOPELESS:
            return _unsettled(fixed, likely)
    # One broken rule more or less may be the agency's doing, in a table of many such rows.
    margin = _MARGIN if len(unsure) >= _TELLING else 0
    return _surviving(fixed, [a for score, a in uniform if score <= least + margin])


def _surviving(fixed: Assignment, assignments: Sequence[Assignment]) -> Choice:
    """The likely ones of assignments; if they are too many, what they agree on."""
    likely = _likely(_of_one_name(assignments))
    if len(likely) > _MOST_SURVIVORS:
        return _unsettled(fixed, _options_of(likely))
    return Choice(tuple({**fixed, **a} for a in likely), {})


def _unsettled(fixed: Assignment, unsettled: Mapping[str, Sequence[Option]]) -> Choice:
    agreed = {place: _agreed(options) for place, options in unsettled.items()}
    return Choice(({**fixed, **agreed},), unsettled)


def _options_of(assignments: Sequence[Assignment]) -> dict[str, list[Option]]:
    found: dict[str, dict[int, Option]] = defaultdict(dict)
    for assignment in assignments:
        for place, option in assignment.items():
            found[place][id(option)] = option
    return {place: list(options.values()) for place, options in found.items()}


def _of_one_name(assignments: Sequence[Assignment]) -> Sequence[Assignment]:
    """Those with the same explanation in every place, if there are any."""
    single = [
        a for a in assignments if frozenset.intersection(*(o.names for o in a.values()))
    ]
    return single or assignments


def _agreed(options: Sequence[Option]) -> Option:
    """What all options of a place say, if at least one of them prints it.

    A value that is the same in all of them, and stands elsewhere in each, has no place.
    """
    cells: dict[str, Candidate] = {}
    paths = dict.fromkeys(path for option in options for path in option.cells)
    for path in paths:
        printed = [o.cells[path] for o in options if path in o.cells]
        values = {o.values.get(path) for o in options} | {c.value for c in printed if c.value}
        if len(values) == 1:
            same = len(printed) == len(options) and len({c.span for c in printed}) == 1
            if same:
                cells[path] = printed[0]
            elif not any(o.broken for o in options):
                cells[path] = replace(printed[0], span=None, quote=None)
    return replace(options[0], cells=cells, values=values_of(cells))


def _plausible(options: Sequence[Option]) -> list[Option]:
    """The likeliest options that break none of their own rules, and what is printed as it stands."""
    sound = [o for o in options if not o.broken]
    plain = [o for o in options if not o.doubt]
    if not sound:
        return plain or list(options)
    least = min(o.doubt for o in sound)
    return [o for o in options if not o.doubt or (not o.broken and o.doubt < least + _RIVAL)]


def _blanks_are_zeros(
    unsure: Mapping[str, Sequence[Option]], rules: Sequence[Equation]
) -> dict[str, list[Option]]:
    """Read short rows as rows whose zeros were left blank, if the whole table allows it.

    Each short row must then add up without its missing cells, and several that are not all
    zero must do so: one row may do it by accident, and may as well have lost a number.
    """
    local = _local(rules)
    closing: dict[str, list[Option]] = {}
    telling = 0
    for place, options in unsure.items():
        rule = local.get(place, [])
        if len(rule) != 1 or any(len(o.values) >= len(rule[0].terms) for o in options):
            continue
        closing[place] = _closed(options, rule[0])
        telling += any(any(o.values.values()) for o in closing[place])
    if telling < _TELLING or not all(closing.values()):
        return dict(unsure)
    return {**unsure, **closing}


def _closed(options: Sequence[Option], rule: Equation) -> list[Option]:
    """The options that print the sum and add up to it, missing cells as 0; equal ones once."""
    left = [path for path, sign in rule.terms if sign > 0]
    whole: dict[tuple[int, ...], Option] = {}
    for o in options:
        total, *_ = residual(rule, o.values)
        if total == 0 and all(path in o.values for path in left):
            values = {path: o.values.get(path, 0) for path, _ in rule.terms}
            key = tuple(values.values())
            same = whole.get(key)
            names = o.names | same.names if same else o.names
            whole[key] = replace(same or o, values=values, names=names)
    return list(whole.values())


def _score(assignment: Assignment, base: Mapping[str, int], cross: Sequence[Equation]) -> int:
    values = dict(base)
    for option in assignment.values():
        values.update(option.values)
    return sum(o.broken for o in assignment.values()) + sum(broken(e, values) for e in cross)


def _likely(assignments: Sequence[Assignment]) -> list[Assignment]:
    """Those in which no place takes a reading much more doubtful than it needs to."""
    least: dict[str, int] = {}
    for a in assignments:
        for place, option in a.items():
            least[place] = min(option.doubt, least.get(place, option.doubt))
    near = [a for a in assignments if all(o.doubt < least[p] + _RIVAL for p, o in a.items())]
    # Where no assignment takes the least of every place, all are rivals.
    near = near or list(assignments)
    return sorted(near, key=lambda a: sum(o.doubt for o in a.values()))


def _uniform(unsure: Mapping[str, Sequence[Option]]) -> Iterator[Assignment]:
    """Assignments in which rows of one shape have one explanation."""
    groups: dict[str, list[str]] = defaultdict(list)
    for place, options in unsure.items():
        groups[_shape(place, options)].append(place)
    ways: list[list[Assignment]] = []
    for places in groups.values():
        common = frozenset.intersection(
            *(frozenset().union(*(o.names for o in unsure[place])) for place in places)
        )
        distinct: dict[tuple[int, ...], Assignment] = {}
        for name in sorted(common):
            way = {
                place: next(o for o in unsure[place] if name in o.names) for place in places
            }
            distinct.setdefault(tuple(id(o) for o in way.values()), way)
        if not distinct:
            return
        ways.append(list(distinct.values()))
    if prod(len(way) for way in ways) > _MOST_UNIFORM:
        return
    for parts in product(*ways):
        whole = {place: option for part in parts for place, option in part.items()}
        if _once(whole.values()):
            yield whole


def _shape(place: str, options: Sequence[Option]) -> str:
    section = place.split(".")[0]
    widths = {len(o.cells) for o in options}
    return f"{section} {min(widths)} {max(widths)}"


# ---------------------------------------------------------------- a patchwork


def _patchwork(
    fixed: Assignment, unsure: Mapping[str, Sequence[Option]], cross: Sequence[Equation]
) -> Choice | None:
    """Assignments that break nothing at all; None if there is none."""
    base = {path: v for option in fixed.values() for path, v in option.values.items()}
    domains = {
        place: [o for o in options if not o.broken] or list(options)
        for place, options in unsure.items()
    }
    if not _narrow(domains, base, cross):
        return None
    order = sorted(domains, key=lambda place: len(domains[place]))
    found: list[Assignment] = []
    nodes = 0
    stack: list[Assignment] = [{}]
    while stack:
        nodes += 1
        if nodes > _MOST_NODES or len(found) > _MOST_SURVIVORS:
            return _unsettled(fixed, domains)
        partial = stack.pop()
        if len(partial) == len(order):
            found.append(partial)
            continue
        place = order[len(partial)]
        for option in reversed(domains[place]):
            longer = {**partial, place: option}
            if _once(longer.values()) and not _score(longer, base, cross):
                stack.append(longer)
    return _surviving(fixed, found) if found else None


def _narrow(
    domains: dict[str, list[Option]], base: Mapping[str, int], cross: Sequence[Equation]
) -> bool:
    """Drop options that no equation between places allows; False if a place is left with none."""
    changed = True
    while changed:
        changed = False
        for equation in cross:
            for path, sign in equation.terms:
                place = place_of(path)
                if len(domains.get(place, ())) < 2:
                    continue
                low, high = _range(equation, path, domains, base)
                kept = [o for o in domains[place] if _within(o, path, sign, low, high)]
                if not kept:
                    return False
                if len(kept) < len(domains[place]):
                    domains[place] = kept
                    changed = True
    return True


def _within(option: Option, path: str, sign: int, low: float, high: float) -> bool:
    value = option.values.get(path)
    if value is None:
        return high >= 0 if sign > 0 else low <= 0
    return low <= sign * value <= high


def _range(
    equation: Equation, path: str, domains: Mapping[str, Sequence[Option]], base: Mapping[str, int]
) -> tuple[float, float]:
    """What sign × value of one cell may be, from all that the other cells may be."""
    low = high = 0.0
    for other, sign in equation.terms:
        if other == path:
            continue
        place = place_of(other)
        if place in domains:
            values = [o.values.get(other) for o in domains[place]]
            known = [v for v in values if v is not None]
            least = 0 if len(known) < len(values) else min(known)
            most = float("inf") if len(known) < len(values) else max(known)
        elif other in base:
            least = most = base[other]
        else:
            least, most = 0, float("inf")
        low += least if sign > 0 else -most
        high += most if sign > 0 else -least
    return -high, -low
