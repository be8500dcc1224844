"""Documents read in child processes, each with a time limit: `python -m gkllm.evaluate.pool`.

A child is a plain program that reads tasks and writes what became of them, one JSON object a
line, so that evaluations also run from notebooks and from scripts without a main guard. It
says what a document is before it reads it: of one that kills or hangs it, the truth is known,
and all of it counts as missed.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from time import perf_counter, process_time
from typing import IO, Any, cast

from gkllm.document import Document
from gkllm.errors import GkllmError, UnusableSuite
from gkllm.evaluate.baselines import NAIVE, baseline, naive
from gkllm.evaluate.suite import Case, Suite, Task, all_paths
from gkllm.llm import Model, connect
from gkllm.load import load
from gkllm.pipeline import Reading, read
from gkllm.report import CONFIDENT, Field, Report
from gkllm.score import cell_of

Outcome = dict[str, Any]

_START = 60.0  # seconds in which a child must have made a document, if its suite gives no more
STATUS = {"v": "verified", "r": "read", "d": "derived", "f": "filled", "x": "disputed"}
_CODES = {status: code for code, status in STATUS.items()}


# ---------------------------------------------------------------- in the child


def described(case: Case) -> Outcome:
    """What a document is, as a run file has it: id, tags, hash of the source, truth by path."""
    source = case.source
    data = source.read_bytes() if isinstance(source, Path) else source
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return {
        "id": case.id,
        "tags": {key: list(values) for key, values in case.tags.items()},
        "sha256": hashlib.sha256(raw).hexdigest(),
        "truth": [cell_of(case.truth[p]) if p in case.truth else None for p in all_paths()],
    }


def outcome(
    case: Case,
    baselines: Sequence[str],
    root: str,
    repeat: int = 1,
    model: Model | None = None,
) -> Outcome:
    """What the road and the baselines say of a document, and what it cost."""
    done: Outcome = {"yard": _yardstick()}
    reading: Reading | None = None
    started, best = perf_counter(), float("inf")
    try:
        for _ in range(repeat):
            begun = process_time()
            reading = read(_loaded(case), model)
            best = min(best, process_time() - begun)
    except GkllmError as error:
        done["failure"] = {"kind": "error", "code": error.code, "message": str(error)[:300]}
    except Exception as error:  # any other exception is a crash, and a failed document
        message = f"{type(error).__name__}: {error}"[:300]
        done["failure"] = {"kind": "crash", "code": type(error).__name__, "message": message}
    done["ms"] = round((perf_counter() - started) / repeat * 1e3, 3)
    done["cpu_ms"] = round(best * 1e3, 3) if reading else None
    if reading is not None:
        done |= _said(reading)
    done["baselines"] = {name: _answers(name, root, reading, model) for name in baselines}
    return done


def text_of(case: Case) -> str:
    """The text that spans of the case's report point into."""
    return _loaded(case).text


def _loaded(case: Case) -> Document:
    if not case.name or not isinstance(case.source, bytes):
        return load(case.source)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(case.name).name
        path.write_bytes(case.source)
        return load(path)


def _said(reading: Reading) -> Outcome:
    report: Report = reading.report
    fields = [report.fields.get(path) for path in all_paths()]
    failed = [f"{check.rule} at {check.at}" for check in report.failed()]
    return {
        "values": [_plain(f.value) if f else None for f in fields],
        "status": "".join(_CODES.get(f.status.value, "m") if f else "-" for f in fields),
        "reasons": {
            path: f.reason.value
            for path, f in zip(all_paths(), fields, strict=True)
            if f and f.reason
        },
        "spans": [list(f.span) if f and f.span else None for f in fields],
        "ungrounded": ungrounded(reading),
        "failed_checks": failed,
        "edition": report.edition,
        "usage": report.usage.model_dump(mode="json"),
    }


def ungrounded(reading: Reading) -> list[str]:
    """Confident fields whose quote is not what stands at their span."""
    text = reading.document.text
    return [
        path
        for path, field in reading.report.fields.items()
        if field.status in CONFIDENT and not _grounded(field, text)
    ]


def _grounded(field: Field, text: str) -> bool:
    if field.span is None or field.quote is None:
        return True
    spans = field.span if isinstance(field.span, list) else [field.span]
    quotes = field.quote if isinstance(field.quote, list) else [field.quote]
    if len(spans) != len(quotes):
        return False
    return all(text[a:b] == quote for (a, b), quote in zip(spans, quotes, strict=True))


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (int, str, list)) else str(value)


def _answers(name: str, root: str, reading: Reading | None, model: Model | None) -> list[Any]:
    """A baseline's values in the order of all paths; of one that fails, none."""
    try:
        found = naive(reading, model) if name == NAIVE else baseline(name, root)(reading)
    except UnusableSuite:
        raise
    except Exception:  # a baseline may be as bad as it likes
        found = {}
    return [_plain(found.get(path)) for path in all_paths()]


def _yardstick() -> float:
    """CPU milliseconds of fixed work, so that runs of busy or other machines can be compared."""
    begun = process_time()
    text = "予以公开 12 3 0 0 7 22 | " * 60
    for _ in range(4):
        found = [int(n) for n in re.findall(r"\d+", text)]
        table = {i: str(n) for i, n in enumerate(found)}
        sum(len(v) for v in table.values() if v in text)
    return round((process_time() - begun) * 1e3, 4)


def _serve(
    lines: IO[str], answers: IO[str], settings: Mapping[str, Any], model: Model | None
) -> None:
    def answer(message: Mapping[str, Any]) -> None:
        answers.write(json.dumps(message, ensure_ascii=True) + "\n")
        answers.flush()

    for line in lines:
        told = json.loads(line)
        task = Task(**told["task"])
        try:
            case = task.case()
            if case is None:
                answer({"none": True})
                continue
            answer({"case": described(case)})
            done = outcome(case, told["baselines"], task.root, settings["repeat"], model)
            answer({"outcome": done})
        except Exception as error:  # making a document failed: the suite is broken, not the road
            answer({"broken": f"{type(error).__name__}: {error}"})


# ---------------------------------------------------------------- in the parent


class _Child:
    """One child process; `reply` gives None when it died or was too slow and was killed."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "gkllm.evaluate.pool", json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            encoding="utf-8",
            env=environment,
        )
        self.stdin = cast("IO[str]", self.process.stdin)
        self.stdout = cast("IO[str]", self.process.stdout)
        self.slow = False

    def send(self, message: Mapping[str, Any]) -> None:
        with suppress(OSError):  # it is dead; the reply will say so
            self.stdin.write(json.dumps(message) + "\n")
            self.stdin.flush()

    def reply(self, seconds: float) -> dict[str, Any] | None:
        timer = threading.Timer(seconds, self._expire)
        timer.start()
        try:
            line = self.stdout.readline()
        finally:
            timer.cancel()
        if not line.endswith("\n"):
            return None
        told: dict[str, Any] = json.loads(line)
        return told

    def _expire(self) -> None:
        self.slow = True
        self.process.kill()

    def last_words(self) -> str:
        self.errors.seek(0)
        return self.errors.read()[-600:].decode("utf-8", "replace").strip()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.stdin, self.stdout):
            with suppress(OSError):
                stream.close()
        self.errors.close()


def outcomes(
    suites: Sequence[Suite], workers: int, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """What became of each document, as it is done; `task` is its place in its suite.

    Raises `gkllm.errors.UnusableSuite` where a document cannot be made.
    """
    tasks: queue.SimpleQueue[tuple[int, Suite, Task]] = queue.SimpleQueue()
    for suite in suites:
        for at, task in enumerate(suite.tasks):
            tasks.put((at, suite, task))
    results: queue.Queue[Outcome | BaseException | None] = queue.Queue(200)
    stop = threading.Event()
    threads = [
        threading.Thread(target=_work, args=(tasks, results, stop, settings), daemon=True)
        for _ in range(max(1, workers))
    ]
    for thread in threads:
        thread.start()
    ended = 0
    try:
        while ended < len(threads):
            result = results.get()
            if result is None:
                ended += 1
            elif isinstance(result, BaseException):
                raise result
            else:
                yield result
    finally:
        stop.set()
        while any(thread.is_alive() for thread in threads):
            with suppress(queue.Empty):
                results.get(timeout=0.05)  # a thread may be waiting to hand something over


def _work(
    tasks: queue.SimpleQueue[tuple[int, Suite, Task]],
    results: queue.Queue[Outcome | BaseException | None],
    stop: threading.Event,
    settings: Mapping[str, Any],
) -> None:
    child: _Child | None = None
    try:
        while not stop.is_set():
            try:
                at, suite, task = tasks.get_nowait()
            except queue.Empty:
                break
            child = child or _Child(settings)
            more = [] if settings["llm"] == "off" else [NAIVE]
            child.send({"task": asdict(task), "baselines": [*suite.baselines, *more]})
            found = _one(child, suite, settings["repeat"])
            if found is not None:
                results.put({"suite": suite.name, "task": at, **found})
            if child.process.poll() is not None or child.slow:
                child.end()
                child = None
    except BaseException as error:
        results.put(error)
    finally:
        if child is not None:
            child.end()
        results.put(None)


def _one(child: _Child, suite: Suite, repeat: int) -> Outcome | None:
    first = child.reply(max(_START, suite.seconds))
    if first is None or "broken" in first:
        why = "it took too long" if child.slow else child.last_words()
        raise UnusableSuite(
            f"{suite.name}: a document cannot be made: {first['broken'] if first else why}"
        )
    if "none" in first:
        return None
    case: Outcome = first["case"]
    second = child.reply(suite.seconds * repeat)
    if second is not None and "broken" in second:
        raise UnusableSuite(f"{suite.name}: {case['id']}: {second['broken']}")
    if second is None:
        kind = "timeout" if child.slow else "killed"
        child.process.wait()
        message = f"more than {suite.seconds:g} s" if child.slow else child.last_words()
        code = kind if child.slow else f"exit {child.process.returncode}"
        return case | {"failure": {"kind": kind, "code": code, "message": message}}
    done: Outcome = second["outcome"]
    return case | done


def main() -> None:
    """Serve tasks from standard input; what the road prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    settings = json.loads(sys.argv[1])
    model = connect(settings["llm"], cache=settings["cache"])
    read(load("政府信息公开"))  # what is made once for all documents is no document's time
    _serve(sys.stdin, answers, settings, model)


if __name__ == "__main__":
    main()
