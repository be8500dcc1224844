"""Tables with a rule between rows, wiki rows, cells that white space parts, escaped marks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gkllm import extract
from gkllm.document import Document
from gkllm.load import load
from gkllm.normalise import normalise
from gkllm.tables.spaced import breadth
from tests.test_tables import grid_of, rows_of


def wrapped(text: str, wide: int) -> list[str]:
    """A cell in lines of so many columns of characters."""
    lines = [""]
    for sign in text:
        if breadth(lines[-1] + sign) > wide:
            lines.append("")
        lines[-1] += sign
    return lines


def drawn(rows: Sequence[Sequence[str]], wide: int) -> str:
    """A table as pandoc draws one whose cells are too long for a line."""
    rule = f"+{'+'.join('-' * (wide + 2) for _ in rows[0])}+"
    out = [rule]
    for row in rows:
        cells = [wrapped(cell, wide) for cell in row]
        for i in range(max(map(len, cells))):
            parts = [cell[i] if i < len(cell) else "" for cell in cells]
            padded = (part + " " * (wide - breadth(part)) for part in parts)
            out.append(f"| {' | '.join(padded)} |")
        out.append(rule)
    return "\n".join(out) + "\n"


ROWS = [
    ["规章", "1", "", "12"],
    ["行政规范性文件", "3", "0", "4"],
    ["行政事业性收费", "", "", "7"],
    ["行政许可", "5", "6", "80271"],
]


@pytest.mark.parametrize("wide", [5, 6, 9, 14, 40])
def test_what_stands_between_two_rules_is_one_row(wide: int) -> None:
    grid = grid_of(drawn(ROWS, wide))
    assert (grid.layout, grid.ruled) == ("drawn", True)
    assert [[cell.text for cell in row] for row in grid.rows] == ROWS


@given(st.integers(6, 30), st.lists(st.integers(0, 99_999), min_size=12, max_size=12))
def test_a_cell_says_where_it_stands(wide: int, numbers: list[int]) -> None:
    rows = [[f"第{i}项内容", *map(str, numbers[3 * i : 3 * i + 3])] for i in range(4)]
    text = normalise(Document(drawn(rows, wide)))
    for row in grid_of(text.source).rows:
        for cell in row[1:]:
            assert text.clean[cell.start : cell.end] == cell.text


def test_a_rule_in_some_columns_leaves_the_cell_beside_it_whole() -> None:
    source = dedent("""\
        +------+------+----+
        | 三、 | 予以 | 32 |
        | 本年 | 公开 |    |
        |      +------+----+
        | 度   | 部分 | 8  |
        |      | 公开 |    |
        +------+------+----+
        | 四   | 结转 | 1  |
        +------+------+----+
        """)
    assert rows_of(source) == [
        ["三、本年度", "予以公开", "32"],
        ["", "部分公开", "8"],
        ["四", "结转", "1"],
    ]


def test_a_cell_over_several_columns_stands_in_the_first() -> None:
    source = dedent("""\
        +--------+----+----+
        | 情况        | 总 |
        +--------+----+----+
        | 自然人 | 法 | 计 |
        +--------+----+----+
        | 1      | 2  | 3  |
        +--------+----+----+
        """)
    first, second, _ = grid_of(source).rows
    assert [(cell.x, cell.text) for cell in first] == [(0, "情况"), (2, "总")]
    assert [cell.x for cell in second] == [0, 1, 2]


def test_where_only_the_head_has_a_rule_each_line_is_a_row() -> None:
    body = "\n".join(f"| {' | '.join(row)} |" for row in ROWS)
    rule = "+------+----+----+----+"
    assert rows_of(f"{rule}\n| 项目 | 甲 | 乙 | 丙 |\n{rule}\n{body}\n{rule}\n")[2:] == ROWS[1:]


def test_a_table_within_a_cell_is_not_read() -> None:
    inner = "\n".join(f"| {line} |" for line in drawn(ROWS, 9).splitlines())
    assert rows_of(f"+{'-' * 51}+\n{inner}\n+{'-' * 51}+\n") == []


def test_marks_of_pandoc_around_a_cell_are_none_of_it() -> None:
    rows = [[f'::: {{align="center"}}{cell}:::' for cell in row] for row in ROWS]
    assert rows_of(drawn(rows, 6)) == ROWS


def test_a_line_that_only_begins_like_a_row_keeps_its_words() -> None:
    source = "+--+--+\n| 1 | 2 |\n+--+--+\n| 3 | 4 |\n+--+--+\n\n| 总计 丨 3\n| 5 | 6 |\n"
    assert rows_of(source) == [["1", "2"], ["3", "4"], ["总计 丨 3"], ["5", "6"]]


def test_a_row_of_a_wiki_has_double_borders() -> None:
    assert rows_of("||项目||甲||乙||\n|规章|1|2|\n|许可|3|4|\n") == [
        ["项目", "甲", "乙"],
        ["规章", "1", "2"],
        ["许可", "3", "4"],
    ]
    assert rows_of("|-\n| 规章 || 1 ||  || 12\n|-\n| 许可 || 3 || 4 || 5\n")[-1] == [
        *("许可", "3", "4", "5")
    ]


@pytest.mark.parametrize("apart", [2, 3, 4])
def test_lines_of_white_space_between_tags_are_no_cells(apart: int) -> None:
    filler = "\t\n" * (apart - 1)
    rows = [["规章", "1", "", "12"], ["文件", "3", "0", "4"], ["许可", "5", "6", "7"]]
    source = filler.join(f"\t{cell}\n" for row in rows for cell in row)
    (found,) = grid_of(source).rows
    assert [cell.text for cell in found] == [cell for row in rows for cell in row]
    assert [cell.x for cell in found] == list(range(12))


def test_marks_that_markdown_escapes_are_read_and_lead_back() -> None:
    text = normalise(Document(r"1\. 属于国家秘密 \- 2\.5 a\|b"))
    assert text.clean == r"1. 属于国家秘密 - 2.5 a\|b"
    at = text.clean.index("2.5")
    assert text.quote(at, at + 3) == r"2\.5"


def test_one_table_of_html_leaves_the_lines_of_markdown_around_it() -> None:
    cells = "".join(f"<td>{n}</td>" for n in (1, 2, 3))
    island = f"<table><tr><th>甲</th><th>乙</th><th>丙</th></tr>{f'<tr>{cells}</tr>' * 6}</table>"
    document = load(f"二、主动公开\n\n{drawn(ROWS, 9)}\n三、申请\n\n{island}\n".encode())
    assert drawn(ROWS, 9) in document.text
    assert len(document.tables) == 1


def test_the_last_day_of_the_period_may_be_cut_by_a_line_end() -> None:
    line = "本报告所列数据的统计期限为2022年1月1日至2022年12月3\n   1日。\n"
    fields = extract(f"青石县民政局2022年政府信息公开工作年度报告\n{line}").fields
    assert fields["facts.period_end"].value == "2022-12-31"
    other = extract("青石县民政局2022年报告\n数据统计期限为2022年1月1日至2022年11月2\n8日。\n")
    assert other.fields["facts.period_end"].value in (None, "2022-11-28")


@pytest.mark.parametrize("line", ["+" + "-+" * 60_000 + "x", "+" * 200_000, "+-" * 100_000])
def test_a_line_of_many_borders_takes_no_time(line: str) -> None:
    start = time.process_time()
    rows_of(f"{line}\n| 规章 | 1 | 2 |\n" * 4)
    assert time.process_time() - start < 5
