"""The data tables of the form: complete, without ambiguity, and every label seen finds its key."""

from __future__ import annotations

from collections import defaultdict
from importlib.resources import files
from itertools import chain

import pytest

from gkllm.align.labels import lexicon, words_of
from gkllm.form import Form, Label, compact, form

FORM = form("2021")
OLD = form("2019")

# The public contract, typed from its text and not from the data tables.
COLUMNS = "natural_person business research public_welfare legal_service other total".split()
ROWS = (
    "new_received carried_in granted partially_granted "
    "refused.state_secret refused.prohibited_by_law refused.safety_stability "
    "refused.third_party_rights refused.internal_affairs refused.process_information "
    "refused.enforcement_file refused.administrative_query "
    "unavailable.not_held unavailable.must_be_created unavailable.still_unclear "
    "not_processed.petition not_processed.repeated not_processed.published_material "
    "not_processed.mass_repeated not_processed.confirm_or_reissue "
    "other.overdue_correction other.unpaid_fee other.other total_handled carried_out"
).split()
DISCLOSURE = {
    "regulations": "issued repealed in_force",
    "normative_documents": "issued repealed in_force",
    "licensing": "decisions",
    "punishment": "decisions",
    "coercion": "decisions",
    "fees": "amount_10k_yuan",
}
BLOCKS = "review direct_lawsuit lawsuit_after_review".split()
OUTCOMES = "upheld corrected other pending total".split()
FACTS = (
    "agency year period_start period_end published_on website proactive_items "
    "applications_received applications_answered applications_carried_in "
    "applications_carried_out reviews lawsuits information_fee_yuan training_sessions "
    "problems improvements"
).split()


# ---------------------------------------------------------------- what there is


def test_the_cells_are_those_of_the_contract_in_printed_order() -> None:
    expected = [f"disclosure.{r}.{c}" for r, cs in DISCLOSURE.items() for c in cs.split()]
    expected += [f"requests.{r}.{c}" for r in ROWS for c in COLUMNS]
    expected += [f"litigation.{b}.{o}" for b in BLOCKS for o in OUTCOMES]
    assert list(FORM.cells) == expected
    assert len(FORM.cells) == 200
    assert len(FORM.rows) == 25


def test_the_facts_are_those_of_the_contract() -> None:
    assert set(FORM.fact_kinds) == {f"facts.{key}" for key in FACTS}


def test_only_the_fees_are_money() -> None:
    assert FORM.money == {"disclosure.fees.amount_10k_yuan"}


def test_the_2019_form_has_23_rows_and_one_merged() -> None:
    assert len(OLD.rows) == 23
    assert [row.key for row in OLD.rows if "subtotal" in row.key] == ["other.subtotal"]
    assert not {row.key for row in OLD.rows} & {f"other.{k}" for k in ("other", "unpaid_fee")}
    assert len(OLD.cells) == 10 + 23 * 7 + 15
    assert OLD.unread == {"disclosure"}


@pytest.mark.parametrize("group", ["refused", "unavailable", "not_processed", "other"])
def test_a_group_can_stand_for_its_rows(group: str) -> None:
    merged = form("2021", (group,))
    parts = [row for row in ROWS if row.startswith(f"{group}.")]
    keys = [row.key for row in merged.rows]
    assert len(keys) == 25 - len(parts) + 1
    assert keys.index(f"{group}.subtotal") == ROWS.index(parts[0])
    breakdown = next(r for r in merged.rules if r.at == "requests.total_handled.total")
    assert f"requests.{group}.subtotal.total" in breakdown.right
    assert not any(f"requests.{part}.total" in breakdown.right for part in parts)


def test_merging_one_group_leaves_the_form_as_it_was() -> None:
    form("2021", ("other",))
    assert len(form("2021").rows) == 25


# ---------------------------------------------------------------- sum rules


def test_there_are_42_rules_of_four_kinds() -> None:
    kinds: dict[str, int] = defaultdict(int)
    for rule in FORM.rules:
        kinds[rule.id] += 1
    assert dict(kinds) == {
        "requests.row_total": 25,
        "requests.balance": 7,
        "requests.breakdown": 7,
        "litigation.block_total": 3,
    }


@pytest.mark.parametrize("this", [FORM, OLD, form("2021", ("other", "refused"))])
def test_rules_speak_of_cells_of_their_form_and_of_each_once(this: Form) -> None:
    for rule in this.rules:
        terms = [*rule.left, *rule.right]
        assert len(set(terms)) == len(terms)
        assert set(terms) <= set(this.cells)


def test_every_request_cell_is_in_a_row_rule_and_a_column_rule() -> None:
    ruled: dict[str, set[str]] = defaultdict(set)
    for rule in FORM.rules:
        for path in chain(rule.left, rule.right):
            ruled[path].add(rule.id)
    for path in FORM.request_cells:
        assert "requests.row_total" in ruled[path]
        assert ruled[path] & {"requests.balance", "requests.breakdown"}, path
    for path in FORM.litigation_cells:
        assert ruled[path] == {"litigation.block_total"}


def test_total_handled_adds_up_21_rows_or_19() -> None:
    for this, count in ((FORM, 21), (OLD, 19)):
        for rule in this.rules:
            if rule.id == "requests.breakdown":
                assert len(rule.right) == count


def test_a_published_table_keeps_all_rules() -> None:
    # A city's totals of 2023 by row, as printed there (domain: R1 and R2 hold).
    total = dict.fromkeys(ROWS, 0) | {
        "new_received": 3511, "carried_in": 96, "total_handled": 3486, "carried_out": 121,
        "granted": 1191, "partially_granted": 328,
        "refused.state_secret": 142, "unavailable.not_held": 1078,
        "not_processed.petition": 406, "other.other": 341,
    }  # fmt: skip
    values = {f"requests.{row}.total": n for row, n in total.items()}
    for rule in FORM.rules:
        if rule.at in ("requests.*.total", "requests.total_handled.total"):
            assert sum(values[p] for p in rule.left) == sum(values[p] for p in rule.right)


def test_relations_name_cells_and_facts_that_exist() -> None:
    for relation in FORM.relations:
        assert relation.fact in FORM.fact_kinds
        for reading in relation.readings:
            assert set(reading) <= set(FORM.cells)


# ---------------------------------------------------------------- labels


def _kinds(this: Form) -> dict[str, tuple[Label, ...]]:
    return {
        "disclosure row": this.disclosure_rows,
        "disclosure column": this.disclosure_columns,
        "row": this.rows,
        "group": this.groups,
        "column": this.columns,
        "block": this.blocks,
        "outcome": this.outcomes,
    }


@pytest.mark.parametrize("this", [FORM, OLD], ids=lambda f: f.edition)
@pytest.mark.parametrize("kind", sorted(_kinds(FORM)))
def test_no_wording_belongs_to_two_labels_of_one_kind(this: Form, kind: str) -> None:
    owner: dict[str, str] = {}
    for label in _kinds(this)[kind]:
        for word in label.wordings:
            assert owner.setdefault(word, label.key) == label.key, word


def test_no_heading_belongs_to_two_sections() -> None:
    owner: dict[str, str] = {}
    for section in FORM.sections:
        for word in section.headings:
            assert owner.setdefault(word, section.key) == section.key


def test_wordings_are_compacted_and_not_empty() -> None:
    for labels in _kinds(FORM).values():
        for label in labels:
            assert label.wordings
            assert all(word and compact(word) == word for word in label.wordings), label.key


def test_every_cell_and_fact_has_two_titles() -> None:
    for path in (*FORM.cells, *FORM.fact_kinds):
        zh, en = FORM.titles[path]
        assert zh.strip()
        assert en.replace("·", "").isascii()
    titles = [FORM.titles[path] for path in FORM.cells]
    assert len({zh for zh, _ in titles}) > 150  # 其他 stands in several rows


# Labels that real reports print, typed from the catalogue of variants: table, kind, key, words.
SEEN = [
    ("disclosure", "column", "issued", "本年制发数量"),
    ("disclosure", "column", "issued", "本年制作数量"),
    ("disclosure", "column", "issued", "本年度制发数"),
    ("disclosure", "column", "issued", "本年新\n制发数量"),
    ("disclosure", "column", "issued", "本 年 制 发 件 数"),
    ("disclosure", "column", "repealed", "本年度止件数"),
    ("disclosure", "column", "repealed", "本年废止数"),
    ("disclosure", "column", "repealed", "废止数量"),
    ("disclosure", "column", "in_force", "现行有效件"),
    ("disclosure", "column", "in_force", "现行有效件数 (历史累计)"),
    ("disclosure", "column", "in_force", "现行有效数量"),
    ("disclosure", "column", "decisions", "本年处理决定数量"),
    ("disclosure", "column", "amount_10k_yuan", "本年收费金额(单位:万元)"),
    ("disclosure", "row", "normative_documents", "规范性文件"),
    ("disclosure", "row", "normative_documents", "行政规范性文件"),
    ("disclosure", "row", "regulations", "规 章"),
    ("disclosure", "row", "fees", "行政事业性收费"),
    ("disclosure", "furniture", "信息内容", "信 息 内 容"),
    ("requests", "row", "new_received", "一、本年新收政府信息公开申请数量"),
    ("requests", "row", "new_received", "1、本年新收政府信息公开申请数量"),
    ("requests", "row", "carried_in", "二、上年结转政府信息公开申请数量"),
    ("requests", "row", "carried_in", "二、上年转结政府信息公开申请数量"),
    ("requests", "row", "carried_in", "二、上年转接政府信息公开申请数量"),
    ("requests", "row", "granted", "(一)予以公开"),
    ("requests", "row", "granted", "三、本年度办理结果(一)予以公开"),
    ("requests", "row", "partially_granted", "(二)部分公开(区分处理的,只计这一情况,不计其他情形)"),
    ("requests", "row", "partially_granted", "(二)部分公开(区分处理的,只计这一情形,不计其他情形)"),
    ("requests", "row", "partially_granted", "(二)部分公开"),
    ("requests", "row", "refused.internal_affairs", "5.属于三类内容事务信息"),
    ("requests", "row", "refused.internal_affairs", "5.属于三类内部事务信息"),
    ("requests", "row", "refused.safety_stability", "3.危及“三安全一稳定”"),
    ("requests", "row", "refused.safety_stability", '3.危及"三安全一稳定"'),
    ("requests", "row", "refused.safety_stability", "3.危及三安全一稳定"),
    ("requests", "row", "refused.state_secret", "(三)不予公开1.属于国家秘密"),
    ("requests", "row", "refused.administrative_query", "8、属于行政查询事项"),
    ("requests", "row", "unavailable.not_held", "(四)无法提供1.本机关不掌握相关政府信息"),
    ("requests", "row", "other.overdue_correction",
     "1.申请人无正当理由逾期不补正,行政机关不再处理其政府信息公开申请"),
    ("requests", "row", "other.overdue_correction", "1、逾期不补正"),
    ("requests", "row", "other.unpaid_fee",
     "2、申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"),
    ("requests", "row", "other.unpaid_fee", "2.逾期不缴费"),
    ("requests", "row", "other.other", "3、其他"),
    ("requests", "row", "other.other", "3.其他"),
    ("requests", "group", "other", "(六)其他处理"),
    ("requests", "group", "outcomes", "三、本年度\n办理结果"),
    ("requests", "row", "total_handled", "(七)总计"),
    ("requests", "row", "carried_out", "四、结转下年度继续办理"),
    ("requests", "row", "carried_out", "四、转结下年度继续办理"),
    ("requests", "column", "natural_person", "自 然 人"),
    ("requests", "column", "business", "商业\n企业"),
    ("requests", "column", "legal_service", "法律服\n务机构"),
    ("requests", "furniture", "法人或其他组织", "法人或其他组织"),
    ("litigation", "block", "review", "行政复议"),
    ("litigation", "block", "direct_lawsuit", "未经复议直接起诉"),
    ("litigation", "block", "lawsuit_after_review", "复议后起诉"),
    ("litigation", "outcome", "upheld", "结果\n维持"),
    ("litigation", "outcome", "corrected", "结 果 纠 正"),
    ("litigation", "outcome", "pending", "尚未审结"),
    ("litigation", "outcome", "total", "总 计"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "kind", "key", "words"), SEEN)
def test_labels_seen_find_their_key(table: str, kind: str, key: str, words: str) -> None:
    known = lexicon(FORM, table)
    found = known.words.get(words_of(words)) or known.near(words_of(words))
    assert found == (kind, key)


@pytest.mark.parametrize("words", ["第二十条第(一)项", "第二十条 第(五)项", "第二十条(八)项"])
def test_the_items_of_article_20_are_furniture(words: str) -> None:
    known = lexicon(FORM, "disclosure")
    found = known.words.get(words_of(words)) or known.near(words_of(words))
    assert found is not None
    assert found.kind == "furniture"


# The items of Article 20 differ from each other in one character, and are no row or column.
LONG = sorted(
    (table, word, mention)
    for table in ("disclosure", "requests", "litigation")
    for word, mention in lexicon(FORM, table).words.items()
    if len(word) >= 6 and not word.startswith("第二十条")
)


def _typos(word: str) -> dict[str, list[str]]:
    """The word with one character wrong, lost, doubled or swapped with the next, at each place."""
    return {
        "wrong": [f"{word[:i]}之{word[i + 1 :]}" for i in range(len(word))],
        "lost": [word[:i] + word[i + 1 :] for i in range(len(word))],
        "doubled": [word[: i + 1] + word[i:] for i in range(len(word))],
    }


@pytest.mark.parametrize(("table", "word", "mention"), LONG, ids=lambda x: str(x)[:20])
def test_one_typo_never_makes_another_label(table: str, word: str, mention: object) -> None:
    known = lexicon(FORM, table)
    for kind, typos in _typos(word).items():
        for typo in typos:
            found = known.words.get(typo) or known.near(typo)
            assert found in (None, mention), (kind, typo)


@pytest.mark.parametrize(("table", "word", "mention"), LONG, ids=lambda x: str(x)[:20])
def test_one_wrong_character_is_forgiven(table: str, word: str, mention: object) -> None:
    known = lexicon(FORM, table)
    for typo in _typos(word)["wrong"]:
        found = known.words.get(typo) or known.near(typo)
        assert found == mention, typo


def test_short_labels_forgive_nothing() -> None:
    # 规章, 其他, 总计: one other character is another word.
    for table, words in (("disclosure", "规划"), ("requests", "其实"), ("requests", "统计")):
        assert lexicon(FORM, table).near(words) is None


@pytest.mark.parametrize(
    "sentence",
    [
        "本年度收到申请",
        "我镇行政许可事项已全部公开",
        "办理结果",
        "政府信息公开",
        "申请人情况说明如下",
    ],
)
def test_words_of_sentences_are_no_rows(sentence: str) -> None:
    for table in ("disclosure", "requests", "litigation"):
        known = lexicon(FORM, table)
        found = known.words.get(words_of(sentence)) or known.near(words_of(sentence))
        assert found is None or found.kind == "furniture"


# ---------------------------------------------------------------- compact and the character table


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("(一)予以公开", "予以公开"),
        ("一、 本年 新收", "本年新收"),
        ("1.属于国家秘密", "属于国家秘密"),
        ("12、 某事", "某事"),
        ("三安全一稳定", "三安全一稳定"),  # a numeral without a sign behind it is a word
        ("", ""),
        ("3.", ""),
        ("(七)总计 123", "总计"),
    ],
)
def test_compact_takes_numbering_away_and_nothing_else(label: str, words: str) -> None:
    assert compact(label) == words


def _entries() -> list[str]:
    lines = (files("gkllm") / "forms" / "traditional.txt").read_text("utf-8").splitlines()
    return [e for line in lines if not line.startswith("#") for e in line.split()]


def test_every_character_pair_is_two_characters_and_converts_once() -> None:
    pairs = [e for e in _entries() if "=" not in e]
    assert all(len(e) == 2 for e in pairs)
    assert all(e[0] != e[1] for e in pairs)
    firsts = [e[0] for e in pairs]
    assert len(set(firsts)) == len(firsts)
    # What is simplified already must stay: else one pass would not be the last.
    assert not set(firsts) & {e[1] for e in pairs}


def test_every_word_pair_keeps_its_length() -> None:
    pairs = [e.partition("=") for e in _entries() if "=" in e]
    assert pairs
    for old, _, new in pairs:
        assert len(old) == len(new), old
        assert old != new


def test_no_label_holds_a_character_that_is_folded_away() -> None:
    traditional = {e[0] for e in _entries() if "=" not in e}
    words = chain.from_iterable(
        label.wordings for labels in _kinds(FORM).values() for label in labels
    )
    assert not traditional & set("".join(words))
