"""Word documents of all ages: merged cells, nested tables, tracked changes, what is hidden."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from evals.formats.word import packed
from gkllm import errors
from gkllm.document import Document
from gkllm.load import load

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def docx(body: str) -> bytes:
    return packed(f"<w:document {W} {MC}><w:body>{body}</w:body></w:document>")


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def paragraph(*runs: str) -> str:
    return f"<w:p>{''.join(runs)}</w:p>"


def cell(text: str, properties: str = "") -> str:
    inner = "".join(paragraph(run(line)) for line in text.split("\n"))
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def cells(document: Document, table: int = 0) -> list[list[tuple[int, str]]]:
    rows = document.tables[table].rows
    return [[(c.column, document.text[c.start : c.end]) for c in row] for row in rows]


def test_merged_cells_cover_and_blanks_do_not() -> None:
    table = (
        row(cell("甲", '<w:vMerge w:val="restart"/>'), cell("乙", '<w:gridSpan w:val="2"/>'))
        + row(cell("", "<w:vMerge/>"), cell("1"), cell(""))
        + row(cell("丙"), cell("2"), cell("3\n4"))
    )
    document = load(docx(f"<w:tbl>{table}</w:tbl>"))
    assert cells(document) == [
        [(0, "甲"), (1, "乙")],
        [(1, "1"), (2, "")],
        [(0, "丙"), (1, "2"), (2, "3|4")],
    ]
    assert document.tables[0].rows[0][0].rowspan == 2
    assert document.media_type.endswith("wordprocessingml.document")


def test_a_row_that_begins_later_keeps_its_columns() -> None:
    table = row(cell("甲"), cell("1"), cell("2")) + row(
        cell("3"), cell("4"), properties='<w:gridBefore w:val="1"/>'
    )
    assert cells(load(docx(f"<w:tbl>{table}</w:tbl>")))[1] == [(1, "3"), (2, "4")]


def test_inserted_text_counts_and_deleted_and_hidden_text_is_told() -> None:
    body = paragraph(
        run("收到申请"),
        "<w:del><w:r><w:delText>99</w:delText></w:r></w:del>",
        f"<w:ins>{run('3')}</w:ins>",
        run("8", "<w:vanish/>"),
        run("7", '<w:vanish w:val="0"/>'),
        run("6", "<w:strike/>"),
        run("件"),
    )
    document = load(docx(body))
    assert document.text == "收到申请37件\n"
    assert "4 characters of hidden or deleted text" in document.notes[0]


def test_deleted_rows_are_gone_and_controlled_ones_are_there() -> None:
    gone = row(cell("9"), cell("9"), properties='<w:del w:author="a"/>')
    held = f"<w:sdt><w:sdtPr/><w:sdtContent>{row(cell('a'), cell('1'))}</w:sdtContent></w:sdt>"
    document = load(docx(f"<w:tbl>{gone}{held}{row(cell('b'), cell('2'))}</w:tbl>"))
    assert cells(document) == [[(0, "a"), (1, "1")], [(0, "b"), (1, "2")]]


def test_a_text_box_is_read_once() -> None:
    box = f"<w:txbxContent>{paragraph(run('红头标题'))}</w:txbxContent>"
    choice = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    drawing = f"<w:r><mc:AlternateContent>{choice}</mc:AlternateContent></w:r>"
    assert load(docx(paragraph(drawing, run("正文")))).text == "正文\n红头标题\n"


def test_field_codes_are_no_text() -> None:
    codes = "<w:r><w:instrText>PAGE 12</w:instrText></w:r>"
    assert load(docx(paragraph(codes, run("一")))).text == "一\n"


def test_numbers_that_word_writes_by_itself_are_written_out() -> None:
    listed = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    body = "".join(f"<w:p>{listed}{run(text)}</w:p>" for text in ("总体情况", "主动公开"))
    level = (
        '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>'
        '<w:lvlText w:val="%1、"/></w:lvl>'
    )
    numbering = (
        f'<w:numbering {W}><w:abstractNum w:abstractNumId="0">{level}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )
    stream = io.BytesIO(docx(body))
    with zipfile.ZipFile(stream, "a") as made:
        made.writestr("word/numbering.xml", numbering)
    assert load(stream.getvalue()).text == "一、总体情况\n二、主动公开\n"


def test_a_nested_table_is_one_of_its_own_and_a_frame_is_none() -> None:
    inner = f"<w:tbl>{row(cell('规章'), cell('1'))}</w:tbl>"
    outer = (
        f"<w:tbl><w:tr><w:tc>{paragraph(run('一、总体情况'))}{inner}<w:p/></w:tc></w:tr></w:tbl>"
    )
    document = load(docx(outer))
    assert document.text == "一、总体情况\n规章\t1\n"
    assert len(document.tables) == 1


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('<!DOCTYPE a [<!ENTITY x "9">]><w:document/>', errors.UnsupportedFormat),
        (f"<w:document {W}><w:body>", errors.Truncated),
        (f"<w:document {W}><w:body></w:body></w:document>", errors.EmptyInput),
    ],
)
def test_what_is_no_sound_document_is_refused(body: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        load(packed(body))


# ---------------------------------------------------------------- RTF

RTF = (
    r"{\rtf1\ansi\ansicpg936\deff0{\fonttbl{\f0\fnil\fcharset134 SimSun;}{\f1 Arial;}}"
    r"{\stylesheet{\s0 Normal;}}{\*\generator x;}"
)


def rtf(body: str) -> Document:
    return load((RTF + body + "}").encode("ascii"))


def hexed(text: str) -> str:
    return "".join(f"\\'{byte:02x}" for byte in text.encode("gb18030"))


def test_rtf_characters_in_bytes_and_in_numbers() -> None:
    numbers = "".join(f"\\u{ord(c)}?" for c in "申请")
    document = rtf(rf"\pard\f0 {hexed('收到')}\uc1 {numbers}3\par\f1 x\~y\line z{{\v 99}}\par")
    assert document.text == "收到申请3\nx\u00a0y\nz\n"
    assert document.notes


def test_rtf_cells_by_their_edges() -> None:
    first = r"\trowd\clvmgf\cellx1000\cellx2000\cellx3000"
    second = r"\trowd\clvmrg\cellx1000\cellx2010\cellx3000"
    third = r"\trowd\cellx1000\cellx3000"
    body = (
        rf"{first}\pard\intbl a\cell 1\cell\cell\row"
        rf"{second}\pard\intbl\cell 2\cell 3\cell\row"
        rf"{third}\pard\intbl b\cell 4\cell\row\pard end\par"
    )
    document = rtf(body)
    assert cells(document) == [
        [(0, "a"), (1, "1"), (2, "")],
        [(1, "2"), (2, "3")],
        [(0, "b"), (1, "4")],
    ]
    assert document.tables[0].rows[2][1].colspan == 2
    assert document.text.endswith("end\n")


def test_an_rtf_table_inside_a_cell() -> None:
    inner = (
        r"\pard\intbl\itap2 a\nestcell 1\nestcell"
        r"{\*\nesttableprops\trowd\cellx500\cellx900\nestrow}{\nonesttables\par}"
    )
    body = rf"\trowd\cellx1000\cellx2000{inner}\pard\intbl x\cell 2\cell\row\pard end\par"
    document = rtf(body)
    assert cells(document) == [[(0, "a"), (1, "1")]]
    assert document.text.splitlines()[1:] == ["x", "2", "end"]


# ---------------------------------------------------------------- old Word


def test_a_damaged_compound_file_is_said_to_be_one() -> None:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    for data in (head, head + b"\0" * 600, head + struct.pack("<100I", *range(100)) * 4):
        with pytest.raises(errors.UnreadableInput) as caught:
            load(data)
        assert caught.value.code in ("truncated", "unsupported_format")
