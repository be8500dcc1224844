"""Blank labels, and what the validator refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gkllm.cli import app
from gkllm.evaluate.labels import blank_label, likeness, pieces_of, problems
from gkllm.evaluate.report import Wanted, evaluation

FIXTURES = Path(__file__).parent.parent / "fixtures"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    shutil.copytree(FIXTURES / "seed-002", tmp_path / "mine" / "seed-002")
    shutil.copytree(FIXTURES / "hand-01", tmp_path / "mine" / "hand-01")
    return tmp_path / "mine"


def edit(path: Path, change: Callable[[Any], None]) -> None:
    told = json.loads(path.read_text("utf-8"))
    change(told)
    path.write_text(json.dumps(told, ensure_ascii=False), "utf-8")


def test_the_labels_of_the_project_hold() -> None:
    assert problems(FIXTURES) == []


def test_a_blank_label_is_blank_and_never_overwritten(tmp_path: Path) -> None:
    source = FIXTURES / "seed-000" / "source.txt"
    words = ["label", str(source), "--into", str(tmp_path), "--name", "new", "--by", "reader 1"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0
    folder = tmp_path / "new"
    assert (folder / "source.txt").read_bytes() == source.read_bytes()
    label = json.loads((folder / "label.json").read_text("utf-8"))
    assert label == blank_label("2021")
    cells = [
        c for s in ("disclosure", "requests", "litigation") for r in label[s].values() for c in r
    ]
    assert len(cells) == 200
    assert set(cells) == {None}
    assert CliRunner().invoke(app, words).exit_code == 2
    assert "not filled" in problems(tmp_path)[0]
    checked = CliRunner().invoke(app, ["label", "--check", str(tmp_path)])
    assert checked.exit_code == 1


def test_labels_that_hold_are_told_so(mine: Path) -> None:
    assert problems(mine) == []
    assert CliRunner().invoke(app, ["label", "--check", str(mine)]).exit_code == 0


@pytest.mark.parametrize(
    ("file", "change", "told"),
    [
        ("label", lambda x: x["requests"].pop("granted"), "no row granted"),
        ("label", lambda x: x["requests"]["granted"].__setitem__(6, 99), "does not hold"),
        ("label", lambda x: x["requests"]["granted"].__setitem__(0, -3), "is no count"),
        (
            "label",
            lambda x: x["requests"]["granted"].__setitem__(0, {"state": "gone"}),
            "unknown state",
        ),
        ("label", lambda x: x["disclosure"].__setitem__("fees", [3]), "is no amount"),
        ("label", lambda x: x["facts"]["agency"].__setitem__("quote", "nowhere"), "does not stand"),
        ("label", lambda x: x["facts"]["agency"].pop("quote"), "no quote"),
        ("label", lambda x: x.__setitem__("guideline", 0), "guideline"),
        ("origin", lambda x: x.__setitem__("id", "other"), "has the id"),
        ("origin", lambda x: x.__setitem__("split", "both"), "split"),
        ("origin", lambda x: x.__setitem__("family", ""), "family"),
        ("origin", lambda x: x.__setitem__("labelled", []), "nobody labelled"),
        ("origin", lambda x: x["labelled"][0].__setitem__("date", "soon"), "no date"),
        ("origin", lambda x: x.pop("adjudicated"), "adjudicated"),
        ("origin", lambda x: x.__setitem__("breaks", ["requests.balance at nowhere"]), "and holds"),
    ],
)
def test_what_does_not_hold_is_refused(
    mine: Path, file: str, change: Callable[[Any], None], told: str
) -> None:
    edit(mine / "hand-01" / f"{file}.json", change)
    assert any(told in line for line in problems(mine)), problems(mine)


def test_near_duplicates_across_splits_are_refused(mine: Path) -> None:
    shutil.copytree(mine / "hand-01", mine / "copy")
    source = mine / "copy" / "source.txt"
    source.write_text(source.read_text("utf-8").replace("1", "7"), "utf-8")

    def other(origin: Any) -> None:
        origin |= {"id": "copy", "split": "evaluate", "family": "another"}

    edit(mine / "copy" / "origin.json", other)
    assert any("nearly the same text" in line for line in problems(mine))
    edit(mine / "copy" / "origin.json", lambda x: x.__setitem__("family", "layout-text"))
    assert any("family layout-text is split" in line for line in problems(mine))


def test_two_documents_of_the_form_are_no_duplicates() -> None:
    texts = [(FIXTURES / n / "source.txt").read_text("utf-8") for n in ("seed-000", "seed-002")]
    assert likeness(*map(pieces_of, texts)) < 0.6


def test_a_label_that_a_run_gave_needs_a_second_pass(mine: Path, tmp_path: Path) -> None:
    shutil.rmtree(mine / "hand-01")
    run = evaluation(Wanted((str(mine),), tmp_path / "run", workers=1)).run
    assert problems(mine, run) == []  # two people labelled it
    edit(mine / "seed-002" / "origin.json", lambda x: x.__setitem__("adjudicated", False))
    edit(mine / "seed-002" / "origin.json", lambda x: x["labelled"].pop())
    assert any("second pass" in line for line in problems(mine, run))
