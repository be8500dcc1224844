"""Report > SQLite, for SQL and Datasette: documents, their fields, their checks.

The file is written once, without a journal: it takes its name only when it is complete.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any, Self

from gkllm.report import Status
from gkllm.write.cells import Told, items
from gkllm.write.columns import columns

_LARGEST = 2**63  # what SQLite holds exactly; a larger number is kept as text

_TABLES = """
CREATE TABLE documents (
  id INTEGER PRIMARY KEY, -- its place among the inputs, from 1
  document TEXT NOT NULL,
  sha256 TEXT,
  media_type TEXT,
  encoding TEXT,
  chars INTEGER,
  edition TEXT,
  agency TEXT,            -- null where it is not certain
  year INTEGER,           -- null where it is not certain
  verified INTEGER, read INTEGER, derived INTEGER, filled INTEGER,
  disputed INTEGER, missing INTEGER, failed_checks INTEGER,
  error TEXT,             -- the code of an input that gave no report
  message TEXT,
  gkllm TEXT
);
CREATE TABLE fields (
  document_id INTEGER NOT NULL REFERENCES documents(id),
  path TEXT NOT NULL,
  value NUMERIC,          -- one row for each item of a list
  status TEXT NOT NULL,
  reason TEXT,
  source TEXT,
  quote TEXT,
  span_start INTEGER,     -- of the quote in the source text, in characters
  span_end INTEGER,
  more TEXT               -- approximate, from, alternatives, spans: as JSON
);
CREATE TABLE checks (
  document_id INTEGER NOT NULL REFERENCES documents(id),
  rule TEXT NOT NULL,
  at TEXT NOT NULL,
  outcome TEXT NOT NULL,
  left_side NUMERIC,
  right_side NUMERIC,
  message TEXT
);
CREATE TABLE columns (name TEXT PRIMARY KEY, zh TEXT, en TEXT, kind TEXT, unit TEXT);
"""

_INDEXES = """
CREATE INDEX documents_by_agency ON documents(agency, year);
CREATE INDEX fields_by_document ON fields(document_id);
CREATE INDEX fields_by_path ON fields(path, status);
CREATE INDEX checks_by_document ON checks(document_id);
CREATE INDEX checks_by_rule ON checks(outcome, rule);
"""

_DOCUMENT = "INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
_FIELD = "INSERT INTO fields VALUES (?,?,?,?,?,?,?,?,?,?)"
_CHECK = "INSERT INTO checks VALUES (?,?,?,?,?,?,?)"
_MORE = ("approximate", "from", "alternatives")
_FLUSH = 20_000  # rows


class Database:
    """The database of a batch. `connection` is there for who has more to say before the end."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=OFF")
        self.connection.execute("PRAGMA synchronous=OFF")
        self.connection.executescript(_TABLES)
        self.connection.execute("BEGIN")
        described = [(c.name, c.zh, c.en, c.kind, c.unit) for c in columns()]
        self.connection.executemany("INSERT INTO columns VALUES (?, ?, ?, ?, ?)", described)
        self._documents = 0
        self._fields: list[tuple[Any, ...]] = []
        self._checks: list[tuple[Any, ...]] = []

    def add(self, line: Told) -> None:
        """One document with its fields and checks."""
        self._documents += 1
        number, data = self._documents, line.data
        source, error = data["source"], line.error or {}
        counts = [line.count(status) if not error else None for status in Status]
        row = (
            number,
            _text(line.document),
            source.get("sha256"),
            source.get("media_type"),
            source.get("encoding"),
            source.get("chars"),
            data.get("edition"),
            _text(line.agency),
            line.year,
            *counts,
            line.failed if not error else None,
            error.get("code"),
            _text(error.get("message")),
            data.get("gkllm"),
        )
        self.connection.execute(_DOCUMENT, row)
        for path, field in line.fields.items():
            self._fields += _fields(number, path, field)
        self._checks += (_check(number, check) for check in data.get("checks", ()))
        if len(self._fields) > _FLUSH:
            self._flush()

    def _flush(self) -> None:
        self.connection.executemany(_FIELD, self._fields)
        self.connection.executemany(_CHECK, self._checks)
        self._fields.clear()
        self._checks.clear()

    def finish(self) -> None:
        """Write what is left, and the indexes."""
        self._flush()
        self.connection.execute("COMMIT")
        self.connection.executescript(_INDEXES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()


def _fields(number: int, path: str, field: dict[str, Any]) -> list[tuple[Any, ...]]:
    span: list[Any] = field.get("span") or []
    whole = len(span) == 2 and not isinstance(span[0], list)
    start, end = span if whole else (None, None)
    more = {key: field[key] for key in _MORE if key in field}
    if span and not whole:
        more["span"] = span
    extra = json.dumps(more, ensure_ascii=True) if more else None
    said = (field["status"], field.get("reason"), field.get("source"))
    return [
        (number, path, _value(value), *said, _text(quote), start, end, extra)
        for value, quote in items(field)
    ]


def _check(number: int, check: dict[str, Any]) -> tuple[Any, ...]:
    return (
        number,
        check["rule"],
        check["at"],
        check["outcome"],
        _value(check.get("left")),
        _value(check.get("right")),
        _text(check.get("message")),
    )


def _value(value: Any) -> Any:
    if isinstance(value, int) and abs(value) >= _LARGEST:
        return str(value)
    return _text(value)


def _text(value: Any) -> Any:
    """Text that SQLite can hold: half of a surrogate pair becomes its escape."""
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("utf-8", "backslashreplace").decode()
