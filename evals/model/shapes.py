"""Other shapes of the same question, to compare: each turns a prompt of `gkllm.ask` into its own.

`Shaped` stands between `ask` and a model: it rewrites the questions about passages, and brings
the answers back into the shape that `ask` expects, so that everything behind stays the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Optional

from pydantic import BaseModel, ConfigDict, create_model

from evals.model.lies import constructed, listed, pairs
from gkllm.ask.prompts import parsed
from gkllm.llm import Account, Answer, Model, Prompt

_STRICT = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)
_Data = dict[str, Any]
_QUOTED = re.compile(r"「[^「」]*」(?=[^、\n]+)")


def _free_quote(asked: Prompt) -> tuple[list[Prompt], Callable[[list[_Data]], _Data]]:
    """The quote is any text, the value one of the listed: what the issue began with."""
    fields: Any = {}
    for key in asked.shape.model_fields:
        value: Any = Literal[tuple(listed(asked, key, "value"))]
        found = create_model(
            f"Found_{key}",
            __config__=_STRICT,
            quote=(Optional[str], ...),  # noqa: UP045
            value=(Optional[value], ...),  # noqa: UP045
        )
        fields[key] = (found, ...)
    system = asked.system.replace(
        "每一项从可选里选:先填原文里说这一项的话(quote),再填那句话里的数(value)。"
        "可选的话说的都不是这一项,quote和value就都填null。",
        "每一项先抄原文里能证明它的话(quote,一字不改,要带着数),再填数(value,从可选里选)。"
        "原文没有说这一项,quote和value就都填null。",
    )
    shaped = replace(
        asked,
        id="free quote",
        system=system,
        user=_QUOTED.sub("", asked.user),
        shots=tuple((_QUOTED.sub("", q), a) for q, a in asked.shots),
        shape=create_model("Facts", __config__=_STRICT, **fields),
    )
    return [shaped], lambda said: said[0]


def _part(part: str, name: str) -> Callable[[Prompt], Any]:
    """Only the value, or only the quote, is asked; the other follows from it."""

    def shaped(asked: Prompt) -> tuple[list[Prompt], Callable[[list[_Data]], _Data]]:
        fields: Any = {}
        for key in asked.shape.model_fields:
            one: Any = Literal[tuple(listed(asked, key, part))]
            fields[key] = (Optional[one], ...)  # noqa: UP045
        shots = tuple(
            (q, json.dumps({k: v[part] for k, v in json.loads(a).items()}, ensure_ascii=False))
            for q, a in asked.shots
        )
        words = {"value": "填那一项的数", "quote": "填原文里说这一项的话(「」里的)"}[part]
        system = asked.system.replace(
            "先填原文里说这一项的话(quote),再填那句话里的数(value)。", f"{words}。"
        ).replace("quote和value就都填null", "就填null")
        prompt = replace(
            asked,
            id=name,
            system=system,
            shots=shots,
            shape=create_model("Facts", __config__=_STRICT, **fields),
        )

        def back(said: list[_Data]) -> _Data:
            return {key: _paired(asked, key, part, value) for key, value in said[0].items()}

        return [prompt], back

    return shaped


def _paired(asked: Prompt, key: str, part: str, said: Any) -> _Data:
    at = 1 if part == "value" else 0
    found = next((pair for pair in pairs(asked, key) if pair[at] == said), (None, None))
    return dict(zip(("quote", "value"), found, strict=True))


def _one_each(asked: Prompt) -> tuple[list[Prompt], Callable[[list[_Data]], _Data]]:
    """One fact a question instead of one passage a question."""
    prompts = []
    keys = list(asked.shape.model_fields)
    lines = asked.user.split("\n")
    for key in keys:
        own = [x for x in lines if not x.startswith("- ") or x.startswith(f"- {key}: ")]
        info: Any = asked.shape.model_fields[key].annotation
        shape = create_model("Facts", __config__=_STRICT, **{key: (info, ...)})
        prompts.append(replace(asked, id="one each", user="\n".join(own), shape=shape))
    return prompts, lambda said: {key: one[key] for key, one in zip(keys, said, strict=True)}


def _examples(asked: Prompt) -> tuple[list[Prompt], Callable[[list[_Data]], _Data]]:
    """With three examples of another trade before the question; version 1 had them."""
    path = Path(__file__).parent / "prompts" / "facts-with-examples.md"
    file = parsed(path.read_text("utf-8"))
    return [replace(asked, id="examples", shots=file.shots)], lambda said: said[0]


SHAPES: dict[str, Any] = {
    "listed": lambda asked: ([asked], lambda said: said[0]),
    "free-quote": _free_quote,
    "value-only": _part("value", "value only"),
    "quote-only": _part("quote", "quote only"),
    "one-each": _one_each,
    "examples": _examples,
}


class Shaped:
    """A model that is asked in another shape."""

    def __init__(self, model: Model, shape: str) -> None:
        self.model, self.shape = model, SHAPES[shape]
        self.name, self.account, self.stopped = model.name, model.account, None
        self.tables = False
        self.asked: list[Prompt] = []

    def open_account(self) -> Account:
        return self.model.open_account()

    def answer(self, prompt: Prompt, account: Account) -> Answer:
        self.asked.append(prompt)
        if not prompt.id.startswith("facts"):
            return self.model.answer(prompt, account)
        prompts, back = self.shape(prompt)
        replies = [self.model.answer(one, account) for one in prompts]
        if any(reply.value is None for reply in replies):
            return next(reply for reply in replies if reply.value is None)
        said = [reply.value.model_dump() for reply in replies if reply.value]
        value: BaseModel = constructed(prompt.shape, back(said))
        return Answer(value=value)

    def answers(self, prompts: Sequence[Prompt], account: Account) -> list[Answer]:
        return [self.answer(prompt, account) for prompt in prompts]

    def close(self) -> None:
        self.model.close()
