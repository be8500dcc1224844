"""Ledger > the files that a researcher opens.

They are written side by side in a folder of their own, by as many processes as the batch has
workers, and take their names together when all are complete and on the disk. Which results
they were made of is noted in the ledger, so a run that changes nothing writes nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import uuid
from array import array
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gkllm.batch import identity
from gkllm.batch.ledger import Ledger, Line, cannot_write, writing
from gkllm.batch.panel import check_panel, named_in
from gkllm.errors import BatchStopped, CannotWrite, DamagedLedger, UnreadableInput
from gkllm.worker import Limits, Worker
from gkllm.write import parquet
from gkllm.write.cells import Told, told
from gkllm.write.whole import to_disk

if TYPE_CHECKING:
    from gkllm.batch.run import Outcome

# What one process makes in one reading of the ledger; about the same work each.
_GROUPS = (
    ("report.sqlite", "errors.jsonl", "columns.csv"),
    ("reports.jsonl", "cells.csv", "panel.csv"),
    ("cells.parquet", "panel.parquet"),
)
_PARTS = ".writing-"
_NOTE = "outputs"
_TASK = "gkllm.batch.render:task"
_FOR_EVER = 1e7  # seconds; what is written is ours and as long as the batch
_LIMITS = Limits(memory=1 << 40, cpu=_FOR_EVER, wall=_FOR_EVER, sealed=False)
_LOOKED = 64  # lines between two looks at whether the batch still runs


class Sink(Protocol):
    """A file that takes lines."""

    def add(self, line: Told) -> None:
        """The next line."""


def render(ledger: Ledger, ids: array[int], out: Path, workers: int, outcome: Outcome) -> None:
    """Write the outputs of these results, in this order, unless they are there.

    Raises CannotWrite, DamagedLedger.
    """
    groups = _GROUPS if parquet.available() else _GROUPS[:2]
    outcome.outputs = [name for group in groups for name in group]
    if len(groups) < len(_GROUPS):
        names = " and ".join(_GROUPS[2])
        outcome.left_out.append(
            f'{names} were left out: pyarrow is not installed (pip install "gkllm[parquet]")'
        )
    made_of = hashlib.sha256(ids.tobytes() + identity.writing().encode()).hexdigest()
    noted = json.loads(ledger.noted(_NOTE) or "{}")
    if noted == {"of": made_of, "files": _stamps(out, outcome.outputs)}:
        return
    with writing(out), _parts(out) as parts:
        _make(ids, out, parts, groups, workers)
        for name in outcome.outputs:
            to_disk(parts / name)
        for name in outcome.outputs:
            (parts / name).replace(out / name)
        to_disk(out)
    outcome.rendered = True
    ledger.note(_NOTE, json.dumps({"of": made_of, "files": _stamps(out, outcome.outputs)}))


@contextlib.contextmanager
def _parts(out: Path) -> Iterator[Path]:
    """A new folder to write in. Those that a killed batch left behind are taken away."""
    for left in out.glob(f"{_PARTS}*"):
        shutil.rmtree(left, ignore_errors=True)
    # A name of its own: what a killed batch has still open must not be written to.
    parts = out / f"{_PARTS}{uuid.uuid4().hex}"
    parts.mkdir()
    try:
        yield parts
    finally:
        shutil.rmtree(parts, ignore_errors=True)


def _make(
    ids: array[int], out: Path, parts: Path, groups: Sequence[tuple[str, ...]], workers: int
) -> None:
    """All groups, each in a process, at most `workers` at a time."""
    running = [Worker(_LIMITS) for _ in groups]

    def one(worker: Worker, group: tuple[str, ...]) -> Any:
        names = {"out": str(out), "parts": str(parts), "names": list(group)}
        try:
            with worker:
                return worker.run(_TASK, ids.tobytes(), owner=os.getpid(), **names)
        except UnreadableInput as error:
            told = f"{', '.join(group)} could not be written: {error}"
            return {"code": BatchStopped.code, "message": told}

    with ThreadPoolExecutor(workers) as pool:
        try:
            answers = list(pool.map(one, running, groups))
        except BaseException:
            for worker in running:
                worker.kill()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    for answer in answers:
        if answer is not None:
            kinds = {kind.code: kind for kind in (CannotWrite, DamagedLedger)}
            raise kinds.get(answer["code"], BatchStopped)(answer["message"])


def task(data: bytes, out: str, parts: str, names: list[str], owner: int) -> dict[str, str] | None:
    """Make some outputs; None, or why they cannot be made."""
    ids = array("q")
    ids.frombytes(data)
    try:
        with writing(Path(out)), Ledger(Path(out)) as ledger:
            _write(_watched(ledger.lines(ids), owner), Path(parts), names)
    except BatchStopped as error:
        return {"code": error.code, "message": str(error)}
    except sqlite3.OperationalError as error:  # of report.sqlite; the ledger has its own words
        return {"code": CannotWrite.code, "message": str(cannot_write(Path(out), str(error)))}
    return None


def _watched(lines: Iterator[Line], owner: int) -> Iterator[Line]:
    """The lines, as long as the batch runs that wants them."""
    for number, line in enumerate(lines):
        if not number % _LOOKED and os.name == "posix" and os.getppid() != owner:
            raise BatchStopped("The batch has ended.")
        yield line


def _write(lines: Iterator[Line], parts: Path, names: Sequence[str]) -> None:
    named: list[tuple[int, str]] = []
    with ExitStack() as stack:
        sinks: dict[str, Sink] = {}
        raw = {
            name: stack.enter_context((parts / name).open("wb"))
            for name in names
            if name.endswith(".jsonl")
        }
        for name in names:
            sink = _sink(name, parts / name)
            if sink is not None:
                sinks[name] = stack.enter_context(sink)
        for number, line in enumerate(lines, 1):
            if "reports.jsonl" in raw:
                raw["reports.jsonl"].write(line.line + b"\n")
            if "errors.jsonl" in raw and line.error is not None:
                raw["errors.jsonl"].write(line.line + b"\n")
            if others := named_in(line.aside):
                named.append((number, others))
            said = told(line.line)
            for sink in sinks.values():
                sink.add(said)
        database: Any = sinks.get("report.sqlite")
        if database is not None:
            database.finish()
            check_panel(database.connection, named)


def _sink(name: str, path: Path) -> Any:
    """What writes a file of this name, where it takes lines as data."""
    if name == "columns.csv":
        from gkllm.write.csv import write_dictionary

        write_dictionary(path)
        return None
    if name.endswith(".csv"):
        from gkllm.write import csv

        return csv.Cells(path) if name == "cells.csv" else csv.Panel(path)
    if name.endswith(".parquet"):
        return parquet.Cells(path) if name == "cells.parquet" else parquet.Panel(path)
    if name.endswith(".sqlite"):
        from gkllm.write.sqlite import Database

        return Database(path)
    return None


def _stamps(out: Path, names: list[str]) -> dict[str, list[int]]:
    """What tells whether a file is still the one that was written."""
    found: dict[str, list[int]] = {}
    for name in names:
        try:
            stat = (out / name).stat()
        except OSError:
            found[name] = []
        else:
            found[name] = [stat.st_size, stat.st_mtime_ns]
    return found
