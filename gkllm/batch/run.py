"""Inputs > ledger > outputs: the order in which a batch does its work.

As many threads as workers take inputs in their order; each hashes the bytes, looks the identity
up in the ledger and, where it is new, has its own worker process read the document. The main
thread alone writes: it makes results durable in groups, then counts them as done. What a kill
at any moment can cost is the few documents that no group holds yet; they are read again.
Nothing is kept in memory but the ids of the results, eight bytes a document.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from gkllm.batch import identity
from gkllm.batch.ledger import Entry, Ledger, Result, locked
from gkllm.batch.reading import TASK, Read, refused, unpack
from gkllm.batch.render import Shown, render
from gkllm.batch.sources import content
from gkllm.errors import Crashed, UnreadableInput
from gkllm.load import Input, inputs
from gkllm.worker import Limits, Worker
from gkllm.write.words import Language

__all__ = ["Outcome", "Settings", "Watch", "batch", "cores"]

# Errors that another run may not meet again; asked for by `retry`.
BY_CHANCE = frozenset({"crashed", "timed_out", "out_of_memory", "internal"})
_GATHERING = 0.02  # seconds in which results come together for one transaction
_GROUP = 256  # results at most in a transaction
_WITHOUT_MODEL = {"llm": "off"}


@dataclass(frozen=True, slots=True)
class Settings:
    """How a batch runs; `seconds` of processor time and `memory` in bytes are for one document.

    `views` of the most doubtful reports get a page each.
    """

    workers: int = 1
    limit: int | None = None
    retry: bool = False
    seconds: float = 60.0
    memory: int = 1 << 30
    views: int = 50
    language: Language = "zh"

    @property
    def limits(self) -> Limits:
        """The limits of a worker; wall time is long, since a busy machine must fail no document."""
        return Limits(memory=self.memory, cpu=self.seconds, wall=60 + 3 * self.seconds)


@dataclass
class Outcome:
    """What a batch came to."""

    documents: int = 0
    new: int = 0
    open: int = 0
    doubtful: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    outputs: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    rendered: bool = False

    @property
    def reports(self) -> int:
        return self.documents - self.errors.total()

    def count(self, entry: Entry | Result) -> None:
        """Count one result."""
        self.documents += 1
        self.new += isinstance(entry, Result)
        self.open += entry.open
        self.doubtful += entry.doubtful
        if entry.error is not None:
            self.errors[entry.error] += 1


class Watch(Protocol):
    """Who looks on while a batch runs."""

    def expect(self, documents: int) -> None:
        """So many documents there are."""

    def show(self, outcome: Outcome) -> None:
        """So far it has come."""

    def stage(self, what: str) -> None:
        """Something else begins."""

    def close(self) -> None:
        """It has ended."""


def batch(words: Sequence[str], out: Path, settings: Settings, watch: Watch) -> Outcome:
    """Read all inputs that the words name and write the outputs; continue what was begun.

    Raises BatchStopped. KeyboardInterrupt passes through after what is done was kept.
    """
    with locked(out), Ledger(out) as ledger:
        outcome = Outcome()
        threading.Thread(target=_expect, args=(words, settings.limit, watch), daemon=True).start()
        ids = _Pass(ledger, words, settings, watch, outcome).run()
        watch.stage("writing the outputs")
        shown = Shown(settings.workers, settings.views, settings.language, settings.limits)
        render(ledger, ids, inputs(words), out, shown, outcome)
        return outcome


def _expect(words: Sequence[str], limit: int | None, watch: Watch) -> None:
    watch.expect(sum(1 for _ in islice(inputs(words), limit)))


class _Pass:
    """All inputs once, without a model."""

    def __init__(
        self,
        ledger: Ledger,
        words: Sequence[str],
        settings: Settings,
        watch: Watch,
        outcome: Outcome,
    ) -> None:
        self.ledger, self.settings, self.watch, self.outcome = ledger, settings, watch, outcome
        self.stopping = threading.Event()
        self.source = _Shared(islice(inputs(words), settings.limit), self.stopping)
        # Full queues stop the readers, so that memory does not depend on the number of inputs.
        self.done: queue.Queue[Any] = queue.Queue(maxsize=max(64, 8 * settings.workers))
        self.workers = [Worker(settings.limits) for _ in range(settings.workers)]

    def run(self) -> array[int]:
        """The ids of the results, by the position of their inputs."""
        ids = array("q")
        threads = [
            threading.Thread(target=self._work, args=(w,), daemon=True) for w in self.workers
        ]
        for thread in threads:
            thread.start()
        left = len(threads)
        try:
            while left:
                group, ended = self._group()
                left -= ended
                self._keep(group, ids)
                self.watch.show(self.outcome)
        finally:
            self._stop(threads, ids)
        return ids

    def _group(self) -> tuple[list[tuple[int, Entry | Result]], int]:
        """Results that came at about the same time, and how many threads have ended."""
        found, ended = [], 0
        item, deadline = self.done.get(), time.monotonic() + _GATHERING
        while True:
            if isinstance(item, BaseException):
                raise item
            if item is None:
                ended += 1
            else:
                found.append(item)
            wait = deadline - time.monotonic()
            if len(found) >= _GROUP or wait <= 0:
                return found, ended
            try:
                item = self.done.get(timeout=wait)
            except queue.Empty:
                return found, ended

    def _keep(self, group: Sequence[tuple[int, Entry | Result]], ids: array[int]) -> None:
        """Make a group durable, then count it."""
        new = [result for _, result in group if isinstance(result, Result)]
        given = iter(self.ledger.add(new) if new else ())
        for position, result in group:
            if position >= len(ids):
                ids.extend([0] * (position + 1 - len(ids)))
            ids[position] = next(given) if isinstance(result, Result) else result.id
            self.outcome.count(result)

    def _stop(self, threads: Sequence[threading.Thread], ids: array[int]) -> None:
        """End the workers; keep what was read and not yet written."""
        self.stopping.set()
        for worker in self.workers:
            worker.kill()
        while any(thread.is_alive() for thread in threads) or not self.done.empty():
            try:
                item = self.done.get(timeout=0.05)
            except queue.Empty:
                continue
            if isinstance(item, tuple):
                self._keep([item], ids)

    def _work(self, worker: Worker) -> None:
        """One thread: inputs to results, until there are none."""
        try:
            with worker:
                for position, found in self.source:
                    result = self._result(worker, found)
                    if self.stopping.is_set():
                        return  # the worker may have been killed: this result means nothing
                    self.done.put((position, result))
        except BaseException as error:
            self.done.put(error)
        finally:
            self.done.put(None)

    def _result(self, worker: Worker, found: Input) -> Entry | Result:
        try:
            data = content(found)
        except UnreadableInput as error:
            # It may be readable tomorrow, so this is never taken from the ledger.
            key = identity.key(found.name, error.code.encode(), {})
            return _result(key, refused(found.name, error.code, str(error)))
        key = identity.key(found.name, hashlib.sha256(data).digest(), _WITHOUT_MODEL)
        known = self.ledger.find(key)
        if known is not None and not (self.settings.retry and known.error in BY_CHANCE):
            return known
        return _result(key, self._read(worker, found.name, data))

    def _read(self, worker: Worker, name: str, data: bytes) -> Read:
        """A document's line from its worker, or the line that says how the worker ended."""
        for last in (False, True):
            try:
                return unpack(worker.run(TASK, data, name=name))
            except Crashed as error:
                if last or self.stopping.is_set():
                    return refused(name, error.code, str(error), data)
            except UnreadableInput as error:
                return refused(name, error.code, str(error), data)
        raise AssertionError("the second attempt ends it")


def _result(key: bytes, read: Read) -> Result:
    return Result(key, read.error, read.open, read.doubtful, read.line, read.aside)


class _Shared:
    """Numbered inputs for several threads."""

    def __init__(self, found: Iterator[Input], stopping: threading.Event) -> None:
        self._found, self._stopping, self._lock = enumerate(found), stopping, threading.Lock()

    def __iter__(self) -> Iterator[tuple[int, Input]]:
        return self

    def __next__(self) -> tuple[int, Input]:
        with self._lock:
            if self._stopping.is_set():
                raise StopIteration
            return next(self._found)


def cores() -> int:
    """The processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1
