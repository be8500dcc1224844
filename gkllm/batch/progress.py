"""How a batch tells what it does: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gkllm.batch.run import Outcome, Watch

_EVERY = 10.0  # seconds between two lines
_FRAME = 0.1  # seconds between two frames of the bar


def watch(say: Callable[[str], None]) -> Watch:
    """A bar on standard error if that is a terminal, else lines through `say`."""
    return Bar() if sys.stderr.isatty() else Lines(say)


class Lines:
    """A line when something begins, and every ten seconds."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._total = say, 0
        self._start = self._said = time.monotonic()

    def expect(self, documents: int) -> None:
        self._total = documents

    def show(self, outcome: Outcome) -> None:
        now = time.monotonic()
        if now - self._said < _EVERY:
            return
        self._said = now
        done, rate = _done(outcome), _done(outcome) / (now - self._start)
        of = f" of {self._total}" if self._total else ""
        left = f", {span((self._total - done) / rate)} left" if self._total > done else ""
        self._say(f"{done}{of} documents, {rate:.0f}/s{left}; {_counts(outcome)}")

    def stage(self, what: str) -> None:
        self._start = self._said = time.monotonic()
        self._say(what)

    def close(self) -> None:
        """Nothing stays behind."""


class Bar:
    """A bar with documents, rate, time left, open fields and errors."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._shown = 0.0
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[counts]}"),
            console=Console(stderr=True),
            transient=True,
            refresh_per_second=5,
        )
        self._progress.start()
        self._task: Any = self._progress.add_task("documents", total=None, rate="", counts="")
        self._start = time.monotonic()

    def expect(self, documents: int) -> None:
        self._progress.update(self._task, total=documents)

    def show(self, outcome: Outcome) -> None:
        now = time.monotonic()
        if now - self._shown < _FRAME:
            return
        self._shown = now
        done = _done(outcome)
        rate = f"{done / max(now - self._start, 1e-9):.0f}/s"
        self._progress.update(self._task, completed=done, rate=rate, counts=_counts(outcome))

    def stage(self, what: str) -> None:
        self._start = time.monotonic()
        self._progress.remove_task(self._task)
        self._task = self._progress.add_task(what, total=None, rate="", counts="")

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()


def _done(outcome: Outcome) -> int:
    """Documents of this stage."""
    return outcome.documents if outcome.asked is None else outcome.asked


def _counts(outcome: Outcome) -> str:
    parts = [f"fields open {outcome.open:,}"]
    if outcome.errors:
        parts.append(f"errors {outcome.errors.total():,}")
    if outcome.usage is not None:
        usage = outcome.usage
        parts.append(f"tokens {usage.prompt_tokens + usage.completion_tokens:,}")
        if usage.cost is not None:
            parts.append(f"{usage.cost:.2f} {usage.currency}")
    return ", ".join(parts)


def span(seconds: float) -> str:
    """A length of time in words.

    >>> span(7), span(125), span(7260)
    ('7 s', '2 min', '2 h 1 min')
    """
    minutes = int(seconds) // 60
    return (
        f"{minutes // 60} h {minutes % 60} min"
        if minutes >= 60
        else (f"{minutes} min" if minutes else f"{int(seconds)} s")
    )
