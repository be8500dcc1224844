"""Results > figures: what is counted, for all documents and for each slice of them.

    printed   fields that the document prints legibly in a certain place
    owed      printed, and those that the rest of the document forces
    right     given confidently, and true
    coverage  the share of what is owed that is given confidently, right or not
    silent    given confidently, and not true
    bonus     right beyond what is owed
    exact     documents with all that is owed right and nothing wrong

`nonzero` counts printed cells that are not 0 apart: agencies mostly report zeros, and a reader
that answers 0 everywhere scores well on the others. Failed documents owe everything and give
nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from gkllm.evaluate.interval import bootstrap, clopper_pearson
from gkllm.evaluate.result import Key, Result
from gkllm.report import CONFIDENT
from gkllm.score import SILENT, Verdict

_CONFIDENT = frozenset(status.value for status in CONFIDENT)
COUNTS = (
    "printed",
    "printed_right",
    "nonzero",
    "nonzero_right",
    "facts",
    "facts_right",
    "owed",
    "owed_right",
    "owed_given",
    "confident",
    "silent",
    "misread",
    "invented",
    "bonus",
    "documents",
    "exact",
    "failed",
    "silent_documents",
    "bad_documents",
)
_AT = {name: i for i, name in enumerate(COUNTS)}
Counts = Mapping[str, int]


def counts(result: Result) -> Counter[str]:
    """What one document adds to each count."""
    found: Counter[str] = Counter()
    for key, number in result.tally.items():
        for name in _counted(key):
            found[name] += number
    found["documents"] = 1
    found["exact"] = int(result.exact)
    found["failed"] = int(result.failure is not None)
    found["silent_documents"] = int(bool(result.silent))
    found["bad_documents"] = int(bool(result.silent) or result.failure is not None)
    return found


def _counted(key: Key) -> Iterable[str]:
    right = key.verdict is Verdict.RIGHT
    if key.state == "printed" and key.owed:
        names = ["facts"] if key.section == "facts" else ["printed"]
        if key.section != "facts" and key.nonzero:
            names.append("nonzero")
        yield from names
        yield from (f"{name}_right" for name in names if right)
    if key.owed:
        yield "owed"
        if right:
            yield "owed_right"
        if key.status in _CONFIDENT and key.verdict is not Verdict.MISSED:
            yield "owed_given"
    elif right:
        yield "bonus"
    if right or key.verdict in SILENT:
        yield "confident"
    if key.verdict in SILENT:
        yield "silent"
        yield key.verdict.value


def total(results: Iterable[Result]) -> Counter[str]:
    """The counts of many documents."""
    found: Counter[str] = Counter()
    for result in results:
        found.update(counts(result))
    return found


def share(part: int, whole: int) -> float | None:
    """Part of whole; None of nothing."""
    return part / whole if whole else None


RATES: Mapping[str, tuple[str, str]] = {
    "printed right": ("printed_right", "printed"),
    "non-zero right": ("nonzero_right", "nonzero"),
    "facts right": ("facts_right", "facts"),
    "coverage": ("owed_given", "owed"),
    "exact": ("exact", "documents"),
    "silent per 10,000": ("silent", "confident"),
}


def rates(sums: Counts) -> dict[str, float | None]:
    """The rates of some counts, as shares."""
    return {name: share(sums[part], sums[whole]) for name, (part, whole) in RATES.items()}


def intervals(results: Sequence[Result]) -> dict[str, tuple[float, float] | None]:
    """95 % intervals of the rates, documents resampled."""

    def figure(part: str, whole: str) -> Callable[[Sequence[int]], float | None]:
        return lambda sums: share(sums[_AT[part]], sums[_AT[whole]])

    rows = []
    for result in results:
        found = counts(result)
        rows.append([found[name] for name in COUNTS])
    found_ = bootstrap(rows, [figure(*pair) for pair in RATES.values()])
    return dict(zip(RATES, found_, strict=True))


def bound(count: int, documents: int) -> str:
    """A share of documents with its exact bound, as a sentence; never "0 %".

    >>> bound(0, 300), bound(3, 300)
    ('0 of 300 documents, so below 1.0 %', '3 of 300 documents, 0.21 % to 2.89 %')
    """
    low, high = clopper_pearson(count, documents)
    if not count:
        figure = f"{100 * high:.2g}" if high < 0.0095 else f"{100 * high:.1f}"
        return f"0 of {documents:,} documents, so below {figure} %"
    if count == documents:
        return f"all of {documents:,} documents, so above {100 * low:.1f} %"
    return f"{count:,} of {documents:,} documents, {100 * low:.2f} % to {100 * high:.2f} %"


# ---------------------------------------------------------------- slices


def by_tag(results: Iterable[Result], tag: str) -> dict[str, list[Result]]:
    """Documents by the values of a tag; one with several values stands under each."""
    found: dict[str, list[Result]] = {}
    for result in results:
        for value in result.tags.get(tag, ()):
            found.setdefault(value, []).append(result)
    return dict(sorted(found.items()))


def by_suite(results: Iterable[Result]) -> dict[str, list[Result]]:
    """Documents by suite, in the order of the run."""
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.suite, []).append(result)
    return found


def by_key(results: Iterable[Result], part: str) -> dict[str, Counter[str]]:
    """Counts of fields by a part of their key: section, status or state."""
    found: dict[str, Counter[str]] = {}
    for result in results:
        for key, number in result.tally.items():
            row = found.setdefault(getattr(key, part) or "none", Counter())
            names = {"fields", key.verdict.value, *_counted(key)}
            row.update(dict.fromkeys(names, number))
    return found


def kinds(results: Iterable[Result]) -> Counter[str]:
    """How many documents hold each structural kind."""
    return Counter(kind for result in results for kind in result.kinds)


# ---------------------------------------------------------------- cost


@dataclass(frozen=True)
class Cost:
    """What reading took: milliseconds of wall and CPU time per document, calls, tokens, money.

    `yards` is CPU time in units of fixed work done beside it, which other machines and busy
    hours change less. `money` is None where calls were made and no price is known.
    """

    p50_ms: float | None
    p95_ms: float | None
    p50_cpu_ms: float | None
    p95_cpu_ms: float | None
    p95_yards: float | None
    calls: int
    cached_calls: int
    prompt_tokens: int
    completion_tokens: int
    money: float | None


def quantile(values: Sequence[float], share_: float) -> float | None:
    """The value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share_ * len(ordered)))] if ordered else None


def yards(result: Result) -> float | None:
    """CPU time of a document in yardsticks."""
    cpu, yard = result.outcome.get("cpu_ms"), result.outcome.get("yard")
    return cpu / yard if cpu is not None and yard else None


def cost(results: Sequence[Result], price: tuple[float, float] | None = None) -> Cost:
    """The cost of a run; `price` is money for a million prompt and completion tokens."""
    usage: Counter[str] = Counter()
    for result in results:
        told: Mapping[str, Any] = result.outcome.get("usage") or {}
        usage.update({k: v for k, v in told.items() if isinstance(v, int)})
    wall = [r.outcome["ms"] for r in results if r.outcome.get("ms") is not None]
    cpu = [r.outcome["cpu_ms"] for r in results if r.outcome.get("cpu_ms") is not None]
    relative = [y for r in results if (y := yards(r)) is not None]
    money: float | None = 0.0 if not usage["calls"] else None
    costs = [c for r in results if (c := (r.outcome.get("usage") or {}).get("cost")) is not None]
    if costs:
        money = sum(map(float, costs))
    if price and usage["calls"]:
        tokens = (usage["prompt_tokens"], usage["completion_tokens"])
        money = sum(n * p / 1e6 for n, p in zip(tokens, price, strict=True))
    return Cost(
        median(wall) if wall else None,
        quantile(wall, 0.95),
        median(cpu) if cpu else None,
        quantile(cpu, 0.95),
        quantile(relative, 0.95),
        usage["calls"],
        usage["cached_calls"],
        usage["prompt_tokens"],
        usage["completion_tokens"],
        money,
    )
