"""A rendered report as a case of a suite: its bytes, and what a careful reader can know of it.

The truth is known before the text is made, and the marks that the renderer leaves behind every
number tell what is still printed (`Rendered.printed`). What a damage destroyed is not owed: it
may stay open, it may be concluded, but a confident value other than the true one is a silent
error there as anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.draft import Para, plain
from evals.render import UNRULED, Rendered
from evals.truth import OTHER
from evals.wear import simplified
from gkllm.evaluate.suite import Case, all_paths
from gkllm.score import Truth

_FOLD = re.compile(
    r"[\s\u00ad\u200b-\u200d\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\ufffe\x00-\x1f\x7f]+|\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]+\)"
)
_QUOTES = ("facts.problems", "facts.improvements")


def fold(value: object) -> str:
    """A text value as it is compared: no white space, simplified, without pinyin."""
    return _FOLD.sub("", simplified(str(value)))


def case(name: str, rendered: Rendered, damages: tuple[str, ...], **tags: str) -> Case:
    """The case of a rendered document."""
    more = {key: (value,) for key, value in tags.items()}
    return Case(
        name,
        rendered.payload,
        truths(rendered),
        {"layout": (rendered.layout,), "damage": damages or ("none",), **more},
    )


def truths(rendered: Rendered) -> dict[str, Truth]:
    """The truth of every path that can be judged."""
    text, printed = fold(rendered.text), rendered.printed
    found = {path: _truth(rendered, path, text, path in printed) for path in all_paths()}
    return {path: truth for path, truth in found.items() if truth is not None}


def _truth(rendered: Rendered, path: str, text: str, printed: bool) -> Truth | None:
    """None where the document's two accounts leave open what a lost cell should be."""
    if path in _QUOTES:
        said = items(rendered, path.removeprefix("facts."))
        return Truth(said) if said else None
    rights = _rights(rendered, path, text)
    contested = path in rendered.disputable
    if printed:
        if not rights:
            return None
        return Truth(rights[0], also=rights[1:], contested=contested)
    if contested:
        return None
    lost = "absent" if path.startswith("facts.") and not rights else state(rendered, path)
    if not rights:
        return Truth(None, lost)
    return Truth(rights[0], lost, also=rights[1:], owed=False)


def _rights(rendered: Rendered, path: str, text: str) -> tuple[object, ...]:
    """The values that are right for a field, the best first; none where it is null in truth."""
    truth = rendered.truth
    if path in truth.cells:
        return (truth.cells[path],)
    if ".subtotal." in path:  # of a group whose rows are printed, it is their sum
        group, _, column = path.removeprefix("requests.").split(".")
        keys = [k for k in truth.cells if k.startswith(f"requests.{group}.")]
        parts = [truth.cells[k] for k in keys if k.endswith(f".{column}")]
        return (sum(parts),) if parts else ()
    if path == "facts.agency":  # the fullest name that the text still prints
        named = [n for n in truth.facts.get(path, ()) if fold(n) in text]
        return tuple(named[:1])
    return tuple(truth.facts.get(path, ()))


def state(rendered: Rendered, path: str) -> str:
    """Why a cell is not printed."""
    truth = rendered.truth
    if truth.edition == "2019" and path.startswith("disclosure."):
        return "not_applicable"
    if ".subtotal." in path and path not in truth.cells:
        return "absent"
    if truth.merged_other and path.rpartition(".")[0].removeprefix("requests.") in OTHER:
        return "absent"
    drawn = [c for t in rendered.draft.tables() for row in t.rows for c in row if c.path == path]
    if not drawn or drawn[0].legible or rendered.layout in UNRULED:
        return "lost"
    if not drawn[0].text:
        return "blank"
    return "not_applicable" if re.fullmatch(r"[/／\\—－无-]+", drawn[0].text) else "illegible"


def items(rendered: Rendered, key: str) -> list[str] | None:
    """The enumerated items of the problems or improvements, as they stand in the text.

    None where they cannot be quoted whole: worn, or broken by the end of a page.
    """
    paras = (b for b in rendered.draft.blocks if isinstance(b, Para) and b.role == key)
    para = next(paras, None)
    if para is None:
        return None
    said = re.findall(r"[一二三四五]是[^；。]+", plain(para.text).partition("：")[2])
    text, found = rendered.text, []
    for item in said:
        stands = re.search(r"\s*".join(map(re.escape, item)), text)
        if stands is None or "?" in stands[0]:  # a mark cut in two ends no item for certain
            return None
        found.append(stands[0])
    return found


def lines(case_: Case) -> Iterator[str]:
    """The truth of a case for people, one field a line."""
    for path, truth in case_.truth.items():
        yield f"{path} {truth.value} {truth.shown}{' contested' if truth.contested else ''}"
