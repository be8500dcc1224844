"""Compound files (OLE): old Word and WPS documents, old spreadsheets, locked new ones."""

from __future__ import annotations

import io
from typing import Any

import olefile  # type: ignore[import-untyped]  # it has no types of its own

from gkllm.document import Document
from gkllm.errors import Encrypted, ForOffice, Truncated, UnsupportedFormat
from gkllm.load import doc

_LARGEST_STREAM = 100 << 20


def read(data: bytes) -> Document:
    """Read what a compound file holds.

    Raises Encrypted, Truncated, ForOffice or UnsupportedFormat.
    """
    try:
        opened = olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_FATAL)
    except (OSError, ValueError, IndexError, TypeError):
        raise Truncated(
            "This is an old Word, WPS or Excel file whose structure is damaged. Fetch it anew."
        ) from None
    names = {entry[0].lower(): entry[0] for entry in opened.listdir() if len(entry) == 1}
    if "encryptedpackage" in names:
        raise Encrypted("It needs a password. Open it in its program and save it without one.")
    if "worddocument" in names:
        wanted = {n: _stream(opened, names.get(n.lower())) for n in ("0Table", "1Table", "Data")}
        return doc.read(_stream(opened, names["worddocument"]), wanted)
    if "workbook" in names or "book" in names:
        from gkllm.load import sheet  # its library is needed for sheets only

        return sheet.read_old(data)
    if "mn0" in names or _stream(opened, names.get("contents")).startswith(b"CHNKWKS"):
        raise ForOffice("works")
    raise UnsupportedFormat(
        "This is a compound file without a Word document in it (PowerPoint, a mail …). "
        "Save it as .docx."
    )


def _stream(opened: Any, name: str | None) -> bytes:
    if name is None:
        return b""
    if opened.get_size(name) > _LARGEST_STREAM:
        raise Truncated("Its directory is damaged. Fetch it anew.")
    try:
        found: bytes = opened.openstream(name).read()
    except (OSError, ValueError, IndexError) as error:
        raise Truncated(f"A part of it is lost ({error}). Fetch it anew.") from None
    return found
