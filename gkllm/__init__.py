"""Typed, checked data from Chinese government disclosure reports (政府信息公开工作年度报告).

>>> import gkllm
>>> report = gkllm.extract(b"...")                      # doctest: +SKIP
>>> report["requests.granted.total"].value              # doctest: +SKIP
1362
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Check", "Field", "Report", "extract"]

if TYPE_CHECKING:
    from gkllm.pipeline import extract
    from gkllm.report import Check, Field, Report


def __getattr__(name: str) -> Any:
    # Imported when first asked for: `gkllm --help` must not pay for pydantic.
    if name == "extract":
        from gkllm.pipeline import extract

        return extract
    if name in {"Report", "Field", "Check"}:
        from gkllm import report

        return getattr(report, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
