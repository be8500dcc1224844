"""What an endpoint can do, found out by asking it: a handful of small questions."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from pydantic import BaseModel, ConfigDict

from gkllm.llm import Fault, Prompt, Trouble, Why
from gkllm.llm.client import Endpoint

LONG = 2000  # tokens of the long question; those about a report are shorter
_CODE = re.compile(r"\d{6}")

# What a model would say of itself is excluded by the schema: only decoding can bring it about.
_AGAINST_NATURE = {
    "type": "object",
    "properties": {"k9": {"enum": [41, 97, None]}, "z": {"type": "integer", "enum": [5]}},
    "required": ["k9", "z"],
    "additionalProperties": False,
}
_NATURAL = (
    "What is the capital of France? Answer with a JSON object that has the key capital.",
    "二加二等于几？请用一个汉字回答。",
)


class Finding(NamedTuple):
    """One thing found out: good, bad, or neither, in plain words."""

    good: bool | None
    about: str
    words: str


class _Word(BaseModel):
    model_config = ConfigDict(extra="forbid")

    word: str | None


def findings(model: Endpoint) -> Iterator[Finding]:
    """Examine the model; the first bad finding about reaching it is the last."""
    start = time.monotonic()
    account = model.open_account()
    line = model.line()
    if isinstance(line, Trouble):
        yield Finding(False, "reachable", line.message)
        return
    question = Prompt("doctor", "", "", '请只回答 JSON：{"word": "好"}', _Word, max_tokens=60)
    answer = model.answer(question, account)
    if answer.trouble and account.usage().completion_tokens == 0:
        yield Finding(False, "reachable", answer.trouble.message)
        return
    seconds = time.monotonic() - start
    yield Finding(True, "reachable", f"{model.name} answers ({seconds:.1f} s to the first answer)")
    if answer.trouble:
        yield Finding(False, "answers", f"{answer.trouble.message} (asked for a tiny JSON object)")
    listed = _listed(model)
    yield from _shape(model)
    yield from _usage(model)
    yield from _context(model, listed)


def _shape(model: Endpoint) -> Iterator[Finding]:
    line = model.line()
    if isinstance(line, Trouble):
        return
    mode = line.wire.dialect.mode
    if mode not in ("strict", "schema"):
        words = {"object": "any JSON object", "text": "plain text only"}[mode]
        yield Finding(
            None, "schemas",
            f"not understood; the shape is asked for in words ({words}). Answers are checked here "
            "in any case; expect some to be dropped.",
        )  # fmt: skip
        return
    form = {"name": "answer", "strict": True, "schema": _AGAINST_NATURE}
    kept = 0
    for question in _NATURAL:
        reply = _raw(
            model, question, 60, response_format={"type": "json_schema", "json_schema": form}
        )
        kept += not isinstance(reply, Trouble) and _fits(reply.choices[0].message.content)
    if kept == len(_NATURAL):
        yield Finding(True, "schemas", "enforced: even an unnatural one is kept")
    else:
        yield Finding(
            None, "schemas",
            f"accepted, not enforced ({kept} of {len(_NATURAL)} unnatural ones kept). Answers are "
            "checked here in any case; expect some to be dropped.",
        )  # fmt: skip


def _usage(model: Endpoint) -> Iterator[Finding]:
    start = time.monotonic()
    reply = _raw(model, "从一数到二十，用阿拉伯数字。", 60)
    seconds = time.monotonic() - start
    if isinstance(reply, Trouble):
        yield Finding(False, "usage", reply.message)
        return
    usage = getattr(reply, "usage", None)
    counts = [getattr(usage, name, None) for name in ("prompt_tokens", "completion_tokens")]
    if all(isinstance(count, int) and count > 0 for count in counts):
        speed = cast("int", counts[1]) / max(seconds, 0.001)
        yield Finding(
            True, "usage", f"reported ({counts[0]} + {counts[1]} tokens, {speed:.0f} a second)"
        )
    else:
        yield Finding(None, "usage", "not reported: tokens are estimated, budgets are approximate")


def _context(model: Endpoint, listed: dict[str, Any]) -> Iterator[Finding]:
    """Ask for a number that stands at the very beginning of a long question."""
    code = f"{secrets.randbelow(900_000) + 100_000}"
    filler = "本机关依法公开政府信息。" * (LONG // 8)
    question = f"编号是 {code}。\n{filler}\n问：开头的编号是多少？只回答六位数字。"
    reply = _raw(model, question, 20)
    known = _stated_context(listed)
    stated = f"; the endpoint states {known:,} tokens" if known else ""
    if isinstance(reply, Trouble) and reply.why is Why.TIMEOUT:
        yield Finding(
            None, "context",
            f"a question of {LONG} tokens takes longer than the timeout here{stated}. Questions "
            "about a report have some 200; slow is not wrong, and timeout in gkllm.toml helps.",
        )  # fmt: skip
        return
    if isinstance(reply, Trouble):
        yield Finding(False, "context", f"a question of {LONG} tokens: {reply.message}{stated}")
        return
    found = _CODE.search(str(reply.choices[0].message.content))
    if found and found[0] == code:
        yield Finding(True, "context", f"a question of about {LONG} tokens is read whole{stated}")
        return
    counted = getattr(getattr(reply, "usage", None), "prompt_tokens", None)
    if isinstance(counted, int) and counted >= LONG // 2:
        words = "reaches the model, which did not find a number at its beginning"
        yield Finding(None, "context", f"a question of {counted} tokens {words}{stated}")
    else:
        yield Finding(
            False, "context",
            f"a question of about {LONG} tokens seems to be cut without a word{stated}. "
            "Raise the context of the server (Ollama: num_ctx).",
        )  # fmt: skip


def _listed(model: Endpoint) -> dict[str, Any]:
    """What the endpoint lists about this model; empty where it lists nothing."""
    line = model.line()
    if isinstance(line, Trouble):
        return {}
    try:
        models = line.run(line.wire.models(), 10.0)
    except (Fault, TimeoutError):
        return {}
    return next((each for each in models if each.get("id") == model.name), {}) or (
        models[0] if len(models) == 1 else {}
    )


def _stated_context(listed: dict[str, Any]) -> int | None:
    """The context that a list of models states: vLLM, OpenRouter and llama.cpp in their words."""
    meta = listed.get("meta")
    places = (
        listed.get("max_model_len"), listed.get("context_length"), listed.get("context_window"),
        meta.get("n_ctx") if isinstance(meta, dict) else None,
        meta.get("n_ctx_train") if isinstance(meta, dict) else None,
    )  # fmt: skip
    return next((place for place in places if isinstance(place, int) and place > 0), None)


def _raw(model: Endpoint, question: str, tokens: int, **body: Any) -> Any:
    line = model.line()
    if isinstance(line, Trouble):
        return line
    try:
        messages = [{"role": "user", "content": question}]
        return line.run(line.wire.raw(messages, tokens, body), None)
    except Fault as fault:
        return fault.trouble


def _fits(content: object) -> bool:
    try:
        data = json.loads(str(content))
    except ValueError:
        return False
    return isinstance(data, dict) and set(data) == {"k9", "z"} and data["z"] == 5
