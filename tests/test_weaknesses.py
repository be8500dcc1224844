"""What the evaluations found and nobody has mended: each a document with a silent error.

One mended fails here, and leaves the list. `python -m evals damage --seed SEED --index INDEX
[--truth]` prints one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from evals.soak import case
from gkllm.evaluate.pool import described, outcome
from gkllm.evaluate.result import result
from gkllm.evaluate.suite import all_paths

# (seed, index, layout); without a layout, documents of soaks.
WEAK: dict[str, tuple[tuple[int, int, str | None], ...]] = {
    "a row of eight numbers of another depth than the rows of eight that tell the spare column": (
        (20261905, 2100, None),
    ),
    "a shifted row among lost totals and a spare column": ((20261908, 4648, None),),
    "a spare column among blanks in one cell, and rows of few numbers": ((20261925, 13935, None),),
    "five zeros of six where the totals were lost, a number left blank": ((20261924, 11934, None),),
}


def weak() -> Iterator[Any]:
    for reason, documents in WEAK.items():
        mark = pytest.mark.xfail(reason=reason, strict=True)
        for seed, index, layout in documents:
            yield pytest.param(seed, index, layout, marks=mark, id=f"{seed}-{index}")


@pytest.mark.parametrize(("seed", "index", "layout"), list(weak()))
def test_no_confident_field_is_wrong(seed: int, index: int, layout: str | None) -> None:
    this = case(index, seed, layout)
    told = {"suite": "soak", **described(this), **outcome(this, (), "")}
    read = result(told, all_paths(), this.truth)
    assert [(j.path, j.truth.value, j.field) for j in read.silent] == []


@pytest.mark.parametrize(("seed", "index"), [(20261924, 5656)])
def test_a_document_that_once_failed_is_read(seed: int, index: int) -> None:
    told = outcome(case(index, seed, None), (), "")
    assert "failure" not in told
