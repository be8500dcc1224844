# ruff: noqa: S311 - seeded documents, nothing to keep secret
"""How sure a picture was recognised goes with its numbers, and what settle makes of it."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from evals.render import render
from evals.truth import random_truth
from gkllm.document import Document
from gkllm.load.written import Paragraph, Piece, recorded
from gkllm.pipeline import read
from gkllm.report import Field, Status


def a_report() -> Document:
    """An undamaged report of a busy office, with numbers in all its tables."""
    for seed in range(50):
        rng = Random(seed)
        truth = random_truth(rng, "2021")
        if truth.total("new_received") > 20 and not truth.merged_other:
            return Document(render(truth, rng, "stacked").text)
    raise AssertionError


def again(
    document: Document, fields: dict[str, Field], doubts: dict[str, float]
) -> dict[str, Field]:
    """The fields where some were recognised with so much doubt."""
    spans = sorted((*fields[path].span, sure) for path, sure in doubts.items())  # type: ignore[misc]
    return read(replace(document, doubts=tuple(spans))).report.fields


def test_a_recognised_piece_keeps_how_sure_it_is() -> None:
    found = recorded(["一、总体情况", Paragraph("共12件", 0.7), [[Piece("3", 0, confidence=0.9)]]])
    assert found.text == "一、总体情况\n共12件\n3\n"
    document = Document(found.text, tables=found.tables, doubts=found.doubts)
    assert [document.confidence(*span) for span in ((0, 6), (8, 10), (12, 13), (6, 13))] == [
        1.0, 0.7, 0.9, 0.7,
    ]  # fmt: skip


def test_a_number_that_nothing_confirms_must_be_sure() -> None:
    document = a_report()
    fields = read(document).report.fields
    path = next(
        p for p, f in fields.items() if p.startswith("disclosure.") and f.status is Status.READ
    )
    value = fields[path].value
    assert again(document, fields, {path: 0.95})[path].status is Status.READ
    doubted = again(document, fields, {path: 0.7})[path]
    assert doubted.status is Status.DISPUTED
    assert [a.value for a in doubted.alternatives or ()] == [value]
    unread = again(document, fields, {path: 0.3})[path]
    assert (unread.value, unread.status) == (None, Status.MISSING)


def test_a_number_that_a_sum_confirms_may_be_unsure_and_one_that_it_gives_may_be_unread() -> None:
    document = a_report()
    fields = read(document).report.fields
    path = next(
        p
        for p, f in fields.items()
        if p.startswith("requests.granted.") and f.value and f.status is Status.VERIFIED
    )
    assert again(document, fields, {path: 0.7})[path].status is Status.VERIFIED
    found = again(document, fields, {path: 0.3})[path]
    assert (found.status, found.value) == (Status.DERIVED, fields[path].value)


def test_what_is_concluded_from_unsure_numbers_is_unsure() -> None:
    """Two cells of a column in doubt: one unread, so that the other has no sum to confirm it."""
    document = a_report()
    fields = read(document).report.fields
    doubts = dict.fromkeys(
        [p for p, f in fields.items() if p.startswith("litigation.review.") and f.span], 0.6
    )
    last = list(doubts)[-1]
    found = again(document, fields, {**doubts, last: 0.3})
    assert all(found[path].open or found[path].status is Status.VERIFIED for path in doubts)


def test_a_fact_in_a_line_that_is_unsure_is_disputed() -> None:
    document = a_report()
    fields = read(document).report.fields
    path = next(
        p
        for p, f in fields.items()
        if p.startswith("facts.") and f.status is Status.READ and isinstance(f.value, int)
    )
    assert again(document, fields, {path: 0.85})[path].status is Status.DISPUTED
    assert again(document, fields, {path: 0.95})[path].status is Status.READ
