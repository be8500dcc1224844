"""The arithmetic of the form over non-negative integers: what holds, what follows, what is wrong.

Values are a mapping from path to int; a path that is not in it is unknown. A path in `empty`
is a blank or a "/": nobody knows its value, and it counts as 0 where the sum closes without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, cached_property

from gkllm.form import Form, Rule

Values = Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Equation:
    """A rule as sum(coefficient × cell) = 0: +1 for the left side, -1 for the right."""

    rule: Rule
    terms: tuple[tuple[str, int], ...]

    @cached_property
    def paths(self) -> frozenset[str]:
        """The cells that it adds up."""
        return frozenset(path for path, _ in self.terms)

    @cached_property
    def sides(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The cells that it adds, and those that it takes away."""
        left, right = ([path for path, sign in self.terms if sign == own] for own in (1, -1))
        return tuple(left), tuple(right)

    @cached_property
    def places(self) -> frozenset[str]:
        """The places of these cells."""
        return frozenset(place_of(path) for path in self.paths)


def place_of(path: str) -> str:
    """The place whose bundles hold a cell: its row, or section 四 as a whole."""
    return "litigation" if path.startswith("litigation.") else path.rpartition(".")[0]


@cache
def equations(form: Form) -> tuple[Equation, ...]:
    """The sum rules of a form as equations, and what two of them say together.

    Where (七) was lost, 一 + 二 = 四 + the sum of (一) to (六) still holds for every column.
    """
    rules = [
        Equation(rule, tuple([(p, 1) for p in rule.left] + [(p, -1) for p in rule.right]))
        for rule in form.rules
    ]
    parts = {e.rule.left: e for e in rules if e.rule.id == "requests.breakdown"}
    for balance in [e for e in rules if e.rule.id == "requests.balance"]:
        handled = next(p for p, _ in balance.terms if (p,) in parts)
        breakdown = parts[(handled,)]
        terms = tuple(t for e in (balance, breakdown) for t in e.terms if t[0] != handled)
        rules.append(Equation(balance.rule, terms))
    return tuple(rules)


@cache
def _islands(rules: tuple[Equation, ...]) -> tuple[tuple[Equation, ...], ...]:
    """Equations that share cells, directly or through others, together."""
    islands: list[tuple[set[str], list[Equation]]] = []
    for equation in rules:
        paths = {path for path, _ in equation.terms}
        members = [equation]
        apart = []
        for others, island in islands:
            if others & paths:
                paths |= others
                members = island + members
            else:
                apart.append((others, island))
        islands = [*apart, (paths, members)]
    return tuple(tuple(island) for _, island in islands)


def residual(equation: Equation, values: Values) -> tuple[int, int, int]:
    """(sum of the known terms, unknown terms with +1, unknown terms with -1)."""
    if values.keys() >= equation.paths:
        left, right = _sums(equation, values)
        return left - right, 0, 0
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


def _sums(equation: Equation, values: Values) -> tuple[int, int]:
    """What the cells of both sides add up to, all of which are known."""
    left, right = equation.sides
    return sum(map(values.__getitem__, left)), sum(map(values.__getitem__, right))


def broken(equation: Equation, values: Values) -> bool:
    """No non-negative value of the unknown terms can make the equation hold."""
    total, plus, minus = residual(equation, values)
    return (total > 0 and not minus) or (total < 0 and not plus)


def confirms(equation: Equation, values: Values, empty: AbstractSet[str]) -> bool:
    """All terms are printed, not all are 0, and they add up; blanks and "/" count as 0."""
    if values.keys() >= equation.paths:
        left, right = _sums(equation, values)
        return left == right > 0
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
    waiting = [e for e in rules if not known.keys() >= e.paths]
    changed = True
    while changed:
        changed = False
        for equation in waiting:
            for path, value in _forced(equation, known):
                if path in barred:
                    continue
                known[path] = value
                sources = tuple([p for p, _ in equation.terms if p != path and p in known])
                found[path] = (value, sources)
                changed = True
        waiting = [e for e in waiting if not known.keys() >= e.paths]
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


def suspects(rules: tuple[Equation, ...], values: Values) -> dict[str, int | None]:
    """The cells that may be wrong where equations fail, with the one value that would mend all.

    The fewest changes of cells that make every equation hold tell where the fault can be: one
    cell, or two, or three. All cells of all such smallest changes are suspects, and so is every
    cell of a failing equation that no other equation speaks for. Before two changes are looked
    for, a row whose own sum fails and without which everything adds up is suspect as a whole.
    So is the only row with which all adds up if its numbers stand a column too far on, or else
    every row that with other numbers would make all add up, alone or with one other cell. If
    nothing explains the faults, the table may have been misread, and all its cells are suspects.
    The value is None where it is not one.
    """
    found: dict[str, int | None] = {}
    if any(broken(e, values) for e in rules):
        for island in _islands(rules):
            found |= _suspects_of(island, values)
    return found


def _suspects_of(rules: Sequence[Equation], values: Values) -> dict[str, int | None]:
    failing = [e for e in rules if broken(e, values)]
    if not failing:
        return {}
    cells = dict.fromkeys(p for e in failing for p, _ in e.terms if p in values)
    vouched = {path for e in rules if not any(residual(e, values)) for path, _ in e.terms}
    mender = _Mender(rules, values)
    shifted = _shifted_row(rules, values, failing)
    for most in range(1, _MOST_CHANGES + 1):
        found = mender.changes(most)
        if found:
            mended: dict[str, set[int]] = {}
            for change in found:
                for path, value in change.items():
                    mended.setdefault(path, set()).add(value)
            sure = {p: v.pop() if len(found) == 1 else None for p, v in mended.items()}
            rivals = shifted if most > 1 else {}
            return {p: None for p in cells if p not in vouched} | rivals | sure
        row = _misread_row(rules, values, failing)
        if row:
            return {path: shifted.get(path) for path in row}
        if mender.tired:
            break
    if shifted:
        return shifted
    rows = _replaceable_rows(rules, values) or _row_and_cell(rules, values)
    return dict.fromkeys(rows or (p for e in rules for p, _ in e.terms if p in values))


def _misread_row(
    rules: Sequence[Equation], values: Values, failing: Sequence[Equation]
) -> list[str]:
    """The cells of the only row whose own sum fails, if everything adds up without it."""
    rows = [e for e in failing if len({p.rpartition(".")[0] for p, _ in e.terms}) == 1]
    if len(rows) != 1:
        return []
    row = {path for path, _ in rows[0].terms}
    rest = {p: v for p, v in values.items() if p not in row}
    return [] if any(broken(e, rest) for e in rules) else [p for p in values if p in row]


_TELLING = 2  # failing equations that a shift must mend; one may add up by accident


def _shifted_row(
    rules: Sequence[Equation], values: Values, failing: Sequence[Equation]
) -> dict[str, int | None]:
    """The cells of the only row whose numbers, moved by one column, make everything add up.

    With the values that they then have. The number that left the row at its end follows from
    the others.
    """
    if len(failing) < _TELLING:
        return {}
    rows = [e for e in rules if e.rule.id == "requests.row_total"]
    found = []
    for row in rows:
        paths = [*row.rule.right, *row.rule.left]  # the parts, and their total
        for moved in _moved([values.get(path) for path in paths]):
            shifted = dict(zip(paths, moved, strict=True))
            if not any(broken(e, {**values, **shifted}) for e in rules):
                found.append(shifted)
    return dict(found[0]) if len(found) == 1 else {}


def _moved(row: Sequence[int | None]) -> Iterator[list[int]]:
    """The numbers of a row one column further back, and further on; the last is their sum."""
    back, on = row[1:], row[:-1]
    parts = [v for v in back if v is not None]
    if len(parts) == len(back):
        yield [*parts, sum(parts)]
    numbers = [v for v in on if v is not None]
    if len(numbers) == len(on) and numbers[-1] >= (rest := sum(numbers[:-1])):
        yield [numbers[-1] - rest, *numbers]


def _replaceable_rows(rules: Sequence[Equation], values: Values) -> list[str]:
    """The cells of each row that, if it alone had other numbers, would leave nothing broken.

    A row whose numbers moved by a column is wrong in more cells than are ever tried one by one.
    """
    rows: dict[str, list[str]] = {}
    for path in dict.fromkeys(p for e in rules for p, _ in e.terms if p in values):
        rows.setdefault(place_of(path), []).append(path)
    return [path for row in rows.values() if _replaceable(row, rules, values) for path in row]


def _row_and_cell(rules: Sequence[Equation], values: Values) -> list[str]:
    """The cells of each row that fails to add up, if beside it only one other cell is wrong.

    With all cells that may be the one.
    """
    found: dict[str, None] = {}
    for equation in rules:
        places = equation.places
        if len(places) > 1 or not broken(equation, values):
            continue
        rest = {p: v for p, v in values.items() if place_of(p) not in places}
        changes = _Mender(rules, rest).changes(1)
        if changes:
            found |= dict.fromkeys(p for p in values if place_of(p) in places)
            found |= dict.fromkeys(path for change in changes for path in change)
    return list(found)


def _replaceable(row: Sequence[str], rules: Sequence[Equation], values: Values) -> bool:
    rest = {p: v for p, v in values.items() if p not in row}
    if any(broken(e, rest) for e in rules):
        return False
    known = rest | {path: value for path, (value, _) in derive(rules, rest).items()}
    return not any(broken(e, known) for e in rules)


_MOST_CHANGES = 3  # cells that an agency's mistake is looked for in
_MOST_STEPS = 4000


class _Mender:
    """Search for the smallest changes of cells that make every equation hold."""

    def __init__(self, rules: Sequence[Equation], values: Values) -> None:
        self.rules, self.values = rules, dict(values)
        self.of_cell: dict[str, list[tuple[int, int]]] = {}
        for i, equation in enumerate(rules):
            for path, sign in equation.terms:
                if path in values:
                    self.of_cell.setdefault(path, []).append((i, sign))
        states = [residual(e, values) for e in rules]
        self.off = [state[0] for state in states]
        self.whole = [not state[1] and not state[2] for state in states]
        self.slack = [(state[1], state[2]) for state in states]
        self.steps = 0

    @property
    def tired(self) -> bool:
        return self.steps > _MOST_STEPS

    def changes(self, most: int) -> list[dict[str, int]]:
        """All changes of exactly `most` cells after which nothing is broken."""
        found: dict[frozenset[tuple[str, int]], dict[str, int]] = {}
        self._search(most, {}, found)
        return [] if self.tired else list(found.values())

    def _broken(self, i: int) -> bool:
        off, (plus, minus) = self.off[i], self.slack[i]
        return (off > 0 and not minus) or (off < 0 and not plus)

    def _search(
        self,
        left: int,
        changed: dict[str, int],
        found: dict[frozenset[tuple[str, int]], dict[str, int]],
    ) -> None:
        self.steps += 1
        failing = [i for i in range(len(self.rules)) if self._broken(i)]
        if not failing:
            found[frozenset(changed.items())] = dict(changed)
            return
        if not left or self.tired:
            return
        # Whatever mends everything mends this one: try each cell of the shortest that fails.
        i = min(failing, key=lambda i: len(self.rules[i].terms))
        for path, sign in self.rules[i].terms:
            old = self.values.get(path)
            if old is None or path in changed:
                continue
            new = old - self.off[i] * sign
            if new < 0:
                continue
            self._change(path, new - old)
            changed[path] = new
            self._search(left - 1, changed, found)
            del changed[path]
            self._change(path, old - new)

    def _change(self, path: str, by: int) -> None:
        self.values[path] += by
        for i, sign in self.of_cell[path]:
            self.off[i] += sign * by
