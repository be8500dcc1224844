"""Labels of fixtures: a blank one to fill, and whether those of a folder hold.

`problems` refuses what would make an evaluation mean less than it says: labels that are not
filled or contradict themselves, facts without the quote that proves them, documents of which
nobody knows who labelled them and how, near-duplicates on both sides of a split, and labels
that equal what a run gave without a second person having read the document.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from gkllm.document import Document
from gkllm.errors import GkllmError, UnusableLabel
from gkllm.evaluate.result import ROAD, results
from gkllm.evaluate.run import Run
from gkllm.evaluate.suite import labelled
from gkllm.form import Rule, form
from gkllm.load import load
from gkllm.normalise import normalise
from gkllm.score import STATES, Truth, Verdict

GUIDELINE = 1
SPLITS = ("develop", "evaluate")
# Documents whose truth was written before their text: their labels were never read off it.
TRUTH_FIRST = ("shape", "hand", "rendered")
LIKE = 0.8  # share of common pieces from which two texts are one document with other numbers
_PIECE = 8  # characters of a piece
_LISTS = ("problems", "improvements")


# ---------------------------------------------------------------- a blank label


def blank_label(edition: str) -> dict[str, Any]:
    """A label with every cell and fact of the form and nothing in them.

    A blank cell is null, which is no state: a label that still has one is refused.
    """
    this = form("2021")
    return {
        "guideline": GUIDELINE,
        "edition": edition,
        "disclosure": {row.key: [None] * len(row.columns) for row in this.disclosure_rows},
        "requests": {row.key: [None] * len(this.columns) for row in this.rows},
        "litigation": {block.key: [None] * len(this.outcomes) for block in this.blocks},
        "facts": {fact.key: {"value": None, "quote": None} for fact in this.facts},
    }


def label_text(label: Mapping[str, Any]) -> str:
    """A label as a file: one line for each row, so that it reads like the table."""
    lines = [f' "guideline": {label["guideline"]}, "edition": "{label["edition"]}"']
    for section in ("disclosure", "requests", "litigation", "facts"):
        rows = [
            f"  {json.dumps(key)}: {json.dumps(row, ensure_ascii=False)}"
            for key, row in label[section].items()
        ]
        lines.append(f' "{section}": {{\n' + ",\n".join(rows) + "\n }")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def blank_fixture(source: Path, into: Path, name: str, by: str, edition: str) -> Path:
    """Make the folder of a fixture: the document's bytes, a blank label, an origin to fill.

    Raises `gkllm.errors.UnusableLabel` where there is no document, or a label already.
    """
    if not source.is_file():
        raise UnusableLabel(f"{source} is no file. Name the document that is to be labelled.")
    if edition not in ("2021", "2019"):
        raise UnusableLabel(f"--edition {edition}: the forms are 2021 and 2019.")
    folder = into / name
    if folder.exists():
        raise UnusableLabel(f"{folder} is there already; a label is never overwritten.")
    folder.mkdir(parents=True)
    shutil.copyfile(source, folder / f"source{source.suffix or '.txt'}")
    origin = {
        "id": name,
        "from": "",
        "kind": "",
        "family": "",
        "split": "evaluate",
        "labelled": [{"pass": "A", "by": by, "date": datetime.now(UTC).date().isoformat()}],
        "adjudicated": False,
        "notes": [],
    }
    (folder / "label.json").write_text(label_text(blank_label(edition)), "utf-8", newline="\n")
    (folder / "origin.json").write_text(
        json.dumps(origin, ensure_ascii=False, indent=1) + "\n", "utf-8", newline="\n"
    )
    return folder


# ---------------------------------------------------------------- whether labels hold


def problems(folder: Path, run: Run | None = None) -> list[str]:
    """What is wrong with the fixtures of a folder, as sentences; with a run, also copied labels."""
    fixtures = sorted(path.parent for path in folder.glob("*/label.json"))
    if not fixtures:
        return [f"{folder} holds no fixtures: each has its own folder with a label.json."]
    found = [f"{f.name}: {told}" for f in fixtures for told in _fixture(f)]
    found += _splits(fixtures)
    if run is not None:
        found += _copied(fixtures, run)
    return found


def _fixture(folder: Path) -> Iterator[str]:
    try:
        raw = json.loads((folder / "label.json").read_text("utf-8"))
        blank = list(_blanks(raw))
        if blank:
            yield f"{len(blank)} fields are not filled, the first is {blank[0]}"
            return
        case = labelled(folder)
    except (GkllmError, ValueError, AttributeError, TypeError) as error:
        yield str(error)
        return
    yield from _shape(raw)
    yield from _cells(case.truth)
    origin = _origin(folder)
    yield from _provenance(folder.name, origin)
    yield from _sums(case.truth, set(origin.get("breaks", ())))
    try:
        document = load(case.source)
    except GkllmError as error:
        yield f"the source cannot be read: {error}"
        return
    yield from _quotes(raw.get("facts", {}), document)


def _blanks(raw: Mapping[str, Any]) -> Iterator[str]:
    for section in ("disclosure", "requests", "litigation"):
        for row, cells in raw.get(section, {}).items():
            yield from (f"{section}.{row}[{at}]" for at, c in enumerate(cells) if c is None)
    for key, fact in raw.get("facts", {}).items():
        told = fact if isinstance(fact, dict) else {"value": fact}
        if told.get("value") is None and told.get("state", "printed") == "printed":
            yield f"facts.{key}"


def _shape(raw: Mapping[str, Any]) -> Iterator[str]:
    this = form("2021")
    if raw.get("guideline") != GUIDELINE:
        yield f"guideline {raw.get('guideline')!r}, known is {GUIDELINE}"
    if raw.get("edition") not in ("2021", "2019"):
        yield f"edition {raw.get('edition')!r}, known are 2021 and 2019"
    wanted = {
        "disclosure": [row.key for row in this.disclosure_rows],
        "requests": [row.key for row in this.rows],
        "litigation": [block.key for block in this.blocks],
    }
    for section, rows in wanted.items():
        missing = [row for row in rows if row not in raw.get(section, {})]
        if missing:
            yield f"{section} has no row {missing[0]}"


def _cells(truths: Mapping[str, Truth]) -> Iterator[str]:
    money = form("2021").money
    for path, truth in truths.items():
        if truth.state not in STATES:
            yield f"{path}: unknown state {truth.state}"
        if truth.state in ("printed", "derivable") and truth.value is None:
            yield f"{path}: {truth.state}, and no value"
        if path.startswith("facts.") or truth.value is None:
            continue
        amount = isinstance(truth.value, str) and re.fullmatch(r"\d+(\.\d+)?", truth.value)
        whole = type(truth.value) is int and truth.value >= 0
        if not (amount if path in money else whole):
            yield f"{path}: {truth.value!r} is no {'amount' if path in money else 'count'}"


def _sums(truths: Mapping[str, Truth], allowed: set[str]) -> Iterator[str]:
    """Sums that do not hold, but for those that the origin says the agency got wrong."""
    merged = "requests.other.subtotal.total" in truths
    broken = {
        f"{rule.id} at {rule.at}"
        for rule in form("2019" if merged else "2021").rules
        if _breaks(rule, truths)
    }
    for place in sorted(broken - allowed):
        yield f'{place} does not hold; if it is the agency\'s error, origin.json has it in "breaks"'
    for place in sorted(allowed - broken):
        yield f"{place} is said to be broken and holds"


def _breaks(rule: Rule, truths: Mapping[str, Truth]) -> bool:
    values = {p: truths[p].value for p in (*rule.left, *rule.right) if p in truths}
    if any(values.get(p) is None for p in (*rule.left, *rule.right)):
        return False
    return sum(int(values[p]) for p in rule.left) != sum(int(values[p]) for p in rule.right)


def _quotes(facts: Mapping[str, Any], document: Document) -> Iterator[str]:
    """Quotes that do not stand in a document.

    White space of a text is its own; that of a page, a PDF or a Word file is the reader's, and
    what was recognised in pictures cannot be held against what a person reads there.
    """
    text, bare = document.text, "".join(document.text.split())
    loose = document.media_type != "text/plain"
    for key, fact in facts.items():
        value = fact.get("value")
        if value is None:
            continue
        quoted = fact.get("quote") or (value if key in _LISTS else None)
        if not quoted:
            yield f"facts.{key} has no quote"
            continue
        for quote in [quoted] if isinstance(quoted, str) else quoted:
            spaced = loose or key in _LISTS
            exact = "".join(quote.split()) in bare if spaced else quote in text
            if not exact and not document.doubts:
                yield f"facts.{key}: the quote {quote[:30]!r} does not stand in the source"


# ---------------------------------------------------------------- where labels come from


def _origin(folder: Path) -> dict[str, Any]:
    try:
        told = json.loads((folder / "origin.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _provenance(name: str, origin: Mapping[str, Any]) -> Iterator[str]:
    if not origin:
        yield "there is no origin.json that tells who labelled it, when and how"
        return
    if origin.get("id") != name:
        yield f"origin.json has the id {origin.get('id')!r}"
    for key in ("from", "kind", "family"):
        if not origin.get(key):
            yield f"origin.json does not say {key!r}"
    if origin.get("split") not in SPLITS:
        yield f"split {origin.get('split')!r}, known are {' and '.join(SPLITS)}"
    if not isinstance(origin.get("adjudicated"), bool):
        yield "origin.json does not say whether it was adjudicated"
    yield from _passes(origin.get("labelled") or (), bool(origin.get("adjudicated")))


def _passes(passes: Sequence[Mapping[str, Any]], adjudicated: bool) -> Iterator[str]:
    if not passes:
        yield "nobody labelled it"
    for step in passes:
        if not step.get("by") or not step.get("pass"):
            yield "a pass does not say who made it"
        try:
            date.fromisoformat(str(step.get("date")))
        except ValueError:
            yield f"pass {step.get('pass')} has no date"
    if adjudicated and len(passes) < 2:
        yield "it was adjudicated, and there is only one pass"


def _splits(fixtures: Sequence[Path]) -> Iterator[str]:
    """Families and near-duplicates that stand on both sides of a split."""
    split = {f: str(_origin(f).get("split")) for f in fixtures}
    families: dict[str, dict[str, Path]] = defaultdict(dict)
    for f in fixtures:
        family = str(_origin(f).get("family") or f.name)
        families[family].setdefault(split[f], f)
    for family, sides in families.items():
        if len(sides) > 1:
            names = " and ".join(f"{f.name} ({side})" for side, f in sides.items())
            yield f"family {family} is split: {names}"
    if len(set(split.values())) < 2:
        return
    pieces = {f: _pieces(f) for f in fixtures}
    for a, b in combinations(fixtures, 2):
        if split[a] != split[b] and likeness(pieces[a], pieces[b]) >= LIKE:
            yield f"{a.name} ({split[a]}) and {b.name} ({split[b]}) are nearly the same text"


def _pieces(folder: Path) -> frozenset[str]:
    sources = sorted(folder.glob("source.*"))
    try:
        text = load(sources[0]).text
    except (GkllmError, IndexError):
        return frozenset()
    return pieces_of(text)


def pieces_of(text: str) -> frozenset[str]:
    """Overlapping pieces of a text without its numbers and white space."""
    bare = re.sub(r"[\d\s|]+", "", normalise(Document(text)).clean)
    return frozenset(bare[at : at + _PIECE] for at in range(max(1, len(bare) - _PIECE + 1)))


def likeness(a: frozenset[str], b: frozenset[str]) -> float:
    """The share of pieces that two texts have in common (Jaccard)."""
    return len(a & b) / len(a | b) if a | b else 0.0


def _copied(fixtures: Sequence[Path], run: Run) -> Iterator[str]:
    """Labels that a run gave field by field, of documents that only one person read."""
    road = {r.id: r for r in results(run, [ROAD])[ROAD]}
    for folder in fixtures:
        origin, result = _origin(folder), road.get(folder.name)
        if result is None or origin.get("kind") in TRUTH_FIRST:
            continue
        if len(origin.get("labelled") or ()) > 1:
            continue
        given = result.outcome.get("values")
        verdicts = {key.verdict for key in result.tally}
        if given and verdicts <= {Verdict.RIGHT, Verdict.ABSTAINED} and not result.open:
            yield (
                f"{folder.name}: the label is what a run gave, field by field, and one person "
                "labelled it: a second pass by somebody who has not seen the first is needed"
            )
