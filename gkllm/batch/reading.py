"""One document > its line, with what a batch counts; runs inside a worker process.

A document that cannot be read gives a refusal; a fault of ours does too, and costs only this
document.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gkllm.pipeline import Reading
    from gkllm.write.jsonl import Line

TASK = "gkllm.batch.reading:task"


@dataclass(frozen=True, slots=True)
class Read:
    """A line as compressed JSON, with what is counted of it."""

    error: str | None
    open: int
    doubtful: bool
    aside: str
    line: bytes
    questions: int | None = None


def task(
    data: bytes, name: str, counting: bool = False, stands_for: dict[str, str] | None = None
) -> bytes:
    """The line of a document, packed for the way between two processes.

    Raises ForOffice where LibreOffice has to open it first; `stands_for` then tells of the file.
    """
    found = read(data, name, counting, stands_for)
    head = {"open": found.open, "doubtful": found.doubtful, "error": found.error}
    head |= {"aside": found.aside, "questions": found.questions}
    return json.dumps(head).encode() + b"\n" + found.line


def unpack(answer: bytes) -> Read:
    """What `task` packed."""
    head, _, line = answer.partition(b"\n")
    return Read(**json.loads(head), line=line)


def read(
    data: bytes, name: str, counting: bool = False, stands_for: dict[str, str] | None = None
) -> Read:
    """The line of a document that has a name; `counting` counts the questions to a model."""
    from gkllm.errors import ForOffice, OfPictures, UnreadableInput
    from gkllm.load import load, standing_for
    from gkllm.pipeline import read as reading_of

    try:
        document = replace(load(data), path=name)
        reading = reading_of(standing_for(document, stands_for) if stands_for else document)
    except (ForOffice, OfPictures):
        raise  # for another process, which may start programs or has more memory
    except UnreadableInput as error:
        return refused(name, error.code, str(error), data)
    except MemoryError:
        raise  # the worker says so, and is replaced
    except Exception as error:
        kind = f"{type(error).__name__}: {error}"[:300]
        message = f"Internal error ({kind}). Please report it with the file."
        return refused(name, "internal", message, data)
    beside = aside(reading)
    if not counting:
        return packed(reading.report, beside)
    count, questions = _questions(reading)
    return packed(reading.report, beside | {"questions": questions}, count)


def packed(line: Line, aside: dict[str, Any] | None = None, questions: int | None = None) -> Read:
    """A report or a refusal as the ledger keeps it."""
    from gkllm.report import Report, Status
    from gkllm.write.jsonl import as_json

    text = json.dumps(as_json(line), ensure_ascii=False, check_circular=False)
    body = zlib.compress(text.encode("utf-8", "backslashreplace"), 1)
    beside = json.dumps(aside or {}, ensure_ascii=False)
    if not isinstance(line, Report):
        return Read(line.error.code, 0, False, beside, body)
    disputed = any(f.status is Status.DISPUTED for f in line.fields.values())
    return Read(
        None, len(line.open), disputed or any(True for _ in line.failed()), beside, body, questions
    )


def refused(name: str, code: str, message: str, data: bytes | None = None) -> Read:
    """The line of an input that gave no report."""
    import hashlib

    from gkllm.report import Failure, Source
    from gkllm.write.jsonl import Refusal

    sha256 = hashlib.sha256(data).hexdigest() if data is not None else ""
    source = Source(path=name, sha256=sha256)
    return packed(Refusal(source=source, error=Failure(code=code, message=message)))


def aside(reading: Reading) -> dict[str, Any]:
    """The agencies that a text gives as its own, where it names more than one.

    A metadata block may name who published the report and did not make it; that is no finding.
    """
    from gkllm.narrative.identity import compatible

    field = reading.report.fields.get("facts.agency")
    own = str(field.value) if field is not None and field.value else None
    offered = {
        str(c.value)
        for c in reading.candidates
        if c.field == "facts.agency" and c.value and c.source != "metadata"
    }
    others = sorted(n for n in offered if own is None or not compatible(n, own))
    rivals = own is not None or any(not compatible(a, b) for a in others for b in others)
    return {"named": others} if others and rivals else {}


def _questions(reading: Reading) -> tuple[int, dict[str, list[int]]]:
    """How many questions any model would be asked, and for each kind how many and how long.

    Rows of tables are asked of some models only. Lengths are tokens, roughly: a Chinese character
    is about one, and answers are counted with half of what they may take.
    """
    from gkllm.ask import Hole, questions
    from gkllm.form import form
    from gkllm.narrative.prose import prose

    this_form = form("2019" if reading.report.edition == "2019" else "2021")
    script = prose(reading.text, reading.sections, this_form)
    hole = Hole(reading.text, script, reading.report.fields, reading.candidates, this_form)
    found = {"prose": [0, 0], "tables": [0, 0]}
    for prompt in questions(hole, tables=True).prompts(hole):
        kind = found["tables" if prompt.id.startswith("rows") else "prose"]
        kind[0] += 1
        kind[1] += prompt.max_tokens // 2 + sum(len(turn["content"]) for turn in prompt.messages())
    return sum(count for count, _ in found.values()), found
