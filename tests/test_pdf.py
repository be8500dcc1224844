"""PDF: tables between lines and without, over pages, on their side; text that nobody sees."""

from __future__ import annotations

from itertools import pairwise

import pytest

from evals.drawn import Drawing, advance, assemble, pdf
from gkllm.document import Document
from gkllm.errors import (
    Crashed,
    EmptyInput,
    Encrypted,
    NotInstalled,
    OfPictures,
    OutOfMemory,
    TimedOut,
    TooLarge,
    Truncated,
)
from gkllm.load import load
from gkllm.load.pdf import read
from gkllm.load.pdf.lines import rows_of, uncounted
from gkllm.load.pdf.page import MOST_PAGES, Glyph
from gkllm.pipeline import extract

XS = [60, 200, 260, 320, 380]
HEAD = ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"]
ROWS = [["规章", "1", "0", "12"], ["行政规范性文件", "3", "20", "451"]]


def table_page(**page: int) -> Drawing:
    drawing = Drawing(**page)
    drawing.words("二、主动公开政府信息情况", 60, 80, 14)
    drawing.table([HEAD, *ROWS], XS, 100)
    return drawing


def cells(document: Document) -> list[list[list[str]]]:
    return [
        [[document.text[c.start : c.end] for c in row] for row in table.rows]
        for table in document.tables
    ]


def read_one(drawing: Drawing) -> Document:
    return read(pdf([drawing]))


def draws_chinese() -> bool:
    """Whether PDFium finds a font with Chinese characters on this machine.

    The files here name a font that they do not hold. Without one, PDFium leaves out characters
    on their side and those that are a text of their own.
    """
    drawing = Drawing()
    drawing.letters("规章", 60, 80)
    try:
        return "规" in read_one(drawing).text
    except EmptyInput:
        return False


needs_font = pytest.mark.skipif(not draws_chinese(), reason="no font with Chinese characters here")


# ---------------------------------------------------------------- tables on a page


def test_a_table_between_lines_keeps_its_cells() -> None:
    document = read_one(table_page())
    assert document.text.startswith("二、主动公开政府信息情况\n信息内容\t本年制发件数")
    assert cells(document) == [[HEAD, *ROWS]]
    assert document.media_type == "application/pdf"
    assert document.notes == ()


@needs_font
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_on_its_side_reads_the_same(quarters: int) -> None:
    """The content is turned, with or without a /Rotate that turns the page back for the eye."""
    upright = table_page()
    wide, high = (842, 595) if quarters % 2 else (595, 842)
    matrix = {1: "0 -1 1 0 0 595", 2: "-1 0 0 -1 595 842", 3: "0 1 -1 0 842 0"}[quarters]
    for rotate in (0, (4 - quarters) % 4 * 90):
        turned = Drawing(width=wide, height=high, rotate=rotate)
        turned.parts = [f"q {matrix} cm".encode(), *upright.parts, b"Q"]
        assert cells(read_one(turned)) == [[HEAD, *ROWS]]


def test_a_page_that_is_only_shown_turned_reads_the_same() -> None:
    assert cells(read_one(table_page(rotate=90))) == [[HEAD, *ROWS]]


@needs_font
def test_letters_that_are_drawn_one_by_one_are_words_again() -> None:
    drawing = Drawing()
    drawing.grid(XS[:3], [100, 120, 140])
    drawing.letters("行政许可", 64, 114)
    drawing.letters("1288", 204, 114)
    drawing.letters("行政处罚", 64, 134)
    drawing.letters("45.05", 204, 134)
    assert cells(read_one(drawing)) == [[["行政许可", "1288"], ["行政处罚", "45.05"]]]


def test_merged_cells_have_no_inner_lines() -> None:
    drawing = Drawing()
    for y in (100, 120, 140, 160):
        drawing.line(60 if y != 140 else 100, y, 380, y)
    for x in (60, 100, 380):
        drawing.line(x, 100 if x != 100 else 120, x, 160)
    drawing.words("申请人情况", 180, 114)
    drawing.words("公开", 64, 144)
    drawing.words("3", 104, 134)
    drawing.words("4", 104, 154)
    document = read_one(drawing)
    spans = [[(c.column, c.colspan, c.rowspan) for c in row] for row in document.tables[0].rows]
    assert spans == [[(0, 2, 1)], [(0, 1, 2), (1, 1, 1)], [(1, 1, 1)]]


def test_frames_of_single_cells_are_one_table() -> None:
    drawing = Drawing()
    for row, y in enumerate((100, 121.5)):
        for (x0, x1), text in zip(pairwise(XS), ROWS[row], strict=True):
            drawing.raw(f"0.7 w {x0} {842 - y - 20} {x1 - x0 - 1.5} 20 re S")
            drawing.words(text, x0 + 4, y + 14)
    assert cells(read_one(drawing)) == [ROWS]


def test_a_number_that_fills_its_line_goes_on_in_the_next_and_others_do_not() -> None:
    """Broken by a narrow column, 27602 is one number; 3 above 12 with room beside are two."""
    drawing = Drawing()
    drawing.grid([60, 84, 160], [100, 130])
    for i, (text, x) in enumerate((("2760", 62), ("2", 67), ("3", 110), ("12", 110))):
        drawing.words(text, x, 112 + 12 * (i % 2))
    assert cells(read_one(drawing)) == [[["27602", "3|12"]]]


def test_a_letter_printed_twice_for_boldness_is_one() -> None:
    drawing = Drawing()
    for aside in (0, 0.4):
        drawing.words("总计11", 60 + aside, 100)
    assert read_one(drawing).text == "总计11\n"


def test_the_letters_of_a_ligature_are_two() -> None:
    """PDFium gives ff, drawn as one sign, as two letters in one box."""
    (row,) = rows_of(
        [Glyph(char, x, 0, x + 6, 10, 8) for char, x in (("y", 0), ("f", 6), ("f", 6))]
    )
    assert row.text == "yff"


# ---------------------------------------------------------------- over pages


def two_pages(above: list[list[str]], below: list[list[str]], foot: str = "") -> Document:
    first, second = Drawing(), Drawing()
    first.table(above, XS, 700)
    second.table(below, XS, 60)
    for number, page in enumerate((first, second), 1):
        if foot:
            page.words(foot.format(number), 290, 815)
    return read(pdf([first, second]))


@pytest.mark.parametrize("foot", ["", "{}", "- {} -", "第 {} 页"])
def test_a_table_goes_on_over_a_page_break_and_its_page_numbers(foot: str) -> None:
    document = two_pages([HEAD, ROWS[0]], [ROWS[1]], foot)
    assert cells(document) == [[HEAD, *ROWS]]
    assert len(document.text.splitlines()) == 3


def test_a_head_that_comes_again_is_dropped() -> None:
    assert cells(two_pages([HEAD, ROWS[0]], [HEAD, ROWS[1]])) == [[HEAD, *ROWS]]


def test_a_row_torn_in_two_is_one_row() -> None:
    document = two_pages([ROWS[0], ["行政规范", "3", "20", "451"]], [["性文件", "", "", ""]])
    assert cells(document) == [ROWS]
    document = two_pages([ROWS[0], ["行政规范", "", "", ""]], [["性文件", "3", "20", "451"]])
    assert cells(document) == [ROWS]


def test_rows_that_are_whole_stay_apart() -> None:
    blank = ["规章", "", "", ""]
    assert cells(two_pages([HEAD], [blank])) == [[HEAD, blank]]
    assert cells(two_pages([ROWS[0]], [ROWS[0]])) == [[ROWS[0], ROWS[0]]]
    numbers = ["3", "1", "0", "0"]
    assert cells(two_pages([HEAD], [numbers])) == [[HEAD, numbers]]


def test_other_columns_are_another_table() -> None:
    first, second = Drawing(), Drawing()
    first.table([HEAD], XS, 700)
    second.table([["自然人", "2"]], [60, 150, 300], 60)
    assert len(read(pdf([first, second])).tables) == 2


# ---------------------------------------------------------------- without lines


def test_words_without_lines_are_aligned_by_spaces() -> None:
    drawing = Drawing()
    for y, row in zip((100, 120, 140), [HEAD, ["规章", "1", "", "12"], ROWS[1]], strict=True):
        for text, x in zip(row, (100, 230, 320, 410), strict=True):
            drawing.words(text, x - advance(text, 10) / 2, y)
    document = read_one(drawing)
    assert document.tables == ()
    lines = document.text.splitlines()
    assert [line.split() for line in lines] == [HEAD, ["规章", "1", "12"], ROWS[1]]
    # 12 stands below 现行有效件数 (six characters), not below 本年废止件数.
    assert abs(lines[1].index("12") + len("规章") - lines[2].index("451") - 7) <= 1


def test_lines_of_a_paragraph_are_joined_and_others_are_not() -> None:
    drawing = Drawing()
    drawing.words("一、总体情况", 60, 80, 14)
    drawing.words("本年新收政府信息公开申请" * 3 + "共1", 80, 100, 12)
    drawing.words("2件，" + "均已按时答复。", 60, 118, 12)
    drawing.words("没有结转。", 80, 136, 12)
    assert read_one(drawing).text.splitlines() == [
        "一、总体情况",
        "本年新收政府信息公开申请" * 3 + "共12件，均已按时答复。",
        "没有结转。",
    ]


# ---------------------------------------------------------------- what nobody sees

HIDDEN = {
    "without ink": lambda d: d.words("规章99", 60, 300, ink="3 Tr"),
    "white": lambda d: d.words("规章99", 60, 300, ink="1 g"),
    "beside the page": lambda d: d.words("规章99", 700, 300),
    "tiny": lambda d: d.words("规章99", 60, 300, size=0.4),
    "in a layer that is off": lambda d: (
        d.raw("/OC /off BDC"),
        d.words("规章99", 60, 300),
        d.raw("EMC"),
    ),
    "under a patch": lambda d: (d.words("规章99", 60, 300), d.area(50, 280, 120, 310)),
}


@pytest.mark.parametrize("way", list(HIDDEN))
def test_text_that_nobody_sees_is_left_out_and_reported(way: str) -> None:
    drawing = table_page()
    HIDDEN[way](drawing)
    document = read_one(drawing)
    assert "99" not in document.text
    assert cells(document) == [[HEAD, *ROWS]]
    (note,) = document.notes
    assert "Invisible text on page 1" in note


@needs_font
def test_white_text_on_a_dark_ground_is_seen() -> None:
    drawing = Drawing()
    drawing.area(50, 280, 300, 320, "0.1 0.2 0.5 rg")
    drawing.words("申请人情况", 60, 300, ink="1 g")
    document = read_one(drawing)
    assert document.text == "申请人情况\n"
    assert document.notes == ()


# ---------------------------------------------------------------- what cannot be read


def test_damaged_locked_and_empty_files_say_so() -> None:
    whole = pdf([table_page()])
    with pytest.raises(Truncated):
        read(b"%PDF-1.7\n" + whole[:40])
    with pytest.raises(TooLarge):
        read(pdf([Drawing()] * (MOST_PAGES + 1)))
    locked = assemble([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"])
    locked = locked.replace(
        b"trailer<<",
        b"trailer<</ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<"
        + b"41" * 32
        + b">/U<"
        + b"42" * 32
        + b">>>",
    )
    with pytest.raises(Encrypted):
        read(locked)
    with pytest.raises(EmptyInput):
        read(pdf([Drawing()]))
    with pytest.raises(EmptyInput):
        read(assemble([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"]))


def test_pages_that_are_pictures_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gkllm.load.pdf.find_spec", lambda name: None)
    picture = (
        b"<</Type/XObject/Subtype/Image/Width 2/Height 2/ColorSpace/DeviceGray/BitsPerComponent 8"
        b"/Length 4>>stream\n\x00\xff\xff\x00\nendstream"
    )
    drawing = Drawing()
    drawing.raw("q 595 0 0 842 0 0 cm /Im Do Q")
    with pytest.raises(NotInstalled, match="pictures"):
        read(pdf([drawing], {"Im": picture}))
    drawing.words("规章 12 3 45" * 4, 60, 100, ink="3 Tr")
    with pytest.raises(NotInstalled, match="not believed"):
        read(pdf([drawing], {"Im": picture}))
    document = read(pdf([table_page(), drawing], {"Im": picture}))
    assert cells(document) == [[HEAD, *ROWS]]
    assert [note[:30] for note in document.notes] == [
        "Invisible text on page 2 was l",
        "Page 2 is a picture: its text ",
    ]
    monkeypatch.setattr("gkllm.load.pdf.find_spec", lambda name: name)
    with pytest.raises(OfPictures):
        read(pdf([drawing], {"Im": picture}))


def test_a_picture_larger_than_any_page_is_not_unfolded() -> None:
    picture = (
        b"<</Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceGray"
        b"/BitsPerComponent 8/Length 4>>stream\n\x00\xff\xff\x00\nendstream"
    )
    drawing = Drawing()
    drawing.raw("q 595 0 0 842 0 0 cm /Im Do Q")
    with pytest.raises(TooLarge):
        read(pdf([drawing], {"Im": picture}))


# ---------------------------------------------------------------- through the whole road


def test_a_pdf_is_read_in_the_child_with_spans_into_its_text() -> None:
    data = pdf([table_page()])
    document = load(data)
    assert document.media_type == "application/pdf"
    assert document.tables == read(data).tables
    report = extract(data)
    field = report["disclosure.normative_documents.in_force"]
    assert (field.value, field.quote) == (451, "451")
    assert document.text[slice(*field.span)] == "451"


def test_a_form_that_calls_itself_costs_one_error() -> None:
    """PDFium aborts its process on it."""
    loop = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</A 5 0 R>>>>"
    loop += b"/Length 5>>stream\n/A Do\nendstream"
    drawing = Drawing()
    drawing.raw("/A Do")
    with pytest.raises((Crashed, OutOfMemory, TimedOut, EmptyInput)):
        load(pdf([drawing], {"A": loop}))
    assert load(pdf([table_page()])).tables


def written(text: str, y: float) -> list[Glyph]:
    return [
        Glyph(c, 6.0 * i, y, 6.0 * i + 6, y + 10, y + 8) for i, c in enumerate(text) if c != " "
    ]


@pytest.mark.parametrize(("lines", "bare"), [(10, True), (9, False)])
def test_numbers_that_count_the_lines_are_no_text(lines: int, bare: bool) -> None:
    glyphs = [g for i in range(lines) for g in written(f"{i + 1}   公开{2958 + i}", 20.0 * i)]
    (page,) = uncounted([rows_of(glyphs)])
    texts = [f"公开{2958 + i}" for i in range(lines)]
    assert [row.text for row in page] == (
        texts if bare else [f"{i + 1} {text}" for i, text in enumerate(texts)]
    )
