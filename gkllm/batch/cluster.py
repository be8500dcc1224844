"""A batch on a Ray cluster; the only importer of ray.

Ray carries jobs to workers and nothing more: what a job does, and what is done when it fails,
is that of `shards`. A document that kills its reader kills a child of the worker, as it does on
one machine. A worker that dies itself, with its machine say, has its shard done once more.
"""

from __future__ import annotations

import logging
import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from gkllm.batch.asking import Asked
from gkllm.batch.ledger import Ledger, locked
from gkllm.batch.processes import workers
from gkllm.batch.reader import BY_CHANCE
from gkllm.batch.reading import TASK
from gkllm.batch.render import Shown, render
from gkllm.batch.run import Outcome, Said, Settings, Watch, ask_open
from gkllm.batch.shards import (
    ROOT,
    SIZE,
    Done,
    Engine,
    Job,
    Shard,
    do,
    finish,
    finished,
    results,
    shards,
    there,
)
from gkllm.batch.stores import Store, is_uri, sources, store
from gkllm.errors import BatchStopped, UnusableSetting
from gkllm.load import inputs

__all__ = ["Ray", "batch", "cut", "read"]

_WAITING = 4  # jobs for each processor that are under way or wait there


@dataclass
class Ray:
    """A cluster by its address, or one of this machine's processors where there is none."""

    address: str | None = None
    workers: int | None = None

    def each(self, jobs: Iterable[Job]) -> Iterator[Done]:
        """Do all jobs; those that Ray could not do are told after all others."""
        ray = self._connected()
        remote = ray.remote(num_cpus=1, max_retries=1)(do)
        room = _WAITING * max(1, int(ray.cluster_resources().get("CPU", 1)))
        waiting: dict[Any, Job] = {}
        failed: list[str] = []
        coming = iter(jobs)
        try:
            while True:
                for job in islice(coming, room - len(waiting)):
                    waiting[remote.remote(job)] = job
                if not waiting:
                    break
                ready, _ = ray.wait(list(waiting), num_returns=1)
                for reference in ready:
                    job = waiting.pop(reference)
                    try:
                        yield ray.get(reference)
                    except ray.exceptions.RayTaskError as error:
                        raise error.as_instanceof_cause() from None
                    except ray.exceptions.RayError as error:
                        failed.append(f"{job.shard.name} ({type(error).__name__})")
        finally:
            ray.shutdown()
        if failed:
            raise BatchStopped(
                f"Ray could not finish {len(failed)} shards: {', '.join(failed[:3])}. "
                "Run the same command again: what is done is kept."
            )

    def _connected(self) -> Any:
        # No reports about this run to anyone; a user may set it otherwise.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
        except ImportError:
            raise UnusableSetting(
                'The engine ray is not installed: pip install "gkllm[ray]".'
            ) from None
        try:
            ray.init(
                address=self.address,
                num_cpus=None if self.address else self.workers,
                include_dashboard=False if self.address is None else None,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise UnusableSetting(
                f"There is no Ray cluster at {self.address}: {error}. Check --address."
            ) from None
        return ray


def batch(
    words: Sequence[str],
    out: str,
    settings: Settings,
    watch: Watch,
    engine: Engine,
    size: int = SIZE,
    model: Asked | None = None,
) -> Outcome:
    """Read all inputs shard by shard on an engine, then ask a model; continue what was begun.

    In a folder of this machine the outputs of a batch on one machine are then made from the
    shards, byte for byte the same. In an object store the shards are the outputs.
    Raises BatchStopped, UnusableSetting.
    """
    counting = model is not None
    if is_uri(out):
        outcome, _ = read(words, out, settings, watch, engine, size, counting)
        root = ROOT
        if model is not None:
            from gkllm.batch import answered

            parts = cut(words, settings, size, counting)
            answered.answer(store(out), parts, model, Said(watch, outcome, settings.refresh))
            root = answered.ROOT
        outcome.outputs = [f"{root}/{name}" for name in ("reports", "cells", "panel")]
        outcome.rendered = outcome.new > 0
        return outcome
    with locked(Path(out)):
        outcome, names = read(words, out, settings, watch, engine, size, counting)
        with Ledger(Path(out)) as ledger:
            ids, asking = _gathered(ledger, store(out), names)
            first = array("q", ids)
            if model is not None and asking:
                said = Said(watch, outcome, settings.refresh)
                ask_open(ledger, sources(words), model, ids, asking, said)
            watch.stage("writing the outputs")
            # Pages of doubtful reports need their texts, which stores are not asked for again.
            remote = any(map(is_uri, words))
            views = 0 if remote else settings.views
            with workers(settings.workers, settings.limits) as readers:
                shown = Shown(readers, views, settings.language)
                render(ledger, ids, () if remote else inputs(words), Path(out), shown, outcome)
            if settings.prune:
                outcome.pruned = ledger.keep_only(chain(first, ids))
        return outcome


def cut(words: Sequence[str], settings: Settings, size: int, counting: bool) -> Iterator[Shard]:
    """The shards of the inputs that words name."""
    told = {"llm": "off", "counting": counting}
    return shards(islice(sources(words), settings.limit), size, told)


def read(
    words: Sequence[str],
    out: str,
    settings: Settings,
    watch: Watch,
    engine: Engine,
    size: int = SIZE,
    counting: bool = False,
) -> tuple[Outcome, list[str]]:
    """Do all shards of the inputs that are not there yet; their names, in the order of the inputs.

    Raises BatchStopped.
    """
    outcome, place = Outcome(), store(out)
    done, names = there(place), []

    def todo() -> Iterator[Job]:
        for shard in cut(words, settings, size, counting):
            names.append(shard.name)
            known = finished(place, shard.name) if shard.name in done else None
            if known is None or (settings.retry and BY_CHANCE & set(known.errors)):
                yield Job(shard, out, settings.limits, counting, TASK)
            else:
                _count(outcome, known, new=False)

    for each in engine.each(todo()):
        _count(outcome, each, new=True)
        watch.show(outcome)
    finish(place, names)
    return outcome, names


def _count(outcome: Outcome, done: Done, *, new: bool) -> None:
    outcome.documents += done.documents
    outcome.new += done.documents if new else 0
    outcome.open += done.open
    outcome.doubtful += done.doubtful
    outcome.errors.update(done.errors)


def _gathered(ledger: Ledger, place: Store, names: list[str]) -> tuple[array[int], array[int]]:
    """The results of all shards in the ledger: their ids by position, those with questions."""
    ids, asking = array("q"), array("q")
    for name in names:
        found = list(results(place, name))
        asking.extend(len(ids) + n for n, result in enumerate(found) if result.questions)
        ids.extend(ledger.add(found))
    return ids, asking
