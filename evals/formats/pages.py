"""A draft as a page of a government web site, in the styles that content systems write.

`PAGES` maps a style to a function of (draft, rng) that gives the bytes of a page. Around the
report stand what such pages have: navigation, a box about the document, links to other years'
reports (whose titles name other years and agencies), a footer.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from string import Template

from evals.draft import Block, Draft, Heading, Para, Table, plain

Setter = Callable[[Draft, Random], bytes]

_SPANS = ("", " lang=EN-US", " style='font-family:\n宋体'")
_DIGITS = re.compile(r"\d")


def escape(text: str) -> str:
    """A text without marks, as HTML writes it."""
    return html.escape(plain(text), quote=False)


def title(draft: Draft) -> str:
    """The title of a report."""
    return "".join(plain(line) for line in title_lines(draft))


def title_lines(draft: Draft) -> list[str]:
    """The lines of the title; some reports have two."""
    return [b.text for b in draft.blocks if isinstance(b, Para) and b.role == "title"]


def page(style: str, draft: Draft, body: str, **parts: object) -> str:
    """A page of a style around a body; what stands around it is in the style's own file."""
    template = Template((Path(__file__).parent / f"{style}.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(title(draft)),
        heading="<br>".join(map(escape, title_lines(draft))),
        body=body,
        **parts,
    )


def published(draft: Draft) -> str:
    """The day that the page itself bears: that of the report, or some day of January."""
    known = draft.truth.facts.get("facts.published_on")
    return str(known[0]) if known else f"{draft.truth.year + 1}-01-{draft.truth.year % 19 + 10}"


def dated(draft: Draft) -> Draft:
    """A draft whose page says when it was published."""
    facts = {**draft.truth.facts, "facts.published_on": (published(draft),)}
    return replace(draft, truth=replace(draft.truth, facts=facts))


def others(draft: Draft, rng: Random) -> list[str]:
    """Titles of other reports that a page links to."""
    year = draft.truth.year
    return [
        f"{rng.choice(('柳河镇', '青石桥街道', '县水利局'))}{year + d}年政府信息公开工作年度报告"
        for d in (-3, -2, -1, 1)
    ]


# ---------------------------------------------------------------- tables


def spans(table: Table) -> list[list[tuple[str, int, int]]]:
    """(text, colspan, rowspan) of the cells that begin in each row."""
    found: list[list[list[object]]] = []
    begun: dict[int, list[object]] = {}
    for row in table.rows:
        cells: list[list[object]] = []
        column = 0
        for cell in row:
            # A cell goes on with the one above it only where both are as wide.
            if cell.merged and column in begun and begun[column][1] == cell.wide:
                above = begun[column]
                above[2] = int(str(above[2])) + 1
            else:
                made: list[object] = [cell.text, cell.wide, 1]
                cells.append(made)
                for c in range(column, column + cell.wide):
                    begun.pop(c, None)
                begun[column] = made
            column += cell.wide
        found.append(cells)
    return [[(str(t), int(str(w)), int(str(h))) for t, w, h in row] for row in found]


def tags(table: Table, cell: Callable[[str], str], *, close: bool, head: int = 0) -> str:
    """The rows of a table; without `close`, end tags are left out as old pages do."""
    lines = []
    for number, row in enumerate(spans(table)):
        tag = "th" if number < head else "td"
        parts = []
        for text, wide, high in row:
            attributes = f' colspan="{wide}"' if wide > 1 else ""
            attributes += f" rowspan={high}" if high > 1 else ""
            parts.append(f"<{tag}{attributes}>{cell(text)}" + (f"</{tag}>" if close else ""))
        lines.append("<tr>" + "".join(parts) + ("</tr>" if close else ""))
    return "\n".join(lines)


def paragraphs(
    draft: Draft, paragraph: Callable[[Block], str], table: Callable[[Table], str]
) -> str:
    """The blocks of a report without its title, each in its own tags."""
    return "\n".join(
        table(b) if isinstance(b, Table) else paragraph(b)
        for b in draft.blocks
        if not (isinstance(b, Para) and b.role == "title")
    )


def text_of(block: Block) -> str:
    """The words of a paragraph or a heading."""
    return plain(block.text) if isinstance(block, (Para, Heading)) else ""


# ---------------------------------------------------------------- the five styles


def modern(draft: Draft, rng: Random) -> bytes:
    """UTF-8, containers of containers, links to other reports beside the article."""
    links = "".join(
        f'<li><a href="/x/{i}.html">{t}</a></li>' for i, t in enumerate(others(draft, rng))
    )

    def paragraph(block: Block) -> str:
        style = "text-indent:2em;" if isinstance(block, Para) else "font-weight:bold"
        return f'<p style="{style}"><span>{escape(text_of(block))}</span></p>'

    def table(t: Table) -> str:
        rows = tags(t, lambda text: f"<p>{escape(text) or '&nbsp;'}</p>", close=True, head=t.head)
        return f'<div class="table-box"><table border="1"><tbody>\n{rows}\n</tbody></table></div>'

    about = (
        f'<div class="info"><span>发布时间：{published(draft)} 09:30</span>'
        "<span>浏览次数：<i id=hits>1357</i></span><span>字号：[大 中 小]</span></div>"
    )
    before, after, *_ = others(draft, rng)
    body = paragraphs(draft, paragraph, table)
    return page(
        "modern", draft, body, links=links, about=about, before=before, after=after
    ).encode()


def nested(draft: Draft, rng: Random) -> bytes:
    """GB bytes declared gb2312: layout tables around everything, capitals, open cells."""

    def cell(text: str) -> str:
        return f"<P align=center>{escape(text)}" if text else rng.choice(("&nbsp;", "", "<P></P>"))

    def table(t: Table) -> str:
        rows = tags(t, cell, close=False).replace("<tr>", "<TR>").replace("<td", "<TD")
        return f"<TABLE BORDER=1 WIDTH='98%'>\n{rows}\n</TABLE>"

    def paragraph(block: Block) -> str:
        return f"<P>&nbsp;&nbsp;&nbsp;&nbsp;{escape(text_of(block))}"

    menu = "".join(
        f"<TR><TD><A HREF='{i}.htm'>{t}</A></TD></TR>" for i, t in enumerate(others(draft, rng))
    )
    body = paragraphs(draft, paragraph, table)
    number = rng.randint(1000, 9999)
    made = page("nested", draft, body, links=menu, number=number, year=draft.truth.year + 1)
    return made.encode("gb18030")


def word(draft: Draft, rng: Random) -> bytes:
    """A page that Word saved: spans around every piece, office tags, line breaks in the markup."""

    def cut(text: str) -> str:
        """A text in spans; also between the digits of a number, which belong together."""
        pieces, at = [], 0
        while at < len(text):
            size = rng.choice((1, 1, 2, 3, 6))
            pieces.append(text[at : at + size])
            at += size
        return "".join(
            f"<span{rng.choice(_SPANS)}>{html.escape(p, quote=False)}</span>" for p in pieces
        )

    def cell(text: str) -> str:
        words = plain(text)
        inner = cut(words) if words else "<span lang=EN-US>&nbsp;</span>"
        style = "align=center\n  style='text-align:center'"
        return f"\n  <p class=MsoNormal {style}>{inner}<o:p></o:p></p>\n  "

    def table(t: Table) -> str:
        rows = tags(t, cell, close=True)
        return f"<table class=MsoTableGrid border=1 cellspacing=0>\n{rows}\n</table>"

    def paragraph(block: Block) -> str:
        text = text_of(block)
        wrapped = cut(text)
        return f"<p class=MsoNormal><b>{wrapped}</b><span lang=EN-US><o:p></o:p></span></p>"

    body = paragraphs(draft, paragraph, table)
    return page("word", draft, body, cut=cut(title(draft))).encode("utf-16")


def scripted(draft: Draft, rng: Random) -> bytes:
    """The article is a string inside a script, which the browser would write into the page."""

    def paragraph(block: Block) -> str:
        return f'<p class="a">{escape(text_of(block))}</p>'

    def table(t: Table) -> str:
        return f'<table class="b">{tags(t, escape, close=True)}</table>'

    head = "</h2><h2>".join(map(escape, title_lines(draft)))
    body = paragraphs(draft, paragraph, table)
    article = f'<div id="c"><h2>{head}</h2>{body}</div>'
    if rng.random() < 0.5:
        literal = json.dumps(article, ensure_ascii=rng.random() < 0.5).replace("</", "<\\/")
    else:
        literal = "'" + article.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"
        literal = literal.replace("</", "<\\/")
    return page("scripted", draft, literal).encode()


def pieces(draft: Draft, rng: Random) -> bytes:
    """No declared encoding, the whole report in one cell, each table in several, a hidden copy."""

    def table(t: Table) -> str:
        cuts = (
            sorted(rng.sample(range(t.head + 1, len(t.rows)), rng.choice((0, 1, 2))))
            if len(t.rows) > 9
            else []
        )
        cuts = [at for at in cuts if not any(c.merged for c in t.rows[at])]
        found = []
        for start, stop in zip([0, *cuts], [*cuts, len(t.rows)], strict=True):
            part = Table(t.kind, t.rows[start:stop], 0)
            found.append(f"<table>{tags(part, _broken, close=True)}</table>")
        return "".join(found)

    def _broken(text: str) -> str:
        words = escape(text)
        if len(words) > 6 and not _DIGITS.search(words) and rng.random() < 0.3:
            at = rng.randint(2, len(words) - 2)
            return words[:at] + "<br/>" + words[at:]
        return f"<div><font>{words}</font></div>"

    def paragraph(block: Block) -> str:
        return f"<div>{escape(text_of(block))}<br/></div>"

    head = "<br>".join(map(escape, title_lines(draft)))
    hidden = '<div style="display:none">规章 99 99 99 行政许可 12345</div>'
    body = paragraphs(draft, paragraph, table)
    whole = f"<div class='bt'>{head}</div><table><tr><td>{hidden}{body}</td></tr></table>"
    return whole.encode(rng.choice(("utf-8", "gb18030")))


PAGES: dict[str, Setter] = {
    "html-modern": modern,
    "html-nested": nested,
    "html-word": word,
    "html-scripted": scripted,
    "html-pieces": pieces,
}

# Pages that say when they were published, which then is a fact of the report.
DATED = frozenset(("html-modern",))
