"""Two tables in one report: last year's beside this year's, a unit's before the whole's."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gkllm import extract
from gkllm.report import CONFIDENT, Report
from tests.test_align import COLUMNS, LAYOUTS, TABLE, Line, lines

layouts = pytest.mark.parametrize("layout", list(LAYOUTS))
LATER = "三、收到和处理政府信息公开申请情况"
HEAD = (
    "青溪县水务局2023年政府信息公开工作年度报告\n\n一、总体情况\n\n2023年，我局做好公开工作。\n\n"
)
TAIL = "\n四、政府信息公开行政复议、行政诉讼情况\n\n五、存在的主要问题及改进情况\n\n无。\n"


def other() -> list[Line]:
    """A table that keeps all rules, and differs from `lines` in every row that counts."""
    return [(s, label, [str(3 * int(n)) for n in numbers]) for s, label, numbers in lines()]


def report(*parts: str) -> Report:
    return extract(HEAD + "\n".join(parts) + TAIL)


def told(read: Report, table: Sequence[Line]) -> dict[str, object]:
    """The confident values of section 三 that are not those of a table."""
    true = {
        f"requests.{row}.{column}": int(number)
        for (row, *_), (_, _, numbers) in zip(TABLE, table, strict=True)
        for column, number in zip(COLUMNS, numbers, strict=True)
    }
    fields = read.fields
    return {
        path: fields[path].value
        for path, value in true.items()
        if fields[path].status in CONFIDENT and fields[path].value != value
    }


@layouts
@pytest.mark.parametrize("gone", [None, "label", "numbers", "row"])
def test_of_two_tables_that_differ_nothing_is_told_in_which_they_do(
    layout: str, gone: str | None
) -> None:
    """Not even a row that only one of them has."""
    first, second = lines(), other()
    for table, at in ((first, 4), (second, 14)):
        side, label, numbers = table[at]
        if gone == "row":
            table[at] = ("", "", [])
        elif gone:
            table[at] = ("", "", numbers) if gone == "label" else (side, label, [""] * 7)
    setter = LAYOUTS[layout]
    read = report(LATER, "所属中心：\n", setter(first), "全局：\n", setter(second))
    assert told(read, other()) == {}
    assert told(read, lines()) == {}


@layouts
def test_the_same_table_printed_twice_is_one_table(layout: str) -> None:
    setter = LAYOUTS[layout]
    once = report(LATER, setter(lines()))
    twice = report(LATER, setter(lines()), "再次：\n", setter(lines()))
    assert told(twice, lines()) == {}
    if layout in ("tabs", "pipes", "stacked"):
        values = [{p: f.value for p, f in r.fields.items()} for r in (once, twice)]
        assert values[0] == values[1]


@layouts
@pytest.mark.parametrize("first", [True, False])
def test_a_table_whose_heading_names_another_year_is_not_the_report_s(
    layout: str, *, first: bool
) -> None:
    setter = LAYOUTS[layout]
    parts = [
        f"表1 2022年{LATER[2:]}\n" + setter(other()),
        f"表2 2023年{LATER[2:]}\n" + setter(lines()),
    ]
    read = report(LATER, *(parts if first else parts[::-1]))
    alone = report(LATER, setter(lines()))
    assert told(read, lines()) == {}
    assert {p: f.value for p, f in read.fields.items()} == {
        p: f.value for p, f in alone.fields.items()
    }


@layouts
def test_without_a_title_no_heading_tells_which_year_is_the_report_s(layout: str) -> None:
    setter = LAYOUTS[layout]
    parts = (
        f"表1 2022年{LATER[2:]}\n{setter(other())}",
        f"表2 2023年{LATER[2:]}\n{setter(lines())}",
    )
    read = extract("\n".join(parts) + TAIL)
    assert told(read, lines()) == {} == told(read, other())


def test_the_only_table_is_the_report_s_whatever_year_a_leftover_heading_names() -> None:
    read = report("三、2022年收到和处理政府信息公开申请情况", LAYOUTS["pipes"](lines()))
    assert read.fields["requests.new_received.total"].value == 89


@layouts
@pytest.mark.parametrize(
    "title", ["附：2022年度数据", "附表 上年度（2022年）政府信息公开情况", "附件2：上年度情况"]
)
def test_the_tables_of_an_annex_fill_no_cell_of_the_report(layout: str, title: str) -> None:
    setter = LAYOUTS[layout]
    table = lines()
    table[0] = ("", "", [])
    annex = f"\n六、其他需要报告的事项\n\n无。\n\n{title}\n\n{LATER}\n{setter(other())}"
    read = extract(HEAD + LATER + "\n" + setter(table) + TAIL + annex)
    assert told(read, lines()) == {}


# ---------------------------------------------------------------- columns of another year

SECOND = "二、主动公开政府信息情况"
OTHERS = ["上年同期", "本年修改件数", "2022年数", "去年数量"]


def disclosed(at: int, foreign: str, rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Section 二 with a column that the form has not before its column `at`, filled with 9."""
    names = ["本年制发件数", "本年废止件数", "现行有效件数"]
    table = [["信息内容", *names[:at], foreign, *names[at:]]]
    for label, row in zip(("规章", "行政规范性文件"), rows, strict=True):
        table.append([label, *row[:at], "9", *row[at:]])
    single = ["本年处理决定数量", foreign] if at else [foreign, "本年处理决定数量"]
    table += [["信息内容", *single], ["行政许可", *(["7", "9"] if at else ["9", "7"])]]
    table += [["信息内容", *single], ["行政处罚", *(["", "9"] if at else ["9", ""])]]
    return table


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("foreign", OTHERS)
@pytest.mark.parametrize("joint", ["\t", " | ", "   ", "\n", ","])
def test_a_column_that_the_form_has_not_fills_none_of_section_two(
    joint: str, foreign: str, at: int
) -> None:
    for rows in ([["", "1", "3"], ["2", "", ""]], [["4", "1", "3"], ["2", "0", ""]]):
        table = disclosed(at, foreign, rows)
        source = "\n".join(joint.join(row).strip("\n") for row in table)
        if joint == " | ":
            source = "\n".join(f"| {joint.join(row)} |" for row in table)
        fields = report(SECOND, source, LATER, LAYOUTS["pipes"](lines())).fields
        given = {
            path: str(field.value)
            for path, field in fields.items()
            if path.startswith("disclosure.") and field.status in CONFIDENT
        }
        assert "9" not in given.values()
        for place, row in zip(("regulations", "normative_documents"), rows, strict=True):
            for column, number in zip(("issued", "repealed", "in_force"), row, strict=True):
                assert given.get(f"disclosure.{place}.{column}", number or None) == (number or None)


@layouts
@pytest.mark.parametrize("at", [0, 7])
def test_a_column_of_last_year_beside_blanks_moves_no_number(layout: str, at: int) -> None:
    table = [(s, label, [*numbers[:at], "9", *numbers[at:]]) for s, label, numbers in lines()]
    blank = [(s, label, ["" if n == "0" else n for n in ns]) for s, label, ns in table]
    head = LAYOUTS[layout](lines()).split("三、", 1)[0]
    source = LAYOUTS[layout](blank)
    for word in ("总计", "自然人"):
        if word in head:
            source = source.replace(word, f"{word} 上年数" if at else f"上年数 {word}", 1)
            break
    assert told(report(LATER, source), lines()) == {}


@layouts
@pytest.mark.parametrize(
    "note", ["（指2021年\n以来新制发的，如\n修订则计1件）", "（例如减少8件\n填-8）"]
)
def test_a_note_that_speaks_of_changes_names_no_column(layout: str, note: str) -> None:
    table = lines()
    table[6] = (
        table[6][0],
        f"{table[6][1]}{note if layout == 'one_a_line' else note.replace(chr(10), '')}",
        table[6][2],
    )
    plain = told(report(LATER, LAYOUTS[layout](table)), lines())
    assert plain == {}
    fields = report(LATER, LAYOUTS[layout](table)).fields
    assert fields["requests.new_received.total"].value == 89
