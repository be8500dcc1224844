"""The figures of a text: numbers with their units, and dates, each with its place.

Only these can be answers: the schema of a question lists them, and an answer must name one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from gkllm.ask.hints import Hint
from gkllm.document import Span
from gkllm.numerals import number

LARGEST = 100_000_000  # no count and no sum of yuan in such a report is larger

_NUMBER = re.compile(
    r"(?<![\d.])(?<!\d[,;])(?P<n>\d{1,3}(?:,\d{3}){1,3}(?!\d)|\d{1,9}(?:\.\d{1,4})?(?![\d.]))"
    r"(?P<more>万余|万多|余万|多万|万|余|多)?"
    r"|(?<![零〇一二两三四五六七八九十百千第])(?P<c>[零〇一二两三四五六七八九十百千]{1,7})(?P<cmore>余|多)?"
)
_DAY = re.compile(r"(?:(20\d\d)年)?(1[0-2]|0?[1-9])月(3[01]|[12]\d|0?[1-9])日")
_PAUSE = re.compile(r"[,。;)]|$")
_ABOUT_BEFORE = re.compile(r"(?:约|约为|近|超过|超|逾|左右|不少于|至少|突破|达到?近)[:为有]?$")
_ABOUT_AFTER = re.compile(r"[条件次篇则份宗起场期]?(?:以上|左右|有余|上下)")
_CLAUSE_MARKS = ",;:。()\n"


class Script(Protocol):
    """The prose of a report as the questions need it: one paragraph a line, with the way back.

    `cited` is `tight` with the titles of documents blanked out.
    """

    @property
    def tight(self) -> str: ...
    @property
    def cited(self) -> str: ...
    def clean_span(self, start: int, end: int) -> Span: ...
    def section(self, position: int) -> str: ...
    def sentence(self, position: int) -> Span: ...
    def before(self, start: int) -> str: ...


@dataclass(frozen=True, slots=True)
class Figure:
    """A printed value: `span` of its digits in the script, `end` behind its unit.

    `value` is a whole number, an amount in yuan, or an ISO date. `quote` is the stretch that
    leads to it: from the beginning of its clause, or from the figure before it there.
    """

    value: int | Decimal | str
    span: Span
    end: int
    quote: Span
    approximate: bool = False


def figures(text: str, start: int, end: int, hint: Hint) -> Iterator[Figure]:
    """The figures of [start, end) that have a unit of the hint, or none where a pause follows."""
    if hint.kind == "day":
        yield from _days(text, start, end)
        return
    lead = start
    for match in _NUMBER.finditer(text, start, end):
        found = _figure(text, match, hint, lead)
        if found is not None:
            lead = found.end
            yield found


def numbers(text: str) -> Iterator[Span]:
    """Where the digits of each number stand, whatever its unit."""
    for match in _NUMBER.finditer(text):
        yield match.span("n") if match["n"] else match.span("c")


def _figure(text: str, match: re.Match[str], hint: Hint, lead: int) -> Figure | None:
    digits, more = (match["n"], match["more"]) if match["n"] else (match["c"], match["cmore"])
    last = match.end()
    unit = hint.unit.match(text, last)
    if unit is None and not (match["n"] and _bare(text, match, hint)):
        return None
    if text[match.start() - 1 : match.start()] == "第":
        return None
    value, about = number(digits, more or "")
    if value is None:
        return None
    near = text[max(0, match.start() - 4) : match.start()]
    about = about or _ABOUT_BEFORE.search(near) is not None
    about = about or _ABOUT_AFTER.match(text, last) is not None
    unit_text = unit[0] if unit else ""
    span = match.span("n") if match["n"] else match.span("c")
    end = last + len(unit_text)
    quote = (_clause_start(text, match.start(), lead), end)
    if hint.kind == "money":
        exact = more in (None, "万") and not _ABOUT_BEFORE.search(near)
        amount = value * 10_000 if unit_text.startswith("万") else value
        return Figure(amount, span, end, quote, not exact) if amount <= LARGEST else None
    if value != int(value) or value > LARGEST:
        return None
    return Figure(int(value), span, end, quote, about)


def _bare(text: str, match: re.Match[str], hint: Hint) -> bool:
    """Whether a number without a unit may be a count: a pause follows, and it is no year."""
    if hint.kind == "money" or match["more"] or _PAUSE.match(text, match.end()) is None:
        return False
    return not (len(match["n"]) == 4 and match["n"].startswith("20"))


def _days(text: str, start: int, end: int) -> Iterator[Figure]:
    """Full dates; a date without its year has that of the date before it."""
    year = ""
    for match in _DAY.finditer(text, start, end):
        year = match[1] or year
        if not year:
            continue
        try:
            day = date(int(year), int(match[2]), int(match[3]))
        except ValueError:
            continue
        yield Figure(day.isoformat(), match.span(), match.end(), match.span())


def _clause_start(text: str, position: int, least: int) -> int:
    marks = [text.rfind(mark, least, position) + 1 for mark in _CLAUSE_MARKS]
    return max(least, *marks)
