"""Labels of fixtures: a blank one to fill, and whether those of a folder hold."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gkllm.errors import UnusableLabel
from gkllm.form import form

GUIDELINE = 1


def blank_label(edition: str) -> dict[str, Any]:
    """A label with every cell and fact of the form and nothing in them.

    A blank cell is null, which is no state: a label that still has one is refused.
    """
    this = form("2021")
    return {
        "guideline": GUIDELINE,
        "edition": edition,
        "disclosure": {row.key: [None] * len(row.columns) for row in this.disclosure_rows},
        "requests": {row.key: [None] * len(this.columns) for row in this.rows},
        "litigation": {block.key: [None] * len(this.outcomes) for block in this.blocks},
        "facts": {fact.key: {"value": None, "quote": None} for fact in this.facts},
    }


def label_text(label: dict[str, Any]) -> str:
    """A label as a file: one line for each row, so that it reads like the table."""
    lines = [f' "guideline": {label["guideline"]}, "edition": "{label["edition"]}"']
    for section in ("disclosure", "requests", "litigation", "facts"):
        rows = [
            f"  {json.dumps(key)}: {json.dumps(row, ensure_ascii=False)}"
            for key, row in label[section].items()
        ]
        lines.append(f' "{section}": {{\n' + ",\n".join(rows) + "\n }")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def blank_fixture(source: Path, into: Path, name: str, by: str, edition: str) -> Path:
    """Make the folder of a fixture: the document's bytes, a blank label, an origin to fill.

    Raises `gkllm.errors.UnusableLabel` where there is no document, or a label already.
    """
    if not source.is_file():
        raise UnusableLabel(f"{source} is no file. Name the document that is to be labelled.")
    if edition not in ("2021", "2019"):
        raise UnusableLabel(f"--edition {edition}: the forms are 2021 and 2019.")
    folder = into / name
    if folder.exists():
        raise UnusableLabel(f"{folder} is there already; a label is never overwritten.")
    folder.mkdir(parents=True)
    shutil.copyfile(source, folder / f"source{source.suffix or '.txt'}")
    origin = {
        "id": name,
        "from": "",
        "kind": "",
        "family": "",
        "split": "evaluate",
        "labelled": [{"pass": "A", "by": by, "date": datetime.now(UTC).date().isoformat()}],
        "adjudicated": False,
        "notes": [],
    }
    (folder / "label.json").write_text(label_text(blank_label(edition)), "utf-8", newline="\n")
    (folder / "origin.json").write_text(
        json.dumps(origin, ensure_ascii=False, indent=1) + "\n", "utf-8", newline="\n"
    )
    return folder
