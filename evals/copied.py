"""What happens to a report on its way through mirrors, editors and converters.

Units and brackets that were lost, words that were masked or replaced, a title that is gone,
tables that ran together. Functions as in `wear` and `around`; none changes a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

from evals.dice import often
from evals.draft import Block, Heading, Para, Table, mark
from evals.render import Rendered


def _prose(rendered: Rendered, change: Callable[[Para], Para | None]) -> Rendered:
    """Every paragraph changed, or taken out."""
    blocks = (change(b) if isinstance(b, Para) else b for b in rendered.draft.blocks)
    kept = tuple(b for b in blocks if b is not None)
    return rendered.reset(replace(rendered.draft, blocks=kept))


def _words(rendered: Rendered, rng: Random, pattern: str, new: str, share: float) -> Rendered:
    """A pattern of the prose replaced in a share of its places."""

    def one(found: re.Match[str]) -> str:
        return found.expand(new) if rng.random() < often(rng, share) else found[0]

    return _prose(rendered, lambda p: replace(p, text=re.sub(pattern, one, p.text)))


def units_lost(rendered: Rendered, rng: Random) -> Rendered:
    """The unit and the comma behind a number are gone: 收到申请12答复9 (M20)."""
    return _words(rendered, rng, r"([\U000f0000-\U000ffffd]) ?[件条次][，。]?(?!\d)", r"\1", 0.4)


def brackets_lost(rendered: Rendered, rng: Random) -> Rendered:
    """Brackets and dashes of numbers of documents are gone: 〔202130号 (M22)."""
    return _words(rendered, rng, r"〔(\d{4})〕", r"〔\1", 1.0)


def angle_quotes(rendered: Rendered, rng: Random) -> Rendered:
    """《…》 typed as <…>, or left open (M43)."""
    closed = rng.random() < 0.6
    return _words(rendered, rng, "《([^》]*)》", r"<\1>" if closed else r"《\1", 1.0)


def bilingual(rendered: Rendered, rng: Random) -> Rendered:
    """An English line under some paragraphs, with figures of its own (M47)."""
    y = rendered.truth.year
    lines = (
        f"In {y}, the office published 1,234 items and received 56 requests.",
        "The reporting period runs from January 1 to December 31.",
        "No fees were charged; 7 training sessions were held.",
    )
    blocks: list[Block] = []
    for block in rendered.draft.blocks:
        blocks.append(block)
        long = isinstance(block, Para) and block.role != "title" and len(block.text) > 30
        if long and rng.random() < often(rng, 0.3):
            blocks.append(Para(rng.choice(lines)))
    return rendered.reset(replace(rendered.draft, blocks=tuple(blocks)))


def inner_headings(rendered: Rendered, rng: Random) -> Rendered | None:
    """Headings 一、 二、 inside section 五, as if sections began there (M37)."""
    blocks: list[Block] = []
    left = 0
    for block in rendered.draft.blocks:
        if isinstance(block, Heading):
            left = 2 if block.key == "problems" else 0
        elif left and isinstance(block, Para):
            name = "主要问题" if left == 2 else "改进情况"
            blocks.append(Para(f"{'一' if left == 2 else '二'}、{name}"))
            left -= 1
        blocks.append(block)
    return rendered.reset(replace(rendered.draft, blocks=tuple(blocks)))


def empty_bodies(rendered: Rendered, rng: Random) -> Rendered:
    """Headings with nothing under them: sections 五 and 六, or the overview too (M38)."""
    empty = {"problems", "other"} | ({"overview"} if rng.random() < 0.4 else set())
    blocks: list[Block] = []
    key = "head"
    for block in rendered.draft.blocks:
        if isinstance(block, Heading):
            key = block.key
        if isinstance(block, Para) and key in empty and block.role != "signature":
            continue
        blocks.append(block)
    return rendered.reset(replace(rendered.draft, blocks=tuple(blocks)))


def title_lost(rendered: Rendered, rng: Random) -> Rendered | None:
    """No title and no introduction: the report begins at its first heading (M32)."""
    heads = (i for i, block in enumerate(rendered.draft.blocks) if isinstance(block, Heading))
    first = next(heads, None)  # another damage may have taken them all
    if first is None:
        return None
    return rendered.reset(replace(rendered.draft, blocks=rendered.draft.blocks[first:]))


def masked(rendered: Rendered, rng: Random) -> Rendered:
    """Names are masked by asterisks (M46); the agency's is not told any more."""
    agency, name = rendered.truth.agency, mark("facts.agency")
    short = min(agency.short, agency.name, key=len)

    def hide(para: Para) -> Para:
        text = para.text.replace(agency.name, "****").replace(agency.short, "****")
        return replace(para, text=text.replace(short, "****").replace(name, ""))

    changed = _prose(rendered, hide)
    facts = {k: v for k, v in changed.truth.facts.items() if k != "facts.agency"}
    truth = replace(changed.truth, facts=facts)
    return replace(changed, draft=replace(changed.draft, truth=truth))


def spam_lines(rendered: Rendered, rng: Random) -> Rendered:
    """Lines of betting advertisements between the paragraphs, with figures (M29, M31)."""
    lines = (
        "365体育在线投注平台，注册送88元",
        "bet88官网 最新下载地址 www.bet88.example",
        "老虎机游戏大厅，日均在线5000人，提款3分钟到账",
    )
    blocks: list[Block] = []
    for block in rendered.draft.blocks:
        if isinstance(block, Para) and block.role != "title" and rng.random() < often(rng, 0.15):
            blocks.append(Para(rng.choice(lines)))
        blocks.append(block)
    return rendered.reset(replace(rendered.draft, blocks=tuple(blocks)))


def tables_glued(rendered: Rendered, rng: Random) -> Rendered | None:
    """The heading between two tables is gone, so that one runs into the next (M48)."""
    blocks = rendered.draft.blocks
    between = [
        i
        for i in range(1, len(blocks) - 1)
        if isinstance(blocks[i], Heading)
        and isinstance(blocks[i - 1], Table)
        and isinstance(blocks[i + 1], Table)
    ]
    if not between:
        return None
    gone = set(between) if rng.random() < 0.4 else {rng.choice(between)}
    kept = tuple(b for i, b in enumerate(blocks) if i not in gone)
    return rendered.reset(replace(rendered.draft, blocks=kept))


def mojibake(rendered: Rendered, rng: Random) -> Rendered:
    """A pair of marks cut in two: 三审三?！敝贫 for 三审三校”制度 (M30); numbers beside survive."""
    broken = {"，": "锛?", "。": "銆?", "；": "；?", "“": "鈥?", "”": "?！"}

    def wear(found: re.Match[str]) -> str:
        return broken[found[0]] if rng.random() < often(rng, 0.1) else found[0]

    def change(para: Para) -> Para:
        return replace(para, text=re.sub("[，。；“”]", wear, para.text))

    return _prose(rendered, change)


def script_string(rendered: Rendered, rng: Random) -> Rendered | None:
    r"""The page was a string inside a script: \" and \/ for " and /, &nbsp; for spaces (M42)."""
    if rendered.layout in ("spaced", "raw"):
        return None
    text = rendered.marked_text.replace('"', '\\"').replace("/", "\\/").replace("  ", " &nbsp;")
    return replace(rendered, marked_text=text)
