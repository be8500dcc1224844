"""What holds for a whole table: a column is spare, none of the form's.

As with a lost column, the sums of columns hold in whichever order the columns stand. So they speak
only where other rows of the table have no spare number, and show what the columns are; else the
sums of the rows alone can tell that a column is not the spare one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from gkllm.report import BESIDE_EMPTY
from gkllm.settle.again import printed_again
from gkllm.settle.columns import TELLING, WHOLE, counts, of_requests, with_none
from gkllm.settle.options import RIVAL, Option, local_rules
from gkllm.settle.sums import Equation, broken, residual

MISTAKES = 3  # rules that an agency's own mistake in such a table may break
MARGIN = 1  # rules that one explanation may break more than another and still be its rival
IS_SPARE = "is spare"  # the end of the name of such an explanation
_SPLIT = "one, split"  # the end of another


def spare_column(
    found: Mapping[str, Sequence[Option]], rules: Sequence[Equation]
) -> dict[str, list[Option]]:
    """Rows that all have one number too many, with the readings that the sums allow."""
    wide: dict[str, dict[str, list[Option]]] = defaultdict(dict)
    narrow: dict[str, Option] = {}
    local = local_rules(rules)
    for place, options in found.items():
        told = [name for o in options for name in o.names]
        spare = next((name for name in told if name.endswith(IS_SPARE)), None)
        # Of a row that may be one of several prints, nobody knows what is spare in it.
        if spare and of_requests(place) and not printed_again(options):
            wide[_without_column(spare)][place] = _plausible_or_broken(options)
        elif len(options) == 1 and not _fails(options[0], local.get(place, ())):
            narrow[place] = options[0]
    if not wide:
        return {}
    if _zeros_are_blank(found, local):
        wide = {
            shape: {p: [_zeros_filled(o, local[p]) for o in os] for p, os in rows.items()}
            for shape, rows in wide.items()
        }
        narrow = {p: _zeros_filled(o, local[p]) for p, o in narrow.items()}
    wide = _by_depth(wide)
    kept: dict[str, list[Option]] = {}
    for rows in sorted(wide.values(), key=_widest):
        others = [option.values for option in narrow.values()]
        settled = _one_spare(rows, others, rules, local)
        narrow |= {p: options[0] for p, options in settled.items() if len(options) == 1}
        kept |= settled
    # Without others like it, a row that counts nothing but its spare number may count that.
    unsettled = {p: o for rows in wide.values() for p, o in rows.items() if p not in kept}
    return kept | {
        place: with_none(options)
        for place, options in unsettled.items()
        if _lone([o for o in options if not o.broken], options)
    }


def only_joined(
    every: Mapping[str, Sequence[Option]], wide: Mapping[str, Sequence[Option]]
) -> dict[str, list[Option]]:
    """Rows that are read by joining numbers alone, with none of these readings being right.

    Where most rows have a spare number, they have one too.
    """
    spare = [p for p, options in wide.items() if any(n.endswith(IS_SPARE) for n in _names(options))]
    whole = [p for p, options in every.items() if of_requests(p) and len(options) == 1]
    if len(spare) <= len(whole):
        return {}
    return {
        place: with_none(options)
        for place, options in every.items()
        if of_requests(place) and all(name.endswith(_SPLIT) for name in _names(options))
    }


def _by_depth(
    wide: Mapping[str, Mapping[str, list[Option]]],
) -> dict[str, dict[str, list[Option]]]:
    """Rows of one shape, one or two apart whose labels do not stand as deep as all others'.

    So few may have a cell too many for a reason of their own.
    """
    found: dict[str, dict[str, list[Option]]] = defaultdict(dict)
    for shape, rows in wide.items():
        depths = Counter(map(depth, rows))
        for place, options in rows.items():
            few = depths[depth(place)] < TELLING <= len(rows)
            found[f"{shape}, {depth(place)}" if few else shape][place] = options
    return found


def depth(place: str) -> int:
    """How deep the label of a row stands: 1 for a row of its own, 2 for one of a group."""
    return place.count(".")


def _fails(option: Option, rules: Sequence[Equation]) -> bool:
    """Whether a row does not add up: it may have been shifted, and tells nothing of columns."""
    return any(broken(rule, option.values) for rule in rules)


def _widest(rows: Mapping[str, Sequence[Option]]) -> int:
    """How many ways there are to read the row that has most: those with fewer tell of others."""
    return max(map(len, rows.values()))


def _without_column(name: str) -> str:
    """What explanations of rows of one shape have in common: how many numbers, what is beside."""
    before, _, column = name.partition("column ")
    return before + column.partition(" of ")[2]


def _zeros_are_blank(
    found: Mapping[str, Sequence[Option]], local: Mapping[str, Sequence[Equation]]
) -> bool:
    """Whether section 三 prints no 0, and all its rows that count add up without one.

    A row of several readings does so in one of those that drop nothing but empty cells.
    """
    every = {place: options for place, options in found.items() if of_requests(place)}
    values = (v for options in every.values() for o in options for v in o.values.values())
    if any(value == 0 for value in values):
        return False
    told = []
    for place, options in every.items():
        if counts(options):
            most = max(len(o.values) for o in options)
            whole = [o.values for o in options if len(o.values) == most]
            told.append(any(not residual(rule, v)[0] for v in whole for rule in local[place]))
    return len(told) >= TELLING and all(told)


def _zeros_filled(option: Option, rules: Sequence[Equation]) -> Option:
    """The option with its blanks as zeros."""
    values = {path: option.values.get(path, 0) for path in option.cells}
    return replace(option, values=values, broken=sum(broken(rule, values) for rule in rules))


def beside_empty(options: Sequence[Option]) -> bool:
    """Whether the first cell of a row is a blank, or what a merged label cell left."""
    return any(name.startswith(BESIDE_EMPTY) for o in options for name in o.names)


def _one_spare(
    wide: Mapping[str, list[Option]],
    narrow: Sequence[Mapping[str, int]],
    rules: Sequence[Equation],
    local: Mapping[str, Sequence[Equation]],
) -> dict[str, list[Option]]:
    """Rows of which the same column is spare; `narrow` are the values of the other rows."""
    one = all(len(options) == 1 for options in wide.values())
    if len(wide) < TELLING or (one and any(options[0].broken for options in wide.values())):
        return {}
    if one:
        return dict(wide)
    said = {place: _names(options) for place, options in wide.items()}
    names = frozenset.intersection(*said.values())
    if not names:
        return _without_astray(wide, said, narrow, rules, local)
    weighed = _weigh(names, wide, narrow, rules, local)
    if weighed is None:
        return {}
    kept = {
        place: [o for o in options if o.names & weighed.possible] for place, options in wide.items()
    }
    told = weighed.lead >= TELLING or (not weighed.least and _told(kept, wide, local))
    if told and all(len(options) == 1 for options in kept.values()):
        # What the sums of several rows say of a column is no liberty of the others.
        kept = {p: [replace(o, doubt=0) for o in options] for p, options in kept.items()}
    # A number that a row or two have in the spare column may be what they count, and an agency's
    # mistake. Where such rows are many the column is one of numbers, as of lines.
    beside = [p for p, options in kept.items() if _numbers(options) < _numbers(wide[p])]
    if len(beside) > MISTAKES:
        return kept | {p: with_none(wide[p]) for p in _telling_alone(weighed, kept)}
    found = {p for p in beside if len(beside) < TELLING and not any(o.broken for o in kept[p])}
    # A copy of the number next to it, either of which may go, is no count.
    alone = {p for p in found if all(len(o.names) == 1 for o in kept[p])}
    several = weighed.tested - len(beside) >= TELLING
    silent = found if several and not _lacking_columns(weighed.ways) else alone
    if silent:
        # Nor do such rows tell which column is spare.
        rest = {p: options for p, options in wide.items() if p not in silent}
        kept |= _one_spare(rest, narrow, rules, local) or rest
        common = frozenset.intersection(*(_names(kept[p]) for p in rest))
        kept |= {p: [o for o in wide[p] if o.names & common] for p in silent if common}
    return kept | {
        p: with_none(wide[p]) for p, o in kept.items() if p in alone or _lone(o, wide[p])
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighed:
    """The explanations of a table by their names, and which of them are `possible`.

    `ways` are the options of all rows by each; `in_rows` how many rows do not add up by it, of
    which `tested` count something; `least` is the fewest.
    """

    ways: Mapping[str, Mapping[str, Option]]
    in_rows: Mapping[str, int]
    least: int
    tested: int
    possible: AbstractSet[str]

    @property
    def lead(self) -> int:
        """How many rows more fail by the best of the others."""
        others = (n for name, n in self.in_rows.items() if name not in self.possible)
        return min(others, default=0) - self.least


def _weigh(
    names: Iterable[str],
    wide: Mapping[str, list[Option]],
    narrow: Sequence[Mapping[str, int]],
    rules: Sequence[Equation],
    local: Mapping[str, Sequence[Equation]],
) -> _Weighed | None:
    """Which of the explanations the sums allow; None where no sums of rows tell."""
    ways = {
        name: {p: next(o for o in options if name in o.names) for p, options in wide.items()}
        for name in names
    }
    fails = {name: sum(o.broken for o in rows.values()) for name, rows in ways.items()}
    near = {name for name, n in fails.items() if n <= min(fails.values()) + MARGIN}
    ways = _without_counts(ways, near, wide)
    if any(_whole_and_sound(rows, local) for rows in ways.values()):
        # Blanks are no excuse where one explanation leaves whole rows that add up.
        in_rows = {name: _misses(rows, local) for name, rows in ways.items()}
    else:
        in_rows = {name: fails[name] for name in ways}
    least = min(in_rows.values())
    if least > (0 if any(map(_split_and_sound, wide.values())) else MISTAKES):
        return None
    in_columns = _failing_columns(ways, near & ways.keys(), narrow, rules, local)
    # A row may fail to add up by the agency's mistake. Where many count something and the sums of
    # columns do not tell, one that fails still does.
    tested = sum(map(counts, wide.values()))
    apart = len({n for name, n in in_columns.items() if in_rows[name] <= least + MARGIN}) > 1
    margin = MARGIN if apart or tested <= TELLING else 0
    missed = {
        n: sums + in_rows[n] for n, sums in in_columns.items() if in_rows[n] <= least + margin
    }
    possible = {name for name, n in missed.items() if n <= min(missed.values()) + MARGIN}
    return _Weighed(ways=ways, in_rows=in_rows, least=least, tested=tested, possible=possible)


def _telling_alone(weighed: _Weighed, kept: Mapping[str, Sequence[Option]]) -> set[str]:
    """Rows that alone tell two columns of numbers apart: each prints one number in two ways."""
    near = {name for name, n in weighed.in_rows.items() if n <= weighed.least + MARGIN}
    rivals = near - weighed.possible
    copies = (
        [place for place, option in weighed.ways[name].items() if option not in kept[place]]
        for name in rivals
    )
    return {places[0] for places in copies if len(places) == 1}


def _failing_columns(
    ways: Mapping[str, Mapping[str, Option]],
    near: Iterable[str],
    narrow: Sequence[Mapping[str, int]],
    rules: Sequence[Equation],
    local: Mapping[str, Sequence[Equation]],
) -> dict[str, int]:
    """How many sums between rows fail by each explanation.

    A row that adds up in no way that is near was moved, and tells nothing of columns.
    """
    across = [e for e in rules if len(e.places) > 1]
    rows = [(place, option) for name in near for place, option in ways[name].items()]
    adding = {place for place, option in rows if not _zeros_filled(option, local[place]).broken}
    found: dict[str, int] = {}
    for name, way in ways.items():
        sound = (option.values for place, option in way.items() if place in adding)
        values = {path: value for row in (*narrow, *sound) for path, value in row.items()}
        found[name] = sum(broken(e, values) for e in across)
    return found


def _names(options: Iterable[Option]) -> frozenset[str]:
    """All explanations of a row."""
    return frozenset().union(*(o.names for o in options))


def _without_counts(
    ways: Mapping[str, dict[str, Option]],
    near: Iterable[str],
    wide: Mapping[str, Sequence[Option]],
) -> dict[str, dict[str, Option]]:
    """The likely explanations, without those by which several rows lose a number.

    But only where by another a column goes that is empty or zero in all of them, and no column was
    lost: a copy of another column, which sums would tell, counts too.
    """
    if _lacking_columns(ways):
        return dict(ways)
    drops = {n: sum(_numbers([o]) < _numbers(wide[p]) for p, o in ways[n].items()) for n in near}
    many = {n for n, rows in drops.items() if rows >= TELLING and not min(drops.values())}
    return {name: rows for name, rows in ways.items() if name not in many}


def _lacking_columns(ways: Mapping[str, Mapping[str, Option]]) -> bool:
    """Whether some row lacks a cell in some explanation: a column was lost as well."""
    return any(len(o.cells) < WHOLE for rows in ways.values() for o in rows.values())


def _without_astray(
    wide: Mapping[str, list[Option]],
    said: Mapping[str, frozenset[str]],
    narrow: Sequence[Mapping[str, int]],
    rules: Sequence[Equation],
    local: Mapping[str, Sequence[Equation]],
) -> dict[str, list[Option]]:
    """The rows where one or two have an explanation of their own: a cell of those was lost."""
    told = Counter(name for names in said.values() for name in names)
    most = max(told.values())
    common = {name for name, rows in told.items() if rows == most}
    astray = {place for place, names in said.items() if names.isdisjoint(common)}
    if most < TELLING or not 0 < len(astray) <= MISTAKES:
        return {}
    rest = {place: options for place, options in wide.items() if place not in astray}
    kept = _one_spare(rest, narrow, rules, local) or rest
    return kept | {place: with_none(wide[place]) for place in astray}


def _misses(rows: Mapping[str, Option], local: Mapping[str, Sequence[Equation]]) -> int:
    """How many rows do not add up with their blanks as zeros."""
    return sum(any(residual(r, o.values)[0] for r in local[p]) for p, o in rows.items())


def _whole_and_sound(rows: Mapping[str, Option], local: Mapping[str, Sequence[Equation]]) -> bool:
    """Whether all rows, but one that was damaged, print seven numbers and add up."""
    lacking = sum(len(option.values) < WHOLE for option in rows.values())
    telling = sum(map(counts, ([option] for option in rows.values()))) - MARGIN >= TELLING
    return telling and lacking <= MARGIN and _misses(rows, local) <= MARGIN


def _numbers(options: Sequence[Option]) -> int:
    """How many numbers other than 0 some option has."""
    return max(sum(map(bool, option.values.values())) for option in options)


def _lone(kept: Sequence[Option], options: Sequence[Option]) -> bool:
    """Whether a row may count nothing with a spare number, and adds up in no other way or must."""
    counting = [o for o in options if counts([o])]
    idle = not all(counts([o]) for o in kept)
    return bool(counting) and idle and (not counts(kept) or all(o.broken for o in counting))


def _told(
    kept: Mapping[str, Sequence[Option]],
    wide: Mapping[str, Sequence[Option]],
    local: Mapping[str, Sequence[Equation]],
) -> bool:
    """Whether several rows add up, all cells printed, and no other explanation fits all these."""
    sound = [
        place
        for place, (option, *more) in kept.items()
        if not more
        and any(option.values.values())
        and all(residual(rule, option.values) == (0, 0, 0) for rule in local[place])
    ]
    if len(sound) < TELLING:
        return False
    possible = frozenset().union(*(option.names for place in sound for option in kept[place]))
    for place in sound:
        possible &= {name for o in wide[place] if not o.broken for name in o.names}
    return all(possible <= option.names for options in kept.values() for option in options)


def _split_and_sound(options: Sequence[Option]) -> bool:
    """Whether a row adds up if numbers of it are one that was split."""
    return any(not o.broken and all(name.endswith(_SPLIT) for name in o.names) for o in options)


def _plausible_or_broken(options: Sequence[Option]) -> list[Option]:
    """The likeliest options, whether or not they add up: an agency's mistake is in all of them."""
    least = min(o.doubt for o in options)
    return [o for o in options if o.doubt < least + RIVAL]
