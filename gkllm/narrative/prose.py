"""Section > Prose: the sentences of a report without its tables and its line ends.

Prose is written over many lines, in table cells, between tables or all on one line. Here it
becomes one string without white space, a line a paragraph, that knows the way back. White space
between two digits is kept as one space, because it may separate two numbers.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from gkllm.document import Section, Span, Text
from gkllm.form import Form, compact

# A report has some thousand characters of prose; a hostile input may have millions.
MAX_PROSE = 200_000
MAX_SENTENCE = 1_500
_LABELLED = 90  # characters of a row of a table, its label and its numbers
_WRAPPED = 25  # a shorter line was ended on purpose

# Some short cells or lines of numbers, of which a table has hundreds, or a piece of a line. A bound
# keeps what the search remembers of them small.
_CELL = 11  # characters of a short one
_FIGURES = 40  # characters of a longer line, which is none of a table's
_NUMBER = r"\d.,/%()\-—–无"  # what stands in a cell without words
_SHORT = rf"[^\n\t|]{{1,{_CELL}}}"
_PIECE = re.compile(
    rf"(?P<cells>(?:(?:{_SHORT}(?=[\t|]))?[\t|]+(?:{_SHORT}(?![^\n\t|]))?\n*){{1,400}})"
    rf"|(?<![\t|])(?P<numbers>(?:[ {_NUMBER}]{{1,{_FIGURES - 1}}}\n+){{1,400}})"
    r"|[^\n\t|]+"
)
_WORD = re.compile(r"[^ ]+")
_CHUNK = re.compile(r"[^ \n\t|]+")
_LINES = re.compile(rf"{_CHUNK.pattern}(?:\n{_CHUNK.pattern})*")  # which stay as they are
_NUMERIC = re.compile(rf"[\s{_NUMBER}]*")
_NUMBERED = re.compile(
    r"\s{0,9}[-*#]?\s{0,2}(?:\([一二三四五六七八九十\d]{1,2}\)|[一二三四五六七八九十\d]{1,2}[、.)]|[一二三四五六七八九十]是)"
)
_LATIN = re.compile(r"[A-Za-z]")  # a line of mostly these is a paragraph of its own
_BOUNDARY = re.compile(r"[。!?\n]")
_CITED = re.compile(r"《[^《》\n]{1,80}》")
_PRINTED = re.compile(r"[件条次元万无]")  # beside digits, in a cell of numbers
_ENDS = frozenset("。!?:;")
_BORDERS = frozenset("\t|")  # of cells
_WITH_TABLES = frozenset(("disclosure", "requests", "litigation"))  # sections
_SHORTEST_END = 4  # characters of a label that was broken over lines, its last line


@dataclass(frozen=True)
class Prose:
    """All prose of a report: `tight` has one paragraph a line.

    `marks` are pairs (position in tight, position in clean) where a run of characters begins;
    `borders` tells the section of each tight position; `cited` is `tight` with the titles of
    documents blanked out, since their years and words say nothing about the year reported.
    `openings` are the positions where a section begins with prose, no table before it.
    """

    tight: str
    marks: tuple[Span, ...]
    borders: tuple[tuple[int, str], ...]
    openings: frozenset[int] = frozenset()

    @cached_property
    def ends(self) -> list[int]:
        """Where sentences end."""
        return [mark.start() for mark in _BOUNDARY.finditer(self.tight)]

    @cached_property
    def cited(self) -> str:
        """`tight` with what stands between 《 and 》 blanked out."""
        return _CITED.sub(lambda m: "《" + "□" * (len(m[0]) - 2) + "》", self.tight)

    @cached_property
    def _tights(self) -> list[int]:
        return [mark[0] for mark in self.marks]

    @cached_property
    def _border_starts(self) -> list[int]:
        return [border[0] for border in self.borders]

    def clean_at(self, position: int) -> int:
        """The clean position of a tight one."""
        tight, clean = self.marks[bisect_right(self._tights, position) - 1]
        return clean + position - tight

    def clean_span(self, start: int, end: int) -> Span:
        """The clean characters that [start, end) of `tight` stand for."""
        return self.clean_at(start), self.clean_at(end - 1) + 1

    def gaps(self, start: int, end: int) -> list[int]:
        """The tight positions within (start, end) before which clean text had white space."""
        first, last = bisect_right(self._tights, start), bisect_right(self._tights, end - 1)
        return [tight for tight, _ in self.marks[first:last]]

    def section(self, position: int) -> str:
        """The key of the section that a tight position lies in."""
        return self.borders[bisect_right(self._border_starts, position) - 1][1]

    def begin(self, key: str) -> int:
        """The tight position at which a section begins, 0 where there is none."""
        return next((start for start, found in self.borders if found == key), 0)

    def sentence(self, position: int) -> Span:
        """The sentence around a tight position, its closing mark left out."""
        at = bisect_right(self.ends, position)
        start = self.ends[at - 1] + 1 if at else 0
        end = self.ends[at] if at < len(self.ends) else len(self.tight)
        # A sentence without end is cut at pauses, so that no number is cut in two.
        half = MAX_SENTENCE // 2
        if position - start > half:
            pause = self.tight.find(",", position - half, position)
            start = pause + 1 if pause >= 0 else position
        if end - position > half:
            pause = self.tight.rfind(",", position, position + half)
            end = pause if pause >= 0 else position
        return start, max(start, end)

    def before(self, start: int) -> str:
        """The sentence, or the heading, before the sentence that starts at `start`."""
        if start < 2:
            return ""
        first, _ = self.sentence(start - 2)
        return self.cited[first : start - 1]


class _Writer:
    """Collects the prose of the sections, with the way back."""

    def __init__(self, labels: frozenset[str], ends: frozenset[str]) -> None:
        self.labels, self.ends = labels, ends
        self.out: list[str] = []
        self.marks: list[Span] = []
        self.borders: list[tuple[int, str]] = []
        self.openings: list[int] = []
        self.length = 0
        self.shift: int | None = None  # from tight to clean, since the last mark
        self.last = ""  # last character written
        self.heading = False  # the last line looked like a heading

    def add(self, piece: str, clean: int, *, glued: bool = False) -> None:
        """Write a piece; `glued` where a line end cut a number in two."""
        for word in _WORD.finditer(piece):
            chunk = word[0]
            if self.last.isdigit() and chunk[0].isdigit() and not (glued and not word.start()):
                self._put(" ", clean + word.start())
            self._put(chunk, clean + word.start())

    def _put(self, chunk: str, clean: int) -> None:
        if clean - self.length != self.shift:
            self.shift = clean - self.length
            self.marks.append((self.length, clean))
        self.out.append(chunk)
        self.length += len(chunk)
        self.last = chunk[-1]

    def cut_in_two(self, piece: str) -> bool:
        """Whether a number goes on in a piece."""
        return self.last.isdigit() and piece[0].isdigit()

    def paragraph(self, clean: int) -> None:
        if self.last not in ("", "\n"):
            self._put("\n", clean)

    def prose(self, key: str) -> Prose:
        """What was written; `key` names the section of a text without any."""
        borders = tuple(self.borders) or ((0, key),)
        marks = tuple(self.marks) or ((0, 0),)
        return Prose("".join(self.out), marks, borders, frozenset(self.openings))

    def gap(self, clean: int) -> None:
        """A dropped number: digits on its two sides do not belong together."""
        if self.last.isdigit():
            self._put(" ", clean)


def prose(text: Text, sections: Sequence[Section], form: Form) -> Prose:
    """The prose of the sections, tables and page numbers left out."""
    writer = _Writer(_labels(form), _label_ends(form))
    clean = text.clean
    for section in sections or (Section("head", (0, 0), 0, len(clean)),):
        writer.paragraph(max(section.start - 1, 0))
        writer.borders.append((writer.length, section.key))
        limit = writer.length + MAX_PROSE
        _read(clean, section, writer, limit)
    return writer.prose("head")


def _read(clean: str, section: Section, writer: _Writer, limit: int) -> None:
    broken = fresh = True
    wrapped = -1  # where the next line begins, if the last one was cut by the page's width
    for match in _PIECE.finditer(clean, section.start, section.end):
        start, end = match.span()
        piece, kind = match[0], match.lastgroup
        if kind == "cells":
            words = piece.strip("\t|\n")
            if words:
                broken = True
                fresh = fresh and not words.replace("|", " ").strip()
            continue
        numbers = kind == "numbers"
        in_cell = not numbers and (
            clean[start - 1 : start] in _BORDERS or clean[end : end + 1] in _BORDERS
        )
        if in_cell and len(piece) <= _CELL:
            broken = True
        elif numbers or (len(piece) < _FIGURES and _NUMERIC.fullmatch(piece)):
            writer.gap(start)
        elif _is_label(piece, section, writer) and not (
            start == wrapped and writer.cut_in_two(piece)
        ):
            broken = True
        else:
            numbered = _NUMBERED.match(piece) is not None
            foreign = len(_LATIN.findall(piece)) * 2 > len(piece.strip())
            broken = broken or in_cell or foreign
            if broken or numbered or writer.heading or writer.last in _ENDS:
                writer.paragraph(max(start - 1, 0))
            if fresh:
                writer.openings.append(writer.length)
            writer.add(piece[:MAX_PROSE], start, glued=start == wrapped)
            wrapped = end + 1 if len(piece) >= _WRAPPED else -1
            stripped = piece.strip()
            writer.heading = numbered and len(stripped) < 26 and not _has_pause(stripped)
            broken = foreign
        fresh = fresh and not piece.strip()
        if writer.length > limit:
            return


def _is_label(piece: str, section: Section, writer: _Writer) -> bool:
    """Whether a line names a row, a column or a heading, with or without numbers.

    Beside a table it may be the last line of the name of a row.
    """
    short = len(piece) < _LABELLED or len("".join(piece.split())) < _LABELLED
    if not short or "。" in piece:
        return False
    words = _bare(piece)
    return words in writer.labels or (section.key in _WITH_TABLES and words in writer.ends)


def lines(text: Text, start: int, end: int, *, joined: bool = False) -> Prose:
    """Clean text [start, end) line by line and cell by cell, nothing left out.

    Titles, signatures and dates stand on lines of their own; `joined` forgets the line ends,
    for a title that is broken over lines.
    """
    clean = text.clean
    out: list[str] = []
    marks: list[Span] = []
    length, shift, done = 0, -1, start
    last = ""
    for match in (_CHUNK if joined else _LINES).finditer(clean, start, end):
        chunk = match[0]
        first = origin = match.start()
        if last:  # the last character before a chunk stands for the whole gap
            if not joined and clean[done:first].strip(" "):
                chunk = "\n" + chunk
                origin -= 1
            elif last.isdigit() and chunk[0].isdigit():
                chunk = " " + chunk
                origin -= 1
        if origin - length != shift:
            shift = origin - length
            marks.append((length, origin))
        out.append(chunk)
        length += len(chunk)
        done = match.end()
        last = chunk[-1]
    return Prose("".join(out), tuple(marks) or ((0, 0),), ((0, "head"),))


def _has_pause(piece: str) -> bool:
    return "," in piece or "。" in piece


@cache
def _labels(form: Form) -> frozenset[str]:
    named = (*form.rows, *form.columns, *form.groups, *form.blocks, *form.outcomes)
    found = {word for label in named for word in label.wordings}
    found |= {word for label in form.disclosure_rows for word in label.wordings}
    found |= {word for label in form.disclosure_columns for word in label.wordings}
    for words in form.furniture.values():
        found |= set(words)
    for heading in form.sections:
        found |= {compact(word) for word in heading.headings}
    return frozenset(_PRINTED.sub("", word) for word in found)


@cache
def _label_ends(form: Form) -> frozenset[str]:
    """What the names of rows end with, as their last line may."""
    words = {_bare(word) for row in form.rows for word in row.wordings}
    return frozenset(word[at:] for word in words for at in range(1, len(word) - _SHORTEST_END + 1))


def _bare(piece: str) -> str:
    """What names a table row or a heading, numbers, units and 无 taken away."""
    return _PRINTED.sub("", compact(piece))
