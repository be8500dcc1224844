"""What a score has to be better than: readers that promise nothing.

A baseline takes the `Reading` of a document (None where the document could not be read) and
answers with a value for each field that it believes to know. It has no word for doubt: every
answer counts as confident.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from gkllm.evaluate.suite import function
from gkllm.form import form
from gkllm.pipeline import Reading

Baseline = Callable[[Reading | None], Mapping[str, Any]]


def zero(reading: Reading | None) -> Mapping[str, Any]:
    """0 in every cell and nothing from prose: most agencies report nothing but zeros."""
    return dict.fromkeys(form("2021").cells, 0)


def unsettled(reading: Reading | None) -> Mapping[str, Any]:
    """The road without its settling: of each field the first number that was read for it."""
    found: dict[str, Any] = {}
    for candidate in reading.candidates if reading else ():
        if candidate.value is not None:
            found.setdefault(candidate.field, candidate.value)
    return found


_OWN: Mapping[str, Baseline] = {"zero": zero, "unsettled": unsettled}


@cache
def baseline(name: str, root: str) -> Baseline:
    """The baseline of a name: one of this module, or module:function."""
    return _OWN.get(name) or function(name, root)
