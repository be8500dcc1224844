"""Files made to hurt whoever reads them: bombs, loops, lies, truncations, noise.

`ATTACKS` maps a name to a function that makes the bytes; none is kept as a file.
"""

# ruff: noqa: S311 - attacks repeat from a seed

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from evals.draft import Draft
from evals.formats import FORMATS
from evals.formats.word import packed
from evals.render import render
from evals.truth import random_truth
from tests.attacks_pdf import PDF_ATTACKS, unfolding

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FIXTURES = Path(__file__).parent.parent / "fixtures"
SIGNATURES = {
    "pdf": b"%PDF-1.7\n",
    "zip": b"PK\x03\x04",
    "ole": OLE,
    "rtf": b"{\\rtf1\\ansi ",
    "png": b"\x89PNG\r\n\x1a\n",
    "jpeg": b"\xff\xd8\xff\xe0",
    "html": b"<!DOCTYPE html><html>",
    "mht": b"MIME-Version: 1.0\nContent-Type: multipart/related; text/html\n\n",
    "gzip": b"\x1f\x8b\x08",
    "utf16": b"\xff\xfe",
}


def noise(signature: bytes) -> bytes:
    return signature + random.Random(3).randbytes(60_000)


def draft() -> Draft:
    rng = random.Random(5)
    return render(random_truth(rng, "2021"), rng, "tabs").draft


def sound(name: str) -> bytes:
    return FORMATS[name](draft(), random.Random(1))


def cut(name: str, share: float) -> bytes:
    data = sound(name)
    return data[: int(len(data) * share)]


def flipped(name: str) -> bytes:
    data, rng = bytearray(sound(name)), random.Random(9)
    for _ in range(len(data) // 100):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def zipped(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return stream.getvalue()


def word_bomb() -> bytes:
    """A gigabyte of text in a megabyte, written piece by piece."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        with made.open("word/document.xml", "w", force_zip64=True) as part:
            part.write(f"<w:document {_W}><w:body>".encode())
            for _ in range(300):
                part.write(b"<w:p/>" * 100_000)
    return stream.getvalue()


def lying_sizes() -> bytes:
    """A part that says it has ten bytes and has ten million."""
    data = bytearray(zipped({"[Content_Types].xml": b"", "word/document.xml": b"0" * 10_000_000}))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(data)


def entities() -> bytes:
    lines = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    return packed(f'<!DOCTYPE x [<!ENTITY a0 "大">{lines}]><w:document {_W}>&a9;</w:document>')


def outside() -> bytes:
    return packed(
        f'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><w:document {_W}>&a;</w:document>'
    )


def deep_word() -> bytes:
    return packed(f"<w:document {_W}>" + "<w:sdt>" * 200_000)


def deep_tables() -> bytes:
    inner = "<w:tbl><w:tr><w:tc>" * 3000 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 3000
    return packed(f"<w:document {_W}><w:body>{inner}</w:body></w:document>")


def nested_archives(depth: int) -> bytes:
    data = zipped({"a.txt": "规章\t0\n".encode() * 100})
    for _ in range(depth):
        data = zipped({"inner.zip": data})
    return data


def many_members() -> bytes:
    return zipped({f"{n}.txt": b"" for n in range(25_000)})


def archive_bomb() -> bytes:
    return zipped({f"{n}.txt": bytes(30_000_000) for n in range(3)})


def sheet_bomb() -> bytes:
    rows = b"".join(
        b'<row r="%d"><c r="ZZ%d"><v>1</v></c></row>' % (n, n) for n in range(1, 90_000)
    )
    head = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    )
    good = zipfile.ZipFile(io.BytesIO(sound("xlsx")))
    parts = {name: good.read(name) for name in good.namelist()}
    return zipped(parts | {"xl/worksheets/sheet1.xml": head + rows + b"</sheetData></worksheet>"})


def far_cell() -> bytes:
    good = zipfile.ZipFile(io.BytesIO(sound("xlsx")))
    parts = {name: good.read(name) for name in good.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].replace(b'r="A1"', b'r="XFD1048576"')
    return zipped(parts | {"xl/worksheets/sheet1.xml": sheet})


def page(body: str) -> bytes:
    return f"<!doctype html><html><body>{body}".encode()


def pdf_bomb() -> bytes:
    data = zlib.compress(unfolding(b"BT (1) Tj ET " * 100_000, 200), 9)
    return pdf_of(
        [
            b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n" % len(data)
            + data
            + b"\nendstream"
        ]
    )


def pdf_loop() -> bytes:
    """A form that draws itself; one library aborts its process on it."""
    form = (
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 4 0 R>>>>/Length 5>>"
    )
    return pdf_of([form + b"stream\n/F Do\nendstream"])


def pdf_of(content: list[bytes]) -> bytes:
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R"
            b"/Resources<</XObject<</F 4 0 R>>>>>>"
        ),
        *content,
    ]
    body, at = b"%PDF-1.4\n", []
    for number, data in enumerate(objects, 1):
        at.append(len(body))
        body += b"%d 0 obj\n" % number + data + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in at)
    tail = b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + tail


def ole_loop() -> bytes:
    """A compound file whose chains of sectors run in circles."""
    head = OLE + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 0, 0, 4096, 0, 1, 0, 1)
    head += struct.pack("<109I", *([0] * 109))
    return head[:512].ljust(512, b"\0") + struct.pack("<128I", *([0] * 128)) * 40


ATTACKS: dict[str, Callable[[], bytes]] = {
    **{f"noise-{name}": partial(noise, magic) for name, magic in SIGNATURES.items()},
    **{f"only-{name}": partial(bytes, magic) for name, magic in SIGNATURES.items()},
    **{
        f"cut-{name}-{share}": partial(cut, name, share)
        for name in ("docx", "xlsx", "html-modern", "html-word")
        for share in (0.3, 0.9)
    },
    **{f"flipped-{name}": partial(flipped, name) for name in ("docx", "xlsx", "csv")},
    "flipped-html-nested": partial(flipped, "html-nested"),
    "word-bomb": word_bomb,
    "word-lying-sizes": lying_sizes,
    "word-entities": entities,
    "word-outside-entity": outside,
    "word-deep": deep_word,
    "word-deep-tables": deep_tables,
    "word-without-text": lambda: zipped({"[Content_Types].xml": b"", "word/styles.xml": b""}),
    "archive-bomb": archive_bomb,
    "archive-many-members": many_members,
    "archive-in-archive-in-archive": partial(nested_archives, 3),
    "archive-empty": partial(zipped, {}),
    "sheet-bomb": sheet_bomb,
    "sheet-far-cell": far_cell,
    "html-deep": lambda: page("<div>" * 150_000),
    "html-deep-tables": lambda: page("<table><tr><td>" * 30_000),
    "html-spans": lambda: page(
        "<table>" + "<tr><td colspan=1000 rowspan=65000>1</td><td>2</td></tr>" * 4000
    ),
    "html-open-tags": lambda: page("<" * 300_000),
    "html-open-comments": lambda: page("<!--" * 100_000),
    "html-open-quotes": lambda: page("<a href='" * 60_000),
    "html-script-strings": lambda: page("<script>" + '"\\' * 400_000),
    "html-entities": lambda: page("&#x110000;&#99999999999;&amp" * 40_000),
    "rtf-deep": lambda: b"{\\rtf1" + b"{" * 200_000,
    "rtf-cells": lambda: (
        b"{\\rtf1\\trowd" + b"\\cellx9" * 99_000 + b"\\intbl 1\\cell\\row" * 99_000
    ),
    "rtf-binary": lambda: b"{\\rtf1 \\bin999999999 x\\u-1?\\u99999?\\'zz}",
    "ole-loop": ole_loop,
    "csv-wide": lambda: (",".join("1" * 9) + "\n").encode() * 20 + b"," * 400_000,
    "pdf-bomb": pdf_bomb,
    "pdf-loop": pdf_loop,
    **PDF_ATTACKS,
}  # fmt: skip
