"""Section > Candidates: what the prose of a report states.

Figures are read by pattern rows (`patterns`), names, years and dates by where they stand
(`identity`, `dates`), section 五 by its cue words (`problems`). Whatever cannot be decided from
the wording is left out, and what is stated twice is offered twice: `settle` decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, starmap

from gkllm.document import APPENDIX, Section, Text
from gkllm.form import Form
from gkllm.narrative.dates import AS_METADATA, dated_heads, periods, reported_years, signatures
from gkllm.narrative.identity import (
    BETTING,
    Mention,
    compatible,
    fuller,
    introductions,
    names_in_prose,
    titles,
    valid_name,
    websites,
)
from gkllm.narrative.patterns import statements
from gkllm.narrative.problems import halves
from gkllm.narrative.prose import Prose, lines, prose
from gkllm.report import Bundle, Candidate, Value
from gkllm.voice import Names, ordered

_HEAD = 3_000  # characters that can hold a title and an introduction
_OPENING = 1_200  # of the first section, where the agency speaks of itself
_TOKEN = re.compile(r"[一-鿿](?<![^\s|].)[一-鿿]{2,39}(?![^\s|])")
_LINE = 100  # characters in which there is a pause
_FOREIGN = re.compile(r"[A-Za-z]{4}|[#{}<>|]")  # what no item of section 五 is made of
_TAIL = 1_500  # that can hold a signature

_Placed = tuple[Mention, Prose]
_Signature = tuple[Mention | None, Mention | None, Prose]
_Title = tuple[Mention | None, Mention | None, Prose]


def narrate(text: Text, sections: Sequence[Section], form: Form) -> list[Candidate]:
    """All that the prose of the sections states about the facts of a form."""
    whole = prose(text, sections, form)
    head_end = _head_end(text, sections)
    head = lines(text, max(0, head_end - _HEAD), head_end)
    titled = _titles(head)
    if not any(name for name, _, _ in titled):  # a title that is broken over lines
        titled = _titles(lines(text, max(0, head_end - _HEAD), head_end, joined=True)) or titled
    opening = lines(text, head_end, min(head_end + _OPENING, len(text.clean)))
    if not titled:  # no heading tells where the head ends
        titled = _titles(opening)
    # A text without a heading is signed wherever its head may end.
    tails = _tails(text, sections, head_end if len(sections) > 1 else 0)
    signed = [(name, date, tail) for tail in tails for name, date in signatures(tail)]
    spans = list(periods(whole))
    found = [
        *_agency(text, titled, (whole, head, opening), tails, signed),
        *_years(text, titled, whole, signed, spans),
        *_dates(text, head, titled, signed, whole, spans),
        *_website(text, whole),
    ]
    years = [c for c in found if c.field == "facts.year" and isinstance(c.value, int)]
    strongest = min((c.bundle.doubt for c in years), default=0)
    reported = frozenset(
        c.value for c in years if c.bundle.doubt == strongest and isinstance(c.value, int)
    )
    names = _names(found)
    return [*found, *statements(text, whole, reported, names), *_problems(text, whole, form)]


def _names(found: Sequence[Candidate]) -> Names:
    """What a report calls its agency, and what it calls it in the likeliest places."""
    agency = [c for c in found if c.field == "facts.agency" and isinstance(c.value, str)]
    least = min((c.bundle.doubt for c in agency), default=0)
    own = (c for c in agency if c.bundle.doubt == least)
    return Names(frozenset(str(c.value) for c in agency), frozenset(str(c.value) for c in own))


def _head_end(text: Text, sections: Sequence[Section]) -> int:
    """Where the first section begins; a table of contents names others before it."""
    starts = {s.key: s.heading[0] for s in reversed(sections) if s.key != "head"}
    return starts.get("overview", min(starts.values(), default=min(len(text.clean), _HEAD)))


def _tails(text: Text, sections: Sequence[Section], head_end: int) -> list[Prose]:
    """Where a report may be signed: behind its last section, before an appendix, and at its end."""
    end = len(text.clean)
    last = max(head_end, _pause(text.clean, end - _TAIL))
    other = [s.start for s in sections if s.key == "other" and head_end < s.start < last]
    spans = [(other[-1], _pause(text.clean, min(other[-1] + _TAIL, last)))] if other else []
    hangs = [s.heading[0] for s in sections if s.key == APPENDIX and not other]
    spans += [(max(head_end, _pause(text.clean, at - _TAIL)), at) for at in hangs]
    return [lines(text, *span) for span in (*spans, (last, end))]


def _pause(clean: str, position: int) -> int:
    """The last pause up to a position, so that no date is cut in two."""
    low = max(0, position - _LINE)
    found = max(clean.rfind(mark, low, max(position, 0)) for mark in "\n。 ")
    return found + 1 if found >= 0 else max(position, 0)


def _titles(head: Prose) -> list[_Title]:
    """The titles of a head that name an agency or a year."""
    found = titles(head, 0, len(head.tight))
    return [(name, year, head) for name, year in found if name is not None or year is not None]


def _candidate(text: Text, place: _Placed, fact: str, value: Value, doubt: int) -> Candidate:
    mention, where = place
    span = where.clean_span(mention.start, mention.end)
    return Candidate(
        field=f"facts.{fact}",
        value=value,
        span=text.source_span(*span),
        quote=text.quote(*span),
        source="metadata" if mention.place == "metadata" else "prose",
        bundle=Bundle(f"facts.{fact}", mention.place, doubt),
    )


def _agency(
    text: Text,
    titled: Sequence[_Title],
    beginnings: Iterable[Prose],
    tails: Sequence[Prose],
    signed: Iterable[_Signature],
) -> Iterator[Candidate]:
    """The fullest name from each place that agrees; names that disagree are rivals."""
    found: list[_Placed] = [(name, where) for name, _, where in titled if name is not None]
    found += [(name, where) for name, _, where in signed if name is not None]
    found += [(name, tails[-1]) for name in _last_line(tails[-1], found)]
    whole, *beginnings = beginnings
    # Lines that the width of the page has cut are whole in the prose.
    limit = min(whole.begin("overview") + _OPENING, len(whole.tight))
    for short in {name.value for name, _ in found}:
        found += [(name, whole) for name in fuller(whole, short, limit)]
    found += [(name, whole) for name in introductions(whole, 0, limit)]
    for where in beginnings:
        found += [(name, where) for name in introductions(where, 0, len(where.tight))]
        found += [(name, where) for name in names_in_prose(where, 0, len(where.tight))]
    alone = [name for tail in tails for name in _alone(text, tail)]
    found = [place for place in found if _last_line_of(text, place) not in alone]
    own = [name.value for name, _ in found if name.doubt <= 1]
    agreed = all(starmap(compatible, combinations(set(own), 2)))
    names = (*(name.value for name, _ in found), *alone)
    kin = {one: [n for n in names if compatible(n, one)] for one in {p[0].value for p in found}}
    for place in found:
        name = place[0]
        if not agreed and name.doubt <= 1:
            # Rivals in one report: none of them is the name.
            fullest = max((value for value in own if value in kin[name.value]), key=len)
            yield _candidate(text, place, "agency", fullest, 0)
        else:
            yield _candidate(text, place, "agency", max(kin[name.value], key=len), name.doubt)


def _last_line_of(text: Text, place: _Placed) -> str | None:
    """What stands on the last line of a name over several lines; None for a name on one."""
    mention, where = place
    start, end = where.clean_span(mention.start, mention.end)
    _, broken, last = text.clean[start:end].rpartition("\n")
    return last.strip() if broken else None


def _alone(text: Text, tail: Prose) -> Iterator[str]:
    """Names that stand alone at the end of a report, whatever came between them and the date."""
    for token in _TOKEN.findall(text.clean[slice(*tail.clean_span(0, len(tail.tight)))]):
        if valid_name(token):
            yield token


def _last_line(tail: Prose, found: Sequence[_Placed]) -> Iterator[Mention]:
    """A name that stands alone as the last line, without a date."""
    stripped = tail.tight.rstrip("\n ")
    start = stripped.rfind("\n") + 1
    name = stripped[start:]
    if valid_name(name) and not any(p[0].place == "signature" for p in found):
        yield Mention(name, start, len(stripped), "signature", 0)


def _years(
    text: Text,
    titled: Sequence[_Title],
    whole: Prose,
    signed: Iterable[_Signature],
    spans: Iterable[tuple[Mention, Mention]],
) -> Iterator[Candidate]:
    found: list[tuple[Mention, Prose, int, int]] = []
    for _, year, where in titled:
        if year is not None:
            found.append((year, where, int(year.value), year.doubt))
    for start, end in spans:
        if start.value[:4] == end.value[:4]:
            found.append((start, whole, int(start.value[:4]), 0))
    if not found:
        # A report is signed in the year after the one it is about; some come years late.
        for _, date, tail in signed:
            if date is not None:
                found.append((date, tail, int(date.value[:4]) - 1, 2))
        found += [(mention, whole, int(mention.value), 2) for mention in reported_years(whole)]
    for mention, where, value, doubt in found:
        yield _candidate(text, (mention, where), "year", value, doubt)


def _dates(
    text: Text,
    head: Prose,
    titled: Sequence[_Title],
    signed: Iterable[_Signature],
    whole: Prose,
    spans: Iterable[tuple[Mention, Mention]],
) -> Iterator[Candidate]:
    first = min((int(year.value) for _, year, _ in titled if year is not None), default=0)
    for start, end in spans:
        yield _candidate(text, (start, whole), "period_start", start.value, 0)
        yield _candidate(text, (end, whole), "period_end", end.value, 0)
    for _, date, tail in signed:
        if date is not None:
            # Nobody signs before the year is over: another date is as likely.
            doubt = AS_METADATA if int(date.value[:4]) <= first else date.doubt
            yield _candidate(text, (date, tail), "published_on", date.value, doubt)
    for date in dated_heads(head, 0, len(head.tight)):
        yield _candidate(text, (date, head), "published_on", date.value, date.doubt)


def _website(text: Text, whole: Prose) -> Iterator[Candidate]:
    """One address for each host: other pages of the same site are no rivals."""
    hosts: set[str] = set()
    for mention in websites(whole):
        host = mention.value.split("//")[-1].split("/")[0].lower()
        if host not in hosts:
            hosts.add(host)
            yield _candidate(text, (mention, whole), "website", mention.value, mention.doubt)


def _words(prose: Prose, spans: Iterable[tuple[int, int]]) -> Iterator[str]:
    for start, end in spans:
        yield prose.tight[start:end]


def _intrudes(said: str) -> bool:
    """Whether an item of section 五 holds an order, an advertisement or another language."""
    return ordered(said) or any(p.search(said) for p in (_FOREIGN, BETTING))


def _joined(text: Text, whole: Prose) -> Iterator[int]:
    """Where lines of section 五 begin that the prose has joined to the line before."""
    ends = [at for at, _ in whole.borders[1:]]
    for (start, key), end in zip(whole.borders, [*ends, len(whole.tight)], strict=True):
        for at in whole.gaps(start, end) if key == "problems" and end > start else ():
            gap = text.clean[whole.clean_at(at - 1) + 1 : whole.clean_at(at)] if at else ""
            if "\n" in gap and whole.tight[at - 1] != "\n":
                yield at


def _problems(text: Text, whole: Prose, form: Form) -> Iterator[Candidate]:
    headings = [words for s in form.sections for words in s.headings]
    for half in halves(whole, headings, tuple(_joined(text, whole))):
        spans = [whole.clean_span(*span) for span in half.spans]
        first, last = spans[0][0], spans[-1][1]
        if any(_intrudes(said) for said in _words(whole, half.spans)):
            continue
        read = Candidate(
            field=f"facts.{half.key}",
            value=[text.quote(*span) for span in spans],
            span=text.source_span(first, last),
            quote=text.quote(first, last),
            source="prose",
            bundle=Bundle(f"facts.{half.key}", "items", 0),
        )
        yield read
        if not half.sure:  # perhaps none of these belongs to this half
            yield read._replace(value=[])
