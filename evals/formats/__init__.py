"""True reports as files of every format, and what the extractor makes of them.

A format is a function of (draft, rng) that gives the bytes of a file. Drafts come from the same
truth, prose and damage as the text layouts; what is true and what is printed is known before
a byte is written, so no label comes from the program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random

from evals.cases import case as as_case
from evals.draft import Draft
from evals.formats.office import converted, warm
from evals.formats.pages import DATED, PAGES, dated
from evals.formats.printed import PRINTED, SCANNED
from evals.formats.sheets import comma_separated, xlsx
from evals.formats.word import docx, docx_for_office
from evals.mangle import DAMAGE, damage
from evals.render import LAYOUTS, Rendered
from evals.truth import random_truth
from gkllm.evaluate.suite import Case

Setter = Callable[[Draft, Random], bytes]


def _by_office(setter: Setter, ending: str, target: str) -> Setter:
    return lambda draft, rng: converted(setter(draft, rng), ending, target)


# What LibreOffice writes: (how we set it, ending, what it makes of it).
OFFICE: Mapping[str, tuple[Setter, str, str]] = {
    "doc": (docx_for_office, "docx", "doc:MS Word 97"),
    "rtf": (docx_for_office, "docx", "rtf:Rich Text Format"),
    "docx-office": (PAGES["html-word"], "html", "docx:Office Open XML Text"),
    "xls": (xlsx, "xlsx", "xls:MS Excel 97"),
    "xlsx-office": (xlsx, "xlsx", "xlsx:Calc MS Excel 2007 XML"),
    "doc-office": (PAGES["html-word"], "html", "doc:MS Word 97"),
}
FORMATS: Mapping[str, Setter] = {
    **PAGES,
    "docx": docx,
    "xlsx": xlsx,
    "csv": comma_separated,
    **{name: _by_office(*how) for name, how in OFFICE.items()},
    **PRINTED,
    **SCANNED,
}

# Damage that a table with borders can bear. The others are made by text layouts only (a page
# number in a table, a line that is said once), or speak of places without borders.
_LAYOUT = "tabs"
BEARABLE = tuple(kind for kind, d in DAMAGE.items() if d.stage == "draft")


# A sheet has no lost cells: what stands behind one moves up, and the last place is a blank.
_SHEETS = ("xlsx", "xls", "xlsx-office", "csv")
_NOT_IN_SHEETS = ("cell_lost",)


@dataclass(frozen=True)
class File(Rendered):
    """A rendered report as the bytes of a file; `layout` is its format."""

    data: bytes = b""

    @property
    def payload(self) -> bytes:
        return self.data


def file(
    index: int, seed: int, name: str, kinds: Iterable[str] | None = None
) -> tuple[File, tuple[str, ...]]:
    """Report `index` of a seed as a file of a format, with the damages that it bears."""
    rendered, applied, rng = _rendered(index, seed, name, kinds)
    return set_as(rendered, name, rng), applied


def _rendered(
    index: int, seed: int, name: str, kinds: Iterable[str] | None
) -> tuple[Rendered, tuple[str, ...], Random]:
    rng = Random(f"{seed}:{index}:{name}")
    rendered = LAYOUTS[_LAYOUT](random_truth(rng), rng)
    if kinds is None:
        kinds = rng.sample(BEARABLE, rng.choice((0, 0, 1, 1, 2)))
        kinds = [k for k in kinds if name not in _SHEETS or k not in _NOT_IN_SHEETS]
    return (*damage(rendered, kinds, rng), rng)


def case(index: int, seed: int, name: str, kinds: list[str] | None = None) -> Case:
    """Report `index` of a seed in a format, as a case of a suite."""
    made, applied = file(index, seed, name, kinds)
    return as_case(f"{name}-{seed}-{index:05}", made, applied, format=name)


def prepare(name: str, count: int, seed: int, kinds: Iterable[str] | None = None) -> None:
    """Make the first files of a format at once, where it takes LibreOffice to make them."""
    setter, ending, target = OFFICE[name]
    sources = []
    for index in range(count):
        rendered, _, rng = _rendered(index, seed, name, kinds)
        sources.append(setter(_draft(rendered, name), rng))
    warm(sources, ending, target)


def set_as(rendered: Rendered, name: str, rng: Random) -> File:
    """A rendered report set anew as a file of a format."""
    draft = _draft(rendered, name)
    return File(
        rendered.marked_text,
        draft,
        name,
        rendered.seed,
        rendered.uncertain,
        rendered.contested,
        data=FORMATS[name](draft, rng),
    )


def _draft(rendered: Rendered, name: str) -> Draft:
    return dated(rendered.draft) if name in DATED else rendered.draft
