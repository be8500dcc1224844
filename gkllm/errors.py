"""Exceptions, for what makes an input, a file or a setting unusable.

    GkllmError
    ├── UnreadableInput         no report can be made of this input
    │   ├── NotFound            not_found           no such file, or a pattern without a match
    │   ├── CannotOpen          cannot_open         it is there and cannot be read
    │   ├── NoDocuments         no_documents        a folder without documents
    │   ├── EmptyInput          empty               no text in it
    │   ├── TooLarge            too_large           above a limit of size, packed or unpacked
    │   ├── UnsupportedFormat   unsupported_format  a format that is not read
    │   ├── NotInstalled        not_installed       a format whose reader is not installed
    │   ├── OfPictures          of_pictures         its pages are pictures, for another reader
    │   ├── ForOffice           for_office          a file that LibreOffice has to open
    │   ├── NotText             not_text            bytes that are no text in any known encoding
    │   ├── Encrypted           encrypted           it needs a password
    │   ├── Truncated           truncated           its end is lost, or its structure is damaged
    │   ├── TimedOut            timed_out           reading it took too long
    │   ├── OutOfMemory         out_of_memory       reading it took too much memory
    │   └── Crashed             crashed             its reader failed, or died
    ├── UnreadableReport        bad_report          `gkllm check` was given something else
    ├── BatchStopped                                a batch cannot go on; what is done is kept
    │   ├── FolderInUse         in_use              another batch writes to the same folder
    │   ├── CannotWrite         cannot_write        the disk is full, or may not be written to
    │   └── DamagedLedger       damaged_ledger      the ledger of the folder cannot be read
    ├── UnusableSetting         bad_setting         an option that this build cannot serve
    ├── UnusableLabel           bad_label           a label or its origin that does not hold
    └── UnusableSuite           bad_suite           an evaluation that cannot be run or compared

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
    """The input is above a limit of size, packed or unpacked."""

    code = "too_large"


class UnsupportedFormat(UnreadableInput):
    """The input is in a format that is not read."""

    code = "unsupported_format"


class NotInstalled(UnreadableInput):
    """The input is in a format whose reader is not installed; the message names it."""

    code = "not_installed"


class OfPictures(UnreadableInput):
    """The pages are pictures; the loader then asks the reader of pictures."""

    code = "of_pictures"


class ForOffice(UnreadableInput):
    """LibreOffice has to open the input first; its message is the kind of file, a word.

    Whoever reads in a process that may start no programs passes it on to who may.
    """

    code = "for_office"


class NotText(UnreadableInput):
    """The input is bytes that are no text in any known encoding."""

    code = "not_text"


class Encrypted(UnreadableInput):
    """The input needs a password."""

    code = "encrypted"


class Truncated(UnreadableInput):
    """The end of the input is lost, or its structure is damaged."""

    code = "truncated"


class TimedOut(UnreadableInput):
    """Reading the input took too long."""

    code = "timed_out"


class OutOfMemory(UnreadableInput):
    """Reading the input took too much memory."""

    code = "out_of_memory"


class Crashed(UnreadableInput):
    """The reader of the input failed, or its process died."""

    code = "crashed"


class UnreadableReport(GkllmError):
    """What should be a report is none."""

    code = "bad_report"


class BatchStopped(GkllmError):
    """A batch cannot go on. What it has done is kept, and the same command continues it."""

    code = "stopped"


class FolderInUse(BatchStopped):
    """Another batch writes to the same folder."""

    code = "in_use"


class CannotWrite(BatchStopped):
    """The disk is full, or the folder may not be written to."""

    code = "cannot_write"


class DamagedLedger(BatchStopped):
    """The ledger of a folder cannot be read."""

    code = "damaged_ledger"


class UnusableSetting(GkllmError):
    """An option or a setting that this build cannot serve."""

    code = "bad_setting"


class UnusableLabel(GkllmError):
    """A label, or the origin beside it, that does not hold."""

    code = "bad_label"


class UnusableSuite(GkllmError):
    """An evaluation that cannot be run as asked, or a run that cannot be compared."""

    code = "bad_suite"
