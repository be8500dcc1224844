"""Exceptions, for what makes an input, a file or a setting unusable.

    GkllmError
    ├── UnreadableInput         no report can be made of this input
    │   ├── NotFound            not_found           no such file, or a pattern without a match
    │   ├── CannotOpen          cannot_open         it is there and cannot be read
    │   ├── NoDocuments         no_documents        a folder without documents
    │   ├── EmptyInput          empty               no text in it
    │   ├── TooLarge            too_large           above the size limit
    │   ├── UnsupportedFormat   unsupported_format  PDF, Word, HTML …: not read yet
    │   └── NotText             not_text            bytes that are no text in any known encoding
    ├── UnreadableReport        bad_report          `gkllm check` was given something else
    └── UnusableSetting         bad_setting         an option that this build cannot serve

Every message says what to do next. Trouble with single fields is never an exception: it is data
in the report (`status`, `reason`, `alternatives`).
"""

from __future__ import annotations

from typing import ClassVar


class GkllmError(Exception):
    """Root of all exceptions of this package; `code` is a stable word to count by."""

    code: ClassVar[str] = "error"


class UnreadableInput(GkllmError):
    """No report can be made of this input."""

    code = "unreadable"


class NotFound(UnreadableInput):
    """There is no such file, or a pattern matches none."""

    code = "not_found"


class CannotOpen(UnreadableInput):
    """The input is there and cannot be read."""

    code = "cannot_open"


class NoDocuments(UnreadableInput):
    """A folder without documents."""

    code = "no_documents"


class EmptyInput(UnreadableInput):
    """There is no text in the input."""

    code = "empty"


class TooLarge(UnreadableInput):
    """The input is above the size limit."""

    code = "too_large"


class UnsupportedFormat(UnreadableInput):
    """The input is in a format that is not read yet."""

    code = "unsupported_format"


class NotText(UnreadableInput):
    """The input is bytes that are no text in any known encoding."""

    code = "not_text"


class UnreadableReport(GkllmError):
    """What should be a report is none."""

    code = "bad_report"


class UnusableSetting(GkllmError):
    """An option or a setting that this build cannot serve."""

    code = "bad_setting"
