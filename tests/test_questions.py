"""Questions as files: written, answered on a loopback Batch API, read back, found by a run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gkllm.batch import questions
from gkllm.cli import app
from tests.fault_server import FaultServer, saying

REPORT = """某县民政局2023年政府信息公开工作年度报告
一、总体情况
（一）主动公开。全年主动公开政府信息120条。
（二）监督保障。全年举办业务培训{n}次,另派员参加市级培训3次。
二、主动公开政府信息情况
六、其他需要报告的事项
无。
"""


def answered(request: dict[str, Any]) -> str:
    """What a model says that takes the first thing which the schema lets it say."""
    schema = request["response_format"]["json_schema"]["schema"]

    def first(node: dict[str, Any]) -> Any:
        if "$ref" in node:
            return first(schema["$defs"][node["$ref"].rpartition("/")[2]])
        if "const" in node:
            return node["const"]
        if "enum" in node:
            return node["enum"][0]
        if "anyOf" in node:
            return first(next(option for option in node["anyOf"] if option.get("type") != "null"))
        return {name: first(each) for name, each in node.get("properties", {}).items()}

    return json.dumps(first(schema), ensure_ascii=False)


class Api(BaseHTTPRequestHandler):
    """Files and batches, as far as they are used."""

    server: Batches

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path.endswith("/files"):
            lines = re.findall(rb'^\{"custom_id".*\}', body, re.M)
            self.server.files["file-in"] = b"\n".join(lines)
            self.reply({"id": "file-in", "object": "file"} | _FILE)
        else:
            self.server.orders += 1
            assert json.loads(body)["input_file_id"] == "file-in"
            self.reply(self.server.order("validating"))

    def do_GET(self) -> None:
        if self.path.endswith("/content"):
            self.raw(self.server.files[self.path.split("/")[-2]])
        elif self.server.looks:
            self.server.looks -= 1
            self.reply(self.server.order("in_progress"))
        else:
            self.server.work()
            self.reply(self.server.order("completed"))

    def reply(self, data: Any) -> None:
        self.raw(json.dumps(data).encode())

    def raw(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


_FILE = {"bytes": 1, "created_at": 1, "filename": "q", "purpose": "batch", "status": "processed"}


class Batches(ThreadingHTTPServer):
    """A Batch API that answers every question, but one that it refuses."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Api)
        self.files: dict[str, bytes] = {}
        self.orders, self.looks, self.refused = 0, 1, 0
        Thread(target=self.serve_forever, daemon=True).start()

    def order(self, status: str) -> dict[str, Any]:
        total = self.files["file-in"].count(b"\n") + 1
        ended = status == "completed"
        return {
            "id": "batch-1", "object": "batch", "endpoint": "/v1/chat/completions",
            "completion_window": "24h", "created_at": 1, "input_file_id": "file-in",
            "status": status, "output_file_id": "file-out" if ended else None,
            "error_file_id": "file-err" if ended and self.refused else None,
            "request_counts": {
                "total": total, "completed": (total - self.refused) if ended else 0,
                "failed": self.refused if ended else 0,
            },
        }  # fmt: skip

    def work(self) -> None:
        out, wrong = [], []
        for line in self.files["file-in"].splitlines():
            asked = json.loads(line)
            reply = {"custom_id": asked["custom_id"], "id": "r", "error": None}
            if len(wrong) < self.refused:
                wrong.append(reply | {"response": {"status_code": 500, "body": {}}})
            else:
                body = completion(answered(asked["body"]))
                out.append(reply | {"response": {"status_code": 200, "body": body}})
        for name, replies in (("file-out", out), ("file-err", wrong)):
            self.files[name] = b"".join(json.dumps(r).encode() + b"\n" for r in reversed(replies))


def completion(content: str, finish: str = "stop", **message: Any) -> dict[str, Any]:
    return {
        "id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{
            "index": 0, "finish_reason": finish, "logprobs": None,
            "message": {"role": "assistant", "content": content, **message},
        }],
        "usage": {"prompt_tokens": 400, "completion_tokens": 20, "total_tokens": 420},
    }  # fmt: skip


@pytest.fixture
def server() -> Iterator[Batches]:
    with Batches() as made:
        yield made
        made.shutdown()


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of reports, two of which ask the very same, with a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GKLLM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("GKLLM_CONFIG", "")
    monkeypatch.setenv("GKLLM_MODEL", "m")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")  # nobody listens there
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (tmp_path / "in").mkdir()
    for n, number in enumerate((2, 4, 2, 5)):
        (tmp_path / "in" / f"{n}.txt").write_text(REPORT.format(n=number), "utf-8")
    return tmp_path


class Alone:
    """A worker that is none, since one imports the client libraries anew for seconds."""

    def __init__(self, limits: object) -> None: ...
    def __enter__(self) -> Alone:
        return self

    def __exit__(self, *_: object) -> None: ...
    def run(self, wanted: str, data: bytes, **options: Any) -> bytes:
        assert wanted == questions.TASK
        return questions.task(data, **options)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "Worker", Alone)


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def reports(*words: str) -> list[dict[str, Any]]:
    done = run("extract", "in", "--format", "jsonl", *words)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_batch_answers_what_a_run_then_asks_nobody(
    server: Batches, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done = run("questions", "export", "in", "--workers", "1")
    assert done.exit_code == 0
    assert "documents 4, with questions 4; questions 3 " in done.stderr
    assert "asked by others too 1" in done.stderr
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assert run("questions", "send", "questions.jsonl").exit_code == 0
    assert "was sent before" in run("questions", "send", "questions.jsonl").stderr
    assert server.orders == 1
    early = run("questions", "fetch", "questions.jsonl")
    assert (early.exit_code, "in_progress, 0 of 3" in early.stderr) == (1, True)
    done = run("questions", "fetch", "questions.jsonl")
    assert done.exit_code == 0
    assert "answers kept 3, tokens 1,200 + 60" in done.stderr
    # The address and the key are no part of a question: the answers hold for any.
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    found = reports("--llm", "required")
    assert [line["usage"]["calls"] for line in found] == [0] * 4
    assert [line["usage"]["cached_calls"] for line in found] == [1] * 4
    given = [line["fields"]["facts.training_sessions"] for line in found]
    offered = [field.get("alternatives", [field])[0] for field in given]
    assert [(o["value"], o["source"]) for o in offered] == [(n, "model") for n in (2, 4, 2, 5)]
    assert "answers kept 4" in run("questions", "export", "in", "--workers", "1").stderr
    # And they are what the endpoint would have said.
    with FaultServer() as live:
        live.act = lambda handler, request: saying(answered(request))(handler, request)
        monkeypatch.setenv("OPENAI_BASE_URL", live.url)
        monkeypatch.setenv("GKLLM_CACHE_DIR", str(tmp_path / "another"))
        said = reports("--llm", "required")
        bodies = [{k: r[k] for k in sorted(r) if k != "stream"} for r in live.requests]
    for one, other in zip(found, said, strict=True):
        assert one["fields"] == other["fields"]
        assert one["checks"] == other["checks"]
    lines = (tmp_path / "questions.jsonl").read_text("utf-8").splitlines()
    written = [json.loads(line)["body"] for line in lines]
    for body in written:
        assert {k: body[k] for k in sorted(body)} in bodies


def test_what_was_not_answered_is_told_and_asked_again(
    server: Batches, monkeypatch: pytest.MonkeyPatch, alone: None
) -> None:
    server.refused, server.looks = 1, 0
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
    run("questions", "export", "in", "--workers", "1")
    run("questions", "send", "questions.jsonl")
    done = run("questions", "fetch", "questions.jsonl")
    assert done.exit_code == 1
    assert "answers kept 2" in done.stderr
    assert "server_error 1" in done.stderr
    again = run("questions", "export", "in", "--workers", "1", "--out", "more.jsonl")
    assert "questions 1 of" in again.stderr


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (completion('{"a": 1}', finish="length"), "cut"),
        (completion('{"a": 1}', refusal="no"), "refusal"),
        (completion("sorry"), "not_json"),
        (completion("[1]"), "wrong_shape"),
        (completion('{"a": 1, "a": 2}'), "wrong_shape"),
        (completion(""), "empty"),
        ({"error": "x"}, "not_an_api"),
        ([], "not_an_api"),
    ],
)
def test_a_reply_that_is_no_answer_is_not_kept(place: Path, body: Any, why: str) -> None:
    line = {"custom_id": "0" * 64, "response": {"status_code": 200, "body": body}}
    (place / "a.jsonl").write_text(json.dumps(line) + "\n", "utf-8")
    done = run("questions", "import", "a.jsonl")
    assert (done.exit_code, f"{why} 1" in done.stderr) == (1, True)
    assert "answers kept 0" in done.stderr


@pytest.mark.parametrize("line", ["{", "[]", "3", '{"custom_id": 1, "response": 7}', "[" * 5000])
def test_a_line_that_is_no_reply_is_counted(place: Path, line: str) -> None:
    (place / "a.jsonl").write_text(line + "\n\n", "utf-8")
    done = run("questions", "import", "a.jsonl")
    assert (done.exit_code, "not_an_api 1" in done.stderr) == (1, True)


def test_an_answer_of_another_shape_is_no_answer(place: Path, alone: None) -> None:
    run("questions", "export", "in/0.txt", "--workers", "1")
    key = json.loads((place / "questions.jsonl").read_text("utf-8"))["custom_id"]
    value = {"training_sessions": {"quote": "x", "value": 999}}  # not among the numbers
    response = {"status_code": 200, "body": completion(json.dumps(value))}
    (place / "a.jsonl").write_text(json.dumps({"custom_id": key, "response": response}))
    assert run("questions", "import", "a.jsonl").exit_code == 0
    field = reports("--llm", "required")[0]["fields"]["facts.training_sessions"]
    assert field["value"] is None


def test_files_keep_to_what_the_api_takes(
    monkeypatch: pytest.MonkeyPatch, place: Path, alone: None
) -> None:
    monkeypatch.setattr(questions, "MOST", 2)
    done = run("questions", "export", "in", "--workers", "2", "--out", "q.jsonl")
    assert "wrote q.jsonl, q-0002.jsonl" in done.stderr
    sizes = [len((place / f).read_text().splitlines()) for f in ("q.jsonl", "q-0002.jsonl")]
    assert sizes == [2, 1]


def test_settings_and_inputs_that_cannot_be_used_are_told(
    monkeypatch: pytest.MonkeyPatch, alone: None
) -> None:
    done = run("questions", "export", "gone.txt", "in/0.txt", "--workers", "1")
    assert done.exit_code == 1
    assert "not_found 1" in done.stderr
    assert run("questions", "fetch", "never.jsonl").exit_code == 2
    assert "Check OPENAI_BASE_URL" in run("questions", "send", "questions.jsonl").stderr
    monkeypatch.delenv("GKLLM_MODEL")
    assert run("questions", "export", "in").exit_code == 2
