"""A model that lies: every kind of schema-valid and schema-breaking answer, ten thousand times.

A lie is an answer to one field that is not right for the document. It is *accepted* if the field
then has a confident status: that must never happen, whatever the model says. Dropped lies do
not stand in the text; suggested ones do, and leave the field open.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, get_args

from pydantic import BaseModel

from evals.cases import fold
from evals.model.blind import Blind, hidden_facts, hidden_rows, reading_of, right, sure
from evals.model.scripted import Scripted
from evals.passage import LISTS, passages
from evals.soak import documents
from gkllm.form import form
from gkllm.llm import Prompt
from gkllm.report import Field
from gkllm.score import same

_PAIR = re.compile(r"「([^「」]*)」([^、]+)、")
_Answer = dict[str, Any]


# ---------------------------------------------------------------- what a question lists


def listed(asked: Prompt, key: str, part: str | None = None) -> list[Any]:
    """The quotes, the values, or the numbers of a column that a shape lists for a field."""
    annotation: Any = asked.shape.model_fields[key].annotation
    if part is not None:
        annotation = annotation.model_fields[part].annotation
    inner = next(a for a in get_args(annotation) if a is not type(None))
    return list(get_args(inner))


def pairs(asked: Prompt, key: str) -> list[tuple[str, Any]]:
    """The quotes of a field with their values, as the question lists them."""
    line = next(line for line in asked.user.splitlines() if line.startswith(f"- {key}: "))
    values = {str(value): value for value in listed(asked, key, "value")}
    return [(quote, values[value]) for quote, value in _PAIR.findall(line) if value in values]


def _passage(asked: Prompt) -> str:
    return asked.user.partition("\n")[2].partition("\n项目:")[0]


def _sentences(asked: Prompt) -> int:
    return len(re.findall(r"^\[\d+\]", asked.user, re.MULTILINE))


# ---------------------------------------------------------------- lies about facts

_Lie = Callable[[Prompt, Random], _Answer]


def _each(say: Callable[[Prompt, str, Random], tuple[Any, Any]]) -> _Lie:
    def lie(asked: Prompt, rng: Random) -> _Answer:
        keys = asked.shape.model_fields
        return {k: dict(zip(("quote", "value"), say(asked, k, rng), strict=True)) for k in keys}

    return lie


def _pair(asked: Prompt, key: str, rng: Random) -> tuple[str, Any]:
    return rng.choice(pairs(asked, key) or [(_passage(asked), 1)])


def _number(value: Any) -> int:
    digits = re.sub(r"\D", "", str(value))
    return int(digits or 0)


def _typed(value: int, like: Any) -> Any:
    return str(value) if isinstance(like, str) else value


def _mixed(asked: Prompt, key: str, rng: Random) -> tuple[Any, Any]:
    return rng.choice(listed(asked, key, "quote")), rng.choice(listed(asked, key, "value"))


def _largest(asked: Prompt, key: str, rng: Random) -> tuple[Any, Any]:
    return max(pairs(asked, key) or [_pair(asked, key, rng)], key=lambda p: _number(p[1]))


def _zero(asked: Prompt, key: str, rng: Random) -> tuple[Any, Any]:
    quote, value = _pair(asked, key, rng)
    return quote, _typed(0, value)


def _nines(asked: Prompt, key: str, rng: Random) -> tuple[Any, Any]:
    quote, value = _pair(asked, key, rng)
    return quote, _typed(999, value)


def _invented(asked: Prompt, key: str, rng: Random) -> tuple[Any, Any]:
    _, value = _pair(asked, key, rng)
    return f"经核实,本年度该项共{value}件", value


def _whole(asked: Prompt, key: str, rng: Random) -> tuple[Any, Any]:
    return _passage(asked), rng.choice(listed(asked, key, "value"))


def _one_more(asked: Prompt, key: str, rng: Random) -> tuple[Any, Any]:
    quote, value = _pair(asked, key, rng)
    return quote, _typed(_number(value) + rng.choice((-1, 1)), value)


def _cut(asked: Prompt, key: str, rng: Random) -> tuple[Any, Any]:
    quote, value = _pair(asked, key, rng)
    return quote, _typed(_number(value) // 10, value)


def _ten_thousand(asked: Prompt, key: str, rng: Random) -> tuple[Any, Any]:
    quote, value = _pair(asked, key, rng)
    return quote, _typed(_number(value) * 10_000, value)


def _sum(asked: Prompt, key: str, rng: Random) -> tuple[Any, Any]:
    values = [_number(v) for _, v in pairs(asked, key)]
    return _passage(asked), _typed(sum(values), _pair(asked, key, rng)[1])


def _year(asked: Prompt, key: str, rng: Random) -> tuple[Any, Any]:
    years = re.findall(r"20\d\d", _passage(asked)) or ["2023"]
    return _passage(asked), _typed(int(rng.choice(years)), _pair(asked, key, rng)[1])


def _any_number(asked: Prompt, key: str, rng: Random) -> tuple[Any, Any]:
    numbers = re.findall(r"\d+", _passage(asked)) or ["1"]
    return _passage(asked), _typed(int(rng.choice(numbers)), _pair(asked, key, rng)[1])


def _first_for_all(asked: Prompt, rng: Random) -> _Answer:
    keys = list(asked.shape.model_fields)
    quote, value = _pair(asked, keys[0], rng)
    return {key: {"quote": quote, "value": value} for key in keys}


def _swapped(asked: Prompt, rng: Random) -> _Answer:
    keys = list(asked.shape.model_fields)
    said = [_pair(asked, key, rng) for key in keys]
    turned = said[1:] + said[:1]
    return {
        key: {"quote": quote, "value": value}
        for key, (quote, value) in zip(keys, turned, strict=True)
    }


FACT_LIES: dict[str, _Lie] = {
    "another figure with its own words": _each(_pair),
    "a figure with other words": _each(_mixed),
    "the largest figure": _each(_largest),
    "the first figure for every field": _first_for_all,
    "answers of two fields exchanged": _swapped,
    "zero": _each(_zero),
    "999": _each(_nines),
    "an invented quote": _each(_invented),
    "the whole passage as quote": _each(_whole),
    "one more or less": _each(_one_more),
    "a number without its last digit": _each(_cut),
    "ten thousand times": _each(_ten_thousand),
    "the sum of all figures": _each(_sum),
    "the year as a count": _each(_year),
    "any number of the passage": _each(_any_number),
}


# ---------------------------------------------------------------- lies about sentences and rows


def _halves(pick: Callable[[list[int], Random], tuple[Any, Any]]) -> _Lie:
    def lie(asked: Prompt, rng: Random) -> _Answer:
        problems, improvements = pick(list(range(1, _sentences(asked) + 1)), rng)
        return {"problems": problems, "improvements": improvements}

    return lie


def _some(numbers: list[int], rng: Random) -> list[int]:
    return sorted(rng.sample(numbers, rng.randint(0, len(numbers))))


ITEM_LIES: dict[str, _Lie] = {
    "all sentences are problems": _halves(lambda n, rng: (n, None)),
    "all sentences are improvements": _halves(lambda n, rng: (None, n)),
    "all sentences are both": _halves(lambda n, rng: (n, n)),
    "random sentences": _halves(lambda n, rng: (_some(n, rng), _some(n, rng))),
    "sentences that are not there": _halves(lambda n, rng: ([0, n[-1] + 1], [-1])),
}


def _numbers(asked: Prompt) -> list[int]:
    line = asked.user.rpartition("印出的数: ")[2]
    return [int(n.replace(",", "")) for n in line.strip().split("、")]


def _row(pick: Callable[[list[int], Random], list[Any]]) -> _Lie:
    def lie(asked: Prompt, rng: Random) -> _Answer:
        columns = [key for key in asked.shape.model_fields if key != "quote"]
        said = pick(_numbers(asked), rng)
        said = (said + [None] * len(columns))[: len(columns)]
        words = asked.user.partition("这一行的原文:\n")[2].partition("\n列的顺序")[0]
        return {"quote": words} | dict(zip(columns, said, strict=True))

    return lie


def _compensating(numbers: list[int], rng: Random) -> list[Any]:
    said: list[Any] = list(numbers)
    if len(said) > 2:
        said[0], said[1] = said[0] + 1, said[1] - 1
    return said


def _exchanged(numbers: list[int], rng: Random) -> list[Any]:
    said: list[Any] = list(numbers)
    if len(said) > 3:
        a, b = rng.sample(range(min(6, len(said))), 2)
        said[a], said[b] = said[b], said[a]
    return said


def _holes(numbers: list[int], rng: Random) -> list[Any]:
    return [n if rng.random() < 0.6 else None for n in numbers]


def _drawn(numbers: list[int], rng: Random) -> list[Any]:
    return [rng.choice(numbers) for _ in range(7)]


ROW_LIES: dict[str, _Lie] = {
    "a row of zeros": _row(lambda n, rng: [0] * 7),
    "a row slid to the right": _row(lambda n, rng: [None, *n]),
    "a row slid to the left": _row(lambda n, rng: n[1:]),
    "two columns exchanged": _row(_exchanged),
    "a compensating pair": _row(_compensating),
    "one number in all cells": _row(lambda n, rng: [rng.choice(n)] * 7),
    "a plausible total": _row(lambda n, rng: [*n[:6], sum(n[:6]) + 1]),
    "the row backwards": _row(lambda n, rng: n[::-1]),
    "numbers drawn at random": _row(_drawn),
    "numbers with holes": _row(_holes),
}


def lies_for(asked: Prompt) -> dict[str, _Lie]:
    """The kinds of lies that fit a question."""
    kinds = {"facts": FACT_LIES, "items": ITEM_LIES, "rows": ROW_LIES}
    return kinds[asked.id.partition("/")[0]]


def constructed(shape: type[BaseModel], data: _Answer) -> BaseModel:
    """An answer that no schema has checked, as of an endpoint that ignores it."""
    found: dict[str, Any] = {}
    for key, info in shape.model_fields.items():
        inner: Any = info.annotation
        value = data.get(key)
        nested = isinstance(value, dict) and isinstance(inner, type)
        found[key] = inner.model_construct(**value) if nested else value
    return shape.model_construct(**found)


# ---------------------------------------------------------------- telling them


@dataclass
class Told:
    """What became of the lies, by kind."""

    lies: Counter[str] = field(default_factory=Counter)
    suggested: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    harm: int = 0
    truths: int = 0
    filled: int = 0
    shown: list[str] = field(default_factory=list)

    def table(self) -> str:
        """The counts for people."""
        total, kept = sum(self.lies.values()), sum(self.suggested.values())
        lines = [
            f"lies {total} of {len(self.lies)} kinds",
            f"ACCEPTED {sum(self.accepted.values())}   HARM {self.harm}",
            f"  dropped {total - kept}, suggestions {kept}",
            f"answers that were right by chance {self.truths}, of these filled {self.filled}",
            "",
            f"{'kind of lie':36} {'told':>6} {'suggested':>9} {'accepted':>8}",
        ]
        for kind, count in sorted(self.lies.items()):
            told = f"{count:6d} {self.suggested[kind]:9d} {self.accepted[kind]:8d}"
            lines.append(f"{kind:36} {told}")
        return "\n".join([*lines, *self.shown[:40]])


_Right = Callable[[str, object], bool]


def tell(blind: Blind, is_right: _Right, rng: Random, told: Told, name: str) -> None:
    """Every kind of lie that fits the questions of one report, once."""
    before = sure(dict(blind.hole.fields))
    kinds = sorted({k for a in _questions(blind) for k in lies_for(a)})
    for kind in kinds:
        said: list[tuple[str, Any]] = []

        def say(asked: Prompt, kind: str = kind, said: list[tuple[str, Any]] = said) -> Any:
            lie = lies_for(asked).get(kind)
            if lie is None:
                return None
            data = lie(asked, rng)
            said += _values(asked, data).items()
            return constructed(asked.shape, data)

        after = blind.told(Scripted(say, tables=True))
        told.harm += sum(after[path].value != value for path, value in before.items())
        for path, value in said:
            _count(told, kind, path, value, after[path], is_right, name)


def _count(
    told: Told, kind: str, path: str, value: object, given: Field, is_right: _Right, name: str
) -> None:
    filled = given.source == "model" and not given.open
    if is_right(path, _sentences_of(given) if path in _HALVES else value):
        told.truths += 1
        told.filled += filled
        return
    told.lies[kind] += 1
    told.suggested[kind] += any(a.source == "model" for a in given.alternatives or ())
    if filled and not is_right(path, given.value):
        told.accepted[kind] += 1
        told.shown.append(f"ACCEPTED {name} {path} {given.value!r} quote {given.quote!r}")


_HALVES = ("facts.problems", "facts.improvements")


def _sentences_of(given: Field) -> object:
    """The sentences that an answer by numbers named, as far as they were kept."""
    if not given.open:
        return given.value
    return [a.value for a in given.alternatives or () if a.source == "model"]


def _questions(blind: Blind) -> list[Prompt]:
    model = Scripted(lambda asked: None, tables=True)
    blind.told(model)
    return model.asked


def _values(asked: Prompt, data: _Answer) -> dict[str, Any]:
    """What an answer says of which fields."""
    if asked.id.startswith("rows"):
        label = asked.user.partition("行名: ")[2].partition("\n")[0]
        row = row_keys()[label]
        return {f"requests.{row}.{k}": v for k, v in data.items() if k != "quote" and v is not None}
    if asked.id.startswith("items"):
        return {f"facts.{k}": v for k, v in data.items() if v}
    return {f"facts.{k}": v["value"] for k, v in data.items() if v["value"] is not None}


def row_keys() -> dict[str, str]:
    """The rows of section 三 of both editions, by the label that a question names."""
    return {row.zh: row.key for edition in ("2019", "2021") for row in form(edition).rows}


def run(count: int, seed: int = 1, rounds: int = 2) -> Told:
    """Lies about all passages, and about `count` rendered documents with hidden fields."""
    told = Told()
    rng = Random(f"lies:{seed}")
    for name in LISTS:
        for passage in passages(name):
            blind = hidden_facts(reading_of(passage.document), Random(1))
            for _ in range(rounds):
                tell(blind, partial(_stated, passage.truth), rng, told, passage.id)
    for index, (rendered, damages) in enumerate(documents(count, seed + 7_000)):
        reading = reading_of(rendered.payload)
        is_right = partial(right, rendered.truth, fold(rendered.text))
        named = f"{seed + 7_000}-{index} {'+'.join(damages)}"
        for found in (hidden_facts(reading, rng), hidden_rows(reading, rng)):
            if found is not None:
                tell(found, is_right, rng, told, named)
    return told


def _stated(truth: dict[str, Any], path: str, value: object) -> bool:
    return path in truth and same(value, truth[path])
