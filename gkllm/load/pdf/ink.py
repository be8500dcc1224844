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
_MOST_PIXELS = 12_000_000
_CONTRAST = 24  # of 255 between the lightest and the darkest pixel


class Ink:
    """The grey pixels of a page; places are in its own coordinates, y growing upwards."""

    def __init__(self, page: Any, box: Any) -> None:
        wide, high = box.right - box.left, box.top - box.bottom
        scale = min(_SCALE, (_MOST_PIXELS / max(1.0, wide * high)) ** 0.5)
        # FPDF_RenderPage turns the page as /Rotate says; turn it back to its own coordinates.
        back = (4 - pdfium.FPDFPage_GetRotation(page)) % 4
        self._width, self._height = max(1, int(wide * scale)), max(1, int(high * scale))
        self._left, self._top, self._scale = box.left, box.top, scale
        bitmap = pdfium.FPDFBitmap_CreateEx(
            self._width, self._height, pdfium.FPDFBitmap_Gray, None, 0
        )
        try:
            pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, self._width, self._height, 0xFFFFFFFF)
            pdfium.FPDF_RenderPageBitmap(
                bitmap, page, 0, 0, self._width, self._height, back, pdfium.FPDF_GRAYSCALE
            )
            self._stride = pdfium.FPDFBitmap_GetStride(bitmap)
            size = self._stride * self._height
            self._pixels = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), size)
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)

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
