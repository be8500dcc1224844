"""What the evaluations found and nobody has mended: each a document with a silent error.

One mended fails here, and leaves the list. `python -m evals show ID [--truth]` prints one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from evals.generators import named
from gkllm.evaluate.pool import described, outcome
from gkllm.evaluate.result import result
from gkllm.evaluate.suite import all_paths

WEAK = {
    "pair-1-00853": "a sentence in another language within the one line is quoted with an item",
}


def weak() -> Iterator[Any]:
    for name, reason in WEAK.items():
        yield pytest.param(name, marks=pytest.mark.xfail(reason=reason, strict=True))


@pytest.mark.parametrize("name", list(weak()))
def test_no_confident_field_is_wrong(name: str) -> None:
    case = named(name)
    assert case is not None
    told = {"suite": "damage", **described(case), **outcome(case, (), "")}
    read = result(told, all_paths(), case.truth)
    assert [(j.path, j.truth.value, j.field) for j in read.silent] == []
