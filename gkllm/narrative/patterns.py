"""Prose > Candidates by the pattern rows of `gkllm/forms/patterns.toml`.

A row says which fact a wording states. It is tried only on sentences that contain one of its
anchors, and what it finds is dropped when a trap speaks against it: a sentence that is not
understood is better left out than read wrong.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import chain, islice
from typing import Any, NamedTuple

from gkllm.document import UNSEEN, Text
from gkllm.narrative.prose import Prose
from gkllm.numerals import number
from gkllm.report import Bundle, Candidate, Value
from gkllm.voice import Names, another, borrowed, owned, strange
from gkllm.voice import macros as shared

MAX_SENTENCES = 400  # per anchor; a report has some ten
MAX_FOUND = 1_000  # per row, likewise; one sentence without end may hold thousands

_PAUSES = re.compile(r"[,。;:()\n!?]")
_LAST_CLAUSE = re.compile(r"[,。;()\n!?]")  # a colon binds what it names to what follows
# "2023年结转" and "结转至2025年" belong to the carried requests, not to the sentence.
_YEAR = re.compile(
    r"(20(?<!\d20)(?<!结转20)(?<!结转[至到]20)\d\d)"
    r"(?=年(?!度?(?:结转|转结|转接|办理)|[末底度]?(?:未办|没办|延续|顺延|遗留|转来|没有留下))|[我全本,])"
)
_APPROXIMATE_BEFORE = re.compile(r"(?:约|约为|近|超过|超|逾|左右|不少于|至少|上)[:为有]?$")
_APPROXIMATE_AFTER = re.compile(r"[条件次篇则份宗起]?(?:以上|左右|有余|上下)")
_COMPARING = ("比", "较", "与", "同")
# Where a <N> may begin: not in an ordinal, nor in what counts sentences, 一是 and (一).
_NUMERAL = re.compile(
    r"[\d零〇一二两三四五六七八九十百千](?<![\d.第 \ufffd&#零一二三四五六七八九十百].)"
    r"(?:(?<=\d)|[零〇一二两三四五六七八九十百千]{0,6}(?![零〇一二两三四五六七八九十百千是])(?!(?<=\(.)\)))"
)
_PART = re.compile(r"(?<![\d.])(?<!\d,)(\d{1,7})(?=[条篇则件份起宗次场期])")
# The beginning of a line that is numbered.
_NUMBERED = re.compile(r"(?:^|\n)(?=\(?[一二三四五六七八九十\d]{1,2}[)、.])")
_PARAGRAPH = 300  # characters before a statement in which its subject is looked for
_UNNAMED = Names(frozenset(), frozenset())
_UNSEEN = re.compile(f"[{UNSEEN}]")
_DOUBTED = 0.5  # how sure a statement is whose digits or words are not the usual ones
_WEAKER = 4  # what puts a doubted statement behind every row's plain ones
_DISCLOSED = re.compile(shared()["DISCLOSED"])
_ABOUT = re.compile(rf"{_DISCLOSED.pattern}|政府信息|政务信息|公开信息|公开[一-鿿]{{2}}信息")
_CAUSED = re.compile("[引因此]")
_CARRIED = frozenset(("applications_carried_in", "applications_carried_out"))
_AFTER = 40  # characters behind a sentence in which it is taken up
# Facts of which a report says more than of others; see [plain] of voices.toml.
_MATTERS = {"reviews": "cases", "lawsuits": "cases", "information_fee_yuan": "fees"}
_PLACES = ("sentence", "head", "upto", "tail", "after", "clause", "match", "context", "paragraph")


@dataclass(frozen=True, slots=True)
class Condition:
    """A wording that must, or must not, stand at a place around what was found.

    Places: `sentence` the whole sentence, `head` the sentence up to the value, `upto` up to the
    end of the match, `tail` the sentence after the match, `after` that
    and the beginning of the next, `clause` from the last pause up to the value, `match` what the
    row matched, `context` the sentence with the one before it,
    `paragraph` with all before it since the last numbered line. A trap that holds `always` holds
    for rows too that are without traps; one that only `doubts` leaves a statement standing,
    behind any that is not in doubt, and if it `counts_on` holds only of a number that those
    behind it do not add up to.
    """

    place: str
    regex: str
    wanted: bool
    always: bool = False
    doubts: bool = False
    counts_on: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One wording of one or more facts; see the head of patterns.toml for its keys.

    `counts`: each of its wordings holds a number, which is never optional.
    """

    id: str
    facts: tuple[str, ...]
    regexes: tuple[str, ...]
    anchors: tuple[str, ...]
    value: int | None
    doubt: int
    sections: frozenset[str]
    conditions: tuple[Condition, ...]
    document: str | None
    document_not: str | None
    document_once: str | None
    year_offset: int | None
    zero_only: bool
    any_year: bool
    opening: bool
    adds_up: bool
    parted: bool
    joined: int
    part: bool
    money: bool
    counts: bool
    examples: tuple[dict[str, Any], ...]
    counterexamples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A row's match in `Prose`: [start, end) of the value, [first, last) of the whole match."""

    row: Row
    match: re.Match[str]
    sentence: tuple[int, int]

    @property
    def span(self) -> tuple[int, int]:
        """The number, or the whole statement where there is none."""
        return self.match.span("n") if self.has_number else self.match.span()

    @property
    def has_number(self) -> bool:
        """Whether the match holds a number of its own."""
        return self.row.value is None and "n" in self.match.re.groupindex


@cache
def rows() -> tuple[Row, ...]:
    """The pattern rows, with the traps of their facts among their conditions."""
    raw = tomllib.loads((files("gkllm") / "forms" / "patterns.toml").read_text("utf-8"))
    macros = shared()
    for name, text in raw["macros"].items():
        macros[name] = expand(text, macros)
    traps: dict[str, list[Condition]] = {}
    for trap in raw["trap"]:
        said = {key: trap.get(key, False) for key in ("always", "doubts", "counts_on")}
        condition = Condition(trap["place"], expand(trap["regex"], macros), False, **said)
        for fact in trap["facts"]:
            traps.setdefault(fact, []).append(condition)
    return tuple(_row(row, raw["defaults"]["sections"], macros, traps) for row in raw["pattern"])


@cache
def compiled(regex: str) -> re.Pattern[str]:
    """A pattern, compiled when a text first asks for it: few texts ask for half of them."""
    return re.compile(regex)


def expand(text: str, macros: dict[str, str]) -> str:
    """Put macros, written <NAME>, in their places."""
    return re.sub(r"<([A-Z]+)>", lambda m: macros[m[1]], text)


def _row(
    raw: dict[str, Any],
    sections: list[str],
    macros: dict[str, str],
    traps: dict[str, list[Condition]],
) -> Row:
    def expanded(key: str) -> str | None:
        return expand(raw[key], macros) if key in raw else None

    regexes = tuple(expand(regex, macros) for regex in raw["regex"])
    facts = () if raw.get("adds_up", False) else raw["facts"]
    own = raw.get("traps", True)
    conditions = [t for fact in facts for t in traps.get(fact, []) if own or t.always]
    for place in _PLACES:
        for key, wanted in ((place, True), (f"{place}_not", False)):
            if (regex := expanded(key)) is not None:
                conditions.append(Condition(place, regex, wanted))
    return Row(
        id=raw["id"],
        facts=tuple(raw["facts"]),
        regexes=regexes,
        anchors=tuple(raw["anchors"]),
        value=raw.get("value"),
        doubt=raw.get("doubt", 0),
        sections=frozenset(raw.get("sections", sections)),
        conditions=tuple(conditions),
        document=expanded("document"),
        document_not=expanded("document_not"),
        document_once=expanded("document_once"),
        year_offset=raw.get("year_offset"),
        zero_only=raw.get("zero_only", False),
        any_year=raw.get("any_year", False),
        opening=raw.get("opening", False),
        adds_up=raw.get("adds_up", False),
        parted=raw.get("parted", False),
        joined=raw.get("joined", 0),
        part=raw.get("part", False),
        money=raw.get("money", False),
        counts=all("(?P<n>" in regex for regex in regexes),
        examples=tuple(raw.get("examples", [])),
        counterexamples=tuple(raw.get("counterexamples", [])),
    )


def statements(
    text: Text, prose: Prose, years: frozenset[int], names: Names = _UNNAMED
) -> Iterator[Candidate]:
    """Candidates of all rows.

    `years` are the years that the report may be about, `names` the names of its agency.
    """
    sentences = _Sentences(prose)
    seen: set[tuple[str, tuple[int, int]]] = set()
    for row in rows():
        if not sentences.having(row.anchors):
            continue
        suits: bool | None = None
        for found in islice(sentences.matches(row), MAX_FOUND):
            # A number that a stronger row has read need not be read again.
            if (row.facts[0], found.span) in seen:
                continue
            suits = _suits(row, prose.cited) if suits is None else suits
            if not suits:
                break
            for candidate in _candidates(text, prose, found, years, names):
                seen.add((row.facts[0], found.span))
                yield candidate


def _suits(row: Row, tight: str) -> bool:
    """Whether the prose as a whole lets a row speak."""
    if row.document and not compiled(row.document).search(tight):
        return False
    if row.document_not and compiled(row.document_not).search(tight):
        return False
    if row.document_once:
        matches = compiled(row.document_once).finditer(tight)
        return next(matches, None) is None or next(matches, None) is None
    return True


class _Sentence(NamedTuple):
    """[start, end) of a sentence, the key of its section, whether it holds a numeral."""

    start: int
    end: int
    section: str
    counts: bool


class _Sentences:
    """The sentences of a prose by the words they hold, and what was found in them.

    Rows share anchors, sentences and whole patterns: nothing is looked for twice.
    """

    def __init__(self, prose: Prose) -> None:
        self.prose = prose
        self._with: dict[tuple[str, ...], list[_Sentence]] = {}
        self._anchored: dict[str, list[_Sentence]] = {}
        self._at: dict[tuple[int, int], _Sentence] = {}
        self._found: dict[tuple[str, int, int], list[re.Match[str]]] = {}

    def matches(self, row: Row) -> Iterator[Found]:
        """What the patterns of a row find, sentence by sentence."""
        for anchored in self.having(row.anchors):
            if anchored.section not in row.sections:
                continue
            sentence = self._joined(anchored, row.joined) if row.joined else anchored
            if sentence.counts or not row.counts:
                for regex in row.regexes:
                    for match in self._matches(regex, sentence):
                        yield Found(row, match, sentence[:2])

    def having(self, anchors: tuple[str, ...]) -> list[_Sentence]:
        """The sentences that hold one of the anchors."""
        known = self._with.get(anchors)
        if known is None:
            each = [found for anchor in anchors if (found := self._holding(anchor))]
            known = sorted({*chain(*each)}) if len(each) > 1 else each[0] if each else []
            self._with[anchors] = known
        return known

    def _holding(self, anchor: str) -> list[_Sentence]:
        """The sentences that hold an anchor."""
        found = self._anchored.get(anchor)
        if found is not None:
            return found
        prose, tight = self.prose, self.prose.cited
        found = self._anchored[anchor] = []
        at = tight.find(anchor)
        while at >= 0 and len(found) < MAX_SENTENCES:
            span = prose.sentence(at)
            known = self._at.get(span)
            if known is None:
                counts = _NUMERAL.search(tight, *span) is not None
                known = self._at[span] = _Sentence(*span, prose.section(span[0]), counts)
            found.append(known)
            at = tight.find(anchor, max(span[1], at + 1))
        return found

    def _joined(self, sentence: _Sentence, before: int) -> _Sentence:
        """A sentence with some of those before it in its section."""
        first = sentence.start
        for _ in range(before):
            if first < 2:
                break
            ended = self.prose.cited[first - 2] in "。!?"  # also the paragraph before it
            start, _ = self.prose.sentence(first - 3 if ended else first - 2)
            if self.prose.section(start) != sentence.section:
                break
            first = start
        counts = _NUMERAL.search(self.prose.cited, first, sentence.end) is not None
        return _Sentence(first, sentence.end, sentence.section, counts)

    def _matches(self, regex: str, sentence: _Sentence) -> list[re.Match[str]]:
        key = (regex, sentence.start, sentence.end)
        found = self._found.get(key)
        if found is None:
            found = list(compiled(regex).finditer(self.prose.cited, *sentence[:2]))
            self._found[key] = found
        return found


def _candidates(
    text: Text, prose: Prose, found: Found, years: frozenset[int], names: Names
) -> Iterator[Candidate]:
    value, approximate = _value(prose, found)
    if value is None or not _holds(prose, found, years):
        return
    first, last = found.sentence
    start, end = (place - first for place in found.match.span())
    if another(prose.cited[first : last + 1], start, end, names.all):
        return
    row = found.row
    if not _suited(prose, found, value, names):
        return
    span = prose.clean_span(*found.span)
    quote = text.quote(*span)
    weak = _weak(prose, found, value, names)
    doubtful = weak or (found.has_number and _UNSEEN.search(quote) is not None)
    doubtful = doubtful or _strange(prose, found, names.all)
    doubt = row.doubt + _WEAKER if weak else row.doubt
    for fact in row.facts:
        yield Candidate(
            field=f"facts.{fact}",
            value=value,
            span=text.source_span(*span),
            quote=quote,
            source="prose",
            bundle=Bundle(f"facts.{fact}", row.id, doubt),
            approximate=approximate,
            confidence=_DOUBTED if doubtful else 1.0,
        )


def _weak(prose: Prose, found: Found, value: Value, names: Names) -> bool:
    """Whether a statement may be a part of the year's, or the figure of a wider whole.

    Any plain statement is to be believed before it.
    """
    for condition in found.row.conditions:
        if condition.doubts and compiled(condition.regex).search(
            _said(prose, found, condition.place)
        ):
            behind = _PART.findall(_said(prose, found, "tail")) if condition.counts_on else ()
            if not _adds_up(behind, value):
                return True
    if found.row.part or found.row.facts[0].startswith("said."):
        return False
    return borrowed(_lead(prose, found), found.match[0], names)


def _strange(prose: Prose, found: Found, names: frozenset[str]) -> bool:
    """Whether a statement may be another's: by the words before it, if it names its own matter.

    Cases, and that there were none, are of whatever the sentence speaks of; all else is told by
    the clause.
    """
    first, _ = found.sentence
    start, end = found.match.span()
    lead = prose.cited[first:start]
    matter = _MATTERS.get(found.row.facts[0], "")
    if matter != "cases":
        lead = _LAST_CLAUSE.split(lead)[-1]
    elif _DISCLOSED.search(prose.cited, first + _clause(lead), end):
        return False
    elif not found.has_number and not _CAUSED.search(found.match[0]):
        # That there were none is said of disclosure where the sentence has spoken of it.
        lead = _LAST_CLAUSE.split(lead)[-1] if _ABOUT.search(lead) else lead
    # Rows of requests carried over name each of their words.
    fixed = found.has_number or _CARRIED.issuperset(found.row.facts)
    return strange(lead if fixed else lead + found.match[0], names, matter)


def _suited(prose: Prose, found: Found, value: Value, names: Names) -> bool:
    """Whether a value is one that its row, by its own keys, may state."""
    row, first = found.row, found.sentence[0]
    if (row.zero_only and value != 0) or (row.opening and first not in prose.openings):
        return False
    if row.adds_up:
        before = _PART.findall(prose.cited[first : found.span[0]])
        if not _adds_up(reversed(before), value):
            return False
    if row.parted:
        behind = prose.cited[found.span[1] : found.match.end()]
        if sum(map(int, _PART.findall(behind))) != value:
            return False
    named = found.match.groupdict()
    if named.get("field") and not any(named["field"] in name for name in names.all):
        return False
    if not row.part:
        return True
    lead = _lead(prose, found)
    return borrowed(lead, "", names) and owned(lead, named["own"], names)


def _lead(prose: Prose, found: Found) -> str:
    """The paragraph before a match, as far as its subject is looked for."""
    start = found.match.start()
    return prose.cited[max(prose.cited.rfind("\n", 0, start) + 1, start - _PARAGRAPH) : start]


def _adds_up(parts: Iterable[str], value: Value) -> bool:
    """Whether the first two or more of some numbers have a value as their sum."""
    total = 0
    for count, part in enumerate(parts, 1):
        total += int(part)
        if count > 1 and total == value:
            return True
    return False


def _value(prose: Prose, found: Found) -> tuple[Value, bool]:
    if not found.has_number:
        value = found.row.value
        return (Decimal(value) if found.row.money and value is not None else value), False
    match = found.match
    groups = match.groupdict()
    more = groups.get("more") or ""
    amount, vague = number(match["n"], more)
    if amount is None:
        return None, False
    start, end = match.span("n")
    about = _APPROXIMATE_BEFORE.search(prose.cited[max(0, start - 4) : start]) is not None
    about = about or _APPROXIMATE_AFTER.match(prose.cited, end + len(more)) is not None
    if found.row.money:  # 0.295万元 is an exact amount, 2万条 is not
        return amount, about or more not in ("", "万")
    vague = vague or about
    return (int(amount), vague) if amount == int(amount) else (None, False)


def _holds(prose: Prose, found: Found, years: frozenset[int]) -> bool:
    head = prose.cited[found.sentence[0] : found.span[0]]
    places: dict[str, str] = {"head": head}
    for condition in found.row.conditions:
        if condition.doubts:
            continue
        said = places.get(condition.place)
        if said is None:
            said = places[condition.place] = _said(prose, found, condition.place)
        if (compiled(condition.regex).search(said) is not None) != condition.wanted:
            return False
    return _year_holds(found, head, years)


def _said(prose: Prose, found: Found, place: str) -> str:
    """The words at a place around what was found; see `Condition`."""
    start, end = found.sentence
    tight = prose.cited
    if place == "clause":
        head = tight[start : found.span[0]]
        return head[_clause(head) :]
    if place == "head":
        return tight[start : found.span[0]]
    if place == "upto":
        return tight[start : found.match.end()]
    if place == "tail":
        return tight[found.match.end() : end]
    if place == "after":
        return tight[found.match.end() : end + _AFTER].partition("\n")[0]
    if place == "match":
        return found.match[0]
    if place == "paragraph":
        return _passage(prose, start) + tight[start:end]
    before = prose.before(start) if place == "context" else ""
    return before + tight[start:end]


def _passage(prose: Prose, start: int) -> str:
    """What stands before a sentence from the last numbered line on, with the line above that."""
    tight = prose.cited
    low = max(start - _PARAGRAPH, 0)
    numbered = [mark.end() for mark in _NUMBERED.finditer(tight, low, start + 1)]
    first = numbered[-1] if numbered else max(tight.rfind("\n", low, start) + 1, low)
    return prose.before(first) + tight[first:start]


def _clause(said: str) -> int:
    """Where the last clause begins."""
    pauses = _PAUSES.search(said[::-1])
    return len(said) - pauses.start() if pauses else 0


def _year_holds(found: Found, head: str, years: frozenset[int]) -> bool:
    """The year that the sentence names last before the value is the one reported."""
    offset = found.row.year_offset
    if offset is not None and found.match.groupdict().get("y"):
        return {int(found.match["y"]) - offset} == years
    if found.row.any_year:
        return True
    said = head if found.has_number else head + found.match[0]
    clause = _clause(said) - 1
    # "比2022年增长,…": a year compared with matters for the numbers of its own clause only.
    named = [
        m[1]
        for m in _YEAR.finditer(said)
        if m.start() > clause or said[m.start() - 1 : m.start()] not in _COMPARING
    ]
    if not named:
        return True
    return int(named[-1]) in years if years else len(set(named)) == 1
