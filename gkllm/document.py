"""What was published: a document, its cleaned text, its sections and its tables.

Positions in `Text`, `Section`, `Grid` and `Cell` count characters of the *clean* text;
`Text.source_span` leads back to the source, which is what every output speaks of.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

Span = tuple[int, int]  # [start, end) in characters
# The characters [start, end) of the source became others in the clean text. A plain tuple, like
# a span: a hostile input has millions.
Edit = tuple[int, int, str]

# Characters that nobody sees: joiners, marks of direction, fillers, selectors, tags. A class of
# regular expressions.
UNSEEN = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell of a table that a format marks as one: [start, end) in the source text.

    `column` is its first column, from 0; it covers `colspan` columns and `rowspan` rows.
    An empty cell has start == end. `confidence` is that of recognised print, 0 to 1.
    """

    start: int
    end: int
    column: int
    colspan: int = 1
    rowspan: int = 1
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, each cell in the row and column where it begins.

    What a merged cell covers beside and below is in no row: so a place without a cell is
    covered, or was never there, and an empty cell is a blank. Cells stand in the order of the
    text; a table may be one of several that a page break left of one.
    """

    rows: tuple[tuple[TableCell, ...], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A decoded input: `text` is the source text that all spans of a report point into.

    `tables` are those that its format marks, in the order of the text; none in plain text.
    `notes` say what a person should know of how it was read: invisible text that was left out,
    tables that are pictures. `doubts` are [start, end) of the text that was recognised in a
    picture, in order, each with how sure the recognition is, from 0 to 1.
    """

    text: str
    path: str | None = None
    sha256: str = ""
    media_type: str = "text/plain"
    encoding: str = "utf-8"
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    doubts: tuple[tuple[int, int, float], ...] = ()

    def confidence(self, start: int, end: int) -> float:
        """How sure the least sure piece of a stretch of the text is; 1 where none is in doubt."""
        at = bisect_right(self.doubts, start, key=lambda doubt: doubt[1])
        sure = 1.0
        while at < len(self.doubts) and self.doubts[at][0] < end:
            sure = min(sure, self.doubts[at][2])
            at += 1
        return sure


class Runs(NamedTuple):
    """Runs of clean text: where each begins in it and in the source.

    `whole` is where it ends in the source if it replaces that stretch as a whole, -1 where it
    goes one for one. Arrays, because a hostile input has millions of runs.
    """

    clean: array[int]
    source: array[int]
    whole: array[int]

    def append(self, clean: int, source: int, whole: int) -> None:
        """Add a run behind the others."""
        self.clean.append(clean)
        self.source.append(source)
        self.whole.append(whole)


@dataclass(frozen=True)
class Text:
    """Clean text with its way back to the source text.

    >>> t = Text.edited("a&amp;b\u200bc", [(1, 6, "&"), (7, 8, "")])
    >>> t.clean, t.source_span(1, 2), t.source_span(2, 3), t.quote(0, 4)
    ('a&bc', (1, 6), (6, 7), 'a&amp;b\u200bc')
    >>> t.clean_span(1, 6), t.clean_span(7, 9)
    ((1, 2), (3, 4))
    """

    source: str
    clean: str
    runs: Runs | None = field(default=None, repr=False, hash=False)  # None: all one for one

    @classmethod
    def edited(cls, source: str, edits: Iterable[Edit]) -> Text:
        """Apply edits, which must be sorted and must not overlap."""
        pieces: list[str] = []
        runs = Runs(array("q"), array("q"), array("q"))
        append = runs.append
        done = length = 0
        open_run = False  # one for one, which a character for another does not end
        for start, end, new in edits:
            single = end - start == len(new) == 1
            if not open_run and (single or start > done):
                append(length, done, -1)
                open_run = True
            pieces += (source[done:start], new)
            length += start - done + len(new)
            if not single:
                if new:
                    append(length - len(new), start, end)
                open_run = False
            done = end
        if not done and not pieces:
            return cls(source, source)
        pieces.append(source[done:])
        if not open_run:
            append(length, done, -1)
        return cls(source, "".join(pieces), runs)

    def replaced(self, clean: str) -> Text:
        """The same text with other characters one for one: the way back stays as it is."""
        if len(clean) != len(self.clean):
            raise ValueError("a replacement one for one must keep the length")
        return Text(self.source, clean, self.runs)

    @staticmethod
    def _source_at(runs: Runs, position: int) -> Span:
        at = bisect_right(runs.clean, position) - 1
        start, end = runs.source[at], runs.whole[at]
        if end < 0:
            start += position - runs.clean[at]
            end = start + 1
        return start, end

    def source_span(self, start: int, end: int) -> Span:
        """The source characters that the clean characters [start, end) stand for."""
        if self.runs is None:
            return start, end
        first = self._source_at(self.runs, start)[0]
        return (first, self._source_at(self.runs, end - 1)[1]) if end > start else (first, first)

    def _clean_at(self, runs: Runs, position: int) -> int:
        """Where in the clean text a source position is; what was cut out is where it was."""
        at = bisect_right(runs.source, position) - 1
        if at < 0:
            return 0
        clean, start = runs.clean[at], runs.source[at]
        after = runs.clean[at + 1] if at + 1 < len(runs.clean) else len(self.clean)
        if runs.whole[at] >= 0:
            return clean if position == start else after
        return min(clean + position - start, after)

    def clean_span(self, start: int, end: int) -> Span:
        """The clean characters that the source characters [start, end) became."""
        if self.runs is None:
            return start, end
        return self._clean_at(self.runs, start), self._clean_at(self.runs, end)

    def quote(self, start: int, end: int) -> str:
        """What the source prints at the clean characters [start, end)."""
        first, last = self.source_span(start, end)
        return self.source[first:last]


APPENDIX = "appendix"  # the key of what hangs on a report
ANOTHER_YEAR = "another year"  # and that of a section whose heading says so


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of clean text under one heading.

    `key` is that of the form's section, "head" for what stands before the first heading, or
    `APPENDIX` or `ANOTHER_YEAR`, whose tables are not the report's.
    [start, end) is the body; `heading` the heading itself, empty for the head.
    """

    key: str
    heading: Span
    start: int
    end: int


class Cell(NamedTuple):
    """One piece of a table row: its text and where it stands in the clean text.

    `x` is the column that markup counts (pipes, tabs, one cell a line). In text aligned by
    spaces it is twice the middle of the word in its line in characters, and `x_wide` the same
    where a Chinese character counts as two.
    """

    text: str
    start: int
    end: int
    x: int
    x_wide: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells as one text layout prints them.

    `ruled` says that the layout marks cell borders, so that an empty cell is a blank and a
    cell's x is its column; else only numbers and words are there, and blanks leave no trace.
    """

    layout: str
    rows: tuple[tuple[Cell, ...], ...]
    ruled: bool
