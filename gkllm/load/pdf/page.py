"""PDF bytes > pages: visible characters and straight lines with their places.

All that talks to PDFium. Places are in points, from the top left corner of the page as it is
read: content that was turned with its page is turned back, by the angle of its characters.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

from gkllm.errors import EmptyInput, Encrypted, TooLarge, Truncated
from gkllm.load.pdf.ink import Ink, drawn

MOST_PAGES = 400
MOST_CHARACTERS = 200_000  # on all pages; a report of one agency has some 10,000
MOST_OBJECTS = 60_000  # on one page; a table of 250 cells is drawn with some 2,000
MOST_PIXELS = 100_000_000  # of one picture; A3 at 600 dpi has 70 million
MOST_SEGMENTS = 400  # of one path; more is a drawing
DEEPEST = 12  # forms inside forms

_THIN = 2.6  # points; what is drawn thicker is an area
_SHORT = 3.0  # lines below that length are dots
_TINY = 2.0  # points; smaller letters are not for readers
_PALE = 0xF0  # red, green and blue above that may be white on white
_SAMPLE = 97  # characters whose angle tells how the page is turned
_MOST_AREAS = 500
_SCAN = 0.25  # share of the page that pictures cover on a page without text


class Glyph(NamedTuple):
    """A character and its box: [x0, x1) by [y0, y1), y growing downwards.

    `base` is where its line stands: boxes differ from font to font, the base line does not.
    `sure` is how sure its reader is, where it was recognised in a picture.
    """

    char: str
    x0: float
    y0: float
    x1: float
    y1: float
    base: float
    sure: float = 1.0


class Line(NamedTuple):
    """A straight line: `at` on the one axis, from `start` to `end` on the other."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on a page. `hidden` characters were left out since nobody can see them.

    `pictures` is the share of the page that pictures cover; `garbled` counts the characters
    that the file maps to nothing.
    """

    number: int
    width: float
    height: float
    glyphs: tuple[Glyph, ...]
    across: tuple[Line, ...]
    upright: tuple[Line, ...]
    hidden: int = 0
    garbled: int = 0
    pictures: float = 0.0
    drawings: int = 0

    @property
    def scanned(self) -> bool:
        """A picture of a page, or a page whose letters are only drawn or mapped to nothing."""
        few = len(self.glyphs) < 20
        return (few and (self.pictures > _SCAN or self.drawings > 200)) or self.garbled > len(
            self.glyphs
        )


Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(slots=True)
class _Drawn:
    """What the objects of a page are, in the coordinates of the page."""

    across: list[Line] = field(default_factory=list)
    upright: list[Line] = field(default_factory=list)
    pictures: float = 0.0
    drawings: int = 0
    suspect: bool = False
    objects: int = 0
    texts: list[tuple[Any, Matrix]] = field(default_factory=list)
    # Areas and pictures, with how many texts were drawn before them.
    areas: list[tuple[int, Box]] = field(default_factory=list)


def read_pages(data: bytes) -> list[Page]:
    """The pages of a PDF.

    Raises Truncated for bytes that PDFium cannot open, Encrypted for a file with a password.
    """
    with _opened(data) as document:
        count = pdfium.FPDF_GetPageCount(document.handle)
        if count > MOST_PAGES:
            raise TooLarge(f"{count} pages, more than {MOST_PAGES}. Split it into reports.")
        pages = []
        left = MOST_CHARACTERS
        for number in range(count):
            page = _read_page(document.handle, number, left)
            if page is not None:
                left -= len(page.glyphs)
                pages.append(page)
        if not pages:
            raise EmptyInput("No page of this PDF can be read. Print it to a new PDF.")
        return pages


def rendered(
    data: bytes, dpi: int, numbers: Iterable[int]
) -> Iterator[tuple[bytes, int, int, int]]:
    """Some pages of a PDF as grey pixels: rows of bytes, width, height, length of a row."""
    with _opened(data) as document:
        for number in numbers:
            page = pdfium.FPDF_LoadPage(document.handle, number)
            try:
                yield drawn(page, dpi / 72)
            finally:
                pdfium.FPDF_ClosePage(page)


class _opened:  # noqa: N801 - reads as a word: with _opened(data) as document
    """A PDF open in PDFium for the length of a block."""

    def __init__(self, data: bytes) -> None:
        pdfium.FPDF_InitLibraryWithConfig(
            ctypes.byref(pdfium.FPDF_LIBRARY_CONFIG(2, None, None, 0))
        )
        self._data = data  # PDFium reads from it as long as the document is open
        self.handle: Any = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
        if not self.handle:
            _refuse(pdfium.FPDF_GetLastError())

    def __enter__(self) -> _opened:
        return self

    def __exit__(self, *_: object) -> None:
        pdfium.FPDF_CloseDocument(self.handle)


def _refuse(code: int) -> None:
    if code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
        raise Encrypted("This PDF has a password. Open it with its password and print it anew.")
    raise Truncated("This PDF is damaged or was cut off. Fetch it again, or print it anew.")


def _read_page(document: Any, number: int, left: int) -> Page | None:
    page = pdfium.FPDF_LoadPage(document, number)
    if not page:
        return None
    try:
        box = pdfium.FS_RECTF()
        pdfium.FPDF_GetPageBoundingBox(page, ctypes.byref(box))
        things = _Drawn()
        area = max(1.0, (box.right - box.left) * (box.top - box.bottom))
        _walk(page, things, area)
        return _assemble(page, number, box, things, left)
    finally:
        pdfium.FPDF_ClosePage(page)


# ---------------------------------------------------------------- objects


def _walk(page: Any, drawn: _Drawn, area: float) -> None:
    """Sort all objects of a page: lines, pictures, and whether some text may be hidden."""
    stack = [(_objects_of_page(page), _IDENTITY, 0)]
    kind_of = pdfium.FPDFPageObj_GetType
    while stack:
        objects, matrix, depth = stack.pop()
        for thing in objects:
            drawn.objects += 1
            if drawn.objects > MOST_OBJECTS:
                return
            kind = kind_of(thing)
            if kind == pdfium.FPDF_PAGEOBJ_TEXT:
                drawn.texts.append((thing, matrix))
                drawn.suspect = drawn.suspect or _may_be_hidden(thing)
            elif kind == pdfium.FPDF_PAGEOBJ_PATH:
                _path(thing, matrix, drawn)
            elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                _picture(thing, matrix, drawn, area)
            elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < DEEPEST:
                below = _times(_matrix_of(thing), matrix)
                stack.append((_objects_of_form(thing), below, depth + 1))
                drawn.suspect = drawn.suspect or _marked(thing)
    drawn.suspect = drawn.suspect or _covered(drawn)


def _covered(drawn: _Drawn) -> bool:
    """Whether an area or a picture is drawn over an earlier text."""
    reach = max((before for before, _ in drawn.areas), default=0)
    boxes = [_box_of(*text) for text in drawn.texts[:reach]]
    middles = [(0.0, 0.0) if b is None else ((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for b in boxes]
    return any(
        x0 < x < x1 and y0 < y < y1
        for before, (x0, y0, x1, y1) in drawn.areas[:_MOST_AREAS]
        for x, y in middles[:before]
    )


def _objects_of_page(page: Any) -> Iterator[Any]:
    for at in range(pdfium.FPDFPage_CountObjects(page)):
        yield pdfium.FPDFPage_GetObject(page, at)


def _objects_of_form(form: Any) -> Iterator[Any]:
    for at in range(pdfium.FPDFFormObj_CountObjects(form)):
        yield pdfium.FPDFFormObj_GetObject(form, at)


_matrix = pdfium.FS_MATRIX()
_matrix_ref = ctypes.byref(_matrix)
_red, _green, _blue, _alpha = (ctypes.c_uint() for _ in range(4))
_color_refs = [ctypes.byref(c) for c in (_red, _green, _blue, _alpha)]
_x0, _y0, _x1, _y1 = (ctypes.c_float() for _ in range(4))
_bounds_refs = [ctypes.byref(c) for c in (_x0, _y0, _x1, _y1)]
_wide, _high = ctypes.c_uint(), ctypes.c_uint()
_wide_ref, _high_ref = ctypes.byref(_wide), ctypes.byref(_high)
_x, _y = ctypes.c_float(), ctypes.c_float()
_x_ref, _y_ref = ctypes.byref(_x), ctypes.byref(_y)
_fill, _stroke = ctypes.c_int(), ctypes.c_int()
_fill_ref, _stroke_ref = ctypes.byref(_fill), ctypes.byref(_stroke)


def _matrix_of(thing: Any) -> Matrix:
    if not pdfium.FPDFPageObj_GetMatrix(thing, _matrix_ref):
        return _IDENTITY
    m = _matrix
    return (m.a, m.b, m.c, m.d, m.e, m.f)


def _times(m: Matrix, n: Matrix) -> Matrix:
    """First m, then n."""
    if n is _IDENTITY:
        return m
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def _may_be_hidden(text: Any) -> bool:
    """Whether a text object is drawn in a way that can hide it; the ink decides then."""
    if pdfium.FPDFTextObj_GetTextRenderMode(text) not in _INKED_MODES:
        return True
    pdfium.FPDFPageObj_GetFillColor(text, *_color_refs)
    if _alpha.value < 128:
        return True
    if _red.value > _PALE and _green.value > _PALE and _blue.value > _PALE:
        return True
    return _marked(text)


_INKED_MODES = (0, 1, 2)  # filled, stroked, both


def _marked(thing: Any) -> bool:
    """Whether an object belongs to a layer that may be switched off."""
    count = pdfium.FPDFPageObj_CountMarks(thing)
    if count <= 0:
        return False
    name = ctypes.create_string_buffer(8)
    size = ctypes.c_ulong()
    for at in range(min(count, 8)):
        found = pdfium.FPDFPageObj_GetMark(thing, at)
        pdfium.FPDFPageObjMark_GetName(
            found, ctypes.cast(name, ctypes.POINTER(ctypes.c_ushort)), 8, ctypes.byref(size)
        )
        if name.raw[:4] == b"O\0C\0" and size.value == 6:
            return True
    return False


def _box_of(thing: Any, matrix: Matrix) -> Box | None:
    if not pdfium.FPDFPageObj_GetBounds(thing, *_bounds_refs):
        return None
    x0, y0, x1, y1 = _x0.value, _y0.value, _x1.value, _y1.value
    if matrix is _IDENTITY:
        return x0, y0, x1, y1
    corners = [_point(matrix, x, y) for x in (x0, x1) for y in (y0, y1)]
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _point(m: Matrix, x: float, y: float) -> tuple[float, float]:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def _picture(image: Any, matrix: Matrix, drawn: _Drawn, area: float) -> None:
    known = pdfium.FPDFImageObj_GetImagePixelSize(image, _wide_ref, _high_ref)
    if known and _wide.value * _high.value > MOST_PIXELS:
        raise TooLarge("A picture in this PDF is larger than any page. Print it to a new PDF.")
    box = _box_of(image, matrix)
    if box is None:
        return
    if not _straight(box, drawn):
        drawn.pictures += (box[2] - box[0]) * (box[3] - box[1]) / area
        drawn.areas.append((len(drawn.texts), box))


def _straight(box: Box, drawn: _Drawn) -> bool:
    """Keep a thin box as a line; False if it is none."""
    x0, y0, x1, y1 = box
    if y1 - y0 <= _THIN and x1 - x0 >= _SHORT:
        drawn.across.append(Line((y0 + y1) / 2, x0, x1))
    elif x1 - x0 <= _THIN and y1 - y0 >= _SHORT:
        drawn.upright.append(Line((x0 + x1) / 2, y0, y1))
    else:
        return x1 - x0 < _SHORT and y1 - y0 < _SHORT
    return True


def _path(path: Any, matrix: Matrix, drawn: _Drawn) -> None:
    """The lines that a path draws: thin areas, strokes along the axes, and frames."""
    box = _box_of(path, matrix)
    if box is None or _straight(box, drawn):
        return
    pdfium.FPDFPath_GetDrawMode(path, _fill_ref, _stroke_ref)
    if not (_fill.value or _stroke.value):
        return
    if _fill.value:
        drawn.areas.append((len(drawn.texts), box))
    count = pdfium.FPDFPath_CountSegments(path)
    if count > MOST_SEGMENTS:
        drawn.drawings += 1
        return
    subpaths, curved = _subpaths(path, count, _times(_matrix_of(path), matrix))
    if curved:
        drawn.drawings += 1
        return
    if _stroke.value:
        _strokes(subpaths, drawn)
    else:
        _frames(subpaths, drawn)


def _strokes(subpaths: Sequence[Sequence[tuple[float, float]]], drawn: _Drawn) -> None:
    for points in subpaths:
        for (ax, ay), (bx, by) in pairwise(points):
            _straight((min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)), drawn)


def _frames(subpaths: Sequence[Sequence[tuple[float, float]]], drawn: _Drawn) -> None:
    """Thin areas, and frames: areas with a hole. Any other area is only shade."""
    boxes = [_around(points) for points in subpaths if len(points) > 2]
    thick = [b for b in boxes if not _straight(b, drawn)]
    if len(thick) > 1 and all(_inside(b, thick[0]) for b in thick[1:]):
        for b in thick:
            _edges(b, drawn)


def _subpaths(
    path: Any, count: int, matrix: Matrix
) -> tuple[list[list[tuple[float, float]]], bool]:
    subpaths: list[list[tuple[float, float]]] = []
    for at in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, at)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_BEZIERTO:
            return subpaths, True
        pdfium.FPDFPathSegment_GetPoint(segment, _x_ref, _y_ref)
        point = _point(matrix, _x.value, _y.value)
        if kind == pdfium.FPDF_SEGMENT_MOVETO or not subpaths:
            subpaths.append([point])
        else:
            subpaths[-1].append(point)
        if pdfium.FPDFPathSegment_GetClose(segment) and subpaths[-1][0] != point:
            subpaths[-1].append(subpaths[-1][0])
    return subpaths, False


def _around(points: Sequence[tuple[float, float]]) -> Box:
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return min(xs), min(ys), max(xs), max(ys)


def _inside(inner: Box, outer: Box) -> bool:
    return (
        outer[0] - 1 <= inner[0]
        and outer[1] - 1 <= inner[1]
        and inner[2] <= outer[2] + 1
        and inner[3] <= outer[3] + 1
    )


def _edges(box: Box, drawn: _Drawn) -> None:
    x0, y0, x1, y1 = box
    drawn.across += [Line(y0, x0, x1), Line(y1, x0, x1)]
    drawn.upright += [Line(x0, y0, y1), Line(x1, y0, y1)]


# ---------------------------------------------------------------- characters


def _assemble(page: Any, number: int, box: Any, drawn: _Drawn, left: int) -> Page:
    text = pdfium.FPDFText_LoadPage(page)
    try:
        count = pdfium.FPDFText_CountChars(text)
        if count > left:
            raise TooLarge(
                f"More than {MOST_CHARACTERS} characters, so this is not one report. Split it."
            )
        turned = _turned(text, count)
        ink = Ink(page, box) if drawn.suspect else None
        glyphs, hidden, garbled = _glyphs(text, count, box, ink)
    finally:
        pdfium.FPDFText_ClosePage(text)
    turn = _Turn(turned, box.left, box.bottom, box.right, box.top)
    across, upright = drawn.across, drawn.upright
    if turned % 2:
        across, upright = upright, across
    wide, high = box.right - box.left, box.top - box.bottom
    return Page(
        number,
        high if turned % 2 else wide,
        wide if turned % 2 else high,
        tuple(turn.glyphs(glyphs)),
        tuple(turn.across(*line) for line in across),
        tuple(turn.upright(*line) for line in upright),
        hidden,
        garbled,
        drawn.pictures,
        drawn.drawings,
    )


_FLAT = 0.1  # points; less than the thinnest stroke
_Raw = tuple[str, float, float, float, float, float, float]


def _glyphs(text: Any, count: int, page: Any, ink: Ink | None) -> tuple[list[_Raw], int, int]:
    """The visible characters of a page; how many are hidden, how many mean nothing."""
    found: list[_Raw] = []
    hidden = garbled = 0
    unicode_of, loose = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    rect = pdfium.FS_RECTF()
    ref = ctypes.byref(rect)
    origin = pdfium.FPDFText_GetCharOrigin
    x_at, y_at = ctypes.c_double(), ctypes.c_double()
    x_ref, y_ref = ctypes.byref(x_at), ctypes.byref(y_at)
    page_left, page_bottom, page_right, page_top = page.left, page.bottom, page.right, page.top
    for at in range(count):
        code = unicode_of(text, at)
        if code <= 32 or code in _SPACES:
            continue
        known = loose(text, at, ref)
        x0, y0, x1, y1 = rect.left, rect.bottom, rect.right, rect.top
        if not known or y1 - y0 < 0.1 or x1 <= x0:
            if not _tight(text, at, rect):
                continue
            x0, y0, x1, y1 = rect.left, rect.bottom, rect.right, rect.top
        if (
            not (page_left <= (x0 + x1) / 2 <= page_right)
            or not (page_bottom <= (y0 + y1) / 2 <= page_top)
            or (y1 - y0 < _TINY and x1 - x0 < _TINY)
            or (ink is not None and not _inked(ink, text, at, rect))
        ):
            hidden += 1
            continue
        if code == 0xFFFD or 0xE000 <= code < 0xF900 or code > 0x10FFFF:
            garbled += 1
            code = 0xFFFD
        if origin(text, at, x_ref, y_ref):
            found.append((chr(code), x0, y0, x1, y1, x_at.value, y_at.value))
        else:
            found.append((chr(code), x0, y0, x1, y1, x0, y0))
    return found, hidden, garbled


_SPACES = frozenset((0xA0, 0x3000, 0xFFFE, 0xFFFF, 0xFEFF, 0x200B, 0x2002, 0x2003, 0xAD))
_doubles = [ctypes.c_double() for _ in range(4)]
_double_refs = [ctypes.byref(d) for d in _doubles]


def _tight(text: Any, at: int, rect: Any) -> bool:
    """The box of the shape itself, for fonts that do not say how high their lines are."""
    if not pdfium.FPDFText_GetCharBox(text, at, *_double_refs):
        return False
    left, right, bottom, top = (d.value for d in _doubles)
    rect.left, rect.right, rect.bottom, rect.top = left, right, bottom, top
    return right > left


def _inked(ink: Ink, text: Any, at: int, rect: Any) -> bool:
    """Whether there is ink where the shape of a character must be.

    A shape without height is that of a font which is neither in the file nor on this machine: it
    is never drawn here, and only how the file draws it can tell.
    """
    pdfium.FPDFText_GetCharBox(text, at, *_double_refs)
    left, right, bottom, top = (d.value for d in _doubles)
    if right > left and top - bottom < _FLAT:
        return not _may_be_hidden(pdfium.FPDFText_GetTextObject(text, at))
    if right <= left or top <= bottom:
        left, right, bottom, top = rect.left, rect.right, rect.bottom, rect.top
    return ink.shows(left, bottom, right, top)


# ---------------------------------------------------------------- turning


def _turned(text: Any, count: int) -> int:
    """By how many quarters the content is turned counter-clockwise, as most characters say."""
    if not count:
        return 0
    step = max(1, count // _SAMPLE)
    votes: Counter[int] = Counter()
    for at in range(0, count, step):
        if pdfium.FPDFText_GetUnicode(text, at) > 32:
            angle = pdfium.FPDFText_GetCharAngle(text, at)
            if angle >= 0:
                votes[round(angle / 1.5707963) % 4] += 1
    return votes.most_common(1)[0][0] if votes else 0


@dataclass(frozen=True, slots=True)
class _Turn:
    """From the coordinates of the page to those of the reader.

    `quarters` is how far the text is turned clockwise on the unturned page.
    """

    quarters: int
    left: float
    bottom: float
    right: float
    top: float

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        if self.quarters == 0:
            return x0 - self.left, self.top - y1, x1 - self.left, self.top - y0
        if self.quarters == 2:
            return self.right - x1, y0 - self.bottom, self.right - x0, y1 - self.bottom
        if self.quarters == 1:
            return self.top - y1, self.right - x1, self.top - y0, self.right - x0
        return y0 - self.bottom, x0 - self.left, y1 - self.bottom, x1 - self.left

    def glyphs(self, raw: list[_Raw]) -> list[Glyph]:
        if self.quarters == 0:
            left, top = self.left, self.top
            return [
                Glyph(c, x0 - left, top - y1, x1 - left, top - y0, top - y)
                for c, x0, y0, x1, y1, _, y in raw
            ]
        return [
            Glyph(c, *self.box(x0, y0, x1, y1), self.box(x, y, x, y)[1])
            for c, x0, y0, x1, y1, x, y in raw
        ]

    def across(self, at: float, start: float, end: float) -> Line:
        """A line that the reader sees across the page."""
        box = (at, start, at, end) if self.quarters % 2 else (start, at, end, at)
        x0, y0, x1, _ = self.box(*box)
        return Line(y0, x0, x1)

    def upright(self, at: float, start: float, end: float) -> Line:
        box = (start, at, end, at) if self.quarters % 2 else (at, start, at, end)
        x0, y0, _, y1 = self.box(*box)
        return Line(x0, y0, y1)
