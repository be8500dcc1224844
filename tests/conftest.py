"""Tests know no endpoint, no settings and no answers of whoever runs them."""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import settings

# The same examples in every run, so that what fails fails for everyone; a --hypothesis-seed
# (`just properties` gives one after the other) draws others.
settings.register_profile(
    "fixed",
    derandomize=not any(word.startswith("--hypothesis-seed") for word in sys.argv),
    database=None,
)
settings.load_profile("fixed")


@pytest.fixture(scope="session", autouse=True)
def no_surroundings(tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in [*os.environ]:
        if name.startswith("OPENAI_") or name == "GKLLM_MODEL":
            del os.environ[name]
    os.environ["GKLLM_CONFIG"] = ""
    os.environ["GKLLM_CACHE_DIR"] = str(tmp_path_factory.mktemp("answers"))
    os.environ["GKLLM_CACHE_KEY"] = "tests"
