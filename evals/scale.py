"""`python -m evals.scale`: what a document costs on its way through the shards of a cluster.

Renders random damaged reports, takes them through the kernel that engines run, one shard after
the other, and counts processor time (its own and that of the children that read), bytes, and
the questions that a model would be asked. With ray installed, `--ray` does the same on a cluster
of this machine. The second column is what a million such documents would take.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from evals.soak import document
from gkllm.batch import cluster, questions
from gkllm.batch.run import Outcome, Settings
from gkllm.batch.shards import ROOT, SIZE, Engine, Here
from gkllm.worker import shared

MILLION = 1_000_000


class _Nobody:
    """Nobody looks on."""

    def expect(self, documents: int) -> None: ...
    def show(self, outcome: Outcome) -> None: ...
    def stage(self, what: str) -> None: ...
    def close(self) -> None: ...


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ray", action="store_true", help="on a Ray cluster of this machine too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        size = _render(folder / "in", given.count, given.seed)
        print(f"{given.count} documents, {size / given.count / 1000:.1f} KB each")
        _shards(folder, given.count, Here(), "one process")
        if given.ray:
            _shards(folder, given.count, cluster.Ray(workers=2), "ray")
        _again(folder, given.count)
        _questions(folder, given.count)


def _render(folder: Path, count: int, seed: int) -> int:
    folder.mkdir()
    size = 0
    for index in range(count):
        data = document(index, seed)[0].payload
        data = data.encode("utf-8", "replace") if isinstance(data, str) else data
        (folder / f"{index:06}.txt").write_bytes(data)
        size += len(data)
    return size


def _shards(folder: Path, count: int, engine: Engine, name: str) -> None:
    out, before, start = folder / name, _used(), time.monotonic()
    outcome, parts = cluster.read(
        [str(folder / "in")], str(out), Settings(), _Nobody(), engine, SIZE
    )
    wall = time.monotonic() - start
    print(
        f"{name}: {outcome.documents} lines in {len(parts)} shards, errors {dict(outcome.errors)}"
    )
    if name == "ray":  # its processes are no children of this one
        print(f"  wall {wall:.1f} s, {1000 * wall / count:.1f} ms a document")
        return
    used = (_used() - before) / count
    print(f"  processor  {1000 * used:8.2f} ms a document  {used * MILLION / 3600:8.1f} hours")
    for kind in ("reports", "index", "cells", "panel"):
        size = sum(path.stat().st_size for path in (out / ROOT / kind).glob("*")) / count
        print(f"  {kind:<10} {size / 1000:8.2f} KB a document  {size * MILLION / 1e9:8.1f} GB")


def _again(folder: Path, count: int) -> None:
    before = _used()
    words = [str(folder / "in")]
    outcome, _ = cluster.read(
        words, str(folder / "one process"), Settings(), _Nobody(), Here(), SIZE
    )
    used = (_used() - before) / count
    print(f"again, with {outcome.new} documents to read")
    print(f"  processor  {1000 * used:8.2f} ms a document  {used * MILLION / 60:8.1f} minutes")


def _questions(folder: Path, count: int) -> None:
    from gkllm.llm import Settings as Model

    file = folder / "questions.jsonl"
    written = questions.export([str(folder / "in")], file, Model(model="m"), lambda key: False)
    answers = sum(
        json.loads(line)["body"]["max_tokens"]
        for path in written.files
        for line in path.read_text("utf-8").splitlines()
    )
    told = f"{written.asked} documents have questions, {written.questions} in all"
    print(f"{told}, and {written.repeated} that others have too")
    each = written.tokens / max(1, written.questions)
    room = answers / max(1, written.questions)
    print(f"  tokens     {each:8.0f} a question, an answer may have {room:.0f}")
    total = MILLION / count
    print(
        f"  a million documents: {written.questions * total:,.0f} questions, "
        f"{written.tokens * total / 1e6:,.0f} + at most {answers * total / 1e6:,.0f} M tokens"
    )


def _used() -> float:
    """Seconds of processor time of this process and of the children that have ended."""
    shared(Settings().limits).close()  # what a child used is counted when it has ended
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(r.ru_utime + r.ru_stime for r in map(resource.getrusage, whose))


if __name__ == "__main__":
    main()
