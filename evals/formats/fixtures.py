"""Write the fixtures of formats: one small file of each, with a label from its truth.

    python -m evals.formats.fixtures         # write the folders that are not there yet

As in `evals.make_fixtures`: a truth first, then its file, then what a reader can know of it; the
extractor is never asked, and a folder that is there is never written again. They stand in
fixtures/formats/, apart from the texts, since reading a scan takes the extra `ocr`.
"""

from __future__ import annotations

import json
import sys
import zlib
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from evals.drawn import assemble
from evals.formats import File, set_as
from evals.make_fixtures import DATE, WANTED, label
from evals.mangle import damage
from evals.render import LAYOUTS
from evals.shapes import FIXTURES, label_text
from evals.truth import random_truth
from gkllm.load.pdf.page import read_pages, rendered

FOLDER = FIXTURES / "formats"
_DPI = 200
_LARGEST = 300_000  # bytes; some fonts that a PDF embeds are larger


@dataclass(frozen=True, slots=True)
class Planned:
    """One document: the format that it is set in, what its truth is like, what damages it."""

    id: str
    name: str
    want: str
    damages: tuple[str, ...] = ()
    scanned: bool = False

    @property
    def ending(self) -> str:
        return self.id.rpartition("-")[2]


PLAN = (
    Planned("page-html", "html-modern", "busy", ("blank_zeros",)),
    Planned("word-docx", "docx", "merged"),
    Planned("word-doc", "doc", "busy", ("row_shifted",)),
    Planned("word-rtf", "rtf", "busy", ("slash_zeros",)),
    Planned("sheet-xlsx", "xlsx", "city"),
    Planned("chromium-pdf", "pdf-chromium-ruled", "busy"),
    Planned("reportlab-pdf", "pdf-reportlab-bare", "busy"),
    Planned("scan-pdf", "pdf-reportlab-ruled", "busy", scanned=True),
)


def made(plan: Planned) -> tuple[File, str]:
    """The document, and the seed of the first truth that is as wanted and bears the damages."""
    for attempt in range(1000):
        seed = f"formats/{plan.id}:{attempt}"
        rng = Random(seed)
        truth = random_truth(rng, "2021")
        if not WANTED[plan.want](truth):
            continue
        found, applied = damage(LAYOUTS["tabs"](truth, rng), plan.damages, rng)
        if set(applied) != set(plan.damages):
            continue
        file = set_as(found, plan.name, rng)
        if len(file.data) <= _LARGEST:
            return file, seed
    raise ValueError(f"no truth is as {plan.id} wants it")


def scanned(pdf: bytes) -> bytes:
    """The pages of a PDF as a scanner gives them that knows black and white only."""
    objects: list[bytes] = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    kids = []
    for grey, wide, high, stride in rendered(pdf, _DPI, range(len(read_pages(pdf)))):
        page = np.frombuffer(grey, np.uint8).reshape(high, stride)[:, :wide]
        bits = zlib.compress(np.packbits(page > 160, axis=1).tobytes(), 9)
        objects.append(
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray"
            b"/BitsPerComponent 1/Filter/FlateDecode/Length %d>>stream\n%s\nendstream"
            % (wide, high, len(bits), bits)
        )
        points = (wide * 72 / _DPI, high * 72 / _DPI)
        content = b"q %.2f 0 0 %.2f 0 0 cm /I Do Q" % points
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Contents %d 0 R"
            b"/Resources<</XObject<</I %d 0 R>>>>>>" % (*points, len(objects), len(objects) - 1)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    return assemble(objects)


def origin(plan: Planned, seed: str) -> dict[str, Any]:
    """Where a document comes from and how it was labelled."""
    return {
        "id": plan.id,
        "from": "invented agency and sentences, figures of the size of published reports",
        "kind": "rendered",
        "family": f"format-{plan.id}",
        "split": "develop",
        "layout": "scan-200-clean" if plan.scanned else plan.name,
        "format": "scan" if plan.scanned else plan.ending,
        "damages": list(plan.damages),
        "seed": seed,
        "labelled": [
            {"pass": "A", "by": "evals/formats/fixtures.py, from the truth", "date": DATE}
        ],
        "checked by eye": False,
        "adjudicated": False,
        "notes": [],
    }


def write(plan: Planned) -> bool:
    """Write the folder of a document, unless it is there; says whether it was written."""
    folder = FOLDER / plan.id
    if folder.exists():
        return False
    found, seed = made(plan)
    data = scanned(found.payload) if plan.scanned else found.payload
    texts = {
        "label.json": label_text(label(found)),
        "origin.json": json.dumps(origin(plan, seed), ensure_ascii=False, indent=2) + "\n",
    }
    folder.mkdir(parents=True)
    (folder / f"source.{plan.ending}").write_bytes(data)
    for file, text in texts.items():
        (folder / file).write_text(text, "utf-8", newline="\n")
    return True


def main() -> int:
    """Write what is missing; the exit code."""
    for plan in PLAN:
        if write(plan):
            print(f"fixtures/formats/{plan.id}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
