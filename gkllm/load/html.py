"""HTML > paragraphs and tables: what a browser would show of it, before anything is chosen.

Tables are read innermost first. A row that holds a table, or a long text beside other cells, is
layout: its cells come one below the other. All other rows stay rows, with their merged cells
in place. The text of a cell is joined without anything between inline tags (a number may be cut
by spans), and by a line break where the page has one. What a style hides is left out and told,
unless it is most of the page (a page of tabs hides all but one).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote

from gkllm.load.written import Block, Piece

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header html li main nav ol option p pre section table td th tr "
    "ul".split()
)
_SKIPPED = frozenset("script style template select button noscript svg iframe object".split())
_CLOSED_BY_BLOCK = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6"))
_HEADINGS = _CLOSED_BY_BLOCK - {"p"}
_CELLS = ("td", "th")
# How far up an end tag may look for what it ends: never out of its cell.
_BORDERS = {"td": ("table",), "th": ("table",), "tr": ("table",), "table": ()}
_CELL_BORDERS = ("td", "th", "table")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?![.\d])"
    r"|(?:left|top|text-indent)\s*:\s*-\d{4}|opacity\s*:\s*0(?![.\d])|line-through",
    re.I,
)
_FOR_READERS = re.compile(r"(?<![\w-])(?:sr-only|visually-hidden)(?![\w-])")  # of the screen
_DELETED = ("del", "s", "strike")
_SPACE = re.compile(r"[ \t\n\r\f]+")
_BLANK = " \t\n\r\f\x00"  # \x00 as `_folded_space` writes it
_BETWEEN_CHINESE = re.compile(r"(?<=[\u2e80-\uffef])\x00(?=[\u2e80-\uffef])")
_DEEPEST = 500  # elements inside each other; deeper ones end no container
_WIDEST = 200  # columns of a table
_TALLEST = 1000  # rows that a cell may cover
_LONG = 400  # characters of a cell that holds an article rather than a label
_ICON = 60  # pixels; smaller pictures are decoration
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


@dataclass(eq=False, slots=True)
class Node:
    """A container of the page; `depth` counts from the root."""

    tag: str
    parent: Node | None
    depth: int


@dataclass(frozen=True, slots=True)
class Item:
    """A paragraph or a table with the container that it stands in.

    `linked` is the share of its characters that are links. A picture is the paragraph "".
    """

    block: Block
    node: Node
    linked: float = 0.0
    heading: bool = False

    @property
    def text(self) -> str:
        """Its characters; those of a table cell by cell."""
        if isinstance(self.block, str):
            return self.block
        return "\n".join(piece.text for row in self.block for piece in row)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows, its <title>, and how many characters of it are hidden."""

    items: tuple[Item, ...]
    title: str = ""
    hidden: int = 0


@dataclass(eq=False, slots=True)
class _Cell:
    column: int
    colspan: int
    rowspan: int
    items: list[Item] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class _Table:
    """An open table: finished rows, and how many rows each column is still covered."""

    node: Node
    rows: list[list[_Cell]] = field(default_factory=list)
    covered: dict[int, int] = field(default_factory=dict)
    open: bool = False  # a row is open

    def begin_row(self) -> None:
        if self.rows:
            self.covered = {c: n - 1 for c, n in self.covered.items() if n > 1}
        self.rows.append([])
        self.open = True

    def begin_cell(self, colspan: int, rowspan: int) -> _Cell:
        if not self.open:
            self.begin_row()
        row = self.rows[-1]
        column = row[-1].column + row[-1].colspan if row else 0
        while self.covered.get(column):
            column += 1
        column = min(column, _WIDEST - 1)
        cell = _Cell(column, min(colspan, _WIDEST - column), rowspan)
        row.append(cell)
        if rowspan > 1:
            for c in range(column, column + cell.colspan):
                self.covered[c] = max(self.covered.get(c, 0), rowspan)
        elif self.covered:
            for c in range(column, column + cell.colspan):
                self.covered.pop(c, None)
        return cell


def parse(markup: str) -> Page:
    """Read a page; what is hidden stays out unless it is most of the page."""
    reader = _read(markup, hide=True)
    if reader.hidden and (reader.stuck or reader.hidden > reader.shown):
        reader = _read(markup, hide=False)
    return Page(tuple(reader.items), "".join(reader.title).strip(), reader.hidden)


def _read(markup: str, *, hide: bool) -> _Reader:
    reader = _Reader(hide=hide)
    reader.feed(_bounded(markup))
    reader.close()
    reader.end()
    return reader


def _bounded(markup: str) -> str:
    """Markup whose open ends are closed: a parser looks for each of them to the end of the page.

    >>> _bounded("<p>1<!-- a --><b>2<!-- <!-- 3 <i 4 <u 5")
    '<p>1<!-- a --><b>2  3 &lt;i 4 &lt;u 5'
    """
    at = markup.find("<!--", max(0, markup.rfind("-->")))
    if at >= 0:
        markup = markup[:at] + markup[at:].replace("<!--", "")
    end = markup.rfind(">") + 1
    return markup[:end] + markup[end:].replace("<", "&lt;") if "<" in markup[end:] else markup


class _Reader(HTMLParser):
    """The walk over the tags."""

    def __init__(self, *, hide: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.hide = hide
        self.items: list[Item] = []
        self.title: list[str] = []
        self.hidden = self.shown = 0
        self.stack: list[Node] = [Node("", None, 0)]
        self.into: list[tuple[_Table | None, list[Item]]] = [(None, self.items)]
        self.words: list[str] = []
        self.chars = self.link_chars = self.links = 0
        self.skipping: list[str] = []  # open elements inside what is not shown, outermost first
        self.in_title = self.in_hidden = False
        self.deep = 0

    @property
    def stuck(self) -> bool:
        """Whether a hidden element was never ended."""
        return self.in_hidden

    # ------------------------------------------------------------ tags

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.skipping:
            self._skip(tag, attrs)
            return
        if tag in ("br", "hr"):
            self.words.append("\n")
        elif tag == "img":
            self._picture(attrs)
        elif tag in _SKIPPED:
            self._start_skipping(tag, hidden=False)
        elif tag == "title":
            self.in_title = True
        elif tag not in _VOID and not self._is_left_out(tag, attrs):
            if tag in _BLOCKS:
                self._open(tag, attrs)
            elif tag == "a":
                self.links += 1

    def handle_endtag(self, tag: str) -> None:
        if self.skipping and not self._end_skipped(tag):
            return
        if tag in _BLOCKS:
            self._close(tag)
        elif tag == "a":
            self.links = max(0, self.links - 1)
        elif tag == "title":
            self.in_title = False
        elif tag == "br":
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if self.skipping:
            if self.in_hidden:
                self.hidden += len(data.strip())
        elif self.in_title:
            self.title.append(data)
        else:
            if self.stack[-1].tag != "pre":
                data = _SPACE.sub(_folded_space, data)
            self.words.append(data)
            self.chars += len(data)
            if self.links:
                self.link_chars += len(data)

    def updatepos(self, i: int, j: int) -> int:
        """Lines are not counted: nobody asks for the place of a tag."""
        return j

    def unknown_decl(self, data: str) -> None:
        """Word writes <![if …]> everywhere; it shows nothing."""

    # ------------------------------------------------------------ what is not shown

    def _is_left_out(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> bool:
        """Whether an element is hidden, or numbers a note behind a number; then it is skipped."""
        hidden = self.hide and _is_hidden(tag, attrs)
        note = tag == "sup" and bool(self.words) and self.words[-1][-1:].isdigit()
        if hidden or note:
            self._start_skipping(tag, hidden=hidden)
        return hidden or note

    def _start_skipping(self, tag: str, *, hidden: bool) -> None:
        if tag in _CELLS or tag == "tr":
            self._flush()
            self._close_to(_CELLS if tag in _CELLS else ("tr",))
        self.skipping = [tag]
        self.in_hidden = hidden

    def _skip(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        outer = self.skipping[0]
        if tag == outer == self.skipping[-1] and outer in ("p", "li", "tr", *_CELLS):
            self._stop_skipping()  # it was never ended, and its next sibling begins
            self.handle_starttag(tag, attrs)
        elif (tag in _BLOCKS or tag == outer) and len(self.skipping) < _DEEPEST:
            self.skipping.append(tag)

    def _end_skipped(self, tag: str) -> bool:
        """End an element inside what is not shown; whether it ends something outside of it."""
        if tag in self.skipping:
            while self.skipping.pop() != tag:
                pass
            self.in_hidden = self.in_hidden and bool(self.skipping)
        elif self.skipping[0] in _CELLS and tag in ("tr", "table"):
            self._stop_skipping()
            return True
        return False

    def _stop_skipping(self) -> None:
        self.skipping = []
        self.in_hidden = False

    def _picture(self, attrs: Sequence[tuple[str, str | None]]) -> None:
        sizes = [int(v) for k, v in attrs if k in ("width", "height") and v and v.isdecimal()]
        if not self.links and all(size > _ICON for size in sizes):
            self._flush()
            self.into[-1][1].append(Item("", self.stack[-1]))

    # ------------------------------------------------------------ containers

    def _open(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self._flush()
        if self.stack[-1].tag in _CLOSED_BY_BLOCK:
            self.stack.pop()
        if tag in _CELLS:
            self._close_to(_CELLS)
        elif tag == "tr":
            self._close_to(("tr",))
        elif tag == "li" and self.stack[-1].tag == "li":
            self.stack.pop()
        if len(self.stack) >= _DEEPEST:
            self.deep += 1
            return
        parent = self.stack[-1]
        node = Node(tag, parent, parent.depth + 1)
        self.stack.append(node)
        table = self.into[-1][0]
        if tag == "table":
            self.into.append((_Table(node), self.into[-1][1]))
        elif tag == "tr" and table is not None:
            table.begin_row()
        elif tag in _CELLS and table is not None:
            spans = dict(attrs)
            wide, tall = spans.get("colspan"), spans.get("rowspan")
            cell = table.begin_cell(
                _span(wide, _WIDEST) if wide else 1, _span(tall, _TALLEST) if tall else 1
            )
            self.into[-1] = (table, cell.items)

    def _close(self, tag: str) -> None:
        self._flush()
        borders = _BORDERS.get(tag, _CELL_BORDERS)
        for at in range(len(self.stack) - 1, 0, -1):
            found = self.stack[at].tag
            if found == tag:
                self._pop_to(at)
                return
            if found in borders:
                break
        if tag == "p":
            self.words.append("\n")

    def _close_to(self, tags: Sequence[str]) -> None:
        """End the cell or the row that is open in this table."""
        for at in range(len(self.stack) - 1, 0, -1):
            if self.stack[at].tag in tags:
                self._pop_to(at)
                return
            if self.stack[at].tag == "table":
                return

    def _pop_to(self, at: int) -> None:
        while len(self.stack) > at:
            node = self.stack.pop()
            table, _ = self.into[-1]
            if table is None:
                continue
            if node is table.node:
                self.into.pop()
                self.into[-1][1].extend(_items_of(table))
            elif node.tag in _CELLS:
                # Text between cells belongs before the table.
                self.into[-1] = (table, self.into[-2][1])
            elif node.tag == "tr":
                table.open = False

    # ------------------------------------------------------------ text

    def _flush(self) -> None:
        if not self.words:
            return
        text = "".join(self.words)
        if not text.strip(_BLANK):
            self.words, self.chars, self.link_chars = [], 0, 0
            return
        text = _BETWEEN_CHINESE.sub("", text).replace("\x00", " ")
        linked = self.link_chars / self.chars if self.chars else 0.0
        self.words, self.chars, self.link_chars = [], 0, 0
        node = self.stack[-1]
        for line in (line.strip(" \t\r\f") for line in text.split("\n")):
            if line:
                self.shown += len(line)
                self.into[-1][1].append(Item(line, node, linked, heading=node.tag in _HEADINGS))

    def end(self) -> None:
        """End all that is still open."""
        self._flush()
        self._pop_to(1)


def _folded_space(match: re.Match[str]) -> str:
    """A line break of the markup is a space, or nothing between Chinese characters."""
    return "\x00" if "\n" in match[0] or "\r" in match[0] else " "


def _is_hidden(tag: str, attrs: Sequence[tuple[str, str | None]]) -> bool:
    return tag in _DELETED or any(
        k == "hidden"
        or (k == "style" and v and _HIDDEN.search(v))
        or (k == "class" and v and _FOR_READERS.search(v))
        for k, v in attrs
    )


def _span(value: str | None, most: int) -> int:
    """A colspan or rowspan; 0 and what is no number are 1, as browsers take them."""
    digits = (value or "").strip().strip("\"'")
    return min(max(1, int(digits)), most) if digits.isdecimal() and len(digits) < 9 else 1


# ---------------------------------------------------------------- tables


def _items_of(table: _Table) -> Iterator[Item]:
    """A finished table: runs of its rows as tables, and between them the rows that are layout."""
    rows: list[list[_Cell]] = []
    for row in table.rows:
        if _is_layout(row):
            yield from _tabular(rows, table.node)
            rows = []
            for cell in row:
                yield from cell.items
        elif row:
            rows.append(row)
    yield from _tabular(rows, table.node)


def _is_layout(row: Sequence[_Cell]) -> bool:
    for cell in row:
        if any(not isinstance(item.block, str) for item in cell.items):
            return True
        if len(row) > 1 and sum(len(item.text) for item in cell.items) > _LONG:
            return True
    return False


def _tabular(rows: Sequence[Sequence[_Cell]], node: Node) -> Iterator[Item]:
    """Rows as a table; where they have one cell each, as what stands in it."""
    inner = [item for row in rows for cell in row for item in cell.items]
    if max((len(row) for row in rows), default=0) < 2:
        yield from inner
        return
    chars = sum(len(item.text) for item in inner)
    linked = sum(len(item.text) * item.linked for item in inner) / max(1, chars)
    yield Item(tuple(tuple(_piece(cell) for cell in row) for row in rows), node, linked)


def _piece(cell: _Cell) -> Piece:
    items = cell.items
    text = items[0].text if len(items) == 1 else "\n".join(item.text for item in items)
    return Piece(text, cell.column, cell.colspan, cell.rowspan)


# ---------------------------------------------------------------- pages stored inside scripts

_STRING = re.compile(
    r'"(?:[^"\\]|\\.){200,}"|\'(?:[^\'\\]|\\.){200,}\'|`(?:[^`\\]|\\.){200,}`', re.S
)
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrt])|(.))", re.S)
_CHINESE = re.compile("[一-鿿]")
_ESCAPES = 10  # in a piece of a script; a page holds none outside of its scripts
_WRITTEN = {"n": "\n", "r": "\r", "t": "\t"}
_SCRIPT = re.compile(r"<script\b[^>]*>(.*?)</script", re.I | re.S)


def unescaped(text: str) -> str:
    r"""A string as a script writes it > what it says.

    >>> unescaped(r'<td class=\"a\">\u89c4\u7ae0<\/td>\n')
    '<td class="a">规章</td>\n'
    """
    return _ESCAPED.sub(_said, text)


def _said(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code:
        return chr(int(code, 16))
    return _WRITTEN[match[3]] if match[3] else match[4]


_PERCENT = re.compile("%3c", re.I)


def stored(markup: str) -> str | None:
    """The longest page that a script of this one holds as a string, if there is one."""
    found = ""
    for script in _SCRIPT.finditer(markup):
        for string in _STRING.finditer(script[1]):
            text = unescaped(string[0][1:-1])
            if "<" not in text and _PERCENT.search(text):
                text = unquote(text)  # decodeURIComponent("%3Cp%3E…")
            if "<" not in text and "&lt;" not in text:
                continue
            if len(_CHINESE.findall(text)) > len(_CHINESE.findall(found)):
                found = text
    return found or None


def string_of(text: str) -> str:
    """The markup inside a JSON answer or a string of a script; other text as it is."""
    bare = text.strip().lstrip("\ufeff")
    if bare[:1] in ("{", "[", '"'):
        try:
            return max(_strings(json.loads(bare)), key=len, default=text)
        except (ValueError, RecursionError):
            pass
    if bare.count('\\"') + bare.count("<\\/") > _ESCAPES and not _SCRIPT.search(bare):
        return unescaped(bare.strip("\"'"))
    return text


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value if isinstance(value, list) else value.values():
            yield from _strings(inner)
