"""What stands around the tables, and what the agency itself got wrong.

Headings lost or numbered anew, banners, tables of contents, an appendix with last year's
numbers; a wrong sum, a sentence that contradicts the table. Functions as in `wrong`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from random import Random

from evals.draft import Block, Heading, Para, Table, compose, mark
from evals.prose import narrate
from evals.render import Rendered
from evals.truth import Number, Truth, random_truth
from evals.wrong import change, copied, numbers
from gkllm.form import form

# ---------------------------------------------------------------- headings and surroundings


def heading_lost(rendered: Rendered, rng: Random) -> Rendered:
    """One heading is gone, or all of them."""
    keys = ["disclosure", "requests", "litigation", "problems", "other", "overview"]
    lost = keys if rng.random() < 0.15 else [rng.choice(keys)]
    blocks = (b for b in rendered.draft.blocks if not (isinstance(b, Heading) and b.key in lost))
    return rendered.reset(replace(rendered.draft, blocks=tuple(blocks)))


def heading_mixed(rendered: Rendered, rng: Random) -> Rendered:
    """Headings numbered in several ways in one report: 1、 then 二、 then 三是."""
    styles = ("{c}、", "{a}、", "{c}是", "", "（{c}）", "{a}.", "{c} 、", "第{c}部分 ", "## {c}、")
    blocks: list[Block] = []
    count = 0
    for block in rendered.draft.blocks:
        if not isinstance(block, Heading):
            blocks.append(block)
            continue
        bare = re.sub(r"^[一二三四五六\d][、是]\s*", "", block.text)
        count += 1
        numeral = "一二三四五六"[count - 1]
        text = rng.choice(styles).format(c=numeral, a=count) + bare
        blocks.append(Heading(block.key, text))
    return rendered.reset(replace(rendered.draft, blocks=tuple(blocks)))


def _before(rendered: Rendered, blocks: Iterable[Block]) -> Rendered:
    draft = rendered.draft
    return rendered.reset(replace(draft, blocks=(*blocks, *draft.blocks)))


def contents(rendered: Rendered, rng: Random) -> Rendered:
    """A table of contents in front: all headings with dot leaders and page numbers."""
    leader = rng.choice(("......", "…………", " . . . . . ", "\t"))
    lines: list[Block] = [Para("目录")]
    page = 1
    for block in rendered.draft.blocks:
        if isinstance(block, Heading):
            page += rng.randint(0, 2)
            lines.append(Para(f"{block.text}{leader}{page}"))
    return _before(rendered, lines)


def banner(rendered: Rendered, rng: Random) -> Rendered:
    """Navigation or advertising in front of the title, with figures of its own."""
    lines = (
        "首页 > 政府信息公开 > 政府信息公开年报",
        "您访问的链接即将离开本站，是否继续？",
        "今天是2019年12月3日 星期二 网站支持IPv6",
        "开户送88元，日均在线5000人",
        "字体：【大 中 小】 浏览次数：1362",
    )
    return _before(rendered, [Para(line) for line in rng.sample(lines, rng.randint(1, 3))])


def metadata(rendered: Rendered, rng: Random) -> Rendered:
    """A block of catalogue data above the title, once or twice."""
    year = rendered.truth.year
    lines: list[Block] = [
        Para(f"索 引 号：{rng.randint(10**8, 10**9)}/{year + 1}-00{rng.randint(100, 999)}"),
        Para("主题分类：政府信息公开年报"),
        Para("文号："),
        Para("有效性：有效"),
    ]
    return _before(rendered, lines * rng.choice((1, 1, 2)))


def sentence_before_table(rendered: Rendered, rng: Random) -> Rendered:
    """A sentence with figures between a heading and its table."""
    kind = rng.choice(("disclosure", "requests", "litigation"))
    sentences = {
        "disclosure": "本表数据由18个部门汇总，现行有效件数为历史累计。",
        "requests": "下表按申请人类别填写，其中3类为法人，共统计25项指标。",
        "litigation": "复议和诉讼数据截至12月31日，共5项结果。",
    }
    blocks: list[Block] = []
    for block in rendered.draft.blocks:
        if isinstance(block, Table) and block.kind == kind:
            blocks.append(Para(sentences[kind]))
        blocks.append(block)
    return rendered.reset(replace(rendered.draft, blocks=tuple(blocks)))


# ---------------------------------------------------------------- the agency's own errors


def _touched(truth: Truth, path: str) -> frozenset[str]:
    """The cells of all rules that a cell stands in."""
    rules = form("2019" if truth.merged_other else "2021").rules
    return frozenset(p for r in rules if path in (*r.left, *r.right) for p in (*r.left, *r.right))


def sum_wrong(rendered: Rendered, rng: Random) -> Rendered | None:
    """The agency added up wrongly or typed a number wrongly: the truth is what it printed."""
    pattern = rng.choice(
        (r"\.total$", r"^requests\.total_handled\.", r"^requests\.", r"^litigation\.")
    )
    printed = rendered.printed - copied(rendered)
    paths = [p for p in numbers(rendered) if re.search(pattern, p) and p in printed]
    if not paths:
        return None
    path = rng.choice(paths)
    true = rendered.truth.cells[path]
    wrong: Number = rng.choice(
        [v for v in (true + 1, true + 10, true - 1, true * 10) if v >= 0 and v != true]
    )
    changed = change(rendered, [path], lambda c: replace(c, text=str(wrong)))
    if changed is None:
        return None
    truth = replace(changed.truth, cells={**changed.truth.cells, path: wrong})
    touched = _touched(truth, path)
    # Cells that are not printed follow from the others, and so do those that follow from them:
    # the text is that of a sound report in which they are what the wrong number makes them.
    derived = {q for p in touched - printed for q in _touched(truth, p) - printed}
    contested = changed.draft.contested | touched | derived
    return replace(changed, draft=replace(changed.draft, truth=truth, contested=contested))


_RIVALS = {
    "facts.applications_received": ("requests.new_received.total",),
    "facts.applications_answered": ("requests.total_handled.total",),
    "facts.applications_carried_in": ("requests.carried_in.total",),
    "facts.applications_carried_out": ("requests.carried_out.total",),
    "facts.reviews": ("litigation.review.total",),
    "facts.lawsuits": ("litigation.direct_lawsuit.total", "litigation.lawsuit_after_review.total"),
}


def prose_contradicts(rendered: Rendered, rng: Random) -> Rendered | None:
    """A sentence gives another count than the table; each is true of its place."""
    prose = "".join(b.text for b in rendered.draft.blocks if isinstance(b, Para))
    stated = [f for f in _RIVALS if re.search(r"\d" + mark(f), prose)]
    if not stated:
        return None
    fact = rng.choice(stated)
    told = int(Decimal(str(rendered.truth.facts[fact][0]))) + rng.choice((1, 2, 10))
    blocks = tuple(
        Para(re.sub(r"\d+" + mark(fact), f"{told}{mark(fact)}", b.text), b.role)
        if isinstance(b, Para)
        else b
        for b in rendered.draft.blocks
    )
    facts = {**rendered.truth.facts, fact: (told,)}
    if fact == "facts.applications_received" and "facts.applications_answered" in facts:
        answered = facts["facts.applications_answered"]  # "received 12, all answered"
        facts["facts.applications_answered"] = (*answered, told)
    truth = replace(rendered.truth, facts=facts)
    rivals = frozenset((fact, *_RIVALS[fact]))
    touched = rivals.union(*(_touched(truth, rival) for rival in _RIVALS[fact]))
    draft = replace(rendered.draft, blocks=blocks, truth=truth)
    return rendered.reset(replace(draft, contested=draft.contested | touched))


def last_year(rendered: Rendered, rng: Random) -> Rendered:
    """Last year's tables in an appendix behind the signature, with other numbers."""
    before, prose = narrate(random_truth(rng, rendered.truth.edition), rng)
    other = compose(before, prose, rng)
    tables: list[Block] = []
    for table in other.tables():
        if rng.random() < 0.8:
            unmarked = tuple(tuple(replace(c, path=None) for c in row) for row in table.rows)
            tables.append(replace(table, rows=unmarked))
    title = Para(f"附件：{rendered.truth.year - 1}年度政府信息公开情况统计表")
    draft = rendered.draft
    return rendered.reset(replace(draft, blocks=(*draft.blocks, title, *tables)))
