"""An endpoint on loopback that answers as it is told, well or badly.

    with FaultServer() as server:
        server.act = saying('{"value": 1}')
        ... Settings(base_url=server.url, model="m")

An act is a function of the handler and the JSON of the request. `FAULTS` are the bad ones, each
with the words that a client may end with and whether the run must stop.
"""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple, Self

USAGE = {"prompt_tokens": 40, "completion_tokens": 10, "total_tokens": 50}


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: FaultServer  # type: ignore[assignment]

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        request = json.loads(self.rfile.read(length) or b"{}")
        self.server.requests.append(request)
        self.server.headers.append({k.lower(): v for k, v in self.headers.items()})
        try:
            self.server.act(self, request)
        except OSError:  # the client has gone
            self.close_connection = True

    def do_GET(self) -> None:
        if self.path.endswith("/models"):
            self.reply({"object": "list", "data": [{"id": "m", "object": "model"}]})
        else:
            self.reply({"error": {"message": "no such place"}}, 404)

    def reply(self, data: Any, status: int = 200, **headers: str) -> None:
        """Send JSON."""
        self.raw(json.dumps(data, ensure_ascii=False).encode(), status, **headers)

    def raw(
        self, body: bytes, status: int = 200, kind: str = "application/json", **headers: str
    ) -> None:
        """Send bytes."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", headers.pop("length", str(len(body))))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


Act = Callable[[Handler, dict[str, Any]], None]


def completion(content: Any, finish: Any = "stop", usage: Any = USAGE, **message: Any) -> Any:
    """A completion as endpoints send it."""
    body = {
        "id": "c", "object": "chat.completion", "created": 0, "model": "m-2026",
        "choices": [{
            "index": 0, "finish_reason": finish,
            "message": {"role": "assistant", "content": content, **message},
        }],
        "usage": usage,
    }  # fmt: skip
    if usage is None:
        del body["usage"]
    return body


def saying(content: Any, finish: Any = "stop", usage: Any = USAGE, **message: Any) -> Act:
    """Answer every question with this text."""
    return lambda handler, request: handler.reply(completion(content, finish, usage, **message))


def failing(status: int, code: str = "", message: str = "no", **headers: str) -> Act:
    """Answer with an HTTP error."""
    error = {"error": {"message": message, "type": code, "code": code, "param": None}}
    return lambda handler, request: handler.reply(error, status, **headers)


def then(*acts: Act) -> Act:
    """One act after the other; the last one for good."""
    left = list(acts)

    def act(handler: Handler, request: dict[str, Any]) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler, request)

    return act


class FaultServer(ThreadingHTTPServer):
    """The server; a context manager."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.act: Act = saying("{}")
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def __enter__(self) -> Self:
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error here."""


def _close(handler: Handler, request: dict[str, Any]) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def _cut(handler: Handler, request: dict[str, Any]) -> None:
    handler.raw(json.dumps(completion('{"a')).encode(), length="5000")
    _close(handler, request)


def _hang(handler: Handler, request: dict[str, Any]) -> None:
    time.sleep(30)


def _drip(handler: Handler, request: dict[str, Any]) -> None:
    handler.raw(b"", length="100000")
    _drop_by_drop(handler, b" " * 1000)


def _drip_headers(handler: Handler, request: dict[str, Any]) -> None:
    _drop_by_drop(handler, b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000)


def _drop_by_drop(handler: Handler, text: bytes) -> None:
    for byte in text:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.05)


def _endless(handler: Handler, request: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(2**31))
    handler.end_headers()
    for _ in range(2**10):
        handler.wfile.write(b" " * 2**20)


def _endless_headers(handler: Handler, request: dict[str, Any]) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(10**6):
        handler.wfile.write(b"X-%d: y\r\n" % number)


_BOMB = gzip.compress(b" " * 20_000_000, 1)


def _bomb(handler: Handler, request: dict[str, Any]) -> None:
    handler.raw(_BOMB, Content_Encoding="gzip")


def _html(handler: Handler, request: dict[str, Any]) -> None:
    handler.raw(b"<html><body>Please log in</body></html>", kind="text/html")


def _no_http(handler: Handler, request: dict[str, Any]) -> None:
    handler.wfile.write(b"220 smtp.example.org ESMTP\r\n")
    _close(handler, request)


def _events(handler: Handler, request: dict[str, Any]) -> None:
    handler.raw(b'data: {"choices": []}\n\ndata: [DONE]\n\n', kind="text/event-stream")


def _without_schemas(handler: Handler, request: dict[str, Any]) -> None:
    if request.get("response_format", {}).get("type") == "json_schema":
        failing(400, "invalid_request_error", "This response_format type is unavailable now")(
            handler, request
        )
    else:
        saying(GOOD)(handler, request)


def _without_formats(handler: Handler, request: dict[str, Any]) -> None:
    if "response_format" in request:
        failing(422, "", "response_format: extra fields not permitted")(handler, request)
    else:
        saying(f"Here it is:\n```json\n{GOOD}\n```")(handler, request)


def _newer(handler: Handler, request: dict[str, Any]) -> None:
    if "max_tokens" in request:
        hint = "Unsupported parameter: use max_completion_tokens instead"
        failing(400, "unsupported_parameter", hint)(handler, request)
    elif "temperature" in request:
        failing(400, "unsupported_value", "temperature does not support 0")(handler, request)
    else:
        saying(GOOD)(handler, request)


def _raw(body: bytes) -> Act:
    return lambda handler, request: handler.raw(body)


GOOD = '{"quote": "收到37件", "value": 37}'
_QUOTA = {"error": {"message": "spent", "code": "insufficient_quota"}}


class Fault(NamedTuple):
    """What goes wrong, the words that the client may end with ("" for an answer), and whether
    nothing else is asked in this run.
    """

    act: Act
    why: str
    stops: bool = False


FAULTS: dict[str, Fault] = {
    # the network
    "closes": Fault(_close, "closed"),
    "cuts the body": Fault(_cut, "closed"),
    "hangs": Fault(_hang, "timeout"),
    "drips the body": Fault(_drip, "timeout"),
    "drips the headers": Fault(_drip_headers, "timeout"),
    "sends without end": Fault(_endless, "too_large"),
    "sends headers without end": Fault(_endless_headers, "closed"),
    "sends a gzip bomb": Fault(_bomb, "too_large"),
    "speaks no HTTP": Fault(_no_http, "closed"),
    # HTTP
    "429": Fault(failing(429, "rate_limit_exceeded"), "rate_limited"),
    "429, wait for two minutes": Fault(failing(429, Retry_After="120"), "rate_limited"),
    "429 once": Fault(then(failing(429, Retry_After="0"), saying(GOOD)), ""),
    "500": Fault(failing(500), "server_error"),
    "503 once": Fault(then(failing(503), saying(GOOD)), ""),
    "409": Fault(failing(409), "server_error"),
    "no quota": Fault(failing(429, "insufficient_quota"), "quota", True),
    "402": Fault(failing(402, "", "Insufficient Balance"), "quota", True),
    "401": Fault(failing(401, "invalid_api_key"), "refused_key", True),
    "403": Fault(failing(403), "refused_key", True),
    "404": Fault(failing(404, "model_not_found"), "no_such_model", True),
    "400": Fault(failing(400), "bad_request"),
    "too long": Fault(failing(400, "", "exceeds the maximum context length"), "too_long"),
    "413": Fault(failing(413), "too_long"),
    "redirects to a login": Fault(
        lambda handler, request: handler.raw(b"", 302, Location="/login"), "not_an_api"
    ),
    # 200 with no completion
    "a login page": Fault(_html, "not_an_api"),
    "broken JSON": Fault(_raw(b'{"id": "c", "choices": [{"index"'), "not_an_api"),
    "a JSON list": Fault(_raw(b"[1, 2]"), "not_an_api no_choices"),
    "null": Fault(_raw(b"null"), "not_an_api no_choices"),
    "no UTF-8": Fault(_raw(b'{"choices": "\xff\xfe\xc4\xe3"}'), "not_an_api no_choices"),
    "deep nesting": Fault(_raw(b'{"choices":' + b"[" * 100_000), "not_an_api"),
    "events": Fault(_events, "not_an_api"),
    "an error in a 200": Fault(
        lambda handler, request: handler.reply({"error": {"message": "oops"}}), "no_choices"
    ),
    "no quota in a 200": Fault(lambda handler, request: handler.reply(_QUOTA), "quota", True),
    "no choices": Fault(
        lambda handler, request: handler.reply({**completion(GOOD), "choices": []}), "no_choices"
    ),
    "choices of another kind": Fault(
        lambda handler, request: handler.reply({**completion(GOOD), "choices": {"a": 1}}),
        "no_choices",
    ),
    "a choice of another kind": Fault(
        lambda handler, request: handler.reply({**completion(GOOD), "choices": ["a"]}),
        "not_an_api empty no_choices",
    ),
    # a completion with no answer
    "null content": Fault(saying(None), "empty"),
    "empty content": Fault(saying(" \n"), "empty"),
    "content of another kind": Fault(saying([{"type": "text", "text": GOOD}]), "empty"),
    "a tool call": Fault(
        saying(None, "tool_calls", tool_calls=[{"id": "1", "type": "function", "function": {}}]),
        "empty",
    ),
    "a refusal": Fault(saying(None, refusal="I cannot help with that"), "refusal"),
    "filtered": Fault(saying("", "content_filter"), "filtered"),
    "cut by length": Fault(saying('{"quote": "收到3', "length"), "cut"),
    "thinking without end": Fault(saying("<think>37, or is it 36? " * 9), "not_json"),
    # an answer of the wrong shape
    "half an object": Fault(saying('{"quote": "收到37件", "val'), "not_json"),
    "prose": Fault(saying("根据材料，共收到申请37件。"), "not_json"),
    "another language": Fault(saying("신청은 37건입니다."), "not_json"),
    "ten megabytes": Fault(saying(json.dumps({"quote": "3" * 10**7, "value": 3})), "too_large"),
    "a megabyte of brackets": Fault(saying("[" * 10**6), "not_json"),
    "wrong keys": Fault(saying('{"引用": "收到37件", "数值": 37}'), "wrong_shape"),
    "a key too many": Fault(saying(GOOD[:-1] + ', "note": 1}'), "wrong_shape"),
    "a key too few": Fault(saying('{"value": 37}'), "wrong_shape"),
    "a list": Fault(saying(f"[{GOOD}]"), "wrong_shape"),
    "a number as text": Fault(saying('{"quote": null, "value": "37"}'), "wrong_shape"),
    "a number with underscores": Fault(saying('{"quote": null, "value": "3_7"}'), "wrong_shape"),
    "true for a number": Fault(saying('{"quote": null, "value": true}'), "wrong_shape"),
    "a fraction for a number": Fault(saying('{"quote": null, "value": 37.5}'), "wrong_shape"),
    "NaN": Fault(saying('{"quote": null, "value": NaN}'), "not_json wrong_shape"),
    "a key twice": Fault(saying('{"quote": null, "value": 1, "value": 37}'), "wrong_shape"),
    # odd, and yet an answer
    "thinking first": Fault(saying(f"<think>{{hm}}</think>\n{GOOD}"), ""),
    "a fence": Fault(saying(f"```json\n{GOOD}\n```"), ""),
    "wrong shape once": Fault(then(saying("37"), saying(GOOD)), ""),
    "no usage": Fault(saying(GOOD, usage=None), ""),
    "usage in words": Fault(
        saying(GOOD, usage={"prompt_tokens": "many", "completion_tokens": True}), ""
    ),
    "usage below zero": Fault(
        saying(GOOD, usage={"prompt_tokens": -5, "completion_tokens": 10**15}), ""
    ),
    "knows no schemas": Fault(_without_schemas, ""),
    "knows no formats": Fault(_without_formats, ""),
    "wants other parameters": Fault(_newer, ""),
}  # fmt: skip
