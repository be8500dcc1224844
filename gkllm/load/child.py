"""Bytes of a format > Document, in a child process with limits, and the way back.

`read` runs in the child (`gkllm.worker`) and answers in JSON; `document` makes it a Document.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from typing import Any

from gkllm.document import Document, Table, TableCell
from gkllm.errors import Crashed, GkllmError, OfPictures
from gkllm.load.formats import FORMATS, Format
from gkllm.load.text import scalar
from gkllm.worker import inside, room, shared

_TASK = f"{__name__}:read"


def document(data: bytes, form: Format) -> Document:
    """Read bytes of a format, in the child of its limits.

    Where this process is such a child itself (a batch), its limits hold and it reads alone.
    Raises OfPictures where they are too narrow for the format.
    """
    try:
        return _document(data, form)
    except OfPictures:
        return _document(data, FORMATS["scan"])


def _document(data: bytes, form: Format) -> Document:
    if inside():
        if room() < form.limits.memory:
            raise OfPictures("To recognise pictures takes more memory than this process has.")
        return _alone(data, form)
    answer = json.loads(shared(form.limits).run(_TASK, data, reader=form.reader))
    return Document(
        answer["text"],
        media_type=answer["media_type"],
        encoding=answer["encoding"],
        notes=tuple(answer["notes"]),
        doubts=tuple((start, end, sure) for start, end, sure in answer["doubts"]),
        tables=tuple(
            Table(tuple(tuple(TableCell(*cell) for cell in row) for row in rows))
            for rows in answer["tables"]
        ),
    )


def read(data: bytes, *, reader: str) -> bytes:
    """What a reader makes of bytes, as JSON: the task of the child."""
    made = _reader(reader)(data)
    answer = {
        "text": scalar(made.text),
        "media_type": made.media_type,
        "encoding": made.encoding,
        "notes": made.notes,
        "doubts": made.doubts,
        "tables": [[[_cell(cell) for cell in row] for row in table.rows] for table in made.tables],
    }
    return json.dumps(answer, ensure_ascii=False).encode()


def _cell(cell: TableCell) -> list[float]:
    found: list[float] = [cell.start, cell.end, cell.column]
    if cell.colspan == cell.rowspan == cell.confidence == 1:
        return found  # most cells cover one place and were not recognised from a picture
    return [*found, cell.colspan, cell.rowspan, cell.confidence]


def _reader(name: str) -> Callable[[bytes], Document]:
    module, _, function = name.partition(":")
    found: Any = getattr(importlib.import_module(f"gkllm.load.{module}"), function)
    return found  # type: ignore[no-any-return]  # readers are named in FORMATS


def _alone(data: bytes, form: Format) -> Document:
    try:
        return _reader(form.reader)(data)
    except (GkllmError, MemoryError):
        raise
    except Exception as error:  # a fault of a library costs this input only
        kind = f"{type(error).__name__}: {error}"[:300]
        raise Crashed(
            f"Its reader failed ({kind}). Save it as text, and please report it."
        ) from error
