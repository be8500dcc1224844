"""What a score has to be better than: readers that promise nothing.

A baseline takes the `Reading` of a document (None where the document could not be read) and
answers with a value for each field that it believes to know. It has no word for doubt: every
answer counts as confident.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, create_model
from pydantic import Field as PydanticField

from gkllm.evaluate.suite import function
from gkllm.form import form
from gkllm.llm import Model, Prompt
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


# ---------------------------------------------------------------- the model alone

NAIVE = "naive"  # asked for by runs with a model, of the same model
_TASK = (
    "Extract every field from this annual report of a Chinese government agency on the "
    "disclosure of information (政府信息公开工作年度报告). Answer in JSON. Numbers as printed; "
    "null where the report does not say."
)


def naive(reading: Reading | None, model: Model | None) -> Mapping[str, Any]:
    """The whole document and the whole schema in one question, and the answer believed."""
    if reading is None or model is None:
        return {}
    prompt = Prompt("naive", "1", _TASK, reading.document.text, _whole(), max_tokens=8192)
    value = model.answer(prompt, model.open_account()).value
    if value is None:
        return {}
    told = {info.alias or name: name for name, info in type(value).model_fields.items()}
    return {path: getattr(value, name) for path, name in told.items()}


@cache
def _whole() -> type[BaseModel]:
    """All cells and the facts that are counts, each nullable, named by their paths."""
    kinds = form("2021").fact_kinds
    counts = [path for path, kind in kinds.items() if kind in ("count", "year")]
    texts = [path for path, kind in kinds.items() if kind in ("text", "date")]
    names = {path: path.replace(".", "__") for path in (*form("2021").cells, *counts, *texts)}
    fields: dict[str, Any] = {
        name: (str | None if path in texts else int | float | None, PydanticField(alias=path))
        for path, name in names.items()
    }
    strict = ConfigDict(extra="forbid", populate_by_name=True)
    return create_model("WholeReport", __config__=strict, **fields)
