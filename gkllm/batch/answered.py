"""The second pass over shards: a model is asked what stays open, and parts with answers written.

It runs where the batch was started, not on the cluster: questions wait for an endpoint and not
for processors, and one account keeps the limits of rate, tokens and money. A shard without
questions is copied. What the endpoint could not answer is asked again by the next run.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from gkllm.batch.asking import Asked, Asker
from gkllm.batch.ledger import Result
from gkllm.batch.run import Outcome, Said
from gkllm.batch.shards import Done, Nothing, Shard, finish, finished, results, there, write
from gkllm.batch.stores import Store
from gkllm.errors import BatchStopped

ROOT = "answered"
_AHEAD = 2  # shards for each question that may be asked at a time


def answer(place: Store, found: Iterable[Shard], model: Asked, said: Said) -> None:
    """Write the answered part of every shard that has none yet.

    Raises BatchStopped; what is done is kept.
    """
    asker = Asker(Nothing(), model, said.refresh)
    names: list[str] = []
    known = there(place, ROOT)
    total = Outcome()
    said.watch.stage("asking the model")

    def todo() -> Iterator[tuple[Shard, str]]:
        for shard in found:
            name = _name(shard, asker)
            names.append(name)
            done = finished(place, name, ROOT) if name in known and not said.refresh else None
            if done is None or done.again:
                yield shard, name
            else:
                _count(total, done)

    for done in _several(place, todo(), asker, model):
        _count(total, done)
        said.outcome.usage = model.account.usage()
        said.watch.show(said.outcome)
    finish(place, names, ROOT)
    said.outcome.open, said.outcome.doubtful = total.open, total.doubtful
    said.outcome.asked = total.asked
    said.outcome.usage = model.account.usage()


def _name(shard: Shard, asker: Asker) -> str:
    told = json.dumps([shard.name, asker.settings], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _several(
    place: Store, todo: Iterator[tuple[Shard, str]], asker: Asker, model: Asked
) -> Iterator[Done]:
    """Shards at the same time, as many as the model takes questions."""
    with ThreadPoolExecutor(model.concurrency) as pool:
        waiting: deque[Future[Done]] = deque()
        try:
            for shard, name in todo:
                waiting.append(pool.submit(_one, place, shard, name, asker, model))
                if len(waiting) >= _AHEAD * model.concurrency:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BaseException:
            asker.kill()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _one(place: Store, shard: Shard, name: str, asker: Asker, model: Asked) -> Done:
    """A shard with the answers to its questions in it."""
    try:
        first = list(results(place, shard.name))
    except OSError:
        raise BatchStopped(
            "Inputs have changed while they were read. Run the same command again."
        ) from None
    found: list[Result] = []
    for source, result in zip(shard.sources, first, strict=True):
        asked = asker.result(source) if result.questions else None
        if isinstance(asked, Result):
            # How many questions there were stays known; they may be asked again.
            found.append(replace(asked, questions=result.questions))
        else:
            found.append(replace(result, again=bool(result.questions and model.stopped)))
    if asker.given_up:
        raise BatchStopped("The batch was stopped. Run the same command again.")
    return write(place, ROOT, name, found)


def _count(total: Outcome, done: Done) -> None:
    total.open += done.open
    total.doubtful += done.doubtful
    total.asked = (total.asked or 0) + done.asked
