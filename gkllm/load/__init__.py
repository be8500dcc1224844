"""Path, bytes or text > Document; and the inputs that a command line names.

What a file holds decides, not its name (`formats`). Text is read here; every other format has
its own file, whose `read(bytes) -> Document` runs in a child process with limits (`child`).
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from gkllm.document import Document
from gkllm.errors import (
    CannotOpen,
    EmptyInput,
    ForOffice,
    NoDocuments,
    NotFound,
    NotText,
    TooLarge,
    UnsupportedFormat,
)
from gkllm.load import archive, office
from gkllm.load.child import document as read_in_child
from gkllm.load.formats import ARCHIVE, FORMATS, TEXT, detect, text_format
from gkllm.load.text import decode, noise, scalar
from gkllm.worker import inside

__all__ = ["LIMIT", "Input", "inputs", "is_document", "load", "standing_for"]

LIMIT = 50 * 1024 * 1024  # bytes; a report of one agency has some 20 KB of text

# What a folder is searched for; labels, pictures and logs are not. What is in the list and
# cannot be read gets its error line, and is not passed over in silence.
DOCUMENTS = frozenset(
    {"", ".txt", ".text", ".md", ".markdown", ".html", ".htm", ".mht", ".mhtml", ".shtml"}
    | {".pdf", ".doc", ".docx", ".wps", ".rtf", ".odt", ".ods", ".fodt", ".uot", ".uof", ".ofd"}
    | {".xls", ".xlsx", ".et", ".csv"}
    | {".zip", ".rar", ".7z", ".gz"}
)

# What `gkllm view` writes beside documents is no document.
_PAGES = (".view", ".view.html")

# A short str without a line break is a mistyped path if it looks like one.
_PATH_LIKE = re.compile(
    r"(?:[~.]{0,2}[/\\]|[A-Za-z]:[/\\]).*|[^\s，。；：、|]+[/\\][^\s，。；：、|]+|.*\.[A-Za-z]\w{0,4}"
)
_PATH_LENGTH = 260

_TOO_NOISY = 0.1


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to read: its name in outputs, and where it is (None: standard input).

    `members` are the numbers of the archive members that lead to it. `refused` is a reason
    not to read it at all.
    """

    name: str
    path: Path | None
    members: tuple[int, ...] = ()
    refused: str = ""

    def load(self) -> Document:
        """Read it. Raises UnreadableInput."""
        if self.refused:
            raise CannotOpen(self.refused)
        if self.path is None:
            return _document(sys.stdin.buffer.read(LIMIT + 1), self.name)
        if self.members:
            return _document(self.member(), self.name)
        return load(self.path)

    def member(self) -> bytes:
        """The bytes of a document in an archive. Raises UnreadableInput."""
        if self.refused or self.path is None:
            raise CannotOpen(self.refused or "Standard input is no archive. Name a file.")
        return archive.content(self.path, self.members, LIMIT)


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
    return _checked(_written(Document(text, None, _sha256(text.encode()), encoding="utf-8")))


def inputs(paths: Sequence[str]) -> Iterator[Input]:
    """The inputs that the words of a command line name, in order.

    A file is itself, "-" is standard input, a folder stands for the documents in it and below
    (sorted, hidden ones left out), a zip archive for the documents in it (a.zip!b.txt; archives
    inside it too, once), a pattern with * ? or [ for what it matches. A word that names nothing
    is an input too: reading it raises the error that says so.
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
                yield from _folder(name) if os.path.isdir(name) else _inputs(name)
        else:
            yield from _inputs(word)


def _inputs(path: str) -> Iterator[Input]:
    """A file, or the documents of an archive."""
    whole = Input(_printable(path), Path(path))
    found = False
    for name, members in archive.documents(whole.path, DOCUMENTS) if whole.path else ():
        found = True
        yield Input(f"{whole.name}!{name}", whole.path, members)
    if not found:
        yield whole


def is_document(name: str) -> bool:
    """Whether a file of this name in a folder is taken for a document."""
    ours = name.startswith(".") or name.endswith(_PAGES)
    return not ours and os.path.splitext(name)[1].lower() in DOCUMENTS


def _folder(folder: str) -> Iterator[Input]:
    found = False
    root = os.path.realpath(folder)
    for here, below, files in os.walk(folder):
        below[:] = sorted(n for n in below if not n.startswith(".") and not n.endswith(_PAGES))
        for name in sorted(files):
            if is_document(name):
                found = True
                path = os.path.join(here, name)
                refused = _refused(path, root)
                if refused:
                    yield Input(_printable(path), Path(path), refused=refused)
                else:
                    yield from _inputs(path)
    if not found:
        yield Input(_printable(folder), Path(folder))


def _refused(path: str, root: str) -> str:
    """Why a name in a folder is not to be opened; a pipe, say, would never end."""
    try:
        if os.path.islink(path):
            real = os.path.realpath(path)
            if os.path.commonpath((real, root)) != root:
                return "It is a link that leads out of its folder. Name what it leads to."
        if not stat.S_ISREG(os.stat(path).st_mode):
            return "It is no file (a pipe, a socket or a device). Leave it out."
    except (OSError, ValueError):
        return ""
    return ""


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
    try:
        return _detected(data, name)
    except ForOffice as asked:
        if inside():
            raise
        made, told = office.opened(data, str(asked))
        return standing_for(_detected(made, name), told)


def standing_for(document: Document, told: Mapping[str, str]) -> Document:
    """A document that was read from what LibreOffice made of a file, as the document of that file.

    `told` is what `office.opened` says of the file.
    """
    notes = (office.NOTE, *document.notes)
    return replace(document, sha256=told["sha256"], media_type=told["media_type"], notes=notes)


def _detected(data: bytes, name: str | None) -> Document:
    kind = detect(data)
    if kind == ARCHIVE:
        return _only_one(data, name)
    if kind == TEXT:
        return _text(data, name)
    read = read_in_child(data, FORMATS[kind])
    _refuse_noise(read.text)
    return _checked(replace(read, path=name, sha256=_sha256(data)))


def _refuse_noise(text: str) -> None:
    if noise(text) > _TOO_NOISY:
        raise NotText(
            "These bytes are no text in any known encoding. Convert the file to UTF-8 text."
        )


def _text(data: bytes, name: str | None) -> Document:
    """Text, or what is written in characters: a page, a table of values apart by commas."""
    text, encoding = decode(data)
    _refuse_noise(text)
    document = _written(Document(text, name, _sha256(data), encoding=encoding))
    return _checked(document)


def _written(document: Document) -> Document:
    form = text_format(document.text)
    if form is None or not document.text.strip():
        return document
    read = read_in_child(document.text.encode(), form)
    return replace(read, path=document.path, sha256=document.sha256, encoding=document.encoding)


def _only_one(data: bytes, name: str | None) -> Document:
    """The document of an archive that holds one; many are many inputs."""
    found = list(archive.documents(data, DOCUMENTS))
    if len(found) != 1:
        raise UnsupportedFormat(
            f"This is an archive with {len(found)} documents in it, which are as many inputs. "
            "Name its file to `gkllm extract`, or go through gkllm.load.inputs([path])."
        )
    return _document(archive.content(data, found[0][1], LIMIT), name)


def _checked(document: Document) -> Document:
    """The document, if it holds text at all."""
    if not document.text.strip("\0 \t\r\n\f\v\u3000\ufeff"):
        raise EmptyInput(
            "There is no text in it. If it came from a scan, recognise its text first."
        )
    return document


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _printable(path: str) -> str:
    """A file name as text: names that are not UTF-8 keep what can be read of them."""
    return os.fsencode(path).decode("utf-8", "replace")
