"""Ledger > the files that a researcher opens.

They are written side by side in a folder of their own, by as many processes as the batch has
workers, and take their names together when all are complete and on the disk. Which results
they were made of is noted in the ledger, so a run that changes nothing writes nothing.

A database and a Parquet file are one process's work each. Text is cut into as many pieces as
there are processes, which are put together at the end, so that none of them waits for long.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import uuid
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gkllm.batch import identity
from gkllm.batch.ledger import Ledger, writing
from gkllm.batch.processes import shared_out, workers
from gkllm.batch.sources import content
from gkllm.errors import BatchStopped, CannotWrite, DamagedLedger, UnreadableInput
from gkllm.load import Input
from gkllm.worker import Limits, Worker
from gkllm.write import has_parquet
from gkllm.write.whole import to_disk

if TYPE_CHECKING:
    from gkllm.batch.run import Outcome
    from gkllm.write.words import Language

# What one process makes in one reading of the ledger; about the same work each.
_DATABASE = ("report.sqlite", "errors.jsonl", "columns.csv")
_TEXT = ("reports.jsonl", "cells.csv", "panel.csv")
_PARQUET = ("cells.parquet", "panel.parquet")
_PARTS = ".writing-"
_NOTE = "outputs"
_FEW = 256  # results that are written sooner than a process starts
_BUFFER = 1 << 20  # bytes that are copied at a time
_TASK, _VIEW = "gkllm.batch.outputs:task", "gkllm.batch.outputs:view"
VIEWS = "views"  # the folder of the pages
_FOR_EVER = 1e7  # seconds; what is written is ours and as long as the batch
_LIMITS = Limits(memory=1 << 40, cpu=_FOR_EVER, wall=_FOR_EVER, sealed=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """How outputs are made: pages of so many doubtful reports, their language.

    `readers` read documents again for their pages; as many processes write.
    """

    readers: Sequence[Worker]
    views: int
    language: Language


def render(
    ledger: Ledger,
    ids: array[int],
    found: Iterable[Input],
    out: Path,
    shown: Shown,
    outcome: Outcome,
) -> None:
    """Write the outputs of these results, in this order, unless they are there.

    `found` are the inputs in the same order. Raises CannotWrite, DamagedLedger.
    """
    groups = (_DATABASE, _TEXT, *([_PARQUET] if has_parquet() else []))
    outcome.outputs = ["summary.html", *(name for group in groups for name in group)]
    if _PARQUET not in groups:
        names = " and ".join(_PARQUET)
        outcome.left_out.append(
            f'{names} were left out: pyarrow is not installed (pip install "gkllm[parquet]")'
        )
    how = [ids.tobytes(), identity.writing().encode(), f"{shown.views} {shown.language}".encode()]
    made_of = hashlib.sha256(b"\0".join(how)).hexdigest()
    noted = json.loads(ledger.noted(_NOTE) or "{}")
    if noted.get("of") == made_of and noted["files"] == _stamps(out, noted["files"]):
        return
    with writing(out), _parts(out) as parts:
        _make(ids, out, parts, groups, len(shown.readers))
        views = _views(ledger, ids, found, parts, shown)
        _summary(parts, views, outcome.outputs, shown.language)
        written = [*outcome.outputs, *views.values()]
        _take_names(parts, out, written)
    outcome.rendered = True
    ledger.note(_NOTE, json.dumps({"of": made_of, "files": _stamps(out, written)}))


def _views(
    ledger: Ledger, ids: array[int], found: Iterable[Input], parts: Path, shown: Shown
) -> dict[int, str]:
    """Pages of the most doubtful reports, by the number of their inputs.

    An input that has changed or gone meanwhile gets none.
    """
    from gkllm.write.summary import doubtful

    with contextlib.closing(sqlite3.connect(parts / "report.sqlite")) as database:
        wanted = set(doubtful(database, shown.views))
    (parts / VIEWS).mkdir()
    texts: list[tuple[int, Input]] = []
    for number, each in enumerate(found, 1):
        if len(texts) == len(wanted) or number > len(ids):
            break
        if number in wanted:
            texts.append((number, each))

    def page(worker: Worker, text: tuple[int, Input]) -> tuple[int, str] | None:
        number, each = text
        [line] = ledger.lines(ids[number - 1 : number])
        made = _page(worker, each, line.line, shown.language)
        if not made:
            return None
        name = f"{VIEWS}/{number:06}.html"
        (parts / name).write_bytes(made)
        return number, name

    return dict(filter(None, shared_out(texts, page, shown.readers)))


def _page(worker: Worker, found: Input, line: bytes, language: Language) -> bytes:
    with contextlib.suppress(UnreadableInput):
        data = content(found)
        if hashlib.sha256(data).hexdigest() == json.loads(line)["source"]["sha256"]:
            page: bytes = worker.run(_VIEW, line + b"\0" + data, language=language)
            return page
    return b""


def _summary(
    parts: Path, views: dict[int, str], outputs: Sequence[str], language: Language
) -> None:
    from gkllm.write.summary import summary_page

    with contextlib.closing(sqlite3.connect(parts / "report.sqlite")) as database:
        text = summary_page(database, views, outputs, language)
    (parts / "summary.html").write_text(text, "utf-8", newline="\n")


def _take_names(parts: Path, out: Path, written: Sequence[str]) -> None:
    """Put what was written in its place, when all of it is on the disk."""
    for name in written:
        to_disk(parts / name)
    (out / VIEWS).mkdir(exist_ok=True)
    for name in written:
        (parts / name).replace(out / name)
    for page in (out / VIEWS).glob("*.html"):
        if f"{VIEWS}/{page.name}" not in written:
            page.unlink()
    to_disk(out)


@contextlib.contextmanager
def _parts(out: Path) -> Iterator[Path]:
    """A new folder to write in. Those that a killed batch left behind are taken away."""
    for left in out.glob(f"{_PARTS}*"):
        shutil.rmtree(left, ignore_errors=True)
    # A name of its own: what a killed batch has still open must not be written to.
    parts = out / f"{_PARTS}{uuid.uuid4().hex}"
    parts.mkdir()
    try:
        yield parts
    finally:
        shutil.rmtree(parts, ignore_errors=True)


def _make(
    ids: array[int], out: Path, parts: Path, groups: Sequence[tuple[str, ...]], processes: int
) -> None:
    """All groups: few results here and now, many in processes. Raises BatchStopped."""
    where = {"out": str(out), "parts": str(parts)}
    if len(ids) <= _FEW:
        from gkllm.batch.outputs import task  # a run with nothing to write shall not wait for it

        names = [name for group in groups for name in group]
        _told(task(ids.tobytes(), names=names, owner=os.getppid(), **where))
        return

    def one(worker: Worker, piece: _Piece) -> None:
        options = {"names": list(piece.names), "owner": os.getpid(), "mark": piece.mark}
        try:
            _told(worker.run(_TASK, piece.ids.tobytes(), **options, **where))
        except UnreadableInput as error:
            told = f"{', '.join(piece.names)} could not be written: {error}"
            raise BatchStopped(told) from error

    pieces = _pieces(ids, groups, processes)
    with workers(min(processes, len(pieces)), _LIMITS) as running:
        shared_out(pieces, one, running)
    for piece in pieces:
        if piece.mark:
            for name in piece.names:
                _append(parts / name, parts / f"{name}{piece.mark}")


def _told(answer: dict[str, str] | None) -> None:
    """Raise what a process says went wrong."""
    if answer is not None:
        kinds = {kind.code: kind for kind in (CannotWrite, DamagedLedger)}
        raise kinds.get(answer["code"], BatchStopped)(answer["message"])


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some outputs of some results; `mark` ends the names of what is appended to a first piece."""

    names: tuple[str, ...]
    ids: array[int]
    mark: str = ""


def _pieces(ids: array[int], groups: Sequence[tuple[str, ...]], processes: int) -> list[_Piece]:
    """The work of writing, the longest first; pieces of one text in its order."""
    whole = [_Piece(group, ids) for group in groups if group != _TEXT]
    size = -(-len(ids) // processes)
    cuts = range(0, len(ids), size)
    return whole + [_Piece(_TEXT, ids[at : at + size], f".{at}" if at else "") for at in cuts]


def _append(file: Path, piece: Path) -> None:
    """Move what a piece holds to the end of a file."""
    with file.open("ab") as to, piece.open("rb") as what:
        shutil.copyfileobj(what, to, _BUFFER)
    piece.unlink()


def _stamps(out: Path, names: Iterable[str]) -> dict[str, list[int]]:
    """What tells whether a file is still the one that was written."""
    found: dict[str, list[int]] = {}
    for name in names:
        try:
            stat = (out / name).stat()
        except OSError:
            found[name] = []
        else:
            found[name] = [stat.st_size, stat.st_mtime_ns]
    return found
