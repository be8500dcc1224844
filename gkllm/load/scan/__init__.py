"""Pictures of pages > Document, with the extra gkllm[ocr].

    bytes > grey pages > straight pages and their lines (image) > cells and lines (page)
    > characters (recognise) > tables over pages (pdf.stitch)

How sure the recognition of a cell is goes with the cell; `settle` decides what that is worth.
"""

from __future__ import annotations

from collections.abc import Iterable

from gkllm.document import Document
from gkllm.errors import EmptyInput, NotInstalled, TooLarge, Truncated
from gkllm.load.pdf import REMEDY, Sheet, blocks
from gkllm.load.pdf import sheet as digital
from gkllm.load.pdf.page import read_pages, rendered
from gkllm.load.written import recorded

try:
    import cv2
    import numpy as np

    from gkllm.load.scan.image import Pixels, straightened
    from gkllm.load.scan.page import sheet
except ImportError:
    raise NotInstalled(f"This is a picture of a page. {REMEDY}") from None

_DPI = 200
_MOST_PIXELS = 40_000_000  # of a page
_MOST_PAGES = 40
_A4_WIDE, _A4_HIGH = 8.27, 11.69  # inches


def read(data: bytes) -> Document:
    """Read a picture of a page, or of several pages in one file."""
    sheets = [
        sheet(straightened(page, _dpi_of(page)), number)
        for number, page in enumerate(_pictures(data))
    ]
    return _document(sheets, "image/*")


def read_pdf(data: bytes) -> Document:
    """Read a PDF of which some pages are pictures: those by what they look like."""
    pages = read_pages(data)
    pictured = [page.number for page in pages if page.scanned]
    if len(pictured) > _MOST_PAGES:
        raise TooLarge(f"{len(pictured)} pages that are pictures, more than {_MOST_PAGES}.")
    seen = {
        number: sheet(straightened(_pixels(*drawn), _DPI), number)
        for number, drawn in zip(pictured, rendered(data, _DPI, pictured), strict=True)
    }
    return _document([seen.get(p.number) or digital(p) for p in pages], "application/pdf")


def _pixels(grey: bytes, wide: int, high: int, stride: int) -> Pixels:
    return np.frombuffer(grey, np.uint8).reshape(high, stride)[:, :wide].copy()


def _document(sheets: Iterable[Sheet], media_type: str) -> Document:
    found = recorded(blocks(list(sheets)))
    if not found.text.strip():
        raise EmptyInput("No text was recognised in this picture. Scan it again, sharper.")
    note = "This is a picture of pages: its text was recognised, and may be wrong."
    return Document(
        found.text,
        media_type=media_type,
        tables=found.tables,
        notes=(note,),
        doubts=found.doubts,
    )


def _pictures(data: bytes) -> list[Pixels]:
    done, pages = cv2.imdecodemulti(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if not done or not pages:
        raise Truncated("This picture cannot be opened. Fetch it again, or save it as PNG.")
    if len(pages) > _MOST_PAGES or max(page.size for page in pages) > _MOST_PIXELS:
        raise TooLarge("This picture is too large for a report. Split it into pages of A4.")
    return list(pages)


def _dpi_of(page: Pixels) -> float:
    """Pixels in an inch, if the page is A4."""
    high, wide = page.shape
    return float(wide / (_A4_WIDE if high >= wide else _A4_HIGH))
