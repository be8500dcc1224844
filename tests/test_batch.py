"""A batch loses nothing, repeats nothing, and says what it cannot do."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gkllm.batch import identity
from gkllm.batch.ledger import FILE, Ledger, Result, locked
from gkllm.batch.reading import task
from gkllm.batch.run import Outcome, Settings, batch
from gkllm.cli import app
from gkllm.errors import BatchStopped, CannotWrite, DamagedLedger, FolderInUse
from gkllm.worker import Worker
from tests.inline_worker import work_inline

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "fixtures").glob("hand-0*/source.*"))


class Silent:
    """Nobody looks on."""

    def expect(self, documents: int) -> None: ...
    def show(self, outcome: Outcome) -> None: ...
    def stage(self, what: str) -> None: ...
    def close(self) -> None: ...


def run(words: list[Path | str], out: Path, **settings: Any) -> Outcome:
    return batch([str(word) for word in words], out, Settings(**settings), Silent())


def lines(out: Path) -> list[dict[str, Any]]:
    text = (out / "reports.jsonl").read_text("utf-8")
    assert not text or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def files(out: Path) -> dict[str, bytes]:
    """The outputs, without what is about the run."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not path.name.startswith("ledger") and path.name != "run.json"
    }


@pytest.fixture(autouse=True)
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    work_inline(monkeypatch)


def times(out: Path) -> dict[str, int]:
    return {name: (out / name).stat().st_mtime_ns for name in files(out)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Seven small reports."""
    made = tmp_path / "in"
    made.mkdir()
    for n in range(7):
        text = (
            f"某县{n}局2023年政府信息公开工作年度报告\n一、总体情况\n受理政府信息公开申请{n}件。\n"
        )
        (made / f"{n}.txt").write_text(text, "utf-8")
    return made


# ---------------------------------------------------------------- lines


def test_the_lines_are_those_of_extract_in_the_order_of_the_inputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gkllm.batch.processes.Worker", Worker)
    words = [str(path) for path in SOURCES]
    run(SOURCES, tmp_path / "out", workers=2)
    alone = tmp_path / "alone.jsonl"
    assert CliRunner().invoke(app, ["extract", *words, "--out", str(alone)]).exit_code == 0
    assert (tmp_path / "out" / "reports.jsonl").read_bytes() == alone.read_bytes()


def test_each_input_has_one_line_also_twice_the_same_one(folder: Path, tmp_path: Path) -> None:
    (folder / "copy.txt").write_bytes((folder / "1.txt").read_bytes())
    words = [folder / "1.txt", folder, tmp_path / "absent.txt", folder / "1.txt"]
    outcome = run(words, tmp_path / "out", workers=2)
    names = [Path(line["source"]["path"]).name for line in lines(tmp_path / "out")]
    inside = sorted(path.name for path in folder.iterdir())
    assert names == ["1.txt", *inside, "absent.txt", "1.txt"]
    assert outcome.documents == 11
    assert outcome.errors == {"not_found": 1}


def test_refusals_are_lines_and_stand_in_errors(folder: Path, tmp_path: Path) -> None:
    (folder / "3.txt").write_bytes(b"")
    (folder / "4.txt").write_bytes(bytes(range(256)) * 40)
    os.mkfifo(folder / "5.txt.md")
    outcome = run([folder], tmp_path / "out")
    found = lines(tmp_path / "out")
    errors = (tmp_path / "out" / "errors.jsonl").read_text("utf-8").splitlines()
    assert len(found) == 8
    assert [json.loads(line) for line in errors] == [line for line in found if "error" in line]
    assert outcome.errors.total() == len(errors) == 3
    assert {line["error"]["code"] for line in found if "error" in line} >= {"empty", "cannot_open"}


# ---------------------------------------------------------------- what is done once


def test_nothing_is_read_or_written_twice(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = run([folder], out)
    stamps = times(out)
    second = run([folder], out)
    assert (first.new, second.new, second.documents) == (7, 0, 7)
    assert (first.rendered, second.rendered) == (True, False)
    assert (first.open, first.doubtful) == (second.open, second.doubtful)
    assert times(out) == stamps


def test_what_changed_is_read_again_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run([folder], out)
    changed = folder / "2.txt"
    stamp = changed.stat()
    changed.write_text(changed.read_text("utf-8").replace("2023", "2022"), "utf-8")
    os.utime(changed, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # time and size tell nothing
    assert run([folder], out).new == 1
    assert lines(out)[2]["fields"]["facts.year"]["value"] == 2022
    fresh = tmp_path / "fresh"
    run([folder], fresh)
    assert files(out) == files(fresh)


def test_other_code_or_settings_are_another_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    one = identity.key("a", b"1", {"llm": "off"})
    assert one != identity.key("a", b"1", {"llm": "auto"})
    monkeypatch.setattr(identity, "reading", lambda: "another version")
    assert one != identity.key("a", b"1", {"llm": "off"})


def test_the_identity_hears_of_forms_and_readers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def name_with(changed: str) -> str:
        files = [(n, d + b"#" if n == changed else d) for n, d in list(real())]
        monkeypatch.setattr(identity, "_files", lambda: iter(files))
        identity.reading.cache_clear()
        return identity.reading()

    real = identity._files
    named = [name for name, _ in real()]
    assert {"forms/2021.toml", "settle/choose.py", "cli/batch.py", "write/csv.py"} <= set(named)
    before = name_with("")
    assert name_with("forms/2021.toml") != before
    assert name_with("settle/choose.py") != before
    assert name_with("write/jsonl.py") != before
    assert name_with("cli/batch.py") == name_with("write/csv.py") == before
    identity.reading.cache_clear()


def test_an_output_that_was_touched_is_made_again(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run([folder], out)
    before = files(out)
    (out / "reports.jsonl").write_text("edited\n")
    (out / "errors.jsonl").unlink()
    assert run([folder], out).rendered
    assert files(out) == before


def test_the_ledger_keeps_what_other_runs_gave_until_it_is_pruned(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    real = identity.reading()
    for version in ("before", "older"):
        monkeypatch.setattr(identity, "reading", lambda version=version: version)
        run([folder, *SOURCES], out)
    monkeypatch.setattr(identity, "reading", lambda: real)
    run([folder], out)
    before, size = files(out), (out / FILE).stat().st_size
    held = 2 * (7 + len(SOURCES)) + 7
    assert count(out) == held
    pruned = run([folder], out, prune=True)
    assert (pruned.new, pruned.rendered, pruned.pruned) == (0, False, held - 7)
    assert count(out) == 7
    assert (out / FILE).stat().st_size < size / 2
    assert files(out) == before
    assert run([folder], out).new == 0
    done = CliRunner().invoke(app, ["batch", "x", "--out", "y", "--prune", "--limit", "3"])
    assert (done.exit_code, "--limit" in done.stderr) == (2, True)


def count(out: Path) -> int:
    with contextlib.closing(sqlite3.connect(out / FILE)) as database:
        [found] = database.execute("SELECT count(*) FROM result").fetchone()
    return int(found)


def test_a_limit_takes_the_first_inputs(folder: Path, tmp_path: Path) -> None:
    run([folder], tmp_path / "out", limit=3)
    assert len(lines(tmp_path / "out")) == 3
    assert run([folder], tmp_path / "out").new == 4


def test_outputs_do_not_depend_on_how_many_processes_write_them(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = tmp_path / "few"
    run([*SOURCES, folder], few)
    monkeypatch.setattr("gkllm.batch.processes.Worker", Worker)
    monkeypatch.setattr("gkllm.batch.render._FEW", 2)
    for workers in (1, 3):
        out = tmp_path / str(workers)
        run([*SOURCES, folder], out, workers=workers)
        assert files(out) == files(few)
        assert not list(out.glob(".writing-*"))


# ---------------------------------------------------------------- documents that kill


def poisoned(data: bytes, name: str, counting: bool) -> bytes:
    """A reader as it is, which some documents crash, hang, or make eat all memory."""
    if name.endswith("1.txt"):
        os.abort()
    if name.endswith("2.txt"):
        while True:
            pass
    if name.endswith("3.txt"):
        _ = bytearray(1 << 33)
    if name.endswith("4.txt"):
        os.kill(os.getpid(), signal.SIGKILL)
    return task(data, name)


def test_a_document_that_kills_its_worker_is_an_error_line(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gkllm.batch.processes.Worker", Worker)
    monkeypatch.setattr("gkllm.batch.reader.TASK", f"{__name__}:poisoned")
    out = tmp_path / "out"
    outcome = run([folder], out, workers=2, seconds=2, memory=700 << 20)
    assert outcome.errors == {"crashed": 2, "timed_out": 1, "out_of_memory": 1}
    assert ["fields" in line for line in lines(out)] == [
        True,
        False,
        False,
        False,
        False,
        True,
        True,
    ]
    monkeypatch.undo()
    work_inline(monkeypatch)
    assert run([folder], out).new == 0
    outcome = run([folder], out, retry=True)
    assert (outcome.new, outcome.errors.total()) == (4, 0)
    fresh = tmp_path / "fresh"
    run([folder], fresh)
    assert files(out) == files(fresh)


# ---------------------------------------------------------------- interruptions


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "gkllm", "batch", *map(str, words)]


def test_killed_at_any_moment_and_continued(tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    inputs.mkdir()
    for n in range(60):
        source = SOURCES[n % len(SOURCES)]
        (inputs / f"{n:03}.txt").write_bytes(source.read_bytes() + b"\n" * n)
    out = tmp_path / "out"
    kept = []
    for enough in (1, 25):
        process = subprocess.Popen(
            command(inputs, "--out", out, "--workers", 2), stderr=subprocess.DEVNULL
        )
        wait_for(out, enough)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kept.append(_counted(out))
        database = sqlite3.connect(out / FILE)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database.close()
    assert kept == sorted(kept)
    outcome = run([inputs], out, workers=2)
    assert outcome.documents == 60
    assert outcome.new == 60 - kept[-1]
    undisturbed = tmp_path / "undisturbed"
    run([inputs], undisturbed, workers=2)
    assert files(out) == files(undisturbed)


def interrupted(tmp_path: Path, *signs: signal.Signals) -> Path:
    """The folder of a batch that was sent signals one after the other, and said so."""
    inputs = tmp_path / "in"
    inputs.mkdir()
    for n in range(400):
        (inputs / f"{n:03}.txt").write_bytes(SOURCES[0].read_bytes() + b"\n" * n)
    out = tmp_path / "out"
    process = subprocess.Popen(
        command(inputs, "--out", out), stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_for(out, 1)
    for sign in signs:
        process.send_signal(sign)
        time.sleep(0.002)
    told = process.communicate(timeout=20)[1]
    assert process.returncode == 130
    assert "run the same command to continue" in told
    assert "Traceback" not in told
    return out


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_interrupting_ends_cleanly(tmp_path: Path, sign: signal.Signals) -> None:
    out = interrupted(tmp_path, sign)
    assert 0 < _counted(out) < 400
    assert not (out / "reports.jsonl").exists()


def test_many_interruptions_are_told_as_one(tmp_path: Path) -> None:
    interrupted(tmp_path, *[signal.SIGINT] * 20)


def wait_for(out: Path, results: int) -> None:
    """Until the ledger holds so many."""
    until = time.monotonic() + 60
    while _counted(out) < results:
        assert time.monotonic() < until
        time.sleep(0.01)


def _counted(out: Path) -> int:
    if not (out / FILE).exists():
        return 0
    database = sqlite3.connect(out / FILE)
    try:
        return int(database.execute("SELECT count(*) FROM result").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        database.close()


# ---------------------------------------------------------------- the folder


def test_a_second_batch_on_a_folder_says_so_and_stops(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with locked(out):
        with pytest.raises(FolderInUse, match="Another batch"):
            run([folder], out)
        result = CliRunner().invoke(app, ["batch", str(folder), "--out", str(out)])
        assert result.exit_code == 2
        assert "Another batch is writing" in result.stderr
    assert run([folder], out).documents == 7


def test_a_folder_that_cannot_be_written_to(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="run the same command again"):
        run([folder], tmp_path / "file" / "out")


def test_a_damaged_ledger_is_named_and_left_alone(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run([folder], out)
    (out / FILE).write_bytes(b"no ledger" * 2000)
    with pytest.raises(DamagedLedger, match="Move it away"):
        run([folder], out)
    assert (out / FILE).read_bytes().startswith(b"no ledger")


def test_a_ledger_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.add([])
    database = sqlite3.connect(tmp_path / FILE)
    database.execute("PRAGMA user_version=99")
    database.close()
    with pytest.raises(BatchStopped, match="later version"):
        Ledger(tmp_path)


def test_the_ledger_adds_all_or_nothing(tmp_path: Path) -> None:
    def result(key: bytes, line: bytes = b"line") -> Result:
        return Result(key, None, 0, False, line)

    def broken() -> Iterator[Result]:
        yield result(b"2")
        raise RuntimeError("in the middle")

    with Ledger(tmp_path) as ledger:
        [one] = ledger.add([result(b"1")])
        with pytest.raises(RuntimeError, match="in the middle"):
            ledger.add(broken())
        assert ledger.find(b"2") is None
        assert ledger.add([result(b"1"), result(b"1", b"other")])[0] == one
        found = ledger.find(b"1")
        assert found is not None
        assert found.id > one


# ---------------------------------------------------------------- the command


def test_the_command_tells_what_was_done(folder: Path, tmp_path: Path) -> None:
    (folder / "3.txt").write_bytes(b"")
    out = str(tmp_path / "out")
    result = CliRunner().invoke(app, ["batch", str(folder), "--out", out, "--workers", "1"])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "inputs 7: reports 6, errors 1 (read now 7, known before 0)" in result.stderr
    assert "empty 1" in result.stderr


def test_a_list_on_standard_input(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    listed = f"{folder / '2.txt'}\n\n{folder / '0.txt'}\r\n"
    result = CliRunner().invoke(app, ["batch", "-", "--out", str(out)], input=listed)
    assert result.exit_code == 0, result.stderr
    assert [Path(line["source"]["path"]).name for line in lines(out)] == ["2.txt", "0.txt"]


def test_strict_counts_doubtful_reports(tmp_path: Path) -> None:
    [doubtful] = [path for path in SOURCES if "hand-03" in str(path)]
    words = ["batch", str(doubtful), "--out", str(tmp_path / "out")]
    plain, strict = (CliRunner().invoke(app, [*words, *extra]) for extra in ([], ["--strict"]))
    assert (plain.exit_code, strict.exit_code) in {(0, 3), (0, 0)}
    assert strict.exit_code == (3 if "failed check 1" in strict.stderr else 0)


def test_members_of_an_archive_are_inputs(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    run([tmp_path / "all.zip"], tmp_path / "out")
    run([folder], tmp_path / "plain")
    inside, plain = lines(tmp_path / "out"), lines(tmp_path / "plain")
    assert [x["fields"] for x in inside] == [x["fields"] for x in plain]
    assert run([tmp_path / "all.zip"], tmp_path / "out").new == 0
