"""What goes out: JSON as the contract prints it, CSV, tables for people."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from gkllm.errors import UnreadableReport
from gkllm.form import form
from gkllm.report import Alternative, Check, Field, Reason, Report, Source, Status, Usage
from gkllm.write.csv import COLUMNS, write_csv
from gkllm.write.jsonl import as_json, parse, refusal, schema, write_json, write_jsonl
from gkllm.write.terminal import NARROWEST, WIDTH, shown

FEES = "disclosure.fees.amount_10k_yuan"


def made() -> Report:
    """A report with a field of every status and kind."""
    fields = {
        path: Field(value=0, status=Status.READ, source="table", quote="0", span=(9, 10))
        for path in form().cells
    }
    fields |= {
        FEES: Field(value=Decimal("199.430"), status=Status.READ, source="table", quote="199.430"),
        "requests.granted.total": Field(
            value=1362, status=Status.VERIFIED, source="table", quote="1362", span=(5120, 5124)
        ),
        "requests.granted.research": Field(
            value=7, status=Status.DERIVED, source="rule", from_=["requests.granted.total"]
        ),
        "requests.granted.business": Field(
            value=None,
            status=Status.DISPUTED,
            alternatives=[
                Alternative(value=21, source="table", quote="21", span=(1, 3)),
                Alternative(value=None, source="table"),
            ],
        ),
        "requests.carried_in.total": Field(
            value=None, status=Status.MISSING, reason=Reason.BLANK, quote="", span=(4, 4)
        ),
        "facts.agency": Field(
            value="某县人民政府", status=Status.READ, source="prose", quote="某县人民政府"
        ),
        "facts.year": Field(value=2024, status=Status.VERIFIED, source="prose", quote="2024年"),
        "facts.proactive_items": Field(
            value=10, status=Status.READ, source="prose", quote="超过10条", approximate=True
        ),
        "facts.problems": Field(
            value=["一是,\n少", "二是“慢”"],
            status=Status.READ,
            source="prose",
            quote=["一是,\n少", "二是“慢”"],
            span=[(20, 25), (26, 31)],
        ),
    }
    checks = [
        Check(
            rule="requests.row_total", at="requests.granted", outcome="fails", left=1362, right=7
        ),
        Check(rule="requests.balance", at="requests.*.total", outcome="not_assessable"),
    ]
    source = Source(path="年报/a.txt", sha256="0" * 64, encoding="gb18030", chars=7371)
    return Report(source=source, edition="2021", fields=fields, checks=checks, gkllm="0.1.0")


REFUSED = refusal("b.pdf", "unsupported_format", "This is PDF. Convert it to text first.")


def test_json_is_what_the_models_hold() -> None:
    report = made()
    dumped = report.model_dump(mode="json", by_alias=True)
    written = as_json(report)
    assert list(written) == list(dumped)
    for path, field in dumped["fields"].items():
        stated = {key: value for key, value in field.items() if value is not None}
        if not field["approximate"]:
            del stated["approximate"]
        if field["alternatives"]:
            stated["alternatives"] = [
                {"value": a["value"]}
                | {key: value for key, value in a.items() if value is not None}
                for a in field["alternatives"]
            ]
        assert written["fields"][path] == {"value": field["value"]} | stated
        assert list(written["fields"][path]) == list({"value": 0} | stated)
    for one, check in zip(written["checks"], dumped["checks"], strict=True):
        assert one == {key: value for key, value in check.items() if value is not None}


def test_the_shape_of_a_report_line() -> None:
    data = as_json(made())
    assert list(data) == ["schema", "source", "edition", "fields", "checks", "usage", "gkllm"]
    assert data["schema"] == "gkllm.report/1"
    assert data["usage"] == {
        "model": None, "calls": 0, "cached_calls": 0, "prompt_tokens": 0, "completion_tokens": 0,
    }  # fmt: skip
    assert data["fields"]["requests.granted.total"] == {
        "value": 1362, "status": "verified", "source": "table", "quote": "1362",
        "span": [5120, 5124],
    }  # fmt: skip
    assert data["fields"]["requests.granted.research"] == {
        "value": 7, "status": "derived", "source": "rule", "from": ["requests.granted.total"],
    }  # fmt: skip
    assert data["fields"]["requests.carried_in.total"] == {
        "value": None, "status": "missing", "reason": "blank", "quote": "", "span": [4, 4],
    }  # fmt: skip
    assert data["fields"]["requests.granted.business"] == {
        "value": None,
        "status": "disputed",
        "alternatives": [
            {"value": 21, "source": "table", "quote": "21", "span": [1, 3]},
            {"value": None, "source": "table"},
        ],
    }
    assert data["fields"]["facts.proactive_items"]["approximate"] is True
    assert data["checks"][1] == {
        "rule": "requests.balance", "at": "requests.*.total", "outcome": "not_assessable",
    }  # fmt: skip


def test_the_line_of_a_refused_input() -> None:
    assert as_json(REFUSED) == {
        "schema": "gkllm.report/1",
        "source": {"path": "b.pdf"},
        "error": {
            "code": "unsupported_format",
            "message": "This is PDF. Convert it to text first.",
        },
    }


def test_money_is_exact() -> None:
    assert as_json(made())["fields"][FEES]["value"] == "199.430"


def written(*lines: Any) -> str:
    out = io.StringIO()
    write_jsonl(lines, out)
    return out.getvalue()


def test_one_line_each() -> None:
    text = written(made(), REFUSED, made())
    assert text.count("\n") == 3
    assert ["error" in json.loads(line) for line in text.splitlines()] == [False, True, False]
    assert "某县人民政府" in text


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_json_is_one_object_or_an_array(count: int) -> None:
    out = io.StringIO()
    write_json([made()] * count, out)
    data = json.loads(out.getvalue())
    assert data == (as_json(made()) if count == 1 else [as_json(made())] * count)


@pytest.mark.parametrize("write", [write_json, write_jsonl])
def test_what_is_written_can_be_read_back(write: Any) -> None:
    out = io.StringIO()
    write([made(), REFUSED], out)
    assert list(parse(out.getvalue())) == [made(), REFUSED]


def test_pydantic_alone_can_read_a_line_back() -> None:
    line = written(made())
    assert Report.model_validate_json(line)["requests.granted.research"].from_ is not None
    assert Report.model_validate_json(made().model_dump_json(by_alias=True)).fields.keys() == (
        made().fields.keys()
    )


def test_a_hand_made_report() -> None:
    [report] = parse('{"requests.granted.total": 3, "requests.other.subtotal.total": null, '
                     f'"{FEES}": 1.10, "edition": "2021"}}')  # fmt: skip
    assert isinstance(report, Report)
    assert report["requests.granted.total"].value == 3
    assert report["requests.other.subtotal.total"].status == Status.MISSING
    assert str(report[FEES].value) == "1.10"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"requests.granted.totl": 3}', "Did you mean requests.granted.total?"),
        ('{"edition": "1999"}', "Unknown edition"),
        ("[3]", "JSON object"),
        ('{"requests.granted.total": NaN}', "NaN"),
        ("[" * 100_000, "nested"),
        ("规章 0", "Line 1 is no JSON"),
        ('{"source": {}, "edition": "2021", "fields": {"facts.year": {"value": 2024}}}', "status"),
        ('{"requests.granted.total": {"a": 1}}', "requests.granted.total"),
        (f'{{"{FEES}": "viel"}}', "digits"),
    ],
)
def test_what_is_no_report_is_named(text: str, said: str) -> None:
    with pytest.raises(UnreadableReport, match=said.replace("?", r"\?")):
        list(parse(text))


def test_csv_has_a_row_per_value() -> None:
    out = io.StringIO(newline="")
    write_csv([made(), REFUSED], out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(made().fields) + 1 + 1  # one more for the second problem, one refused
    by_path = {row["path"]: row for row in rows}
    assert by_path[FEES]["value"] == "199.430"
    assert by_path["requests.carried_in.total"]["reason"] == "blank"
    assert by_path["requests.granted.business"]["value"] == ""
    assert [row["value"] for row in rows if row["path"] == "facts.problems"] == [
        "一是,\n少",
        "二是“慢”",
    ]
    assert (rows[-1]["status"], rows[-1]["reason"]) == ("error", "unsupported_format")


def rendered(language: Any, line: Any = None, width: int = WIDTH) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(shown(line or made(), language))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [NARROWEST, WIDTH])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_table_fits_and_reads_without_colour(language: str, width: int) -> None:
    text = rendered(language, width=width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert text.count("0⋅") >= sum(field.value == 0 for field in made().fields.values())
    assert "\x1b" not in text
    for sign in ("1362✓", "7=", "199.430⋅", "~10⋅"):
        assert sign in text
    assert "requests.granted: 1362 ≠ 7 (requests.row_total)" in text
    assert "[21 | -]" in text


def test_the_table_prints_every_row_of_the_form() -> None:
    squeezed = "".join(rendered("zh", width=200).split())
    for label in (*form().rows, *form().blocks, *form().disclosure_rows, *form().groups[1:]):
        assert "".join(label.zh.split()) in squeezed


def test_brackets_in_a_quote_are_kept() -> None:
    quote = "[b]某镇[/] [bookmark: x] :x:"
    fields = {"facts.agency": Field(value=quote, status=Status.READ, quote=quote)}
    report = Report(source=Source(path="[red]"), edition="2021", fields=fields)
    text = rendered("zh", report)
    assert text.count(quote) == 3  # header, value, quote
    assert "[red]" in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_refused_input_in_the_table(language: str) -> None:
    text = rendered(language, REFUSED)
    assert "b.pdf" in text
    assert "unsupported_format" in text


def test_the_counts_add_up() -> None:
    last = rendered("en").strip().splitlines()[-1]
    total, *parts = last.split(" · ")
    assert (
        int(total.split()[0]) == sum(int(part.split()[-1]) for part in parts) == len(made().fields)
    )


def fits(data: Any, rule: dict[str, Any], defs: dict[str, Any]) -> bool:
    """Whether JSON data fits a schema; knows the words that pydantic writes."""
    if "$ref" in rule:
        return fits(data, defs[rule["$ref"].rsplit("/", 1)[1]], defs)
    if "anyOf" in rule:
        return any(fits(data, each, defs) for each in rule["anyOf"])
    if "enum" in rule:
        return data in rule["enum"]
    kinds = {
        "string": str,
        "number": (int, float),
        "integer": int,
        "boolean": bool,
        "null": type(None),
        "array": list,
    }
    kind = rule.get("type", "object")
    if kind != "object":
        inside = rule.get("items", {}) if kind == "array" else {}
        return isinstance(data, kinds[kind]) and (
            not inside or all(fits(item, inside, defs) for item in data)
        )
    known, rest = rule.get("properties", {}), rule.get("additionalProperties")
    return (
        isinstance(data, dict)
        and set(rule.get("required", [])) <= set(data)
        and all(
            fits(value, known[key], defs)
            if key in known
            else isinstance(rest, dict) and fits(value, rest, defs)
            for key, value in data.items()
        )
    )


def test_usage_says_what_there_was() -> None:
    usage = Usage(
        model="m", calls=2, seconds=1.5, cost=Decimal("0.02"), currency="CNY", troubles={"cut": 1}
    )
    line = made().model_copy(update={"usage": usage})
    assert as_json(line)["usage"] == {
        "model": "m", "calls": 2, "cached_calls": 0, "prompt_tokens": 0, "completion_tokens": 0,
        "seconds": 1.5, "cost": "0.02", "currency": "CNY", "troubles": {"cut": 1},
    }  # fmt: skip
    [back] = parse(json.dumps(as_json(line)))
    assert isinstance(back, Report)
    assert back.usage == usage


def test_the_schema_describes_what_is_written() -> None:
    rules = schema()
    asked = made().model_copy(update={"usage": Usage(seconds=1.5, troubles={"cut": 1})})
    for line in (made(), REFUSED, asked):
        assert fits(as_json(line), rules, rules["$defs"])
    broken = as_json(made())
    broken["fields"]["facts.year"]["status"] = "sure"
    assert not fits(broken, rules, rules["$defs"])
    assert "status" in rules["$defs"]["Field"]["required"]
