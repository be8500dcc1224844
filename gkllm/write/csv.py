"""Report > CSV: long with one row per value, or wide with one row per report.

Text comes from documents that anyone may have written. A cell of text that a spreadsheet would
run as a formula gets an apostrophe before it; JSON, Parquet and SQLite have it exactly.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self, TextIO

from gkllm.report import Field
from gkllm.write.cells import LONG, Told, about, long_rows, wide_row
from gkllm.write.columns import DICTIONARY, HEAD, columns
from gkllm.write.jsonl import Line, Refusal

COLUMNS = ("document", "path", "value", "status", "reason", "source", "quote")

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(lines: Iterable[Line], out: TextIO) -> None:
    """One row per field; a list has one row per item, a refused input one with status "error"."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in lines:
        writer.writerows(_rows(line))
        out.flush()


def _rows(line: Line) -> Iterator[tuple[object, ...]]:
    document = line.source.path or ""
    if isinstance(line, Refusal):
        yield document, "", "", "error", line.error.code, "", line.error.message
        return
    for path, field in line.fields.items():
        for value, quote in _items(field):
            yield document, path, value, field.status, field.reason, field.source, quote


def _items(field: Field) -> list[tuple[object, str | None]]:
    if not isinstance(field.value, list):
        quote = field.quote if isinstance(field.quote, str) else "".join(field.quote or [])
        return [(field.value, quote)]
    quotes = field.quote if isinstance(field.quote, list) else field.value
    return list(zip(field.value, quotes, strict=False))


class Sheet:
    """A CSV file for spreadsheets: UTF-8 with a byte order mark, line ends as Excel writes them.

    Without a head and a mark it is the rest of such a file.
    """

    head: tuple[str, ...] = ()

    def __init__(self, path: Path, headed: bool = True) -> None:
        encoding = "utf-8-sig" if headed else "utf-8"
        self._file = path.open("w", encoding=encoding, newline="", errors="backslashreplace")
        self._writer = csv.writer(self._file)
        if headed:
            self._writer.writerow(self.head)

    def add(self, line: Told) -> None:
        """The rows of one line."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


class Cells(Sheet):
    """One row per value."""

    head = LONG

    def add(self, line: Told) -> None:
        self._writer.writerows([*map(_harmless, row)] for row in long_rows(line))


class Panel(Sheet):
    """One row per report."""

    head = tuple(column.name for column in columns())

    def __init__(self, path: Path, headed: bool = True) -> None:
        self._names = self.head[len(HEAD) :]
        super().__init__(path, headed)

    def add(self, line: Told) -> None:
        if line.error is None:
            row = (*about(line), *wide_row(line, self._names))
            self._writer.writerow([*map(_harmless, row)])


def write_dictionary(path: Path) -> None:
    """What each column of a panel holds, in Chinese and English, with its kind and its unit."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(DICTIONARY)
        writer.writerows((c.name, c.zh, c.en, c.kind, c.unit) for c in columns())


def _harmless(value: Any) -> Any:
    """A value that no spreadsheet runs; digits with a sign are numbers and stay as they are."""
    if isinstance(value, str) and value.startswith(_FORMULA) and not _digits(value):
        return f"'{value}"
    return value


def _digits(text: str) -> bool:
    return text[:1] in "+-" and text[1:].replace(".", "", 1).isdecimal()
