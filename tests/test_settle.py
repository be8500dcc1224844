"""What candidates become: each status of the contract, and what may never be concluded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gkllm.form import Form, form
from gkllm.report import (
    CONFIDENT,
    Bundle,
    Candidate,
    Field,
    Reason,
    Status,
    Value,
)
from gkllm.settle import settle
from gkllm.settle.choose import Choice, losing
from gkllm.settle.options import options
from gkllm.settle.sums import equations

FORM = form("2021")
COLUMNS = "natural_person business research public_welfare legal_service other total".split()
APPLICANTS = COLUMNS[:-1]
ROWS = [row.key for row in FORM.rows]
PARTS = ROWS[2:-2]
BLOCKS = ("review", "direct_lawsuit", "lawsuit_after_review")
OUTCOMES = ("upheld", "corrected", "other", "pending", "total")

Cells = dict[str, int]
Printed = Mapping[str, "int | Decimal | Reason"]


def requests(
    parts: Mapping[str, Sequence[int]], came: Sequence[int], stays: Sequence[int]
) -> Cells:
    """A table of section 三 that keeps all rules: six applicants for each part given."""
    table = {row: list(parts.get(row, [0] * 6)) for row in PARTS}
    table["total_handled"] = [sum(column) for column in zip(*table.values(), strict=True)]
    table["carried_in"], table["carried_out"] = list(came), list(stays)
    table["new_received"] = [
        h + s - c for h, s, c in zip(table["total_handled"], stays, came, strict=True)
    ]
    return {
        f"requests.{row}.{column}": value
        for row, six in table.items()
        for column, value in zip(COLUMNS, [*six, sum(six)], strict=True)
    }


OFFICE = requests(
    {
        "granted": [12, 3, 0, 1, 2, 0],
        "partially_granted": [5, 0, 0, 0, 0, 0],
        "refused.third_party_rights": [1, 4, 0, 0, 0, 0],
        "refused.enforcement_file": [6, 1, 0, 0, 0, 2],
        "unavailable.not_held": [21, 2, 0, 0, 0, 0],
        "not_processed.petition": [4, 0, 0, 0, 0, 0],
        "other.other": [7, 1, 0, 0, 0, 0],
    },
    came=[4, 0, 0, 0, 1, 0],
    stays=[9, 2, 0, 0, 0, 0],
)
IDLE = dict.fromkeys(OFFICE, 0)
LITIGATION = {
    f"litigation.{block}.{outcome}": value
    for block, values in zip(
        BLOCKS, ((72, 64, 178, 37, 351), (13, 4, 8, 1, 26), (0, 0, 0, 0, 0)), strict=True
    )
    for outcome, value in zip(OUTCOMES, values, strict=True)
}


def place_of(path: str) -> str:
    return "litigation" if path.startswith("litigation") else path.rpartition(".")[0]


def printed(
    cells: Printed, reading: str = "as printed", doubt: int = 0, at: int = 0
) -> list[Candidate]:
    """Candidates of cells as they stand in a table, one after the other from position `at`."""
    found = []
    for i, (path, said) in enumerate(cells.items()):
        span = (at + 10 * i, at + 10 * i + len(str(said)))
        value: Value = None if isinstance(said, Reason) else said
        reason = said if isinstance(said, Reason) else None
        quote = "" if reason is Reason.BLANK else "/" if reason else str(said)
        bundle = Bundle(place_of(path), reading, doubt)
        found.append(Candidate(path, value, span, quote, "table", bundle, reason))
    return found


def absent(paths: Iterable[str]) -> list[Candidate]:
    return [
        Candidate(p, None, None, None, "table", Bundle(place_of(p), "absent", 0), Reason.ABSENT)
        for p in paths
    ]


def says(fact: str, value: int | str, at: int = 90_000, doubt: int = 0) -> Candidate:
    return Candidate(
        f"facts.{fact}",
        value,
        (at, at + 3),
        str(value),
        "prose",
        Bundle("prose", "as printed", doubt),
    )


def wrong(fields: Mapping[str, Field], true: Mapping[str, object]) -> dict[str, object]:
    """Confident values that are not the true ones: silent errors."""
    return {
        path: field.value
        for path, field in fields.items()
        if field.status in CONFIDENT and path in true and field.value != true[path]
    }


def statuses(fields: Mapping[str, Field], paths: Iterable[str]) -> set[Status]:
    return {fields[path].status for path in paths}


def row(key: str) -> list[str]:
    return [f"requests.{key}.{column}" for column in COLUMNS]


def column(key: str) -> list[str]:
    return [f"requests.{r}.{key}" for r in ROWS]


# ---------------------------------------------------------------- verified and read


def test_printed_numbers_that_add_up_are_verified() -> None:
    fields = settle(printed(OFFICE), FORM)
    for path, value in OFFICE.items():
        assert fields[path].value == value
        if value:
            assert fields[path].status is Status.VERIFIED, path
    assert wrong(fields, OFFICE) == {}


def test_evidence_travels_with_the_value() -> None:
    candidates = printed(OFFICE)
    fields = settle(candidates, FORM)
    for c in candidates:
        field = fields[c.field]
        assert (field.span, field.quote, field.source) == (c.span, c.quote, "table")


def test_a_zero_that_only_zeros_confirm_is_read() -> None:
    """A row of zeros and a column of zeros hold under every shift: nothing confirms them."""
    field = settle(printed(OFFICE), FORM)["requests.refused.state_secret.research"]
    assert (field.value, field.status) == (0, Status.READ)


def test_a_zero_in_a_row_of_numbers_that_add_up_is_verified() -> None:
    assert settle(printed(OFFICE), FORM)["requests.granted.research"].status is Status.VERIFIED


def test_tables_of_zeros_are_read() -> None:
    cells = {**IDLE, **dict.fromkeys(LITIGATION, 0)}
    fields = settle(printed(cells), FORM)
    assert statuses(fields, cells) == {Status.READ}
    assert {fields[path].value for path in cells} == {0}


def test_section_two_is_read_and_money_stays_decimal() -> None:
    cells: Printed = {
        "disclosure.normative_documents.in_force": 49,
        "disclosure.fees.amount_10k_yuan": Decimal("103.3879"),
    }
    fields = settle(printed(cells), FORM)
    assert statuses(fields, cells) == {Status.READ}
    assert fields["disclosure.fees.amount_10k_yuan"].value == Decimal("103.3879")
    assert isinstance(fields["disclosure.fees.amount_10k_yuan"].value, Decimal)


def test_a_sentence_and_a_zero_cell_verify_each_other() -> None:
    fields = settle([*printed(IDLE), says("applications_received", 0)], FORM)
    assert fields["requests.new_received.total"].status is Status.VERIFIED
    assert fields["facts.applications_received"].status is Status.VERIFIED


def test_a_sentence_about_new_and_carried_requests_verifies_neither_alone() -> None:
    cells = {"requests.new_received.total": 3511, "requests.carried_in.total": 96}
    fields = settle([*printed(cells), says("applications_received", 3607)], FORM)
    assert statuses(fields, cells) == {Status.READ}


@pytest.mark.parametrize(("carried", "status"), [(96, Status.READ), (None, Status.DISPUTED)])
def test_doubtful_words_hold_where_the_table_adds_up_to_their_number(
    carried: int | None, status: Status
) -> None:
    """办理申请3607件(含上年结转96件): new ones or all of them, as the table decides."""
    cells = {"requests.new_received.total": 3511, "requests.carried_in.total": carried}
    stated = says("applications_received", 3607)._replace(confidence=0.5)
    known = {path: value for path, value in cells.items() if value is not None}
    fields = settle([*printed(known), stated], FORM)
    assert fields["facts.applications_received"].value == 3607
    assert fields["facts.applications_received"].status is status


def test_a_sentence_that_says_otherwise_verifies_nothing() -> None:
    cells = {"requests.new_received.total": 3511, "requests.carried_in.total": 96}
    fields = settle([*printed(cells), says("applications_received", 3600)], FORM)
    assert statuses(fields, cells) == {Status.READ}
    fact = fields["facts.applications_received"]
    assert (fact.value, fact.status) == (3600, Status.DISPUTED)


def test_section_four_is_verified_block_by_block() -> None:
    fields = settle(printed(LITIGATION), FORM)
    for path in LITIGATION:
        expected = Status.READ if "after_review" in path else Status.VERIFIED
        assert fields[path].status is expected, path


def test_every_path_of_the_contract_is_there_even_for_nothing() -> None:
    fields = settle([], FORM)
    assert list(fields)[:200] == list(FORM.cells)
    assert set(FORM.fact_kinds) <= set(fields)
    assert {f.status for f in fields.values()} == {Status.MISSING}
    assert all(f.value is None and f.reason is not None for f in fields.values())


# ---------------------------------------------------------------- derived


@pytest.mark.parametrize("path", sorted(OFFICE))
def test_a_lost_cell_follows_from_the_others(path: str) -> None:
    rest = {p: v for p, v in OFFICE.items() if p != path}
    field = settle(printed(rest), FORM)[path]
    assert (field.value, field.status, field.source) == (OFFICE[path], Status.DERIVED, "rule")
    assert field.from_
    assert path not in field.from_
    assert field.span is None


def test_derived_says_from_which_cells_of_one_rule() -> None:
    rest = {p: v for p, v in OFFICE.items() if p != "requests.granted.business"}
    field = settle(printed(rest), FORM)["requests.granted.business"]
    assert field.from_ is not None
    terms = [{*rule.left, *rule.right} for rule in FORM.rules]
    assert {*field.from_, "requests.granted.business"} in terms


def test_from_names_only_what_the_document_prints_or_what_was_derived() -> None:
    gone = {*row("granted")[:2], *column("total")}
    fields = settle(printed({p: v for p, v in OFFICE.items() if p not in gone}), FORM)
    for path, field in fields.items():
        for source in field.from_ or ():
            assert not fields[source].open, (path, source)


def test_a_zero_total_makes_every_part_zero() -> None:
    cells: Printed = {"requests.granted.total": 0}
    fields = settle(printed(cells), FORM)
    for path in row("granted")[:-1]:
        assert (fields[path].value, fields[path].status) == (0, Status.DERIVED)
        assert "requests.granted.total" in (fields[path].from_ or ())
    assert fields["requests.partially_granted.other"].status is Status.MISSING


@pytest.mark.xfail(reason="zeros that follow together name each other as what they follow from")
def test_zeros_that_follow_together_follow_from_the_total_alone() -> None:
    fields = settle(printed({"requests.granted.total": 0}), FORM)
    for path in row("granted")[:-1]:
        assert fields[path].from_ == ["requests.granted.total"]


def test_what_is_not_unique_is_not_derived() -> None:
    # Two lost cells in a row, and the same two in another: four unknowns, no single answer.
    gone = {
        f"requests.{r}.{c}"
        for r in ("granted", "unavailable.not_held")
        for c in ("natural_person", "business")
    }
    fields = settle(printed({p: v for p, v in OFFICE.items() if p not in gone}), FORM)
    for path in gone:
        assert fields[path].value is None
        assert (fields[path].status, fields[path].reason) == (Status.MISSING, Reason.LOST)


def test_the_lost_total_column_is_derived() -> None:
    rest = {p: v for p, v in OFFICE.items() if not p.endswith(".total")}
    fields = settle(printed(rest), FORM)
    for path in column("total"):
        assert (fields[path].value, fields[path].status) == (OFFICE[path], Status.DERIVED)


@pytest.mark.parametrize("gone", APPLICANTS)
def test_a_lost_column_of_applicants_is_derived(gone: str) -> None:
    rest = {p: v for p, v in OFFICE.items() if not p.endswith(f".{gone}")}
    fields = settle(printed(rest), FORM)
    assert {fields[p].value for p in column(gone)} == {OFFICE[p] for p in column(gone)}
    assert statuses(fields, column(gone)) == {Status.DERIVED}


def test_two_lost_columns_are_lost_where_their_sum_is_not_zero() -> None:
    gone = {*column("natural_person"), *column("business")}
    fields = settle(printed({p: v for p, v in OFFICE.items() if p not in gone}), FORM)
    assert wrong(fields, OFFICE) == {}
    assert fields["requests.granted.natural_person"].status is Status.MISSING
    # 18 = 0 + 1 + 2 + 0 + both; 5 = 0 + both; nothing is left for them in a row of zeros.
    assert fields["requests.refused.state_secret.business"].status is Status.DERIVED


def test_a_blank_is_derived_only_where_rules_force_it() -> None:
    cells: dict[str, int | Reason] = dict(OFFICE)
    cells["requests.granted.research"] = Reason.BLANK
    fields = settle(printed(cells), FORM)
    assert fields["requests.granted.research"].value == 0
    assert fields["requests.granted.research"].status is Status.DERIVED
    alone = settle(printed({"requests.granted.research": Reason.BLANK}), FORM)
    assert alone["requests.granted.research"].value is None
    assert alone["requests.granted.research"].reason is Reason.BLANK


def test_an_unreadable_number_is_derived_where_rules_force_it() -> None:
    cells: dict[str, int | Reason] = dict(OFFICE)
    cells["requests.granted.natural_person"] = Reason.UNREADABLE
    field = settle(printed(cells), FORM)["requests.granted.natural_person"]
    assert (field.value, field.status) == (12, Status.DERIVED)


def test_a_derivation_that_would_be_negative_is_none() -> None:
    cells = dict(zip(row("granted"), [12, 3, 0, 1, 2, 0, 9], strict=True))
    del cells["requests.granted.other"]
    fields = settle(printed(cells), FORM)
    assert fields["requests.granted.other"].value is None


@given(st.sets(st.sampled_from(sorted(OFFICE)), max_size=120))
@settings(max_examples=150, deadline=None)
def test_whatever_is_lost_nothing_wrong_is_derived(gone: set[str]) -> None:
    fields = settle(printed({p: v for p, v in OFFICE.items() if p not in gone}), FORM)
    assert wrong(fields, OFFICE) == {}
    for path in gone:
        assert fields[path].status in (Status.DERIVED, Status.MISSING, Status.DISPUTED)
    for path in set(OFFICE) - gone:
        assert fields[path].value == OFFICE[path]


# ---------------------------------------------------------------- null, 0, "/", blank, lost


@pytest.mark.parametrize("reason", [Reason.NOT_APPLICABLE, Reason.ABSENT])
def test_a_slash_never_becomes_zero(reason: Reason) -> None:
    cells: dict[str, int | Reason] = dict(IDLE)
    for path in row("refused.state_secret"):
        cells[path] = reason
    fields = settle([*printed(cells), says("applications_received", 0)], FORM)
    for path in row("refused.state_secret"):
        assert fields[path].value is None
        assert (fields[path].status, fields[path].reason) == (Status.MISSING, reason)


def test_a_slash_is_not_made_zero_by_its_total() -> None:
    cells: dict[str, int | Reason] = dict(OFFICE)
    cells["requests.granted.research"] = Reason.NOT_APPLICABLE
    fields = settle(printed(cells), FORM)
    assert fields["requests.granted.research"].value is None
    assert fields["requests.granted.research"].reason is Reason.NOT_APPLICABLE
    assert fields["requests.granted.total"].status is Status.VERIFIED


def test_a_zero_statement_fills_blanks_and_says_so() -> None:
    cells: Printed = dict.fromkeys(OFFICE, Reason.BLANK)
    fields = settle([*printed(cells), says("applications_received", 0)], FORM)
    field = fields["requests.new_received.total"]
    assert (field.value, field.status) == (0, Status.DERIVED)
    assert field.from_ == ["facts.applications_received"]
    for path in row("new_received"):
        assert fields[path].value == 0
    # Nothing was said of requests carried over from the year before.
    for key in ("carried_in", "granted", "total_handled", "carried_out"):
        assert fields[f"requests.{key}.total"].value is None
        assert fields[f"requests.{key}.total"].reason is Reason.BLANK


def test_zero_statements_fill_section_four() -> None:
    cells: Printed = dict.fromkeys(LITIGATION, Reason.BLANK)
    fields = settle([*printed(cells), says("reviews", 0)], FORM)
    for path in LITIGATION:
        assert fields[path].value == (0 if ".review." in path else None), path


@pytest.mark.parametrize("value", [0, 3])
def test_an_absent_table_stays_absent_whatever_is_said(value: int) -> None:
    said = [says("applications_received", value), says("applications_answered", value)]
    fields = settle([*absent(FORM.request_cells), *said, says("reviews", 0)], FORM)
    for path in FORM.request_cells:
        assert fields[path].value is None
        assert fields[path].reason is Reason.ABSENT


def test_a_zero_statement_against_a_printed_number_does_not_win() -> None:
    fields = settle([*printed(OFFICE), says("applications_received", 0)], FORM)
    assert fields["requests.new_received.total"].value == OFFICE["requests.new_received.total"]


def test_an_approximate_or_disputed_zero_derives_nothing() -> None:
    cells: Printed = dict.fromkeys(OFFICE, Reason.BLANK)
    two = [says("applications_received", 0), says("applications_received", 4, at=95_000)]
    fields = settle([*printed(cells), *two], FORM)
    assert fields["facts.applications_received"].status is Status.DISPUTED
    assert {fields[path].value for path in OFFICE} == {None}


# ---------------------------------------------------------------- several readings


def split(
    key: str, readings: Mapping[str, Sequence[int | Reason]], doubt: int = 1
) -> list[Candidate]:
    """Several readings of one row over the same printed numbers, each at its own place."""
    at = 1000 + 1000 * ROWS.index(key)
    places: dict[tuple[int | Reason, int], int] = {}  # a number, and how many such are before it
    found = []
    for name, numbers in readings.items():
        for i, c in enumerate(printed(dict(zip(row(key), numbers, strict=True)), name, doubt)):
            which = (numbers[i], list(numbers[:i]).count(numbers[i]))
            start = at + 10 * places.setdefault(which, len(places))
            found.append(c._replace(span=(start, start + len(str(numbers[i])))))
    return found


def without(*keys: str) -> Cells:
    return {p: v for p, v in OFFICE.items() if p.split(".", 1)[1].rpartition(".")[0] not in keys}


def test_two_readings_that_both_add_up_are_disputed_with_both() -> None:
    # Only this row is there: nothing tells 3 0 from 0 3.
    fields = settle(
        split("granted", {"a": [12, 3, 0, 1, 2, 0, 18], "b": [12, 0, 3, 1, 2, 0, 18]}), FORM
    )
    for key, alternatives in (("business", {3, 0}), ("research", {0, 3})):
        field = fields[f"requests.granted.{key}"]
        assert field.status is Status.DISPUTED
        assert field.value is None
        assert {a.value for a in field.alternatives or ()} == alternatives
        assert all(a.span and a.quote for a in field.alternatives or ())
    for key in ("natural_person", "public_welfare", "total"):
        assert not fields[f"requests.granted.{key}"].open


def test_the_column_sums_choose_between_readings_of_a_row() -> None:
    readings = {"a": [12, 0, 3, 1, 2, 0, 18], "b": [12, 3, 0, 1, 2, 0, 18]}
    fields = settle([*printed(without("granted")), *split("granted", readings)], FORM)
    assert [fields[p].value for p in row("granted")] == [12, 3, 0, 1, 2, 0, 18]
    assert statuses(fields, row("granted")) == {Status.VERIFIED}


def test_the_row_sum_chooses_between_readings() -> None:
    readings = {
        "1-2": [1288, 21, 0, 0, 50, 3, 1362],
        "2-3": [1, 28821, 0, 0, 50, 3, 1362],
        "6-7": [1, 288, 21, 0, 0, 50, 31362],
    }
    fields = settle(split("granted", readings), FORM)
    assert [fields[p].value for p in row("granted")] == [1288, 21, 0, 0, 50, 3, 1362]
    assert statuses(fields, row("granted")) == {Status.VERIFIED}


def test_no_reading_that_adds_up_is_never_confident() -> None:
    readings = {"a": [1, 2, 3, 0, 0, 0, 9], "b": [1, 2, 0, 3, 0, 0, 9]}
    fields = settle(split("granted", readings), FORM)
    for path in row("granted"):
        assert fields[path].status in (Status.DISPUTED, Status.MISSING), path


def spare(key: str, eight: Sequence[int]) -> list[Candidate]:
    readings = {f"column {i + 1} of 8 is spare": [*eight[:i], *eight[i + 1 :]] for i in range(8)}
    return split(key, readings)


@pytest.mark.parametrize("extra", range(8))
def test_one_explanation_for_the_whole_table(extra: int) -> None:
    """The same spare column of zeros in every row; alone, many rows allow several columns."""
    candidates = []
    for key in ROWS:
        seven = [OFFICE[p] for p in row(key)]
        candidates += spare(key, [*seven[:extra], 0, *seven[extra:]])
    fields = settle(candidates, FORM)
    assert wrong(fields, OFFICE) == {}
    assert fields["requests.granted.total"].value == 18
    # The column of no research requests may be the spare one as well: what lies between is open.
    assert sum(not fields[p].open for p in OFFICE) >= 100


def test_a_spare_column_in_a_table_of_zeros_is_read_as_zeros() -> None:
    fields = settle([c for key in ROWS for c in spare(key, [0] * 8)], FORM)
    assert {fields[p].value for p in IDLE} == {0}
    assert statuses(fields, IDLE) == {Status.READ}


@given(st.lists(st.integers(0, 4), min_size=6, max_size=6), st.integers(0, 7), st.integers(0, 4))
@settings(max_examples=150, deadline=None)
def test_a_spare_number_in_one_row_alone_is_never_guessed(
    six: list[int], at: int, extra: int
) -> None:
    seven = [*six, sum(six)]
    eight = [*seven[:at], extra, *seven[at:]]
    true = dict(zip(row("granted"), seven, strict=True))
    fields = settle(spare("granted", eight), FORM)
    # Another reading that adds up is as likely: only what all of them say may be confident.
    closing = [r for i in range(8) if sum((r := [*eight[:i], *eight[i + 1 :]])[:6]) == r[6]]
    for i, path in enumerate(row("granted")):
        if fields[path].status in CONFIDENT:
            assert {r[i] for r in closing} == {true[path]}


def test_the_only_row_that_counts_and_has_no_total_is_doubted() -> None:
    """0 4 0 _ 0 0 _ may be 4 0 _ 0 0 4, one column further on."""
    path = row("not_processed.petition")
    gone = {*path, *row("refused.state_secret")}
    gone |= {p for key in ("total_handled", "carried_out") for p in row(key)[:2]}
    cells = {p: v for p, v in OFFICE.items() if p not in gone}
    moved = {path[0]: 0, path[1]: 4, path[2]: 0, path[4]: 0, path[5]: 0}
    fields = settle(printed({**cells, **moved}), FORM)
    assert statuses(fields, moved) == {Status.DISPUTED}
    assert fields["requests.granted.total"].status is Status.VERIFIED


def test_two_prints_of_one_row_that_differ_are_disputed() -> None:
    first = printed(dict(zip(row("granted"), [12, 3, 0, 1, 2, 0, 18], strict=True)))
    second = printed(
        dict(zip(row("granted"), [13, 3, 0, 1, 2, 0, 19], strict=True)),
        "as printed, print 1.2",
        at=5000,
    )
    fields = settle([*first, *second], FORM)
    for key in ("natural_person", "total"):
        field = fields[f"requests.granted.{key}"]
        assert field.status is Status.DISPUTED
        assert len(field.alternatives or ()) == 2
    assert fields["requests.granted.business"].value == 3


def test_one_row_of_numbers_is_never_given_for_two_rows() -> None:
    """Two rows apart from their labels: of the first, whose numbers were split, nothing is sure."""
    whole = [319, 7, 0, 0, 2, 0, 328]
    halves = {f"in parts {i}": [1, 175, 12, 0, 3, 1, i] for i in range(30)}
    candidates = []
    for key in ("granted", "partially_granted"):
        for name, numbers in halves.items():
            candidates += printed(dict(zip(row(key), numbers, strict=True)), name, 2, at=5000)
        candidates += printed(dict(zip(row(key), whole, strict=True)), "print 2", at=9000)
    fields = settle(candidates, FORM)
    for this, other in zip(row("granted"), row("partially_granted"), strict=True):
        assert fields[this].open or fields[other].open


# ---------------------------------------------------------------- the agency's own mistakes


@pytest.mark.parametrize("path", sorted(OFFICE))
def test_one_wrong_cell_is_disputed_alone(path: str) -> None:
    fields = settle(printed(OFFICE | {path: OFFICE[path] + 2}), FORM)
    disputed = {p for p in OFFICE if fields[p].status is Status.DISPUTED}
    assert disputed == {path}
    assert fields[path].value == OFFICE[path] + 2  # as printed, never repaired
    assert [a.value for a in fields[path].alternatives or ()] == [OFFICE[path]]
    assert {fields[p].value for p in OFFICE if p != path} <= {*OFFICE.values()}
    assert wrong(fields, OFFICE) == {}


def test_the_neighbours_of_a_wrong_cell_stay_verified() -> None:
    fields = settle(printed(OFFICE | {"requests.granted.natural_person": 13}), FORM)
    for path in (*row("granted"), *column("natural_person")):
        if OFFICE[path] and path != "requests.granted.natural_person":
            assert fields[path].status is Status.VERIFIED, path


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_two_wrong_cells_are_never_both_passed_over(data: st.DataObject) -> None:
    first, second = data.draw(
        st.lists(st.sampled_from(sorted(OFFICE)), min_size=2, max_size=2, unique=True)
    )
    by = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 30))
    cells = OFFICE | {first: OFFICE[first] + by[0], second: OFFICE[second] + by[1]}
    fields = settle(printed(cells), FORM)
    assert wrong(fields, OFFICE) == {}
    assert fields[first].status is Status.DISPUTED
    assert fields[second].status is Status.DISPUTED


def test_two_faults_in_one_block_of_section_four() -> None:
    cells = LITIGATION | {"litigation.review.upheld": 70}
    fields = settle(printed(cells), FORM)
    block = [p for p in cells if ".review." in p]
    assert statuses(fields, block) == {Status.DISPUTED}  # any of the five may be wrong
    assert [fields[p].value for p in block] == [70, 64, 178, 37, 351]
    assert Status.DISPUTED not in statuses(fields, set(cells) - set(block))


def test_a_total_of_section_four_in_the_place_of_a_part_moved_its_block() -> None:
    """34 + 8 = 42, and no total: the numbers stand one column too far to the left."""
    block = "litigation.direct_lawsuit"
    moved = {"corrected": 34, "other": 8, "pending": 42}
    cells = {p: v for p, v in LITIGATION.items() if not p.startswith(block)}
    fields = settle(printed({**cells, **{f"{block}.{o}": v for o, v in moved.items()}}), FORM)
    assert statuses(fields, [f"{block}.{o}" for o in moved]) == {Status.DISPUTED}
    assert Status.DISPUTED not in statuses(fields, cells)


@pytest.mark.parametrize("lost", [*APPLICANTS[1:], "total"])
def test_nothing_is_derived_from_a_suspect(lost: str) -> None:
    """A wrong cell in the row of a lost one: the row no longer tells what was lost."""
    cells = OFFICE | {"requests.granted.natural_person": 14}
    del cells[f"requests.granted.{lost}"]
    fields = settle(printed(cells), FORM)
    assert wrong(fields, OFFICE) == {}
    assert fields["requests.granted.natural_person"].status is Status.DISPUTED
    for source in fields[f"requests.granted.{lost}"].from_ or ():
        assert fields[source].status is not Status.DISPUTED


def test_balances_hold_over_a_lost_row_of_totals() -> None:
    """一 + 二 = (一)..(六) + 四 in each of the seven columns, without (七)."""
    implied = equations(FORM)[len(FORM.rules) :]
    assert len(implied) == 7
    for equation, column in zip(implied, COLUMNS, strict=True):
        paths = [path for path, _ in equation.terms]
        assert sorted(paths) == sorted(
            f"requests.{key}.{column}" for key in ROWS if key != "total_handled"
        )
        assert sum(sign * OFFICE[path] for path, sign in equation.terms) == 0


def test_a_contradiction_over_a_lost_row_is_seen() -> None:
    """(七) lost its label and its numbers were taken for the row before: 一 + 二 - 四 tells."""
    cells = {p: v for p, v in OFFICE.items() if ".total_handled." not in p}
    handled = [OFFICE[p] for p in row("total_handled")]
    cells |= dict(zip(row("other.other"), handled, strict=True))
    assert wrong(settle(printed(cells), FORM), OFFICE) == {}


def test_a_mistake_in_a_lone_row_makes_all_of_it_suspect() -> None:
    cells = dict(zip(row("granted"), [12, 3, 0, 1, 2, 0, 19], strict=True))
    fields = settle(printed(cells), FORM)
    assert statuses(fields, cells) == {Status.DISPUTED}
    assert [fields[p].value for p in cells] == [12, 3, 0, 1, 2, 0, 19]


@given(
    st.sets(st.sampled_from(sorted(OFFICE)), max_size=40),
    st.sampled_from(sorted(OFFICE)),
    st.integers(1, 9),
)
@settings(max_examples=200, deadline=None)
def test_a_mistake_never_makes_a_lost_cell_wrong_where_rules_show_it(
    gone: set[str], path: str, by: int
) -> None:
    """If the wrong cell stands in a whole rule, the fault shows, and nothing follows from it."""
    cells = {p: v for p, v in OFFICE.items() if p not in gone} | {path: OFFICE[path] + by}
    shown = [
        rule
        for rule in FORM.rules
        if path in (*rule.left, *rule.right) and all(p in cells for p in (*rule.left, *rule.right))
    ]
    fields = settle(printed(cells), FORM)
    if len(shown) == 2 and len(gone) < 3:
        assert fields[path].status is Status.DISPUTED
        assert wrong(fields, OFFICE) == {}


# ---------------------------------------------------------------- a group printed as one row


def merged(numbers: Sequence[int]) -> Cells:
    cells = {p: v for p, v in OFFICE.items() if not p.startswith("requests.other.")}
    return cells | dict(zip(row("other.subtotal"), numbers, strict=True))


@pytest.mark.parametrize("back", [False, True])
def test_a_row_that_stands_one_column_off_confines_the_doubt_to_itself(back: bool) -> None:
    parts = {"granted": [5, 1, 0, 0, 0, 0], "unavailable.must_be_created": [1, 0, 0, 0, 0, 1]}
    cells = requests(parts, came=[0, 1, 0, 0, 0, 0], stays=[1, 0, 0, 0, 0, 0])
    path = row("unavailable.must_be_created")
    true = [cells[p] for p in path]
    # The row that stands too far on adds up all the same, by accident.
    moved = [*true[1:], 0] if back else [0, *true[:-1]]
    fields = settle(printed({**cells, **dict(zip(path, moved, strict=True))}), FORM)
    assert statuses(fields, path) == {Status.DISPUTED}
    assert [f.value for f in (fields[p].alternatives[0] for p in path)] == true  # type: ignore[index]
    others = [p for p in cells if p not in path]
    assert statuses(fields, others) <= {Status.VERIFIED, Status.READ}
    assert wrong(fields, cells) == {}


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_row_one_column_off_beside_a_wrong_cell_is_never_passed_over(data: st.DataObject) -> None:
    moved = data.draw(st.sampled_from(sorted({place_of(p) for p in OFFICE})))
    path = row(moved.removeprefix("requests."))
    cell = data.draw(st.sampled_from(sorted(set(OFFICE) - set(path))))
    shifted = dict(zip(path, [0, *(OFFICE[p] for p in path[:-1])], strict=True))
    # A cell that is wrong by a number of that row makes another sum hold again.
    by = data.draw(st.integers(1, 30).filter(lambda n: n not in {OFFICE[p] for p in path}))
    cells = {**OFFICE, **shifted, cell: OFFICE[cell] + by}
    fields = settle(printed(cells), FORM)
    assert wrong(fields, OFFICE) == {}


def test_a_row_one_column_off_beside_a_wrong_cell_confines_the_doubt_to_both() -> None:
    path = row("unavailable.not_held")
    shifted = dict(zip(path, [0, *(OFFICE[p] for p in path[:-1])], strict=True))
    wrong_cell = "requests.total_handled.legal_service"
    cells = {**OFFICE, **shifted, wrong_cell: OFFICE[wrong_cell] + 3}
    fields = settle(printed(cells), FORM)
    assert {p for p in OFFICE if fields[p].status is Status.DISPUTED} == {*path, wrong_cell}


@pytest.mark.parametrize("edition", ["2021", "2019"])
def test_other_handling_as_one_row_takes_its_place_in_the_sums(edition: str) -> None:
    cells = merged([OFFICE[p] for p in row("other.other")])
    fields = settle(printed(cells), form(edition))
    for path in row("other.subtotal"):
        assert fields[path].value == cells[path]
    assert fields["requests.other.subtotal.total"].status is Status.VERIFIED
    assert fields["requests.total_handled.total"].status is Status.VERIFIED


def test_the_rows_that_a_merged_row_stands_for() -> None:
    fields = settle(printed(merged([7, 1, 0, 0, 0, 0, 8])), FORM)
    for key in ("overdue_correction", "unpaid_fee", "other"):
        # 7 requests were handled so or so: which of the three it was, the document does not say.
        assert fields[f"requests.other.{key}.natural_person"].value is None
        assert fields[f"requests.other.{key}.natural_person"].reason is Reason.ABSENT
        zero = fields[f"requests.other.{key}.research"]
        assert (zero.value, zero.status) == (0, Status.DERIVED)
        assert zero.from_ == ["requests.other.subtotal.research"]


def test_the_2019_form_has_no_such_rows() -> None:
    fields = settle(printed(merged([0] * 7)), form("2019"))
    for key in ("overdue_correction", "unpaid_fee", "other"):
        assert fields[f"requests.other.{key}.total"].reason is Reason.NOT_APPLICABLE


def test_a_subtotal_beside_its_rows_is_extra() -> None:
    cells = OFFICE | dict(zip(row("other.subtotal"), [7, 1, 0, 0, 0, 0, 8], strict=True))
    fields = settle(printed(cells), FORM)
    assert wrong(fields, OFFICE) == {}
    assert fields["requests.other.other.total"].value == 8
    assert fields["requests.total_handled.total"].status is Status.VERIFIED


def test_a_reading_that_keeps_all_numbers_is_a_rival_of_those_that_drop_one() -> None:
    """No column is known in which a row or two has a spare number; a 5 is none more than a 0."""
    readings = {
        "column 7 of 8 is spare": [Reason.BLANK, 0, 0, 0, 0, 0, 5],
        "column 1 of 8 is spare": [0, 0, 0, 0, 0, 5, 5],
    }
    found = options(split("carried_in", readings), equations(FORM))
    ((place, (less, whole)),) = found.items()
    assert losing(found, Choice(({place: less},), {})) == {place: [less, whole]}
    assert losing(found, Choice(({place: whole},), {})) == {}


def test_a_number_that_only_one_row_would_drop_is_not_dropped() -> None:
    """3 440 75 1 6 3 3 525, split twice: without the 6 it adds up by accident."""
    found = options(
        split(
            "new_received",
            {
                "column 5 of 8 is spare": [3, 440, 75, 1, 3, 3, 525],
                "column 8 of 8 is spare": [3, 440, 75, 1, 6, 3, 3],
            },
        ),
        equations(FORM),
    )
    ((place, (accident, *_)),) = found.items()
    assert not losing(found, Choice(({place: accident},), {}))[place][-1].cells


def test_of_readings_that_all_drop_a_number_none_is_given() -> None:
    readings = {
        "column 8 of 8 is spare": [0, 0, 0, 0, 0, 0, 7],
        "column 7 of 8 is spare": [0, 0, 0, 0, 0, 0, 4],
    }
    found = options(split("carried_in", readings), equations(FORM))
    ((place, both),) = found.items()
    (_, torn) = losing(found, Choice(tuple({place: o} for o in both), {})).popitem()
    assert not torn[-1].cells


def test_zeros_of_a_row_are_doubted_where_its_other_numbers_have_no_place() -> None:
    """Both readings leave 自然人 at 0, and neither is sure: the row may have been damaged more."""
    blank = Reason.BLANK
    readings = {"a": [0, 3, 0, 0, 0, 0, blank], "b": [0, 0, 3, 0, 0, 0, blank]}
    fields = settle(split("carried_out", readings), FORM)
    assert fields["requests.carried_out.natural_person"].open
    zeros = settle(split("carried_out", {"a": [0] * 7}), FORM)
    assert not zeros["requests.carried_out.natural_person"].open


def test_beside_a_number_in_dispute_a_row_without_its_total_may_have_been_moved() -> None:
    """3 stands under 商业企业, where no column has room for it: it may be 自然人's."""
    cells = dict(requests({"granted": [3, 0, 0, 0, 0, 0]}, came=[0] * 6, stays=[0] * 6))
    cells |= {"requests.granted.natural_person": 0, "requests.granted.business": 3}
    untotalled = {p: v for p, v in cells.items() if not p.endswith(".total")}
    lost = {p: v for p, v in untotalled.items() if not p.startswith("requests.other.other")}
    fields = settle(printed(lost), FORM)
    assert fields["requests.granted.natural_person"].open
    assert not fields["requests.partially_granted.natural_person"].open


@pytest.mark.parametrize(("natural", "business"), [(9, 2), (11, 0)])
def test_blanks_that_are_zeros_add_up_between_rows_or_dispute_them(
    natural: int, business: int
) -> None:
    """In a table without a 0, whose rows add up, a blank is no unknown that excuses a column."""
    parts = {"granted": [12, 3, 0, 1, 2, 0], "unavailable.not_held": [21, 2, 0, 0, 0, 0]}
    cells = dict(requests(parts, came=[0] * 6, stays=[9, 2, 0, 0, 0, 0]))
    cells |= {"requests.carried_out.natural_person": natural}
    cells |= {"requests.carried_out.business": business}
    fields = settle(printed({p: v or Reason.BLANK for p, v in cells.items()}), FORM)
    assert fields["requests.carried_out.natural_person"].open is (natural == 11)


# ---------------------------------------------------------------- facts


def test_two_places_that_agree_verify_a_fact() -> None:
    fields = settle([says("proactive_items", 33), says("proactive_items", 33, at=95_000)], FORM)
    assert fields["facts.proactive_items"].status is Status.VERIFIED
    assert fields["facts.proactive_items"].value == 33


def test_two_places_that_differ_dispute_a_fact() -> None:
    fields = settle([says("proactive_items", 33), says("proactive_items", 34, at=95_000)], FORM)
    field = fields["facts.proactive_items"]
    assert (field.value, field.status) == (None, Status.DISPUTED)
    assert {a.value for a in field.alternatives or ()} == {33, 34}


def test_a_fact_that_the_table_does_not_print_is_disputed_and_stands_beside_its_number() -> None:
    """收到45件 where the table counts 78 new and 5 carried in: the county's, or of years."""
    table = printed(OFFICE)
    for number, status in ((45, Status.DISPUTED), (78, Status.VERIFIED), (83, Status.READ)):
        fields = settle([*table, says("applications_received", number)], FORM)
        assert fields["facts.applications_received"].status is status
        assert fields["facts.applications_received"].value == number
        assert fields["requests.new_received.total"].status is Status.VERIFIED
    (other, *_) = (
        settle([*table, says("applications_received", 45)], FORM)[
            "facts.applications_received"
        ].alternatives
        or ()
    )
    assert other.value == OFFICE["requests.new_received.total"]


def test_a_fact_is_read_where_a_cell_that_it_may_mean_is_not_known() -> None:
    table = printed(without("carried_in", "total_handled"))
    fields = settle([*table, says("applications_received", 83)], FORM)
    assert fields["facts.applications_received"].status is Status.READ


def test_the_surer_place_wins_and_is_not_verified_by_a_weaker_one_that_differs() -> None:
    fields = settle([says("year", 2024), says("year", 2023, at=95_000, doubt=2)], FORM)
    assert fields["facts.year"].value == 2024
    assert fields["facts.year"].status is Status.READ


def test_the_same_place_twice_is_one_place() -> None:
    fields = settle([says("proactive_items", 33), says("proactive_items", 33)], FORM)
    assert fields["facts.proactive_items"].status is Status.READ


def test_a_silent_document_has_no_facts() -> None:
    fields = settle([], FORM)
    for path in FORM.fact_kinds:
        assert (fields[path].value, fields[path].reason) == (None, Reason.ABSENT)


# ---------------------------------------------------------------- order does not matter


@given(st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_of_candidates_does_not_matter(rng: object) -> None:
    candidates = [
        *printed(without("granted", "carried_out")),
        *split("granted", {"a": [12, 0, 3, 1, 2, 0, 18], "b": [12, 3, 0, 1, 2, 0, 18]}),
        says("applications_received", 3),
    ]
    expected = {p: (f.value, f.status, f.reason) for p, f in settle(candidates, FORM).items()}
    rng.shuffle(candidates)  # type: ignore[attr-defined]
    assert {
        p: (f.value, f.status, f.reason) for p, f in settle(candidates, FORM).items()
    } == expected


def test_settle_is_pure() -> None:
    candidates = tuple(printed(OFFICE))
    this: Form = FORM
    assert settle(candidates, this) == settle(candidates, this)
