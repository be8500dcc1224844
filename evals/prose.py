"""What a report says in sentences: own wordings of every fact, and of saying nothing.

A fact that a sentence states carries its mark (see `draft.mark`) right behind the number, so
that a renderer or a damage that loses the sentence is known to have lost the fact. A fact that
no sentence states has no truth: a confident value for it is an invention.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace
from random import Random

from evals.draft import Block, Para, mark
from evals.truth import Fact, Truth, chinese_year

NUMERALS = "一二三四五六"


@dataclass
class _Said:
    """The facts stated so far, with the values that are right for each."""

    facts: dict[str, tuple[Fact, ...]] = field(default_factory=dict)

    def number(self, fact: str, value: Fact, *others: Fact, printed: str = "") -> str:
        """The printed value with its mark; notes the fact with every value that is right."""
        self.facts[f"facts.{fact}"] = (value, *others)
        return (printed or str(value)) + mark(f"facts.{fact}")

    def mute(self, fact: str, value: Fact = 0) -> str:
        """The mark of a value that is stated without its figure ("none was received")."""
        self.facts[f"facts.{fact}"] = (value,)
        return mark(f"facts.{fact}")

    def tolerate(self, fact: str, *values: Fact) -> None:
        """Values that a reader may infer and need not: right if given, no miss if not."""
        self.facts.setdefault(f"facts.{fact}", values)


def narrate(truth: Truth, rng: Random) -> tuple[Truth, dict[str, tuple[Block, ...]]]:
    """The sentences of a report by place, and the truth with the facts that they state.

    Places: head, overview, problems, other, tail (each without its section heading).
    """
    said = _Said()
    said.tolerate("year", truth.year)  # any sentence may name it
    blocks = {
        "head": _head(truth, rng, said),
        "overview": _overview(truth, rng, said),
        "problems": _problems(truth, rng, said),
        "other": _other(truth, rng, said),
        "tail": _tail(truth, rng, said),
    }
    return replace(truth, facts=dict(said.facts)), blocks


# ---------------------------------------------------------------- title and introduction


def _head(truth: Truth, rng: Random, said: _Said) -> tuple[Block, ...]:
    agency, y = truth.agency, truth.year
    if rng.random() < 0.05:  # a page whose title was lost
        return ()
    titles = (
        "{a}{y}年政府信息公开工作年度报告",
        "{a}{y}年度政府信息公开工作报告",
        "{y}年{a}政府信息公开工作年度报告",
        "{a}关于{y}年度政府信息公开工作情况的报告",
        "{a} {y} 年政府信息公开年报",
    )
    short = said.number("agency", agency.short)
    year = said.number("year", y)
    title = rng.choice(titles).format(a=short, y=year)
    blocks: list[Block] = [Para(part, "title") for part in _two_lines(title, rng)]
    if rng.random() < 0.7:
        blocks.append(Para(_introduction(truth, rng, said)))
    return tuple(blocks)


def _two_lines(title: str, rng: Random) -> list[str]:
    if rng.random() < 0.12 and "政府信息公开" in title:
        at = title.index("政府信息公开")
        return [title[:at], title[at:]]
    return [title]


def _introduction(truth: Truth, rng: Random, said: _Said) -> str:
    agency = truth.agency
    by = ""
    notice = "按国务院办公厅通知（国办公开办函〔2021〕30号）所附格式"
    if rng.random() < 0.5:
        by = "由" + said.number("agency", agency.name, agency.short)
    period = _period(truth.year, rng, said) if rng.random() < 0.6 else ""
    return rng.choice(
        (
            f"根据《中华人民共和国政府信息公开条例》的规定，本报告{by}编制，内容分为六个部分。{period}",
            f"依照条例第五十条的要求编写本年度报告{'，' + by + '负责汇总' if by else ''}。{period}",
            f"现{by}向社会公布{truth.year}年度政府信息公开工作情况。{period}",
            f"{notice}，{by or '我们'}撰写了本报告。{period}",
        )
    )


def _period(y: int, rng: Random, said: _Said) -> str:
    start = said.mute("period_start", f"{y}-01-01")
    end = said.mute("period_end", f"{y}-12-31")
    return rng.choice(
        (
            f"所列数据的统计期限自{y}年1月1日{start}起，至{y}年12月31日止{end}。",
            f"统计时间为{y}年1月1日{start}至12月31日{end}。",
            f"数据统计周期：{y}年1月1日{start}—{y}年12月31日{end}。",
            f"本报告数据统计时限从 {y} 年 1 月 1 日{start}到 {y} 年 12 月 31 日{end}。",
        )
    )


# ---------------------------------------------------------------- section 一


def _overview(truth: Truth, rng: Random, said: _Said) -> tuple[Block, ...]:
    texts = (
        ("主动公开", _proactive(truth, rng, said)),
        ("依申请公开", _applications(truth, rng, said) + _lawsuits(truth, rng, said)),
        ("政府信息管理", _management(truth, rng)),
        ("政府信息公开平台建设", _platform(truth, rng)),
        ("监督保障", _training(truth, rng, said)),
    )
    blocks: list[Block] = []
    glued = rng.random() < 0.3
    for numeral, (head, text) in zip("一二三四五", texts, strict=True):
        name = head + rng.choice(("", "情况", "方面"))
        if glued:
            blocks.append(Para(f"（{numeral}）{name}{rng.choice('。：')}{text}"))
        else:
            blocks += [Para(f"（{numeral}）{name}"), Para(text)]
    return tuple(blocks)


def _proactive(truth: Truth, rng: Random, said: _Said) -> str:
    n, we, y = truth.items["proactive"], truth.agency.we, truth.year
    filler = rng.choice(
        (
            "围绕群众关心的民生事项，梳理公开清单，按时更新各个栏目。",
            "把预算决算、重点工程和惠民补贴作为公开重点，做到应公开尽公开。",
            "",
        )
    )
    if rng.random() < 0.2:
        return filler or "公开工作按计划推进，内容及时更新。"
    told = said.number("proactive_items", n)
    total = rng.choice(
        (
            f"全年{we}主动公开政府信息{told}条",
            f"{y}年，{we}累计主动公开各类政府信息{told}条",
            f"本年度共公开政府信息 {told} 条",
            f"{we}在门户网站主动公开政务信息{told}条",
            f"主动公开信息总数为{told}条",
        )
    )
    part = n // 3
    more = rng.choice(
        (
            "。",
            f"，其中通知公告{part}条，财政信息{n - part}条。",
            f"，包括工作动态{part}条。",
            f"，网页累计浏览{n * 37}人次。",
            f"，向上级媒体报送信息{part + 7}条。",
        )
    )
    return filler + total + more


def _applications(truth: Truth, rng: Random, said: _Said) -> str:
    new, came = truth.total("new_received"), truth.total("carried_in")
    if rng.random() < 0.12:
        return "进一步规范登记、审核、答复各个环节，畅通申请渠道。"
    if not new:
        return _none_received(truth, rng, said)
    unit = rng.choice(("件", "件", "件", "件", "宗", "份"))
    we, y = truth.agency.we, truth.year
    if came and rng.random() < 0.25:
        received = said.number("applications_received", new + came, new)
        carried = said.number("applications_carried_in", came)
        first = f"全年共收办政府信息公开申请{received}{unit}（含上年度结转{carried}{unit}）"
    else:
        received = said.number("applications_received", new)
        first = rng.choice(
            (
                f"{y}年，{we}共收到政府信息公开申请{received}{unit}",
                f"本年度新收政府信息公开申请{received}{unit}",
                f"全年受理依申请公开政府信息{received}{unit}",
                f"年内收到公民、法人和其他组织提出的信息公开申请 {received} {unit}",
                f"共接到政府信息公开申请{received}{unit}",
            )
        )
        if came and rng.random() < 0.6:
            carried = said.number("applications_carried_in", came)
            first += f"，上年结转{carried}{unit}"
    return first + _answered(truth, rng, said, unit)


def _none_received(truth: Truth, rng: Random, said: _Said) -> str:
    we, y = truth.agency.we, truth.year
    if truth.total("carried_in"):
        return "依申请公开工作平稳有序，按规定时限处理上年结转的申请。"
    zero = said.number("applications_received", 0)
    plain = said.mute("applications_received")
    return rng.choice(
        (
            f"{y}年，{we}没有收到政府信息公开申请{plain}。",
            f"全年未收到政府信息公开申请{plain}。",
            f"{we}未接到公民、法人或者其他组织的依申请公开事项{plain}。",
            f"本年度共收到依申请公开政府信息申请{zero}件。",
            f"年内受理政府信息公开申请{zero}件。",
        )
    )


def _answered(truth: Truth, rng: Random, said: _Said, unit: str) -> str:
    done, stays = truth.total("total_handled"), truth.total("carried_out")
    text = ""
    if rng.random() < 0.55:
        told = said.number("applications_answered", done)
        text = rng.choice(
            (f"，答复{told}{unit}", f"，已办结{told}{unit}", f"，按期答复{told}{unit}")
        )
    elif not stays:
        came = truth.total("new_received")  # "received 21, all answered" says 21
        said.tolerate("applications_answered", came, done)
        text = rng.choice(("，均已按时答复", "，全部办结", ""))
    if stays and rng.random() < 0.6:
        told = said.number("applications_carried_out", stays)
        text += rng.choice(
            (f"，结转下年度继续办理{told}{unit}", f"，另有{told}{unit}结转至{truth.year + 1}年")
        )
    extra = rng.choice(
        ("。", "。", "。", "，较上年有所下降。", f"。接听政策咨询电话{done + 41}次。")
    )
    return text + extra


def _lawsuits(truth: Truth, rng: Random, said: _Said) -> str:
    suits = sum(
        int(truth.cells[f"litigation.{block}.total"])
        for block in ("direct_lawsuit", "lawsuit_after_review")
    )
    reviews = int(truth.cells["litigation.review.total"])
    if rng.random() < 0.35:
        return ""
    if not reviews and not suits:
        both = said.mute("reviews") + said.mute("lawsuits")
        return rng.choice(
            (
                f"没有发生因政府信息公开引起的行政复议、行政诉讼{both}。",
                f"未因信息公开工作被申请行政复议或者被提起行政诉讼{both}。",
            )
        )
    if rng.random() < 0.25:
        return f"因信息公开被申请行政复议{said.number('reviews', reviews)}件。"
    first, second = said.number("reviews", reviews), said.number("lawsuits", suits)
    return rng.choice(
        (
            f"因政府信息公开引发行政复议{first}件、行政诉讼{second}件。",
            f"全年发生政府信息公开行政复议{first}件，行政诉讼{second}件。",
        )
    )


def _management(truth: Truth, rng: Random) -> str:
    return rng.choice(
        (
            "落实发布前审查，对历史信息逐条核对，定期清理失效内容。",
            f"明确专人负责，调整领导小组成员{rng.randint(3, 9)}名，信息发布实行分级审核。",
            "建立公文公开属性源头认定机制，做到先审查后公开。",
        )
    )


def _platform(truth: Truth, rng: Random) -> str:
    return rng.choice(
        (
            "依托政府网站和政务新媒体，方便群众查找信息。",
            f"开展专栏检查{rng.randint(1, 6)}次，整改问题{rng.randint(1, 9)}个。",
            f"公众号粉丝{rng.randint(100, 9000)}人，累计阅读{rng.randint(1000, 90000)}次。",
        )
    )


def _training(truth: Truth, rng: Random, said: _Said) -> str:
    k = truth.items["training"]
    kind = rng.random()
    if kind < 0.4:
        told = said.number("training_sessions", k)
        return rng.choice(
            (
                f"全年组织政府信息公开业务培训{told}次。",
                f"举办信息公开专题培训{told}次，{k * 23}人次参加。",
                f"开展业务培训 {told} 次。",
            )
        )
    return rng.choice(
        (
            f"加强业务学习，参训人员达{k * 31}人次。",
            f"开展日常巡查{k}次，通报结果。",
            "将信息公开列入年终考核，自觉接受社会监督。",
        )
    )


# ---------------------------------------------------------------- sections 五 and 六


def _problems(truth: Truth, rng: Random, said: _Said) -> tuple[Block, ...]:
    faults = rng.sample(
        (
            "信息更新不够及时",
            "政策解读形式较为单一",
            "工作人员业务水平有待提高",
            "公开内容的深度还不够",
            "部门之间配合不够顺畅",
        ),
        rng.randint(2, 3),
    )
    cures = rng.sample(
        (
            "加强业务培训，提升工作能力",
            "完善审核流程，缩短发布时间",
            "丰富解读形式，采用图表和视频",
            "拓宽公开渠道，回应群众关切",
        ),
        len(faults),
    )
    said.tolerate("problems", "")
    said.tolerate("improvements", "")
    listed = "；".join(f"{NUMERALS[i]}是{item}" for i, item in enumerate(faults))
    measures = "；".join(f"{NUMERALS[i]}是{item}" for i, item in enumerate(cures))
    return (
        Para(
            rng.choice(("存在的主要问题：", f"{truth.year}年的工作还有不足：")) + listed + "。",
            "problems",
        ),
        Para(
            rng.choice(("改进情况：", "下一步，我们将这样改进：")) + measures + "。", "improvements"
        ),
    )


def _other(truth: Truth, rng: Random, said: _Said) -> tuple[Block, ...]:
    blocks: list[Block] = []
    fee, y, we = truth.items["fee"], truth.year, truth.agency.we
    kind = rng.random()
    if kind < 0.35:
        blocks.append(
            Para(rng.choice(("无其他需要报告的事项。", "无。", "没有其他需要报告的事项。")))
        )
    elif not fee or kind < 0.55:
        none = said.mute("information_fee_yuan")
        zero = said.number("information_fee_yuan", 0)
        blocks.append(
            Para(
                rng.choice(
                    (
                        f"{y}年度，{we}没有收取信息处理费{none}。",
                        f"本年度依据《政府信息公开信息处理费管理办法》收取信息处理费{zero}元。",
                        f"本年度未收取信息处理费{none}。",
                        f"{y}年{we}未产生信息处理费{none}，无其他需要报告的事项。",
                    )
                )
            )
        )
    else:
        told = said.number("information_fee_yuan", fee)
        blocks.append(
            Para(
                rng.choice(
                    (
                        f"全年对{fee // 100 + 1}件申请收取信息处理费，共计{told}元。",
                        f"{y}年收取政府信息公开信息处理费{told}元。",
                    )
                )
            )
        )
    if "facts.period_end" not in said.facts and rng.random() < 0.4:
        blocks.append(Para(_period(y, rng, said)))
    if rng.random() < 0.35:
        site = truth.agency.site
        bare = site.removeprefix("http://").rstrip("/")
        told = said.number("website", site, site.rstrip("/"), bare)
        blocks.append(Para(f"本报告电子版可在政府网站（{told}）查阅。"))
    return tuple(blocks)


def _tail(truth: Truth, rng: Random, said: _Said) -> tuple[Block, ...]:
    if rng.random() < 0.25:
        return ()
    day = datetime.date(truth.year + 1, rng.randint(1, 3), rng.randint(1, 28))
    name = said.number("agency", truth.agency.name, truth.agency.short)
    written = f"{day.year}年{day.month}月{day.day}日"
    if rng.random() < 0.1:
        months = ("", "一", "二", "三")
        days = _chinese_day(day.day)
        written = f"{chinese_year(day.year)}年{months[day.month]}月{days}日"
    told = said.number("published_on", day.isoformat(), printed=written)
    pad = " " * rng.choice((0, 20))
    return (Para(pad + name, "signature"), Para(pad + told, "signature"))


def _chinese_day(day: int) -> str:
    tens, ones = divmod(day, 10)
    digits = "一二三四五六七八九"
    ten = {0: "", 1: "十"}.get(tens, digits[tens - 1] + "十")
    return ten + (digits[ones - 1] if ones else "")
