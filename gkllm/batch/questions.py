"""The questions of many documents as files for the Batch API, written without asking anyone.

Documents are read in worker processes as in a batch. A question that several documents give is
written once, one whose answer is kept already not at all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gkllm.batch.ledger import writing
from gkllm.batch.sources import content
from gkllm.batch.stores import Source, sources
from gkllm.errors import UnreadableInput
from gkllm.load.office import run
from gkllm.worker import Limits, Worker
from gkllm.write.whole import whole_file

if TYPE_CHECKING:
    from gkllm.llm import Settings

TASK = f"{__name__}:task"
MOST, LARGEST = 50_000, 190_000_000  # questions and bytes of a file; the API takes 200 MB
_LIMITS = Limits(memory=2 << 30, cpu=60.0, wall=180.0)
_AHEAD = 8  # documents for each worker that are on their way


@dataclass
class Written:
    """What was written: files, questions, and what there was beside them."""

    files: list[Path] = field(default_factory=list)
    documents: int = 0
    asked: int = 0  # documents with questions
    questions: int = 0
    repeated: int = 0  # questions that another document has too
    known: int = 0  # questions whose answers are kept
    tokens: int = 0  # about, of the questions
    errors: Counter[str] = field(default_factory=Counter)


def task(
    data: bytes,
    name: str,
    settings: dict[str, Any],
    length: str,
    stands_for: dict[str, str] | None = None,
) -> bytes:
    """The questions of one document, one a line; runs in a worker."""
    from gkllm.llm import Settings
    from gkllm.llm.offline import Recorder
    from gkllm.load import load, standing_for
    from gkllm.pipeline import read

    recorder = Recorder(Settings(**settings), length)
    try:
        document = replace(load(data), path=name)
        read(standing_for(document, stands_for) if stands_for else document, recorder)
    finally:
        recorder.close()
    return "\n".join(recorder.lines).encode("utf-8", "backslashreplace")


def export(
    words: Sequence[str],
    out: Path,
    settings: Settings,
    known: Callable[[str], bool],
    workers: int = 1,
    length: str = "max_tokens",
) -> Written:
    """Write the questions of all documents; `known` tells whether an answer is kept.

    Files of more than the API takes are `out` with numbers. Raises CannotWrite.
    """
    written, seen = Written(), set[bytes]()
    # Defaults stay defaults: told as JSON they could come back as other numbers, 0 as 0.0.
    told = settings.model_dump(mode="json", exclude_unset=True, exclude={"api_key"})

    def wanted() -> Iterator[bytes]:
        for lines in _read(words, told, length, workers, written):
            for line in lines:
                key = json.loads(line)["custom_id"]
                if bytes.fromhex(key) in seen:
                    written.repeated += 1
                elif known(key):
                    written.known += 1
                else:
                    seen.add(bytes.fromhex(key))
                    yield line

    with writing(out.parent):
        _write(wanted(), out, written)
    return written


def _read(
    words: Sequence[str], settings: dict[str, Any], length: str, workers: int, written: Written
) -> Iterator[list[bytes]]:
    """The lines of each document, in the order of the documents."""
    with ExitStack() as stack:
        own = [stack.enter_context(Worker(_LIMITS)) for _ in range(workers)]
        pool = stack.enter_context(ThreadPoolExecutor(workers))

        def one(number: int, found: Source) -> list[bytes] | str:
            try:
                data = content(found)
                options = {"name": found.name, "settings": settings, "length": length}
                answer: bytes = run(own[number % workers], TASK, data, **options)
            except UnreadableInput as error:
                return error.code
            return answer.split(b"\n") if answer else []

        coming = enumerate(sources(words))
        waiting = [pool.submit(one, *each) for each in islice(coming, _AHEAD * workers)]
        while waiting:
            lines = waiting.pop(0).result()
            waiting += [pool.submit(one, *each) for each in islice(coming, 1)]
            written.documents += 1
            if isinstance(lines, str):
                written.errors[lines] += 1
            else:
                written.asked += bool(lines)
                yield lines


def _write(lines: Iterator[bytes], out: Path, written: Written) -> None:
    """Files of at most MOST lines and LARGEST bytes; one that would be empty is not written."""
    from gkllm.llm.endpoint import estimate

    ahead = next(lines, None)
    while ahead is not None:
        number = len(written.files) + 1
        name = out if number == 1 else out.with_name(f"{out.stem}-{number:04}{out.suffix}")
        count = size = 0
        with whole_file(name) as file:
            while ahead is not None and count < MOST and size + len(ahead) < LARGEST:
                file.write(ahead.decode() + "\n")
                written.tokens += estimate(json.loads(ahead)["body"]["messages"])
                count, size = count + 1, size + len(ahead) + 1
                ahead = next(lines, None)
        written.files.append(name)
        written.questions += count
