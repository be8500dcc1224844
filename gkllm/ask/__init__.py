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

from gkllm.ask import facts, items, rows
from gkllm.ask.figures import Script
from gkllm.ask.witness import About
from gkllm.document import Text
from gkllm.form import Form
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
    form: Form

    @property
    def open(self) -> tuple[str, ...]:
        """The paths of the open fields."""
        return tuple(path for path, field in self.fields.items() if field.open)

    @property
    def about(self) -> About:
        """The year reported, where it is settled, and all that may be the agency's name."""
        year = self.fields.get("facts.year")
        settled = year.value if year and not year.open else None
        names = {c.value for c in self.candidates if c.field == "facts.agency"}
        return About(
            settled if isinstance(settled, int) else None,
            frozenset(name for name in names if isinstance(name, str)),
        )


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
    rows: tuple[rows.Row, ...]

    def prompts(self, hole: Hole) -> list[Prompt]:
        """The prompts: passages, section 五, rows."""
        found = [facts.question(hole.script, passage) for passage in self.passages]
        if self.items:
            found.append(items.question(hole.script, self.items))
        if self.rows:
            head = rows.head(hole.text, hole.candidates)
            found += [rows.question(hole.text, row, head) for row in self.rows]
        return found


def questions(hole: Hole, tables: bool = False) -> Questions:
    """What would be asked; nothing is, where all is settled or nothing can be answered.

    `tables` says whether rows of tables are asked too.
    """
    taken = _taken(hole)
    wanted = hole.open
    damaged = rows.rows(hole.text, hole.fields, hole.candidates, hole.form) if tables else ()
    return Questions(
        taken,
        tuple(facts.passages(hole.script, wanted, taken, hole.about)),
        items.items(hole.script, wanted),
        tuple(damaged),
    )


def ask(hole: Hole, model: Model, account: Account) -> Asked:
    """Ask a model what is open; trouble with it is in the account, not here."""
    asked = questions(hole, tables=model.tables)
    prompts = asked.prompts(hole)
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
    """What the answer to a question says, in the order of `Questions.prompts`."""
    if index < len(asked.passages):
        passage = asked.passages[index]
        yield from facts.answers(hole.script, hole.text, passage, value, asked.taken, hole.about)
        return
    index -= len(asked.passages)
    if asked.items is not None:
        if index == 0:
            yield from items.answers(hole.script, hole.text, asked.items, value)
            return
        index -= 1
    yield from rows.answers(hole.text, asked.rows[index], value)


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
