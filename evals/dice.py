"""How hard a damage strikes: by chance, or as hard as an evaluation asks for.

A damage draws its extent from a scale, light first. With a plain `Random` the extent is drawn
with all the rest; with `Dice` it is given, and a suite can set the same damage at several
severities side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

SEVERITIES = ("light", "medium", "heavy")
_FACTORS = {"light": 0.4, "medium": 1.0, "heavy": 2.5}

T = TypeVar("T")


class Dice(Random):
    """Random numbers with a severity, one of `SEVERITIES`."""

    def __init__(self, seed: str, severity: str) -> None:
        super().__init__(seed)
        self.severity = severity


def degree(rng: Random, scale: Sequence[T]) -> T:
    """A step of a scale: any, or that of the severity."""
    severity = getattr(rng, "severity", None)
    if severity is None:
        return rng.choice(scale)
    place = SEVERITIES.index(severity) / (len(SEVERITIES) - 1)
    return scale[round(place * (len(scale) - 1))]


def often(rng: Random, share: float) -> float:
    """A share of places, less or more by the severity."""
    return min(1.0, share * _FACTORS[getattr(rng, "severity", "medium")])
