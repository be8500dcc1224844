"""The embedded model: started with the first question, once, and stopped with the program."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, Queue
from typing import IO, Self

from gkllm.errors import UnusableSetting
from gkllm.llm import Fault, Why, weights
from gkllm.llm.settings import Settings

START = 180.0  # seconds to load a model
STOP = 3.0  # seconds to end before it is ended


def idle_cores() -> int:
    """How many cores have nothing else to do, at least one.

    Threads of llama.cpp wait for each other at every layer, and one that has to share its core
    keeps all of them waiting: on two busy cores, two threads took 4 to 5 times as long as one.
    """
    try:
        cores = len(os.sched_getaffinity(0))
        busy = os.getloadavg()[0]
    except (AttributeError, OSError):  # not on every system
        return max(1, (os.cpu_count() or 2) // 2)
    return max(1, cores - round(busy))


class Engine:
    """A model file, and the process that serves it on this machine."""

    def __init__(self, path: Path | None, settings: Settings, tell: Callable[[str], None]) -> None:
        self.name = f"{path.stem} ({weights.fingerprint(path)})" if path else weights.NAME
        self._path, self._settings, self._tell = path, settings, tell
        self._process: subprocess.Popen[str] | None = None
        self._log: IO[bytes] | None = None
        self._key = secrets.token_hex(16)

    @classmethod
    def of(cls, settings: Settings, tell: Callable[[str], None]) -> Self:
        """The engine of these settings; nothing is loaded yet.

        Raises `UnusableSetting` where there is no model to load.
        """
        path = settings.model_path
        if path is None and not (weights.folder() / f"{weights.NAME}.gguf").exists():
            weights.parts()
        if path is not None and not (path.is_file() and _magic(path)):
            raise UnusableSetting(
                f"GKLLM_MODEL_PATH: {path} is no GGUF file. Name one, or unset it."
            )
        return cls(path, settings, tell)

    def start(self) -> tuple[str, str]:
        """Its address and key. Raises Fault where it does not start."""
        try:
            path = self._path or weights.joined(_bar(self._tell))
        except UnusableSetting as error:
            raise Fault(Why.ENGINE, str(error)) from None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # closed by stop
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gkllm.llm.engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is ours to handle
        )
        order = {
            "path": str(path),
            "key": self._key,
            "context": self._settings.context,
            "threads": self._settings.threads or idle_cores(),
        }
        line = self._said(json.dumps(order))
        if not line:
            why = f" ({self._last_words()})" if self._last_words() else ""
            self.stop()
            raise Fault(
                Why.ENGINE,
                f"The embedded model {path.name} did not start{why}. It needs about twice its "
                "size of memory; another GGUF file can be named with GKLLM_MODEL_PATH.",
            )
        return f"{json.loads(line)['url']}/v1", self._key

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process else None

    def alive(self) -> bool:
        """Whether it was started and still runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it; it ends by itself when this program does."""
        process, self._process = self._process, None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()
            try:
                process.wait(STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._log:
            self._log.close()
            self._log = None

    def _said(self, order: str) -> str:
        """The line that it answers with; empty if it dies or takes too long."""
        process, answers = self._process, Queue[str]()
        if process is None or process.stdin is None or process.stdout is None:
            return ""
        try:
            process.stdin.write(order + "\n")
            process.stdin.flush()
        except OSError:
            return ""
        read = process.stdout.readline
        threading.Thread(target=lambda: answers.put(read()), daemon=True).start()
        try:
            return answers.get(timeout=START)
        except Empty:
            process.kill()
            return ""

    def _last_words(self) -> str:
        if not self._log:
            return ""
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").split("\n")
        return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")


def _magic(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"GGUF"


def _bar(tell: Callable[[str], None]) -> weights.Progress:
    """Progress of the joining: a bar on a terminal, two lines elsewhere."""
    said = False

    def progress(done: int, size: int) -> None:
        nonlocal said
        if not said:
            said = True
            tell(f"joining the embedded model, once: {size / 1e9:.1f} GB to {weights.folder()}")
        if sys.stderr.isatty():
            filled = 40 * done // size
            end = "\n" if done >= size else ""
            bar = f"\r[{'#' * filled}{'.' * (40 - filled)}] {100 * done // size:3d} %{end}"
            sys.stderr.write(bar)
            sys.stderr.flush()

    return progress
