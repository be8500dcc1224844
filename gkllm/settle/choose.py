"""Bundles x sum rules > the readings that survive.

Every place has one right bundle. Where a place has several, the rules choose: an explanation
that is the same for the whole table first (the same spare column in every row), a patchwork
of different ones only if that breaks nothing and the other breaks something. Readings that
break equally few rules and are about equally likely all survive; the cells in which they
differ stay open.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import product
from math import prod

from gkllm.document import Span
from gkllm.report import Candidate, Reason
from gkllm.settle.again import printed_again
from gkllm.settle.columns import (
    TELLING,
    blanks_are_zeros,
    blanks_of_their_own,
    lost_column,
    scattered,
    with_none,
)
from gkllm.settle.options import RIVAL, Option, plausible, values_of
from gkllm.settle.patchwork import Sums, possible
from gkllm.settle.spare import (
    IS_SPARE,
    MARGIN,
    MISTAKES,
    beside_empty,
    depth,
    only_joined,
    spare_column,
)
from gkllm.settle.sums import Equation, broken

_MANY = 6  # rows for which one explanation is worth more than one that adds up everywhere
_HOPELESS = 10**6
_MOST_UNIFORM = 400  # explanations for the whole table tried
_MOST_SURVIVORS = 24

Assignment = dict[str, "Option"]  # place > option


@dataclass(frozen=True, slots=True)
class Choice:
    """The surviving assignments, the likeliest first.

    `unsettled` holds options of which there were too many to try all: no cell in which they
    differ is known.
    """

    survivors: tuple[Assignment, ...]
    unsettled: Mapping[str, Sequence[Option]]


def _once(options: Iterable[Option]) -> bool:
    """No two places are the same printed numbers."""
    ats = [o.printed_at for o in options if o.printed_at >= 0]
    return len(set(ats)) == len(ats)


def choose(found: Mapping[str, Sequence[Option]], rules: Sequence[Equation]) -> Choice:
    """The assignments of one option to each place that survive."""
    fixed = {place: options[0] for place, options in found.items() if len(options) == 1}
    unsure = blanks_are_zeros(found, rules)
    fixed |= {place: options[0] for place, options in unsure.items() if len(options) == 1}
    if all(len(options) == 1 for options in unsure.values()):
        return Choice((fixed,), {})
    # A row of which all readings say the same still tells which explanations are possible.
    telling = {place: [option] for place, option in fixed.items() if option.doubt}
    unsure = telling | {place: options for place, options in unsure.items() if len(options) > 1}
    fixed = {place: option for place, option in fixed.items() if place not in telling}
    every = {**unsure, **{place: [option] for place, option in fixed.items()}}
    lost = {**spare_column(every, rules), **lost_column(every, rules)}
    lost |= only_joined(every, lost)
    unsure = {place: options for place, options in unsure.items() if place not in lost}
    fixed |= {place: options[0] for place, options in lost.items() if len(options) == 1}
    lost = {place: options for place, options in lost.items() if len(options) > 1}
    if lost:
        # Columns without certain places say nothing about the rows that remain.
        rest = {p: plausible(o) for p, o in unsure.items() if p.startswith("requests.")}
        lost |= {place: options for place, options in rest.items() if len(options) > 1}
        unsure = {place: options for place, options in unsure.items() if place not in lost}
    settled = _with(_settled(fixed, unsure, rules), lost)
    return _with(settled, losing(found, settled))


def _with(choice: Choice, lost: Mapping[str, Sequence[Option]]) -> Choice:
    if not lost:
        return choice
    agreed = {place: _agreed(options) for place, options in lost.items()}
    for place, options in lost.items():
        if any(o.broken for o in options):  # a row that does not add up may have been moved
            agreed[place] = replace(options[0], cells={}, values={})
    return Choice(
        tuple(_apart({**survivor, **agreed}, agreed) for survivor in choice.survivors),
        {**choice.unsettled, **lost},
    )


def losing(found: Mapping[str, Sequence[Option]], choice: Choice) -> dict[str, list[Option]]:
    """Rows that would lose a number: beside a reading as likely that keeps all and adds up, or
    whichever of several readings is right, which none of them may be, or by what no other row says.

    Where the latter are many, the numbers are those of a column that is none of the form's.
    """
    kept: dict[str, list[Option]] = {}
    torn: dict[str, list[Option]] = {}
    taken = {
        place: choice.unsettled.get(place) or [s[place] for s in choice.survivors if place in s]
        for place in found
    }
    # Labels of another depth may push another column aside.
    told = Counter(
        (depth(place), name)
        for place, o in taken.items()
        for name in {n for one in o for n in one.names}
    )
    for place, options in found.items():
        if len(options) < 2 or not place.startswith("requests.") or printed_again(options):
            continue
        chosen = taken[place]
        printed = frozenset().union(*map(_counted, options))
        if any(printed <= _counted(o) for o in chosen):
            continue
        least = min((o.doubt for o in chosen), default=-1)
        whole = [o for o in options if o.doubt <= least and not o.broken and printed <= _counted(o)]
        if whole:
            kept[place] = [*chosen, *whole]
        elif len(chosen) > 1 or (chosen and _alone(place, chosen[0], told)):
            torn[place] = with_none(chosen)
    return {**kept, **(torn if len(torn) <= MISTAKES else {})}


def _alone(place: str, option: Option, told: Mapping[tuple[int, str], int]) -> bool:
    """Whether a row drops a number by an explanation that hardly any other row as deep has."""
    deep = depth(place)
    return all(name.endswith(IS_SPARE) and told[deep, name] < TELLING for name in option.names)


def _counted(option: Option) -> frozenset[Span]:
    """Where the numbers other than 0 of an option stand."""
    return frozenset(c.span for c in option.cells.values() if c.value and c.span)


def _settled(
    fixed: Assignment, unsure: Mapping[str, Sequence[Option]], rules: Sequence[Equation]
) -> Choice:
    if not unsure:
        return Choice((fixed,), {})
    cross = [e for e in rules if len(e.places) > 1]
    base = {path: v for option in fixed.values() for path, v in option.values.items()}
    already = _score({}, base, cross)
    alone = blanks_of_their_own(unsure, fixed, rules)
    uniform, least = _weighed(unsure, alone, base, cross)
    own = scattered(unsure, fixed) - alone
    # One explanation for all of them must hold, and cannot where they lack more and fewer numbers.
    uneven = len({len(unsure[place][0].cells) for place in own}) > 1
    if own and (uneven or least > already):
        alone |= own
        uniform, least = _weighed(unsure, alone, base, cross)
    if least > already + (MISTAKES if len(unsure) >= _MANY else 0):
        likely = {place: plausible(options) for place, options in unsure.items()}
        patched = _patchwork(fixed, likely, cross, alone)
        if patched is not None:
            return patched
        if least >= _HOPELESS:
            return _unsettled(fixed, likely)
    # One broken rule more or less may be the agency's doing, in a table of many such rows.
    margin = MARGIN if len(unsure) >= TELLING else 0
    return _surviving(fixed, [a for score, a in uniform if score <= least + margin], alone)


def _weighed(
    unsure: Mapping[str, Sequence[Option]],
    alone: AbstractSet[str],
    base: Mapping[str, int],
    cross: Sequence[Equation],
) -> tuple[list[tuple[int, Assignment]], int]:
    """The explanations for the whole table with how many rules each breaks, and the fewest."""
    uniform = [(_score(a, base, cross), a) for a in _uniform(_groups(unsure, alone))]
    return uniform, min((score for score, _ in uniform), default=_HOPELESS)


def _surviving(
    fixed: Assignment, assignments: Sequence[Assignment], alone: AbstractSet[str]
) -> Choice:
    """The likely ones of assignments; if they are too many, what they agree on."""
    likely = _likely(_of_one_name(assignments, alone))
    if len(likely) > _MOST_SURVIVORS:
        return _unsettled(fixed, _options_of(likely))
    return Choice(tuple({**fixed, **a} for a in likely), {})


def _unsettled(fixed: Assignment, unsettled: Mapping[str, Sequence[Option]]) -> Choice:
    agreed = {place: _agreed(options) for place, options in unsettled.items()}
    return Choice((_apart({**fixed, **agreed}, agreed),), unsettled)


def _apart(whole: Assignment, unsettled: Iterable[str]) -> Assignment:
    """The assignment without unsettled places that would be numbers which are another's too."""
    users = Counter(
        span for option in whole.values() for span in {c.span for c in option.cells.values()}
    )
    # A number of which nobody can tell whose it is may be any of several places'.
    shared = {
        place
        for place in unsettled
        for c in whole[place].cells.values()
        if c.span and users[c.span] > 1 and c.reason is not Reason.AMBIGUOUS
    }
    return {
        place: replace(option, cells={}, values={}) if place in shared else option
        for place, option in whole.items()
    }


def _options_of(assignments: Sequence[Assignment]) -> dict[str, list[Option]]:
    found: dict[str, dict[int, Option]] = defaultdict(dict)
    for assignment in assignments:
        for place, option in assignment.items():
            found[place][id(option)] = option
    return {place: list(options.values()) for place, options in found.items()}


def _of_one_name(
    assignments: Sequence[Assignment], alone: AbstractSet[str]
) -> Sequence[Assignment]:
    """Those with the same explanation in every place of a section, if there are any.

    But for places that stand `alone`.
    """
    return [a for a in assignments if _one_name(a, alone)] or assignments


def _one_name(assignment: Assignment, alone: AbstractSet[str]) -> bool:
    names: dict[str, frozenset[str]] = {}
    for place, option in assignment.items():
        if place in alone:
            continue
        section = place.partition(".")[0]
        names[section] = names.get(section, option.names) & option.names
    return all(names.values())


def _agreed(options: Sequence[Option]) -> Option:
    """What all options of a place say, if at least one of them prints it.

    A value that is the same in all of them, and stands elsewhere in each, has no place.
    """
    cells: dict[str, Candidate] = {}
    if all(o.broken for o in options):  # none of them is right
        return replace(options[0], cells=cells, values={})
    paths = dict.fromkeys(path for option in options for path in option.cells)
    for path in paths:
        printed = [o.cells[path] for o in options if path in o.cells]
        values = {o.values.get(path) for o in options} | {c.value for c in printed if c.value}
        if len(values) == 1:
            same = len(printed) == len(options) and len({c.span for c in printed}) == 1
            if same:
                cells[path] = printed[0]
            elif not any(o.broken for o in options):
                cells[path] = printed[0]._replace(span=None, quote=None)
    return replace(options[0], cells=cells, values=values_of(cells))


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
    near = [a for a in assignments if all(o.doubt < least[p] + RIVAL for p, o in a.items())]
    # Where no assignment takes the least of every place, all are rivals.
    near = near or list(assignments)
    return sorted(near, key=lambda a: sum(o.doubt for o in a.values()))


def _groups(
    unsure: Mapping[str, Sequence[Option]], alone: AbstractSet[str]
) -> list[dict[str, Sequence[Option]]]:
    """Places of one shape, which may have one explanation; each by itself that stands `alone`."""
    groups: dict[str, dict[str, Sequence[Option]]] = defaultdict(dict)
    for place, options in unsure.items():
        groups[place if place in alone else _shape(place, options)][place] = options
    return list(groups.values())


def _uniform(groups: Sequence[Mapping[str, Sequence[Option]]]) -> Iterator[Assignment]:
    """Assignments in which rows of one shape have one explanation, if they are several."""
    ways: list[list[Assignment]] = []
    for unsure in groups:
        if len(unsure) < TELLING:  # what befell a row or two says nothing about the table
            ways += [[{place: option} for option in options] for place, options in unsure.items()]
            continue
        common = frozenset.intersection(
            *(frozenset().union(*(o.names for o in options)) for options in unsure.values())
        )
        distinct: dict[tuple[int, ...], Assignment] = {}
        for name in sorted(common):
            way = {
                place: next(o for o in options if name in o.names)
                for place, options in unsure.items()
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
    section = place.split(".", maxsplit=1)[0]
    widths = {len(o.cells) for o in options}
    return f"{section} {min(widths)} {max(widths)} {beside_empty(options)}"


# ---------------------------------------------------------------- a patchwork


def _patchwork(
    fixed: Assignment,
    unsure: Mapping[str, Sequence[Option]],
    cross: Sequence[Equation],
    alone: AbstractSet[str],
) -> Choice | None:
    """Assignments that break nothing at all; None if there is none."""
    base = {path: v for option in fixed.values() for path, v in option.values.items()}
    domains = {
        place: [o for o in options if not o.broken] or list(options)
        for place, options in unsure.items()
    }
    sums = Sums(domains, base, cross)
    left = possible(domains, sums)
    if left is None:
        return None
    found: list[Assignment] = []
    stack = [left]
    while stack:
        narrowed = sums.narrowed(stack.pop())
        if sums.tired or len(found) > _MOST_SURVIVORS:
            return _unsettled(fixed, left)
        if narrowed is None:
            continue
        open_ = [place for place, options in narrowed.items() if len(options) > 1]
        whole = {place: options[0] for place, options in narrowed.items()}
        if open_:
            stack += [{**narrowed, open_[0]: [o]} for o in reversed(narrowed[open_[0]])]
        elif _once(whole.values()):
            found.append(whole)
    return _surviving(fixed, found, alone) if found else None
