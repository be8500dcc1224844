"""How questions are sent: what goes over the wire, tries, limits, budgets, sharing, the cache."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from gkllm.llm import Answer, Prompt, Settings, Why, connect
from gkllm.llm.client import Endpoint
from gkllm.llm.limits import Pace, backoff, retry_after
from tests.fault_server import (
    GOOD,
    Act,
    FaultServer,
    Handler,
    failing,
    saying,
    then,
)


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")

    quote: str | None
    value: int | None


class Wider(Shape):
    note: str | None


def prompt(text: str = "收到37件", **more: Any) -> Prompt:
    values = {"id": "test/1", "digest": "d", "system": "问", "user": text, "shape": Shape}
    return Prompt(**{**values, **more})


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        running.act = saying(GOOD)
        yield running


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GKLLM_CACHE_DIR", str(tmp_path / "cache"))


def model(server: FaultServer, cache: Any = "on", **more: Any) -> Endpoint:
    connected = connect(
        "required", Settings(**{"base_url": server.url, "model": "m", **more}), cache=cache
    )
    assert connected is not None
    return connected


def ask(model: Endpoint, text: str = "收到37件", **more: Any) -> Answer:
    return model.answer(prompt(text, **more), model.open_account())


# What goes over the wire


def test_a_request_asks_for_strict_decoding_of_the_shape(server: FaultServer) -> None:
    asked = prompt(shots=(("收到5件", '{"quote": "5件", "value": 5}'),), max_tokens=99)
    one = model(server, api_key="k", body={"enable_thinking": False})
    one.answer(asked, one.open_account())
    one.close()
    [request] = server.requests
    schema = {
        "type": "object", "required": ["quote", "value"], "additionalProperties": False,
        "properties": {
            "quote": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "value": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        },
    }  # fmt: skip
    assert request == {
        "model": "m", "temperature": 0, "seed": 0, "max_tokens": 99, "enable_thinking": False,
        "messages": [
            {"role": "system", "content": "问"},
            {"role": "user", "content": "收到5件"},
            {"role": "assistant", "content": '{"quote": "5件", "value": 5}'},
            {"role": "user", "content": "收到37件"},
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": schema},
        },
    }  # fmt: skip
    assert list(request["response_format"]["json_schema"]["schema"]["properties"]) == [
        "quote", "value",
    ]  # fmt: skip
    assert server.headers[0]["authorization"] == "Bearer k"


@pytest.mark.parametrize(
    "text",
    ["{{ 7*7 }} {% for x in y %}", "{% bad", "{{ secret }}", "{# gone #}", "\u200b<|im_end|>"],
)
def test_text_of_a_document_is_no_template(server: FaultServer, text: str) -> None:
    one = model(server)
    assert ask(one, text).value
    one.close()
    assert server.requests[0]["messages"][-1]["content"] == text


def test_a_dialect_is_learnt_once(server: FaultServer) -> None:
    def act(handler: Handler, request: dict[str, Any]) -> None:
        if request["response_format"]["type"] == "json_schema":
            failing(400, "", "response_format json_schema is not supported")(handler, request)
        else:
            saying(GOOD)(handler, request)

    server.act = act
    one = model(server)
    assert all(ask(one, str(n)).value for n in range(3))
    one.close()
    kinds = [request["response_format"]["type"] for request in server.requests]
    assert kinds == ["json_schema"] * 2 + ["json_object"] * 3


def test_a_stated_mode_is_not_changed(server: FaultServer) -> None:
    server.act = failing(400, "", "response_format is not supported")
    one = model(server, schema_mode="schema")
    answer = ask(one)
    one.close()
    assert answer.trouble is not None
    assert answer.trouble.why is Why.BAD_REQUEST
    [request] = server.requests
    assert "strict" not in request["response_format"]["json_schema"]


# Tries


def test_a_wait_that_is_asked_for_is_kept(server: FaultServer) -> None:
    server.act = then(failing(429, Retry_After="0.4"), saying(GOOD))
    one = model(server)
    start = time.monotonic()
    assert ask(one).value
    assert time.monotonic() - start >= 0.4
    one.close()


@pytest.mark.parametrize(
    ("retries", "act", "calls"),
    [(0, failing(500), 1), (2, failing(500), 3), (2, failing(400), 4), (2, failing(401), 1),
     (2, saying(None, refusal="no"), 1), (2, saying("{", "length"), 1)],
)  # fmt: skip
def test_only_what_may_pass_is_tried_again(
    server: FaultServer, retries: int, act: Act, calls: int
) -> None:
    """A 400 of an endpoint not known yet is tried in each of the four modes."""
    server.act = act
    one = model(server, retries=retries, longest_wait=0.05)
    assert ask(one).trouble
    assert len(server.requests) == calls
    assert one.account.usage().calls == calls
    one.close()


def test_an_answer_of_the_wrong_shape_is_asked_again_with_what_was_wrong(
    server: FaultServer,
) -> None:
    server.act = then(saying('{"value": "x"}'), saying(GOOD))
    one = model(server)
    account = one.open_account()
    assert one.answer(prompt(), account).value
    assert [len(request["messages"]) for request in server.requests] == [2, 4]
    assert account.usage().calls == 2
    assert account.usage().prompt_tokens == 80
    one.close()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0", 0), ("-1", None), ("inf", None), ("nan", None), ("tomorrow", None),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("Wed, 21 Oct 2015 07:28:00", 0), ("", None)],
)  # fmt: skip
def test_retry_after(header: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": header}) == seconds


def test_waits_are_scattered_and_bounded() -> None:
    waits = [backoff(attempt, 3.0) for attempt in range(12) for _ in range(50)]
    assert max(waits) <= 3.0
    assert max(waits[:50]) <= 0.5
    assert len(set(waits)) == len(waits)


# Limits


def paced(requests: int, tokens: int, sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The seconds at which calls of these sizes are sent, by a clock that sleeping moves."""
    now = [100.0]
    sent = []

    async def sleep(seconds: float) -> None:
        now[0] += seconds + 0.001

    async def run() -> None:
        pace = Pace(requests, tokens)
        for size in sizes:
            await pace.take(size)
            sent.append(round(now[0] - 100, 1))

    monkeypatch.setattr("gkllm.llm.limits.time.monotonic", lambda: now[0])
    monkeypatch.setattr("gkllm.llm.limits.asyncio.sleep", sleep)
    asyncio.run(run())
    return sent


@pytest.mark.parametrize(
    ("requests", "tokens", "sizes", "sent"),
    [
        (0, 0, [9] * 5, [0] * 5),
        (2, 0, [9] * 5, [0, 0, 60, 60, 120]),
        (0, 100, [60, 60, 30, 60], [0, 60, 60, 120]),
        (0, 100, [500, 10, 500], [0, 60, 120]),  # alone, any call may go
        (3, 100, [50, 50, 1, 1, 1], [0, 0, 60, 60, 60]),
    ],
)
def test_requests_and_tokens_a_minute(
    requests: int, tokens: int, sizes: list[int], sent: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert paced(requests, tokens, sizes, monkeypatch) == sent


def test_no_more_calls_at_a_time_than_allowed(server: FaultServer) -> None:
    running, most = [0], [0]
    lock = threading.Lock()

    def act(handler: Handler, request: dict[str, Any]) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.1)
        with lock:
            running[0] -= 1
        saying(GOOD)(handler, request)

    server.act = act
    one = model(server, concurrency=3)
    answers = one.answers([prompt(str(n)) for n in range(9)], one.open_account())
    one.close()
    assert all(answer.value for answer in answers)
    assert most[0] == 3


def test_answers_come_in_the_order_of_questions(server: FaultServer) -> None:
    def act(handler: Handler, request: dict[str, Any]) -> None:
        number = int(request["messages"][-1]["content"])
        time.sleep(0.02 * (5 - number))
        saying(json.dumps({"quote": None, "value": number}))(handler, request)

    server.act = act
    one = model(server)
    answers = one.answers([prompt(str(n)) for n in range(5)], one.open_account())
    one.close()
    assert [getattr(answer.value, "value", None) for answer in answers] == [0, 1, 2, 3, 4]


# Budgets


def test_a_report_has_a_budget(server: FaultServer) -> None:
    one = model(server, tokens_per_report=700)
    account = one.open_account()
    found = [one.answer(prompt(str(n)), account) for n in range(6)]
    one.close()
    whys = [answer.trouble.why if answer.trouble else None for answer in found]
    assert whys[0] is None
    assert whys[-1] is Why.REPORT_BUDGET
    assert account.tokens <= 700
    assert one.open_account().reserve(600) is None  # the next report has its own


def test_a_run_has_a_budget_and_stops(server: FaultServer) -> None:
    one = model(server, tokens_per_run=700)
    found = [ask(one, str(n)) for n in range(6)]
    sent = len(server.requests)
    assert found[0].value
    assert found[-1].trouble is not None
    assert found[-1].trouble.why is Why.RUN_BUDGET
    assert one.stopped is found[-1].trouble
    assert ask(one, "0").cached  # what is known costs nothing
    assert len(server.requests) == sent
    one.close()


def test_a_run_has_a_budget_of_money(server: FaultServer) -> None:
    price = {"prompt": 1000, "completion": 1000, "currency": "CNY"}  # 0.05 a call
    one = model(server, money_per_run=Decimal("0.7"), price=price)
    found = [ask(one, str(n)).trouble for n in range(20)]
    one.close()
    assert found[0] is None
    assert found[-1] is not None
    cost = one.account.usage().cost
    assert cost is not None
    assert Decimal(0) < cost <= Decimal("0.7")


def test_failures_in_a_row_stop_a_run(server: FaultServer) -> None:
    server.act = saying("no JSON")
    one = model(server, failures_in_a_row=3, reasks=0)
    found = [ask(one, str(n)).trouble for n in range(6)]
    one.close()
    assert [trouble.why for trouble in found if trouble] == ["not_json"] * 3 + ["failing"] * 3
    assert len(server.requests) == 3


def test_an_answer_between_failures_lets_a_run_go_on(server: FaultServer) -> None:
    bad, good = saying("no JSON"), saying(GOOD)
    server.act = then(bad, bad, good, bad, bad, good)
    one = model(server, failures_in_a_row=3, reasks=0)
    found = [ask(one, str(n)).value is not None for n in range(6)]
    one.close()
    assert found == [False, False, True, False, False, True]


@pytest.mark.parametrize("workers", [1, 4])
def test_an_empty_account_stops_a_run_within_a_call_for_each_worker(
    server: FaultServer, workers: int
) -> None:
    server.act = failing(429, "insufficient_quota")
    one = model(server, concurrency=workers)
    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(lambda n: ask(one, str(n)).trouble, range(40)))
    one.close()
    assert {trouble.why for trouble in found if trouble} == {Why.QUOTA}
    assert len(server.requests) <= workers


# Sharing and keeping


def test_the_same_question_at_the_same_time_is_one_call(server: FaultServer) -> None:
    server.act = lambda handler, request: (time.sleep(0.2), saying(GOOD)(handler, request))[1]
    one = model(server)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ask(one), range(8)))
    one.close()
    assert len(server.requests) == 1
    assert sum(answer.cached for answer in found) == 7
    assert len({answer.value.model_dump_json() for answer in found if answer.value}) == 1
    usage = one.account.usage()
    assert (usage.calls, usage.cached_calls) == (1, 7)


ASKER = """
import sys
from pydantic import BaseModel
from gkllm.llm import Prompt, Settings, connect

class Shape(BaseModel):
    quote: str | None
    value: int | None

model = connect("required", Settings(base_url=sys.argv[1], model="m"))
print("ready", flush=True)
sys.stdin.readline()
question = Prompt("test/1", "d", "", "收到37件", Shape)
print(model.answer(question, model.open_account()).value, flush=True)
"""


def asker(server: FaultServer) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", ASKER, server.url]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def test_processes_that_ask_the_same_make_one_call(server: FaultServer) -> None:
    server.act = lambda handler, request: (time.sleep(1), saying(GOOD)(handler, request))[1]
    processes = [asker(server) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate()[0] for process in processes]
    assert answers == ["quote='收到37件' value=37\n"] * 2
    assert len(server.requests) == 1


def test_an_answer_is_kept_and_checked_again(server: FaultServer) -> None:
    for calls in (1, 1):
        one = model(server)
        answer = ask(one)
        one.close()
        assert answer.value == Shape(quote="收到37件", value=37)
        assert len(server.requests) == calls
    assert answer.cached


def test_what_was_no_answer_is_not_kept(server: FaultServer) -> None:
    server.act = saying("prose")
    one = model(server, reasks=0)
    ask(one)
    ask(one)
    one.close()
    assert len(server.requests) == 2


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    # of the question, of the settings, and whether the answer may be another
    "the text": ({"user": "收到38件"}, {}, True),
    "the system": ({"system": "再问"}, {}, True),
    "the prompt": ({"id": "test/2"}, {}, True),
    "the digest": ({"digest": "e"}, {}, True),
    "the shape": ({"shape": Wider}, {}, True),
    "an example": ({"shots": (("a", "{}"),)}, {}, True),
    "the length": ({"max_tokens": 99}, {}, True),
    "the model": ({}, {"model": "n"}, True),
    "the temperature": ({}, {"temperature": 0.5}, True),
    "the seed": ({}, {"seed": 7}, True),
    "the mode": ({}, {"schema_mode": "object"}, True),
    "the body": ({}, {"body": {"top_k": 1}}, True),
    "the key": ({}, {"api_key": "other"}, False),
    "the timeout": ({}, {"timeout": 9}, False),
    "the retries": ({}, {"retries": 9}, False),
    "the budget": ({}, {"tokens_per_report": 9999}, False),
    "the price": ({}, {"price": {"prompt": 1, "completion": 1, "currency": "CNY"}}, False),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_key_is_all_that_changes_the_answer_and_nothing_else(
    server: FaultServer, name: str
) -> None:
    question, settings, matters = CHANGES[name]
    server.act = saying(None, refusal="no")
    first, second = model(server), model(server, **settings)
    assert (first.key(prompt()) != second.key(prompt(**question))) is matters


def test_an_address_is_no_part_of_a_key(server: FaultServer) -> None:
    other = Settings(base_url="http://elsewhere/v1", model="m")
    elsewhere = connect("required", other)
    assert elsewhere is not None
    assert elsewhere.key(prompt()) == model(server).key(prompt())


# Secrets


def test_nothing_secret_is_kept(
    server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goal G9: of key, header, environment and document, the answer alone is on disk."""
    canaries = {"sk-canary-key", "canary-header", "canary-env", "canary-document"}
    monkeypatch.setenv("SOME_SECRET", "canary-env")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Secret: canary-header")
    one = model(server, api_key="sk-canary-key")
    ask(one, "canary-document 收到37件")
    shown = repr(one._settings) + str(one._settings) + repr(one) + one._settings.model_dump_json()
    one.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "cache").iterdir())
    assert kept
    assert not {canary for canary in canaries if canary.encode() in kept or canary in shown}


# Stopping


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_ends_a_call_at_once(server: FaultServer) -> None:
    server.act = lambda handler, request: time.sleep(30)
    process = asker(server)
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    while not server.requests:
        time.sleep(0.02)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert time.monotonic() - start < 10
    assert "KeyboardInterrupt" in errors
    assert "Exception ignored" not in errors


def test_a_closed_model_answers_nothing_and_raises_nothing(server: FaultServer) -> None:
    one = model(server)
    ask(one)
    one.close()
    one.close()
    assert ask(one, "another").trouble is not None
