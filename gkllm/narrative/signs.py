"""Words of section 五 > the half they speak of: a problem, a measure, both, or neither.

The words stand in `forms/halves.toml`. A sentence is judged clause by clause, in the order in
which it says things: what begins with a promise may name the shortcoming that it is about.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import TypeGuard

PROBLEMS, IMPROVEMENTS, BOTH = "problems", "improvements", "both"
OTHER = "other"  # neither half: why there are problems, what went well
DOUBT = "doubt"  # a label of the remedies of another year, or of causes and measures at once
_LONGEST_LABEL = 24
_OPENING = 24  # characters of a clause in which it says who intends something, and when
_MARK = re.compile(
    r"(?:[一二三四五六七八九十]{1,2}是|其[一二三四五六],|\([一二三四五六七八九十\d]{1,2}\)|"
    r"[一二三四五六七八九十]{1,2}、|\d{1,2}(?:、|\.(?!\d))|(?:首先|其次|再次|最后),)+"
)
# What numbers a heading; "二是" numbers an item.
_HEAD_MARK = re.compile(
    r"^(?:\([一二三四五六七八九十\d]{1,2}\)|[一二三四五六七八九十]{1,2}、|\d{1,2}(?:、|\.(?!\d)))"
)
_ITEM_MARK = re.compile(r"[一二三四五六七八九十]{1,2}是|其[一二三四五六],|(?:首先|其次|再次|最后),")
# Copulas behind a label: "改进的办法是完善制度".
_COPULA = re.compile(r"[^是为有:,。;!?\n]{2,24}(?=[是为有](?![效关利助]))")
_CLAUSE = re.compile(r"[^,:。;!?\n]+")
# An item within what ends a report: then it ends nothing.
_INNER_ITEM = re.compile(rf"(?:^|(?<=[。;:,、!?\n])){_MARK.pattern}")
_MOST_CLOSINGS = 50
_SHORT = 200  # characters behind a closing phrase
_EDGES = "。;,、:!? \n"


class Sign(Enum):
    """What a sentence speaks of. TURN promises whatever it names; ACT is work, done or meant."""

    PROBLEM = "problem"
    TURN = "turn"
    ACT = "act"
    MIXED = "mixed"  # first a shortcoming, then what is done about it
    EITHER = "either"  # words of both in one breath


@dataclass(frozen=True, slots=True)
class _Words:
    """The patterns of halves.toml."""

    nouns: dict[str, re.Pattern[str]]
    both: re.Pattern[str]
    plain: re.Pattern[str]
    meets: re.Pattern[str]
    cue: re.Pattern[str]
    weak: re.Pattern[str]
    hint: re.Pattern[str]
    neutral: re.Pattern[str]
    turn: re.Pattern[str]
    may_shall: re.Pattern[str]
    under_way: re.Pattern[str]
    reported: re.Pattern[str]
    acts: re.Pattern[str]
    remedies: re.Pattern[str]
    none: re.Pattern[str]
    headings: tuple[str, ...]
    others: re.Pattern[str]
    other_plain: re.Pattern[str]
    beside: re.Pattern[str]
    past: re.Pattern[str]
    served: re.Pattern[str]
    closing: re.Pattern[str]
    solved: re.Pattern[str]
    bygone: re.Pattern[str]
    standing: re.Pattern[str]
    honour: re.Pattern[str]
    scant: re.Pattern[str]
    merits: re.Pattern[str]
    promised: re.Pattern[str]


@cache
def _words() -> _Words:
    raw = tomllib.loads((files("gkllm") / "forms" / "halves.toml").read_text("utf-8"))
    labels, none = raw["labels"], raw["none"]
    others, plain = (labels[key].replace("\n", "") for key in ("others", "plain"))
    asides = {key: value.replace("\n", "") for key, value in raw["asides"].items()}
    signs = {key: value.replace("\n", "") for key, value in raw["signs"].items()}
    for name in ("acts", "cue", "before"):
        signs = {key: value.replace(f"__{name}__", signs[name]) for key, value in signs.items()}
    adverbs = rf"(?:{signs['adverbs']}){{0,3}}"
    before = rf"(?:{signs['before']}){adverbs}"
    intends = rf"(?:^{adverbs}|{before})(?:{signs['shall']}|{signs['intends']})"
    joined = rf"(?:{labels['problems']})(?:{labels['joins']})"
    return _Words(
        nouns={key: re.compile(labels[key]) for key in (PROBLEMS, IMPROVEMENTS)},
        both=re.compile(
            rf"{joined}(?:下一?步|今后|工作|的|主要|拟?采取)*(?:解决|{labels['improvements']})"
        ),
        plain=re.compile(labels["plain"].replace("\n", "")),
        meets=re.compile(labels["meets"]),
        cue=re.compile(signs["cue"]),
        weak=re.compile(signs["weak"]),
        hint=re.compile(signs["hint"]),
        neutral=re.compile(signs["neutral"]),
        turn=re.compile(f"{signs['ahead']}|{intends}"),
        may_shall=re.compile(signs["may_shall"]),
        under_way=re.compile(rf"(?:^{adverbs}|{before})(?:{signs['under_way']})"),
        reported=re.compile(f"^已|{signs['reported']}"),
        acts=re.compile(rf"(?:并|同时|此外)?(?:{signs['acts']})"),
        remedies=re.compile(signs["remedies"]),
        none=re.compile(f"{none['problems']}|{none['improvements']}"),
        headings=tuple(raw["inner"]["headings"]),
        others=re.compile(rf"(?:{others})(?=(?:如下|主要|以下|几个|几点|方面|[有是为])*$)"),
        other_plain=re.compile(rf"{others}|{labels['around']}|{plain}"),
        beside=re.compile(
            rf"(?:{labels['problems']})(?:{labels['joins']})(?:主要|其|产生|形成|的)*(?:{others})|"
            rf"(?:{others})(?:{labels['joins']})(?:{labels['problems']})"
        ),
        promised=re.compile(labels["promised"]),
        past=re.compile(labels["past"]),
        served=re.compile(signs["served"]),
        closing=re.compile(rf"(?:\n|(?<=[。!])|^)(?:{asides.pop('closing')})"),
        **{key: re.compile(value) for key, value in asides.items()},
    )


def inner_headings() -> tuple[str, ...]:
    """Headings that section 五 has within itself."""
    return _words().headings


def label(words: str) -> str | None:
    """The half that a heading or a label names, BOTH, or None where it is neither.

    >>> label("(二)努力方向"), label("2024年工作安排"), label("存在问题及对策")
    ('improvements', 'improvements', 'both')
    >>> label("公开意识方面的问题"), label("解决问题的措施"), label("存在的困难和问题")
    (None, 'improvements', 'problems')
    >>> label("2.解决问题"), label("二是落实措施")
    (None, None)
    """
    known = _words()
    if _ITEM_MARK.match(words):
        return None
    head = _HEAD_MARK.sub("", words.strip(_EDGES), count=1).strip(_EDGES)
    if not 2 <= len(head) <= _LONGEST_LABEL:
        return None
    if known.past.search(head):
        rest = known.past.sub("", head)
        return None if label(rest) in (None, OTHER) else DOUBT
    other = _other(head)
    if other is not None or known.plain.sub("", head):
        return other
    if known.both.search(head):
        return BOTH
    last = {
        key: max((m.end() for m in p.finditer(head)), default=0) for key, p in known.nouns.items()
    }
    key = max(last, key=lambda k: last[k])
    meets = key == PROBLEMS and known.meets.match(head) is not None
    return key if last[key] and not meets else None


def _other(head: str) -> str | None:
    """Whether a label names neither half: "取得的成效", "原因分析"."""
    known = _words()
    if known.beside.search(head):
        return PROBLEMS if not known.other_plain.sub("", head) else None
    if known.others.search(head) and not known.promised.search(head):
        return OTHER if not known.other_plain.sub("", head) else None
    return None


def copula(words: str) -> str | None:
    """The half that a sentence names before "is": "改进的办法是完善制度"."""
    mark = _MARK.match(words)
    head = _COPULA.match(words, mark.end() if mark else 0)
    return label(head[0]) if head else None


def denies(words: str) -> bool:
    """Whether a sentence says that there is no problem, and names none.

    >>> denies("全年公开工作不存在明显问题"), denies("没有突出问题,但解读不够通俗")
    (True, False)
    """
    known = _words()
    rest, count = known.none.subn("", words)
    return bool(count) and known.weak.search(rest) is None


def closing(tight: str, start: int, end: int) -> int:
    """Where what ends a report begins: "特此报告", "附件:…"; `end` where nothing does.

    It ends nothing where an item, a problem or a promise stands behind it.
    """
    known = _words()
    found = list(islice(known.closing.finditer(tight, start, end), _MOST_CLOSINGS))
    last = end
    for one in reversed(found):
        behind = tight[one.end() : last]
        apart = any(mark in one[0] for mark in "附注")
        if one.start() <= start or (not apart and (len(behind) > _SHORT or _goes_on(behind))):
            break
        last = one.start()
    return last


def _goes_on(words: str) -> bool:
    known = _words()
    return _INNER_ITEM.search(words) is not None or any(
        pattern.search(words) for pattern in (known.cue, known.turn)
    )


def aside(words: str) -> bool:
    """Whether a sentence among problems is none: good work, or a problem of another time.

    >>> aside("去年存在的更新慢问题已基本解决。"), aside("2024年在全市考核中位列第一。")
    (True, True)
    >>> aside("去年存在的更新慢问题已解决,但解读不够。"), aside("截至目前仅有一人。")
    (False, False)
    """
    known = _words()
    if solved(words):
        return solved(words, alone=True) and known.bygone.search(words) is not None
    if sign(words) is not None or "将" in words or known.scant.search(words):
        return False
    return known.honour.search(words) is not None or (
        known.standing.search(words) is not None and not hinted(words)
    )


def honours(words: str) -> bool:
    """Whether a sentence says what was praised, and nothing of a measure."""
    return _words().honour.search(words) is not None and sign(words) is None


def solved(words: str, *, alone: bool = False) -> bool:
    """Whether a sentence speaks of a problem that is no more; `alone`: and of nothing behind it."""
    known = _words()
    gone = known.solved.search(words)
    behind = words[gone.end() :] if gone and alone else ""
    return gone is not None and not (known.weak.search(behind) or known.turn.search(behind))


def merits(words: str) -> bool:
    """Whether what stands before items says that they are good work."""
    return _words().merits.search(words) is not None


def sign(words: str) -> Sign | None:
    """What a sentence speaks of, its item mark aside.

    >>> sign("我局要拓宽渠道"), sign("渠道单一,内容不丰富"), sign("配强人员")
    (<Sign.TURN: 'turn'>, <Sign.PROBLEM: 'problem'>, <Sign.ACT: 'act'>)
    >>> sign("渠道单一,我局将拓宽渠道"), sign("主动公开意识不强"), sign("基层人员流动大")
    (<Sign.MIXED: 'mixed'>, <Sign.EITHER: 'either'>, None)
    """
    known = _words()
    mark = _MARK.match(words)
    words = words[mark.end() :] if mark else words
    weak = acts = False
    for clause in _CLAUSE.findall(words):
        found, turn = known.weak.search(known.served.sub(_blank, clause)), known.turn.search(clause)
        if found and _done(clause, found.start(), turn):
            return Sign.MIXED
        if _opens(turn) or (weak and found is None and _opens(known.reported.search(clause))):
            return Sign.MIXED if weak else Sign.TURN
        acts = acts or (not weak and _begins(clause))
        weak = weak or found is not None
    if known.may_shall.search(words):
        return Sign.MIXED if weak else Sign.TURN
    if weak:
        return Sign.EITHER if acts else Sign.PROBLEM
    return Sign.ACT if acts and not hinted(words) else None


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _done(clause: str, weak: int, turn: re.Match[str] | None) -> bool:
    """Whether a clause says behind a shortcoming what is or will be done about it."""
    if turn is not None:
        return weak < turn.start()
    return _words().reported.search(clause, weak) is not None


def _opens(found: re.Match[str] | None) -> TypeGuard[re.Match[str]]:
    return found is not None and found.start() < _OPENING


def _begins(clause: str) -> bool:
    known = _words()
    return known.acts.match(clause) is not None or _opens(known.under_way.search(clause))


def hinted(words: str) -> bool:
    """Whether words may name a shortcoming."""
    known = _words()
    own = known.neutral.sub("", known.served.sub("", words))  # others' problems are none
    return known.hint.search(own) is not None


def cue() -> re.Pattern[str]:
    """Words that call something a problem."""
    return _words().cue


def named(words: str) -> bool:
    """Whether words name a shortcoming."""
    return _words().weak.search(words) is not None


def remedied(words: str) -> bool:
    """Whether words say anything of a measure."""
    known = _words()
    return known.remedies.search(words) is not None or known.turn.search(words) is not None
