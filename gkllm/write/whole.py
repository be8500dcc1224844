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
        to_disk(part)
        part.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    to_disk(target.parent)


@contextmanager
def whole_file(target: Path, encoding: str = "utf-8") -> Iterator[TextIO]:
    """A text file to write, with \\n as line end on every system. Raises OSError."""
    with whole_path(target) as part, part.open("w", encoding=encoding, newline="\n") as stream:
        yield stream


def to_disk(path: Path) -> None:
    """Wait until a file or a folder is on the disk; not every system lets a folder be opened."""
    with contextlib.ExitStack() as stack:
        if path.is_dir():
            stack.enter_context(contextlib.suppress(OSError))
        handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
        stack.callback(os.close, handle)
        os.fsync(handle)
