"""Pictures of lines > their characters, by RapidOCR with the models that come with it.

The only importer of rapidocr. A score is the mean probability of the characters of a line, as
the model sees it: evidence, not proof.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import cv2
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_rec.typings import TextRecInput

from gkllm.load.scan.image import Pixels

_MOST_SIDE = 4000  # pixels; the page is looked at as it is


class Found(NamedTuple):
    """A line of text on a page: its box and what it says."""

    box: tuple[float, float, float, float]
    text: str
    score: float


@cache
def _engine() -> Any:
    cv2.setNumThreads(1)
    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    return RapidOCR(
        params={
            "Global.use_cls": False,
            "Global.text_score": 0.0,
            "Global.log_level": "critical",
            "Global.max_side_len": _MOST_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Rec.rec_img_shape": [3, 48, 96],
        }
    )


def lines_on(page: Pixels) -> list[Found]:
    """The lines of text that are found on a grey page."""
    answer = _engine()(cv2.cvtColor(page, cv2.COLOR_GRAY2BGR), use_cls=False)
    if answer.boxes is None:
        return []
    found = []
    for box, text, score in zip(answer.boxes, answer.txts, answer.scores, strict=True):
        xs, ys = [float(p[0]) for p in box], [float(p[1]) for p in box]
        found.append(Found((min(xs), min(ys), max(xs), max(ys)), text, float(score)))
    return found


def read_lines(pieces: Sequence[Pixels]) -> list[tuple[str, float]]:
    """What each picture of one line says."""
    if not pieces:
        return []
    reader = _engine()._load_rec_model()  # the public call would detect lines first
    images = [cv2.cvtColor(piece, cv2.COLOR_GRAY2BGR) for piece in pieces]
    answer = reader(TextRecInput(img=images, return_word_box=False))
    texts = answer.txts or [""] * len(images)
    return [(str(t), float(s)) for t, s in zip(texts, answer.scores, strict=True)]


def cut(grey: Pixels, box: tuple[int, int, int, int], height: float) -> Pixels:
    """A line with paper around it, `height` pixels high around its middle.

    All lines of a page are cut to one height, since a 0 and a 。 differ by their size alone.
    """
    x0, y0, x1, y1 = box
    half = max(height, 1.15 * (y1 - y0)) / 2
    middle, pad = (y0 + y1) / 2, round(0.3 * height)
    top, bottom = round(middle - half), round(middle + half)
    high, wide = grey.shape
    return grey[max(0, top) : min(high, bottom), max(0, x0 - pad) : min(wide, x1 + pad)]
