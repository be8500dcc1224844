"""Value-bearing copies of real documents: the same text and damage, other numbers.

The five real documents hold zeros only in sections 三 and 四, where every shift adds up. Each file
`evals/shapes/<id>.json` holds the true cells of one copy (`truth`), the sentences that speak of
them (`prose`, pairs of old and new wording), the facts that these sentences state (`facts`), and
the place of a spare column, where the document has one (`spare`). Truth comes first: the text is
filled from it, and the label follows from the truth and from what `LAYOUTS` says of the damage,
never from reading the text back. docs/labelling.md has the rules.

    python evals/shapes.py          # write fixtures/<id>/{source.txt,label.json,origin.json}
    python evals/shapes.py --check  # say which of them would change; exit 1 if any
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import inf
from pathlib import Path
from typing import Any

from gkllm.form import Rule, form

HERE = Path(__file__).parent
SPECS = HERE / "shapes"
FIXTURES = HERE.parent / "fixtures"

FORM = form("2021")
COLUMNS = tuple(column.key for column in FORM.columns)
OUTCOMES = tuple(outcome.key for outcome in FORM.outcomes)
ROWS = tuple(row.key for row in FORM.rows)
INNER = tuple(row for row in ROWS if "." in row)
OTHER = tuple(row for row in ROWS if row.startswith("other."))

Cells = Mapping[str, int | str]
Bounds = dict[str, tuple[float, float]]

# A number that fills its cell: nothing but space, a pipe or the ends of a line beside it.
_SLOT = re.compile(r"(?<![^\s|])\d+(?:\.\d+)?(?![^\s|])")
_TABLES_BEGIN = re.compile(r"^.{0,4}主动公开政府信息情况\s*$", re.MULTILINE)
_TABLES_END = re.compile(r"^.{0,4}存在的主要问题及改进情况\s*$", re.MULTILINE)


class Mismatch(ValueError):
    """A copy whose truth, text and damage do not fit together; the message says where."""


@dataclass(frozen=True)
class Layout:
    """What the damage of a document did to the places of the form.

    `cut` has the number of leading columns that a row kept; `merged` says that （六） is one
    row; `doubled` rows carry an eighth number; `unlabelled` rows stand as one stack with room
    for `stack` numbers; `blank` blocks of section 四 have their places, empty.
    """

    cut: Mapping[str, int] = field(default_factory=dict)
    merged: bool = False
    doubled: frozenset[str] = frozenset()
    unlabelled: tuple[str, ...] = ()
    stack: int = 0
    blank: frozenset[str] = frozenset()


LAYOUTS: Mapping[str, Layout] = {
    "seed-000": Layout(),
    # A pipe table cut after its eighth cell: three label cells leave five numbers, two leave six.
    "seed-001": Layout(cut={row: 5 if row in INNER else 6 for row in ROWS}),
    "seed-002": Layout(merged=True),
    # Rows up to the page break inside （六） have a cell too many; （四） lost one block's numbers.
    "seed-003": Layout(
        doubled=frozenset(INNER) - {"other.unpaid_fee", "other.other"},
        blank=frozenset({"review"}),
    ),
    "seed-004": Layout(unlabelled=ROWS[2:-1], stack=36),
}


# ---------------------------------------------------------------- truth


def true_cells(truth: Mapping[str, Mapping[str, Sequence[int | str]]]) -> dict[str, int | str]:
    """Flat paths of a truth written as rows; (六) gets the sum of its rows as subtotal."""
    cells: dict[str, int | str] = {}
    for row in FORM.disclosure_rows:
        names = (f"disclosure.{row.key}.{c}" for c in row.columns)
        cells.update(zip(names, truth["disclosure"][row.key], strict=True))
    for key in ROWS:
        names = (f"requests.{key}.{c}" for c in COLUMNS)
        cells.update(zip(names, truth["requests"][key], strict=True))
    for block in FORM.blocks:
        names = (f"litigation.{block.key}.{o}" for o in OUTCOMES)
        cells.update(zip(names, truth["litigation"][block.key], strict=True))
    for column in COLUMNS:
        parts = (f"requests.{row}.{column}" for row in OTHER)
        cells[f"requests.other.subtotal.{column}"] = sum(int(cells[part]) for part in parts)
    return cells


def broken_rules(cells: Cells, rules: Iterable[Rule] = FORM.rules) -> list[str]:
    """Rules that the cells break, as "id at place"; a rule with an unknown cell is passed over."""
    broken = []
    for rule in rules:
        if all(path in cells for path in (*rule.left, *rule.right)):
            left, right = (sum(int(cells[p]) for p in side) for side in (rule.left, rule.right))
            if left != right:
                broken.append(f"{rule.id} at {rule.at}")
    return broken


# ---------------------------------------------------------------- text


def slots(layout: Layout, spare: int | None) -> Iterator[str | None]:
    """Paths of the numbers of a document in source order; None is the spare column's zero."""
    yield from FORM.disclosure_cells
    stacked = [f"requests.{row}.{c}" for row in layout.unlabelled for c in COLUMNS]
    for row in ROWS:
        if row in layout.unlabelled:
            yield from stacked[: layout.stack]
            stacked = []
        elif layout.merged and row in OTHER:
            if row == OTHER[0]:
                yield from (f"requests.other.subtotal.{c}" for c in COLUMNS)
        else:
            yield from _row_slots(row, layout, spare)
    for block in FORM.blocks:
        if block.key not in layout.blank:
            yield from (f"litigation.{block.key}.{o}" for o in OUTCOMES)


def _row_slots(row: str, layout: Layout, spare: int | None) -> list[str | None]:
    kept: list[str | None] = [f"requests.{row}.{c}" for c in COLUMNS[: layout.cut.get(row, 7)]]
    if row in layout.doubled:
        if spare is None:
            raise Mismatch(f"{row} has eight numbers: the copy must say which column is spare")
        kept.insert(spare, None)
    return kept


def tables_span(text: str) -> tuple[int, int]:
    """Where sections 二 to 四 begin and end."""
    begin, end = _TABLES_BEGIN.search(text), _TABLES_END.search(text)
    if begin is None or end is None:
        raise Mismatch("no heading of section 二 or of section 五")
    return begin.end(), end.start()


def filled(text: str, numbers: Sequence[str]) -> str:
    """The text with its table numbers replaced one for one, in source order.

    >>> text = "二、主动公开政府信息情况\\n规章\\t0\\t0\\n五、存在的主要问题及改进情况"
    >>> filled(text, ["3", "12"])
    '二、主动公开政府信息情况\\n规章\\t3\\t12\\n五、存在的主要问题及改进情况'
    """
    begin, end = tables_span(text)
    found = _SLOT.findall(text[begin:end])
    if len(found) != len(numbers):
        raise Mismatch(f"the text has {len(found)} places for {len(numbers)} numbers")
    left = iter(numbers)
    return text[:begin] + _SLOT.sub(lambda _: next(left), text[begin:end]) + text[end:]


def reworded(text: str, prose: Iterable[Sequence[str]]) -> str:
    """The text with each old sentence, which must stand in it once, replaced by the new one."""
    for old, new in prose:
        if text.count(old) != 1:
            raise Mismatch(f"{text.count(old)} times in the text, not once: {old}")
        text = text.replace(old, new)
    return text


# ---------------------------------------------------------------- label


def placed(layout: Layout, spare: int | None, cells: Cells) -> set[str]:
    """Paths whose number stands in the text at a place that is certain."""
    unlabelled = {f"requests.{row}.{c}" for row in layout.unlabelled for c in COLUMNS}
    printed = {path for path in slots(layout, spare) if path and path not in unlabelled}
    if not layout.doubled:
        return printed
    doubled = {f"requests.{row}.{c}" for row in layout.doubled for c in COLUMNS}
    readings = list(_readings(layout, spare, cells, printed - doubled))
    certain = {path for path in doubled if len({reading[path] for reading in readings}) == 1}
    return (printed - doubled) | certain


def _readings(
    layout: Layout, spare: int | None, cells: Cells, sure: set[str]
) -> Iterator[dict[str, int | str]]:
    """Placings of the eight numbers, one column spare in all rows, that break no sum rule."""
    rows = {
        row: [cells[path] if path else 0 for path in _row_slots(row, layout, spare)]
        for row in layout.doubled
    }
    for left_out in range(8):
        reading = {
            f"requests.{row}.{column}": number
            for row, eight in rows.items()
            for column, number in zip(
                COLUMNS, eight[:left_out] + eight[left_out + 1 :], strict=True
            )
        }
        if not broken_rules({path: cells[path] for path in sure} | reading):
            yield reading


def forced(known: Cells, denied: Iterable[str], rules: Sequence[Rule]) -> dict[str, int]:
    """Unknown cells that can only be one number, by bounds that each rule narrows.

    `denied` are cells that a sentence says are zero. Counts are whole and not negative.
    """
    bounds: Bounds = {
        p: (0, inf) for rule in rules for p in (*rule.left, *rule.right) if p not in known
    }
    for path in denied:
        bounds[path] = (0, 0)
    unknown = set(bounds)
    bounds |= {p: (int(v), int(v)) for p, v in known.items() if not isinstance(v, str)}
    before: Bounds = {}
    while bounds != before:
        before = dict(bounds)
        for rule in rules:
            _narrow(rule.left, rule.right, bounds)
            _narrow(rule.right, rule.left, bounds)
    return {p: int(bounds[p][0]) for p in unknown if bounds[p][0] == bounds[p][1]}


def _narrow(side: Sequence[str], against: Sequence[str], bounds: Bounds) -> None:
    low, high = (sum(bounds[p][i] for p in against) for i in (0, 1))
    for path in side:
        others = [bounds[p] for p in side if p != path]
        at_least = low - sum(b[1] for b in others)
        at_most = high - sum(b[0] for b in others)
        bounds[path] = (max(bounds[path][0], at_least), min(bounds[path][1], at_most))


def document_rules(layout: Layout) -> list[Rule]:
    """The 42 rules; where (六) is one row, also that row as the sum of its rows and columns."""
    rules = list(FORM.rules)
    if layout.merged:
        group = "requests.other.subtotal"
        for c in COLUMNS:
            parts = tuple(f"requests.{row}.{c}" for row in OTHER)
            rules.append(Rule("group_total", f"{group}.{c}", (f"{group}.{c}",), parts))
        six = tuple(f"{group}.{c}" for c in COLUMNS[:-1])
        rules.append(Rule("group_row", group, (f"{group}.total",), six))
    return rules


def denied_cells(facts: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Cells that a sentence says are zero: "no reviews" is zero reviews in section 四."""
    for relation in FORM.relations:
        fact = facts[relation.fact.removeprefix("facts.")]
        if fact["value"] == 0:
            yield from relation.readings[0]


def label(
    cells: Cells, layout: Layout, spare: int | None, facts: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """What a careful reader of the copy can know: numbers, states, facts."""
    known = {path: cells[path] for path in placed(layout, spare, cells)}
    derived = forced(known, set(denied_cells(facts)) - set(known), document_rules(layout))
    for path, value in derived.items():
        if value != cells[path]:
            raise Mismatch(f"{path} is {cells[path]}, but the text forces {value}")

    def cell(path: str) -> int | str | dict[str, Any]:
        if path in known:
            return known[path]
        value = {"value": derived[path]} if path in derived else {}
        return {"state": _state(path, layout), **value}

    rows = list(ROWS)
    if layout.merged:
        rows.insert(rows.index(OTHER[0]), "other.subtotal")
    return {
        "guideline": 1,
        "edition": "2021",
        "disclosure": {
            row.key: [cell(f"disclosure.{row.key}.{c}") for c in row.columns]
            for row in FORM.disclosure_rows
        },
        "requests": {row: [cell(f"requests.{row}.{c}") for c in COLUMNS] for row in rows},
        "litigation": {
            block.key: [cell(f"litigation.{block.key}.{o}") for o in OUTCOMES]
            for block in FORM.blocks
        },
        "facts": dict(facts),
    }


def _state(path: str, layout: Layout) -> str:
    section, row = path.split(".")[:2]
    if section == "litigation" and row in layout.blank:
        return "blank"
    return "absent" if layout.merged and row == "other" else "lost"


# ---------------------------------------------------------------- a copy


def copy(
    spec: Mapping[str, Any], text: str, facts: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Source text and label of a copy, from its spec and its original's text and facts."""
    layout, spare = LAYOUTS[spec["from"]], spec.get("spare")
    cells = true_cells(spec["truth"])
    if broken := broken_rules(cells):
        raise Mismatch(f"the truth breaks {', '.join(broken)}")
    numbers = ["0" if path is None else str(cells[path]) for path in slots(layout, spare)]
    # Tables before prose: a new sentence must not be able to become a place for a number.
    source = reworded(filled(text, numbers), spec["prose"])
    return source, label(cells, layout, spare, {**facts, **spec["facts"]})


def origin(name: str, spec: Mapping[str, Any], family: str) -> dict[str, Any]:
    """Where a copy comes from and how it was labelled; it is of the family of its original."""
    return {
        "id": name,
        "from": spec["from"],
        "kind": "shape",
        "family": family,
        "split": "develop",
        "labelled": [{"pass": "A", "by": "reader 1", "date": "2026-11-21"}],
        "adjudicated": False,
        "notes": [
            "Cells are true by construction (evals/shapes).",
            "Reader 1 wrote the new sentences and their facts; other facts are the original's.",
            *spec["notes"],
        ],
    }


def label_text(content: Mapping[str, Any]) -> str:
    """A label as JSON with one line per table row, fact and quote."""
    lines = [f'  "guideline": {content["guideline"]}, "edition": "{content["edition"]}"']
    for section in ("disclosure", "requests", "litigation", "facts"):
        rows = (f'    "{key}": {_row_text(row)}' for key, row in content[section].items())
        lines.append(f'  "{section}": {{\n' + ",\n".join(rows) + "\n  }")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _row_text(row: Any) -> str:
    if isinstance(row, dict) and isinstance(row.get("value"), list):
        quotes = ",\n".join("      " + json.dumps(q, ensure_ascii=False) for q in row["value"])
        return f'{{"value": [\n{quotes}\n    ]}}'
    return json.dumps(row, ensure_ascii=False)


def files(name: str) -> dict[Path, str]:
    """The three files of a copy with their contents, from its spec and its original."""
    spec = json.loads((SPECS / f"{name}.json").read_text("utf-8"))
    seed = FIXTURES / spec["from"]
    facts = json.loads((seed / "label.json").read_text("utf-8"))["facts"]
    family = json.loads((seed / "origin.json").read_text("utf-8"))["family"]
    # Line ends are part of the damage: newline="" hands them through.
    with (seed / "source.txt").open(encoding="utf-8", newline="") as stream:
        source, content = copy(spec, stream.read(), facts)
    folder = FIXTURES / name
    return {
        folder / "source.txt": source,
        folder / "label.json": label_text(content),
        folder / "origin.json": json.dumps(origin(name, spec, family), ensure_ascii=False, indent=2)
        + "\n",
    }


def main(arguments: Sequence[str]) -> int:
    """Write all copies, or with --check only compare them; the exit code."""
    names = sorted(path.stem for path in SPECS.glob("*.json"))
    stale = 0
    for path, content in chain.from_iterable(files(name).items() for name in names):
        fresh = content.encode()
        if path.exists() and path.read_bytes() == fresh:
            continue
        stale += 1
        print(path.relative_to(FIXTURES.parent))
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(fresh)
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
