"""Section 五 > what it names as problems and what it promises, word for word.

The section says 存在问题 … 针对以上问题 … in sentences, or item by item (一是 … 二是 …); cue words
tell the two halves apart. What stands before the first cue belongs to neither.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gkllm.document import Span
from gkllm.form import compact
from gkllm.narrative.identity import NAME
from gkllm.narrative.prose import Prose

MAX_SECTION = 20_000

_PROBLEM = re.compile(
    r"(?:存在|突出|主要)(?:的|着|了|一些|以下|一定|不少|主要|突出|诸多|如下|许多|较多|部分|几个|几点|方面|两个|三个){0,4}"
    r"(?:问题|不足|困难|短板|差距|薄弱环节|短处)|(?:问题|不足)(?:主要)?(?:有|是|表现|体现|如下|:)|不足之处|"
    r"(?:仍有|还有|尚有|仍存|尚存|存在|存有)(?:一定|较大|一些|不小|不少|较多)?的?(?:差距|不足|短板|困难|问题|薄弱)"
)
_IMPROVEMENT = re.compile(
    r"(?:针对|对于|围绕)(?:以上|上述|这些|此|此类|存在|前述|问题|不足)|"
    r"改进(?:情况|措施|计划|方向|办法|思路|方面|打算|建议|举措)(?:如下|主要|是|为|有|一是|首先|[:,。]|$|\n)|(?:改进|整改):|"
    r"(?:采取|制定)(?:了)?(?:以下|如下)(?:的)?(?:改进)?(?:措施|举措)|"
    r"下一步|下步|下阶段|下一阶段|今后|整改(?:措施|情况|方向):?|为此,|接下来|"
    r"(?:20\d\d年|明年|来年)度?,?(?:我[^,。;]{1,6})?将|我(?:局|镇|乡|市|县|区|街道|委|办|院|中心|单位|们)将|将(?:进一步|继续|重点|着力)"
)
_STOP = re.compile(
    r"[。!?\n]|(?<=[A-Za-z])\.(?=[一-鿿])|;(?=[^。;\n]{0,12}(?:针对|下一步|今后|改进措施|为此))"
)
# A sentence in another language is a paragraph of its own, whatever became of its line end.
_PARAGRAPH = re.compile(r"\n|。(?=[A-Za-z])")
_FEWEST_SAID = 4  # characters that say something, at the end of a text
_ITEM = re.compile(
    r"(?<=[题况施划足])一是|(?:(?<=[。;:,、!?\n])|^)(?:[一二三四五六七八九十]{1,2}是|其[一二三四五六],|\([一二三四五六七八九十\d]{1,2}\)|"
    r"[一二三四五六七八九十]{1,2}、|\d{1,2}(?:、|\.(?!\d))|(?:首先|其次|再次|最后),)"
)
# What leads to the items and is none: "一、主要问题:", "针对上述问题,采取以下改进措施:".
_LEAD = re.compile(
    r"[^:。]{0,60}(?:问题|不足|困难|短板|差距|环节|之处|情况|措施|计划|方向|办法|思路|打算|举措|方面|表现|有|如下|以下)"
    r"[^:。]{0,14}:"
)
# "主要问题:" says nothing by itself; a longer lead is part of its sentence.
_SHORT_LEAD = re.compile(r"[^,。:]{2,14}:")
# A promise to improve without a word how.
_EMPTY = re.compile(
    r"^(?:针对|对于)[^,。]{2,14},[^,。]{0,24}(?:加以|进行|予以|认真|不断|努力)(?:改进|整改|完善|解决)$"
)
_HEADING = re.compile(
    r"^(?:\([一二三四五六七八九十\d]{1,2}\)|[一二三四五六七八九十\d]{1,2}[、.])?[^,。:;]{0,20}"
    r"(?:问题|不足|困难|短板|情况|措施|计划|方向|办法|思路|打算|举措|方面|改进|整改)$"
)
# A heading that runs into the lead behind it, its line end lost: "二、改进情况下一步,将这样改进:".
_TITLE = re.compile(
    r"[一二三四五六七八九十\d]{1,2}[、.](?:存在的?)?(?:主要|突出)?(?:的)?(?:问题|不足|困难)?(?:及|和|与)?"
    r"(?:下一步)?(?:工作)?(?:改进|整改)?(?:的)?(?:问题|不足|情况|措施|计划|方向|办法|思路|打算|举措|建议)"
)
# Up to the end of a line or sentence, or to the first item that stands on the same line.
_HEAD_OF_LINE = re.compile(r"(?:(?!\n|。|(?<!^)一是|首先,).){0,60}")
# Words of a shortcoming where nothing names it as a problem.
_WEAK = re.compile(r"有待|不够|不足|不高|不强|不全|不到位|不及时|薄弱|欠缺|滞后|缺乏|差距|短板")
# A sentence that can only stand behind section 五, whatever became of the heading of 六.
_OTHER = re.compile(r"需要?报告的?(?:其他)?(?:的)?事项")
_BEHIND = re.compile(
    r"信息处理费|需要?(?:报告|说明)的?(?:其他)?(?:的)?(?:事项|情况)|电子版|"
    r"(?<=[\n。])(?:暂?无|没有)(?=[。\n]|\Z)|"  # what 六 says where there is nothing to report
    r"(?:统计|数据)(?:周期|期限|截至|截止)|可[^。\n]{0,30}(?:查阅|下载)|联系(?:电话|地址|方式)"
)
# Who signs and when, where 五 is the last section: the last lines are an agency and a date.
_DATE = r"20\d\d年\d{1,2}月\d{1,2}日"
_SIGNED = re.compile(rf"(?:\n|(?<=。)){NAME}(?:\n?{_DATE})?\n?\Z")
_EDGE = "。;,、:!? \n"


@dataclass(frozen=True, slots=True)
class Half:
    """`key` is problems or improvements; `spans` are its items in the tight prose."""

    key: str
    spans: tuple[Span, ...]


def halves(prose: Prose, headings: Collection[str] = ()) -> Iterator[Half]:
    """The problems and the improvements of section 五, either only where it has items.

    `headings` of sections: a text that was cut off may end in the beginning of one.
    """
    found: dict[str, list[Span]] = {"problems": [], "improvements": []}
    for start, end in _bodies(prose, headings):
        for key, first, last in _stretches(prose.tight, start, end):
            found[key].extend(_items(prose.tight, first, last))
    for key, spans in found.items():
        if spans:
            yield Half(key, tuple(spans))


def _bodies(prose: Prose, headings: Collection[str]) -> Iterator[Span]:
    borders = [*prose.borders, (len(prose.tight), "")]
    for (start, key), (end, _) in pairwise(borders):
        if key == "problems" and end > start:
            last = _before_other(prose.tight, start, min(end, start + MAX_SECTION))
            if last == len(prose.tight):
                last = _before_cut_heading(prose.tight, start, headings)
            signed = _SIGNED.search(prose.tight, start, last)
            yield start, signed.start() if signed else last


def _before_other(tight: str, start: int, end: int) -> int:
    """Where section 五 ends: before the first sentence that belongs to 六, if there is one."""
    for said in _BEHIND.finditer(tight, start, end):
        first = max(tight.rfind(sign, start, said.start()) for sign in "\n。") + 1
        own = _ITEM.match(tight, first) or _IMPROVEMENT.search(tight, first, said.start())
        if first > start and (not own or _OTHER.match(said[0])):
            return first
    return end


def _before_cut_heading(tight: str, start: int, headings: Collection[str]) -> int:
    """Where a text ends: before the first words of a heading or sentence that was cut off."""
    first = max(start, *(tight.rfind(sign, start) + 1 for sign in "\n。;"))
    words = compact(tight[first:])
    said = start < first and len(words) < _FEWEST_SAID and not _ITEM.match(tight, first)
    cut = words and (said or any(h.startswith(words) for h in headings))
    return first if cut else len(tight)


def _stretches(tight: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Runs of sentences of one half: (key, start, end)."""
    state: str | None = None
    begin = start
    for first, last in _sentences(tight, start, end):
        said = _says(tight, first, last, state)
        if said is None or said[0] == state:
            continue
        if state is not None:
            yield state, begin, first
        state, begin = said[0], said[1]
    if state is not None:
        yield state, begin, end


def _sentences(tight: str, start: int, end: int) -> Iterator[Span]:
    at = start
    for stop in _STOP.finditer(tight, start, end):
        if stop.end() > at + 1:
            yield at, stop.end()
        at = stop.end()
    if at < end:
        yield at, end


def _says(tight: str, start: int, end: int, state: str | None) -> tuple[str, int] | None:
    """Which half a sentence opens, and where in it."""
    problem = _PROBLEM.search(tight, start, end)
    # An item of the problems may speak of 改进措施; its first words decide.
    improvement = _IMPROVEMENT.search(tight, start, min(end, start + 40))
    if improvement and _ITEM.match(tight, start, end) and state == "problems":
        improvement = None if improvement.start() > start + 6 else improvement
    if improvement and (problem is None or improvement.start() <= problem.start() or state):
        if problem and problem.start() < improvement.start() and state is None:
            return "problems", start
        return "improvements", start
    if problem and state != "improvements":
        return "problems", start
    if problem and problem.start() - start < 16:
        return "problems", start
    if state is None and (_ITEM.match(tight, start, end) or _WEAK.search(tight, start, end)):
        return "problems", start
    return None


def _items(tight: str, start: int, end: int) -> Iterator[Span]:
    marks = [m.start() for m in _ITEM.finditer(tight, start, end)]
    marks = [at for at in marks if not _is_lead(tight, at, end)]
    if marks:
        before = _trim(tight, start, marks[0])
        if before and not _leads(tight[before[0] : before[1]], tight[before[1] : before[1] + 1]):
            yield from _whole(tight, start, marks[0])
        yield from _enumerated(tight, [*marks, end])
        return
    yield from _whole(tight, start, end)


def _enumerated(tight: str, marks: Sequence[int]) -> Iterator[Span]:
    """The items between marks.

    The last has no item behind it that ends it: it ends with its paragraph, unless an item
    before it holds several.
    """
    lines = False
    for first, end in pairwise(marks):
        stop = _PARAGRAPH.search(tight, first, end) if end == marks[-1] and not lines else None
        span = _trim(tight, first, stop.start() if stop else end)
        if span:
            lines = lines or "\n" in tight[span[0] : span[1]]
            yield span


def _is_lead(tight: str, at: int, end: int) -> bool:
    """Whether an item mark opens a heading or a lead ("二、改进情况:") rather than an item."""
    line = _HEAD_OF_LINE.match(tight, at, min(end, at + 60))
    head = line[0] if line else ""
    lead = _LEAD.match(head)
    mark = _ITEM.match(head)
    if lead is None or mark is None:
        return _HEADING.match(head) is not None and (
            _PROBLEM.search(head) is not None or _IMPROVEMENT.search(head + "\n") is not None
        )
    words = lead[0]
    return (
        len(words) < 30
        and ("," not in words or _TITLE.match(words) is not None)
        and (_PROBLEM.search(words) is not None or _IMPROVEMENT.search(words) is not None)
    )


def _leads(words: str, closing: str) -> bool:
    return closing in (":", ",") or _PROBLEM.search(words) is not None or len(words) < 12


def _whole(tight: str, start: int, end: int) -> Iterator[Span]:
    """Whole sentences, the lead of the first taken away."""
    for first, last in _sentences(tight, start, end):
        mark = _ITEM.match(tight, first, last)
        lead = _SHORT_LEAD.match(tight, mark.end() if mark else first, last)
        cue = lead and (_PROBLEM.search(lead[0]) or _IMPROVEMENT.search(lead[0]))
        span = _trim(tight, lead.end() if lead and cue else first, last)
        if span and not _only_lead(tight[span[0] : span[1]]):
            yield span


def _only_lead(words: str) -> bool:
    """Whether a sentence only announces what follows, or promises without saying what."""
    if _EMPTY.match(words):
        return True
    if len(words) >= 30:
        return False
    says = _PROBLEM.search(words) or _IMPROVEMENT.search(words + "\n")
    return words.endswith(("如下", "以下几个方面", "以下问题", "以下不足")) or (
        _HEADING.match(words) is not None and says is not None
    )


def _trim(tight: str, start: int, end: int) -> Span | None:
    while start < end and tight[start] in _EDGE:
        start += 1
    while end > start and tight[end - 1] in _EDGE:
        end -= 1
    return (start, end) if end - start >= 4 else None
