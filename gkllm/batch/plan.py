"""What a batch would do: which inputs are new, how long they take, what a model would be asked.

Nothing is written, and no model is asked. New documents are judged by a sample of them, which is
read; those that the ledger holds are counted.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random

from gkllm.batch import identity
from gkllm.batch.ledger import FILE, Ledger
from gkllm.batch.reader import WITHOUT_MODEL
from gkllm.batch.reading import TASK, unpack
from gkllm.batch.run import Settings
from gkllm.batch.sources import content
from gkllm.errors import UnreadableInput
from gkllm.load import Input, inputs
from gkllm.load.office import run
from gkllm.worker import Worker

_SAMPLE = 20


@dataclass
class Plan:
    """What would be done. Questions and tokens are estimates where documents are new.

    `seconds` is for all workers together; 0 where nothing is new.
    """

    inputs: int = 0
    known: int = 0
    unreadable: int = 0
    sample: int = 0
    seconds: float = 0.0
    documents: float = 0.0  # of which a model would be asked
    questions: float = 0.0
    tokens: float = 0.0

    @property
    def new(self) -> int:
        """Documents that would be read."""
        return self.inputs - self.known - self.unreadable


def plan(words: Sequence[str], out: Path, settings: Settings, tables: bool = False) -> Plan:
    """Look at every input, and read some of the new ones.

    `tables` says whether the model is one that is asked about rows of tables.
    """
    told = Plan()
    ledger = Ledger(out) if (out / FILE).exists() else None
    picked: list[Input] = []
    draw = Random(1)  # noqa: S311 - a sample that is the same each time
    try:
        for found in islice(inputs(words), settings.limit):
            told.inputs += 1
            try:
                digest = sha256(content(found)).digest()
            except UnreadableInput:
                told.unreadable += 1
                continue
            entry = ledger.find(identity.key(found.name, digest, WITHOUT_MODEL)) if ledger else None
            if ledger is None or entry is None:
                # Each new document has the same chance to be in the sample.
                if len(picked) < _SAMPLE:
                    picked.append(found)
                elif (place := draw.randrange(told.new)) < _SAMPLE:
                    picked[place] = found
            else:
                told.known += 1
                if entry.questions:
                    [line] = ledger.lines([entry.id])
                    _ask(told, line.aside, tables, 1)
    finally:
        if ledger is not None:
            ledger.close()
    _sampled(told, picked, settings, tables)
    return told


def _sampled(told: Plan, picked: Sequence[Input], settings: Settings, tables: bool) -> None:
    """Read the sample, and take it for all that is new."""
    told.sample = len(picked)
    if not picked:
        return
    weight = told.new / len(picked)
    with Worker(settings.limits) as worker:
        first = time.monotonic()
        for number, found in enumerate(picked):
            try:
                answer = run(worker, TASK, content(found), name=found.name, counting=True)
            except UnreadableInput:
                continue
            finally:
                if number == 0 and len(picked) > 1:  # the process had to start first
                    first = time.monotonic()
            _ask(told, unpack(answer).aside, tables, weight)
        spent = time.monotonic() - first
    told.seconds = spent / max(1, len(picked) - 1) * told.new / settings.workers


def _ask(told: Plan, aside: str, tables: bool, weight: float) -> None:
    """Count the questions about a document so many times."""
    kinds = json.loads(aside).get("questions") or {}
    counted = [kinds.get(kind, (0, 0)) for kind in ("prose", *(["tables"] if tables else []))]
    questions = sum(count for count, _ in counted)
    told.documents += weight if questions else 0
    told.questions += weight * questions
    told.tokens += weight * sum(tokens for _, tokens in counted)
