"""Tests know no endpoint, no settings and no answers of whoever runs them."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def no_surroundings(tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in [*os.environ]:
        if name.startswith("OPENAI_") or name == "GKLLM_MODEL":
            del os.environ[name]
    os.environ["GKLLM_CONFIG"] = ""
    os.environ["GKLLM_CACHE_DIR"] = str(tmp_path_factory.mktemp("answers"))
    os.environ["GKLLM_CACHE_KEY"] = "tests"
