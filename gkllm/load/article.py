"""A page's items > those of the report: without navigation, lists of links and page footers.

The report is found by its own words: the headings of its sections and the labels of its tables
stand in one container, and the smallest that holds them all holds the report. Its title and
what says who published it may stand above that container, its signature below it.
Where a page shows none of these words, the container with most of the unlinked text is taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from gkllm.form import compact, form
from gkllm.load.html import Item, Node
from gkllm.load.written import Block, Piece

_LINKED = 0.6  # share of links of a paragraph that is a link
_REACH = 40  # items above the first heading in which a title is looked for
_TELLING_LABEL = 8  # characters of a row label that no sentence says by chance
_FEWEST_LABELS = 3
_MOST_TEXT = 0.6  # share of a page's text that its article has, where no heading tells
_LONGEST_TITLE = 80
_TITLE_LINES = 3  # over the last line of a title
_PROSE = 15  # characters of a paragraph that is a sentence
_TITLE = re.compile(r"(?:信息|政务)公开.{0,12}(?:报告|年报|总结)$")
_FIRST_HALF = re.compile(r"20\d\d\s*】?\s*年?度?$|关于$")
_DATE = re.compile(r"20\d\d\s*[年.-]\s*\d{1,2}\s*[月.-]\s*\d{1,2}|二[〇○零].{2}年")
_FURNITURE = re.compile(
    r"^[\s【\[<(（]*(?:上一[篇条页]|下一[篇条页]|打印|关闭|扫一扫|分享|收藏|返回|相关(?:信息|链接|阅读|文章|新闻)|"
    r"推荐阅读|热点|版权所有|版权声明|主办|承办|协办|技术支持|网站标识码|网站地图|联系我们|关于我们|隐私|"
    r"[一-鿿]?ICP备|[一-鿿]公网安备|责任编辑|责编|浏览次数|浏览量|访问量|点击|友情链接|"
    r"您(?:当前)?(?:的)?(?:所在)?位置|当前位置|首页|字[体号][:：]|\[?大\]?\s*中|微信|微博)"
)
# What a page says of a document beside it.
_ABOUT = (
    "索引号|信息索引号|索引号码|发布机构|发文机关|发文机构|公开机构|公开责任部门|责任部门|发布单位|信息来源|来源|"
    "发布日期|发布时间|公开日期|成文日期|发文日期|生成日期|文号|发文字号|文件编号|名称|标题|文件名称|信息名称|"
    "有效性|时效性|主题分类|体裁分类|组配分类|信息分类|所属主题|主题词|关键词|公开方式|公开范围|公开时限|公开形式|"
    "文件类型|载体类型|内容概述|效力状态|统一编号"
)
_ABOUT_LABEL = re.compile(rf"(?:{_ABOUT})[:：]?")
_ABOUT_LINE = re.compile(rf"(?:{_ABOUT})[:：]")
_MANY = 3  # labels of a table that is about the document


def article(items: Sequence[Item], title: str = "") -> list[Item]:
    """The items of the report in a page, in their order.

    `title` is the page's own; it stands in where the report shows none.
    """
    anchors = [i for i, item in enumerate(items) if _is_anchor(item)]
    inside = _inside(items, anchors)
    if not inside:
        return list(items)
    first = anchors[0] if anchors else inside[0]
    last = anchors[-1] if anchors else inside[-1]
    start, found = _begin(items, inside[0], first)
    stop = _end(items, last, inside[-1])
    kept = [item for item in items[start:stop] if not _is_beside(item)]
    above = [item for item in items[:start] if _is_about(item) and not _is_beside(item)]
    named = [] if found else _page_title(title, items[0].node)
    return [*_unframed(above), *named, *_unframed(kept)]


def _is_anchor(item: Item) -> bool:
    """Whether an item says a heading of a report or shows one of its tables."""
    if item.linked > _LINKED:
        return False
    exact, anywhere, labels = _words()
    if isinstance(item.block, str):
        words = compact(item.block[: _LONGEST_TITLE * 20])
        if len(words) <= _LONGEST_TITLE:
            return words in exact or words.endswith(anywhere)
        return any(word in words for word in anywhere)
    said = {compact(piece.text) for row in item.block for piece in row}
    return len(said & labels) >= _FEWEST_LABELS or bool(said & exact)


@cache
def _words() -> tuple[frozenset[str], tuple[str, ...], frozenset[str]]:
    exact: set[str] = set()
    labels: set[str] = set()
    for edition in ("2021", "2019"):
        this = form("2021" if edition == "2021" else "2019")
        exact.update(word for section in this.sections for word in section.headings)
        labels.update(word for section in this.sections for word in section.opens)
        labels.update(word for row in this.rows for word in row.wordings)
    return (
        frozenset(exact),
        tuple(sorted(word for word in exact if len(word) >= _TELLING_LABEL)),
        frozenset(word for word in labels if len(word) >= 4),
    )


# ---------------------------------------------------------------- which container


def _inside(items: Sequence[Item], anchors: Sequence[int]) -> list[int]:
    """The numbers of the items in the container of the report."""
    node: Node | None = None
    if len(anchors) > 1:
        node = items[anchors[0]].node
        for i in anchors[1:]:
            node = _common(node, items[i].node)
    if node is None or not anchors:
        node = _densest(items)
    return [i for i, item in enumerate(items) if _holds(node, item.node)]


def _common(a: Node, b: Node) -> Node:
    while a is not b:
        if a.depth >= b.depth and a.parent is not None:
            a = a.parent
        elif b.parent is not None:
            b = b.parent
        else:
            break
    return a


def _holds(node: Node, inner: Node | None) -> bool:
    while inner is not None and inner.depth >= node.depth:
        if inner is node:
            return True
        inner = inner.parent
    return False


def _densest(items: Sequence[Item]) -> Node:
    """The smallest container with most of the text that is no link."""
    weights: dict[Node, int] = {}
    whole = 0
    for item in items:
        weight = 0 if item.linked > _LINKED else len(item.text)
        whole += weight
        node: Node | None = item.node
        while node is not None:
            weights[node] = weights.get(node, 0) + weight
            node = node.parent
    enough = [node for node, weight in weights.items() if weight >= _MOST_TEXT * whole]
    return max(enough, key=lambda node: node.depth)


# ---------------------------------------------------------------- where it begins and ends


def _begin(items: Sequence[Item], inside: int, first: int) -> tuple[int, bool]:
    """Where the report begins, and whether its title stands there."""
    for i in range(first, max(-1, first - _REACH), -1):
        if _is_title(items[i]):
            above = i
            while above > max(0, i - _TITLE_LINES) and _goes_before(items[above - 1], items[i]):
                above -= 1
            return above, True
    start = first
    while start > 0 and _is_prose(items[start - 1]):
        start -= 1
    # Without a title, what stands above the first heading in its container is the report's own.
    return (min(start, inside) if first - inside < _REACH else start), False


def _is_title(item: Item) -> bool:
    return (
        isinstance(item.block, str)
        and item.linked <= _LINKED
        and len(item.block) <= _LONGEST_TITLE
        and not any(mark in item.block for mark in "。；;")
        and _TITLE.search(compact(item.block)) is not None
        and not _FURNITURE.match(item.block)
    )


def _goes_before(item: Item, title: Item) -> bool:
    """A line over the title: the agency, or the first half of a long one."""
    return (
        isinstance(item.block, str)
        and 0 < len(item.block) <= _LONGEST_TITLE
        and item.linked <= _LINKED
        and (item.node is title.node or item.heading or bool(_FIRST_HALF.search(item.block)))
        and not _FURNITURE.match(item.block)
    )


def _is_prose(item: Item) -> bool:
    return (
        isinstance(item.block, str)
        and item.linked <= _LINKED
        and len(item.block) >= _PROSE
        and not _FURNITURE.match(item.block)
    )


def _end(items: Sequence[Item], last: int, inside: int) -> int:
    """Behind the last item of the report."""
    stop = last + 1
    for i in range(last + 1, len(items)):
        item = items[i]
        if isinstance(item.block, str) and _FURNITURE.match(item.block):
            break
        if i > inside and not (i <= inside + 3 and _DATE.search(item.text) and item.linked == 0):
            if i > inside + 3:
                break
            continue
        stop = i + 1
    return stop


def _is_beside(item: Item) -> bool:
    """Links and furniture among the paragraphs of a report."""
    return isinstance(item.block, str) and bool(
        item.block and (item.linked > _LINKED or _FURNITURE.match(item.block))
    )


# ---------------------------------------------------------------- what is about the document


def _is_about(item: Item) -> bool:
    if isinstance(item.block, str):
        return _ABOUT_LINE.match(compact_line(item.block)) is not None
    labels = [piece for row in item.block for piece in row if _is_label(piece)]
    return len(labels) >= _MANY


def compact_line(text: str) -> str:
    """A line without the spaces that set its words apart: 索 引 号."""
    return re.sub(r"\s+", "", text)


def _is_label(piece: Piece) -> bool:
    return _ABOUT_LABEL.fullmatch(compact_line(piece.text)) is not None


def _unframed(items: Sequence[Item]) -> list[Item]:
    """Tables about the document as lines "label：value", which prose is read from."""
    found: list[Item] = []
    for item in items:
        if isinstance(item.block, str) or not _is_about(item):
            found.append(item)
            continue
        label = ""
        for row in item.block:
            for piece in row:
                if _is_label(piece):
                    label = compact_line(piece.text).rstrip(":：")
                elif piece.text:
                    line = f"{label}：{piece.text}" if label else piece.text
                    found.append(Item(line, item.node))
                    label = ""
    return found


def _page_title(title: str, node: Node) -> list[Item]:
    """The part of the page's title that is a report's."""
    for part in re.split(r"[_|\-—–]", title):
        if _TITLE.search(compact(part)):
            return [Item(part.strip(), node)]
    return []


def blocks(items: Sequence[Item]) -> list[Block]:
    """The paragraphs and tables; a picture is a line that says so."""
    return [item.block if item.block != "" else "[图片]" for item in items]
