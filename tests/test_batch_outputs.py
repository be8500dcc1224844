"""What a batch writes for those who open it, and what reports say of each other."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gkllm.batch.panel import check_panel, named_in
from gkllm.batch.reading import read
from gkllm.batch.run import Outcome, Settings, batch
from gkllm.write.cells import told
from gkllm.write.columns import columns
from gkllm.write.csv import Panel
from gkllm.write.sqlite import Database
from gkllm.write.summary import summary_page

ROOT = Path(__file__).parent.parent


class Silent:
    def expect(self, documents: int) -> None: ...
    def show(self, outcome: Outcome) -> None: ...
    def stage(self, what: str) -> None: ...
    def close(self) -> None: ...


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of some labelled documents, a refused one between them."""
    empty = tmp_path_factory.mktemp("in") / "empty.txt"
    empty.write_bytes(b"")
    words = [*map(str, sorted((ROOT / "fixtures").glob("hand-*/source.*"))[:6])]
    words += [
        str(ROOT / "fixtures" / name / "source.txt")
        for name in ("seed-002", "seed-003", "rendered-tabs-03")
    ]
    made = tmp_path_factory.mktemp("out")
    batch([*words[:2], str(empty), *words[2:]], made, Settings(2), Silent())
    return made


@pytest.fixture(scope="module")
def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "reports.jsonl").read_text("utf-8").splitlines()]


def rows(path: Path) -> list[dict[str, str]]:
    data = path.read_bytes()
    assert data.startswith("\ufeff".encode())  # Excel takes other files for GBK
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


# ---------------------------------------------------------------- the files


def test_cells_have_every_value_with_its_status(out: Path, lines: list[dict[str, Any]]) -> None:
    told = [
        (line["source"]["path"], path, item, field["status"])
        for line in lines
        for path, field in line.get("fields", {}).items()
        for item in (field["value"] if isinstance(field["value"], list) else [field["value"]])
    ]
    found = rows(out / "cells.csv")
    assert [(r["document"], r["path"], r["status"]) for r in found] == [
        (document, path, status) for document, path, _, status in told
    ]
    for row, (_, _, value, _) in zip(found, told, strict=True):
        shown = "" if value is None else str(value)
        assert row["value"] in (shown, f"'{shown}")


def test_the_panel_has_what_can_be_relied_on_and_nothing_else(
    out: Path, lines: list[dict[str, Any]]
) -> None:
    reports = [line for line in lines if "fields" in line]
    found = rows(out / "panel.csv")
    assert len(found) == len(reports) == len(lines) - 1
    disputed = 0
    for row, line in zip(found, reports, strict=True):
        assert row["document"] == line["source"]["path"]
        assert set(line["fields"]) <= set(row)
        for path, field in line["fields"].items():
            value, sure = field["value"], field["status"] not in ("disputed", "missing")
            disputed += not sure and value is not None
            if not isinstance(value, list):
                assert row[path] == (str(value) if sure else ""), path
    assert disputed  # else this shows nothing


def test_the_dictionary_describes_each_column(out: Path) -> None:
    found = rows(out / "columns.csv")
    assert [row["column"] for row in found] == list(rows(out / "panel.csv")[0])
    assert all(row["zh"] and row["en"] and row["kind"] for row in found)
    [fees] = [row for row in found if row["column"] == "disclosure.fees.amount_10k_yuan"]
    assert (fees["kind"], fees["unit"]) == ("money", "万元")


def test_every_path_that_a_report_has_is_a_column() -> None:
    named = {column.name for column in columns()}
    assert len(named) == len(columns())
    for source in sorted((ROOT / "fixtures").glob("*/source.txt"))[::4]:
        line = json.loads(zlib.decompress(read(source.read_bytes(), source.name).line))
        assert set(line["fields"]) <= named


def test_sqlite_has_documents_fields_and_checks(out: Path, lines: list[dict[str, Any]]) -> None:
    database = sqlite3.connect(out / "report.sqlite")
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    documents = database.execute("SELECT id, document, error, verified, disputed FROM documents")
    for (number, name, error, verified, disputed), line in zip(documents, lines, strict=True):
        assert name == line["source"]["path"]
        assert error == line.get("error", {}).get("code")
        statuses = [field["status"] for field in line.get("fields", {}).values()]
        if statuses:
            assert (verified, disputed) == tuple(map(statuses.count, ("verified", "disputed")))
        counted = "SELECT count(*) FROM checks WHERE document_id = ?"
        assert database.execute(counted, (number,)).fetchone()[0] == len(line.get("checks", []))
        for path, field in line.get("fields", {}).items():
            asked = "SELECT value, quote FROM fields WHERE document_id = ? AND path = ?"
            got = database.execute(asked, (number, path)).fetchall()
            if isinstance(field["value"], list):
                assert [value for value, _ in got] == field["value"]
            elif path.startswith("requests."):
                assert got == [(field["value"], field.get("quote"))]
    indexed = {row[1] for row in database.execute("SELECT * FROM sqlite_master WHERE type='index'")}
    assert {"fields_by_path", "fields_by_document", "checks_by_rule"} <= indexed
    database.close()


def test_parquet_has_the_same_values(out: Path, lines: list[dict[str, Any]]) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    panel = parquet.read_table(out / "panel.parquet")
    assert panel.column_names == [column.name for column in columns()]
    reports = [line for line in lines if "fields" in line]
    for row, line in zip(panel.to_pylist(), reports, strict=True):
        for path, field in line["fields"].items():
            value, sure = field["value"], field["status"] not in ("disputed", "missing")
            if path in ("facts.information_fee_yuan", "disclosure.fees.amount_10k_yuan"):
                assert row[path] == (Decimal(str(value)) if sure else None)
            elif isinstance(value, int):
                assert row[path] == (value if sure else None)
    cells = parquet.read_table(out / "cells.parquet").to_pylist()
    plain = rows(out / "cells.csv")
    assert [c["path"] for c in cells] == [r["path"] for r in plain]
    for cell, row in zip(cells, plain, strict=True):
        assert (cell["value"] or "") in (row["value"], row["value"].removeprefix("'"))


def test_without_pyarrow_the_run_says_what_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gkllm.batch.render.has_parquet", lambda: False)
    outcome = batch([str(ROOT / "fixtures/seed-002/source.txt")], tmp_path, Settings(), Silent())
    assert not list(tmp_path.glob("*.parquet"))
    [said] = outcome.left_out
    assert "gkllm[parquet]" in said
    assert "panel.parquet" in said


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    field = {"value": "=cmd|' /C calc'!A0", "status": "read"}
    fields = {"facts.website": field, "disclosure.fees.amount_10k_yuan": {"value": "-3.5"} | READ}
    with Panel(tmp_path / "panel.csv") as sheet:
        sheet.add(line_of("+a", fields))
    [row] = rows(tmp_path / "panel.csv")
    assert row["document"] == "'+a"
    assert row["facts.website"] == "'=cmd|' /C calc'!A0"
    assert row["disclosure.fees.amount_10k_yuan"] == "-3.5"


def test_numbers_that_fit_nowhere_lose_nothing(tmp_path: Path) -> None:
    huge, exact = 10**30, "59237.24490000000001"
    fields = {
        "requests.granted.total": {"value": huge} | READ,
        "disclosure.fees.amount_10k_yuan": {"value": exact} | READ,
        "facts.agency": {"value": "某\ud800局"} | READ,
    }
    with Database(tmp_path / "report.sqlite") as database:
        database.add(line_of("a", fields))
        database.finish()
        stored = dict(database.connection.execute("SELECT path, CAST(value AS TEXT) FROM fields"))
    assert stored["facts.agency"] == "某\\ud800局"
    parquet = pytest.importorskip("pyarrow.parquet")
    from gkllm.write.parquet import Cells
    from gkllm.write.parquet import Panel as Wide

    with Cells(tmp_path / "cells.parquet") as cells, Wide(tmp_path / "panel.parquet") as wide:
        cells.add(line_of("a", fields))
        wide.add(line_of("a", fields))
    values = [row["value"] for row in parquet.read_table(tmp_path / "cells.parquet").to_pylist()]
    assert values == [str(huge), exact, "某\\ud800局"]
    [row] = parquet.read_table(tmp_path / "panel.parquet").to_pylist()
    assert row["requests.granted.total"] is None
    assert row["disclosure.fees.amount_10k_yuan"] is None


def test_the_summary_says_what_the_database_says(out: Path) -> None:
    page = (out / "summary.html").read_text("utf-8")
    database = sqlite3.connect(out / "report.sqlite")
    for status in ("verified", "read", "disputed", "missing"):
        total = database.execute(f"SELECT sum({status}) FROM documents").fetchone()[0]  # noqa: S608
        assert f"<b>{total}</b>" in page
    failing = "SELECT DISTINCT rule FROM checks WHERE outcome = 'fails'"
    rules = [row[0] for row in database.execute(failing)]
    assert rules
    assert all(f"> {rule}</span>" in page for rule in rules)
    assert "empty.txt" in page
    database.close()


def test_the_doubtful_lead_to_their_pages(out: Path, lines: list[dict[str, Any]]) -> None:
    page = (out / "summary.html").read_text("utf-8")
    links = re.findall(r'href="(views/[^"]+)"', page)
    assert links
    assert sorted(links) == sorted(f"views/{path.name}" for path in (out / "views").iterdir())
    for link in links:
        line = lines[int(link[6:12]) - 1]
        disputed = [f for f in line["fields"].values() if f["status"] == "disputed"]
        assert disputed or any(check["outcome"] == "fails" for check in line["checks"])
        assert line["source"]["path"] in (out / link).read_text("utf-8")


def test_a_hostile_name_is_text_on_the_page(tmp_path: Path) -> None:
    with Database(tmp_path / "report.sqlite") as database:
        name = '<script>alert(1)</script>"&'
        bad = {"fields": {"facts.agency": {"value": name, "status": "disputed"}}}
        database.add(line_of(name, bad["fields"]))
        database.finish()
        check_panel(database.connection, [(1, name)])
        page = summary_page(database.connection, {1: "views/a b.html"}, ["panel.csv"], "en")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert 'href="views/a%20b.html"' in page


READ = {"status": "read"}


def line_of(name: str, fields: dict[str, Any], sha256: str = "") -> Any:
    data = {"source": {"path": name, "sha256": sha256 or name}, "edition": "2021"}
    return told(json.dumps(data | {"fields": fields}, ensure_ascii=True).encode())


# ---------------------------------------------------------------- reports against each other


def report(agency: str, year: int, sha256: str = "", **values: Any) -> Any:
    fields = {
        "facts.agency": {"value": agency, "status": "read"},
        "facts.year": {"value": year, "status": "verified"},
    }
    for name, value in values.items():
        path = name.replace("__", ".")
        known = value if isinstance(value, dict) else {"value": value, "status": "read"}
        fields[path] = known
    return line_of(f"{agency} {year} {sha256}", fields, sha256)


def checked(
    tmp_path: Path, *reports: Any, named: list[tuple[int, str]] | None = None
) -> Iterator[tuple[Any, ...]]:
    with Database(tmp_path / "report.sqlite") as database:
        for each in reports:
            database.add(each)
        database.finish()
        check_panel(database.connection, named or [])
        yield from database.connection.execute(
            "SELECT rule, at, outcome, left_side, right_side, document_id, other_id "
            "FROM panel_checks WHERE outcome <> 'not_assessable'"
        )


OUT, IN = "requests__carried_out__total", "requests__carried_in__total"


def test_what_is_carried_out_is_carried_in_next_year(tmp_path: Path) -> None:
    agency = "宿城市人民政府"
    found = checked(
        tmp_path,
        report(agency, 2024, **{IN: 121, OUT: 7}),
        report(agency, 2023, **{IN: 96, OUT: 121}),
        report(agency, 2022, **{OUT: 95}),
        report(agency, 2020, **{OUT: 1}),  # a year is missing between
        report("另外县人民政府", 2023, **{OUT: 5}),
    )
    at = "requests.carried_in.total"
    assert list(found) == [
        ("panel.carried_over", at, "holds", 121, 121, 1, 2),
        ("panel.carried_over", at, "fails", 95, 96, 2, 3),
    ]


def test_short_and_full_names_are_one_agency_and_an_office_is_another(tmp_path: Path) -> None:
    found = checked(
        tmp_path,
        report("高凤镇人民政府", 2023, **{OUT: 1}),
        report("高凤镇", 2024, **{IN: 1}),
        report("高凤镇人民政府办公室", 2024, **{IN: 5}),
    )
    assert [(row[2], row[5], row[6]) for row in found] == [("holds", 2, 1)]


def test_what_is_in_force_follows_from_the_year_before(tmp_path: Path) -> None:
    def year(number: int, issued: int, repealed: int, in_force: int) -> Any:
        of = "disclosure__normative_documents__"
        values = {f"{of}issued": issued, f"{of}repealed": repealed, f"{of}in_force": in_force}
        return report("宿城市人民政府", number, **values)

    found = checked(tmp_path, year(2023, 0, 0, 597), year(2024, 50, 227, 420), year(2025, 1, 0, 1))
    at = "disclosure.normative_documents.in_force"
    assert list(found) == [
        ("panel.in_force", at, "holds", 420, 420, 2, 1),
        ("panel.in_force", at, "fails", 421, 1, 3, 2),
    ]


def test_the_uncertain_is_compared_with_nothing(tmp_path: Path) -> None:
    disputed = {"value": 3, "status": "disputed"}
    agency = "甲县人民政府"
    unsure = report("", 2023, **{OUT: 9})
    unsure.fields["facts.agency"]["status"] = "disputed"
    found = checked(
        tmp_path,
        report(agency, 2023, **{OUT: disputed}),
        report(agency, 2024, **{IN: 4}),
        line_of("unsure", unsure.fields),
    )
    assert list(found) == []


def test_duplicates_are_named_and_compared_only_where_they_agree(tmp_path: Path) -> None:
    agency = "甲县人民政府"
    found = list(
        checked(
            tmp_path,
            report(agency, 2023, "one", **{OUT: 4, "requests__carried_out__other": 1}),
            report(agency, 2023, "one", **{OUT: 4, "requests__carried_out__other": 1}),
            report(agency, 2023, "two", **{OUT: 4, "requests__carried_out__other": 2}),
            report(agency, 2024, **{IN: 4, "requests__carried_in__other": 1}),
        )
    )
    assert [row[:3] for row in found if row[0] == "panel.carried_over"] == [
        ("panel.carried_over", "requests.carried_in.total", "holds")
    ]
    assert [row[5:] for row in found if row[0] == "panel.duplicate"] == [(2, 1), (3, 1)]
    database = sqlite3.connect(tmp_path / "report.sqlite")
    asked = "SELECT message FROM panel_checks WHERE rule = 'panel.duplicate' ORDER BY document_id"
    assert [row[0] for row in database.execute(asked)] == ["same_bytes", "other_bytes"]
    database.close()


def test_a_thousand_duplicates_make_a_thousand_rows(tmp_path: Path) -> None:
    copies = [report("甲县人民政府", year, **{OUT: 1, IN: 1}) for year in (2022, 2023)] * 500
    found = list(checked(tmp_path, *copies))
    assert len(found) == 998 + 1


def test_a_text_that_names_another_agency_is_told(tmp_path: Path) -> None:
    text = (
        "青泽市临浦区水务局2023年政府信息公开工作年度报告\n"
        "本报告由白石县教育局编制。\n一、总体情况\n2023年,青泽市临浦区水务局认真落实条例。\n"
    )
    names = named_in(read(text.encode(), "a.txt").aside)
    assert names == "白石县教育局、青泽市临浦区水务局"  # neither is its name for certain
    subject = text.replace("由白石县教育局编制", "向社会公布").replace(
        "2023年,青泽市", "2023年,白石县"
    )
    assert named_in(read(subject.encode(), "a.txt").aside) == "白石县临浦区水务局"
    own = read(text.replace("由白石县教育局", "由临浦区水务局").encode(), "a.txt")
    assert named_in(own.aside) is None
    found = checked(tmp_path, report("青泽市临浦区水务局", 2023), named=[(1, names)])
    assert [row[0] for row in found] == ["panel.other_agency"]
