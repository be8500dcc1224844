"""The formats that are read: how bytes show which they are, and who reads them.

What a file holds decides, never its name. A reader is a function `read(bytes) -> Document` in a
module that is imported only in the process that reads.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from typing import NoReturn
from zipfile import ZipFile

from gkllm.errors import Encrypted, ForOffice, UnsupportedFormat
from gkllm.load.packed import container, member
from gkllm.worker import Limits

WORD = "application/msword"
OPEN = "application/vnd.openxmlformats-officedocument"


@dataclass(frozen=True, slots=True)
class Format:
    """A format: `reader` is "module:function" below gkllm.load."""

    name: str
    media_type: str
    reader: str
    limits: Limits = field(default_factory=Limits)


# Recognising a page takes some 5 s of a processor, and models of 32 MB that unfold in memory.
_RECOGNITION = Limits(memory=4 << 30, cpu=400.0, wall=1200.0, calls=50)

CSV = Format("csv", "text/csv", "sheet:read_csv")
HTML = Format("html", "text/html", "page:read")
FORMATS = {
    f.name: f
    for f in (
        HTML,
        Format("mht", "multipart/related", "page:read_mail"),
        Format("pdf", "application/pdf", "pdf:read"),
        Format("docx", f"{OPEN}.wordprocessingml.document", "word:read"),
        Format("ole", WORD, "ole:read"),
        Format("rtf", "application/rtf", "rtf:read"),
        Format("scan", "application/pdf", "scan:read_pdf", _RECOGNITION),
        Format("picture", "image/*", "scan:read", _RECOGNITION),
        Format("xlsx", f"{OPEN}.spreadsheetml.sheet", "sheet:read"),
        CSV,
    )
}
TEXT, ARCHIVE = "text", "zip"

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")
_REFUSED = (
    (b"\x1f\x8b", "a gzip archive", "Unpack it (gunzip FILE.gz)."),
    (b"Rar!", "a rar archive", "Unpack it (unrar x FILE.rar)."),
    (b"7z\xbc\xaf", "a 7z archive", "Unpack it (7z x FILE.7z)."),
    (b"BZh", "a bzip2 archive", "Unpack it (bunzip2 FILE.bz2)."),
    (b"\xfd7zXZ", "an xz archive", "Unpack it (unxz FILE.xz)."),
    (b"MZ", "a program", "Run no program that you were sent as a report."),
    (b"\x7fELF", "a program", "Run no program that you were sent as a report."),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# A saved page begins with the lines of a mail, in whichever order its program writes them.
_MAIL = re.compile(rb"\s*[A-Z][A-Z-]{2,40}:[^\n]{0,400}\n", re.I)
_MAIL_PARTS = re.compile(rb"^content-type:\s*(?:multipart/|text/html)", re.I | re.M)
# Office documents as one XML file: what their first element shows, and which kind they are.
_FLAT_XML = re.compile(
    rb"<(?:(?P<wordml>w:wordDocument)|(?P<excelml>(?:ss:)?Workbook)|(?P<odf>office:document)"
    rb"|(?P<uof>uof:UOF|(?:uof:)?UOF\b)|(?P<other>pkg:package))\b"
)
_TAG = re.compile(
    r"</?(?:html|head|body|meta|script|style|div|p|span|table|tbody|tr|td|th|br|li|ul|ol|a|h[1-6]|"
    r"font|strong|b|img|section|article)\b[^<>]{0,2000}>",
    re.I,
)
_BEGINS = re.compile(
    r"\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype|html|head|body|meta)\b", re.I | re.S
)
_MARKDOWN_ROW = re.compile(r"^[ \t]*\|.*", re.MULTILINE)
_LOOKED_AT = 200_000  # characters that tell whether a text is a page
_FEWEST_TAGS = 20
_SPARSEST = 400  # characters for each tag; text with a few tags left in it has more
_HEAD = 2048  # bytes in which a signature may stand


def detect(data: bytes) -> str:
    """The name of the format of some bytes: one of FORMATS, "text" (perhaps a page) or "zip".

    Raises UnsupportedFormat, Truncated, TooLarge, or ForOffice with a kind of `office.KINDS`.
    """
    head = data[:_HEAD]
    if head.startswith(_ZIP):
        return _container(data)
    found = _signature(head)
    if found is not None:
        return _known(found)
    for magic, kind, remedy in _REFUSED:
        if head.startswith(magic):
            raise UnsupportedFormat(f"This is {kind}, which is not read. {remedy}")
    if _MAIL.match(head) and _MAIL_PARTS.search(head) and b"text/html" in data[:20_000].lower():
        return "mht"
    flat = _FLAT_XML.search(head)
    if flat is not None:
        _flat(str(flat.lastgroup), data[: 10 * _HEAD])
    return TEXT


def _flat(kind: str, head: bytes) -> NoReturn:
    """Say which kind of one XML file this is."""
    if kind == "odf":
        for name, mark in ((b"text", "fodt"), (b"spreadsheet", "fods")):
            if b"opendocument." + name in head:
                raise ForOffice(mark)
    if kind == "uof":
        raise ForOffice(
            "uos" if "电子表格".encode() in head or b"uof:spreadsheet" in head else "uot"
        )
    if kind in ("wordml", "excelml"):
        raise ForOffice(kind)
    raise UnsupportedFormat(
        "This is an office document as one XML file, which is not read. Save it as .docx."
    )


def _signature(head: bytes) -> str | None:
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith((b"\xdb\xa5", b"\xdc\xa5")):
        raise ForOffice("word95")
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole"
    if head.lstrip()[:5] == b"{\\rtf":
        return "rtf"
    if head.startswith(_PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return "picture"
    return None


_NOT_READ = {
    "ole": ("an old Word or WPS document", "Save it as plain text first."),
    "rtf": ("RTF", "Save it as plain text first."),
    "docx": ("a Word document", "Save it as plain text first."),
    "xlsx": ("a spreadsheet", "Save it as plain text first."),
}


_OTHERS = {
    "slides": "a presentation or drawing, which is not read. Save its text as .docx.",
    "ofd": "an OFD file, which is not read. Print it as PDF in its reader (数科, 福昕, WPS) first.",
}
_LARGEST_LIST = 4 << 20  # bytes of the list of parts of an OpenDocument


def _known(name: str) -> str:
    if name in FORMATS:
        return name
    kind, remedy = _NOT_READ[name]
    raise UnsupportedFormat(f"This is {kind}, which this version does not read. {remedy}")


def is_archive(source: bytes | ZipFile) -> bool:
    """Whether a zip container holds documents rather than being one."""
    if isinstance(source, ZipFile):
        return _contained(source) == ARCHIVE
    if not source.startswith(_ZIP):
        return False
    with container(io.BytesIO(source)) as opened:
        return _contained(opened) == ARCHIVE


def _container(data: bytes) -> str:
    """What a zip container holds."""
    with container(io.BytesIO(data)) as opened:
        found = _contained(opened)
        if found == "odf":
            _open_document(opened)
    if found in _OTHERS:
        raise UnsupportedFormat(f"This is {_OTHERS[found]}")
    return found if found == ARCHIVE else _known(found)


def _open_document(opened: ZipFile) -> NoReturn:
    """Say which kind of OpenDocument this is, if it is one that can be opened."""
    names = opened.namelist()
    if "META-INF/manifest.xml" in names:
        manifest = member(opened, opened.getinfo("META-INF/manifest.xml"), _LARGEST_LIST)
        if b"encryption-data" in manifest:
            raise Encrypted("It needs a password. Open it in its program, save it without one.")
    mark = member(opened, opened.getinfo("mimetype"), _HEAD)
    for name, kind in ((b".text", "odt"), (b".spreadsheet", "ods")):
        if mark.strip().removesuffix(b"-template").endswith(name):
            raise ForOffice(kind)
    raise UnsupportedFormat(f"This is {_OTHERS['slides']}")


def _contained(opened: ZipFile) -> str:
    names = set(opened.namelist())
    for name, folder in (("docx", "word/"), ("xlsx", "xl/"), ("slides", "ppt/")):
        if any(n.startswith(folder) for n in names) and "[Content_Types].xml" in names:
            return name
    if "OFD.xml" in names:
        return "ofd"
    return "odf" if {"content.xml", "mimetype"} <= names else ARCHIVE


def text_format(text: str) -> Format | None:
    """The format of a text that is more than text; None where it is not."""
    if is_page(text):
        return HTML
    return CSV if is_csv(text) else None


def is_page(text: str) -> bool:
    r"""Whether a text is HTML, whole or a piece of it.

    Rows of a table in markdown break their lines by tags, and make no page.

    >>> is_page("<!DOCTYPE html><p>"), is_page("规章\t0\t<br>\n" * 3)
    (True, False)
    >>> is_page("<br>规章" * 20), is_page("| 规章<br>数量 | 0 |\n" * 20)
    (True, False)
    """
    if _BEGINS.match(text[:_LOOKED_AT]):
        return True
    if text.count("<", 0, _LOOKED_AT) < _FEWEST_TAGS:
        return False
    piece = _MARKDOWN_ROW.sub("", text[:_LOOKED_AT].replace("\\/", "/"))
    tags = sum(1 for _ in _TAG.finditer(piece))
    return tags >= _FEWEST_TAGS and tags * _SPARSEST >= len(piece)


_FEWEST_LINES = 8
_FEWEST_COMMAS = 3
_EVEN = 0.9  # share of the lines with as many commas as most of them have


def is_csv(text: str) -> bool:
    """Whether the lines of a text are values apart by commas, the same number in nearly all.

    Chinese sentences have commas of their own (，), so that these stand in tables only.
    """
    piece = text[:_LOOKED_AT]
    if piece.count(",") < _FEWEST_LINES * _FEWEST_COMMAS:
        return False
    try:
        rows = [len(row) for row in csv.reader(io.StringIO(piece)) if row]
    except csv.Error:
        return False
    most = max(set(rows), key=rows.count, default=0)
    enough = len(rows) >= _FEWEST_LINES and most > _FEWEST_COMMAS
    return enough and rows.count(most) >= _EVEN * len(rows)
