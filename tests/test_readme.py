"""What the README shows is what the program prints.

A comment before a block says which command printed it and which lines are shown:
`<!-- printed by: gkllm … | first 3, last 2 -->`; left-out lines stand as "…".
`python tests/test_readme.py` writes the blocks anew.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_group
from typer.testing import CliRunner

from gkllm.cli import app

ROOT = Path(__file__).parent.parent
READMES = ["README.md", "README.zh-CN.md"]

BLOCK = re.compile(
    r"<!-- printed by: gkllm (?P<words>[^|>]+?)"
    r"(?: \| first (?P<first>\d+), last (?P<last>\d+))? -->\n"
    r"```\w*\n(?P<shown>.*?)^```$",
    re.M | re.S,
)
SHELL = re.compile(r"^```(?:bash|sh)\n(.*?)^```", re.M | re.S)
PYTHON = re.compile(r"^```python\n(.*?)^```", re.M | re.S)


def printed(block: re.Match[str]) -> str:
    """What the command of a block prints now, cut as the block is."""
    result = CliRunner().invoke(app, shlex.split(block["words"]))
    assert result.exit_code == 0, result.stderr
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    if block["first"]:
        first, last = int(block["first"]), int(block["last"])
        assert first + last < len(lines)
        lines = [*lines[:first], "…", *lines[len(lines) - last :]]
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n"


def refreshed(readme: str) -> str:
    """The README with what its commands print now."""

    def with_output(block: re.Match[str]) -> str:
        start, end = block.span("shown")
        return readme[block.start() : start] + printed(block) + readme[end : block.end()]

    return BLOCK.sub(with_output, readme)


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("name", READMES)
def test_shown_output_is_real_output(name: str) -> None:
    text = read(name)
    assert len(BLOCK.findall(text)) >= 2
    assert text.count("<!-- printed by:") == len(BLOCK.findall(text))
    assert text == refreshed(text), "run: python tests/test_readme.py"


@pytest.mark.parametrize("name", READMES)
def test_the_two_commands(name: str) -> None:
    install_and_run, install_and_test = SHELL.findall(read(name))[:2]
    assert "pip install ." in install_and_run
    assert ".venv/bin/gkllm extract fixtures/" in install_and_run
    assert '.venv/bin/pip install -e ".[dev]"' in install_and_test
    assert ".venv/bin/pytest" in install_and_test


@pytest.mark.parametrize("name", READMES)
def test_every_command_in_the_text_exists(name: str) -> None:
    known = set(get_group(app).commands)
    named = set(re.findall(r"(?:`|bin/)gkllm ([a-z]+)\b", read(name)))
    assert named <= known
    assert {"extract", "check", "explain", "text", "schema"} <= named


@pytest.mark.parametrize("name", READMES)
def test_every_option_in_the_text_exists(name: str) -> None:
    help_texts = "".join(
        CliRunner().invoke(app, [command, "--help"]).stdout
        for command in ("extract", "check", "explain", "text", "schema")
    )
    for option in re.findall(r"`(--[a-z]+)", read(name)):
        assert option in help_texts


@pytest.mark.parametrize("name", READMES)
def test_the_library_example_runs(name: str) -> None:
    [example] = PYTHON.findall(read(name))
    said: dict[str, Any] = {}
    for line in example.splitlines():
        code, _, comment = line.partition("  # ")
        try:
            value = eval(code, said)  # noqa: S307 (our own README)
        except SyntaxError:
            exec(code, said)  # noqa: S102
        else:
            assert not comment or str(value) == comment.strip()


@pytest.mark.parametrize("name", [*READMES, "docs/design.md", "CHANGELOG.md"])
def test_links_into_the_project_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", read(name)):
        assert ((ROOT / name).parent / target).exists(), target


def test_the_changelog_names_the_version() -> None:
    from gkllm import __version__

    assert f"## {__version__}" in read("CHANGELOG.md")
    assert tomllib.loads(read("pyproject.toml"))["project"]["dynamic"] == ["version"]


if __name__ == "__main__":
    os.chdir(ROOT)
    for each in READMES:
        Path(each).write_text(refreshed(read(each)), "utf-8")
    sys.exit()
