"""What a batch reads: the words of its command line, the bytes of its inputs."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Sequence
from typing import Protocol

from gkllm.errors import CannotOpen, NoDocuments, NotFound, TooLarge
from gkllm.load import LIMIT, Input


class Stored(Protocol):
    """A document that is not on this machine."""

    @property
    def name(self) -> str:
        """Its name in outputs."""

    def content(self) -> bytes:
        """Its bytes. Raises UnreadableInput."""
        ...


def content(found: Input | Stored) -> bytes:
    """The bytes of an input, at most one more than may be read. Raises UnreadableInput."""
    if not isinstance(found, Input):
        return found.content()
    path = found.path
    if path is None:
        raise NotFound("Standard input is a list of names here, not a document.")
    if found.members or found.refused:
        return found.member()
    try:
        # A pipe or a device would keep this thread waiting for ever.
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise NoDocuments(
                f"{found.name} is a folder without documents to read. "
                "Name a file, or a folder with documents in it."
            )
        if not stat.S_ISREG(kind):
            raise CannotOpen(f"{found.name} is no file but a device or a pipe. Name a file.")
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
    except FileNotFoundError:
        raise NotFound(f"No such file: {found.name}. Check the path.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotOpen(
            f"Cannot read {found.name}: {reason}. Check the file and its permissions."
        ) from error
    if len(data) > LIMIT:
        raise TooLarge(
            f"Larger than {LIMIT >> 20} MB, so this is not one report. Split it into files."
        )
    return data


def words_of(words: Sequence[str], listed: Iterable[str]) -> list[str]:
    """The words of a command line, "-" replaced by the names that `listed` gives, one a line."""
    found: list[str] = []
    for word in words:
        found += (line.rstrip("\r\n") for line in listed if line.strip()) if word == "-" else [word]
    return found
