"""The command line, as people and scripts use it."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gkllm.cli import app
from gkllm.load import load
from gkllm.report import Alternative, Check, Field, Report, Source, Status

SEEDS = Path(__file__).parent.parent / "fixtures"
SEED = str(SEEDS / "seed-002" / "source.txt")
START = "import sys; from gkllm.cli import main; sys.argv[0] = 'gkllm'; main()"


def run(*words: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], input=stdin)


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def command(*words: object) -> list[str]:
    return [sys.executable, "-c", START, *map(str, words)]


@pytest.fixture
def gb_file(tmp_path: Path) -> Path:
    path = tmp_path / "报告.txt"
    path.write_bytes(Path(SEED).read_bytes().decode().encode("gb18030"))
    return path


def test_a_pipe_gets_one_json_object_per_input() -> None:
    paths = [SEEDS / f"seed-00{n}" / "source.txt" for n in range(3)]
    result = run("extract", *paths)
    assert result.exit_code == 0
    assert [line["source"]["path"] for line in lines(result)] == [str(path) for path in paths]
    assert "reports 3" in result.stderr


def test_the_values_are_those_of_the_library() -> None:
    from gkllm.pipeline import extract
    from gkllm.write.jsonl import as_json

    assert lines(run("extract", SEED)) == [as_json(extract(SEED))]


def test_an_unreadable_input_has_its_line_too(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "empty").mkdir()
    words = [tmp_path / "a.pdf", SEED, tmp_path / "none.txt", tmp_path / "empty"]
    result = run("extract", *words)
    assert result.exit_code == 1
    assert [line.get("error", {}).get("code") for line in lines(result)] == [
        "truncated", None, "not_found", "no_documents",
    ]  # fmt: skip
    assert "a.pdf: This PDF is damaged" in result.stderr


@pytest.mark.parametrize(
    "text", ["hello world\n", "未收到申请", "0\t0\t0\n" * 40, "|||\n" * 9, "\t\n"]
)
def test_a_text_that_is_no_report_leaves_everything_open(text: str) -> None:
    result = run("extract", "-", stdin=("。" + text).encode())
    [line] = lines(result)
    cells = [f for path, f in line["fields"].items() if not path.startswith("facts.")]
    assert len(cells) >= 200
    assert {cell["status"] for cell in cells} == {"missing"}


def test_a_fault_of_ours_costs_one_document_only(monkeypatch: pytest.MonkeyPatch) -> None:
    import gkllm.pipeline

    read = gkllm.pipeline.read

    def fails_on_seed_1(document: Any, model: Any) -> Any:
        if "seed-001" in document.path:
            raise ZeroDivisionError("by zero")
        return read(document, model)

    monkeypatch.setattr("gkllm.pipeline.read", fails_on_seed_1)
    result = run("extract", SEEDS / "seed-001" / "source.txt", SEED)
    assert result.exit_code == 1
    first, second = lines(result)
    assert first["error"]["code"] == "internal"
    assert "ZeroDivisionError" in first["error"]["message"]
    assert "fields" in second


def test_standard_input(gb_file: Path) -> None:
    [line] = lines(run("extract", "-", stdin=gb_file.read_bytes()))
    assert (line["source"]["path"], line["source"]["encoding"]) == ("-", "gb18030")
    assert line["fields"]["disclosure.licensing.decisions"]["value"] == 82


def test_json_is_an_object_for_one_and_an_array_for_several() -> None:
    one = json.loads(run("extract", SEED, "--format", "json").stdout)
    two = json.loads(run("extract", SEED, SEED, "--format", "json").stdout)
    assert two == [one, one]


def test_csv() -> None:
    result = run("extract", SEED, "nowhere.txt", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    [licensing] = [row for row in rows if row["path"] == "disclosure.licensing.decisions"]
    assert (licensing["value"], licensing["document"]) == ("82", SEED)
    assert rows[-1]["status"] == "error"


@pytest.mark.parametrize(("lang", "said"), [("zh", "行政许可"), ("en", "licensing")])
def test_the_table(lang: str, said: str) -> None:
    result = run("extract", SEED, "nowhere.txt", "--format", "table", "--lang", lang)
    [row] = [line for line in result.stdout.splitlines() if line.strip().startswith(said)]
    assert "82" in row
    assert "not_found" in result.stdout
    assert result.exit_code == 1


@pytest.mark.parametrize("ending", ["json", "jsonl", "csv"])
def test_out_is_all_or_nothing(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / f"out.{ending}"
    out.write_text("before")
    result = run("extract", SEED, "--out", out)
    assert (result.exit_code, result.stdout) == (0, "")
    written = out.read_text()
    assert written == run("extract", SEED, "--format", ending).stdout

    def breaks(found: Any, model: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("gkllm.cli.reports._line", breaks)
    assert run("extract", SEED, "--out", out).exit_code == 130
    assert out.read_text() == written
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


def test_out_into_a_folder_that_is_not_there(tmp_path: Path) -> None:
    result = run("extract", SEED, "--out", tmp_path / "no" / "x.json")
    assert result.exit_code == 2
    assert "--out" in result.stderr


def test_out_to_a_device() -> None:
    assert run("extract", SEED, "--out", "/dev/null").exit_code == 0
    assert not Path("/dev/null").is_file()


def doubtful(**changes: Any) -> Report:
    field = Field(value=1, status=Status.DISPUTED, alternatives=[Alternative(value=2, source="x")])
    report = Report(source=Source(path="x"), edition="2021", fields={"facts.reviews": field})
    return report.model_copy(update=changes)


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (doubtful(), 3),
        (doubtful(fields={}, checks=[Check(rule="r", at="a", outcome="fails")]), 3),
        (doubtful(fields={}, checks=[Check(rule="r", at="a", outcome="not_assessable")]), 0),
        (doubtful(fields={"facts.reviews": Field(value=None, status=Status.MISSING)}), 0),
    ],
)
def test_strict(report: Report, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gkllm.cli.reports._line", lambda found, model: report)
    assert run("extract", SEED, "--strict").exit_code == code
    assert run("extract", SEED).exit_code == 0


def test_an_input_without_a_report_weighs_more_than_a_doubt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from gkllm.write.jsonl import refusal

    results = iter([doubtful(), refusal("x", "empty", "…")])
    monkeypatch.setattr("gkllm.cli.reports._line", lambda found, model: next(results))
    assert run("extract", "a", "b", "--strict").exit_code == 1


@pytest.mark.parametrize(
    "words",
    [["extract"], ["extract", SEED, "--format", "xml"], ["extract", SEED, "--llm", "required"],
     ["extract", SEED, "--llm", "local"], ["nonsense"], ["explain", SEED, "requests.nonsense"]],
)  # fmt: skip
def test_wrong_usage(words: list[str]) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_auto_without_a_model_is_off() -> None:
    auto, off = run("extract", SEED, "--llm", "auto"), run("extract", SEED, "--llm", "off")
    assert auto.stdout == off.stdout
    [line] = set(auto.stderr.splitlines()) - set(off.stderr.splitlines())
    assert "no endpoint is configured: set GKLLM_MODEL" in line


def test_text_prints_what_spans_refer_to(gb_file: Path) -> None:
    text = run("text", gb_file).stdout
    assert text == Path(SEED).read_text()
    [line] = lines(run("extract", gb_file))
    quoted = 0
    for field in line["fields"].values():
        spans = field.get("span", [])
        pairs = (
            [(spans, field.get("quote"))]
            if spans and isinstance(spans[0], int)
            else zip(spans, field.get("quote", []), strict=True)
        )
        for (start, end), quote in pairs:
            assert text[start:end] == quote
            quoted += 1
    assert quoted > 100


def test_text_keeps_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes("规章\r\n0\r".encode())
    done = subprocess.run(command("text", path), capture_output=True, check=True)
    assert done.stdout == path.read_bytes()
    assert load(path).text == "规章\r\n0\r"


@pytest.mark.parametrize("name", ["text", "explain", "check"])
def test_a_missing_file(name: str) -> None:
    result = run(name, "nowhere.txt")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "No such file" in result.stderr


def test_explain_one_field() -> None:
    out = run("explain", SEED, "disclosure.licensing.decisions").stdout
    number = Path(SEED).read_text().split("\n").index("\t82") + 1
    assert "82: read, from table" in out
    assert f"line {number}," in out
    assert "candidate: 82 from table" in out


def test_explain_says_which_rules_touch_a_field() -> None:
    out = run("explain", SEED, "requests.granted.total").stdout
    assert "(requests.row_total)" in out
    assert "(requests.balance)" not in out
    assert "(requests.breakdown)" in out


def test_explain_a_field_without_a_candidate() -> None:
    out = run("explain", SEED, "facts.training_sessions").stdout
    assert "no value: missing" in out
    assert "candidate: none" in out


def test_explain_by_prefix_and_in_full() -> None:
    assert run("explain", SEED, "litigation.review").stdout.count("\n\n") == 5
    [line] = lines(run("extract", SEED))
    told = [story.split("  ")[0] for story in run("explain", SEED).stdout.split("\n\n")]
    assert told[:-1] == list(line["fields"])


def test_explain_suggests() -> None:
    assert "disclosure.licensing.decisions" in run("explain", SEED, "licensing.decisions").stderr


def test_check_an_extracted_report(tmp_path: Path) -> None:
    for ending in ("json", "jsonl"):
        out = tmp_path / f"r.{ending}"
        run("extract", SEED, SEED, "--out", out)
        result = run("check", out, "--strict")
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr.count("rules hold, 0 fail") == 2


GOOD = {
    "litigation.review.upheld": 1,
    "litigation.review.corrected": 0,
    "litigation.review.other": 0,
    "litigation.review.pending": 2,
    "litigation.review.total": 3,
}


def test_check_a_hand_made_report(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps(GOOD))
    assert run("check", path, "--strict").exit_code == 0
    path.write_text(json.dumps(GOOD | {"litigation.review.total": 4}))
    assert run("check", path).exit_code == 0
    result = run("check", path, "--strict")
    assert result.exit_code == 3
    [said] = result.stdout.splitlines()
    assert "litigation.review: 4 ≠ 3 (litigation.block_total)" in said
    path.write_text(json.dumps(GOOD | {"litigation.review.totals": 4}))
    assert run("check", path).exit_code == 1


def test_check_counts_lines_without_a_report(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    run("extract", "nowhere.txt", SEED, "--out", path)
    result = run("check", path)
    assert result.exit_code == 1
    assert "not_found" in result.stderr
    assert "rules hold" in result.stderr


def test_schema_is_json() -> None:
    schema = json.loads(run("schema").stdout)
    assert {"Report", "Refusal"} <= set(schema["$defs"])


@pytest.mark.parametrize("name", ["extract", "check", "explain", "text", "schema"])
def test_help_of_each_command(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert name in run("--help").stdout
    assert "│" not in result.stdout


@pytest.mark.skipif(os.name == "nt", reason="pipes close otherwise there")
@pytest.mark.parametrize(
    "words",
    [["extract", SEED, SEED], ["extract", SEED, "--format", "table"], ["text", SEED],
     ["explain", SEED], ["schema"]],
)  # fmt: skip
def test_a_closed_pipe_ends_quietly(words: list[str]) -> None:
    process = subprocess.Popen(command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 141
    assert b"Traceback" not in said
    assert b"Exception" not in said


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_an_interrupt_ends_without_a_traceback() -> None:
    process = subprocess.Popen(
        command("extract", SEED, "-"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()  # the first report is out: it now waits for standard input
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in said


def test_data_is_utf8_whatever_the_terminal_speaks() -> None:
    for format in ("jsonl", "csv"):
        done = subprocess.run(
            command("extract", SEED, "--format", format),
            capture_output=True,
            check=True,
            env=os.environ | {"PYTHONIOENCODING": "ascii"},
        )
        assert "滔溪镇".encode() in done.stdout


def test_a_table_on_a_terminal_that_cannot_print_it_does_not_break() -> None:
    done = subprocess.run(
        command("extract", SEED, "--format", "table"),
        capture_output=True,
        check=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )
    assert b"82\\u22c5" in done.stdout
