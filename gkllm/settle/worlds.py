"""What one surviving assignment makes of the table cells: printed, doubted, concluded.

A cell is trusted where its place is certain or a rule over printed cells speaks for it. From
cells that are not trusted nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from gkllm.form import Form
from gkllm.report import Candidate, Field, Reason
from gkllm.settle.choose import Assignment
from gkllm.settle.columns import TELLING
from gkllm.settle.facts import agreeing, zeros
from gkllm.settle.options import Option, values_of
from gkllm.settle.sums import (
    Equation,
    broken,
    confirms,
    derive,
    place_of,
    residual,
    suspects,
)

_EMPTY = (Reason.BLANK, Reason.NOT_APPLICABLE)
_NEVER_DERIVED = (Reason.NOT_APPLICABLE, Reason.ABSENT, Reason.AMBIGUOUS)

Derived = dict[str, tuple[int, tuple[str, ...]]]  # path > value and what it follows from


@dataclass(frozen=True, slots=True)
class World:
    """One assignment with what follows from it.

    `suspects` are cells in doubt where sums fail, with the value that would mend them;
    `shaky` cells were placed by a liberty that nothing confirms, or stand in a row that was moved;
    `confirmed` cells have a rule over printed cells, or a sentence, that agrees.
    """

    printed: Mapping[str, Candidate]
    suspects: Mapping[str, int | None]
    shaky: AbstractSet[str]
    confirmed: AbstractSet[str]
    derived: Derived

    def value(self, path: str) -> object:
        """The value of a cell, printed or concluded; None if it has none."""
        candidate = self.printed.get(path)
        if candidate is not None and candidate.value is not None:
            return candidate.value
        return self.derived[path][0] if path in self.derived else None


def world(
    assignment: Assignment,
    offered: Mapping[str, Sequence[Option]],
    spoken_of: AbstractSet[str],
    open_cells: AbstractSet[str],
    rules: tuple[Equation, ...],
    facts: Mapping[str, Field],
    form: Form,
) -> World:
    """Conclude from an assignment.

    `offered` are all options that there were for each place, `spoken_of` the places of which the
    document says anything, however read.
    """
    printed = {p: c for option in assignment.values() for p, c in option.cells.items()}
    values = {p: c.value for p, c in printed.items() if isinstance(c.value, int)}
    doubted = suspects(rules, values_of(printed) | _blank_zeros(printed, spoken_of, rules))
    doubted = {path: value for path, value in doubted.items() if path in values}
    sure = {p: v for p, v in values.items() if p not in doubted} if doubted else values
    empty = {p for p, c in printed.items() if c.reason in _EMPTY}
    empty.update(*(option.values.keys() - option.cells.keys() for option in assignment.values()))
    if _blanks_count(sure, empty, rules):
        empty = set()
    confirming = (e.paths for e in rules if confirms(e, sure, empty))
    confirmed = set().union(*confirming) & sure.keys() | agreeing(facts, form, sure).keys()
    shaky = _shaky(assignment, offered) - confirmed
    barred = {p for p, c in printed.items() if c.reason in _NEVER_DERIVED} | open_cells
    found, moved = _concluded(values, barred | set(doubted) | shaky, rules, facts, form)
    blank = _blank_for_zero(printed) if found else ()
    found = {path: told for path, told in found.items() if not told[0] or path not in blank}
    return World(printed, doubted, shaky | (moved - confirmed), confirmed, found)


def _blanks_count(
    values: Mapping[str, int], empty: AbstractSet[str], rules: Sequence[Equation]
) -> bool:
    """Whether cells were left empty that count: several sums lack what only such cells can hold.

    Then no sum that closes without its empty cells says anything of the others.
    """
    lacking = 0
    for equation in rules:
        unknown = equation.paths - values.keys()
        if unknown and unknown <= empty:
            lacking += residual(equation, values)[0] != 0
    return lacking >= TELLING


def _blank_for_zero(printed: Mapping[str, Candidate]) -> set[str]:
    """The empty cells that count nothing: those of the sections that print no 0, and of section 四.

    What a sum would put there is a mistake in its other numbers. In section 四 no second sum says
    that it is not.
    """
    blank = {p for p, c in printed.items() if c.reason is Reason.BLANK}
    if not blank:
        return blank
    with_zeros = {_section(p) for p, c in printed.items() if c.value == 0} - {"litigation"}
    return {path for path in blank if _section(path) not in with_zeros}


def _section(path: str) -> str:
    return path.partition(".")[0]


def _blank_zeros(
    printed: Mapping[str, Candidate], spoken_of: AbstractSet[str], rules: Sequence[Equation]
) -> dict[str, int]:
    """The blanks of section 三 as zeros, if it prints no 0 and each row that counts adds up so."""
    blanks = {p: 0 for p, c in printed.items() if c.reason is Reason.BLANK and _counts(p)}
    if not blanks:
        return {}
    cells = {p: c for p, c in printed.items() if _counts(p)}
    if any(c.value == 0 for c in cells.values()):
        return {}
    # A row that says nothing at all is one of blanks too.
    every = {p for e in rules for p in e.paths if _counts(p)}
    blanks |= {p: 0 for p in every if place_of(p) not in spoken_of}
    values = values_of(cells) | blanks
    rows = [e for e in rules if len(e.places) == 1]
    told = [residual(e, values) for e in rows if any(values.get(p) for p in e.paths)]
    return blanks if len(told) >= TELLING and not any(map(any, told)) else {}


def _counts(path: str) -> bool:
    return path.startswith("requests.")


def _shaky(assignment: Assignment, offered: Mapping[str, Sequence[Option]]) -> set[str]:
    """Cells of readings that take liberties, where another reading of the place differs."""
    liberties = [
        (place, option)
        for place, option in assignment.items()
        if option.doubt and len(offered[place]) > 1
    ]
    if not liberties:
        return set()
    # A zero that another reading leaves out is a zero there too, if anything; but it may be
    # nothing in a table that leaves cells empty, and prints no zero that is certain.
    plain = (o for o in assignment.values() if not o.doubt)
    cells = [c for option in plain for c in option.cells.values()]
    empty = any(c.reason is Reason.BLANK for c in cells) and all(c.value != 0 for c in cells)
    nothing = None if empty else 0
    return {
        path
        for place, option in liberties
        for path in option.cells
        if any(
            other.values.get(path, nothing) != option.values.get(path, nothing)
            for other in offered[place]
            # Of the three blocks of section four an agency may have added up one wrongly.
            if other.broken <= (place == "litigation")
        )
    }


def _concluded(
    values: Mapping[str, int],
    barred: AbstractSet[str],
    rules: tuple[Equation, ...],
    facts: Mapping[str, Field],
    form: Form,
) -> tuple[Derived, set[str]]:
    """What follows, and the cells of rows that were moved."""
    trusted = {p: v for p, v in values.items() if p not in barred}
    found: Derived = {
        path: (0, (fact,))
        for path, fact in zeros(facts, form).items()
        if path not in values and path not in barred
    }
    trusted |= {path: value for path, (value, _) in found.items()}
    if not all(trusted.keys() >= e.paths for e in rules):
        found |= derive(rules, trusted, barred=barred)
    return _sound(found, trusted, rules)


def _sound(
    derived: Derived, trusted: Mapping[str, int], rules: Sequence[Equation]
) -> tuple[Derived, set[str]]:
    """Take back what contradicts a rule, and whatever was concluded from it.

    With the cells of rows whose own sum says of one of their blanks what its column forbids: such
    a row was moved.
    """
    if not derived:
        return {}, set()
    known = {**trusted, **{p: v for p, (v, _) in derived.items()}}
    wrong = {path for e in rules if broken(e, known) for path in e.paths if path in derived}
    while wrong:
        more = {p for p, (_, sources) in derived.items() if p not in wrong and wrong & set(sources)}
        if not more:
            break
        wrong |= more
    moved = {
        source
        for path in wrong
        for source in derived[path][1]
        if {*map(place_of, derived[path][1])} == {place_of(path)}
    }
    return {p: d for p, d in derived.items() if p not in wrong}, moved
