"""Reports as printed pages: PDF by five producers, with and without lines, and scans of them.

Chromium, LibreOffice and WeasyPrint must be installed for theirs (`evals/paper.py` says how they
are called), and the extra gkllm[ocr] for scans; `available` says which formats can be made here.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from random import Random

from evals.draft import Draft
from evals.paper import PRODUCERS, print_all, random_style

Setter = Callable[[Draft, Random], bytes]

_NEEDED = {
    "chromium": lambda: shutil.which("chromium"),
    "weasyprint": lambda: find_spec("weasyprint"),
    "libreoffice": lambda: shutil.which("soffice"),
    "reportlab": lambda: find_spec("reportlab"),
    "fpdf": lambda: find_spec("fpdf"),
}


def printed(draft: Draft, rng: Random, producer: str, *, ruled: bool) -> bytes:
    """A report printed by a producer, in a style of the draw."""
    style = random_style(rng, producer, ruled=ruled)
    with tempfile.TemporaryDirectory() as folder:
        (path,) = print_all([(draft, style)], Path(folder))
        return path.read_bytes()


def scan(draft: Draft, rng: Random, dpi: int, wear: str) -> bytes:
    """A report that was printed with lines and scanned."""
    from evals.scan import scanned

    producer = rng.choice([p for p in PRODUCERS if _NEEDED[p]()])
    return scanned(printed(draft, rng, producer, ruled=True), dpi, wear, rng)


PRINTED: dict[str, Setter] = {
    f"pdf-{producer}-{kind}": partial(printed, producer=producer, ruled=kind == "ruled")
    for producer in PRODUCERS
    for kind in ("ruled", "bare")
}
SCANNED: dict[str, Setter] = {
    f"scan-{dpi}-{wear}": partial(scan, dpi=dpi, wear=wear)
    for dpi in (200, 150)
    for wear in ("clean", "worn")
}


def available(name: str) -> bool:
    """Whether a format of pages can be made here."""
    if name in SCANNED:
        return find_spec("rapidocr") is not None and any(check() for check in _NEEDED.values())
    return name in PRINTED and bool(_NEEDED[name.split("-")[1]]())
