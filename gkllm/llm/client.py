"""A question > the cache, or the endpoint > an answer; with accounts, and one call per question.

The cache is asked in the caller's thread. Only a question that it cannot answer imports the
client libraries, starts the thread that speaks to the endpoint and, where it is embedded, the
model itself.
"""

from __future__ import annotations

import asyncio
import atexit
import hashlib
import json
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from gkllm.errors import UnusableSetting
from gkllm.llm import STOPPING, Answer, CacheMode, Choice, Fault, Prompt, Trouble, Why
from gkllm.llm.account import Account
from gkllm.llm.settings import Settings

if TYPE_CHECKING:
    from gkllm.cache import Cache
    from gkllm.llm.endpoint import Wire
    from gkllm.llm.local import Engine

FORMAT = 1  # of what is kept; a change makes every old entry a miss
# A model on this machine is slow, and answers one question at a time.
LOCAL = {"timeout": 300.0, "report_seconds": 900.0, "concurrency": 1, "retries": 0}
_GRACE = 1.0  # seconds that a deadline may be overrun before the caller goes on without
_LOOK = 0.1  # seconds between looks for an answer that another process is getting
# These say something about one question, not about the endpoint.
_OF_THE_QUESTION = {
    Why.REFUSAL, Why.FILTERED, Why.CUT, Why.TOO_LONG, Why.REPORT_BUDGET, Why.REPORT_DEADLINE,
}  # fmt: skip

T = TypeVar("T")


def chosen(
    choice: Choice, settings: Settings, cache: CacheMode, tell: Callable[[str], None]
) -> Endpoint | None:
    """The model of a choice other than off; see `gkllm.llm.connect`."""
    if choice == "local":
        from gkllm.llm.local import Engine

        _need("xllamacpp", "local")
        slow = {
            name: value for name, value in LOCAL.items() if name not in settings.model_fields_set
        }
        settings = settings.model_copy(update=slow)
        return Endpoint(settings, cache, tell, Engine.of(settings, tell))
    if not settings.endpoint:
        lacks = (
            "OPENAI_API_KEY is set, but no model is named: set GKLLM_MODEL"
            if settings.api_key
            else "no endpoint is configured: set GKLLM_MODEL, and OPENAI_API_KEY or OPENAI_BASE_URL"
        )
        if choice == "required":
            raise UnusableSetting(f"{lacks}. --llm local uses a model on this machine.")
        tell(f"no model is asked: {lacks}, or use --llm off to silence this")
        return None
    _need("openai", "llm")
    if settings.nearby:
        tell(f"{settings.nearby} decides where text of open fields is sent: {settings.host}")
    return Endpoint(settings, cache, tell)


def _need(module: str, extra: str) -> None:
    if not all(find_spec(name) for name in (module, "openai", "instructor", "diskcache")):
        raise UnusableSetting(
            f"A model needs packages that are not installed: pip install 'gkllm[{extra}]'."
        )


class Endpoint:
    """The model behind an endpoint, remote or embedded; see `gkllm.llm.Model`."""

    def __init__(
        self,
        settings: Settings,
        cache: CacheMode,
        tell: Callable[[str], None],
        engine: Engine | None = None,
    ) -> None:
        self.name = engine.name if engine else settings.model or ""
        self.tables = settings.tables and engine is None
        self.stopped: Trouble | None = None
        self._settings, self._mode, self._tell, self._engine = settings, cache, tell, engine
        self._price = settings.price.price() if settings.price and not engine else None
        self.account = Account(
            tokens=settings.tokens_per_run or None,
            money=settings.money_per_run or None,
            price=self._price,
        )
        self._lock = threading.Lock()
        self._failures = 0
        self._flights: dict[str, Future[Answer]] = {}
        self._opened: Cache | None = None
        self._line: _Line | None = None
        self._threads: ThreadPoolExecutor | None = None
        atexit.register(self.close)

    def open_account(self) -> Account:
        """The account of one report; its budget and its deadline begin here."""
        settings = self._settings
        return Account(
            tokens=settings.tokens_per_report or None,
            seconds=settings.report_seconds,
            price=self._price,
            run=self.account,
        )

    def answers(self, prompts: Sequence[Prompt], account: Account) -> list[Answer]:
        """Answer several questions at the same time; answers come in the order of questions."""
        if len(prompts) < 2 or self._settings.concurrency < 2:
            return [self.answer(prompt, account) for prompt in prompts]
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._settings.concurrency, "gkllm-llm")
        return list(self._threads.map(lambda prompt: self.answer(prompt, account), prompts))

    def answer(self, prompt: Prompt, account: Account) -> Answer:
        """Answer one question; never raises for trouble with the endpoint."""
        key = self.key(prompt)
        with self._lock:
            flight = self._flights.get(key)
            if flight is None:
                own = self._flights[key] = Future[Answer]()
        if flight is not None:  # another thread is asking the very same
            return self._counted(self._shared(flight, account), account)
        try:
            answer = self._found(key, prompt) or self._asked(key, prompt, account)
        except BaseException:
            own.set_result(_troubled(Why.CLOSED, "The question was given up."))
            raise
        else:
            own.set_result(answer)
        finally:
            with self._lock:
                del self._flights[key]
        return self._counted(answer, account)

    def line(self) -> _Line | Trouble:
        """The connection, made if it is not there; for who examines the endpoint itself."""
        try:
            return self._started()
        except Fault as fault:
            return fault.trouble

    def close(self) -> None:
        """Stop what was started: the thread, the embedded model, the cache."""
        atexit.unregister(self.close)
        with self._lock:
            line, self._line = self._line, None
            cache, self._opened = self._opened, None
            threads, self._threads = self._threads, None
            self.stopped = self.stopped or Trouble(Why.CLOSED, "The model was closed.")
        if threads:
            threads.shutdown(wait=False, cancel_futures=True)
        if line:
            line.close()
        if self._engine:
            self._engine.stop()
        if cache:
            cache.close()

    @property
    def remarks(self) -> list[str]:
        """What a person should know at the end of a run: why it stopped, what the cache lacks."""
        cache = self._opened.trouble if self._opened else None
        stopped = f"{self.stopped.why}: {self.stopped.message}" if self.stopped else None
        return [remark for remark in (stopped, cache) if remark]

    def _counted(self, answer: Answer, account: Account) -> Answer:
        if answer.cached:
            account.hit(self.name)
        elif answer.trouble:
            account.trouble(answer.trouble.why.value, self.name)
        return answer

    def _shared(self, flight: Future[Answer], account: Account) -> Answer:
        try:
            answer = flight.result(min(account.seconds_left(), threading.TIMEOUT_MAX))
        except Late:
            return _troubled(Why.REPORT_DEADLINE, "The seconds for one report are used up.")
        return Answer(answer.value, answer.trouble, cached=answer.value is not None)

    @property
    def concurrency(self) -> int:
        """How many questions it is asked at the same time."""
        return self._settings.concurrency

    @property
    def identity(self) -> str:
        """A name for all that changes its answers, the questions apart."""
        settings = self._settings
        told = [FORMAT, self.name, settings.schema_mode, settings.temperature, settings.seed]
        return json.dumps([*told, settings.body], sort_keys=True, default=str)

    def key(self, prompt: Prompt) -> str:
        """Everything that changes the answer and nothing else: no key, address or timeout."""
        settings = self._settings
        asked = [
            FORMAT, self.name, prompt.id, prompt.digest, prompt.messages(), prompt.max_tokens,
            prompt.shape.model_json_schema(), settings.schema_mode, settings.temperature,
            settings.seed, settings.body,
        ]  # fmt: skip
        text = json.dumps(asked, ensure_ascii=True, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def _cache(self) -> Cache | None:
        if self._mode == "off":
            return None
        with self._lock:
            if self._opened is None:
                from gkllm.cache import Cache

                self._opened = Cache()
            return self._opened

    def _found(self, key: str, prompt: Prompt) -> Answer | None:
        """The answer that is kept, if it still has the shape that is asked for."""
        cache = self._cache()
        if cache is None or self._mode == "refresh":
            return None
        kept = cache.get(key)
        if kept is None:
            return None
        try:
            value = prompt.shape.model_validate_json(json.dumps(kept), strict=True)
        except ValidationError:
            return None
        return Answer(value, cached=True)

    def _asked(self, key: str, prompt: Prompt, account: Account) -> Answer:
        if self.stopped:
            return Answer(trouble=self.stopped)
        cache = self._cache()
        if cache is None:
            return self._called(prompt, account)
        if not self._waited(cache, key, account):
            found = self._found(key, prompt)
            if found:
                return found
        try:
            answer = self._called(prompt, account)
            if answer.value is not None:
                cache.put(key, answer.value.model_dump(mode="json"))
        finally:
            cache.release(key)
        return answer

    def _waited(self, cache: Cache, key: str, account: Account) -> bool:
        """Claim a question; False if another process had it, and has ended or taken too long."""
        seconds = self._settings.timeout + _GRACE
        if cache.claim(key, seconds):
            return True
        until = time.monotonic() + min(seconds, account.seconds_left())
        while time.monotonic() < until and cache.claimed(key):
            time.sleep(_LOOK)
        cache.claim(key, seconds)
        return False

    def _called(self, prompt: Prompt, account: Account) -> Answer:
        """Ask the endpoint, and keep count of failures in a row."""
        try:
            answer = Answer(self._over_the_line(prompt, account))
        except Fault as fault:
            answer = Answer(trouble=fault.trouble)
            if self._line and self._engine and not self._engine.alive():
                answer = _troubled(
                    Why.ENGINE,
                    "The embedded model's process ended, perhaps for want of memory. "
                    "A smaller GGUF file can be named with GKLLM_MODEL_PATH.",
                )
        except Late:
            answer = _troubled(Why.TIMEOUT, "No answer before the deadline of the report.")
        except Exception as error:  # a fault of ours, or of a library: this question only
            kind = type(error).__name__
            answer = _troubled(Why.CLOSED, f"Internal error ({kind}). Please report it.")
        self._judged(answer.trouble)
        return answer

    def _over_the_line(self, prompt: Prompt, account: Account) -> BaseModel:
        line = self._started()
        left = min(account.seconds_left(), threading.TIMEOUT_MAX - _GRACE)
        return line.run(line.wire.ask(prompt, account), left + _GRACE)

    def _started(self) -> _Line:
        with self._lock:
            if self._line is None:
                from gkllm.llm.endpoint import Wire

                url, key = self._settings.base_url, self._settings.api_key
                secret = key.get_secret_value() if key else "none"
                if self._engine:
                    url, secret = self._engine.start()
                settings, name = self._settings, self.name
                self._line = _Line(lambda: Wire(settings, url, secret, name))
            return self._line

    def _judged(self, trouble: Trouble | None) -> None:
        with self._lock:
            if trouble is None:
                self._failures = 0
            elif trouble.why in STOPPING:
                self.stopped = self.stopped or trouble
            elif trouble.why not in _OF_THE_QUESTION:
                self._failures += 1
                if self._failures >= self._settings.failures_in_a_row:
                    self.stopped = self.stopped or Trouble(
                        Why.FAILING,
                        f"{self._failures} questions in a row failed, the last one with "
                        f"{trouble.why}. {trouble.message}",
                    )


class _Line:
    """A thread with an event loop, and the connection that lives in it."""

    def __init__(self, wire: Callable[[], Wire]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="gkllm-line", daemon=True)
        self._thread.start()

        async def made() -> Wire:
            return wire()

        self.wire = self.run(made(), None)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    def run(self, work: Coroutine[Any, Any, T], seconds: float | None) -> T:
        """Do it in the loop; Late if it takes longer."""
        running = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return running.result(seconds)
        except BaseException:
            running.cancel()  # Ctrl-C or too late: nobody waits for it any more
            raise

    def close(self) -> None:
        """End every call, the connection and the thread."""

        async def end() -> None:
            calls = asyncio.all_tasks() - {asyncio.current_task()}
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            await self.wire.close()

        with suppress(Late):
            self.run(end(), 2 * _GRACE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_GRACE)  # the thread closes its loop, and is a daemon if it never ends


def _troubled(why: Why, message: str) -> Answer:
    return Answer(trouble=Trouble(why, message))


@contextmanager
def closing(model: Endpoint | None) -> Iterator[Endpoint | None]:
    """Close the model, if there is one, when the block ends."""
    try:
        yield model
    finally:
        if model:
            model.close()
