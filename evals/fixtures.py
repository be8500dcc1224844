"""Score the labelled fixtures: `python -m evals fixtures [--show]`.

Every folder below fixtures/ with a source and a label is one document; kinds are those of
origin.json. Prints right, open and silent fields by kind, cells and facts apart.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gkllm.form import form
from gkllm.pipeline import extract
from gkllm.score import Judged, Verdict, judge, read_label

FIXTURES = Path(__file__).parent.parent / "fixtures"


@dataclass(frozen=True, slots=True)
class Scored:
    """One fixture with its verdicts."""

    id: str
    kind: str
    judged: tuple[Judged, ...]


def scored(folder: Path = FIXTURES) -> Iterator[Scored]:
    """Extract and judge every labelled fixture of a folder, in order."""
    for label in sorted(folder.glob("*/label.json")):
        origin = json.loads((label.parent / "origin.json").read_text("utf-8"))
        source = next(label.parent.glob("source.*"))
        truths = read_label(label, form("2021"))
        yield Scored(label.parent.name, origin["kind"], tuple(judge(extract(source), truths)))


def table(results: list[Scored]) -> str:
    """Figures by kind of fixture, as lines of text."""
    lines = [f"{'kind':10} {'docs':>5} {'part':6} {'printed right':>20} {'open':>6} {'silent':>7}"]
    for kind in dict.fromkeys(r.kind for r in results):
        docs = [r for r in results if r.kind == kind]
        for part in ("cells", "facts"):
            judged = [
                j
                for r in docs
                for j in r.judged
                if j.path.startswith("facts.") == (part == "facts")
            ]
            printed = [j for j in judged if j.truth.state == "printed"]
            count = Counter(j.verdict for j in printed)
            silent = sum(j.verdict is Verdict.SILENT for j in judged)
            right = count[Verdict.RIGHT]
            share = 100 * right / max(1, len(printed))
            lines.append(
                f"{kind:10} {len(docs):5} {part:6} {right:7} of {len(printed):5} {share:6.2f} %"
                f" {count[Verdict.OPEN]:5} {silent:7}"
            )
    return "\n".join(lines)


def main(*, show: bool = False) -> int:
    """Print the table, and with `show` every field that is silent or open; 1 if any is silent."""
    results = list(scored())
    print(table(results))
    for result in results if show else ():
        for j in result.judged:
            if j.verdict in (Verdict.SILENT, Verdict.OPEN):
                given = (j.field.value, j.field.status.value) if j.field else None
                print(f"{result.id} {j.verdict} {j.path}: label {j.truth.value!r}, given {given!r}")
    return int(any(j.verdict is Verdict.SILENT for r in results for j in r.judged))
