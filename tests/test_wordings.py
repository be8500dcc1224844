"""Whole reports written by hand: whatever stays open, nothing is given that they do not say."""

from __future__ import annotations

import pytest

from evals.wordings import case, reports
from gkllm.pipeline import extract
from gkllm.score import judge


@pytest.mark.parametrize("index", range(len(reports())))
def test_no_stated_fact_is_wrong(index: int) -> None:
    this = case(index, 0)
    assert this is not None
    assert isinstance(this.source, str)
    judged = judge(extract(this.source).fields, this.truth)
    assert [(j.path, j.truth.value, j.field) for j in judged if j.silent] == []
    assert sum(j.verdict == "right" for j in judged) > 2


@pytest.mark.parametrize(("name", "share"), [("first", 0.9), ("second", 0.75)])
def test_most_of_what_they_state_is_read(name: str, share: float) -> None:
    indexes = [i for i, (listed, _) in enumerate(reports()) if listed == name]
    cases = [this for i in indexes if (this := case(i, 0)) is not None]
    judged = [j for c in cases for j in judge(extract(c.source).fields, c.truth)]
    owed = [j for j in judged if j.truth.expected]
    assert sum(j.verdict == "right" for j in owed) > len(owed) * share
