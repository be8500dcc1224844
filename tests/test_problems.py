"""Section 五: which sentences are problems, which are measures, and where nobody can tell."""

from __future__ import annotations

import pytest

from gkllm.narrative.signs import copula, denies, label
from gkllm.pipeline import extract
from gkllm.report import Field, Status

REPORT = (
    "青川县石坝乡人民政府2024年政府信息公开工作年度报告\n一、总体情况\n全年共主动公开政府信息9条。\n"
    "{heading}\n{body}\n六、其他需要报告的事项\n无。\n"
)
HEADING = "五、存在的主要问题及改进情况"


def both(body: str, heading: str = HEADING) -> tuple[Field, Field]:
    fields = extract(REPORT.format(heading=heading, body=body).encode()).fields
    return fields["facts.problems"], fields["facts.improvements"]


def split(body: str, heading: str = HEADING) -> tuple[object, object]:
    problems, improvements = both(body, heading)
    return problems.value, improvements.value


# ---------------------------------------------------------------- where the measures begin

TURNS = [
    "2025年，要把会议纪要挂上网",
    "我委拟每月检查一次栏目",
    "我们会把术语写成白话",
    "我局计划在全县推广公开员制度",
    "我镇正在改版网站首页",
    "我乡已经制定信息报送清单",
    "后续将组织村干部轮训",
    "新的一年，我中心力求件件有回音",
    "要继续办好开放日",
    "我们务必做到按月更新",
    "2025年，乡里将请人大代表评议",
    "对此，县水务局着手清理旧栏目",
    "改进的思路是以考促改",
    "解决的办法有多请教、多走访",
    "我镇将多渠道发布，让群众少跑腿",
    "加密巡查，按周通报",
]


@pytest.mark.parametrize("turn", TURNS)
def test_measures_begin_where_somebody_intends_something(turn: str) -> None:
    fault = "部分栏目内容陈旧，更新不勤"
    assert split(f"存在的问题：{fault}。{turn}。") == ([fault], [turn])


@pytest.mark.parametrize(
    "fault",
    [
        "2024年，我局的解读仍需改进，图表不多",  # a year, and nothing intended
        "我镇的主要栏目更新较慢",  # 主要 is no 要
        "我局要求较高的事项公开得不够细",
        "会议公开的比例偏低",
        "个别股室将该公开的文件当成内部资料，公开不及时",  # 将 is 把
        "推进力度不够，主动公开意识不强",  # verbs that are no measures
        "我镇已开过两次会，但仍有站所重视不够",
        "一些村会计会同时兼任信息员，精力不足",
    ],
)
def test_words_of_measures_in_a_problem_do_not_end_the_problems(fault: str) -> None:
    cure = "下一步，我们将逐项改正"
    assert split(f"存在的问题：{fault}。{cure}。") == ([fault], [cure])


HEADINGS = [
    "（二）奋斗目标",
    "（二）2025年工作计划",
    "（二）化解问题的对策",
    "二、整改方案",
    "二、工作设想",
]


@pytest.mark.parametrize("heading", [*HEADINGS, "（二）解决方法与举措", "（二）下一步怎么走"])
def test_an_inner_heading_of_measures_is_known_by_its_nouns(heading: str) -> None:
    faults, cures = ["1.橱窗设在院内", "2.台账仍用纸"], ["1.把橱窗移到路口", "2.台账上网"]
    body = "（一）存在的不足\n" + "。\n".join(faults) + f"。\n{heading}\n" + "。\n".join(cures)
    assert split(body) == (faults, cures)


@pytest.mark.parametrize(
    "said",
    [
        "整改举措：",
        "应对之策：",
        "对策建议：",
        "下一步工作思路：",
        "解决办法：",
        "今后打算：",
        "下一步工作：",
    ],
)
def test_a_label_of_measures_is_known_by_its_nouns(said: str) -> None:
    fault, cure = "公示栏日晒雨淋，字迹难认", "换成电子屏"
    assert split(f"存在的不足：{fault}。{said}{cure}。") == ([fault], [cure])


def test_labels_hold_nothing_but_their_words() -> None:
    assert label("(二)努力方向") == label("应对措施") == label("整改方案") == "improvements"
    assert label("存在的困难和问题") == label("问题三") == "problems"
    assert label("存在的不足及对策") == "both"
    assert label("公开意识方面的问题") is None
    assert label("2.解决问题") is label("二是落实改进方案") is None
    assert copula("改进的思路是以考促改") == "improvements"
    assert copula("公开的范围是全县") is None


def test_an_item_of_nothing_but_plain_words_is_no_heading() -> None:
    body = "存在的问题：一是解读少；二是更新慢。改进措施：一是编解读；二是落实整改方案。"
    assert split(body) == (["一是解读少", "二是更新慢"], ["一是编解读", "二是落实整改方案"])


def test_lines_without_full_stops_are_cut_before_a_label_or_a_turn() -> None:
    said = ("存在的不足是台账不全", "解决办法是补建台账")
    assert split("\n".join(said)) == ([said[0]], [said[1]])
    said = ("存在的问题\n栏目内容陈旧", "对策\n指定专人维护")
    assert split("\n".join(said)) == (["栏目内容陈旧"], ["指定专人维护"])
    said = ("互动回复较慢", "下一步将限时回复")
    assert split("\n".join(said)) == ([said[0]], [said[1]])


def test_a_line_that_the_width_of_the_page_cut_stays_whole() -> None:
    fault = "过去一年我乡公开工作取得了进展，与上级要求和群众期盼相比，存在的主要\n问题是更新较慢"
    cure = "下一步，我乡将按周更新"
    assert split(f"{fault}。{cure}。") == ([fault], [cure])


# ---------------------------------------------------------------- problem and measure in turn


@pytest.mark.parametrize(
    "body",
    [
        "存在的不足：一是解读偏少。我委拟增加图解。二是检索不便。我委拟升级检索。",
        "1.解读偏少。整改情况：增加图解。\n2.检索不便。整改情况：升级检索。",
        "问题1：解读偏少。对策：增加图解。问题2：检索不便。对策：升级检索。",
        "（一）解读偏少。下一步，增加图解。\n（二）检索不便。下一步，升级检索。",
        "首先，解读偏少。今后要增加图解。其次，检索不便。今后要升级检索。",
        "解读偏少。我局将增加图解。检索不便。我局将升级检索。",
        "一是解读偏少。改进办法是增加图解；二是检索不便。改进办法是升级检索。",
    ],
)
def test_problem_and_measure_in_turn(body: str) -> None:
    problems, improvements = split(body)
    assert isinstance(problems, list)
    assert isinstance(improvements, list)
    for said, fault, cure in zip(problems, ("解读偏少", "检索不便"), improvements, strict=True):
        assert said.endswith(fault)
        assert cure.endswith("增加图解" if fault == "解读偏少" else "升级检索")


def test_numerals_that_begin_again_open_the_measures() -> None:
    body = "一是解读偏少；二是检索不便。一是增加图解；二是升级检索。"
    assert split(body) == (["一是解读偏少", "二是检索不便"], ["一是增加图解", "二是升级检索"])


def test_measures_that_name_shortcomings_stay_measures() -> None:
    body = (
        "存在的问题：一是解读偏少；二是检索不便。"
        "改进情况：1.针对解读偏少的问题，我局开设专栏。2.每季度通报更新不及时的股室。3.补齐短板。"
    )
    problems, improvements = split(body)
    assert problems == ["一是解读偏少", "二是检索不便"]
    assert isinstance(improvements, list)
    assert [item[:2] for item in improvements] == ["1.", "2.", "3."]


# ---------------------------------------------------------------- where nobody can tell


@pytest.mark.parametrize(
    "body",
    [
        "一是解读偏少，我委将增加图解。二是检索不便，我委将升级检索。",
        "1.针对解读偏少的问题，我局开设专栏。\n2.针对检索不便的问题，我局升级检索。",
        "存在的问题：解读偏少，对策：增加图解。",
        "检索不便的问题我局将设法解决。",
        "解读偏少。我局将解读偏少的文件重新解读。",
        "解读偏少。加强对薄弱环节的督导。",
        "存在的问题：一是解读偏少。二是今后增加图解。",
        "（一）存在的问题\n1.橱窗设在院内。\n（二）怎么办\n1.把橱窗移到路口。",
        "（一）存在的问题\n1.橱窗设在院内。\n（二）推进的路数\n1.把橱窗移到路口。",
        "2024年，我局采取以下措施：一是轮训；二是通报。但还有不足：一是更新慢。今后，一是按周更新。",
        "存在问题及对策：一是解读偏少，要增加图解；二是检索不便，要升级检索。",
        "检索不便的问题现已解决，2024年栏目不全的问题我局已补齐。",
    ],
)
def test_halves_that_cannot_be_told_apart_are_left_open(body: str) -> None:
    for field in both(body):
        assert field.status is Status.DISPUTED
        assert field.value is None


# ---------------------------------------------------------------- no problem is none


@pytest.mark.parametrize(
    "said",
    [
        "2024年我局公开工作总体平稳，没有发现明显问题。",
        "我乡公开工作按期完成，不存在重大问题。",
        "存在的主要问题：无突出问题。",
        "公开任务全部办结，暂无存在问题。",
    ],
)
def test_who_has_no_problem_names_none(said: str) -> None:
    cure = "下一步，我们将一如既往做好公开"
    assert split(f"{said}{cure}。") == (None, [cure])


@pytest.mark.parametrize(
    "fault",
    ["不存在重大问题，但解读还不够通俗", "一是没有形成合力的问题突出", "没有专人，存在漏报问题"],
)
def test_a_shortcoming_beside_a_denial_is_a_problem(fault: str) -> None:
    assert not denies(fault)
    assert split(f"{fault}。今后，我们将改正。")[0] == [fault]


# ---------------------------------------------------------------- no word that calls it a problem


@pytest.mark.parametrize(
    "fault",
    [
        "眼下栏目设置不合理，公开内容不丰富",
        "我局还存在检索入口不显眼、附件打不开等问题",
        "工作中存在答复口径前后不同的问题",
        "信息报送存在迟报现象",
        "村级公开水平需要提升",
        "主动公开的内容有限",
    ],
)
def test_a_shortcoming_is_a_problem_whatever_calls_it_one(fault: str) -> None:
    cure = "我局将按月检查"
    assert split(f"{fault}。{cure}。") == ([fault], [cure])


@pytest.mark.parametrize(
    "heading",
    [
        "六、存在问题和改进措施",
        "三、存在的问题和改进措施",
        "七、存在问题及改进",
        "五、存在的不足和改进措施",
        "五、存在的主要问题及下一步打算",
    ],
)
def test_older_headings_open_the_section(heading: str) -> None:
    body = "存在的问题：台账不全。改进措施：补建台账。"
    assert split(body, heading) == (["台账不全"], ["补建台账"])


# ---------------------------------------------------------------- a text cut off


@pytest.mark.parametrize(
    "left", ["二、改进情", "（二）改进", "二、下一步工作", "整改措", "六是其他"]
)
def test_the_beginning_of_an_inner_heading_is_no_item(left: str) -> None:
    whole = REPORT.format(heading=HEADING, body="一、主要问题：一是解读偏少；二是检索不便。\n#")
    fields = extract(whole.partition("#")[0].encode() + left.encode()).fields
    assert fields["facts.problems"].value == ["一是解读偏少", "二是检索不便"]
    assert fields["facts.improvements"].value is None


# ---------------------------------------------------------------- what belongs to neither half

FAULTS, CURES = ["1.橱窗设在院内，取阅不便", "2.台账不全"], ["1.把橱窗移到路口", "2.补建台账"]


def lines(*said: str) -> str:
    return "。\n".join(said) + "。\n"


@pytest.mark.parametrize(
    "heading",
    [
        "（二）问题成因",
        "（二）形成的主要原因",
        "（二）原因剖析",
        "工作特色",
        "二、取得的主要成绩",
        "主要工作成效：",
        "典型做法",
        "先进经验：",
        "主要目标",
        "其它说明：",
        "整改成果",
    ],
)
def test_headings_of_other_things_open_no_half(heading: str) -> None:
    other = lines("1.全镇首创板凳会", "2.编制紧张，认识不足")
    head = "（一）存在的不足\n" + lines(*FAULTS)
    tail = "（三）改进办法\n" + lines(*CURES)
    assert split(f"{head}{heading}\n{other}{tail}") == (FAULTS, CURES)
    behind = "（二）改进办法\n" + lines(*CURES)
    assert split(f"{head}{behind}{heading}\n{lines('全镇首创板凳会')}") == (FAULTS, CURES)


def test_a_heading_of_causes_leaves_the_problem_in_one_sentence() -> None:
    body = (
        "（一）存在的不足\n台账不全。\n（二）形成的原因\n分工不细。\n（三）改进的办法\n补建台账。"
    )
    assert split(body) == (["台账不全"], ["补建台账"])
    assert split("不足：台账不全。根源在哪。改进：补建台账。")[1] == ["补建台账"]


def test_labels_of_neither_half() -> None:
    for said in ("问题成因", "主要工作成效", "(三)其它情况", "整改成果", "总体情况", "主观原因"):
        assert label(said) == "other", said
    for said in ("存在的问题及原因分析", "成绩与不足"):
        assert label(said) == "problems", said
    for said in ("奋斗目标", "下一步工作目标", "改进做法"):
        assert label(said) == "improvements", said
    for said in ("亮点不足", "重点工作进展不足", "经验不足", "原因不明", "二是取得的成效"):
        assert label(said) is None, said
    assert label("上年度存在的问题") == label("去年问题整改情况") == "doubt"


def test_items_that_end_like_a_heading_stay_problems() -> None:
    faults = ["1.公开亮点不足", "2.重点工作公开不足", "3.村干部经验不足"]
    assert split("存在的不足：\n" + lines(*faults) + "今后打算：\n" + lines(*CURES)) == (
        faults,
        CURES,
    )


def test_causes_and_results_item_by_item() -> None:
    body = "1.台账不全。原因：分工不细。2.更新慢。原因：人手紧。下一步，补建台账。"
    assert split(body)[0] == ["1.台账不全", "2.更新慢"]
    body = "不足：台账不全。改进办法：1.补建台账。成效：台账已全。2.按周更新。"
    assert split(body) == (["台账不全"], ["1.补建台账", "2.按周更新"])
    body = "不足：一是台账不全，二是更新慢。造成以上问题的原因是分工不细。改进办法：补建台账。"
    assert split(body) == (["一是台账不全", "二是更新慢"], ["补建台账"])


@pytest.mark.parametrize(
    "merits",
    [
        "主要成果：一是回信快，二是图解多。",
        "一年来取得的成绩：1.回信快。2.图解多。",
        "全镇公开工作取得了较好成效，一是回信更快，二是图解更多。",
        "工作回顾：一是印发了目录，二是轮训了村干部。",
    ],
)
def test_good_work_before_the_problems_is_none(merits: str) -> None:
    body = f"{merits}但还存在一些不足，一是台账不全，二是更新慢。今后，一是补台账，二是勤更新。"
    assert split(body) == (["一是台账不全", "二是更新慢"], ["一是补台账", "二是勤更新"])


def test_good_work_in_the_lead_of_problems_hides_none() -> None:
    body = "我镇取得了一定成绩，但与要求还有差距，一是台账不全，二是更新慢。今后，补建台账。"
    assert split(body)[0] == ["一是台账不全", "二是更新慢"]
    body = "工作成效：全镇首创板凳会。但台账不全。改进办法：补建台账。"
    assert split(body) == (["但台账不全"], ["补建台账"])


# ---------------------------------------------------------------- problems that are no more


@pytest.mark.parametrize(
    "solved",
    [
        "上年度报告指出的“检索不便”问题已全部整改到位",
        "以往存在的回信慢问题已得到根本解决",
        "去年反映的栏目空白问题，目前已全部消除",
        "2023年度报告中列出的回信慢问题已销号",
        "2023年年报列举的回信慢问题已经整改",
        "历年存在的台账混乱现象得到明显好转",
    ],
)
def test_a_solved_problem_of_another_time_is_none(solved: str) -> None:
    cure = "下一步，增加图解"
    assert split(f"{solved}。目前主要问题是解读少。{cure}。") == (["目前主要问题是解读少"], [cure])


@pytest.mark.parametrize(
    "body",
    [
        "回信慢的问题已得到解决。主要问题是解读少。下一步，增加图解。",  # whose, nobody knows
        "去年存在的回信慢问题已解决，但解读仍然不足。下一步，增加图解。",
        "存在的问题：一是去年的回信慢问题已得到解决；二是解读少。下一步，增加图解。",
        "（一）上年度存在的问题\n1.回信慢。\n（二）本年度存在的问题\n1.解读少。\n（三）今后打算\n1.增加图解。",
    ],
)
def test_a_solved_problem_that_is_not_apart_leaves_the_halves_open(body: str) -> None:
    assert [field.status for field in both(body)] == [Status.DISPUTED] * 2


def test_the_year_of_the_next_problems_tells_whose_a_solved_problem_was() -> None:
    solved, cure = "2023年存在的回信慢问题已得到解决", "下一步，增加图解"
    fault = "2024年主要问题是解读少"
    assert split(f"{solved}。{fault}。{cure}。") == ([fault], [cure])
    for behind in ("2023年主要问题是解读少", "主要问题是解读少", "2025年，将增加图解"):
        assert split(f"{solved}。{behind}。{cure}。") == (None, None)
    assert split(f"{solved}，但图解仍不足。{fault}。{cure}。") == (None, None)


def test_a_problem_of_last_year_that_is_still_there_is_one() -> None:
    fault = "去年存在的回信慢问题仍未得到解决"
    assert split(f"{fault}。下一步，限时回信。") == ([fault], ["下一步，限时回信"])


# ---------------------------------------------------------------- sentences beside the items


@pytest.mark.parametrize(
    "said",
    [
        "2024年我镇在全县考评中位列第二",
        "截至目前，全镇共有公开员16名",
        "镇党委高度重视，多次听取汇报",
        "2024年，我镇启用了新网站",
        "以上问题已于12月全部整改到位",
        "我镇做法被县政府办推广",
    ],
)
def test_how_things_stand_is_no_problem(said: str) -> None:
    faults = ["一是台账不全", "二是更新慢"]
    assert split("存在的不足：" + "；".join(faults) + f"。{said}。今后打算：补建台账。") == (
        faults,
        ["补建台账"],
    )
    assert split(f"存在的不足：台账不全。{said}。今后打算：补建台账。") == (
        ["台账不全"],
        ["补建台账"],
    )
    assert split(f"一是台账不全。{said}。二是更新慢。今后打算：补建台账。")[0] == faults


@pytest.mark.parametrize(
    "fault",
    [
        "截至目前，全镇仅有公开员1名",
        "镇里对公开没有高度重视",
        "2024年我镇在全县考评中位列第二，但群众参与不足",
        "2024年只开展了1次培训",
    ],
)
def test_how_little_there_is_may_be_a_problem(fault: str) -> None:
    assert split(f"存在的不足：台账不全。{fault}。今后打算：补建台账。")[0] == ["台账不全", fault]


def test_others_problems_that_were_dealt_with_are_none() -> None:
    said = "我镇着力解决群众关心的突出问题，以公开促落实"
    assert split(f"{said}。但台账不全。今后打算：补建台账。") == (["但台账不全"], ["补建台账"])
    fault = "存在解决群众关心的问题不及时的现象"
    assert split(f"{fault}。今后打算：补建台账。") == ([fault], ["补建台账"])


def test_praise_behind_the_measures_is_none_but_a_praised_measure_is_one() -> None:
    body = "不足：台账不全。今后打算：补建台账。2024年，我镇荣获全县先进。"
    assert split(body) == (["台账不全"], ["补建台账"])
    body = "不足：台账不全。改进情况：补建台账。完善目录，受到县里表扬。"
    assert split(body) == (["台账不全"], ["补建台账", "完善目录，受到县里表扬"])


@pytest.mark.parametrize(
    "lead",
    [
        "2025年，将重点做好以下工作",
        "2025年，将着重抓好以下几项工作",
        "2025年工作要点如下",
        "2025年度重点",
    ],
)
def test_what_announces_the_measures_ends_the_problems(lead: str) -> None:
    body = f"一是台账不全；二是更新慢。{lead}。一是补建台账；二是勤更新。"
    assert split(body) == (["一是台账不全", "二是更新慢"], ["一是补建台账", "二是勤更新"])


@pytest.mark.parametrize("said", ["镇党委高度重视，将补建台账", "2024年考评中我镇排名第18位"])
def test_a_promise_in_unknown_words_or_a_rank_is_no_problem(said: str) -> None:
    body = f"不足：台账不全。{said}。今后打算：补建台账。"
    assert [field.status for field in both(body)] == [Status.DISPUTED] * 2


def test_problem_and_measure_in_one_sentence() -> None:
    body = "主要不足是台账不全，改进办法是补建台账。"
    assert split(body) == (["主要不足是台账不全"], ["改进办法是补建台账"])
    body = "一是台账不全，解决办法为补建台账；二是更新慢，解决办法为按周更新。"
    assert split(body) == (
        ["一是台账不全", "二是更新慢"],
        ["解决办法为补建台账", "解决办法为按周更新"],
    )
    assert split("台账不全；整改情况：补建台账。") == (["台账不全"], ["补建台账"])


@pytest.mark.parametrize(
    "body",
    [
        "还存在台账不全的问题，今年将健全台账。",
        "一是台账不全；二是更新慢。镇里的几件事：一是补台账；二是勤更新。",
    ],
)
def test_a_promise_that_is_not_apart_leaves_the_halves_open(body: str) -> None:
    assert [field.status for field in both(body)] == [Status.DISPUTED] * 2


# ---------------------------------------------------------------- what ends a report

LAST = REPORT.partition("六、")[0]


@pytest.mark.parametrize(
    "closing",
    [
        "特此公告。",
        "以上情况，请审定。",
        "热忱欢迎广大群众批评指正。",
        "衷心感谢社会各界的支持！",
        "（此件主动公开）",
        "附件：1.政府信息公开统计表\n2.目录",
        "七、附表\n（略）",
        "注：表中无数据的为空。",
        "（联系人：李四，电话：1234567）",
        "青川县石坝乡人民政府\n二〇二五年一月六日",
        "二○二五年一月十六日",
        "特此报告。\n感谢各界支持！\n青川县石坝乡人民政府\n2025年1月6日",
    ],
)
@pytest.mark.parametrize("mark", ["。\n", "。"])
def test_what_ends_a_report_is_no_measure(closing: str, mark: str) -> None:
    body = f"不足：台账不全。今后打算：补建台账{mark}{closing}"
    fields = extract(LAST.format(heading=HEADING, body=body).encode()).fields
    assert fields["facts.problems"].value == ["台账不全"]
    assert fields["facts.improvements"].value == ["补建台账"]


@pytest.mark.parametrize("last", ["（二）其他情况：无。", "（二）其他说明：全年没有收费。"])
def test_a_measure_of_few_words_stays_before_another_label(last: str) -> None:
    assert split(f"不足：台账不全。\n今后打算：补齐台账，按周更新。\n{last}")[1] == [
        "补齐台账，按周更新"
    ]


def test_thanks_among_the_measures_end_nothing() -> None:
    body = "不足：台账不全。今后打算：一是设立信箱。欢迎广大群众监督。二是补建台账。"
    problems, improvements = split(body)
    assert problems == ["台账不全"]
    assert isinstance(improvements, list)
    assert improvements[-1] == "二是补建台账"


def test_a_measure_may_begin_with_what_is_taken_in_hand() -> None:
    body = "更新较慢。解读偏少。把更新责任落实到各股室。请人制作图解。"
    assert split(body) == (["更新较慢", "解读偏少"], ["把更新责任落实到各股室", "请人制作图解"])


def test_what_may_be_a_problem_before_the_first_leaves_the_halves_in_doubt() -> None:
    """In words that nobody knows: to leave it out would give less than all problems."""
    fields = extract(
        "五、存在的主要问题及改进情况\n目录三年没有修订。窗口人员不熟悉时限。\n"
        "六、其他需要报告的事项\n无。\n".encode()
    ).fields
    assert fields["facts.problems"].status is not Status.READ
