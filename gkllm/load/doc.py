"""Old Word and WPS documents (.doc, .wps) > Document, from the binary file itself.

The text stands in pieces all over the file; which characters end a cell or a row, and where the
edges of the cells are, is said by property lists on pages of 512 bytes. Names are those of
Microsoft's description of the format ([MS-DOC]): FIB, Clx, PlcBtePapx, FKP, Sprm, TDefTable.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gkllm.document import Document
from gkllm.errors import Encrypted, ForOffice, Truncated
from gkllm.load.frames import Flow, Shape
from gkllm.load.written import Block, written

MEDIA_TYPE = "application/msword"
_WORD_97 = 0xC1  # the first version with this layout
_BEFORE = (b"\xdb\xa5", b"\xdc\xa5")  # how Word 2, 6 and 95 begin
_MOST_CHARACTERS = 20_000_000
_DEEPEST = 20  # tables inside each other
_MOST_COLUMNS = 64
_PAGE = 512
_HALF = re.compile("[\ud800-\udfff]")

# Property codes (Sprm).
_IN_TABLE, _ROW_END = 0x2416, 0x2417
_DEPTH, _INNER_CELL, _INNER_ROW_END = 0x6649, 0x244B, 0x244C
_HUGE = (0x6645, 0x6646)
_ROW_SHAPE, _TABS = 0xD608, 0xC615
_MERGE_DOWN = 0xD62B
_DELETED, _HIDDEN = 0x0800, 0x083C
_SIZES = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}


def read(word: bytes, tables: dict[str, bytes]) -> Document:
    """Read the streams of a document: "WordDocument", and "0Table", "1Table", "Data" by name.

    Raises Encrypted, Truncated, or ForOffice for versions before Word 97.
    """
    try:
        file = _opened(word, tables)
        reader = _Reader(file)
        boxes = reader.blocks(*file.boxes)
        text, found = written([*boxes, *reader.blocks(0, file.length)])
    except (struct.error, IndexError) as error:
        raise Truncated(
            f"Its structure is damaged ({error}). Open it in Word or WPS and save it as .docx."
        ) from None
    notes = []
    if reader.hidden:
        notes.append(f"{reader.hidden} characters of hidden or deleted text were left out.")
    return Document(text, media_type=MEDIA_TYPE, tables=found, notes=tuple(notes))


@dataclass(frozen=True, slots=True)
class _File:
    """The parts of a file: `runs` are (first character, offset, bytes per character)."""

    word: bytes
    data: bytes
    characters: str
    offsets: list[tuple[int, int, int]]
    starts: list[int]
    papx: _Runs
    chpx: _Runs
    length: int  # of the main text
    boxes: tuple[int, int]  # where the text of text boxes stands

    def offset(self, position: int) -> int:
        """Where in the file a character stands."""
        first, offset, size = self.offsets[bisect_right(self.starts, position) - 1]
        return offset + (position - first) * size


def _opened(word: bytes, tables: dict[str, bytes]) -> _File:
    if word[:2] in _BEFORE:
        raise ForOffice("word95")
    if len(word) < 426 or struct.unpack_from("<H", word)[0] != 0xA5EC:
        raise Truncated("It is no whole Word document. Fetch or save it anew.")
    version, flags = struct.unpack_from("<H", word, 2)[0], struct.unpack_from("<H", word, 10)[0]
    if flags & 0x0100:
        raise Encrypted("It needs a password. Open it in Word or WPS and save it without one.")
    if version < _WORD_97:
        raise ForOffice("word95")
    table = tables.get("1Table" if flags & 0x0200 else "0Table", b"")
    if not table:
        raise Truncated("The part that says where its text stands is lost. Fetch it anew.")
    counts = struct.unpack_from("<8I", word, 76)  # text, notes, heads, macros, …, text boxes
    fc, size = struct.unpack_from("<2I", word, 418)
    characters, offsets = _pieces(word, table[fc : fc + size])
    before = sum(counts[:6])
    return _File(
        word,
        tables.get("Data", b""),
        characters,
        offsets,
        [first for first, _, _ in offsets],
        _Runs(word, table, 258, 13),
        _Runs(word, table, 250, 1),
        min(counts[0], len(characters)),
        (before, min(before + counts[6], len(characters))),
    )


def _pieces(word: bytes, clx: bytes) -> tuple[str, list[tuple[int, int, int]]]:
    """All characters of a file in their order, and where each stretch of them stands."""
    at = 0
    while at < len(clx) and clx[at] == 1:
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    size = struct.unpack_from("<I", clx, at + 1)[0]
    plc = clx[at + 5 : at + 5 + size]
    count = (len(plc) - 4) // 12
    positions = struct.unpack_from(f"<{count + 1}I", plc)
    parts: list[str] = []
    offsets: list[tuple[int, int, int]] = []
    length = 0
    for number in range(count):
        fc = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * number + 2)[0]
        packed = bool(fc & 0x40000000)
        start = (fc & 0x3FFFFFFF) // 2 if packed else fc
        wanted = positions[number + 1] - positions[number]
        if wanted < 0 or length + wanted > _MOST_CHARACTERS:
            raise Truncated("Its pieces do not fit together. Save it anew as .docx.")
        raw = word[start : start + wanted * (1 if packed else 2)]
        parts.append(raw.decode("cp1252", "replace") if packed else _units(raw))
        if len(parts[-1]) != wanted:
            raise Truncated("The end of its text is lost. Fetch or save it anew.")
        offsets.append((length, start, 1 if packed else 2))
        length += wanted
    return "".join(parts), offsets


def _units(raw: bytes) -> str:
    """UTF-16 with a character for each unit, since units are what positions count."""
    text = raw.decode("utf-16-le", "replace")
    if len(text) == len(raw) // 2:
        return text
    return "".join(map(chr, struct.unpack(f"<{len(raw) // 2}H", raw[: len(raw) // 2 * 2])))


def _joined(text: str) -> str:
    """Characters whose two units stand apart, put together again."""
    if not _HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class _Runs:
    """Stretches of the file with their properties, from the pages that list them."""

    def __init__(self, word: bytes, table: bytes, at: int, size: int) -> None:
        fc, length = struct.unpack_from("<2I", word, at)
        plc = table[fc : fc + length]
        count = max(0, (len(plc) - 4) // 8)
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.lists: list[bytes] = []
        pages = struct.unpack_from(f"<{count}I", plc, 4 * (count + 1)) if count else ()
        for page in pages:
            self._page(word[(page & 0x3FFFFF) * _PAGE :][:_PAGE], size)

    def _page(self, page: bytes, size: int) -> None:
        if len(page) < _PAGE:
            return
        count = page[-1]
        if 4 * (count + 1) + count * size >= _PAGE:
            return
        edges = struct.unpack_from(f"<{count + 1}I", page)
        for number in range(count):
            at = 2 * page[4 * (count + 1) + number * size]
            self.starts.append(edges[number])
            self.ends.append(edges[number + 1])
            self.lists.append(_listed(page, at, paragraph=size > 1) if at else b"")

    def at(self, offset: int) -> bytes:
        """The property list that holds at an offset of the file."""
        i = bisect_right(self.starts, offset) - 1
        return self.lists[i] if i >= 0 and offset < self.ends[i] else b""


def _listed(page: bytes, at: int, *, paragraph: bool) -> bytes:
    size = page[at]
    if not paragraph:
        return page[at + 1 : at + 1 + size]
    if size:
        return page[at + 3 : at + 2 * size]  # behind the number of the style
    return page[at + 4 : at + 2 + 2 * page[at + 1]]


def _sprms(properties: bytes) -> Iterator[tuple[int, bytes]]:
    """Property codes with their operands."""
    at = 0
    while at + 2 < len(properties):
        code = struct.unpack_from("<H", properties, at)[0]
        at += 2
        kind = code >> 13
        if kind != 6:
            size = _SIZES[kind]
        elif code == _ROW_SHAPE:
            size = (
                struct.unpack_from("<H", properties, at)[0] - 1 if at + 2 <= len(properties) else 0
            )
            at += 2
        elif code == _TABS and properties[at] == 255:
            return  # a list of tabs too long to say its length; nothing behind it matters
        else:
            size = properties[at]
            at += 1
        yield code, properties[at : at + size]
        at += max(0, size)


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """What a paragraph's properties say of tables: `depth` 0 is outside of all."""

    depth: int = 0
    row_end: bool = False
    cell_end: bool = False
    shape: bytes = b""
    merges: tuple[tuple[int, int], ...] = ()


class _Reader:
    def __init__(self, file: _File) -> None:
        self.file = file
        self.hidden = 0
        self.known: dict[bytes, _Paragraph] = {}

    def blocks(self, start: int, stop: int) -> list[Block]:
        """The blocks of a stretch of characters."""
        flow = Flow()
        at = start
        while at < stop:
            end = self.end(at, stop)
            told = self.paragraph(end)
            if told.row_end:
                flow.end_row(_shape(told), told.depth)
            elif told.depth and self.ends_cell(told, end, stop):
                flow.end_cell(self.text(at, end), told.depth)
            else:
                flow.paragraph(self.text(at, end), told.depth)
            at = end + 1
        return flow.finished()

    def ends_cell(self, told: _Paragraph, end: int, stop: int) -> bool:
        if told.depth > 1:
            return told.cell_end
        return end < stop and self.file.characters[end] == "\x07"

    def end(self, at: int, stop: int) -> int:
        """Where the mark stands that ends a paragraph."""
        for position in range(at, stop):
            if self.file.characters[position] in "\r\x07\x0c":
                return position
        return stop

    # ------------------------------------------------------------ characters

    def text(self, start: int, stop: int) -> str:
        """What a stretch shows: no field codes, nothing hidden or deleted."""
        parts: list[str] = []
        codes = 0
        at = start
        while at < stop:
            end = self.alike(at, stop)
            piece = self.file.characters[at:end]
            if self.left_out(at):
                self.hidden += len(piece)
            else:
                shown, codes = _shown(piece, codes)
                parts.append(shown)
            at = end
        return _joined("".join(parts))

    def alike(self, at: int, stop: int) -> int:
        """Where the stretch of characters with the same properties ends."""
        file = self.file
        number = bisect_right(file.starts, at) - 1
        first, offset, size = file.offsets[number]
        piece = file.starts[number + 1] if number + 1 < len(file.starts) else stop
        i = bisect_right(file.chpx.starts, file.offset(at)) - 1
        end = file.chpx.ends[i] if i >= 0 else 0
        run = first + (end - offset) // size if end > file.offset(at) else piece
        return max(at + 1, min(stop, piece, run))

    def left_out(self, position: int) -> bool:
        properties = self.file.chpx.at(self.file.offset(position))
        return any(
            code in (_DELETED, _HIDDEN) and value[:1] in (b"\x01", b"\x81")
            for code, value in _sprms(properties)
        )

    # ------------------------------------------------------------ properties of paragraphs

    def paragraph(self, end: int) -> _Paragraph:
        position = min(end, len(self.file.characters) - 1)
        properties = self.file.papx.at(self.file.offset(position))
        if properties not in self.known:
            self.known[properties] = self.told(properties)
        return self.known[properties]

    def told(self, properties: bytes, depth: int = 0) -> _Paragraph:
        found = _Paragraph()
        merges: list[tuple[int, int]] = []
        for code, value in _sprms(properties):
            if code in _HUGE and depth == 0:
                at = struct.unpack("<I", value)[0]
                size = struct.unpack_from("<H", self.file.data, at)[0]
                found = self.told(self.file.data[at + 2 : at + 2 + size], 1)
                merges += found.merges
            elif code == _IN_TABLE and value[:1] == b"\x01":
                found = replace(found, depth=max(1, found.depth))
            elif code == _DEPTH:
                found = replace(found, depth=min(struct.unpack("<I", value)[0], _DEEPEST))
            elif code in (_ROW_END, _INNER_ROW_END) and value[:1] == b"\x01":
                found = replace(found, row_end=True)
            elif code == _INNER_CELL and value[:1] == b"\x01":
                found = replace(found, cell_end=True)
            elif code == _ROW_SHAPE:
                found = replace(found, shape=value)
            elif code == _MERGE_DOWN and len(value) > 1:
                merges.append((value[0], value[1]))
        return replace(found, merges=tuple(merges))


_DRAWN = str.maketrans({"\x0b": "\n", "\x1e": "-", "\x1f": None, "\x0c": "\n", "\x07": None})
_OBJECTS = str.maketrans(dict.fromkeys(map(chr, (*range(1, 7), 8))))


def _shown(piece: str, codes: int) -> tuple[str, int]:
    """Characters without the codes of fields; `codes` fields are open, and stay so."""
    if "\x13" not in piece and not codes:
        return piece.replace("\x14", "").replace("\x15", "").translate(_DRAWN).translate(
            _OBJECTS
        ), 0
    parts: list[str] = []
    for c in piece:
        if c == "\x13":
            codes += 1
        elif c in "\x14\x15":
            codes = max(0, codes - (c == "\x14")) if codes else 0
        elif not codes:
            parts.append(c)
    return "".join(parts).translate(_DRAWN).translate(_OBJECTS), codes


# ---------------------------------------------------------------- rows

_DOWN, _DOWN_BEGINS, _ACROSS = 0x20, 0x40, 0x02  # flags of a cell


def _shape(told: _Paragraph) -> Shape:
    """Edges of the cells of a row in twentieths of a point, and how they are merged."""
    shape = told.shape
    if not shape or shape[0] > _MOST_COLUMNS or len(shape) < 1 + 2 * (shape[0] + 1):
        return Shape()
    count = shape[0]
    edges = struct.unpack_from(f"<{count + 1}h", shape, 1)
    start = 1 + 2 * (count + 1)
    flags = [
        struct.unpack_from("<H", shape, start + 20 * n)[0] if len(shape) > start + 20 * n + 1 else 0
        for n in range(count)
    ]
    for number, how in told.merges:
        if number < count:
            down = (_DOWN if how & 1 else 0) | (_DOWN_BEGINS if how & 2 else 0)
            flags[number] = flags[number] & ~(_DOWN | _DOWN_BEGINS) | down
    return Shape(edges, tuple(map(_merged, flags)))


def _merged(flag: int) -> frozenset[str]:
    found = {_DOWN: "goes on", _DOWN_BEGINS: "begins", _ACROSS: "beside"}
    return frozenset(word for bit, word in found.items() if flag & bit)
