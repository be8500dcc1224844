"""Report x label > verdicts: what a careful reader found in a document against what we say.

A label says for each field what the document prints: a number, or that nothing legible is
there (blank, absent, lost, illegible, not_applicable, ambiguous), with the value where a
careful reader could still conclude it. Verdicts, per field:

    right     a confident value, and it is the true one
    silent    a confident value, and it is not: the one thing that must never happen
    open      no confident value where the document prints one, or where it can be concluded
    abstained no confident value where the document has none
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Any

from gkllm.form import Form
from gkllm.report import CONFIDENT, Field, Report


class Verdict(StrEnum):
    """What became of one field."""

    RIGHT = "right"
    SILENT = "silent"
    OPEN = "open"
    ABSTAINED = "abstained"


@dataclass(frozen=True, slots=True)
class Truth:
    """What a label says of one field: `state` is "printed", or why it is not printed."""

    value: Any
    state: str = "printed"
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """One field's verdict with both sides."""

    path: str
    truth: Truth
    field: Field | None
    verdict: Verdict


def read_label(path: Path, form: Form) -> dict[str, Truth]:
    """Read a label file into the truth of each path that it speaks of."""
    raw = json.loads(path.read_text("utf-8"))
    return dict(_truths(raw, form))


def _truths(raw: Mapping[str, Any], form: Form) -> Iterator[tuple[str, Truth]]:
    rows = {r.key: r.columns for r in form.disclosure_rows}
    for row, cells in raw.get("disclosure", {}).items():
        for column, cell in zip(rows[row], cells, strict=True):
            yield f"disclosure.{row}.{column}", _truth(cell)
    for row, cells in raw.get("requests", {}).items():
        for label, cell in zip(form.columns, cells, strict=True):
            yield f"requests.{row}.{label.key}", _truth(cell)
    for block, cells in raw.get("litigation", {}).items():
        for outcome, cell in zip(form.outcomes, cells, strict=True):
            yield f"litigation.{block}.{outcome.key}", _truth(cell)
    for fact, cell in raw.get("facts", {}).items():
        yield f"facts.{fact}", _truth(cell)


def _truth(cell: Any) -> Truth:
    if isinstance(cell, dict):
        state = cell.get("state", "printed")
        return Truth(cell.get("value"), state, bool(cell.get("approximate")))
    return Truth(cell)


def judge(report: Report, label: Mapping[str, Truth]) -> list[Judged]:
    """The verdict on every field that the label speaks of."""
    return [
        Judged(path, truth, field := report.fields.get(path), _verdict(truth, field))
        for path, truth in label.items()
    ]


def _verdict(truth: Truth, field: Field | None) -> Verdict:
    confident = field is not None and field.status in CONFIDENT
    if not confident or field is None:
        return Verdict.ABSTAINED if truth.value is None else Verdict.OPEN
    return Verdict.RIGHT if same(field.value, truth.value) else Verdict.SILENT


def same(given: object, true: object) -> bool:
    """Equal as data: 59237.2449 is "59237.2449"; quotes are compared without their ends."""
    if given is None or true is None:
        return given is None and true is None
    if isinstance(given, list) or isinstance(true, list):
        return _bare_all(given) == _bare_all(true)
    if isinstance(given, str) and isinstance(true, str) and not _amount(true):
        return _bare(given) == _bare(true)
    return _amount(given) == _amount(true)


def _amount(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


_ENDS = " 　\n\t。；;，,.、：:/"


def _bare(text: str) -> str:
    return "".join(text.split()).strip(_ENDS)


def _bare_all(value: object) -> list[str]:
    """Quotes put together: where a sentence is cut in two does not matter, what is quoted does."""
    items = value if isinstance(value, list) else [value]
    return [_bare("".join(_bare(str(item)) for item in items))]
