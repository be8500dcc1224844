"""Each rule holds, fails or cannot be assessed; a check judges and never repairs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from gkllm.check import check
from gkllm.form import form
from gkllm.report import Check, Field, Reason, Status

FORM = form("2021")
COLUMNS = "natural_person business research public_welfare legal_service other total".split()
Plain = Mapping[str, "int | Decimal | str | None"]


def given(values: Plain, source: str = "table") -> dict[str, Field]:
    return {
        path: Field(value=value, status=Status.READ, source=source)
        if value is not None
        else Field(value=None, status=Status.MISSING, reason=Reason.LOST)
        for path, value in values.items()
    }


def judged(values: Plain, rule: str, at: str | None = None) -> Check:
    found = [c for c in check(given(values), FORM) if c.rule == rule and at in (None, c.at)]
    assert len(found) == 1
    return found[0]


# ---------------------------------------------------------------- sums

RULES = [(rule.id, rule.at, rule.left, rule.right) for rule in FORM.rules]


@pytest.mark.parametrize(("rule", "at", "left", "right"), RULES, ids=lambda x: str(x)[:40])
def test_a_sum_rule_holds_fails_or_cannot_be_assessed(
    rule: str, at: str, left: tuple[str, ...], right: tuple[str, ...]
) -> None:
    many, few = (left, right) if len(left) > len(right) else (right, left)
    values: dict[str, int | None] = {path: i + 1 for i, path in enumerate(many)}
    total = sum(range(1, len(many) + 1))
    values |= dict.fromkeys(few, 0)
    values[few[0]] = total
    found = judged(values, rule, at)
    assert (found.outcome, found.left, found.right) == ("holds", total, total)
    assert judged(values | {many[-1]: 99}, rule, at).outcome == "fails"
    assert judged(values | {few[0]: total - 1}, rule, at).outcome == "fails"
    for path in (*many, *few):
        unknown = judged(values | {path: None}, rule, at)
        assert unknown.outcome == "not_assessable"
        assert None in (unknown.left, unknown.right)
        missing = {p: v for p, v in values.items() if p != path}
        assert judged(missing, rule, at).outcome == "not_assessable"


def test_there_is_one_check_for_each_of_the_42_rules() -> None:
    found = [c for c in check({}, FORM) if c.rule.startswith(("requests.", "litigation."))]
    assert len(found) == 42
    assert {c.outcome for c in found} == {"not_assessable"}


def test_nothing_passes_where_nothing_is_known() -> None:
    assert {c.outcome for c in check({}, FORM)} == {"not_assessable"}


def test_an_unknown_zero_is_no_zero() -> None:
    # 3 = 3 + nothing: the blanks may be zeros, and nobody has said so.
    values = {"requests.granted.natural_person": 3, "requests.granted.total": 3}
    assert judged(values, "requests.row_total", "requests.granted").outcome == "not_assessable"


def test_a_disputed_value_is_judged_as_printed() -> None:
    """The agency's mistake is a failed check, never repaired (contract, section 2)."""
    values = [12, 3, 0, 1, 2, 0, 19]
    fields = {
        f"requests.granted.{c}": Field(value=v, status=Status.DISPUTED, source="table")
        for c, v in zip(COLUMNS, values, strict=True)
    }
    before = dict(fields)
    found = next(c for c in check(fields, FORM) if c.at == "requests.granted")
    assert (found.outcome, found.left, found.right) == ("fails", 19, 18)
    assert fields == before


def test_a_merged_row_takes_the_place_of_its_rows() -> None:
    merged = {f"requests.{row.key}.total": 1 for row in FORM.rows[2:20]}
    merged |= {"requests.other.subtotal.total": 5, "requests.total_handled.total": 23}
    at = "requests.total_handled.total"
    assert judged(merged, "requests.breakdown", at).outcome == "holds"
    merged["requests.total_handled.total"] = 22
    assert judged(merged, "requests.breakdown", at).outcome == "fails"


def test_a_subtotal_beside_its_rows_is_not_counted_twice() -> None:
    values = {f"requests.{row.key}.total": 1 for row in FORM.rows[2:23]}
    values |= {"requests.other.subtotal.total": 3, "requests.total_handled.total": 21}
    found = judged(values, "requests.breakdown", "requests.total_handled.total")
    assert (found.outcome, found.right) == ("holds", 21)


@pytest.mark.parametrize("edition", ["2021", "2019"])
def test_every_edition_has_its_own_rules(edition: str) -> None:
    this = form(edition)
    found = [c for c in check({}, this) if c.rule == "requests.row_total"]
    assert len(found) == len(this.rows)


# ---------------------------------------------------------------- prose against tables

NEW, CARRIED = "requests.new_received.total", "requests.carried_in.total"
RECEIVED = "facts.applications_received"


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (3511, "holds"),
        (3607, "holds"),
        (96, "fails"),
        (3600, "fails"),
        (0, "fails"),
        (None, "not_assessable"),
    ],
)
def test_received_may_mean_new_or_new_and_carried(said: int | None, outcome: str) -> None:
    values = {RECEIVED: said, NEW: 3511, CARRIED: 96}
    assert judged(values, "prose.received").outcome == outcome


def test_received_is_judged_by_what_is_known() -> None:
    assert judged({RECEIVED: 5, NEW: 5, CARRIED: None}, "prose.received").outcome == "holds"
    assert (
        judged({RECEIVED: 5, NEW: None, CARRIED: 2}, "prose.received").outcome == "not_assessable"
    )


def test_received_does_not_fail_while_one_meaning_is_unknown() -> None:
    values = {RECEIVED: 7, NEW: 5, CARRIED: None}
    assert judged(values, "prose.received").outcome == "not_assessable"


@pytest.mark.parametrize(
    ("rule", "fact", "cells"),
    [
        ("prose.answered", "applications_answered", {"requests.total_handled.total": 7}),
        ("prose.carried_in", "applications_carried_in", {CARRIED: 7}),
        ("prose.carried_out", "applications_carried_out", {"requests.carried_out.total": 7}),
        ("prose.reviews", "reviews", {"litigation.review.total": 7}),
        (
            "prose.lawsuits",
            "lawsuits",
            {"litigation.direct_lawsuit.total": 4, "litigation.lawsuit_after_review.total": 3},
        ),
    ],
)
def test_each_relation(rule: str, fact: str, cells: dict[str, int]) -> None:
    assert judged({f"facts.{fact}": 7, **cells}, rule).outcome == "holds"
    failed = judged({f"facts.{fact}": 8, **cells}, rule)
    assert (failed.outcome, failed.left, failed.right) == ("fails", 8, 7)
    for path in (f"facts.{fact}", *cells):
        assert judged({f"facts.{fact}": 7, **cells, path: None}, rule).outcome == "not_assessable"


def test_an_approximate_number_is_not_held_against_a_table() -> None:
    fields = given({RECEIVED: 3500, NEW: 3511, CARRIED: 96})
    fields[RECEIVED] = fields[RECEIVED].model_copy(update={"approximate": True})
    found = next(c for c in check(fields, FORM) if c.rule == "prose.received")
    assert found.outcome == "not_assessable"


@pytest.mark.parametrize(("value", "outcome"), [(3500, "fails"), (None, "not_assessable")])
def test_a_disputed_sentence_is_held_against_a_table_where_it_gives_a_number(
    value: int | None, outcome: str
) -> None:
    fields = given({RECEIVED: 3500, NEW: 3511, CARRIED: 96})
    disputed = {"status": Status.DISPUTED, "value": value}
    fields[RECEIVED] = fields[RECEIVED].model_copy(update=disputed)
    found = next(c for c in check(fields, FORM) if c.rule == "prose.received")
    assert found.outcome == outcome


# ---------------------------------------------------------------- plausibility of 规章


def regulations(agency: str | None, issued: int | None = 1) -> Check:
    values = {
        "facts.agency": agency,
        "disclosure.regulations.issued": issued,
        "disclosure.regulations.repealed": 0,
        "disclosure.regulations.in_force": 0,
    }
    return judged(values, "plausible.regulations")


@pytest.mark.parametrize(
    "agency",
    [
        *"衡东县杨林镇 柳河乡人民政府 北京街道办事处 通州区统计局 青川县人民政府".split(),
        *"海淀区人民政府 阿巴嘎旗人民政府 某市行政审批服务中心".split(),
        *"泗阳县人民政府办公室 柳河镇人民政府办公室".split(),
    ],
)
def test_towns_bureaus_and_counties_make_no_regulations(agency: str) -> None:
    found = regulations(agency)
    assert found.outcome == "fails"
    assert found.message
    assert regulations(agency, 0).outcome == "holds"


@pytest.mark.parametrize(
    "agency",
    [
        *"宿迁市人民政府 上海市人民政府 四川省人民政府办公厅".split(),
        *"恩施土家族苗族自治州人民政府 国家卫生健康委员会".split(),
        "内蒙古自治区人民政府",
    ],
)
def test_cities_and_provinces_may(agency: str) -> None:
    assert regulations(agency, 13).outcome == "holds"


@pytest.mark.parametrize(("agency", "issued"), [(None, 1), ("柳河镇", None), (None, None)])
def test_an_unknown_agency_or_number_is_not_judged(agency: str | None, issued: int | None) -> None:
    assert regulations(agency, issued).outcome == "not_assessable"


def test_one_of_three_numbers_is_enough_to_fail() -> None:
    values = {"facts.agency": "柳河镇", "disclosure.regulations.in_force": 6}
    assert judged(values, "plausible.regulations").outcome == "fails"


def test_an_unknown_number_of_three_is_no_pass() -> None:
    values = {
        "facts.agency": "柳河镇",
        "disclosure.regulations.issued": 0,
        "disclosure.regulations.repealed": 0,
        "disclosure.regulations.in_force": None,
    }
    assert judged(values, "plausible.regulations").outcome == "not_assessable"


# ---------------------------------------------------------------- dates

DATES: dict[str, int | str | None] = {
    "facts.year": 2024,
    "facts.period_start": "2024-01-01",
    "facts.period_end": "2024-12-31",
    "facts.published_on": "2025-01-06",
}


@pytest.mark.parametrize("rule", ["dates.period_start", "dates.period_end", "dates.published"])
def test_dates_that_fit(rule: str) -> None:
    assert judged(DATES, rule).outcome == "holds"
    assert judged(DATES | {"facts.year": None}, rule).outcome == "not_assessable"
    at = rule.replace("dates.", "facts.").replace("published", "published_on")
    assert judged(DATES | {at: None}, rule).outcome == "not_assessable"


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        ("facts.period_start", "2023-01-01", "dates.period_start"),
        ("facts.period_end", "2020-12-31", "dates.period_end"),
        ("facts.published_on", "2024-12-25", "dates.published"),
        ("facts.published_on", "2024-01-06", "dates.published"),
        ("facts.published_on", "2027-01-06", "dates.published"),
    ],
)
def test_dates_that_do_not_fit(path: str, value: str, rule: str) -> None:
    outcomes = {c.rule: c.outcome for c in check(given(DATES | {path: value}), FORM)}
    assert outcomes[rule] == "fails"
    others = {"dates.period_start", "dates.period_end", "dates.published"} - {rule}
    assert {outcomes[r] for r in others} == {"holds"}


@pytest.mark.parametrize("value", ["2024年1月1日", "", "soon"])
def test_a_date_that_is_none_is_not_judged(value: str) -> None:
    assert judged(DATES | {"facts.period_start": value}, "dates.period_start").outcome == (
        "not_assessable"
    )


@pytest.mark.parametrize("year", [-1, 9999, 99999])
def test_a_year_that_no_calendar_has_does_not_stop_the_check(year: int) -> None:
    outcomes = {c.rule: c.outcome for c in check(given(DATES | {"facts.year": year}), FORM)}
    assert outcomes["dates.published"] in ("fails", "not_assessable")


# ---------------------------------------------------------------- all


def test_outcomes_are_three_words_and_a_check_can_be_written() -> None:
    for found in check(given(DATES | {RECEIVED: 3, NEW: 3}), FORM):
        assert found.outcome in ("holds", "fails", "not_assessable")
        again = Check.model_validate_json(found.model_dump_json())
        assert (again.rule, again.at, again.outcome) == (found.rule, found.at, found.outcome)
