"""Open facts > questions about passages, and their answers > candidates.

A fact is asked where a sentence of its topic holds a figure of its kind that no pattern has
read, or a wording that denies. Facts of one passage are asked together. The schema lists the
figures of the passage, so that no answer can name another number.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Optional

from pydantic import BaseModel, ConfigDict, create_model

from gkllm.ask.figures import Figure, Script, figures, numbers
from gkllm.ask.hints import Hint, hints
from gkllm.ask.prompts import prompt
from gkllm.ask.witness import GROUNDED, About, Witness, topical, trapped, witness
from gkllm.document import UNSEEN, Span, Text
from gkllm.llm import Prompt
from gkllm.report import Bundle, Candidate, Value

__all__ = [
    "Asked",
    "Grounded",
    "Passage",
    "answers",
    "ground",
    "numbers",
    "passages",
    "question",
    "shape",
]

LONGEST = 400  # characters of a passage; a longer one is asked sentence by sentence
MOST_PASSAGES = 4  # a report has one or two; more come of hostile texts
MOST_FIGURES = 24  # that a schema lists for one fact
_INVISIBLE = re.compile(f"[{UNSEEN}]")

Answered = int | str


@dataclass(frozen=True, slots=True)
class Asked:
    """One fact in one passage, with the places that could answer it, by answer."""

    hint: Hint
    places: Mapping[Answered, tuple[Figure, ...]]

    def quotes(self, script: Script) -> list[str]:
        """The stretches of the passage that hold a figure, each to be quoted as it is."""
        spans = {figure.quote for found in self.places.values() for figure in found}
        return list(dict.fromkeys(script.tight[a:b] for a, b in sorted(spans)))


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the script with the facts that are asked about it."""

    start: int
    end: int
    asked: tuple[Asked, ...]


# ---------------------------------------------------------------- questions


def passages(
    script: Script, wanted: Sequence[str], taken: Mapping[int, str], about: About
) -> list[Passage]:
    """The passages that may answer the wanted facts; `taken` are numbers of settled fields."""
    found: dict[Span, dict[str, list[Figure]]] = defaultdict(lambda: defaultdict(list))
    for path, hint in hints().items():
        if path not in wanted:
            continue
        for sentence in topical(script, hint):
            places = list(_places(script, sentence, hint, taken, about))
            if places:
                found[sentence][path] += places[:MOST_FIGURES]
    return [_passage(span, places) for span, places in _joined(script, found)][:MOST_PASSAGES]


def _places(
    script: Script, sentence: Span, hint: Hint, taken: Mapping[int, str], about: About
) -> Iterator[Figure]:
    """Figures that could answer, and the wording that denies as the figure 0.

    A trap in the very clause of a number tells enough: such a number is not worth a question.
    """
    text = script.cited
    for figure in figures(text, *sentence, hint):
        free = taken.get(figure.span[0], hint.path) == hint.path
        if free and not trapped(text, figure.span, sentence, hint, about):
            yield figure
    denial = hint.zero.search(text, *sentence) if hint.zero else None
    if denial and not trapped(text, denial.span(), sentence, hint, about):
        none = Decimal(0) if hint.kind == "money" else 0
        yield Figure(none, denial.span(), denial.end(), denial.span())


def _joined(
    script: Script, found: Mapping[Span, dict[str, list[Figure]]]
) -> list[tuple[Span, dict[str, list[Figure]]]]:
    """Neighbouring sentences of one paragraph as one passage."""
    joined: list[tuple[Span, dict[str, list[Figure]]]] = []
    for span in sorted(found):
        if joined:
            (start, end), places = joined[-1]
            near = span[0] - end <= 1 and span[1] - start <= LONGEST
            if near and "\n" not in script.tight[end : span[0]]:
                merged = {p: [*places.get(p, []), *found[span].get(p, [])] for p in
                          dict.fromkeys((*places, *found[span]))}  # fmt: skip
                joined[-1] = ((start, span[1]), merged)
                continue
        joined.append((span, dict(found[span])))
    return joined


def _passage(span: Span, places: Mapping[str, Sequence[Figure]]) -> Passage:
    asked = []
    for path, figures_ in places.items():
        by_answer: dict[Answered, list[Figure]] = defaultdict(list)
        for figure in figures_:
            by_answer[answer_of(figure)].append(figure)
        asked.append(Asked(hints()[path], {a: tuple(f) for a, f in by_answer.items()}))
    return Passage(*span, tuple(asked))


def answer_of(figure: Figure) -> Answered:
    """A figure as a schema lists it: whole numbers as such, other sums and dates as text."""
    value = figure.value
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else format(value.normalize(), "f")
    return value


def question(script: Script, passage: Passage) -> Prompt:
    """The prompt of a passage."""
    file = prompt("facts")
    words = script.tight[passage.start : passage.end]
    fields = "\n".join(
        f"- {a.hint.key}: {a.hint.label}。{a.hint.meaning}可选: {_choices(a, script)}"
        for a in passage.asked
    )
    return Prompt(
        id=file.name,
        digest=file.digest,
        system=file.system,
        user=file.asked({"passage": words, "fields": fields}),
        shape=shape(script, passage),
        shots=file.shots,
        max_tokens=60 + 90 * len(passage.asked),
    )


def _choices(asked: Asked, script: Script) -> str:
    """The quotes with their values, in the order of the passage."""
    pairs = {figure.quote: answer for answer, found in asked.places.items() for figure in found}
    listed = (f"「{script.tight[a:b]}」{pairs[a, b]}" for a, b in sorted(pairs))
    return "、".join((*listed, "null"))


_STRICT = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


def shape(script: Script, passage: Passage) -> type[BaseModel]:
    """The answer's schema: for each fact a quote and a figure of the passage, or null."""
    fields: dict[str, Any] = {}
    for asked in passage.asked:
        # Lists that are made when it runs: no "|" between them and None.
        quote: Any = Literal[tuple(asked.quotes(script))]
        value: Any = Literal[tuple(asked.places)]
        found = create_model(
            f"Found_{asked.hint.key}",
            __config__=_STRICT,
            quote=(Optional[quote], ...),  # noqa: UP045
            value=(Optional[value], ...),  # noqa: UP045
        )
        fields[asked.hint.key] = (found, ...)
    return create_model("Facts", __config__=_STRICT, **fields)


# ---------------------------------------------------------------- answers


@dataclass(frozen=True, slots=True)
class Grounded:
    """An answer that stands in the text, or `dropped` tells why it does not."""

    candidate: Candidate | None
    dropped: str = ""


def answers(
    script: Script,
    text: Text,
    passage: Passage,
    value: BaseModel,
    taken: Mapping[int, str],
    about: About,
) -> Iterator[Grounded]:
    """What an answer says of each fact; null says nothing."""
    for asked in passage.asked:
        found = getattr(value, asked.hint.key)
        if found.value is None:
            continue
        place = ground(script, passage, asked, found.quote, found.value)
        if isinstance(place, str):
            yield Grounded(None, place)
            continue
        found_by = witness(script, asked.hint, place.value, place.span[0], taken, about)
        if _INVISIBLE.search(text.quote(*script.clean_span(*place.span))):
            found_by = GROUNDED  # digits that nobody sees as they are read
        yield Grounded(_candidate(script, text, asked.hint, place, found_by))


def ground(
    script: Script, passage: Passage, asked: Asked, quote: str | None, value: Answered
) -> Figure | str:
    """The figure that an answer names, or why it is dropped.

    The quote must be a copy of a stretch of the passage, and hold the figure's every digit, or
    the whole of the wording that denies.
    """
    if not quote or not quote.strip():
        return "no_quote"
    places = asked.places.get(value)
    if not places:
        return "value_not_in_passage"
    words = script.tight[passage.start : passage.end]
    quote = quote.strip()
    at = words.find(quote)
    if at < 0:
        return "quote_not_in_passage"
    while at >= 0:
        first, last = passage.start + at, passage.start + at + len(quote)
        for place in places:
            if first <= place.span[0] and place.span[1] <= last:
                return place
        at = words.find(quote, at + 1)
    return "value_not_in_quote"


def _candidate(
    script: Script, text: Text, hint: Hint, place: Figure, found_by: Witness
) -> Candidate:
    span = script.clean_span(*place.span)
    value: Value = place.value
    return Candidate(
        field=hint.path,
        value=value,
        span=text.source_span(*span),
        quote=text.quote(*span),
        source="model",
        bundle=Bundle(hint.path, *found_by),
        approximate=place.approximate,
    )
