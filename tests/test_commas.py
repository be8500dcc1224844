"""Tables between commas among the lines of a report."""

from __future__ import annotations

from gkllm import extract
from gkllm.document import Document
from gkllm.normalise import normalise
from tests.test_align import CONFIDENT, TABLE, TRUE, lines
from tests.test_tables import grid_of, rows_of


def test_rows_between_commas_are_read_with_their_blanks() -> None:
    source = "规章,,,1,\n（一）予以公开,2,,4,\n行政许可,5,6,7,8\n"
    assert grid_of(source).layout == "commas"
    assert rows_of(source) == [
        ["规章", "", "", "1", ""],
        ["(一)予以公开", "2", "", "4", ""],
        ["行政许可", "5", "6", "7", "8"],
    ]


def test_a_cell_with_a_comma_stands_between_quotes() -> None:
    rows = rows_of('"属于""三类""信息","1,288",, "2 43" ,0\n甲,1,2,3,4\n乙,1,2,3,4\n丙,1,2,3,4\n')
    assert rows[0][1:] == ["1,288", "", "2 43", "0"]


def test_each_cell_says_where_it_stands() -> None:
    text = normalise(Document('甲,"1,288", 2 ,３,4\n乙,5,6,7,8\n丙,5,6,7,8\n'))
    for row in grid_of(text.source).rows:
        for cell in row:
            assert text.clean[cell.start : cell.end] == cell.text


def test_commas_of_sentences_make_no_table() -> None:
    sentence = "一是公开，二是答复，三是培训，四是保障，五是考核，六是整改。\n"
    assert grid_of(sentence * 4).layout == "spaced"
    assert (
        grid_of("一、本年新收 3,066 1,101 6 7 1,003 17 3,300 二、上年结转 61 4,000").layout
        == "spaced"
    )


def test_a_report_of_commas_is_read() -> None:
    head = "项目,,自然人,商业企业,科研机构,社会公益组织,法律服务机构,其他,总计\n"
    body = "".join(",".join((side, label, *numbers)) + "\n" for side, label, numbers in lines())
    title = "青山县民政局2022年政府信息公开工作年度报告\n"
    text = f"{title}三、收到和处理政府信息公开申请情况\n{head}{body}"
    fields = extract(text + "四、政府信息公开行政复议、行政诉讼情况\n无。\n").fields
    sure = {p: fields[p].value for p in TRUE if fields[p].status in CONFIDENT}
    assert sure == TRUE
    assert len(TABLE) * 7 == len(sure)
