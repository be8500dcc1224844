"""A straight page > its tables, cell by cell, and the lines outside of them.

Inside a table the lines of the grid say where each number stands, so cells are cut out and read
one by one: nothing is missed because it is small, and nothing slips into the next column. What
looks like a number is read twice, from two different cuts, and where that leaves doubt once more
from smoothed pixels; only what is read alike is sure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import cv2
import numpy as np

from gkllm.load.pdf import Sheet
from gkllm.load.pdf.grid import Cell, Lattice, lattices
from gkllm.load.pdf.lines import rows_of
from gkllm.load.pdf.page import Glyph, Line, Page
from gkllm.load.pdf.stitch import ruled
from gkllm.load.scan.image import Straight, boxes_of_ink
from gkllm.load.scan.recognise import cut, lines_on, read_lines

_CHARACTER = 0.145  # of an inch: 10.5 points, what most tables are set in
_UNREAD = "\ufffd"
_SURE = 0.9
_UNLIKE = 0.5  # a number that was read in two ways
_NUMBER = re.compile(r"[^\u4e00-\u9fff]{1,12}|[一口〇]")
_TIGHT, _LOOSE = 1.15, 1.5  # of a character's height: the two heights that lines are cut to


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of characters that was cut out of a cell."""

    cell: Cell
    box: tuple[int, int, int, int]


def sheet(page: Straight, number: int) -> Sheet:
    """Read a straight page."""
    points = 72 / page.dpi
    across, upright = ([_scaled(line, points) for line in ls] for ls in (page.across, page.upright))
    found = lattices(across, upright, 10.0)
    _read_cells(page, found, points)
    left = _read_outside(page, found, points)
    high, wide = (side * points for side in page.grey.shape)
    glyphs = (*left, *(g for lattice in found for cell in lattice.cells for g in cell.glyphs))
    tables = [(lattice.ys[0], ruled(lattice)) for lattice in found]
    return Sheet(
        Page(number, wide, high, glyphs, tuple(across), tuple(upright)),
        tuple((top, table) for top, table in tables if table is not None),
        tuple(rows_of(left)),
    )


def _scaled(line: Line, points: float) -> Line:
    return Line(line.at * points, line.start * points, line.end * points)


# ---------------------------------------------------------------- cells


def _read_cells(page: Straight, found: Sequence[Lattice], points: float) -> None:
    """Put what is written in the cells of tables into them."""
    em = _height(page, found, points)
    lines = [
        _Line(cell, box)
        for lattice in found
        for cell in lattice.cells
        for box in _boxes(page, cell, points, em)
    ]
    readings = read_lines([cut(page.grey, line.box, _TIGHT * em) for line in lines])
    numeric = [i for i, (text, _) in enumerate(readings) if _NUMBER.fullmatch(text)]
    again = read_lines([cut(page.grey, lines[i].box, _LOOSE * em) for i in numeric])
    second = dict(zip(numeric, again, strict=True))
    unsure = [i for i in numeric if min(readings[i][1], second[i][1]) < _SURE]
    smooth = cv2.medianBlur(page.grey, 3) if unsure else page.grey
    last = read_lines([cut(smooth, lines[i].box, _TIGHT * em) for i in unsure])
    third = dict(zip(unsure, last, strict=True))
    for i, (line, first) in enumerate(zip(lines, readings, strict=True)):
        same = [first, *(more[i] for more in (second, third) if i in more)]
        text, sure = first[0], _agreed(same)
        line.cell.glyphs.extend(_glyphs(text.strip() or _UNREAD, line.box, points, em, sure))


def _agreed(readings: Sequence[tuple[str, float]]) -> float:
    """How sure readings of one line are together: three that agree are as sure as the best."""
    scores = [score for _, score in readings]
    if len({text for text, _ in readings}) > 1:
        return min(*scores, _UNLIKE)
    return max(scores) if len(scores) > 2 else min(scores)


def _height(page: Straight, found: Sequence[Lattice], points: float) -> float:
    """The height of characters in pixels, by the lines that are wider than high."""
    usual = _CHARACTER * page.dpi
    heights = [
        y1 - y0
        for lattice in found
        for cell in lattice.cells
        for x0, y0, x1, y1 in _boxes(page, cell, points, usual)
        if x1 - x0 > 3 * (y1 - y0)
    ]
    return median(heights) * 1.05 if heights else usual


def _boxes(page: Straight, cell: Cell, points: float, em: float) -> list[tuple[int, int, int, int]]:
    left, top = int(cell.x0 / points) + 2, int(cell.y0 / points) + 2
    ink = page.ink[top : int(cell.y1 / points) - 1, left : int(cell.x1 / points) - 1]
    if not ink.size or not ink.any():
        return []
    speck = (page.dpi / 200) ** 2 * 7
    boxes = boxes_of_ink(ink, em, speck)
    return [(x0 + left, y0 + top, x1 + left, y1 + top) for x0, y0, x1, y1 in boxes]


def _glyphs(
    text: str, box: tuple[float, float, float, float], points: float, em: float, score: float
) -> list[Glyph]:
    """Characters spread over the box of their line; a Chinese character is two wide."""
    x0, y0, x1, y1 = (side * points for side in box)
    middle, half = (y0 + y1) / 2, em * points / 2
    weights = [2.0 if char > "\u2e80" else 1.0 for char in text]
    step = (x1 - x0) / sum(weights)
    found, x = [], x0
    for char, weight in zip(text, weights, strict=True):
        end = x + step * weight
        if not char.isspace():
            found.append(Glyph(char, x, middle - half, end, middle + half, middle, score))
        x = end
    return found


# ---------------------------------------------------------------- outside


def _read_outside(page: Straight, found: Sequence[Lattice], points: float) -> list[Glyph]:
    """Find and read the lines outside of tables."""
    grey = page.grey.copy()
    paper = int(np.median(grey))
    for lattice in found:
        x0, y0, x1, y1 = (round(side / points) for side in lattice.box)
        grey[max(0, y0 - 3) : y1 + 3, max(0, x0 - 3) : x1 + 3] = paper
    # Boxes are found with some paper around their characters.
    return [
        glyph
        for line in lines_on(grey)
        for glyph in _glyphs(
            line.text, line.box, points, 0.75 * (line.box[3] - line.box[1]), line.score
        )
    ]
