"""The price of coverage: how many wrong values are taken if more is believed.

Fields are believed in the order of their status: verified, derived, read, filled, and last the
value printed in a disputed field. At each step *coverage* is the share of what is owed that is
answered, and *risk* the wrong answers believed so far, over all that is owed (generalised
risk: a wrong answer that nobody believes harms nobody). Who would believe everything gets
nulls for the rest: the curve ends at coverage 1 with every field that was never answered
counted as wrong. AUGRC is the area under this curve (Traub and others, 2024): smaller is
better, and 0 would be a reader that answers all and errs nowhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gkllm.evaluate.result import Result

ORDER = ("verified", "derived", "read", "filled", "disputed")


@dataclass(frozen=True)
class Point:
    """Fields of this status and those before it believed."""

    status: str
    coverage: float
    risk: float
    wrong: int


def curve(results: Iterable[Result]) -> list[Point]:
    """Points by status, from believing nothing to believing everything."""
    answered: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    owed = 0
    for result in results:
        for key, number in result.tally.items():
            owed += number * key.owed
            if key.answer:
                answered[key.status] += number * key.owed
                wrong[key.status] += number * (key.answer == "false")
    if not owed:
        return []
    points, given, bad = [Point("none", 0.0, 0.0, 0)], 0, 0
    for status in ORDER:
        given += answered[status]
        bad += wrong[status]
        if answered[status] or wrong[status]:
            points.append(Point(status, given / owed, bad / owed, bad))
    return [*points, Point("all", 1.0, (bad + owed - given) / owed, bad + owed - given)]


def augrc(points: Sequence[Point]) -> float | None:
    """Area under the curve of generalised risk."""
    if not points:
        return None
    pairs = pairwise(points)
    return sum((b.coverage - a.coverage) * (a.risk + b.risk) / 2 for a, b in pairs)


def coverage_at_zero(points: Sequence[Point]) -> float | None:
    """The most coverage that can be had without a single wrong value."""
    clean = [p.coverage for p in points if not p.wrong]
    return max(clean) if clean else None
