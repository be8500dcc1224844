"""Suites, runs, results, comparisons: what the harness promises whoever reads its figures."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gkllm.cli import app
from gkllm.errors import UnusableLabel, UnusableSuite
from gkllm.evaluate.baselines import naive
from gkllm.evaluate.report import Wanted, evaluation
from gkllm.evaluate.run import read_run
from gkllm.evaluate.suite import suites
from gkllm.llm import Answer, Prompt
from gkllm.llm.account import Account
from gkllm.load import load
from gkllm.pipeline import read

FIXTURES = Path(__file__).parent.parent / "fixtures"

Folder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A user's own folder: copies of some fixtures."""

    def make(*names: str) -> Path:
        for name in names or ("seed-002", "hand-01", "rendered-pipes-01"):
            shutil.copytree(FIXTURES / name, tmp_path / "mine" / name)
        return tmp_path / "mine"

    return make


def change_label(folder: Path, name: str, change: Callable[[Any], None]) -> None:
    path = folder / name / "label.json"
    label = json.loads(path.read_text("utf-8"))
    change(label)
    path.write_text(json.dumps(label, ensure_ascii=False), "utf-8")


def run_eval(*words: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["eval", *map(str, words)])
    return done.exit_code, done.output


def test_a_folder_of_labelled_documents_is_a_suite(folder: Folder, tmp_path: Path) -> None:
    code, told = run_eval(folder(), "--out", tmp_path / "run", "--workers", "1")
    assert code == 0
    assert "0 of 3 documents, so below" in told
    assert {p.name for p in (tmp_path / "run").iterdir()} >= {
        "run.jsonl",
        "fields.csv",
        "summary.md",
        "report.html",
    }
    done = read_run(tmp_path / "run")
    assert done.complete
    assert len(done.documents) == 3
    for key in ("git", "versions", "dataset", "scorer", "prompts", "schema", "model", "settings"):
        assert key in done.header


def test_a_silent_error_or_a_failed_document_is_a_regression(
    folder: Folder, tmp_path: Path
) -> None:
    mine = folder("seed-000")
    change_label(mine, "seed-000", lambda label: label["disclosure"]["licensing"].append(0) or None)
    with pytest.raises(UnusableSuite, match="seed-000"):
        evaluation(Wanted((str(mine),), tmp_path / "run", workers=1))
    shutil.rmtree(mine)
    mine = folder("seed-000")

    def lie(label: Any) -> None:
        label["disclosure"]["licensing"] = [987654]

    change_label(mine, "seed-000", lie)
    (mine / "broken").mkdir()
    (mine / "broken" / "source.txt").write_bytes(b"")
    shutil.copyfile(mine / "seed-000" / "label.json", mine / "broken" / "label.json")
    done = evaluation(Wanted((str(mine),), tmp_path / "run", workers=1))
    assert done.code == 1
    broken, seed = done.road
    assert broken.failure is not None
    assert broken.failure["code"] == "empty"
    assert len(broken.open) > 150
    assert [j.path for j in seed.silent] == ["disclosure.licensing.decisions"]
    assert run_eval("--rescore", tmp_path / "run", "--out", tmp_path / "again")[0] == 1


def test_scoring_again_needs_no_document(folder: Folder, tmp_path: Path) -> None:
    mine = folder("seed-000")
    evaluation(Wanted((str(mine),), tmp_path / "run", workers=1))

    def lie(label: Any) -> None:
        label["disclosure"]["licensing"] = [987654]

    change_label(mine, "seed-000", lie)
    by_labels = evaluation(Wanted((str(mine),), tmp_path / "b", rescore=tmp_path / "run"))
    assert [j.truth.value for j in by_labels.road[0].silent] == [987654]
    shutil.rmtree(mine)
    alone = evaluation(Wanted((), tmp_path / "a", rescore=tmp_path / "run"))
    assert alone.code == 0
    assert alone.run.header["dataset"] != by_labels.run.header["dataset"]


def test_an_incomplete_run_is_no_result(folder: Folder, tmp_path: Path) -> None:
    evaluation(Wanted((str(folder()),), tmp_path / "run", workers=1))
    file = tmp_path / "run" / "run.jsonl"
    file.write_bytes(file.read_bytes()[:-900])  # the last line torn
    assert len(read_run(file).documents) == 2
    assert run_eval("--rescore", tmp_path / "run", "--out", tmp_path / "again")[0] == 2


def test_what_is_no_suite_is_told_and_ends_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    for words in (["no-such-suite"], [str(tmp_path / "empty")]):
        code, told = run_eval(*words, "--out", tmp_path / "run")
        assert code == 2
        assert "gkllm: " in told
    assert (
        "clone" in run_eval("damage-of-mine", "--out", tmp_path / "run")[1]
        or Path("evals/suites").is_dir()
    )


def test_a_fixture_has_one_source(folder: Folder) -> None:
    mine = folder("seed-000")
    shutil.copyfile(mine / "seed-000" / "source.txt", mine / "seed-000" / "source.md")
    (suite,) = suites([str(mine)])
    with pytest.raises(UnusableLabel, match="exactly one"):
        suite.tasks[0].case()


class Scripted:
    """A model that answers a whole-document question, and nothing else."""

    name = "scripted"
    account = Account()
    stopped = None

    def open_account(self) -> Account:
        return Account()

    def answer(self, prompt: Prompt, account: Account) -> Answer:
        empty = dict.fromkeys(prompt.shape.model_fields)
        cell = "requests__granted__total"
        return Answer(value=prompt.shape.model_validate({**empty, cell: 7}, by_name=True))

    def answers(self, prompts: Sequence[Prompt], account: Account) -> list[Answer]:
        return [self.answer(prompt, account) for prompt in prompts]

    def close(self) -> None:
        pass


def test_the_model_alone_is_a_baseline() -> None:
    reading = read(load(FIXTURES / "seed-000" / "source.txt"))
    found = naive(reading, Scripted())
    assert found["requests.granted.total"] == 7
    assert found["requests.granted.other"] is None
    assert len(found) > 200
    assert naive(reading, None) == {}


def test_a_suite_names_what_it_needs_and_where_to_get_it(tmp_path: Path) -> None:
    path = tmp_path / "printed.toml"
    path.write_text(
        'needs = { programs = ["no-such-program"], modules = ["json", "no_such_module"], '
        'files = ["/no/such/font"], install = "Install it (apt install printer)" }\n'
        '[[source]]\ngenerator = "evals.formats:case"\ncount = 1\n',
        "utf-8",
    )
    named = "no-such-program, no_such_module, /no/such/font, which is not .*apt install printer"
    with pytest.raises(UnusableSuite, match=named):
        suites([str(path)])
