"""What prose states: every row of patterns.toml by its own examples, and sentences with traps."""

from __future__ import annotations

import datetime
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gkllm.check import check
from gkllm.document import Document, Section, Text
from gkllm.form import form
from gkllm.narrative import narrate
from gkllm.narrative.patterns import compiled, rows, statements
from gkllm.narrative.prose import prose
from gkllm.normalise import normalise
from gkllm.pipeline import extract
from gkllm.report import Bundle, Candidate, Field, Status
from gkllm.segment import segment
from gkllm.settle import settle
from gkllm.settle.facts import agreeing, settle_facts, witnesses
from gkllm.voice import Names

FORM = form()
FIXTURES = Path(__file__).parent.parent / "fixtures"
TITLE = "青川县石坝乡人民政府2024年政府信息公开工作年度报告\n"


def stated(sentence: str, section: str = "overview", agency: str = "") -> list[Candidate]:
    """The candidates of the pattern rows for one sentence of a report about 2024."""
    text = Text(sentence, sentence)
    read = prose(text, [Section(section, (0, 0), 0, len(sentence))], FORM)
    names = frozenset({agency} - {""})
    return list(statements(text, read, frozenset({2024}), Names(names, names)))


def values(candidates: list[Candidate], fact: str) -> set[Any]:
    """The distinct values of the strongest candidates for a fact."""
    mine = [c for c in candidates if c.field == f"facts.{fact}"]
    strongest = min((c.bundle.doubt for c in mine), default=0)
    return {
        tuple(c.value) if isinstance(c.value, list) else c.value
        for c in mine
        if c.bundle.doubt == strongest
    }


def read(source: str) -> list[Candidate]:
    """The candidates for a whole document."""
    text = normalise(Document(source))
    return narrate(text, segment(text, FORM), FORM)


EXAMPLES = [(row, example) for row in rows() for example in row.examples]
COUNTEREXAMPLES = [(row, sentence) for row in rows() for sentence in row.counterexamples]


@pytest.mark.parametrize(("row", "example"), EXAMPLES, ids=lambda x: getattr(x, "id", None))
def test_row_reads_its_examples(row: Any, example: dict[str, Any]) -> None:
    found = [
        c
        for c in stated(
            example["text"], example.get("section", "overview"), example.get("agency", "")
        )
        if c.bundle.reading == row.id
    ]
    want = Decimal(example["value"]) if row.money else example["value"]
    assert {c.field for c in found} == {f"facts.{fact}" for fact in row.facts}
    assert {c.value for c in found} == {want}
    assert {c.approximate for c in found} == {example.get("approximate", False)}
    for c in found:
        assert c.span is not None
        assert example["text"][c.span[0] : c.span[1]] == c.quote


@pytest.mark.parametrize(("row", "sentence"), COUNTEREXAMPLES, ids=lambda x: getattr(x, "id", None))
def test_row_leaves_its_counterexamples(row: Any, sentence: str) -> None:
    assert not [c for c in stated(sentence) if c.bundle.reading == row.id]


def test_every_row_has_examples_of_both_kinds() -> None:
    assert not [row.id for row in rows() if not row.examples or not row.counterexamples]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_every_wording_of_a_row_is_a_pattern(row: Any) -> None:
    own = [*row.regexes, *(condition.regex for condition in row.conditions)]
    prose = [regex for regex in (row.document, row.document_not, row.document_once) if regex]
    groups = [compiled(regex).groupindex for regex in (*own, *prose)]
    assert row.counts == all("n" in group for group in groups[: len(row.regexes)])


# Sentences with traps: what each states, and nothing else about any other fact.
SENTENCES: list[tuple[str, dict[str, set[Any]]]] = [
    # What remains of a broken character reference cuts numbers in two.
    ("主动公开政府信息总数为381;71条。收到政府信息公开申请3&#56;0件。", {}),
    (
        "2024年,我局共受理政府信息公开申请3119件,答复3050件(含上年度结转34件),另有103件结转下年度继续办理。",
        {
            "applications_received": {3119},
            "applications_answered": {3050},
            "applications_carried_in": {34},
            "applications_carried_out": {103},
        },
    ),
    (
        "全区共收到政府信息公开申请800件,区政府本级收到政府信息公开申请206件。",
        {"applications_received": {206, 800}},
    ),
    (
        "(二)依申请公开\n全年收到申请20件,已办结19件,结转下年度1件。",
        {
            "applications_received": {20},
            "applications_answered": {19},
            "applications_carried_out": {1},
        },
    ),
    ("收到依申请公开22件,比2023年(31件)下降29%。", {"applications_received": {22}}),
    (
        "2024年我局收到信息公开申请22件,2023年收到信息公开申请31件。",
        {"applications_received": {22}},
    ),
    ("收到的政府信息公开申请中自然人申请3402件。", {}),
    (
        "共收到政府信息公开申请7件,其中网络申请5件,信函申请2件,均已按期答复。",
        {"applications_received": {7}, "applications_answered": {7}},
    ),
    ("通过网上平台收到政府信息公开申请5件,当面收到政府信息公开申请2件。", {}),
    ("收到群众意见和建议10余条,均已及时回应。", {}),
    ("领导信箱收到来信158件,12345热线办理19357件。", {}),
    ("全年共受理行政许可申请350件,全部网上公开办理。", {}),
    ("收到低保申请45件,公示公开45件。", {}),
    (
        "本年度未收到公民、法人或者其他组织的政府信息公开申请,也未发生行政复议、行政诉讼。",
        {"applications_received": {0}, "reviews": {0}, "lawsuits": {0}},
    ),
    ("2024年未收到依申请公开政府信息的申请。", {"applications_received": {0}}),
    ("2024年度,我局没有收到要求公开政府信息的申请。", {"applications_received": {0}}),
    ("全年无依申请公开。", {"applications_received": {0}}),
    ("全年未接到依申请公开信息件。", {"applications_received": {0}}),
    ("未发生依申请公开政府信息情况。", {"applications_received": {0}}),
    ("2024年度依申请公开政府信息数量为0。", {"applications_received": {0}}),
    (
        "本年度我单位收到政府信息公开申请数为0件,上年结转0件,结转下年0件。",
        {
            "applications_received": {0},
            "applications_carried_in": {0},
            "applications_carried_out": {0},
        },
    ),
    ("依申请公开政府信息19条。", {}),
    ("不予公开的申请未收到。", {}),
    ("未收到不予公开类申请。", {}),
    ("未收到重复申请公开。", {}),
    ("无因申请信息公开引起的投诉。", {}),
    (
        "2024年因政府信息公开被申请行政复议3件,其中维持1件,纠正1件,撤回1件;行政诉讼0件。",
        {"reviews": {3}, "lawsuits": {0}},
    ),
    ("因政府信息公开引发行政复议5件、行政诉讼2件。", {"reviews": {5}, "lawsuits": {2}}),
    ("行政复议、行政诉讼各1件,均与公开有关。", {"reviews": {1}, "lawsuits": {1}}),
    ("因公开产生的行政复议案件0件,行政诉讼案件0件。", {"reviews": {0}, "lawsuits": {0}}),
    ("政府信息公开方面行政复议0件,未提起行政诉讼。", {"reviews": {0}, "lawsuits": {0}}),
    ("政府信息公开行政复议1起,无行政诉讼。", {"reviews": {1}, "lawsuits": {0}}),
    ("未发生因政府信息公开申请行政复议的情况。", {"reviews": {0}}),
    (
        "全年未发生针对我局政府信息公开工作的举报、投诉、行政复议和行政诉讼。",
        {"reviews": {0}, "lawsuits": {0}},
    ),
    ("行政复议和行政诉讼案件数均为零。", {"reviews": {0}, "lawsuits": {0}}),
    ("审理行政复议案件35件,公开裁决文书35件。", {}),
    ("行政机关负责人出庭应诉行政诉讼案件12件,公开开庭。", {}),
    ("涉信息公开行政复议结果维持2件、结果纠正1件。", {}),
    ("信息公开未经复议直接起诉3件,复议后起诉1件。", {}),
    ("公开工作未发生行政诉讼败诉案件,行政复议案件无被纠错情形。", {}),
    ("行政复议方面未出现被撤销的公开案件。", {}),
    ("上年度公开类行政复议3件。", {}),
    ("2024年,我局对25件申请收取信息处理费2950元。", {"information_fee_yuan": {Decimal(2950)}}),
    ("全年向申请人收取信息处理费共计380元。", {"information_fee_yuan": {Decimal(380)}}),
    (
        "2024年我县各级行政机关未收取政府信息公开信息处理费。",
        {"information_fee_yuan": {Decimal(0)}},
    ),
    ("本年度信息处理费收取情况:未收取。", {"information_fee_yuan": {Decimal(0)}}),
    ("按件计收的,10件以下不收费,11至30件每件100元。", {}),
    ("2024年未向申请人收取信息处理费。", {"information_fee_yuan": {Decimal(0)}}),
    ("没有产生政府信息公开信息处理费用。", {"information_fee_yuan": {Decimal(0)}}),
    (
        "根据《办法》要求,本机关2024年度没有发生收取信息处理费的情况。",
        {"information_fee_yuan": {Decimal(0)}},
    ),
    ("本机关无其他需要报告的事项。", {}),
    ("信息处理费执行国家统一标准。", {}),
    ("收取行政事业性收费0万元。", {}),
    ("2024年信息处理费收入为零。", {"information_fee_yuan": {Decimal(0)}}),
    ("共收取政府信息公开信息处理费0元。", {"information_fee_yuan": {Decimal(0)}}),
    ("发出收费通知0件,信息处理费总金额0元,实际收取0元。", {"information_fee_yuan": {Decimal(0)}}),
    ("2024年举办政务公开业务培训班3期,培训260人次。", {"training_sessions": {3}}),
    ("全年组织信息公开培训2次,召开公开工作会议4次。", {"training_sessions": {2}}),
    ("参加上级组织的政务公开培训5次。", {}),
    ("政务公开培训260人次。", {}),
    ("每年至少开展一次公开业务培训。", {}),
    ("举办第七期政务公开培训班。", {}),
    ("计划开展信息公开培训4次。", {}),
    ("开展公开培训两次,参训80余人。", {"training_sessions": {2}}),
    ("召开政务公开工作推进会暨培训会2次。", {"training_sessions": {2}}),
    ("2024年,累计主动公开政府信息5500余条。", {"proactive_items": {5500}}),
    (
        "全年通过门户网站主动公开信息754条。本年度政府网站共公开信息1014条。",
        {"proactive_items": {754, 1014}},
    ),
    ("网站公开120条,微信公开30条。", {}),
    ("在政府网站公开信息120条,在微信公众号公开信息30条。", {}),
    (
        "全年主动公开政府信息382条,其中网站35条、媒体80条;微信公众号发布2443条。",
        {"proactive_items": {382}},
    ),
    ("历年累计主动公开文件592份。", {}),
    ("信息公开专栏开通以来共发布信息10471条。", {}),
    ("截至2024年12月31日,共主动公开政府信息130条。", {"proactive_items": {130}}),
    ("主动公开信息由2023年的1128条增加到2024年的2401条。", {}),
    ("上报信息114条,公开审发推送71条。", {}),
    ("政府网站浏览量172万人次,公众号关注5300人。", {}),
    ("共公开财政信息26条、人事信息3条。", {}),
    ("主动公开信息  条。", {}),
    ("我镇主动公开政府信息四十余条。", {"proactive_items": {40}}),
    ("主动公开规范性文件3件。", {}),
    ("共发布政策解读30篇,公开信息。", {}),
    ("2023年共公开政府信息300条,2024年共公开政府信息412条。", {"proactive_items": {412}}),
    ("较2023年多公开政府信息30条。", {}),
    ("全镇全年共主动公开政府信息1 204条。", {"proactive_items": {1204}}),
    ("全镇全年共主动公开政府信息1 20条。", {}),
    ("全镇全年共主动公开政府信息12 04条。", {}),
    (
        "上年结转申请2件,本年新收申请15件,办结16件,结转下年度1件,均依法公开。",
        {
            "applications_carried_in": {2},
            "applications_received": {15},
            "applications_answered": {16},
            "applications_carried_out": {1},
        },
    ),
    (
        "2023年结转2件,结转至2025年办理3件。",
        {"applications_carried_in": {2}, "applications_carried_out": {3}},
    ),
    (
        "收到政府信息公开申请10件,答复率100%。",
        {"applications_received": {10}, "applications_answered": {10}},
    ),
    ("及时答复网民留言158条,答复信息公开申请3件。", {}),
    ("按期答复政府信息公开申请12件,延期答复2件。", {}),
    (
        "新收政府信息公开申请92件,上年结转2件;答复85件,结转下年9件。",
        {
            "applications_received": {92},
            "applications_carried_in": {2},
            "applications_answered": {85},
            "applications_carried_out": {9},
        },
    ),
    (
        "依申请公开:本年度共收到申请3件,均已办结,无结转下年度办理的申请。",
        {
            "applications_received": {3},
            "applications_answered": {3},
            "applications_carried_out": {0},
        },
    ),
    ("我局我局共共收到收到政府信息公开申请6件。", {"applications_received": {6}}),
    ("受理依申请公开0件,办结0件。", {"applications_received": {0}, "applications_answered": {0}}),
    ("2024年度共收到政府信息公开申请(含补正)9件。", {}),
    (
        "共收到政府信息公开申请9件(上年结转1件)。",
        {"applications_received": {9}, "applications_carried_in": {1}},
    ),
    ("年内办理政府信息公开申请 5 件。", {"applications_received": {5}}),
    (
        "收到政府信息公开申请九件,已按期办结八件。",
        {"applications_received": {9}, "applications_answered": {8}},
    ),
    ("2024年共收到公开申请1,113件。", {"applications_received": {1113}}),
    ("全年共收到政府信息公开申请2024年度最多。", {}),
    ("公开工作。行政复议0,行政诉讼0三是强化考核。", {"reviews": {0}, "lawsuits": {0}}),
    (
        "2024年共收到政府信息公开申请15件,同比增加3件,办结14件,结转1件至下年度。",
        {
            "applications_received": {15},
            "applications_answered": {14},
            "applications_carried_out": {1},
        },
    ),
    (
        "全年新收政府信息公开申请23件,上年结转4件,共办理27件,答复25件,结转下年度2件。",
        {
            "applications_received": {23},
            "applications_carried_in": {4},
            "applications_answered": {25},
            "applications_carried_out": {2},
        },
    ),
    ("我局2024年度收到政府信息公开申请共12件,同比下降20%。", {"applications_received": {12}}),
    (
        "2024年全年共收到公开申请12件(网上8件、信函4件),按时办结率100%。",
        {"applications_received": {12}},
    ),
    (
        "2024年共受理政府信息公开申请12件。其中,予以公开8件,部分公开1件,不予公开1件,无法提供2件。",
        {"applications_received": {12}},
    ),
    ("收到申请12件,均不属于本机关公开范围。公开工作。", {"applications_received": {12}}),
    (
        "截至12月底,共收到政府信息公开申请5件,已全部办结。",
        {"applications_received": {5}, "applications_answered": {5}},
    ),
    (
        "2024年,未收到政府信息公开申请,未发生政府信息公开行政复议、行政诉讼案件。",
        {"applications_received": {0}, "reviews": {0}, "lawsuits": {0}},
    ),
    ("没有因政府信息公开申请行政复议、提起行政诉讼的情况。", {"reviews": {0}, "lawsuits": {0}}),
    (
        "未发生因政府信息公开引发行政复议、行政诉讼、举报投诉的情况。",
        {"reviews": {0}, "lawsuits": {0}},
    ),
    ("未收到关于政府信息公开方面的投诉、行政复议和诉讼。", {"reviews": {0}, "lawsuits": {0}}),
    (
        "全年政府信息公开类行政复议案件共4件,行政诉讼案件共2件,无败诉。",
        {"reviews": {4}, "lawsuits": {2}},
    ),
    ("涉及政府信息公开的行政复议2件、行政诉讼0件,均已审结。", {"reviews": {2}, "lawsuits": {0}}),
    ("因政府信息公开被提起行政复议2件、行政诉讼1件。", {"reviews": {2}, "lawsuits": {1}}),
    (
        "因政府信息公开引起的行政复议案件为1件(维持),行政诉讼案件为0件。",
        {"reviews": {1}, "lawsuits": {0}},
    ),
    (
        "2024年我局政府信息公开行政复议3件,比上年减少2件;行政诉讼1件,与上年持平。",
        {"reviews": {3}, "lawsuits": {1}},
    ),
    ("政府信息公开行政复议0起,行政诉讼0起。", {"reviews": {0}, "lawsuits": {0}}),
    ("全年因政府信息公开申请被复议1件、被诉讼1件。", {"reviews": {1}, "lawsuits": {1}}),
    (
        "我局未因政府信息公开工作被提起行政复议,被提起行政诉讼1件。",
        {"reviews": {0}, "lawsuits": {1}},
    ),
    ("被提起行政诉讼1件,未被申请行政复议,均与信息公开有关。", {"reviews": {0}, "lawsuits": {1}}),
    ("公开申请行政复议,结果维持的1件,纠正的0件。", {}),
    ("信息公开行政复议纠错率为0。", {}),
    ("行政复议纠错0件,行政诉讼败诉0件,信息公开工作规范。", {}),
    ("全年政府信息公开行政诉讼应诉2件。", {}),
    ("上年结转的行政复议1件已审结,公开。", {}),
    ("未收到信息公开申请和行政复议申请。", {"applications_received": {0}, "reviews": {0}}),
    ("未收到政府信息公开行政复议申请和提起行政诉讼情况。", {"reviews": {0}, "lawsuits": {0}}),
    ("未收到政府信息公开行政复议申请。", {"reviews": {0}}),
    (
        "2024年未收到依申请公开事项及行政复议、诉讼。",
        {"applications_received": {0}, "reviews": {0}, "lawsuits": {0}},
    ),
    ("未收到要求更正政府信息公开的申请。", {}),
    ("无公民、法人和其他组织向我镇提出政府信息公开申请。", {"applications_received": {0}}),
    ("没有公民向本机关申请政府信息公开。", {"applications_received": {0}}),
    ("全年依申请公开办件量为0。", {}),
    ("本年度政府信息依申请公开数为0件。", {"applications_received": {0}}),
    ("政府信息公开申请0件。", {"applications_received": {0}}),
    (
        "受理政府信息公开申请2件,2件均已按期答复。",
        {"applications_received": {2}, "applications_answered": {2}},
    ),
    (
        "收到政府信息公开申请8件,办结8件,办结率100%。",
        {"applications_received": {8}, "applications_answered": {8}},
    ),
    ("2024年收到政府信息公开申请100余件。", {"applications_received": {100}}),
    (
        "共接收政府信息公开申请3份,均在规定时间内答复申请人。",
        {"applications_received": {3}, "applications_answered": {3}},
    ),
    ("收到上级交办政府信息公开申请3件。", {}),
    ("指导各部门办理政府信息公开申请30件。", {}),
    ("协助市局办理政府信息公开申请3件。", {}),
    (
        "全区各部门共收到政府信息公开申请800件,其中区政府办收到206件。",
        {"applications_received": {800}},
    ),
    ("我局主动公开政府信息包括机构职能1条、领导信息12条。", {}),
    ("公开政府信息目录3条。", {}),
    ("主动公开本单位信息25条。", {}),
    (
        "全年主动公开政务信息共320条,其中通过门户网站公开200条,通过公众号公开120条。",
        {"proactive_items": {320}},
    ),
    ("政府门户网站全年公开信息200条,政务新媒体发布信息120条。", {}),
    ("在区政府网站公开信息200条。镇微信公众号推送信息120篇。", {}),
    ("依托区政府网站主动公开政府信息45条,较去年增长12条。", {"proactive_items": {45}}),
    ("2024年主动公开政府信息45条,较2023年增长12条。", {"proactive_items": {45}}),
    ("全年公开政府信息1.2万余条。", {"proactive_items": {12000}}),
    ("主动公开政府信息45条,其中公开财政信息5条。", {"proactive_items": {45}}),
    ("全年共公开各类信息不少于45条。", {}),
    ("力争全年公开信息100条。", {}),
    ("应主动公开政府信息45条,实际主动公开45条。", {"proactive_items": {45}}),
    ("全市共制发公开文件120件,主动公开率95%。", {}),
    (
        "累计公开政府信息1323条,其中2024年公开政府信息130条。",
        {"proactive_items": {130}},
    ),
    ("未向任何申请人收取政府信息公开信息处理费。", {"information_fee_yuan": {Decimal(0)}}),
    ("2024年,无收取信息处理费情况。", {"information_fee_yuan": {Decimal(0)}}),
    ("本机关2024年度政府信息公开信息处理费收取0元。", {"information_fee_yuan": {Decimal(0)}}),
    (
        "2024年度我单位发出收费通知的件数和总金额以及实际收取的总金额均为0,信息处理费为0元。",
        {"information_fee_yuan": {Decimal(0)}},
    ),
    ("信息处理费:0元。", {"information_fee_yuan": {Decimal(0)}}),
    ("收取信息处理费30元/件。", {}),
    (
        "收取信息处理费的单位有2家,共收取2230元,分别为880元、1080元、270元。",
        {"information_fee_yuan": {Decimal(2230)}},
    ),
    ("收取信息处理费3940元,较上年增加400元。", {"information_fee_yuan": {Decimal(3940)}}),
    ("2024年未减免信息处理费。", {}),
    ("2023年、2024年均未收取信息处理费。", {"information_fee_yuan": {Decimal(0)}}),
    ("组织召开政务公开培训会1次,培训90余人。", {"training_sessions": {1}}),
    ("组织开展政务公开培训共计3场次。", {"training_sessions": {3}}),
    ("举办全市政务公开培训班,培训业务骨干120人。", {}),
    ("全年组织业务培训6场,覆盖500人次,强化公开。", {"training_sessions": {6}}),
    ("先后4次组织信息公开业务培训。", {"training_sessions": {4}}),
    ("开展消防培训3次,公开栏更新2次。", {}),
    ("赴外地参加信息公开培训1次。", {}),
]


NOT_OURS = (
    "行政复议总计41件,大部分为治安类。",
    "上年行政复议12件,行政诉讼5件。",
    "截至2024年底累计行政复议12件。",
    "受县政府委托应诉行政诉讼12件,其中政府信息公开类3件。",
    "作为行政复议机构,全年办理行政复议案件210件,其中政府信息公开类31件。",
    "行政复议12件,截至2023年底。",
    "因信息公开引起的行政诉讼由2022年的2件增至2023年的3件。",
    "一审行政诉讼5件、二审行政诉讼3件。",
    "作为原告提起行政诉讼3件。",
    "劳动仲裁复议12件。",
    "行政复议听证2次,行政诉讼开庭3次。",
    "力争行政复议、行政诉讼双双归零。",
    "全系统行政复议12件、行政诉讼5件。",
    "行政复议、行政诉讼共12件。",
)


@pytest.mark.parametrize("sentence", NOT_OURS)
def test_cases_that_are_not_the_reports_own_are_left_in_their_own_section(sentence: str) -> None:
    overview = "一、总体情况\n全年主动公开政府信息12条。\n"
    fields = extract(
        f"{TITLE}{overview}四、政府信息公开行政复议、行政诉讼情况\n{sentence}\n"
    ).fields
    assert fields["facts.reviews"].open
    assert fields["facts.lawsuits"].open


COUNTED = (
    "proactive_items",
    "applications_received",
    "applications_answered",
    "applications_carried_in",
    "applications_carried_out",
    "reviews",
    "lawsuits",
    "information_fee_yuan",
    "training_sessions",
)


@pytest.mark.parametrize(("sentence", "wanted"), SENTENCES)
def test_sentence_states_this_and_nothing_else(sentence: str, wanted: dict[str, set[Any]]) -> None:
    found = stated(sentence)
    assert {fact: values(found, fact) for fact in COUNTED if values(found, fact)} == wanted


def test_half_of_the_sentences_withhold_something() -> None:
    assert len(SENTENCES) >= 150
    assert sum(not wanted for _, wanted in SENTENCES) >= 60


BODY = "一、总体情况\n(一)主动公开\n全年主动公开政府信息12条。\n六、其他需要报告的事项\n无。\n"

# Whole documents: who, which year, when.
DOCUMENTS: list[tuple[str, dict[str, set[Any]]]] = [
    (
        "官坡镇人民政府 2024 年政府信息公开工作年度报告\n" + BODY,
        {"agency": {"官坡镇人民政府"}, "year": {2024}},
    ),
    (
        "2024年清河县卫生健康局政府信息公开工作年度报告\n" + BODY,
        {"agency": {"清河县卫生健康局"}, "year": {2024}},
    ),
    (
        "清河县卫生健康局关于2022年度政府信息公开情况的报告\n" + BODY,
        {"agency": {"清河县卫生健康局"}, "year": {2022}},
    ),
    ("清河县卫生健康局信息公开年度报告\n" + BODY, {"agency": {"清河县卫生健康局"}, "year": set()}),
    ("【2019】清河县审计局政府信息公开年报\n" + BODY, {"year": {2019}}),
    (
        "清河县卫生健康局\n2023年政府信息公开工作年度报告\n" + BODY,
        {"agency": {"清河县卫生健康局"}, "year": {2023}},
    ),
    (
        "清河县卫生健康局2023年\n政府信息公开工作年度报告\n" + BODY,
        {"agency": {"清河县卫生健康局"}, "year": {2023}},
    ),
    (
        "清河县卫生健康局2023年政府信息公开\n工作年度报告\n" + BODY,
        {"agency": {"清河县卫生健康局"}, "year": {2023}},
    ),
    (
        "365体育官网自然资源和规划局2021年政府信息公开工作年度报告\n" + BODY,
        {"agency": set(), "year": {2021}},
    ),
    ("**市**局2023年政府信息公开工作年度报告\n" + BODY, {"agency": set(), "year": {2023}}),
    (
        "潞城镇人民政府2020年政府信息公开年度报告\n" + BODY + "张家湾镇人民政府\n2022年1月20日\n",
        {"agency": {"张家湾镇人民政府", "潞城镇人民政府"}},
    ),
    (
        "得石镇2024年政府信息公开工作年度报告\n"
        + BODY
        + "米易县得石镇人民政府\n二〇二五年一月八日\n",
        {"agency": {"米易县得石镇人民政府"}, "published_on": {"2025-01-08"}, "year": {2024}},
    ),
    (
        "得石镇2024年政府信息公开工作年度报告\n(2025年1月 26日)\n" + BODY,
        {"published_on": {"2025-01-26"}},
    ),
    (
        "索引号:123 发布机构:镇安县政府 发布日期:2023-01-20\n"
        "茅坪镇人民政府2022年政府信息公开工作年度报告\n" + BODY,
        {"agency": {"茅坪镇人民政府"}, "year": {2022}, "published_on": {"2023-01-20"}},
    ),
    (
        "三明市某局2018年政府信息公开工作年度报告\n本报告数据统计期限自2018年11日至2018年1231日。\n"
        + BODY,
        {"period_start": {"2018-01-01"}, "period_end": {"2018-12-31"}},
    ),
    (
        "凯里市水务局2023年政府信息公开工作年度报告\n统计期限为20231月1日至12月31日止。\n" + BODY,
        {"period_start": {"2023-01-01"}, "period_end": {"2023-12-31"}},
    ),
    (
        "凯里市水务局2024年政府信息公开工作年度报告\n数据统计时间:202411日至20241231日。\n" + BODY,
        {"period_start": {"2024-01-01"}, "period_end": {"2024-12-31"}, "year": {2024}},
    ),
    (
        "凯里市水务局2024年政府信息公开工作年度报告\n统计期限自2024年11月1日至2024年12月31日。\n"
        + BODY,
        {"period_start": {"2024-11-01"}, "period_end": {"2024-12-31"}},
    ),
    (
        "凯里市水务局2024年政府信息公开工作年度报告\n统计期限自2024年1月11日至2024年12月31日。\n"
        + BODY,
        {"period_start": {"2024-01-11"}},
    ),
    (
        "凯里市水务局2024年政府信息公开工作年度报告\n统计期限自2023年1月1日至2023年12月31日。\n"
        + BODY,
        {"year": {2023, 2024}, "period_start": {"2023-01-01"}},
    ),
    (
        "凯里市水务局2024年政府信息公开工作年度报告\n公示期自2024年2月1日至2024年12月15日。\n"
        + BODY,
        {"period_start": set()},
    ),
    (
        "凯里市水务局2024年政府信息公开工作年度报告\n本报告由凯里市水务局编制。请登录凯里市人民政府网站(http://www.kaili.gov.cn)查阅。\n"
        + BODY,
        {"agency": {"凯里市水务局"}, "website": {"http://www.kaili.gov.cn"}},
    ),
    (
        "报告全文可在江滨区政务公开网(www.jbqzwgk.gov.cn)查看。\n",
        {"website": {"www.jbqzwgk.gov.cn"}},
    ),
    (
        "报告在学校信息公开网(http://xxgk.lddzy.edu.cn)向社会公开。\n",
        {"website": {"http://xxgk.lddzy.edu.cn"}},
    ),
    (
        "所列数据自2024年1月1日起算,到2024年12月31日为止。\n",
        {"period_start": {"2024-01-01"}, "period_end": {"2024-12-31"}},
    ),
    (
        "某局将2022年1月1日至2022年12月31日政府信息公开工作情况报告如下。\n",
        {"period_start": {"2022-01-01"}, "period_end": {"2022-12-31"}},
    ),
    ("2018年03月20日 来源:委办公室\n", {"published_on": {"2018-03-20"}}),
    ("信息来源:某局 发表时间:2023年01月13日\n", {"published_on": {"2023-01-13"}}),
    (
        "凯里市水务局2024年政府信息公开工作年度报告\n请登录网站(网址:http://www.pouringspot.com/)查阅。\n"
        + BODY,
        {"website": set()},
    ),
    (
        "凯里市水务局2024年政府信息公开工作年度报告\n请登录网站(网址:)查阅。\n" + BODY,
        {"website": set()},
    ),
    (
        "某网首页|当前位置 凯里市水务局2023年政府信息公开工作年度报告\n"
        "凯里市水务局2024年政府信息公开工作年度报告\n" + BODY,
        {"year": {2024}},
    ),
    (
        "凯里市水务局2024年政府信息公开工作年度报告\n根据《凯里市关于做好2023年政府信息公开工作年度报告编制工作的通知》要求,编制本报告。\n"
        + BODY,
        {"year": {2024}, "agency": {"凯里市水务局"}},
    ),
    ("2024年，我局坚持公开。\n" + BODY, {"agency": set()}),
    (
        (
            "| 凯里市水务局2024年政府信息公开工作年度报告 | 一、总体情况 | "
            "2024年,全年共收到政府信息公开申请12件,均已按时答复。 | 六、其他需要报告的事项 | "
            "未收取信息处理费。 | 凯里市水务局 | 2025年1月9日 |"
        ),
        {
            "agency": {"凯里市水务局"},
            "published_on": {"2025-01-09"},
            "applications_received": {12},
            "applications_answered": {12},
            "year": {2024},
        },
    ),
    (
        (
            "凯里市水务局2024年政府信息公开工作年度报告 一、总体情况 "
            "(一)主动公开 全年主动公开政府信息12条。 "
            "(二)依申请公开 2024年收到政府信息公开申请3件。 "
            "六、其他需要报告的事项 未收取信息处理费。 凯里市水务局 2025年1月9日"
        ),
        {
            "agency": {"凯里市水务局"},
            "published_on": {"2025-01-09"},
            "applications_received": {3},
            "proactive_items": {12},
            "year": {2024},
        },
    ),
    (
        "梅县区人民政府办公室2019年政府信息公开工作年度报告\n"
        + BODY
        + "梅州市梅县区人民政府\n2020年1月9日\n",
        {"agency": {"梅县区人民政府办公室", "梅州市梅县区人民政府"}},
    ),
    ("宿迁市2023年政府信息公开工作年度报告\n" + BODY, {"agency": {"宿迁市"}, "year": {2023}}),
    (
        "花园路街道2023年政府信息公开工作年度报告\n"
        + BODY
        + "海淀区人民政府花园路街道办事处\n2024年2月20日\n",
        {"agency": {"海淀区人民政府花园路街道办事处"}, "published_on": {"2024-02-20"}},
    ),
    (
        "国家税务总局珠海市香洲区税务局2023年政府信息公开工作年度报告\n现将国家税务总局珠海市香洲区税务局2023年政府信息公开工作年度报告公布如下。\n"
        + BODY,
        {"agency": {"国家税务总局珠海市香洲区税务局"}, "year": {2023}},
    ),
    ("本溪市水务局2023年政府信息公开工作年度报告\n" + BODY, {"agency": {"本溪市水务局"}}),
    ("全州县审计局2023年政府信息公开工作年度报告\n" + BODY, {"agency": {"全州县审计局"}}),
    (
        "清河县经济和信息化局2023年政府信息公开工作年度报告\n" + BODY,
        {"agency": {"清河县经济和信息化局"}},
    ),
    (
        "中共清河县委机构编制委员会办公室2023年政府信息公开工作年度报告\n" + BODY,
        {"agency": {"中共清河县委机构编制委员会办公室"}},
    ),
    (
        ("清河县人民政府2023年政府信息公开工作年度报告\n")
        + BODY
        + ("清河县人民政府办公室\n2024年1月5日\n"),
        {"agency": {"清河县人民政府", "清河县人民政府办公室"}},
    ),
    ("清河县体育局2023年政府信息公开工作年度报告\n" + BODY, {"agency": {"清河县体育局"}}),
    (
        "清河經濟開發區管理委員會2023年政府信息公開工作年度報告\n" + BODY,
        {"agency": {"清河经济开发区管理委员会"}, "year": {2023}},
    ),
    (
        (
            "发布机构:清河县审计局\n成文日期:2024-01-05\n文件名称:清河县审计局2023年政府信息公开工作年度报告\n清河县审计局2023年政府信息公开工作年度报告\n"
        )
        + BODY,
        {"agency": {"清河县审计局"}, "year": {2023}, "published_on": {"2024-01-05"}},
    ),
    (
        "2023年政府信息公开工作年度报告\n" + BODY + "清河县审计局\n",
        {"agency": {"清河县审计局"}, "year": {2023}},
    ),
    (
        ("清河县审计局2023年度政府信息公开工作年度报告\n")
        + BODY
        + ("(联系电话:0517-1234567)\n2024年1月5日\n清河县审计局\n"),
        {"agency": {"清河县审计局"}, "published_on": {"2024-01-05"}},
    ),
    (
        "清河县审计局2023年政府信息公开工作年度报告\n统计期限为2023.1.1-2023.12.31。\n" + BODY,
        {"period_start": {"2023-01-01"}},
    ),
    (
        (
            "清河县审计局2023年政府信息公开工作年度报告\n本年度报告所列数据的统计期限为2023年1月1日起至2023年12月31止。\n"
        )
        + BODY,
        {"period_end": {"2023-12-31"}},
    ),
    (
        (
            "清河县审计局2023年政府信息公开工作年度报告\n统计时段为2023年1月1日到12月31日。统计期限为2022年1月1日至2022年12月31日。\n"
        )
        + BODY,
        {"period_end": {"2022-12-31", "2023-12-31"}},
    ),
    (
        (
            "清河县审计局2023年政府信息公开工作年度报告\n依据《清河县2024年1月1日至2024年12月31日统计数据办法》。\n"
        )
        + BODY,
        {"period_end": set(), "year": {2023}},
    ),
    (
        ("清河县审计局2023年政府信息公开工作年度报告\n")
        + BODY
        + ("2024年1月5日清河县审计局发布数据。\n"),
        {"published_on": set()},
    ),
    (
        ("清河县审计局2023年政府信息公开工作年度报告\n")
        + BODY
        + ("附件:1.表\n清河县审计局\n2024 年 1 月 5 日\n扫一扫在手机打开当前页\n"),
        {"published_on": {"2024-01-05"}},
    ),
    (
        "【字体:大 中 小】\n清河县审计局关于2023年政府信息公开工作情况的年度报告\n" + BODY,
        {"agency": {"清河县审计局"}, "year": {2023}},
    ),
    (
        ("清河县审计局2023年政府信息公开年报\n现将清河县审计局2023年政府信息公开情况报告如下:\n")
        + BODY,
        {"agency": {"清河县审计局"}, "year": {2023}},
    ),
    (
        "清河县财政局\n2023年度政府信息公开工作年度报告\n(2024年1月)\n" + BODY,
        {"agency": {"清河县财政局"}, "published_on": set()},
    ),
    (
        ("首页 / 清河县人民政府 / 信息公开年报\n清河县桥东街道2023年政府信息公开工作年度报告\n")
        + BODY,
        {"agency": {"清河县桥东街道"}, "year": {2023}},
    ),
    (
        ("桥东街道办2023年政府信息公开工作年度报告\n")
        + BODY
        + ("清河县人民政府桥东街道办事处\n2024年1月5日"),
        {"agency": {"清河县人民政府桥东街道办事处"}},
    ),
    *(
        (
            f"清河县审计局2023年政府信息公开工作年度报告\n{period}\n" + BODY,
            {"period_start": {"2023-01-01"}, "period_end": {"2023-12-31"}},
        )
        for period in (
            "统计时限为2023年全年(1月1日至12月31日)。",
            "报告统计期间为二〇二三年一月一日至二〇二三年十二月三十一日。",
            "统计周期为自然年,即2023年1月1日0时至2023年12月31日24时。",
            "以下数据,起于2023年1月1日,迄于2023年12月31日。",
            "2023年1月1日至12月31日(下同),审计局以公开促规范。",
        )
    ),
    (
        "清河县一中2023年信息公开年度报告\n统计区间为2022年9月1日至2023年8月31日。\n" + BODY,
        {"period_start": {"2022-09-01"}, "period_end": {"2023-08-31"}},
    ),
    (
        "清河县审计局2023年政府信息公开工作年度报告\n统计期间为二〇二二年一月一日至二〇二三年十二月三十一日。\n"
        + BODY,
        {"period_start": set()},
    ),
    # A day that a line end cuts in two is joined, or left open.
    (
        "清河县审计局2023年政府信息公开工作年度报告\n" + BODY + "清河县审计局\n2024年1月1\n9日",
        {"published_on": {"2024-01-19"}},
    ),
    (
        "清河县审计局2023年政府信息公开工作年度报告\n" + BODY + "清河县审计局\n2024年12\n月9日",
        {"published_on": {"2024-12-09"}},
    ),
    (
        "清河县审计局2023年政府信息公开工作年度报告\n" + BODY + "清河县审计局\n2024年1月1\n9",
        {"published_on": set()},
    ),
    (
        "现向社会公布清河县审计局2023年政府信息公开工作年度报告。\n" + BODY,
        {"agency": {"清河县审计局"}},
    ),
]


DOCUMENTS += [
    (
        f"石坝乡2024年政府信息公开工作年度报告\n{intro}\n" + BODY,
        {"agency": {"青川县石坝乡人民政府"}},
    )
    for intro in (
        "本年度报告由青川县石坝乡人民政府负责汇总。",
        "按照条例的要求,由青川县石坝乡人民政府撰写了本报告。",
        "现由青川县石坝乡人民政府向社会公布2024年度政府信息公开工作情况。",
        "青川县石坝乡人民政府现将2024年政府信息公开工作情况公布如下。",
        "依照条例第五十条的要求编写这一份年度报告,由青川县石坝乡人\n民政府牵头编写。",
    )
]
DOCUMENTS += [
    (
        "石坝乡关于2024年度政府信息公开公开工作情况的报告\n经核对,由青川县石坝乡人民政府如实给出。\n"
        + BODY,
        {"agency": {"青川县石坝乡人民政府"}, "year": {2024}},
    ),
    (
        "浏览次数:1362 网站支持IPv6 石坝乡 2024 年政府信息公开年报 " + BODY,
        {"agency": {"石坝乡"}, "year": {2024}},
    ),
    (  # the office that the introduction names is not the agency of the title
        "石坝乡2024年政府信息公开工作年度报告\n本报告由青川县财政局编制。\n" + BODY,
        {"agency": {"石坝乡", "青川县财政局"}},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n项目由县财政局组织实施,由各部门发布信息。\n" + BODY,
        {"agency": {"石坝乡"}},
    ),
    (
        "清河县统计局2024年政府信息公开工作年度报告\n本报告由清河县统计局统计并编制。\n" + BODY,
        {"agency": {"清河县统计局"}},
    ),
    (
        "文号: 有效性:有效 青川县石坝乡人民政府2024年政府信息公开工作年度报告 " + BODY,
        {"agency": {"青川县石坝乡人民政府"}, "year": {2024}},
    ),
    (
        "均在线5000人\n青川县关于2024年度\n\n政府信息公开工作情况的报告\n" + BODY,
        {"agency": {"青川县"}, "year": {2024}},
    ),
    (  # a day that lost its marks still tells who signs, and the day where it can be only one
        "石坝乡2024年政府信息公开工作年度报告\n" + BODY + "青川县石坝乡人民政府\n20252月17日\n",
        {"agency": {"青川县石坝乡人民政府"}, "published_on": {"2025-02-17"}},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n" + BODY + "青川县石坝乡人民政府\n2025112日\n",
        {"agency": {"青川县石坝乡人民政府"}, "published_on": set()},
    ),
    (  # a character that no date holds may have cut the day
        "石坝乡2024年政府信息公开工作年度报告\n统计期限为2024年1月1日至2024年12月3\ufffd1日。\n"
        + BODY,
        {"period_start": set(), "period_end": set()},
    ),
    (  # days of other documents, and periods of other figures
        "石坝乡2024年政府信息公开工作年度报告\n依据《信息公开办法》（2024年5月6日）编制。\n" + BODY,
        {"published_on": set()},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n"
        + BODY
        + "附件：石坝乡部门决算公开（2024年9月9日）\n",
        {"published_on": set()},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n（2025年1月9日）\n" + BODY,
        {"published_on": {"2025-01-09"}},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n行政许可数据统计期限为2024年1月1日至12月25日。\n"
        + BODY,
        {"period_end": set()},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n上年度报告的统计期限为2023年1月1日至12月31日。\n"
        + BODY,
        {"period_start": set()},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n数据统计的起止时间为2024年1月1日和2024年12月31日。\n"
        + BODY,
        {"period_start": {"2024-01-01"}, "period_end": {"2024-12-31"}},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n数据统计截止时间为2024年12月31日,起始时间为2024年1月1日。\n"
        + BODY,
        {"period_start": {"2024-01-01"}, "period_end": {"2024-12-31"}},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n数据统计截止时间为2024年12月31日(自2024年1月1日起)。\n"
        + BODY,
        {"period_start": {"2024-01-01"}, "period_end": {"2024-12-31"}},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n统计期限从2024年1月1日起至同年12月31日止。\n" + BODY,
        {"period_start": {"2024-01-01"}, "period_end": {"2024-12-31"}},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n统计期限为2024年1月1日零时至2024年12月31日24时。\n"
        + BODY,
        {"period_start": {"2024-01-01"}, "period_end": {"2024-12-31"}},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n数据统计周期:2024-01-01至2024-12-31\n" + BODY,
        {"period_start": {"2024-01-01"}, "period_end": {"2024-12-31"}},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n数据统计周期:2024-01-01至2024-11-30\n" + BODY,
        {"period_start": set()},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n数据截止时间为2024年12月31日,公示自2025年1月1日至2025年1月10日。\n"
        + BODY,
        {"period_start": set()},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n行动起止时间为2023年1月1日和2024年12月31日。\n"
        + BODY,
        {"period_start": set()},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n报告由石坝乡党政办公室负责解释。\n" + BODY,
        {"agency": {"石坝乡"}},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n本报告于2025年1月19日在县政府网站公开。\n" + BODY,
        {"published_on": {"2025-01-19"}},
    ),
    (
        "石坝乡2024年政府信息公开工作年度报告\n本报告编制工作于2025年1月9日启动。\n" + BODY,
        {"published_on": set()},
    ),
]


@pytest.mark.parametrize(("source", "wanted"), DOCUMENTS)
def test_document_names_itself(source: str, wanted: dict[str, set[Any]]) -> None:
    found = read(source)
    assert {fact: values(found, fact) for fact in wanted} == wanted


def test_both_places_of_a_name_show_with_the_fullest_name() -> None:
    found = read(
        "得石镇2024年政府信息公开工作年度报告\n" + BODY + "米易县得石镇人民政府\n2025年1月8日\n"
    )
    places = {c.bundle.reading: (c.value, c.quote) for c in found if c.field == "facts.agency"}
    assert places["title"] == ("米易县得石镇人民政府", "得石镇")
    assert places["signature"] == ("米易县得石镇人民政府", "米易县得石镇人民政府")


# The five real documents as a person reads them.
SEEDS: dict[str, dict[str, Any]] = {
    "seed-000": {
        "agency": "乐山市市中区棉竹镇人民政府",
        "year": 2024,
        "period_start": "2024-01-01",
        "period_end": "2024-12-31",
        "published_on": "2025-01-06",
        "website": "http://www.lsszq.gov.cn/",
        "proactive_items": 33,
        "applications_received": 0,
        "reviews": 0,
        "lawsuits": 0,
        "information_fee_yuan": Decimal(0),
    },
    "seed-001": {
        "agency": "官坡镇人民政府",
        "year": 2024,
        "period_start": "2024-01-01",
        "period_end": "2024-12-31",
        "applications_received": 0,
        "information_fee_yuan": Decimal(0),
    },
    "seed-002": {"agency": "滔溪镇人民政府", "year": 2024, "proactive_items": 10},
    "seed-003": {
        "agency": "米易县得石镇人民政府",
        "year": 2024,
        "published_on": "2025-01-08",
        "proactive_items": 120,
        "applications_received": 0,
        "reviews": 0,
        "lawsuits": 0,
        "information_fee_yuan": Decimal(0),
        "training_sessions": 4,
    },
    "seed-004": {
        "agency": "井研县高凤镇人民政府",
        "year": 2024,
        "period_start": "2024-01-01",
        "period_end": "2024-12-31",
        "published_on": "2025-01-09",
        "website": "http://www.jingyan.gov.cn/",
        "proactive_items": 28,
        "applications_received": 0,
        "reviews": 0,
        "lawsuits": 0,
        "information_fee_yuan": Decimal(0),
    },
}
ITEMS = {
    "seed-000": (3, 3, "一是信息触达的", "三是打破部门壁垒"),
    "seed-001": (2, 8, "信息公开不及时", "建立考核、监督等机制"),
    "seed-002": (5, 3, "一是网上互动不够", "增强互动交流"),
    "seed-003": (3, 3, "一是人员变动情况", "三是丰富公开渠道"),
    "seed-004": (1, 1, "2024年，我镇信息公开", "针对以上问题"),
}


@pytest.mark.parametrize("name", SEEDS)
def test_seed_facts(name: str) -> None:
    source = (FIXTURES / name / "source.txt").read_text("utf-8")
    found = read(source)
    facts = [fact.key for fact in FORM.facts if fact.kind != "quotes"]
    assert {f: values(found, f) for f in facts if values(found, f)} == {
        fact: {value} for fact, value in SEEDS[name].items()
    }
    for c in found:
        assert c.span is not None
        assert source[c.span[0] : c.span[1]] == c.quote


@pytest.mark.parametrize("name", ITEMS)
def test_seed_problems_are_verbatim(name: str) -> None:
    source = (FIXTURES / name / "source.txt").read_text("utf-8")
    found = {c.field: c.value for c in read(source)}
    problems, improvements = found["facts.problems"], found["facts.improvements"]
    assert isinstance(problems, list)
    assert isinstance(improvements, list)
    count, promised, first, last = ITEMS[name]
    assert (len(problems), len(improvements)) == (count, promised)
    assert problems[0].startswith(first)
    assert improvements[-1].startswith(last)
    assert all(quote in source for quote in [*problems, *improvements])


PROBLEMS = [
    (
        "(一)存在的主要问题。一是更新慢;二是形式单一。\n(二)改进情况。一是加快更新;二是丰富形式。",
        2,
        2,
    ),
    ("(一)存在问题 一是更新慢;二是形式单一。(二)改进措施 一是加快更新。", 2, 1),
    ("存在问题:1.更新慢;2.形式单一。改进:1.加快更新。", 2, 1),
    ("公开的时效性有待提高。下一步,我局将加快更新,扩大范围。", 1, 1),
    ("我局与公众期待相比仍有差距。2025年将增加图解。", 1, 1),
    ("一是队伍不稳;二是经验不足。今后,一是固定人员。", 2, 1),
    ("虽有成效,但还存在以下不足:一是更新慢。针对上述问题,采取以下措施:一是加快更新。", 1, 1),
    ("无。", 0, 0),
]


@pytest.mark.parametrize(("body", "problems", "improvements"), PROBLEMS)
def test_section_five_is_split_in_two(body: str, problems: int, improvements: int) -> None:
    found = read(
        TITLE + "五、存在的主要问题及改进情况\n" + body + "\n六、其他需要报告的事项\n无。\n"
    )
    quotes = {c.field: c.value for c in found if isinstance(c.value, list)}
    assert len(quotes.get("facts.problems", [])) == problems
    assert len(quotes.get("facts.improvements", [])) == improvements
    for quote in [q for value in quotes.values() for q in value]:
        assert quote in body


def test_none_in_a_cell_says_nothing() -> None:
    cells = "四、政府信息公开行政复议、行政诉讼情况\n行政复议\t行政诉讼\n无\t1\t无\n无\n无\n"
    assert not [c for c in read(TITLE + cells) if c.field in ("facts.reviews", "facts.lawsuits")]
    said = "四、政府信息公开行政复议、行政诉讼情况\n无。\n"
    assert {c.field for c in read(TITLE + said)} >= {"facts.reviews", "facts.lawsuits"}
    # Headings after the table are lost: the answer belongs to another section.
    later = "四、政府信息公开行政复议、行政诉讼情况\n结果维持 0 0 0\n更新较慢。\n无。\n"
    after = "四、政府信息公开行政复议、行政诉讼情况\n结果维持 0 0 0\n无。\n"
    for body in (later, after):
        assert not [c for c in read(TITLE + body) if c.field in ("facts.reviews", "facts.lawsuits")]


@pytest.mark.parametrize("last", ["0 件 ｏ 0 件", "0件 无 0件 - 无"])
@pytest.mark.parametrize("gap", [" ", " " * 30])
def test_tables_are_no_prose(gap: str, last: str) -> None:
    tables = (
        "三、收到和处理政府信息公开申请情况\n一、本年新收政府信息公开申请数量 61件 4件 0件 65件\n"
        f"二、上年结转政府信息公开申请数量 6件 0件 0件 6件\n四、结转下年度继续办理 {last}\n"
        "二、上年结转政府信息\n公开申请数量\n0 件\n"
        "\t行政复议\n\t行政诉讼\n\t0\n\t0\n"
    )
    tables = tables.replace(" ", gap)
    counted = [c for c in read(TITLE + tables) if c.field.removeprefix("facts.") in COUNTED]
    assert not counted


def test_number_cut_by_the_width_of_the_page_is_whole_and_a_page_number_is_none() -> None:
    line = "本年度全镇进一步规范程序并认真做好各项依申请公开工作共收到政府信息公开申请1"
    assert values(read(TITLE + "一、总体情况\n" + line + "2件。\n"), "applications_received") == {
        12
    }
    assert values(
        read(TITLE + "一、总体情况\n" + line.removesuffix("1") + "\n12件。\n"),
        "applications_received",
    ) == {12}
    broken = read(TITLE + "一、总体情况\n" + line + "\n2件。\n")
    assert values(broken, "applications_received") == {12}
    paged = read(TITLE + "一、总体情况\n" + line + "\n\n7\n\n2件。\n")
    assert values(paged, "applications_received") == set()


def test_spans_lead_to_the_source_through_cleaning() -> None:
    source = TITLE + "一、总体情况\n全年共收到政府信息公开申请&nbsp;１，１１３&nbsp;件。\n"
    (found,) = [c for c in read(source) if c.field == "facts.applications_received"]
    assert found.value == 1113
    assert found.quote == "１，１１３"
    assert found.span is not None
    assert source[found.span[0] : found.span[1]] == found.quote


def test_every_year_that_is_offered_counts_for_the_figures() -> None:
    source = (
        TITLE + "一、总体情况\n2023年,共收到政府信息公开申请5件。\n2024年,共主动公开政府信息9条。\n"
    )
    found = read(source)
    assert values(found, "applications_received") == set()
    assert values(found, "proactive_items") == {9}


def test_dates_exist() -> None:
    found = read(TITLE + BODY + "青川县石坝乡人民政府\n2025年2月30日\n")
    assert values(found, "published_on") == set()
    for c in read(TITLE + BODY + "青川县石坝乡人民政府\n二〇二五年十二月三十一日\n"):
        if c.field == "facts.published_on":
            assert datetime.date.fromisoformat(str(c.value)) == datetime.date(2025, 12, 31)


HOSTILE = {
    "digits": "1" * 1_000_000,
    "brackets": "(" * 100_000,
    "titles never closed": "《" * 500_000,
    "one word": "公开" * 500_000,
    "statements without end": "主动公开政府信息收到政府信息公开申请未发生行政复议" * 40_000,
    "trainings": "公开培训3次," * 150_000,
    "requests": "收到政府信息公开申请9件,其中予以公开3件,9件均已按时" * 40_000,
    "requests in sentences": "收到政府信息公开申请9件。其中3件均。" * 40_000,
    "periods": "统计2024年1月1日至12月" * 60_000,
    "titles": "2024年政府信息公开工作年度报告" * 60_000,
    "names": "人民政府" * 250_000,
    "addresses": "http://a.gov.cn" * 60_000,
    "items": "一是问题," * 200_000,
    "cells": "|公开" * 300_000,
    "dates": "2025年1月6日" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("section", ["overview", "problems"])
def test_hostile_prose_costs_little(name: str, section: str) -> None:
    source = HOSTILE[name]
    begin = time.process_time()
    narrate(Text(source, source), [Section(section, (0, 0), 0, len(source))], FORM)
    assert time.process_time() - begin < 5


# ---------------------------------------------------------------- against the table

ALL_ANSWERED = "一、总体情况\n全年共收到政府信息公开申请17件,均已按时答复。"


def settled(body: str, title: str = TITLE, **cells: int) -> dict[str, Field]:
    """The fields of a report with some cells of the column 总计 printed."""
    table = [
        Candidate(
            f"requests.{row}.total",
            value,
            (0, 1),
            str(value),
            "table",
            Bundle(f"requests.{row}", "as printed", 0),
        )
        for row, value in cells.items()
    ]
    return settle((*table, *read(title + body + "\n")), FORM)


def test_of_two_figures_the_table_tells_which_is_the_reports() -> None:
    said = "一、总体情况\n全县收到公开申请90件,县政府办公室收到公开申请7件。"
    title, path = TITLE.replace("石坝乡人民政府", "人民政府办公室"), "facts.applications_received"
    alone = settled(said, title)[path]
    assert (alone.value, alone.status) == (7, Status.READ)
    assert settled(said, title, new_received=7)[path].status is Status.VERIFIED
    other = settled(said, title, new_received=90)[path]
    assert (other.value, other.status) == (None, Status.DISPUTED)


def test_all_answered_is_settled_by_the_table() -> None:
    path = "facts.applications_answered"
    alone = settled(ALL_ANSWERED)[path]
    assert (alone.value, alone.status) == (17, Status.READ)
    agrees = settled(ALL_ANSWERED, total_handled=17)[path]
    assert (agrees.value, agrees.status) == (17, Status.VERIFIED)
    differs = settled(ALL_ANSWERED, total_handled=19)[path]
    assert (differs.value, differs.status) == (None, Status.DISPUTED)
    assert {a.value for a in differs.alternatives or ()} == {17, 19}


@pytest.mark.parametrize(
    ("said", "carried", "open_"),
    [
        ("", 0, False),
        ("", 2, True),
        ("无上年结转。", None, False),
        ("上年结转申请2件。", None, True),
        ("上年结转的申请已处理。", None, True),
    ],
)
def test_all_answered_holds_where_nothing_was_carried_in(
    said: str, carried: int | None, open_: bool
) -> None:
    cells = {} if carried is None else {"carried_in": carried}
    answered = settled(ALL_ANSWERED + said, **cells)["facts.applications_answered"]
    assert answered.open is open_
    assert answered.value == (None if open_ else 17)


def test_all_answered_said_with_their_number_may_leave_out_what_was_carried_in() -> None:
    head = "一、总体情况\n"
    found = settled(head + "上年结转2件已于1月办结。新收公开申请14件。14件均已答复。")
    assert found["facts.applications_answered"].open
    found = settled(head + "新收公开申请14件,上年结转2件,办结14件。")
    assert found["facts.applications_answered"].value == 14


def test_all_answered_of_none_does_not_empty_the_table() -> None:
    body = "一、总体情况\n全年共收到政府信息公开申请0件,均已按时答复。"
    assert settled(body)["requests.new_received.total"].value == 0
    assert settled(body)["requests.total_handled.total"].value is None


def test_answered_in_its_own_words_keeps_its_number_beside_that_of_the_table() -> None:
    body = "一、总体情况\n全年共收到政府信息公开申请17件,答复17件。"
    answered = settled(body, total_handled=19)["facts.applications_answered"]
    assert (answered.value, answered.status) == (17, Status.DISPUTED)


WITNESSED = (
    "一、总体情况\n办理政府信息公开申请36件,其中:予以公开12件、部分公开3件、不予公开5件、无法提供9件、"
    "不予处理4件、其他处理3件。从主体看,自然人申请30件、法人或其他组织申请6件。"
    "因公开被申请行政复议7件,其中结果维持4件、结果纠正2件、其他结果1件、尚未审结0件。"
    "2024年制发行政规范性文件6件,废止1件,现行有效49件。作出行政许可决定350件、行政处罚决定35件。\n"
    "二、主动公开政府信息情况\n三、收到和处理政府信息公开申请情况\n"
    "四、政府信息公开行政复议、行政诉讼情况\n五、存在的主要问题及改进情况\n无。"
)


def test_sentences_bear_witness_to_cells() -> None:
    found = {c.field.removeprefix("facts.said."): c.value for c in read(TITLE + WITNESSED)}
    assert {key: found[key] for key in found if not key.startswith("facts.")} == {
        "granted": 12,
        "partially_granted": 3,
        "refused": 5,
        "unavailable": 9,
        "not_processed": 4,
        "other_handling": 3,
        "natural_person": 30,
        "organizations": 6,
        "reviews_upheld": 4,
        "reviews_corrected": 2,
        "reviews_other": 1,
        "reviews_pending": 0,
        "normative_issued": 6,
        "normative_repealed": 1,
        "normative_in_force": 49,
        "licensing": 350,
        "punishment": 35,
    }


def test_witnesses_confirm_cells_and_are_no_fields() -> None:
    fields = settled(WITNESSED, granted=12, partially_granted=4)
    assert not [path for path in fields if ".said." in path]
    assert fields["requests.granted.total"].status is Status.VERIFIED
    other = fields["requests.partially_granted.total"]
    assert (other.value, other.status) == (4, Status.READ)
    assert fields["requests.refused.state_secret.total"].value is None


def test_a_witness_for_several_rows_confirms_none_of_them() -> None:
    facts = settle_facts(read(TITLE + WITNESSED), FORM)
    refused = next(w for w in FORM.witnesses if w.fact == "facts.said.refused").readings[0]
    cells = dict.fromkeys(refused, 0) | {refused[3]: 5}
    assert not set(agreeing(facts, FORM, cells)) & set(refused)
    none = settle_facts(read(TITLE + WITNESSED.replace("不予公开5件", "不予公开0件")), FORM)
    assert set(refused) <= set(agreeing(none, FORM, dict.fromkeys(refused, 0)))


def test_every_witness_has_a_wording_and_cells_that_exist() -> None:
    said = {f"facts.{fact}" for row in rows() for fact in row.facts if fact.startswith("said.")}
    assert said == {witness.fact for witness in FORM.witnesses}
    merged = {f"requests.{group.key}.subtotal.total" for group in FORM.groups}
    for witness in FORM.witnesses:
        for reading in witness.readings:
            assert set(reading) <= set(FORM.cells) | merged


def test_checks_compare_witnesses_with_cells() -> None:
    fields = settled(WITNESSED, granted=12, partially_granted=4)
    said = witnesses(read(TITLE + WITNESSED), FORM)
    checks = {c.rule: c for c in check(fields, FORM, said)}
    assert len([rule for rule in checks if rule in {w.id for w in FORM.witnesses}]) == len(said)
    assert checks["prose.granted"].outcome == "holds"
    partly = checks["prose.partially_granted"]
    assert (partly.outcome, partly.left, partly.right) == ("fails", 3, 4)
    assert partly.at == "requests.partially_granted.total"
    assert checks["prose.refused"].outcome == "not_assessable"
    assert checks["prose.refused"].at == "requests.refused"
    assert "prose.lawsuits_upheld" not in checks
    assert "prose.granted" not in {c.rule for c in check(fields, FORM)}


# ---------------------------------------------------------------- what belongs to another


@pytest.mark.parametrize(
    "sentence",
    [
        "作为复议机关,全年承办各类政府信息公开行政复议案件33件。",
        "全区各单位登记的政府信息公开申请为800件,区政府本级登记的为206件。",
        "网站改版上线六年来,栏目里存有公开信息18420条。",
        "前往省城听取的信息公开培训有三期。",
    ],
)
def test_counts_of_others_are_not_ours(sentence: str) -> None:
    fields = extract(f"一、总体情况\n{sentence}\n二、主动公开政府信息情况\n").fields
    counts = {p: f for p, f in fields.items() if p.startswith("facts.")}
    assert not [path for path, field in counts.items() if isinstance(field.value, int)]


# A bureau's report; what is not certain of its year is left open.
BUREAU = (
    "云溪县水利局2024年政府信息公开工作年度报告\n一、总体情况\n{}\n"
    "六、其他需要报告的事项\n{}\n云溪县水利局\n2025年1月9日\n"
)


def counted(sentence: str, fact: str) -> Any:
    """The value of a count in a bureau's report of one sentence, or None where it is open."""
    fee = fact == "information_fee_yuan"
    source = BUREAU.format(*("平稳有序。", sentence) if fee else (sentence, "无。"))
    field = extract(source).fields[f"facts.{fact}"]
    return None if field.status in (Status.MISSING, Status.DISPUTED) else field.value


@pytest.mark.parametrize(
    ("fact", "sentence", "value"),
    [
        # Of all cases those of disclosure.
        ("reviews", "全年行政复议9件中,因政府信息公开引起的4件。", 4),
        ("reviews", "全年行政复议9件,政务公开4件,行政许可5件。", None),
        ("reviews", "行政复议4件(因拆迁补偿)。", None),
        ("reviews", "行政复议4件,起因为土地确权。", None),
        ("reviews", "非政府信息公开类行政复议4件。", None),
        ("reviews", "行政复议6件、行政诉讼4件,涉及信息公开的分别为3件、1件。", None),
        ("reviews", "政府信息公开行政复议4件,政府信息公开行政诉讼1件。", 4),
        ("lawsuits", "行政诉讼9件,只有2件与政府信息公开有关。", 2),
        ("training_sessions", "全年培训9次,涉及政务公开的4次。", 4),
        ("training_sessions", "给5个村各举办政务公开培训1次。", None),
        ("training_sessions", "指导各村开展政务公开培训8次。", 8),
        # Several years in one figure.
        ("reviews", "2023年—2024年发生信息公开行政复议7件。", None),
        ("reviews", "近四年共发生信息公开行政复议7件。", None),
        ("reviews", "近四年共发生信息公开行政复议7件,其中2024年2件。", 2),
        ("applications_received", "自《办法》施行以来,我局共收到政府信息公开申请70件。", None),
        ("applications_received", "自2024年1月以来,我局共收到政府信息公开申请70件。", 70),
        ("applications_received", "累计收到政府信息公开申请70件,当年8件。", None),
        ("proactive_items", "2023—2024年主动公开政府信息810条。", None),
        ("proactive_items", "主动公开政府信息810条(2023年400条、2024年410条)。", 410),
        ("proactive_items", "主动公开政府信息810条,其中依法主动公开规章2024年2件。", 810),
        # What came in last year.
        ("applications_received", "共收到政府信息公开申请9件,其中4件系2023年末收到。", None),
        ("applications_received", "收到政府信息公开申请9件。其中,3件为上年结转。", None),
        ("applications_received", "收到政府信息公开申请9件,包括去年未办完的3件。", None),
        ("applications_received", "收到企业提出的政府信息公开申请9件。", None),
        ("applications_received", "收到政府信息公开申请9件,2024年办结8件,结转1件。", 9),
        # Carried over were other things.
        ("applications_carried_out", "发生行政复议6件,结转下年度2件。", None),
        ("applications_carried_out", "发生行政诉讼6件。其中2件结转至2025年。", None),
        ("applications_carried_in", "办理热线工单90件,上年结转6件。", None),
        ("applications_carried_out", "复议1件。收到政府信息公开申请9件,结转下年度2件。", 2),
        ("applications_carried_in", "收到申请8件,上年结转2件,行政复议1件。", 2),
        ("applications_carried_out", "收到申请9件,另1件信访转2025年办理。", None),
        ("applications_carried_in", "收到申请9件,上年没办完的2件投诉已办结。", None),
        ("applications_carried_out", "申请9件,上年和下年均不存在结转资金。", None),
        ("applications_carried_out", "申请9件,上年和下年均不存在结转。", 0),
        ("applications_carried_out", "收到申请9件,办结8件(其中结转2件)。", None),
        # Another body's or level's.
        ("applications_received", "各单位共收到政府信息公开申请90件。", None),
        ("applications_received", "从全县看,收到政府信息公开申请90件。", None),
        ("reviews", "县本级发生信息公开行政复议9件。", None),
        ("lawsuits", "全县信息公开复议41件、诉讼18件。", None),
        ("lawsuits", "全县复议:41件、诉讼:18件。", None),
        ("proactive_items", "乡镇(街道)公开政府信息900条。", None),
        ("proactive_items", "督促各单位及时更新,全年主动公开政府信息90条。", 90),
        ("information_fee_yuan", "共收取信息处理费60元,均为县财政局收取。", None),
        ("information_fee_yuan", "共收取信息处理费60元,我局没有收取。", None),
        ("information_fee_yuan", "共收取信息处理费60元,由我局上缴财政。", Decimal(60)),
        # Due, allowed, done again or amiss.
        ("applications_answered", "收到政府信息公开申请9件,尚需答复7件。", None),
        ("applications_answered", "收到政府信息公开申请9件,按要求答复7件。", 7),
        ("proactive_items", "未按时主动公开政府信息90条。", None),
        ("proactive_items", "重新公开政府信息90条。", None),
        ("proactive_items", "重点公开政府信息90条。", 90),
        ("information_fee_yuan", "可收取信息处理费60元。", None),
        ("training_sessions", "须开展政务公开培训5次。", None),
        # Of one channel, of another year, of those whom it guides, of other matters.
        ("applications_received", "另外,邮政渠道收到政府信息公开申请6件。", None),
        ("applications_received", "线下收到政府信息公开申请6件。", None),
        ("applications_received", "通过各种渠道收到政府信息公开申请6件。", 6),
        ("applications_received", "处理政府信息公开申请8件(含上年结转2件)。", None),
        ("information_fee_yuan", "历次收取信息处理费90元,均发生在2022年。", None),
        ("information_fee_yuan", "收取信息处理费90元,但本年没有。", None),
        ("information_fee_yuan", "协助3家单位收取信息处理费90元。", None),
        ("reviews", "收到复议申请2件,1件针对罚款,1件针对信息公开答复。", None),
        ("reviews", "因信息公开被申请复议2件,1件针对逾期答复,均维持。", 2),
        # Of several years, carried in, for other things, or asked of several.
        ("applications_received", "从2008年至2019年底,受理政府信息公开申请19件。", None),
        ("applications_received", "收办政府信息公开申请12件(含上年结转8件)。", None),
        ("applications_carried_out", "受理报销申请27件、备案申请15件,结转至下年办理3件。", None),
        ("applications_carried_out", "受理补贴申请27件,收到公开申请9件,结转下年3件。", 3),
        ("applications_answered", "向甲局提出公开申请9件,已答复;向乙局提出7件,答复6件。", None),
        ("applications_answered", "群众向我局提出政府信息公开申请9件,答复6件。", 6),
        ("training_sessions", "开展业务培训8次,主要是登记实务,其中信息公开内容的1次。", None),
        ("proactive_items", "予以公开46条,部分公开9条,不予公开5条,共60条。", None),
        ("applications_answered", "县政府办公室本级收到公开申请57件,答复58件。", None),
        ("applications_received", "1—6月,收到政府信息公开申请2件。", None),
        ("applications_received", "1月1日至12月31日,收到政府信息公开申请2件。", 2),
        ("applications_received", "办理公开申请27件,其中4件系申请人于2019年提交。", None),
        ("proactive_items", "全年网站更新信息108条,其中转载国家局信息57条。", None),
        ("applications_answered", "公开申请均办结。收到预付卡投诉29件,答复29件。", None),
        # What is said behind the number: of another year, of a part of one, of others.
        ("applications_received", "收到政府信息公开申请7件(2022年)。", None),
        ("applications_received", "收到政府信息公开申请7件(上一年度数)。", None),
        ("applications_received", "收到政府信息公开申请7件(上年5件)。", 7),
        ("applications_received", "收到政府信息公开申请7件,均为2022年度的情况。", None),
        ("reviews", "被申请行政复议4件、提起行政诉讼2件。以上是去年数字。", None),
        ("lawsuits", "被申请行政复议4件、提起行政诉讼2件。以上是去年数字。", None),
        ("applications_received", "收到政府信息公开申请7件,统计截至11月。", None),
        ("applications_received", "收到政府信息公开申请7件,统计截至12月31日。", 7),
        ("proactive_items", "主动公开政府信息70条,为预计数。", None),
        ("proactive_items", "主动公开政府信息70条,系全县汇总数。", None),
        ("proactive_items", "主动公开政府信息70条(县卫生健康局)。", None),
        ("proactive_items", "主动公开政府信息70条,占本镇年度总量的三成。", None),
        ("proactive_items", "主动公开政府信息70条,占全县总量的3%。", 70),
        ("proactive_items", "门户网站主动公开政府信息70条,其余30条贴在村里。", None),
        ("training_sessions", "开展业务培训6次,其中安全4次。", None),
        ("training_sessions", "开展政务公开培训6次,其中线上4次。", 6),
        # … and before it: last year's report is quoted; denied, limited, left undone.
        ("applications_received", "根据上年度报告,收到政府信息公开申请7件。", None),
        ("reviews", "上年情况:因政府信息公开被申请行政复议4件。", None),
        ("applications_received", "不存在收到政府信息公开申请7件仍不办理的问题。", None),
        ("information_fee_yuan", "有申请人未按期缴纳信息处理费80元。", None),
        ("information_fee_yuan", "除上述2件外,未收取信息处理费。", None),
        ("information_fee_yuan", "对公民个人申请未收取信息处理费。", None),
        ("information_fee_yuan", "未收取信息处理费。", 0),
        ("lawsuits", "未发生因政府信息公开引起的群体性行政诉讼。", None),
        ("training_sessions", "未按计划开展政务公开培训5次。", None),
        ("applications_received", "指导辖区各村办理政府信息公开申请7件。", None),
    ],
)
def test_counts_are_the_reports_own_of_its_year_or_open(
    fact: str, sentence: str, value: object
) -> None:
    assert counted(sentence, fact) == value


def test_nobody_signs_before_the_year_is_over() -> None:
    """2021年1月18日 under a report on 2021: the day that its page tells is as likely."""
    title = "某县财政局2021年政府信息公开工作年度报告\n发布日期:2022-01-19\n"
    signed = title + "一、总体情况\n主动公开信息4条。\n某县财政局\n2021年1月18日\n"
    found = {c.value: c.bundle.doubt for c in read(signed) if c.field == "facts.published_on"}
    assert len(found) == 2
    assert len(set(found.values())) == 1


PLANS = (
    "五、存在的主要问题及改进情况\n"
    "存在问题:一是公开不够及时。\n改进措施:一是加强培训;二是拓宽渠道。\n"
)


@pytest.mark.parametrize(
    "behind",
    [
        "没有其他需要报告的事项。",
        "2025年收取政府信息公开信息处理费10240元。",
        "本报告电子版可在政府网站(www.wgy.gov.cn)查阅。",
        "六是其他需要报告的事项\n无其他需要报告的事项。",
        "川桥乡人民政府\n2026年2月5日",
    ],
)
@pytest.mark.parametrize("gap", ["", "\n"])
def test_the_last_item_ends_before_section_six(behind: str, gap: str) -> None:
    fields = extract(f"{PLANS}{gap}{behind}\n").fields
    assert fields["facts.improvements"].value == ["一是加强培训", "二是拓宽渠道"]


def test_a_heading_that_runs_into_the_lead_behind_it_is_no_item() -> None:
    said = "五、存在的主要问题及改进情况\n一、主要问题 存在的问题:一是内容不全;二是更新不及时。"
    said += "二、改进情况 下一步,我们将这样改进:一是丰富解读形式;二是加强业务培训。\n六、其他\n无。"
    assert values(read(TITLE + said), "improvements") == {("一是丰富解读形式", "二是加强业务培训")}


def test_a_name_behind_a_number_on_its_line_does_not_sign() -> None:
    said = "六、其他需要报告的事项\n无。提款3分钟到账青川县石坝乡人民政府2025年3月7日"
    found = read(TITLE + said)
    assert values(found, "agency") == {"青川县石坝乡人民政府"}
    assert values(found, "published_on") == {"2025-03-07"}


def test_a_name_behind_a_line_between_it_and_its_date_begins_on_its_own_line() -> None:
    said = "\n六、其他需要报告的事项\n无\n提款3分钟到账\n青川县石坝乡人民政府\n线路一\n2025年3月7日"
    appendix = "\n附件：2023年度统计表\n" + "\t0\n" * 800
    title = TITLE.removeprefix("青川县")
    assert values(read(title + BODY + said + appendix), "agency") == {"青川县石坝乡人民政府"}


def test_a_comma_that_was_cut_in_two_does_not_part_a_report_from_who_made_it() -> None:
    title = TITLE.replace("青川县石坝乡人民政府", "石坝乡")
    said = "依照条例要求编写本年度报告锛?由石坝乡人民政府负责汇总。\n"
    assert values(read(title + said + BODY), "agency") == {"石坝乡人民政府"}


@pytest.mark.parametrize("left", ["6、其他需", "六、", "其他需要报告的"])
def test_the_beginning_of_a_heading_at_the_end_of_a_text_is_no_item(left: str) -> None:
    fields = extract(f"{PLANS}{left}".encode()).fields
    assert fields["facts.improvements"].value == ["一是加强培训", "二是拓宽渠道"]


@pytest.mark.parametrize(
    "foreign", ["The reporting period runs on.", "##", "www.bet88.example", "老虎机大厅火热开放"]
)
def test_an_item_with_foreign_matter_is_not_given(foreign: str) -> None:
    said = (
        f"五、存在的主要问题及改进情况\n存在的问题:一是内容不全;二是更新不及时。{foreign}\n六、其他"
    )
    found = values(read(TITLE + said), "problems")
    assert found in (set(), {("一是内容不全", "二是更新不及时")})


@pytest.mark.parametrize(
    "signed",
    [
        "青石县水利局\n2024年1月22日\n",
        "平山镇人民政府\n",
        "青石县水利局2024年1月22日",
        "无。\n青石县水利局\n2024年1月22日",  # the heading of 六 was lost
    ],
)
def test_who_signs_is_no_item_where_section_five_is_the_last(signed: str) -> None:
    body = "主要问题是公开不够及时。下一步，我局将加强培训。\n"
    said = body + signed
    for lines in (said, said.replace("\n", " ")):
        fields = extract(f"五、存在的主要问题及改进情况\n{lines}".encode()).fields
        assert fields["facts.problems"].value == ["主要问题是公开不够及时"]
        assert fields["facts.improvements"].value == ["下一步，我局将加强培训"]


def test_who_signs_before_an_appendix_is_found_where_the_last_heading_was_lost() -> None:
    said = "无。\n青川县石坝乡人民政府\n2025年3月7日\n附件：2023年度政府信息公开情况统计表\n"
    body = BODY.partition("六、")[0] + said + "\t0\n" * 800
    found = read(TITLE.removeprefix("青川县") + body)
    assert values(found, "agency") == {"青川县石坝乡人民政府"}
    assert values(found, "published_on") == {"2025-03-07"}


@pytest.mark.parametrize("left", ["下", " 下", "下一"])
def test_a_sentence_of_which_a_text_has_only_the_beginning_is_no_problem(left: str) -> None:
    said = f"五、存在的主要问题及改进情况\n存在的问题:一是内容不全;二是深度还不够。{left}"
    fields = extract(said.encode()).fields
    assert fields["facts.problems"].value == ["一是内容不全", "二是深度还不够"]


def test_a_line_that_goes_on_with_a_number_is_prose_whatever_row_it_names() -> None:
    wide = "镇政府认真答复每一件申请，全年发生政府信息公开行政复议23"
    found = read(f"{TITLE}一、总体情况\n{wide}\n1行政诉讼86\n（三）监督保障\n开展检查。\n")
    assert values(found, "reviews") in (set(), {231})
