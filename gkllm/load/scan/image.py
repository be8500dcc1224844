"""Pixels of a page > a straight page in black and white, and the lines that are drawn on it.

Lengths are in pixels; `dpi` says how many of them an inch has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from gkllm.load.pdf.grid import joined
from gkllm.load.pdf.page import Line

Pixels = Any  # an array of bytes: rows of pixels

_STEEPEST = 5.0  # degrees that a page may lie askew
_LINE_ACROSS = 0.3  # of an inch: shorter strokes are those of characters
_LINE_UPRIGHT = 0.22
_THICKEST = 0.06
_REACH = 0.04  # how far the end of a line may be from the line where it ends
_PEN, _BAND = 3, 15  # pixels around the middle of a line that are it, or may be


@dataclass(frozen=True, slots=True)
class Straight:
    """A page that lies straight: grey pixels, ink (255 where there is any), and its lines.

    `ink` is without the lines, which would be taken for strokes of characters.
    """

    grey: Pixels
    ink: Pixels
    across: tuple[Line, ...]
    upright: tuple[Line, ...]
    dpi: float


def straightened(grey: Pixels, dpi: float) -> Straight:
    """Turn a page until its lines of text lie level, and take its lines out."""
    grey = _turned(grey, _askew(grey))
    ink = _ink(grey, dpi)
    raw_rows = _lines(ink, dpi, upright=False)
    raw_columns = _lines(ink, dpi, upright=True)
    rows = joined(_as_lines(raw_rows, dpi, upright=False), 5, 7)
    columns = joined(_as_lines(raw_columns, dpi, upright=True), 5, 7)
    columns = [line for line in columns if _held(line, rows, _REACH * dpi)]
    rows = [row for row in rows if row.end - row.start > dpi or _held(row, columns, _REACH * dpi)]
    mask = _mask(rows, columns, raw_rows | raw_columns)
    clean = grey.copy()
    clean[mask > 0] = int(np.median(grey))
    return Straight(
        clean, np.where(mask > 0, 0, ink).astype(np.uint8), tuple(rows), tuple(columns), dpi
    )


def _mask(rows: Sequence[Line], columns: Sequence[Line], strokes: Pixels) -> Pixels:
    """The pixels of lines: all strokes near them, and what they cross where they are faint."""
    band, middle = np.zeros_like(strokes), np.zeros_like(strokes)
    for row in rows:
        for pixels, pen in ((band, _BAND), (middle, _PEN)):
            cv2.line(pixels, _at(row.start, row.at), _at(row.end, row.at), (255,), pen)
    for line in columns:
        for pixels, pen in ((band, _BAND), (middle, _PEN)):
            cv2.line(pixels, _at(line.at, line.start), _at(line.at, line.end), (255,), pen)
    return cv2.dilate(strokes, np.ones((5, 5), np.uint8)) & band | middle


def _at(x: float, y: float) -> tuple[int, int]:
    return round(x), round(y)


def _held(line: Line, others: Sequence[Line], reach: float) -> bool:
    """Whether a line begins and ends at lines that cross it; strokes of characters do not."""
    ends = [False, False]
    for other in others:
        if other.start - reach <= line.at <= other.end + reach:
            ends[0] = ends[0] or abs(other.at - line.start) < reach
            ends[1] = ends[1] or abs(other.at - line.end) < reach
    return all(ends)


def _ink(grey: Pixels, dpi: float) -> Pixels:
    block = int(dpi / 5) | 1
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    return cv2.adaptiveThreshold(
        smooth, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 25
    )


def _askew(grey: Pixels) -> float:
    """Degrees by which a page must be turned: where its rows differ most from each other."""
    best, reach = 0.0, _STEEPEST
    # The finer the angle, the more pixels it takes to see it.
    for step, side in ((0.5, 700), (0.1, 1000), (0.025, 1800)):
        scale = min(1.0, side / max(grey.shape))
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        ink = (small < np.median(small) - 40).astype(np.float32)
        angles = np.arange(best - reach, best + reach + step / 2, step)
        scores = [_contrast(_turned(ink, float(angle), 0.0)) for angle in angles]
        best, reach = float(angles[int(np.argmax(scores))]), step
    return best


def _contrast(ink: Pixels) -> float:
    profile = ink.sum(axis=1)
    return float((np.diff(profile) ** 2).sum())


def _turned(pixels: Pixels, angle: float, paper: float | None = None) -> Pixels:
    if abs(angle) < 0.01:
        return pixels
    high, wide = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1.0)
    border = float(np.median(pixels)) if paper is None else paper
    return cv2.warpAffine(
        pixels,
        matrix,
        (wide, high),
        flags=cv2.INTER_CUBIC if paper is None else cv2.INTER_LINEAR,
        borderValue=(border, border, border),
    )


def _lines(ink: Pixels, dpi: float, *, upright: bool) -> Pixels:
    """The pixels of long straight strokes in one direction."""
    length = int((_LINE_UPRIGHT if upright else _LINE_ACROSS) * dpi)
    bridge: Pixels = np.ones((1, 3) if upright else (3, 1), np.uint8)
    along: Pixels = np.ones((length, 1) if upright else (1, length), np.uint8)
    return cv2.morphologyEx(cv2.dilate(ink, bridge), cv2.MORPH_OPEN, along)


def _as_lines(mask: Pixels, dpi: float, *, upright: bool) -> list[Line]:
    """Stretches of pixels > lines along their middle; black areas are none."""
    found = []
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for x, y, wide, high, _ in stats[1:]:
        thick = wide if upright else high
        if thick > _THICKEST * dpi + 3:
            continue
        if upright:
            found.append(Line(float(x + wide / 2), float(y), float(y + high)))
        else:
            found.append(Line(float(y + high / 2), float(x), float(x + wide)))
    return found


def boxes_of_ink(ink: Pixels, em: float, speck: float) -> list[tuple[int, int, int, int]]:
    """Lines of characters in a piece of a page: (x0, y0, x1, y1) from top to bottom.

    A character may itself have gaps between its strokes (三), so what together is no higher than
    a character is one line.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    small = [i for i in range(1, len(stats)) if stats[i][4] < speck]
    if small:
        ink = np.where(np.isin(labels, small), 0, ink).astype(np.uint8)
    full = (ink.sum(axis=1) > 0).astype(np.int8)
    edges = np.diff(np.concatenate(([0], full, [0])))
    runs = list(zip(np.where(edges == 1)[0], np.where(edges == -1)[0], strict=True))
    lines: list[tuple[int, int]] = []
    for top, bottom in runs:
        if lines and bottom - lines[-1][0] <= 1.15 * em and top - lines[-1][1] < 0.55 * em:
            lines[-1] = (lines[-1][0], int(bottom))
        else:
            lines.append((int(top), int(bottom)))
    found = []
    for top, bottom in lines:
        columns = np.where(ink[top:bottom].sum(axis=0) > 0)[0]
        found.append((int(columns[0]), top, int(columns[-1]) + 1, bottom))
    return found
