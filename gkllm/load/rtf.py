"""RTF > Document: its control words are read as far as they say what a page shows.

Characters of Chinese code pages stand as bytes (\\'b9\\'ab) under the character set of their
font, or as numbers (\\u20844). Cells and rows end by marks in the flow; the edges of the cells
stand before the row, or behind it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from gkllm.document import Document
from gkllm.errors import Truncated
from gkllm.load.frames import Flow, Shape
from gkllm.load.written import Block, written

MEDIA_TYPE = "application/rtf"
_DEEPEST = 400  # groups inside each other
_DEEPEST_TABLE = 20
_MOST_CELLS = 64
_TOKEN = re.compile(
    rb"\\(?:([a-zA-Z]{1,32})(-?\d{1,10})?\x20?|'([0-9a-fA-F]{2})|([^a-zA-Z']))|([{}])|([^\\{}\r\n]+)"
)
_CHARSETS = {
    134: "gb18030", 136: "big5hkscs", 128: "cp932", 129: "cp949", 0: "cp1252", 204: "cp1251"
}  # fmt: skip
_PAGES = {936: "gb18030", 54936: "gb18030", 950: "big5hkscs", 932: "cp932", 65001: "utf-8"}
_SKIPPED = frozenset(
    b"colortbl stylesheet info pict header headerl headerr headerf footer footerl footerr footerf "
    b"fldinst nonshppict nonesttables object listtable listoverridetable revtbl filetbl xmlnstbl "
    b"generator themedata datastore latentstyles footnote annotation atnid atnauthor bkmkstart "
    b"bkmkend sp".split()
)
_WRITTEN = {
    b"par": "\n", b"sect": "\n", b"page": "\n", b"line": "\x0b", b"tab": "\t", b"emdash": "—",
    b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
    b"bullet": "•", b"emspace": " ", b"enspace": " ", b"qmspace": " ",
}  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}
_MERGED = {b"clvmgf": "begins", b"clvmrg": "goes on", b"clmrg": "beside"}


@dataclass(frozen=True, slots=True)
class _State:
    """What holds inside a group; it ends with the group."""

    skipped: bool = False
    fonts: bool = False
    hidden: bool = False
    font: int = -1
    fallback: int = 1  # characters that follow a \\u for programs that do not know it
    depth: int = 0  # of tables
    nested: bool = False  # inside the description of an inner row


def read(data: bytes) -> Document:
    """Read RTF.

    Raises Truncated where its groups never end and it shows nothing.
    """
    reader = _Reader()
    reader.walk(data)
    text, tables = written(reader.finished())
    if len(reader.stack) > 0 and not text.strip():
        raise Truncated("Its end is lost before its text begins. Fetch or save it anew.")
    notes = []
    if reader.hidden:
        notes.append(f"{reader.hidden} characters of hidden or deleted text were left out.")
    return Document(text, media_type=MEDIA_TYPE, tables=tables, notes=tuple(notes))


@dataclass(slots=True)
class _Row:
    """The description of a row while it is read."""

    edges: list[int] = field(default_factory=lambda: [0])
    merged: list[frozenset[str]] = field(default_factory=list)
    next: set[str] = field(default_factory=set)

    def shape(self) -> Shape:
        return Shape(tuple(self.edges), tuple(self.merged))


class _Reader:
    def __init__(self) -> None:
        self.flow = Flow()
        self.state = _State()
        self.stack: list[_State] = []
        self.encoding = "cp1252"
        self.charsets: dict[int, str] = {}
        self.parts: list[str] = []
        self.bytes = bytearray()
        self.skip = 0  # characters still to be passed over behind a \\u
        self.rows: dict[bool, _Row] = {False: _Row(), True: _Row()}  # of inner tables, or not
        self.star = False
        self.hidden = 0

    def walk(self, data: bytes) -> None:
        for token in _TOKEN.finditer(data):
            word, number, code, symbol, brace, text = token.groups()
            if brace:
                self.group(brace)
            elif word:
                self.word(word, int(number) if number else None)
            elif code:
                self.byte(bytes.fromhex(code.decode()))
            elif symbol:
                self.symbol(symbol)
            elif text:
                self.byte(text)

    def finished(self) -> list[Block]:
        self.end_paragraph()
        return self.flow.finished()

    def group(self, brace: bytes) -> None:
        self.star = False
        self.decode()
        if brace == b"{":
            if len(self.stack) >= _DEEPEST:
                raise Truncated("Its groups never end. Save it anew as .docx.")
            self.stack.append(self.state)
        elif self.stack:
            depth = self.state.depth
            self.state = self.stack.pop()
            if depth != self.state.depth and not self.state.skipped:
                # The depth of a paragraph is said once, and its group may end before it.
                self.state = replace(self.state, depth=depth)

    # ------------------------------------------------------------ characters

    def byte(self, data: bytes) -> None:
        if self.skip:
            taken = min(self.skip, len(data))
            self.skip -= taken
            data = data[taken:]
        if self.state.skipped or self.state.fonts:
            return
        if self.state.hidden:
            self.hidden += len(data)
            return
        self.bytes += data

    def decode(self) -> None:
        if self.bytes:
            encoding = self.charsets.get(self.state.font, self.encoding)
            if encoding == "cp1252" and self.encoding != "cp1252":
                encoding = self.encoding if max(self.bytes) > 0x7F else encoding
            self.parts.append(bytes(self.bytes).decode(encoding, "replace"))
            self.bytes.clear()

    def put(self, text: str) -> None:
        if self.state.skipped or self.state.fonts:
            return
        if self.state.hidden:
            self.hidden += 1
            return
        self.decode()
        self.parts.append(text)

    def symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self.star = True
        elif symbol in _SYMBOLS:
            if _SYMBOLS[symbol] == "\n":
                self.end_paragraph()
            else:
                self.put(_SYMBOLS[symbol])

    def paragraph(self) -> str:
        self.decode()
        text = "".join(self.parts).replace("\x0b", "\n")
        self.parts = []
        if any("\ud800" <= c <= "\udfff" for c in text):
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return text

    def end_paragraph(self) -> None:
        if not self.state.skipped:
            self.flow.paragraph(self.paragraph(), self.state.depth)

    # ------------------------------------------------------------ control words

    def word(self, word: bytes, number: int | None) -> None:
        star, self.star = self.star, False
        if word == b"u" and number is not None:
            self.put(chr(number & 0xFFFF))
            self.skip = self.state.fallback
        elif self.destination(word, star=star):
            return
        elif self.state.fonts or word in _FONT_WORDS:
            self.font(word, number)
        elif self.state.skipped and word != b"bin":
            return
        elif word in _WRITTEN:
            if _WRITTEN[word] == "\n":
                self.end_paragraph()
            else:
                self.put(_WRITTEN[word])
        else:
            self.table(word, number)

    def destination(self, word: bytes, *, star: bool) -> bool:
        """Where the text of a group goes: nowhere, for most of what is no text."""
        if word == b"fonttbl":
            self.state = replace(self.state, fonts=True)
        elif word == b"shptxt":
            self.state = replace(self.state, skipped=False)
        elif word == b"nesttableprops":
            self.state = replace(self.state, nested=True)
        elif word in _SKIPPED or (star and word not in _KEPT):
            self.state = replace(self.state, skipped=True)
        else:
            return False
        return True

    def font(self, word: bytes, number: int | None) -> None:
        if word == b"ansicpg":
            self.encoding = _PAGES.get(number or 0, "cp1252")
        elif word == b"f":
            self.decode()
            self.state = replace(self.state, font=number or 0)
        elif word == b"fcharset" and self.state.fonts:
            self.charsets[self.state.font] = _CHARSETS.get(number or 0, self.encoding)
        elif word == b"uc":
            self.state = replace(self.state, fallback=min(number or 0, 8))
        elif word in (b"v", b"deleted"):
            self.decode()
            self.state = replace(self.state, hidden=number != 0)
        elif word == b"plain":
            self.decode()
            self.state = replace(self.state, hidden=False)

    def table(self, word: bytes, number: int | None) -> None:
        row = self.rows[self.state.nested]
        if word == b"pard":
            self.state = replace(self.state, depth=0)
        elif word == b"intbl":
            self.state = replace(self.state, depth=max(1, self.state.depth))
        elif word == b"itap":
            self.state = replace(self.state, depth=min(max(0, number or 0), _DEEPEST_TABLE))
        elif word == b"trowd":
            self.rows[self.state.nested] = _Row()
        elif word == b"trleft":
            row.edges[0] = number or 0
        elif word in _MERGED:
            row.next.add(_MERGED[word])
        elif word == b"cellx" and len(row.merged) < _MOST_CELLS:
            row.edges.append(number or 0)
            row.merged.append(frozenset(row.next))
            row.next = set()
        elif word in (b"cell", b"nestcell"):
            self.flow.end_cell(self.paragraph(), self.level(inner=word == b"nestcell"))
        elif word in (b"row", b"nestrow"):
            inner = word == b"nestrow"
            self.flow.end_row(self.rows[inner].shape(), self.level(inner=inner))

    def level(self, *, inner: bool) -> int:
        """How deep the cell is that ends here."""
        return max(2, self.state.depth) if inner else 1


_FONT_WORDS = frozenset((b"ansicpg", b"f", b"fcharset", b"uc", b"v", b"deleted", b"plain"))
_KEPT = frozenset((b"shptxt", b"nesttableprops", b"shpinst"))
