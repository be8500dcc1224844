"""Report > CSV, long form: one row per value, with its status and its quote."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import TextIO

from gkllm.report import Field
from gkllm.write.jsonl import Line, Refusal

COLUMNS = ("document", "path", "value", "status", "reason", "source", "quote")


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
