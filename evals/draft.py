"""A report before it is set in a layout: headings, sentences and tables with merged cells.

A `Draft` knows which cell of the form each table cell shows. Renderers turn it into text with
an invisible *mark* behind every value, one character of a private plane per path: whatever
later happens to the text, the values that are still printed are those whose marks are left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from evals.truth import BLOCKS, COLUMNS, OUTCOMES, ROWS, Truth
from gkllm.form import form

PATHS = (
    *form("2021").cells,
    *(f"requests.other.subtotal.{column}" for column in COLUMNS),
    *(f"facts.{fact.key}" for fact in form("2021").facts),
)
_PLANE = 0xF0000
_INDEX = {path: index for index, path in enumerate(PATHS)}
MARKS = re.compile("[\U000f0000-\U000ffffd]")

Kind = Literal["disclosure", "requests", "litigation"]


def mark(path: str) -> str:
    """The invisible character that stands for a path."""
    return chr(_PLANE + _INDEX[path])


def plain(text: str) -> str:
    """Text without its marks."""
    return MARKS.sub("", text)


def marked(text: str) -> frozenset[str]:
    """The paths whose marks stand in a text."""
    return frozenset(map(path_of, MARKS.findall(text)))


def path_of(found: str) -> str:
    """The path that a mark stands for."""
    return PATHS[ord(found) - _PLANE]


def row_of(path: str) -> str:
    """The printed row that a cell stands in; section 四 has only one."""
    return "litigation" if path.startswith("litigation.") else path.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell: `wide` in columns; `merged` continues the cell above it.

    A number has the `path` of the cell of the form that it shows; `legible` is False where
    the text no longer is that number to a careful reader.
    """

    text: str = ""
    path: str | None = None
    wide: int = 1
    merged: bool = False
    legible: bool = True

    @property
    def shown(self) -> str:
        """The text with its mark, if it is a legible number of the form."""
        return self.text + (mark(self.path) if self.path and self.text and self.legible else "")


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal width; the first `head` rows are column heads."""

    kind: Kind
    rows: tuple[Row, ...]
    head: int


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a section."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph; `role` is "text", "title", "signature", or what it lists: "problems"."""

    text: str
    role: str = "text"


Block = Table | Heading | Para


@dataclass(frozen=True, slots=True)
class Draft:
    """A report as blocks in printed order, with what is true of it.

    `contested` are the cells and facts of which the document itself gives two accounts;
    `uncertain` the printed cells whose place a careful reader could not tell.
    """

    blocks: tuple[Block, ...]
    truth: Truth
    contested: frozenset[str] = frozenset()
    uncertain: frozenset[str] = frozenset()

    def tables(self) -> Iterator[Table]:
        return (block for block in self.blocks if isinstance(block, Table))

    def with_tables(self, change: Callable[[Table], Table | None]) -> Draft:
        """The draft with every table changed; None takes the table out."""
        changed = (change(b) if isinstance(b, Table) else b for b in self.blocks)
        return replace(self, blocks=tuple(b for b in changed if b is not None))

    def with_cells(self, change: Callable[[Cell], Cell]) -> Draft:
        """The draft with every table cell changed."""
        return self.with_tables(
            lambda t: replace(t, rows=tuple(tuple(change(c) for c in row) for row in t.rows))
        )


# ---------------------------------------------------------------- labels and their variants

_HEADINGS = {
    "overview": ("总体情况", "总体概述", "工作开展情况"),
    "disclosure": ("主动公开政府信息情况",),
    "requests": ("收到和处理政府信息公开申请情况",),
    "litigation": (
        "政府信息公开行政复议、行政诉讼情况",
        "因政府信息公开工作被申请行政复议、提起行政诉讼情况",
    ),
    "problems": ("存在的主要问题及改进情况", "政府信息公开工作存在的主要问题及改进情况"),
    "other": ("其他需要报告的事项", "其他需要报告事项"),
}
_COLUMNS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
_CORNER = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
_LABELS: dict[str, tuple[str, ...]] = {
    "new_received": ("一、本年新收政府信息公开申请数量",),
    "carried_in": ("二、上年结转政府信息公开申请数量", "二、上年转结政府信息公开申请数量"),
    "granted": ("（一）予以公开",),
    "partially_granted": (
        "（二）部分公开（区分处理的，只计这一情形，不计其他情形）",
        "（二）部分公开（区分处理的，只计这一情况，不计其他情形）",
        "（二）部分公开",
    ),
    "refused.state_secret": ("1.属于国家秘密",),
    "refused.prohibited_by_law": ("2.其他法律行政法规禁止公开",),
    "refused.safety_stability": (
        "3.危及“三安全一稳定”",
        '3.危及"三安全一稳定"',
        "3.危及三安全一稳定",
    ),
    "refused.third_party_rights": ("4.保护第三方合法权益",),
    "refused.internal_affairs": ("5.属于三类内部事务信息", "5.属于三类内容事务信息"),
    "refused.process_information": ("6.属于四类过程性信息",),
    "refused.enforcement_file": ("7.属于行政执法案卷",),
    "refused.administrative_query": ("8.属于行政查询事项",),
    "unavailable.not_held": ("1.本机关不掌握相关政府信息",),
    "unavailable.must_be_created": ("2.没有现成信息需要另行制作",),
    "unavailable.still_unclear": ("3.补正后申请内容仍不明确",),
    "not_processed.petition": ("1.信访举报投诉类申请",),
    "not_processed.repeated": ("2.重复申请",),
    "not_processed.published_material": ("3.要求提供公开出版物",),
    "not_processed.mass_repeated": ("4.无正当理由大量反复申请",),
    "not_processed.confirm_or_reissue": ("5.要求行政机关确认或重新出具已获取信息",),
    "other.overdue_correction": (
        "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
        "1.申请人无正当理由逾期不补正，行政机关不再处理其政府信息公开申请",
        "1.逾期不补正",
    ),
    "other.unpaid_fee": (
        "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
        "2.逾期不缴费",
    ),
    "other.other": ("3.其他", "3.其他", "其他"),
    "total_handled": ("（七）总计",),
    "carried_out": ("四、结转下年度继续办理", "四、转结下年度继续办理"),
}
_GROUPS = {
    "refused": "（三）不予公开",
    "unavailable": "（四）无法提供",
    "not_processed": "（五）不予处理",
    "other": "（六）其他处理",
}
_ISSUED = ("本年制发件数", "本年制发数量", "本年制作数量", "本年度制发数")
_REPEALED = ("本年废止件数", "本年度止件数", "本年废止数", "废止数量")
_IN_FORCE = ("现行有效件数", "现行有效件", "现行有效数量")


@dataclass(frozen=True, slots=True)
class Wording:
    """How one document words the form: official wordings, or variants seen in reports."""

    rng: Random
    loose: bool
    half: bool
    dot: str

    def choose(self, wordings: tuple[str, ...]) -> str:
        """One of the wordings in this document's style of punctuation."""
        text = self.rng.choice(wordings) if self.loose else wordings[0]
        if self.half:
            text = text.replace("（", "(").replace("）", ") ").strip()
        return re.sub(r"^(\d)\.", rf"\1{self.dot}", text)


def wording(rng: Random) -> Wording:
    """A document's own style."""
    dot = rng.choice((".", ".", ".", ". ", "、"))
    return Wording(rng, rng.random() < 0.4, rng.random() < 0.2, dot)


# ---------------------------------------------------------------- the whole report


def compose(truth: Truth, prose: dict[str, tuple[Block, ...]], rng: Random) -> Draft:
    """A report as its agency would publish it, before any layout."""
    words = wording(rng)
    headings = _numbered(words, rng)
    tables = (
        (disclosure_2019 if truth.edition == "2019" else disclosure)(truth, words),
        requests(truth, words),
        litigation(truth, words),
    )
    blocks: list[Block] = [*prose["head"], headings[0], *prose["overview"]]
    for heading, table in zip(headings[1:4], tables, strict=True):
        blocks += [heading, table]
    blocks += [headings[4], *prose["problems"], headings[5], *prose["other"], *prose["tail"]]
    return Draft(tuple(blocks), truth)


def _numbered(words: Wording, rng: Random) -> list[Heading]:
    style = rng.choices(("{}、", "{}", "{}是", "{}、 "), (85, 5, 3, 7))[0]
    arabic = rng.random() < 0.1
    found = []
    for index, (key, wordings) in enumerate(_HEADINGS.items()):
        numeral = str(index + 1) if arabic else "一二三四五六"[index]
        text = wordings[0] if not words.loose else rng.choice(wordings)
        found.append(Heading(key, style.format(numeral if style != "{}" else "") + text))
    return found


def disclosure(truth: Truth, words: Wording) -> Table:
    """Section 二 of the 2021 form: 10 numbers in four columns."""

    def number(path: str, wide: int = 1) -> Cell:
        return Cell(str(truth.cells[f"disclosure.{path}"]), f"disclosure.{path}", wide)

    def block(numeral: str) -> Row:
        return (Cell(words.choose((f"第二十条第（{numeral}）项",)), wide=4),)

    decided = (Cell("信息内容"), Cell("本年处理决定数量", wide=3))
    heads = tuple(Cell(words.choose(w)) for w in (_ISSUED, _REPEALED, _IN_FORCE))
    normative = words.choose(("行政规范性文件", "规范性文件"))
    three = ("issued", "repealed", "in_force")
    fee = words.choose(("本年收费金额（单位：万元）",))
    rows: list[Row] = [
        block("一"),
        (Cell("信息内容"), *heads),
        (Cell("规章"), *(number(f"regulations.{c}") for c in three)),
        (Cell(normative), *(number(f"normative_documents.{c}") for c in three)),
        block("五"),
        decided,
        (Cell("行政许可"), number("licensing.decisions", 3)),
        block("六"),
        decided,
        (Cell("行政处罚"), number("punishment.decisions", 3)),
        (Cell("行政强制"), number("coercion.decisions", 3)),
        block("八"),
        (Cell("信息内容"), Cell(fee, wide=3)),
        (Cell("行政事业性收费"), number("fees.amount_10k_yuan", 3)),
    ]
    return Table("disclosure", tuple(rows), 2)


def disclosure_2019(truth: Truth, words: Wording) -> Table:
    """Section 二 of the 2019 form: 22 numbers that are not those of 2021, so none has a path."""
    rng = words.rng

    def some() -> Cell:
        return Cell(str(rng.choice((0, 0, 1, 4, 30, 93, 422))))

    def kinds(*labels: str) -> Iterator[Row]:
        heads = ("上一年项目数量", "本年增/减", "处理决定数量")
        yield (Cell("信息内容"), *(Cell(head) for head in heads))
        for label in labels:
            change = rng.choice(("0", "0", "+3", "-2", "增10", "-35"))
            yield (Cell(label), some(), Cell(change), some())

    def block(numeral: str) -> Row:
        return (Cell(words.choose((f"第二十条第（{numeral}）项",)), wide=4),)

    made = ("本年新制作数量", "本年新公开数量", "对外公开总数量")
    amount = rng.choice(("0", "103.3879万元", "251000元", "27270", "477.35"))
    rows: list[Row] = [
        block("一"),
        (Cell("信息内容"), *(Cell(head) for head in made)),
        (Cell("规章"), some(), some(), some()),
        (Cell("规范性文件"), some(), some(), some()),
        block("五"),
        *kinds("行政许可", "其他对外管理服务事项"),
        block("六"),
        *kinds("行政处罚", "行政强制"),
        block("八"),
        (Cell("信息内容"), Cell("上一年项目数量"), Cell("本年增/减", wide=2)),
        (Cell("行政事业性收费"), some(), Cell("0", wide=2)),
        block("九"),
        (Cell("信息内容"), Cell("采购项目数量"), Cell("采购总金额", wide=2)),
        (Cell("政府集中采购"), some(), Cell(amount, wide=2)),
    ]
    return Table("disclosure", tuple(rows), 2)


def requests(truth: Truth, words: Wording) -> Table:
    """Section 三: three columns of labels, seven of numbers, three rows of heads."""
    heads = [Cell(words.choose((label,))) for label in _COLUMNS]
    below = Cell(merged=True)
    corner = Cell(merged=True, wide=3)
    rows: list[Row] = [
        (Cell(words.choose((_CORNER,)), wide=3), Cell("申请人情况", wide=7)),
        (corner, heads[0], Cell("法人或其他组织", wide=5), heads[6]),
        (corner, below, *heads[1:6], below),
    ]
    keys = [row for row in ROWS if not (truth.merged_other and row.startswith("other."))]
    if truth.merged_other:
        keys.insert(keys.index("total_handled"), "other.subtotal")
    side: Cell | None = None
    group = ""
    for key in keys:
        numbers = tuple(
            Cell(str(truth.cells[f"requests.{key}.{c}"]), f"requests.{key}.{c}") for c in COLUMNS
        )
        if key in ("new_received", "carried_in", "carried_out"):
            rows.append((Cell(words.choose(_LABELS[key]), wide=3), *numbers))
            continue
        side = Cell("三、本年度办理结果") if side is None else Cell(merged=True)
        if "." not in key or key == "other.subtotal":
            labels = _LABELS.get(key, (_GROUPS["other"],))
            rows.append((side, Cell(words.choose(labels), wide=2), *numbers))
            continue
        above, group = group, key.split(".")[0]
        start = Cell(words.choose((_GROUPS[group],))) if group != above else Cell(merged=True)
        rows.append((side, start, Cell(words.choose(_LABELS[key])), *numbers))
    return Table("requests", tuple(rows), 3)


def litigation(truth: Truth, words: Wording) -> Table:
    """Section 四: fifteen numbers in one row under three rows of heads."""
    outcomes = tuple(
        Cell(label) for label in ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
    )
    paths = [f"litigation.{block}.{outcome}" for block in BLOCKS for outcome in OUTCOMES]
    rows: tuple[Row, ...] = (
        (Cell("行政复议", wide=5), Cell("行政诉讼", wide=10)),
        (*outcomes, Cell("未经复议直接起诉", wide=5), Cell("复议后起诉", wide=5)),
        (*(Cell(merged=True) for _ in outcomes), *outcomes, *outcomes),
        tuple(Cell(str(truth.cells[path]), path) for path in paths),
    )
    return Table("litigation", rows, 3)
