"""The child process: what it carries, what it survives, what it costs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gkllm import errors
from gkllm.worker import Limits, Worker, inside, shared

TASKS = "tests.hazards"
ROOT = Path(__file__).parent.parent
unlimited = pytest.mark.skipif(sys.platform != "linux", reason="the system has no such limit")


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker(Limits(memory=256 << 20, cpu=1.0, wall=60.0, output=1 << 20)) as made:
        yield made


def test_it_carries_bytes_json_and_options(worker: Worker) -> None:
    assert worker.run(f"{TASKS}:turned", b"\0ab") == b"ba\0"
    data = os.urandom(3 << 20)
    answer = worker.run(f"{TASKS}:echo", data, name="规章", deep=[1, None])
    assert answer["size"] == len(data)
    assert answer["options"] == {"name": "规章", "deep": [1, None]}


def test_one_child_serves_many_calls(worker: Worker) -> None:
    children = {worker.run(f"{TASKS}:echo")["child"] for _ in range(20)}
    assert len(children) == 1
    assert children != {os.getpid()}


def test_an_error_arrives_as_itself_and_costs_no_child(worker: Worker) -> None:
    child = worker.run(f"{TASKS}:echo")["child"]
    with pytest.raises(errors.Encrypted, match="password: 规章"):
        worker.run(f"{TASKS}:refuse")
    assert worker.run(f"{TASKS}:echo")["child"] == child


@pytest.mark.parametrize(
    ("task", "error", "words"),
    [
        ("fail", errors.Crashed, "KeyError"),
        pytest.param("die", errors.Crashed, "SIGABRT", marks=unlimited),
        ("leave", errors.Crashed, "exit 3"),
        ("flood", errors.TooLarge, "1 MB"),
        ("no_such_task", errors.Crashed, "AttributeError"),
        ("connect", errors.Crashed, "not for a reader"),
        ("call_out", errors.Crashed, "not for a reader"),
        pytest.param("spin", errors.TimedOut, "1 seconds", marks=unlimited),
        pytest.param("eat", errors.OutOfMemory, "memory", marks=unlimited),
    ],
)
def test_a_bad_call_costs_one_error(
    worker: Worker, task: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        worker.run(f"{TASKS}:{task}")
    assert worker.run(f"{TASKS}:turned", b"ab") == b"ba"


def test_a_child_that_hangs_is_ended_in_time() -> None:
    with Worker(Limits(wall=4.0)) as worker:
        worker.run(f"{TASKS}:echo")
        started = time.perf_counter()
        with pytest.raises(errors.TimedOut, match="4 seconds"):
            worker.run(f"{TASKS}:hang")
        assert time.perf_counter() - started < 30
        assert worker.run(f"{TASKS}:turned", b"ab") == b"ba"


def test_what_a_library_prints_does_not_get_between_the_frames(worker: Worker) -> None:
    assert worker.run(f"{TASKS}:chatter") == ""
    assert worker.run(f"{TASKS}:turned", b"ab") == b"ba"


def test_a_child_is_replaced_after_its_calls() -> None:
    with Worker(Limits(calls=2)) as worker:
        children = [worker.run(f"{TASKS}:echo")["child"] for _ in range(4)]
    assert children[0] == children[1] != children[2] == children[3]


def test_a_worker_that_is_not_sealed_may_call_out() -> None:
    with Worker(Limits(sealed=False)) as worker:
        assert worker.run(f"{TASKS}:call_out") is None


def test_threads_share_a_worker(worker: Worker) -> None:
    found: list[bytes] = []

    def ask(number: int) -> None:
        found.append(worker.run(f"{TASKS}:turned", b"%03d" % number))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(100, 120)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted((b"%03d" % n)[::-1] for n in range(100, 120))


def test_the_shared_worker_is_one_for_the_same_limits() -> None:
    assert shared(Limits()) is shared(Limits())
    assert shared(Limits()) is not shared(Limits(cpu=3.0))
    assert not inside()


def test_a_script_without_a_main_guard_and_a_notebook_can_use_it(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from gkllm.worker import Limits, Worker\n"
        f"print(Worker(Limits()).run('{TASKS}:turned', b'ab'))\n"
    )
    for how in ([str(script)], ["-c", script.read_text()]):
        done = subprocess.run(
            [sys.executable, *how],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert (done.stdout, done.stderr) == ("b'ba'\n", "")


def test_closing_leaves_no_child_behind() -> None:
    worker = Worker()
    child = worker.run(f"{TASKS}:echo")["child"]
    worker.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_retired_worker_is_not_started_again() -> None:
    with Worker() as worker:
        assert worker.run(f"{TASKS}:turned", b"ab") == b"ba"
        child = worker._child
        assert child is not None
        worker.retire()
        for _ in range(2):
            with pytest.raises(errors.Crashed):
                worker.run(f"{TASKS}:turned", b"ab")
        assert child.process.wait(10) < 0
