# ruff: noqa: S311 - seeded documents, nothing to keep secret
import re
from decimal import Decimal
from random import Random

import pytest

from evals.draft import PATHS, Cell, Draft, Table, compose, mark, marked, plain
from evals.formats.sheets import comma_separated
from evals.page import width, wrap
from evals.paper import placed
from evals.prose import narrate
from evals.render import LAYOUTS, Rendered, typeset
from evals.truth import OTHER, figures, obeys, random_truth
from gkllm.form import form

ALL = sorted(LAYOUTS)


def one(layout: str, seed: int, edition: str | None = None) -> Rendered:
    rng = Random(f"{layout}:{seed}")
    return LAYOUTS[layout](random_truth(rng, edition), rng)


@pytest.mark.parametrize("seed", range(60))
def test_truths_obey_every_rule_and_have_every_cell(seed: int) -> None:
    truth = random_truth(Random(seed))
    assert obeys(truth)
    assert all(value >= 0 for value in truth.cells.values())
    missing = set(form("2021").cells) - set(truth.cells)
    if truth.merged_other:
        assert all(path.startswith("requests.other.") for path in missing)
    else:
        assert not missing


def test_a_broken_rule_is_seen() -> None:
    truth = random_truth(Random(1))
    cells = dict(truth.cells)
    cells["requests.granted.total"] = cells["requests.granted.total"] + 1
    from dataclasses import replace

    assert not obeys(replace(truth, cells=cells))


def test_truths_are_idle_small_and_big() -> None:
    truths = [random_truth(Random(seed)) for seed in range(300)]
    assert 0.2 < sum(t.idle for t in truths) / 300 < 0.45
    received = [t.total("new_received") for t in truths]
    assert any(0 < n < 10 for n in received)
    assert any(n > 3000 for n in received)
    decisions = [t.cells["disclosure.licensing.decisions"] for t in truths]
    assert any(n > 1_000_000 for n in decisions)
    fees = [t.cells["disclosure.fees.amount_10k_yuan"] for t in truths]
    assert any(fee != int(fee) for fee in fees)
    assert all(isinstance(fee, Decimal) for fee in fees)


def test_published_tables_obey_every_rule() -> None:
    for table in figures()["tables"]:
        rows = table["requests"]
        assert len(rows) == 25
        assert all(sum(row[:6]) == row[6] for row in rows.values())
        for column in range(7):
            came = rows["new_received"][column] + rows["carried_in"][column]
            assert came == rows["total_handled"][column] + rows["carried_out"][column]
            assert rows["total_handled"][column] == sum(
                row[column] for row in list(rows.values())[2:-2]
            )


def test_merged_rows_leave_their_parts_open() -> None:
    truth = next(t for s in range(500) if (t := random_truth(Random(s), "2019")) and not t.idle)
    for path, value in truth.cells.items():
        if any(f".{row}." in path for row in OTHER):
            assert value == 0
            column = path.rpartition(".")[2]
            assert truth.cells[f"requests.other.subtotal.{column}"] == 0


@pytest.mark.parametrize("layout", ALL)
def test_equal_seeds_give_equal_texts(layout: str) -> None:
    assert one(layout, 4).text == one(layout, 4).text
    assert one(layout, 4).text != one(layout, 5).text


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("layout", sorted(set(ALL) - {"pipes_cut"}))
def test_every_number_is_printed_behind_which_its_mark_stands(layout: str, seed: int) -> None:
    rendered = one(layout, seed, "2021")
    shown = {c.path for t in rendered.draft.tables() for r in t.rows for c in r if c.path}
    assert shown <= marked(rendered.marked_text)
    for path in shown:
        assert f"{rendered.truth.cells[path]}{mark(path)}" in rendered.marked_text
    assert rendered.printed == marked(rendered.marked_text) - rendered.uncertain
    assert not re.search("[\U000f0000-\U000ffffd]", rendered.text)


def test_the_2021_form_has_200_cells_and_the_2019_form_other_ones() -> None:
    assert len(form("2021").cells) == 200
    for seed in range(20):
        rendered = one("pipes", seed, "2019")
        cells = {p for p in rendered.printed if not p.startswith("facts.")}
        assert len(cells) == 23 * 7 + 15
        assert "对外公开总数量" in rendered.text


@pytest.mark.parametrize("seed", range(8))
def test_pipes_cut_loses_the_totals_and_in_sub_rows_one_column_more(seed: int) -> None:
    rendered = one("pipes_cut", seed, "2021")
    gone = set(form("2021").request_cells) - rendered.printed
    assert {p for p in form("2021").request_cells if p.endswith(".total")} <= gone
    assert "requests.refused.state_secret.other" in gone
    assert "requests.granted.other" not in gone
    lines = [line for line in rendered.text.split("\n") if "属于国家秘密" in line]
    assert lines[0].count("|") == 9


@pytest.mark.parametrize("seed", range(12))
def test_stacked_rows_end_with_a_blank_line(seed: int) -> None:
    text = one("stacked", seed, "2021").text
    row = text.split("一、本年新收")[1].split("二、上年")[0]
    lines = row.split("\n")
    assert sum(line.startswith("\t") for line in lines) == 8  # seven numbers and the next label
    assert "" in lines


def test_tabs_spare_has_eight_numbers_in_sub_rows_only() -> None:
    for seed in range(10):
        text = one("tabs_spare", seed, "2021").text
        line = next(li for li in text.split("\n") if "属于四类过程性信息" in li)
        assert len(re.findall(r"\t\d+(?=\t|$)", line)) == 8
        line = next(li for li in text.split("\n") if "一、本年新收" in li)
        assert len(re.findall(r"\t\d+(?=\t|$)", line)) == 7


def test_spaced_numbers_stand_under_each_other() -> None:
    text = one("spaced", 3, "2021").text
    rows = [li for li in text.split("\n") if re.search(r"\D(\s+\d+){7}$", li)]
    rows = [li for li in rows if not re.search(r"(\s+\d+){8}$", li)]
    assert len(rows) >= 20
    middles = [
        [
            (width(li[: m.start()]) + width(li[: m.end()])) / 2
            for m in re.finditer(r"\d+(?=\s|$)", li)
        ]
        for li in rows
    ]
    for column in range(1, 8):
        places = [m[-column] for m in middles]
        assert max(places) - min(places) <= 8


def test_spaced_prints_the_side_label_down_the_page() -> None:
    texts = [one("spaced", seed, "2021").text for seed in range(5)]
    for text in texts:
        firsts = "".join(li.strip()[:1] for li in text.split("\n") if li.strip())
        assert re.search("办.*理.*结.*果", firsts)
        assert "\f" in text


def test_raw_tears_section_four_apart_now_and_then() -> None:
    torn = [r for seed in range(30) if (r := one("raw", seed)).uncertain]
    assert 3 < len(torn) < 25
    for rendered in torn:
        assert not any(p.startswith("litigation.") for p in rendered.printed)
        assert marked(rendered.marked_text) >= {"litigation.review.total"}


def test_one_line_is_one_line_and_one_cell_is_full_of_pipes() -> None:
    assert "\n" not in one("one_line", 2).text
    text = one("one_cell", 2).text
    assert text.count("\n") == 1
    assert text.count("|") > 100


def test_ocr_markdown_has_a_rule_behind_every_row() -> None:
    text = one("ocr_markdown", 1, "2021").text
    assert text.count("|---|") >= 30


@pytest.mark.parametrize("layout", ALL)
def test_typesetting_again_gives_the_same_text(layout: str) -> None:
    rendered = one(layout, 9)
    assert typeset(rendered.draft, layout, rendered.seed) == rendered


@pytest.mark.parametrize("seed", range(40))
def test_stated_facts_agree_with_the_tables(seed: int) -> None:
    rng = Random(seed)
    truth, prose = narrate(random_truth(rng), rng)
    text = "".join(plain(b.text) for blocks in prose.values() for b in blocks if hasattr(b, "text"))
    facts = truth.facts
    new, came = truth.total("new_received"), truth.total("carried_in")
    if "facts.applications_received" in facts:
        assert set(facts["facts.applications_received"]) <= {new, new + came}
    if "facts.applications_carried_out" in facts:
        assert facts["facts.applications_carried_out"] == (truth.total("carried_out"),)
    for key in ("proactive_items", "training_sessions", "reviews"):
        if f"facts.{key}" in facts and facts[f"facts.{key}"][0]:
            assert str(facts[f"facts.{key}"][0]) in text


def test_some_documents_state_nothing_of_a_fact() -> None:
    silent: dict[str, int] = {}
    for seed in range(200):
        rng = Random(seed)
        truth, _ = narrate(random_truth(rng), rng)
        for key in ("applications_received", "reviews", "information_fee_yuan", "website"):
            silent[key] = silent.get(key, 0) + (f"facts.{key}" not in truth.facts)
    assert all(10 < count < 190 for count in silent.values())


def test_a_mark_stands_for_one_path() -> None:
    assert len({mark(path) for path in PATHS}) == len(PATHS)
    assert marked("12" + mark("facts.year") + "年") == {"facts.year"}
    assert plain("12" + mark("facts.year") + "年") == "12年"


def test_wrapping_keeps_every_character() -> None:
    text = "第一项加第二项之和，等于第三项加第四项之和。"
    lines = wrap(text, 12)
    assert "".join(lines) == text
    assert all(width(line) <= 14 for line in lines)


def test_tables_are_rectangles() -> None:
    for seed in range(30):
        rng = Random(seed)
        truth, prose = narrate(random_truth(rng), rng)
        for block in compose(truth, prose, rng).blocks:
            if isinstance(block, Table):
                assert len({sum(cell.wide for cell in row) for row in block.rows}) == 1


def test_a_sheet_of_a_merged_cell_that_lost_its_beginning() -> None:
    """Damage may take the row in which a cell began, and leave those that it went on in."""
    cells = (Cell("三、本年度办理结果"), Cell("（一）予以公开", merged=True))
    table = Table("requests", ((Cell("二、上年结转", wide=2),), cells, cells), 0)
    draft = Draft((table,), random_truth(Random(1)))
    rows = comma_separated(draft, Random(1)).decode("utf-8-sig").splitlines()
    assert rows == ["二、上年结转,", "三、本年度办理结果,（一）予以公开", "三、本年度办理结果,"]


def test_a_printed_cell_never_goes_on_with_a_wider_one_above_it() -> None:
    """As behind a head that is printed again between the rows of a group."""
    head = (Cell("（本列数据…）", wide=3), Cell("自然人"))
    again = (Cell(merged=True, wide=3), Cell("总计"))
    row = (Cell(merged=True), Cell(merged=True), Cell("1.属于国家秘密"), Cell("3"))
    cells = placed(Table("requests", (head, again, row), 1))
    assert [(p.row, p.column, p.wide, p.tall) for p in cells] == [
        (0, 0, 3, 2), (0, 3, 1, 1), (1, 3, 1, 1), (2, 0, 1, 1), (2, 1, 1, 1), (2, 2, 1, 1),
        (2, 3, 1, 1),
    ]  # fmt: skip
