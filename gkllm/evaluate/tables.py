"""Results > summary.md and fields.csv."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gkllm.evaluate import metrics
from gkllm.evaluate.compare import Comparison
from gkllm.evaluate.curve import augrc, coverage_at_zero, curve
from gkllm.evaluate.result import ROAD, SIGNS, UNJUDGED, Result, results
from gkllm.evaluate.run import Run
from gkllm.score import truth_of

TAGS = ("layout", "damage", "severity", "kind", "format", "attack")


def percent(value: float | None) -> str:
    """A share as text; a dash of nothing.

    >>> percent(0.99966), percent(1.0), percent(None)
    ('99.97 %', '100 %', '–')
    """
    if value is None:
        return "–"
    if value < 1 and f"{100 * value:.2f}" == "100.00":
        return "< 100 %"
    return f"{100 * value:.2f} %".replace("100.00", "100")


def tenths(value: float | None) -> str:
    """Silent errors in 10,000 confident cells."""
    return "–" if value is None else f"{10_000 * value:.2f}"


def readers(run: Run) -> list[str]:
    """The road, then the baselines of the run."""
    return [ROAD, *run.header["baselines"]]


def summary(
    run: Run,
    found: Mapping[str, Sequence[Result]],
    comparison: Comparison | None = None,
    price: tuple[float, float] | None = None,
) -> str:
    """The run in markdown: headline, baselines, slices, kinds of mistakes, cost, changes."""
    road = found[ROAD]
    parts = [
        [f"# Evaluation of {', '.join(run.header['suites'])}", ""],
        _warnings(run),
        headline(road),
        ["", "## Beside the baselines", "", *_readers(found)],
        ["", "## Suites", "", *_slices("suite", metrics.by_suite(road))],
    ]
    for tag in TAGS:
        slices = metrics.by_tag(road, tag)
        if slices:
            parts.append(["", f"## By {tag}", "", *_slices(tag, slices)])
    for part in ("section", "status", "state"):
        parts.append(["", f"## Fields by {part}", "", *_keys(part, road)])
    parts += [_kinds(road), _cost(road, price), _worst(road)]
    if comparison is not None:
        parts.append(changes(comparison))
    parts.append(_provenance(run))
    return "\n".join(line for part in parts for line in part) + "\n"


def _warnings(run: Run) -> list[str]:
    if run.complete:
        return []
    return ["**Incomplete run**: it ended before all documents were read. No figure counts.", ""]


def headline(road: Sequence[Result]) -> list[str]:
    """The figures that matter, with their bounds."""
    sums, ways = metrics.total(road), metrics.intervals(road)
    rates = metrics.rates(sums)
    documents = sums["documents"]

    def within(name: str) -> str:
        low_high = ways[name]
        if low_high is None:
            return "–"
        if name.startswith("silent"):
            return f"{tenths(low_high[0])} to {tenths(low_high[1])}"
        return f"{percent(low_high[0])} to {percent(low_high[1])}"

    silent = f"{sums['silent']} in {sums['confident']:,} confident fields"
    return [
        f"- **Silent errors: {silent}**, {tenths(rates['silent per 10,000'])} per 10,000"
        + (f" ({within('silent per 10,000')})" if sums["silent"] else ""),
        f"- Documents with a silent error: {metrics.bound(sums['silent_documents'], documents)}",
        f"- Documents that failed: {metrics.bound(sums['failed'], documents)}",
        (
            f"- Printed cells right: {percent(rates['printed right'])} ({within('printed right')});"
            f" non-zero {percent(rates['non-zero right'])} ({within('non-zero right')});"
            f" stated facts {percent(rates['facts right'])} ({within('facts right')})"
        ),
        (
            f"- Coverage of what is owed: {percent(rates['coverage'])} ({within('coverage')});"
            f" at zero silent errors {percent(coverage_at_zero(curve(road)))}"
        ),
        f"- Documents with everything right: {percent(rates['exact'])} ({within('exact')})",
        f"- Right beyond what is owed: {sums['bonus']:,} fields",
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|---|" + "---:|" * (len(head) - 1)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _readers(found: Mapping[str, Sequence[Result]]) -> Iterator[str]:
    head = (
        "reader", "printed right", "non-zero", "facts", "all exact",
        "silent", "per 10,000", "documents", "AUGRC",
    )  # fmt: skip
    rows = []
    for name, read in found.items():
        sums = metrics.total(read)
        rates = metrics.rates(sums)
        area = augrc(curve(read))
        rows.append(
            (
                name,
                percent(rates["printed right"]),
                percent(rates["non-zero right"]),
                percent(rates["facts right"]),
                percent(rates["exact"]),
                f"{sums['silent']:,}",
                tenths(rates["silent per 10,000"]),
                f"{sums['silent_documents']:,}",
                "–" if area is None else f"{area:.5f}",
            )
        )
    yield from _table(head, rows)


def _slices(title: str, slices: Mapping[str, Sequence[Result]]) -> Iterator[str]:
    head = (
        title, "documents", "failed", "silent", "in documents",
        "printed right", "non-zero", "facts", "coverage",
    )  # fmt: skip
    rows = []
    for name, read in slices.items():
        sums = metrics.total(read)
        rates = metrics.rates(sums)
        rows.append(
            (
                name,
                f"{sums['documents']:,}",
                str(sums["failed"]),
                str(sums["silent"]),
                str(sums["silent_documents"]),
                percent(rates["printed right"]),
                percent(rates["non-zero right"]),
                percent(rates["facts right"]),
                percent(rates["coverage"]),
            )
        )
    yield from _table(head, rows)


def _keys(title: str, road: Sequence[Result]) -> Iterator[str]:
    head = (title, "fields", "right", "right to abstain", "misread", "missed", "invented")
    rows = []
    for name, sums in sorted(metrics.by_key(road, title).items()):
        names = ("fields", "right", "abstained", "misread", "missed", "invented")
        rows.append((name, *(f"{sums[n]:,}" for n in names)))
    yield from _table(head, rows)


def _kinds(road: Sequence[Result]) -> list[str]:
    found = metrics.kinds(road)
    if not found:
        return ["", "## Kinds of mistakes", "", "None."]
    rows = [(kind, f"{count:,}") for kind, count in found.most_common()]
    return ["", "## Kinds of mistakes", "", *_table(("kind", "documents"), rows)]


def _number(value: float | None, unit: str) -> str:
    return "–" if value is None else f"{value:,.1f} {unit}"


def summary_cost(road: Sequence[Result], price: tuple[float, float] | None) -> list[str]:
    """What reading a document took: time, and what a model was asked for."""
    spent = metrics.cost(road, price)
    each = max(1, len(road))
    money = "unknown: give --price" if spent.money is None else f"{spent.money / each:.6f}"
    return [
        (
            f"time: median {_number(spent.p50_ms, 'ms')}, p95 {_number(spent.p95_ms, 'ms')};"
            f" CPU median {_number(spent.p50_cpu_ms, 'ms')}, p95 {_number(spent.p95_cpu_ms, 'ms')}"
        ),
        (
            f"model calls {spent.calls / each:.2f} (cached {spent.cached_calls / each:.2f}),"
            f" prompt tokens {spent.prompt_tokens / each:.0f},"
            f" completion tokens {spent.completion_tokens / each:.0f}, money {money}"
        ),
    ]


def _cost(road: Sequence[Result], price: tuple[float, float] | None) -> list[str]:
    return ["", "## Cost of a document", "", *(f"- {line}" for line in summary_cost(road, price))]


def worst(road: Iterable[Result], count: int = 20) -> list[Result]:
    """The documents to look at first: failed, then silent errors, then most left open."""
    bad = [r for r in road if r.failure or r.silent or r.open]
    order = sorted(bad, key=lambda r: (r.failure is None, -len(r.silent), -len(r.open), r.name))
    return order[:count]


def _worst(road: Sequence[Result]) -> list[str]:
    lines = ["", "## Worst documents", ""]
    rows = []
    for r in worst(road):
        tags = " ".join(f"{k}:{'+'.join(v)}" for k, v in r.tags.items() if k in TAGS)
        failure = r.failure["code"] if r.failure else ""
        first = [f"{j.path} {j.verdict.value}" for j in (*r.silent, *r.open)[:2]]
        rows.append((r.name, str(len(r.silent)), str(len(r.open)), failure, tags, ", ".join(first)))
    if not rows:
        return [*lines, "None: everything owed is right."]
    return [*lines, *_table(("document", "silent", "open", "failure", "tags", "first"), rows)]


def changes(comparison: Comparison, most: int = 60) -> list[str]:
    """Gains and losses against the baseline."""
    lines = ["", "## Against the baseline", "", f"Baseline: {comparison.reason}", ""]
    lines += [f"- **gate shut**: {why}" for why in comparison.shut] or ["- gate open"]
    silent = sum(c.silent for c in comparison.changes)
    kinds = Counter(c.kind for c in comparison.changes)
    lines += [
        (
            f"- fields fixed {kinds['fixed']}, broken {kinds['broken']},"
            f" changed {kinds['changed']}, newly silent {silent}"
        ),
        (
            f"- documents that became exact {comparison.gained}, ceased to be {comparison.lost},"
            f" McNemar p = {comparison.p:.4f}"
        ),
    ]
    if comparison.difference is not None:
        low, high = comparison.difference
        lines.append(f"- difference of what is right: {100 * low:+.3f} to {100 * high:+.3f} points")
    if comparison.changes:
        order = sorted(comparison.changes, key=lambda c: (not c.silent, c.kind, c.document))
        rows = [(c.kind, c.document, c.path, c.before, c.after) for c in order[:most]]
        lines += ["", *_table(("change", "document", "field", "before", "now"), rows)]
        if len(order) > most:
            lines += ["", f"… and {len(order) - most:,} more in changes.csv"]
    return lines


def _provenance(run: Run) -> list[str]:
    head = run.header
    git = head.get("git") or {}
    dirty = " with changes" if git.get("dirty") else ""
    return [
        "",
        "## Where these figures come from",
        "",
        (
            f"- gkllm {head['gkllm']}, commit {str(git.get('commit', 'unknown'))[:12]}{dirty},"
            f" {', '.join(f'{name} {number}' for name, number in head['versions'].items())}"
        ),
        (
            f"- scorer {head['scorer']}, schema {head['schema']},"
            f" prompts {head['prompts'] or 'none'}, model {head['model'] or 'none'}"
        ),
        (
            f"- dataset {str(head.get('dataset', ''))[:16]}, {head.get('documents', 0):,} documents"
            f" in {head.get('seconds', 0)} s with {head['settings']['workers']} processes,"
            f" {head['machine']}, {head['started']}"
        ),
    ]


# ---------------------------------------------------------------- csv


def write_fields(run: Run, road: Iterable[Result], path: Path) -> None:
    """fields.csv: a line for every field that was judged."""
    paths = run.header["paths"]
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow("document field truth state given status verdict".split())
        for result in road:
            outcome: Mapping[str, Any] = result.outcome
            values = outcome.get("values") or [None] * len(paths)
            for path_, sign, value, cell in zip(
                paths, result.codes, values, outcome["truth"], strict=True
            ):
                if sign == UNJUDGED:
                    continue
                verdict, status = SIGNS[sign]
                truth = truth_of(cell)
                rows.writerow(
                    (result.name, path_, _cell(truth.value), truth.shown, _cell(value),
                     status, verdict.value)
                )  # fmt: skip


def _cell(value: Any) -> Any:
    return " ¶ ".join(map(str, value)) if isinstance(value, list) else value


def write_changes(comparison: Comparison, path: Path) -> None:
    """changes.csv: every field that is fixed, broken or changed."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow("kind document field before now newly_silent".split())
        for c in comparison.changes:
            rows.writerow((c.kind, c.document, c.path, c.before, c.after, int(c.silent)))


def read_all(run: Run) -> dict[str, list[Result]]:
    """Every reader's results, the road's first."""
    return results(run, readers(run))
