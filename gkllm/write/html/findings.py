"""What a reader should look at first: open fields, rules that fail; then what prose says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from gkllm.document import Span
from gkllm.report import Alternative, Check, Field, Reason, Status
from gkllm.write.html.markup import Content, Html, el, joined
from gkllm.write.html.page import scrolling, status_mark
from gkllm.write.html.shown import Shown, row_and_column
from gkllm.write.html.text import excerpt
from gkllm.write.words import equation

# What is missing for these reasons is told in one line: nobody can do anything about it.
_NO_LOSS = (Reason.ABSENT, Reason.NOT_APPLICABLE)
Fields = list[tuple[str, Field]]


@dataclass(frozen=True, slots=True)
class _Place:
    """Open fields of one row of the form ("" for all rows) with one status and one reason.

    Fields of which nothing was lost and nothing else is known are told together.
    """

    row: str
    status: Status
    reason: Reason | None

    @classmethod
    def of(cls, path: str, field: Field) -> _Place:
        told_apart = field.reason not in _NO_LOSS or field.alternatives
        row = row_and_column(path)[0] if told_apart else ""
        return cls(row, field.status, field.reason)


def open_fields(shown: Shown, text: str | None) -> Html:
    """The open fields by rows of the form, disputed ones first, with reasons and readings."""
    told = shown.words
    places: dict[_Place, Fields] = {}
    for path, field in sorted(shown.report.open.items(), key=_weight):
        places.setdefault(_Place.of(path, field), []).append((path, field))
    head = el("h2", f"{told['open']} ", el("span", str(len(shown.report.open)), class_="count"))
    if not places:
        return el("section", head, el("p", told["all settled"]), class_="card", id="open")
    named: set[str] = set()
    rows = [_open_row(shown, text, place, fields, named) for place, fields in places.items()]
    names = [told["place"], told["status"], told["cells"]]
    grid = el(
        "table",
        el("thead", el("tr", [el("th", name, scope="col") for name in names])),
        el("tbody", rows),
        class_="plain findings",
    )
    return el("section", head, scrolling(grid, told["open"]), class_="card", id="open")


def _weight(item: tuple[str, Field]) -> int:
    """Disputed fields first, what was never there last; else in the order of the form."""
    field = item[1]
    if field.status == Status.DISPUTED:
        return 0
    if field.alternatives:  # a model's answer without a witness, say
        return 1
    return 2 + _NO_LOSS.index(field.reason) if field.reason in _NO_LOSS else 1


def _open_row(
    shown: Shown, text: str | None, place: _Place, fields: Fields, named: set[str]
) -> Html:
    reason = shown.words.reason(place.reason) if place.reason else None
    state = [status_mark(place.status, shown.words.language), el("br") if reason else None, reason]
    if place.row:
        cells = [_open_item(shown, text, path, field) for path, field in fields]
        name, anchor = _row_title(shown, place.row), _anchor(place.row, named)
    else:
        rows: dict[str, list[str]] = {}
        for path, _ in fields:
            rows.setdefault(row_and_column(path)[0], []).append(path)
        cells = [_lump(shown, row, paths, named) for row, paths in rows.items()]
        name, anchor = shown.words["counts"].format(n=len(fields)), None
    head = el("th", name, scope="row", id=anchor)
    return el("tr", head, el("td", state), el("td", el("ul", cells)))


def _anchor(row: str, named: set[str]) -> str | None:
    """The name that a row's first place in the list has on the page."""
    if row in named:
        return None
    named.add(row)
    return f"open-{row}"


def _lump(shown: Shown, row: str, paths: list[str], named: set[str]) -> Html:
    times = f" × {len(paths)}" if len(paths) > 1 else None
    name = _row_title(shown, row)
    if shown.has_cell(paths[0]):
        named_as: Content = el(
            "a", name, href=f"#f-{paths[0]}", data_f=" ".join(paths), class_="tie"
        )
    else:
        named_as = name
    return el("li", named_as, times, id=_anchor(row, named))


def _row_title(shown: Shown, row: str) -> str:
    section = row.partition(".")[0]
    name = shown.place(row) if section != "facts" else shown.title(row)
    if section in ("disclosure", "litigation"):
        return f"{shown.words.section(section)} · {name}"
    return name


def _open_item(shown: Shown, text: str | None, path: str, field: Field) -> Html:
    column = shown.column(path)
    link = el(
        "a", column or shown.words["to the cell"], href=f"#f-{path}", data_f=path, class_="tie"
    )
    printed = None
    if field.value is not None:
        printed = [" ", el("b", shown.digits(field))]
    readings = [_reading(shown, text, path, other) for other in field.alternatives or []]
    told = [printed, *readings] if printed else readings
    between = [[f" {shown.words['or']}" if i else None, one] for i, one in enumerate(told)]
    return el("li", link, between)


def _reading(shown: Shown, text: str | None, path: str, other: Alternative) -> Content:
    """Another reading with its source; a link to where it is printed, if that can be shown."""
    value = shown.words["null"] if other.value is None else str(other.value)
    said: Content = el("b", value)
    if other.span is not None and text is not None:
        said = el("a", value, href=f"#t{other.span[0]}", data_f=path, class_="reading")
    source = shown.words.source(other.source)
    return [" ", said, el("span", f" ({source})", class_="soft")]


def failed_checks(shown: Shown) -> Html:
    """The rules that fail, with both sides and links to the cells; how many hold."""
    told = shown.words
    outcomes = Counter(check.outcome for check in shown.report.checks)
    failed = list(shown.report.failed())
    head = el("h2", f"{told['failed']} ", el("span", str(len(failed)), class_="count"))
    sums = told["outcomes"].format(
        holds=outcomes["holds"], fails=outcomes["fails"], unknown=outcomes["not_assessable"]
    )
    listed = el("ul", [_failed(shown, check) for check in failed], class_="checks")
    return el(
        "section",
        head,
        listed if failed else el("p", told["none failed"]),
        el("p", sums, class_="soft") if shown.report.checks else None,
        class_="card",
        id="checks",
    )


def _failed(shown: Shown, check: Check) -> Html:
    parts = shown.parts(check)
    place = shown.place(check.at)
    name: Content = el("b", place)
    if parts:
        name = el("a", place, href=f"#f-{parts[0]}", data_f=" ".join(parts), class_="tie")
    known = check.left is not None or check.right is not None
    return el(
        "li",
        name,
        ": ",
        [el("b", equation(check), class_="equation"), ". "] if known else None,
        shown.words.rule(check.rule),
        [". ", check.message] if check.message and shown.english else None,
    )


def facts(shown: Shown, text: str | None) -> Html:
    """What prose says, each fact with its quote among the words around it."""
    rows = [
        _fact(shown, text, f"facts.{fact.key}", shown.title(f"facts.{fact.key}"))
        for fact in shown.form.facts
        if f"facts.{fact.key}" in shown.report.fields
    ]
    grid = el("table", el("tbody", rows), class_="plain facts", aria_label=shown.words["facts"])
    head = el("h2", shown.words["facts"])
    return el("section", head, scrolling(grid, shown.words["facts"]), class_="card", id="facts")


def _fact(shown: Shown, text: str | None, path: str, name: str) -> Html:
    field = shown.report.fields[path]
    sign = el("span", shown.words.sign(field.status), class_="sign", aria_hidden="true")
    if isinstance(field.value, list):
        passages = el("ol", [el("li", passage) for passage in field.value])
        value: Content = shown.tie(
            path, field, f"{len(field.value)} {shown.words['passages']}", sign
        )
        return el("tr", el("th", name, scope="row"), el("td", value), el("td", passages))
    reason = el("span", shown.words.reason(field.reason), class_="soft") if field.reason else None
    quotes = reason if field.value is None else joined(_quotes(field, text))
    return el("tr", el("th", name, scope="row"), el("td", shown.value(path)), el("td", quotes))


def _quotes(field: Field, text: str | None) -> Iterator[Html]:
    quotes = [field.quote] if isinstance(field.quote, str) else field.quote or []
    spans: list[Span] = [field.span] if isinstance(field.span, tuple) else field.span or []
    for quote, span in zip_longest(quotes, spans):
        if text is not None and span is not None:
            yield el("q", excerpt(text, span))
        elif quote:
            yield el("q", quote)


def legend(shown: Shown) -> Html:
    """What the signs mean; the script of the page takes its explanations from here."""
    entries = [
        el(
            "div",
            el("dt", status_mark(status, shown.words.language)),
            el("dd", shown.words.why(status)),
            data_status=status,
        )
        for status in Status
    ]
    head = el("h2", shown.words["legend"])
    return el("section", head, el("dl", entries, class_="legend"), class_="card", id="legend")
