"""A true report as pages: HTML for two engines, flat OpenDocument, and two drawing libraries.

    Draft > Style > PDF bytes     by chromium, weasyprint, libreoffice, reportlab, fpdf

A `Style` is what one agency's clerk chose: borders, sizes, page numbers, whether heads come again
on each page. The PDF is what that producer makes of it; nothing in it comes from the reader.
"""

from __future__ import annotations

import html
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from evals.draft import Cell, Draft, Heading, Para, Table, plain

PRODUCERS = ("chromium", "weasyprint", "libreoffice", "reportlab", "fpdf")
BORDERS = ("all", "all", "all", "separate", "double", "heavy", "shaded", "open")
BARE = ("none", "none", "horizontal", "head")
FONTS = ("Noto Sans CJK SC", "Noto Serif CJK SC", "WenQuanYi Zen Hei")
FOOTERS = ("", "{}", "- {} -", "—{}—", "第 {} 页")
_CHROMIUM = "chromium"
_OFFICE = "soffice"


class Unprintable(Exception):
    """A producer refuses a report: a merged cell is higher than a page."""


@dataclass(frozen=True, slots=True)
class Style:
    """How the pages look; sizes in points."""

    producer: str
    border: str
    size: float
    padding: float
    font: str
    footer: str
    repeat: bool
    middle: bool
    right: bool
    landscape: bool
    split: bool
    groups: float

    @property
    def ruled(self) -> bool:
        return self.border not in BARE


def random_style(rng: Random, producer: str, *, ruled: bool = True) -> Style:
    """A style that occurs; equal seeds give equal styles."""
    # Platypus and fpdf2 never break a table inside a merged cell, so its rows must fit on a page.
    whole = producer in ("reportlab", "fpdf")
    return Style(
        producer,
        rng.choice(BORDERS if ruled else BARE),
        8.0 if whole else rng.choice((8.0, 9.0, 10.5, 10.5, 12.0)),
        1.5 if whole else rng.choice((1.5, 3.0, 5.0)),
        rng.choice(FONTS),
        rng.choice(FOOTERS),
        rng.random() < 0.3,
        rng.random() < 0.8,
        rng.random() < 0.2,
        rng.random() < 0.12 and not whole,
        rng.random() < 0.25,
        rng.choice((3.2, 4.2, 5.2)),
    )


# ---------------------------------------------------------------- tables with their spans


@dataclass(frozen=True, slots=True)
class Placed:
    """A cell with its place and size in the table."""

    cell: Cell
    row: int
    column: int
    wide: int
    tall: int


def placed(table: Table) -> list[Placed]:
    """The cells of a table; a merged cell becomes part of the one above it, if that is as wide."""
    found: dict[tuple[int, int], Placed] = {}
    above: dict[int, tuple[int, int]] = {}
    for at, row in enumerate(table.rows):
        column = 0
        for cell in row:
            key = above.get(column, (at, column))
            p = found.get(key)
            # A cell goes on with the one above it only where both are as wide.
            if cell.merged and p is not None and (p.column, p.wide) == (column, cell.wide):
                found[key] = Placed(p.cell, p.row, p.column, p.wide, at - p.row + 1)
            else:
                found[at, column] = Placed(cell, at, column, cell.wide, 1)
                for covered in range(column, column + cell.wide):
                    above[covered] = (at, column)
            column += cell.wide
    return list(found.values())


def widths(table: Table, style: Style, room: float) -> list[float]:
    """Widths of the columns in points: what wraps wraps as it does in print."""
    em = style.size
    pad = 2 * style.padding + 1
    side, group = em * 1.2 + pad, em * style.groups + pad
    number = min((room - side - group - 7 * em) / 7, em * 5)
    found = {
        "disclosure": [room * 0.31, *([room * 0.23] * 3)],
        "requests": [side, group, room - side - group - 7 * number, *([number] * 7)],
        "litigation": [room / 15] * 15,
    }[table.kind]
    count = max(sum(cell.wide for cell in row) for row in table.rows)
    return found if len(found) == count else [room / count] * count  # a column was lost


def page_room(style: Style) -> tuple[float, float]:
    """Page width in points and the room between its margins."""
    wide = 842.0 if style.landscape else 595.0
    return wide, wide - 2 * 50


# ---------------------------------------------------------------- HTML


_CSS = """
@page {{ size: A4 {turn}; margin: 50pt; {footer} }}
body {{ font-family: "{font}"; font-size: {body}pt; line-height: 1.6; margin: 0 }}
h1 {{ font-size: 16pt; text-align: center }} h2 {{ font-size: 14pt }}
p {{ text-indent: 2em; margin: 4pt 0 }} p.signature {{ text-align: right }}
p.title {{ text-align: center; font-size: 16pt; text-indent: 0 }}
table {{ table-layout: fixed; font-size: {size}pt; line-height: 1.25; {collapse} margin: 6pt 0 }}
td {{ padding: {padding}pt; text-align: {align}; vertical-align: {valign};
      overflow-wrap: anywhere; {td} }}
td.l {{ text-align: {labels} }}
tr {{ break-inside: {split} }} {more}
"""
_TD = {
    "all": "border: 0.75pt solid black",
    "separate": "border: 0.75pt solid black",
    "double": "border: 2.25pt double black",
    "heavy": "border: 0.5pt solid #333",
    "shaded": "border: 0.75pt solid #888",
    "open": "border: 0.75pt solid black",
    "none": "",
    "horizontal": "border-top: 0.75pt solid black; border-bottom: 0.75pt solid black",
    "head": "",
}
_MORE = {
    "heavy": "table { border: 2pt solid black }",
    "shaded": "tr:nth-child(-n+3) td { background: #dde6f2 } td.l { background: #eee }",
    "open": "td:first-child { border-left: none } tr > td:last-child { border-right: none }",
    "head": "thead td { border-bottom: 1pt solid black }",
}


def page_html(draft: Draft, style: Style) -> str:
    """The report as a page to be printed."""
    collapse = style.border not in ("separate", "none")
    footer = ""
    if style.footer:
        before, after = style.footer.split("{}")
        footer = f'@bottom-center {{ content: "{before}" counter(page) "{after}"; font-size: 9pt }}'
    css = _CSS.format(
        turn="landscape" if style.landscape else "portrait",
        footer=footer,
        font=style.font,
        body=style.size + 1.5,
        size=style.size,
        collapse="border-collapse: collapse;" if collapse else "border-spacing: 1.5pt;",
        padding=style.padding,
        align="right" if style.right else "center",
        labels="left" if style.right else "center",
        valign="middle" if style.middle else "top",
        td=_TD[style.border],
        split="auto" if style.split else "avoid",
        more=_MORE.get(style.border, ""),
    )
    body = "\n".join(_html_block(block, style) for block in draft.blocks)
    return f'<!doctype html><meta charset="utf-8"><style>{css}</style><body>{body}</body>'


def _html_block(block: Heading | Para | Table, style: Style) -> str:
    if isinstance(block, Table):
        return _html_table(block, style)
    if isinstance(block, Heading):
        return f"<h2>{html.escape(plain(block.text))}</h2>"
    return f'<p class="{block.role}">{html.escape(plain(block.text))}</p>'


def _html_table(table: Table, style: Style) -> str:
    sizes = widths(table, style, page_room(style)[1])
    columns = "".join(f'<col style="width: {size:.1f}pt">' for size in sizes)
    rows: list[str] = [""] * len(table.rows)
    for p in placed(table):
        spans = f' colspan="{p.wide}"' * (p.wide > 1) + f' rowspan="{p.tall}"' * (p.tall > 1)
        label = ' class="l"' if p.cell.path is None else ""
        text = html.escape(p.cell.text).replace("\n", "<br>")
        rows[p.row] += f"<td{spans}{label}>{text}</td>"
    lines = [f"<tr>{row}</tr>" for row in rows]
    head, body = "".join(lines[: table.head]), "".join(lines[table.head :])
    if style.repeat:
        head = f"<thead>{head}</thead>"
    elif style.border == "head":
        head = f'<thead style="display: table-row-group">{head}</thead>'
    width = sum(sizes)
    return f'<table style="width: {width:.1f}pt">{columns}{head}<tbody>{body}</tbody></table>'


# ---------------------------------------------------------------- flat OpenDocument


_FODT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
 office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text">
<office:styles><style:default-style style:family="paragraph">
<style:paragraph-properties/><style:text-properties fo:font-size="{body}pt"
 style:font-name-asian="{font}" style:font-size-asian="{body}pt" fo:font-family="{font}"
 style:font-family-asian="{font}"/></style:default-style>
{paragraphs}</office:styles>
<office:automatic-styles>{automatic}
<style:page-layout style:name="page"><style:page-layout-properties fo:page-width="{wide}pt"
 fo:page-height="{high}pt" fo:margin="50pt"/>
<style:footer-style><style:header-footer-properties fo:min-height="14pt"/></style:footer-style>
</style:page-layout></office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="page">
{footer}</style:master-page></office:master-styles>
<office:body><office:text>{text}</office:text></office:body></office:document>"""


def _paragraph_style(name: str, size: float, align: str, indent: float = 0) -> str:
    return (
        f'<style:style style:name="{name}" style:family="paragraph"><style:paragraph-properties '
        f'fo:text-align="{align}" fo:text-indent="{indent}pt"/><style:text-properties '
        f'fo:font-size="{size}pt" style:font-size-asian="{size}pt"/></style:style>'
    )


def page_fodt(draft: Draft, style: Style) -> str:
    """The report as a flat OpenDocument text, which LibreOffice exports."""
    size = style.size
    paragraphs = "".join(
        (
            _paragraph_style("text", size + 1.5, "start", 2 * (size + 1.5)),
            _paragraph_style("title", 16, "center"),
            _paragraph_style("heading", 14, "start"),
            _paragraph_style("signature", size + 1.5, "end"),
            _paragraph_style("number", size, "end" if style.right else "center"),
            _paragraph_style("label", size, "start" if style.right else "center"),
        )
    )
    automatic, text = [], []
    for block in draft.blocks:
        if isinstance(block, Table):
            styles, body = _fodt_table(block, style, len(automatic))
            automatic.append(styles)
            text.append(body)
        else:
            name = "heading" if isinstance(block, Heading) else block.role
            words = html.escape(plain(block.text)).replace("\n", "<text:line-break/>")
            text.append(f'<text:p text:style-name="{name}">{words}</text:p>')
    wide = page_room(style)[0]
    footer = ""
    if style.footer:
        before, after = style.footer.split("{}")
        footer = (
            f'<style:footer><text:p text:style-name="label">{before}<text:page-number '
            f'text:select-page="current">1</text:page-number>{after}</text:p></style:footer>'
        )
    return _FODT.format(
        body=size + 1.5,
        font=style.font,
        paragraphs=paragraphs,
        automatic="".join(automatic),
        wide=wide,
        high=1437 - wide,
        footer=footer,
        text="".join(text),
    )


def _fodt_table(table: Table, style: Style, number: int) -> tuple[str, str]:
    sizes = widths(table, style, page_room(style)[1])
    thin = "0.75pt solid #000000"
    triple = "0.75pt 0.75pt 0.75pt"
    lines = {
        "double": f'fo:border="2.25pt double #000000" style:border-line-width="{triple}"',
        "none": 'fo:border="none"',
        "head": 'fo:border="none"',
        "horizontal": f'fo:border-top="{thin}" fo:border-bottom="{thin}"',
    }.get(style.border, f'fo:border="{thin}"')
    keep = "auto" if style.split else "always"
    shade = ' fo:background-color="#dde6f2"' if style.border == "shaded" else ""
    valign = "middle" if style.middle else "top"
    name = f"t{number}"
    styles = [
        (
            f'<style:style style:name="{name}" style:family="table"><style:table-properties '
            f'style:width="{sum(sizes):.1f}pt" table:align="left"/></style:style>'
        ),
        (
            f'<style:style style:name="{name}r" style:family="table-row">'
            f'<style:table-row-properties fo:keep-together="{keep}"/></style:style>'
        ),
    ]
    for kind, fill in (("c", ""), ("l", shade)):
        styles.append(
            f'<style:style style:name="{name}{kind}" style:family="table-cell">'
            f'<style:table-cell-properties {lines} fo:padding="{style.padding}pt" '
            f'style:vertical-align="{valign}"{fill}/></style:style>'
        )
    for i, size in enumerate(sizes):
        styles.append(
            f'<style:style style:name="{name}w{i}" style:family="table-column">'
            f'<style:table-column-properties style:column-width="{size:.1f}pt"/></style:style>'
        )
    columns = "".join(
        f'<table:table-column table:style-name="{name}w{i}"/>' for i in range(len(sizes))
    )
    rows = list(_fodt_rows(table, name))
    head = "".join(rows[: table.head])
    if style.repeat:
        head = f"<table:table-header-rows>{head}</table:table-header-rows>"
    body = "".join(rows[table.head :])
    return "".join(styles), (
        f'<table:table table:style-name="{name}">{columns}{head}{body}</table:table>'
    )


def _fodt_rows(table: Table, name: str) -> Iterator[str]:
    cells = {(p.row, p.column): p for p in placed(table)}
    covered = "<table:covered-table-cell/>"
    width = max(sum(cell.wide for cell in row) for row in table.rows)
    for row in range(len(table.rows)):
        parts = []
        for column in range(width):
            p = cells.get((row, column))
            if p is None:
                parts.append(covered)
                continue
            kind, paragraph = ("l", "label") if p.cell.path is None else ("c", "number")
            spans = f' table:number-columns-spanned="{p.wide}"' * (p.wide > 1)
            spans += f' table:number-rows-spanned="{p.tall}"' * (p.tall > 1)
            text = html.escape(p.cell.text).replace("\n", "<text:line-break/>")
            parts.append(
                f'<table:table-cell table:style-name="{name}{kind}"{spans}>'
                f'<text:p text:style-name="{paragraph}">{text}</text:p></table:table-cell>'
            )
        yield f'<table:table-row table:style-name="{name}r">{"".join(parts)}</table:table-row>'


# ---------------------------------------------------------------- many at a time


def print_all(drafts: Sequence[tuple[Draft, Style]], folder: Path) -> list[Path]:
    """Print reports into a folder: NNN.pdf by number. LibreOffice gets all of its own at once."""
    from evals.paper_libraries import LIBRARIES

    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{at:03d}.pdf" for at in range(len(drafts))]
    office = []
    for (draft, style), path in zip(drafts, paths, strict=True):
        if style.producer == "libreoffice":
            source = path.with_suffix(".fodt")
            source.write_text(page_fodt(draft, style), encoding="utf-8")
            office.append(source)
        elif style.producer == "chromium":
            _by_chromium(page_html(draft, style), path)
        elif style.producer == "weasyprint":
            from weasyprint import HTML

            HTML(string=page_html(draft, style)).write_pdf(str(path))
        else:
            LIBRARIES[style.producer](draft, style, path)
    for at in range(0, len(office), 20):
        _by_office(office[at : at + 20], folder)
    return paths


def _by_chromium(page: str, path: Path) -> None:
    with tempfile.TemporaryDirectory() as home:
        source = Path(home) / "page.html"
        source.write_text(page, encoding="utf-8")
        command = [
            _CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-pdf-header-footer",
        ]
        command += [f"--user-data-dir={home}/profile", f"--print-to-pdf={path}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603


def _by_office(sources: Sequence[Path], folder: Path) -> None:
    with tempfile.TemporaryDirectory() as home:
        command = [_OFFICE, f"-env:UserInstallation=file://{home}", "--headless"]
        command += ["--convert-to", "pdf", "--outdir", str(folder), *map(str, sources)]
        subprocess.run(command, check=True, capture_output=True, timeout=300)  # noqa: S603
