"""Questions written to files and answered elsewhere: the Batch API of OpenAI and its like.

A line of a questions file is a request of that API, named by the key under which the answer is
kept in the cache. So an answer that is read back is found by any later run that asks the very
same question with the same settings, on this machine and without a call.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import openai
from openai.types.chat import ChatCompletion
from pydantic import ValidationError

from gkllm.errors import UnusableSetting
from gkllm.llm import Answer, Fault, Prompt, Trouble, Why
from gkllm.llm.account import Account
from gkllm.llm.client import Endpoint
from gkllm.llm.endpoint import Dialect, completion
from gkllm.llm.settings import Settings

URL: Literal["/v1/chat/completions"] = "/v1/chat/completions"
_KEPT = Answer(trouble=Trouble(Why.CLOSED, "The question was written to a file."))


@dataclass
class Recorder:
    """A model that answers nothing and keeps what it was asked, as lines of a questions file.

    `length` is the name that the endpoint has for the limit of an answer's tokens.
    """

    settings: Settings
    length: str = "max_tokens"
    lines: list[str] = field(default_factory=list)
    stopped: Trouble | None = None
    account: Account = field(default_factory=Account)

    def __post_init__(self) -> None:
        self._endpoint = Endpoint(self.settings, "off", lambda line: None)
        self.name, self.tables = self._endpoint.name, self._endpoint.tables

    def open_account(self) -> Account:
        """An account that nothing is ever booked on."""
        return Account()

    def answer(self, prompt: Prompt, account: Account) -> Answer:
        """Keep one question."""
        self.lines.append(json.dumps(self._request(prompt), ensure_ascii=False))
        return _KEPT

    def answers(self, prompts: Sequence[Prompt], account: Account) -> list[Answer]:
        """Keep several questions."""
        return [self.answer(prompt, account) for prompt in prompts]

    def close(self) -> None:
        """Nothing was started."""
        self._endpoint.close()

    def _request(self, prompt: Prompt) -> dict[str, Any]:
        mode = self.settings.schema_mode
        dialect = Dialect("strict" if mode == "auto" else mode, self.length)
        body = dialect.body(prompt, self.settings)
        extra = body.pop("extra_body")
        return {
            "custom_id": self._endpoint.key(prompt),
            "method": "POST",
            "url": URL,
            "body": {"model": self.name, "messages": prompt.messages(), **body, **extra},
        }


@dataclass(frozen=True, slots=True)
class Replied:
    """One line of an answers file: the key of its question, and its value or the trouble."""

    key: str
    value: Any = None
    trouble: Trouble | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0


def replies(lines: Iterable[str]) -> Iterator[Replied]:
    """What an answers file holds; a line that is no answer says why.

    Whether a value has the shape that was asked for is seen when the question is asked again:
    one that has not is no answer then.
    """
    for line in lines:
        if line.strip():
            yield _replied(line)


def _replied(line: str) -> Replied:
    try:
        data = json.loads(line)
        key, response = str(data["custom_id"]), data.get("response") or {}
        status, body = int(response.get("status_code") or 0), response.get("body") or {}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Replied("", trouble=Trouble(Why.NOT_AN_API, "This line is no reply to a question."))
    if status != 200:
        why = Why.RATE_LIMITED if status == 429 else Why.SERVER_ERROR
        why = Why.BAD_REQUEST if 400 <= status < 429 else why
        return Replied(key, trouble=Trouble(why, f"The question was not answered ({status})."))
    try:
        reply = completion(ChatCompletion.model_validate(body))
        value = json.loads(reply.choices[0].message.content or "")
    except Fault as fault:
        return Replied(key, trouble=fault.trouble)
    except ValidationError:
        return Replied(key, trouble=Trouble(Why.NOT_AN_API, "The reply is no completion."))
    except (ValueError, RecursionError):
        return Replied(key, trouble=Trouble(Why.NOT_JSON, "The answer is no JSON."))
    if not isinstance(value, dict):
        return Replied(key, trouble=Trouble(Why.WRONG_SHAPE, "The answer is no object."))
    used = reply.usage
    return Replied(
        key,
        value,
        prompt_tokens=used.prompt_tokens if used else 0,
        completion_tokens=used.completion_tokens if used else 0,
    )


# ---------------------------------------------------------------- the API itself

_PATIENCE = 600.0  # seconds for a file of 200 MB
_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})


@dataclass(frozen=True, slots=True)
class Ordered:
    """How far the endpoint is with a questions file; `texts` are its answers when it has ended."""

    status: str
    done: int
    total: int
    texts: tuple[bytes, ...] = ()
    complaint: str | None = None

    @property
    def ended(self) -> bool:
        return self.status in _ENDED


def send(path: Path, settings: Settings) -> str:
    """Send a questions file to be answered within a day; the name of the order.

    Raises UnusableSetting where the endpoint does not take it.
    """
    with _client(settings) as client, _told(settings):
        with path.open("rb") as file:
            sent = client.files.create(file=(path.name, file), purpose="batch")
        order = client.batches.create(input_file_id=sent.id, endpoint=URL, completion_window="24h")
        return order.id


def ordered(name: str, settings: Settings) -> Ordered:
    """How far an order is, with its answers if it has ended. Raises UnusableSetting."""
    with _client(settings) as client, _told(settings):
        order = client.batches.retrieve(name)
        counts = order.request_counts
        done, total = (counts.completed + counts.failed, counts.total) if counts else (0, 0)
        if order.status not in _ENDED:
            return Ordered(order.status, done, total)
        files = filter(None, (order.output_file_id, order.error_file_id))
        texts = tuple(client.files.content(each).read() for each in files)
        errors = order.errors.data if order.errors else None
        complaint = errors[0].message if errors else None
        return Ordered(order.status, done, total, texts, complaint)


def _client(settings: Settings) -> openai.OpenAI:
    key = settings.api_key.get_secret_value() if settings.api_key else "none"
    return openai.OpenAI(
        base_url=settings.base_url, api_key=key, timeout=_PATIENCE, max_retries=settings.retries
    )


@contextmanager
def _told(settings: Settings) -> Iterator[None]:
    """Trouble with the endpoint as an error that says what to do."""
    place = settings.base_url or "the endpoint"
    try:
        yield
    except openai.APIStatusError as error:
        raise UnusableSetting(
            f"{place} refuses (HTTP {error.status_code}). Check the key, the name, and that it "
            "has the Batch API."
        ) from None
    except openai.APIError as error:
        kind = type(error).__name__
        raise UnusableSetting(f"{place} cannot be asked ({kind}). Check OPENAI_BASE_URL.") from None
