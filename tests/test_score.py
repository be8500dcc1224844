"""Verdicts, kinds of mistakes, figures and their bounds."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gkllm.evaluate import metrics
from gkllm.evaluate.curve import augrc, coverage_at_zero, curve
from gkllm.evaluate.interval import bootstrap
from gkllm.evaluate.report import Wanted, evaluation
from gkllm.evaluate.result import Result, packed, result, unpacked
from gkllm.evaluate.suite import all_paths
from gkllm.form import form
from gkllm.report import Field, Reason, Status
from gkllm.score import Truth, Verdict, cell_of, judge, same, truth_of

FORM = form("2021")
COLUMNS = [column.key for column in FORM.columns]


def field(value: Any, status: Status = Status.READ) -> Field:
    reason = Reason.BLANK if status is Status.MISSING else None
    return Field.of(value=value, status=status, reason=reason)


@pytest.mark.parametrize(
    ("truth", "given", "verdict"),
    [
        (Truth(3), field(3), Verdict.RIGHT),
        (Truth(3), field(4), Verdict.MISREAD),
        (Truth(3), field(3, Status.DISPUTED), Verdict.MISSED),
        (Truth(3), field(None, Status.MISSING), Verdict.MISSED),
        (Truth(3), None, Verdict.MISSED),
        (Truth(3, also=(5,)), field(5), Verdict.RIGHT),
        (Truth(3, contested=True), field(3, Status.DISPUTED), Verdict.ABSTAINED),
        (Truth(3, contested=True), field(3), Verdict.RIGHT),
        (Truth(3, contested=True), field(4), Verdict.MISREAD),
        (Truth(0, "lost", owed=False), field(None, Status.MISSING), Verdict.ABSTAINED),
        (Truth(0, "lost", owed=False), field(0, Status.DERIVED), Verdict.RIGHT),
        (Truth(0, "lost", owed=False), field(1, Status.DERIVED), Verdict.MISREAD),
        (Truth(2, "derivable"), field(None, Status.MISSING), Verdict.MISSED),
        (Truth(None, "blank"), field(0), Verdict.INVENTED),
        (Truth(None, "absent"), field(None, Status.MISSING), Verdict.ABSTAINED),
        (Truth(None, "illegible"), field(7, Status.DISPUTED), Verdict.ABSTAINED),
    ],
)
def test_verdicts(truth: Truth, given: Field | None, verdict: Verdict) -> None:
    fields = {"requests.granted.total": given} if given else {}
    (judged,) = judge(fields, {"requests.granted.total": truth})
    assert judged.verdict is verdict
    assert truth_of(cell_of(truth)) == truth


def test_values_are_compared_as_data() -> None:
    assert same(Decimal("59237.2449"), "59237.2449")
    assert same(Decimal("3"), 3)
    assert same("平滩乡人民政府", "平 灘鄉人民政府。")
    assert same(["一是甲；", "二是乙"], ["一是甲", "二是乙。"])
    assert not same(["一是甲"], ["一是甲", "二是乙"])
    assert not same(0, None)
    assert not same("2023-01-01", "2024-01-01")


# ---------------------------------------------------------------- kinds of mistakes


def table() -> dict[str, int]:
    """A truth of section 三 in which every row is another one, and the fee of section 二."""
    cells = {}
    for at, row in enumerate(FORM.rows):
        numbers = [at + 2, at * 3 + 1, 5, 2, 7 * at, 1]
        values = [*numbers, sum(numbers)]
        for column, value in zip(COLUMNS, values, strict=True):
            cells[f"requests.{row.key}.{column}"] = value
    return cells


def scored(given: Mapping[str, Any], true: Mapping[str, Any], **more: Any) -> Result:
    paths = all_paths()
    status = "".join("-" if given.get(p) is None else "r" for p in paths)
    document = {
        "suite": "s",
        "id": "d",
        "tags": {},
        "truth": [true.get(p) for p in paths],
        "values": [given.get(p) for p in paths],
        "status": status,
        "ms": 10.0,
        "cpu_ms": 8.0,
        "yard": 2.0,
        **more,
    }
    return result(document, paths, {p: Truth(v) for p, v in true.items()})


def row(cells: Mapping[str, int], name: str) -> list[int]:
    return [cells[f"requests.{name}.{c}"] for c in COLUMNS]


def put(cells: dict[str, int], name: str, values: list[int]) -> None:
    cells.update(zip((f"requests.{name}.{c}" for c in COLUMNS), values, strict=True))


def test_a_right_table_has_no_kind() -> None:
    assert scored(table(), table()).kinds == ()
    assert scored(table(), table()).exact


def test_rows_swapped() -> None:
    given = table()
    a, b = row(given, "granted"), row(given, "refused.state_secret")
    put(given, "granted", b)
    put(given, "refused.state_secret", a)
    assert "row swapped" in scored(given, table()).kinds


def test_a_row_slid() -> None:
    given = table()
    put(given, "partially_granted", row(table(), "granted"))
    assert "row slid" in scored(given, table()).kinds


def test_columns_shifted() -> None:
    given = table()
    put(given, "granted", [0, *row(table(), "granted")[:6]])
    found = scored(given, table()).kinds
    assert "column shifted" in found
    assert "row slid" not in found


def test_a_total_taken_for_a_part() -> None:
    given = table()
    given["requests.granted.business"] = given["requests.granted.total"]
    assert scored(given, table()).kinds == ("total for part",)


def test_units_and_years() -> None:
    true = {"disclosure.fees.amount_10k_yuan": "12.5", "facts.year": 2023}
    given = {"disclosure.fees.amount_10k_yuan": "125000", "facts.year": 2022}
    assert scored(given, true).kinds == ("unit error", "year error")


def test_a_table_lost_a_crash_and_a_quote_that_does_not_stand() -> None:
    assert scored({}, table()).kinds == ("table lost",)
    failed = scored({}, table(), failure={"kind": "crash", "code": "X", "message": "x"})
    assert failed.kinds == ("table lost", "crash")
    assert metrics.counts(failed)["printed"] == 175
    assert metrics.counts(failed)["printed_right"] == 0
    path = "requests.granted.total"
    quoted = scored(table(), table(), ungrounded=[path])
    assert quoted.kinds == ("ungrounded",)
    assert [(j.path, j.verdict) for j in quoted.silent] == [(path, Verdict.INVENTED)]


def test_to_refuse_may_be_right() -> None:
    failure = {"kind": "error", "code": "encrypted", "message": "x"}
    refused = scored({}, {}, failure=failure, tags={"refusal": ["encrypted"]})
    assert refused.failure is None
    assert refused.exact


# ---------------------------------------------------------------- figures


def test_failed_documents_stay_in_every_rate() -> None:
    good = scored(table(), table())
    bad = scored({}, table(), failure={"kind": "timeout", "code": "timeout", "message": "x"})
    rates = metrics.rates(metrics.total([good, bad]))
    assert rates["printed right"] == rates["coverage"] == rates["exact"] == 0.5
    assert metrics.total([good, bad])["failed"] == 1


def test_nonzero_cells_are_counted_apart() -> None:
    true = dict.fromkeys(FORM.cells, 0) | {"requests.granted.total": 4}
    zero = scored(dict.fromkeys(FORM.cells, 0), true)
    rates = metrics.rates(metrics.total([zero]))
    assert rates["printed right"] == pytest.approx(199 / 200)
    assert rates["non-zero right"] == 0
    assert len(zero.silent) == 1


def test_the_curve_pays_for_errors_and_for_silence() -> None:
    true = {p: Truth(1) for p in FORM.cells[:10]}
    paths = all_paths()
    document = {
        "suite": "s",
        "id": "d",
        "tags": {},
        "truth": [1 if p in true else None for p in paths],
        # four verified and right, three read of which one is wrong, three missing
        "values": [*([1] * 6), 9, *([None] * (len(paths) - 7))],
        "status": "vvvvrrr" + "m" * (len(paths) - 7),
    }
    points = curve([result(document, paths, true)])
    assert [(p.status, p.coverage, p.wrong) for p in points] == [
        ("none", 0.0, 0),
        ("verified", 0.4, 0),
        ("read", 0.7, 1),
        ("all", 1.0, 4),
    ]
    assert coverage_at_zero(points) == 0.4
    assert augrc(points) == pytest.approx(0.3 * 0.05 + 0.3 * 0.25)


def test_intervals_resample_documents_not_cells() -> None:
    """Of 60 documents six fail whole: cells alone would give a tenth of the width."""
    rows = [(0, 200)] * 6 + [(200, 200)] * 54
    (interval,) = bootstrap(rows, [lambda s: s[0] / s[1]])
    assert interval is not None
    low, high = interval
    assert 0.80 < low < 0.85
    assert 0.95 < high <= 0.985
    assert bootstrap(rows, [lambda s: s[0] / s[1]]) == [interval]


def test_signs_are_packed_and_unpacked() -> None:
    for codes in ("", "V", "VVVVabgx..m_-zq", "_" * 300 + "V" + "R" * 12):
        assert unpacked(packed(codes)) == codes


# ---------------------------------------------------------------- documents that hang or kill

HOSTILE = """
import os, time
from gkllm.evaluate.suite import Case
from gkllm.score import Truth

def case(index, seed):
    if index == 3:
        return None
    text = "三、收到和处理政府信息公开申请情况" + str(index)
    return Case(str(index), text, {"requests.granted.total": Truth(5)})

def odd(reading):
    if reading.document.text.endswith("1"):
        time.sleep(600)
    if reading.document.text.endswith("2"):
        os._exit(9)
    return {}
"""
SUITE = """
seconds = 8
baselines = ["hostile_suite:odd"]
[[source]]
generator = "hostile_suite:case"
count = 6
"""


def test_documents_that_hang_or_kill_are_failed_documents(tmp_path: Path) -> None:
    (tmp_path / "hostile_suite.py").write_text(HOSTILE, "utf-8")
    (tmp_path / "odd.toml").write_text(SUITE, "utf-8")
    wanted = Wanted((str(tmp_path / "odd.toml"),), tmp_path / "run", workers=2)
    done = evaluation(wanted)
    failures = {r.id: r.failure["kind"] if r.failure else "" for r in done.road}
    assert failures == {"0": "", "1": "timeout", "2": "killed", "4": "", "5": ""}
    assert done.code == 1
    assert metrics.total(done.road)["owed"] == 5
