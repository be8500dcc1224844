# ruff: noqa: S311 - seeded documents, nothing to keep secret
import re
from random import Random

import pytest

from evals.cases import fold
from evals.draft import marked
from evals.mangle import DAMAGE, STAGES, damage
from evals.render import LAYOUTS, Rendered
from evals.soak import document, documents
from evals.truth import COLUMNS, random_truth
from evals.wrong import copied
from gkllm.form import form

CELLS = frozenset(form("2021").cells)


def base(layout: str, seed: int, edition: str | None = "2021") -> Rendered:
    rng = Random(f"{layout}:{seed}")
    return LAYOUTS[layout](random_truth(rng, edition), rng)


def mangled(kind: str, layout: str = "stacked") -> list[tuple[Rendered, Rendered]]:
    """Pairs of a document and what a damage makes of it."""
    pairs = []
    for seed in range(30):
        before = base(layout, seed)
        after = DAMAGE[kind](before, Random(seed))
        if after is not None and after.payload != before.payload:
            pairs.append((before, after))
    assert pairs, f"{kind} never applies to {layout}"
    return pairs


def cells(rendered: Rendered) -> frozenset[str]:
    return frozenset(p for p in rendered.printed if not p.startswith("facts."))


@pytest.mark.parametrize("kind", sorted(DAMAGE))
def test_damages_are_seeded_and_leave_the_original_alone(kind: str) -> None:
    before = base("tabs", 3)
    text = before.text
    first, second = (DAMAGE[kind](before, Random(8)) for _ in range(2))
    assert before.text == text
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert first.payload == second.payload


@pytest.mark.parametrize("kind", sorted(DAMAGE))
def test_a_damage_applies_somewhere_and_prints_no_more_than_before(kind: str) -> None:
    applied = 0
    for layout in sorted(LAYOUTS):
        for seed in range(4):
            before = base(layout, seed)
            after = DAMAGE[kind](before, Random(seed))
            if after is None or after.payload == before.payload:
                continue
            applied += 1
            if layout != "pipes_cut":  # a column less lets another one through the cut
                assert after.printed <= before.printed
    assert applied


@pytest.mark.parametrize("kind", [k for k, d in sorted(DAMAGE.items()) if d.mangling != "agency"])
def test_only_an_agencys_error_changes_a_true_number(kind: str) -> None:
    for layout in ("stacked", "pipes"):
        before = base(layout, 11)
        after = DAMAGE[kind](before, Random(2))
        if after is not None:
            assert all(before.truth.cells[p] == v for p, v in after.truth.cells.items())


@pytest.mark.parametrize(
    "kind",
    [
        "full_width",
        "odd_spaces",
        "bookmarks",
        "line_ends",
        "control",
        "zero_width",
        "entities",
        "utf8_sig",
        "gb18030",
        "utf16_le",
        "traditional",
        "taiwan",
        "pinyin",
        "doubled_words",
        "contents",
        "banner",
        "metadata",
        "heading_lost",
        "heading_mixed",
        "last_year",
        "sentence_before_table",
        "label_typos",
        "definitions",
        "glued_unit",
        "head_repeated",
    ],
)
def test_these_leave_every_number_legible(kind: str) -> None:
    for before, after in mangled(kind):
        assert cells(after) == cells(before)


def test_blank_zeros_leaves_no_zero_and_every_other_number() -> None:
    for before, after in mangled("blank_zeros"):
        truth = before.truth.cells
        assert cells(after) == {p for p in cells(before) if truth[p]}


def test_without_borders_a_row_with_a_blank_has_no_certain_place() -> None:
    for before, after in mangled("blank_zeros", "one_line"):
        for path in cells(after):
            row = path.rpartition(".")[0]
            assert all(before.truth.cells[p] for p in cells(before) if p.rpartition(".")[0] == row)


def test_lone_zeros_leave_one_zero_in_a_row_of_zeros() -> None:
    for before, after in mangled("lone_zeros"):
        gone = cells(before) - cells(after)
        assert len(gone) % 6 == 0
        assert all(not before.truth.cells[p] and "natural_person" not in p for p in gone)


def test_worn_dates_are_uncertain_and_touch_no_table() -> None:
    for before, after in mangled("dates_worn"):
        assert cells(after) == cells(before)
        assert "facts.period_start" not in after.printed
        assert re.sub("[年月日]", "", after.text) == re.sub("[年月日]", "", before.text)


def test_a_blank_in_section_two_has_no_right_value() -> None:
    for before, after in mangled("blank_zeros"):
        gone = cells(before) - cells(after)
        for path in gone:
            assert (path in after.truth.cells) == (not path.startswith("disclosure."))


def test_blank_all_leaves_no_number_in_a_table() -> None:
    for before, after in mangled("blank_all"):
        gone = cells(before) - cells(after)
        assert gone
        assert {p.split(".")[0] for p in gone}.isdisjoint(p.split(".")[0] for p in cells(after))


def test_slash_and_dash_stand_for_zeros_only() -> None:
    for kind, signs in (("slash_zeros", "/／\\"), ("dash_zeros", "—-－无")):
        for before, after in mangled(kind, "tabs"):
            gone = cells(before) - cells(after)
            assert gone
            assert all(not before.truth.cells[p] for p in gone)
            assert any(re.search(rf"\t[{re.escape(signs)}]+(\t|\n|$)", after.text) for _ in "1")


def test_thousands_and_split_digits_keep_the_digits() -> None:
    for kind, gap in (("thousands", "[,，]"), ("split_digits", " ")):
        for before, after in mangled(kind):
            assert re.search(rf"\d{gap}\d\d\d", after.text)
            joined = re.sub(rf"(?<=\d){gap}(?=\d\d\d)", "", after.text)
            assert re.sub(r"(?<=\d) (?=\d)", "", before.text).count("\t") == joined.count("\t")


def test_lookalikes_are_not_printed_numbers() -> None:
    for before, after in mangled("lookalikes"):
        gone = cells(before) - cells(after)
        assert gone
        assert not gone & marked(after.marked_text)


@pytest.mark.parametrize("kind", ["label_lost", "labels_lost"])
def test_lost_labels_leave_the_numbers(kind: str) -> None:
    for before, after in mangled(kind):
        table = set(form("2021").request_cells)
        assert marked(before.marked_text) & table == marked(after.marked_text) & table
        assert len(after.text) < len(before.text)
        if kind == "labels_lost":
            assert after.printed < before.printed


def test_row_lost_takes_one_row() -> None:
    for before, after in mangled("row_lost"):
        gone = cells(before) - cells(after)
        assert len({p.rpartition(".")[0] for p in gone}) <= 3
        assert 1 <= len(gone) <= 15


def test_row_doubled_prints_a_row_twice() -> None:
    for before, after in mangled("row_doubled"):
        assert cells(after) == cells(before)
        assert len(re.findall("[\U000f0000-\U000ffffd]", after.marked_text)) == 7 + len(
            re.findall("[\U000f0000-\U000ffffd]", before.marked_text)
        )


def test_cell_lost_leaves_a_row_one_short_and_its_place_uncertain() -> None:
    for before, after in mangled("cell_lost"):
        lost = marked(before.marked_text) - marked(after.marked_text)
        assert len(lost) == 1
        unsure = cells(before) - cells(after)
        assert lost < unsure
        assert len({p.split(".")[0] for p in unsure}) == 1


def test_row_shifted_moves_numbers_out_of_place() -> None:
    for before, after in mangled("row_shifted", "tabs"):
        unsure = cells(before) - cells(after)
        assert len(unsure) == 7
        assert len({before.truth.cells[p] for p in unsure}) > 1


@pytest.mark.parametrize("layout", ["stacked", "pipes", "tabs", "spaced", "one_line"])
def test_total_lost_takes_the_column_and_its_head(layout: str) -> None:
    for before, after in mangled("total_lost", layout):
        gone = cells(before) - cells(after)
        assert gone == {p for p in cells(before) if re.fullmatch(r"requests\..*\.total", p)}
        assert after.text.count("总计") < before.text.count("总计")


def test_column_numbers_lost_keeps_the_head() -> None:
    for before, after in mangled("column_numbers_lost"):
        assert after.text.count("自然人") == before.text.count("自然人")
        gone = marked(before.marked_text) - marked(after.marked_text)
        assert len({p.rpartition(".")[2] for p in gone}) == 1
        assert not any(p.startswith("requests.") for p in after.printed)


def test_spare_column_gives_every_row_one_number_more() -> None:
    for before, after in mangled("spare_column", "tabs"):
        rows = len({p.rpartition(".")[0] for p in cells(before) if p.startswith("requests.")})
        assert after.text.count("\t") == before.text.count("\t") + rows
        assert marked(after.marked_text) == marked(before.marked_text)
        assert cells(after) <= cells(before)


def test_numbers_that_a_spare_zero_pushes_about_have_no_place() -> None:
    """1 0 0 0 0 0 1 with a 0 among its zeros is the same wherever the 0 stands; 0 1 is not."""
    found = set()
    for before, after in mangled("spare_some", "tabs"):
        found |= {before.truth.cells[p] for p in cells(before) - cells(after)}
    assert found


def test_nothing_undetectable_happens_to_a_cut_table() -> None:
    for kind in ("spare_column", "spare_some", "row_shifted", "column_numbers_lost"):
        for seed in range(5):
            assert DAMAGE[kind](base("pipes_cut", seed), Random(seed)) is None


def test_sum_wrong_breaks_a_rule_and_prints_what_is_true() -> None:
    for before, after in mangled("sum_wrong"):
        changed = [p for p, v in after.truth.cells.items() if before.truth.cells[p] != v]
        assert len(changed) == 1
        assert changed[0] in after.printed
        assert changed[0] in after.disputable
        truth = after.truth.cells
        broken = [
            r
            for r in form("2021").rules
            if changed[0] in (*r.left, *r.right)
            and all(p in truth for p in (*r.left, *r.right))
            and sum(truth[p] for p in r.left) != sum(truth[p] for p in r.right)
        ]
        assert broken or before.truth.merged_other


def test_sum_wrong_leaves_alone_what_stands_twice_in_its_row() -> None:
    for seed in range(40):
        before, kinds = damage(base("pipes", seed), ("spare_column",), Random(seed))
        if kinds and (twice := copied(before)):
            break
    for number in range(60):
        after = DAMAGE["sum_wrong"](before, Random(number))
        assert after is not None
        assert all(before.truth.cells[p] == after.truth.cells[p] for p in twice)


@pytest.mark.parametrize("layout", ["stacked_plain", "raw", "one_line"])
def test_a_spare_number_is_added_only_where_some_row_shows_it(layout: str) -> None:
    for seed in range(30):
        after, kinds = damage(base(layout, seed), ("blank_some_zeros", "spare_some"), Random(seed))
        rows = [r for t in after.draft.tables() if t.kind == "requests" for r in t.rows[t.head :]]
        assert "spare_some" not in kinds or max(
            sum(cell.text.strip().isdecimal() for cell in row) for row in rows
        ) > len(COLUMNS)


def test_prose_contradicts_leaves_the_table() -> None:
    for before, after in mangled("prose_contradicts"):
        assert after.truth.cells == before.truth.cells
        fact = next(f for f, v in after.truth.facts.items() if before.truth.facts[f] != v)
        assert fact in after.disputable
        assert len(after.disputable) > 1


def test_lines_once_leaves_no_line_twice() -> None:
    for _, after in mangled("lines_once", "raw"):
        lines = [line.strip() for line in after.text.split("\n") if line.strip()]
        assert len(lines) == len(set(lines))
    for _, after in mangled("lines_once", "stacked"):
        assert not cells(after)


def test_truncated_is_a_beginning_and_prints_what_is_left() -> None:
    for before, after in mangled("truncated"):
        assert before.text.startswith(after.text)
        assert after.printed == before.printed & marked(after.marked_text)


def test_beginning_lost_is_an_end_whose_first_row_is_uncertain() -> None:
    for before, after in mangled("beginning_lost"):
        assert before.text.endswith(after.text)
        first = [p for p in form("2021").cells if p in marked(after.marked_text)][:1]
        assert not set(first) & after.printed


def test_full_width_digits_fold_back() -> None:
    wide = {ord("０") + i: str(i) for i in range(10)}
    for before, after in mangled("full_width"):
        assert after.text.translate(wide) == before.text


def test_traditional_text_folds_back() -> None:
    for kind in ("traditional", "pinyin"):
        for before, after in mangled(kind):
            assert fold(after.text) == fold(before.text)


def test_encodings_decode_to_the_text() -> None:
    for kind, encoding in (
        ("utf8_sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("utf16_le", "utf-16"),
        ("utf16_be", "utf-16"),
    ):
        for before, after in mangled(kind):
            assert isinstance(after.payload, bytes)
            assert after.payload.decode(encoding) == before.text


def test_table_absent_leaves_the_headings() -> None:
    for before, after in mangled("table_absent"):
        assert "主动公开政府信息情况" in after.text
        gone = cells(before) - cells(after)
        assert all(p in after.truth.cells or p in CELLS or ".subtotal." in p for p in gone)


def test_damages_come_in_the_order_of_their_stages() -> None:
    before = base("stacked", 2)
    after, applied = damage(before, ("gb18030", "full_width", "row_lost"), Random(1))
    assert applied == ("row_lost", "full_width", "gb18030")
    assert [STAGES.index(DAMAGE[k].stage) for k in applied] == [0, 1, 2]
    assert isinstance(after.payload, bytes)
    assert re.search("[０-９]", after.text)


def test_of_two_damages_that_cancel_each_other_one_is_applied() -> None:
    both = ("spare_column", "column_numbers_lost")
    for seed in range(20):
        _, applied = damage(base("pipes", seed), both, Random(seed))
        assert len(applied) < 2


def shows_a_moved_row(rendered: Rendered) -> bool:
    """Whether a row in which some place has no number of its own breaks a sum as printed."""
    rows = [
        [c for c in row if c.path]
        for t in rendered.draft.tables()
        if t.kind == "requests"
        for row in t.rows[t.head :]
    ]
    moved = [row for row in rows if len({c.path for c in row}) < len(row)]
    assert moved
    return all(row[-1].text for row in moved)


def test_a_moved_row_whose_lost_number_was_blank_is_the_sound_row_of_another_report() -> None:
    """One that prints a number at its end says by its sum that it was moved, or between rows."""
    applied = [
        damage(base("pipes", n), ("blank_cells", "row_shifted"), Random(n)) for n in range(30)
    ]
    both = [rendered for rendered, kinds in applied if len(kinds) == 2]
    assert both
    assert sum(map(shows_a_moved_row, both)) >= len(both) * 0.8
    alone = [damage(base("pipes", seed), ("row_shifted",), Random(seed))[1] for seed in range(8)]
    assert sum(map(bool, alone)) > 5


def test_a_lost_column_is_gone_from_every_head() -> None:
    both = ("head_repeated", "total_lost")
    for seed in range(6):
        rendered, kinds = damage(base("pipes", seed), both, Random(seed))
        heads = [line for line in rendered.text.splitlines() if "法人或其他组织" in line]
        assert sorted(kinds) == sorted(both)
        assert len(heads) > 1
        assert not any("总计" in line for line in heads)


def test_documents_are_reproducible() -> None:
    first = [(r.payload, d) for r, d in documents(12, 5)]
    assert first == [(r.payload, d) for r, d in documents(12, 5)]
    assert first[7] == (document(7, 5)[0].payload, document(7, 5)[1])
