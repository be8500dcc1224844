"""Printed reports as scans: drawn at a resolution, laid askew, blurred, noisy, compressed.

    PDF bytes > pages as pictures > one PDF of pictures

Needs the extra gkllm[ocr], whose OpenCV does the wearing.
"""

from __future__ import annotations

from random import Random

import cv2
import numpy as np

from evals.drawn import assemble
from gkllm.load.pdf.page import read_pages, rendered

WEAR = ("clean", "worn")


def scanned(pdf: bytes, dpi: int, wear: str, rng: Random) -> bytes:
    """The pages of a PDF as pictures in a new PDF."""
    pages = range(len(read_pages(pdf)))
    pictures = []
    for grey, wide, high, stride in rendered(pdf, dpi, pages):
        page = np.frombuffer(grey, np.uint8).reshape(high, stride)[:, :wide]
        pictures.append(_worn(page, rng, dpi) if wear == "worn" else page)
    return _bound(pictures, dpi, 60 if wear == "worn" else 92)


def _worn(page: np.ndarray, rng: Random, dpi: int) -> np.ndarray:
    """Up to one degree askew, a little out of focus, grey, with noise."""
    high, wide = page.shape
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), rng.uniform(-1, 1), 1)
    page = cv2.warpAffine(page, matrix, (wide, high), flags=cv2.INTER_LINEAR, borderValue=(255,))
    page = cv2.GaussianBlur(page, (0, 0), 0.6 * dpi / 200)
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, 12, page.shape)
    return np.clip(page * 0.92 + 8 + noise, 0, 255).astype(np.uint8)


def _bound(pictures: list[np.ndarray], dpi: int, quality: int) -> bytes:
    """Pictures as the pages of a PDF, as scanners bind them."""
    objects: list[bytes] = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    kids = []
    for picture in pictures:
        high, wide = picture.shape
        done, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        assert done
        jpeg = coded.tobytes()
        objects.append(
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray"
            b"/BitsPerComponent 8/Filter/DCTDecode/Length %d>>stream\n%s\nendstream"
            % (wide, high, len(jpeg), jpeg)
        )
        image = len(objects)
        points = (wide * 72 / dpi, high * 72 / dpi)
        content = b"q %.2f 0 0 %.2f 0 0 cm /I Do Q" % points
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Contents %d 0 R"
            b"/Resources<</XObject<</I %d 0 R>>>>>>" % (*points, len(objects), image)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    return assemble(objects)
