"""The three official tables as the form prints them, each number tied to its quote.

Side labels span their rows as on paper. What the paper prints beside rows and columns stands in
`gkllm/forms/printed.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any

from gkllm.form import DisclosureRow, Label
from gkllm.write.html.markup import Content, Html, el
from gkllm.write.html.page import scrolling
from gkllm.write.html.shown import Shown


@cache
def _printed() -> dict[str, Any]:
    return tomllib.loads((files("gkllm") / "forms" / "printed.toml").read_text("utf-8"))


def official_tables(shown: Shown) -> Iterator[Html]:
    """Sections 二, 三 and 四, each a card."""
    for numeral, key, table in (
        ("二", "disclosure", _disclosure),
        ("三", "requests", _requests),
        ("四", "litigation", _litigation),
    ):
        zh = next(section.zh for section in shown.form.sections if section.key == key)
        name = shown.words[key].capitalize() if shown.english else f"{numeral}、{zh}"
        grid = el("table", table(shown), class_=f"official {key}", aria_label=name)
        note = shown.words["not read"] if key in shown.form.unread else None
        yield el(
            "section",
            el("h2", name, id=key),
            el("p", note, class_="note") if note else None,
            scrolling(grid, name),
            class_="card form",
        )


def _head(label: Content, *, across: int = 1, down: int = 1, side: bool = False) -> Html:
    scope = ("row" if down == 1 else "rowgroup") if side else ("col" if across == 1 else "colgroup")
    return el(
        "th",
        label,
        scope=scope,
        colspan=across if across > 1 else None,
        rowspan=down if down > 1 else None,
        class_="side" if side else None,
    )


def _cells(shown: Shown, paths: Sequence[str], across: int = 1) -> list[Html]:
    """The cells of a row; a field that the report does not have leaves its cell empty."""
    fields = shown.report.fields
    return [
        el(
            "td",
            shown.value(path),
            colspan=across if across > 1 else None,
            class_=fields[path].status if path in fields else None,
        )
        for path in paths
    ]


def _either(shown: Shown, words: dict[str, str]) -> str:
    return words[shown.words.language]


def _disclosure(shown: Shown) -> Iterator[Html]:
    rows = {row.key: row for row in shown.form.disclosure_rows}
    columns = {column.key: column for column in shown.form.disclosure_columns}
    content = _either(shown, _printed()["article"])
    for block in _printed()["disclosure"][shown.form.edition]:
        yield el("tr", el("th", _either(shown, block["title"]), colspan=4, class_="article"))
        if "printed" in block:
            yield from _unread(shown, block, content)
            continue
        heads = [columns[key] for key in block["columns"]]
        across = 3 // len(heads)
        yield el(
            "tr",
            _head(content),
            [_head(shown.label(head), across=across) for head in heads],
        )
        for key in block["rows"]:
            yield _disclosure_row(shown, rows[key], block["columns"], across)


def _disclosure_row(shown: Shown, row: DisclosureRow, keys: list[str], across: int) -> Html:
    paths = [f"disclosure.{row.key}.{key}" for key in keys]
    return el("tr", _head(shown.label(row), side=True), _cells(shown, paths, across))


def _unread(shown: Shown, block: dict[str, Any], content: str) -> Iterator[Html]:
    """A block of an edition whose section 二 is not read: the paper, its cells struck out."""
    heads, last = block["heads"], 4 - len(block["heads"])
    across = [1] * (len(heads) - 1) + [last]
    yield el(
        "tr",
        _head(content),
        [_head(head[shown.english], across=n) for head, n in zip(heads, across, strict=True)],
    )
    for row in block["printed"]:
        cells = [el("td", class_="unread", colspan=n if n > 1 else None) for n in across]
        yield el("tr", _head(row[shown.english], side=True), cells)


def _requests(shown: Shown) -> Iterator[Html]:
    columns = shown.form.columns
    corner, applicants, organizations = (
        _either(shown, _printed()["requests"][key])
        for key in ("corner", "applicants", "organizations")
    )
    first, *legal, total = columns
    yield el(
        "thead",
        el("tr", _head(corner, across=3, down=3), _head(applicants, across=len(columns))),
        el(
            "tr",
            _head(shown.label(first), down=2),
            _head(organizations, across=len(legal)),
            _head(shown.label(total), down=2),
        ),
        el("tr", [_head(_lines(shown, column)) for column in legal]),
    )
    yield el("tbody", _request_rows(shown))


def _request_rows(shown: Shown) -> Iterator[Html]:
    groups = {group.key: group for group in shown.form.groups}
    parts = _parts(shown)
    outcomes = sum(len(rows) for key, rows in parts if key != "")
    beside: list[Html] = [_head(shown.label(groups["outcomes"]), down=outcomes, side=True)]
    for key, rows in parts:
        if key == "":
            row = rows[0]
            yield _request_row(shown, [_head(shown.label(row), across=3, side=True)], row.key)
        elif key in groups and len(rows) > 1:
            beside.append(_head(shown.label(groups[key]), down=len(rows), side=True))
            for row in rows:
                beside.append(_head(shown.label(row), side=True))
                yield _request_row(shown, beside, row.key)
                beside = []
        else:
            beside.append(_head(shown.label(rows[0]), across=2, side=True))
            yield _request_row(shown, beside, rows[0].key)
            beside = []


def _request_row(shown: Shown, heads: list[Html], key: str) -> Html:
    paths = [f"requests.{key}.{column.key}" for column in shown.form.columns]
    return el("tr", heads, _cells(shown, paths))


def _parts(shown: Shown) -> list[tuple[str, list[Label]]]:
    """The rows in printed order under their group; "" stands for rows over the whole width.

    A row of a group that the document prints beside its parts comes as one more row of it.
    """
    whole = {"new_received", "carried_in", "carried_out"}
    parts: list[tuple[str, list[Label]]] = []
    for key, rows in groupby(shown.form.rows, lambda row: row.key.partition(".")[0]):
        under = list(rows)
        subtotal = f"{key}.subtotal"
        printed = f"requests.{subtotal}.{shown.form.columns[-1].key}" in shown.report.fields
        if printed and under[0].key != subtotal:
            zh, en = (_printed()["requests"]["subtotal"][x] for x in ("zh", "en"))
            under.insert(0, Label(subtotal, zh, en, ()))
        parts.append(("" if key in whole else key, under))
    return parts


def _litigation(shown: Shown) -> Iterator[Html]:
    blocks, outcomes = shown.form.blocks, shown.form.outcomes
    review, *lawsuits = blocks
    heading = _either(shown, _printed()["litigation"]["lawsuits"])
    yield el(
        "thead",
        el(
            "tr",
            _head(shown.label(review), across=len(outcomes), down=2),
            _head(heading, across=len(outcomes) * len(lawsuits)),
        ),
        el("tr", [_head(shown.label(block), across=len(outcomes)) for block in lawsuits]),
        el("tr", [_head(_lines(shown, outcome)) for _ in blocks for outcome in outcomes]),
    )
    paths = [f"litigation.{block.key}.{outcome.key}" for block in blocks for outcome in outcomes]
    yield el("tbody", el("tr", _cells(shown, paths)))


def _lines(shown: Shown, label: Label) -> Content:
    """A label of a narrow column, broken where the paper breaks it."""
    name = shown.label(label)
    if shown.english:
        return name
    name, bracket, unit = name.partition("(")
    if len(name) > 4 and not bracket:  # 社会公益 / 组织
        return [name[:4], el("br"), name[4:]]
    if len(name) == 4:  # 结果 / 维持
        return [name[:2], el("br"), name[2:]]
    return [name, el("br"), bracket + unit] if bracket else name
