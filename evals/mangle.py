"""Damages that real reports show, each named, each saying what is still printed after it.

`DAMAGE` maps a damage's id to a `Damage`. Stage "draft" changes the table or the prose before
the layout is set, "text" changes the text, "bytes" its encoding; `damage` applies several in
that order. A function returns None where its damage does not apply.

Where a damage leaves a printed number another clean number (an agency's error), the truth is
what is printed, and the cells of the rules that it breaks are contested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random

from evals import around, copied, wear, wrong
from evals.render import Rendered

Change = Callable[[Rendered, Random], Rendered | None]
STAGES = ("draft", "text", "bytes")


@dataclass(frozen=True)
class Damage:
    """A damage: the number of the mangling that it stands for, when it happens, what it does."""

    id: str
    mangling: str
    stage: str
    change: Change

    def __call__(self, rendered: Rendered, rng: Random) -> Rendered | None:
        return self.change(rendered, rng)


_DRAFT: Mapping[str, tuple[str, Change]] = {
    "blank_zeros": ("M14", wrong.blank_zeros),
    "blank_some_zeros": ("M14", wrong.blank_some_zeros),
    "blank_cells": ("M14", wrong.blank_cells),
    "lone_zeros": ("M9", wrong.lone_zeros),
    "blank_all": ("M15", wrong.blank_all),
    "slash_zeros": ("M16", wrong.slash_zeros),
    "dash_zeros": ("M17", wrong.dash_zeros),
    "thousands": ("M18", wrong.thousands),
    "split_digits": ("M18", wrong.split_digits),
    "glued_unit": ("M19", wrong.glued_unit),
    "lookalikes": ("M48", wrong.lookalikes),
    "label_typos": ("M48", wrong.label_typos),
    "label_lost": ("M8", wrong.label_lost),
    "labels_lost": ("M8", wrong.labels_lost),
    "label_split": ("M10", wrong.label_split),
    "definitions": ("M40", wrong.definitions),
    "row_lost": ("M8", wrong.row_lost),
    "row_doubled": ("M48", wrong.row_doubled),
    "cell_lost": ("M14", wrong.cell_lost),
    "row_shifted": ("M12", wrong.row_shifted),
    "total_lost": ("M6", wrong.total_lost),
    "column_lost": ("M6", wrong.column_lost),
    "column_numbers_lost": ("M6", wrong.column_numbers_lost),
    "spare_column": ("M7", wrong.spare_column),
    "spare_some": ("M7", wrong.spare_some),
    "head_repeated": ("M48", wrong.head_repeated),
    "head_lost": ("M41", wrong.head_lost),
    "table_absent": ("M26", wrong.table_absent),
    "heading_lost": ("M36", around.heading_lost),
    "heading_mixed": ("M36", around.heading_mixed),
    "contents": ("M25", around.contents),
    "banner": ("M31", around.banner),
    "metadata": ("M33", around.metadata),
    "sentence_before_table": ("M39", around.sentence_before_table),
    "sum_wrong": ("agency", around.sum_wrong),
    "prose_contradicts": ("agency", around.prose_contradicts),
    "last_year": ("appendix", around.last_year),
    "units_lost": ("M20", copied.units_lost),
    "brackets_lost": ("M22", copied.brackets_lost),
    "angle_quotes": ("M43", copied.angle_quotes),
    "bilingual": ("M47", copied.bilingual),
    "inner_headings": ("M37", copied.inner_headings),
    "empty_bodies": ("M38", copied.empty_bodies),
    "title_lost": ("M32", copied.title_lost),
    "masked": ("M46", copied.masked),
    "spam_lines": ("M29", copied.spam_lines),
    "tables_glued": ("M48", copied.tables_glued),
    "mojibake": ("M30", copied.mojibake),
}
_TEXT: Mapping[str, tuple[str, Change]] = {
    "full_width": ("M18", wear.full_width),
    "odd_spaces": ("M45", wear.odd_spaces),
    "zero_width": ("M48", wear.zero_width),
    "entities": ("M42", wear.entities),
    "traditional": ("M27", wear.traditional),
    "taiwan": ("M28", wear.taiwan),
    "pinyin": ("M27", wear.pinyin),
    "page_numbers": ("M13", wear.page_numbers),
    "stray_numbers": ("M13", wear.stray_numbers),
    "lines_once": ("M3", wear.lines_once),
    "truncated": ("cut", wear.truncated),
    "beginning_lost": ("cut", wear.beginning_lost),
    "dates_worn": ("M21", wear.dates_worn),
    "doubled_words": ("M44", wear.doubled_words),
    "bookmarks": ("M45", wear.bookmarks),
    "line_ends": ("text", wear.line_ends),
    "control": ("text", wear.control),
    "inner_spaces": ("M10", wear.inner_spaces),
    "script_string": ("M42", copied.script_string),
}
_BYTES: Mapping[str, tuple[str, Change]] = {
    "utf8_sig": ("encoding", wear.encoded("utf-8", b"\xef\xbb\xbf")),
    "gb18030": ("encoding", wear.encoded("gb18030", b"")),
    "utf16_le": ("encoding", wear.encoded("utf-16-le", b"\xff\xfe")),
    "utf16_be": ("encoding", wear.encoded("utf-16-be", b"\xfe\xff")),
}

DAMAGE: Mapping[str, Damage] = {
    name: Damage(name, mangling, stage, change)
    for stage, kinds in zip(STAGES, (_DRAFT, _TEXT, _BYTES), strict=True)
    for name, (mangling, change) in kinds.items()
}


def _order(kind: str) -> tuple[int, bool]:
    """Drafts first, and of these a table without numbers: none is made spare or shifted then."""
    return STAGES.index(DAMAGE[kind].stage), kind != "blank_all"


# A column too many and the numbers of another lost: seven numbers a row under seven heads that
# say something else. Nothing in such a document is damaged, it is the sound one of other values.
_CANCELLING = ({"spare_column", "spare_some"}, {"column_numbers_lost"})


def _cancels(kind: str, applied: Iterable[str]) -> bool:
    return any(
        kind in one and not other.isdisjoint(applied)
        for one, other in (_CANCELLING, _CANCELLING[::-1])
    )


def damage(
    rendered: Rendered, kinds: Iterable[str], rng: Random
) -> tuple[Rendered, tuple[str, ...]]:
    """Apply damages, table and prose first; returns also the names of those that applied.

    Of two that cancel each other only the first is applied, and none that hides another or shows
    in nothing.
    """
    applied: list[str] = []
    for kind in sorted(kinds, key=_order):
        if _cancels(kind, applied):
            continue
        changed = DAMAGE[kind](rendered, rng)
        if changed is None or changed == rendered:
            continue
        if not wrong.undoes(rendered, changed) and not wrong.untold(changed):
            rendered = changed
            applied.append(kind)
    return rendered, tuple(applied)
