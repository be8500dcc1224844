"""Requests and tokens a minute, and how long to wait between tries."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MINUTE = 60.0
FIRST_WAIT = 0.5  # seconds, doubled with each try


class Pace:
    """At most so many requests and tokens within any minute; 0 is no limit.

    Of one event loop. A pause that a server asked for holds back everybody.
    """

    def __init__(self, requests: int = 0, tokens: int = 0) -> None:
        self._requests, self._tokens = requests, tokens
        self._sent: deque[list[float]] = deque()  # [when, tokens], oldest first
        self._paused = 0.0
        self._turn = asyncio.Lock()

    async def take(self, tokens: int) -> list[float]:
        """Wait until a call of so many tokens may be sent; the entry to correct afterwards."""
        async with self._turn:  # first come, first served
            while (wait := self._wait(tokens)) > 0:
                await asyncio.sleep(wait)
            entry = [time.monotonic(), float(tokens)]
            self._sent.append(entry)
            return entry

    def pause(self, seconds: float) -> None:
        """Send nothing for so long."""
        self._paused = max(self._paused, time.monotonic() + seconds)

    def _wait(self, tokens: int) -> float:
        now = time.monotonic()
        while self._sent and self._sent[0][0] <= now - MINUTE:
            self._sent.popleft()
        wait = self._paused - now
        if self._requests and len(self._sent) >= self._requests:
            wait = max(wait, self._sent[-self._requests][0] + MINUTE - now)
        over = sum(entry[1] for entry in self._sent) + tokens - self._tokens
        if self._tokens and self._sent and over > 0:  # alone, any call may go
            for sent, used in self._sent:
                over -= used
                if over <= 0 or (sent, used) == tuple(self._sent[-1]):
                    wait = max(wait, sent + MINUTE - now)
                    break
        return wait


def retry_after(headers: dict[str, str]) -> float | None:
    """The seconds that a server asks to wait; headers with lower-case names.

    >>> retry_after({"retry-after": "3"}), retry_after({"retry-after-ms": "250"})
    (3.0, 0.25)
    >>> retry_after({"retry-after": "soon"}), retry_after({})
    (None, None)
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        return seconds if 0 <= seconds < float("inf") else None
    try:
        when = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def backoff(attempt: int, longest: float) -> float:
    """Seconds before try `attempt` + 1: anything up to a bound that doubles, so that many
    callers that failed together do not come back together.
    """
    return random.uniform(0, min(longest, FIRST_WAIT * 2**attempt))  # noqa: S311  # no secret
