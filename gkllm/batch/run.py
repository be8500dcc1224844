"""Inputs > ledger > outputs: the order in which a batch does its work.

First all documents are read without a model, then the model is asked about those that have open
questions, then the outputs are written. What a kill at any moment can cost is the few documents
that the ledger does not hold yet; they are read again. Nothing is kept in memory but the ids of
the results, eight bytes a document.
"""

from __future__ import annotations

import os
import threading
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gkllm.batch.ledger import Entry, Ledger, Result, locked
from gkllm.batch.passes import Pass
from gkllm.batch.processes import workers
from gkllm.batch.reader import DocumentReader
from gkllm.batch.render import Shown, render
from gkllm.load import Input, inputs
from gkllm.worker import Limits, Worker

if TYPE_CHECKING:
    from gkllm.batch.asking import Asked
    from gkllm.report import Usage
    from gkllm.write.words import Language

__all__ = ["Outcome", "Said", "Settings", "Watch", "ask_open", "batch", "cores", "read_all"]


_SOON = 0.5  # seconds; what is over by then needs nobody to count its inputs


@dataclass(frozen=True, slots=True)
class Settings:
    """How a batch runs; `seconds` of processor time and `memory` in bytes are for one document.

    `views` of the most doubtful reports get a page each; `refresh` asks a model again; `prune`
    drops from the ledger what this run has no use for.
    """

    workers: int = 1
    limit: int | None = None
    retry: bool = False
    seconds: float = 60.0
    memory: int = 1 << 30
    views: int = 50
    language: Language = "zh"
    refresh: bool = False
    prune: bool = False

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
    asked: int | None = None  # documents that questions were asked of; None before
    usage: Usage | None = None
    pruned: int = 0

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

    def replace(self, old: Entry, entry: Entry | Result) -> None:
        """Count the result of a document that was counted before."""
        self.asked = (self.asked or 0) + 1
        self.open += entry.open - old.open
        self.doubtful += entry.doubtful - old.doubtful


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


def batch(
    words: Sequence[str],
    out: Path,
    settings: Settings,
    watch: Watch,
    model: Asked | None = None,
) -> Outcome:
    """Read all inputs that the words name and write the outputs; continue what was begun.

    A model is asked after all documents have been read. Raises BatchStopped. KeyboardInterrupt
    passes through after what is done was kept.
    """
    running = workers(settings.workers, settings.limits)
    with locked(out), Ledger(out) as ledger, running as readers:
        outcome = Outcome()
        counting = threading.Timer(_SOON, _expect, (words, settings.limit, watch))
        counting.daemon = True
        counting.start()
        asking_too = model is not None
        ids, asking = read_all(ledger, words, settings, readers, watch, outcome, asking_too)
        first = array("q", ids)  # the next run looks for these before it looks for answers
        if model is not None and asking:
            ask_open(
                ledger, inputs(words), model, ids, asking, Said(watch, outcome, settings.refresh)
            )
        watch.stage("writing the outputs")
        shown = Shown(readers, settings.views, settings.language)
        render(ledger, ids, inputs(words), out, shown, outcome)
        if settings.prune:
            outcome.pruned = ledger.keep_only(chain(first, ids))
        return outcome


@dataclass(frozen=True, slots=True)
class Said:
    """To whom the second pass tells what it does, and whether known answers are asked anew."""

    watch: Watch
    outcome: Outcome
    refresh: bool


def _expect(words: Sequence[str], limit: int | None, watch: Watch) -> None:
    watch.expect(sum(1 for _ in islice(inputs(words), limit)))


def read_all(
    ledger: Ledger,
    words: Sequence[str],
    settings: Settings,
    running: Sequence[Worker],
    watch: Watch,
    outcome: Outcome,
    counting: bool = False,
) -> tuple[array[int], array[int]]:
    """The first pass: the ids of the results by position, and the positions with questions."""
    ids, asking = array("q"), array("q")

    def keep(position: int, result: Entry | Result, number: int) -> None:
        if position >= len(ids):
            ids.extend([0] * (position + 1 - len(ids)))
        ids[position] = number
        if result.questions:
            asking.append(position)
        outcome.count(result)

    source = enumerate(islice(inputs(words), settings.limit))
    readers = [DocumentReader(ledger, worker, settings.retry, counting) for worker in running]
    Pass(ledger, source, readers, keep, lambda: watch.show(outcome)).run()
    return ids, asking


def ask_open(
    ledger: Ledger,
    found: Iterable[Any],
    model: Asked,
    ids: array[int],
    asking: array[int],
    said: Said,
) -> None:
    """The second pass: what the model answers takes the place of what was read."""
    from gkllm.batch.asking import Asker

    watch, outcome = said.watch, said.outcome
    watch.stage("asking the model")
    watch.expect(len(asking))
    outcome.asked = 0

    def keep(position: int, result: Entry | Result, number: int) -> None:
        outcome.replace(ledger.entry(ids[position]), result)
        outcome.usage = model.account.usage()
        ids[position] = number

    wanted = iter(sorted(asking))
    source = _only(enumerate(found), wanted)
    readers = [Asker(ledger, model, said.refresh) for _ in range(model.concurrency)]
    Pass(ledger, source, readers, keep, lambda: watch.show(outcome)).run()
    outcome.usage = model.account.usage()


def _only(found: Iterator[tuple[int, Input]], wanted: Iterator[int]) -> Iterator[tuple[int, Input]]:
    """The inputs at some positions, which come in order."""
    next_one = next(wanted, None)
    for position, each in found:
        if next_one is None:
            return
        if position == next_one:
            yield position, each
            next_one = next(wanted, None)


def cores() -> int:
    """The processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1
