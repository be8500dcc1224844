# ruff: noqa: S311 - seeded documents, nothing to keep secret
"""Scans: what a picture shows is what its PDF says, or it is open. Needs the extra gkllm[ocr]."""

from __future__ import annotations

from random import Random

import pytest

from evals.drawn import Drawing, pdf
from gkllm.errors import NotInstalled, Truncated
from gkllm.load import load

try:
    import cv2
    import rapidocr  # noqa: F401

    INSTALLED = True
except ImportError:
    INSTALLED = False

with_reader = pytest.mark.skipif(not INSTALLED, reason="the extra ocr is not installed")

HEAD = ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"]
ROWS = [["规章", "1", "0", "12"], ["行政规范性文件", "3", "20", "451"]]
XS = [60, 200, 300, 400, 500]


def page() -> bytes:
    drawing = Drawing(height=420)
    drawing.words("二、主动公开政府信息情况", 60, 80, 14)
    drawing.table([HEAD, *ROWS], XS, 100)
    drawing.words("本年没有收取信息处理费。", 60, 200, 12)
    return pdf([drawing])


@pytest.mark.skipif(INSTALLED, reason="the extra ocr is installed")
def test_a_picture_names_what_to_install() -> None:
    with pytest.raises(NotInstalled, match=r"gkllm\[ocr\]"):
        load(b"\x89PNG\r\n\x1a\n" + b"\0" * 50)


@with_reader
def test_a_scan_reads_as_the_page_it_shows() -> None:
    from evals.scan import scanned

    for wear in ("clean", "worn"):
        document = load(scanned(page(), 200, wear, Random(3)))
        assert [
            [document.text[c.start : c.end] for c in row]
            for table in document.tables
            for row in table.rows
        ] == [HEAD, *ROWS]
        assert "二、主动公开政府信息情况\n" in document.text
        assert document.doubts
        assert "recognised" in document.notes[0]


@with_reader
def test_a_page_askew_is_straightened_and_its_lines_are_found() -> None:
    import numpy as np

    from gkllm.load.pdf.grid import lattices
    from gkllm.load.pdf.page import rendered
    from gkllm.load.scan.image import straightened

    ((grey, wide, high, stride),) = rendered(page(), 150, [0])
    upright = np.frombuffer(grey, np.uint8).reshape(high, stride)[:, :wide]
    for angle in (-3.0, 0.7, 2.2):
        matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1)
        skewed = cv2.warpAffine(upright, matrix, (wide, high), borderValue=(255,))
        found = straightened(skewed, 150)
        (lattice,) = lattices(found.across, found.upright, 20)
        assert (len(lattice.xs), len(lattice.ys)) == (5, 4)


@with_reader
def test_a_broken_picture_says_so() -> None:
    with pytest.raises(Truncated):
        load(b"\x89PNG\r\n\x1a\n" + b"\0" * 50)
