"""Sections are found by the words of their headings, and their edition by its labels."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gkllm.document import Document, Section, Text
from gkllm.form import form
from gkllm.normalise import normalise
from gkllm.pipeline import extract
from gkllm.segment import edition, segment
from gkllm.tables import read_grid

FORM = form()
KEYS = ("overview", "disclosure", "requests", "litigation", "problems", "other")
HEADINGS = {
    "overview": "总体情况",
    "disclosure": "主动公开政府信息情况",
    "requests": "收到和处理政府信息公开申请情况",
    "litigation": "政府信息公开行政复议、行政诉讼情况",
    "problems": "存在的主要问题及改进情况",
    "other": "其他需要报告的事项",
}
BODIES = {
    "overview": "我镇认真贯彻落实条例，主动公开政府信息33条，收到申请3件，均已按时答复申请人。",
    "disclosure": "信息内容\t本年制发件数\t本年废止件数\t现行有效件数\n"
    "规章\t0\t0\t0\n行政规范性文件\t1\t0\t2",
    "requests": "一、本年新收政府信息公开申请数量\t3\t0\t0\t0\t0\t0\t3\n"
    "二、上年结转政府信息公开申请数量\t0\t0\t0\t0\t0\t0\t0",
    "litigation": "结果维持\t结果纠正\t其他结果\t尚未审结\t总计\n0\t0\t0\t0\t0",
    "problems": "主要问题是公开的内容还不够丰富，更新不够及时；今后将加强培训，提高公开的质量。",
    "other": "本年度没有收取信息处理费，也没有其他需要报告的情况，特此报告，请社会各界监督指正。",
}
TITLE = "柳河镇2024年政府信息公开工作年度报告"
NUMERALS = ("一二三四五六", "123456", "１２３４５６")


def text_of(source: str) -> Text:
    return normalise(Document(source))


def cut(source: str) -> list[tuple[str, str]]:
    """(key, body) of every section."""
    text = text_of(source)
    return [(s.key, text.clean[s.start : s.end].strip()) for s in segment(text, FORM)]


def keys(source: str) -> list[str]:
    return [key for key, _ in cut(source)]


def report(mark: str = "{n}、", bodies: dict[str, str] = BODIES, join: str = "\n") -> str:
    parts = [TITLE]
    for n, key in zip(NUMERALS[0], KEYS, strict=True):
        parts += [mark.format(n=n) + HEADINGS[key], bodies[key]]
    return join.join(parts) + "\n"


def assert_whole(source: str) -> None:
    sections = dict(cut(source))
    clean = {key: text_of(body).clean for key, body in BODIES.items()}
    assert {key: sections.get(key) for key in KEYS} == clean


# ---------------------------------------------------------------- numerals

SHORT = pytest.mark.xfail(reason="总体情况 is too short to be known behind other words than 一、")


@pytest.mark.parametrize(
    "mark",
    [
        "{n}、",
        "{n}，",
        "{n}.",
        "{n} 、",
        "{n}、 ",
        "",
        "（{n}）",
        "  {n}、",
        pytest.param("第{n}部分 ", marks=SHORT),
        pytest.param("{n}是", marks=SHORT),
        pytest.param("### {n}、", marks=SHORT),
    ],
)
def test_headings_with_any_numeral_or_none(mark: str) -> None:
    assert_whole(report(mark))


@pytest.mark.parametrize("numerals", ["123456", "一一三四五六", "一二二四五六", "六五四三二一"])
def test_the_numeral_never_decides(numerals: str) -> None:
    source = TITLE + "\n"
    for n, key in zip(numerals, KEYS, strict=True):
        source += f"{n}、{HEADINGS[key]}\n{BODIES[key]}\n"
    assert_whole(source)


def test_one_heading_without_its_numeral() -> None:
    assert_whole(report().replace("三、收到和处理", "收到和处理"))


@pytest.mark.parametrize(
    ("key", "heading"),
    [
        ("overview", "一、总体概述"),
        pytest.param("overview", "一 、政府信息公开工作的基本概况", marks=SHORT),
        ("overview", "一、总体情况、"),
        ("overview", "一、工作开展情况"),
        ("requests", "三是收到和处理政府信息公开申请情况"),
        ("litigation", "四、因政府信息公开工作被申请行政复议提起行政诉讼情况"),
        ("litigation", "四、因政府信息公开工作被申请行政复议、提起行政诉讼情况"),
        ("litigation", "四、政府信息公开行政复议 、行政诉讼情况"),
        ("problems", "五、政府信息公开工作存在的主要问题及改进情况"),
        ("problems", "五、存在问题及改进情况"),
        ("problems", "五、 存 在 的 主 要 问 题 及 改 进 情 况"),
        ("other", "六、其他需要报告的事项。"),
    ],
)
def test_headings_that_real_reports_print(key: str, heading: str) -> None:
    n = NUMERALS[0][KEYS.index(key)]
    source = report().replace(f"{n}、{HEADINGS[key]}", heading)
    assert heading in source
    assert_whole(source)


@pytest.mark.parametrize("order", [1, 3, 5])
def test_sections_come_in_printed_order(order: int) -> None:
    shuffled = [*KEYS[order:], *KEYS[:order]]
    source = "".join(f"{HEADINGS[key]}\n{BODIES[key]}\n" for key in shuffled)
    assert keys(source) == ["head", *shuffled]


# ---------------------------------------------------------------- what is no heading


def test_a_table_of_contents_first() -> None:
    contents = "目 录\n" + "".join(
        f"{n}、{HEADINGS[key]}………………{page}\n"
        for n, key, page in zip(NUMERALS[0], KEYS, NUMERALS[1], strict=True)
    )
    source = report()
    assert_whole(source.replace(TITLE, f"{TITLE}\n{contents}"))


def test_a_table_of_contents_in_one_long_line() -> None:
    contents = "目 录 " + " ".join(
        f"{n}、{HEADINGS[key]}{'.' * 20}{page}"
        for n, key, page in zip(NUMERALS[0], KEYS, NUMERALS[1], strict=True)
    )
    # Behind the third heading a sentence ends at a pipe: nothing but the table tells the section.
    requests = "我镇收到申请3件。 | " + BODIES["requests"]
    bodies = BODIES | {"overview": BODIES["overview"] * 8, "requests": requests}
    source = report(bodies=bodies).replace("\n", " ")
    contained = source.replace(TITLE, f"柳河镇 {contents} {TITLE}")
    assert keys(contained) == keys(source)
    assert dict(cut(contained))["requests"] == dict(cut(source))["requests"]


def test_a_table_of_contents_without_leaders() -> None:
    contents = "目录\n" + "".join(f"{key}\n" for key in HEADINGS.values())
    assert_whole(report().replace(TITLE, f"{TITLE}\n{contents}"))


@pytest.mark.parametrize("lost", KEYS)
def test_an_entry_of_the_contents_is_no_heading_where_the_heading_was_lost(lost: str) -> None:
    contents = "目录\n" + "".join(f"{words}\t{n}\n" for n, words in enumerate(HEADINGS.values()))
    source = report().replace(f"{NUMERALS[0][KEYS.index(lost)]}、{HEADINGS[lost]}\n", "")
    found = dict(cut(source.replace(TITLE, f"{TITLE}\n{contents}")))
    rest = dict(cut(source))
    assert {key: found.get(key) for key in KEYS} == {key: rest.get(key) for key in KEYS}


def test_numbered_paragraphs_inside_a_section_do_not_end_it() -> None:
    bodies = BODIES | {
        "problems": "一、主要问题\n公开的内容还不够丰富，更新不够及时，形式比较单一，有待改进。\n"
        "二、改进情况\n加强培训，提高公开的质量，丰富公开的形式和内容，方便群众查询。"
    }
    source = report(bodies=bodies)
    assert keys(source) == ["head", *KEYS]
    assert dict(cut(source))["problems"].endswith("方便群众查询。")


def test_bracketed_subheads_that_say_the_words_of_a_heading() -> None:
    bodies = BODIES | {
        "overview": "（一）主动公开政府信息情况\n我镇主动公开政府信息33条，其中财务信息6条。\n"
        "（二）收到和处理政府信息公开申请情况\n我镇收到申请3件，均已按时答复申请人，没有超过期限。"
    }
    source = report(bodies=bodies)
    assert keys(source) == ["head", *KEYS]
    assert "均已按时答复" in dict(cut(source))["overview"]


NAMED = list(zip(NUMERALS[0], HEADINGS.values(), strict=True))


@pytest.mark.parametrize(
    "sentence",
    [
        "现将主动公开政府信息情况、收到和处理政府信息公开申请情况报告如下，请予审议。",
        f"本报告由{'、'.join(HEADINGS.values())}六个部分组成。",
        "本报告包括" + "；".join(f"{n}、{h}" for n, h in NAMED) + "。",
    ],
)
def test_headings_named_in_the_introduction(sentence: str) -> None:
    source = report().replace(TITLE, f"{TITLE}\n{sentence}")
    sections = cut(source)
    assert [key for key, _ in sections if key in HEADINGS] == list(KEYS)
    assert_whole(source)


# ---------------------------------------------------------------- damage


@pytest.mark.parametrize("key", ["disclosure", "requests", "litigation"])
def test_a_lost_heading_leaves_its_table_found(key: str) -> None:
    n = NUMERALS[0][KEYS.index(key)]
    source = report().replace(f"{n}、{HEADINGS[key]}\n", "")
    sections = dict(cut(source))
    assert sections[key] == text_of(BODIES[key]).clean
    for other in KEYS:
        assert other in sections


def test_a_text_that_begins_in_the_middle_of_a_table_has_all_cells_of_its_first_row() -> None:
    rows = ["4.保护第三方合法权益", "5.属于三类内部事务信息", "6.属于四类过程性信息"]
    text = text_of(
        "".join(f"\t\t{label}\t1\t0\t0\t0\t0\t0\t1\n" for label in rows)
        + "六、其他需要报告的事项\n无。\n"
    )
    (section,) = (s for s in segment(text, FORM) if s.key == "requests")
    table = read_grid(text, section).rows
    assert [[cell.x for cell in row] for row in table] == [list(range(10))] * 3


def test_all_headings_of_tables_lost() -> None:
    source = report()
    for n, key in zip("二三四", KEYS[1:4], strict=True):
        source = source.replace(f"{n}、{HEADINGS[key]}\n", "")
    sections = dict(cut(source))
    for key in KEYS[1:4]:
        assert sections[key] == text_of(BODIES[key]).clean


def test_headings_inside_pipes() -> None:
    source = "".join(
        f"| {n}、{HEADINGS[key]} | |\n|---|---|\n| {BODIES[key]} | |\n"
        for n, key in zip(NUMERALS[0], KEYS, strict=True)
    )
    assert [k for k in keys(source) if k != "head"] == list(KEYS)


def test_a_whole_report_in_one_cell() -> None:
    source = "|" + report(join=" || | ").replace("\t", "||").replace("\n", " | ") + "|"
    assert [k for k in keys(source) if k != "head"] == list(KEYS)


@pytest.mark.parametrize("join", [" ", ""])
def test_everything_on_one_line(join: str) -> None:
    source = report(join=join).replace("\n", " ").replace("\t", " ")
    assert [k for k in keys(source) if k != "head"] == list(KEYS)
    assert dict(cut(source))["requests"].startswith("一、本年新收")


def test_two_reports_in_one_file() -> None:
    assert keys(report() + "\n" + report())[1:] == [*KEYS, *KEYS]


def test_a_text_without_headings_is_one_head() -> None:
    assert cut("今天天气很好。\n没有什么可说的。") == [("head", "今天天气很好。\n没有什么可说的。")]


def test_an_empty_text_is_an_empty_head() -> None:
    assert cut("") == [("head", "")]


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [*HEADINGS.values(), *BODIES.values(), "\n", "一、", "|", "\t", " ", "（二）"]
            ),
            st.text(max_size=5),
        ),
        max_size=20,
    ).map("".join)
)
@settings(max_examples=200, deadline=None)
def test_sections_cover_the_text_in_order(source: str) -> None:
    text = text_of(source)
    sections = segment(text, FORM)
    assert sections[0].key == "head"
    assert sections[0].start == 0
    assert sections[-1].end == len(text.clean)
    for a, b in pairwise(sections):
        assert a.start <= a.end == b.heading[0] <= b.heading[1] == b.start <= b.end


def test_section_positions_are_clean_positions() -> None:
    text = text_of(report().replace("\n", "\r\n").replace("政府", "政\u200b府"))
    sections: dict[str, Section] = {s.key: s for s in segment(text, FORM)}
    assert set(KEYS) <= set(sections)
    for key in KEYS:
        assert HEADINGS[key] in text.clean[slice(*sections[key].heading)].replace("，", ",")


# ---------------------------------------------------------------- editions

OLD_TABLE = """信息内容\t本年新制作数量\t本年新公开数量\t对外公开总数量
规章\t0\t0\t0
规范性文件\t3\t3\t20
信息内容\t上一年项目数量\t本年增/减\t处理决定数量
行政许可\t30\t-2\t422
信息内容\t采购项目数量\t采购总金额
政府集中采购\t2\t251000元"""


def edition_of(source: str) -> str:
    text = text_of(source)
    return edition(text, segment(text, FORM))


@pytest.mark.parametrize("year", [2019, 2021, 2022, 2023])
def test_the_2019_form_is_known_by_its_labels_whatever_the_year(year: int) -> None:
    source = report(bodies=BODIES | {"disclosure": OLD_TABLE}).replace("2024", str(year))
    assert edition_of(source) == "2019"


@pytest.mark.parametrize("year", [2019, 2020, 2024])
def test_the_2021_form_is_known_by_its_labels_whatever_the_year(year: int) -> None:
    assert edition_of(report().replace("2024", str(year))) == "2021"


def test_one_word_of_the_old_form_in_prose_is_no_evidence() -> None:
    bodies = BODIES | {"overview": BODIES["overview"] + "其中政府集中采购信息6条。"}
    assert edition_of(report(bodies=bodies)) == "2021"


def test_the_2019_form_with_broken_labels() -> None:
    broken = OLD_TABLE.replace("本年新制作数量", "本年新\n制作数量").replace(
        "上一年项目数量", "上一年项\n目数量"
    )
    assert edition_of(report(bodies=BODIES | {"disclosure": broken})) == "2019"


def test_the_2019_form_whose_heading_of_section_two_was_lost() -> None:
    source = report(bodies=BODIES | {"disclosure": OLD_TABLE})
    assert edition_of(source.replace("二、主动公开政府信息情况\n", "")) == "2019"


def test_free_text_is_an_older_report() -> None:
    source = (
        "柳河镇2012年政府信息公开工作年度报告\n一、概述\n我镇2012年主动公开政府信息33条。\n"
        "二、依申请公开情况\n没有收到申请。\n三、收费及减免情况\n没有收费。\n四、主要问题和改进措施\n不足之处是更新较慢。"
    )
    assert edition_of(source) == "older"


def test_of_two_reports_the_first_is_read_and_the_second_named() -> None:
    def report(agency: str, items: int) -> str:
        return (
            f"{agency}2024年政府信息公开工作年度报告\n一、总体情况\n"
            f"全年主动公开政府信息{items}条。\n二、主动公开政府信息情况\n略\n"
            "三、收到和处理政府信息公开申请情况\n略\n五、存在的主要问题及改进情况\n略\n"
            f"六、其他需要报告的事项\n无。\n{agency}人民政府\n2025年1月9日\n"
        )

    one = report("安坪市", 17)
    found = extract(one + report("溪庄镇", 94))
    assert found["facts.proactive_items"].value == 17
    assert found["facts.agency"].value == "安坪市人民政府"
    assert str(len(one)) in found.source.notes[0]
    assert not extract(one).source.notes
