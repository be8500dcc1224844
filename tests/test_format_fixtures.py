"""One labelled file of each format: its label is sound, and what is read of it is right."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from gkllm.evaluate.labels import problems
from gkllm.evaluate.suite import labelled
from gkllm.load import load
from gkllm.pipeline import read
from gkllm.score import SILENT, Verdict, judge

FOLDER = Path(__file__).parent.parent / "fixtures" / "formats"
FIXTURES = sorted(path.parent.name for path in FOLDER.glob("*/label.json"))
MEDIA = {
    "html": "text/html",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "doc": "application/msword",
    "rtf": "application/rtf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "scan": "application/pdf",
}


def kind(name: str) -> str:
    return str(json.loads((FOLDER / name / "origin.json").read_text("utf-8"))["format"])


def each() -> list[Any]:
    without = find_spec("rapidocr") is None
    mark = pytest.mark.skipif(without, reason="the extra ocr is not installed")
    return [pytest.param(n, marks=mark) if kind(n) == "scan" else n for n in FIXTURES]


def test_there_is_one_of_each_and_all_are_small() -> None:
    assert {kind(name) for name in FIXTURES} == set(MEDIA)
    assert sum(kind(name) == "pdf" for name in FIXTURES) == 2
    assert sum(path.stat().st_size for path in FOLDER.glob("*/*")) < 1_000_000


@pytest.mark.parametrize("name", each())
def test_a_file_of_a_format_is_read_as_its_label_says(name: str) -> None:
    case = labelled(FOLDER / name)
    assert isinstance(case.source, Path)
    document = load(case.source)
    assert document.media_type == MEDIA[kind(name)]
    judged = judge(read(document).report.fields, case.truth)
    assert [(j.path, j.field) for j in judged if j.verdict in SILENT] == []
    cells = [j for j in judged if j.truth.state == "printed" and not j.path.startswith("facts.")]
    wrong = [j.path for j in cells if j.verdict is not Verdict.RIGHT]
    assert wrong == []
    assert len(cells) > 30
    for field in (j.field for j in judged):
        if field is not None and field.span is not None and field.quote:
            start, end = field.span
            assert document.text[start:end] == field.quote


def test_their_labels_hold() -> None:
    found = problems(FOLDER)
    if find_spec("rapidocr") is None:
        found = [line for line in found if not line.startswith("scan")]
    assert found == []
