"""What an import costs, and what the package offers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import gkllm

HELP = "import sys; sys.argv = ['gkllm', '--help']; from gkllm.cli import main; main()"
HEAVY = (
    "pydantic", "rich", "openai", "instructor", "diskcache",
    "gkllm.pipeline", "gkllm.report", "gkllm.load", "gkllm.llm",
)  # fmt: skip


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("module", ["gkllm", "gkllm.cli", "gkllm.errors"])
def test_light_modules_import_nothing_heavy(module: str) -> None:
    loaded = python(f"import {module}, sys; print(*sys.modules)").split()
    assert module in loaded
    assert not set(HEAVY) & set(loaded)


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; from gkllm.cli import app; app(['--help'], standalone_mode=False)"
    loaded = python(f"{code}; print(*sys.modules)").split()
    assert "typer" in loaded
    assert not set(HEAVY) & set(loaded)


def test_help_costs_at_most_twice_what_typer_costs() -> None:
    resource = pytest.importorskip("resource")

    def cost(command: str) -> float:
        """CPU time of a child; `os.times` would count it in hundredths of a second."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", command], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return float(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    # In turns, and the quickest of each, so that a busy machine does not decide.
    turns = [(cost("import typer"), cost(HELP)) for _ in range(9)]
    typer, own = (min(times) for times in zip(*turns, strict=True))
    assert own <= 2 * typer


def test_the_package_names_what_it_offers() -> None:
    for name in gkllm.__all__:
        assert getattr(gkllm, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        _ = gkllm.nothing


def test_extract_is_the_function_however_often_it_is_asked_for() -> None:
    code = "import gkllm; gkllm.extract; print(callable(gkllm.extract))"
    assert python(code) == "True"
    code = "import gkllm.pipeline; from gkllm import extract; print(callable(extract))"
    assert python(code) == "True"


def test_no_pattern_needs_possessive_quantifiers() -> None:
    """Python before 3.11.5 matches them wrongly where a part of them backtracks (gh-106052)."""
    possessive = re.compile(r"(?:[+*?]|\})\+|\(\?>")
    patterns = re.compile(r"""r[bf]?(["'])(.*?)(?<!\\)\1|rf?\"\"\"(.*?)\"\"\"""", re.DOTALL)
    found = [
        f"{path.name}: {text[0][:60]}"
        for path in Path(gkllm.__file__).parent.rglob("*.py")
        for text in patterns.finditer(path.read_text("utf-8"))
        if possessive.search(re.sub(r"\\.|\[(?:\\.|[^\]])*\]", "x", text[0]))
    ]
    assert found == []
