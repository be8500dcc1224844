"""Text > Sections, by the words of their headings, whatever their numbering.

A numeral alone is no heading (reports number their paragraphs 一、二、 too), and a heading may
carry any numeral or none. A heading is a line, or a cell, that says just its words; or, where
a whole report stands on one line, its words behind a numeral.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from operator import ne

from gkllm.document import ANOTHER_YEAR, APPENDIX, Section, Span, Text
from gkllm.form import Edition, Form, compact, form

_LONGEST_HEADING = 60  # characters of a line that can be nothing but a heading
_REACH = 400  # characters looked at around a heading's words
_DENIES = re.compile("[无没未]")
_LOOSE = 8  # characters that may stand before a heading's words, as in 我镇政府信息公开工作…
_TABLE_OF_CONTENTS = 30  # a heading followed so soon by the next one has no body
_A_REPORT = 250  # characters behind a table of contents that are more than its last section
_MOST_READ = 200_000  # characters that tell the edition
_FEWEST_TELLTALES = 2  # labels that only one edition has
_MOST_TRIES = 50  # places of half a label that are looked at
_TELLING_LABEL = 8  # characters of a row label that no sentence says by chance
_FEWEST_ROWS = 3  # row labels that are a table
_FEWEST_SECTIONS = 4  # of one text that are a report
_BEFORE_SECTIONS = 1_500  # characters of title and introduction
_TITLE = re.compile(
    r"[一-鿿]{0,30} ?(?:20\d\d ?年度?)?[一-鿿]{0,12}信息公开[^\n。，,]{0,20}(?:报告|年报)(?=\s)"
)
_MOST_HEADINGS = 200  # more is no report; keeps hostile input cheap


@dataclass(frozen=True, slots=True)
class Heading:
    """Words in a text that name the section behind them, by the key of the form's."""

    key: str
    span: Span
    bracketed: bool  # "(一)主动公开…" is the heading of a paragraph rather than of a section


@dataclass(frozen=True, slots=True)
class _Words:
    """The headings of a form as they can be looked up."""

    exact: dict[str, str]
    ends: re.Pattern[str]
    inline: re.Pattern[str]


@cache
def _words(edition: str, sections: tuple[tuple[str, tuple[str, ...]], ...]) -> _Words:
    exact = {word: key for key, words in sections for word in words}
    spaced = sorted((r"[ 、,和]{0,2}".join(word) for word in exact), key=len, reverse=True)
    # The last two characters of each heading: found literally, then the line around is read.
    ends = "|".join(sorted({rf"{word[-2]} ?{word[-1]}" for word in exact}))
    words = "|".join(spaced)
    # In a line that holds more: behind a numeral, or apart by spaces on both sides.
    numeral = r"(?:第[一二三四五六七]部分|\(?[一二三四五六七1-7] {0,2}[、.,)是]) {0,2}"
    inline = rf"(?:{numeral}|(?<=[\s。])(?=\S+(?:\s|$)))({words})"
    return _Words(exact, re.compile(ends), re.compile(inline))


# What hangs on a report: 附件:2022年度政府信息公开情况统计表. It may be another year's.
_APPENDIX = re.compile(
    r"(?:^[ \t|#*]*|(?<=[\s。]))附"
    r"(?:(?:[件表录后][ \t]*[一二三1-9]?[ \t]*)?:|[件表录][ \t]*[一二三1-9]?[ \t]+(?=\S))"
    r"[^\n]{0,60}",
    re.MULTILINE,
)
# The same as far as it is quickly found, without trying that pattern everywhere before it.
_HANGS = re.compile(r"附(?<![^\s。|#*].)(?=[件表录后:])")
# What `compact` keeps of a text, and the numerals between it that it drops.
_RUN = re.compile("[一-鿿][一-鿿]*")  # a set that leads is found faster than one that repeats
_NUMERAL = re.compile(r"\([一二三四五六七八九十\d]{1,2}\)")
_YEAR = re.compile(r"(20\d\d) ?年")
_YEAR_OF_REPORT = re.compile(r"(20\d\d) ?年度?[^\n。,;\d]{0,20}信息公开")


def headings(text: Text, form: Form) -> list[Heading]:
    """The headings of sections in printed order.

    Entries of a table of contents are left out when the heading itself is there.
    """
    words = _words(form.edition, tuple((s.key, s.headings) for s in form.sections))
    found = _drop_contents(list(_headings(text.clean, words)), text.clean, form.sections[-1].key)
    return _drop_bracketed(found)


def segment(text: Text, form: Form, found: Sequence[Heading] | None = None) -> tuple[Section, ...]:
    """Cut a text into sections in printed order; what stands before the first is the head.

    The same key can come twice: two reports in one file, or a table in an appendix. `found` are
    its `headings`, where they are known already.
    """
    found = headings(text, form) if found is None else [*found]
    found = _of_this_year(text.clean, _before_appendix(text.clean, found))
    found += _opened(text.clean, form, found)
    found.sort(key=lambda h: h.span)
    starts = [h.span[0] for h in found] + [len(text.clean)]
    sections = [Section("head", (0, 0), 0, starts[0])]
    for heading, end in zip(found, starts[1:], strict=True):
        sections.append(Section(heading.key, heading.span, heading.span[1], end))
    return tuple(sections)


def another_report(text: Text, form: Form, found: Sequence[Heading]) -> int | None:
    """Where a second report begins in a text that holds two; None where there is one.

    It begins over again with section 一 after its later sections, and goes on from there. What
    only repeats tables (an appendix, tables moved to the end) does not. `found` are the `headings`.
    """
    keys = [h.key for h in found]
    first = form.sections[0].key
    if keys.count(first) < 2:
        return None
    again = keys.index(first, keys.index(first) + 1)
    if min(len(set(keys[:again])), len(set(keys[again:]))) < _FEWEST_SECTIONS:
        return None
    start = found[again].span[0]
    titles = list(_TITLE.finditer(text.clean, max(0, start - _BEFORE_SECTIONS), start))
    return titles[-1].start() if titles else start


def _headings(clean: str, words: _Words) -> Iterator[Heading]:
    seen = -1
    done = 0  # what was looked at around two places of a long line is yielded once
    count = 0
    for end in words.ends.finditer(clean):
        if end.start() < seen or count >= _MOST_HEADINGS:
            continue
        start, stop = _line(clean, end.start())
        seen = stop
        if stop - start > _LONGEST_HEADING:
            for m in words.inline.finditer(clean, start, stop):
                count += 1
                key = words.exact.get(compact(m[1]))
                if key and m.start() >= done:
                    done = m.end()
                    yield Heading(key, m.span(), bracketed=m[0].startswith("("))
            continue
        key = _heading_key(compact(clean[start:stop]), words)
        if key:
            count += 1
            yield Heading(key, (start, stop), clean[start:stop].lstrip().startswith("("))


def _line(clean: str, position: int) -> Span:
    """The line, or the cell, around a position; no further than a heading can reach."""
    low, high = max(0, position - _REACH), min(len(clean), position + _REACH)
    start = max(clean.rfind(sign, low, position) for sign in "\n|\t") + 1
    stops = [i for i in (clean.find(sign, position, high) for sign in "\n|\t") if i >= 0]
    return start or low, min(stops, default=high)


def _heading_key(words: str, known: _Words) -> str | None:
    key = known.exact.get(words)
    if key:
        return key
    for skip in range(1, min(_LOOSE, len(words) - 4) + 1):
        key = known.exact.get(words[skip:])
        # 无其他需要报告的事项 is the sentence under a heading.
        if key and len(words) - skip >= 8 and not _DENIES.search(words[:skip]):
            return key
    return None


def _contents(found: Sequence[Heading], clean: str, last: str) -> set[int]:
    """The headings of a table of contents, by id: many to the last without a body, and a report.

    They are no headings of sections even where those have lost theirs.
    """
    run: list[Heading] = []
    for heading in found:
        far = bool(run) and heading.span[0] - run[-1].span[1] > _TABLE_OF_CONTENTS
        if far or any(h.key == heading.key for h in run):
            break
        run.append(heading)
    whole = len(run) >= _FEWEST_SECTIONS and run[-1].key == last
    return {id(h) for h in run} if whole and len(clean) - run[-1].span[1] > _A_REPORT else set()


def _drop_contents(found: list[Heading], clean: str, last: str) -> list[Heading]:
    """Leave out a table of contents, and a heading without a body that comes again with one."""
    contents = _contents(found, clean, last)
    found = [h for h in found if id(h) not in contents]
    starts = [h.span[0] for h in found[1:]] + [10**9]
    empty = {
        id(h)
        for h, following in zip(found, starts, strict=False)
        if following - h.span[1] <= _TABLE_OF_CONTENTS
    }
    bodied = {h.key for h in found if id(h) not in empty}
    return [h for h in found if h.key not in bodied or id(h) not in empty]


def _drop_bracketed(found: list[Heading]) -> list[Heading]:
    plain = {h.key for h in found if not h.bracketed}
    return [h for h in found if not h.bracketed or h.key not in plain]


def _before_appendix(clean: str, found: list[Heading]) -> list[Heading]:
    """The headings of the report itself, and what hangs on it as one more section.

    The tables of an appendix are read as the report's own only if it names the report's year.
    """
    first = _HANGS.search(clean)
    line = clean.rfind("\n", 0, first.start()) + 1 if first else 0
    appendix = _APPENDIX.search(clean, line) if first else None
    if appendix is None:
        return found
    start = appendix.start()
    theirs, ours = _YEAR.search(appendix[0]), _YEAR_OF_REPORT.search(clean, 0, start)
    if theirs is not None and ours is not None and theirs[1] == ours[1]:
        return found
    own = [h for h in found if h.span[0] < start]
    return [*own, Heading(APPENDIX, appendix.span(), bracketed=False)]


def _of_this_year(clean: str, found: list[Heading]) -> list[Heading]:
    """The headings, those of another year told: 表1 2022年收到和处理… in a report of 2023.

    Only where another heading of the section does not name another year.
    """
    headings_ = [h.span for h in found]
    said = _YEAR_OF_REPORT.finditer(clean)
    apart = (m for m in said if not any(a <= m.start() < b for a, b in headings_))
    ours = next(apart, None)
    if ours is None:
        return found
    years = [_YEAR.search(clean, *h.span) for h in found]
    others = {id(h) for h, year in zip(found, years, strict=True) if year and year[1] != ours[1]}
    own = {h.key for h in found if id(h) not in others}
    return [replace(h, key=ANOTHER_YEAR) if id(h) in others and h.key in own else h for h in found]


def _opened(clean: str, form: Form, found: list[Heading]) -> list[Heading]:
    """Sections whose heading was lost but whose table is there, by the first of its cells."""
    have = {h.key for h in found}
    order = [*(s.key for s in form.sections), APPENDIX]
    end = next((h.span[0] for h in found if h.key == APPENDIX), len(clean))
    starts = sorted((h.span[0], order.index(h.key)) for h in found if h.key in order)
    opened = []
    for section in form.sections:
        if section.key in have or not section.opens:
            continue
        rank = order.index(section.key)
        floor = max((at for at, r in starts if r < rank), default=0)
        at = _first_cell(clean[:end], section.opens, floor)
        if at < 0 and section.key == "requests":
            rows = [w for row in form.rows for w in row.wordings if len(w) >= _TELLING_LABEL]
            at = _first_cell(clean[:end], rows, floor, fewest=_FEWEST_ROWS)
            # What stands before the first label may be its numbers.
            at = floor if at >= 0 and not found else at
        if at >= 0:
            opened.append(Heading(section.key, (at, at), bracketed=False))
            starts.insert(bisect_left(starts, (at, rank)), (at, rank))
    return opened


def _first_cell(clean: str, words: Sequence[str], floor: int, fewest: int = 1) -> int:
    """Where the first line or cell begins that says one of these words; -1 if too few are said."""
    found = [i for i in (_cell_start(clean, word, floor) for word in words) if i >= 0]
    return min(found) if len(found) >= fewest else -1


def _cell_start(clean: str, word: str, floor: int) -> int:
    m = re.compile(r"[ \n、(),:]{0,3}".join(word)).search(clean, floor)
    if m is None:
        return -1
    start = _line(clean, m.start())[0]
    if m.start() - start >= _LONGEST_HEADING:
        return m.start()
    # Empty cells before it are of its row.
    line = clean.rfind("\n", 0, start) + 1
    return start if clean[line:start].strip(" |\t") else line


def edition(text: Text, sections: tuple[Section, ...]) -> Edition:
    """The edition of the form that a document fills in, by its labels and never by its year."""
    # Wherever they stand: the heading of section 二 may have been lost, prose says none of them.
    words = "".join(_RUN.findall(_NUMERAL.sub("", text.clean[:_MOST_READ])))
    old = form("2019")
    if sum(_says(words, label) for label in old.telltale) >= _FEWEST_TELLTALES:
        return "2019"
    official = {s.key for s in sections} & {"requests", "litigation", "disclosure"}
    return "2021" if official else "older"


def _says(words: str, label: str) -> bool:
    """Whether a text says a label, or all of it but one character."""
    half = len(label) // 2
    for part, before in ((label[:half], 0), (label[half:], half)):
        at = words.find(part)
        for _ in range(_MOST_TRIES):
            if at < 0:
                break
            said = words[max(0, at - before) : at - before + len(label)]
            if len(said) == len(label) and sum(map(ne, said, label)) < 2:
                return True
            at = words.find(part, at + 1)
    return False
