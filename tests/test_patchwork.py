"""Which options of several rows can be part of a whole that adds up."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from gkllm.form import Rule
from gkllm.settle.options import Option
from gkllm.settle.patchwork import Sums, possible
from gkllm.settle.sums import Equation, broken

ROWS = ("a", "b", "c")
COLUMNS = ("x", "y")


def option(row: str, *numbers: int | None) -> Option:
    values = {f"t.{row}.{c}": n for c, n in zip(COLUMNS, numbers, strict=True) if n is not None}
    return Option(frozenset((str(numbers),)), 1, {}, values, 0, -1)


def column_sums() -> list[Equation]:
    """a + b + c = total, in each column."""
    return [
        Equation(
            Rule("sum", f"t.total.{c}", (f"t.total.{c}",), ()),
            ((f"t.total.{c}", 1), *((f"t.{row}.{c}", -1) for row in ROWS)),
        )
        for c in COLUMNS
    ]


def by_hand(
    domains: dict[str, list[Option]], base: dict[str, int], rules: list[Equation]
) -> dict[str, set[int]]:
    """The same by trying every combination."""
    found: dict[str, set[int]] = {place: set() for place in domains}
    for whole in product(*domains.values()):
        values = base | {p: v for one in whole for p, v in one.values.items()}
        if not any(broken(rule, values) for rule in rules):
            for place, one in zip(domains, whole, strict=True):
                found[place].add(id(one))
    return found


@pytest.mark.parametrize("seed", range(60))
def test_what_is_possible_is_what_some_combination_takes(seed: int) -> None:
    rng = Random(seed)  # noqa: S311
    numbers = (0, 0, 1, 2, 3, None) if seed % 2 else (0, 1, 2, 3)
    domains = {
        f"t.{row}": [option(row, *rng.choices(numbers, k=2)) for _ in range(rng.randint(1, 5))]
        for row in ROWS
    }
    base = {f"t.total.{c}": rng.randint(0, 7) for c in COLUMNS if rng.random() < 0.8}
    rules = column_sums()
    left = possible(domains, Sums(domains, base, rules))
    truth = by_hand(domains, base, rules)
    if left is None:
        assert not any(truth.values())
    else:
        assert {place: {id(o) for o in options} for place, options in left.items()} == truth


def test_without_time_all_that_is_undecided_stays_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    domains = {f"t.{row}": [option(row, 0, 1), option(row, 1, 0)] for row in ROWS}
    rules = column_sums()
    base = {"t.total.x": 1, "t.total.y": 2}
    monkeypatch.setattr("gkllm.settle.patchwork._MOST_WORK", 0)
    assert possible(domains, Sums(domains, base, rules)) == domains
