"""A file that appears under its name only when it is complete, and is on the disk by then."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def whole_path(target: Path) -> Iterator[Path]:
    """A path to write to; what stands there takes the name of the target when the block ends.

    An error or an interruption leaves the target as it was. A device or a pipe is itself.
    Raises OSError.
    """
    target = Path(os.path.realpath(target))
    if target.exists() and not target.is_file():
        yield target
        return
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
        _to_disk(part)
        part.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    _folder_to_disk(target.parent)


@contextmanager
def whole_file(target: Path, encoding: str = "utf-8") -> Iterator[TextIO]:
    """A text file to write, with \\n as line end on every system. Raises OSError."""
    with whole_path(target) as part, part.open("w", encoding=encoding, newline="\n") as stream:
        yield stream


def _to_disk(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _folder_to_disk(folder: Path) -> None:
    """So that the new name outlasts a loss of power; not every system lets a folder be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
