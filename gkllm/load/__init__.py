"""Path, bytes or text > Document; and the inputs that a command line names.

Text files are read; what a file holds decides, not its name. One file per format: `text`.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gkllm.document import Document
from gkllm.errors import (
    CannotOpen,
    EmptyInput,
    NoDocuments,
    NotFound,
    NotText,
    TooLarge,
    UnsupportedFormat,
)
from gkllm.load.text import decode, noise, scalar

__all__ = ["LIMIT", "Input", "inputs", "load"]

LIMIT = 50 * 1024 * 1024  # bytes; a report of one agency has some 20 KB of text

# What a folder is searched for. Formats that are not read yet are in the list, so that such
# a file gets its error line and is not passed over in silence; labels, pictures and logs are not.
_DOCUMENTS = frozenset(
    {"", ".txt", ".text", ".md", ".markdown", ".html", ".htm", ".mht"}
    | {".pdf", ".doc", ".docx", ".wps", ".rtf", ".odt", ".xls", ".xlsx"}
)

# What `gkllm view` writes beside documents is no document.
_PAGES = (".view", ".view.html")

_MAGIC = (
    (b"%PDF-", "PDF", "pdftotext -layout FILE.pdf FILE.txt"),
    (b"PK\x03\x04", "a zip container (docx, xlsx, odt …)", "save it as plain text"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Word or WPS document", "save it as plain text"),
    (b"{\\rtf", "RTF", "save it as plain text"),
    (b"\x89PNG", "a picture", "recognise its text first"),
    (b"\xff\xd8\xff", "a picture", "recognise its text first"),
    (b"GIF8", "a picture", "recognise its text first"),
    (b"\x1f\x8b", "a gzip archive", "unpack it"),
    (b"Rar!", "a rar archive", "unpack it"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it"),
)
_HTML = re.compile(
    r"\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype|html|head|body|meta)\b", re.I | re.S
)

# A short str without a line break is a mistyped path if it looks like one.
_PATH_LIKE = re.compile(
    r"(?:[~.]{0,2}[/\\]|[A-Za-z]:[/\\]).*|[^\s，。；：、|]+[/\\][^\s，。；：、|]+|.*\.[A-Za-z]\w{0,4}"
)
_PATH_LENGTH = 260

_TOO_NOISY = 0.1


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to read: its name in outputs, and where it is (None: standard input)."""

    name: str
    path: Path | None

    def load(self) -> Document:
        """Read it. Raises UnreadableInput."""
        if self.path is None:
            return _document(sys.stdin.buffer.read(LIMIT + 1), self.name)
        return load(self.path)


def load(source: str | Path | bytes) -> Document:
    """Read a file, the bytes of one, or a text.

    A str is a path if a file of that name exists; a short one that only looks like a path raises
    NotFound; any other is the text itself. Raises subclasses of UnreadableInput.

    >>> load("规章\\t0").text, load("规章".encode("gb18030")).encoding
    ('规章\\t0', 'gb18030')
    """
    if isinstance(source, bytes):
        return _document(source, None)
    if isinstance(source, Path) or os.path.lexists(source):
        return _file(Path(source))
    if _looks_like_a_path(source):
        raise NotFound(f"No such file: {source}. Check the path; if it is a text, pass its bytes.")
    text = scalar(source).removeprefix("\ufeff")
    return _checked(Document(text, None, _sha256(text.encode()), encoding="utf-8"))


def inputs(paths: Sequence[str]) -> Iterator[Input]:
    """The inputs that the words of a command line name, in order.

    A file is itself, "-" is standard input, a folder stands for the documents in it and below
    (sorted, hidden ones left out), a pattern with * ? or [ for what it matches. A word that
    names nothing is an input too: reading it raises the error that says so.
    """
    for word in paths:
        if word == "-":
            yield Input("-", None)
        elif os.path.isdir(word):
            yield from _folder(word)
        elif (
            not os.path.lexists(word)
            and glob.has_magic(word)
            and (found := sorted(glob.glob(word, recursive=True)))
        ):
            for name in found:
                yield from _folder(name) if os.path.isdir(name) else [_input(name)]
        else:
            yield _input(word)


def _input(path: str) -> Input:
    return Input(_printable(path), Path(path))


def _folder(folder: str) -> Iterator[Input]:
    found = False
    for here, below, files in os.walk(folder):
        below[:] = sorted(n for n in below if not n.startswith(".") and not n.endswith(_PAGES))
        for name in sorted(files):
            if name.startswith(".") or name.endswith(_PAGES):
                continue
            if os.path.splitext(name)[1].lower() in _DOCUMENTS:
                found = True
                yield _input(os.path.join(here, name))
    if not found:
        yield _input(folder)


def _looks_like_a_path(source: str) -> bool:
    return len(source) <= _PATH_LENGTH and _PATH_LIKE.fullmatch(source) is not None


def _file(path: Path) -> Document:
    name = _printable(str(path))
    try:
        with path.open("rb") as file:
            return _document(_bytes(file), name)
    except FileNotFoundError:
        raise NotFound(f"No such file: {name}. Check the path.") from None
    except IsADirectoryError:
        raise NoDocuments(
            f"{name} is a folder without documents to read. "
            "Name a file, or a folder with text files in it."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotOpen(
            f"Cannot read {name}: {reason}. Check the file and its permissions."
        ) from error


def _bytes(file: BinaryIO) -> bytes:
    """What a file holds, up to a byte more than is allowed."""
    # Read as far as the limit at once, each small file would have a buffer of that size made.
    size = min(os.fstat(file.fileno()).st_size, LIMIT)
    data = file.read(size + 1)
    if len(data) > size:  # a pipe or a device, which have no size, or a file that grows
        data += file.read(LIMIT - size)
    return data


def _document(data: bytes, name: str | None) -> Document:
    if len(data) > LIMIT:
        raise TooLarge(
            f"Larger than {LIMIT >> 20} MB, so this is not one report. Split it into files."
        )
    _refuse_binary(data)
    text, encoding = decode(data)
    if noise(text) > _TOO_NOISY:
        raise NotText(
            "These bytes are no text in any known encoding. Convert the file to UTF-8 text."
        )
    return _checked(Document(text, name, _sha256(data), encoding=encoding))


def _refuse_binary(data: bytes) -> None:
    for magic, kind, remedy in _MAGIC:
        if data.startswith(magic):
            raise UnsupportedFormat(
                f"This is {kind}, which this version does not read. "
                f"Convert it to text first ({remedy})."
            )


def _checked(document: Document) -> Document:
    """The document, if it holds text at all."""
    if not document.text.strip("\0 \t\r\n\f\v\u3000\ufeff"):
        raise EmptyInput(
            "There is no text in it. If it came from a scan, recognise its text first."
        )
    if _HTML.match(document.text):
        raise UnsupportedFormat(
            "This is HTML, which this version does not read. Save the page as text first, "
            "in a way that keeps one table row per line or one cell per line."
        )
    return document


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _printable(path: str) -> str:
    """A file name as text: names that are not UTF-8 keep what can be read of them."""
    return os.fsencode(path).decode("utf-8", "replace")
