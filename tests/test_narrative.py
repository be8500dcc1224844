"""What prose states: every row of patterns.toml by its own examples, and sentences with traps."""

from __future__ import annotations

import datetime
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gkllm.document import Document, Section, Text
from gkllm.form import form
from gkllm.narrative import narrate
from gkllm.narrative.patterns import rows, statements
from gkllm.narrative.prose import prose
from gkllm.normalise import normalise
from gkllm.report import Candidate
from gkllm.segment import segment

FORM = form()
FIXTURES = Path(__file__).parent.parent / "fixtures"
TITLE = "青川县石坝乡人民政府2024年政府信息公开工作年度报告\n"


def stated(sentence: str, section: str = "overview") -> list[Candidate]:
    """The candidates of the pattern rows for one sentence of a report about 2024."""
    text = Text(sentence, sentence)
    read = prose(text, [Section(section, (0, 0), 0, len(sentence))], FORM)
    return list(statements(text, read, frozenset({2024})))


def values(candidates: list[Candidate], fact: str) -> set[Any]:
    """The distinct values of the strongest candidates for a fact."""
    mine = [c for c in candidates if c.field == f"facts.{fact}"]
    strongest = min((c.bundle.doubt for c in mine), default=0)
    return {
        tuple(c.value) if isinstance(c.value, list) else c.value
        for c in mine
        if c.bundle.doubt == strongest
    }


def read(source: str) -> list[Candidate]:
    """The candidates for a whole document."""
    text = normalise(Document(source))
    return narrate(text, segment(text, FORM), FORM)


EXAMPLES = [(row, example) for row in rows() for example in row.examples]
COUNTEREXAMPLES = [(row, sentence) for row in rows() for sentence in row.counterexamples]


@pytest.mark.parametrize(("row", "example"), EXAMPLES, ids=lambda x: getattr(x, "id", None))
def test_row_reads_its_examples(row: Any, example: dict[str, Any]) -> None:
    found = [
        c
        for c in stated(example["text"], example.get("section", "overview"))
        if c.bundle.reading == row.id
    ]
    want = Decimal(example["value"]) if row.money else example["value"]
    assert {c.field for c in found} == {f"facts.{fact}" for fact in row.facts}
    assert {c.value for c in found} == {want}
    assert {c.approximate for c in found} == {example.get("approximate", False)}
    for c in found:
        assert c.span is not None
        assert example["text"][c.span[0] : c.span[1]] == c.quote


@pytest.mark.parametrize(("row", "sentence"), COUNTEREXAMPLES, ids=lambda x: getattr(x, "id", None))
def test_row_leaves_its_counterexamples(row: Any, sentence: str) -> None:
    assert not [c for c in stated(sentence) if c.bundle.reading == row.id]


def test_every_row_has_examples_of_both_kinds() -> None:
    assert not [row.id for row in rows() if not row.examples or not row.counterexamples]
