"""The page of a report in Firefox, which is driven by Marionette, its own protocol.

Playwright drives a Firefox of its own only; this needs the one of the system and nothing else.
Set GKLLM_FIREFOX to its path if it is not found. Without it these tests are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gkllm.load import load
from gkllm.pipeline import read
from gkllm.write.html import report_page

FIREFOX = os.environ.get("GKLLM_FIREFOX") or next(
    filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None
)
pytestmark = [
    pytest.mark.skipif(FIREFOX is None, reason="no Firefox here"),
    pytest.mark.timeout(180),
]
SOURCE = Path(__file__).parent.parent / "fixtures" / "hand-01" / "source.txt"
# A value of the official tables that stands in the text, and where it is on the screen.
VALUE = """
  const value = document.querySelector('.official .value.verified[href]');
  value.scrollIntoView({block: 'center', behavior: 'instant'});
  const box = value.getBoundingClientRect();
  return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2), value.dataset.f];
"""
LIT = """
  const lit = Array.from(document.querySelectorAll('.hot'), (e) => [e.className, e.dataset.f]);
  return [document.getElementById('inspector').innerText, lit];
"""


class Marionette:
    """Commands to a Firefox: JSON behind its length, over a socket."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream, self._file, self._count = stream, stream.makefile("rb"), 0
        self._receive()

    def _receive(self) -> Any:
        size = b""
        while not size.endswith(b":"):
            size += self._file.read(1)
        return json.loads(self._file.read(int(size[:-1])))

    def __call__(self, command: str, **given: Any) -> Any:
        self._count += 1
        said = json.dumps([0, self._count, f"WebDriver:{command}", given]).encode()
        self._stream.sendall(b"%d:%b" % (len(said), said))
        _, _, error, answer = self._receive()
        assert error is None, error
        return answer.get("value", answer) if isinstance(answer, dict) else answer

    def run(self, script: str) -> Any:
        """What a script returns in the page."""
        return self("ExecuteScript", script=script, args=[])

    def close(self) -> None:
        self._file.close()
        self._stream.close()


@pytest.fixture
def firefox(tmp_path: Path) -> Iterator[Marionette]:
    profile = tmp_path / "profile"
    profile.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (profile / "user.js").write_text(f'user_pref("marionette.port", {port});\n')
    words = [str(FIREFOX), "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(words, **quiet) as process:
        try:
            driver = Marionette(_connected(port, process))
            driver("NewSession", capabilities={})
            yield driver
            driver.close()
        finally:
            process.terminate()


def _connected(port: int, process: subprocess.Popen[bytes]) -> socket.socket:
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"Firefox did not start: {process.poll()}")


def test_a_value_lights_its_quote(firefox: Marionette, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    reading = read(load(SOURCE))
    page.write_text(report_page(reading.report, load(SOURCE).text), "utf-8")
    for width in (1280, 420):
        firefox("SetWindowRect", width=width, height=900)
        firefox("Navigate", url=page.as_uri())
        assert firefox.run("return document.documentElement.scrollWidth <= innerWidth")
        x, y, path = firefox.run(VALUE)
        move = {"type": "pointerMove", "x": x, "y": y, "duration": 20}
        still = {"type": "pause", "duration": 200}
        mouse = {"type": "pointer", "id": "mouse", "actions": [move, still]}
        firefox("PerformActions", actions=[mouse])
        told, lit = firefox.run(LIT)
        assert path in told
        assert [path] * 2 == [field for _, field in lit]
        assert {"quote", "value"} <= {word for words, _ in lit for word in words.split()}
        firefox("PerformActions", actions=[{**mouse, "actions": [{**move, "x": 3, "y": 3}, still]}])
