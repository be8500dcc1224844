"""Small tables in every layout: which candidates each number becomes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from random import Random

import pytest

from gkllm.align import align
from gkllm.align.items import Items, Run, read_items
from gkllm.align.labels import lexicon
from gkllm.align.rows import tie
from gkllm.align.slots import Slot, slot
from gkllm.align.totals import closes
from gkllm.document import Cell, Document, Grid, Section
from gkllm.form import Form, form
from gkllm.normalise import normalise
from gkllm.report import CONFIDENT, Bundle, Candidate, Reason, Status
from gkllm.settle import settle
from gkllm.tables import read_grid

FORM = form("2021")
COLUMNS = "natural_person business research public_welfare legal_service other total".split()

# One small office: row, side label, label, six applicants. What the totals are, sums say.
_PARTS = [
    ("granted", "三、本年度办理结果", "（一）予以公开", (12, 3, 0, 1, 2, 0)),
    ("partially_granted", "", "（二）部分公开（区分处理的，只计这一情形，不计其他情形）",
     (5, 0, 1, 0, 0, 0)),
    ("refused.state_secret", "（三）不予公开", "1.属于国家秘密", (0, 0, 0, 0, 0, 0)),
    ("refused.prohibited_by_law", "", "2.其他法律行政法规禁止公开", (2, 0, 0, 0, 0, 0)),
    ("refused.safety_stability", "", "3.危及“三安全一稳定”", (0, 0, 0, 0, 0, 0)),
    ("refused.third_party_rights", "", "4.保护第三方合法权益", (1, 4, 0, 0, 0, 0)),
    ("refused.internal_affairs", "", "5.属于三类内部事务信息", (3, 0, 0, 0, 1, 0)),
    ("refused.process_information", "", "6.属于四类过程性信息", (0, 0, 0, 0, 0, 0)),
    ("refused.enforcement_file", "", "7.属于行政执法案卷", (6, 1, 0, 0, 0, 2)),
    ("refused.administrative_query", "", "8.属于行政查询事项", (0, 0, 0, 0, 0, 0)),
    ("unavailable.not_held", "（四）无法提供", "1.本机关不掌握相关政府信息", (21, 2, 0, 0, 0, 0)),
    ("unavailable.must_be_created", "", "2.没有现成信息需要另行制作", (0, 0, 0, 0, 0, 0)),
    ("unavailable.still_unclear", "", "3.补正后申请内容仍不明确", (1, 0, 0, 0, 0, 0)),
    ("not_processed.petition", "（五）不予处理", "1.信访举报投诉类申请", (4, 0, 0, 0, 0, 0)),
    ("not_processed.repeated", "", "2.重复申请", (0, 0, 0, 0, 0, 0)),
    ("not_processed.published_material", "", "3.要求提供公开出版物", (0, 0, 0, 0, 0, 0)),
    ("not_processed.mass_repeated", "", "4.无正当理由大量反复申请", (0, 0, 0, 0, 0, 0)),
    ("not_processed.confirm_or_reissue", "",
     "5.要求行政机关确认或重新出具已获取信息",
     (2, 0, 0, 0, 0, 0)),
    ("other.overdue_correction", "（六）其他处理",
     "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
     (1, 0, 0, 0, 0, 0)),
    ("other.unpaid_fee", "",
     "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
     (0, 0, 0, 0, 0, 0)),
    ("other.other", "", "3.其他", (7, 1, 0, 0, 0, 0)),
]  # fmt: skip
_HANDLED = tuple(sum(column) for column in zip(*(n for *_, n in _PARTS), strict=True))
_IN, _OUT = (4, 0, 0, 0, 1, 0), (9, 2, 0, 0, 0, 0)
_NEW = tuple(h + o - i for h, o, i in zip(_HANDLED, _OUT, _IN, strict=True))
TABLE = [
    ("new_received", "", "一、本年新收政府信息公开申请数量", _NEW),
    ("carried_in", "", "二、上年结转政府信息公开申请数量", _IN),
    *_PARTS,
    ("total_handled", "", "（七）总计", _HANDLED),
    ("carried_out", "", "四、结转下年度继续办理", _OUT),
]
TRUE = {
    f"requests.{row}.{column}": value
    for row, _, _, six in TABLE
    for column, value in zip(COLUMNS, (*six, sum(six)), strict=True)
}

Line = tuple[str, str, list[str]]  # side label, label, seven printed numbers


def lines() -> list[Line]:
    return [(side, label, [str(n) for n in (*six, sum(six))]) for _, side, label, six in TABLE]


# ---------------------------------------------------------------- layouts of section 三


def stacked(table: Sequence[Line]) -> str:
    head = (
        "\t自然人\n\t商业\n企业\n\t科研\n机构\n\t社会公益组织\n\t法律服务机构\n\t其他\n\t总计\n\n"
    )
    return head + "".join(
        "".join(f"\t{cell}\n" for cell in (side, label, *numbers)) + "\n"
        for side, label, numbers in table
    )


def tabs(table: Sequence[Line]) -> str:
    head = "\t\t自然人\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t总计\n"
    return head + "".join("\t".join((side, label, *n)) + "\n" for side, label, n in table)


def pipes(table: Sequence[Line]) -> str:
    head = "| | | 自然人 | 商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他 | 总计 |\n"
    return f"{head}|{'---|' * 9}\n" + "".join(
        f"| {' | '.join((side, label, *n))} |\n" for side, label, n in table
    )


def spaced(table: Sequence[Line]) -> str:
    head = " " * 44 + "自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计\n"
    return head + "".join(
        f"{side + '  ' + label:　<50}" + "".join(f"{n:>8}" for n in numbers) + "\n"
        for side, label, numbers in table
    )


def loose(table: Sequence[Line]) -> str:
    head = (
        "申请人情况 自然人 法人或其他组织 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计\n"
    )
    return head + "".join(
        f"{side}{' ' * bool(side)}{label} {' '.join(numbers)}\n" for side, label, numbers in table
    )


def one_a_line(table: Sequence[Line]) -> str:
    head = "自然人\n商业企业\n科研机构\n社会公益组织\n法律服务机构\n其他\n总计\n"
    return head + "".join(
        "".join(f"{cell}\n" for cell in (side, label, *numbers) if cell)
        for side, label, numbers in table
    )


def runs(table: Sequence[Line]) -> str:
    cells = [cell for side, label, numbers in table for cell in (side, label, *numbers)]
    head = "自然人||商业企业||科研机构||社会公益组织||法律服务机构||其他||总计||||"
    return f"|{head}{'||'.join(cells)}||\n"


LAYOUTS: dict[str, Callable[[Sequence[Line]], str]] = {
    f.__name__: f for f in (stacked, tabs, pipes, spaced, loose, one_a_line, runs)
}
RULED = ("stacked", "tabs", "pipes")
layouts = pytest.mark.parametrize("layout", list(LAYOUTS))
ruled = pytest.mark.parametrize("layout", RULED)


def candidates(source: str, key: str = "requests", this: Form = FORM) -> list[Candidate]:
    text = normalise(Document(source))
    grid = read_grid(text, Section(key, (0, 0), 0, len(text.clean)))
    return [c for c in align(text, [(key, grid)], this) if c.field.startswith(key)]


def likeliest(found: Sequence[Candidate]) -> dict[str, Candidate]:
    """Of each place the reading with the least doubt."""
    places: dict[str, dict[tuple[int, str], dict[str, Candidate]]] = defaultdict(dict)
    for c in found:
        key = (c.bundle.doubt, c.bundle.reading)
        places[c.bundle.place].setdefault(key, {})[c.field] = c
    chosen: dict[str, Candidate] = {}
    for readings in places.values():
        chosen |= readings[min(readings)]
    return chosen


def values(source: str, key: str = "requests") -> dict[str, object]:
    return {p: c.value for p, c in likeliest(candidates(source, key)).items()}


def offered(source: str, path: str) -> set[object]:
    return {c.value for c in candidates(source) if c.field == path}


def wrong(source: str) -> dict[str, object]:
    """Confident values of the settled table that are not the true ones."""
    fields = settle(candidates(source), FORM)
    return {
        path: (TRUE[path], fields[path].value)
        for path in TRUE
        if fields[path].status in CONFIDENT and fields[path].value != TRUE[path]
    }


def settled_right(source: str) -> int:
    """How many values of the settled table are confident and true."""
    fields = settle(candidates(source), FORM)
    return sum(
        fields[path].status in CONFIDENT and fields[path].value == TRUE[path] for path in TRUE
    )


def changed(row: int, numbers: Sequence[str] | None = None, label: str | None = None) -> list[Line]:
    table = lines()
    side, old_label, old_numbers = table[row]
    table[row] = (side, label or old_label, list(numbers) if numbers is not None else old_numbers)
    return table


def index(row: str) -> int:
    return next(i for i, (key, *_) in enumerate(TABLE) if key == row)


def test_other_without_its_numeral_behind_a_row_without_numbers_is_a_row() -> None:
    table = changed(index("other.unpaid_fee"), [])
    side, _, numbers = table[index("other.other")]
    table[index("other.other")] = (side, "其他", numbers)
    found = values(loose(table).replace("\n", " "))
    assert "requests.other.unpaid_fee.total" not in found
    assert found["requests.other.other.natural_person"] == 7


# ---------------------------------------------------------------- whole tables


@layouts
def test_a_whole_table_is_read_as_it_stands(layout: str) -> None:
    source = LAYOUTS[layout](lines())
    assert values(source) == TRUE


@layouts
def test_every_candidate_quotes_its_number(layout: str) -> None:
    source = LAYOUTS[layout](lines())
    for path, c in likeliest(candidates(source)).items():
        assert c.span is not None
        assert c.quote == source[c.span[0] : c.span[1]] == str(TRUE[path])
        assert c.source == "table"


@layouts
def test_rows_in_another_order(layout: str) -> None:
    table = lines()
    table[2], table[3] = table[3], table[2]
    table[-1], table[-2] = table[-2], table[-1]
    assert values(LAYOUTS[layout](table)) == TRUE


@layouts
def test_a_row_that_is_not_there_has_no_value(layout: str) -> None:
    gone = index("refused.enforcement_file")
    table = [line for i, line in enumerate(lines()) if i != gone]
    found = values(LAYOUTS[layout](table))
    # Where blanks leave no trace, the row before may be blank and these numbers the other's.
    unsure = ["process_information"] if layout in ("one_a_line", "runs") else []
    gone_too = ("enforcement_file", *unsure)
    assert found == {p: v for p, v in TRUE.items() if not any(row in p for row in gone_too)}


@layouts
@pytest.mark.parametrize("row", ["granted", "not_processed.petition", "carried_out"])
def test_a_row_printed_again_on_the_next_page_is_one_row(layout: str, row: str) -> None:
    table = lines()
    table.insert(index(row) + 1, table[index(row)])
    found = values(LAYOUTS[layout](table))
    assert {p: v for p, v in found.items() if v != TRUE[p]} == {}


@ruled
def test_the_head_printed_again_on_the_next_page(layout: str) -> None:
    setter = LAYOUTS[layout]
    source = setter(lines()[:12]) + "\n" + setter(lines()[12:])
    assert values(source) == TRUE


@layouts
def test_labels_without_their_numbering(layout: str) -> None:
    table = [(s, label.partition(".")[2] or label, n) for s, label, n in lines()]
    found = values(LAYOUTS[layout](table))
    # 其他 without its numeral may be a row or a column.
    assert {p: v for p, v in found.items() if v != TRUE[p]} == {}


@layouts
def test_a_label_with_a_definition_pasted_behind_it(layout: str) -> None:
    row = index("unavailable.not_held")
    label = "1.本机关不掌握相关政府信息（指经检索没有找到，依据条例第36条第4项）"
    found = values(LAYOUTS[layout](changed(row, label=label)))
    assert {p: v for p, v in found.items() if v != TRUE[p]} == {}


@layouts
def test_a_misspelt_label(layout: str) -> None:
    table = changed(index("refused.internal_affairs"), label="5.属于三类内容事务信息")
    assert values(LAYOUTS[layout](table)) == TRUE


# ---------------------------------------------------------------- labels in pieces


@pytest.mark.parametrize("joint", ["\n", " ", "\n\n"])
def test_stacked_labels_broken_anywhere(joint: str) -> None:
    for cut in range(2, 12):
        label = "8.属于行政查询事项"
        row = index("refused.administrative_query")
        broken = label[:cut] + joint + label[cut:]
        assert values(stacked(changed(row, label=broken))) == TRUE, broken


def test_a_side_label_printed_one_character_a_line() -> None:
    source = spaced(lines())
    head, *rest = source.splitlines(keepends=True)
    mixed = [head]
    for i, line in enumerate(rest):
        mixed += [line, "三、本年度办理结果"[i - 4] + "\n"] if 4 <= i < 13 else [line]
    assert values("".join(mixed)) == TRUE


def test_a_label_split_by_a_page_break_in_tabs() -> None:
    row = index("other.unpaid_fee")
    first, second = "2.申请人逾期未按收费通知要求缴纳", "费用、行政机关不再处理其政府信息公开申请"
    table = lines()
    numbers = table[row][2]
    source = tabs([*table[:row], ("", first, numbers)]) + "\n\n" + f"\t{second}\n"
    source += "".join("\t".join((s, label, *n)) + "\n" for s, label, n in table[row + 1 :])
    assert values(source) == TRUE


def test_a_label_around_its_numbers_in_aligned_text() -> None:
    row = index("partially_granted")
    table = lines()
    numbers = "".join(f"{n:>8}" for n in table[row][2])
    before, after = spaced(table[:row]), spaced(table[row + 1 :]).partition("\n")[2]
    middle = f"（二）部分公开（区分处理的，\n{'　' * 50}{numbers}\n只计这一情形，不计其他情形）\n"
    assert values(before + middle + after) == TRUE


def test_numbers_printed_before_their_labels_are_never_given_to_another_row() -> None:
    """Two rows drawn before both of their labels: any of the two may be either."""
    table = lines()
    a, b = index("granted"), index("partially_granted")
    source = loose(table[:a])
    source += " ".join(table[a][2]) + "\n" + " ".join(table[b][2]) + "\n"
    source += table[a][1] + "\n" + table[b][1] + "\n"
    source += loose(table[b + 1 :]).partition("\n")[2]
    found = candidates(source)
    for row in ("granted", "partially_granted"):
        path = f"requests.{row}.natural_person"
        assert {c.value for c in found if c.field == path} <= {12, 5}
    rest = {p: c.value for p, c in likeliest(found).items() if "granted" not in p}
    assert rest == {p: v for p, v in TRUE.items() if "granted" not in p}


# ---------------------------------------------------------------- columns


@ruled
def test_the_head_tells_where_a_blank_stands(layout: str) -> None:
    row = index("granted")
    found = likeliest(
        candidates(LAYOUTS[layout](changed(row, ["12", "3", "", "1", "2", "", "18"])))
    )
    assert found["requests.granted.research"].reason is Reason.BLANK
    assert found["requests.granted.other"].reason is Reason.BLANK
    given = [found[f"requests.granted.{c}"].value for c in COLUMNS]
    assert given == [12, 3, None, 1, 2, None, 18]


def test_positions_tell_where_a_blank_stands_in_aligned_text() -> None:
    row = index("granted")
    found = values(spaced(changed(row, ["12", "3", "", "1", "2", "", "18"])))
    assert [found.get(f"requests.granted.{c}") for c in COLUMNS] == [12, 3, None, 1, 2, None, 18]


@pytest.mark.parametrize("every", [2, 3])
def test_seven_places_tell_the_blanks_of_a_table_of_zeros(every: int) -> None:
    idle = [(s, label, ["0"] * 7) for s, label, _ in lines()]
    table = with_blanks(idle, every)
    found = values(spaced(table))
    printed = {
        f"requests.{key}.{c}": int(n)
        for (key, *_), (*_, ns) in zip(TABLE, table, strict=True)
        for c, n in zip(COLUMNS, ns, strict=True)
        if n
    }
    assert {p: v for p, v in found.items() if v is not None} == printed


def in_one_cell(table: Sequence[Line], joint: str = " | ") -> str:
    """All cells in one line, the empty ones that merged labels leave among them."""
    head = "自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计".split()
    cells = [["", "", "", *head]]
    for (key, *_), (side, label, numbers) in zip(TABLE, table, strict=True):
        across = key in ("new_received", "carried_in", "carried_out")
        names = [label, ""] if across else [side, label]
        cells.append(["", *names, *numbers] if "." in key else [*names, "", *numbers])
    return joint.join(cell for row in cells for cell in row)


def with_blanks(table: Sequence[Line], every: int) -> list[Line]:
    """Every so many zeros left blank."""
    found, count = [], 0
    for side, label, numbers in table:
        row = []
        for number in numbers:
            count += number == "0"
            row.append("" if number == "0" and count % every == 0 else number)
        found.append((side, label, row))
    return found


@pytest.mark.parametrize("every", [1, 2, 5])
@pytest.mark.parametrize("setter", [in_one_cell, spaced])
def test_zeros_left_blank_move_no_number(setter: Callable[..., str], every: int) -> None:
    """In one cell the pipes tell, in aligned text the places of all rows together."""
    fields = settle(candidates(setter(with_blanks(lines(), every))), FORM)
    printed = {p for p, v in TRUE.items() if v}
    sure = {p for p in printed if fields[p].status in CONFIDENT}
    assert wrong(setter(with_blanks(lines(), every))) == {}
    assert len(sure) >= len(printed) - 3


@pytest.mark.parametrize("sign", ["o", "〇", "口", "I"])
def test_a_sign_that_looks_like_a_digit_ends_no_row_in_one_cell(sign: str) -> None:
    table = with_blanks(lines(), 1)
    for at in (index("granted"), index("unavailable.not_held")):
        side, label, numbers = table[at]
        table[at] = (side, label, [*numbers[:2], sign, *numbers[3:]])
    fields = settle(candidates(in_one_cell(table)), FORM)
    assert wrong(in_one_cell(table)) == {}
    for row in ("granted", "unavailable.not_held"):
        assert fields[f"requests.{row}.total"].status in CONFIDENT, row


def with_spare(table: Sequence[Line], at: int, printed: str) -> str:
    """Rows of a group with a cell too many, as tabs, and labels over two columns elsewhere."""
    found = []
    for (key, *_), (side, label, numbers) in zip(TABLE, table, strict=True):
        if "." in key:
            found.append((side, label, [*numbers[:at], printed, *numbers[at:]]))
        else:
            found.append((side or label, label if side else "", numbers))
    return tabs(found)


@pytest.mark.parametrize("printed", ["", "0"])
@pytest.mark.parametrize("at", range(7))
@pytest.mark.parametrize("every", [1, 2, 3, 5])
def test_a_spare_column_among_blanks_is_the_same_in_all_rows(
    every: int, at: int, printed: str
) -> None:
    """Behind a label in the last column of labels an empty cell is a blank, and no label."""
    source = with_spare(with_blanks(lines(), every), at, printed)
    fields = settle(candidates(source), FORM)
    sure = [p for p, v in TRUE.items() if v and fields[p].status in CONFIDENT]
    assert wrong(source) == {}
    assert len(sure) >= (54 if every == 1 and not printed else 48)


@pytest.mark.parametrize("seed", range(5))
def test_more_pipes_are_no_blanks_where_rows_are_whole(seed: int) -> None:
    """Between two cells one pipe here and three there, as in pages that were converted badly."""
    rng = Random(seed)  # noqa: S311
    cells = [cell for cell in in_one_cell(lines()).split(" | ") if cell]
    source = "".join(f"{cell} {'| ' * rng.randint(1, 3)}" for cell in cells)
    fields = settle(candidates(source), FORM)
    assert {p: fields[p].value for p in TRUE} == TRUE


def test_a_column_that_was_lost_is_no_gap_in_aligned_text() -> None:
    """Numbers that moved up leave the last column empty, and no head says which was lost."""
    table = [(s, label, [*numbers[:2], *numbers[3:]]) for s, label, numbers in lines()]
    assert wrong(spaced(table)) == {}
    assert wrong(spaced(with_blanks(table, 2))) == {}


@pytest.mark.parametrize("layout", ["loose", "one_a_line", "runs"])
def test_without_borders_a_short_row_is_not_certain(layout: str) -> None:
    row = index("granted")
    source = LAYOUTS[layout](changed(row, ["12", "3", "1", "2", "18"]))
    assert len({c.bundle for c in candidates(source) if "requests.granted" in c.field}) != 1


@pytest.mark.parametrize("layout", ["loose", "one_a_line", "runs"])
def test_a_spare_number_gives_every_column_a_chance(layout: str) -> None:
    row = index("granted")
    source = LAYOUTS[layout](changed(row, ["12", "3", "0", "0", "1", "2", "0", "18"]))
    assert TRUE["requests.granted.public_welfare"] in offered(
        source, "requests.granted.public_welfare"
    )
    assert 18 in offered(source, "requests.granted.total")


@pytest.mark.parametrize("unit", ["", "件"])
@pytest.mark.parametrize("layout", ["loose", "spaced"])
def test_a_split_number_has_a_reading_in_which_it_is_one(layout: str, unit: str) -> None:
    row = index("unavailable.not_held")
    numbers = [n + unit for n in ("1 288", "21", "0", "0", "50", "3", "1362")]
    source = LAYOUTS[layout](changed(row, numbers))
    assert 1288 in offered(source, "requests.unavailable.not_held.natural_person")
    assert 1362 in offered(source, "requests.unavailable.not_held.total")


@pytest.mark.parametrize("layout", ["loose", "one_a_line", "runs"])
def test_a_wrong_sum_is_not_explained_away(layout: str) -> None:
    """1 0 0 0 0 0 0 prints a wrong total; it is not 10 0 0 0 0 0 with its total lost."""
    table = changed(index("refused.state_secret"), ["1", "0", "0", "0", "0", "0", "0"])
    del table[index("unavailable.not_held")]
    fields = settle(candidates(LAYOUTS[layout](table)), FORM)
    given = fields["requests.refused.state_secret.natural_person"]
    assert given.value == 1 or given.status not in CONFIDENT


@ruled
def test_a_split_number_in_a_cell_is_doubted(layout: str) -> None:
    row = index("unavailable.not_held")
    numbers = ["1 288", "21", "0", "0", "50", "3", "1362"]
    found = candidates(LAYOUTS[layout](changed(row, numbers)))
    path = "requests.unavailable.not_held.natural_person"
    offers = [(c.value, c.bundle.doubt) for c in found if c.field == path]
    assert 1288 in [value for value, _ in offers]
    # It is a liberty, or there is another reading that does not take it.
    assert len(offers) > 1 or offers[0][1]


@layouts
def test_a_row_of_one_number_is_never_a_whole_row(layout: str) -> None:
    row = index("granted")
    source = LAYOUTS[layout](changed(row, ["18"]))
    sure = [c for c in candidates(source) if "requests.granted." in c.field and not c.bundle.doubt]
    assert len({c.field for c in sure if c.value is not None}) <= 1


def test_a_table_cut_to_the_width_of_its_head_has_no_total() -> None:
    source = pipes(lines()).replace(" | 总计 |", " |")
    cut = "".join(line.rsplit("|", 2)[0] + "|\n" if i > 1 else line + "\n"
                  for i, line in enumerate(source.splitlines()))  # fmt: skip
    found = values(cut)
    assert {p: v for p, v in found.items() if v is not None} == {
        p: v for p, v in TRUE.items() if not p.endswith(".total")
    }


def cut_at_eight(table: Sequence[Line]) -> list[str]:
    """Each row as eight cells: labels of sub-rows stand one cell deeper, and cost it a number."""
    deep = {label for key, _, label, _ in TABLE if "." in key}
    rows = [
        ["", side, label, *numbers] if label in deep else [side, label, *numbers]
        for side, label, numbers in table
    ]
    return [f"| {' | '.join(row[:8])} |" for row in rows]


def test_a_table_cut_to_a_width_tells_so_by_its_deeper_rows() -> None:
    deep = {f"requests.{key}." for key, *_ in TABLE if "." in key}
    lost = ("total", "other")
    kept = {
        path: value
        for path, value in TRUE.items()
        if not path.endswith(lost[: 1 + any(map(path.startswith, deep))])
    }
    litigation = "| 行政复议 | | | | | 行政诉讼 | | | | | | | | | |"
    rows = cut_at_eight(lines())
    rows.insert(1, f"{'|---' * 8}|")
    for source in (rows, [*rows, litigation], rows[7:] + rows[:1], rows[14:]):
        found = values("\n".join(source))
        assert {p: v for p, v in found.items() if v is not None} == {
            p: v for p, v in kept.items() if p in found
        }
        assert len(found) > len(source) * 3


def test_a_cut_table_of_few_requests_keeps_the_names_of_its_head() -> None:
    """Where all applicants are 其他, the last number of a row is as large as its lost total."""
    few = {"new_received": "1", "granted": "1", "total_handled": "1"}
    table = [
        (side, label, ["0", "0", "0", "0", "0", few.get(key, "0"), few.get(key, "0")])
        for (key, *_), (side, label, _) in zip(TABLE, lines(), strict=True)
    ]
    head = "| | | 自然人 | 商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他 |"
    found = values("\n".join([head, f"{'|---' * 8}|", *cut_at_eight(table)]))
    for row in few:
        assert [found.get(f"requests.{row}.{c}") for c in COLUMNS] == [0, 0, 0, 0, 0, 1, None]


@pytest.mark.parametrize("shape", [3, 4])
def test_a_column_that_is_blank_in_all_rows_of_a_shape_is_blank_and_not_lost(shape: int) -> None:
    """Rows at the sides of which labels stand are few: a cell may be blank in all of them."""
    table = lines()
    for i in [0, 1, 2, 24, 25][:shape]:
        table[i][2][3] = ""
    found = likeliest(candidates(pipes(table)))
    assert {p: c.value for p, c in found.items() if c.value is not None} == {
        p: v for p, v in TRUE.items() if found[p].reason is not Reason.BLANK
    }


def without_first(table: Sequence[Line], *, spare: int | None = None, after: int = 0) -> str:
    """Rows of which the first column is blank, with an empty cell too many and some behind."""
    rows = []
    for side, label, numbers in table:
        cells = ["", *numbers[1:]]
        if spare is not None:
            cells.insert(spare, "")
        rows.append((side, label, [*cells, *[""] * after]))
    return pipes(rows).split("\n", 2)[2]


@pytest.mark.parametrize("spare", range(1, 7))
def test_an_empty_column_before_the_numbers_is_no_proof_where_another_is_empty(spare: int) -> None:
    assert wrong(without_first(lines(), spare=spare)) == {}


def test_a_first_column_that_is_blank_in_all_rows_is_told_by_the_totals_or_not_at_all() -> None:
    """Cells of no column stand behind the numbers, as in sheets."""
    assert wrong(without_first(lines(), after=2)) == {}
    zero = [(s, label, [*n[:6], str(sum(map(int, n[1:6])))]) for s, label, n in lines()]
    fields = settle(candidates(without_first(zero, after=2)), FORM)
    given = {p: f.value for p, f in fields.items() if p in TRUE and f.status in CONFIDENT}
    right = {
        f"requests.{row}.{column}": int(number)
        for (row, *_), (*_, numbers) in zip(TABLE, zero, strict=True)
        for column, number in zip(COLUMNS, ["0", *numbers[1:]], strict=True)
    }
    assert {p: v for p, v in given.items() if v != right[p]} == {}


@layouts
@pytest.mark.parametrize("row", ["refused.third_party_rights", "not_processed.petition"])
def test_a_row_without_its_label_is_not_the_blank_row_before_it(layout: str, row: str) -> None:
    """The row before has its label, and all its numbers were left blank."""
    table = lines()
    at = index(row)
    table[at - 1] = (*table[at - 1][:2], [""] * 7)
    table[at] = ("", "", table[at][2])
    assert wrong(LAYOUTS[layout](table)) == {}


def test_a_first_column_that_is_blank_in_deeper_rows_pushes_no_number() -> None:
    """Labels of groups stand before them, and their rows keep to the same edge as the others."""
    table = lines()
    for i, (side, label, numbers) in enumerate(table):
        deep = "." in TABLE[i][0]
        table[i] = (side, label, ["", *numbers[1:6], ""] if deep else numbers)
    rows = [
        "| " + " | ".join((side, label, *n) if "." in key else (label, "", *n)) + " |"
        for (side, label, n), (key, *_) in zip(table, TABLE, strict=True)
    ]
    assert wrong("\n".join(rows)) == {}


@pytest.mark.parametrize("at", [0, 3])
def test_split_numbers_that_add_up_tell_which_column_is_spare_elsewhere(at: int) -> None:
    """Numbers a hundred times as large, thousands apart by a space; parts have a spare zero."""
    table = []
    for (key, *_), (side, label, ns) in zip(TABLE, lines(), strict=True):
        large = [f"{int(n) * 100:,}".replace(",", " ") for n in ns]
        table.append((side, label, [*large[:at], "0", *large[at:]] if "." in key else large))
    fields = settle(candidates(tabs(table)), FORM)
    found = [fields[f"requests.unavailable.not_held.{c}"] for c in COLUMNS[:2]]
    assert [(f.value, f.status) for f in found] == [(2100, Status.VERIFIED), (200, Status.VERIFIED)]


@pytest.mark.parametrize("layout", ["tabs", "pipes"])
def test_a_page_printed_with_other_columns_leaves_the_page_before_it_readable(layout: str) -> None:
    """Labels where the first numbers belong, and the last numbers beyond the edge of the page."""
    at = index("refused.process_information")
    torn = [("", label, numbers[:6]) for _, label, numbers in lines()[at:-1]]
    source = LAYOUTS[layout]([*lines()[:at], *torn])
    assert wrong(source) == {}
    fields = settle(candidates(source), FORM)
    above = [p for p in TRUE if p.split(".")[-2] in {k.split(".")[-1] for k, *_ in TABLE[:at]}]
    read = {p: fields[p].value for p in above if fields[p].status in CONFIDENT}
    assert read == {p: TRUE[p] for p in above}
    below = [fields[p] for p in TRUE if p not in above and p.endswith(".natural_person")]
    assert not any(field.status in (Status.READ, Status.VERIFIED) for field in below)


@pytest.mark.parametrize("lost", [0, 1])
@pytest.mark.parametrize("row", ["refused.third_party_rights", "not_processed.repeated"])
def test_rows_whose_numbers_stand_behind_one_label(row: str, lost: int) -> None:
    """A label was lost, and the row before it does not add up; perhaps a number is lost as well."""
    table = lines()
    side, label, numbers = table[index(row) - 1]
    table[index(row) - 1] = (side, label, [*numbers[:5], "10", numbers[6]])
    table[index(row)] = ("", "", table[index(row)][2] + ["0"] * lost)
    fields = settle(candidates(" ".join(loose(table).split("\n"))), FORM)
    first, second = (f"requests.{key}.other" for key, *_ in TABLE[index(row) - 1 : index(row) + 1])
    assert fields[first].open
    assert fields[second].open or fields[second].value == TRUE[second]
    assert fields[second].open or not lost


@pytest.mark.parametrize("at", range(7))
def test_the_first_cell_of_a_top_row_is_no_blank_because_deeper_rows_begin_there(at: int) -> None:
    """Broken labels lose their depth, and rows of a group look like those across the table."""
    numbers = [n for _, _, n in lines()]
    rows = []
    for (key, *_), (side, label, _), seven in zip(TABLE, lines(), numbers, strict=True):
        if "." in key:
            rows.append(f"{label}\t" + "\t".join([*seven[:at], "0", *seven[at:]]))
        else:
            rows.append("\t".join([label if not side else side + label, "", *seven]))
    assert wrong("\n".join(rows)) == {}


def test_a_zero_among_zeros_left_blank_may_be_of_a_spare_column() -> None:
    table = [(s, name, ["0", *(n for n in ns if n != "0")]) for s, name, ns in lines()]
    for layout in ("loose", "one_a_line"):
        assert wrong(LAYOUTS[layout](table)) == {}, layout


@pytest.mark.parametrize("at", range(1, 6))
def test_rows_that_all_have_an_empty_cell_too_many_tell_that_blanks_are_zeros(at: int) -> None:
    rows = ["\t\t自然人\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t总计"]
    for (key, *_), (side, label, numbers) in zip(TABLE, with_blanks(lines(), 1), strict=True):
        names = ["", side, label] if "." in key else [side or label, label if side else ""]
        rows.append("\t".join([*names, *numbers[:at], "", *numbers[at:]]))
    fields = settle(candidates("\n".join(rows)), FORM)
    assert wrong("\n".join(rows)) == {}
    assert sum(value > 0 and fields[p].status in CONFIDENT for p, value in TRUE.items()) >= 13


@pytest.mark.parametrize("every", [2, 3, 5])
def test_a_head_of_six_columns_holds_for_rows_with_blanks_too(every: int) -> None:
    """No row has seven numbers, most have six, and the head names six: blanks made the others."""
    table = lines()
    for at, (side, label, numbers) in enumerate(table):
        kept = [n for i, n in enumerate(numbers[:6]) if at % every or i != 5 or n != "0"]
        table[at] = (side, label, kept)
    source = loose(table).replace(" 总计\n", "\n", 1)
    fields = settle(candidates(source), FORM)
    assert wrong(source) == {}
    assert fields["requests.granted.natural_person"].status in CONFIDENT


HEADS = ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]


def without_merged(rows: Sequence[Sequence[str]], heads: Sequence[str]) -> str:
    """Pipes with a head behind three label cells; rows have their own label cells only."""
    width = max(10, *map(len, rows))
    every = [["", "", "", *heads], *rows]
    return "".join(f"| {' | '.join([*row, *[''] * (width - len(row))])} |\n" for row in every)


@pytest.mark.parametrize("spare", [1, 4, 6])
@pytest.mark.parametrize("blank", ["zero", "all"])
def test_a_head_that_rows_go_beside_tells_no_row_its_blanks(spare: int, blank: str) -> None:
    """The first column is left blank, an empty one is spare, merged label cells are gone."""
    rows = []
    for side, label, numbers in lines():
        first = "" if blank == "all" or numbers[0] == "0" else numbers[0]
        cells = [first, *numbers[1:spare], "", *numbers[spare:]]
        rows.append([*([side] if side else []), label, *cells])
    assert wrong(without_merged(rows, HEADS)) == {}


@pytest.mark.parametrize("gone", range(1, 6))
def test_a_column_whose_name_was_lost_is_a_column_all_the_same(gone: int) -> None:
    heads = ["" if i == gone else head for i, head in enumerate(HEADS)]
    rows = []
    for side, label, numbers in lines():
        cells = ["" if numbers[0] == "0" else numbers[0], *numbers[1:]]
        rows.append([*([side] if side else []), label, *cells])
    assert wrong(without_merged(rows, heads)) == {}


@pytest.mark.parametrize("row", ["refused.enforcement_file", "not_processed.petition"])
def test_one_row_of_seven_among_rows_of_eight_lost_a_cell(row: str) -> None:
    """It does not show what the columns are."""
    table = [
        (s, name, [n[0], "", str(int(n[0]) + int(n[1])), "0", "" if "." in key else "0", "0", "0",
                   str(int(n[0]) * 2 + int(n[1]))])
        for (s, name, n), (key, *_) in zip(lines(), TABLE, strict=True)
    ]  # fmt: skip
    side, label, cells = table[index(row)]
    table[index(row)] = (side, label, [*cells[:6], cells[7]])
    found = settle(candidates(pipes(table).split("\n", 2)[2]), FORM)
    sure = {p for p in TRUE if found[p].status in CONFIDENT and found[p].value}
    assert {p for p in sure if p.split(".")[-1] == "research"} == set()


@pytest.mark.parametrize("layout", ["loose", "one_a_line", "runs"])
@pytest.mark.parametrize("gone", range(7))
def test_without_borders_a_lost_column_is_not_guessed(layout: str, gone: int) -> None:
    table = [(s, label, [n for i, n in enumerate(ns) if i != gone]) for s, label, ns in lines()]
    assert wrong(LAYOUTS[layout](table)) == {}


@pytest.mark.parametrize("layout", ["loose", "one_a_line", "runs"])
def test_a_stray_number_does_not_tell_which_column_is_lost(layout: str) -> None:
    table = [(s, label, numbers[1:]) for s, label, numbers in lines()]
    table[index("refused.process_information")][2].insert(2, "3")
    assert wrong(LAYOUTS[layout](table)) == {}


def without_column(gone: int) -> list[Line]:
    return [(s, label, [n for i, n in enumerate(ns) if i != gone]) for s, label, ns in lines()]


@pytest.mark.parametrize("every", [3, 7])
def test_a_column_that_was_lost_in_one_cell_is_told_by_the_head(every: int) -> None:
    source = in_one_cell(with_blanks(without_column(3), every)).replace("社会公益组织 | ", "", 1)
    fields = settle(candidates(source), FORM)
    assert wrong(source) == {}
    assert [fields[f"requests.granted.{c}"].value for c in COLUMNS] == [12, 3, 0, 1, 2, 0, 18]
    assert fields["requests.granted.other"].status in CONFIDENT


def test_blanks_before_all_rows_of_a_depth_and_behind_them_move_no_number() -> None:
    table = lines()
    for row in ("granted", "partially_granted", "total_handled"):
        side, label, numbers = table[index(row)]
        table[index(row)] = (side, label, ["", *numbers[1:-1], ""])
    assert wrong(in_one_cell(with_blanks(table, 4))) == {}


def test_a_pipe_for_a_digit_is_no_border_in_aligned_text() -> None:
    found = values(spaced(changed(index("granted"), ["12", "3", "0", "|", "2", "0", "|8"])))
    assert [found.get(f"requests.granted.{c}") for c in COLUMNS[-2:]] == [0, None]


@pytest.mark.parametrize("at", [1, 4, 6])
def test_a_lone_number_is_not_the_spare_one_of_a_row_of_zeros(at: int) -> None:
    table = changed(index("refused.state_secret"), ["0", "0", "0", "0", "9", "0", "0"])
    for i, ((key, *_), (side, label, numbers)) in enumerate(zip(TABLE, table, strict=True)):
        spare = [*numbers[:at], "0", *numbers[at:]]
        table[i] = (side, label, spare if "." in key else numbers)
    fields = settle(candidates(tabs(table)), FORM)
    assert fields["requests.refused.state_secret.legal_service"].status not in CONFIDENT


@pytest.mark.parametrize("layout", ["loose", "one_a_line"])
def test_zeros_left_of_a_row_tell_nothing_where_the_totals_lack_something(layout: str) -> None:
    table = with_blanks(changed(index("refused.internal_affairs"), ["0", "0", "0", "0"]), 5)
    table = [(side, label, [n for n in ns if n]) for side, label, ns in table]
    del table[index("unavailable.not_held")]
    assert wrong(LAYOUTS[layout](table)) == {}


def test_a_zero_may_be_another_columns_where_no_total_closes_its_row() -> None:
    table = without_column(6)
    side, label, _ = table[index("refused.enforcement_file")]
    table[index("refused.enforcement_file")] = (side, label, ["0", "6", "1", "0", "0", "0"])
    again = ("", "（一）予以公开", ["13", "3", "0", "1", "2", "0"])
    table.insert(index("granted") + 1, again)
    assert wrong(loose(table).replace(" 总计\n", "\n", 1)) == {}


@pytest.mark.parametrize("gone", ["refused.process_information", "not_processed.repeated"])
def test_a_lost_label_leaves_the_labels_before_other_numbers_theirs(gone: str) -> None:
    table = lines()
    side, _, numbers = table[index(gone)]
    table[index(gone)] = (side, "", numbers)
    # Some labels stand on the line of their numbers, most on the line before.
    source = loose(
        [(s, label + "\n" * (i not in (4, 9, 16)), n) for i, (s, label, n) in enumerate(table)]
    )
    assert wrong(source) == {}
    assert values(source) == TRUE


def test_a_head_that_prints_its_merged_cells_again_names_its_columns() -> None:
    rows = pipes(without_column(2)).split("\n")
    above = "| | | 自然人 | 法人 | 法人 | 法人 | 法人 | 总计 |"
    head = rows[0].replace(" 科研机构 |", "")
    fields = settle(candidates("\n".join([above, head, *rows[1:]])), FORM)
    assert fields["requests.granted.public_welfare"].value == 1
    assert fields["requests.granted.public_welfare"].status in CONFIDENT


def test_a_number_that_is_the_sum_of_one_is_a_total_only_at_the_end_of_its_row() -> None:
    cells = [Slot(Cell(n, 0, 1, i), int(n)) for i, n in enumerate("1100")]
    assert (closes(Run(cells, 0, 0)), closes(Run(cells[:2], 0, 0))) == (False, True)


def test_a_table_that_was_cut_before_its_first_number_has_no_rows() -> None:
    assert tie(Items(), [], Grid("runs", (), ruled=True), FORM) == ({}, {})


def test_a_spare_number_beside_a_blank_moves_none_silently() -> None:
    """Seven numbers, of which the first is not the row's own, where other rows lack their zeros."""
    table = [(s, label, [n for n in ns if n]) for s, label, ns in with_blanks(lines(), 3)]
    for row in ("unavailable.not_held", "not_processed.petition", "refused.internal_affairs"):
        side, label, numbers = lines()[index(row)]
        table[index(row)] = (side, label, ["0", *numbers[:2], *numbers[3:]])
    assert wrong(one_a_line(table)) == {}


@pytest.mark.parametrize("head", ["自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他",
                                  "自然人 商业企业 科研机构 社会 法律 其 总计"])  # fmt: skip
@pytest.mark.parametrize("at", [2, 6])
@pytest.mark.parametrize("gone", range(6))
def test_a_spare_zero_of_some_rows_is_not_the_column_that_all_have_lost(
    gone: int, at: int, head: str
) -> None:
    table = without_column(gone)
    for i, ((key, *_), (side, label, numbers)) in enumerate(zip(TABLE, table, strict=True)):
        spare = [*numbers[:at], "0", *numbers[at:]]
        table[i] = (side, label, spare if "." in key else numbers)
    source = tabs(table).partition("\n")[2]
    assert wrong("\t".join(["", "", *head.split()]) + "\n" + source) == {}


def with_one_more(table: Sequence[Line], at: int, text: str = "0") -> list[Line]:
    return [(side, label, [*ns[:at], text, *ns[at:]]) for side, label, ns in table]


@pytest.mark.parametrize("text", ["0", ""])
@pytest.mark.parametrize("layout", ["stacked", "tabs", "pipes", "loose"])
@pytest.mark.parametrize("at", [0, 2, 3, 5])
def test_seven_numbers_under_a_head_of_six_are_no_proof(layout: str, at: int, text: str) -> None:
    """科研机构, who asked for nothing, is not there, and another column is spare."""
    without = [
        (side, label, [*ns[:2], *ns[3:6], str(int(ns[6]) - int(ns[2]))])
        for side, label, ns in lines()
    ]
    source = LAYOUTS[layout](with_one_more(without, at, text))
    begins, ends = {"stacked": ("\t", "\n机构\n"), "tabs": ("", "\t"), "pipes": ("", " | ")}.get(
        layout, ("", " ")
    )
    name = "科研" if layout == "stacked" else "科研机构"
    found = wrong(source.replace(f"{begins}{name}{ends}", "", 1))
    assert [p for p in found if not p.endswith((".total", ".research"))] == []


@pytest.mark.parametrize("layout", ["stacked", "tabs"])
@pytest.mark.parametrize("at", [0, 3])
def test_a_row_of_seven_has_lost_one_where_all_others_have_eight(layout: str, at: int) -> None:
    table = with_one_more(lines(), at)
    row = index("unavailable.not_held")
    table[row] = (*table[row][:2], ["0", "21", "2", "0", "0", "0", "23"])
    assert wrong(LAYOUTS[layout](table)) == {}


def test_a_blank_behind_the_head_is_a_blank_where_such_rows_have_numbers_there() -> None:
    table = with_one_more(lines(), 0)
    for row in ("granted", "unavailable.not_held"):
        side, label, numbers = table[index(row)]
        table[index(row)] = (side, label, [*numbers[:-1], ""])
    assert wrong(tabs(table)) == {}


def test_a_cut_table_without_a_head_may_have_lost_another_column() -> None:
    rows = []
    for (key, *_), (side, label, numbers) in zip(TABLE, lines(), strict=True):
        across = key in ("new_received", "carried_in", "carried_out")
        names = [side or label, label if side else "", ""] if across else [side, label]
        deep = ["", side, label] if "." in key else names
        cells = [*(names[:2] if across else deep), *numbers[1:]]
        rows.append(f"| {' | '.join(cells[:8])} |")
    assert wrong("\n".join(rows)) == {}


def test_a_row_that_fails_to_add_up_tells_nothing_of_a_spare_column() -> None:
    table = with_one_more(without_column(4), 4)
    for i, (key, *_) in enumerate(TABLE):
        side, label, numbers = table[i]
        table[i] = (side, label, numbers if "." in key else [*numbers[:4], *numbers[5:]])
    shifted = table[index("partially_granted")][2]
    side, label, _ = table[index("partially_granted")]
    table[index("partially_granted")] = (side, label, ["", *shifted[:-1]])
    assert wrong(tabs(table).replace("\t法律服务机构", "", 1)) == {}


def test_a_name_of_the_head_that_is_not_read_stands_where_its_neighbours_leave_one_place() -> None:
    source = tabs(with_blanks(lines(), 3)).replace("科研机构", "某某部门", 1)
    fields = settle(candidates(source), FORM)
    research = fields["requests.partially_granted.research"]
    assert (research.value, research.status) == (1, Status.VERIFIED)
    assert wrong(source) == {}


def in_narrow_cells(names: Sequence[str]) -> str:
    """Names of columns one character a line, but for the last two."""
    return "".join(
        f"{name}\n" if name in ("其他", "总计") else "".join(f"{sign}\n" for sign in name)
        for name in names
    )


def headless(table: Sequence[Line]) -> str:
    return one_a_line(table).removeprefix(one_a_line([]))


@pytest.mark.parametrize("at", [0, 3, 4])
def test_a_narrow_head_of_six_over_seven_numbers_is_not_believed(at: int) -> None:
    without = [
        (side, label, [*ns[:2], *ns[3:6], str(int(ns[6]) - int(ns[2]))])
        for side, label, ns in lines()
    ]
    found = wrong(in_narrow_cells(HEADS[:2] + HEADS[3:]) + headless(with_one_more(without, at)))
    assert [p for p in found if not p.endswith((".total", ".research"))] == []


@pytest.mark.parametrize("gone", [0, 2, 3, 5])
def test_a_narrow_head_of_six_over_six_numbers_tells_which_column_is_lost(gone: int) -> None:
    names = [name for i, name in enumerate(HEADS) if i != gone]
    source = in_narrow_cells(names) + headless(without_column(gone))
    fields = settle(candidates(source), FORM)
    assert wrong(source) == {}
    granted = [fields[f"requests.granted.{c}"] for c in COLUMNS]
    assert [f.value for f in granted] == [12, 3, 0, 1, 2, 0, 18]
    assert {f.status for f in granted} <= CONFIDENT


def idle_column(gone: int) -> tuple[list[Line], dict[str, int]]:
    """The table in which one column counts nothing, and what is true of it."""
    table, true = [], {}
    for (key, *_), (side, label, numbers) in zip(TABLE, lines(), strict=True):
        six = [0 if i == gone else int(n) for i, n in enumerate(numbers[:6])]
        table.append((side, label, [str(n) for n in (*six, sum(six))]))
        true |= {f"requests.{key}.{c}": n for c, n in zip(COLUMNS, (*six, sum(six)), strict=True)}
    return table, true


def few(counted: Mapping[str, Sequence[int]]) -> list[Line]:
    """A table of zeros but for some rows."""
    found = []
    for (key, *_), (side, label, _) in zip(TABLE, lines(), strict=True):
        six = counted.get(key, [0] * 6)
        found.append((side, label, [str(n) for n in (*six, sum(six))]))
    return found


def silent(source: str, true: Mapping[str, int]) -> dict[str, object]:
    """Confident values that are not those of `true`."""
    fields = settle(candidates(source), FORM)
    return {
        path: (value, fields[path].value)
        for path, value in true.items()
        if fields[path].status in CONFIDENT and fields[path].value != value
    }


def without_rows(table: Sequence[Line], *gone: str) -> list[Line]:
    return [line for line, (key, *_) in zip(table, TABLE, strict=True) if key not in gone]


def above_their_numbers(table: Sequence[Line], beside: Sequence[int]) -> str:
    """Labels on the line before their numbers, but for some rows."""
    return loose(
        [
            (side, label + "\n" * (label != "" and i not in beside), numbers)
            for i, (side, label, numbers) in enumerate(table)
        ]
    )


def test_numbers_before_a_label_with_a_lone_number_behind_it_are_not_its_own() -> None:
    """A row lost its label, and the next one all its numbers but the first."""
    at = index("refused.enforcement_file")
    table = changed(at + 1, ["0"], "8.属于行政查询事项\n")
    table[at] = ("", "", table[at][2])
    assert wrong(loose(table)) == {}


@pytest.mark.parametrize("row", ["granted", "refused.enforcement_file"])
def test_numbers_before_a_label_are_not_its_own_where_others_stand_behind_theirs(row: str) -> None:
    """A row lost its label, and the next one its numbers."""
    table = changed(index(row) + 1, [])
    table[index(row)] = ("", "", table[index(row)][2])
    assert wrong(above_their_numbers(table, [4])) == {}


@pytest.mark.parametrize("layout", ["tabs", "spaced", "loose", "one_a_line"])
def test_a_note_in_a_label_that_names_the_last_row_is_not_that_row(layout: str) -> None:
    label = "1.信访举报投诉类申请（注：申请人撤回的计入3.\n其他）"
    table = without_rows(changed(index("not_processed.petition"), label=label), "other.other")
    source = LAYOUTS[layout](table)
    assert wrong(source) == {}
    assert values(source).get("requests.other.other.natural_person") is None


def test_numbers_below_a_label_behind_rows_without_labels_are_nobodys() -> None:
    """The label stands below its own numbers, and those of a row without label below it."""
    table = lines()
    first, last = index("refused.safety_stability"), index("refused.process_information")
    numbers = [" ".join(ns) + "\n" for _, _, ns in table]
    source = above_their_numbers(table[:first], [2, 3]) + "".join(numbers[first:last])
    source += table[last - 1][1] + "\n" + numbers[last]
    assert wrong(source + above_their_numbers(table[last + 1 :], []).partition("\n")[2]) == {}


ALIKE = dict.fromkeys(("new_received", "granted", "total_handled"), (1, 0, 0, 0, 0, 1))
CUT_HEAD = "| | | 自然人 | 商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他 |"


@layouts
def test_equal_rows_tell_no_totals_that_the_head_does_not_name(layout: str) -> None:
    """1 0 0 0 0 1 may be two requests whose total was lost."""
    table = [(side, label, numbers[:6]) for side, label, numbers in few(ALIKE)]
    fields = settle(candidates(LAYOUTS[layout](table).replace("总计", "", 1)), FORM)
    for row in ALIKE:
        assert fields[f"requests.{row}.total"].status not in CONFIDENT


def test_a_cut_table_of_equal_rows_keeps_the_names_of_its_head() -> None:
    source = "\n".join([CUT_HEAD, f"{'|---' * 8}|", *cut_at_eight(few(ALIKE))])
    found = values(source)
    for row in ALIKE:
        assert [found.get(f"requests.{row}.{c}") for c in COLUMNS] == [1, 0, 0, 0, 0, 1, None]


def test_different_rows_that_end_in_their_sums_tell_totals_that_the_head_does_not_name() -> None:
    """A cut table of which a column was lost: under its last name stand totals."""
    counted = {
        "new_received": (4, 1, 0, 0, 0, 0),
        "granted": (2, 1, 0, 0, 0, 0),
        "total_handled": (2, 1, 0, 0, 0, 0),
        "carried_out": (2, 0, 0, 0, 0, 0),
    }
    rows = cut_at_eight([(s, label, [*ns[:2], *ns[3:]]) for s, label, ns in few(counted)])
    fields = settle(candidates("\n".join([CUT_HEAD, f"{'|---' * 8}|", *rows])), FORM)
    for row, (a, b, *_) in counted.items():
        other = fields[f"requests.{row}.other"]
        assert other.value != a + b or other.status not in CONFIDENT


@pytest.mark.parametrize(("every", "at"), [(4, 0), (5, 6), (6, 1)])
def test_seven_numbers_are_no_proof_where_any_row_has_eight_and_several_are_short(
    every: int, at: int
) -> None:
    """From the sixth row on a zero is spare, and zeros were left blank without a trace."""
    table = with_blanks(lines(), every)
    table = [*table[:5], *with_one_more(table[5:], at)]
    assert wrong(loose([(s, label, [n for n in ns if n]) for s, label, ns in table])) == {}


@pytest.mark.parametrize("at", [0, 1])
def test_two_empty_columns_beside_two_of_zeros_leave_open_which_are_spare(at: int) -> None:
    table, true = idle_column(2)
    rows = [tabs([]).strip("\n")]
    for (key, *_), (side, label, ns) in zip(TABLE, with_blanks(table, 1), strict=True):
        names = [side, label] if "." in key else [side or label, label if side else ""]
        spare = ["0"] * (2 if "." in key else 1)
        rows.append("\t".join([*names, *ns[:at], *spare, *ns[at:]]))
    assert silent("\n".join(rows), true) == {}


@pytest.mark.parametrize("blank", [2, 3])
@pytest.mark.parametrize("row", ["not_processed.petition", "other.overdue_correction"])
def test_an_empty_first_cell_of_eight_may_be_a_number_where_others_print_one(
    row: str, blank: int
) -> None:
    """The first number is blank, another too, and one is spare."""
    cells = ["", "0", "0", "0", "0", "0", "0", lines()[index(row)][2][6]]
    cells[blank] = ""
    table = without_rows(changed(index(row), cells), "new_received", "total_handled")
    assert wrong(tabs(table)) == {}


def test_a_row_without_its_first_number_among_full_rows_may_have_been_shifted() -> None:
    row = "not_processed.petition"
    table = changed(index(row), ["", "0", "0", "0", "0", "0", "1"])
    source = spaced(without_rows(table, "total_handled", "carried_out"))
    true = dict(zip([f"requests.{row}.{c}" for c in COLUMNS], (0, 0, 0, 0, 0, 1, 1), strict=True))
    assert silent(source, true) == {}


@pytest.mark.parametrize("blanks", [0, 1, 3])
@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_whole_row_without_a_label_contradicts_what_would_follow_for_a_missing_one(
    blanks: int, lost: int
) -> None:
    """Whatever empty cells stand before it; the next row lost a number."""
    table = [(s, label, [str(i), *ns]) for i, (s, label, ns) in enumerate(lines(), 1)]
    table[0] = ("", "", [*[""] * blanks, *table[0][2][1:]])
    del table[1][2][lost]
    assert wrong(pipes(table)) == {}


@pytest.mark.parametrize("setter", [tabs, pipes], ids=("tabs", "pipes"))
def test_numbers_between_the_labels_of_a_row_with_borders_are_no_row_s(
    setter: Callable[..., str],
) -> None:
    """A spare column of zeros before the labels of groups, in a table without numbers."""
    table = [(s, f"0\t{label}", [""] * 7) for s, label, _ in lines()]
    source = setter(table).replace("0\t", "0 | " if setter is pipes else "0\t")
    assert {c.value for c in candidates(source)} == {None}


def test_a_row_without_its_label_in_a_cut_table_gives_no_total() -> None:
    at = index("refused.state_secret")
    rows = cut_at_eight(lines())
    rows[at] = rows[at].replace(TABLE[at][2], "")
    source = "\n".join([rows[0], f"{'|---' * 8}|", *rows[1:]])
    assert offered(source, "requests.refused.state_secret.total") <= {None}


@pytest.mark.parametrize("blank", [2, 3])
def test_a_number_among_the_labels_is_no_column_of_aligned_text(blank: int) -> None:
    """A column is blank in all rows, and one number stands beside a label."""
    table, true = idle_column(blank)
    table = [(s, n, [*ns[:blank], "", *ns[blank + 1 :]]) for s, n, ns in with_blanks(table, 1)]
    label = "1.信访举报投诉类申请"
    source = spaced(table).replace(f"{label}　　", f"{label} 3 ", 1)
    assert f"{label} 3 " in source
    assert silent(source, true) == {}


def test_a_few_numbers_at_seven_places_of_aligned_text_are_no_columns() -> None:
    """A zero of each column but the last, and one of a spare column before them."""
    table = [
        (side, label, ["0" if at == i - 2 < 7 else "" for at in range(8)])
        for i, (side, label, _) in enumerate(lines())
    ]
    fields = settle(candidates(spaced(table)), FORM)
    assert [p for p in TRUE if fields[p].status in CONFIDENT] == []


@pytest.mark.parametrize("idle", [2, 3])
@pytest.mark.parametrize("at", [4, 5])
def test_one_shifted_row_makes_no_column_of_zeros_the_spare_one(idle: int, at: int) -> None:
    """An empty column is the spare one, and all other rows add up without it."""
    table, true = idle_column(idle)
    table = with_one_more(table, at, "")
    side, label, cells = table[index("not_processed.petition")]
    table[index("not_processed.petition")] = (side, label, ["", *cells[:-1]])
    assert silent(tabs(table), true) == {}


@pytest.mark.parametrize(("text", "sure"), [("9", False), ("2", True)])
@pytest.mark.parametrize("layout", ["tabs", "loose"])
def test_a_lone_number_in_a_spare_column_of_zeros_leaves_its_row_open(
    layout: str, text: str, sure: bool
) -> None:
    """But not if it is a copy of the number beside it."""
    table = with_one_more(lines(), 2)
    table[index("unavailable.not_held")][2][2] = text
    fields = settle(candidates(LAYOUTS[layout](table)), FORM)
    row = [fields[f"requests.unavailable.not_held.{c}"] for c in COLUMNS]
    assert {f.status in CONFIDENT for f in row} == {sure}
    assert fields["requests.refused.enforcement_file.total"].status is Status.VERIFIED


def test_rows_that_lack_a_number_each_do_not_all_lack_the_same_column() -> None:
    parts = {
        "refused.internal_affairs": (0, 0, 0, 1, 0, 0),
        "unavailable.must_be_created": (0, 0, 0, 2, 0, 0),
        "not_processed.petition": (0, 0, 1, 0, 0, 0),
        "other.unpaid_fee": (0, 0, 0, 0, 1, 0),
    }
    whole = tuple(map(sum, zip(*parts.values(), strict=True)))
    counted = {**parts, "new_received": whole, "total_handled": whole}
    lacking = {
        "unavailable.must_be_created": 2,
        "refused.internal_affairs": 3,
        "not_processed.petition": 4,
        "not_processed.mass_repeated": 6,
    }
    table = few(counted)
    true = {
        f"requests.{key}.{c}": int(n)
        for (key, *_), (*_, ns) in zip(TABLE, table, strict=True)
        for c, n in zip(COLUMNS, ns, strict=True)
    }
    for key, at in lacking.items():
        del table[index(key)][2][at]
    assert silent(loose(table), true) == {}


@pytest.mark.parametrize("layout", ["stacked", "tabs", "pipes"])
def test_a_split_number_that_contradicts_its_row_is_not_replaced(layout: str) -> None:
    numbers = ["5 491", "2", "0", "0", "0", "0", "493"]
    fields = settle(
        candidates(LAYOUTS[layout](changed(index("unavailable.not_held"), numbers))), FORM
    )
    field = fields["requests.unavailable.not_held.natural_person"]
    assert (field.value, field.status) == (None, Status.DISPUTED)
    assert 5491 in [a.value for a in field.alternatives or ()]


def test_a_lone_zero_of_an_unknown_column_is_no_zero_where_cells_are_left_empty() -> None:
    """A column of zeros stands before the labels of a group, and all else is empty."""
    rows = [
        [side, "0", label, *[""] * 6]
        if "." in key
        else [side or label, label if side else "", *[""] * 6]
        for key, side, label, _ in TABLE
    ]
    head = tabs([]).replace("\t总计", "")
    fields = settle(candidates(head + as_tabs(rows)), FORM)
    assert [p for p in TRUE if fields[p].status in CONFIDENT] == []


# ---------------------------------------------------------------- other tables of section 三


@layouts
def test_other_handling_as_one_row(layout: str) -> None:
    first, last = index("other.overdue_correction"), index("other.other")
    table = lines()
    merged = ("", "（六）其他处理", ["8", "1", "0", "0", "0", "0", "9"])
    found = values(LAYOUTS[layout]([*table[:first], merged, *table[last + 1 :]]))
    row = [found.get(f"requests.other.subtotal.{c}") for c in COLUMNS]
    assert row == [8, 1, 0, 0, 0, 0, 9]
    assert not any(
        p.startswith("requests.other.other.") and v is not None for p, v in found.items()
    )
    rest = {p: v for p, v in TRUE.items() if not p.startswith("requests.other.")}
    assert {p: found.get(p) for p in rest} == rest


@pytest.mark.parametrize(
    "sentence", ["", "本年度没有收到申请。", "今年收到申请3件，答复3件。\n详见网站。"]
)
def test_no_table_is_absent_and_not_zero(sentence: str) -> None:
    found = candidates(sentence)
    assert {c.field for c in found} == set(FORM.request_cells)
    assert all(c.value is None and c.reason is Reason.ABSENT for c in found)


@pytest.mark.parametrize("column", range(6))
@pytest.mark.parametrize("layout", ["tabs", "pipes"])
def test_numbers_that_moved_up_under_other_names_of_a_head_are_none_of_theirs(
    layout: str, column: int
) -> None:
    table = [(s, name, [*n[:column], *n[column + 1 :], ""]) for s, name, n in lines()]
    assert wrong(LAYOUTS[layout](table)) == {}


@pytest.mark.parametrize("column", range(6))
@layouts
def test_totals_under_the_last_name_of_a_head_without_their_word_are_totals(
    layout: str, column: int
) -> None:
    """The numbers of a column and the word 总计 were lost: six names, and under the last a sum."""
    table = [(s, name, [*n[:column], *n[column + 1 :]]) for s, name, n in lines()]
    head, word, rest = LAYOUTS[layout](table).partition("总计")
    assert word
    assert wrong(head + rest) == {}


def test_a_blank_table_is_blank() -> None:
    table = [(s, label, [""] * 7) for s, label, _ in lines()]
    for layout in RULED:
        found = likeliest(candidates(LAYOUTS[layout](table)))
        assert all(c.value is None for c in found.values())
        assert {c.reason for c in found.values()} <= {Reason.BLANK, Reason.ABSENT}


# ---------------------------------------------------------------- section 二

DISCLOSURE_HEADS = ("本年制发件数", "本年废止件数", "现行有效件数")


def disclosure(
    heads: Sequence[str] = DISCLOSURE_HEADS,
    rules: Sequence[str] = ("1", "0", "13"),
    documents: Sequence[str] = ("6", "2", "49"),
    singles: Mapping[str, str] | None = None,
) -> list[list[str]]:
    singles = {"行政许可": "1113", "行政处罚": "76", "行政强制": "2"} | dict(singles or {})
    return [
        ["第二十条第（一）项", "", "", ""],
        ["信息内容", *heads],
        ["规章", *rules],
        ["行政规范性文件", *documents],
        ["第二十条第（五）项", "", "", ""],
        ["信息内容", "本年处理决定数量", "", ""],
        ["行政许可", singles["行政许可"], "", ""],
        ["第二十条第（六）项", "", "", ""],
        ["信息内容", "本年处理决定数量", "", ""],
        ["行政处罚", singles["行政处罚"], "", ""],
        ["行政强制", singles["行政强制"], "", ""],
        ["第二十条第（八）项", "", "", ""],
        ["信息内容", "本年收费金额（单位：万元）", "", ""],
        ["行政事业性收费", singles.get("行政事业性收费", "103.3879"), "", ""],
    ]


def as_tabs(rows: Sequence[Sequence[str]]) -> str:
    return "".join("\t".join(row) + "\n" for row in rows)


def as_pipes(rows: Sequence[Sequence[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def as_stacked(rows: Sequence[Sequence[str]]) -> str:
    kept = [row if len(row) > 4 or row[2] else [cell for cell in row if cell] for row in rows]
    return "".join("".join(f"\t{cell}\n" for cell in row) + "\n" for row in kept)


def as_words(rows: Sequence[Sequence[str]]) -> str:
    return "".join("  ".join(cell for cell in row if cell) + "\n" for row in rows)


def as_lines(rows: Sequence[Sequence[str]]) -> str:
    return "".join("".join(f"{cell}\n" for cell in row if cell) for row in rows)


SECOND = {f.__name__: f for f in (as_tabs, as_pipes, as_stacked, as_words, as_lines)}
seconds = pytest.mark.parametrize("setter", SECOND.values(), ids=list(SECOND))
DISCLOSED = {
    "regulations.issued": 1,
    "regulations.repealed": 0,
    "regulations.in_force": 13,
    "normative_documents.issued": 6,
    "normative_documents.repealed": 2,
    "normative_documents.in_force": 49,
    "licensing.decisions": 1113,
    "punishment.decisions": 76,
    "coercion.decisions": 2,
    "fees.amount_10k_yuan": Decimal("103.3879"),
}
Setter = Callable[[Sequence[Sequence[str]]], str]


def disclosed(source: str) -> dict[str, object]:
    return {p.removeprefix("disclosure."): v for p, v in values(source, "disclosure").items()}


@seconds
def test_section_two_is_read_as_it_stands(setter: Setter) -> None:
    assert disclosed(setter(disclosure())) == DISCLOSED


@pytest.mark.parametrize(
    "setter",
    [
        as_tabs,
        as_pipes,
        as_stacked,
        as_words,
        as_lines,
    ],
)
def test_columns_in_another_order_follow_their_heads(setter: Setter) -> None:
    heads = ("现行有效件数", "本年制发件数", "本年废止件数")
    rows = disclosure(heads, ("13", "1", "0"), ("49", "6", "2"))
    found = disclosed(setter(rows))
    assert {p: v for p, v in found.items() if v is not None and v != DISCLOSED[p]} == {}


@seconds
def test_a_row_lost_in_section_two_takes_no_other_rows_numbers(setter: Setter) -> None:
    rows = [row for row in disclosure() if row[0] != "行政处罚"]
    found = disclosed(setter(rows))
    assert found.get("punishment.decisions") is None
    assert {p: v for p, v in found.items() if v is not None and v != DISCLOSED[p]} == {}


@seconds
def test_numbers_lost_behind_a_label_are_not_taken_from_the_next_row(setter: Setter) -> None:
    found = disclosed(setter(disclosure(singles={"行政许可": ""})))
    assert found.get("licensing.decisions") is None
    assert found["punishment.decisions"] == 76


@seconds
@pytest.mark.parametrize(
    ("printed", "amount"),
    [
        ("0", Decimal(0)),
        ("103.3879", Decimal("103.3879")),
        ("103.3879万元", Decimal("103.3879")),
        ("251000元", Decimal("25.1")),
        ("5,923.24", Decimal("5923.24")),
    ],
)
def test_money_is_decimal_in_ten_thousand_yuan(
    setter: Setter, printed: str, amount: Decimal
) -> None:
    value = disclosed(setter(disclosure(singles={"行政事业性收费": printed})))[
        "fees.amount_10k_yuan"
    ]
    assert value == amount
    assert isinstance(value, Decimal)


@seconds
@pytest.mark.parametrize("mark", ["/", "—", "无", "-"])
def test_marks_for_nothing_are_not_zero(setter: Setter, mark: str) -> None:
    rows = disclosure(rules=(mark, mark, mark), singles={"行政强制": mark})
    found = likeliest(candidates(setter(rows), "disclosure"))
    for path in ("regulations.issued", "regulations.in_force", "coercion.decisions"):
        assert found[f"disclosure.{path}"].value is None
        assert found[f"disclosure.{path}"].reason is Reason.NOT_APPLICABLE


@pytest.mark.parametrize("setter", [as_tabs, as_pipes], ids=["tabs", "pipes"])
def test_blanks_in_section_two_are_blank(setter: Setter) -> None:
    rows = disclosure(rules=("", "", ""), documents=("", "2", ""), singles={"行政强制": ""})
    found = likeliest(candidates(setter(rows), "disclosure"))
    for path in ("regulations.issued", "normative_documents.issued", "coercion.decisions"):
        assert found[f"disclosure.{path}"].reason is Reason.BLANK
    assert found["disclosure.normative_documents.repealed"].value == 2


def sure(source: str, key: str = "disclosure") -> dict[str, object]:
    """The confident values of a settled table."""
    fields = settle(candidates(source, key), FORM)
    return {
        path.removeprefix(f"{key}."): fields[path].value
        for path in getattr(FORM, f"{key}_cells")
        if fields[path].status in CONFIDENT
    }


def one_line(rows: Sequence[Sequence[str]]) -> str:
    """Rows between pipes without their line ends: two pipes part one row from the next."""
    return as_pipes(rows).replace("\n", " ")


@pytest.mark.parametrize("joint", ["\n", " "])
@pytest.mark.parametrize("printed", ["1 2 18 0 11 585", "0 0 30 27 0 26"])
def test_numbers_behind_a_lost_label_are_not_joined_to_those_before_it(
    printed: str, joint: str
) -> None:
    rows = [row for row in disclosure(rules=printed.split()) if row[0] != "行政规范性文件"]
    found = sure(as_lines(rows).replace("\n", joint))
    assert not [p for p in found if p.startswith("regulations")]
    assert found["coercion.decisions"] == 2


@pytest.mark.parametrize("setter", [as_tabs, as_lines])
@pytest.mark.parametrize("broken", ["14\n.58", "14.\n58", "14\n,058"])
def test_a_number_that_a_line_end_broke_at_its_point_is_no_number(
    setter: Setter, broken: str
) -> None:
    found = sure(setter(disclosure(singles={"行政事业性收费": broken})))
    assert "fees.amount_10k_yuan" not in found
    assert found["coercion.decisions"] == 2


@pytest.mark.parametrize("broken", ["1\n3", "13\n9"])
def test_digits_that_begin_a_line_may_belong_to_the_number_before_it(broken: str) -> None:
    found = sure(as_tabs(disclosure(rules=("1", "0", broken))))
    assert "regulations.in_force" not in found
    assert found["normative_documents.in_force"] == 49


def sure_beside_blanks(
    source: str, key: str = "disclosure", joint: str = " | "
) -> dict[str, object]:
    """The same for a part of a line whose other rows tell that blanks leave their pipes."""
    before = f"| {in_one_cell(with_blanks(lines(), 1))} | | ".replace(" | ", joint)
    text = normalise(Document(before + source))
    section = Section(key, (0, 0), len(before), len(text.clean))
    grid = read_grid(text, section)
    assert (grid.layout, grid.ruled) == ("runs", True)
    fields = settle(align(text, [(key, grid)], FORM), FORM)
    return {
        path.removeprefix(f"{key}."): fields[path].value
        for path in getattr(FORM, f"{key}_cells")
        if fields[path].status in CONFIDENT
    }


def test_in_one_line_the_border_of_a_row_is_no_blank_cell() -> None:
    assert sure_beside_blanks(one_line(disclosure())) == DISCLOSED
    for gone in range(1, 4):
        rows = [[c for i, c in enumerate(r) if r[0] != "规章" or i != gone] for r in disclosure()]
        found = sure_beside_blanks(one_line(rows))
        assert not [p for p in found if p.startswith("regulations")], gone
        assert found["normative_documents.in_force"] == 49


@pytest.mark.parametrize("rules", [("", "1", "5", "8"), ("", "", "8", "5")])
def test_in_one_line_a_cell_too_many_tells_no_columns(rules: Sequence[str]) -> None:
    found = sure_beside_blanks(one_line(disclosure(rules=rules)))
    assert not [p for p, v in found.items() if p.startswith("regulations") and v]


def test_in_one_line_a_blank_among_numbers_is_one() -> None:
    found = sure_beside_blanks(one_line(disclosure(documents=("6", "", "49"))))
    assert "normative_documents.repealed" not in found
    assert found["normative_documents.issued"] == 6
    assert found["normative_documents.in_force"] == 49


@pytest.mark.parametrize("extra", range(1, 5))
def test_a_row_wider_than_its_head_tells_no_columns_where_it_has_blanks(extra: int) -> None:
    rows = disclosure(rules=("", "", "7"))
    rows[2].insert(extra, "8")
    assert not [p for p, v in sure(as_pipes(rows)).items() if p.startswith("regul") and v]
    assert sure(as_pipes(rows))["normative_documents.in_force"] == 49
    wide = [[*row, ""] for row in disclosure(rules=("", "", "7"))]
    assert sure(as_pipes(wide))["regulations.in_force"] == 7


def test_a_count_with_decimals_or_a_price_is_no_count() -> None:
    for printed in ("2.5", "3万元"):
        found = likeliest(
            candidates(as_tabs(disclosure(singles={"行政许可": printed})), "disclosure")
        )
        assert found["disclosure.licensing.decisions"].value is None
        assert found["disclosure.licensing.decisions"].reason is Reason.UNREADABLE


def test_the_2019_form_of_section_two_is_not_read() -> None:
    old = form("2019")
    assert candidates(as_tabs(disclosure()), "disclosure", old) == []


# ---------------------------------------------------------------- section 四

LITIGATION = [72, 64, 178, 37, 351, 13, 4, 8, 1, 26, 12, 1, 1, 6, 20]
_OUTCOMES = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
_FOURTH = [
    ["行政复议", "", "", "", "", "行政诉讼", *[""] * 9],
    ["", "", "", "", "", "未经复议直接起诉", "", "", "", "", "复议后起诉", "", "", "", ""],
    _OUTCOMES * 3,
]


def fourth(numbers: Sequence[object] = LITIGATION) -> list[list[str]]:
    return [*_FOURTH, [str(n) for n in numbers]]


def stacked_fourth(rows: Sequence[Sequence[str]]) -> str:
    return "".join("".join(f"\t{cell}\n" for cell in row) + "\n" for row in rows)


FOURTHS = {"tabs": as_tabs, "pipes": as_pipes, "stacked": stacked_fourth, "words": as_words}


@pytest.mark.parametrize("layout", list(FOURTHS))
def test_section_four_is_read_as_it_stands(layout: str) -> None:
    found = values(FOURTHS[layout](fourth()), "litigation")
    assert [found[path] for path in FORM.litigation_cells] == LITIGATION


def test_section_four_one_number_a_line() -> None:
    found = values(as_lines(fourth()), "litigation")
    assert [found[path] for path in FORM.litigation_cells] == LITIGATION


def test_a_number_that_a_narrow_column_broke_in_two_is_no_number() -> None:
    head = "行政复议      行政诉讼\n          未经复议直接起诉  复议后起诉\n"
    head += "结果维持 结果纠正 其他结果 尚未审结 总计\n"
    row = "24  0  0  0  24  0  0  27  32  59  26  0  0  5  31\n"
    whole, broken = row, " 9            9\n"
    assert values(head + whole, "litigation")["litigation.review.total"] == 24
    found = values(head + whole + broken, "litigation")
    assert found["litigation.review.upheld"] is None
    assert found["litigation.review.total"] is None
    assert found["litigation.direct_lawsuit.total"] == 59


def test_a_lost_number_of_a_ruled_section_four_takes_no_later_block_with_it() -> None:
    # The sixth number is lost, and so is the last: what stood behind moved up by one place.
    moved = [0, 3, 0, 2, 5, 1, 0, 1, 2, 0, 0, 0, 1, 1, ""]
    for numbers in (moved, [0, 3, 0, 5, 0, *moved[5:]]):
        settled = settle(candidates(as_pipes(fourth(numbers)), "litigation"), FORM)
        later = [settled[p] for p in FORM.litigation_cells[10:]]
        assert not any(field.status in CONFIDENT and field.value for field in later)


def test_section_four_with_its_totals_apart_offers_the_true_grouping() -> None:
    head = "行政复议 行政诉讼\n未经复议直接起诉 复议后起诉\n结果维持 结果纠正 其他结果 尚未审结\n"
    source = head + "72 64 178 37\n12 1 1 6\n351\n13 4 8 1\n26\n20\n"
    found = candidates(source, "litigation")
    by_reading: dict[str, dict[str, object]] = defaultdict(dict)
    for c in found:
        by_reading[c.bundle.reading][c.field] = c.value
    readings = [[r.get(path) for path in FORM.litigation_cells] for r in by_reading.values()]
    assert LITIGATION in readings


def test_a_lost_number_of_section_four_moves_no_other_silently() -> None:
    for gone in range(15):
        short = [n for i, n in enumerate(LITIGATION) if i != gone]
        found = candidates(as_words(fourth(short)), "litigation")
        sure = {c.field: c.value for c in found if not c.bundle.doubt and c.value is not None}
        true = dict(zip(FORM.litigation_cells, LITIGATION, strict=True))
        assert {p: v for p, v in sure.items() if v != true[p]} == {}, gone


@pytest.mark.parametrize("gone", [(0, 5, 14), (1, 2, 3, 6, 7, 8, 11), tuple(range(1, 14))])
def test_blanks_of_section_four_are_told_by_the_places_of_its_heads(gone: Sequence[int]) -> None:
    heads = "结果 结果 其他 尚未 总计".split() * 3
    below = "维持 纠正 结果 审结".split()
    numbers = [1, 0, 2, 1, 4, 3, 0, 0, 2, 5, 0, 1, 1, 0, 2]
    printed = ["" if i in gone else str(n) for i, n in enumerate(numbers)]
    lines = (
        ["行政复议", *[""] * 4, "行政诉讼"],
        heads,
        [*below, "", *below, "", *below, ""],
        printed,
    )
    source = "\n".join("".join(f"{cell}{' ' * (8 - len(cell) * 2)}" if cell and cell[0] > "z"
                               else f" {cell:<7}" for cell in line) for line in lines)  # fmt: skip
    found = likeliest(candidates(source, "litigation"))
    told = {p: c.value for p, c in found.items()}
    assert told == {
        path: None if i in gone else numbers[i] for i, path in enumerate(FORM.litigation_cells)
    }


LITIGATED = dict(zip([p.partition(".")[2] for p in FORM.litigation_cells], LITIGATION, strict=True))


@pytest.mark.parametrize("joint", [" | ", "|"])
def test_section_four_in_one_line(joint: str) -> None:
    source = fourth_in_one_line(LITIGATION, joint)
    assert sure(source, "litigation") == LITIGATED
    assert sure_beside_blanks(source, "litigation", joint) == LITIGATED


def fourth_in_one_line(numbers: Sequence[object], joint: str) -> str:
    """The last part of a whole report in one line: few pipes are its own."""
    return one_line(fourth(numbers)).strip().replace(" | ", joint)


@pytest.mark.parametrize("joint", [" | ", "|"])
@pytest.mark.parametrize("numbers", [LITIGATION, [0, 2, 0, 2, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]])
@pytest.mark.parametrize("gone", range(15))
def test_in_one_line_the_border_behind_the_head_is_no_number_of_section_four(
    gone: int, numbers: Sequence[int], joint: str
) -> None:
    true = dict(zip(LITIGATED, numbers, strict=True))
    short = [n for i, n in enumerate(numbers) if i != gone]
    source = fourth_in_one_line(short, joint)
    for found in (sure(source, "litigation"), sure_beside_blanks(source, "litigation", joint)):
        assert {p: v for p, v in found.items() if v != true[p]} == {}


def test_what_is_left_of_section_four_without_repeated_numbers_has_no_columns() -> None:
    head = "|行政复议|行政诉讼||结果维持|结果纠正|其他结果|尚未审结|未经复议直接起诉|复议后起诉"
    source = head + "||||||||64|120|87|271|39|9|22|||"
    assert sure(source, "litigation") == {}
    # Of a report in one line section 四 may have few pipes of its own.
    before = "|一、总体情况" + "|正文" * 40
    text = normalise(Document(before + source + "五、"))
    section = Section("litigation", (0, 0), len(before), len(before + source))
    grid = read_grid(text, section)
    fields = settle(align(text, [("litigation", grid)], FORM), FORM)
    assert not [p for p in FORM.litigation_cells if fields[p].status in CONFIDENT]


def test_section_four_without_a_table_is_absent() -> None:
    found = candidates("本年度没有发生行政复议、行政诉讼。", "litigation")
    assert {c.field for c in found} == set(FORM.litigation_cells)
    assert all(c.reason is Reason.ABSENT for c in found)


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("0", 0), ("7", 7), ("1113", 1113), ("1,113", 1113), ("1，113", 1113),
        ("2,822,652", 2822652),
        ("１１３", 113), ("3件", 3), ("3 件", 3), ("？0", 0), ("? 0", 0), ("007", None),
        ("103.3879", Decimal("103.3879")), ("251000元", 251000), ("1.5万元", Decimal("1.5")),
    ],
)  # fmt: skip
def test_cells_that_are_numbers(printed: str, value: object) -> None:
    words = normalise(Document(printed)).clean
    found = slot(Cell(words, 0, len(words), 0))
    assert found is not None
    assert found.value == value
    assert type(found.value) is type(value)
    assert not found.split


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("", Reason.BLANK),
        *((mark, Reason.NOT_APPLICABLE) for mark in "/ \\ — - -- 无 不涉及".split()),
        *((signs, Reason.UNREADABLE) for signs in "O l2 口 1O 〇 1,11 1..5".split()),
    ],
)  # fmt: skip
def test_cells_without_a_number_say_why(printed: str, reason: Reason) -> None:
    found = slot(Cell(printed, 0, len(printed), 0))
    assert found is not None
    assert found.value is None
    assert found.reason is reason


@pytest.mark.parametrize(
    "printed",
    [
        "规章",
        "其他",
        "1.",
        "1、",
        "3.其他",
        "2023年",
        "第3页",
        "三",
        "增52",
        "5%",
        "1/3",
        "x" * 30,
        "3-5",
    ],
)
def test_words_are_no_numbers(printed: str) -> None:
    found = slot(Cell(printed, 0, len(printed), 0))
    assert found is None or found.value is None


@pytest.mark.parametrize(
    "printed", ["-35", "+3", "--253", "增52", "3.14.15", "1/3", "12,34", "3-5"]
)
def test_signed_and_broken_numbers_are_never_counts(printed: str) -> None:
    found = slot(Cell(printed, 0, len(printed), 0))
    assert found is None or found.value is None


def test_a_split_number_is_marked() -> None:
    found = slot(Cell("1 288", 0, 5, 0))
    assert found is not None
    assert (found.value, found.split) == (1288, True)


def with_one_row_for_others(label: str) -> list[Line]:
    """The table with （六） printed as one row, and （七） under another label."""
    table = lines()
    others = [numbers for (key, *_), (*_, numbers) in zip(TABLE, table, strict=True)
              if key.startswith("other.")]  # fmt: skip
    whole = [str(sum(map(int, column))) for column in zip(*others, strict=True)]
    first, total = index("other.overdue_correction"), index("total_handled")
    *_, handled = table[total]
    return [
        *table[:first], ("（六）其他处理", "", whole), ("", label, handled), *table[total + 1 :]
    ]  # fmt: skip


@pytest.mark.parametrize("layout", RULED)
def test_a_row_that_lost_its_label_behind_a_group_printed_as_one_row(layout: str) -> None:
    found = values(LAYOUTS[layout](with_one_row_for_others("")))
    for column in COLUMNS:
        path = f"requests.total_handled.{column}"
        assert found[path] == TRUE[path]
    assert found["requests.other.subtotal.total"] == 9


@pytest.mark.parametrize("layout", RULED)
def test_two_rows_behind_a_group_that_are_not_told_apart_are_not_its_sum(layout: str) -> None:
    """Two of the three rows of the group without their labels, and （七） with its own."""
    table = lines()
    first = index("other.overdue_correction")
    side, _, numbers = table[first]
    table[first : first + 3] = [(side, "", numbers), ("", "", table[first + 2][2])]
    assert not any("subtotal" in path for path in values(LAYOUTS[layout](table)))


@pytest.mark.parametrize("spare", [3, 5])
def test_a_blank_before_a_number_in_one_cell_is_no_label_where_all_rows_have_eight(
    spare: int,
) -> None:
    """Zeros and a spare column are blank: 四 stands under 商业企业, and may not move to 自然人."""
    table = with_blanks(changed(index("carried_out"), ["0", "11", "0", "0", "0", "0", "11"]), 1)
    wide = [(s, label, [*n[:spare], "", *n[spare:]]) for s, label, n in table]
    fields = settle(candidates(in_one_cell(wide)), FORM)
    assert fields["requests.carried_out.natural_person"].value != 11
    assert fields["requests.granted.total"].status in CONFIDENT


@pytest.mark.parametrize("left", [0, 1, 2, 4])
def test_the_first_cells_of_long_labels_stand_where_those_of_shorter_ones_do(left: int) -> None:
    """What labels leave stands behind the cells of their rows; 一, 二 and 四 have blanks.

    The last row has lost empty cells at its end.
    """
    cells = [["", "", "", *"自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计".split()]]
    for (key, *_), (side, label, numbers) in zip(TABLE, with_blanks(lines(), 3), strict=True):
        across = key in ("new_received", "carried_in", "carried_out")
        own = [n if i % 2 or i == 6 else "" for i, n in enumerate(numbers)] if across else numbers
        behind = ["", ""] if across else ["", *[""] * ("." not in key)]
        cells.append([side, label, *own, *behind] if side else [label, *own, *behind])
    cells[-1] = [cells[-1][0], "", "2", *[""] * left]
    source = " | ".join(cell for row in cells for cell in row)
    assert wrong(source) == {}
    found = values(source)
    assert found["requests.new_received.business"] == 13
    assert found["requests.carried_in.total"] == 5


@pytest.mark.parametrize("rows", [2, 6])
def test_a_headless_cut_table_whose_last_number_outweighs_the_others_lost_a_column(
    rows: int,
) -> None:
    source = "\n".join(cut_at_eight(without_column(1))[-rows:])
    assert wrong(source) == {}


def test_a_cut_table_whose_head_names_a_column_without_numbers_ends_in_totals() -> None:
    """One row counts several applicants, and all end in what can be their total."""
    counts = {
        "new_received": ["32", "5", "0", "0", "3", "41"],
        "granted": ["18", "0", "0", "0", "0", "19"],
        "unavailable.not_held": ["14", "5", "0", "0", "2", "21"],
        "total_handled": ["32", "5", "0", "0", "2", "40"],
        "carried_out": ["0", "0", "0", "0", "1", "1"],
    }
    table = [
        (side, label, counts.get(key, ["0"] * 6))
        for (key, *_), (side, label, _) in zip(TABLE, lines(), strict=True)
    ]
    head = "| | | 自然人 | 商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他 |"
    fields = settle(candidates("\n".join([head, f"{'|---' * 8}|", *cut_at_eight(table)])), FORM)
    assert [fields[f"requests.{row}.total"].value for row in ("new_received", "granted")] == [
        None
    ] * 2


@pytest.mark.parametrize("counted", [True, False])
def test_seven_numbers_of_a_text_without_its_repeated_lines_are_no_row(counted: bool) -> None:
    """A spare number came and one of the seven went, and they add up all the same."""
    table = lines()
    table[0] = (*table[0][:2], ["3402", "99", "0", "4", "5", "1", "3511"])
    numbered = [(s, label, [str(i), *ns]) for i, (s, label, ns) in enumerate(table, 1)]
    source = stacked(numbered if counted else table)
    seen: set[str] = set()
    kept = [x for x in source.splitlines() if not x.strip() or not (x in seen or seen.add(x))]
    fields = settle(candidates("\n".join(kept)), FORM)
    assert {fields[f"requests.new_received.{column}"].value for column in COLUMNS} == {None}


def test_what_was_concluded_from_a_number_in_doubt_is_in_doubt() -> None:
    """The numbers of a column were lost, all before 二, and (七) was shifted by one."""
    counts = {
        "carried_in": "100001",
        "granted": "400105",
        "partially_granted": "200002",
        "refused.internal_affairs": "100001",
        "unavailable.not_held": "600006",
        "not_processed.petition": "010001",
        "other.other": "010001",
        "carried_out": "010102",
    }
    table = [
        (side, label, list(counts.get(key, "000000")))
        for (key, *_), (side, label, _) in zip(TABLE, lines(), strict=True)
    ]
    table[index("total_handled")] = ("", "（七）总计", ["0", "13", "2", "0", "1", "0"])
    source = "12\n3\n0\n2\n0\n17\n\n" + stacked(table[1:]).partition("\t总计\n\n")[2]
    field = settle(candidates(source), FORM)["requests.new_received.natural_person"]
    assert field.status is not Status.DERIVED


# ---------------------------------------------------------------- numbers apart from their labels


def numbers_first(table: Sequence[Line], *, a_line: bool) -> str:
    """Each row's numbers, one a line or all on one, and below them its label."""
    joint = "\n" if a_line else " "
    return "自然人\n总计\n" + "".join(f"{joint.join(n)}\n{label}\n" for _, label, n in table)


@pytest.mark.parametrize("a_line", [True, False])
def test_numbers_above_their_labels_are_told_by_the_row_before_the_first(a_line: bool) -> None:
    assert values(numbers_first(lines(), a_line=a_line)) == TRUE
    truncated = numbers_first(lines(), a_line=a_line).rpartition("四、")[0]
    assert wrong(truncated) == {}


@pytest.mark.parametrize("at", [4, 15, 23])
def test_a_label_and_the_next_numbers_on_one_line_are_no_row(at: int) -> None:
    label = TABLE[at][2]
    source = numbers_first(lines(), a_line=False).replace(f"{label}\n", f"{label} ")
    assert wrong(source) == {}


@pytest.mark.parametrize("lost", [[0], [0, 24], [11], [0, 12]])
@pytest.mark.parametrize("a_line", [True, False])
def test_numbers_above_their_labels_are_open_where_labels_are_lost(
    a_line: bool, lost: list[int]
) -> None:
    table = lines()
    for at in lost:
        side, _, numbers = table[at]
        table[at] = (side, "", numbers)
    assert wrong(numbers_first(table, a_line=a_line)) == {}


def test_a_row_of_numbers_is_not_that_of_a_label_beyond_rows_of_few_numbers() -> None:
    """Zeros are blank, and many labels in a row were lost; behind them is one without numbers."""
    table = [(s, label, [n.strip("0") and n for n in ns]) for s, label, ns in lines()]
    first, bare = index("refused.safety_stability"), index("not_processed.published_material")
    for row in (first - 2, bare + 1):
        table[row] = (*table[row][:2], ["2", "", "", "", "", "", "2"])
    for row in range(first, bare):
        table[row] = ("", "", ["3", "", "", "", "", "", "3"])
    table[index("unavailable.not_held")] = ("", "", ["859", "33", "", "", "3", "2", "897"])
    table[bare] = (*table[bare][:2], [""] * 7)
    fields = settle(candidates(spaced(table)), FORM)
    row = "requests.not_processed.published_material"
    assert {fields[f"{row}.{column}"].value for column in COLUMNS} <= {None, 0}


def test_numbers_below_a_name_that_nobody_knows_are_not_those_of_the_next_label() -> None:
    """The first label is misspelt beyond knowing, and 二 is blank."""
    table = [(s, label, [n if n != "0" else "" for n in ns]) for s, label, ns in lines()]
    table[0] = ("", "一、本年度的全部", table[0][2])
    table[1] = (*table[1][:2], [""] * 7)
    fields = settle(candidates(spaced(table)), FORM)
    assert {fields[f"requests.carried_in.{c}"].value for c in COLUMNS} <= {None, 0}


def test_one_row_for_others_in_a_table_of_numbers_above_their_labels() -> None:
    table = [(side or label, label, n) for side, label, n in with_one_row_for_others("（七）总计")]
    at = next(i for i, (side, *_) in enumerate(table) if side == "（六）其他处理")
    source = numbers_first(
        [(s, "（六）其他处理" if i == at else label, n) for i, (s, label, n) in enumerate(table)],
        a_line=False,
    )
    lost = source.replace("予以公开", "予公").replace("本年新收政府信息公开申请数量", "本年")
    for text in (source, lost):
        assert wrong(text) == {}
        assert values(text).get("requests.other.subtotal.total") in (None, 9)


@pytest.mark.parametrize("doubled", [5, 12, 17])
def test_a_label_printed_twice_does_not_make_up_for_one_row_for_others(doubled: int) -> None:
    """As many labels of rows as rows of numbers, which stand above them."""
    table = [(side or label, label, n) for side, label, n in with_one_row_for_others("（七）总计")]
    table = [(s, "（六）其他处理" if s == "（六）其他处理" else label, n) for s, label, n in table]
    label = table[doubled][1]
    source = numbers_first(table, a_line=False).replace(f"{label}\n", f"{label}\n{label}\n")
    assert wrong(source) == {}


def test_a_piece_from_numbers_to_a_label_does_not_tell_which_stand_above_which() -> None:
    """The label of the first and the numbers of the last are beyond the ends of the text."""
    parts = "".join(f"{label}\n{' '.join(n)}\n" for _, label, n in lines()[4:15])
    piece = parts.partition("\n")[2].rpartition(lines()[14][1])[0] + lines()[14][1] + "\n"
    assert wrong(piece) == {}


def test_the_last_of_many_labels_is_not_that_of_the_first_of_many_rows() -> None:
    labels = "".join(f"{label}\n" for _, label, _ in lines())
    rows = [n if any(map(int, n)) else n[:1] for *_, n in lines()]
    source = labels + "".join(" ".join(numbers) + "\n" for numbers in rows)
    assert wrong(source) == {}


def test_where_no_label_is_lost_numbers_above_one_are_its_own() -> None:
    """Most numbers stand below their labels, and some above."""
    above = [3, 9, 23]
    source = "自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计\n" + "".join(
        f"{' '.join(n)}\n{label}\n" if i in above else f"{label}\n{' '.join(n)}\n"
        for i, (_, label, n) in enumerate(lines())
    )
    assert values(source) == TRUE


def test_a_label_in_the_place_of_another_that_is_named_nowhere_was_misread() -> None:
    at = index("not_processed.mass_repeated")
    table = changed(at, ["38", "0", "0", "0", "0", "0", "38"], "2.申请人逾期未按收费通知")
    table[index("other.unpaid_fee")] = ("", "某某", table[index("other.unpaid_fee")][2])
    fields = settle(candidates(one_a_line(table)), FORM)
    assert fields["requests.other.unpaid_fee.natural_person"].value != 38


@pytest.mark.parametrize("layout", ["tabs", "pipes"])
def test_a_row_without_its_label_is_not_that_of_a_label_without_cells(layout: str) -> None:
    table = lines()
    blank, lost = index("refused.process_information"), index("refused.enforcement_file")
    table[blank] = ("", table[blank][1], [])
    table[lost] = ("", "", table[lost][2])
    fields = settle(candidates(LAYOUTS[layout](table)), FORM)
    assert fields["requests.refused.process_information.total"].value != 9


def test_a_cut_table_whose_rows_end_in_totals_under_another_name_lost_a_column() -> None:
    head = "| | | 自然人 | 商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他 |"
    few = [(s, label, [*n[:3], *n[4:]]) for s, label, n in lines()]
    for row, other in (("new_received", "3"), ("total_handled", "3"), ("granted", "1")):
        side, label, numbers = few[index(row)]
        few[index(row)] = (side, label, [*numbers[:-2], other, numbers[-1]])
    assert wrong("\n".join([head, f"{'|---' * 8}|", *cut_at_eight(few)])) == {}


def test_an_empty_column_of_a_cut_table_that_prints_zeros_may_be_none_of_the_form() -> None:
    head = "| | | 自然人 | 商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他 |"
    wide = [(s, label, [*n[:2], "", *n[2:]]) for s, label, n in lines()]
    assert wrong("\n".join([head, f"{'|---' * 8}|", *cut_at_eight(wide)])) == {}


@pytest.mark.parametrize("gone", [None, 2])
def test_numbers_that_count_the_rows_are_none_of_theirs(gone: int | None) -> None:
    table = lines() if gone is None else without_column(gone)
    table = with_blanks(table, 1)
    counted = [(s, label, [str(i), *n]) for i, (s, label, n) in enumerate(table, 1)]
    head = "\t\t自然人\t商业企业\t社会公益组织\t法律服务机构\t其他\t总计\n"
    source = tabs(counted) if gone is None else head + tabs(counted).split("\n", 1)[1]
    assert wrong(source) == {}
    assert settle(candidates(source), FORM)["requests.granted.total"].value == 18


# ---------------------------------------------------------------- line ends and spaces lost


@pytest.mark.parametrize("every", [11, 13, 17])
def test_numbers_one_a_line_go_on_where_line_ends_were_lost(every: int) -> None:
    pieces = one_a_line(lines()).splitlines()
    source = "".join(
        piece + (" " if i % every == every - 1 else "\n") for i, piece in enumerate(pieces)
    )
    fields = settle(candidates(source), FORM)
    assert not wrong(source)
    assert all(fields[path].status in CONFIDENT for path in TRUE)


def test_rows_of_numbers_in_a_line_each_do_not_go_on() -> None:
    first, second = [numbers for *_, numbers in lines()[:2]]
    text = normalise(Document(f"{' '.join(first)}\n{' '.join(second)}\n"))
    grid = read_grid(text, Section("requests", (0, 0), 0, len(text.clean)))
    items = read_items(grid, lexicon(FORM, "requests"))
    assert [len(run.slots) for run in items.runs] == [7, 7]


def test_heads_without_a_space_between_them_are_heads() -> None:
    four = "结果维持结果纠正其他结果尚未审结总计"
    head = f"行政复议行政诉讼\n{four}未经复议直接起诉复议后起诉\n{four}{four}\n"
    found = values(f"{head}1 0 2 0 3 5 0 0 1 6 0 0 0 0 0\n", "litigation")
    assert list(found.values()) == [1, 0, 2, 0, 3, 5, 0, 0, 1, 6, 0, 0, 0, 0, 0]
    prose = "行政复议维持总计纠正若干\n1 0 2 0 3 5 0 0 1 6 0 0 0 0 0\n"
    assert not any(values(prose, "litigation").values())


def test_a_label_and_an_amount_that_ran_together() -> None:
    source = "信息内容\n规章0 0 0\n行政规范性文件8 5 0\n行政许可20\n行政事业性收费177.8\n"
    found = values(source, "disclosure")
    assert found["disclosure.fees.amount_10k_yuan"] == Decimal("177.8")
    assert found["disclosure.licensing.decisions"] == 20


@pytest.mark.parametrize("broken", [4, 8, 16])
def test_a_row_above_its_label_that_fell_apart_leaves_the_order_untold(broken: int) -> None:
    """As many rows as labels, and not theirs: (六) prints one, and one broke in two."""
    table = [(s, label or s, n) for s, label, n in with_one_row_for_others("（七）总计")]
    source = numbers_first(table, a_line=False)
    _, label, numbers = table[broken]
    halves = f"{' '.join(numbers[:4])}\n{' '.join(numbers[4:])}"
    source = source.replace(f"{' '.join(numbers)}\n{label}\n", f"{halves}\n{label}\n")
    assert wrong(source) == {}


def test_nothing_is_concluded_for_a_row_of_which_no_column_is_known() -> None:
    """A row broken over lines: 1 and 2 stand behind its label, the rest on a line of their own."""
    source = pipes(changed(index("not_processed.repeated"), ["1", "2", "0", "0", "0", "0", "3"]))
    broken = source.replace("| 1 | 2 | 0 | 0 | 0 | 0 | 3 |", "| 1 | 2 |\n 0 | 0 | 0 | 0 | 3 |")
    assert broken != source
    fields = settle(candidates(broken), FORM)
    assert all(fields[f"requests.not_processed.repeated.{c}"].open for c in COLUMNS)


def test_a_few_rows_do_not_tell_a_blank_from_what_a_label_left() -> None:
    """Three rows of a table that was cut off, six numbers in each of them."""
    rows = [
        "\t\t申请人情况\t\t\t\t\t\t",
        "\t\t自然人\t法人或其他组织\t\t\t\t\t总计",
        "\t\t\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t",
    ]
    six = ["5 1 0 0 0 6", "0 0 0 0 0 0", "5 1 0 0 0 6"]
    for (side, label, _), numbers in zip(lines(), six, strict=False):
        rows.append("\t".join([side or label, label if side else "", *numbers.split()]))
    fields = settle(candidates("\n".join(rows)), FORM)
    assert all(fields[f"requests.new_received.{c}"].open for c in COLUMNS[:3])


def test_the_numbers_of_pages_in_section_two_are_none_of_a_row_that_lost_one() -> None:
    """Two numbers for three columns, and behind them that of the page on a line of its own."""
    source = (
        "信息内容              本年制发件数  本年废止件数  现行有效件数\n"
        "规章                        0             0             2\n"
        "行政规范性文件             86            55\n1\n"
        "信息内容              本年处理决定数量\n行政许可                               1643\n\n2\n"
        "行政处罚                               3634\n"
    )
    fields = settle(candidates(source, "disclosure"), FORM)
    assert fields["disclosure.normative_documents.in_force"].value != 1


def test_a_row_of_no_label_contradicts_that_there_was_nothing_to_count() -> None:
    """未收到申请 in the prose, and a row without its label, among rows that are gone, counts 10."""
    table = [(side, label, ["0"] * 7) for side, label, _ in lines()]
    first = index("refused.internal_affairs")
    table[first : first + 3] = [("", "", [*["0"] * 6, "10"])]
    none = Candidate(
        "facts.applications_received", 0, (0, 1), "0", "prose", Bundle("prose", "said", 0)
    )
    fields = settle([*candidates(loose(table)), none], FORM)
    assert fields["requests.refused.process_information.total"].open
    assert fields["requests.granted.total"].value == 0


@pytest.mark.parametrize("beside", [(17,), (23, 24)])
def test_a_row_behind_several_labels_is_not_theirs_if_their_rows_stand_above(
    beside: tuple[int, ...],
) -> None:
    """Two rows, then their labels; the row behind these is that of a label that was lost."""
    table = lines()
    parts = [
        *(f"{label}\n{' '.join(n)}\n" for _, label, n in table[:2]),
        *(f"{' '.join(n)}\n" for *_, n in table[2:4]),
        *(f"{label}\n" for _, label, _ in table[2:4]),
        f"{' '.join(table[4][2])}\n",
    ]
    for at, (_, label, numbers) in enumerate(table[5:], 5):
        parts.append(f"{label}{' ' if at in beside else chr(10)}{' '.join(numbers)}\n")
    source = "自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计\n" + "".join(parts)
    assert wrong(source) == {}
    assert values(source)["requests.refused.prohibited_by_law.total"] == 2


# ---------------------------------------------------------------- spare numbers and lost ones


def spare_first(table: Sequence[Line]) -> list[Line]:
    return [(side, label, ["0", *numbers]) for side, label, numbers in table]


def without_totals(table: Sequence[Line]) -> list[Line]:
    return [(side, label, numbers[:-1]) for side, label, numbers in table]


SIX = "自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他".split()


def under(names: Sequence[str], table: Sequence[Line]) -> str:
    head = "".join(f"\t{name}\n" for name in ("", "", *names))
    return f"{head}\n" + stacked(table).partition("总计\n\n")[2]


@pytest.mark.parametrize("gone", [1, 3])
def test_a_row_as_long_as_its_head_is_short_where_all_others_have_one_more(gone: int) -> None:
    """No totals, a spare zero in all rows, and one row that lost a cell."""
    table = spare_first(without_totals([(s, label, [n[1], *["0"] * 6]) for s, label, n in lines()]))
    side, label, numbers = table[0]
    table[0] = (side, label, [n for i, n in enumerate(numbers) if i != gone])
    fields = settle(candidates(under(SIX, table)), FORM)
    for row in ("new_received", "granted", "total_handled"):
        assert fields[f"requests.{row}.business"].status not in CONFIDENT


@pytest.mark.parametrize("gone", [1, 3])
def test_more_numbers_than_names_are_not_the_first_columns(gone: int) -> None:
    """No totals and one column less, but a spare zero first: six numbers under five names."""
    table = spare_first(without_totals(without_column(gone)))
    names = [name for i, name in enumerate(SIX) if i != gone]
    assert wrong(under(names, table)) == {}


def aligned(table: Sequence[Line], names: Sequence[str], begin: int = 80) -> str:
    """Numbers in places ten characters apart, the first of them at `begin`."""
    head = " " * begin + "".join(f"{name:　<5}" for name in names)
    rows = [
        f"{side + '  ' + label:　<40}" + "".join(f"{n:>10}" for n in numbers)
        for side, label, numbers in table
    ]
    return "\n".join((head, *rows)) + "\n"


def test_seven_places_under_six_names_are_not_the_seven() -> None:
    table = spare_first(with_blanks(without_column(4), 1))
    names = "自然人 商业企业 科研机构 社会公益组织 其他 总计".split()
    assert wrong(aligned(table, names)) == {}


@pytest.mark.parametrize("wide", [(3, 18), (8, 21), (15, 18)])
def test_a_number_beyond_seven_places_makes_seven_numbers_no_proof(wide: tuple[int, int]) -> None:
    """Two rows have a spare zero first, which pushes the others, and a blank."""
    table = with_blanks(lines(), 2)
    for at in wide:
        side, label, numbers = lines()[at]
        table[at] = (side, label, ["0", numbers[0], "", *numbers[2:]])
    assert wrong(aligned(table, ())) == {}


def test_a_place_that_no_row_has_and_a_spare_one_leave_seven_that_are_uneven() -> None:
    """No head, zeros left blank, and 科研机构 blank in all rows; a spare zero before 其他."""
    table = []
    for side, label, numbers in lines():
        own = ["" if n == "0" or i == 2 else n for i, n in enumerate(numbers)]
        spare = "0" if own[4] or own[5] else ""
        table.append((side, label, [*own[:5], spare, *own[5:]]))
    source = "\n".join(
        f"{label:　<30}" + "".join(f"{n:>{4 if i == 5 else 8}}" for i, n in enumerate(numbers))
        for _, label, numbers in table
    )
    found = wrong(source)
    assert {p for p in found if "research" not in p and not p.endswith("total")} == set()


def test_where_all_rows_lack_a_number_one_of_eight_has_split_ones() -> None:
    """1 408 21 0 0 0 1 431 adds up as 1, 408, 21, 0, 0, 1, 431 too, if one 0 is spare."""
    table = without_column(4)
    split = {0: "3 440 75 0 1 3 3 525", 2: "1 408 21 0 0 0 1 431", 23: "3 440 73 0 1 2 3 521"}
    for at, numbers in split.items():
        table[at] = (table[at][0], table[at][1], numbers.split())
    fields = settle(candidates(loose(table)), FORM)
    assert fields["requests.granted.business"].value != 408
    assert fields["requests.granted.total"].value != 431


@pytest.mark.parametrize("row", ["refused.internal_affairs", "not_processed.petition"])
def test_a_row_that_lost_a_cell_does_not_hide_which_column_is_spare(row: str) -> None:
    """A spare zero first, zeros left blank; one row lost it, and adds up with it as the first."""
    table = with_one_more(with_blanks(lines(), 2), 0)
    side, label, _ = table[index(row)]
    table[index(row)] = (side, label, ["0", *lines()[index(row)][2][:1], *[""] * 4, "4", ""])
    source = in_one_cell(table)
    assert wrong(source) == {}


@pytest.mark.parametrize("ruled_by", ["tabs", "pipes"])
def test_of_two_columns_of_totals_a_row_in_which_they_differ_has_none(ruled_by: str) -> None:
    table = [(side, label, [*ns, ns[-1]]) for side, label, ns in lines()]
    side, label, numbers = table[index("refused.process_information")]
    table[index("refused.process_information")] = (side, label, [*numbers[:6], "1", "0"])
    fields = settle(candidates(LAYOUTS[ruled_by](table)), FORM)
    assert fields["requests.refused.process_information.total"].open
    assert fields["requests.granted.total"].value == 18


@pytest.mark.parametrize("layout", ["stacked", "tabs"])
def test_a_shifted_row_does_not_choose_between_an_empty_column_and_one_of_zeros(
    layout: str,
) -> None:
    """The fifth column is empty, and that of 其他 all zero; 四 was shifted by one."""
    table = [
        (side, label, [*ns[:4], "", ns[4], "0", str(sum(map(int, ns[:5])))])
        for side, label, ns in lines()
    ]
    new, last = table[0], table[-1]
    table[0] = (new[0], new[1], ["62", "11", "1", "1", "", "2", "0", "77"])
    table[-1] = (last[0], last[1], ["0", "1", "0", "0", "", "0", "1", "0"])
    fields = settle(candidates(LAYOUTS[layout](table)), FORM)
    for column, value in (("public_welfare", 1), ("legal_service", 2), ("other", 0)):
        assert fields[f"requests.granted.{column}"].value in (None, value)


def test_rows_whose_likeliest_reading_is_one_and_the_same_have_it() -> None:
    """By its head 法律服务机构 is empty; sums of columns that a shifted row spoils say nothing."""
    table = [
        (side, label, [*ns[:4], "", ns[4], "0", str(sum(map(int, ns[:5])))])
        for side, label, ns in lines()
    ]
    side, label, numbers = table[-1]
    table[-1] = (side, label, ["0", *numbers[:4], *numbers[5:7], ""])
    source = pipes(table).replace(" 总计 |", " | 总计 |", 1)
    fields = settle(candidates(source), FORM)
    assert [fields[f"requests.granted.{c}"].value for c in COLUMNS[:4]] == [12, 3, 0, 1]
    assert fields["requests.granted.total"].value == 18


@pytest.mark.parametrize("row", ["unavailable.still_unclear", "other.overdue_correction"])
def test_the_zeros_of_the_only_row_without_its_total_are_as_doubtful_as_its_number(
    row: str,
) -> None:
    table = with_blanks(lines(), 1)
    side, label, _ = table[index(row)]
    table[index(row)] = (side, label, ["0", "0", "1", "", "", "", ""])
    source = with_spare(table, 5, "")
    assert wrong(source) == {}


def test_a_row_whose_sum_says_of_a_blank_what_its_column_forbids_was_moved() -> None:
    """Its 1 of 其他 stands under the totals, beside a spare column of zeros, and fits there too."""
    row = "not_processed.repeated"
    table = [
        (s, label, [*ns[:4], "0", ns[5], "0", str(int(ns[6]) - int(ns[4]))])
        for s, label, ns in lines()
    ]
    for whole in ("new_received", "total_handled"):
        numbers = table[index(whole)][2]
        numbers[5], numbers[7] = (str(int(numbers[i]) + 1) for i in (5, 7))
    table[index(row)] = (*table[index(row)][:2], ["", "0", "0", "0", "0", "0", "0", "1"])
    fields = settle(candidates(stacked(table)), FORM)
    assert fields[f"requests.{row}.total"].value == 1
    assert fields[f"requests.{row}.other"].status not in CONFIDENT


@pytest.mark.parametrize("whole", ["carried_in", "partially_granted"])
def test_a_row_of_eight_zeros_says_that_rows_with_blanks_may_have_a_spare_one(whole: str) -> None:
    """It stands apart from its label, so that nobody knows which row it is."""
    table = [(s, label, [n for n in ns if n]) for s, label, ns in with_blanks(lines(), 3)]
    table[index(whole)] = lines()[index(whole)]
    for row in ("unavailable.not_held", "other.other"):
        side, label, numbers = lines()[index(row)]
        table[index(row)] = (side, label, ["0", *numbers[:2], "0", numbers[6]])
    apart = index("not_processed.repeated")
    table[apart] = (table[apart][0], table[apart][1] + "\n" + "0 " * 8, [])
    assert wrong(loose(table)) == {}


@pytest.mark.parametrize("layout", ["loose", "one_a_line"])
def test_a_row_of_seven_among_rows_of_eight_has_lost_one_whether_or_not_they_count(
    layout: str,
) -> None:
    """A spare zero first; 二 has lost a zero, and adds up as printed, one place too far on."""
    table = [
        (s, label, ["0", ns[0], *["0"] * 5, ns[0]] if "." in key else ["0", *ns])
        for (key, *_), (s, label, ns) in zip(TABLE, lines(), strict=True)
    ]
    side, label, _ = table[1]
    table[1] = (side, label, ["0", "4", "0", "0", "0", "0", "4"])
    fields = settle(candidates(LAYOUTS[layout](table)), FORM)
    assert fields["requests.carried_in.business"].value != 4
    assert fields["requests.granted.business"].value in (None, 3)


def test_a_block_of_section_four_that_fails_to_add_up_does_not_lose_its_total_instead() -> None:
    """223 + 160 is not 373; the first cell is blank, and its place is lost in one long line."""
    outcomes = "结果维持 | 结果纠正 | 其他结果 | 尚未审结 | 总计"
    source = (
        f"| 行政复议 |  |  |  |  | 行政诉讼 | {' | '.join([outcomes] * 3)}"
        " |  | 223 | 160 |  | 373 |  | 30 |  | 22 | 52 | 16 | 33 | 36 | 21 | 106 | |"
    )
    fields = settle(candidates(source, "litigation"), FORM)
    assert fields["litigation.review.corrected"].value != 160 or (
        fields["litigation.review.corrected"].status not in CONFIDENT
    )
    assert fields["litigation.lawsuit_after_review.total"].value == 106


@pytest.mark.parametrize("layout", ["loose", "tabs"])
def test_one_row_that_fails_to_add_up_does_not_tell_which_column_of_zeros_is_spare(
    layout: str,
) -> None:
    """Only natural persons asked; a spare zero first, and a row 1 1 0 … 1 by mistake."""
    table = [(s, label, ["0", ns[0], *["0"] * 5, ns[0]]) for s, label, ns in lines()]
    at = index("refused.process_information")
    table[at] = (table[at][0], table[at][1], ["0", "1", "1", "0", "0", "0", "0", "1"])
    fields = settle(candidates(LAYOUTS[layout](table)), FORM)
    for row in ("granted", "unavailable.not_held"):
        assert fields[f"requests.{row}.business"].value in (None, 0), row


def test_what_cannot_be_read_beside_aligned_numbers_is_no_place_of_theirs() -> None:
    table = lines()
    side, label, numbers = table[index("refused.internal_affairs")]
    table[index("refused.internal_affairs")] = (side, f"{label} O", numbers)
    table[index("refused.third_party_rights")] = (
        *table[index("refused.third_party_rights")][:2],
        ["O"],
    )
    fields = settle(candidates(aligned(table, SIX)), FORM)
    assert fields["requests.granted.natural_person"].value == 12


def test_two_equal_numbers_before_an_empty_cell_may_be_parts_without_their_total() -> None:
    """A spare zero stands first in all rows, and one has lost its total."""
    table = [(s, label, ["0", *ns]) for s, label, ns in lines()]
    for whole in ("new_received", "total_handled"):
        numbers = table[index(whole)][2]
        numbers[5:] = [str(int(n) + more) for n, more in zip(numbers[5:], (1, 1, 2), strict=True)]
    row = index("refused.process_information")
    table[row] = (*table[row][:2], ["0", "0", "0", "0", "0", "1", "1", ""])
    fields = settle(candidates(tabs(table)), FORM)
    place = "requests.refused.process_information"
    assert fields[f"{place}.legal_service"].value in (None, 1)
    assert fields[f"{place}.total"].value in (None, 2)


def test_one_row_of_seven_among_short_rows_of_zeros_may_have_a_spare_one() -> None:
    rows = [(s, label, ["0"] * (3 + i % 3)) for i, (s, label, _) in enumerate(lines()[4:12])]
    rows[3] = (*rows[3][:2], ["0", "1", "0", "0", "0", "0", "1"])
    fields = settle(candidates(loose(rows)), FORM)
    assert fields["requests.refused.third_party_rights.business"].value is None


# ---------------------------------------------------------------- heads that say otherwise

OUTCOMES = "结果维持 结果纠正 其他结果 尚未审结 总计".split()
BLOCKS = ("未经复议直接起诉", "复议后起诉")


def section_four(*rows: str, blocks: Sequence[str] = BLOCKS, lost: int | None = None) -> str:
    """Section 四 in pipes: two lines of heads, `lost` the place of one without its column."""
    first = ["行政复议", *[""] * 4, "行政诉讼", *[""] * 9]
    second = [*OUTCOMES, blocks[0], *[""] * 4, blocks[1], *[""] * 4]
    third = [*[""] * 5, *OUTCOMES, *OUTCOMES]
    heads = [[c for i, c in enumerate(line) if i != lost] for line in (first, second, third)]
    lines_ = [*heads, *(row.split(" ") for row in rows)]
    lines_.insert(1, ["---"] * len(heads[0]))
    return "".join(f"| {' | '.join(c.replace('_', '') for c in line)} |\n" for line in lines_)


def outcomes(source: str) -> list[object]:
    """The fifteen numbers that are confident, None for all others."""
    fields = settle(candidates(source, "litigation"), FORM)
    found = (fields[path] for path in FORM.litigation_cells)
    return [f.value if f.status in CONFIDENT else None for f in found]


def test_section_four_under_its_heads() -> None:
    row = "3 1 0 0 4 2 0 1 0 3 1 0 0 1 2"
    assert outcomes(section_four(row)) == [int(n) for n in row.split()]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        # Each block on a row of its own: nobody says which is which.
        (["3 7 7 6 23" + " _" * 10, "4 25 8 4 41" + " _" * 10, "55 0 7 0 62" + " _" * 10], []),
        # One of them was lost, and what stood behind it moved up.
        (["27 31 _ 37 95 _ _ _ 18 27 _ 30 _ 57 _"], []),
        (["4 6 0 15 25 16 4 8 53 81 4 10 3 21"], [*range(10)]),
        # One is spare.
        (["1 1 _ _ 2 1 _ _ _ 5 5 _ _ _ _ _"], []),
        # Two ran together, and left the total empty.
        (["26 27 38 0 91 0 24 6 0 30 0 23 36 1372 _"], [*range(10)]),
        (["40 0 4 15 59 1725 30 1 73 _ 0 0 10 0 10"], [*range(5), *range(10, 15)]),
        (["27 47 05 _ 79 10 3 9 0 22 3 3 0 3 9"], [0, 1, 4, *range(5, 15)]),
    ],
)
def test_a_row_of_section_four_that_was_damaged_is_open_where_nobody_can_tell(
    rows: Sequence[str], told: Sequence[int]
) -> None:
    found = outcomes(section_four(*rows))
    printed = [int(n) if n.isdigit() else None for n in rows[0].split(" ")]
    assert {i for i, n in enumerate(found) if n is not None} <= set(told)
    assert all(found[i] in (None, printed[i]) for i in told)


def test_what_an_agency_added_up_wrongly_is_not_put_into_a_blank_of_section_four() -> None:
    found = outcomes(section_four("0 _ 0 7 16 0 0 9 0 9 0 0 0 0 0"))
    assert not found[1]
    assert found[5:10] == [0, 0, 9, 0, 9]


@pytest.mark.parametrize(("last", "sure"), [("8", False), ("0", True), ("8\n", True)])
def test_a_number_with_which_a_text_ends_may_be_half_a_number(last: str, sure: bool) -> None:
    """Nothing but a sum could tell that it is whole; none of more digits begins with 0."""
    source = "行政许可 7\n行政处罚 3\n行政强制 " + last
    text = normalise(Document(source))
    grid = read_grid(text, Section("disclosure", (0, 0), 0, len(text.clean)))
    fields = settle(align(text, [("disclosure", grid)], FORM), FORM)
    assert (fields["disclosure.coercion.decisions"].status in CONFIDENT) is sure


def test_section_four_with_its_blocks_in_another_order_is_open() -> None:
    source = section_four("7 2 0 1 10 4 1 0 0 5 3 0 2 0 5", blocks=BLOCKS[::-1])
    assert set(outcomes(source)) == {None}


def test_a_head_that_lacks_an_outcome_is_of_a_table_that_lost_a_column() -> None:
    row = "60 23 1179 56 1318 38 43 37 71 189 53 4252 30 4368"
    found = outcomes(section_four(row, lost=12))
    assert found[:10] == [int(n) for n in row.split()[:10]]
    assert not {30, 4368, 8703}.intersection(found[12:14])


@pytest.mark.parametrize("swapped", [(0, 1), (1, 4), (0, 6)])
def test_a_head_that_names_the_columns_in_another_order_is_not_read_in_the_forms(
    swapped: tuple[int, int],
) -> None:
    source = pipes(lines())
    head, _, rest = source.partition("\n")
    names = head.split(" | ")
    a, b = (i + next(j for j, n in enumerate(names) if "自然人" in n) for i in swapped)
    last = names[b].removesuffix(" |")
    names[a], names[b] = last, names[a] + names[b][len(last) :]
    fields = settle(candidates(" | ".join(names) + "\n" + rest), FORM)
    assert fields["requests.new_received.natural_person"].value is None


def test_a_wide_table_cut_in_two_and_set_below_itself_is_open() -> None:
    halves = ([0, 1, 2, 3, 4], [5, 6])
    names = "自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计".split()
    source = ""
    for half in halves:
        head = ["", "", *(names[i] for i in half)]
        source += f"| {' | '.join(head)} |\n"
        for side, label, ns in lines():
            source += f"| {' | '.join([side, label, *(ns[i] for i in half)])} |\n"
    assert wrong(source) == {}


def test_zeros_before_all_rows_that_leave_zeros_blank_are_no_column() -> None:
    """法律服务机构 is blank in all of them, so that the numbers keep to seven places."""
    table = []
    for side, label, ns in lines():
        six = ["0", *ns[:4], "", ns[5], str(int(ns[6]) - int(ns[4]))]
        table.append((side, label, [six[0], *(n if n != "0" else "" for n in six[1:])]))
    fields = settle(candidates(spaced(table)), FORM)
    assert not fields["requests.new_received.natural_person"].value
    assert fields["requests.new_received.business"].value in (None, 13)


def test_a_head_whose_last_place_is_empty_in_all_rows_has_lost_a_column() -> None:
    """One request, of 其他: its 1 stands under 其他, and may be the total."""
    counts = {"new_received": "1", "granted": "1", "total_handled": "1"}
    table = [
        (side, label, [*["0"] * 5, counts.get(key, "0"), ""])
        for (key, *_), (side, label, _) in zip(TABLE, lines(), strict=True)
    ]
    fields = settle(candidates(pipes(table)), FORM)
    assert fields["requests.new_received.other"].value is None
    assert fields["requests.new_received.public_welfare"].value is None


def test_rows_that_end_in_totals_before_their_place_have_lost_cells() -> None:
    """Cells of zeros vanished; the one that the label leaves is none."""
    source = pipes(lines())
    head, rule, *rest = source.splitlines()
    rows = [line.replace(" | 0", "") for line in rest]
    assert wrong("\n".join([head, rule, *rows])) == {}


def test_what_an_agency_added_up_wrongly_is_not_put_into_a_row_that_is_all_blank() -> None:
    table = [(s, label, [n if n != "0" else "" for n in ns]) for s, label, ns in lines()]
    table[1] = (*table[1][:2], [""] * 7)
    handled = index("total_handled")
    numbers = table[handled][2]
    table[0] = (
        *table[0][:2],
        [str(int(n or 0) - int(c)) for n, c in zip(table[0][2], lines()[1][2], strict=True)],
    )
    table[handled] = (*table[handled][:2], [*numbers[:6], str(int(numbers[6]) + 2)])
    fields = settle(candidates(tabs(table)), FORM)
    assert not any(fields[f"requests.carried_in.{column}"].value for column in COLUMNS)


def test_an_upright_label_beside_the_rows_is_no_number() -> None:
    """无 of 无法提供 stands before the second line of a label, and its numbers behind it."""
    source = spaced(lines())
    row = index("unavailable.must_be_created")
    label = "2.没有现成信息需要另行制作"
    line = next(x for x in source.splitlines() if label in x)
    numbers = " " * 6 + "".join(f"{n:>8}" for n in lines()[row][2])
    broken = f"四    2.没有现成信息需要另行\n无    制作{'　' * 48}{numbers}"
    found = values(source.replace(line, broken))
    assert found["requests.unavailable.must_be_created.natural_person"] == 0
    assert found["requests.unavailable.not_held.natural_person"] == 21


# ---------------------------------------------------------------- frames


def test_pipes_that_only_part_cells_leave_an_empty_first_cell() -> None:
    bare = "\n".join(line[2:-2] for line in pipes(lines()).splitlines())
    assert values(bare) == TRUE
    row = "_ 1 _ _ 1 2 _ _ _ 2 _ 2 _ 2 4"
    source = "\n".join(line[2:-2] for line in section_four(row).splitlines())
    expected = [int(n) if n.isdigit() else 0 for n in row.split()]
    assert [n or 0 for n in outcomes(source)] == expected


def test_frames_drawn_in_characters_are_pipes_and_rules() -> None:
    framed = pipes(lines()).replace("|", "│")
    framed = framed.replace("│---", "├───").replace("─│\n", "─┤\n")
    assert values(f"┌───┬───┐\n{framed}└───┴───┘\n") == TRUE


@pytest.mark.parametrize("joint", ["\n\t\n", "\t\n"])
def test_rows_that_a_browser_copied_have_tabs_and_line_ends_between_their_cells(joint: str) -> None:
    head = joint.join(["自然人", "法人或其他组织", "总计\n\n商业企业"])
    head = joint.join([head, *"科研机构 社会公益组织 法律服务机构 其他".split()])
    rows = "\n\n".join(
        joint.join([*([side] if side else []), label, *numbers]) for side, label, numbers in lines()
    )
    assert values(f"{head}\n\n{rows}\n") == TRUE


def test_a_row_of_nothing_but_its_place_in_the_table_counts_nothing() -> None:
    table = [(s, label, [str(i), *ns]) for i, (s, label, ns) in enumerate(lines(), 1)]
    table[4] = (*table[4][:2], ["5"])
    found = settle(candidates("\n".join(tabs(table).splitlines()[1:])), FORM)
    assert not found["requests.refused.state_secret.total"].value


# ---------------------------------------------------------------- pages of a PDF


def sharing_lines(table: Sequence[Line], lines_: Sequence[int]) -> str:
    """A page of narrow columns: `lines_` says how many numbers of each row share a line."""
    out = ["自然人", "法人或其他组", "织", "总", "计", "商业企业", "科研机构", "社会公益组织"]
    out += ["法律服务", "机构", "其他"]
    for side, label, numbers in table:
        out += [side] * bool(side) + [label] * bool(label)
        left = list(numbers)
        for count in lines_:
            out.append(" ".join(left[:count]))
            left = left[count:]
    return "\n".join(out) + "\n"


SHARED = [(1, 1, 4, 1), (1, 1, 1, 1, 3), (2, 5), (1, 1, 5), (3, 1, 1, 2)]


@pytest.mark.parametrize("shared", SHARED)
def test_numbers_of_narrow_columns_that_share_lines_are_one_row(shared: Sequence[int]) -> None:
    source = sharing_lines(lines(), shared)
    assert settled_right(source) == len(TRUE)
    assert wrong(source) == {}


@pytest.mark.parametrize("shared", SHARED)
@pytest.mark.parametrize("row", ["granted", "refused.enforcement_file", "total_handled"])
@pytest.mark.parametrize("what", ["number", "label", "row"])
def test_what_is_lost_among_shared_lines_moves_no_number(
    what: str, row: str, shared: Sequence[int]
) -> None:
    at = index(row)
    for lost in range(7):
        table = lines()
        side, label, numbers = table[at]
        if what == "number":
            table[at] = (side, label, [*numbers[:lost], *numbers[lost + 1 :]])
        elif what == "label":
            table[at] = ("", "", numbers)
        else:
            del table[at]
        assert wrong(sharing_lines(table, shared)) == {}


@pytest.mark.parametrize(
    "head",
    [
        "法人或其他组 总\n自然人\n织 计\n法律服务\n商业企业 科研机构 社会公益组织 其他\n机构\n",
        (
            "      法人或其他组织\n                                   总\n"
            "自然人        社会公 法律服 其\n  商业企业 科研机构           计\n"
            "     益组织 务机构 他\n"
        ),
    ],
    ids=("last of its lines", "to the right"),
)
def test_a_word_for_totals_set_upright_around_the_head_does_not_stand_before_it(head: str) -> None:
    rows = loose(lines()).partition("\n")[2]
    assert settled_right(head + rows) == len(TRUE)


def test_totals_named_first_are_not_read_as_if_they_were_last() -> None:
    head = "总 自然人 商业 科研 社会公 法律服 其\n计 企业 机构 益组织 务机构 他\n"
    table = [(s, label, [n[6], *n[:6]]) for s, label, n in lines()]
    assert wrong(head + loose(table).partition("\n")[2]) == {}


def test_a_line_of_the_head_without_its_merged_cells_says_nothing_of_the_order() -> None:
    """It begins where the labels do, and is filled up at its end."""
    first = "| | | 自然人 | 法人或其他组织 | | | | | 总计 |\n"
    second = "| 商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他 | | | | |\n"
    rows = pipes(lines()).split("\n", 2)[2]
    assert settled_right(f"{first}|{'---|' * 9}\n{second}{rows}") == len(TRUE)


def test_a_head_that_is_read_on_the_second_page_only_is_a_head() -> None:
    table = [loose([line]).partition("\n")[2] for line in lines()]
    head = "自然\n人\n商业\n企业\n科研\n机构\n社会公\n益组织\n法律服\n务机构\n其\n他\n总\n计\n"
    for at in (4, 12, 20):
        source = "自然人商业企业科研机构社会公益组织法律服务机构其他总计\n"
        source += "".join(table[:at]) + head + "".join(table[at:])
        assert wrong(source) == {}
        assert settled_right(source) == len(TRUE)


# ---------------------------------------------------------------- what is no number of section 二

KINDS = "行政许可 行政处罚 行政强制 行政事业性收费".split()


@pytest.mark.parametrize(
    "between",
    [
        "第二十条第（六）项\n3\n信息内容",
        "第二十条第（八）项\n2024 年清河镇人民政府政府信息公开工作年度报告",
        "2024 年清河镇人民政府政府信息公开工作年度报告",
        "填表说明：第 1 项 + 第 2 项 = 第 3 项 + 第 4 项",
        "注：部分公开含区分处理 2 件。",
    ],
)
@pytest.mark.parametrize("kind", KINDS[:-1])
def test_numbers_among_other_words_are_not_those_of_a_row_without_any(
    kind: str, between: str
) -> None:
    source = "\n".join(f"{each}\n{between}" if each == kind else f"{each} 7" for each in KINDS)
    given = {p: c.value for p, c in likeliest(candidates(source, "disclosure")).items()}
    printed = {path: value for path, value in given.items() if value is not None}
    assert len(printed) == len(KINDS) - 1
    assert set(map(str, printed.values())) == {"7"}


def test_a_number_that_ran_into_its_label_is_not_replaced_by_the_next() -> None:
    source = "行政许可,7,7,7\n行政处罚,7,7,7\n行政强制,7,7,7\n2\n行政事业性收费,7,7,7"
    assert all(c.value is None for c in candidates(source, "disclosure"))


@pytest.mark.parametrize(
    "note", ["（注：撤回的计入3.其他）", "（注：\n撤回的计\n入3.其他）", "（例如\n减少8件填"]
)
def test_a_note_in_a_label_of_section_two_leaves_it_its_number(note: str) -> None:
    source = "\n".join(f"{kind}{note}\n{3 * at}" for at, kind in enumerate(KINDS, 1))
    given = [str(c.value) for c in likeliest(candidates(source, "disclosure")).values()]
    assert [value for value in given if value != "None"] == ["3", "6", "9", "12"]


# ---------------------------------------------------------------- what is in a cell of section 三


@layouts
@pytest.mark.parametrize("note", ["（其中1件为批量申请）", "（含上年 5 件）", "①", "件（1件撤回）"])
@pytest.mark.parametrize("row", ["new_received", "refused.enforcement_file", "total_handled"])
def test_a_note_behind_a_number_leaves_it_in_its_place(layout: str, row: str, note: str) -> None:
    for at in (0, 3, 6):
        table = lines()
        table[index(row)][2][at] += note
        source = LAYOUTS[layout](table)
        assert wrong(source) == {}
        if layout in RULED:
            assert settled_right(source) == len(TRUE)


@layouts
@pytest.mark.parametrize("times", [1, 7, 33])
def test_digits_in_cells_of_their_own_are_no_numbers(layout: str, times: int) -> None:
    """Each stands between tags of its own, and the tags are white space."""
    true, table = {}, []
    for (key, *_), (side, label, numbers) in zip(TABLE, lines(), strict=True):
        values_ = [times * int(n) for n in numbers]
        true |= {f"requests.{key}.{c}": v for c, v in zip(COLUMNS, values_, strict=True)}
        table.append((side, label, [digit for v in values_ for digit in str(v)]))
    assert silent(LAYOUTS[layout](table), true) == {}


@pytest.mark.parametrize("times", [107, 1204])
def test_numbers_cut_by_the_width_of_their_column_are_none(times: int) -> None:
    """1204 is 12 and 04 below it."""
    true, table = {}, []
    for (key, *_), (side, label, numbers) in zip(TABLE, lines(), strict=True):
        values_ = [times * int(n) for n in numbers]
        true |= {f"requests.{key}.{c}": v for c, v in zip(COLUMNS, values_, strict=True)}
        cut = [str(v)[i : i + 2] for v in values_ for i in range(0, len(str(v)), 2)]
        table.append((side, label, cut))
    assert silent(one_a_line(table), true) == {}


@layouts
def test_counts_with_a_fraction_of_nothing_are_counts(layout: str) -> None:
    table = [(side, label, [f"{n}.0" for n in numbers]) for side, label, numbers in lines()]
    assert settled_right(LAYOUTS[layout](table)) == len(TRUE)
    table[4] = (*table[4][:2], ["0.5", *table[4][2][1:]])
    assert wrong(LAYOUTS[layout](table)) == {}
    shares = [(side, label, [*numbers, "20.0"]) for side, label, numbers in lines()]
    assert wrong(LAYOUTS[layout](shares)) == {}


def test_a_number_without_its_unit_is_not_replaced_by_one_it_cannot_be_a_part_of() -> None:
    """The agency added up wrongly: 84, not 83 as the sums say."""
    table = [(side, label, [f"{n}件" for n in numbers]) for side, label, numbers in lines()]
    at = index("total_handled")
    table[at] = (*table[at][:2], [*table[at][2][:6], "84"])
    field = settle(candidates(spaced(table)), FORM)["requests.total_handled.total"]
    assert field.value is None
    assert [a.value for a in field.alternatives or ()] == [83, 84]


@pytest.mark.parametrize("lost", ["refused.internal_affairs", "refused.process_information"])
def test_numbers_beside_a_note_are_of_the_label_that_it_is_a_part_of(lost: str) -> None:
    """In the middle of three lines; one label before others could not be read."""
    out = []
    for (key, *_), (_, label, numbers) in zip(TABLE, lines(), strict=True):
        name = "口口口口" if key == lost else label
        noted = key.startswith("refused.") and index(key) >= index(lost)
        if noted:
            out += [name, f"（注：申请人撤回  {'  '.join(numbers)}", "的不计）"]
        else:
            out.append(f"{name}  {'  '.join(numbers)}")
    assert wrong("\n".join(out)) == {}


# ---------------------------------------------------------------- rows with blanks of their own


def test_two_rows_that_lack_a_number_need_not_lack_the_same() -> None:
    """The sums tell which the first lacks; the second may lack any, beside rows of all seven."""
    table = changed(index("carried_in"), "4 0 0 0 0 5".split())[:-2]
    table[index("partially_granted")] = (
        *table[index("partially_granted")][:2],
        "5 0 0 0 0 6".split(),
    )
    assert wrong(loose(table)) == {}
    assert settled_right(loose(table)) >= 150


def test_scattered_rows_that_lack_a_number_each_have_a_blank_of_their_own() -> None:
    """Totals are lost, most rows have six numbers; zeros were left blank, and one number."""
    table = [(side, label, numbers[:6]) for side, label, numbers in lines()]
    zeros = [i for i, (_, _, numbers) in enumerate(table) if set(numbers) == {"0"}]
    lacking = {index("not_processed.petition"): 0, index("unavailable.still_unclear"): 5}
    for row, gone in {**dict.fromkeys(zeros[::2], 3), **lacking}.items():
        side, label, numbers = table[row]
        table[row] = (side, label, [n for i, n in enumerate(numbers) if i != gone])
    side, label, numbers = table[zeros[1]]
    table[zeros[1]] = (side, label, numbers[2:])
    assert wrong(loose(table).replace(" 总计\n", "\n", 1)) == {}


def test_where_blanks_count_no_sum_that_closes_without_them_tells() -> None:
    """A row lost a cell: its total stands where a number stood that another row left blank."""
    table = changed(index("not_processed.confirm_or_reissue"), ["", "0", "0", "0", "0", "2"])
    for key, column in {
        "refused.enforcement_file": 5,
        "granted": 0,
        "refused.third_party_rights": 1,
        "new_received": 1,
        "other.other": 0,
    }.items():
        side, label, numbers = table[index(key)]
        table[index(key)] = (side, label, [*numbers[:column], "", *numbers[column + 1 :]])
    assert wrong(in_one_cell(table)) == {}


@pytest.mark.parametrize("spare", range(1, 7))
def test_a_row_of_another_depth_may_have_a_spare_cell_of_its_own(spare: int) -> None:
    """The page with the other rows across was lost, and (七)总计 has seven numbers."""
    rows = []
    for (key, *_), (side, label, numbers) in [*zip(TABLE, lines(), strict=True)][5:]:
        at = 1 if "." in key else spare
        wide = numbers if key == "total_handled" else [*numbers[:at], "0", *numbers[at:]]
        rows.append("\t".join(["", side, label, *wide] if "." in key else [side or label, *wide]))
    assert wrong("\n".join(rows)) == {}
