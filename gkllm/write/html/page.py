"""The frame of every page: one file that asks nothing of any other.

Style and script stand in the page. A content security policy names both by their hashes and
forbids everything else, so that text which should ever get past the escaping stays text: no
foreign script runs, nothing is loaded from anywhere, no form is sent.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from gkllm import __version__
from gkllm.report import Status
from gkllm.write.html.markup import Content, Html, el, joined
from gkllm.write.words import Language, words

_LANGUAGES = {"zh": "zh-CN", "en": "en"}


def page(
    title: str, *body: Content, language: Language = "zh", scripts: tuple[str, ...] = ()
) -> str:
    """A whole page: `body` goes into <main>; `scripts` are files of this package, by name."""
    code = "\n".join(_file(name) for name in scripts)
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=_policy(code)),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="generator", content=f"gkllm {__version__}"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="referrer", content="no-referrer"),
        el("link", rel="icon", href="data:,"),
        el("title", title),
        # Files of ours; neither holds the end tag that would close its element.
        Html(f"<style>{_file('style.css')}</style>"),
    )
    script = Html(f"<script>{code}</script>") if code else None
    whole = el("html", head, el("body", el("main", body), script), lang=_LANGUAGES[language])
    return f"<!doctype html>\n{whole}\n"


def status_mark(status: Status | str, language: Language = "zh") -> Html:
    """The name of a status with its sign and its colour."""
    told = words(language)
    sign = el("span", told.sign(status), class_="sign", aria_hidden="true")
    return el("span", sign, told.status(status), class_=f"status {Status(status)}")


def status_counts(counts: Mapping[Status, int], language: Language = "zh") -> Html:
    """What one report or many came to: a bar of the statuses, and the same in words."""
    present = [(status, counts[status]) for status in Status if counts.get(status)]
    total = sum(n for _, n in present) or 1
    parts, x = [], 0.0
    for status, n in present:
        width = 100 * n / total
        parts.append(el("rect", class_=status, x=f"{x:.2f}", width=f"{width:.2f}", height=1))
        x += width
    # Drawn by attributes: the policy of the page allows no style but the sheet.
    bar = el(
        "svg",
        parts,
        class_="bar",
        viewBox="0 0 100 1",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
    told = [el("li", status_mark(s, language), " ", el("b", str(n))) for s, n in present]
    return joined([bar, el("ul", told, class_="counts")])


def table(
    head: Sequence[Content], rows: Iterable[Sequence[Content | int]], *, caption: Content = None
) -> Html:
    """A plain table, in a box that scrolls where it is too wide.

    The first cell of a row is its head; an int is set as a number.
    """
    top = el("thead", el("tr", [el("th", cell, scope="col") for cell in head]))
    body = el("tbody", [_row(row) for row in rows])
    title = None if caption is None else el("caption", caption)
    return scrolling(el("table", title, top, body, class_="plain"))


def scrolling(content: Content, label: str | None = None) -> Html:
    """A box that scrolls sideways, by keyboard too, so that the page never does."""
    role = "region" if label else None
    return el("div", content, class_="scrolling", tabindex=0, role=role, aria_label=label)


def _row(row: Sequence[Content | int]) -> Html:
    first, *others = row
    return el("tr", el("th", _text(first), scope="row"), [_cell(cell) for cell in others])


def _cell(cell: Content | int) -> Html:
    return el("td", _text(cell), class_="number" if isinstance(cell, int) else None)


def _text(cell: Content | int) -> Content:
    return f"{cell:,}" if isinstance(cell, int) else cell


@cache
def _file(name: str) -> str:
    """A file of this package as it goes into pages."""
    return (files(__package__) / name).read_text("utf-8")


def _policy(code: str) -> str:
    script = _hash(code) if code else "'none'"
    return (
        f"default-src 'none'; style-src {_hash(_file('style.css'))}; script-src {script}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
