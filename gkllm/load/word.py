"""Word documents (.docx) > Document: paragraphs, tables with their merged cells, text boxes.

Inserted text counts, deleted and hidden text does not; a drawing that is stored twice, for new
and for old programs, is read once. Numbers that Word puts before paragraphs by itself are
written out for the headings of sections (一、), where they are text to everybody who reads.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError, fromstring
from zipfile import ZipFile

from gkllm.document import Document
from gkllm.errors import Encrypted, TooLarge, Truncated, UnsupportedFormat
from gkllm.load.frames import Frame, unframed
from gkllm.load.packed import container, member
from gkllm.load.written import Block, written

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_LARGEST_PART = 48 << 20  # bytes of XML; a report has less than one million
_WIDEST = 200
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_TRANSITIONAL = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PREFIX = len(_W)
_VALUE = _W + "val"
_MOST_NAMES = 1000
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_OFF = frozenset(("0", "false", "off", "none"))


def read(data: bytes) -> Document:
    """Read a Word document.

    Raises Truncated where it is damaged, TooLarge where it unpacks to more than a report.
    """
    with container(io.BytesIO(data)) as opened:
        names = {info.filename: info for info in opened.infolist()}
        main = next((n for n in names if n.lower() == "word/document.xml"), None)
        main = main or next((n for n in names if n.startswith("word/document")), None)
        if main is None:
            if "EncryptedPackage" in names:
                raise Encrypted("It needs a password. Save it without one.")
            raise Truncated("It holds no text (word/document.xml). Save it anew in Word or WPS.")
        body = _xml(opened, main)
        numbering = (
            _numbering(opened, "word/numbering.xml") if "word/numbering.xml" in names else {}
        )
    reader = _Reader(numbering)
    text, tables = written(reader.blocks(body))
    notes = []
    if reader.hidden:
        notes.append(f"{reader.hidden} characters of hidden or deleted text were left out.")
    if reader.pictures and not tables:
        notes.append(
            f"It holds {reader.pictures} pictures and no table: its tables may be pictures, whose "
            "numbers are not in its text. Save the pictures and recognise their text."
        )
    return Document(text, media_type=MEDIA_TYPE, tables=tables, notes=tuple(notes))


def _xml(opened: ZipFile, name: str) -> Element:
    """A part as XML without entities of its own: those are how files are made to explode."""
    data = member(opened, opened.getinfo(name), _LARGEST_PART)
    if any(
        "<!DOCTYPE".encode(encoding) in data for encoding in ("ascii", "utf-16-le", "utf-16-be")
    ):
        raise UnsupportedFormat(
            "It declares a document type, which no Word document does. Do not trust it."
        )
    try:
        # What newer programs call "strict" is the same under another name.
        return fromstring(data.replace(_STRICT, _TRANSITIONAL))  # noqa: S314 - without a document type it declares no entities
    except ParseError as error:
        raise Truncated(f"Its text is damaged ({error}). Save it anew in Word or WPS.") from None


class _Names(dict[str, str]):
    """What elements are called: the name of one of Word's own, "" of any other."""

    def __missing__(self, tag: str) -> str:
        name = tag[_PREFIX:] if tag.startswith(_W) else ""
        if len(self) < _MOST_NAMES:
            self[tag] = name
        return name


_NAME = _Names()  # every element is asked for its name, and there are a few dozen


def _local(element: Element) -> str:
    return _NAME[element.tag]


def _child(element: Element | None, name: str) -> Element | None:
    return element.find(_W + name) if element is not None else None


def _value(element: Element | None, name: str) -> str | None:
    """The value of a property: "" where it stands without one, None where it does not stand."""
    if element is None or (found := element.find(_W + name)) is None:
        return None
    return found.get(_VALUE) or ""


def _is_on(properties: Element | None, name: str) -> bool:
    value = _value(properties, name)
    return value is not None and value.lower() not in _OFF


def _is_gone(properties: Element | None) -> bool:
    """Whether a run is hidden or struck through."""
    return any(_is_on(properties, name) for name in ("vanish", "strike", "dstrike"))


_SKIPPED = frozenset(("del", "moveFrom", "sectPr", "pPr", "rPr", "tblPr", "tblGrid", "sdtPr"))
_TEXT = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_PICTURE = "{http://schemas.openxmlformats.org/drawingml/2006/picture}pic"


@dataclass
class _Paragraph:
    parts: list[str] = field(default_factory=list)
    boxes: list[Block] = field(default_factory=list)  # what floats beside it


class _Reader:
    """The walk over the elements of a body."""

    def __init__(self, numbering: dict[tuple[str, str], _Level]) -> None:
        self.numbering = numbering
        self.counts: dict[tuple[str, str], int] = {}
        self.hidden = self.pictures = 0

    def blocks(self, parent: Element) -> Iterator[Block]:
        for element in parent:
            name = _NAME[element.tag]
            if name == "p":
                paragraph = _Paragraph([self.number(element)])
                self.runs(element, paragraph)
                yield from filter(None, "".join(paragraph.parts).split("\n"))
                yield from paragraph.boxes
            elif name == "tbl":
                yield from unframed(self.table(element))
            elif name in _SKIPPED:
                self.leave_out(element, name)
            elif len(element):  # the body, content controls, insertions, whatever wraps blocks
                yield from self.blocks(self.chosen(element))

    def runs(self, parent: Element, paragraph: _Paragraph) -> None:
        for element in parent:
            name = _NAME[element.tag]
            if name == "t":
                paragraph.parts.append(element.text or "")
            elif name in _TEXT:
                paragraph.parts.append(_TEXT[name])
            elif name == "r" and _is_gone(_child(element, "rPr")):
                self.hidden += sum(len(t.text or "") for t in element.iter() if _local(t) == "t")
            elif name == "txbxContent":
                paragraph.boxes += self.blocks(element)
            elif name in _SKIPPED:
                self.leave_out(element, name)
            elif name != "instrText":
                self.pictures += element.tag == _PICTURE
                if len(element):
                    self.runs(self.chosen(element), paragraph)

    def leave_out(self, element: Element, name: str) -> None:
        if name in ("del", "moveFrom"):
            texts = (t for t in element.iter() if _local(t) in ("delText", "t"))
            self.hidden += sum(len(t.text or "") for t in texts)

    def chosen(self, element: Element) -> Element:
        """Of a drawing that is stored for new and for old programs, one."""
        if element.tag != _MC + "AlternateContent":
            return element
        choice = element.find(_MC + "Choice")
        fallback = element.find(_MC + "Fallback")
        return choice if choice is not None else fallback if fallback is not None else element

    # ------------------------------------------------------------ tables

    def table(self, table: Element) -> list[list[Frame]]:
        rows: list[list[Frame]] = []
        merged: dict[int, Frame] = {}  # column > the cell that begins there and may go on
        for element in self.inner(table, "tr"):
            properties = _child(element, "trPr")
            if _child(properties, "del") is not None or _is_on(properties, "hidden"):
                self.leave_out(element, "del")
                continue
            merged = self.row(element, properties, rows, merged)
        return rows

    def inner(self, parent: Element, name: str) -> Iterator[Element]:
        """Rows of a table or cells of a row, also those inside content controls."""
        for element in parent:
            found = _local(element)
            if found == name:
                yield element
            elif found in ("sdt", "sdtContent", "ins", "customXml", "moveTo"):
                yield from self.inner(element, name)

    def row(
        self,
        row: Element,
        properties: Element | None,
        rows: list[list[Frame]],
        merged: dict[int, Frame],
    ) -> dict[int, Frame]:
        frames: list[Frame] = []
        begun: dict[int, Frame] = {}
        column = _count(_value(properties, "gridBefore"), 0)
        beside: Frame | None = None
        for cell in self.inner(row, "tc"):
            known = _child(cell, "tcPr")
            wide = max(1, _count(_value(known, "gridSpan"), 1))
            above = merged.get(column)
            down, across = _value(known, "vMerge"), _value(known, "hMerge")
            if across is not None and across != "restart" and beside is not None:
                beside.colspan += wide
            elif down is not None and down != "restart" and above is not None:
                above.rowspan += 1
                begun[column] = above
                beside = None
            else:
                beside = Frame(column, wide, 1, list(self.blocks(cell)))
                frames.append(beside)
                if down is not None:
                    begun[column] = beside
            column = min(column + wide, _WIDEST)
        rows.append(frames)
        return begun

    # ------------------------------------------------------------ numbers that Word writes

    def number(self, paragraph: Element) -> str:
        """The number before a paragraph of a list, as Word shows it."""
        if not self.numbering:
            return ""
        properties = _child(_child(paragraph, "pPr"), "numPr")
        if properties is None:
            return ""
        key = (_value(properties, "numId") or "", _value(properties, "ilvl") or "0")
        level = self.numbering.get(key)
        if level is None:
            return ""
        count = self.counts[key] = self.counts.get(key, level.start - 1) + 1
        for other in [k for k in self.counts if k[0] == key[0] and k[1] > key[1]]:
            del self.counts[other]
        return level.shown(count, key[1])


def _count(value: str | None, default: int) -> int:
    return min(int(value), _WIDEST) if value and value.isdecimal() and len(value) < 9 else default


@dataclass(frozen=True, slots=True)
class _Level:
    """How a level of a list is numbered: its pattern ("%1、"), its numerals, its first number."""

    pattern: str
    numerals: str
    start: int

    def shown(self, count: int, level: str) -> str:
        place = f"%{int(level) + 1}" if level.isdecimal() else "%1"
        if place not in self.pattern or self.pattern.count("%") > 1:
            return ""  # a bullet, or a number of several levels
        if self.numerals in ("decimal", "decimalZero"):
            numeral = str(count)
        elif "hinese" in self.numerals or self.numerals.startswith("japaneseCounting"):
            numeral = _chinese(count)
        else:
            return ""
        return self.pattern.replace(place, numeral)


def _chinese(number: int) -> str:
    """一 to 九十九.

    >>> [_chinese(n) for n in (1, 10, 12, 20, 35)]
    ['一', '十', '十二', '二十', '三十五']
    """
    digits = "〇一二三四五六七八九"
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    ten = ("" if tens == 1 else digits[tens]) + "十" if tens else ""
    return ten + (digits[ones] if ones else "")


def _numbering(opened: ZipFile, name: str) -> dict[tuple[str, str], _Level]:
    """How each level of each list is numbered."""
    try:
        root = _xml(opened, name)
    except (Truncated, TooLarge):
        return {}  # without it only the numbers that Word writes by itself are lost
    abstract: dict[str, dict[str, _Level]] = {}
    found: dict[tuple[str, str], _Level] = {}
    for element in root:
        if _local(element) == "abstractNum":
            levels = abstract.setdefault(element.get(_W + "abstractNumId") or "", {})
            for level in element:
                if _local(level) == "lvl":
                    levels[level.get(_W + "ilvl") or "0"] = _Level(
                        _value(level, "lvlText") or "",
                        _value(level, "numFmt") or "",
                        _count(_value(level, "start"), 1),
                    )
        elif _local(element) == "num":
            number = element.get(_W + "numId") or ""
            for level_id, shape in abstract.get(_value(element, "abstractNumId") or "", {}).items():
                found[number, level_id] = shape
    return found
