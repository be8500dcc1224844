"""One supervised child process for work that may hang, crash or eat all memory.

    worker = Worker(Limits(memory=512 << 20, cpu=8.0))
    answer = worker.run("package.module:function", data, option=1)

The child is `python -m gkllm.worker`, so it works from scripts without a main guard and from
notebooks. It imports the function by its name, calls `function(data, **options)` and sends
back what JSON can carry, or bytes. Both ways go frames: four bytes of length and JSON, then
eight bytes of length and bytes. Nothing is unpickled. A child that dies, hangs or outgrows a
limit costs its call one error (`errors.UnreadableInput`), and the next call gets a new child.

Limits on memory and processor time need an operating system that has them (Linux; macOS
ignores the one on memory, Windows has neither); the limits on time and output hold everywhere.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import importlib
import json
import math
import os
import signal
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, BinaryIO, NoReturn

from gkllm.errors import (
    Crashed,
    GkllmError,
    OutOfMemory,
    TimedOut,
    TooLarge,
    UnreadableInput,
    UnusableSetting,
)

__all__ = ["Limits", "Worker", "inside", "room", "shared"]

_HEAD = struct.Struct(">I")
_BODY = struct.Struct(">Q")
_LARGEST_HEAD = 1 << 20  # bytes of JSON that name a call, or an error
_INSIDE = "GKLLM_INSIDE_WORKER"
_LOOK = 1.0  # seconds between two looks at whether a call takes too long
_CLOSED = 5.0  # seconds that a child gets to end when nothing more is asked of it
# What no reader of a document has to do; the child refuses it while it is sealed.
_SEALED = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may use, and when the child is replaced.

    `memory` in bytes of address space of the child; `cpu` and `wall` in seconds a call, the
    latter up to a second more;
    `output` in bytes of an answer. A child is replaced after `calls`, so that what a library
    leaks is given back. `sealed` refuses sockets and other programs inside the child.
    """

    memory: int = 512 << 20
    cpu: float = 8.0
    wall: float = 30.0
    output: int = 64 << 20
    calls: int = 2000
    sealed: bool = True


@dataclass
class Worker:
    """A child process that is started when it is first needed, and again when it has died.

    Threads may share a worker: one call is made at a time.
    """

    limits: Limits = field(default_factory=Limits)
    _child: _Child | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _retired: bool = field(default=False, init=False, repr=False)

    def run(self, task: str, data: bytes = b"", **options: Any) -> Any:
        """Call `task` ("module:function") in the child with bytes and options that are JSON.

        Returns what the task returns: bytes, or what JSON gives back for it. Raises the
        `UnreadableInput` that the task raised; TimedOut, OutOfMemory or TooLarge for a limit;
        Crashed where the child died or the task failed in any other way.
        """
        with self._lock:
            if self._retired:
                raise Crashed("The process that reads was ended, and is not started again.")
            child = self._ready()
            try:
                return child.call(task, data, options)
            finally:
                if child.spent:
                    self._close()

    def close(self) -> None:
        """End the child; a further call starts a new one."""
        with self._lock:
            self._close()

    def kill(self) -> None:
        """End the child at once, also from another thread; a call in progress raises Crashed."""
        child = self._child
        if child is not None and child.owner == os.getpid():
            child.process.kill()

    def retire(self) -> None:
        """End the child at once and for good: every further call raises Crashed too."""
        self._retired = True
        self.kill()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ready(self) -> _Child:
        child = self._child
        if child is not None and child.owner != os.getpid():
            child = None  # the child belongs to the process that this one was forked from
        if child is None:
            child = self._child = _Child(self.limits)
        return child

    def _close(self) -> None:
        child, self._child = self._child, None
        if child is not None and child.owner == os.getpid():
            child.end()


class _Child:
    """The process and the pipes to it."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.calls, self.owner = limits, 0, os.getpid()
        self.broken = self.late = False
        if not sys.executable:
            raise UnusableSetting(
                "This Python does not know its own program (sys.executable is empty), so it "
                "cannot start the process that reads documents. Run gkllm with a usual Python."
            )
        command = [sys.executable, "-P", "-m", "gkllm.worker", "--memory", str(limits.memory)]
        command += ["--cpu", str(limits.cpu), "--output", str(limits.output)]
        # What can be imported here can be imported there, wherever this was started.
        path = os.pathsep.join(dict.fromkeys(entry or os.getcwd() for entry in sys.path))
        self.process = subprocess.Popen(  # noqa: S603 - this very Python, with fixed arguments
            command + (["--sealed"] if limits.sealed else []),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                **os.environ,
                "PYTHONPATH": path,
                "PYTHONIOENCODING": "utf-8",
                _INSIDE: str(limits.memory),
            },
        )
        self._until, self._minding, self._ended = math.inf, threading.Lock(), threading.Event()
        # One thread that looks now and then: an alarm for each call costs more than sending it.
        pause = min(_LOOK, limits.wall / 20)
        watching = (weakref.ref(self), self._ended, pause)
        threading.Thread(target=_watch, args=watching, daemon=True).start()

    @property
    def spent(self) -> bool:
        """Whether it must not be asked again."""
        return self.broken or self.calls >= self.limits.calls

    def call(self, task: str, data: bytes, options: dict[str, Any]) -> Any:
        head = json.dumps({"task": task, "options": options}).encode()
        if len(head) > _LARGEST_HEAD:
            raise UnusableSetting("The options of a task are too large; pass them as data.")
        self.calls += 1
        self.broken = True  # until the answer is here
        with self._minding:
            self._until = time.monotonic() + self.limits.wall
        try:
            _send(_pipe(self.process.stdin), head, data)
            answer, body = _receive(_pipe(self.process.stdout), self.limits.output)
        except _TooMuch:
            raise TooLarge(_more_than(self.limits.output)) from None
        except (OSError, EOFError, ValueError):
            self._explain()
        finally:
            with self._minding:
                self._until = math.inf
        if self.late:
            self._explain()
        self.broken = bool(answer.get("last"))
        if "error" in answer:
            raise _error(answer["error"], answer["message"])
        return body if answer["bytes"] else json.loads(body)

    def look(self) -> None:
        """End the process if its call takes too long."""
        with self._minding:
            if time.monotonic() > self._until:
                self.late = True
                self.process.kill()

    def _explain(self) -> NoReturn:
        """Raise the error that says how the child died."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_CLOSED)
        code = self.process.poll()
        if self.late or code == -getattr(signal, "SIGXCPU", 0):
            seconds = self.limits.wall if self.late else self.limits.cpu
            raise TimedOut(
                f"Reading it took more than {seconds:g} seconds. It may be damaged, or made to "
                "do so; open it in its own program and save it anew, or save it as text."
            ) from None
        how = signal.Signals(-code).name if code is not None and code < 0 else f"exit {code}"
        raise Crashed(
            f"The process that read it died ({how}). It is damaged in a way that its reader "
            "cannot stand; open it in its own program and save it anew, or save it as text."
        ) from None

    def end(self) -> None:
        """Let the child go, and see that it has gone."""
        self._ended.set()
        process = self.process
        if self.broken:
            process.kill()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                _pipe(pipe).close()
        try:
            process.wait(_CLOSED)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _watch(watched: weakref.ref[_Child], ended: threading.Event, pause: float) -> None:
    """See that no call of a child takes too long, until the child has ended."""
    while not ended.wait(pause):
        child = watched()
        if child is None:
            return
        child.look()
        del child


class _TooMuch(Exception):
    """An answer above the limit."""


def inside() -> bool:
    """Whether this process is such a child, whose limits already hold for all it does."""
    return _INSIDE in os.environ


def room() -> int:
    """How much memory such a child was given, in bytes."""
    told = os.environ.get(_INSIDE, "")
    return int(told) if told.isdecimal() else 0


@cache
def shared(limits: Limits) -> Worker:
    """The worker of this process for these limits; it ends with the process."""
    worker = Worker(limits)
    atexit.register(worker.close)
    return worker


# ---------------------------------------------------------------- frames


def _pipe(stream: Any) -> BinaryIO:
    found: BinaryIO = stream
    return found


def _send(pipe: BinaryIO, head: bytes, body: bytes) -> None:
    pipe.write(_HEAD.pack(len(head)) + head + _BODY.pack(len(body)))
    pipe.write(body)
    pipe.flush()


def _receive(pipe: BinaryIO, most: int | None) -> tuple[dict[str, Any], bytes]:
    size = _HEAD.unpack(_exactly(pipe, _HEAD.size))[0]
    if size > _LARGEST_HEAD:
        raise ValueError("no frame")
    head: dict[str, Any] = json.loads(_exactly(pipe, size))
    size = _BODY.unpack(_exactly(pipe, _BODY.size))[0]
    if most is not None and size > most:
        raise _TooMuch
    return head, _exactly(pipe, size)


def _exactly(pipe: BinaryIO, size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


@cache
def _errors() -> dict[str, type[GkllmError]]:
    found: dict[str, type[GkllmError]] = {}
    queue: list[type[GkllmError]] = [UnreadableInput]
    for kind in queue:
        found[kind.code] = kind
        queue += kind.__subclasses__()
    return found


def _error(code: str, message: str) -> GkllmError:
    return _errors().get(code, Crashed)(message)


def _more_than(output: int) -> str:
    return (
        f"What it holds takes more than {output >> 20} MB, so this is not one report. "
        "Split it into files."
    )


# ---------------------------------------------------------------- inside the child


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve calls from standard input until it ends."""
    parser = argparse.ArgumentParser(prog="python -m gkllm.worker", description=__doc__)
    parser.add_argument("--memory", type=int, required=True)
    parser.add_argument("--cpu", type=float, required=True)
    parser.add_argument("--output", type=int, required=True)
    parser.add_argument("--sealed", action="store_true")
    limits = parser.parse_args(arguments)
    # What a library prints must not get between the frames.
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    with contextlib.suppress(ValueError, OSError, AttributeError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    _limit_memory(limits.memory)
    if limits.sealed:
        _seal()
    while True:
        try:
            head, data = _receive(requests, None)
        except (EOFError, OSError, ValueError):
            return 0
        _limit_time(limits.cpu)
        answer, body = _answer(head, data, limits.output)
        del data
        try:
            _send(answers, json.dumps(answer).encode(), body)
        except OSError:
            return 0
        if answer.get("last"):
            return 0


def _answer(head: dict[str, Any], data: bytes, output: int) -> tuple[dict[str, Any], bytes]:
    try:
        result = _task(head["task"])(data, **head["options"])
        raw = isinstance(result, bytes)
        body = result if raw else json.dumps(result, ensure_ascii=False).encode()
    except UnreadableInput as error:
        return {"error": error.code, "message": str(error)}, b""
    except MemoryError:
        message = "Reading it takes more memory than is allowed. Split it, or save it as text."
        return {"error": OutOfMemory.code, "message": message, "last": True}, b""
    except Exception as error:  # a fault of ours or of a library costs this input, not the child
        kind = f"{type(error).__name__}: {error}"[:300]
        message = f"Its reader failed ({kind}). Save it as text, and please report it."
        return {"error": Crashed.code, "message": message, "last": True}, b""
    if len(body) > output:
        return {"error": TooLarge.code, "message": _more_than(output), "last": True}, b""
    return {"bytes": raw}, body


@cache
def _task(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def _limit_memory(memory: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        least = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
        resource.setrlimit(resource.RLIMIT_AS, (least, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time(seconds: float) -> None:
    """From now on so much processor time; the signal that says it is over ends the process."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds) + 1, hard))


def _seal() -> None:
    """Refuse sockets and other programs from here on."""

    def refuse(event: str, _: Any) -> None:
        if event.startswith(_SEALED):
            raise PermissionError(f"{event} is not for a reader of documents")

    sys.addaudithook(refuse)


if __name__ == "__main__":
    # Tasks that import this module must find it as it runs.
    sys.modules["gkllm.worker"] = sys.modules["__main__"]
    os._exit(
        main()
    )  # all is sent; taking down what was imported would only keep the parent waiting
