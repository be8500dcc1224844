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

WEAK = {  # (seed, index, layout)
    (20261207, 2629, None): "a wrong total in a table of zeros is taken for its spare number",
    (33, 518, "one_cell"): "a row of blanks and zeros that was shifted says that its total is 0",
    (20261311, 1695, None): "a lost column of totals, where all that is counted looks like sums",
    (20261311, 15078, None): "zeros of a spare column in a blank table look like its own",
    (20261311, 15153, None): "two spare columns, of zeros and empty, among zeros left blank",
    (20261311, 16612, None): "a row of blanks that was shifted, in a table that lost cells",
    (20261311, 18248, None): "a cut table that lost a column, its head and half of its rows",
}


def weak() -> Iterator[Any]:
    for (seed, index, layout), reason in WEAK.items():
        mark = pytest.mark.xfail(reason=reason, strict=True)
        yield pytest.param(seed, index, layout, marks=mark, id=f"{seed}-{index}")


@pytest.mark.parametrize(("seed", "index", "layout"), list(weak()))
def test_no_confident_field_is_wrong(seed: int, index: int, layout: str | None) -> None:
    this = case(index, seed, layout)
    told = {"suite": "soak", **described(this), **outcome(this, (), "")}
    read = result(told, all_paths(), this.truth)
    assert [(j.path, j.truth.value, j.field) for j in read.silent] == []
