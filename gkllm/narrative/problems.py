"""Section 五 > what it names as problems and what it promises, word for word.

The section says 存在问题 … 针对以上问题 … in sentences, or item by item (一是 … 二是 …), half by
half or in turn; labels, numerals and the words of each sentence (`signs`) tell the two apart. What
stands before the first of them belongs to neither. Where an item speaks against the half that it
came to stand in, the halves are not sure, and `settle` leaves both open.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from gkllm.document import Span
from gkllm.form import compact
from gkllm.narrative.identity import NAME
from gkllm.narrative.prose import Prose
from gkllm.narrative.signs import (
    BOTH,
    DOUBT,
    IMPROVEMENTS,
    OTHER,
    PROBLEMS,
    Sign,
    aside,
    closing,
    copula,
    cue,
    denies,
    hinted,
    honours,
    inner_headings,
    label,
    merits,
    named,
    remedied,
    sign,
    solved,
)

MAX_SECTION = 20_000

_PROBLEM = cue()
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
_COMMA = re.compile("[,;]")
_PARAGRAPH = re.compile(r"\n|。(?=[A-Za-z])")
_FEWEST_SAID = 4  # characters that say something, at the end of a text
_ITEM = re.compile(
    r"(?<=[题况施划足策向算路排议法面处板距])一是|(?:(?<=[。;:,、!?\n])|^)(?:[一二三四五六七八九十]{1,2}是|其[一二三四五六],|\([一二三四五六七八九十\d]{1,2}\)|"
    r"[一二三四五六七八九十]{1,2}、|\d{1,2}(?:、|\.(?!\d))|(?:首先|其次|再次|最后),)"
)
# A line that numbers what comes below it: "(二)下一步怎么做".
_NUMBERED_LINE = re.compile(
    r"(?:\([一二三四五六七八九十\d]{1,2}\)|[一二三四五六七八九十\d]{1,2}[、.])[^,。:;!?\n]{2,14}\n"
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
_DATE = (
    r"(?:20\d\d年\d{1,2}月\d{1,2}日|"
    r"二[〇○零Oo0一二三四五六七八九]{3}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日)"
)
_SIGNED = re.compile(rf"(?:\n|(?<=。))(?:{NAME}(?:\n?{_DATE})?|{_DATE})\n?\Z")
_ANNOUNCES = (
    *("如下", "以下几个方面", "以下问题", "以下不足"),
    *("以下工作", "以下几项工作", "以下几方面工作", "以下几个方面工作", "以下几点"),
)
_YEAR = re.compile(r"(20\d\d)年")
_YEARS_PROBLEMS = re.compile(
    r"(20\d\d)年度?,?[^,。:;]{0,8}(?:存在|主要|突出)的?(?:主要|突出)?(?:问题|不足)"
)
# A promise in words that nobody knows, or a rank that nobody calls good or bad.
_UNTOLD = re.compile("将|(?:排名|位[列居]|名列)[^,。;]{0,8}第")
# What comes back from good work to problems.
_BACK = re.compile("但|然而|不过|(?:同时|当然),?(?:也|还|仍)|不足的是")
_ENDS = "。!?\n"  # of sentences
_HALVES = (PROBLEMS, IMPROVEMENTS)
_EDGE = "。;,、:!? \n"
_SHORTEST = 3  # characters of an item
_WIDE = 25  # characters of a line that may go on in the next
_MOST_LINES = 400  # joined in one section; more is no report
_REACH = 40  # characters in which a label or a turn is told
_PROMISED = (Sign.TURN, Sign.ACT, Sign.MIXED)  # what no problem is


@dataclass(frozen=True, slots=True)
class Half:
    """`key` is problems or improvements; `spans` are its items in the tight prose.

    Where the halves cannot be told apart, none is `sure`, and each has the items of both.
    """

    key: str
    spans: tuple[Span, ...]
    sure: bool = True


def halves(
    prose: Prose, headings: Collection[str] = (), lines: Collection[int] = ()
) -> Iterator[Half]:
    """The problems and the improvements of section 五, either only where it has items.

    `headings` of sections: a text that was cut off may end in the beginning of one. `lines` are
    the positions where lines begin that the prose has joined.
    """
    found: dict[str, list[Span]] = {PROBLEMS: [], IMPROVEMENTS: []}
    sure = True
    for start, end in _bodies(prose, headings):
        reader = _Reader()
        breaks = sorted(at for at in lines if start < at < end)[:_MOST_LINES]
        for key, first, last in _stretches(prose.tight, (start, end), breaks, reader):
            found[key].extend(_items(prose.tight, first, last))
        sure = sure and not reader.confused
    if not sure or _mixed(prose.tight, found[PROBLEMS], found[IMPROVEMENTS]):
        both = tuple(sorted(found[PROBLEMS] + found[IMPROVEMENTS]))
        yield from (Half(key, both, sure=False) for key in found if both)
        return
    for key, spans in found.items():
        if spans:
            yield Half(key, tuple(spans))


def _bodies(prose: Prose, headings: Collection[str]) -> Iterator[Span]:
    borders = [*prose.borders, (len(prose.tight), "")]
    for (start, key), (end, _) in pairwise(borders):
        if key == "problems" and end > start:
            last = _before_other(prose.tight, start, min(end, start + MAX_SECTION))
            if last == len(prose.tight):
                inner = (*headings, *inner_headings())
                last = _before_cut_heading(prose.tight, start, inner)
            signed = _SIGNED.search(prose.tight, start, last)
            last = signed.start() if signed else last
            yield start, closing(prose.tight, start, last)


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
    item = _ITEM.match(tight, first)  # 六是其他, as a heading may be counted too
    words = compact(tight[item.end() if item else first :])
    said = start < first and len(words) < _FEWEST_SAID and not item
    cut = words and (said or any(h.startswith(words) for h in headings))
    return first if cut else len(tight)


@dataclass(slots=True)
class _Reader:
    """What has been read of section 五: which half is being read, and the numerals of each.

    `confused` tells that numerals or order speak against what the words say.
    """

    state: str | None = None
    guessed: bool = False  # improvements before any problem, without a label
    confused: bool = False
    causes: bool = False  # what belongs to neither half says why there are problems
    passed: bool = False  # what may be a problem came before any, in words that nobody knows
    last: dict[str, dict[str, int]] = field(
        default_factory=lambda: {PROBLEMS: {}, IMPROVEMENTS: {}, OTHER: {}}
    )

    def labelled(self, key: str) -> None:
        """A label opens a half, or what is in neither as it names both or something else."""
        self.confused = self.confused or key == DOUBT
        self.state = None if key in (BOTH, DOUBT) else key
        if key in (IMPROVEMENTS, OTHER):
            self.last[key] = {}

    def read(self, words: str) -> str | None:
        """Take the next sentence in and say which half it belongs to."""
        said, mark = sign(words), _numeral(words)
        if self.state is None and mark is None and merits(words):
            self.state = OTHER
        elif self.state is None:
            self.state = _first(said, mark is not None)
            self.guessed = self.guessed or self.state == IMPROVEMENTS
            self.confused = self.confused or (self.passed and self.state == PROBLEMS)
            self.passed = self.state is None and hinted(words)
        elif self.state == PROBLEMS:
            self._after_problems(words, said, mark)
        elif self.state == OTHER:
            self._after_other(words, said, mark)
        else:
            self._after_measures(words, said, mark)
        self.confused = self.confused or (self.guessed and self.state == PROBLEMS)
        if mark and self.state:
            self.last[self.state][mark[0]] = mark[1]
        return self.state

    def _after_problems(self, words: str, said: Sign | None, mark: tuple[str, int] | None) -> None:
        leads = words.endswith(":") and self.last[PROBLEMS]  # what to, nobody knows
        untold = not hinted(words) and _UNTOLD.search(words)
        if mark is None and said is None and (leads or untold):
            self.confused = True
        goes_on = mark is not None and mark[1] > 1 and self._follows(PROBLEMS, mark)
        if said is Sign.TURN or (said is Sign.ACT and not goes_on):
            self.state = IMPROVEMENTS
            self.last[IMPROVEMENTS] = {}
            # "一是渠道单一。二是今后加强培训。" numbers what it promises among the problems; a line
            # of few words may be a measure, or a heading in words that nobody knows.
            among = goes_on and mark is not None and mark[0] == "是"
            self.confused = self.confused or among or bool(_NUMBERED_LINE.fullmatch(words))

    def _after_other(self, words: str, said: Sign | None, mark: tuple[str, int] | None) -> None:
        """What a sentence opens behind causes or good work, where no label tells it."""
        if mark is not None and mark[1] > 1 and not self._follows(OTHER, mark):
            halves = [key for key in (PROBLEMS, IMPROVEMENTS) if self._follows(key, mark)]
            self.confused = self.confused or len(halves) > 1
            self.state = halves[0] if halves else OTHER
        elif (
            mark is None
            and said in (Sign.PROBLEM, Sign.EITHER)
            and (_PROBLEM.search(words, 0, 24) or _BACK.match(words))
        ):
            self.confused = self.confused or self.causes
            self.state = PROBLEMS
        elif mark is None and said is Sign.TURN and _IMPROVEMENT.match(words):
            self.state = IMPROVEMENTS
            self.last[IMPROVEMENTS] = {}
        elif not self.causes and said in (Sign.PROBLEM, Sign.TURN, Sign.MIXED):
            self.confused = True

    def _after_measures(self, words: str, said: Sign | None, mark: tuple[str, int] | None) -> None:
        if mark is None:
            opens = _PROBLEM.search(words, 0, 24)
            if said is Sign.PROBLEM and (opens or not remedied(words)):
                self.state = PROBLEMS
        elif self._follows(PROBLEMS, mark) and not self._follows(IMPROVEMENTS, mark):
            # Problem and measure in turn: "一是渠道单一。我局将拓宽渠道。二是内容较少。…"
            if said in (Sign.TURN, Sign.ACT):
                self.confused = True
            else:
                self.state = PROBLEMS

    def _follows(self, key: str, mark: tuple[str, int]) -> bool:
        return self.last[key].get(mark[0]) == mark[1] - 1


def _first(said: Sign | None, marked: bool) -> str | None:
    """The half that the first sentence with a sign opens; a mere item is a problem."""
    if said is Sign.TURN or (said is Sign.ACT and marked):
        return IMPROVEMENTS
    return PROBLEMS if marked or said not in (None, Sign.ACT) else None


def _numeral(words: str) -> tuple[str, int] | None:
    """The kind and the number of an item's mark: "三是" > ("是", 3)."""
    mark = _ITEM.match(words)
    if mark is None:
        return None
    han = re.search(r"[一二三四五六七八九十]{1,2}", mark[0])
    if han:
        number = "一二三四五六七八九".find(han[0][-1]) + 1
        return mark[0].replace(han[0], ""), number + 10 * ("十" in han[0])
    digits = re.search(r"\d{1,2}", mark[0])
    if digits:
        return "1" + mark[0].replace(digits[0], ""), int(digits[0])
    return "首先", ("首", "其", "再", "最").index(mark[0][0]) + 1


def _stretches(
    tight: str, body: Span, breaks: Sequence[int], reader: _Reader
) -> Iterator[tuple[str, int, int]]:
    """Runs of sentences of one half: (key, start, end), labels before them left out."""
    state: str | None = None
    begin = body[0]
    for first, last in _units(tight, body, breaks):
        opens, said = _label(tight, first, last, breaks)
        words = tight[first:last]
        ahead = tight[last : min(body[1], last + _REACH)]
        passing = _passes(words, ahead, reader) if not opens else opens == OTHER and said == first
        if opens == OTHER and said == first and words[-1] in _ENDS:
            opens = None  # "主要原因是人手不足。" names no more than itself
        if opens:
            reader.labelled(opens)
            reader.causes = opens == OTHER and "因" in words
        none = denies(tight[said:last])
        if none:
            reader.state = None
        elif not opens and not passing:
            reader.read(words)
        now = None if passing else reader.state
        if opens or none or now != state:
            if state in _HALVES:
                yield state, begin, first
            state, begin = now, said
    if state in _HALVES:
        yield state, begin, body[1]


def _passes(words: str, ahead: str, reader: _Reader) -> bool:
    """Whether a sentence belongs to no half, and the next goes on as if it were not there."""
    marked = _numeral(words) is not None
    if reader.state == IMPROVEMENTS:
        return not marked and honours(words)
    if not marked and (aside(words) or (solved(words, alone=True) and _year_before(words, ahead))):
        return True
    reader.confused = reader.confused or (reader.state != OTHER and solved(words))
    return False


def _year_before(words: str, ahead: str) -> bool:
    """Whether the problems of the year behind that of a sentence come next."""
    own, other = _YEAR.match(words), _YEARS_PROBLEMS.match(ahead)
    return own is not None and other is not None and int(own[1]) < int(other[1])


def _units(tight: str, body: Span, breaks: Sequence[int]) -> Iterator[Span]:
    """Sentences, cut before items, before a turn behind a semicolon, before a label on a line."""
    start, end = body
    cuts = {m.end() for m in _STOP.finditer(tight, start, end)}
    cuts |= {m.start() for m in _ITEM.finditer(tight, start, end)}
    cuts |= {at for at in breaks if _opens_line(tight, at, end, breaks)}
    at = tight.find(";", start, end) + 1
    while at:
        if sign(tight[at : min(end, at + _REACH)]) is Sign.TURN:
            cuts.add(at)
        at = tight.find(";", at, end) + 1
    cuts |= {m.end() for m in _COMMA.finditer(tight, start, end) if _turns(tight, m.end(), end)}
    at = start
    for cut in (*sorted(c for c in cuts if start < c < end), end):
        if cut > at + 1:
            yield at, cut
        at = cut


def _turns(tight: str, at: int, end: int) -> bool:
    """Whether a clause names the measures: "主要问题是…,改进措施是…", ";改进情况:…"."""
    words = tight[at : min(end, at + _REACH)]
    named_so = tight[at - 1] == ";" and ":" in words and label(words.partition(":")[0])
    return named_so == IMPROVEMENTS or copula(words) == IMPROVEMENTS


def _opens_line(tight: str, at: int, end: int, breaks: Sequence[int]) -> bool:
    """Whether a joined line begins with a label or a turn, unless the page's width cut it there."""
    if tight[at - 1] in ",、":
        return False
    here = bisect_left(breaks, at)
    said = tight[at : breaks[here + 1] if here + 1 < len(breaks) else end]
    key, _ = _label(tight, at, min(end, at + _REACH), breaks)
    before = breaks[here - 1] if here else 0
    before = max(before, tight.rfind("\n", max(0, at - _WIDE), at) + 1)
    return key == IMPROVEMENTS or (
        at - before < _WIDE and (key is not None or sign(said) is Sign.TURN)
    )


def _label(tight: str, start: int, end: int, breaks: Sequence[int]) -> tuple[str | None, int]:
    """The half that the label at the beginning of a sentence names, and where the label ends."""
    last = min(end, start + _REACH + 1)
    stops = breaks[bisect_right(breaks, start) : bisect_left(breaks, last)]
    colon = tight.find(":", start, last) + 1
    for stop in sorted([*stops, *([colon] if colon else []), end]):
        key = label(tight[start:stop]) if stop - start <= _REACH else None
        if key:
            return key, stop
    words = tight[start:end]
    if _NUMBERED_LINE.fullmatch(words) and sign(words) is Sign.TURN:
        return IMPROVEMENTS, end
    return copula(words), start


def _mixed(tight: str, problems: Sequence[Span], measures: Sequence[Span]) -> bool:
    """Whether an item speaks against the half that it stands in."""
    faults = [tight[a:b] for a, b in problems]
    cures = [tight[a:b] for a, b in measures]
    signs = [sign(said) for item in faults for said in _said(item)]
    if any(said in _PROMISED for said in signs) or any(_labels_inside(item) for item in faults):
        return True
    if any(sign(said) is Sign.PROBLEM and not remedied(said) for c in cures for said in _said(c)):
        return True
    if not cures:  # the other half may be among these, in words that nobody knows
        return Sign.EITHER in signs or not all(named(item) for item in faults)
    return not faults and any(named(item) or hinted(item) for item in cures)


def _labels_inside(item: str) -> bool:
    """Whether a label of measures stands within an item: "渠道单一,对策:拓宽渠道"."""
    parts = re.split(r"[,。;\n]", item)
    return any(":" in p and label(p.partition(":")[0]) == IMPROVEMENTS for p in parts)


def _said(item: str) -> list[str]:
    return [words for words in re.split(r"[。;!?\n]", item) if words]


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
        return label(head) is not None
    words = lead[0]
    return (
        len(words) < 30
        and ("," not in words or _TITLE.match(words) is not None)
        and (_PROBLEM.search(words) is not None or _IMPROVEMENT.search(words) is not None)
    )


def _leads(words: str, ends: str) -> bool:
    return (
        ends in (":", ",")
        or _PROBLEM.search(words) is not None
        or (len(words) < 12 and sign(words) is not Sign.ACT)
    )


def _whole(tight: str, start: int, end: int) -> Iterator[Span]:
    """Whole sentences, the lead of the first taken away."""
    for first, last in _sentences(tight, start, end):
        mark = _ITEM.match(tight, first, last)
        lead = _SHORT_LEAD.match(tight, mark.end() if mark else first, last)
        cue = lead and (_PROBLEM.search(lead[0]) or _IMPROVEMENT.search(lead[0]))
        span = _trim(tight, lead.end() if lead and cue else first, last)
        if span and not _only_lead(tight[span[0] : span[1]]):
            yield span


def _sentences(tight: str, start: int, end: int) -> Iterator[Span]:
    at = start
    for stop in _STOP.finditer(tight, start, end):
        if stop.end() > at + 1:
            yield at, stop.end()
        at = stop.end()
    if at < end:
        yield at, end


def _only_lead(words: str) -> bool:
    """Whether a sentence only announces what follows, or promises without saying what."""
    if _EMPTY.match(words):
        return True
    if len(words) >= 30:
        return False
    return words.endswith(_ANNOUNCES) or label(words) is not None


def _trim(tight: str, start: int, end: int) -> Span | None:
    while start < end and tight[start] in _EDGE:
        start += 1
    while end > start and tight[end - 1] in _EDGE:
        end -= 1
    return (start, end) if end - start >= _SHORTEST else None
