"""report.sqlite > summary.html: what a batch came to, for a person.

Everything on the page is a question to the database, so page and database cannot disagree.
"""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from gkllm.report import Status
from gkllm.write.html import Content, Html, el, page, status_counts, table
from gkllm.write.words import Language, words

_FINDINGS = 100  # panel checks on the page
_EXAMPLE = "SELECT error, count(*), min(id) FROM documents WHERE error IS NOT NULL GROUP BY 1"
_NAME = "SELECT document FROM documents WHERE id = ?"
_FAILED = (
    "SELECT rule, count(*), count(DISTINCT document_id) FROM checks WHERE outcome = 'fails' "
    "GROUP BY rule ORDER BY 2 DESC, 1"
)
_PANEL = (
    "SELECT rule, sum(outcome = 'holds'), sum(outcome = 'fails'), sum(outcome = 'not_assessable') "
    "FROM panel_checks GROUP BY rule ORDER BY rule"
)
_UNSURE = "SELECT count(*) FROM documents WHERE error IS NULL AND (agency IS NULL OR year IS NULL)"
# Broken equations first: of duplicates there may be very many.
_FOUND = (
    "SELECT c.rule, c.at, c.left_side, c.right_side, c.message, d.document, o.document, d.agency, "
    "d.year FROM panel_checks c JOIN documents d ON d.id = c.document_id "
    "LEFT JOIN documents o ON o.id = c.other_id WHERE c.outcome = 'fails' "
    "ORDER BY c.rule = 'panel.duplicate', c.rule, c.document_id, c.at LIMIT ?"
)
_DOUBTFUL = (
    "SELECT id, document, agency, year, disputed, failed_checks, missing FROM documents "
    "WHERE error IS NULL AND disputed + failed_checks > 0 "
    "ORDER BY disputed + failed_checks DESC, id LIMIT ?"
)


def doubtful(connection: sqlite3.Connection, count: int) -> list[int]:
    """The ids of the most doubtful reports, at most so many, the worst first."""
    return [row[0] for row in connection.execute(_DOUBTFUL, (count,))]


def summary_page(
    connection: sqlite3.Connection,
    views: Mapping[int, str],
    outputs: Sequence[str],
    language: Language = "zh",
    listed: int = 50,
) -> str:
    """The page of a finished report.sqlite; `views` are files beside it, by document id."""
    told = _words(language)
    return page(
        told["title"],
        _header(connection, told, language),
        _doubtful(connection, views, told, listed),
        _failed(connection, told, language),
        _panel(connection, told, language),
        _refused(connection, told),
        _files(outputs, told),
        language=language,
    )


def _header(connection: sqlite3.Connection, told: _Words, language: Language) -> Html:
    ask = "SELECT count(*), count(error) FROM documents"
    inputs, errors = connection.execute(ask).fetchone()
    sums = ", ".join(f"coalesce(sum({status}), 0)" for status in Status)
    counts = connection.execute(f"SELECT {sums} FROM documents").fetchone()  # noqa: S608 (ours)
    line = [(told["inputs"], inputs), (told["reports"], inputs - errors), (told["errors"], errors)]
    return el(
        "header",
        el("h1", told["title"]),
        el("p", " · ".join(f"{name} {number:,}" for name, number in line)),
        el("h2", told["fields"]),
        status_counts(dict(zip(Status, counts, strict=True)), language),
        class_="card",
    )


def _doubtful(
    connection: sqlite3.Connection, views: Mapping[int, str], told: _Words, listed: int
) -> Html:
    rows: list[list[Content | int]] = []
    for number, name, agency, year, *counts in connection.execute(_DOUBTFUL, (listed,)):
        shown: Content = name
        if number in views:
            shown = el("a", name, href=quote(views[number]))
        rows.append([shown, agency or "", str(year or ""), *counts])
    head = ["document", "agency", "year", "disputed", "failed", "missing"]
    return _section(told["doubtful"], told["doubtful_note"], _table(head, rows, told))


def _failed(connection: sqlite3.Connection, told: _Words, language: Language) -> Html:
    named = words(language)
    rows = [[_rule(rule, named.rule(rule)), *n] for rule, *n in connection.execute(_FAILED)]
    return _section(told["failed"], None, _table(["rule", "fails", "in_reports"], rows, told))


def _panel(connection: sqlite3.Connection, told: _Words, language: Language) -> Html:
    named = words(language)
    counted = list(connection.execute(_PANEL))
    rows = [[_rule(rule, named.rule(rule)), *n] for rule, *n in counted]
    total = sum(row[2] for row in counted)
    found = [
        _finding(row, named.rule(row[0]), told) for row in connection.execute(_FOUND, (_FINDINGS,))
    ]
    more = told["shown"].format(shown=len(found), total=f"{total:,}", table="panel_checks")
    unsure = told["unsure"].format(n=f"{connection.execute(_UNSURE).fetchone()[0]:,}")
    return _section(
        told["panel"],
        told["panel_note"],
        _table(["rule", "holds", "fails", "not_assessable"], rows, told),
        el("p", unsure, class_="soft"),
        _table(["document", "agency", "finding", "other"], found, told) if found else None,
        el("p", more, class_="soft") if total > len(found) else None,
    )


def _finding(row: Sequence[Any], rule: str, told: _Words) -> list[Content | int]:
    _, at, left, right, message, document, other, agency, year = row
    sides = f"{at}: {left} ≠ {right}" if left is not None else told.message(message)
    return [document, f"{agency or ''} {year or ''}".strip(), [rule, el("br"), sides], other or ""]


def _refused(connection: sqlite3.Connection, told: _Words) -> Html:
    rows: list[list[Content | int]] = [
        [code, count, connection.execute(_NAME, (first,)).fetchone()[0]]
        for code, count, first in connection.execute(_EXAMPLE + " ORDER BY 2 DESC, 1")
    ]
    return _section(told["refused"], None, _table(["code", "count", "example"], rows, told))


def _files(outputs: Iterable[str], told: _Words) -> Html:
    rows = [
        [el("a", name, href=quote(name)), told.holds(name)]
        for name in sorted(outputs)
        if told.holds(name)
    ]
    return _section(told["files"], None, _table(["file", "holding"], rows, told))


def _rule(rule: str, name: str) -> Html:
    return el("span", name, el("span", f" {rule}", class_="soft"))


def _section(title: str, note: str | None, *content: Content) -> Html:
    told = el("p", note, class_="soft") if note else None
    return el("section", el("h2", title), told, *content, class_="card")


def _table(head: Sequence[str], rows: Sequence[Sequence[Content | int]], told: _Words) -> Html:
    return table([told[name] for name in head], rows) if rows else el("p", told["none"])


class _Words:
    """The words of the page in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._table = tomllib.loads((files(__package__) / "summary.toml").read_text("utf-8"))

    def __getitem__(self, name: str) -> str:
        return str(self._table[name][self._language])

    def message(self, message: str) -> str:
        """A message of a panel check; names of agencies are their own."""
        return self[message] if message in self._table else message

    def holds(self, name: str) -> str:
        """What an output holds; nothing for one that needs no word."""
        return str(self._table["holds_of"].get(name, {}).get(self._language, ""))


@cache
def _words(language: Language) -> _Words:
    return _Words(language)
