"""PDF > Document: what the pages show, tables as tables, in reading order.

bytes > pages (page) > tables between lines (grid) > text (lines) > tables over pages (stitch)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec

from gkllm.document import Document
from gkllm.errors import EmptyInput, NotInstalled, OfPictures, UnreadableInput
from gkllm.load.pdf.grid import fill, lattices
from gkllm.load.pdf.layout import aligned, half_character, regions
from gkllm.load.pdf.lines import (
    Row,
    columned,
    furniture,
    paragraphs,
    rows_of,
    uncounted,
    usual_height,
)
from gkllm.load.pdf.page import Page, read_pages
from gkllm.load.pdf.stitch import Ruled, ruled, stitched
from gkllm.load.written import Part, recorded

MEDIA_TYPE = "application/pdf"
REMEDY = 'Install the reader of pictures: pip install "gkllm[ocr]".'


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page in parts: its tables and its lines outside of them, with their heights."""

    page: Page
    tables: tuple[tuple[float, Ruled], ...]
    rows: tuple[Row, ...]


def read(data: bytes) -> Document:
    """Read a PDF. Raises subclasses of UnreadableInput."""
    pages = read_pages(data)
    pictured = any(page.scanned for page in pages)
    if pictured and find_spec("rapidocr") is not None:
        raise OfPictures("Pages of this PDF are pictures, to be recognised.")
    if all(page.scanned or not page.glyphs for page in pages):
        raise _nothing(pages)
    sheets = [sheet(page) for page in pages]
    rows = uncounted([s.rows for s in sheets])
    found = recorded(blocks([replace(s, rows=r) for s, r in zip(sheets, rows, strict=True)]))
    return Document(
        found.text, media_type=MEDIA_TYPE, tables=found.tables, notes=tuple(_notes(pages))
    )


def sheet(page: Page) -> Sheet:
    """Find the tables of a page and the lines beside them."""
    em = usual_height(page.glyphs)
    left = list(page.glyphs)
    tables = []
    for lattice in lattices(page.across, page.upright, em):
        left = fill(lattice, left)
        table = ruled(lattice)
        if table is not None:
            tables.append((lattice.ys[0], table))
    return Sheet(page, tuple(tables), tuple(rows_of(left)))


def blocks(sheets: Sequence[Sheet]) -> list[Part]:
    """Paragraphs and tables in reading order, those that go on over a page put together."""
    gone = furniture([(s.page.height, s.rows) for s in sheets])
    out: list[Part] = []
    table: Ruled | None = None
    lines: list[tuple[int, Row]] = []
    margins = _margins(sheets)
    unit = half_character(rows_in_columns(sheets))

    def end_of_text() -> None:
        out.extend(_text(lines, margins, unit))
        lines.clear()

    for number, s in enumerate(sheets):
        parts: list[tuple[float, Ruled | Row]] = [
            *s.tables,
            *((row.middle, row) for i, row in enumerate(s.rows) if (number, i) not in gone),
        ]
        parts.sort(key=lambda part: part[0])
        for _, part in parts:
            if isinstance(part, Row):
                if table is not None:
                    out.append(table.rows)
                    table = None
                lines.append((number, part))
                continue
            end_of_text()
            joined = stitched(table, part) if table is not None else None
            if table is not None and joined is None:
                out.append(table.rows)
            table = joined or part
    if table is not None:
        out.append(table.rows)
    end_of_text()
    return out


def _text(
    lines: Sequence[tuple[int, Row]], margins: tuple[float, float], unit: float
) -> list[Part]:
    """Lines between tables: paragraphs, and what is set in columns aligned by spaces."""
    rows = [row for _, row in lines]
    out: list[Part] = []
    done = 0
    for start, end in regions(rows, 2 * unit):
        out += paragraphs(lines[done:start], *margins)
        out += aligned(rows[start:end], margins[0], unit, 2 * unit)
        done = end
    return out + paragraphs(lines[done:], *margins)


def rows_in_columns(sheets: Sequence[Sheet]) -> list[Row]:
    """The lines with wide gaps, whose characters give the raster; all lines where none has."""
    rows = [row for s in sheets for row in s.rows]
    return [row for row in rows if columned(row, 1.5 * row.height)] or rows


def _margins(sheets: Sequence[Sheet]) -> tuple[float, float]:
    """Where lines of text begin and end: those of a whole document, since a page may have few."""
    rows = [row for s in sheets for row in s.rows]
    return min((r.x0 for r in rows), default=0.0), max((r.x1 for r in rows), default=0.0)


def _nothing(pages: Sequence[Page]) -> UnreadableInput:
    if not any(page.scanned for page in pages):
        return EmptyInput("There is no text in this PDF, and no picture of one.")
    hidden = " The text behind them cannot be seen and is not believed." * any(
        page.hidden for page in pages
    )
    return NotInstalled(f"The pages of this PDF are pictures.{hidden} {REMEDY}")


def _notes(pages: Sequence[Page]) -> list[str]:
    notes = []
    for page in pages:
        if page.hidden:
            notes.append(
                f"Invisible text on page {page.number + 1} was left out ({page.hidden} characters)."
            )
        if page.scanned:
            notes.append(f"Page {page.number + 1} is a picture: its text was not read. {REMEDY}")
    return notes
