"""Accounts: what a report and a run used, and what is left of their budgets."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from threading import Lock
from typing import NamedTuple

from gkllm.report import Usage

MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost."""

    prompt: Decimal
    completion: Decimal
    currency: str

    def of(self, prompt_tokens: int, completion_tokens: int) -> Decimal:
        """The cost of so many tokens.

        >>> Price(Decimal("2"), Decimal("8"), "CNY").of(1500, 250)
        Decimal('0.005')
        """
        return (self.prompt * prompt_tokens + self.completion * completion_tokens) / MILLION


class Spent(NamedTuple):
    """One call over the wire: tokens, and seconds from its sending to its end."""

    prompt_tokens: int
    completion_tokens: int
    seconds: float
    estimated: bool  # the endpoint reported no usage, or an impossible one


class Account:
    """What was used, within limits; an account of a report also charges that of its run.

    Tokens are reserved before a call and settled after it, so that calls at the same time cannot
    overrun a budget together. Thread-safe.
    """

    def __init__(
        self,
        *,
        tokens: int | None = None,
        money: Decimal | None = None,
        seconds: float | None = None,
        price: Price | None = None,
        run: Account | None = None,
    ) -> None:
        self._limit, self._money_limit = tokens, money
        self._seconds_allowed = seconds
        self._deadline: float | None = None
        self._price, self._run = price, run
        self._lock: Lock = run._lock if run else Lock()
        self._model: str | None = None
        self._reserved = 0
        self._calls = self._cached = self._estimated = 0
        self._prompt = self._completion = 0
        self._seconds = 0.0
        self._troubles: Counter[str] = Counter()

    @property
    def tokens(self) -> int:
        """Tokens used so far, in and out."""
        return self._prompt + self._completion

    def seconds_left(self) -> float:
        """Seconds until the deadline; infinite where there is none.

        The clock starts when first looked at: a model that has to be loaded takes none of it.
        """
        if self._seconds_allowed is None:
            return float("inf")
        if self._deadline is None:
            self._deadline = time.monotonic() + self._seconds_allowed
        return self._deadline - time.monotonic()

    def reserve(self, tokens: int) -> str | None:
        """Set tokens aside for a call; or name the budget, report or run, that forbids it."""
        with self._lock:
            if not self._fits(tokens):
                return "report" if self._run else "run"
            if self._run and not self._run._fits(tokens):
                return "run"
            for account in self._both():
                account._reserved += tokens
            return None

    def _fits(self, tokens: int) -> bool:
        if self._limit is not None and self.tokens + self._reserved + tokens > self._limit:
            return False
        if self._money_limit is None or self._price is None:
            return True
        # What is reserved may all turn out to be completion, the dearer kind.
        dearest = max(self._price.prompt, self._price.completion) / MILLION
        return self._cost() + dearest * (self._reserved + tokens) <= self._money_limit

    def settle(self, reserved: int, spent: Spent | None, model: str) -> None:
        """Replace a reservation by what a call really used; None if it was never sent."""
        with self._lock:
            for account in self._both():
                account._reserved -= reserved
                if spent is None:
                    continue
                account._model = model
                account._calls += 1
                account._estimated += spent.estimated
                account._prompt += spent.prompt_tokens
                account._completion += spent.completion_tokens
                account._seconds += spent.seconds

    def hit(self, model: str) -> None:
        """Count an answer that came from the cache."""
        with self._lock:
            for account in self._both():
                account._model = model
                account._cached += 1

    def trouble(self, why: str, model: str) -> None:
        """Count a question without an answer."""
        with self._lock:
            for account in self._both():
                account._model = model
                account._troubles[why] += 1

    def _both(self) -> tuple[Account, ...]:
        return (self, self._run) if self._run else (self,)

    def _cost(self) -> Decimal:
        return self._price.of(self._prompt, self._completion) if self._price else Decimal(0)

    def usage(self) -> Usage:
        """The account as it is written into a report."""
        with self._lock:
            return Usage(
                model=self._model,
                calls=self._calls,
                cached_calls=self._cached,
                prompt_tokens=self._prompt,
                completion_tokens=self._completion,
                estimated_calls=self._estimated,
                seconds=round(self._seconds, 3),
                cost=self._cost() if self._price and self._model else None,
                currency=self._price.currency if self._price and self._model else None,
                troubles=dict(sorted(self._troubles.items())),
            )
