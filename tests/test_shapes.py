"""The value-bearing copies: same text and damage as their originals, true and honest labels."""

from __future__ import annotations

import doctest
import importlib.util
import json
import re
import sys
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from gkllm.form import form

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
NAMES = sorted(path.stem for path in (ROOT / "evals" / "shapes").glob("*.json"))
FORM = form("2021")


def _shapes_script() -> Any:
    spec = importlib.util.spec_from_file_location("shapes", ROOT / "evals" / "shapes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["shapes"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


shapes = _shapes_script()


def read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def spec_of(name: str) -> dict[str, Any]:
    return dict(json.loads(read(ROOT / "evals" / "shapes" / f"{name}.json")))


def label_of(name: str) -> dict[str, Any]:
    return dict(json.loads(read(FIXTURES / name / "label.json")))


def truth_of(name: str) -> dict[str, Any]:
    return dict(shapes.true_cells(spec_of(name)["truth"]))


def cells_of(label: dict[str, Any]) -> dict[str, Any]:
    """Flat path to what the label has there."""
    columns = [c.key for c in FORM.columns]
    outcomes = [o.key for o in FORM.outcomes]
    cells: dict[str, Any] = {}
    for row in FORM.disclosure_rows:
        for column, cell in zip(row.columns, label["disclosure"][row.key], strict=True):
            cells[f"disclosure.{row.key}.{column}"] = cell
    for section, names in (("requests", columns), ("litigation", outcomes)):
        for row_key, row_cells in label[section].items():
            for name, cell in zip(names, row_cells, strict=True):
                cells[f"{section}.{row_key}.{name}"] = cell
    return cells


def value_of(cell: Any) -> Any:
    return cell.get("value") if isinstance(cell, dict) else cell


def in_parts(text: str) -> tuple[str, str, str]:
    """Prose before the tables, sections 二 to 四 with every cell-filling number as #, the rest."""
    begin = re.search(r"主动公开政府信息情况\n", text)
    end = re.search(r"存在的主要问题及改进情况\n", text)
    assert begin is not None
    assert end is not None
    tables = text[begin.end() : end.start()]
    masked = re.sub(r"(?<![^\s|])[0-9][0-9.]*(?![^\s|])", "#", tables)
    return text[: begin.end()], masked, text[end.start() :]


def test_five_originals_have_three_copies_each() -> None:
    expected = {f"shape-00{i}-{size}" for i in range(5) for size in ("city", "office", "small")}
    assert set(NAMES) == expected
    assert all(spec_of(name)["from"] == f"seed-{name[6:9]}" for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_is_its_original_but_for_digits_and_listed_sentences(name: str) -> None:
    spec = spec_of(name)
    original = read(FIXTURES / spec["from"] / "source.txt")
    for old, new in spec["prose"]:
        assert original.count(old) == 1
        original = original.replace(old, new)
    assert in_parts(read(FIXTURES / name / "source.txt")) == in_parts(original)


@pytest.mark.parametrize("name", NAMES)
def test_a_truth_has_200_cells_that_obey_all_42_rules(name: str) -> None:
    truth = truth_of(name)
    assert set(FORM.cells) <= set(truth)
    assert len(FORM.rules) == 42
    for rule in FORM.rules:
        left, right = (sum(truth[path] for path in side) for side in (rule.left, rule.right))
        assert left == right, rule.at
    assert truth["requests.total_handled.total"] > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_label_is_true_and_obeys_every_rule_whose_cells_are_known(name: str) -> None:
    truth, cells = truth_of(name), cells_of(label_of(name))
    known = {path: value_of(cell) for path, cell in cells.items() if value_of(cell) is not None}
    assert known == {path: truth[path] for path in known}
    for rule in FORM.rules:
        if all(path in known for path in (*rule.left, *rule.right)):
            assert sum(known[p] for p in rule.left) == sum(known[p] for p in rule.right), rule.at


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_without_value_could_be_another_number(name: str) -> None:
    """Moving one request between two rows must be possible wherever a label declines to say."""
    truth, cells = truth_of(name), cells_of(label_of(name))
    known = {path for path, cell in cells.items() if value_of(cell) is not None}
    unsaid = {path for path in set(cells) - known if path.startswith("requests.")}
    movable: set[str] = set()
    rows = {path.removeprefix("requests.").rsplit(".", 1)[0] for path in unsaid}
    columns = {path.rsplit(".", 1)[1] for path in unsaid} - {"total"}
    for giver, taker in permutations(rows, 2):
        for column in columns:
            moved = {f"requests.{giver}.{column}", f"requests.{giver}.total"} | {
                f"requests.{taker}.{column}",
                f"requests.{taker}.total",
            }
            if moved <= unsaid and truth[f"requests.{giver}.{column}"] > 0:
                movable |= moved
    assert unsaid == movable


@pytest.mark.parametrize("name", NAMES)
def test_the_prose_of_a_copy_agrees_with_its_tables(name: str) -> None:
    truth, facts = truth_of(name), label_of(name)["facts"]
    for relation in FORM.relations:
        stated = facts[relation.fact.removeprefix("facts.")]["value"]
        sums = [sum(truth[path] for path in reading) for reading in relation.readings]
        assert stated is None or stated in sums, relation.id


@pytest.mark.parametrize("name", NAMES)
def test_quotes_stand_in_the_text_and_every_fact_has_an_answer(name: str) -> None:
    source, facts = read(FIXTURES / name / "source.txt"), label_of(name)["facts"]
    assert list(facts) == [fact.key for fact in FORM.facts]
    for key, fact in facts.items():
        if fact["value"] is None:
            assert fact["state"] in ("absent", "ambiguous"), key
        elif isinstance(fact["value"], list):
            assert all(quote in source for quote in fact["value"]), key
        else:
            assert fact["quote"] in source, key


@pytest.mark.parametrize(
    ("name", "excerpt"),
    [
        ("shape-000-city", "\t行政处罚\n\t2822652\n"),
        (
            "shape-000-office",
            "本年新收政府信息公开申请数量\n\t\u00a014\n\t\u00a06\n\t\u00a00\n\t\u00a01\n",
        ),
        (
            "shape-001-city",
            "部分公开（区分处理的，只计这一情形，不计其他情形） | 462 | 9 | 0 | 0 | 0 | 0 |\n",
        ),
        (
            "shape-001-city",
            "| | (四) 无法提供 | 1.本机关不掌握相关政府信息 | 859 | 33 | 0 | 0 | 3 |\n",
        ),
        ("shape-002-office", "\t（六）其他处理\n\t1\n\t1\n\t0\n\t0\n\t1\n\t1\n\t4\n"),
        ("shape-003-city", "1. 本机关不掌握相关政府信息\t968\t74\t0\t1\t3\t1\t0\t1047\n"),
        ("shape-003-city", "\n\t\t\t\t\t1\t1\t16\t6\t24\t13\t0\t67\t9\t89\n"),
        ("shape-003-office", "1. 本机关不掌握相关政府信息\t4\t2\t0\t1\t2\t1\t10\t0\n"),
        ("shape-004-small", "\t四、结转下年度继续办理\n\t0\n\t0\n"),
        (
            "shape-004-office",
            "\t三、本年度办理结果\n \t12\n \t3\n\t0\n \t三、本年度办理结果\n\t0\n1\n2\n\t18\n",
        ),
    ],
)
def test_numbers_stand_where_a_reader_expects_them(name: str, excerpt: str) -> None:
    assert excerpt in read(FIXTURES / name / "source.txt")


def test_places_that_the_damage_took_are_not_credited() -> None:
    cut = cells_of(label_of("shape-001-city"))
    assert cut["requests.unavailable.not_held.other"] == {"state": "lost"}
    assert cut["requests.granted.total"] == {"state": "lost", "value": 1431}
    merged = cells_of(label_of("shape-002-office"))
    assert merged["requests.other.subtotal.total"] == 4
    assert merged["requests.other.unpaid_fee.natural_person"] == {"state": "absent"}
    assert merged["requests.other.unpaid_fee.research"] == {"state": "absent", "value": 0}
    blank = cells_of(label_of("shape-003-office"))
    assert blank["litigation.review.total"] == {"state": "blank", "value": 0}
    unlabelled = cells_of(label_of("shape-004-city"))
    assert unlabelled["requests.granted.natural_person"] == {"state": "lost"}
    assert unlabelled["requests.total_handled.total"] == {"state": "lost", "value": 3521}


def test_a_spare_column_that_could_be_elsewhere_leaves_its_cells_open() -> None:
    rows = ("new_received", "granted", "total_handled")
    layout = shapes.Layout(doubled=frozenset(rows))
    subtotals = [f"requests.other.subtotal.{column.key}" for column in FORM.columns]
    cells = dict.fromkeys((*FORM.cells, *subtotals), 0)
    for row in rows:
        cells |= {f"requests.{row}.natural_person": 1, f"requests.{row}.total": 1}
    # 0 1 0 0 0 0 0 1 in each row: the 1 is 自然人 or 商业企业, and all rules hold either way.
    placed = shapes.placed(layout, 0, cells)
    open_cells = {f"requests.{row}.{c}" for row in rows for c in ("natural_person", "business")}
    assert set(FORM.cells) - placed == open_cells
    # One row without a spare settles it for the whole table.
    layout = shapes.Layout(doubled=frozenset(rows[:2]))
    assert set(FORM.cells) == shapes.placed(layout, 0, cells)


def test_broken_specs_are_refused() -> None:
    spec = spec_of("shape-000-small")
    text = read(FIXTURES / "seed-000" / "source.txt")
    facts = label_of("seed-000")["facts"]
    spec["truth"]["requests"]["granted"][0] += 1
    with pytest.raises(shapes.Mismatch, match=r"requests\.row_total at requests\.granted"):
        shapes.copy(spec, text, facts)
    spec = spec_of("shape-000-small") | {"prose": [["此句不在文中", "改写"]]}
    with pytest.raises(shapes.Mismatch, match="0 times"):
        shapes.copy(spec, text, facts)
    with pytest.raises(shapes.Mismatch, match="200 places for 199 numbers"):
        shapes.filled(text, ["0"] * 199)


@pytest.mark.parametrize("name", NAMES)
def test_committed_copies_are_what_the_script_writes(name: str) -> None:
    for path, content in shapes.files(name).items():
        assert read(path) == content, "run python evals/shapes.py"


def test_examples_of_the_script_hold() -> None:
    assert doctest.testmod(shapes).failed == 0
