"""A document of a run scored against its truth: verdicts, counts, kinds of mistakes, cost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from gkllm.evaluate.pool import STATUS, Outcome
from gkllm.evaluate.run import Run
from gkllm.evaluate.structure import kinds
from gkllm.report import CONFIDENT, Field, Reason, Status
from gkllm.score import SILENT, Judged, Truth, Verdict, judge, same, truth_of

ROAD = "road"


class Key(NamedTuple):
    """What a field is counted by. `owed`: a careful reader gives it; `nonzero`: it is not 0."""

    section: str
    status: str
    verdict: Verdict
    state: str
    owed: bool
    nonzero: bool
    answer: str  # the value given, under whatever status, is "true", "false", or there is none


@dataclass(frozen=True)
class Result:
    """One document as one reader read it.

    `open` and `silent` are the fields that are not as they should be; `codes` has a sign for
    every field that was judged, see `SIGNS`.
    """

    suite: str
    id: str
    tags: Mapping[str, Sequence[str]]
    tally: Counter[Key] = field(repr=False)
    silent: tuple[Judged, ...]
    open: tuple[Judged, ...]
    codes: str
    kinds: tuple[str, ...]
    failure: Mapping[str, str] | None
    outcome: Outcome = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.suite}/{self.id}"

    @property
    def exact(self) -> bool:
        """Everything owed is right and nothing is wrong."""
        return self.failure is None and not self.silent and not self.open


# A sign for each verdict under each status: what a baseline file and comparisons are made of.
_SIGNS: Mapping[Verdict, Mapping[str, str]] = {
    Verdict.RIGHT: {"verified": "V", "read": "R", "derived": "D", "filled": "F"},
    Verdict.MISREAD: {"verified": "a", "read": "b", "derived": "c", "filled": "e"},
    Verdict.INVENTED: {"verified": "g", "read": "h", "derived": "i", "filled": "j"},
    Verdict.MISSED: {"disputed": "d", "missing": "m", "": "n", "null": "q"},
    Verdict.ABSTAINED: {"disputed": "x", "missing": ".", "": "-", "null": "z"},
}
SIGNS: Mapping[str, tuple[Verdict, str]] = {
    sign: (verdict, status) for verdict, row in _SIGNS.items() for status, sign in row.items()
}
UNJUDGED = "_"


def results(run: Run, readers: Sequence[str]) -> dict[str, list[Result]]:
    """Every document of a run as each reader, the road or a baseline, read it."""
    paths: Sequence[str] = run.header["paths"]
    found: dict[str, list[Result]] = {reader: [] for reader in readers}
    for document in run.documents:
        label = label_of(document, paths)
        for reader in readers:
            if reader == ROAD or reader in document.get("baselines", {}) or "failure" in document:
                found[reader].append(result(document, paths, label, reader))
    return found


def label_of(document: Outcome, paths: Sequence[str]) -> dict[str, Truth]:
    """The truth of a document by path."""
    cells = zip(paths, document["truth"], strict=True)
    return {path: truth_of(cell) for path, cell in cells if cell is not None}


def result(
    document: Outcome, paths: Sequence[str], label: Mapping[str, Truth], reader: str = ROAD
) -> Result:
    """One document scored. A failed one has no fields: all of it is missed."""
    failure = document.get("failure") if reader == ROAD else None
    if failure and failure["code"] in document["tags"].get("refusal", ()):
        failure = None  # to refuse this document is right
    found = dict(_fields(document, paths, reader))
    judged = [
        _ungrounded(j) if j.path in document.get("ungrounded", ()) and reader == ROAD else j
        for j in judge(found, label)
    ]
    told = kinds(judged, label) if reader == ROAD else ()
    if reader == ROAD and document.get("ungrounded"):
        told = (*told, "ungrounded")
    signs = {j.path: _sign(j) for j in judged}
    return Result(
        document["suite"],
        document["id"],
        document["tags"],
        Counter(map(_key, judged)),
        tuple(j for j in judged if j.verdict in SILENT),
        tuple(j for j in judged if j.verdict is Verdict.MISSED),
        "".join(signs.get(path, UNJUDGED) for path in paths),
        (*told, failure["kind"]) if failure else told,
        failure,
        document,
    )


def _fields(document: Outcome, paths: Sequence[str], reader: str) -> Iterator[tuple[str, Field]]:
    if reader != ROAD:
        for path, value in zip(paths, document.get("baselines", {}).get(reader, ()), strict=False):
            if value is not None:
                yield path, Field.of(value=value, status=Status.READ)
        return
    reasons = document.get("reasons", {})
    rows = zip(paths, document.get("values", ()), document.get("status", ""), strict=False)
    for path, value, code in rows:
        if code != "-":
            reason = Reason(reasons[path]) if path in reasons else None
            status = Status(STATUS.get(code, "missing"))
            yield path, Field.of(value=value, status=status, reason=reason)


def _ungrounded(judged: Judged) -> Judged:
    """A confident field that quotes what does not stand there is invented, right or not."""
    if judged.field is None or judged.field.status not in CONFIDENT:
        return judged
    return Judged(judged.path, judged.truth, judged.field, Verdict.INVENTED)


def _sign(judged: Judged) -> str:
    """The sign of a field; "null" is a confident status without a value, which must not be."""
    row = _SIGNS[judged.verdict]
    return row.get(_status(judged)) or row["null"]


def _status(judged: Judged) -> str:
    return judged.field.status.value if judged.field else ""


def _key(judged: Judged) -> Key:
    truth, given = judged.truth, judged.field
    answer = ""
    if given is not None and given.value is not None:
        answer = "true" if _stands(given.value, truth) else "false"
    return Key(
        judged.path.partition(".")[0],
        _status(judged),
        judged.verdict,
        truth.shown,
        truth.expected,
        _nonzero(truth.value),
        answer,
    )


def _stands(value: Any, truth: Truth) -> bool:
    return any(same(value, right) for right in (truth.value, *truth.also))


def _nonzero(value: Any) -> bool:
    """Not 0, however it is written; text is never 0."""
    if isinstance(value, str):
        try:
            return bool(Decimal(value))
        except ArithmeticError:
            return bool(value)
    return bool(value)


# ---------------------------------------------------------------- signs in files


_RUN = re.compile(r"(\D)(?:\*(\d+))?")  # no sign is a digit


def packed(codes: str) -> str:
    """Signs with how often each stands in a row.

    >>> packed("VVVV..d"), unpacked("V*4.*2d")
    ('V*4.*2d', 'VVVV..d')
    """
    runs = ((sign, len(list(same_))) for sign, same_ in groupby(codes))
    return "".join(sign if count == 1 else f"{sign}*{count}" for sign, count in runs)


def unpacked(text: str) -> str:
    """The signs that `packed` packed."""
    return "".join(sign * int(count or 1) for sign, count in _RUN.findall(text))
