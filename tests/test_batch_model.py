"""A batch with a model: asked when everything is read, and once for each question."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gkllm.cli import app
from tests.fault_server import FaultServer, Handler, failing
from tests.inline_worker import work_inline
from tests.test_cli_model import REPORT, nulls

SETTLED = "XX县2023年政府信息公开工作年度报告\n"


@pytest.fixture(autouse=True)
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    work_inline(monkeypatch)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FaultServer]:
    with FaultServer() as running:
        running.act = nulls
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-77aa")
        monkeypatch.setenv("GKLLM_MODEL", "m")
        monkeypatch.setenv("GKLLM_CACHE_DIR", str(tmp_path / "answers"))
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four reports with something to ask, one with nothing, one that is none."""
    made = tmp_path / "in"
    made.mkdir()
    for n in range(4):
        (made / f"{n}.txt").write_text(REPORT.replace("3期", f"{n + 3}期"), "utf-8")
    (made / "4.txt").write_text(SETTLED, "utf-8")
    (made / "5.txt").write_bytes(b"")
    return made


def run(folder: Path, out: Path, *more: object) -> Result:
    words = ["batch", folder, "--out", out, "--workers", 1, *more]
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert "sk-canary" not in result.output
    return result


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "reports.jsonl").read_text("utf-8").splitlines()]


def test_only_open_documents_are_asked_about_and_once(
    server: FaultServer, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = run(folder, out)
    assert first.exit_code == 1
    asked = len(server.requests)
    usages = [line["usage"]["calls"] for line in lines(out) if "usage" in line]
    assert sum(usages) == asked
    assert [bool(calls) for calls in usages] == [True, True, True, True, False]
    assert f"{asked} calls of m" in first.stderr
    second = run(folder, out)
    assert len(server.requests) == asked
    assert "read now 0, known before 6" in second.stderr
    assert "as they were" in second.stderr


def test_answers_outlive_the_cache_and_the_cache_the_ledger(
    server: FaultServer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(folder, tmp_path / "out")
    asked = len(server.requests)
    run(folder, tmp_path / "other")
    assert len(server.requests) == asked  # answers came from the cache
    monkeypatch.setenv("GKLLM_CACHE_DIR", str(tmp_path / "empty"))
    run(folder, tmp_path / "out")
    assert len(server.requests) == asked  # reports came from the ledger
    run(folder, tmp_path / "out", "--refresh")
    assert len(server.requests) == 2 * asked
    monkeypatch.setenv("GKLLM_MODEL", "another")
    run(folder, tmp_path / "out")
    assert len(server.requests) == 3 * asked


def test_pruning_keeps_what_was_answered_and_what_was_read_before(
    server: FaultServer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    run(folder, out)
    monkeypatch.setenv("GKLLM_MODEL", "another")
    run(folder, out)
    asked = len(server.requests)
    assert "dropped from the ledger: 4 results" in run(folder, out, "--prune").stderr
    monkeypatch.setenv("GKLLM_CACHE_DIR", str(tmp_path / "empty"))
    again = run(folder, out)
    assert "read now 0, known before 6" in again.stderr
    assert len(server.requests) == asked


def test_answers_of_null_change_nothing(server: FaultServer, folder: Path, tmp_path: Path) -> None:
    run(folder, tmp_path / "off", "--llm", "off")
    assert server.requests == []
    before = [line for line in lines(tmp_path / "off") if "fields" in line]
    run(folder, tmp_path / "out")
    after = [line for line in lines(tmp_path / "out") if "fields" in line]
    for one, other in zip(before, after, strict=True):
        assert one["source"] == other["source"]
        assert one["fields"] == other["fields"]


def test_an_endpoint_that_fails_costs_no_document(
    server: FaultServer, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    server.act = failing(401, "invalid_api_key")
    result = run(folder, out)
    assert result.exit_code == 1  # 5.txt holds nothing
    assert "was not asked to the end" in result.stderr
    assert len(lines(out)) == 6
    assert run(folder, out, "--llm", "required").exit_code == 1
    server.act = nulls
    server.requests.clear()
    run(folder, out)
    assert server.requests
    assert all(not line["usage"].get("troubles") for line in lines(out) if "usage" in line)
    fresh = tmp_path / "fresh"
    run(folder, fresh, "--no-cache")
    assert [x["fields"] for x in lines(out)[:5]] == [x["fields"] for x in lines(fresh)[:5]]


def test_a_batch_without_a_model_serves_one_with_it(
    server: FaultServer, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run(folder, out, "--llm", "off")
    run(folder, out)
    asked = len(server.requests)
    assert asked
    off = run(folder, out, "--llm", "off")
    assert "no model was asked" in off.stderr
    assert all(not line["usage"]["calls"] for line in lines(out) if "usage" in line)
    run(folder, out)
    assert len(server.requests) == asked


def test_quick_failures_of_many_documents_keep_their_order(
    server: FaultServer, folder: Path, tmp_path: Path
) -> None:
    def some(handler: Handler, request: dict[str, Any]) -> None:
        (failing(400) if "4期" in json.dumps(request, ensure_ascii=False) else nulls)(
            handler, request
        )

    server.act = some
    run(folder, tmp_path / "out")
    names = [Path(line["source"]["path"]).name for line in lines(tmp_path / "out")]
    assert names == sorted(path.name for path in folder.iterdir())
    troubled = [bool(x["usage"].get("troubles")) for x in lines(tmp_path / "out")[:5]]
    assert troubled == [False, True, False, False, False]


def test_a_dry_run_tells_and_does_nothing(
    server: FaultServer, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    told = run(folder, out, "--dry-run")
    assert told.exit_code == 0
    assert "inputs 6: to read 6, known 0, cannot be opened 0" in told.stderr
    assert not out.exists()
    assert server.requests == []
    run(folder, out)
    (folder / "6.txt").write_text(REPORT, "utf-8")
    (folder / "7.txt").symlink_to(folder / "nowhere")
    again = run(folder, out, "--dry-run")
    assert "inputs 8: to read 1, known 6, cannot be opened 1" in again.stderr
    [asked] = [line for line in again.stderr.splitlines() if "would be asked about" in line]
    assert "m would be asked about 5 documents" in asked
    assert f"about {len(server.requests) * 5 // 4} questions" in asked
    assert "no model would be asked" in run(folder, out, "--dry-run", "--llm", "off").stderr


def test_an_endpoint_that_hangs_does_not_hold_up_an_interruption(
    server: FaultServer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(handler: Handler, request: dict[str, Any]) -> None:
        asked.append(time.monotonic())
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)  # Ctrl-C
        time.sleep(30)

    server.act = hang
    monkeypatch.setattr("gkllm.batch.passes._PATIENCE", 0.2)
    asked: list[float] = []
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        result = run(folder, tmp_path / "out", "--no-cache")
    finally:
        for sign, handler in before.items():  # an interrupted program leaves them ignored
            signal.signal(sign, handler)
    assert time.monotonic() - asked[0] < 20
    assert result.exit_code == 130
    assert "run the same command to continue" in result.stderr
    server.act = nulls
    assert "known before 6" in run(folder, tmp_path / "out").stderr
