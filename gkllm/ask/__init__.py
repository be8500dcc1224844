"""Open fields > questions > a model's answers > Candidates with source "model".

    hints      what is asked about prose and what witnesses an answer (forms/questions.toml)
    figures    the numbers and dates of a text: only these can be answers
    facts      open facts: one question a passage          items   problems and improvements
    rows       open cells: one question a hole in a table, only of models declared able
    witness    whether the document itself speaks for an answer
    prompts    the versioned texts of `prompts/`

Nothing here decides: an answer that does not stand in the text is dropped and counted, and
`settle` judges what is left. Text of a document is data in a question, never part of a prompt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from gkllm.ask import facts, items
from gkllm.ask.figures import Script
from gkllm.document import Text
from gkllm.llm import Account, Model, Prompt
from gkllm.report import CONFIDENT, Candidate, Field

__all__ = ["Asked", "Hole", "ask", "questions"]


@dataclass(frozen=True, slots=True)
class Hole:
    """What is open in a report, with the text that may still hold it."""

    text: Text
    script: Script
    fields: Mapping[str, Field]
    candidates: Sequence[Candidate]

    @property
    def open(self) -> tuple[str, ...]:
        """The paths of the open fields."""
        return tuple(path for path, field in self.fields.items() if field.open)

    @property
    def year(self) -> int | None:
        """The year reported, where it is settled."""
        field = self.fields.get("facts.year")
        return field.value if field and isinstance(field.value, int) and not field.open else None


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of the questions: candidates, the prompts used, and why answers were dropped."""

    candidates: tuple[Candidate, ...]
    prompts: Mapping[str, str]
    dropped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions of a report, each with what its answer is about."""

    taken: Mapping[int, str]
    passages: tuple[facts.Passage, ...]
    items: items.Items | None

    def prompts(self, script: Script) -> list[Prompt]:
        """The prompts, passages first."""
        found = [facts.question(script, passage) for passage in self.passages]
        return [*found, items.question(script, self.items)] if self.items else found


def questions(hole: Hole) -> Questions:
    """What would be asked; nothing is, where all is settled or nothing can be answered."""
    taken = _taken(hole)
    wanted = hole.open
    return Questions(
        taken,
        tuple(facts.passages(hole.script, wanted, taken, hole.year)),
        items.items(hole.script, wanted),
    )


def ask(hole: Hole, model: Model, account: Account) -> Asked:
    """Ask a model what is open; trouble with it is in the account, not here."""
    asked = questions(hole)
    prompts = asked.prompts(hole.script)
    if not prompts:
        return Asked((), {}, {})
    replies = model.answers(prompts, account)
    found: list[Candidate] = []
    dropped: Counter[str] = Counter()
    for index, reply in enumerate(replies):
        if reply.value is None:
            continue
        for grounded in _grounded(hole, asked, index, reply.value):
            if grounded.candidate is None:
                dropped[grounded.dropped] += 1
            else:
                found.append(grounded.candidate)
    used = {p.id: p.digest[:12] for p in prompts}
    return Asked(tuple(found), used, dict(sorted(dropped.items())))


def _grounded(
    hole: Hole, asked: Questions, index: int, value: BaseModel
) -> Iterator[facts.Grounded]:
    if index < len(asked.passages):
        passage = asked.passages[index]
        yield from facts.answers(hole.script, hole.text, passage, value, asked.taken, hole.year)
    elif asked.items is not None:
        yield from items.answers(hole.script, hole.text, asked.items, value)


def _taken(hole: Hole) -> dict[int, str]:
    """The numbers of the script that settled facts and witnesses of cells have read."""
    spans = {
        c.span: c.field
        for c in hole.candidates
        if c.span is not None and not isinstance(c.value, list) and _settled(hole, c)
    }
    found: dict[int, str] = {}
    for start, end in facts.numbers(hole.script.cited):
        path = spans.get(hole.text.source_span(*hole.script.clean_span(start, end)))
        if path is not None:
            found[start] = path
    return found


def _settled(hole: Hole, candidate: Candidate) -> bool:
    field = hole.fields.get(candidate.field)
    return field.status in CONFIDENT if field else candidate.field.startswith("said.")
