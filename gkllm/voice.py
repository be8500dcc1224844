"""Whose figure a sentence states: the report's own, or one heard of, made up or another body's.

A report also says what others did, how a form is to be filled, and what a reader of data is told
to write. The wordings are rows of `forms/voices.toml`; a body that is named just before what it
does is compared with the names of the agency.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_PAUSES = re.compile(r"[,。;:()\n!?“”\"]")
_OFFICE = re.compile(r"人民政府|政府|办事处")
_SHORT_OFFICE = re.compile(r"政府办(?:公厅)?$")
# Words by which an agency calls itself, before the kind that it is.
_OWN = re.compile(r"[我本全各][一-鿿]{0,3}$")
_TOWN = re.compile(r"(?:镇|乡|街道|社区|村|苏木)(?:便民服务中心)?$")
_BUREAU = re.compile(r"[局厅委会]$")
_LEVELS = "省市县区州旗"
_NAMED = re.compile(r"[一-鿿]{1,16}$")
_WORDLESS = re.compile(r"[^一-鿿]")
_KNOWN = 3  # characters at the end of a name that make it the agency's


@dataclass(frozen=True, slots=True)
class Voice:
    """A wording of voices.toml, with the sentences that it must and must not speak against."""

    kind: str
    place: str
    pattern: re.Pattern[str]
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What a report calls its agency: everywhere, and in its likeliest places."""

    all: frozenset[str]
    own: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Bodies:
    doing: re.Pattern[str]  # a body with what it does behind it
    words: re.Pattern[str]
    wider: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Scope:
    """Of whom a paragraph speaks; see [scope] of voices.toml."""

    whole: re.Pattern[str]
    own: re.Pattern[str]
    named: re.Pattern[str]
    area: re.Pattern[str]
    item: re.Pattern[str]
    level: re.Pattern[str]
    level_does: re.Pattern[str]


@cache
def _raw() -> dict[str, Any]:
    return tomllib.loads((files("gkllm") / "forms" / "voices.toml").read_text("utf-8"))


@cache
def voices() -> tuple[Voice, ...]:
    """The rows of voices.toml."""
    return tuple(
        Voice(
            row["kind"],
            row["place"],
            re.compile(row["regex"]),
            tuple(row["examples"]),
            tuple(row["counterexamples"]),
        )
        for row in _raw()["voice"]
    )


@cache
def _plain(matter: str) -> tuple[re.Pattern[str], int]:
    raw = _raw()["plain"]
    words = f"{raw[matter]}|{raw['words']}" if matter else raw["words"]
    return re.compile(words.replace("\n", "")), raw["most"]


@cache
def _bodies() -> _Bodies:
    raw = _raw()["bodies"]
    return _Bodies(
        doing=re.compile(
            rf"(?<=[一-鿿]){raw['name']}"
            rf"(?=(?:{raw['between']})+(?:{raw['does']}|$)|(?:{raw['does']})|$)"
        ),
        words=re.compile(rf"(?:{raw['words']})$"),
        wider=re.compile(raw["wider"]),
    )


@cache
def _scope() -> _Scope:
    raw, bodies = _raw()["scope"], _raw()["bodies"]
    does = rf"(?:{bodies['between']}|{raw['between']})*(?:{bodies['does']}|{raw['does']}|$)"
    return _Scope(
        whole=re.compile(rf"(?:{'|'.join(raw['whole'])})(?={does})"),
        own=re.compile(raw["own"]),
        named=re.compile(raw["named"]),
        area=re.compile(raw["area"]),
        item=re.compile(raw["item"]),
        level=re.compile(raw["level"]),
        level_does=re.compile(rf"(?:{raw['level']})(?={does})"),
    )


def macros() -> dict[str, str]:
    """Wordings that the rows of other files share, by their names."""
    named: dict[str, str] = _raw()["macros"]
    return dict(named)


def another(sentence: str, start: int, end: int, names: Collection[str] = ()) -> str | None:
    """Why [start, end) of a sentence is no statement of the report about its agency, or None.

    A sentence comes with the mark that ends it.

    `names` are what the report calls its agency; without any, no named body is taken for another.

    >>> another("据称邻县全年收到申请9件", 6, 12)
    'hearsay'
    >>> another("石桥镇全年收到申请9件", 5, 11, ["青溪县柳林镇人民政府"])
    'other body'
    >>> another("柳林镇全年收到申请9件", 5, 11, ["青溪县柳林镇人民政府"])
    >>> another("县政府办2024年未收取处理费。", 9, 15, ["青溪县人民政府办公室"])
    """
    head = sentence[:start]
    clause = _PAUSES.split(head)[-1]
    places = {"sentence": sentence, "head": head, "clause": clause, "tail": sentence[end:]}
    for voice in voices():
        if voice.pattern.search(places[voice.place]):
            return voice.kind
    return "other body" if names and _other_body(clause, names) else None


def borrowed(lead: str, stated: str, names: Names) -> bool:
    """Whether a paragraph up to a statement speaks of more than the agency, or of another body.

    Whose figures follow is said once, before the first of them. Only the report of a whole
    county speaks of all its parts when it says 全县.

    >>> office = Names(frozenset(["青溪县人民政府办公室"]), frozenset(["青溪县人民政府办公室"]))
    >>> borrowed("全县公开信息90条,", "收到申请9件", office)
    True
    >>> borrowed("全县公开信息90条,我办", "收到申请9件", office)
    False
    """
    scope = _scope()
    if not names.own:
        return False
    item = [found.end() for found in scope.item.finditer(lead)]
    lead = lead[item[-1] if item else 0 :]
    own = [found.end() for found in scope.own.finditer(lead)]
    others: list[int] = []
    if any(scope.area.search(_core(name)) for name in names.own):
        own += [found.end() for found in scope.level.finditer(lead)]
    else:
        for wider in (scope.whole, scope.level_does):
            others += [found.end() for found in wider.finditer(lead + stated)]
    named = [found.end() for found in scope.named.finditer(lead)]
    own += [end for end in named if not _foreign(lead, end, names.all)]
    for body in _doing(lead):
        (others if _foreign(lead, body.end(), names.all) else own).append(body.end())
    return max(others, default=-1) >= max(own, default=0)


def owned(lead: str, body: str, names: Names) -> bool:
    """Whether a body behind a paragraph is the agency.

    >>> office = Names(frozenset(["青溪县人民政府办公室"]), frozenset(["青溪县人民政府办公室"]))
    >>> owned("其中", "县政府办公室", office), owned("其中", "我办", office)
    (True, True)
    >>> owned("其中", "县水利局", office)
    False
    """
    said = lead + body
    return _scope().own.fullmatch(body) is not None or not _foreign(said, len(said), names.all)


def strange(words: str, names: Collection[str] = (), matter: str = "") -> bool:
    """Whether words before a statement hold more than a report says of itself.

    Of some matters, `cases` and `fees`, it says more.

    >>> strange("全年我局通过政府网站"), strange("敏感词筛查覆盖")
    (False, True)
    >>> strange("柳林镇", ["青溪县柳林镇"])
    False
    >>> strange("法院判决驳回起诉"), strange("法院判决驳回起诉", matter="cases")
    (True, False)
    """
    plain, most = _plain(matter)
    for name in names:
        core = _core(name)
        for own in (name, core, *(core[-size:] for size in range(len(core) - 1, _KNOWN - 1, -1))):
            words = words.replace(own, "\n")
    return len(_WORDLESS.sub("", plain.sub("\n", words))) > most


def ordered(words: str) -> bool:
    """Whether words tell a reader of data what to do, whatever they state."""
    return any(v.kind == "order" and v.pattern.search(words) for v in voices())


def _other_body(clause: str, names: Collection[str]) -> bool:
    """Whether a clause names a body that is not the agency just before what it did."""
    bodies = _bodies()
    if bodies.wider.search(clause) and all(_TOWN.search(_core(name)) for name in names):
        return True
    return any(_foreign(clause, body.end(), names) for body in bodies.doing.finditer(clause))


def _doing(lead: str) -> list[re.Match[str]]:
    """The bodies of a paragraph with what they do, where both stand in it."""
    return [body for body in _bodies().doing.finditer(lead) if body.end() < len(lead)]


def _foreign(said: str, end: int, names: Collection[str]) -> bool:
    """Whether the body whose name ends at `end` is not the agency."""
    lead = said[:end]
    named = _NAMED.search(lead)
    if named is None or _bodies().words.search(lead) or _OWN.search(named[0]):
        return False
    core = _core(named[0])
    return not any(_same(core, _core(name)) for name in names)


def _core(name: str) -> str:
    name = name.replace("街道办事处", "街道").replace("街道办", "街道")
    name = name.replace("管理委员会", "管委会").replace("委员会", "委")
    return _OFFICE.sub("", _SHORT_OFFICE.sub("政府办公室", name))


def _same(said: str, core: str) -> bool:
    """Whether words end with a name of the agency, or with a part of it: 镇政府, 县交通局.

    Bureaus are also called by some characters of their names (县人社局), and never by those of
    another level (市人社局).
    """
    common, at = 0, len(core)
    while common < len(said):
        found = core.rfind(said[-1 - common], 0, at)
        if found < 0 or (found < at - 1 and not (common and _BUREAU.search(core))):
            break
        common, at = common + 1, found
    rest = said[: len(said) - common]
    level = rest[-1:] in _LEVELS and rest[-1:] not in core
    return common >= min(_KNOWN, len(said), len(core)) and not (rest and level)
