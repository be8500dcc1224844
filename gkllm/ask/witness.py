"""Whether the document itself speaks for an answer, whoever gave it.

An answer whose quote stands in the text may still be the wrong number of the right sentence. It
is witnessed only where the words around the number are the field's own, nothing of a trap is
among them, and no other number of the document fits as well. What is not understood is no
witness: the answer then stays a suggestion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gkllm.ask.figures import Figure, Script, figures
from gkllm.ask.hints import Hint
from gkllm.document import Span
from gkllm.voice import another

SECTIONS = frozenset(("head", "overview", "disclosure", "requests", "litigation", "other"))
FOREIGN = 2  # characters of other words that the clause of a number may hold
REACH = 3  # clauses before the number's in which the field may be named

_CLAUSE_END = re.compile(r"[,;:。()\n]")
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?=年|[我全本,])")
_WORDLESS = re.compile(r"[^\u4e00-\u9fff]+")
_BEFORE_NUMBER = re.compile(r"(?:接近|将近|大约|近|约|超过|超|逾|突破|不少于|至少)$")
_COMPARED = ("比", "较", "与", "同")


Witness = tuple[str, int]  # its name and the doubt that is left, as a bundle has them

VOCABULARY: Witness = ("the field's own words around it, no rival", 0)
MENTION: Witness = ("said in two places, no rival", 0)
NAMED: Witness = ("the field is named before it, no rival", 1)
GROUNDED: Witness = ("it stands in the passage", 2)


@dataclass(frozen=True, slots=True)
class About:
    """What a report is about: its year, where that is settled, and the names of its agency."""

    year: int | None = None
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Claim:
    """A value with the stretch of the script that its witness must cover.

    [at, until) is the number with its unit, or the wording that denies; [start, end) the clauses
    from the one that names the field to the number's own.
    """

    value: object
    at: int
    until: int
    start: int
    end: int
    plain: bool  # nothing but the field's own words stand around it


def topical(script: Script, hint: Hint) -> Iterator[tuple[int, int]]:
    """The sentences that hold a hint's topic, sections that speak of plans left out."""
    done = -1
    for match in hint.topic.finditer(script.cited):
        if match.start() < done or script.section(match.start()) not in SECTIONS:
            continue
        start, end = script.sentence(match.start())
        if end > start and not hint.alarm.search(script.cited, start, end):
            yield start, end
        done = end


def trapped(text: str, span: Span, sentence: Span, hint: Hint, about: About) -> bool:
    """Whether a number is surely another: a trap in its clause, another year before it."""
    start = _clause_start(text, span[0], sentence[0])
    end = _clause_end(text, span[1], sentence[1])
    if _trapped(text, Claim(None, *span, start, end, True), sentence, hint, about):
        return True
    return _other_year(text[sentence[0] : end], about, hint)


def witness(
    script: Script, hint: Hint, value: object, at: int, taken: Mapping[int, str], about: About
) -> Witness:
    """What the document says for the figure, or the wording that denies, at `at`.

    `taken` tells by their place the numbers that other fields have settled.
    """
    if hint.kind == "day":
        return VOCABULARY if _day_witnessed(script, hint, value, at, about) else GROUNDED
    claims = dict(_claims(script, hint, taken, about))
    claim = claims.get(at)
    if claim is None or any(other.value != value for other in claims.values()):
        return GROUNDED
    if claim.plain:
        return VOCABULARY
    sentences = {script.sentence(place) for place in claims}
    return MENTION if len(sentences) > 1 else NAMED


def _claims(
    script: Script, hint: Hint, taken: Mapping[int, str], about: About
) -> Iterator[tuple[int, Claim]]:
    """Every figure and denial of the document that may be the field's, by its place."""
    text = script.cited
    for start, end in topical(script, hint):
        if hint.context is not None and not hint.context.search(text, start, end):
            continue
        if _other_year(script.before(start), about, hint) and not _YEAR.search(text, start, end):
            continue
        yield from _figure_claims(text, (start, end), hint, taken, about)
        yield from _denials(text, (start, end), hint, about)


def _figure_claims(
    text: str,
    sentence: tuple[int, int],
    hint: Hint,
    taken: Mapping[int, str],
    about: About,
) -> Iterator[tuple[int, Claim]]:
    found = list(figures(text, *sentence, hint))
    for figure in found:
        if taken.get(figure.span[0], hint.path) != hint.path:
            continue
        claim = _claim(text, sentence, figure, found, hint)
        if claim is None or _trapped(text, claim, sentence, hint, about):
            continue
        if hint.other is not None and hint.other.search(text, claim.start, claim.end):
            continue  # of two things that a sentence names, a number may be of either
        if not _other_year(text[sentence[0] : claim.end], about, hint):
            yield figure.span[0], claim


def _claim(
    text: str, sentence: tuple[int, int], figure: Figure, found: list[Figure], hint: Hint
) -> Claim | None:
    """The claim of a figure: from the nearest clause before it that names the field."""
    start = _clause_start(text, figure.span[0], sentence[0])
    end = _clause_end(text, figure.end, sentence[1])
    number = f"{text[start : figure.span[0]]}\n{text[figure.end : end]}"
    plain = _foreign(number, hint) <= FOREIGN
    first = start
    for _ in range(REACH + 1):
        last = end if first == start else _clause_end(text, first, sentence[1])
        others = [f for f in found if first <= f.span[0] < last and f is not figure]
        if others:
            return None  # the words belong to another number of the same kind
        if hint.own.search(text, first, last):
            return Claim(figure.value, figure.span[0], figure.end, first, end, plain)
        if first != start and _foreign(text[first:last], hint) > FOREIGN:
            plain = False
        if first <= sentence[0]:
            return None
        first = _clause_start(text, first - 1, sentence[0])
    return None


def _denials(
    text: str, sentence: tuple[int, int], hint: Hint, about: About
) -> Iterator[tuple[int, Claim]]:
    for match in hint.zero.finditer(text, *sentence) if hint.zero else ():
        start = _clause_start(text, match.start(), sentence[0])
        end = _clause_end(text, match.end(), sentence[1])
        plain = _foreign(_DENIAL.sub("", text[start:end]), hint) <= FOREIGN
        claim = Claim(0, *match.span(), start, end, plain)
        if _trapped(text, claim, sentence, hint, about):
            continue
        if _other_year(text[sentence[0] : end], about, hint):
            continue
        yield match.start(), claim


_DENIAL = re.compile(r"没有|未曾|从未|未|没|无|零|收入|进账|发生")


def _trapped(text: str, claim: Claim, sentence: tuple[int, int], hint: Hint, about: About) -> bool:
    said = text[sentence[0] : sentence[1] + 1]
    # The figure, and the clause that names its field, may each speak of somebody else.
    for at in (claim.at, _clause_end(text, claim.start, claim.at)):
        if another(said, at - sentence[0], claim.until - sentence[0], about.names):
            return True
    if hint.trap.search(text, claim.start, claim.end):
        return True
    # 自条例施行至今, 上半年, 其中: what opens a sentence holds for all of its clauses.
    if hint.frame.search(text, sentence[0], claim.end):
        return True
    return hint.tail is not None and bool(hint.tail.match(text[claim.end : sentence[1]]))


def _other_year(words: str, about: About, hint: Hint) -> bool:
    """Whether the year named last is not the one that the field speaks of."""
    named = [
        int(m[1])
        for m in _YEAR.finditer(words)
        if words[m.start() - 1 : m.start()] not in _COMPARED
    ]
    if not named:
        return False
    if about.year is None:
        return True
    return named[-1] not in ({about.year, about.year + hint.year})


def _foreign(words: str, hint: Hint) -> int:
    """How many characters of a clause are neither the field's own words nor common ones."""
    head, _, tail = words.partition("\n")
    bare = f"{_BEFORE_NUMBER.sub('', head)}\n{tail}"
    return len(_WORDLESS.sub("", hint.words.sub("\n", bare)))


def _clause_start(text: str, position: int, least: int) -> int:
    found = least
    for mark in _CLAUSE_END.finditer(text, least, position):
        found = mark.end()
    return found


def _clause_end(text: str, position: int, most: int) -> int:
    mark = _CLAUSE_END.search(text, position, most)
    return mark.start() if mark else most


def _day_witnessed(script: Script, hint: Hint, value: object, at: int, about: About) -> bool:
    """A period is its sentence's two dates, in order and in the year reported."""
    start, end = script.sentence(at)
    text = script.cited
    days = list(figures(text, start, end, hint))
    if len(days) != 2 or hint.trap.search(text, start, end):
        return False
    first, last = days
    if not hint.own.search(text, start, first.span[0]) or str(first.value) >= str(last.value):
        return False
    if {str(first.value)[:4], str(last.value)[:4]} != {str(about.year)}:
        return False
    wanted = first if hint.key == "period_start" else last
    return wanted.span[0] == at and wanted.value == value
