"""What soaks found: documents with a silent error that nobody has mended, and some mended ones.

One mended fails in the first list, and leaves it. `python -m evals damage --seed SEED --index INDEX
[--truth]` prints one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from evals.soak import case
from gkllm.evaluate.pool import described, outcome
from gkllm.evaluate.result import result
from gkllm.evaluate.suite import Case, all_paths

# (seed, index, layout); without a layout, documents of soaks.
WEAK: dict[str, tuple[tuple[int, int, str | None], ...]] = {
    "a shifted row among lost totals and a spare column": ((20261908, 4648, None),),
}


def weak() -> Iterator[Any]:
    for reason, documents in WEAK.items():
        mark = pytest.mark.xfail(reason=reason, strict=True)
        for seed, index, layout in documents:
            yield pytest.param(seed, index, layout, marks=mark, id=f"{seed}-{index}")


@pytest.mark.parametrize(("seed", "index", "layout"), list(weak()))
def test_no_confident_field_is_wrong(seed: int, index: int, layout: str | None) -> None:
    assert silent(case(index, seed, layout)) == []


def silent(this: Case) -> list[tuple[str, object, object]]:
    """The confident fields that are wrong: path, truth, field."""
    told = {"suite": "soak", **described(this), **outcome(this, (), "")}
    read = result(told, all_paths(), this.truth)
    return [(j.path, j.truth.value, j.field) for j in read.silent]


# A row that lost a cell behind the empty one that its label left; rows across of which the first
# column and the totals are blank; a spare column for which one row would lose its number; split
# numbers beside a spare one; a cut table without a head whose only row that counts ends in a total.
@pytest.mark.parametrize(
    "document",
    [(20261926, 12018), (20261925, 13935), (20261926, 11674), (20261928, 11760), (20261929, 11)],
)
def test_a_document_that_was_misread_is_no_longer(document: tuple[int, int]) -> None:
    seed, index = document
    assert silent(case(index, seed, None)) == []


@pytest.mark.parametrize(("seed", "index"), [(20261924, 5656)])
def test_a_document_that_once_failed_is_read(seed: int, index: int) -> None:
    told = outcome(case(index, seed, None), (), "")
    assert "failure" not in told
