"""What endpoints do wrong, over real HTTP on loopback: each fault ends in time, with a word."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from gkllm.llm import Answer, Prompt, Settings, connect
from gkllm.llm.client import Endpoint
from tests.fault_server import FAULTS, GOOD, FaultServer, saying

CANARY = "鹅卵石"  # stands in the document and nowhere else
KEY = "sk-canary-5f2d"


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")

    quote: str | None
    value: int | None


def prompt(number: int = 0, **more: Any) -> Prompt:
    return Prompt("test/1", "0" * 64, f"第{number}问", f"收到37件{CANARY}", Shape, **more)


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        # Importing the client libraries takes seconds that belong to no question.
        running.act = saying(GOOD)
        warm = connect("required", Settings(base_url=running.url, model="m"), cache="off")
        assert warm is not None
        ask(warm)
        warm.close()
        yield running


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GKLLM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("GKLLM_CACHE_KEY", "tests")


def model(server: FaultServer, **more: Any) -> Endpoint:
    values = {
        "base_url": server.url, "model": "m", "api_key": KEY, "timeout": 3.0, "retries": 1,
        "report_seconds": 6.0, "longest_wait": 0.1,
    }  # fmt: skip
    connected = connect("required", Settings(**{**values, **more}))
    assert connected is not None
    server.requests.clear()
    return connected


def ask(model: Endpoint, number: int = 0, **more: Any) -> Answer:
    return model.answer(prompt(number, **more), model.open_account())


@pytest.mark.parametrize("before", range(3), ids=["first", "second", "third"])
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_ends_in_time_with_a_word(
    server: FaultServer, name: str, before: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Wherever in a run it comes: as the first question, the second of a report, in a second."""
    fault = FAULTS[name]
    caplog.set_level(logging.WARNING)
    # Short where it will be waited for, long where a busy machine must not make it matter.
    seconds = 0.4 if fault.why == "timeout" else 3.0
    asked = model(server, timeout=seconds, report_seconds=4 * seconds)
    account = asked.open_account()
    server.act = saying(GOOD)
    for number in range(before):
        assert asked.answer(prompt(number), account).value == Shape(quote="收到37件", value=37)
        account = account if number == 0 else asked.open_account()
    server.act = fault.act
    start = time.monotonic()
    answer = asked.answer(prompt(9), account)
    assert time.monotonic() - start < 4 * seconds + 1.0  # the deadline of the report, and a second
    if fault.why:
        assert answer.value is None
        assert answer.trouble is not None
        assert answer.trouble.why in fault.why.split()
        assert account.usage().troubles == {answer.trouble.why.value: 1}
        assert not {CANARY, KEY} & set(answer.trouble.message.split())
        assert CANARY not in answer.trouble.message
    elif answer.trouble:
        pytest.fail(str(answer.trouble))
    else:
        assert answer.value == Shape(quote="收到37件", value=37)
    assert (asked.stopped is not None) is fault.stops
    asked.close()
    assert CANARY not in caplog.text
    assert KEY not in caplog.text
