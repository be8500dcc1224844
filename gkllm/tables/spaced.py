"""Words and numbers apart by spaces: aligned text, raw PDF order, one value per line.

        （三）不予   2.其他法律行政法规
          公开                            0   0   0   0   0   0   0
                     禁止公开

Nothing marks a border here. A cell is a word; its x is twice the middle of the word in its
line, counted in characters; x_wide counts a Chinese character as two (both kinds of aligned
text exist). A blank cell leaves no trace but a gap.
"""

from __future__ import annotations

import re

from gkllm.document import Cell, Grid, Section, Text

# A pipe between words is a border; one that stands for a digit is part of a number.
_WORD = re.compile(r"(?<!\S)(?:\d+\|\d*|\|\d+)(?!\S)|[^\s|]+|\|")
_WIDE = re.compile(r"[ᄀ-ᅟ⺀-꓏가-힣豈-﫿︰-﹏！-｠￠-￦“”‘’…—·〇○]")


def read(text: Text, section: Section) -> Grid:
    """Read words row by row; positions say where a word stands in its line."""
    rows: list[tuple[Cell, ...]] = []
    at = section.start
    for line in text.clean[section.start : section.end].split("\n"):
        start, at = at, at + len(line) + 1
        if not line.strip(" |"):
            continue
        printed = as_printed(text, start, line)
        cells = []
        width = done = 0
        for m in _WORD.finditer(line):
            width += breadth(printed[done : m.start()])
            wide = breadth(printed[m.start() : m.end()])
            middle = m.start() + m.end()
            cells.append(Cell(m[0], start + m.start(), start + m.end(), middle, 2 * width + wide))
            width += wide
            done = m.end()
        if cells:
            rows.append(tuple(cells))
    return Grid("spaced", tuple(rows), ruled=False)


def as_printed(text: Text, start: int, line: str) -> str:
    """A line of clean text as the source prints it, where full-width signs are two columns wide."""
    if not line:
        return line
    source = text.quote(start, start + len(line))
    return source if len(source) == len(line) else line


def breadth(piece: str) -> int:
    """How many columns of characters a piece fills: a Chinese character fills two."""
    return len(piece) if piece.isascii() else len(piece) + len(_WIDE.findall(piece))
