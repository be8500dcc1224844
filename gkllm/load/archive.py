"""Archives of reports: the documents in a zip file, and in zip files inside it, once.

A document in an archive is named by the numbers of the members that lead to it, since names
may come twice.
"""

from __future__ import annotations

import io
import os
import posixpath
from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path
from zipfile import ZipFile

from gkllm.errors import CannotOpen, UnreadableInput, UnsupportedFormat
from gkllm.load.formats import is_archive
from gkllm.load.packed import container, is_link, member, name_of

Members = tuple[int, ...]
_ZIP = b"PK"
_LARGEST_INNER = 200 << 20  # bytes of an archive inside an archive
_OPEN = 2  # archives kept open, since their documents are read one after the other


def documents(source: Path | bytes, endings: Collection[str]) -> Iterator[tuple[str, Members]]:
    """The names and numbers of the documents in an archive; nothing where it is none.

    `endings` are those that documents have. What an archive inside cannot give is one name
    whose content raises the reason.
    """
    try:
        opened = _archive(source)
    except (UnreadableInput, OSError, ValueError):
        return
    if opened is None:
        return
    for name, number in _names(opened, endings):
        if name.lower().endswith(".zip"):
            yield from _inner(source, name, number, endings)
        else:
            yield name, (number,)


def _inner(
    source: Path | bytes, name: str, number: int, endings: Collection[str]
) -> Iterator[tuple[str, Members]]:
    try:
        names = list(_names(_inside(source, number), endings))
    except UnreadableInput:
        names = []
    for inner, at in names:
        yield f"{name}!{inner}", (number, at)
    if not names:
        yield name, (number,)


def content(source: Path | bytes, members: Members, most: int) -> bytes:
    """The bytes of a document in an archive, at most `most`.

    Raises UnreadableInput.
    """
    try:
        opened = _archive(source)
    except OSError as error:
        raise CannotOpen(f"Cannot read {source!s}: {error.strerror}.") from error
    if opened is None:
        raise UnsupportedFormat("This is no archive any more. Name it again.")
    if len(members) > 1:
        opened = _inside(source, members[0])
    info = opened.infolist()[members[-1]]
    if is_link(info):
        raise CannotOpen("It is a link inside an archive. Pack what it leads to.")
    data = member(opened, info, most)
    if len(members) > 1 and is_archive(data):
        raise UnsupportedFormat(
            "It is an archive in an archive in an archive. Unpack the outer one first."
        )
    return data


def _names(opened: ZipFile, endings: Collection[str]) -> Iterator[tuple[str, int]]:
    for number, info in enumerate(opened.infolist()):
        name = name_of(info)
        base = posixpath.basename(name)
        if info.is_dir() or base.startswith(".") or name.startswith("__MACOSX/"):
            continue
        if os.path.splitext(base)[1].lower() in endings:
            yield name, number


def _archive(source: Path | bytes) -> ZipFile | None:
    """The archive that a file or some bytes are; None where they are a document or no zip."""
    if isinstance(source, bytes):
        return container(io.BytesIO(source)) if is_archive(source) else None
    with source.open("rb") as stream:
        if stream.read(2) != _ZIP:
            return None
    status = source.stat()
    return _kept(source, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=_OPEN)
def _kept(path: Path, changed: int, size: int) -> ZipFile | None:
    opened = container(path)
    if is_archive(opened):
        return opened
    opened.close()
    return None


@lru_cache(maxsize=1)
def _inside(source: Path | bytes, number: int) -> ZipFile:
    """The archive that a member of an archive is."""
    opened = _archive(source)
    if opened is None:
        raise UnsupportedFormat("This is no archive any more. Name it again.")
    packed = member(opened, opened.infolist()[number], _LARGEST_INNER)
    return container(io.BytesIO(packed))
