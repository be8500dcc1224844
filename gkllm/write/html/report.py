"""Report > a page: its text left, the official tables right, each cell tied to its quote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from urllib.parse import quote

from gkllm.report import Report, Source, Status
from gkllm.write.html.findings import facts, failed_checks, legend, open_fields
from gkllm.write.html.markup import Content, Html, el
from gkllm.write.html.page import page, scrolling, status_counts, status_mark, table
from gkllm.write.html.printed import official_tables
from gkllm.write.html.shown import Shown
from gkllm.write.html.text import anchors, marks, text_pane
from gkllm.write.jsonl import Line, Refusal
from gkllm.write.words import Language, Words, words

SUFFIX = ".view.html"  # of every page that shows a report


def report_page(
    report: Report, text: str | None, language: Language = "zh", why_no_text: str | None = None
) -> str:
    """The page of a report, whole.

    `text` is the source text that its spans speak of; where it is None, the page shows the
    tables alone and says so, with the reason `why_no_text`.
    """
    told = words(language)
    found = [] if text is None else marks(report, len(text))
    shown = Shown(report, told, anchors(found))
    name = _name(report, told)
    if text is None:
        beside: Content = el("p", f"{told['no text']} {why_no_text or ''}".strip(), class_="note")
    else:
        beside = text_pane(text, found, told)
    source = el(
        "section",
        el("h2", told["text"], id="text"),
        scrolling(beside, told["text"]) if text is not None else beside,
        class_="card source",
    )
    data = [open_fields(shown, text), failed_checks(shown), *official_tables(shown)]
    data += [facts(shown, text), legend(shown)]
    inspector = el(
        "aside",
        hidden=True,
        id="inspector",
        class_="screen",
        role="status",
        aria_label=told["inspector"],
    )
    return page(
        name,
        _header(shown, name),
        el("div", source, el("div", data, class_="data"), class_="columns" if text else "single"),
        inspector,
        language=language,
        scripts=("view.js",),
    )


def refusal_page(refused: Refusal, language: Language = "zh") -> str:
    """The page of an input that gave no report: why."""
    told = words(language)
    name = refused.source.path or told["unknown"]
    return page(
        name,
        el("h1", name),
        el("p", f"{told['error']} ({refused.error.code}). {refused.error.message}", class_="note"),
        language=language,
    )


def index_page(pages: Sequence[tuple[Line, str]], language: Language = "zh") -> str:
    """A table of reports with links to their pages, which stand beside it."""
    told = words(language)
    reports = [line for line, _ in pages if isinstance(line, Report)]
    total: Counter[Status] = Counter()
    for report in reports:
        total += _counts(report)
    head = [told["agency"], told["year of"], told["file"], told["open"], told["failed"]]
    head += [status_mark(status, language) for status in Status]
    title = told["reports"].format(n=len(pages))
    return page(
        title,
        el("h1", title),
        status_counts(total, language),
        el("section", table(head, [_index_row(*each, told) for each in pages]), class_="card"),
        language=language,
    )


def _index_row(line: Line, file: str, told: Words) -> list[Content | int]:
    href = quote(file)
    path = line.source.path or ""
    if isinstance(line, Refusal):
        name = el("a", told["error"], href=href)
        return [name, "", path, line.error.code, "", *("" for _ in Status)]
    counts = _counts(line)
    year = line.fields.get("facts.year")
    return [
        el("a", _agency(line, told), href=href),
        str(year.value) if year is not None and year.value is not None else "",
        path,
        len(line.open),
        sum(True for _ in line.failed()),
        *(counts[status] for status in Status),
    ]


def _counts(report: Report) -> Counter[Status]:
    return Counter(field.status for field in report.fields.values())


def _agency(report: Report, told: Words) -> str:
    field = report.fields.get("facts.agency")
    return str(field.value) if field is not None and field.value else told["unknown"]


def _name(report: Report, told: Words) -> str:
    year = report.fields.get("facts.year")
    when = f" {year.value} {told['year']}" if year is not None and year.value else ""
    return f"{_agency(report, told)}{when}".strip()


def _header(shown: Shown, name: str) -> Html:
    told, report = shown.words, shown.report
    counts = _counts(report)
    return el(
        "header",
        el("h1", name),
        el("p", _origin(report.source, report, told), class_="soft"),
        status_counts(counts, told.language),
        _model(report, told),
        el("nav", _contents(shown), class_="screen", aria_label=told["contents"]),
        class_="card",
    )


def _origin(source: Source, report: Report, told: Words) -> str:
    edition = (
        f"{told['edition']} {report.edition}"
        if told.language == "en"
        else f"{report.edition} {told['edition']}"
    )
    chars = "" if source.chars is None else f"{source.chars:,} {told['chars']}"
    digest = f"sha256 {source.sha256[:12]}" if source.sha256 else ""
    version = f"gkllm {report.gkllm}" if report.gkllm else ""
    parts = [source.path or "", source.encoding or "", chars, edition, digest, version]
    return " · ".join(part for part in parts if part)


def _model(report: Report, told: Words) -> Html | None:
    usage = report.usage
    if not usage.model:
        return None
    said = told["model"].format(
        model=usage.model,
        calls=usage.calls,
        cached=usage.cached_calls,
        tokens=f"{usage.prompt_tokens + usage.completion_tokens:,}",
    )
    return el("p", said, class_="soft")


def _contents(shown: Shown) -> list[Content]:
    told = shown.words
    places = [("open", told["open"]), ("checks", told["failed"])]
    places += [(key, told.section(key)) for key in ("disclosure", "requests", "litigation")]
    places += [("facts", told["facts"]), ("text", told["text"]), ("legend", told["legend"])]
    return [[el("a", name, href=f"#{key}"), " "] for key, name in places]
