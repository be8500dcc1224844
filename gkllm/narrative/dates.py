"""When: the period that a report counts, and the day that it bears.

Marks between the digits of a date get lost (2018年11日至2018年1231日): where what is left can
only be the first of January and the last of December, it is read so, and never as the eleventh.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from gkllm.narrative.identity import KIND, Mention, valid_name
from gkllm.narrative.prose import Prose

_ABOUT = re.compile(
    r"统计|数据|期限|时限|时段|周期|报告期|区间|范围|口径|起|现将|(?:内容|报告)涵盖|报告反映|12月31日(?:\(下同\))?,[我本全]|\(下同\)|(?:12月31日|十二月三十一日)\)"
    r"|(?:12月31日|十二月三十一日)(?:期间)?的?(?:政府|政务)?信息公开|公开工作情况"
)
_TO = r"(?:[0零]时)?(?:起算?|开?始)?(?:,)?(?:至|到|止于?|迄于?|-|—|–|~|～|―){1,3}"
# A year is found by its first digits; that none stands before them is looked at then.
# Where 日 is lost, what follows must be a word or a mark, else digits may be lost too.
_NO_DAY = r"(?![\n ]\d)(?=[一-鿿,。;:、()\s]|$)"
_WHOLE_YEAR = re.compile(
    rf"(?P<s>(?P<y>20(?<!\d20)\d\d)[年.]?\(?(?:0?1|元)[月.]?0?1日?){_TO}"
    rf"(?P<e>(?:(?P<z>20\d\d)[年.]?|[同当]年)?12[月.]?3[\n ]?1(?:日(?:24时)?|{_NO_DAY}))(?!\d)"
)
_ISO_YEAR = re.compile(
    r"(?P<s>(?P<y>20(?<!\d20)\d\d)(?P<mark>[-/])0?1(?P=mark)0?1)起?(?:至|到|-|—|–|~){1,2}"
    r"(?P<e>(?P<z>20\d\d)(?P=mark)12(?P=mark)31)(?!\d)"
)
# "起止时间为A和B"; "截止时间为B,起始时间为A", "截至B(自A起)".
_TWO_ENDS = re.compile(
    r"起止(?:时间|日期)(?:分别)?[为是:]?(?P<s>(?P<y>20\d\d)年1月1日)[和与、](?P<e>(?P<z>20\d\d)年12月31日)"
)
_END_FIRST = re.compile(
    r"截[止至](?:时间|日期)?[为是到:]?(?P<e>(?P<z>20\d\d)年12月31日)[,、(](?:起始(?:时间|日期)[为是:]?|自)"
    r"(?P<s>(?P<y>20\d\d)年1月1日)(?!至|到|—|-)"
)
_FROM_TO = re.compile(
    rf"(?P<s>(?P<y>20(?<!\d20)\d\d)年(?P<m>\d{{1,2}})月(?P<d>\d{{1,2}})日?){_TO}"
    rf"(?P<e>(?:(?P<z>20\d\d)年)?(?P<n>\d{{1,2}})月(?P<o>\d{{1,2}})(?:日|{_NO_DAY}))(?!\d)"
)
# "2023年(1月1日至12月31日)", "2023年全年(1月1日至12月31日)": both ends in what stands in brackets.
_IN_BRACKETS = re.compile(
    r"(?P<s>(?P<y>20(?<!\d20)\d\d)年(?:度|全年)?\((?:0?1月0?1日|一月一日))"
    r"(?:起)?(?:至|到|-|—|–|~){1,2}(?P<e>(?P<z>)(?:12月31日|十二月三十一日))(?=\)|止)"
)
_YEAR_ZH = r"二[〇零○][〇零○一二三四五六七八九]{2}"
_WHOLE_YEAR_ZH = re.compile(
    rf"(?P<s>(?P<y>{_YEAR_ZH})年一月一日){_TO}(?P<e>(?:(?P<z>{_YEAR_ZH})年)?十二月三十一日)"
)
_MONTHS = re.compile(rf"(?P<s>(?P<y>20(?<!\d20)\d\d)年1月?){_TO}(?P<e>(?P<z>20\d\d年)?12月)(?!\d)")
_PERIODS = (
    _WHOLE_YEAR,
    _FROM_TO,
    _MONTHS,
    _IN_BRACKETS,
    _WHOLE_YEAR_ZH,
    _ISO_YEAR,
    _TWO_ENDS,
    _END_FIRST,
)
_YEAR_DIGITS = {c: str(i) for i, c in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
_DAY = re.compile(r"(20(?<!\d20)\d\d)年(\d{1,2}|元)月(\d{1,2})日(?!\d)")
_DAY_MARKS = re.compile(r"(20(?<!\d20)\d\d)([./-])(\d{1,2})\2(\d{1,2})(?=\n|$)")
_DAY_ZH = re.compile(
    r"(二[〇零○Oo0][〇零○一二三四五六七八九]{2})年([一二三四五六七八九十]{1,2}|元)月([一二三四五六七八九十]{1,3})日"
)
_DAY_META = re.compile(
    r"((?:发布|公开|发文|成文|生成|发表)(?:日期|时间)|(?<![一-鿿])(?:日期|时间))[:〕】\]]?"
    r"(20\d\d)[-年./](\d{1,2})[-月./](\d{1,2})(?!\d)"
)
# A report that says when it was published, and the day of publishing alone on a line.
_PUBLISHED = re.compile(
    r"本(?:年度|年)?报告(?:已经?)?于(20(?<!\d20)\d\d)年(\d{1,2})月(\d{1,2})日[^。;,\d]{0,24}(?:公开|发布|公布|公示)"
)
_DATED_LINE = re.compile(r"^(?:发布|公布|公开|报告|成文)(?:日期|时间):$")
# What has a day of its own in brackets: a document that is named, or hangs on the report.
_NAMED = re.compile(
    r"[《》]|^附件|^(?:根据|依据|参照|按照)"
    r"|(?:通知|办法|条例|规定|决定|意见|公报|方案|细则|[决预]算公开)$"
)
# Whose period it is, if not that of the report.
_OTHERS = re.compile(
    r"上一?年度?的?(?:报告|年报)|(?:许可|处罚|强制|收费|决算|预算)[^,。;]{0,6}(?:统计|数据|期限)"
    r"|(?:公示|征求意见|活动|整治|行动)(?:期限?|时间)?[为自从是:]{0,2}$"
)
# What a site prints behind the day of a page.
_SITE_LINE = re.compile(
    r"(?:\d{1,2}:\d\d(?::\d\d)?)?(?:信息来源|文章来源|来源|作者|发布机构|发布单位)[:〕】\]]?"
)
# A name behind a number, with no line end between: nothing tells where it begins ("3分钟到账X局").
_GLUED = re.compile(rf"[0-9A-Za-z][一-鿿]+?{KIND}$")
AS_METADATA = 3  # doubt of a day that a site tells of a page, which is not yet its report's
# What follows a signature where line ends were lost.
_AFTER = re.compile(r"附[件表:]|扫一扫|打印|关闭|责任编辑|版权|主办|承办|[上下]一[篇条]|分享|【|\[")
# A day that lost some of its marks, at the end of a line: "20242月17日", "2023年3月26".
_WORN_DAY = re.compile(
    r"(20(?<!\d20)\d\d)(年?)(\d{1,4})(月?)(\d{0,2})(日?)(?=\n(?!\d|年|月|日)|$|附)"
)
# A day that a line end cuts in two: "2021年1月2" over "8日".
_BROKEN_DAY = re.compile(r"(20(?<!\d20)\d\d)年\n?(\d\n?\d?)\n?月\n?(\d\n?\d?)\n?日(?!\d)")


def day(year: str, month: str, date: str) -> str | None:
    """An ISO date, or None where there is no such day; 元月 is the first month.

    >>> day("2025", "1", "6"), day("2025", "2", "30"), day("2018", "11", "0")
    ('2025-01-06', None, None)
    """
    try:
        first = month == "元"
        return datetime.date(int(year), 1 if first else int(month), int(date)).isoformat()
    except ValueError:
        return None


def periods(prose: Prose) -> Iterator[tuple[Mention, Mention]]:
    """(start, end) of each statement of the period that is counted."""
    tight = prose.cited
    seen = 0
    at = _next_end(tight, 0)
    while at >= 0 and seen < 200:
        start, end = prose.sentence(at)
        if start > 1 and tight[start - 2] == ":":  # "统计期限:" on a line of its own
            start -= 20
        if _ABOUT.search(tight, max(0, start, at - 120), min(end, at + 60)):
            yield from _periods_in(tight, max(0, start, at - 60), min(end, at + 60))
        seen += 1
        at = _next_end(tight, max(at + 2, min(end, at + 60)))


def _next_end(tight: str, start: int) -> int:
    """Where a December, or the end of a school year, is named next; -1 where none is."""
    found = [tight.find(month, start) for month in ("12", "8月31", "十二月三十一")]
    return min((at for at in found if at >= 0), default=-1)


def _periods_in(tight: str, start: int, end: int) -> Iterator[tuple[Mention, Mention]]:
    taken: list[tuple[int, int]] = []
    for pattern in _PERIODS:
        for match in pattern.finditer(tight, start, end):
            if any(a < match.end() and match.start() < b for a, b in taken):
                continue
            taken.append(match.span())
            if _OTHERS.search(tight, start, match.start()):
                continue
            first, last = _bounds(match)
            if first and last and first < last:
                yield (
                    Mention(first, *match.span("s"), "period", 0),
                    Mention(last, *match.span("e"), "period", 0),
                )


def _bounds(match: re.Match[str]) -> tuple[str | None, str | None]:
    year = _arabic(match["y"])
    final = _arabic((match["z"] or year).rstrip("年"))
    if "m" in match.re.groupindex:
        return day(year, match["m"], match["d"]), day(final, match["n"], match["o"])
    return (f"{year}-01-01", f"{final}-12-31") if year == final else (None, None)


def _arabic(year: str) -> str:
    """A year in digits.

    >>> _arabic("二〇一九"), _arabic("2019")
    ('2019', '2019')
    """
    return "".join(_YEAR_DIGITS.get(digit, digit) for digit in year)


def signatures(prose: Prose) -> Iterator[tuple[Mention | None, Mention | None]]:
    """(agency, day) of dates that stand alone near the end of a report, with the name before.

    A date too worn to be read still tells that the name before it signs.
    """
    tight = prose.tight
    for match, value in _days(tight):
        start, end = match.span()
        line = tight.rfind("\n", 0, start) + 1
        before = tight[max(line, start - 60) : start].rstrip(" ")
        after = tight[end : end + 1]
        if after not in ("", "\n", "(", ")", "。", " ") and not _AFTER.match(tight, end):
            continue
        if before[-1:] == "(" and _NAMED.search(before[:-1]):
            continue
        name = _signed(prose, start, before)
        alone = not before or before[-1] in "。;)(】" or _GLUED.search(before)
        # Digits between points are a date where a name signs before them.
        bare = match[0].isdigit() or "年" not in match[0]
        labelled = _DATED_LINE.match(before) is not None
        if name is None and (bare or not alone) and not labelled:
            continue
        doubt = AS_METADATA if labelled else 0
        yield name, Mention(value, start, end, "signature", doubt) if value else None


def _signed(prose: Prose, start: int, before: str) -> Mention | None:
    """The name that ends right before a date."""
    tight = prose.tight
    if before:
        at = start - len(before) - (len(tight[:start]) - len(tight[:start].rstrip(" ")))
    else:  # the name stands on the paragraph before
        end = start - 1
        at = tight.rfind("\n", 0, max(end, 0)) + 1
        before = tight[max(at, end - 60) : end]
        at = max(at, end - 60)
    cut = max(before.rfind(mark) for mark in "。;:,!?()《》<>|*/-. 0123456789") + 1
    name = before[cut:]
    masked = cut > 0 and before[cut - 1] == "*"
    glued = _GLUED.search(before) is not None
    if cut:
        # Something else stands before it in the paragraph: the name begins where a line does.
        gaps = [gap - at for gap in prose.gaps(at + cut, at + len(before))]
        glued = glued and not gaps
        cut = max(gaps or [cut])
        name = before[cut:]
    if masked or glued or not valid_name(name):
        return None
    return Mention(name, at + cut, at + cut + len(name), "signature", 0)


def _days(tight: str) -> Iterator[tuple[re.Match[str], str | None]]:
    for match in _DAY.finditer(tight):
        yield match, day(match[1], match[2], match[3])
    for match in _BROKEN_DAY.finditer(tight):
        if "\n" in match[0]:
            yield match, day(match[1], *("".join(match[part].split()) for part in (2, 3)))
    for match in _DAY_MARKS.finditer(tight):
        yield match, day(match[1], match[3], match[4])
    for match in _DAY_ZH.finditer(tight):
        yield match, _chinese_day(match)
    for match in _WORN_DAY.finditer(tight):
        if match[2] + match[4] + match[6] != "年月日":
            yield match, _worn_day(match)


def _worn_day(match: re.Match[str]) -> str | None:
    """The only day that the digits can be, or None."""
    year, digits = match[1], match[3]
    if match[4]:
        return day(year, digits, match[5]) if match[5] else None
    digits += match[5]
    readings = {day(year, digits[:cut], digits[cut:]) for cut in (1, 2) if digits[cut:]} - {None}
    return readings.pop() if len(readings) == 1 else None


def _chinese_day(match: re.Match[str]) -> str | None:
    year = "20" + _arabic(match[1][2:])
    return day(year, str(_small(match[2])), str(_small(match[3])))


def _small(numeral: str) -> int:
    """A numeral up to 31; 0 where it is none."""
    ones = {c: i for i, c in enumerate("一二三四五六七八九", 1)} | {"元": 1}
    if "十" not in numeral:
        return ones.get(numeral, 0)
    tens, _, rest = numeral.partition("十")
    return (ones.get(tens, 0) if tens else 1) * 10 + ones.get(rest, 0)


def dated_heads(prose: Prose, begin: int, head_end: int) -> Iterator[Mention]:
    """Days in brackets or alone under the title, and those of the metadata block."""
    tight = prose.tight
    for match in _DAY_META.finditer(tight, begin, head_end):
        value = day(match[2], match[3], match[4])
        if value:
            doubt = AS_METADATA + match[1].startswith(("成文", "生成"))
            yield Mention(value, match.start(2), match.end(4), "metadata", doubt)
    for match in _PUBLISHED.finditer(tight, begin, head_end):
        value = day(match[1], match[2], match[3])
        if value:
            yield Mention(value, match.start(1), match.end(3) + 1, "head", AS_METADATA)
    for match in _DAY.finditer(tight, begin, head_end):
        value = day(match[1], match[2], match[3])
        before, after = tight[: match.start()][-1:], tight[match.end() :][:1]
        pair = (before, after)
        line = tight[tight.rfind("\n", 0, match.start()) + 1 : match.start() - 1]
        if pair == ("(", ")") and _NAMED.search(line):
            continue
        if value and pair in (("(", ")"), ("\n", "\n"), ("\n", ""), ("【", "】")):
            yield Mention(value, match.start(), match.end(), "head", 0)
        elif value and before in ("", "\n") and _SITE_LINE.match(tight, match.end()):
            yield Mention(value, match.start(), match.end(), "metadata", AS_METADATA)


_THIS_YEAR = re.compile(r"(?:^|(?<=[。\n)]))(20\d\d)年度?(?=,|[我全本])")
_PLAN = re.compile(r"将|计划|打算|下一步")


def reported_years(prose: Prose) -> Iterator[Mention]:
    """Years that sentences begin with ("2024年,我镇…"), plans left out."""
    for match in _THIS_YEAR.finditer(prose.cited, 0, 60_000):
        section = prose.section(match.start())
        _, end = prose.sentence(match.start())
        if section in ("head", "overview", "other") and not _PLAN.search(
            prose.cited, match.end(), end
        ):
            yield Mention(match[1], match.start(1), match.end(1), "sentence", 2)
