"""A few worker processes, and work that they share."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from gkllm.worker import Limits, Worker

_Work = TypeVar("_Work")
_Made = TypeVar("_Made")


@contextmanager
def workers(count: int, limits: Limits) -> Iterator[list[Worker]]:
    """So many workers; each starts its process when it is first asked."""
    running = [Worker(limits) for _ in range(count)]
    try:
        yield running
    finally:
        for worker in running:
            worker.close()


def shared_out(
    work: Sequence[_Work], make: Callable[[Worker, _Work], _Made], running: Sequence[Worker]
) -> list[_Made]:
    """What `make` gives for each piece of work, in order; idle workers take the next piece.

    The first error ends everything and is raised.
    """
    idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
    for worker in running:
        idle.put(worker)

    def with_one(piece: _Work) -> _Made:
        worker = idle.get()
        try:
            return make(worker, piece)
        finally:
            idle.put(worker)

    with ThreadPoolExecutor(len(running)) as pool:
        try:
            return list(pool.map(with_one, work))
        except BaseException:
            for worker in running:
                worker.retire()
            raise
