"""A document as Word 95 wrote it: a compound file with one stream, text in GBK.

No program here writes this format any more. The stream holds a header (FIB), the text, pages of
properties for characters and paragraphs, and the tables that name these pages: what [MS-DOC] was
in its time, as far as a report needs it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

Cell = tuple[str, int]  # its text, and how many columns it takes
Block = str | Sequence[Sequence[Cell]]  # a paragraph, or the rows of a table
_TEXT = 0x600
_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def word95(blocks: Sequence[Block]) -> bytes:
    """The bytes of a .doc with these paragraphs and tables."""
    text, papers = "", []  # where each paragraph ends, and its properties
    for block in blocks:
        if isinstance(block, str):
            text += block + "\r"
            papers.append((_size(text), b""))
            continue
        for row in block:
            for cell, _ in row:
                text += cell + "\x07"
                papers.append((_size(text), _IN_TABLE))
            text += "\x07"
            papers.append((_size(text), _IN_TABLE + _row_end([wide for _, wide in row])))
    return compound(_stream(text, papers))


def _size(text: str) -> int:
    return len(text.encode("gbk"))


_IN_TABLE = bytes((24, 1))


def _row_end(widths: Sequence[int]) -> bytes:
    count = len(widths)
    edges = struct.pack(f"<{count + 1}h", *(600 * sum(widths[:n]) for n in range(count + 1)))
    shape = bytes([count]) + edges + bytes(10 * count)
    return bytes((25, 1, 190)) + struct.pack("<H", len(shape) + 1) + shape


def _stream(text: str, papers: Sequence[tuple[int, bytes]]) -> bytes:
    raw = text.encode("gbk")
    end = _TEXT + len(raw)
    pages = _pages(papers)
    first = -(-end // _SECTOR)
    body = raw.ljust(first * _SECTOR - _TEXT, b"\0")
    starts = [start for start, _ in pages]
    body += _characters(_TEXT, end) + b"".join(page for _, page in pages)
    tables = [
        struct.pack("<2IH", _TEXT, end, first),
        struct.pack(f"<{len(starts) + 1}I", *starts, end)
        + struct.pack(f"<{len(starts)}H", *range(first + 1, first + 1 + len(starts))),
    ]
    fonts = _fonts()
    at = _TEXT + len(body)
    head = bytearray(_TEXT)
    # wIdent, nFib (Word 95), product, language (Chinese), no next file, flags: East Asian
    struct.pack_into("<6H", head, 0, 0xA5DC, 0x68, 0x4003, 0x0804, 0, 0x4000)
    struct.pack_into("<H", head, 12, 0x65)
    struct.pack_into("<3I", head, 0x18, _TEXT, end, 0)
    struct.pack_into("<I", head, 0x34, len(raw))
    for place, table in ((0x60, _styles()), (0xB8, tables[0]), (0xC0, tables[1]), (0xD0, fonts)):
        struct.pack_into("<2I", head, place, at, len(table))
        if place == 0x60:
            struct.pack_into("<2I", head, 0x58, at, len(table))
        body += table
        at += len(table)
    struct.pack_into("<I", head, 0x20, at)
    struct.pack_into("<2H", head, 0x18A, 0, 0)
    return bytes(head) + body


def _pages(papers: Sequence[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Pages of paragraph properties, with the offset of the text where each begins."""
    found, edges, lists, start = [], [_TEXT], [], 0
    for end, properties in papers:
        size = sum(2 * (len(p) // 2 + 2) for p in lists)
        if 4 * (len(lists) + 2) + 7 * (len(lists) + 1) + size + len(properties) + 8 > _SECTOR:
            found.append((edges[0], _page(edges, lists)))
            edges, lists = [edges[-1]], []
        edges.append(_TEXT + end)
        lists.append(properties)
        start = end
    if start:
        found.append((edges[0], _page(edges, lists)))
    return found


def _page(edges: Sequence[int], lists: Sequence[bytes]) -> bytes:
    page = bytearray(_SECTOR)
    struct.pack_into(f"<{len(edges)}I", page, 0, *edges)
    at = _SECTOR - 1
    for number, properties in enumerate(lists):
        listed = b"\0\0" + properties  # the number of the style, then the properties
        listed += b"\0" * (len(listed) % 2)
        entry = bytes([len(listed) // 2]) + listed
        at = (at - len(entry)) // 2 * 2
        page[at : at + len(entry)] = entry
        page[4 * len(edges) + 7 * number] = at // 2
    page[-1] = len(lists)
    return bytes(page)


def _characters(start: int, end: int) -> bytes:
    page = bytearray(_SECTOR)
    struct.pack_into("<2I", page, 0, start, end)
    page[8] = 250  # words from the start of the page to the properties
    page[500:504] = bytes((3, 93)) + struct.pack("<H", 0)  # set in font 0
    page[-1] = 1
    return bytes(page)


def _styles() -> bytes:
    """A style sheet with the one style that all paragraphs have."""
    head = struct.pack("<7H", 1, 8, 1, 15, 0, 0, 0) + b"\0\0\0\0"
    name = b"\x06Normal\0"
    style = struct.pack("<4H", 0, 0xFFF1, 0x0000, 0) + name
    return struct.pack("<H", len(head)) + head + struct.pack("<H", len(style)) + style


def _fonts() -> bytes:
    name = b"SimSun\0"
    entry = bytes((0, 0x10)) + struct.pack("<H", 400) + bytes((134, 0)) + name
    entry = bytes([len(entry) - 1]) + entry[1:]
    return struct.pack("<H", len(entry) + 2) + entry


def compound(stream: bytes, name: str = "WordDocument") -> bytes:
    """A compound file with one stream."""
    stream = stream.ljust(max(4096, -(-len(stream) // _SECTOR) * _SECTOR), b"\0")
    count = len(stream) // _SECTOR
    tables = -(-(count + 2) // 127)
    chain = [_FAT] * tables + [_END] + [*range(tables + 2, tables + 1 + count), _END]
    fat = struct.pack(f"<{128 * tables}I", *(chain + [_FREE] * (128 * tables - len(chain))))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, tables, tables, 0, 4096, _END, 0, _END, 0)
    head += struct.pack("<109I", *range(tables), *[_FREE] * (109 - tables))
    root = _entry("Root Entry", 5, 1, _END, 0)
    entries = root + _entry(name, 2, _FREE, tables + 1, len(stream)) + bytes(256)
    return head + fat + entries + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    head = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), kind, 1)
    return (
        head + struct.pack("<3I", _FREE, _FREE, child) + bytes(36) + struct.pack("<IQ", start, size)
    )
