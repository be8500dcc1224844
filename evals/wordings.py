"""Whole reports in many wordings, written and labelled by hand: what their prose states.

Each list (`wordings/*.jsonl`) holds a report a line: its text, its kind (`ordinary` as most clerks
write, `traps` with figures of last year, of others or of a part, old reports and damaged ones,
`probed` written around a wording that was read wrongly) and the facts that a careful reader finds.
A fact that is null is not stated; one that is not named is left out, because readers may differ.
A list is of values that are equally right; null among them says that a reader may leave it open.
The labels were written before any program had read the texts.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from gkllm.evaluate.suite import Case
from gkllm.score import Truth

_FOLDER = Path(__file__).parent / "wordings"


@cache
def reports() -> tuple[tuple[str, dict[str, Any]], ...]:
    """The reports of all lists with the name of their list."""
    return tuple(
        (file.stem, json.loads(line))
        for file in sorted(_FOLDER.glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    )


def case(index: int, seed: int) -> Case | None:
    """Report `index` of all lists as a case of a suite; None behind the last."""
    if index >= len(reports()):
        return None
    name, report = reports()[index]
    truth = {f"facts.{key}": _truth(value) for key, value in report["facts"].items()}
    return Case(
        f"{name}-{report['id']}",
        report["text"],
        truth,
        {"split": (name,), "kind": (report["kind"],)},
    )


def _truth(value: Any) -> Truth:
    """What is right for a fact: a value, several of which the first is the best, or none."""
    if value is None:
        return Truth(None, "absent")
    if isinstance(value, list):
        first, *also = (each for each in value if each is not None)
        return Truth(first, also=tuple(also), owed=None not in value)
    return Truth(value)
