"""The checks against planted lies: what sums see, and what only the place of a value tells."""

from __future__ import annotations

from collections import Counter

import pytest

from evals.mutate import MUTATIONS, table

SINGLE = ("digit_changed", "zeroed", "row_zeroed", "cells_swapped", "total_as_part")
STRUCTURAL = ("rows_swapped", "row_slid", "columns_swapped")


@pytest.fixture(scope="module")
def found() -> dict[str, tuple[int, Counter[str]]]:
    return table(12, 1)


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_lie_is_caught_by_some_check(
    name: str, found: dict[str, tuple[int, Counter[str]]]
) -> None:
    mutants, caught = found[name]
    assert mutants >= 2
    assert caught["any"] == mutants


@pytest.mark.parametrize("name", SINGLE)
def test_sums_catch_single_cells(name: str, found: dict[str, tuple[int, Counter[str]]]) -> None:
    mutants, caught = found[name]
    assert caught["sums"] == mutants


@pytest.mark.parametrize("name", STRUCTURAL)
def test_sums_miss_what_the_place_catches(
    name: str, found: dict[str, tuple[int, Counter[str]]]
) -> None:
    mutants, caught = found[name]
    assert caught["sums"] < mutants
    assert caught["place"] == mutants
