"""A worker without a process, for tests of what is done and not of where."""

from __future__ import annotations

import importlib
from typing import Any

import pytest


class Inline:
    """Calls the task here; see `gkllm.worker.Worker`."""

    def __init__(self, limits: Any = None) -> None: ...

    def run(self, task: str, data: bytes = b"", **options: Any) -> Any:
        module, _, name = task.partition(":")
        return getattr(importlib.import_module(module), name)(data, **options)

    def retire(self) -> None: ...
    def close(self) -> None: ...
    def __enter__(self) -> Inline:
        return self

    def __exit__(self, *_: object) -> None: ...


def work_inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have batches read and write in this process, and leave Parquet out, whose import is long."""
    for module in ("processes", "plan"):
        monkeypatch.setattr(f"gkllm.batch.{module}.Worker", Inline)
    monkeypatch.setattr("gkllm.batch.render.has_parquet", lambda: False)
