"""Run x baseline > gains and losses, and whether the gate opens.

A baseline is a small file made from a run by an explicit command with a reason. It holds a
sign for every field of every document, so a comparison lists each fixed, broken and changed
cell. Two runs are only compared if documents, truths and scorer are the same.

The gate is shut by
    a silent error that was not there before, on any document
    a document that fails and did not before
    coverage, or the right share of printed or of non-zero cells, down by more than a point:
        overall, in a section, and in any layout, damage or suite with 30 documents
    a field that was right in at least 30 documents and in a tenth of them no longer is
    calls, tokens, money, or the time of the slow documents up by more than a tenth
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from gkllm.errors import UnusableSuite
from gkllm.evaluate.interval import bootstrap, mcnemar
from gkllm.evaluate.metrics import by_suite, by_tag, cost, quantile, share, yards
from gkllm.evaluate.result import SIGNS, UNJUDGED, Result, packed, unpacked
from gkllm.evaluate.run import Run
from gkllm.score import Verdict

FORMAT = "gkllm.baseline/1"
POINT = 0.01
TENTH = 1.10
LEAST = 30  # documents that a slice needs before its rates are compared
_RANK = {Verdict.RIGHT: 2, Verdict.ABSTAINED: 2, Verdict.MISSED: 1}  # silent errors: 0
_COST = ("calls", "prompt_tokens", "completion_tokens", "money")


@dataclass(frozen=True, slots=True)
class Change:
    """A field whose verdict, status or wrong value is another one: fixed, broken or changed."""

    document: str
    path: str
    before: str
    after: str
    kind: str
    silent: bool  # wrong now, and not wrong in this way before


@dataclass(frozen=True)
class Comparison:
    """What became better and worse, how sure that is, and why the gate is shut, if it is."""

    changes: tuple[Change, ...]
    gained: int
    lost: int
    p: float
    difference: tuple[float, float] | None
    shut: tuple[str, ...]
    reason: str

    def of_kind(self, kind: str) -> list[Change]:
        return [change for change in self.changes if change.kind == kind]


# ---------------------------------------------------------------- the file


def baseline(run: Run, results: Sequence[Result], reason: str) -> dict[str, Any]:
    """The baseline that a run makes.

    Raises `gkllm.errors.UnusableSuite` without a reason or for an incomplete run.
    """
    if not reason.strip():
        raise UnusableSuite("A baseline changes only with a reason: give one with --reason.")
    if not run.complete:
        raise UnusableSuite("The run is incomplete, so it is no baseline: evaluate again.")
    kept = ("suites", "dataset", "scorer", "gkllm", "git", "model", "started", "settings")
    return {
        "format": FORMAT,
        "reason": reason,
        "set": datetime.now(UTC).isoformat(timespec="seconds"),
        "run": {key: run.header.get(key) for key in kept},
        "cost": {key: asdict(cost(results))[key] for key in _COST},
        "documents": {r.name: _entry(r) for r in results},
    }


def _entry(result: Result) -> dict[str, Any]:
    relative = yards(result)
    entry: dict[str, Any] = {"fields": packed(result.codes)}
    if relative is not None:
        entry["yards"] = round(relative, 2)
    if result.silent:
        entry["silent"] = {
            j.path: _value(j.field.value if j.field else None) for j in result.silent
        }
    if result.failure:
        entry["failure"] = result.failure["kind"]
    return entry


def _silents(result: Result) -> dict[str, Any]:
    return {j.path: _value(j.field.value if j.field else None) for j in result.silent}


def _value(value: Any) -> Any:
    return value if isinstance(value, (int, list)) else str(value)


def write_baseline(told: Mapping[str, Any], path: Path) -> None:
    """One document a line, so that a change of a baseline can be read as a diff."""
    head = {key: value for key, value in told.items() if key != "documents"}
    lines = [
        f"  {json.dumps(name, ensure_ascii=False)}: {json.dumps(entry, ensure_ascii=False)}"
        for name, entry in told["documents"].items()
    ]
    top = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    path.write_text(
        top + ',\n "documents": {\n' + ",\n".join(lines) + "\n }\n}\n", "utf-8", newline="\n"
    )


def read_baseline(path: Path) -> dict[str, Any]:
    """A baseline from its file.

    Raises `gkllm.errors.UnusableSuite` for what is none.
    """
    try:
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if told["format"] != FORMAT:
            raise ValueError(f"format {told['format']}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnusableSuite(
            f"{path} is no baseline ({error}). `gkllm eval SUITE --set-baseline FILE --reason WHY` "
            "makes one."
        ) from error
    return told


# ---------------------------------------------------------------- comparing


def compare(
    run: Run, results: Sequence[Result], before: Mapping[str, Any], timed: bool = True
) -> Comparison:
    """A run against a baseline; `timed` says whether time counts at the gate.

    Raises `gkllm.errors.UnusableSuite` where documents, truths or scorer differ.
    """
    _comparable(run, before)
    paths = run.header["paths"]
    documents: Mapping[str, Any] = before["documents"]
    changes = tuple(c for r in results for c in _changes(r, documents[r.name], paths))
    pairs = [(_exact(documents[r.name]), r.exact) for r in results]
    gained = sum(now and not then for then, now in pairs)
    lost = sum(then and not now for then, now in pairs)
    shut = [*_silent(changes), *_failures(results, documents), *_drops(results, documents, paths)]
    shut += _fields(results, documents, paths)
    shut += _costs(results, before, timed)
    return Comparison(
        changes,
        gained,
        lost,
        mcnemar(gained, lost),
        _difference(results, documents),
        tuple(shut),
        str(before["reason"]),
    )


def _comparable(run: Run, before: Mapping[str, Any]) -> None:
    told = before["run"]
    for key, name in (("scorer", "another version of the scorer"), ("dataset", "other documents")):
        if told[key] != run.header.get(key):
            raise UnusableSuite(
                f"The baseline was made with {name} or labels: figures would not mean the same. "
                "Look at the new run by itself, then set a new baseline with a reason."
            )


def _changes(result: Result, entry: Mapping[str, Any], paths: Sequence[str]) -> Iterator[Change]:
    old, wrong = unpacked(entry["fields"]), entry.get("silent", {})
    given = _silents(result)
    for path, then, now in zip(paths, old, result.codes, strict=True):
        other = path in given and path in wrong and given[path] != wrong[path]
        if then == now and not other:
            continue
        a, b = _rank(then), _rank(now)
        kind = "changed" if a == b else "fixed" if b > a else "broken"
        silent = b == 0 and (a > 0 or other)
        yield Change(result.name, path, _words(then), _words(now), kind, silent)


def _rank(sign: str) -> int:
    return 2 if sign == UNJUDGED else _RANK.get(SIGNS[sign][0], 0)


def _words(sign: str) -> str:
    verdict, status = SIGNS[sign]
    return f"{verdict.value} ({status or 'no field'})"


def _exact(entry: Mapping[str, Any]) -> bool:
    if "failure" in entry:
        return False
    return all(_rank(sign) == 2 for sign in set(unpacked(entry["fields"])))


# ---------------------------------------------------------------- the gate


def _silent(changes: Iterable[Change]) -> Iterator[str]:
    new = Counter(c.document for c in changes if c.silent)
    if new:
        worst = ", ".join(f"{name} ({count})" for name, count in new.most_common(5))
        yield f"{sum(new.values())} new silent errors in {len(new)} documents: {worst}"


def _failures(results: Iterable[Result], documents: Mapping[str, Any]) -> Iterator[str]:
    new = [r for r in results if r.failure and "failure" not in documents[r.name]]
    if new:
        told = ", ".join(f"{r.name} ({r.failure['code']})" for r in new[:5] if r.failure)
        yield f"{len(new)} documents fail that did not: {told}"


def _slices(results: Sequence[Result]) -> Iterator[tuple[str, list[Result]]]:
    yield "all", list(results)
    for name, found in by_suite(results).items():
        yield f"suite {name}", found
    for tag in ("layout", "damage", "kind", "format", "attack"):
        for value, found in by_tag(results, tag).items():
            yield f"{tag} {value}", found


def _drops(
    results: Sequence[Result], documents: Mapping[str, Any], paths: Sequence[str]
) -> Iterator[str]:
    """Rates that fell by more than a point, in slices that are large enough."""
    parts: dict[str, list[int]] = {"": list(range(len(paths)))}
    for at, path in enumerate(paths):
        parts.setdefault(path.partition(".")[0], []).append(at)
    counted = {r.name: _by_part(unpacked(documents[r.name]["fields"]), r, parts) for r in results}
    for name, found in _slices(results):
        if len(found) < LEAST and name != "all":
            continue
        for part in parts if name == "all" else ("",):
            sums: Counter[str] = Counter()
            for result in found:
                sums.update(counted[result.name][part])
            for what in ("coverage", "non-zero right"):
                then = share(sums[f"{what} then"], sums[f"{what} of"])
                now = share(sums[f"{what} now"], sums[f"{what} of"])
                if then is not None and now is not None and then - now > POINT:
                    where = f"{name} {part}".strip()
                    yield f"{what} of {where}: {100 * then:.2f} % to {100 * now:.2f} %"


def _by_part(
    old: str, result: Result, parts: Mapping[str, Sequence[int]]
) -> dict[str, Counter[str]]:
    """Counts of one document before and now, for all fields and for each section."""
    nonzero = _nonzero(result)
    found = {}
    for part, places in parts.items():
        sums: Counter[str] = Counter()
        for at in places:
            then, now = old[at], result.codes[at]
            owed = _owed(then) or _owed(now)
            if owed:
                sums["coverage of"] += 1
                sums["coverage then"] += _given(then)
                sums["coverage now"] += _given(now)
            if at in nonzero:
                sums["non-zero right of"] += 1
                sums["non-zero right then"] += _is_right(then)
                sums["non-zero right now"] += _is_right(now)
        found[part] = sums
    return found


def _nonzero(result: Result) -> frozenset[int]:
    """Places of the plainly printed numbers other than 0."""
    truth = result.outcome["truth"]
    return frozenset(
        at for at, cell in enumerate(truth) if isinstance(cell, (int, str)) and cell not in (0, "0")
    )


def _owed(sign: str) -> bool:
    return sign != UNJUDGED and SIGNS[sign][0] not in (Verdict.ABSTAINED, Verdict.INVENTED)


def _given(sign: str) -> bool:
    return sign != UNJUDGED and SIGNS[sign][0] in (Verdict.RIGHT, Verdict.MISREAD)


def _is_right(sign: str) -> bool:
    return sign != UNJUDGED and SIGNS[sign][0] is Verdict.RIGHT


def _fields(
    results: Sequence[Result], documents: Mapping[str, Any], paths: Sequence[str]
) -> Iterator[str]:
    """Single fields that are lost: a pattern broken for one fact is no point of coverage."""
    right: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    for result in results:
        old = unpacked(documents[result.name]["fields"])
        for path, then, now in zip(paths, old, result.codes, strict=True):
            if _is_right(then):
                right[path] += 1
                broken[path] += _rank(now) < 2
    for path, count in broken.items():
        if right[path] >= LEAST and count > 0.1 * right[path]:
            yield f"{path} is lost in {count} of {right[path]} documents"


def _costs(results: Sequence[Result], before: Mapping[str, Any], timed: bool) -> Iterator[str]:
    now = asdict(cost(results))
    for what in _COST:
        then = before["cost"].get(what)
        if then is not None and now[what] is not None and now[what] > TENTH * then:
            yield f"{what.replace('_', ' ')}: {then} to {now[what]}"
    if timed:
        yield from _slower(results, before["documents"])


def _slower(results: Sequence[Result], documents: Mapping[str, Any]) -> Iterator[str]:
    """Time of the slow documents, in yardsticks; shut only if chance is no explanation."""
    pairs = [
        (then, now)
        for r in results
        if (then := documents[r.name].get("yards")) and (now := yards(r)) is not None
    ]
    if len(pairs) < LEAST:
        return
    rng, ratios = Random(1), []  # noqa: S311 - statistics, and repeatable
    for _ in range(400):
        drawn = rng.choices(pairs, k=len(pairs))
        then = quantile([a for a, _ in drawn], 0.95)
        now = quantile([b for _, b in drawn], 0.95)
        ratios.append((now or 0) / (then or 1))
    low = sorted(ratios)[round(0.025 * (len(ratios) - 1))]
    if low > TENTH:
        middle = sorted(ratios)[len(ratios) // 2]
        yield f"time of the slowest twentieth: {middle:.2f} times, at least {low:.2f} times"


def _difference(
    results: Sequence[Result], documents: Mapping[str, Any]
) -> tuple[float, float] | None:
    """Interval of the difference in the share of owed fields that are right, documents paired."""
    rows = []
    for result in results:
        old = unpacked(documents[result.name]["fields"])
        owed = sum(_owed(a) or _owed(b) for a, b in zip(old, result.codes, strict=True))
        rows.append((sum(map(_is_right, old)), sum(map(_is_right, result.codes)), owed))

    def figure(sums: Sequence[int]) -> float | None:
        return (sums[1] - sums[0]) / sums[2] if sums[2] else None

    return bootstrap(rows, [figure])[0]
