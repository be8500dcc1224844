"""Inputs > results > ledger: threads that read, one thread that writes.

As many threads as readers take inputs in their order. The thread that runs the pass alone
writes: it makes results durable in groups, and only then are they kept and counted. Queues are
short, so memory does not depend on the number of inputs.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from gkllm.batch.ledger import Entry, Ledger, Result
from gkllm.load import Input

_GATHERING = 0.02  # seconds in which results come together for one transaction
_PATIENCE = 5.0  # seconds that are waited for an endpoint that is still to answer
_GROUP = 256  # results, about, at most in a transaction
_KNOWN = 64  # results that are in the ledger already and are handed on together


class Reader(Protocol):
    """What makes results of inputs, for one thread."""

    def result(self, found: Input) -> Entry | Result | None:
        """What the ledger holds of an input, or is to hold; None where nothing is to be kept."""

    def kill(self) -> None:
        """Give up what is being done, from another thread."""


Keep = Callable[[int, Entry | Result, int], None]  # position, result, its id


class Pass:
    """All inputs once; `keep` is called in this thread for each result that is durable."""

    def __init__(
        self,
        ledger: Ledger,
        source: Iterator[tuple[int, Input]],
        readers: Sequence[Reader],
        keep: Keep,
        show: Callable[[], None],
    ) -> None:
        self._ledger, self._readers, self._keep_one, self._show = ledger, readers, keep, show
        self._stopping = threading.Event()
        self._source = _Shared(source, self._stopping)
        self._done: queue.Queue[Any] = queue.Queue(maxsize=max(64, 8 * len(readers)))
        # Lists of results, errors that end the pass, and None from each thread at its end.

    def run(self) -> None:
        """Work until there are no inputs. What was read is kept, however this ends."""
        threads = [
            threading.Thread(target=self._work, args=(reader,), daemon=True)
            for reader in self._readers
        ]
        for thread in threads:
            thread.start()
        left = len(threads)
        try:
            while left:
                group, ended = self._group()
                left -= ended
                self._keep(group)
                self._show()
        except BaseException:
            self._stop(threads)
            raise

    def _group(self) -> tuple[list[tuple[int, Entry | Result]], int]:
        """Results that came at about the same time, and how many threads have ended."""
        found, ended = [], 0
        item, deadline = self._done.get(), time.monotonic() + _GATHERING
        while True:
            if isinstance(item, BaseException):
                raise item
            if item is None:
                ended += 1
            else:
                found += item
            wait = deadline - time.monotonic()
            if len(found) >= _GROUP or wait <= 0:
                return found, ended
            try:
                item = self._done.get(timeout=wait)
            except queue.Empty:
                return found, ended

    def _keep(self, group: Sequence[tuple[int, Entry | Result]]) -> None:
        """Make a group durable, then count it."""
        new = [result for _, result in group if isinstance(result, Result)]
        given = iter(self._ledger.add(new) if new else ())
        for position, result in group:
            number = next(given) if isinstance(result, Result) else result.id
            self._keep_one(position, result, number)

    def _stop(self, threads: Sequence[threading.Thread]) -> None:
        """End the readers; keep what was read and not yet written."""
        self._stopping.set()
        for reader in self._readers:
            reader.kill()
        until = time.monotonic() + _PATIENCE
        while any(thread.is_alive() for thread in threads) or not self._done.empty():
            if time.monotonic() > until:
                return  # what they still answer is in the cache of the model
            try:
                item = self._done.get(timeout=0.05)
            except queue.Empty:
                continue
            if isinstance(item, list):
                self._keep(item)

    def _work(self, reader: Reader) -> None:
        """One thread: inputs to results, until there are none."""
        ready: list[tuple[int, Entry | Result]] = []
        try:
            for position, found in self._source:
                result = reader.result(found)
                if self._stopping.is_set():
                    return  # the reader may have been killed: this result means nothing
                if result is not None:
                    ready.append((position, result))
                if isinstance(result, Result) or len(ready) >= _KNOWN:
                    self._done.put(ready)
                    ready = []
            self._done.put(ready)
        except BaseException as error:
            self._done.put(error)
        finally:
            self._done.put(None)


class _Shared:
    """Inputs with their positions, for several threads."""

    def __init__(self, found: Iterator[tuple[int, Input]], stopping: threading.Event) -> None:
        self._found, self._stopping, self._lock = found, stopping, threading.Lock()

    def __iter__(self) -> Iterator[tuple[int, Input]]:
        return self

    def __next__(self) -> tuple[int, Input]:
        with self._lock:
            if self._stopping.is_set():
                raise StopIteration
            return next(self._found)
