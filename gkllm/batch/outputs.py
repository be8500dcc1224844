"""Tasks of the processes that write: lines of the ledger to files, a report to its page."""

from __future__ import annotations

import os
import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

from gkllm.batch.ledger import Ledger, Line, cannot_write, writing
from gkllm.batch.panel import check_panel, named_in
from gkllm.errors import BatchStopped, CannotWrite
from gkllm.write.cells import Told, told
from gkllm.write.words import Language

_LOOKED = 64  # lines between two looks at whether the batch still runs


class Sink(Protocol):
    """A file that takes lines."""

    def add(self, line: Told) -> None:
        """The next line."""


def task(
    data: bytes, out: str, parts: str, names: list[str], owner: int, mark: str = ""
) -> dict[str, str] | None:
    """Make some outputs of the results with these ids; None, or why they cannot be made.

    `mark` ends the names of pieces that are appended to a first piece; those have no head.
    """
    ids = array("q")
    ids.frombytes(data)
    try:
        with writing(Path(out)), Ledger(Path(out)) as ledger:
            _write(_watched(ledger.lines(ids), owner), Path(parts), names, mark)
    except BatchStopped as error:
        return {"code": error.code, "message": str(error)}
    except sqlite3.OperationalError as error:  # of report.sqlite; the ledger has its own words
        return {"code": CannotWrite.code, "message": str(cannot_write(Path(out), str(error)))}
    return None


def _watched(lines: Iterator[Line], owner: int) -> Iterator[Line]:
    """The lines, as long as the batch runs that wants them."""
    for number, line in enumerate(lines):
        if not number % _LOOKED and os.name == "posix" and os.getppid() != owner:
            raise BatchStopped("The batch has ended.")
        yield line


def _write(lines: Iterator[Line], parts: Path, names: Sequence[str], mark: str = "") -> None:
    named: list[tuple[int, str]] = []
    with ExitStack() as stack:
        sinks: dict[str, Sink] = {}
        raw = {
            name: stack.enter_context((parts / f"{name}{mark}").open("wb"))
            for name in names
            if name.endswith(".jsonl")
        }
        for name in names:
            sink = _sink(name, parts / f"{name}{mark}", headed=not mark)
            if sink is not None:
                sinks[name] = stack.enter_context(sink)
        for number, line in enumerate(lines, 1):
            if "reports.jsonl" in raw:
                raw["reports.jsonl"].write(line.line + b"\n")
            if "errors.jsonl" in raw and line.error is not None:
                raw["errors.jsonl"].write(line.line + b"\n")
            if others := named_in(line.aside):
                named.append((number, others))
            said = told(line.line)
            for sink in sinks.values():
                sink.add(said)
        database: Any = sinks.get("report.sqlite")
        if database is not None:
            database.finish()
            check_panel(database.connection, named)


def _sink(name: str, path: Path, *, headed: bool) -> Any:
    """What writes a file of this name, where it takes lines as data."""
    if name == "columns.csv":
        from gkllm.write.csv import write_dictionary

        write_dictionary(path)
        return None
    if name.endswith(".csv"):
        from gkllm.write import csv

        return csv.Cells(path, headed) if name == "cells.csv" else csv.Panel(path, headed)
    if name.endswith(".parquet"):
        from gkllm.write import parquet

        return parquet.Cells(path) if name == "cells.parquet" else parquet.Panel(path)
    if name.endswith(".sqlite"):
        from gkllm.write.sqlite import Database

        return Database(path)
    return None


def view(data: bytes, language: Language) -> bytes:
    """The page of a report: `data` is its line, a zero byte, and the bytes of the document.

    Nothing, where the text is no longer the one that the line speaks of.
    """
    from gkllm.load import load
    from gkllm.report import Report
    from gkllm.write.html import misquoted, report_page
    from gkllm.write.jsonl import parse

    line, _, document = data.partition(b"\0")
    [report] = parse(line.decode())
    text = load(document).text
    if not isinstance(report, Report) or misquoted(report, text):
        return b""
    return report_page(report, text, language).encode("utf-8", "backslashreplace")
