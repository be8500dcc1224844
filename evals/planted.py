"""Does the gate see what it should? Planted regressions and identical re-runs.

    python -m evals.planted            # 20 regressions, 20 re-runs of the suite `fast`

Each plant takes the documents of a true run and changes what the road said, as a fault of that
kind would, or runs the road with a part of it taken out. The gate must be shut for every one of
them, and open for every identical re-run.
"""

from __future__ import annotations

import copy
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from gkllm.evaluate.compare import baseline, compare
from gkllm.evaluate.pool import Outcome, outcome
from gkllm.evaluate.result import ROAD, results
from gkllm.evaluate.run import Run, run
from gkllm.evaluate.suite import Suite, suites
from gkllm.report import Candidate, Field, Status

Plant = Callable[[list[Outcome], Sequence[str]], None]
CONFIDENT = "vrdf"


def _read(documents: list[Outcome]) -> list[Outcome]:
    return [d for d in documents if "failure" not in d]


def _numbers(document: Outcome, paths: Sequence[str], prefix: str = "") -> list[int]:
    """Places of confident numbers other than 0."""
    return [
        at
        for at, (path, value, code) in enumerate(
            zip(paths, document["values"], document["status"], strict=True)
        )
        if path.startswith(prefix) and isinstance(value, int) and value and code in CONFIDENT
    ]


def _busy(documents: list[Outcome], paths: Sequence[str], prefix: str = "") -> tuple[Outcome, int]:
    """A document in the middle with a number, and the number's place."""
    found = [d for d in _read(documents) if len(_numbers(d, paths, prefix)) > 3]
    document = found[len(found) // 2]
    return document, _numbers(document, paths, prefix)[1]


def _status(document: Outcome, at: int, code: str) -> None:
    document["status"] = document["status"][:at] + code + document["status"][at + 1 :]


def _forget(document: Outcome, at: int) -> None:
    document["values"][at] = None
    _status(document, at, "m")


# ---------------------------------------------------------------- plants


def digit(documents: list[Outcome], paths: Sequence[str]) -> None:
    """One digit of one cell of one document."""
    document, at = _busy(documents, paths, "requests")
    document["values"][at] += 1


def cell_zeroed(documents: list[Outcome], paths: Sequence[str]) -> None:
    """One number of one document is 0."""
    document, at = _busy(documents, paths, "litigation")
    document["values"][at] = 0


def rows_swapped(documents: list[Outcome], paths: Sequence[str]) -> None:
    """Two rows of one document changed places."""
    document, _ = _busy(documents, paths, "requests.granted")
    a, b = (
        paths.index("requests.granted.natural_person"),
        paths.index("requests.partially_granted.natural_person"),
    )
    values = document["values"]
    values[a : a + 7], values[b : b + 7] = values[b : b + 7], values[a : a + 7]


def row_slid(documents: list[Outcome], paths: Sequence[str]) -> None:
    """The rows of one document from 予以公开 on stand one lower."""
    document, _ = _busy(documents, paths, "requests.granted")
    a = paths.index("requests.granted.natural_person")
    document["values"][a + 7 : a + 28] = document["values"][a : a + 21]


def column_shifted(documents: list[Outcome], paths: Sequence[str]) -> None:
    """The columns of one document are one further on."""
    document, _ = _busy(documents, paths, "requests.granted")
    a = paths.index("requests.new_received.natural_person")
    for row in range(a, a + 25 * 7, 7):
        document["values"][row : row + 7] = [0, *document["values"][row : row + 6]]


def all_zero(documents: list[Outcome], paths: Sequence[str]) -> None:
    """One document is read as all zeros."""
    document, _ = _busy(documents, paths)
    for at in _numbers(document, paths, "requests"):
        document["values"][at] = 0


def crash(documents: list[Outcome], paths: Sequence[str]) -> None:
    """One document crashes."""
    _fail(documents[len(documents) // 3], "crash")


def timeout(documents: list[Outcome], paths: Sequence[str]) -> None:
    """One document takes too long."""
    _fail(documents[-1], "timeout")


def _fail(document: Outcome, kind: str) -> None:
    for key in ("values", "status", "reasons", "spans", "ungrounded"):
        document.pop(key, None)
    document["failure"] = {"kind": kind, "code": kind, "message": "planted"}


def fact_lost(documents: list[Outcome], paths: Sequence[str]) -> None:
    """A pattern is broken: no website is found any more."""
    for document in _read(documents):
        _forget(document, paths.index("facts.website"))


def cells_lost(documents: list[Outcome], paths: Sequence[str]) -> None:
    """A fortieth of all cells stays open."""
    rng = Random(1)
    for document in _read(documents):
        for at, code in enumerate(document["status"]):
            if code in CONFIDENT and rng.random() < 0.025:
                _forget(document, at)


def thousands_lost(documents: list[Outcome], paths: Sequence[str]) -> None:
    """Numbers above 999 stay open."""
    for document in _read(documents):
        for at in _numbers(document, paths):
            if document["values"][at] > 999 and not paths[at].startswith("facts.year"):
                _forget(document, at)


def overconfident(documents: list[Outcome], paths: Sequence[str]) -> None:
    """What is disputed is given as read, by the reading that is one column off."""
    for document in _read(documents):
        for at, code in enumerate(document["status"][:-1]):
            if code == "x" and not paths[at].startswith("facts."):
                document["values"][at] = document["values"][at + 1]
                _status(document, at, "r")


def inventive(documents: list[Outcome], paths: Sequence[str]) -> None:
    """What is missing is taken for 0."""
    for document in _read(documents):
        for at, code in enumerate(document["status"]):
            if code == "m" and not paths[at].startswith("facts."):
                document["values"][at] = 0
                _status(document, at, "d")


def unit(documents: list[Outcome], paths: Sequence[str]) -> None:
    """万元 is read as 元 in one document."""
    at = paths.index("disclosure.fees.amount_10k_yuan")
    found = [
        d
        for d in _read(documents)
        if d["status"][at] in CONFIDENT and d["values"][at] not in (None, "0", 0)
    ]
    found[0]["values"][at] = str(float(found[0]["values"][at]) * 10_000)


def year(documents: list[Outcome], paths: Sequence[str]) -> None:
    """Last year's number is taken for this year's in one document."""
    at = paths.index("facts.year")
    dated = (d for d in _read(documents) if d["status"][at] in CONFIDENT and d["truth"][at])
    next(dated)["values"][at] -= 1


def quotes_moved(documents: list[Outcome], paths: Sequence[str]) -> None:
    """A field of one document quotes what does not stand at its span."""
    document, at = _busy(documents, paths, "requests")
    document["ungrounded"] = [paths[at]]


def slower(documents: list[Outcome], paths: Sequence[str]) -> None:
    """Reading takes 40 % more time."""
    for document in _read(documents):
        document["cpu_ms"] = document["cpu_ms"] * 1.4


def calls(documents: list[Outcome], paths: Sequence[str]) -> None:
    """A model is asked where none was."""
    documents[0]["usage"] = {**(documents[0].get("usage") or {}), "calls": 1}


PLANTS: Mapping[str, Plant] = {
    plant.__name__: plant
    for plant in (
        digit, cell_zeroed, rows_swapped, row_slid, column_shifted, all_zero, crash, timeout,
        fact_lost, cells_lost, thousands_lost, overconfident, inventive, unit, year, quotes_moved,
        slower, calls,
    )
}  # fmt: skip

# ---------------------------------------------------------------- trying them


def planted(true: Run, plant: Plant) -> Run:
    """The run with a regression planted in it."""
    documents = copy.deepcopy(list(true.documents))
    plant(documents, true.header["paths"])
    return replace(true, documents=tuple(documents))


# Parts of the road taken out, and what stands in their place.
TAKEN_OUT: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "no_prose": ("gkllm.pipeline.narrate", lambda *_, **__: ()),
    "no_settling": ("gkllm.pipeline.settle", lambda candidates, _: _first(candidates)),
}


def _first(candidates: Iterable[Candidate]) -> dict[str, Field]:
    """Of each field the first value that was read, believed."""
    found: dict[str, Field] = {}
    for c in candidates:
        if c.value is not None and not c.field.startswith("facts.said."):
            field = Field.of(value=c.value, status=Status.READ, span=c.span, quote=c.quote)
            found.setdefault(c.field, field)
    return found


def without(true: Run, chosen: Sequence[Suite], part: str) -> Run:
    """The documents read again by a road without one of its parts."""
    tasks = {suite.name: suite.tasks for suite in chosen}
    documents = []
    with patch(*TAKEN_OUT[part]):
        for document in true.documents:
            case = tasks[document["suite"]][document["task"]].case()
            if case is None:
                raise ValueError(f"{document['id']} is not there any more")
            documents.append({**document, **outcome(case, (), "")})
    return replace(true, documents=tuple(documents))


def why(bad: Run, told: Mapping[str, Any]) -> tuple[str, ...]:
    """Why the gate is shut for a run; nothing where it is open."""
    return compare(bad, results(bad, [ROAD])[ROAD], told).shut


def main(names: Sequence[str]) -> int:
    """Try all plants and as many identical runs on a suite; 1 if the gate errs once."""
    chosen = suites(names or ["fast"])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "run.jsonl"
        true = run(chosen, file, repeat=2)
        told = baseline(true, results(true, [ROAD])[ROAD], "to try the gate")
        missed = 0
        for name, plant in PLANTS.items():
            missed += _told(name, why(planted(true, plant), told))
        for part in TAKEN_OUT:
            missed += _told(part, why(without(true, chosen, part), told))
        count = len(PLANTS) + len(TAKEN_OUT)
        print(f"{count - missed} of {count} planted regressions caught", flush=True)
        alarms = 0
        for number in range(count):
            reasons = why(run(chosen, file, repeat=2), told)
            alarms += bool(reasons)
            print(f"re-run {number + 1}: {'; '.join(reasons) or 'open'}", flush=True)
        print(f"{alarms} false alarms in {count} identical re-runs")
    return int(bool(missed or alarms))


def _told(name: str, reasons: Sequence[str]) -> bool:
    print(f"{name:16} {reasons[0][:110] if reasons else 'NOT CAUGHT'}", flush=True)
    return not reasons


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
