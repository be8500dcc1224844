"""Ledger > the files that a researcher opens.

Each file is written beside its place and takes its name when it is complete and on the disk.
Which results it was made of is noted in the ledger, so a run that changes nothing writes
nothing.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from pathlib import Path
from typing import TYPE_CHECKING

from gkllm.batch import identity
from gkllm.batch.ledger import Ledger, writing
from gkllm.write.whole import whole_path

if TYPE_CHECKING:
    from gkllm.batch.run import Outcome

_NOTE = "outputs"


def render(ledger: Ledger, ids: array[int], out: Path, workers: int, outcome: Outcome) -> None:
    """Write the outputs of these results, in this order, unless they are there."""
    made_of = hashlib.sha256(ids.tobytes() + identity.writing().encode()).hexdigest()
    noted = json.loads(ledger.noted(_NOTE) or "{}")
    outcome.outputs = ["reports.jsonl", "errors.jsonl"]
    if noted == {"of": made_of, "files": _stamps(out, outcome.outputs)}:
        return
    with writing(out):
        _lines(ledger, ids, out)
    outcome.rendered = True
    ledger.note(_NOTE, json.dumps({"of": made_of, "files": _stamps(out, outcome.outputs)}))


def _stamps(out: Path, names: list[str]) -> dict[str, list[int]]:
    """What tells whether a file is still the one that was written."""
    found: dict[str, list[int]] = {}
    for name in names:
        try:
            stat = (out / name).stat()
        except OSError:
            found[name] = []
        else:
            found[name] = [stat.st_size, stat.st_mtime_ns]
    return found


def _lines(ledger: Ledger, ids: array[int], out: Path) -> None:
    with (
        whole_path(out / "reports.jsonl") as reports,
        whole_path(out / "errors.jsonl") as errors,
        reports.open("wb") as every,
        errors.open("wb") as refused,
    ):
        for found in ledger.lines(ids):
            every.write(found.line + b"\n")
            if found.error is not None:
                refused.write(found.line + b"\n")
