"""Results > report.html, one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from gkllm.evaluate.compare import Comparison
from gkllm.evaluate.result import ROAD, Result
from gkllm.evaluate.run import Run
from gkllm.evaluate.tables import headline


def write_page(
    path: Path,
    run: Run,
    found: Mapping[str, Sequence[Result]],
    comparison: Comparison | None,
    texts: Mapping[str, str],
    price: tuple[float, float] | None,
) -> None:
    """Write the page."""
    lines = "".join(f"<li>{escape(line)}</li>" for line in headline(found[ROAD]))
    path.write_text(f"<!doctype html><meta charset=utf-8><ul>{lines}</ul>", "utf-8")
