"""From paragraphs and tables to the text and the cells of a document, and on to a grid."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gkllm.document import Document, Section
from gkllm.load.written import Block, Piece, written
from gkllm.normalise import normalise
from gkllm.tables import read_grid

HEADS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")


def requests() -> list[list[Piece]]:
    return [
        [Piece("申请人情况", 0, colspan=2), *(Piece(h, i + 2) for i, h in enumerate(HEADS))],
        [Piece("（三）不予公开", 0, rowspan=2), Piece("1.属于国家秘密", 1)]
        + [Piece(str(n), n + 2) for n in range(7)],
        [Piece("2.其他法律行政法规禁止公开", 1), Piece("5", 2)]
        + [Piece("", n + 3) for n in range(6)],
    ]


def grid_of(blocks: list[Block]) -> list[list[tuple[int, str]]]:
    text, tables = written(blocks)
    clean = normalise(Document(text, tables=tables))
    section = Section("requests", (0, 0), 0, len(clean.clean))
    grid = read_grid(clean, section, tables)
    assert (grid.layout, grid.ruled) == ("marked", True)
    for row in grid.rows:
        for cell in row:
            assert clean.clean[cell.start : cell.end] == cell.text
    return [[(cell.x, cell.text) for cell in row] for row in grid.rows]


def test_covered_places_hold_no_cell_and_blanks_hold_an_empty_one() -> None:
    rows = grid_of([requests()])
    assert rows[0][:2] == [(0, "申请人情况"), (2, "自然人")]
    assert rows[2] == [
        (1, "2.其他法律行政法规禁止公开"),
        (2, "5"),
        *((n + 3, "") for n in range(6)),
    ]


def test_the_text_keeps_its_columns_when_it_is_saved_and_read_again() -> None:
    text, _ = written(["三、收到和处理政府信息公开申请情况", requests()])
    lines = text.splitlines()
    assert lines[1].split("\t")[2:] == list(HEADS)
    assert lines[3].split("\t") == ["", "2.其他法律行政法规禁止公开", "5", *[""] * 6]
    assert {line.count("\t") for line in lines[1:]} == {8}


def test_a_cell_that_is_its_row_keeps_its_paragraphs() -> None:
    text, tables = written([[[Piece("一、总体情况\n我局收到3件。", 0, colspan=4)], []]])
    assert text == "一、总体情况\n我局收到3件。\n"
    assert len(tables[0].rows) == 1


def test_stacked_figures_in_a_cell_never_become_one_number() -> None:
    rows = grid_of(
        [[[Piece("规章", 0), Piece("1\n2", 1), Piece("0", 2), Piece("结果\n维持", 3)]] * 2]
    )
    assert rows[0] == [(0, "规章"), (1, "1|2"), (2, "0"), (3, "结果维持")]


def test_full_width_forms_and_invisible_characters_keep_cells_in_place() -> None:
    rows = grid_of(
        [
            "\u200b前言\r",
            [[Piece("规\u200b章", 0), Piece("１，１１３\u200b", 1), Piece("\u00a0", 2)]] * 2,
        ]
    )
    assert rows[0] == [(0, "规章"), (1, "1,113"), (2, "")]


def test_a_frame_around_a_text_is_no_table_of_figures() -> None:
    text, tables = written(
        [[[Piece("公开", 0), Piece("规章\t0\t1", 1)]], "规章\t0\t1\t2\n规章\t0\t1\t2"]
    )
    clean = normalise(Document(text, tables=tables))
    section = Section("disclosure", (0, 0), 0, len(clean.clean))
    assert read_grid(clean, section, tables).layout == "tabs"


def test_the_rows_of_a_table_belong_to_the_section_they_begin_in() -> None:
    table = [[Piece("规章", 0), *(Piece(str(n), n) for n in (1, 2, 3))] for _ in range(3)]
    text, tables = written([table, "三、收到和处理", table])
    clean = normalise(Document(text, tables=tables))
    half = text.index("三、")
    first = Section("disclosure", (0, 0), 0, half)
    second = Section("requests", (half, half + 7), half + 7, len(text))
    assert len(read_grid(clean, first, tables).rows) == 3
    assert len(read_grid(clean, second, tables).rows) == 3


ANY = st.text(alphabet="规章 \t\n\r\u200b０1,&amp;|-\u3000", max_size=8)


@given(st.lists(st.one_of(ANY, st.lists(st.lists(ANY, min_size=1, max_size=4), max_size=4))))
def test_every_cell_leads_to_its_own_text(drawn: list[str | list[list[str]]]) -> None:
    blocks: list[Block] = [
        b if isinstance(b, str) else [[Piece(t, x) for x, t in enumerate(row)] for row in b]
        for b in drawn
    ]
    text, tables = written(blocks)
    clean = normalise(Document(text, tables=tables))
    last = 0
    for table in tables:
        for row in table.rows:
            for cell in row:
                assert last <= cell.start <= cell.end <= len(text)
                assert len(row) == 1 or "\t" not in text[cell.start : cell.end]
                start, end = clean.clean_span(cell.start, cell.end)
                assert 0 <= start <= end <= len(clean.clean)
                last = cell.end
