"""Results > report.html: one file that needs nothing else, for light and dark screens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from math import log10
from pathlib import Path
from typing import Any

from gkllm.evaluate import metrics
from gkllm.evaluate.compare import Comparison
from gkllm.evaluate.curve import Point, augrc, coverage_at_zero, curve
from gkllm.evaluate.result import ROAD, Result
from gkllm.evaluate.run import Run
from gkllm.evaluate.suite import all_paths
from gkllm.evaluate.tables import percent, summary_cost, tenths, worst
from gkllm.form import form
from gkllm.score import Judged

_CHANGES = 200
_OPEN = 40  # open fields listed of one document
_TEXT = 60_000  # characters of one document shown


def write_page(
    path: Path,
    run: Run,
    found: Mapping[str, Sequence[Result]],
    comparison: Comparison | None,
    texts: Mapping[str, str],
    price: tuple[float, float] | None,
) -> None:
    """Write the page; `texts` are those of the worst documents by name."""
    style = (files("gkllm.evaluate") / "page.css").read_text("utf-8")
    road = found[ROAD]
    parts = [
        _head(run, road),
        _changes(comparison) if comparison else "",
        _readers(found),
        _plot(found),
        _heat(road),
        *(_slices(title, tag, road) for title, tag in _TABLES if metrics.by_tag(road, tag)),
        _fields(road),
        _kinds(road),
        _cost(road, price),
        _worst(road, texts),
        _provenance(run),
    ]
    title = "Evaluation of " + ", ".join(run.header["suites"])
    path.write_text(
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{''.join(parts)}</main></body></html>\n",
        "utf-8",
        newline="\n",
    )


_TABLES = (
    ("By severity", "severity"),
    ("By kind of document", "kind"),
    ("By format", "format"),
    ("By attack", "attack"),
)


def _section(title: str, body: str, note: str = "") -> str:
    told = f'<p class="note">{note}</p>' if note else ""
    return f"<section><h2>{escape(title)}</h2>{told}{body}</section>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """A table; cells are HTML, the first of each row is its name."""
    top = "".join(f"<th>{escape(word)}</th>" for word in head)
    body = "".join(
        "<tr><th>" + row[0] + "</th>" + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="wide"><table class="{kind}"><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


# ---------------------------------------------------------------- headline


def _head(run: Run, road: Sequence[Result]) -> str:
    sums, ways = metrics.total(road), metrics.intervals(road)
    rates = metrics.rates(sums)
    state = "bad" if sums["silent"] or sums["failed"] else "good"
    zero = coverage_at_zero(curve(road))
    tiles = [
        _tile(
            f"{sums['silent']:,}",
            "silent errors",
            f"of {sums['confident']:,} confident fields, {tenths(rates['silent per 10,000'])}"
            f" per 10,000{_range(ways['silent per 10,000'], 10_000) if sums['silent'] else ''}",
            state,
        ),
        _tile(
            f"{sums['silent_documents']:,}",
            "documents with one",
            metrics.bound(sums["silent_documents"], sums["documents"]),
            state,
        ),
        _tile(
            f"{sums['failed']:,}",
            "documents failed",
            metrics.bound(sums["failed"], sums["documents"]),
            "bad" if sums["failed"] else "good",
        ),
        _tile(
            percent(rates["coverage"]),
            "coverage of what is owed",
            f"{_range(ways['coverage'], 100)}; at zero silent errors {percent(zero)}",
        ),
        _tile(
            percent(rates["printed right"]),
            "printed cells right",
            f"{_range(ways['printed right'], 100)}; facts {percent(rates['facts right'])}",
        ),
        _tile(
            percent(rates["non-zero right"]),
            "non-zero cells right",
            f"{_range(ways['non-zero right'], 100)}",
        ),
    ]
    broken = "" if run.complete else '<p class="alarm">Incomplete run: no figure counts.</p>'
    note = "Intervals resample documents; bounds of documents are exact (Clopper-Pearson, 95 %)."
    return f'{broken}<div class="tiles">{"".join(tiles)}</div><p class="note">{note}</p>'


def _tile(figure: str, name: str, note: str, state: str = "") -> str:
    return (
        f'<div class="tile {state}"><b>{escape(figure)}</b><span>{escape(name)}</span>'
        f"<small>{escape(note.strip())}</small></div>"
    )


def _range(interval: tuple[float, float] | None, factor: float) -> str:
    if interval is None:
        return ""
    sign = " %" if factor == 100 else ""
    return f" {factor * interval[0]:.2f} to {factor * interval[1]:.2f}{sign}"


def _readers(found: Mapping[str, Sequence[Result]]) -> str:
    head = (
        "reader", "printed right", "non-zero", "facts", "exact documents",
        "silent errors", "per 10,000", "AUGRC",
    )  # fmt: skip
    rows = []
    for name, read in found.items():
        sums, area = metrics.total(read), augrc(curve(read))
        rates = metrics.rates(sums)
        rows.append(
            (
                escape(name),
                percent(rates["printed right"]),
                percent(rates["non-zero right"]),
                percent(rates["facts right"]),
                percent(rates["exact"]),
                f"{sums['silent']:,}",
                tenths(rates["silent per 10,000"]),
                "–" if area is None else f"{area:.5f}",
            )
        )
    return _section("Beside the baselines", _table(head, rows))


# ---------------------------------------------------------------- risk and coverage

_WIDE, _HIGH, _LEFT, _BOTTOM = 640, 300, 70, 40
_LEAST = -5.0  # log10 of the least risk drawn; 0 stands below it


def _x(coverage: float) -> float:
    return _LEFT + coverage * (_WIDE - _LEFT - 90)


def _y(risk: float) -> float:
    top, floor = 12.0, _HIGH - _BOTTOM
    if risk <= 0:
        return floor
    share = min(1.0, max(0.0, (log10(risk) - _LEAST) / -_LEAST))
    return floor - 22 - share * (floor - 22 - top)


def _plot(found: Mapping[str, Sequence[Result]]) -> str:
    lines = []
    for at, (name, read) in enumerate(found.items()):
        points = [p for p in curve(read) if p.status not in ("none", "all")]
        if points:
            lines.append(_line(name, points, at))
    axes = [
        f'<line class="axis" x1="{_LEFT}" x2="{_x(1):.0f}" y1="{_y(0)}" y2="{_y(0)}"/>',
        f'<line class="axis" x1="{_LEFT}" x2="{_LEFT}" y1="12" y2="{_y(0)}"/>',
        f'<text x="{_LEFT - 8}" y="{_y(0) + 4}" text-anchor="end">0</text>',
    ]
    for power in range(int(_LEAST), 1):
        y = _y(10.0**power)
        name = f"{100 * 10.0**power:g} %"
        axes.append(f'<line class="grid" x1="{_LEFT}" x2="{_x(1):.0f}" y1="{y}" y2="{y}"/>')
        axes.append(f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{name}</text>')
    for tenth in range(0, 11, 2):
        axes.append(
            f'<text x="{_x(tenth / 10):.0f}" y="{_HIGH - 22}" text-anchor="middle">'
            f"{10 * tenth} %</text>"
        )
    axes.append(
        f'<text x="{_x(0.5):.0f}" y="{_HIGH - 4}" text-anchor="middle">coverage of what is owed'
        "</text>"
    )
    body = (
        f'<div class="wide"><svg viewBox="0 0 {_WIDE} {_HIGH}" role="img"'
        ' aria-label="risk and coverage">'
        f"{''.join(axes)}{''.join(lines)}</svg></div>"
    )
    note = (
        "Wrong answers believed, over all that is owed, as statuses are believed one after the "
        "other: verified, derived, read, filled, and what is printed in disputed fields."
    )
    return _section("Risk and coverage", body, note)


def _line(name: str, points: Sequence[Point], at: int) -> str:
    places = [(_x(p.coverage), _y(p.risk)) for p in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{escape(name)}, up to {p.status}: '
        f"coverage {percent(p.coverage)}, {p.wrong:,} wrong</title></circle>"
        for (x, y), p in zip(places, points, strict=True)
    )
    x, y = places[-1]
    short = escape(name.rpartition(":")[2])
    return (
        f'<g class="line l{at % 5}"><polyline points="{path}"/>{dots}'
        f'<text x="{x + 8:.1f}" y="{y + 4 - 12 * (at == 0):.1f}">{short}</text></g>'
    )


# ---------------------------------------------------------------- slices


def _heat(road: Sequence[Result]) -> str:
    layouts = list(metrics.by_tag(road, "layout"))
    damages = metrics.by_tag(road, "damage")
    if not layouts or not damages:
        return ""
    rows = []
    for damage, read in [("all", [r for r in road if "layout" in r.tags]), *damages.items()]:
        by_layout = metrics.by_tag(read, "layout")
        cells = [_heat_cell(by_layout.get(layout, [])) for layout in layouts]
        rows.append((escape(damage), _heat_cell(read), *cells))
    note = (
        "Printed cells right, in percent; a red number counts documents with a silent error or a "
        "failure. A document with two damages stands in both rows."
    )
    return _section("Damage and layout", _table(("damage", "all", *layouts), rows, "heat"), note)


def _heat_cell(read: Sequence[Result]) -> str:
    if not read:
        return ""
    sums = metrics.total(read)
    right = metrics.share(sums["printed_right"], sums["printed"])
    bad = f'<i title="documents with a silent error or a failure">{sums["bad_documents"]}</i>'
    told = f"{100 * right:.1f}".replace("100.0", "100") if right is not None else "–"
    hue = 0 if right is None else max(0.0, min(1.0, (right - 0.8) / 0.2)) * 130
    tint = f"hsl({hue:.0f} 70% 45% / {0.10 if right is None else 0.28})"
    title = f"{sums['documents']} documents, {sums['printed']:,} printed cells"
    return (
        f'<span class="cell" style="background:{tint}" title="{title}">{told}'
        f"{bad if sums['bad_documents'] else ''}</span>"
    )


_SLICE = (
    "documents", "failed", "silent", "in documents", "printed right", "non-zero", "facts",
    "coverage",
)  # fmt: skip


def _slices(title: str, tag: str, road: Sequence[Result]) -> str:
    rows = []
    for name, read in metrics.by_tag(road, tag).items():
        sums = metrics.total(read)
        rates = metrics.rates(sums)
        counts = (sums[k] for k in ("documents", "failed", "silent", "silent_documents"))
        shares = ("printed right", "non-zero right", "facts right", "coverage")
        rows.append(
            (escape(name), *(f"{c:,}" for c in counts), *(percent(rates[s]) for s in shares))
        )
    return _section(title, _table((tag, *_SLICE), rows))


def _fields(road: Sequence[Result]) -> str:
    names = ("fields", "right", "abstained", "misread", "missed", "invented")
    parts = []
    for part in ("section", "status", "state"):
        rows = [
            (escape(name), *(f"{sums[n]:,}" for n in names))
            for name, sums in sorted(metrics.by_key(road, part).items())
        ]
        parts.append(_table((part, *names), rows))
    return _section("Fields", "".join(parts))


def _kinds(road: Sequence[Result]) -> str:
    rows = [(escape(k), f"{n:,}") for k, n in metrics.kinds(road).most_common()]
    body = _table(("kind", "documents"), rows) if rows else "<p>None.</p>"
    return _section("Kinds of mistakes", body)


def _cost(road: Sequence[Result], price: tuple[float, float] | None) -> str:
    lines = "".join(f"<li>{escape(line)}</li>" for line in summary_cost(road, price))
    return _section("Cost of a document", f"<ul>{lines}</ul>")


# ---------------------------------------------------------------- gains and losses


def _changes(comparison: Comparison) -> str:
    shut = "".join(f'<li class="bad">{escape(why)}</li>' for why in comparison.shut)
    gate = (
        f'<p class="alarm">Gate shut</p><ul>{shut}</ul>'
        if shut
        else '<p class="fine">Gate open</p>'
    )
    counts = {kind: len(comparison.of_kind(kind)) for kind in ("fixed", "broken", "changed")}
    told = (
        f"Fixed {counts['fixed']:,}, broken {counts['broken']:,}, changed {counts['changed']:,} "
        f"fields. Documents that became exact {comparison.gained}, that ceased to be "
        f"{comparison.lost}: McNemar p = {comparison.p:.4f}."
    )
    if comparison.difference is not None:
        low, high = comparison.difference
        told += f" Difference of what is right: {100 * low:+.3f} to {100 * high:+.3f} points."
    order = sorted(comparison.changes, key=lambda c: (not c.silent, c.kind, c.document))
    rows = [
        (
            f'<span class="{c.kind}">{"silent" if c.silent else c.kind}</span>',
            escape(c.document),
            f"<code>{escape(c.path)}</code>",
            escape(c.before),
            escape(c.after),
        )
        for c in order[:_CHANGES]
    ]
    table = _table(("change", "document", "field", "before", "now"), rows) if rows else ""
    return _section(
        "Gains and losses", f"{gate}<p>{escape(told)}</p>{table}", escape(comparison.reason)
    )


# ---------------------------------------------------------------- worst documents


def _worst(road: Sequence[Result], texts: Mapping[str, str]) -> str:
    documents = "".join(_document(r, texts.get(r.name)) for r in worst(road))
    note = "Failed, then with silent errors, then with most left open. Wrong values in red, "
    note += "values printed in disputed fields in amber."
    return _section("Worst documents", documents or "<p>All that is owed is right.</p>", note)


def _document(result: Result, text: str | None) -> str:
    tags = " ".join(f"{escape('+'.join(v))}" for v in result.tags.values())
    failure = f' <em class="bad">{escape(result.failure["message"])}</em>' if result.failure else ""
    silent = f'<b class="bad">{len(result.silent)} silent</b>, ' if result.silent else ""
    source = _marked(result, text) if text is not None else ""
    rows = [_row(j, result, source) for j in (*result.silent, *result.open[:_OPEN])]
    more = len(result.open) - _OPEN
    table = _table(("field", "title", "truth", "given", "status"), rows) if rows else ""
    left = f'<p class="note">and {more} more open fields</p>' if more > 0 else ""
    shown = f'<pre class="source">{source}</pre>' if source else ""
    return (
        f"<details><summary><code>{escape(result.name)}</code> {silent}{len(result.open)} open"
        f"{failure} <small>{tags}</small></summary>{table}{left}{shown}</details>"
    )


def _anchor(result: Result, path: str) -> str:
    return escape(f"{result.name}.{path}".replace("/", "."))


def _row(judged: Judged, result: Result, source: str) -> tuple[str, ...]:
    """A field of a document; its name leads to the place in the source, where it has one."""
    title = form("2021").titles.get(judged.path, ("", ""))[0]
    given = judged.field.value if judged.field else None
    status = judged.field.status.value if judged.field else "no field"
    reason = judged.field.reason.value if judged.field and judged.field.reason else ""
    state = judged.truth.shown if judged.truth.shown != "printed" else ""
    kind = "bad" if judged.silent else ""
    name = f'<code class="{kind}">{escape(judged.path)}</code>'
    anchor = _anchor(result, judged.path)
    if f'id="{anchor}"' in source:
        name = f'<a href="#{anchor}">{name}</a>'
    return (
        name,
        escape(title),
        f"{_value(judged.truth.value)} <small>{escape(state)}</small>",
        _value(given),
        f"{escape(status)} <small>{escape(reason)}</small>",
    )


def _value(value: Any) -> str:
    if value is None:
        return "–"
    text = " ¶ ".join(map(str, value)) if isinstance(value, list) else str(value)
    return escape(text if len(text) < 160 else text[:160] + "…")


def _marked(result: Result, text: str) -> str:
    """The text with the spans of wrong and disputed fields marked; the first if they overlap."""
    judged = {j.path: j for j in (*result.open, *result.silent)}
    marks = sorted(_spans(result, judged))
    out: list[str] = []
    named: set[str] = set()
    done = 0
    for start, end, path in marks:
        if start < done or end > min(len(text), _TEXT):
            continue
        j = judged[path]
        title = escape(f"{path}: truth {j.truth.value}, given {j.field.value if j.field else None}")
        kind = "silent" if j.silent else "open"
        out.append(escape(text[done:start]))
        first = "" if path in named else f' id="{_anchor(result, path)}"'
        named.add(path)
        out.append(f'<mark class="{kind}"{first} title="{title}">{escape(text[start:end])}</mark>')
        done = end
    out.append(escape(text[done:_TEXT]))
    return "".join(out) + ("…" if len(text) > _TEXT else "")


def _spans(result: Result, judged: Mapping[str, Judged]) -> Iterator[tuple[int, int, str]]:
    for path, span in zip(all_paths(), result.outcome.get("spans", ()), strict=False):
        if path in judged and span:
            several = span if isinstance(span[0], list) else [span]
            yield from ((a, b, path) for a, b in several if a < b)


def _provenance(run: Run) -> str:
    head = run.header
    kept = (
        "suites", "documents", "dataset", "gkllm", "git", "scorer", "schema", "prompts", "model",
        "versions", "machine", "settings", "started", "seconds",
    )  # fmt: skip
    rows = [(escape(key), f"<code>{escape(str(head.get(key)))}</code>") for key in kept]
    return _section("Where these figures come from", _table(("", ""), rows, "plain"))
