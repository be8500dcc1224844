"""Asking a language model: a `Prompt` in, an `Answer` out, whatever the endpoint does.

    settings   gkllm.toml and the environment > Settings
    account    what was used, what is left of the budgets
    limits     requests and tokens a minute, waiting between tries
    endpoint   one call over HTTP; the only importer of openai and instructor
    client     Prompt > cache or endpoint > Answer
    weights    a model file from installed packages; engine, local: the embedded model
    doctor     what an endpoint can do, in plain words

Nothing of an answer is decided here: it is valid JSON of the asked shape, and no more than that.
Trouble with an endpoint is data (`Answer.trouble`), never an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol, get_args

from pydantic import BaseModel

from gkllm.errors import UnusableSetting
from gkllm.llm.account import Account
from gkllm.llm.settings import Settings

if TYPE_CHECKING:
    from gkllm.llm.client import Endpoint

__all__ = [
    "Account", "Answer", "Model", "Prompt", "Settings", "Trouble", "Why", "connect",
]  # fmt: skip

Choice = Literal["off", "auto", "local", "required"]
CacheMode = Literal["on", "off", "refresh"]


class Why(StrEnum):
    """Why a question got no answer: stable words to count by."""

    UNREACHABLE = "unreachable"  # no connection, no such host
    TIMEOUT = "timeout"  # the deadline of the call passed
    CLOSED = "closed"  # the connection broke in the middle
    RATE_LIMITED = "rate_limited"  # 429 to the last try, or its wait is longer than allowed
    SERVER_ERROR = "server_error"  # 5xx to the last try
    BAD_REQUEST = "bad_request"  # 4xx
    TOO_LONG = "too_long"  # the question does not fit the model's context
    REFUSED_KEY = "refused_key"  # 401, 403; stops the run
    NO_SUCH_MODEL = "no_such_model"  # 404; stops the run
    QUOTA = "quota"  # nothing left to spend at the endpoint; stops the run
    NOT_AN_API = "not_an_api"  # 200 with something that is no completion: a login page, cut JSON
    TOO_LARGE = "too_large"  # more bytes than any answer has
    NO_CHOICES = "no_choices"  # a completion without an answer in it
    REFUSAL = "refusal"  # the model declines
    FILTERED = "filtered"  # a content filter took the answer
    CUT = "cut"  # the answer ran into max_tokens
    EMPTY = "empty"  # an answer without text
    NOT_JSON = "not_json"  # prose, half an object, another language
    WRONG_SHAPE = "wrong_shape"  # JSON that is not of the asked shape
    REPORT_BUDGET = "report_budget"  # the tokens of this report are used up
    REPORT_DEADLINE = "report_deadline"  # the seconds of this report are used up
    RUN_BUDGET = "run_budget"  # the tokens or the money of the run are used up; stops the run
    FAILING = "failing"  # too many failures in a row; stops the run
    ENGINE = "engine"  # the embedded model did not start, or died; stops the run


# After these no other question of the run can fare better, so none is asked.
STOPPING = frozenset({
    Why.REFUSED_KEY, Why.NO_SUCH_MODEL, Why.QUOTA, Why.RUN_BUDGET, Why.FAILING, Why.ENGINE,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no answer, and what to do; never holds text of a document."""

    why: Why
    message: str


class Fault(Exception):
    """Trouble on its way to an `Answer`; `wait` is what a server asked for, in seconds."""

    def __init__(self, why: Why, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.trouble = Trouble(why, message)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question, ready to be sent: nothing in it is a template any more.

    `id` and `digest` name the prompt file and hash its text. `shape` is the model that the
    answer is parsed into: strict, extra fields forbidden, every field required and nullable,
    quotes before values. `shots` are earlier turns: a question, and the JSON that answers it.
    """

    id: str
    digest: str
    system: str
    user: str
    shape: type[BaseModel]
    shots: tuple[tuple[str, str], ...] = ()
    max_tokens: int = 512

    def messages(self) -> list[dict[str, str]]:
        """The turns of the conversation, as chat completions take them."""
        turns = [{"role": "system", "content": self.system}] if self.system else []
        for question, answer in self.shots:
            turns.append({"role": "user", "content": question})
            turns.append({"role": "assistant", "content": answer})
        return [*turns, {"role": "user", "content": self.user}]


@dataclass(frozen=True, slots=True)
class Answer:
    """Either a value, an instance of the prompt's shape, or the trouble; never both."""

    value: BaseModel | None = None
    trouble: Trouble | None = None
    cached: bool = False


class Model(Protocol):
    """Something that answers. One for a run, to be used from any thread."""

    name: str
    tables: bool  # declared able to read damaged rows of tables
    account: Account
    stopped: Trouble | None

    def open_account(self) -> Account:
        """The account of one report; its budget and its deadline begin here."""
        ...

    def answer(self, prompt: Prompt, account: Account) -> Answer:
        """Answer one question; never raises for trouble with the endpoint."""
        ...

    def answers(self, prompts: Sequence[Prompt], account: Account) -> list[Answer]:
        """Answer several questions at the same time; answers come in the order of questions."""
        ...

    def close(self) -> None:
        """Stop what was started."""
        ...


def connect(
    choice: Choice = "auto",
    settings: Settings | None = None,
    *,
    cache: CacheMode = "on",
    tell: Callable[[str], None] | None = None,
) -> Endpoint | None:
    """The model to ask, or None where none is to be asked.

    Nothing is started, opened or sent before the first question. `tell` gets lines for a person.
    Raises `UnusableSetting` where the choice cannot be served.
    """
    if choice == "off":
        return None
    if choice not in get_args(Choice):
        words = ", ".join(get_args(Choice))
        raise UnusableSetting(f"{choice!r} is no choice of a model. Give one of {words}.")
    from gkllm.llm.client import chosen

    return chosen(choice, settings or Settings.found(), cache, tell or (lambda line: None))
