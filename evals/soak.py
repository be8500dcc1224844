"""Thousands of damaged documents against the truth: silent errors first, then what stays open.

A confident status (verified, read, derived, filled) with a wrong value is a *silent error*, and
so is a confident value for a field that is null in truth. A printed value that is confident and
right is *settled*; a printed value that is open is a *miss*. Cells of which the document gives
two accounts are no misses where they are disputed. A crash is a failed document, all its
printed values missed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from evals.mangle import DAMAGE, damage
from evals.render import LAYOUTS, Rendered
from evals.truth import random_truth
from evals.wear import simplified
from gkllm.pipeline import extract
from gkllm.report import CONFIDENT

_FOLD = re.compile(
    r"[\s\u200b-\u200d\u2060\ufeff\x00-\x1f\x7f]+|\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]+\)"
)
_QUOTES = ("facts.problems", "facts.improvements")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field that the report has wrong or open: `kind` is "silent" or "open"."""

    path: str
    kind: str
    truth: str
    given: str
    status: str


@dataclass
class Verdict:
    """One document: what was printed, what was settled, what is wrong."""

    name: str
    layout: str
    damages: tuple[str, ...]
    printed: int = 0
    settled: int = 0
    printed_nonzero: int = 0
    settled_nonzero: int = 0
    facts: int = 0
    facts_settled: int = 0
    beyond: int = 0
    seconds: float = 0.0
    crash: str = ""
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def silent(self) -> list[Wrong]:
        return [w for w in self.wrong if w.kind == "silent"]


def document(
    index: int, seed: int, layout: str | None = None, kinds: tuple[str, ...] | None = None
) -> tuple[Rendered, tuple[str, ...]]:
    """Document `index` of a seed, with the damages that it bears."""
    rng = Random(f"{seed}:{index}")
    truth = random_truth(rng)
    rendered = LAYOUTS[layout or rng.choice(list(LAYOUTS))](truth, rng)
    if kinds is None:
        kinds = tuple(rng.sample(list(DAMAGE), rng.choice((0, 1, 1, 2, 2, 3))))
    return damage(rendered, kinds, rng)


def documents(
    count: int, seed: int, layout: str | None = None, kinds: tuple[str, ...] | None = None
) -> Iterator[tuple[Rendered, tuple[str, ...]]]:
    """`count` damaged documents with what is true of them; equal seeds give equal documents."""
    return (document(index, seed, layout, kinds) for index in range(count))


# ---------------------------------------------------------------- judging one document


def fold(value: object) -> str:
    """A text value as it is compared: no white space, simplified, without pinyin."""
    return _FOLD.sub("", simplified(str(value)))


def _same(value: object, right: object) -> bool:
    if isinstance(value, (int, Decimal)) and isinstance(right, (int, Decimal)):
        return value == right
    return fold(value).rstrip("/") == fold(right).rstrip("/")


def _rights(rendered: Rendered, path: str, text: str) -> tuple[object, ...]:
    """The values that are right for a field; none where it is null in truth."""
    truth = rendered.truth
    if path in truth.cells:
        return (truth.cells[path],)
    if ".subtotal." in path:  # of a group whose rows are printed, it is their sum
        group, _, column = path.removeprefix("requests.").split(".")
        keys = [k for k in truth.cells if k.startswith(f"requests.{group}.")]
        parts = [truth.cells[k] for k in keys if k.endswith(f".{column}")]
        return (sum(parts),) if parts else ()
    if path == "facts.agency":  # the fullest name that the text still prints
        named = [n for n in truth.facts.get(path, ()) if fold(n) in text]
        return tuple(named[:1])
    return tuple(truth.facts.get(path, ()))


def judge(name: str, rendered: Rendered, damages: tuple[str, ...]) -> Verdict:
    """Extract a document and compare every field with the truth."""
    verdict = Verdict(name, rendered.layout, damages)
    printed = rendered.printed
    started = perf_counter()
    try:
        report: Any = extract(rendered.payload)
    except Exception as error:  # any failure is a failed document
        verdict.crash = f"{type(error).__name__}: {error}"[:300]
    verdict.seconds = perf_counter() - started
    fields = {} if verdict.crash else report.fields
    text = fold(rendered.text)
    known = set(rendered.truth.cells) | set(rendered.truth.facts) | set(fields) | set(printed)
    for path in sorted(known):
        _judge_field(verdict, rendered, path, fields.get(path), path in printed, text)
    return verdict


def _judge_field(
    verdict: Verdict, rendered: Rendered, path: str, given: Any, printed: bool, text: str
) -> None:
    if path in _QUOTES:
        _judge_quotes(verdict, path, given, text)
        return
    rights = _rights(rendered, path, text)
    contested = path in rendered.disputable
    sure = given is not None and given.status in CONFIDENT and given.value is not None
    right = sure and any(_same(given.value, r) for r in rights)
    if sure and not right and (printed or not contested):
        verdict.wrong.append(_wrong("silent", path, rights, given))
    if not printed:
        verdict.beyond += right
        return
    if contested and not sure:
        return
    _count(verdict, path, bool(rights and rights[0]), right)
    if not sure:
        verdict.wrong.append(_wrong("open", path, rights, given))


def _count(verdict: Verdict, path: str, nonzero: bool, right: bool) -> None:
    if path.startswith("facts."):
        verdict.facts += 1
        verdict.facts_settled += right
        return
    verdict.printed += 1
    verdict.settled += right
    verdict.printed_nonzero += nonzero
    verdict.settled_nonzero += nonzero and right


def _judge_quotes(verdict: Verdict, path: str, given: Any, text: str) -> None:
    if given is None or given.status not in CONFIDENT or not given.value:
        return
    for quote in given.value:
        if fold(quote) not in text:
            verdict.wrong.append(_wrong("silent", path, ("a verbatim quote",), given))


def _wrong(kind: str, path: str, rights: tuple[object, ...], given: Any) -> Wrong:
    truth = str(rights[0]) if rights else "null"
    if given is None:
        return Wrong(path, kind, truth, "no field", "none")
    reason = f"/{given.reason.value}" if given.reason else ""
    return Wrong(path, kind, truth, str(given.value), given.status.value + reason)


# ---------------------------------------------------------------- judging many


@dataclass
class Summary:
    """Counts over many documents."""

    documents: int = 0
    crashes: Counter[str] = field(default_factory=Counter)
    silent: int = 0
    silent_cells: int = 0
    silent_documents: int = 0
    totals: Counter[str] = field(default_factory=Counter)
    by_layout: dict[str, Counter[str]] = field(default_factory=dict)
    by_damage: dict[str, Counter[str]] = field(default_factory=dict)
    silent_fields: Counter[str] = field(default_factory=Counter)
    misses: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    worst: list[Verdict] = field(default_factory=list)

    def add(self, verdict: Verdict) -> None:
        """Count a document."""
        self.documents += 1
        if verdict.crash:
            self.crashes[verdict.crash] += 1
        silent = verdict.silent
        self.silent += len(silent)
        self.silent_cells += sum(not w.path.startswith("facts.") for w in silent)
        self.silent_documents += bool(silent)
        self.silent_fields.update(_class(w) for w in silent)
        names = verdict.damages or ("none",)
        rows = [self.totals, self.by_layout.setdefault(verdict.layout, Counter())]
        rows += [self.by_damage.setdefault(name, Counter()) for name in names]
        for row in rows:
            row.update(_figures(verdict))
        label = "+".join(names)
        for miss in verdict.wrong:
            if miss.kind == "open":
                self.misses[verdict.layout, label, f"{_class(miss)} {miss.status}"] += 1
        self.worst.append(verdict)
        self.worst.sort(key=_badness, reverse=True)
        del self.worst[200:]


def _figures(verdict: Verdict) -> dict[str, int]:
    return {
        "documents": 1,
        "printed": verdict.printed,
        "settled": verdict.settled,
        "printed_nonzero": verdict.printed_nonzero,
        "settled_nonzero": verdict.settled_nonzero,
        "facts": verdict.facts,
        "facts_settled": verdict.facts_settled,
        "beyond": verdict.beyond,
        "silent": len(verdict.silent),
        "silent_documents": bool(verdict.silent),
        "crashes": bool(verdict.crash),
        "microseconds": int(verdict.seconds * 1e6),
    }


def _class(wrong: Wrong) -> str:
    return wrong.path if wrong.path.startswith("facts.") else wrong.path.split(".")[0]


def _badness(verdict: Verdict) -> tuple[int, int, int]:
    return (bool(verdict.crash), len(verdict.silent), verdict.printed - verdict.settled)


def _judge_one(index: int, seed: int, layout: str | None, kinds: tuple[str, ...] | None) -> Verdict:
    rendered, damages = document(index, seed, layout, kinds)
    return judge(f"{seed}-{index}", rendered, damages)


def soak(
    count: int,
    seed: int,
    workers: int = 1,
    layout: str | None = None,
    kinds: tuple[str, ...] | None = None,
) -> Summary:
    """Judge documents 0 to `count` of a seed."""
    one = partial(_judge_one, seed=seed, layout=layout, kinds=kinds)
    summary = Summary()
    if workers < 2:
        for index in range(count):
            summary.add(one(index))
        return summary
    with ProcessPoolExecutor(workers) as pool:
        for verdict in pool.map(one, range(count), chunksize=20):
            summary.add(verdict)
    return summary


# ---------------------------------------------------------------- telling


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:6.2f}%" if whole else "      –"


def table(summary: Summary, top: int = 25) -> str:
    """The summary for people."""
    totals = summary.totals
    crashes, facts = sum(summary.crashes.values()), summary.silent - summary.silent_cells
    printed = _percent(totals["settled"], totals["printed"])
    nonzero = _percent(totals["settled_nonzero"], totals["printed_nonzero"])
    stated = _percent(totals["facts_settled"], totals["facts"])
    seconds = totals["microseconds"] / 1e6
    lines = [
        f"documents {summary.documents}   crashes {crashes}   extraction {seconds:.1f} s",
        f"SILENT ERRORS {summary.silent} in {summary.silent_documents} documents",
        f"  of these {summary.silent_cells} cells, {facts} facts",
        f"printed cells settled right {printed}   non-zero {nonzero}   facts {stated}",
        f"right beyond print {totals['beyond']}",
    ]
    lines += [f"  crash {count:5d} {text}" for text, count in summary.crashes.most_common(10)]
    lines += [
        f"  silent {count:5d} {name}" for name, count in summary.silent_fields.most_common(30)
    ]
    columns = f"{'docs':>5} {'settled':>8} {'nonzero':>8} {'facts':>8} {'silent':>6} {'in docs':>7}"
    head = " " * 24 + " " + columns
    for title, rows in (("layout", summary.by_layout), ("damage", summary.by_damage)):
        lines += ["", title + head[len(title) :]]
        lines += [_row(name, row) for name, row in sorted(rows.items())]
    lines += ["", "misses (layout, damage, what)"]
    for (layout, damages, what), count in summary.misses.most_common(top):
        lines.append(f"  {count:5d}  {layout:14} {damages:40} {what}")
    return "\n".join(lines)


def _row(name: str, row: Counter[str]) -> str:
    return (
        f"{name:24} {row['documents']:5d} {_percent(row['settled'], row['printed']):>8} "
        f"{_percent(row['settled_nonzero'], row['printed_nonzero']):>8} "
        f"{_percent(row['facts_settled'], row['facts']):>8} {row['silent']:6d} "
        f"{row['silent_documents']:7d}"
    )


def show(
    summary: Summary,
    folder: Path,
    count: int,
    layout: str | None = None,
    kinds: tuple[str, ...] | None = None,
) -> list[Path]:
    """Write the worst documents: the text, and what is wrong beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for verdict in summary.worst[:count]:
        seed, index = map(int, verdict.name.split("-"))
        rendered, _ = document(index, seed, layout, kinds)
        path = folder / f"{verdict.layout}-{verdict.name}.txt"
        path.write_text(rendered.text, encoding="utf-8")
        rows = [f"{verdict.layout} {'+'.join(verdict.damages) or 'no damage'}", verdict.crash]
        order = sorted(verdict.wrong, key=lambda w: (w.kind != "silent", w.path))
        rows += [
            f"{w.kind:7} {w.path:55} truth {w.truth:12} given {w.given} ({w.status})" for w in order
        ]
        path.with_suffix(".wrong").write_text("\n".join(rows) + "\n", encoding="utf-8")
        written.append(path)
    return written
