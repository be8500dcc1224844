"""Tables without lines > text aligned by spaces, as `pdftotext -layout` prints it.

Where no line shows the columns, only places do. A region of lines with wide gaps is set on a
raster of half characters (a Chinese character is two wide) that is the same for the whole
document, so that columns stay below each other over pages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from gkllm.load.pdf.lines import Row, columned, told, words_of
from gkllm.load.written import Part

_BETWEEN = 4  # lines with one word inside a table: wrapped labels
_COLUMN = 1.6  # of a character: a gap that separates columns rather than words
_WORD = 0.35  # a gap inside a table, where columns may nearly touch
_FEWEST = 3  # lines with several words that make a table
_WIDE = re.compile(r"[ᄀ-ᅟ⺀-꓏가-힣豈-﫿︰-﹏！-｠￠-￦“”‘’…—·〇○]")


def regions(rows: Sequence[Row], em: float) -> list[tuple[int, int]]:
    """[start, end) of the stretches of lines that are set in columns."""
    several = [columned(row, _COLUMN * em) for row in rows]
    found: list[tuple[int, int]] = []
    for at, wide in enumerate(several):
        if not wide:
            continue
        if found and at - found[-1][1] <= _BETWEEN:
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    return [(a, b) for a, b in found if sum(several[a:b]) >= _FEWEST]


def aligned(rows: Sequence[Row], left: float, unit: float, em: float) -> list[Part]:
    """Lines of a region as text; `unit` is the width of half a character in points."""
    out: list[Part] = []
    for row in rows:
        line = ""
        wide = 0
        for word in words_of(row, _WORD * em):
            text = word.text
            # Where letters are larger or smaller than the raster, their middle counts.
            spare = (word.x1 - word.x0) / unit - width(text)
            at = round((word.x0 - left) / unit + (spare / 2 if abs(spare) < _SPARE else 0))
            gap = max(at - wide, 1 if line else 0)
            line += " " * gap + text
            wide += gap + width(text)
        out.append(told(line, row.sure))
    return out


_SPARE = 3.0


def width(text: str) -> int:
    """Columns that a text takes on the raster."""
    return len(text) + len(_WIDE.findall(text))


def half_character(rows: Sequence[Row]) -> float:
    """The width of half a Chinese character in these lines, in points."""
    steps = sorted(
        b.x0 - a.x0
        for row in rows
        for a, b in pairwise(row.glyphs)
        if a.char > "\u2e80" and b.char > "\u2e80"
    )
    return max(1.0, steps[len(steps) // 2] / 2) if steps else 5.0
