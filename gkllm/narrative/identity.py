"""Whose report it is: the agency by its fullest name, its web site, the year.

A name is taken from places where an agency names itself: the title, the signature, the
introduction (由…编制), the subject of the first sentence, and the metadata block above the
title. Mirrors of government sites replace names by spam (365体育…局) or mask them (**局), so
a name is validated, and it counts only where it begins at a border.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from gkllm.narrative.prose import Prose

KIND = (
    r"(?:人民政府办公室|人民政府办公厅|政府办公室|政府办公厅|人民政府|街道办事处|办事处|"
    r"管理委员会|管委会|委员会|委员会办公室|办公室|办公厅|工作办|税务总局|税务局|监察局|分局|局|厅|"
    r"服务中心|管理中心|中心|街道办|街道|镇|乡|苏木|总队|支队|大队|管理处|管理站|研究院|政府|"
    r"法院|检察院|海事处|中学|小学|学校|大学|学院|海关|档案馆|图书馆|博物馆|调查队|分行|支行|林场|集团|总工会|联合会|供销社|公司|银行|厅局|省|自治区|自治州|地区|市|县|旗|区|部|委|署|院|会|社|所|站)"
)
# A name: Chinese characters only, at most 40, ending like an agency.
NAME = rf"[一-鿿]{{1,36}}?{KIND}"
_ENDING = re.compile(rf"{KIND}$")
_CHARACTERS = re.compile(r"[一-鿿]{3,40}")
# Words of the advertisements that mirrors of government sites put into reports.
BETTING = re.compile(
    r"投注|棋牌|博彩|电竞|百家乐|老虎机|娱乐城|体育在线|体育官|皇冠|彩票网|彩金|时时彩|六合彩|赌[场城球钱]|"
    r"真人(?:视讯|荷官|娱乐|游戏)|注册送"
)
_SPAM = re.compile(
    BETTING.pattern + r"|官网|赌|开户|真人|下载|注册|澳门|足球|直播|视频|成人|登录|入口|平台|手机版"
)
_NAVIGATION = re.compile(
    r"上一篇|下一篇|上一条|下一条|当前位置|相关(?:信息|链接|阅读|文章)|推荐阅读"
)
_GENERIC = re.compile(r"^(?:[省市县区镇乡州旗局]|街道|人民政府|政府)(?![一-鿿]{0,3}[县区市旗])")
# What no name begins with or contains: the surroundings of a name.
_NOT_A_NAME = re.compile(
    r"^(?:我|本(?!溪)|该|全(?![州椒南])|各|现|由|将(?!乐)|以|按|根据|依(?![兰安])|为|对|与|及|请|的|其|此|上级|"
    r"年|度|自(?!贡|流井|治)|从|政府信息|信息|在|[省市县区镇乡局]委|党|领导)"
    r"|现由|特由|兹由|向社会|公布|报告|年度|工作(?!委|部|局|站|管理)|公开|如下|要求|条例|关于|依据|根据|编制(?!委)|统计(?!局|所|站|调查)|联系"
)
_BORDER = frozenset("\n。;:,!?()《》“”\"'【】[]<>>|、 -—·*#0123456789")
_TITLE_END = re.compile(
    r"(?:信息|政务)(?:公开){1,2}(?:的)?(?:工作|情况|年度|年|度|总结|的|[年月日\d]){0,6}(?:报告|年报|总结)"
)
_YEAR_FIRST = re.compile(
    r"(?:关于)?(20\d\d)年?度?([一-鿿]{0,40}?)(?:关于)?(?:(?<!人民)政府|政务)?$"
)
_YEAR_LAST = re.compile(r"([一-鿿]{2,40}?)(?:关于)?【?(20\d\d)】?(?:年度|年|度)?(?:[一-鿿]{0,6}?)$")
_LEADING = re.compile(rf"({NAME})(?=关于|20\d\d|政府|政务|信息)")
_NO_YEAR = re.compile(r"([一-鿿]{2,40}?)(?:关于)?(?:(?<!人民)政府|政务)?$")
_ANNOUNCE = re.compile(
    r"^(?:现|特|兹|予以)?(?:将|就(?!业)|(?:面?向(?:全?社会|社会公众|公众)|对外)?(?:公布|发布|公告|公示))"
)
_ANY_YEAR = re.compile(r"20(?<!\d20)\d\d(?=年|度)")
# Who made or publishes the report: "由X编制", "由X负责汇总", "X现将…公布".
_DOES = (
    r"(?:现|统一|具体|共同|依法|特)?(?:编制(?!委)|编[写寫]|撰[写寫]|起草|拟定|草拟|制作|汇总(?!中)|整理|汇编|形成|负责(?!解释|答疑|咨询|受理)|牵头|"
    r"组织(?!部)|会同|提供|发布|公布|公开发布|向社会|对外|根据|依据|按照|依照|结合|完成|,)"
)
_INTRO = re.compile(rf"由({NAME})(?={_DOES})")
_PRESENTS = re.compile(
    r"[现特将就](?:(?<=[现特])(?:将|就|把|公布|向社会)|"
    r"(?<=[将就])(?:本[^。\n]{0,8})?20\d\d年度?[^。\n]{0,40}(?:公布|报告|发布|通报))"
)
_BEFORE_IT = re.compile(rf"(?<![一-鿿])({NAME})$")
_OF_REPORT = re.compile(r"报告|年报|(?:年度?|\d度)(?:政府|政务)信息公开(?:工作)?(?:的)?情况")
_SUBJECT = re.compile(
    rf"20(?<![\d年]20)\d\d年度?以?来?,?({NAME})(?=高度重视|认真|严格|深入|坚持|积极|全面|按照|根据|"
    rf"紧紧|紧扣|持续|以|在|切实|围绕|始终|不断|聚焦|政府信息公开|主动公开|共|,)"
)
_META = re.compile(
    rf"(?:发布机构|公开机构|信息来源|发布单位|公开责任部门|责任部门|来源):?({NAME})(?=$|[\s|,。;]|[^一-鿿])"
)
_URL = re.compile(
    r"(?i)https?:(?:/{1,2}|\\\\)[A-Za-z0-9.\-]{4,80}(?:/[A-Za-z0-9._\-/%?=&#]{0,120})?|www\.[A-Za-z0-9.\-]{4,80}(?:/[A-Za-z0-9._\-/%?=&#]{0,120})?"
    r"|(?<![A-Za-z0-9@./\-])[a-z][a-z0-9\-]{1,30}\.(?:[a-z0-9\-]{1,30}\.){0,2}gov\.cn(?![\w.@])"
)
_URL_CONTEXT = re.compile(
    r"网址|网站|门户|登录|登陆|官网|查询|查阅|下载|刊载|刊登|登载|(?:公开|政府|政务)网(?!络)"
)
_LAST = re.compile(r"[,。;]")
# Sites that are named for other reasons than to find the report there.
_OTHER_SITE = re.compile(
    r"中国政府网|国务院|总局(?:门户|官方)?网站|政务服务网|省(?:人民)?政府(?:门户)?网站|(?:申请|服务|信用|公示|投诉|邮箱)[^,。;]{0,8}系统[^,。;]{0,4}$"
)
_SYSTEM = re.compile(r"[^,。;]{0,3}(?:依申请公开|申请|服务)[^,。;]{0,4}系统")
_HOSTS = re.compile(r"(?i)\.(?:gov|edu\.cn)")
_MOST_HOSTS = 50
_SITE_WORDS = re.compile(r"网站|网址|门户|官网")


@dataclass(frozen=True, slots=True)
class Mention:
    """Something said about identity: [start, end) of the tight prose, how weak the place is."""

    value: str
    start: int
    end: int
    place: str
    doubt: int


def valid_name(name: str) -> bool:
    """Whether a string can be the name of an agency.

    >>> valid_name("官坡镇人民政府"), valid_name("我镇"), valid_name("体育官网自然资源和规划局")
    (True, False, False)
    """
    return (
        _CHARACTERS.fullmatch(name) is not None
        and _ENDING.search(name) is not None
        and _NOT_A_NAME.search(name) is None
        and _SPAM.search(name) is None
    )


def core(name: str) -> str:
    """A name without the words that its short forms leave out.

    >>> core("井研县高凤镇人民政府"), core("西城区花园路街道办事处"), core("某县人民政府办公室")
    ('井研县高凤镇', '西城区花园路街道', '某县办公室')
    """
    short = name.replace("管理委员会", "管委会").replace("街道办事处", "街道")
    if short.endswith("街道办"):
        short = short.removesuffix("办")
    return short.replace("人民政府", "").removesuffix("政府")


def compatible(one: str, other: str) -> bool:
    """Whether one of two names can be the short form of the other."""
    first, second = sorted((core(one), core(other)), key=len)
    return second.endswith(first)


def titles(prose: Prose, start: int, end: int) -> Iterator[tuple[Mention | None, Mention | None]]:
    """(agency, year) of each title, or announcement of a title, in [start, end)."""
    tight = prose.tight
    for found in _TITLE_END.finditer(tight, start, end):
        at = found.start()
        line = tight.rfind("\n", 0, at) + 1
        if _NAVIGATION.search(tight, max(line, at - 80), at):
            continue
        begin = max(line, at - 60)
        begin = max(tight.rfind(mark, begin, at) + 1 or begin for mark in "。;,:!?()《》<>|]#*·•")
        if begin and tight[begin - 1] in "《<":  # a title that is cited
            continue
        after = tight[found.end() : found.end() + 1]
        for own in _own_begins(prose, begin, at):
            agency, year = _title(tight, own, tight[own:at], after)
            if agency is not None:
                break
        yield agency, year
        if line and begin - line <= 2:
            first = tight.rfind("\n", 0, line - 1) + 1
            above = tight[first : line - 1]
            if valid_name(above):
                yield Mention(above, first, line - 1, "title", 0), None
            elif agency is None and len(above) < 40:  # "X关于2023年度" over the rest
                yield _title(tight, first, above + tight[begin:at], "")


# What stands before a title on its line: dot leaders and a page number, a list mark.
_PREFIX = re.compile(r"[^一-鿿\d【]*(?:\d{1,3}(?=[^\d年]))?")


def _own_begins(prose: Prose, begin: int, end: int) -> Iterator[int]:
    """Where a title may begin on its line, after what belongs to the line before.

    Where line ends were lost, the value of a field ("有效性:有效") or a banner runs into the title.
    """
    tight = prose.tight
    prefix = _PREFIX.match(tight, begin, end)
    begin = prefix.end() if prefix else begin
    if tight[begin - 1 : begin] != ":":
        yield begin
    for gap in reversed(prose.gaps(begin, end)):
        leading = _LEADING.match(tight, gap, end)
        dated = _YEAR_FIRST.match(tight, gap, end)
        if (leading and _named(leading[1])) or (dated and _named(_trimmed(dated[2]))):
            yield gap
    yield begin


def _named(name: str) -> bool:
    return valid_name(name) and not _GENERIC.match(name)


def _title(tight: str, begin: int, lead: str, after: str) -> tuple[Mention | None, Mention | None]:
    announced = _ANNOUNCE.match(lead)
    shift = announced.end() if announced else 0
    # A title stands alone; within a sentence it only announces itself.
    doubt = 1 if announced or after not in ("", "\n", "(", "2", "一", "来", "发", "索") else 0
    lead = lead[shift:]
    begin += shift
    years = _ANY_YEAR.findall(lead) or re.findall(r"(?<!\d)20\d\d(?!\d)", lead)
    year = None
    if len(set(years)) == 1:
        at = begin + lead.index(years[0])
        year = Mention(years[0], at, at + 4, "title", doubt)
    for pattern, group in ((_YEAR_FIRST, 2), (_YEAR_LAST, 1), (_NO_YEAR, 1)):
        match = pattern.fullmatch(lead)
        if match is None:
            continue
        name = _trimmed(match[group])
        if name and valid_name(name):
            start = begin + match.start(group)
            return Mention(name, start, start + len(name), "title", doubt), year
    return None, year


def _trimmed(name: str) -> str:
    """A name as a title prints it, the beginning of 政府信息公开 taken away."""
    for tail in ("政府政务", "政务", "关于", "年度"):
        name = name.removesuffix(tail)
    if name.endswith("政府") and not name.endswith("人民政府"):
        # "棉竹镇政府" + "信息公开": the word belongs to what follows.
        name = name.removesuffix("政府")
    return name


def introductions(prose: Prose, start: int, end: int) -> Iterator[Mention]:
    """Who the sentences of [start, end) say made the report, or presents it."""
    tight = prose.tight
    found = list(_INTRO.finditer(tight, start, end))
    for presents in _PRESENTS.finditer(tight, start, end):
        name = _BEFORE_IT.search(tight, max(start, presents.start() - 40), presents.start())
        found += [name] if name else []
    for match in found:
        first, last = prose.sentence(match.start(1))
        if tight[first - 1 : first] == "?":  # a report asks nothing: a comma was cut in two
            first, _ = prose.sentence(first - 2)
        if _named(match[1]) and _OF_REPORT.search(tight, first, last):
            yield Mention(match[1], *match.span(1), "intro", 1)


# The places above an agency, as its full name prints them, and the word that its name ends in.
_PLACES = re.compile(
    r"(?:(?<=[由是系])|(?<![一-鿿0-9A-Za-z])(?![由是系]))(?:[一-鿿]{1,6}?(?:省|自治区|自治州|自治县|市|县|区|旗|州|盟)){1,3}$"
)
_OFFICE = re.compile(r"(?:人民)?政府|办事处|")


def fuller(prose: Prose, name: str, end: int) -> Iterator[Mention]:
    """Where [0, end) gives a name with the places above it, whatever is said of it there."""
    tight, short = prose.tight, core(name)
    at = tight.find(short, 0, end)
    while at >= 0:
        places = _PLACES.search(tight, max(0, at - 20), at)
        office = _OFFICE.match(tight, at + len(short))
        if places and office:
            full = tight[places.start() : office.end()]
            if _named(full):
                yield Mention(full, places.start(), office.end(), "intro", 1)
        at = tight.find(short, at + 1, end)


def names_in_prose(prose: Prose, start: int, end: int) -> Iterator[Mention]:
    """Subjects of the sentences of [start, end), and names in the metadata block."""
    tight = prose.tight
    for match in _SUBJECT.finditer(tight, start, end):
        if _named(match[1]):
            yield Mention(match[1], match.start(1), match.end(1), "subject", 2)
    for match in _META.finditer(tight, start, end):
        if valid_name(match[1]):
            yield Mention(match[1], match.start(1), match.end(1), "metadata", 3)


def websites(prose: Prose) -> Iterator[Mention]:
    """Addresses of government hosts, and of schools, that a sentence gives as the web site.

    Copies of a report on other hosts put their own address in the place of the agency's,
    so only hosts below .gov and .edu.cn count.
    """
    tight = prose.tight
    for host in islice(_HOSTS.finditer(tight), _MOST_HOSTS):
        at = host.start()
        start, end = prose.sentence(at)
        for match in _URL.finditer(tight, max(start, at - 120), min(end, at + 200)):
            if not match.start() < at < match.end():
                continue
            before = tight[max(start, match.start() - 40) : match.start()]
            other = _OTHER_SITE.search(_LAST.split(before)[-1]) or _SYSTEM.match(tight, match.end())
            if _URL_CONTEXT.search(before) and not other:
                url = match[0].rstrip(".,/") if match[0].endswith((".", ",")) else match[0]
                doubt = 0 if _SITE_WORDS.search(before) else 1
                yield Mention(url, match.start(), match.start() + len(url), "site", doubt)
