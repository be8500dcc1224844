"""The command line with a model: an endpoint by configuration, the cache, the bill, the doctor."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gkllm.cli import app
from tests.fault_server import FaultServer, Handler, completion, failing, saying

KEY = "sk-canary-77aa"
REPORT = """XX县2023年政府信息公开工作年度报告
一、总体情况
信息公开业务培训班今年先后办了3期，参加者评价很好。
二、主动公开政府信息情况
三、收到和处理政府信息公开申请情况
五、存在的主要问题及改进情况
"""


def nulls(handler: Handler, request: dict[str, Any]) -> None:
    """Answer null to everything, in the shape that is asked for."""
    wanted = request.get("response_format", {}).get("json_schema", {}).get("schema", {})
    names = wanted.get("properties", {})
    text = json.dumps({name: _empty(rule, wanted) for name, rule in names.items()})
    handler.reply(completion(text))


def _empty(rule: dict[str, Any], whole: dict[str, Any]) -> Any:
    if "$ref" in rule:
        return _empty(whole["$defs"][rule["$ref"].rsplit("/", 1)[1]], whole)
    if rule.get("type") == "array":
        return []
    if rule.get("type") == "object":
        return {name: _empty(each, whole) for name, each in rule["properties"].items()}
    return None


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FaultServer]:
    with FaultServer() as running:
        running.act = nulls
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("GKLLM_MODEL", "m")
        monkeypatch.setenv("GKLLM_CACHE_DIR", str(tmp_path / "answers"))
        yield running


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.txt"
    path.write_text(REPORT, "utf-8")
    return path


def run(*words: object) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert KEY not in result.output
    return result


def test_an_endpoint_is_asked_once_and_the_bill_is_shown(server: FaultServer, report: Path) -> None:
    first = run("extract", report)
    assert first.exit_code == 0
    asked = len(server.requests)
    assert asked > 0
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    usage = json.loads(first.stdout)["usage"]
    assert (usage["model"], usage["calls"], usage["cached_calls"]) == ("m", asked, 0)
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (40 * asked, 10 * asked)
    assert f"{asked} calls of m, 0 answers from the cache" in first.stderr
    second, third = run("extract", report), run("extract", report)
    assert len(server.requests) == asked
    assert second.stdout == third.stdout
    again = json.loads(second.stdout)
    assert (again["usage"]["calls"], again["usage"]["cached_calls"]) == (0, asked)
    assert again["fields"] == json.loads(first.stdout)["fields"]


def test_the_cache_can_be_left_out_refreshed_and_cleared(server: FaultServer, report: Path) -> None:
    run("extract", report, "--no-cache")
    once = len(server.requests)
    assert "answers  0\n" in run("cache", "stats").stdout
    run("extract", report)
    run("extract", report, "--refresh")
    assert len(server.requests) == 3 * once
    run("extract", report)
    assert len(server.requests) == 3 * once
    assert f"answers  {once}\n" in run("cache", "stats").stdout
    assert f"forgot {once} answers" in run("cache", "clear").stderr
    assert "answers  0\n" in run("cache", "stats").stdout
    assert run("extract", report, "--no-cache", "--refresh").exit_code == 2


def test_off_asks_nobody(server: FaultServer, report: Path) -> None:
    assert "no model was asked" in run("extract", report, "--llm", "off").stderr
    assert server.requests == []


def test_a_price_makes_a_cost(
    server: FaultServer, report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = tmp_path / "gkllm.toml"
    toml.write_text('[llm]\nprice = {prompt = 1000, completion = "2000.5", currency = "CNY"}\n')
    monkeypatch.setenv("GKLLM_CONFIG", str(toml))
    result = run("extract", report)
    asked = len(server.requests)
    usage = json.loads(result.stdout)["usage"]
    assert float(usage["cost"]) == pytest.approx(asked * (0.04 + 0.020005))
    assert usage["currency"] == "CNY"
    assert re.search(r"; 0\.\d{4} CNY", result.stderr)


def test_a_run_out_of_quota_stops_asking(server: FaultServer, report: Path, tmp_path: Path) -> None:
    server.act = failing(429, "insufficient_quota")
    other = tmp_path / "other.txt"
    other.write_text(REPORT.replace("3期", "4期"), "utf-8")
    result = run("extract", report, other)
    assert result.exit_code == 0  # auto never fails for want of a model
    assert len(server.requests) == 1
    assert "quota: The account at the endpoint has nothing left to spend." in result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert all(set(line["usage"]["troubles"]) == {"quota"} for line in lines)
    without = run("extract", report, other, "--llm", "off").stdout.splitlines()
    assert [line["fields"] for line in lines] == [json.loads(line)["fields"] for line in without]
    assert run("extract", report, "--llm", "required").exit_code == 1


def test_a_wrong_setting_is_wrong_usage(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = tmp_path / "gkllm.toml"
    toml.write_text("[llm]\ntimeuot = 1\n")
    monkeypatch.setenv("GKLLM_CONFIG", str(toml))
    result = run("extract", report)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Did you mean timeout?" in result.stderr


def test_a_local_model_that_is_none(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xllamacpp")
    monkeypatch.setenv("GKLLM_MODEL_PATH", str(report))
    result = run("extract", report, "--llm", "local")
    assert result.exit_code == 2
    assert "is no GGUF file" in result.stderr


def test_the_doctor_says_what_an_endpoint_lacks(server: FaultServer) -> None:
    server.act = saying('{"word": "好"}')
    result = run("doctor")
    assert "yes    reachable  m answers" in result.stdout
    assert "partly schemas    accepted, not enforced (0 of 2" in result.stdout
    assert "yes    usage      reported (40 + 10 tokens" in result.stdout
    assert "NO     context" in result.stdout
    assert "cannot be used as it is" in result.stdout
    assert result.exit_code == 1


def good(handler: Handler, request: dict[str, Any]) -> None:
    """An endpoint with nothing to complain of."""
    wanted = json.dumps(request.get("response_format", {}))
    question = request["messages"][-1]["content"]
    code = re.search(r"编号是 (\d{6})", question)
    text = '{"k9": 41, "z": 5}' if "k9" in wanted else code[1] if code else '{"word": "好"}'
    tokens = {"prompt_tokens": len(question), "completion_tokens": 9}
    handler.reply(completion(text, usage=tokens))


def test_the_doctor_is_content_with_a_good_endpoint(server: FaultServer) -> None:
    server.act = good
    result = run("doctor")
    assert "yes    schemas    enforced" in result.stdout
    assert "yes    context    a question of about 2000 tokens is read whole" in result.stdout
    assert result.exit_code == 0


def test_the_doctor_calls_a_slow_endpoint_slow(
    server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act(handler: Handler, request: dict[str, Any]) -> None:
        if "编号是" in request["messages"][-1]["content"]:
            time.sleep(2.5)
        good(handler, request)

    toml = tmp_path / "slow.toml"
    toml.write_text("[llm]\ntimeout = 1.5\n")
    monkeypatch.setenv("GKLLM_CONFIG", str(toml))
    server.act = act
    result = run("doctor")
    assert "partly context    a question of 2000 tokens takes longer" in result.stdout
    assert result.exit_code == 0


def test_the_doctor_of_an_endpoint_without_schemas(server: FaultServer) -> None:
    def act(handler: Handler, request: dict[str, Any]) -> None:
        if request.get("response_format", {}).get("type") == "json_schema":
            failing(400, "", "This response_format type is unavailable now")(handler, request)
        else:
            good(handler, request)

    server.act = act
    result = run("doctor")
    assert "partly schemas    not understood" in result.stdout
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (failing(401), "refuses the key (HTTP 401)"),
        (failing(404), "no such model"),
        (failing(429, "insufficient_quota"), "nothing left to spend"),
    ],
)
def test_the_doctor_of_an_endpoint_that_refuses(server: FaultServer, act: Any, says: str) -> None:
    server.act = act
    result = run("doctor")
    assert result.exit_code == 1
    assert says in result.stdout


def test_the_doctor_without_an_endpoint() -> None:
    result = run("doctor")
    assert result.exit_code == 2
    assert "set GKLLM_MODEL" in result.stderr
