"""The second pass: the documents in which a model may find what is open, asked in threads.

The first pass has read all documents and counted the questions; only those with questions come
here, so no worker waits for an endpoint. Limits of rate, tokens and money are the model's own,
one for the whole run. An answer that an endpoint could not give leaves the document as it was
read, and the next run asks again; answers that were given are not asked for twice.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Protocol

from gkllm.batch import identity
from gkllm.batch.ledger import Entry, Result
from gkllm.batch.reader import Known, result_of
from gkllm.batch.reading import aside, packed
from gkllm.batch.sources import Stored, content
from gkllm.errors import UnreadableInput
from gkllm.llm import Model, Why
from gkllm.load import Input, load
from gkllm.pipeline import read

# These are answers of a kind: asked again, the same question fares no better.
_FINAL = frozenset({
    Why.TOO_LONG, Why.TOO_LARGE, Why.NO_CHOICES, Why.REFUSAL, Why.FILTERED, Why.CUT, Why.EMPTY,
    Why.NOT_JSON, Why.WRONG_SHAPE,
})  # fmt: skip


class Asked(Model, Protocol):
    """A model that can be told from others by what it answers."""

    @property
    def identity(self) -> str:
        """A name for all that changes its answers."""

    @property
    def concurrency(self) -> int:
        """How many questions it is asked at the same time."""


class Asker:
    """Documents with open questions, by one thread; `refresh` asks also what was answered."""

    def __init__(self, ledger: Known, model: Asked, refresh: bool = False) -> None:
        self._ledger, self._model, self._refresh = ledger, model, refresh
        tables = getattr(model, "tables", False)  # whether it is asked about rows of tables
        self.settings = {"llm": model.identity, "tables": tables, "asking": identity.asking()}
        self.given_up = False

    def result(self, found: Input | Stored) -> Entry | Result | None:
        """The line of a document after its questions; None where it stays as it was read."""
        try:
            data = content(found)
            key = identity.key(found.name, hashlib.sha256(data).digest(), self.settings)
            known = self._ledger.find(key)
            if known is not None and not (known.again or self._refresh):
                return known
            if self._model.stopped or self.given_up:
                return known
            reading = read(replace(load(data), path=found.name), self._model)
        except UnreadableInput:
            return None  # it has changed since it was read
        troubles = set(reading.report.usage.troubles)
        again = bool(troubles - _FINAL)
        return result_of(key, packed(reading.report, aside(reading)), again)

    def kill(self) -> None:
        """Begin no further document; calls on their way end by the model's own deadlines."""
        self.given_up = True
