"""Reports drawn by two libraries that make PDFs from programs.

Platypus of ReportLab names one of its fonts without embedding it; fpdf2 embeds a subset.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from evals.draft import Draft, Heading, Table, plain
from evals.paper import Style, Unprintable, page_room, placed, widths

_TTF = "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"


def by_reportlab(draft: Draft, style: Style, path: Path) -> None:
    """Platypus tables; one of the fonts is named only, and not embedded."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.platypus import Paragraph, SimpleDocTemplate
    from reportlab.platypus.doctemplate import LayoutError

    font = _reportlab_font(style)
    story: list[Any] = []
    for block in draft.blocks:
        if isinstance(block, Table):
            story.append(_platypus(block, style, font))
            continue
        big = isinstance(block, Heading) or block.role == "title"
        look = _words(font, 14) if big else _words(font, style.size + 1.5, 0, 2 * style.size)
        story.append(Paragraph(html.escape(plain(block.text)), look))

    def furnish(canvas: Any, document: Any) -> None:
        if style.footer:
            canvas.setFont(font, 9)
            text = style.footer.format(document.page)
            canvas.drawCentredString(page_room(style)[0] / 2, 30, text)

    made = SimpleDocTemplate(
        str(path),
        pagesize=landscape(A4) if style.landscape else A4,
        leftMargin=44,
        rightMargin=44,
        topMargin=50,
        bottomMargin=50,
    )
    try:
        made.build(story, onFirstPage=furnish, onLaterPages=furnish)
    except LayoutError as error:
        raise Unprintable(str(error)) from error


def _reportlab_font(style: Style) -> str:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFont

    if "Serif" in style.font:
        pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
        return "STSong-Light"
    pdfmetrics.registerFont(TTFont("zenhei", _TTF))
    return "zenhei"


def _words(font: str, size: float, align: int = 0, indent: float = 0) -> Any:
    from reportlab.lib.styles import ParagraphStyle

    return ParagraphStyle(
        f"{size}-{align}-{indent}",
        fontName=font,
        fontSize=size,
        leading=size * 1.25,
        alignment=align,
        firstLineIndent=indent,
        wordWrap="CJK",
    )


def _platypus(table: Table, style: Style, font: str) -> Any:
    from reportlab.lib import colors
    from reportlab.lib.enums import TA_CENTER, TA_RIGHT
    from reportlab.platypus import Paragraph
    from reportlab.platypus import Table as Drawn

    number = _words(font, style.size, TA_RIGHT if style.right else TA_CENTER)
    label = _words(font, style.size, 0 if style.right else TA_CENTER)
    width = max(sum(cell.wide for cell in row) for row in table.rows)
    rows: list[list[Any]] = [[""] * width for _ in table.rows]
    everywhere = ((0, 0), (-1, -1))
    commands: list[tuple[Any, ...]] = [
        ("VALIGN", *everywhere, "MIDDLE" if style.middle else "TOP"),
        ("LEFTPADDING", *everywhere, style.padding),
        ("RIGHTPADDING", *everywhere, style.padding),
    ]
    if style.border == "horizontal":
        commands += [(w, *everywhere, 0.7, colors.black) for w in ("LINEABOVE", "LINEBELOW")]
    elif style.ruled:
        commands.append(("GRID", *everywhere, 0.7, colors.black))
    if style.border == "shaded":
        commands.append(("BACKGROUND", (0, 0), (-1, table.head - 1), colors.lightblue))
    for p in placed(table):
        text = html.escape(p.cell.text)
        rows[p.row][p.column] = Paragraph(text, number if p.cell.path else label)
        end = (p.column + p.wide - 1, p.row + p.tall - 1)
        if (p.wide, p.tall) != (1, 1):
            commands.append(("SPAN", (p.column, p.row), end))
    sizes = widths(table, style, page_room(style)[1])
    repeat = table.head if style.repeat else 0
    return Drawn(rows, colWidths=sizes, style=commands, repeatRows=repeat)


def by_fpdf(draft: Draft, style: Style, path: Path) -> None:
    """Tables of fpdf2 with an embedded subset of a TrueType font."""
    from fpdf import FPDF

    class Paper(FPDF):  # type: ignore[misc]
        def footer(self) -> None:
            if style.footer:
                self.set_y(-35)
                self.set_font("cjk", size=9)
                self.cell(0, 10, style.footer.format(self.page_no()), align="C")

    pdf = Paper("landscape" if style.landscape else "portrait", "pt", "A4")
    pdf.add_font("cjk", "", _TTF)
    pdf.set_margins(50, 50, 50)
    pdf.set_auto_page_break(True, 50)
    pdf.add_page()
    for block in draft.blocks:
        if isinstance(block, Table):
            try:
                _fpdf_table(pdf, block, style)
            except ValueError as error:  # a row is too high for a page
                raise Unprintable(str(error)) from error
            continue
        big = isinstance(block, Heading) or block.role == "title"
        size = 14 if big else style.size + 1.5
        pdf.set_font("cjk", size=size)
        text = ("" if big else "　　") + plain(block.text)
        pdf.multi_cell(
            0, size * 1.5, text, align="L", wrapmode="CHAR", new_x="LMARGIN", new_y="NEXT"
        )
    pdf.output(str(path))


def _fpdf_table(pdf: Any, table: Table, style: Style) -> None:
    from fpdf.enums import TableBordersLayout
    from fpdf.fonts import FontFace

    pdf.set_font("cjk", size=style.size)
    sizes = widths(table, style, page_room(style)[1])
    cells = {(p.row, p.column): p for p in placed(table)}
    lines = {
        "none": TableBordersLayout.NONE,
        "head": TableBordersLayout.SINGLE_TOP_LINE,
        "horizontal": TableBordersLayout.HORIZONTAL_LINES,
    }
    with pdf.table(
        col_widths=tuple(sizes),
        width=sum(sizes),
        align="LEFT",
        first_row_as_headings=False,
        borders_layout=lines.get(style.border, TableBordersLayout.ALL),
        line_height=style.size * 1.25,
        padding=style.padding,
        text_align="RIGHT" if style.right else "CENTER",
        wrapmode="CHAR",
        v_align="MIDDLE" if style.middle else "TOP",
        headings_style=FontFace(),
    ) as drawn:
        for at in range(len(table.rows)):
            row = drawn.row()
            for column in range(len(sizes)):
                p = cells.get((at, column))
                if p is not None:
                    row.cell(p.cell.text, colspan=p.wide, rowspan=p.tall)


LIBRARIES: Mapping[str, Callable[[Draft, Style, Path], None]] = {
    "reportlab": by_reportlab,
    "fpdf": by_fpdf,
}
