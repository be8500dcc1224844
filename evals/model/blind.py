"""Settled fields as free labels: a report with some of them hidden, so that a model is asked.

What the readers settle is known to be right wherever the truth of a rendered document says so.
Hidden from the model's side, such a field is a question with a known answer, in the text and the
damage of real use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from evals.cases import fold
from evals.model.scripted import Scripted
from gkllm.ask import Hole, ask
from gkllm.document import Document
from gkllm.form import Form, form
from gkllm.narrative.prose import prose
from gkllm.pipeline import Reading, read
from gkllm.report import CONFIDENT, Candidate, Field
from gkllm.settle import settle
from gkllm.settle.filled import fill

ASKED = (
    "facts.training_sessions", "facts.applications_received", "facts.applications_answered",
    "facts.applications_carried_in", "facts.applications_carried_out", "facts.proactive_items",
    "facts.reviews", "facts.lawsuits", "facts.information_fee_yuan", "facts.period_start",
    "facts.period_end", "facts.problems", "facts.improvements",
)  # fmt: skip


@dataclass(frozen=True)
class Blind:
    """A report of which some fields are hidden."""

    hole: Hole
    form: Form
    hidden: tuple[str, ...]

    def told(self, model: Scripted) -> dict[str, Field]:
        """The fields after the model was asked."""
        asked = ask(self.hole, model, model.open_account())
        return fill(self.hole.fields, asked.candidates, self.form)


def blinded(reading: Reading, hidden: Sequence[str]) -> Blind:
    """A reading without what it read for some fields, or for rows ("requests.granted")."""
    gone = set(hidden)
    kept = [c for c in reading.candidates if c.field not in gone and c.bundle.place not in gone]
    this_form = form("2019" if reading.report.edition == "2019" else "2021")
    script = prose(reading.text, reading.sections, this_form)
    hole = Hole(reading.text, script, settle(kept, this_form), kept, this_form)
    return Blind(hole, this_form, tuple(hidden))


def hidden_facts(reading: Reading, rng: Random) -> Blind:
    """A reading with all the facts hidden that a model may be asked about, or one of them."""
    own = [p for p in ASKED if p in reading.report.fields]
    return blinded(reading, own if rng.random() < 0.5 else [rng.choice(own)])


def hidden_rows(reading: Reading, rng: Random) -> Blind | None:
    """A reading with two or three rows hidden that stand apart, so that no sum gives them back."""
    rows = list(dict.fromkeys(_places(reading.candidates)))[1:-1]
    if len(rows) < 8:
        return None
    count = rng.choice((2, 2, 3))
    at = sorted(rng.sample(range(len(rows)), count))
    return blinded(reading, [rows[i] for i in at])


def _places(candidates: Sequence[Candidate]) -> list[str]:
    read_ = (c for c in candidates if c.field.startswith("requests.") and c.value is not None)
    return [c.bundle.place for c in read_]


def reading_of(payload: Any) -> Reading:
    """A document of the renderer, read without a model."""
    from gkllm.load import load

    document: Document = load(payload)
    return read(document)


def right(truth: Any, text: str, path: str, value: object) -> bool:
    """Whether a value is right for a field of a rendered document; quotes must be in its text."""
    if path in truth.cells:
        return bool(truth.cells[path] == value)
    if isinstance(value, list):
        return all(fold(quote) in text for quote in value)
    return any(fold(value) == fold(one) for one in truth.facts.get(path, ()))


def sure(fields: dict[str, Field]) -> dict[str, object]:
    """The values that are given as right."""
    return {path: f.value for path, f in fields.items() if f.status in CONFIDENT}
