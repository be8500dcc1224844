"""Open cells of section 三 > one question a row, and its answer > candidates.

The excerpt of a row is what stands between the numbers of the rows around it, so that a
neighbouring row, which adds up as well, is not in it. Each value must be one of the row's
printed numbers, each number is used once and in order. Only models that are declared able are
asked: small ones read damaged rows no better than chance.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Optional

from pydantic import BaseModel, ConfigDict, create_model

from gkllm.ask.facts import Grounded
from gkllm.ask.prompts import prompt
from gkllm.document import Span, Text
from gkllm.form import Form
from gkllm.llm import Prompt
from gkllm.report import Bundle, Candidate, Field, Reason

MOST_ROWS = 30
LONGEST = 700  # characters of a row; more is no row
HEAD = 400  # characters of the table before its first number
_FEWEST = 2  # numbers that are worth a question

_TOKEN = re.compile(r"(?<![^\s|])(\d{1,3}(?:,\d{3})+|\d{1,9})(?=件?(?:[\s|]|$))")
_SPACE = re.compile(r"\s+")
_NOTHING = frozenset((Reason.ABSENT, Reason.NOT_APPLICABLE, Reason.BLANK))
_STRICT = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)

COMPLETE = ("a whole row between its neighbours, each number used once", 1)
PARTIAL = ("numbers between its neighbours, each used once", 2)


@dataclass(frozen=True, slots=True)
class Row:
    """A row with open cells: its excerpt [start, end) of the clean text and its numbers there.

    `alone` says that no other row's numbers can be in the excerpt.
    """

    place: str
    label: str
    columns: tuple[str, ...]
    start: int
    end: int
    tokens: tuple[Span, ...]
    alone: bool


def rows(
    text: Text, fields: Mapping[str, Field], candidates: Sequence[Candidate], form: Form
) -> list[Row]:
    """The rows of section 三 that hold open cells and, between their neighbours, numbers."""
    ends = _ends(text, candidates)
    places = [f"requests.{row.key}" for row in form.rows]
    columns = tuple(column.key for column in form.columns)
    found = []
    for index, place in enumerate(places):
        if not any(_open(fields.get(f"{place}.{column}")) for column in columns):
            continue
        before = next((p for p in reversed(places[:index]) if p in ends), None)
        after = next((p for p in places[index + 1 :] if p in ends), None)
        if before is None or after is None:
            continue
        start, end = ends[before][1], ends[after][0]
        if not 0 < end - start <= LONGEST:
            continue
        tokens = tuple(m.span(1) for m in _TOKEN.finditer(text.clean, start, end))
        alone = places.index(after) - places.index(before) == 2
        if len(tokens) >= _FEWEST:
            label = form.rows[index].zh
            found.append(Row(place, label, columns, start, end, tokens, alone))
    return found[:MOST_ROWS]


def _open(field: Field | None) -> bool:
    return field is not None and field.open and field.reason not in _NOTHING


def _ends(text: Text, candidates: Sequence[Candidate]) -> dict[str, Span]:
    """Where the numbers of each row begin and end in the clean text, as they were read."""
    found: dict[str, Span] = {}
    for c in candidates:
        if c.span is None or not c.field.startswith("requests.") or c.value is None:
            continue
        start, end = c.span
        first, last = found.get(c.bundle.place, (start, end))
        found[c.bundle.place] = min(start, first), max(end, last)
    return {p: (_clean(text, a), _clean(text, b - 1) + 1) for p, (a, b) in found.items()}


def _clean(text: Text, position: int) -> int:
    """The clean position that stands for a source position."""
    return bisect_left(
        range(len(text.clean)), position, key=lambda at: text.source_span(at, at + 1)[0]
    )


def question(text: Text, row: Row, head: str) -> Prompt:
    """The prompt of a row; `head` is what the table prints before its first number."""
    file = prompt("rows")
    numbers = [text.clean[a:b] for a, b in row.tokens]
    return Prompt(
        id=file.name,
        digest=file.digest,
        system=file.system,
        user=file.asked(
            {
                "head": _SPACE.sub(" ", head).strip(),
                "row": text.clean[row.start : row.end].strip(),
                "label": row.label,
                "columns": "、".join(row.columns),
                "numbers": "、".join(numbers),
            }
        ),
        shape=shape(text, row),
        shots=file.shots,
        max_tokens=300,
    )


def shape(text: Text, row: Row) -> type[BaseModel]:
    """The answer's schema: the row's quote, then for each column one of its numbers or null."""
    value: Any = Literal[tuple(dict.fromkeys(_value(text, token) for token in row.tokens))]
    fields: dict[str, Any] = dict.fromkeys(row.columns, (Optional[value], ...))  # noqa: UP045
    return create_model("Row", __config__=_STRICT, quote=(Optional[str], ...), **fields)  # noqa: UP045


def _value(text: Text, token: Span) -> int:
    return int(text.clean[token[0] : token[1]].replace(",", ""))


def answers(text: Text, row: Row, value: BaseModel) -> Iterator[Grounded]:
    """The cells of an answer whose numbers are the row's own, once and in order."""
    said = {column: getattr(value, column) for column in row.columns}
    given = {column: number for column, number in said.items() if number is not None}
    if not given:
        return
    quoted = _quoted(text, row, getattr(value, "quote", None))
    if quoted is None:
        yield Grounded(None, "quote_not_in_row")
        return
    places = _conserved(text, quoted, list(given.values()))
    if places is None:
        yield Grounded(None, "numbers_not_conserved")
        return
    whole = row.alone and len(given) == len(row.columns) == len(row.tokens)
    bundle = Bundle(row.place, *(COMPLETE if whole else PARTIAL))
    for (column, number), token in zip(given.items(), places, strict=True):
        yield Grounded(
            Candidate(
                field=f"{row.place}.{column}",
                value=number,
                span=text.source_span(*token),
                quote=text.quote(*token),
                source="model",
                bundle=bundle,
            )
        )


def _quoted(text: Text, row: Row, quote: str | None) -> list[Span] | None:
    """The tokens within a quote that is a copy of the row's text, white space apart."""
    if not quote or not quote.strip():
        return None
    words = text.clean[row.start : row.end]
    pattern = r"\s+".join(map(re.escape, quote.split()))
    match = re.search(pattern, words)
    if match is None:
        return None
    first, last = row.start + match.start(), row.start + match.end()
    return [t for t in row.tokens if first <= t[0] and t[1] <= last]


def _conserved(text: Text, tokens: Sequence[Span], numbers: Sequence[int]) -> list[Span] | None:
    """A token for each number, in order, none used twice; None where there is none."""
    places: list[Span] = []
    rest = iter(tokens)
    for number in numbers:
        token = next((t for t in rest if _value(text, t) == number), None)
        if token is None:
            return None
        places.append(token)
    return places


def head(text: Text, candidates: Sequence[Candidate]) -> str:
    """What stands before the first number of section 三."""
    firsts = [c.span[0] for c in candidates if c.span and c.field.startswith("requests.")]
    if not firsts:
        return ""
    first = _clean(text, min(firsts))
    return text.clean[max(0, first - HEAD) : first]
