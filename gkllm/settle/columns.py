"""What holds for a whole table: a column was lost, a column is spare, zeros were left blank.

The sums of columns hold in whichever order the columns stand. So they can never tell which
column was lost or is spare; the head of a table can, and the sums of rows can exclude some.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from gkllm.settle.options import RIVAL, Option, local_rules, plausible
from gkllm.settle.sums import Equation, residual

TELLING = 3  # rows that are not all zero and close without their blanks
MISTAKES = 3  # rules that an agency's own mistake in such a table may break
MARGIN = 1  # rules that one explanation may break more than another and still be its rival
_IS_SPARE = "is spare"  # the end of the name of such an explanation
_WHOLE = 7
_NEARLY_WHOLE = (5, 6)  # numbers of a row of seven where a column was lost


def lost_column(
    every: Mapping[str, Sequence[Option]], rules: Sequence[Equation]
) -> dict[str, list[Option]]:
    """Rows that all lack the same one or two numbers, with all ways to read them.

    Which column was lost is not for the sums to say: they hold in whichever order the others
    stand. Only the head of a table can tell, and then there is nothing left to choose.
    """
    counts: dict[int, list[str]] = defaultdict(list)
    for place, options in every.items():
        if place.startswith("requests.") and options[0].cells:
            counts[max(len(o.cells) for o in options)].append(place)
    most = max((n for n in counts if n in _NEARLY_WHOLE), key=lambda n: len(counts[n]), default=0)
    short = sum(len(places) for n, places in counts.items() if n <= max(_NEARLY_WHOLE))
    whole = [place for place in counts[_WHOLE] if len(every[place]) == 1]
    fewest = TELLING if whole else 1
    if len(counts[most]) < fewest or len(counts[most]) * 2 < short:
        return {}
    local = local_rules(rules)
    found: dict[str, list[Option]] = {}
    for place in counts[most]:
        sound = [o for o in plausible(every[place]) if not o.broken]
        if len(sound) > 1:
            found[place] = [_completed(o, local[place]) for o in sound]
    if len(found) > len(whole):
        # Where most rows lack a number, a row of seven has one that is not its own.
        for place in whole:
            (option,) = every[place]
            if any(option.values.values()) and option.doubt < RIVAL:
                found[place] = [option, replace(option, cells={}, values={})]
    return found


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


def spare_column(found: Mapping[str, Sequence[Option]]) -> dict[str, list[Option]]:
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
    if len(wide) < TELLING or all(len(options) == 1 for options in wide.values()):
        return {}
    names = frozenset.intersection(
        *(frozenset().union(*(o.names for o in options)) for options in wide.values())
    )
    fails = {
        name: sum(next(o.broken for o in options if name in o.names) for options in wide.values())
        for name in names
    }
    least = min(fails.values(), default=0)
    if not fails or least > MISTAKES:
        return {}
    # A few rows that are not all zero may add up by the agency's mistake; many do not.
    tested = sum(any(any(o.values.values()) for o in options) for options in wide.values())
    margin = MARGIN if tested <= TELLING else 0
    possible = {name for name, broken in fails.items() if broken <= least + margin}
    return {place: [o for o in options if o.names & possible] for place, options in wide.items()}


def _plausible_or_broken(options: Sequence[Option]) -> list[Option]:
    """The likeliest options, whether or not they add up: an agency's mistake is in all of them."""
    least = min(o.doubt for o in options)
    return [o for o in options if o.doubt < least + RIVAL]


def blanks_are_zeros(
    unsure: Mapping[str, Sequence[Option]], rules: Sequence[Equation]
) -> dict[str, Sequence[Option]]:
    """Read short rows as rows whose zeros were left blank, if the whole table allows it.

    Each short row must then add up without its missing cells, and several that are not all
    zero must do so: one row may do it by accident, and may as well have lost a number.
    """
    local = local_rules(rules)
    closing: dict[str, Sequence[Option]] = {}
    telling = 0
    for place, options in unsure.items():
        rule = local.get(place, [])
        if len(rule) != 1 or any(len(o.values) >= len(rule[0].terms) for o in options):
            continue
        closing[place] = _closed(options, rule[0])
        telling += any(any(o.values.values()) for o in closing[place])
    if telling < TELLING or not all(closing.values()):
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
