"""The first pass: each document in a worker process that may die, and none is asked of a model."""

from __future__ import annotations

import hashlib
from typing import Protocol

from gkllm.batch import identity
from gkllm.batch.ledger import Entry, Result
from gkllm.batch.reading import TASK, Read, refused, unpack
from gkllm.batch.sources import Stored, content
from gkllm.errors import Crashed, UnreadableInput
from gkllm.load import Input
from gkllm.load.office import run
from gkllm.worker import Worker

# Errors that another run may not meet again; asked for by `retry`.
BY_CHANCE = frozenset({"crashed", "timed_out", "out_of_memory", "internal", "not_installed"})
WITHOUT_MODEL = {"llm": "off"}


class Known(Protocol):
    """What knows results: a ledger, or what knows none."""

    def find(self, key: bytes) -> Entry | None:
        """The result of a key, if there is one."""


class DocumentReader:
    """Documents by one worker, unless the ledger has them.

    `retry` reads again what failed by chance; `counting` has questions to a model counted;
    `task` is what the worker does.
    """

    def __init__(
        self, ledger: Known, worker: Worker, retry: bool, counting: bool, task: str = ""
    ) -> None:
        self._ledger, self._retry, self._counting = ledger, retry, counting
        self._task = task or TASK
        self._worker, self._killed = worker, False

    def result(self, found: Input | Stored) -> Entry | Result:
        """The line of an input: known, read now, or the reason why there is none."""
        try:
            data = content(found)
        except UnreadableInput as error:
            # It may be readable tomorrow, so this is never taken from the ledger.
            key = identity.key(found.name, error.code.encode(), {})
            return result_of(key, refused(found.name, error.code, str(error)))
        key = identity.key(found.name, hashlib.sha256(data).digest(), WITHOUT_MODEL)
        known = self._ledger.find(key)
        if known is not None and not self._again(known):
            return known
        return result_of(key, self._read(found.name, data))

    def _again(self, known: Entry) -> bool:
        if known.error is not None:
            return self._retry and known.error in BY_CHANCE
        return self._counting and known.questions is None

    def _read(self, name: str, data: bytes) -> Read:
        """A document's line from its worker, or the line that says how the worker ended."""
        for last in (False, True):
            try:
                answer = run(self._worker, self._task, data, name=name, counting=self._counting)
                return unpack(answer)
            except Crashed as error:
                if last or self._killed:
                    return refused(name, error.code, str(error), data)
            except UnreadableInput as error:
                return refused(name, error.code, str(error), data)
        raise AssertionError("the second attempt ends it")

    def kill(self) -> None:
        """End the worker at once, and ask it nothing more."""
        self._killed = True
        self._worker.retire()


def result_of(key: bytes, read: Read, again: bool = False) -> Result:
    """What the ledger is to hold of a document."""
    return Result(
        key, read.error, read.open, read.doubtful, read.line, read.aside, read.questions, again
    )
