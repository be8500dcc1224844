"""PDFs made to hurt: bombs, loops, depths, sizes, noise. None is kept as a file."""

# ruff: noqa: S311 - attacks repeat from a seed

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable
from functools import cache, partial

from evals.drawn import Drawing, assemble, pdf

_CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
_HELVETICA = b"/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
_ZEROS = bytes(1 << 20)


def unfolding(piece: bytes, times: int) -> bytes:
    """A deflated stream of one piece many times over, made without writing all of it out."""
    packer = zlib.compressobj(9)
    packed = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    a, b, size = 1, 0, len(piece)
    total = zlib.adler32(piece)
    more_a, more_b = (total & 0xFFFF) - 1, (total >> 16) - size
    for _ in range(times):
        a, b = (a + more_a) % 65521, (b + size * a + more_b) % 65521
    return packed[:2] + packed[2:] * times + b"\x03\0" + struct.pack(">I", b << 16 | a)


def page(content: bytes, filters: bytes = b"/FlateDecode", resources: bytes = b"") -> bytes:
    """One page with a stream as it is given."""
    return assemble(
        [
            _CATALOG,
            b"<</Type/Pages/Count 1/Kids[4 0 R]>>",
            b"<</Length %d/Filter[%s]>>stream\n%s\nendstream" % (len(content), filters, content),
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R/Resources<<%s>>>>"
            % resources,
        ]
    )


def pages(tree: bytes, *more: bytes) -> bytes:
    """A tree of pages as it is given."""
    return assemble([_CATALOG, tree, *more])


@cache
def sound() -> bytes:
    """A page with a table."""
    drawing = Drawing()
    drawing.words("一、总体情况", 60, 60)
    drawing.table([["规章", "制发", "废止"], ["1", "2", "3"]] * 9, [60, 200, 300, 400], 90)
    return pdf([drawing])


def noisy(seed: int) -> bytes:
    """A sound file with a byte in a hundred changed."""
    data, rng = bytearray(sound()), random.Random(seed)
    for _ in range(len(data) // 100):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def crossed() -> bytes:
    lines = b"".join(
        b"%d 0 m %d 800 l S 0 %d m 590 %d l S\n" % (i % 590, i % 590, i % 840, i % 840)
        for i in range(20_000)
    )
    return page(zlib.compress(lines))


def calling(*forms: tuple[str, str]) -> bytes:
    """Forms that draw other forms, or themselves."""
    numbers = {name: 5 + at for at, (name, _) in enumerate(forms)}
    objects = {
        name: b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</%s %d 0 R>>>>"
        b"/Length %d>>stream\n%s\nendstream"
        % (other[:1].encode(), numbers[other[:1]], len(drawn := drawn_by(other)), drawn)
        for name, other in forms
    }
    drawing = Drawing()
    drawing.raw(f"/{forms[0][0]} Do")
    return pdf([drawing], objects)


def drawn_by(other: str) -> bytes:
    return f"/{other[:1]} Do ".encode() * len(other)


def picture(hidden: bool) -> bytes:
    """A picture of 60,000 by 60,000 dots in 10 KB, perhaps with text nobody sees."""
    data = unfolding(_ZEROS, 10)
    image = (
        b"<</Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceGray"
        b"/BitsPerComponent 8/Filter/FlateDecode/Length %d>>stream\n%s\nendstream"
        % (len(data), data)
    )
    drawing = Drawing()
    drawing.raw("q 595 0 0 842 0 0 cm /I Do Q")
    if hidden:
        drawing.words("规章 " * 9, 60, 60, ink="3 Tr")
    return pdf([drawing], {"I": image})


def wide(side: float) -> bytes:
    drawing = Drawing(width=side, height=side)
    drawing.words("规章", 10, 10, ink="3 Tr")
    return pdf([drawing])


def nested(open_: bytes, times: int) -> bytes:
    return b"%PDF-1.7\n1 0 obj\n" + open_ * times + b"\nendobj\ntrailer<</Root 1 0 R>>"


def table_of_itself() -> bytes:
    head = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    at = len(head)
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer<</Size 2/Root 1 0 R/Prev %d>>\n" % at
    return head + table + b"startxref\n%d\n%%%%EOF" % at


def many_fonts() -> bytes:
    fonts = b"".join(b"/F%d<</Type/Font/Subtype/Type1/BaseFont/F%d>>" % (n, n) for n in range(3000))
    text = b"".join(b"BT /F%d 9 Tf (1) Tj ET\n" % n for n in range(3000))
    return page(zlib.compress(text), resources=b"/Font<<%s>>" % fonts)


def one_page_often() -> bytes:
    kids = b"3 0 R " * 50_000
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    return pages(b"<</Type/Pages/Count 50000/Kids[%s]>>" % kids, leaf)


def frames() -> bytes:
    """Ten thousand little frames that touch each other nowhere."""
    drawn = b"".join(b"%d %d 3 3 re S\n" % (5 * (i % 118), 5 * (i // 118)) for i in range(10_000))
    return page(zlib.compress(drawn))


PDF_ATTACKS: dict[str, Callable[[], bytes]] = {
    "pdf-flate-gigabyte": lambda: page(unfolding(_ZEROS, 1000)),
    "pdf-flate-twice": lambda: page(
        zlib.compress(unfolding(_ZEROS, 1000), 9), b"/FlateDecode/FlateDecode"
    ),
    "pdf-two-million-texts": lambda: page(
        unfolding(b"BT /F 9 Tf (1) Tj ET\n" * 20_000, 100), resources=_HELVETICA
    ),
    "pdf-five-million-lines": lambda: page(unfolding(b"0 0 m 9 9 l S\n" * 50_000, 100)),
    "pdf-crossed-lines": crossed,
    "pdf-ten-thousand-frames": frames,
    "pdf-million-hidden-digits": lambda: page(
        zlib.compress(b"BT 3 Tr /F 1 Tf (" + b"9" * 1_000_000 + b") Tj ET"), resources=_HELVETICA
    ),
    "pdf-saved-states": lambda: page(unfolding(b"q " * 500_000, 20)),
    "pdf-form-of-itself": lambda: calling(("A", "A")),
    "pdf-forms-of-each-other": lambda: calling(("A", "B"), ("B", "A")),
    "pdf-forms-doubling": lambda: calling(
        *((chr(65 + n), chr(66 + n) * 8) for n in range(12)), ("M", "M")
    ),
    "pdf-tree-of-itself": lambda: pages(b"<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]>>"),
    "pdf-one-page-often": one_page_often,
    "pdf-count-that-lies": lambda: pages(b"<</Type/Pages/Count 2000000000/Kids[]>>"),
    "pdf-endless-page": lambda: pages(
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 1e9 1e9]>>",
    ),
    "pdf-wide-page-hidden-text": partial(wide, 14_000),
    "pdf-deep-arrays": partial(nested, b"[", 500_000),
    "pdf-deep-dictionaries": partial(nested, b"<</A", 300_000),
    "pdf-without-body": lambda: b"%PDF-1.7\n%%EOF",
    "pdf-table-of-itself": table_of_itself,
    "pdf-picture": partial(picture, hidden=False),
    "pdf-picture-hidden-text": partial(picture, hidden=True),
    "pdf-many-fonts": many_fonts,
    "pdf-cut-early": lambda: sound()[: len(sound()) // 3],
    "pdf-cut-late": lambda: sound()[:-100],
    **{f"pdf-noisy-{seed}": partial(noisy, seed) for seed in range(4)},
}  # fmt: skip
