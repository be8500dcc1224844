"""Pages of government sites: what of them is the report, and what its tables are."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from gkllm.document import Document
from gkllm.errors import EmptyInput
from gkllm.load import load

TITLE = "石柳镇2023年政府信息公开工作年度报告"
HEADS = "一、总体情况 二、主动公开政府信息情况 三、收到和处理政府信息公开申请情况".split()
ROW = "<tr><td>规章</td><td>1</td><td>0</td><td>13</td></tr>"
LABELS = "<tr><td>信息内容</td><td>本年制发件数</td><td>本年废止件数</td><td>现行有效件数</td></tr>"
TABLE = f"<table>{LABELS}{ROW}</table>"
BODY = (
    f"<h1>{TITLE}</h1><p>根据《条例》的规定，编制本报告。</p><p>{HEADS[0]}</p><p>我镇收到申请3件。</p>"
    f"<p>{HEADS[1]}</p>{TABLE}<p>{HEADS[2]}</p>"
)


def read(markup: str) -> Document:
    document = load(f"<!doctype html><body>{markup}".encode())
    assert document.media_type == "text/html"
    return document


def cells(document: Document, table: int = 0) -> list[list[tuple[int, str]]]:
    return [
        [(c.column, document.text[c.start : c.end]) for c in row]
        for row in document.tables[table].rows
    ]


def test_the_article_is_found_among_navigation_and_footers() -> None:
    document = read(
        "<ul><li><a href=/>首页</a></li>"
        "<li><a href=/b>柳河镇2022年政府信息公开工作年度报告</a></li></ul>"
        "<div class=m><div class=l><h3>相关阅读</h3></div>"
        f"<div class=a>{BODY}<p>上一篇：<a href=1>无</a></p></div></div>"
        "<div class=f><p>主办：某某市人民政府</p><p>访问量：12345</p></div>"
    )
    lines = document.text.splitlines()
    assert lines[0] == TITLE
    assert lines[-1] == HEADS[2]
    assert "柳河镇" not in document.text
    assert cells(document)[1] == [(0, "规章"), (1, "1"), (2, "0"), (3, "13")]


def test_what_the_page_says_of_the_document_becomes_lines() -> None:
    about = (
        "<table><tr><td>索引号</td><td>001/2024-1</td><td>发布机构</td><td>石柳镇人民政府</td></tr>"
        "<tr><td>发布日期</td><td>2024-01-18</td><td>文 号</td><td></td></tr></table>"
    )
    text = read(f"<div>{about}</div><div>{BODY}</div>").text
    assert "发布机构：石柳镇人民政府\n" in text
    assert "发布日期：2024-01-18\n" in text


def test_the_title_of_the_page_stands_in_for_one_that_is_not_shown() -> None:
    bare = BODY.replace(f"<h1>{TITLE}</h1>", "")
    document = read(f"<title>{TITLE}_某县人民政府</title><div>{bare}</div>")
    assert document.text.splitlines()[0] == TITLE


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            "<tr><td rowspan=2>甲<td>1<td>2<tr><td>3<td>4",
            [[(0, "甲"), (1, "1"), (2, "2")], [(1, "3"), (2, "4")]],
        ),
        (
            "<tr><td colspan=2>甲</td><td></td></tr><tr><td>a</td><td colspan=9999999>b</td></tr>",
            [[(0, "甲"), (2, "")], [(0, "a"), (1, "b")]],
        ),
        (
            (
                "<tr><th>甲<p>乙</p></th><td><span>1</span><span>3</span></td><td>1<br>3</td></tr>"
                "<tr><td>&nbsp;</td><td><b>1</b>\n<b>3</b></td><td><p>结果</p><p>维持</p></td></tr>"
            ),
            [[(0, "甲乙"), (1, "13"), (2, "1|3")], [(0, ""), (1, "1 3"), (2, "结果维持")]],
        ),
        (
            (
                "<tr style='display:none'><td>0<td>0<td>9</tr>"
                "<tr><td>甲<td style='display: none'>8<td>1<td>2</tr>"
            ),
            [[(0, "甲"), (1, "1"), (2, "2")]],
        ),
        ("<tr><td rowspan=0>甲<td>1<td>2", [[(0, "甲"), (1, "1"), (2, "2")]]),
    ],
)
def test_cells_stand_in_their_columns(rows: str, expected: object) -> None:
    assert cells(read(f"<p>规章<table>{rows}</table>")) == expected


def test_the_innermost_table_counts_and_layout_is_none() -> None:
    document = read(f"<table><tr><td>左<td><table><tr><td>{BODY}</table></table>")
    assert len(document.tables) == 1
    assert cells(document)[0][0] == (0, "信息内容")


def test_a_table_inside_a_cell_of_a_table_keeps_the_rows_around_it() -> None:
    inner = "<table><tr><td>1.属于国家秘密</td><td>3</td><td>4</td></tr></table>"
    rows = f"<tr><td>甲</td><td>1</td><td>2</td></tr><tr><td>三</td><td>{inner}</td></tr>"
    document = read(f"<table>{rows}<tr><td>丙</td><td>5</td><td>6</td></tr></table>")
    assert [cells(document, t)[0][0][1] for t in range(3)] == ["甲", "1.属于国家秘密", "丙"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "big5"])
@pytest.mark.parametrize("declared", ["", "gb2312", "utf-8", "iso-8859-1"])
def test_the_bytes_decide_and_no_label(encoding: str, declared: str) -> None:
    meta = (
        f"<meta http-equiv=Content-Type content='text/html; charset={declared}'>"
        if declared
        else ""
    )
    text = "某镇政府信息公開工作年度報告，收到申請0件" if encoding == "big5" else BODY
    page = f"<html><head>{meta}</head><body><p>{text}</body></html>"
    assert "申" in load(page.encode(encoding, "ignore")).text


def test_a_page_inside_a_script_is_found() -> None:
    stored = BODY.replace('"', '\\"').replace("</", "<\\/") + "&nbsp;" * 40
    document = read(f'<div id=a></div><script>var c = "{stored}"; show(c);</script>')
    assert document.text.splitlines()[0] == TITLE
    assert cells(document)[1][3] == (3, "13")


def test_a_page_that_a_script_decodes_is_found() -> None:
    inner = quote(
        f"<div><h1>石柳镇2023年政府信息公开工作年度报告</h1>{'<p>规章制度</p>' * 60}</div>"
    )
    found = read(f'<html><body><script>document.write(decodeURIComponent("{inner}"))</script>')
    assert "石柳镇2023年" in found.text


def test_a_page_whose_text_is_fetched_says_what_to_do() -> None:
    with pytest.raises(EmptyInput, match="Open it in a browser"):
        read('<!doctype html><html><body><div id="app"></div><script src="a.js"></script></body>')


@pytest.mark.parametrize(
    "gone",
    [
        "<s>99</s>",
        "<del>99</del>",
        "<span style='text-decoration: line-through'>99</span>",
        "<span class='note sr-only'>99</span>",
        "<span style='position:absolute; left:-9999px'>99</span>",
    ],
)
def test_struck_text_and_text_off_the_screen_is_left_out(gone: str) -> None:
    document = read(f"<div>{BODY}<p>收到申请{gone}3件。</p></div>")
    assert "收到申请3件" in document.text
    assert "99" not in document.text


def test_the_number_of_a_note_is_no_digit_of_a_number() -> None:
    page = "<p>共收到申请7<sup>1</sup>件,<sup>注</sup>答复2<sup>[3]</sup>件。</p>"
    document = read(f"<div>{BODY}{page}</div>")
    assert "共收到申请7件,注答复2件。" in document.text


def test_what_is_hidden_is_left_out_and_told() -> None:
    document = read(f"<div>{BODY}<p style='display:none'>收到申请99件。</p></div>")
    assert "99" not in document.text
    assert "left out" in document.notes[0]


def test_hiding_all_but_a_little_hides_nothing() -> None:
    document = read(f"<p>年报</p><div style='display:none'>{BODY}</div>")
    assert TITLE in document.text


def test_pictures_in_the_place_of_tables_are_told() -> None:
    document = read(f"<div>{BODY.replace(TABLE, '<p><img src=1.png></p>')}</div>")
    assert document.tables == ()
    assert "pictures" in document.notes[0]
    assert "[图片]" in document.text


def test_a_page_needs_no_name_and_a_text_with_a_tag_is_no_page() -> None:
    piece = f"<div>{BODY}</div>" + ROW * 20
    assert load(piece.encode()).media_type == "text/html"
    assert load("规章\t0\t0\n<br>\n".encode()).media_type == "text/plain"
    assert load(f"<html>{BODY}".encode()).sha256


def test_a_saved_page_is_known_whichever_line_comes_first() -> None:
    mail = (
        b'Content-Type: multipart/related; boundary="x"\r\nDate: Mon, 1 Jan 2024\r\n\r\n--x\r\n'
        b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    )
    page = "<html><body><p>石柳镇2023年政府信息公开工作年度报告</p></body></html>".encode()
    document = load(mail + page + b"\r\n--x--\r\n")
    assert document.text.strip() == "石柳镇2023年政府信息公开工作年度报告"


def test_a_saved_page_with_its_parts_is_read() -> None:
    mail = (
        b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\n"
        b"Content-Type: text/html; charset=gb2312\nContent-Transfer-Encoding: 8bit\n\n"
    )
    document = load(mail + f"<html><body>{BODY}</body></html>".encode("gb18030") + b"\n--b--\n")
    assert document.text.splitlines()[0] == TITLE
