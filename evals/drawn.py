"""A PDF written by hand: words, lines, forms and layers just where they are told to be.

For tests of what no producer is asked to make: text without ink, letters drawn one by one, pages
on their side, forms that call themselves. The font is named and not embedded; every
reader of PDF knows its characters.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

_FONT = (
    b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts["
    b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)"
    b"/Ordering(GB1)/Supplement 2>>/DW 1000/W[1 95 500 814 939 500]/FontDescriptor<</Type"
    b"/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0"
    b"/Ascent 880/Descent -120/CapHeight 880/StemV 93>>>>]>>"
)


def advance(text: str, size: float) -> float:
    """How wide the font sets a text: letters and digits take half a character."""
    return sum(size * (0.5 if char.isascii() else 1.0) for char in text)


@dataclass
class Drawing:
    """A page under the pen, in points from its top left corner."""

    width: float = 595
    height: float = 842
    rotate: int = 0
    parts: list[bytes] = field(default_factory=list)

    def words(self, text: str, x: float, y: float, size: float = 10, ink: str = "0 Tr 0 g") -> None:
        """A text whose first character stands at x on the line y; `ink` sets how it is drawn."""
        code = text.encode("utf-16-be").hex()
        self.raw(f"q BT /F {size} Tf {ink} {x} {self.height - y} Td <{code}> Tj ET Q")

    def letters(self, text: str, x: float, y: float, size: float = 10) -> None:
        """The same, each character as a text of its own, the last one first."""
        places = []
        for char in text:
            places.append((char, x))
            x += advance(char, size)
        for char, at in reversed(places):
            self.words(char, at, y, size)

    def line(self, x0: float, y0: float, x1: float, y1: float, wide: float = 0.7) -> None:
        """A straight stroke."""
        self.raw(f"{wide} w {x0} {self.height - y0} m {x1} {self.height - y1} l S")

    def area(self, x0: float, y0: float, x1: float, y1: float, color: str = "1 g") -> None:
        """A filled rectangle."""
        self.raw(f"q {color} {x0} {self.height - y1} {x1 - x0} {y1 - y0} re f Q")

    def grid(self, xs: Sequence[float], ys: Sequence[float]) -> None:
        """All lines of a table without merged cells."""
        for x in xs:
            self.line(x, ys[0], x, ys[-1])
        for y in ys:
            self.line(xs[0], y, xs[-1], y)

    def table(self, rows: Sequence[Sequence[str]], xs: Sequence[float], y: float) -> float:
        """A table with all its lines, 20 points a row; returns where it ends."""
        ys = [y + 20 * i for i in range(len(rows) + 1)]
        self.grid(xs, ys)
        for row, top in zip(rows, ys, strict=False):
            for text, left in zip(row, xs, strict=False):
                self.words(text, left + 4, top + 14)
        return ys[-1]

    def raw(self, content: str) -> None:
        """Any drawing commands."""
        self.parts.append(content.encode("latin-1"))


def pdf(pages: Sequence[Drawing], forms: dict[str, bytes] | None = None) -> bytes:
    """The pages as a file. `forms` are objects by their names in the resources of all pages.

    What stands between `/OC /off BDC` and `EMC` is in a layer that is switched off.
    """
    off = b"<</OCGs[4 0 R]/D<</OFF[4 0 R]>>>>"
    objects: list[bytes] = [
        b"<</Type/Catalog/Pages 2 0 R/OCProperties " + off + b">>",
        b"",
        _FONT,
        b"<</Type/OCG/Name(off)>>",
    ]
    names = []
    for name, form in (forms or {}).items():
        objects.append(form)
        names.append(f"/{name} {len(objects)} 0 R".encode())
    resources = b"<</Font<</F 3 0 R>>/Properties<</off 4 0 R>>/XObject<<%s>>>>"
    resources %= b" ".join(names)
    kids = []
    for page in pages:
        stream = zlib.compress(b"\n".join(page.parts))
        objects.append(
            b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(stream), stream)
        )
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]"
            b"/Rotate %d/Contents %d 0 R/Resources %s>>"
            % (page.width, page.height, page.rotate, len(objects), resources)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    return assemble(objects)


def assemble(objects: Sequence[bytes]) -> bytes:
    """Numbered objects as a file with its table; the first is the catalog."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, thing in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, thing)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
