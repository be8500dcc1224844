"""How sure a figure is: exact bounds of a share, paired tests, resampled documents.

The document is the unit of everything: mistakes come by whole tables, and an interval over
single cells would be far too narrow. Exact binomial bounds are computed here in a few lines, so
that everybody's evaluation has them; tests compare them with scipy's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import comb, exp, lgamma, log, log1p
from random import Random

LEVEL = 0.95
_LANE = 44  # bits for each sum of a resample, far above any count


def _at_most(k: int, n: int, p: float) -> float:
    """The chance of at most k in n."""
    if p <= 0:
        return 1.0
    if p >= 1:
        return float(k >= n)
    whole = lgamma(n + 1)
    terms = (
        whole - lgamma(i + 1) - lgamma(n - i + 1) + i * log(p) + (n - i) * log1p(-p)
        for i in range(k + 1)
    )
    return min(1.0, sum(map(exp, terms)))


def _root(falling: Callable[[float], float], goal: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if falling(middle) > goal:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def clopper_pearson(k: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Exact bounds of the share behind k of n; of 0 and of n, one-sided.

    >>> low, high = clopper_pearson(0, 300)
    >>> f"{low:.3f} {high:.4f}"
    '0.000 0.0099'
    """
    if n == 0:
        return 0.0, 1.0
    each = (1 - level) / (1 if k in (0, n) else 2)
    low = _root(lambda p: _at_most(k - 1, n, p), 1 - each) if k else 0.0
    high = _root(lambda p: _at_most(k, n, p), each) if k < n else 1.0
    return low, high


def mcnemar(gained: int, lost: int) -> float:
    """Exact two-sided chance of so uneven a split, if gains and losses were equally likely.

    >>> round(mcnemar(5, 0), 4), round(mcnemar(6, 0), 3), round(mcnemar(10, 2), 3)
    (0.0625, 0.031, 0.039)
    """
    n, k = gained + lost, min(gained, lost)
    return min(1.0, 2 * sum(comb(n, i) for i in range(k + 1)) / 2**n) if n else 1.0


def bootstrap(
    rows: Sequence[Sequence[int]],
    figures: Sequence[Callable[[Sequence[int]], float | None]],
    resamples: int = 2000,
    level: float = LEVEL,
    seed: int = 20261121,
) -> list[tuple[float, float] | None]:
    """Intervals of figures over documents, each a row of counts; None where a figure has none.

    Every resample draws as many documents as there are, with repetition, sums their counts and
    asks each figure for its value. Counts must not be negative.
    """
    if not rows:
        return [None for _ in figures]
    width = len(rows[0])
    lanes = [sum(count << (_LANE * i) for i, count in enumerate(row)) for row in rows]
    rng, mask = Random(seed), (1 << _LANE) - 1  # noqa: S311 - statistics, and repeatable
    drawn: list[list[float]] = [[] for _ in figures]
    for _ in range(resamples):
        total = sum(rng.choices(lanes, k=len(lanes)))  # one sum for all counts at once
        sums = [(total >> (_LANE * i)) & mask for i in range(width)]
        for values, figure in zip(drawn, figures, strict=True):
            value = figure(sums)
            if value is not None:
                values.append(value)
    return [_middle(values, level) for values in drawn]


def _middle(values: list[float], level: float) -> tuple[float, float] | None:
    if not values:
        return None
    values.sort()
    cut = (1 - level) / 2
    last = len(values) - 1
    return values[round(cut * last)], values[round((1 - cut) * last)]
