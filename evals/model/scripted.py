"""Models that are scripts: they answer what a function says, and count what they were asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from gkllm.llm import Account, Answer, Prompt, Trouble, Why
from gkllm.report import Usage


class ScriptAccount(Account):
    """An account of a scripted model; nothing is ever spent."""

    def __init__(self) -> None:
        self.prompts = 0

    def usage(self) -> Usage:
        return Usage(model="script", calls=self.prompts)


class Scripted:
    """A model whose answers are what `say(prompt)` returns: JSON-like data, or None for nothing.

    Data that does not fit the shape is the trouble `wrong_shape`, as with any endpoint.
    """

    name = "script"
    stopped: Trouble | None = None

    def __init__(self, say: Callable[[Prompt], Any], tables: bool = False) -> None:
        self.say = say
        self.tables = tables
        self.asked: list[Prompt] = []
        self.account = ScriptAccount()

    def open_account(self) -> Account:
        return ScriptAccount()

    def answer(self, prompt: Prompt, account: Account) -> Answer:
        self.asked.append(prompt)
        if isinstance(account, ScriptAccount):
            account.prompts += 1
        data = self.say(prompt)
        if isinstance(data, BaseModel):
            return Answer(value=data)
        try:
            return Answer(value=prompt.shape.model_validate(data))
        except ValidationError:
            return Answer(trouble=Trouble(Why.WRONG_SHAPE, "not of the asked shape"))

    def answers(self, prompts: Sequence[Prompt], account: Account) -> list[Answer]:
        return [self.answer(prompt, account) for prompt in prompts]

    def close(self) -> None:
        """Nothing was started."""
