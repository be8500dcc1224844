"""A model that lies, documents that attack it, and rows of tables: nothing wrong gets in."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from evals.model import attacks, lies
from evals.model.scripted import Scripted
from evals.passage import passages
from gkllm.cli import app
from gkllm.form import form
from gkllm.pipeline import extract
from gkllm.report import Bundle, Candidate, Field, Reason, Status
from gkllm.score import same
from gkllm.settle.filled import fill
from tests.fault_server import FaultServer, Handler, completion

SLOW = bool(os.environ.get("GKLLM_SLOW"))
COLUMNS = [column.key for column in form("2021").columns]


@pytest.mark.timeout(1200)
def test_no_lie_is_accepted() -> None:
    told = lies.run(400 if SLOW else 6, rounds=1)
    assert len(told.lies) >= 12
    assert sum(told.lies.values()) >= (10_000 if SLOW else 1_000)
    assert not told.accepted, told.shown
    assert told.harm == 0
    assert told.filled  # the same gate does let answers in that are right


@pytest.mark.timeout(1200)
def test_no_document_makes_a_model_change_a_field() -> None:
    found = attacks.run(14 if SLOW else 1)
    assert found.documents >= (300 if SLOW else 20)
    assert not found.crashes
    assert found.asked
    assert found.harm == 0, found.shown
    assert not found.silent.total(), found.shown
    assert not found.changed.total(), found.shown


# ---------------------------------------------------------------- rows

TRUE = {
    "new_received": (5, 2), "granted": (3, 1), "partially_granted": (2, 1),
    "total_handled": (5, 2),
}  # fmt: skip
LOST = ("requests.granted", "requests.partially_granted")


def cells() -> dict[str, int]:
    """A table of seven requests: those of natural persons and those of businesses."""
    values = {}
    for row in form("2021").rows:
        persons, firms = TRUE.get(row.key, (0, 0))
        for column in COLUMNS:
            number = {"natural_person": persons, "business": firms, "total": persons + firms}
            values[f"requests.{row.key}.{column}"] = number.get(column, 0)
    return values


def table(*lost: str) -> dict[str, Field]:
    """The fields of that table, some rows lost."""
    gone = Field.of(value=None, status=Status.MISSING, reason=Reason.LOST)
    return {
        path: gone
        if path.rpartition(".")[0] in lost
        else Field.of(value=value, status=Status.VERIFIED)
        for path, value in cells().items()
    }


def row(place: str, numbers: list[int], doubt: int = 1) -> list[Candidate]:
    """A model's answer to a row."""
    bundle = Bundle(place, "model", doubt)
    return [
        Candidate(f"{place}.{column}", number, (1, 2), str(number), "model", bundle)
        for column, number in zip(COLUMNS, numbers, strict=True)
    ]


def true(place: str) -> list[int]:
    return [cells()[f"{place}.{column}"] for column in COLUMNS]


def filled(fields: dict[str, Field]) -> set[str]:
    return {p.rpartition(".")[0] for p, f in fields.items() if f.status is Status.FILLED}


def test_whole_rows_that_all_sums_confirm_are_filled() -> None:
    zeros = [p for p in COLUMNS if p not in ("natural_person", "business", "total")]
    fields = table(*LOST)
    for place in LOST:  # of a column of zeros no sum proves anything; a reader has them already
        for column in zeros:
            fields[f"{place}.{column}"] = Field.of(value=0, status=Status.READ)
    both = [c for place in LOST for c in row(place, true(place))]
    after = fill(fields, both, form("2021"))
    assert filled(after) == set(LOST)
    assert {p: f.value for p, f in after.items()} == cells()


@pytest.mark.parametrize(
    ("numbers", "doubt"),
    [
        ([3, 1, 0, 0, 0, 0, 4], 2),  # not a whole row between its neighbours
        ([4, 0, 0, 0, 0, 0, 4], 1),  # its sum holds, the columns' do not
        ([3, 1, 0, 0, 0, 0, 5], 1),  # its own sum breaks
        ([2, 1, 0, 0, 0, 0, 3], 1),  # the other lost row
    ],
)
def test_rows_that_are_not_proven_are_suggestions(numbers: list[int], doubt: int) -> None:
    said = [*row(LOST[0], numbers, doubt), *row(LOST[1], true(LOST[1]))]
    after = fill(table(*LOST), said, form("2021"))
    assert not filled(after)
    offered = after["requests.granted.total"].alternatives or []
    assert [a.value for a in offered] == [numbers[-1]]


def test_a_settled_cell_stays_whatever_a_model_says_of_its_row() -> None:
    fields = table("requests.granted")
    fields["requests.granted.total"] = Field.of(value=4, status=Status.READ)
    after = fill(fields, row("requests.granted", [5, 1, 0, 0, 0, 0, 6]), form("2021"))
    assert after["requests.granted.total"].value == 4
    assert not filled(after)


def test_a_column_of_zeros_proves_nothing() -> None:
    after = fill(table("requests.granted"), row("requests.granted", [0] * 7), form("2021"))
    assert not filled(after)


def test_tables_are_asked_only_of_models_that_are_declared_able() -> None:
    from evals.model.blind import reading_of
    from evals.soak import documents

    damaged = documents(8, 991, "pipes", ("column_numbers_lost",))
    texts = [rendered.payload for rendered, _ in damaged]
    open_ = [t for t in texts if any(p.startswith("requests.") for p in _lost(t, reading_of))]
    assert open_
    for able in (False, True):
        model = Scripted(lambda asked: None, tables=able)
        for text in open_:
            extract(text, model)
        assert any(asked.id.startswith("rows") for asked in model.asked) is able


def _lost(text: object, reading_of: object) -> list[str]:
    report = reading_of(text).report  # type: ignore[operator]
    return [p for p, f in report.open.items() if f.reason in (None, Reason.LOST, Reason.AMBIGUOUS)]


# ---------------------------------------------------------------- over HTTP, by the command


def first_listed(handler: Handler, request: dict[str, Any]) -> None:
    """Answer every field with the first quote and the first value that the schema lists."""
    schema = request["response_format"]["json_schema"]["schema"]

    def some(rule: dict[str, Any]) -> Any:
        if "$ref" in rule:
            return some(schema["$defs"][rule["$ref"].rsplit("/", 1)[1]])
        if "anyOf" in rule:
            return some(rule["anyOf"][0])
        if rule.get("type") == "array":
            return [some(rule["items"])]
        if "properties" in rule:
            return {key: some(each) for key, each in rule["properties"].items()}
        return rule["enum"][0] if "enum" in rule else rule.get("const")

    handler.reply(completion(json.dumps(some(schema), ensure_ascii=False)))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of passages, and no endpoint."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "GKLLM_MODEL", "GKLLM_MODEL_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GKLLM_CONFIG", "")
    monkeypatch.setenv("GKLLM_CACHE_DIR", str(tmp_path / "answers"))
    inside = tmp_path / "reports"
    inside.mkdir()
    for passage in passages("develop")[:24]:
        (inside / f"{passage.id}.txt").write_text(passage.document, "utf-8")
    return inside


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_second_run_over_a_folder_asks_nothing_and_says_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultServer() as server:
        server.act = first_listed
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("GKLLM_MODEL", "m")
        first = run("extract", folder)
        asked = len(server.requests)
        second, third = run("extract", folder), run("extract", folder)
        assert asked
        assert len(server.requests) == asked
    assert second.stdout == third.stdout
    pairs = zip(first.stdout.splitlines(), second.stdout.splitlines(), strict=True)
    for before, after in ((json.loads(a), json.loads(b)) for a, b in pairs):
        assert after["usage"]["calls"] == 0
        assert after["fields"] == before["fields"]
        assert after["checks"] == before["checks"]
    filled = [
        (json.loads(line)["source"]["path"], path, field["value"])
        for line in second.stdout.splitlines()
        for path, field in json.loads(line)["fields"].items()
        if field["status"] == "filled"
    ]
    truths = {passage.id: passage.truth for passage in passages("develop")}
    assert filled
    for where, path, value in filled:
        assert same(value, truths[Path(where).stem].get(path)), (where, path)


def test_auto_without_an_endpoint_is_off_with_one_line_more(folder: Path) -> None:
    off, auto = run("extract", "--llm", "off", folder), run("extract", "--llm", "auto", folder)
    assert auto.exit_code == off.exit_code == 0
    assert auto.stdout == off.stdout
    more = [line for line in auto.stderr.splitlines() if line not in off.stderr.splitlines()]
    assert len(more) == 1, more
