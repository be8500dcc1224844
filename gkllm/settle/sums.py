"""The arithmetic of the form over non-negative integers: what holds, what follows, what is wrong.

Values are a mapping from path to int; a path that is not in it is unknown. A path in `empty`
is a blank or a "/": nobody knows its value, and it counts as 0 where the sum closes without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from gkllm.form import Form, Rule

Values = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Equation:
    """A rule as sum(coefficient × cell) = 0: +1 for the left side, -1 for the right."""

    rule: Rule
    terms: tuple[tuple[str, int], ...]


@cache
def equations(form: Form) -> tuple[Equation, ...]:
    """The sum rules of a form as equations."""
    return tuple(
        Equation(rule, tuple([(p, 1) for p in rule.left] + [(p, -1) for p in rule.right]))
        for rule in form.rules
    )


def residual(equation: Equation, values: Values) -> tuple[int, int, int]:
    """(sum of the known terms, unknown terms with +1, unknown terms with -1)."""
    total = plus = minus = 0
    for path, sign in equation.terms:
        value = values.get(path)
        if value is None:
            if sign > 0:
                plus += 1
            else:
                minus += 1
        else:
            total += sign * value
    return total, plus, minus


def broken(equation: Equation, values: Values) -> bool:
    """No non-negative value of the unknown terms can make the equation hold."""
    total, plus, minus = residual(equation, values)
    return (total > 0 and not minus) or (total < 0 and not plus)


def confirms(equation: Equation, values: Values, empty: AbstractSet[str]) -> bool:
    """All terms are printed, not all are 0, and they add up; blanks and "/" count as 0."""
    total = 0
    anything = False
    for path, sign in equation.terms:
        value = values.get(path)
        if value is None:
            if path not in empty:
                return False
        elif value:
            anything = True
            total += sign * value
    return anything and total == 0


def derive(
    rules: Sequence[Equation], values: Values, *, barred: AbstractSet[str] = frozenset()
) -> dict[str, tuple[int, tuple[str, ...]]]:
    """The only possible values of unknown cells, each with the cells that it follows from.

    Three steps, to a fixed point: one unknown in an equation is solved; where the known terms
    already balance and the unknown ones stand on one side, each of them is 0. `barred` cells
    are never given a value and never used.
    """
    known = {path: value for path, value in values.items() if path not in barred}
    found: dict[str, tuple[int, tuple[str, ...]]] = {}
    waiting = [e for e in rules if any(p not in known for p, _ in e.terms)]
    changed = True
    while changed:
        changed = False
        for equation in waiting:
            for path, value in _forced(equation, known):
                if path in barred:
                    continue
                known[path] = value
                sources = tuple(p for p, _ in equation.terms if p != path and p in known)
                found[path] = (value, sources)
                changed = True
        waiting = [e for e in waiting if any(p not in known for p, _ in e.terms)]
    return found


def _forced(equation: Equation, known: Values) -> Iterator[tuple[str, int]]:
    total, plus, minus = residual(equation, known)
    if not plus and not minus:
        return
    unknown = [(p, sign) for p, sign in equation.terms if p not in known]
    if len(unknown) == 1:
        path, sign = unknown[0]
        value = -total * sign
        if value >= 0:
            yield path, value
    elif total == 0 and not (plus and minus):
        for path, _ in unknown:
            yield path, 0


def suspects(rules: Sequence[Equation], values: Values) -> dict[str, int | None]:
    """The cells that may be wrong where equations fail, with the one value that would mend all.

    The smallest changes that make every equation hold tell where the fault can be: one cell,
    or else two. If several cells could be it, all are suspects; if no two can explain
    everything, all cells of the failing equations are. The value is None where it is not one.
    """
    failing = [e for e in rules if broken(e, values)]
    if not failing:
        return {}
    of_cell: dict[str, list[tuple[Equation, int]]] = {}
    for equation in rules:
        for path, sign in equation.terms:
            if path in values:
                of_cell.setdefault(path, []).append((equation, sign))
    residuals = {id(e): residual(e, values) for e in rules}
    cells = list(dict.fromkeys(p for e in failing for p, _ in e.terms if p in values))
    singles = [
        (path, change)
        for path in cells
        if (change := _mend([path], failing, of_cell, residuals, values)) is not None
    ]
    if singles:
        only = len(singles) == 1
        return {path: values[path] + change[path] if only else None for path, change in singles}
    pairs: set[str] = set()
    if len(cells) <= _MOST_CELLS:
        for pair in combinations(cells, 2):
            if _mend(pair, failing, of_cell, residuals, values) is not None:
                pairs.update(pair)
    return dict.fromkeys(pairs or cells)


_MOST_CELLS = 90  # cells of failing equations among which pairs are tried


def _mend(
    cells: Sequence[str],
    failing: Sequence[Equation],
    of_cell: Mapping[str, list[tuple[Equation, int]]],
    residuals: Mapping[int, tuple[int, int, int]],
    values: Values,
) -> dict[str, int] | None:
    """The change of these cells that makes all equations hold, if there is exactly one."""
    touched: dict[int, dict[str, int]] = {}
    for cell in cells:
        for equation, sign in of_cell[cell]:
            touched.setdefault(id(equation), {})[cell] = sign
    if any(id(e) not in touched for e in failing):
        return None
    change: dict[str, int] = {}
    whole = {i: signs for i, signs in touched.items() if not any(residuals[i][1:])}
    for _ in cells:
        for i, signs in whole.items():
            open_cells = [c for c in signs if c not in change]
            if len(open_cells) == 1:
                cell = open_cells[0]
                rest = residuals[i][0] + sum(signs[c] * change[c] for c in signs if c in change)
                change[cell] = -rest * signs[cell]
    if len(change) < len(cells) or any(values[c] + d < 0 or d == 0 for c, d in change.items()):
        return None
    for i, signs in whole.items():
        if residuals[i][0] + sum(signs[c] * change[c] for c in signs) != 0:
            return None
    return change


def paths(rules: Iterable[Equation]) -> set[str]:
    """All cells that the equations speak of."""
    return {path for equation in rules for path, _ in equation.terms}
