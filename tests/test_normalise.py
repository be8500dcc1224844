"""Every clean character leads back to what the source prints, whatever the source is."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gkllm.document import Document, Span, Text
from gkllm.normalise import normalise
from gkllm.pipeline import Reading, read
from gkllm.report import Field

FIXTURES = sorted((Path(__file__).parent.parent / "fixtures").glob("*/source.txt"))


def clean(source: str) -> str:
    return normalise(Document(source)).clean


# ---------------------------------------------------------------- any text

ODDITIES = [
    "\x00", "\u200b", "\u200d", "\ufeff", "\u00ad", "\u2060", "\ufe0f", "\x1f", "\x7f",
    "\r\n", "\r", "\n", "\n\n", "\f", "\x0b", "\u2028", "\u2029", "\u0085", "\t", " ",
    "\u00a0", "\u3000", "\u2003", "\u202f",
    "&nbsp;", "&amp;", "&lt;", "&#20844;", "&#x516C;", "&#0;", "&#999999;", "&nbsp", "&;",
    "&amp;lt;",     "&#13;", "&#10;", "&#xD800;", "&#65297;", "&#38283;",
    "公(gōng)", "开(kai)", "機(jī)構(gòu)", "(a)", "件(abcdefgh)", "（ｇ）", "件（gōng）",
    "- 3 -", "\n- 3 -\n", "\n-3-\r\n", "第 3 页 共 6 页", "\n第3页\n", "Page 9\n", "P. 9\n",
    "12\n\f", "\n 7 \n\n\f", "[bookmark: _GoBack]", "[bookmark:x", "－３－",
    "１，１１３", "（一）", "：；％．／", "Ａｚ", "｜", "∶", "～",
    "規章", "檔案", "資訊", "入口網站", "計畫", "\u2f00", "\uf900", "\ufa0e", "\u2e9f",
    "。", "、", "《", "“", "0", "1 288", "|", "a", "公开", "\U0001f600", "\U00020000", "é",
    "e\u0301",
]  # fmt: skip

TEXTS = st.lists(st.one_of(st.sampled_from(ODDITIES), st.text(max_size=4)), max_size=25).map(
    "".join
)


def _table() -> tuple[dict[str, str], list[tuple[str, str]]]:
    lines = (files("gkllm") / "forms" / "traditional.txt").read_text("utf-8").splitlines()
    entries = [e for line in lines if not line.startswith("#") for e in line.split()]
    words = [tuple(e.split("=")) for e in entries if "=" in e]
    return {e[0]: e[1] for e in entries if "=" not in e}, [(a, b) for a, b in words]


PAIRS, WORDS = _table()
# Characters that a word of Taiwan usage may put in a character's place: 檔 → 文 in 檔案.
IN_WORDS = {(a, b) for old, new in WORDS for a, b in zip(old, new, strict=True)}


def folded(character: str) -> set[str]:
    """All that a character may become where it is kept, by what the module documents."""
    found = {character}
    code = ord(character)
    if 0xFF01 <= code <= 0xFF5E:
        found.add(chr(code - 0xFEE0))
    if unicodedata.category(character) == "Zs" or character == "\u180e":
        found.add(" ")
    if character in "\u2028\u2029\u0085\x0b\r\f":
        found.add("\n")
    found |= {"|"} if character == "｜" else {":"} if character == "∶" else set()
    if 0x2E80 <= code <= 0x2FDF or 0xF900 <= code <= 0xFAFF:
        found.add(unicodedata.normalize("NFKC", character))
    for one in list(found):
        found.add(PAIRS.get(one, one))
    for one in list(found):
        found |= {new for old, new in IN_WORDS if old == one}
    return found


def spans(text: Text) -> Iterator[tuple[str, Span]]:
    for i, character in enumerate(text.clean):
        yield character, text.source_span(i, i + 1)


def explained(character: str, printed: str) -> bool:
    """Whether a clean character is what its source span prints."""
    if len(printed) == 1 and character in folded(printed):
        return True
    if character == "\n" and (printed[:1] == "\r" or printed[-1:] == "\f"):
        return True
    if printed[:1] in "&＆":
        ascii_ = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in printed)
        whole = html.unescape(ascii_ if ascii_.endswith(("；", ";")) else ascii_ + ";")
        return bool(whole) and character in folded(whole[0]) | {" "}
    return False


@given(TEXTS)
@settings(max_examples=500, deadline=None)
def test_every_clean_character_is_what_its_source_span_prints(source: str) -> None:
    text = normalise(Document(source))
    assert text.source == source
    done = 0
    for i, (character, (start, end)) in enumerate(spans(text)):
        assert done <= start < end <= len(source)
        assert explained(character, source[start:end]), (i, character, source[start:end])
        assert text.quote(i, i + 1) == source[start:end]
        done = end


@given(TEXTS, st.data())
@settings(max_examples=300, deadline=None)
def test_a_span_covers_the_spans_of_its_characters(source: str, data: st.DataObject) -> None:
    text = normalise(Document(source))
    start = data.draw(st.integers(0, len(text.clean)))
    end = data.draw(st.integers(start, len(text.clean)))
    span = text.source_span(start, end) if text.clean else (0, 0)
    assert 0 <= span[0] <= span[1] <= len(source)
    if end > start:
        parts = [text.source_span(i, i + 1) for i in range(start, end)]
        assert span == (parts[0][0], parts[-1][1])


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_nothing_that_is_to_be_removed_or_folded_is_left(source: str) -> None:
    left = clean("公" + source)
    assert not set(left) & set("\r\f\x0b\u2028\u2029\u0085\u200b\ufeff\u00ad\u3000\u00a0１（）：，")


@given(st.text(alphabet="公开申请0123456789\t\n 、。|", max_size=60))
def test_plain_text_stays_as_it_is(source: str) -> None:
    text = normalise(Document(source))
    assert text.clean == source
    assert [span for _, span in spans(text)] == [(i, i + 1) for i in range(len(source))]


# ---------------------------------------------------------------- single conventions


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("（一）予以公开：１，１１３；％．／", "(一)予以公开:1,113;%./"),
        ("a\u00a0b\u3000c\u2003d\u202fe", "a b c d e"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\r\n\r\nb", "a\n\nb"),
        ("公\u200b开\ufeff信\u00ad息\x00", "公开信息"),
        ("1&nbsp;2&amp;3&#51;", "1 2&33"),
        ("&#x516c;开", "公开"),
        ("AT&T & Co", "AT&T & Co"),
        ("機(jī)構(gòu)", "机构"),
        ("行政規範性檔案", "行政规范性文件"),
        ("\t规章\t0\t\n\n", "\t规章\t0\t\n\n"),
        ("、。《》“”〔2021〕", "、。《》“”〔2021〕"),
        ("[bookmark: _GoBack]六、其他", "六、其他"),
        ("行一\n- 3 -\n行二", "行一\n行二"),
        ("行一\n第 3 页 共 6 页\n行二", "行一\n行二"),
        ("行一\n  -\u200b1\u200b4 -\n行二", "行一\n行二"),
        ("行一\n&nbsp; &nbsp; -3-\n行二", "行一\n行二"),
        ("行&#19968;\n- &#51; -&nbsp;\n行&#20108;", "行一\n行二"),
        ("行一\n 12 \n\f行二", "行一\n\n行二"),
        ("行一\f行二", "行一\n行二"),
        ('|<span style="font-size:12px">1</span><b>2</b> |', "|12 |"),
        ("本年<br>新收<br/>申请<br />数", "本年 新收 申请 数"),
        ("| 12<br>3 |", "| 12 3 |"),
        ("", ""),
    ],
)
def test_conventions(source: str, expected: str) -> None:
    assert clean(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "申请(一)予以公开",  # a numeral in brackets is no pinyin
        "本年增/减\n-35\n",  # a negative number is no page number
        "0532-87362451",
        "2024-1-3",
        "\t-\n\t-\n",
        "\t3\n\t0\n\t12\n",
        "1-3 月",
        "12\n34\n",  # numbers on lines of their own are cells unless a page ends behind them
        "—",
        "微信(weixin123456)",
        "1 < 3 且 5 > 2",
        "<人民日报>",
        "<spanish>",
    ],
)
def test_what_only_looks_like_junk_stays(source: str) -> None:
    assert clean(source) == source


@pytest.mark.parametrize("cell", ["-1-", "—3—"])
def test_a_page_number_inside_a_line_stays(cell: str) -> None:
    assert clean(f"见附件{cell}号") == f"见附件{cell}号"


@pytest.mark.parametrize("entity", ["&#8203;", "&#xFEFF;", "&#173;", "&#12;"])
def test_an_entity_can_be_an_invisible_character(entity: str) -> None:
    assert clean(f"公{entity}开") in ("公开", "公\n开")


def test_edits_must_not_change_the_length_behind_the_map() -> None:
    text = Text.edited("ab", [(0, 1, "")])
    with pytest.raises(ValueError, match="length"):
        text.replaced("too long")


# ---------------------------------------------------------------- real reports


def quoted(reading: Reading) -> Iterator[tuple[str, object, object]]:
    """Every (place, quote, span) that a reading gives."""
    for path, field in reading.report.fields.items():
        if isinstance(field.span, list):
            assert isinstance(field.quote, list), path
            assert len(field.quote) == len(field.span), path
            for quote, span in zip(field.quote, field.span, strict=True):
                yield path, quote, span
        else:
            yield path, field.quote, field.span
        for alternative in field.alternatives or ():
            yield f"{path} alternative", alternative.quote, alternative.span
    for c in reading.candidates:
        if isinstance(c.span, tuple) and isinstance(c.quote, str):
            yield f"{c.field} candidate", c.quote, c.span


@pytest.fixture(scope="module", params=FIXTURES, ids=lambda p: p.parent.name)
def reading(request: pytest.FixtureRequest) -> Reading:
    return read(Document(request.param.read_bytes().decode("utf-8")))


def test_every_quote_stands_in_the_source_at_its_span(reading: Reading) -> None:
    source = reading.document.text
    count = 0
    for place, quote, span in quoted(reading):
        assert (quote is None) == (span is None), place
        if span is not None:
            assert isinstance(span, tuple), place
            assert 0 <= span[0] <= span[1] <= len(source), place
            assert source[span[0] : span[1]] == quote, place
            count += 1
    assert count > 3


def _digits(quote: str) -> str:
    told = unicodedata.normalize("NFKC", html.unescape(quote))
    return "".join(c for c in told if c.isdecimal() or c == ".")


def test_every_printed_number_is_in_its_quote(reading: Reading) -> None:
    """A table cell's value is what its quote says, but for separators, spaces and units."""
    for path, field in reading.report.fields.items():
        if field.source == "table" and isinstance(field.value, int):
            assert isinstance(field.quote, str)
            assert _digits(field.quote) == str(field.value), path
        elif field.source == "table" and isinstance(field.value, Decimal):
            assert isinstance(field.quote, str)
            said = Decimal(_digits(field.quote))
            assert field.value in (said, said / 10_000), path


def test_no_two_cells_have_the_same_span(reading: Reading) -> None:
    taken: dict[object, str] = {}
    for path, field in reading.report.fields.items():
        if field.source == "table" and field.value is not None:
            assert taken.setdefault(field.span, path) == path


def test_confident_table_fields_carry_their_evidence(reading: Reading) -> None:
    def evident(field: Field) -> bool:
        return bool(field.from_) if field.source == "rule" else field.span is not None

    for path, field in reading.report.fields.items():
        if not field.open:
            assert evident(field), path


@pytest.mark.parametrize(
    ("source", "clean"),
    [
        ("5&n\u200bbsp;件", "5 件"),
        ("&\u200b#x3\u200c1;&#5\ufeff0;", "12"),
        ("&#49\u200b;&#50;3", "123"),
    ],
)
def test_an_entity_with_invisible_characters_in_it(source: str, clean: str) -> None:
    assert normalise(Document(source)).clean == clean


@pytest.mark.parametrize(
    ("source", "clean"),
    [
        ("甲\n1\n乙\n 2\n丙\n3\n丁", "甲\n乙\n丙\n丁"),  # they count the pages
        ("甲\n1\n乙\n2\n丙\n0\n丁", "甲\n1\n乙\n2\n丙\n0\n丁"),  # one of them does not
        ("甲\n1\n2\n3\n丁", "甲\n1\n2\n3\n丁"),  # cells below each other
        ("甲\n1\n乙\n2\n丙", "甲\n1\n乙\n2\n丙"),  # too few to tell
        ("甲\n1\n乙\n2\n\f丙\n3\n丁", "甲\n乙\n\n丙\n丁"),  # one before a page break
        ("甲\n [bookmark: _Toc1]-4-\n\f乙", "甲\n\n乙"),  # one that a bookmark stands before
        ("甲\n [bookmark: _Toc1]4[bookmark: _a]\n\f乙", "甲\n\n乙"),
        ("甲\n\r  1\r\n\f乙", "甲\n\n\n乙"),  # one behind a line end of another kind
        ("甲\n&nbsp;&#x31;2\n\f乙", "甲\n\n乙"),  # one whose digits are entities
        ("甲\n&#49;\n乙\n 2\n丙\n&nbsp;&#x33;\n丁", "甲\n乙\n丙\n丁"),
        ("甲\n \x01 - 3 -\n乙", "甲\n乙"),
        ("甲\n &nbsp; 3\n\f乙", "甲\n\n乙"),
        ("复议&#5\x7f2;件", "复议4件"),
    ],
)
def test_numbers_of_pages_and_worn_entities(source: str, clean: str) -> None:
    assert normalise(Document(source)).clean == clean


def counted(lines: list[str], begin: int = 1) -> str:
    return "\n".join(f"{number} {line}" for number, line in enumerate(lines, begin))


def test_numbers_that_count_the_lines_in_their_margin_are_blanked() -> None:
    """Each page may begin anew; the table between them is not counted, and keeps its numbers."""
    lines = [f"第{'一二三四五六七八九十'[i]}行收到申请{i}" for i in range(10)]
    lines[5] = "主动公开2958"
    lines[6] = "件。"
    table = "\n自然人\n11\n12\n3\n"
    source = counted(lines) + table + counted(["三、收到", "四、复议", "五、问题", "六、其他"], 11)
    text = normalise(Document(source + "\n" + counted(["甲", "乙", "丙", "丁"])))
    assert text.clean.split() == [
        *lines,
        *table.split(),
        "三、收到",
        "四、复议",
        "五、问题",
        "六、其他",
        *"甲乙丙丁",
    ]
    assert len(text.clean) == len(source) + len("\n1 甲\n2 乙\n3 丙\n4 丁")


@pytest.mark.parametrize(
    "source",
    [
        counted(["甲"] * 9),  # too few
        counted(["甲"] * 12, 3),  # from 3 on
        "\n".join(f"{number}. 甲" for number in range(1, 13)),  # a list
        "\n".join(
            f"{number} 甲{chr(10) * 2}乙{chr(10)}丙丙\n丁\n戊\n己\n庚" for number in range(1, 13)
        ),
    ],
)
def test_other_numbers_at_the_beginning_of_lines_stay(source: str) -> None:
    assert normalise(Document(source)).clean == source
