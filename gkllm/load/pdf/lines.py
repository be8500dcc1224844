"""Characters > lines of text, and lines > paragraphs, as the page shows them.

The order in which a file draws its characters says nothing; only their places do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from gkllm.load.pdf.page import Glyph
from gkllm.load.written import Paragraph, Part

_LEVEL = 0.22  # of a character's height: how far apart the base lines of one line may be
_SPACE = 0.3  # of the height: a gap that is a space between letters or digits
_WIDE_SPACE = 0.9  # the same between Chinese characters, which justified text spreads
_FULL = 2.2  # how much shorter than the measure a line may be that goes on in the next
_INDENT = 0.9
_LEADING = 2.6  # of the height: lines further apart belong to different paragraphs


@dataclass(frozen=True, slots=True)
class Row:
    """A line of text: its characters from left to right and its box."""

    glyphs: tuple[Glyph, ...]
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2

    @property
    def text(self) -> str:
        return spell(self.glyphs)

    @property
    def sure(self) -> float:
        return min(glyph.sure for glyph in self.glyphs)


def usual_height(glyphs: Iterable[Glyph]) -> float:
    """The height of most characters; 10 where there are none."""
    heights = [g.y1 - g.y0 for g in glyphs]
    return median(heights) if heights else 10.0


def rows_of(glyphs: Sequence[Glyph]) -> list[Row]:
    """Characters > lines from top to bottom; a character that is drawn twice counts once."""
    rows: list[list[Glyph]] = []
    base = -1e9
    for glyph in sorted(glyphs, key=_base):
        if glyph.base - base > _LEVEL * (glyph.y1 - glyph.y0):
            rows.append([])
            base = glyph.base
        rows[-1].append(glyph)
    return [_row(row) for row in rows]


def _base(glyph: Glyph) -> float:
    return glyph.base


def _row(glyphs: list[Glyph]) -> Row:
    if len(glyphs) > 1:
        glyphs.sort(key=_left)
        doubles = [i for i, (a, b) in enumerate(pairwise(glyphs), 1) if _same(a, b)]
        if doubles:
            glyphs = [g for i, g in enumerate(glyphs) if i not in doubles]
    return _boxed(glyphs)


def _boxed(glyphs: list[Glyph]) -> Row:
    """The box of a line; characters mostly have one height, so most of them decide nothing."""
    x0, y0, x1, y1 = glyphs[0][1:5]
    for glyph in glyphs:
        x1 = glyph.x1 if glyph.x1 > x1 else x1
        y0 = glyph.y0 if glyph.y0 < y0 else y0
        y1 = glyph.y1 if glyph.y1 > y1 else y1
    return Row(tuple(glyphs), x0, y0, x1, y1)


def _left(glyph: Glyph) -> float:
    return glyph.x0


def _same(a: Glyph, b: Glyph) -> bool:
    """The same character a little aside: how some programs print bold.

    The two letters of a ligature (ff) come with one box, and are two.
    """
    ligature = a.x0 == b.x0 and a.char.isascii() and a.char.isalpha()
    return a.char == b.char and b.x0 - a.x0 < 0.25 * (a.x1 - a.x0) and not ligature


def spell(glyphs: Sequence[Glyph]) -> str:
    """The characters of a line with spaces where gaps are seen."""
    if not glyphs:
        return ""
    parts = [glyphs[0].char]
    for a, b in pairwise(glyphs):
        gap = b.x0 - a.x1
        height = max(a.y1 - a.y0, b.y1 - b.y0)
        wide = a.char > "\u2e80" and b.char > "\u2e80"
        if gap > (_WIDE_SPACE if wide else _SPACE) * height:
            parts.append(" ")
        parts.append(b.char)
    return "".join(parts)


def words_of(row: Row, gap: float) -> list[Row]:
    """A line cut at gaps wider than so many points."""
    cuts = [i for i, (a, b) in enumerate(pairwise(row.glyphs), 1) if b.x0 - a.x1 > gap]
    if not cuts:
        return [row]
    ends = [0, *cuts, len(row.glyphs)]
    return [_boxed(list(row.glyphs[a:b])) for a, b in pairwise(ends)]


def columned(row: Row, gap: float) -> bool:
    """Whether a line has gaps wider than so many points."""
    return any(b.x0 - a.x1 > gap for a, b in pairwise(row.glyphs))


# ---------------------------------------------------------------- line numbers

_FEWEST_COUNTED = 10  # lines that are counted in their margin
_MOST = 0.7  # of all lines outside of tables


def uncounted(pages: Sequence[Sequence[Row]]) -> list[tuple[Row, ...]]:
    """The lines of the pages without the numbers in the margin that count them: 1, 2, 3 and so on.

    A word processor counts no lines of tables.
    """
    counted: set[int] = set()
    number = 0
    for row in (row for rows in pages for row in rows):
        word = _first_word(row).text
        if word in ("1", str(number + 1)):  # each page may begin anew
            number = int(word)
            counted.add(id(row))
    if len(counted) < max(_FEWEST_COUNTED, _MOST * sum(map(len, pages))):
        return [tuple(rows) for rows in pages]
    return [
        tuple(left for row in rows for left in (_behind(row) if id(row) in counted else [row]))
        for rows in pages
    ]


def _first_word(row: Row) -> Row:
    return words_of(row, _SPACE * row.height)[0]


def _behind(row: Row) -> list[Row]:
    """What a line has behind its first word, if anything."""
    rest = list(row.glyphs[len(_first_word(row).glyphs) :])
    return [_boxed(rest)] if rest else []


# ---------------------------------------------------------------- paragraphs


def paragraphs(rows: Sequence[tuple[int, Row]], left: float, right: float) -> list[Part]:
    """Lines (with the number of their page) > paragraphs; `left` and `right` are the margins.

    A paragraph goes on in the next line if its line is full and the next is not indented.
    """
    if not rows:
        return []
    texts, sure = [rows[0][1].text], [rows[0][1].sure]
    for (page, row), (following, below) in pairwise(rows):
        em = max(row.height, 1.0) / 1.2
        full = right - row.x1 < _FULL * em and below.x0 - left < _INDENT * em
        alike = abs(row.height - below.height) < 0.2 * row.height
        near = following != page or below.middle - row.middle < _LEADING * em
        if full and alike and near:
            texts[-1], sure[-1] = _joined(texts[-1], below.text), min(sure[-1], below.sure)
        else:
            texts.append(below.text)
            sure.append(below.sure)
    return [told(text, s) for text, s in zip(texts, sure, strict=True)]


def told(text: str, sure: float) -> str | Paragraph:
    """A paragraph as it is written."""
    return Paragraph(text, sure) if sure < 1 else text


def _joined(above: str, below: str) -> str:
    wide = above[-1:] > "\u2e80" or below[:1] > "\u2e80"
    digits = above[-1:].isdigit() and below[:1].isdigit()
    return above + ("" if wide or digits else " ") + below


# ---------------------------------------------------------------- what pages repeat

_NUMBERED = re.compile(
    r"[-—–―·.\s]*(?:第\s*)?(\d{1,3})(?:\s*页)?[-—–―·.\s]*(?:[/共]\s*(?:共\s*)?\d{1,3}\s*页?)?"
)
_PLAIN = re.compile(r"\d{1,3}")
_EDGE = 0.12  # of the page's height: where heads and feet stand


def furniture(pages: Sequence[tuple[float, Sequence[Row]]]) -> set[tuple[int, int]]:
    """(page, line) of page numbers, and of lines that pages repeat at their head or foot.

    `pages` are heights and lines outside of tables. A bare number is a page number only where
    it counts the pages; the first of the repeated lines is kept.
    """
    edges = [
        (page, at, row)
        for page, (height, rows) in enumerate(pages)
        for at, row in enumerate(rows)
        if row.y1 < _EDGE * height or row.y0 > (1 - _EDGE) * height
    ]
    found: set[tuple[int, int]] = set()
    bare: dict[int, list[tuple[int, int]]] = {}
    seen: dict[tuple[str, int], tuple[int, int]] = {}
    for page, at, row in edges:
        text = row.text.strip()
        number = _NUMBERED.fullmatch(text)
        if number and not _PLAIN.fullmatch(text):
            found.add((page, at))
        elif number:
            bare.setdefault(int(number[1]) - page, []).append((page, at))
        else:
            place = (text, round(row.middle / 3))
            if place in seen and seen[place][0] != page:
                found.add((page, at))
            seen.setdefault(place, (page, at))
    for offset, places in bare.items():
        if len({page for page, _ in places}) > 1 or (len(pages) == 1 and offset == 1):
            found |= set(places)
    return found
