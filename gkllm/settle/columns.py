"""What holds for a whole table: a column was lost, or zeros were left blank.

The sums of columns hold in whichever order the columns stand. So they can never tell which
column was lost or is spare; the head of a table can, and the sums of rows can exclude some.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from gkllm.settle.options import RIVAL, Option, local_rules, plausible
from gkllm.settle.sums import Equation, residual

TELLING = 3  # rows that are not all zero and close without their blanks
WHOLE = 7
_TOTAL = ".total"
_ALIKE = 0.7  # share of the short rows that lack the same number; blanks make them differ
_ENOUGH = 0.5  # rows of seven that add up, for each that lacks a number, where zeros are blank
_FEW_LOST = 2  # numbers that a row lacks whose others may tell which
_NEARLY_WHOLE = (5, 6)  # numbers of a row of seven where a column was lost


def lost_column(
    every: Mapping[str, Sequence[Option]], rules: Sequence[Equation]
) -> dict[str, list[Option]]:
    """Rows that all lack the same one or two numbers, with all ways to read them.

    Which column was lost is not for the sums to say: they hold in whichever order the others
    stand. Only the head of a table can tell, and then there is nothing left to choose.
    """
    by_count: dict[int, list[str]] = defaultdict(list)
    for place, options in every.items():
        sure = len(options) > 1 and not _of_columns(options) and len(options[0].cells) < WHOLE
        if place.startswith("requests.") and options[0].cells and not sure:
            by_count[max(len(o.cells) for o in options)].append(place)
    most = max(
        (n for n in by_count if n in _NEARLY_WHOLE), key=lambda n: len(by_count[n]), default=0
    )
    short = sum(len(places) for n, places in by_count.items() if n <= max(_NEARLY_WHOLE))
    whole = [place for place in by_count[WHOLE] if len(every[place]) == 1]
    fewest = TELLING if whole else 1
    if len(by_count[most]) < fewest or len(by_count[most]) < short * _ALIKE:
        return {}
    local = local_rules(rules)
    closing = _whole_rows(((place, every[place][0]) for place in whole), local)
    if closing >= TELLING and closing >= len(by_count[most]) * _ENOUGH:
        return {}  # rows of seven that add up have all their columns, and the others blanks
    found: dict[str, list[Option]] = {}
    for place in by_count[most]:
        sound = [o for o in plausible(every[place]) if not o.broken]
        if len(sound) > 1:
            found[place] = [_completed(o, local[place], alone=most == min(by_count)) for o in sound]
    if len(found) > len(by_count[WHOLE]):
        # Where most rows lack a number, a row of seven has one that is not its own; and one of
        # more, which may be seven in several ways, has it too.
        for place in by_count[WHOLE]:
            if counts(every[place]) and every[place][0].doubt < RIVAL:
                found[place] = with_none(every[place])
    return found


def _whole_rows(rows: Iterable[tuple[str, Option]], local: Mapping[str, Sequence[Equation]]) -> int:
    """How many rows of section 三 print all their seven numbers, not all zero, and add up."""
    return sum(
        of_requests(place) and len(option.cells) == WHOLE and _sound(option, local[place])
        for place, option in rows
    )


def blanks_of_their_own(
    unsure: Mapping[str, Sequence[Option]], fixed: Mapping[str, Option], rules: Sequence[Equation]
) -> frozenset[str]:
    """Rows that lack a number or two of seven, where many have all seven and add up."""
    short, _ = _short_among_whole(unsure, fixed, WHOLE)
    told = _whole_rows(fixed.items(), local_rules(rules)) >= TELLING
    return frozenset(short if told else ())


def scattered(
    unsure: Mapping[str, Sequence[Option]], fixed: Mapping[str, Option]
) -> frozenset[str]:
    """Rows that lack a number or two of as many as any has, and stand between many such.

    No lost column would scatter them.
    """
    most = max((len(o.cells) for place, o in fixed.items() if of_requests(place)), default=0)
    short, whole = _short_among_whole(unsure, fixed, most)
    order = sorted(
        [*((at, True) for at in whole.values()), *((at, False) for at in short.values())]
    )
    stretches = [is_whole for is_whole, _ in groupby(is_whole for _, is_whole in order)]
    return frozenset(short if stretches.count(False) >= TELLING else ())


def _short_among_whole(
    unsure: Mapping[str, Sequence[Option]], fixed: Mapping[str, Option], width: int
) -> tuple[dict[str, int], dict[str, int]]:
    """Where rows stand that lack a number or two of so many, and those that do not.

    None where these are not many.
    """
    short = {
        place: options[0].printed_at
        for place, options in unsure.items()
        if of_requests(place) and 0 < width - max(len(o.cells) for o in options) <= _FEW_LOST
    }
    rows = {place: option for place, option in fixed.items() if of_requests(place)}
    whole = {place: o.printed_at for place, o in rows.items() if len(o.cells) == width}
    return (short, whole) if len(whole) >= len(short) * _ENOUGH else ({}, {})


def _sound(option: Option, rules: Sequence[Equation]) -> bool:
    """Whether a row counts anything, as printed, and adds up."""
    return (
        any(option.values.values())
        and not option.doubt
        and not any(any(residual(rule, option.values)) for rule in rules)
    )


def _of_columns(options: Sequence[Option]) -> bool:
    """Whether options differ in the columns that they fill, and not only in whose numbers."""
    return len({frozenset(o.cells) for o in options}) > 1


def _completed(option: Option, rules: Sequence[Equation], *, alone: bool) -> Option:
    """The option with zeros for the cells that must be.

    Those are the lost cells of a row that adds up without them. And one lost cell of a row of
    zeros, if no row lacks more: a row that counts anything prints it twice, in a part and in
    the total.
    """
    counting = any(option.values.values())
    # There are no rules for a row that this form has not, as 小计 beside the items of its group.
    if not rules or not (counting or alone):
        return option
    total, plus, minus = residual(rules[0], option.values)
    zeros = not counting and plus + minus == 1
    if not zeros and (total or plus):
        return option
    values = {path: option.values.get(path, 0) for path, _ in rules[0].terms}
    return replace(option, values=values)


def of_requests(place: str) -> bool:
    """Whether a place is a row of section 三."""
    return place.startswith("requests.")


def with_none(options: Sequence[Option]) -> list[Option]:
    """Options, and that none of them is right."""
    return [*options, replace(options[0], cells={}, values={})]


def counts(options: Sequence[Option]) -> bool:
    """Whether any option has a number other than 0."""
    return any(value for option in options for value in option.values.values())


def blanks_are_zeros(
    found: Mapping[str, Sequence[Option]], rules: Sequence[Equation]
) -> dict[str, Sequence[Option]]:
    """The places of several options, short rows read as rows whose zeros were left blank.

    Each short row must then add up without its missing cells, and several that are not all
    zero must do so: one row may do it by accident, and may as well have lost a number. So may
    a row of which only zeros are left, where the totals lack something.
    """
    unsure = {place: options for place, options in found.items() if len(options) > 1}
    local = local_rules(rules)
    closing: dict[str, Sequence[Option]] = {}
    telling: dict[int, tuple[int, ...]] = {}  # where a row stands > what it counts
    for place, options in unsure.items():
        rule = local.get(place, [])
        if len(rule) != 1 or any(len(o.values) >= len(rule[0].terms) for o in options):
            continue
        if not _of_columns(options):
            continue
        closing[place] = _closed(place, options, rule[0])
        telling |= {
            o.printed_at: tuple(sorted(o.values.values()))
            for o in closing[place]
            if any(o.values.values())
        }
    if len(telling) < TELLING or not all(closing.values()):
        return unsure
    widths = {max(len(o.cells) for o in options) for options in closing.values()}
    if widths <= set(_NEARLY_WHOLE) and len(set(telling.values())) < TELLING:
        return unsure  # all may lack the same number: the total, and the last is a part as large
    if all(_begins_with_zero(o) for o in closing.values() if counts(o)):
        # It may be a column of zeros before all others, which is none of theirs.
        return {**unsure, **{place: with_none(options) for place, options in closing.items()}}
    lacking = _lacking({**found, **closing}, rules)
    doubted = {p: with_none(o) for p, o in closing.items() if p in lacking and _hides(o)}
    return {**unsure, **closing, **doubted}


def _begins_with_zero(options: Sequence[Option]) -> bool:
    """Whether the first number that a row prints is 0."""
    printed = [
        (c.span, c.value) for c in options[0].cells.values() if c.span and c.value is not None
    ]
    return min(printed, default=(None, None))[1] == 0


def _hides(options: Sequence[Option]) -> bool:
    """Whether a row of zeros may have lost a count: it stands twice, in a part and in the sum."""
    return not counts(options) and all(len(o.values) - len(o.cells) > 1 for o in options)


def _lacking(found: Mapping[str, Sequence[Option]], rules: Sequence[Equation]) -> frozenset[str]:
    """The places in sums between rows that do not close with what is known of their cells."""
    known = {
        path: value
        for options in found.values()
        for path, value in options[0].values.items()
        if all(option.values.get(path) == value for option in options)
    }
    across = [e for e in rules if len(e.places) > 1]
    return frozenset(p for e in across if _lacks(e, known) for p in e.places)


def _lacks(equation: Equation, known: Mapping[str, int]) -> bool:
    """Whether totals that are known do not add up: a row of blanks may hold what they lack."""
    total, *_ = residual(equation, known)
    return total != 0 and all(p.endswith(_TOTAL) for p in equation.paths)


def _closed(place: str, options: Sequence[Option], rule: Equation) -> list[Option]:
    """The options that print the sum and add up to it, missing cells as 0; equal ones once.

    Each has a name of its own: which zeros a row left blank says nothing about other rows.
    """
    left = [path for path, sign in rule.terms if sign > 0]
    whole: dict[tuple[int, ...], Option] = {}
    for o in options:
        total, *_ = residual(rule, o.values)
        if total == 0 and all(path in o.values for path in left):
            values = {path: o.values.get(path, 0) for path, _ in rule.terms}
            key = tuple(values.values())
            name = f"{place} {' '.join(map(str, key))}, zeros blank"
            whole.setdefault(key, replace(o, values=values, names=frozenset((name,))))
    return list(whole.values())
