"""Many machines: inputs > shards > part files, whatever engine carries the work.

A shard is a few hundred inputs. Whoever gets one reads its documents as a batch on one machine
does, and writes its parts; nothing is shared between shards, and no engine's error handling or
checkpoint is needed: every trouble with a document is caught here and becomes its line, and a
shard whose parts exist is done. Its name holds the identity of its inputs and of all that
decides their answers, so what changed has another name and is done again.

    shards/reports/part-<name>.jsonl    the lines; written last, so that their being there counts
    shards/cells/part-<name>.parquet    one row per value
    shards/panel/part-<name>.parquet    one row per report
    shards/index/part-<name>.json       what the ledger keeps of each line
    shards/shards.json                  the parts of the last run that ended, in their order

With a model these are the first pass, and the same tree under answered/ is the result.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from gkllm.batch import identity
from gkllm.batch.ledger import Result
from gkllm.batch.reader import WITHOUT_MODEL, DocumentReader
from gkllm.batch.reading import TASK
from gkllm.batch.stores import Source, Store, stamp, store
from gkllm.worker import Limits, Worker
from gkllm.write import has_parquet, parquet
from gkllm.write.cells import told

__all__ = [
    "Done",
    "Engine",
    "Here",
    "Job",
    "Shard",
    "do",
    "finish",
    "finished",
    "results",
    "shards",
    "there",
]

ROOT = "shards"
SIZE = 250  # inputs of a shard, about: a second of work, and a loss that does not matter
_LARGEST = 4  # times that size


@dataclass(frozen=True, slots=True)
class Shard:
    """Some inputs that are done together; `name` is 32 hexadecimal digits."""

    name: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """A shard, where its parts go, and the limits of one document: all that a worker needs.

    `counting` has questions to a model counted; `task` is the function that reads one document,
    in a child of the worker.
    """

    shard: Shard
    out: str
    limits: Limits
    counting: bool = False
    task: str = TASK


@dataclass(frozen=True, slots=True)
class Done:
    """What a shard came to: `asked` documents with questions, `again` those to be asked anew."""

    name: str
    documents: int
    open: int
    doubtful: int
    asked: int = 0
    again: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)


class Engine(Protocol):
    """What carries jobs to workers."""

    def each(self, jobs: Iterable[Job]) -> Iterator[Done]:
        """Do all jobs, in any order. Raises BatchStopped after all others if some could not."""
        ...


class Here:
    """The engine that is none: one job after the other in this process."""

    def each(self, jobs: Iterable[Job]) -> Iterator[Done]:
        return map(do, jobs)


def shards(
    sources: Iterable[Source], size: int = SIZE, settings: Mapping[str, Any] | None = None
) -> Iterator[Shard]:
    """Inputs in their order, cut into shards of about `size`.

    Cuts follow the names, not the count: an input more or less changes its own shard and leaves
    the others what they were.
    """
    found: list[Source] = []
    for source in sources:
        found.append(source)
        digest = hashlib.sha256(source.name.encode("utf-8", "surrogateescape")).digest()
        if not int.from_bytes(digest[:8], "big") % size or len(found) >= _LARGEST * size:
            yield _shard(found, settings or WITHOUT_MODEL)
            found = []
    if found:
        yield _shard(found, settings or WITHOUT_MODEL)


def _shard(found: list[Source], settings: Mapping[str, Any]) -> Shard:
    told = [[source.name, stamp(source)] for source in found]
    asked = json.dumps([told, identity.reading(), identity.writing(), settings], sort_keys=True)
    return Shard(hashlib.sha256(asked.encode()).hexdigest()[:32], tuple(found))


# ---------------------------------------------------------------- one shard


def do(job: Job) -> Done:
    """Read the documents of a shard and write its parts: the kernel that engines run.

    Raises CannotWrite. Trouble with a document is its line.
    """
    read = [_reader(job).result(source) for source in job.shard.sources]
    found = [result for result in read if isinstance(result, Result)]
    return write(store(job.out), ROOT, job.shard.name, found)


class Nothing:
    """A ledger that knows no result: what is known is there as a part."""

    def find(self, key: bytes) -> None:
        """None."""


def _reader(job: Job) -> DocumentReader:
    return _readers(job.limits, job.counting, job.task)


@cache
def _readers(limits: Limits, counting: bool, task: str) -> DocumentReader:
    """One extractor in a process, for all the shards that come to it."""
    worker = Worker(limits)
    atexit.register(worker.close)
    return DocumentReader(Nothing(), worker, False, counting, task)


def write(out: Store, root: str, name: str, found: list[Result]) -> Done:
    """Write the parts of a shard; the lines last."""
    lines = [zlib.decompress(result.line) for result in found]
    for kind, data in _tables(lines):
        out.put(f"{root}/{kind}/part-{name}.parquet", data)
    index = [
        {
            "key": result.key.hex(),
            "error": result.error,
            "open": result.open,
            "doubtful": result.doubtful,
            "aside": result.aside,
            "questions": result.questions,
            "again": result.again,
        }
        for result in found
    ]
    out.put(f"{root}/index/part-{name}.json", json.dumps(index).encode())
    out.put(f"{root}/reports/part-{name}.jsonl", b"".join(line + b"\n" for line in lines))
    return _done(name, index)


def _tables(lines: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """The Parquet files of a shard, where Parquet can be written."""
    if not has_parquet():
        return
    said = [told(line) for line in lines]
    with tempfile.TemporaryDirectory(prefix="gkllm-") as folder:
        for name, kind in (("cells", parquet.Cells), ("panel", parquet.Panel)):
            path = Path(folder, name)
            with kind(path) as table:
                for line in said:
                    table.add(line)
            yield name, path.read_bytes()


def _done(name: str, index: list[dict[str, Any]]) -> Done:
    return Done(
        name,
        len(index),
        sum(entry["open"] for entry in index),
        sum(entry["doubtful"] for entry in index),
        sum(bool(entry["questions"]) for entry in index),
        sum(entry["again"] for entry in index),
        Counter(entry["error"] for entry in index if entry["error"]),
    )


# ---------------------------------------------------------------- all shards


def there(out: Store, root: str = ROOT) -> set[str]:
    """The names of the shards that are done."""
    return {_name(file) for file in out.names(f"{root}/reports")}


def finished(out: Store, name: str, root: str = ROOT) -> Done:
    """What a shard came to that an earlier run has done."""
    return _done(name, json.loads(out.get(f"{root}/index/part-{name}.json")))


def results(out: Store, name: str, root: str = ROOT) -> Iterator[Result]:
    """The results of a shard as the ledger of one machine keeps them."""
    index = json.loads(out.get(f"{root}/index/part-{name}.json"))
    lines = out.get(f"{root}/reports/part-{name}.jsonl").split(b"\n")[:-1]
    for entry, line in zip(index, lines, strict=True):
        yield Result(**entry | {"key": bytes.fromhex(entry["key"]), "line": zlib.compress(line, 1)})


def finish(out: Store, names: list[str], root: str = ROOT) -> None:
    """Name the parts of this run in their order, and take away those of other inputs."""
    out.put(f"{root}/shards.json", json.dumps({"parts": names}, indent=1).encode())
    mine = set(names)
    # The lines go first: without them a shard counts as not done.
    for folder in ("reports", "index", "cells", "panel"):
        for file in out.names(f"{root}/{folder}"):
            if _name(file) not in mine:
                out.drop(file)


def _name(file: str) -> str:
    return file.rpartition("part-")[2].partition(".")[0]
