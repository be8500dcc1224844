"""Files made to hurt: each costs seconds and megabytes that are bounded, and the run goes on."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gkllm.document import Document
from gkllm.errors import UnreadableInput
from gkllm.load import load
from tests.attacks import ATTACKS

SECONDS = 10.0
MEGABYTES = 512
# What is no error: a page or a text with nothing wrong in it but its size, or a part of a file
# that is left. It is read like any other, and this test asks only what it costs.
CODES = frozenset(
    "empty truncated unsupported_format not_text too_large encrypted timed_out out_of_memory "
    "crashed not_installed".split()
)


def spent() -> float:
    """Seconds of processor time of this process and of its children that have ended."""
    return time.process_time() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def attempted(data: bytes) -> tuple[Document | None, UnreadableInput | None]:
    try:
        return load(data), None
    except UnreadableInput as error:
        return None, error


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_costs_little(name: str) -> None:
    data = ATTACKS[name]()
    started, wall = spent(), time.perf_counter()
    document, error = attempted(data)
    if document is not None:
        assert len(document.text) < 20 * len(data) + 1000
        assert "root:" not in document.text
    else:
        assert error is not None
        assert error.code in CODES
        assert len(str(error)) > 20
    assert spent() - started < SECONDS
    # On a busy machine a second of processor time takes several of the clock.
    assert time.perf_counter() - wall < 4 * SECONDS


def test_no_child_ever_used_more_memory_than_it_may() -> None:
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < MEGABYTES * 1024


def test_a_run_over_all_of_them_goes_on(tmp_path: Path) -> None:
    kinds = ("noise", "only", "word", "rtf", "archive-e", "pdf-form", "pdf-deep", "pdf-flate-t")
    chosen = [n for n in ATTACKS if n.startswith(kinds)]
    for name in chosen:
        (tmp_path / f"{name}.txt").write_bytes(ATTACKS[name]())
    (tmp_path / "last.txt").write_text(
        "石柳镇2023年政府信息公开工作年度报告\n一、总体情况\n", "utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "gkllm", "extract", str(tmp_path), "--format", "jsonl"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        timeout=300,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(chosen) + 1
    assert done.returncode == 1
    assert not any(line.get("error", {}).get("code") == "internal" for line in lines)
    assert "fields" in next(line for line in lines if line["source"]["path"].endswith("last.txt"))
