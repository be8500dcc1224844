"""A page as it looks, to tell text that is seen from text that is only there.

Text can be hidden in many ways: drawn without ink, in white, under a patch, in a layer that is
switched off, outside a clipping path. All of them leave no mark on the page, so a page that has
anything suspicious is drawn in grey, and characters without contrast are left out.
"""

from __future__ import annotations

import ctypes
from typing import Any

import pypdfium2.raw as pdfium

_SCALE = 2.0  # pixels per point
MOST_PIXELS = 12_000_000
_CONTRAST = 24  # of 255 between the lightest and the darkest pixel


def drawn(page: Any, scale: float, turn: int = 0) -> tuple[bytes, int, int, int]:
    """A page as grey pixels: rows of bytes, width, height, length of a row.

    `scale` in pixels per point; it shrinks where the page is larger than any paper.
    """
    wide, high = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    if turn % 2:
        wide, high = high, wide
    scale = min(scale, (MOST_PIXELS / max(1.0, wide * high)) ** 0.5)
    width, height = max(1, int(wide * scale)), max(1, int(high * scale))
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_Gray, None, 0)
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, turn, pdfium.FPDF_GRAYSCALE)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        pixels = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * height)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    return pixels, width, height, stride


class Ink:
    """The grey pixels of a page; places are in its own coordinates, y growing upwards."""

    def __init__(self, page: Any, box: Any) -> None:
        wide, high = box.right - box.left, box.top - box.bottom
        scale = min(_SCALE, (MOST_PIXELS / max(1.0, wide * high)) ** 0.5)
        # Drawing turns the page as its /Rotate says; turn it back to its own coordinates.
        back = (4 - pdfium.FPDFPage_GetRotation(page)) % 4
        self._left, self._top, self._scale = box.left, box.top, scale
        self._pixels, self._width, self._height, self._stride = drawn(page, scale, back)

    def shows(self, x0: float, y0: float, x1: float, y1: float) -> bool:
        """Whether anything stands out in a box."""
        left = max(0, int((x0 - self._left) * self._scale))
        right = min(self._width, int((x1 - self._left) * self._scale) + 1)
        top = max(0, int((self._top - y1) * self._scale))
        bottom = min(self._height, int((self._top - y0) * self._scale) + 1)
        lightest, darkest = 0, 255
        for y in range(top, bottom):
            row = self._pixels[y * self._stride + left : y * self._stride + right]
            if row:
                lightest, darkest = max(lightest, *row), min(darkest, *row)
        return lightest - darkest >= _CONTRAST
