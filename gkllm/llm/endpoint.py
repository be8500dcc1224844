"""One question to an endpoint that speaks chat completions; the only importer of openai and
instructor.

What was measured of the two, and why they are called as they are (openai 3.3, instructor 1.17):

- The client's timeout is per read: a server that drips holds it open. The deadline is outside.
- The client retries an empty account like a rate limit: its retries are off, they are here.
- A login page, an error in a 200 and an answer without choices come back without an exception.
- instructor renders every message as a template when it is given a context: it never is.
- It does not ask for strict decoding: the response format is sent beside what it builds.
- It logs validation errors, with text of the document in them: not for our calls.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2
import instructor
import openai
from instructor.core.exceptions import IncompleteOutputException, InstructorRetryException
from openai.types.chat import ChatCompletion, ChatCompletionMessage
from openai.types.chat.chat_completion import Choice
from pydantic import BaseModel, ValidationError

from gkllm.llm import Fault, Prompt, Why
from gkllm.llm.account import Account, Spent
from gkllm.llm.limits import Pace, backoff, retry_after
from gkllm.llm.settings import Settings

SchemaMode = Literal["strict", "schema", "object", "text"]
LADDER: tuple[SchemaMode, ...] = ("strict", "schema", "object", "text")
_MODES = {
    "strict": instructor.Mode.JSON_SCHEMA,
    "schema": instructor.Mode.JSON_SCHEMA,
    "object": instructor.Mode.JSON,
    "text": instructor.Mode.MD_JSON,
}
_CONNECT = 10.0  # seconds
_RETRIED = {Why.UNREACHABLE, Why.CLOSED, Why.RATE_LIMITED, Why.SERVER_ERROR, Why.TIMEOUT}
_QUOTA = re.compile(r"insufficient_quota|insufficient balance|arrearage|billing", re.I)
_CONTEXT = re.compile(r"context.{0,20}(length|size|window)|too long|too many tokens", re.I)
_SCHEMA = re.compile(r"response_format|json_schema|schema|grammar|structured", re.I)

_ours: ContextVar[bool] = ContextVar("_ours", default=False)
logging.getLogger("instructor.v2.retry").addFilter(lambda record: not _ours.get())


class _Unsupported(Exception):
    """The endpoint refuses a part of the request; `dialect` does without it."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__("another dialect")
        self.dialect = dialect


class _TooLarge(Exception):
    """More bytes than any answer has."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """Which part of the protocol an endpoint speaks, as far as it is known."""

    mode: SchemaMode = "strict"
    length: str = "max_tokens"
    without: frozenset[str] = frozenset()
    proven: bool = False

    def body(self, prompt: Prompt, settings: Settings) -> dict[str, Any]:
        """The fields of a request beside its messages."""
        sampling = {"temperature": settings.temperature, "seed": settings.seed}
        body: dict[str, Any] = {
            name: value
            for name, value in sampling.items()
            if value is not None and name not in self.without
        }
        body[self.length] = prompt.max_tokens
        extra = dict(settings.body)
        if self.mode in ("strict", "schema"):
            schema: dict[str, Any] = {"name": "answer", "schema": strict_schema(prompt.shape)}
            if self.mode == "strict":
                schema["strict"] = True
            extra["response_format"] = {"type": "json_schema", "json_schema": schema}
        return {**body, "extra_body": extra}

    def after(self, complaint: str, auto: bool) -> Dialect | None:
        """The dialect to try after a 400 that says this; None where nothing is left to try."""
        if self.length == "max_tokens" and "max_completion_tokens" in complaint:
            return replace(self, length="max_completion_tokens")
        for name in ("temperature", "seed"):
            if name in complaint and name not in self.without:
                return replace(self, without=self.without | {name})
        lower = LADDER[LADDER.index(self.mode) + 1 :]
        if auto and lower and (_SCHEMA.search(complaint) or not self.proven):
            return replace(self, mode=lower[0])
        return None


@dataclass(slots=True)
class _Call:
    """What one question to the endpoint needs on its way through instructor."""

    prompt: Prompt
    account: Account
    dialect: Dialect
    sent: bool = field(default=False)


class Wire:
    """The connection to one endpoint; lives in one event loop."""

    def __init__(self, settings: Settings, base_url: str | None, key: str, model: str) -> None:
        self.dialect = Dialect()
        if settings.schema_mode != "auto":
            self.dialect = Dialect(settings.schema_mode)
        self._settings, self._model = settings, model
        self._pace = Pace(settings.requests_per_minute, settings.tokens_per_minute)
        self._places = asyncio.Semaphore(settings.concurrency)
        self._http = httpx2.AsyncClient(
            transport=_Capped(settings.reply_bytes, base_url or "https://api.openai.com"),
            timeout=httpx2.Timeout(settings.timeout, connect=min(_CONNECT, settings.timeout)),
            follow_redirects=False,
            headers={"Accept-Encoding": "identity"},
        )
        self._client = openai.AsyncOpenAI(
            base_url=base_url, api_key=key, max_retries=0, http_client=self._http
        )
        # Both libraries import half of themselves with the first call, which has a deadline.
        self._send_one = self._client.chat.completions.create
        instructor.patch(create=self._send_one, mode=_MODES[self.dialect.mode])

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def ask(self, prompt: Prompt, account: Account) -> BaseModel:
        """The answer, of the prompt's shape. Raises Fault, and nothing else."""
        _ours.set(True)
        while True:
            dialect = self.dialect
            try:
                async with asyncio.timeout(max(0.0, account.seconds_left())):
                    answer = await self._parsed(_Call(prompt, account, dialect))
            except _Unsupported as unsupported:
                if self.dialect == dialect:  # unless another question has changed it since
                    self.dialect = unsupported.dialect
                continue
            except TimeoutError:
                raise _deadline() from None
            if not self.dialect.proven and self.dialect == dialect:
                self.dialect = replace(dialect, proven=True)
            return answer

    async def raw(
        self, messages: list[dict[str, str]], tokens: int, body: dict[str, Any]
    ) -> ChatCompletion:
        """One completion as it comes, without retries, shapes or accounts. Raises Fault."""
        _ours.set(True)
        extra = {**self._settings.body, **body, self.dialect.length: tokens}
        request = {"messages": messages, "model": self._model, "extra_body": extra}
        _, reply = await self._send(request, estimate(messages))
        if not isinstance(reply, ChatCompletion) or not _text(reply):
            raise _fault(reply)
        return reply

    async def models(self) -> list[dict[str, Any]]:
        """What the endpoint lists of its models. Raises Fault."""
        try:
            async with asyncio.timeout(_CONNECT):
                page = await self._client.models.list()
            return [each.model_dump() for each in page.data]
        except Exception as error:
            raise _fault(error) from None

    async def _parsed(self, call: _Call) -> BaseModel:
        async def create(**request: Any) -> ChatCompletion:
            return await self._create(call, request)

        ask = cast(
            "Callable[..., Awaitable[BaseModel]]",
            instructor.patch(create=create, mode=_MODES[call.dialect.mode]),
        )
        try:
            answer = await ask(
                response_model=call.prompt.shape,
                messages=call.prompt.messages(),
                model=self._model,
                max_retries=self._settings.reasks,
                strict=True,
                **call.dialect.body(call.prompt, self._settings),
            )
            # Once more as plain data, so that an answer is the same whether fresh or kept.
            return call.prompt.shape.model_validate_json(answer.model_dump_json(), strict=True)
        except InstructorRetryException as error:
            raise _told(_first(error)) from None
        except IncompleteOutputException:
            raise Fault(Why.CUT, "The answer ran into max_tokens.") from None
        except ValidationError as error:
            raise _told(error) from None

    async def _create(self, call: _Call, request: dict[str, Any]) -> ChatCompletion:
        """One completion, with retries of what may pass."""
        attempt = 0
        while True:
            try:
                return await self._once(call, request)
            except Fault as fault:
                longest = self._settings.longest_wait
                wait = backoff(attempt, longest) if fault.wait is None else fault.wait
                attempt += 1
                if (
                    fault.trouble.why not in _RETRIED
                    or attempt > self._settings.retries
                    or wait > longest
                ):
                    raise
                if wait >= call.account.seconds_left():
                    raise
                if fault.wait is not None:
                    self._pace.pause(wait)
                await asyncio.sleep(wait)

    async def _once(self, call: _Call, request: dict[str, Any]) -> ChatCompletion:
        size = estimate(request["messages"])
        reserved = size + call.prompt.max_tokens
        budget = call.account.reserve(reserved)
        if budget:
            raise _over(budget)
        spent: Spent | None = None
        try:
            entry = await self._pace.take(reserved)
            async with self._places:
                spent, reply = await self._send(request, size)
            entry[1] = float(spent.prompt_tokens + spent.completion_tokens)
        finally:
            call.account.settle(reserved, spent, self._model)
        if isinstance(reply, ChatCompletion):
            return completion(reply)
        if isinstance(reply, openai.BadRequestError | openai.UnprocessableEntityError):
            auto = self._settings.schema_mode == "auto"
            dialect = call.dialect.after(_complaint(reply), auto)
            if dialect and not _CONTEXT.search(_complaint(reply)):
                raise _Unsupported(dialect)
        raise _fault(reply)

    async def _send(self, request: dict[str, Any], size: int) -> tuple[Spent, object]:
        """Send it; what it cost, and the completion or the exception or whatever came back."""
        start = time.monotonic()
        reply: object
        try:
            async with asyncio.timeout(self._settings.timeout):
                reply = await self._send_one(**request)
        except Exception as error:
            reply = error
        seconds = time.monotonic() - start
        if isinstance(reply, openai.APIStatusError):
            return Spent(0, 0, seconds, False), reply
        usage = getattr(reply, "usage", None)
        counts = [getattr(usage, name, None) for name in ("prompt_tokens", "completion_tokens")]
        prompt, completion = (_credible(c, 20 * size + 20_000) for c in counts)
        if prompt and completion is not None:
            return Spent(prompt, completion, seconds, False), reply
        text = _text(reply)
        return Spent(size, estimate([{"content": text}]) if text else 0, seconds, True), reply


class _Capped(httpx2.AsyncBaseTransport):
    """The network, with an end to every reply."""

    def __init__(self, limit: int, base_url: str) -> None:
        # Certificates take a while to load; a plain address, never redirected, needs none.
        self._inner = httpx2.AsyncHTTPTransport(
            proxy=_proxy(base_url), verify=base_url.startswith("https:")
        )
        self._limit = limit

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()  # it was not asked for, and may inflate to anything
            raise _TooLarge
        response.stream = _CappedStream(response.stream, self._limit)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _CappedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: Any, limit: int) -> None:
        self._inner, self._left = inner, limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self._left -= len(chunk)
            if self._left < 0:
                raise _TooLarge
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def _proxy(base_url: str) -> str | None:
    """The proxy that the environment names for this address; none for this machine itself."""
    url = urlsplit(base_url)
    host = url.hostname or ""
    if host in ("localhost", "127.0.0.1", "::1") or proxy_bypass(host):
        return None
    return getproxies().get(url.scheme)


def strict_schema(shape: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a shape as strict decoding wants it.

    Every property required, no others allowed, and no words that a decoder may stumble over.
    """
    return cast("dict[str, Any]", _strict(shape.model_json_schema()))


def _strict(node: Any, named: bool = False) -> Any:
    """`named`: the keys of this object are names of properties or definitions, not keywords."""
    if isinstance(node, list):
        return [_strict(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _strict(value, not named and key in ("properties", "$defs"))
        for key, value in node.items()
        if named or key not in ("title", "default", "description")
    }
    if not named and "properties" in kept:
        kept |= {"required": list(kept["properties"]), "additionalProperties": False}
    return kept


def estimate(messages: list[dict[str, Any]]) -> int:
    """About how many tokens messages have, rather too many: one a Chinese character."""
    text = "".join(str(message.get("content", "")) for message in messages)
    wide = sum(char >= "\u2e80" for char in text)
    return wide + (len(text) - wide) // 3 + 8 * len(messages)


def _credible(count: object, most: int) -> int | None:
    """A count of tokens that can be true, or None."""
    if isinstance(count, bool) or not isinstance(count, int):
        return None
    return count if 0 <= count <= most else None


def _text(reply: object) -> str:
    choices = getattr(reply, "choices", None)
    message = getattr(choices[0], "message", None) if isinstance(choices, list) and choices else 0
    content = getattr(message, "content", None)
    return content if isinstance(content, str) else ""


def completion(reply: ChatCompletion) -> ChatCompletion:
    """The completion with nothing but its answer in it; Fault where there is none."""
    choices: object = reply.choices
    if not isinstance(choices, list) or not choices:
        raise _fault(reply)
    choice = choices[0]
    if not isinstance(choice, Choice) or not isinstance(choice.message, ChatCompletionMessage):
        raise _fault(reply)
    if choice.finish_reason == "content_filter":
        raise Fault(Why.FILTERED, "The endpoint's content filter took the answer.")
    if getattr(choice.message, "refusal", None):
        raise Fault(Why.REFUSAL, "The model declined to answer.")
    if choice.finish_reason == "length":
        raise Fault(Why.CUT, "The answer ran into max_tokens.")
    text = bare(_text(reply))
    if not text:
        raise Fault(Why.EMPTY, "The model answered nothing.")
    if _says_twice(text):
        raise Fault(Why.WRONG_SHAPE, "The answer names a field twice.")
    choice.message.content = text
    return reply


def bare(text: str) -> str:
    r"""An answer without the thinking before it and the fence around it.

    >>> bare("<think>let me {see}</think>\n```json\n{}\n```")
    '{}'
    """
    text = text.strip()
    if not text.startswith("{"):
        text = text.rpartition("</think>")[2].strip()
    if text.startswith("```") and text.endswith("```"):
        text = text.partition("\n")[2].removesuffix("```").strip()
    return text


def _says_twice(text: str) -> bool:
    """Whether an object names a key twice; parsers would take the last without a word."""
    twice = False

    def pairs(found: list[tuple[str, Any]]) -> None:
        nonlocal twice
        twice = twice or len({key for key, _ in found}) < len(found)

    try:
        json.loads(text, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return False  # said better where it is parsed
    return twice


def _deadline() -> Fault:
    return Fault(
        Why.REPORT_DEADLINE,
        "The seconds for one report are used up. report_seconds in gkllm.toml allows more.",
    )


def _over(budget: str) -> Fault:
    if budget == "run":
        return Fault(
            Why.RUN_BUDGET,
            "The budget of the run is used up. tokens_per_run or money_per_run in gkllm.toml "
            "allows more; answers so far are in the cache.",
        )
    return Fault(
        Why.REPORT_BUDGET,
        "The tokens for one report are used up. tokens_per_report in gkllm.toml allows more.",
    )


def _first(error: InstructorRetryException) -> BaseException | None:
    """The cause; where only the budget forbade to ask again, what was wrong with the answer."""
    cause, failed = error.__cause__, error.failed_attempts
    if failed and isinstance(cause, Fault) and cause.trouble.why is Why.REPORT_BUDGET:
        return failed[-1].exception
    return cause


def _told(error: BaseException | None) -> Fault:
    """What instructor raised, in our words."""
    if isinstance(error, Fault | _Unsupported):
        raise error
    if isinstance(error, ValidationError):
        if any(e["type"] == "json_invalid" for e in error.errors(include_url=False)):
            return Fault(Why.NOT_JSON, "The answer is no JSON object.")
        return Fault(Why.WRONG_SHAPE, "The answer is JSON of another shape than was asked for.")
    return Fault(Why.NOT_JSON, f"The answer cannot be parsed ({type(error).__name__}).")


def _complaint(error: openai.APIStatusError) -> str:
    """All that an error says; to look for words in, never to be shown: it may quote the prompt."""
    return f"{error.param or ''} {error.code or ''} {error.type or ''} {error.body}"[:4000]


def _fault(reply: object) -> Fault:
    """The typed fault of whatever came back instead of a completion."""
    if isinstance(reply, openai.APIStatusError):
        return _status(reply)
    if isinstance(reply, TimeoutError | openai.APITimeoutError):
        return Fault(Why.TIMEOUT, "No whole answer in time. timeout in gkllm.toml allows more.")
    if isinstance(reply, openai.APIConnectionError):
        return _connection(reply.__cause__)
    if isinstance(reply, ChatCompletion):
        extra = reply.model_extra or {}
        if _QUOTA.search(str(extra.get("error", ""))):
            return _quota()
        return Fault(Why.NO_CHOICES, "The endpoint sent a completion without an answer in it.")
    return Fault(
        Why.NOT_AN_API,
        "The endpoint answered with something that is no completion, perhaps a web page. "
        "Check base_url (it mostly ends in /v1).",
    )


def _connection(cause: BaseException | None) -> Fault:
    if isinstance(cause, _TooLarge):
        return Fault(Why.TOO_LARGE, "The endpoint sent more than any answer has; it was cut off.")
    if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.UnsupportedProtocol):
        return Fault(
            Why.UNREACHABLE,
            "No connection to the endpoint. Check base_url, and that the server is running.",
        )
    return Fault(Why.CLOSED, "The endpoint closed the connection before the answer was whole.")


def _quota() -> Fault:
    return Fault(Why.QUOTA, "The account at the endpoint has nothing left to spend.")


def _status(error: openai.APIStatusError) -> Fault:
    """The fault of an HTTP status; the words of the server are never repeated."""
    status, complaint = error.status_code, _complaint(error)
    wait = retry_after({k.lower(): v for k, v in error.response.headers.items()})
    if status == 402 or (status in (400, 403, 429) and _QUOTA.search(complaint)):
        return _quota()
    if status in (401, 403):
        return Fault(Why.REFUSED_KEY, f"The endpoint refuses the key (HTTP {status}). Check it.")
    if status == 404:
        return Fault(
            Why.NO_SUCH_MODEL,
            "The endpoint knows no such model or no such address. Check model and base_url.",
        )
    if status == 413 or (status == 400 and _CONTEXT.search(complaint)):
        return Fault(Why.TOO_LONG, "The question does not fit the context of the model.")
    if status == 429:
        return Fault(Why.RATE_LIMITED, "The endpoint limits the rate (HTTP 429).", wait)
    if status in (408, 409) or status >= 500:
        return Fault(Why.SERVER_ERROR, f"The endpoint failed (HTTP {status}).", wait)
    if 300 <= status < 400:
        return Fault(Why.NOT_AN_API, f"The endpoint redirects (HTTP {status}). Check base_url.")
    return Fault(Why.BAD_REQUEST, f"The endpoint refuses the request (HTTP {status}).")
