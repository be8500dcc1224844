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
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from gkllm.batch import identity
from gkllm.batch.ledger import Result
from gkllm.batch.reading import TASK, Read, refused, unpack
from gkllm.batch.stores import Source, Store, content, stamp, store
from gkllm.errors import Crashed, UnreadableInput
from gkllm.worker import Limits, Worker, shared
from gkllm.write import parquet
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
_WITHOUT_MODEL = {"llm": "off"}


@dataclass(frozen=True, slots=True)
class Shard:
    """Some inputs that are done together; `name` is 32 hexadecimal digits."""

    name: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """A shard, where its parts go, and the limits of one document: all that a worker needs.

    `task` is the function that reads one document, in a child of the worker.
    """

    shard: Shard
    out: str
    limits: Limits
    task: str = TASK


@dataclass(frozen=True, slots=True)
class Done:
    """What a shard came to."""

    name: str
    documents: int
    open: int
    doubtful: int
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
            yield _shard(found, settings or _WITHOUT_MODEL)
            found = []
    if found:
        yield _shard(found, settings or _WITHOUT_MODEL)


def _shard(found: list[Source], settings: Mapping[str, Any]) -> Shard:
    told = [[source.name, stamp(source)] for source in found]
    asked = json.dumps([told, identity.reading(), identity.writing(), settings], sort_keys=True)
    return Shard(hashlib.sha256(asked.encode()).hexdigest()[:32], tuple(found))


# ---------------------------------------------------------------- one shard


def do(job: Job) -> Done:
    """Read the documents of a shard and write its parts: the kernel that engines run.

    Raises CannotWrite. Trouble with a document is its line.
    """
    worker = shared(job.limits)  # one extractor in a process, for all the shards that come to it
    read = [_result(worker, job.task, source) for source in job.shard.sources]
    return _write(store(job.out), job.shard, read)


def _result(worker: Worker, task: str, source: Source) -> Result:
    """What the ledger of one machine would hold for this input."""
    try:
        data = content(source)
    except UnreadableInput as error:
        key = identity.key(source.name, error.code.encode(), {})
        return _kept(key, refused(source.name, error.code, str(error)))
    key = identity.key(source.name, hashlib.sha256(data).digest(), _WITHOUT_MODEL)
    return _kept(key, _read(worker, task, source.name, data))


def _read(worker: Worker, task: str, name: str, data: bytes) -> Read:
    for last in (False, True):
        try:
            return unpack(worker.run(task, data, name=name))
        except Crashed as error:
            if last:
                return refused(name, error.code, str(error), data)
        except UnreadableInput as error:
            return refused(name, error.code, str(error), data)
    raise AssertionError("the second attempt ends it")


def _kept(key: bytes, read: Read) -> Result:
    return Result(key, read.error, read.open, read.doubtful, read.line, read.aside)


def _write(out: Store, shard: Shard, found: list[Result]) -> Done:
    lines = [zlib.decompress(result.line) for result in found]
    for name, data in _tables(lines):
        out.put(f"{ROOT}/{name}/part-{shard.name}.parquet", data)
    index = [
        {
            "key": result.key.hex(),
            "error": result.error,
            "open": result.open,
            "doubtful": result.doubtful,
            "aside": result.aside,
        }
        for result in found
    ]
    out.put(f"{ROOT}/index/part-{shard.name}.json", json.dumps(index).encode())
    out.put(lines_of(shard.name), b"".join(line + b"\n" for line in lines))
    return _done(shard.name, index)


def _tables(lines: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """The Parquet files of a shard, where Parquet can be written."""
    if not parquet.available():
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
        Counter(entry["error"] for entry in index if entry["error"]),
    )


# ---------------------------------------------------------------- all shards


def lines_of(name: str) -> str:
    """The file whose being there says that a shard is done."""
    return f"{ROOT}/reports/part-{name}.jsonl"


def there(out: Store) -> set[str]:
    """The names of the shards that are done."""
    return {_name(file) for file in out.names(f"{ROOT}/reports")}


def finished(out: Store, name: str) -> Done:
    """What a shard came to that an earlier run has done."""
    return _done(name, json.loads(out.get(f"{ROOT}/index/part-{name}.json")))


def results(out: Store, name: str) -> Iterator[Result]:
    """The results of a shard as the ledger of one machine keeps them."""
    index = json.loads(out.get(f"{ROOT}/index/part-{name}.json"))
    lines = out.get(lines_of(name)).split(b"\n")[:-1]
    for entry, line in zip(index, lines, strict=True):
        yield Result(
            bytes.fromhex(entry["key"]),
            entry["error"],
            entry["open"],
            entry["doubtful"],
            zlib.compress(line, 1),
            entry["aside"],
        )


def finish(out: Store, names: list[str]) -> None:
    """Name the parts of this run in their order, and take away those of other inputs."""
    out.put(f"{ROOT}/shards.json", json.dumps({"parts": names}, indent=1).encode())
    mine = set(names)
    # The lines go first: without them a shard counts as not done.
    for folder in ("reports", "index", "cells", "panel"):
        for file in out.names(f"{ROOT}/{folder}"):
            if _name(file) not in mine:
                out.drop(file)


def _name(file: str) -> str:
    return file.rpartition("part-")[2].partition(".")[0]
