"""Write the rendered fixtures: a truth first, then its text, then what a reader can know of it.

    python -m evals.make_fixtures         # write the folders that are not there yet
    python -m evals.make_fixtures --list  # say what each of them is, and write nothing

`PLAN` names each document: its layout, the truth that it wants and the damages that it bears.
The truth is the first one of the document's own seed that is as wanted (and that the damages
apply to). The label is written from the truth and from the marks that the renderer leaves
behind every legible number (`Rendered.printed`); the extractor is never asked. A cell that is
not printed gets a state, and a `value` only where the sum rules over the printed cells, or a
sentence that says zero, leave one number (`shapes.forced`).

A folder that is there is never written again: a label is a statement about one text, to be
corrected by hand and not by a new run.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from evals.cases import fold, items, state
from evals.draft import mark, plain
from evals.mangle import damage
from evals.render import LAYOUTS, Rendered
from evals.shapes import FIXTURES, Layout, document_rules, forced, label_text
from evals.truth import COLUMNS, OTHER, OUTCOMES, ROWS, Truth, random_truth
from gkllm.form import form

FORM = form("2021")
DATE = "2026-11-21"

# What a truth must be like; the last two are never idle either.
WANTED: Mapping[str, Callable[[Truth], bool]] = {
    "busy": lambda t: t.edition == "2021" and not t.merged_other and not t.idle,
    "idle": lambda t: t.edition == "2021" and not t.merged_other and t.idle,
    "city": lambda t: t.edition == "2021" and not t.merged_other and t.total("new_received") > 999,
    "merged": lambda t: t.edition == "2021" and t.merged_other and not t.idle,
    "2019": lambda t: t.edition == "2019" and not t.idle,
}
PLAN: Mapping[str, Sequence[tuple[str, str]]] = {
    "stacked": (
        ("busy", ""),
        ("merged", ""),
        ("busy", "blank_zeros"),
        ("city", "last_year gb18030"),
        ("busy", "lines_once"),
    ),
    "stacked_plain": (
        ("busy", ""),
        ("2019", ""),
        ("city", "thousands"),
        ("busy", "label_split utf16_le"),
    ),
    "pipes": (
        ("busy", ""),
        ("merged", ""),
        ("busy", "lookalikes"),
        ("2019", "glued_unit traditional"),
        ("idle", "table_absent"),
    ),
    "pipes_cut": (
        ("busy", ""),
        ("merged", ""),
        ("busy", "entities"),
        ("city", "truncated full_width"),
    ),
    "tabs": (
        ("city", ""),
        ("2019", ""),
        ("busy", "sum_wrong"),
        ("busy", "column_lost label_typos"),
        ("merged", "blank_all"),
    ),
    "tabs_spare": (
        ("busy", ""),
        ("merged", ""),
        ("busy", "page_numbers"),
        ("busy", "slash_zeros line_ends"),
    ),
    "spaced": (
        ("busy", ""),
        ("merged", ""),
        ("busy", "total_lost"),
        ("city", "heading_mixed contents"),
    ),
    "raw": (
        ("busy", ""),
        ("2019", ""),
        ("busy", "row_lost"),
        ("busy", "banner control"),
    ),
    "ocr_markdown": (
        ("city", ""),
        ("merged", ""),
        ("busy", "blank_cells"),
        ("busy", "lookalikes pinyin"),
    ),
    "one_line": (
        ("busy", ""),
        ("2019", ""),
        ("busy", "prose_contradicts"),
        ("busy", "zero_width metadata"),
    ),
    "one_cell": (
        ("busy", ""),
        ("merged", ""),
        ("busy", "dash_zeros"),
        ("idle", "doubled_words dates_worn"),
    ),
}


@dataclass(frozen=True, slots=True)
class Planned:
    """One document of the plan."""

    id: str
    layout: str
    want: str
    damages: tuple[str, ...]


def planned() -> Iterator[Planned]:
    """All documents of the plan, in order."""
    for layout, documents in PLAN.items():
        for number, (want, damages) in enumerate(documents, 1):
            name = f"rendered-{layout.replace('_', '-')}-{number:02}"
            yield Planned(name, layout, want, tuple(damages.split()))


def made(plan: Planned) -> tuple[Rendered, str]:
    """The document, and the seed of the first truth that is as wanted and bears the damages."""
    for attempt in range(1000):
        seed = f"{plan.id}:{attempt}"
        rng = Random(seed)
        edition = "2019" if plan.want == "2019" else "2021"
        truth = random_truth(rng, edition)
        if not WANTED[plan.want](truth):
            continue
        rendered, applied = damage(LAYOUTS[plan.layout](truth, rng), plan.damages, rng)
        if set(applied) == set(plan.damages):
            return rendered, seed
    raise ValueError(f"no truth is as {plan.id} wants it")


# ---------------------------------------------------------------- cells


def known_cells(rendered: Rendered) -> dict[str, Any]:
    """The cells that stand legibly in a certain place, with their numbers."""
    cells = rendered.truth.cells
    return {path: cells[path] for path in rendered.printed if path in cells}


def concluded(rendered: Rendered) -> dict[str, int]:
    """Cells not printed that the printed ones and denying sentences force.

    None where the document contradicts itself: there a rule is no ground for a conclusion.
    """
    if rendered.disputable:
        return {}
    known = known_cells(rendered)
    denied = {
        path
        for relation in FORM.relations
        if relation.fact in rendered.printed and rendered.truth.facts[relation.fact][0] == 0
        for path in relation.readings[0]
    }
    rules = document_rules(Layout(merged=rendered.truth.merged_other))
    numbers = {path: value for path, value in known.items() if "amount" not in path}
    found = forced(numbers, denied - set(known), rules)
    for path, value in found.items():
        if rendered.truth.cells.get(path, value) != value:
            raise ValueError(f"{path}: the truth is not the {value} that the text forces")
    return found


def cell(rendered: Rendered, path: str, known: Mapping[str, Any], more: Mapping[str, int]) -> Any:
    """What the label says of one cell: its number, or a state."""
    if path in known:
        return str(known[path]) if "amount" in path else known[path]
    shown = state(rendered, path)
    # A slash is legible, and says that there is no count: none that the sums could force.
    forced_value = path in more and shown != "not_applicable"
    return {"state": shown, **({"value": more[path]} if forced_value else {})}


# ---------------------------------------------------------------- facts

_ENDS = "。；，：|\n"
_JOINED = ("raw", "spaced")  # lines are as wide as the page: a line end is no end of a sentence
_LONG = 80


def quote(marked_text: str, at: int, layout: str) -> str:
    """The clause of the text that a mark stands in, verbatim."""

    def ends(place: int, beyond: int) -> bool:
        if marked_text[place] == "\n" and layout in _JOINED:
            # An empty or indented line begins a paragraph; so does the end of the text.
            return marked_text[beyond : beyond + 1].isspace() or beyond == len(marked_text)
        return marked_text[place] in _ENDS or abs(place - at) > _LONG

    start = stop = at
    while start and not ends(start - 1, start):
        start -= 1
    while stop < len(marked_text) and not ends(stop, stop + 1):
        stop += 1
    return plain(marked_text[start:stop]).strip(" |\t\r\n\u3000")


def fact(rendered: Rendered, key: str) -> dict[str, Any] | None:
    """What the label says of a fact; None where it says nothing."""
    path = f"facts.{key}"
    values = rendered.truth.facts.get(path, ())
    places = [m.start() for m in re.finditer(mark(path), rendered.marked_text)]
    if path in rendered.uncertain or (values and not places):
        return None
    if not places:
        return {"value": None, "state": "absent"}
    value = values[0]
    if key == "agency":
        text = fold(rendered.text)
        value = next(name for name in values if fold(name) in text)
        before = {at: fold(plain(rendered.marked_text[:at])) for at in places}
        places = [at for at in places if before[at].endswith(fold(value))]
    given = str(value) if key == "information_fee_yuan" else value
    return {"value": given, "quote": quote(rendered.marked_text, places[0], rendered.layout)}


# ---------------------------------------------------------------- label and origin


def label(rendered: Rendered) -> dict[str, Any]:
    """What a careful reader of the document can know."""
    known, more = known_cells(rendered), concluded(rendered)
    rows = list(ROWS)
    if rendered.truth.merged_other:
        rows.insert(rows.index(OTHER[0]), "other.subtotal")
    facts = {kind.key: fact(rendered, kind.key) for kind in FORM.facts}
    for key in ("problems", "improvements"):
        said = items(rendered, key)
        facts[key] = {"value": said} if said else None

    def cells(row: str, columns: Sequence[str]) -> list[Any]:
        return [cell(rendered, f"{row}.{column}", known, more) for column in columns]

    return {
        "guideline": 1,
        "edition": rendered.truth.edition,
        "disclosure": {
            row.key: cells(f"disclosure.{row.key}", row.columns) for row in FORM.disclosure_rows
        },
        "requests": {row: cells(f"requests.{row}", COLUMNS) for row in rows},
        "litigation": {
            block.key: cells(f"litigation.{block.key}", OUTCOMES) for block in FORM.blocks
        },
        "facts": {key: value for key, value in facts.items() if value is not None},
    }


def origin(plan: Planned, seed: str) -> dict[str, Any]:
    """Where a document comes from and how it was labelled."""
    return {
        "id": plan.id,
        "from": "invented agency and sentences, figures of the size of published reports",
        "kind": "rendered",
        "family": f"rendered-{plan.layout}",
        "split": "develop",
        "layout": plan.layout,
        "damages": list(plan.damages),
        "seed": seed,
        "labelled": [{"pass": "A", "by": "evals/make_fixtures.py, from the truth", "date": DATE}],
        "checked by eye": False,
        "adjudicated": False,
        "notes": [],
    }


def payload(rendered: Rendered) -> tuple[str, bytes]:
    """The file name of the source and its bytes."""
    content = rendered.payload
    if isinstance(content, bytes):
        return "source.bin", content
    return "source.txt", content.encode("utf-8")


def write(plan: Planned) -> bool:
    """Write the folder of a document, unless it is there; says whether it was written."""
    folder = FIXTURES / plan.id
    if folder.exists():
        return False
    rendered, seed = made(plan)
    name, content = payload(rendered)
    texts = {
        "label.json": label_text(label(rendered)),
        "origin.json": json.dumps(origin(plan, seed), ensure_ascii=False, indent=2) + "\n",
    }
    folder.mkdir()
    (folder / name).write_bytes(content)
    for file, text in texts.items():
        (folder / file).write_text(text, "utf-8", newline="\n")
    return True


def main(arguments: Sequence[str]) -> int:
    """Write what is missing, or list the plan; the exit code."""
    for plan in planned():
        if "--list" in arguments:
            print(plan.id, plan.want, *plan.damages)
        elif write(plan):
            print((Path("fixtures") / plan.id).as_posix())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
