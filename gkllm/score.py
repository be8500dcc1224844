"""Report x label > verdicts: what a careful reader found in a document against what we say.

A label says for each field what the document shows: a value with a state (`printed`, `blank`,
`absent`, `illegible`, …, see docs/labelling.md), and a value beside a state other than printed
where the rest of the document forces it. Verdicts, per field:

    right      a confident value, and it is the true one
    abstained  no confident value, and none was owed: right to abstain
    misread    a confident value, and the document has another one
    missed     no confident value where one is printed, or can be concluded
    invented   a confident value where the document has none

Misread and invented are the silent errors: the one thing that must never happen. `VERSION`
changes with every change of a verdict, and runs of different versions are not compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from gkllm.document import Document
from gkllm.errors import UnusableLabel
from gkllm.form import Form
from gkllm.normalise import normalise
from gkllm.report import CONFIDENT, Field

VERSION = 2


class Verdict(StrEnum):
    """What became of one field."""

    RIGHT = "right"
    ABSTAINED = "abstained"
    MISREAD = "misread"
    MISSED = "missed"
    INVENTED = "invented"


SILENT = frozenset({Verdict.MISREAD, Verdict.INVENTED})

STATES = (
    "printed",
    "derivable",
    "blank",
    "absent",
    "lost",
    "illegible",
    "not_applicable",
    "ambiguous",
)


@dataclass(frozen=True, slots=True)
class Truth:
    """What a label says of one field.

    `state` is "printed", or why it is not. `also` holds other values that are right as well
    (a short and a full name). `contested`: the document gives two accounts, so to leave the
    field open is right too. `owed` is whether a careful reader gives the value; a truth that
    the document does not show (a lost number that only the maker of the document knows) is not
    owed, and right where it is concluded all the same.
    """

    value: Any
    state: str = "printed"
    approximate: bool = False
    also: tuple[Any, ...] = ()
    contested: bool = False
    owed: bool = True

    @property
    def expected(self) -> bool:
        """To leave this field open is a miss."""
        return self.owed and self.value is not None and not self.contested

    @property
    def shown(self) -> str:
        """The state for tables: what is not printed and yet owed is derivable."""
        return "derivable" if self.state != "printed" and self.expected else self.state


@dataclass(frozen=True, slots=True)
class Judged:
    """One field's verdict with both sides."""

    path: str
    truth: Truth
    field: Field | None
    verdict: Verdict

    @property
    def silent(self) -> bool:
        return self.verdict in SILENT


# ---------------------------------------------------------------- labels


def read_label(path: Path, form: Form) -> dict[str, Truth]:
    """Read a label file into the truth of each path that it speaks of.

    Raises `gkllm.errors.UnusableLabel` where the file is no label.
    """
    try:
        raw = json.loads(path.read_text("utf-8"))
        return dict(_truths(raw, form))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnusableLabel(
            f"{path}: {type(error).__name__}: {error}. docs/labelling.md describes a label; "
            "`gkllm label FILE` makes a blank one to compare with."
        ) from error


def _truths(raw: Mapping[str, Any], form: Form) -> Iterator[tuple[str, Truth]]:
    rows = {r.key: r.columns for r in form.disclosure_rows}
    for row, cells in raw.get("disclosure", {}).items():
        for column, cell in zip(rows[row], cells, strict=True):
            yield f"disclosure.{row}.{column}", truth_of(cell)
    for row, cells in raw.get("requests", {}).items():
        for label, cell in zip(form.columns, cells, strict=True):
            yield f"requests.{row}.{label.key}", truth_of(cell)
    for block, cells in raw.get("litigation", {}).items():
        for outcome, cell in zip(form.outcomes, cells, strict=True):
            yield f"litigation.{block}.{outcome.key}", truth_of(cell)
    for fact, cell in raw.get("facts", {}).items():
        yield f"facts.{fact}", truth_of(cell)


def truth_of(cell: Any) -> Truth:
    """The truth of a cell as labels and run files write it.

    >>> truth_of(3).expected, truth_of({"state": "lost", "value": 0}).shown
    (True, 'derivable')
    """
    if not isinstance(cell, dict):
        return Truth(cell)
    state = cell.get("state", "printed")
    if state not in STATES:
        raise ValueError(f"unknown state {state!r}, known are {', '.join(STATES)}")
    return Truth(
        cell.get("value"),
        state,
        bool(cell.get("approximate")),
        tuple(cell.get("also", ())),
        bool(cell.get("contested")),
        bool(cell.get("owed", True)),
    )


def cell_of(truth: Truth) -> Any:
    """A truth as run files write it; `truth_of` reads it back."""
    value = str(truth.value) if isinstance(truth.value, Decimal) else truth.value
    plain = Truth(truth.value)
    if truth == plain and value is not None:
        return value
    told: dict[str, Any] = {"state": truth.state}
    if value is not None:
        told["value"] = value
    if truth.also:
        told["also"] = [str(v) if isinstance(v, Decimal) else v for v in truth.also]
    if truth.approximate:
        told["approximate"] = True
    if truth.contested:
        told["contested"] = True
    if not truth.owed:
        told["owed"] = False
    return told


# ---------------------------------------------------------------- verdicts


def judge(fields: Mapping[str, Field], label: Mapping[str, Truth]) -> list[Judged]:
    """The verdict on every field that the label speaks of; of a failed document, of no fields."""
    return [
        Judged(path, truth, field := fields.get(path), _verdict(truth, field))
        for path, truth in label.items()
    ]


def _verdict(truth: Truth, field: Field | None) -> Verdict:
    if field is None or field.status not in CONFIDENT or field.value is None:
        return Verdict.MISSED if truth.expected else Verdict.ABSTAINED
    if truth.value is None:
        return Verdict.INVENTED
    if any(same(field.value, right) for right in (truth.value, *truth.also)):
        return Verdict.RIGHT
    return Verdict.MISREAD


def same(given: object, true: object) -> bool:
    """Equal as data: 59237.2449 is "59237.2449"; quotes are compared without their ends."""
    if given is None or true is None:
        return given is None and true is None
    if type(given) is int and type(true) is int:
        return given == true
    if isinstance(given, list) or isinstance(true, list):
        return _bare_all(given) == _bare_all(true)
    if isinstance(given, str) and isinstance(true, str) and _amount(true) is None:
        return _bare(given) == _bare(true)
    return _amount(given) == _amount(true)


def _amount(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


_ENDS = " 　\n\t。；;，,.、：:/"


@lru_cache(4096)
def _bare(text: str) -> str:
    """Text without white space and end marks, traditional characters and widths folded."""
    clean = normalise(Document(text)).clean
    return "".join(clean.split()).strip(_ENDS)


def _bare_all(value: object) -> str:
    """Quotes put together: where a sentence is cut in two does not matter, what is quoted does."""
    items = value if isinstance(value, list) else [value]
    return _bare("".join(_bare(str(item)) for item in items))
