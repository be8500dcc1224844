"""Data to standard output, talk to standard error, and the exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NoReturn, TextIO

import typer

OK, REFUSED, USAGE, DOUBTFUL = 0, 1, 2, 3
_CLOSED_PIPE = 141  # what a shell sees of a program that SIGPIPE ended


@contextmanager
def output(out: Path | None, exact: bool = True) -> Iterator[TextIO]:
    """Standard output, or a file that appears under its name only when it is complete.

    `exact` writes UTF-8 and \\n whatever the terminal speaks, since data must be the same bytes
    everywhere.
    """
    try:
        if out is not None:
            with _whole(out) as stream:
                yield stream
            return
        stdout: Any = sys.stdout
        if exact:
            stdout.reconfigure(encoding="utf-8", newline="\n")
        else:
            stdout.reconfigure(errors="backslashreplace")
        yield stdout
        stdout.flush()
    except BrokenPipeError:
        # The reader has gone. Nothing more can be written, not even when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(_CLOSED_PIPE) from None


@contextmanager
def _whole(out: Path) -> Iterator[TextIO]:
    from gkllm.write.whole import whole_file

    with ExitStack() as stack:
        try:
            stream = stack.enter_context(whole_file(out))
        except OSError as error:
            fail(
                USAGE,
                f"--out {out}: {error.strerror}. Name a file in a folder that can be written to.",
            )
        yield stream


def say(message: str) -> None:
    """Tell a person something."""
    typer.echo(f"gkllm: {message}", err=True)


def fail(code: int, message: str) -> NoReturn:
    """Tell a person why the program ends, and end it."""
    say(message)
    raise typer.Exit(code)
