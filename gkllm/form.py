"""What should be there: the official form, read from the tables in `gkllm/forms/`.

One `Form` per edition, built once. It holds sections, rows, columns, every known wording of
their labels, the sum rules and the relations between prose and cells. No other module knows
a label.

>>> form("2021").rows[0].key, len(form("2021").rules), len(form("2021").cells)
('new_received', 42, 200)
>>> form("2019").rows[-3].key, len(form("2019").rows)
('other.subtotal', 23)
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from sys import intern
from typing import Any, Literal

Edition = Literal["2021", "2019", "older"]

# "一、" "(二)" "3." "4、" before a label; the numeral alone never decides (M36).
_NUMBERING = re.compile(r"[\s(]*[一二三四五六七八九十\d]{1,2}\s*[)、.,:]+")
_BRACKETED = re.compile(r"\([一二三四五六七八九十\d]{1,2}\)")
_SAID = "facts.said."
_NOT_CJK = re.compile(r"[^一-鿿][^一-鿿]*")


def compact(text: str) -> str:
    """Reduce a label to what identifies it: its Chinese characters, numbering taken away.

    >>> compact(" 3. 危及“三安全 一稳定”"), compact("(三) 不予公开"), compact("3、其他")
    ('危及三安全一稳定', '不予公开', '其他')
    """
    numbered = _NUMBERING.match(text)
    words = text[numbered.end() :] if numbered else text
    return _NOT_CJK.sub("", _BRACKETED.sub("", words) if "(" in words else words)


@dataclass(frozen=True, slots=True)
class Label:
    """One thing the form prints: `key` in paths, `zh` official wording, `wordings` compacted."""

    key: str
    zh: str
    en: str
    wordings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DisclosureRow(Label):
    """A row of section 二 with the columns that it has and the unit of its numbers."""

    columns: tuple[str, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A section of the report: `headings` and `opens` are compacted wordings.

    A table whose heading was lost begins at a cell that `opens` names.
    """

    key: str
    zh: str
    headings: tuple[str, ...]
    opens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """An equation between cells: sum(left) = sum(right). `at` names the place it speaks of."""

    id: str
    at: str
    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A fact of the prose and the sums of cells that it may mean.

    A fact "facts.said.…" is a witness: prose says it of cells, and it is no field of the report.
    """

    id: str
    fact: str
    readings: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class FactKind:
    """A fact that prose states: kind is text, year, date, count, money or quotes."""

    key: str
    kind: str
    zh: str
    en: str


@dataclass(frozen=True, eq=False)
class Form:
    """One edition of the form. Paths are those of the public contract, in printed order."""

    edition: str
    sections: tuple[Heading, ...]
    disclosure_columns: tuple[Label, ...]
    disclosure_rows: tuple[DisclosureRow, ...]
    columns: tuple[Label, ...]
    groups: tuple[Label, ...]
    rows: tuple[Label, ...]
    blocks: tuple[Label, ...]
    outcomes: tuple[Label, ...]
    furniture: Mapping[str, tuple[str, ...]]
    rules: tuple[Rule, ...]
    relations: tuple[Relation, ...]
    witnesses: tuple[Relation, ...]
    facts: tuple[FactKind, ...]
    merged: Mapping[str, tuple[str, ...]]
    unread: frozenset[str]
    telltale: tuple[str, ...]

    @cached_property
    def disclosure_cells(self) -> tuple[str, ...]:
        return _interned(f"disclosure.{r.key}.{c}" for r in self.disclosure_rows for c in r.columns)

    @cached_property
    def request_cells(self) -> tuple[str, ...]:
        return _interned(f"requests.{r.key}.{c.key}" for r in self.rows for c in self.columns)

    @cached_property
    def litigation_cells(self) -> tuple[str, ...]:
        return _interned(f"litigation.{b.key}.{o.key}" for b in self.blocks for o in self.outcomes)

    @cached_property
    def cells(self) -> tuple[str, ...]:
        """All cell paths in printed order: 200 for 2021; 186 for 2019, with one merged row."""
        return self.disclosure_cells + self.request_cells + self.litigation_cells

    @cached_property
    def told(self) -> frozenset[str]:
        """Cell paths that prose may speak of."""
        every = (*self.relations, *self.witnesses)
        return frozenset(path for one in every for paths in one.readings for path in paths)

    @cached_property
    def money(self) -> frozenset[str]:
        """Cell paths that hold an amount of 万元 rather than a count."""
        return frozenset(
            f"disclosure.{r.key}.{c}"
            for r in self.disclosure_rows
            if r.unit == "万元"
            for c in r.columns
        )

    @cached_property
    def fact_kinds(self) -> Mapping[str, str]:
        return {intern(f"facts.{f.key}"): f.kind for f in self.facts}

    @cached_property
    def titles(self) -> Mapping[str, tuple[str, str]]:
        """Path of each cell and fact to (Chinese title, English title)."""
        return dict(self._titles())

    def _titles(self) -> Iterator[tuple[str, tuple[str, str]]]:
        named = {c.key: c for c in self.disclosure_columns}
        for r in self.disclosure_rows:
            for c in r.columns:
                yield (
                    f"disclosure.{r.key}.{c}",
                    (f"{r.zh} · {named[c].zh}", f"{r.en} · {named[c].en}"),
                )
        for row in self.rows:
            for col in self.columns:
                yield (
                    f"requests.{row.key}.{col.key}",
                    (f"{row.zh} · {col.zh}", f"{row.en} · {col.en}"),
                )
        for b in self.blocks:
            for o in self.outcomes:
                yield f"litigation.{b.key}.{o.key}", (f"{b.zh} · {o.zh}", f"{b.en} · {o.en}")
        for f in self.facts:
            yield f"facts.{f.key}", (f.zh, f.en)


@cache
def form(edition: str = "2021", merged: tuple[str, ...] = ()) -> Form:
    """The form of an edition, "2021" or "2019".

    `merged` names groups that a document prints as one row ("other" for （六）其他处理): their
    rows are then replaced by one, `<group>.subtotal`, in the rows and in the rules.
    """
    raw = _table(edition)
    for group in merged:
        parts = [r["key"] for r in raw["requests"]["row"] if r["key"].startswith(f"{group}.")]
        raw["merged"] = {**raw.get("merged", {}), f"{group}.subtotal": parts}
    return _build(raw)


def _interned(paths: Iterable[str]) -> tuple[str, ...]:
    """Paths that are one object wherever they are named, so that looking them up is quick."""
    return tuple(map(intern, paths))


def _table(edition: str) -> dict[str, Any]:
    raw = tomllib.loads((files("gkllm") / "forms" / f"{edition}.toml").read_text("utf-8"))
    if "base" in raw:
        raw = {**_table(raw["base"]), **raw}
    return raw


def _wordings(zh: str, labels: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(compact(word) for word in (zh, *labels)))


def _label(raw: dict[str, Any]) -> Label:
    return Label(raw["key"], raw["zh"], raw.get("en", ""), _wordings(raw["zh"], raw["labels"]))


def _build(raw: dict[str, Any]) -> Form:
    merged = {key: tuple(parts) for key, parts in raw.get("merged", {}).items()}
    rows = _merge_rows([_label(r) for r in raw["requests"]["row"]], raw, merged)
    columns = tuple(_label(c) for c in raw["requests"]["column"])
    blocks = tuple(_label(b) for b in raw["litigation"]["block"])
    relations = [
        Relation(r["id"], intern(f"facts.{r['fact']}"), tuple(map(_interned, r["readings"])))
        for r in raw["relation"]
    ]
    return Form(
        edition=raw["edition"],
        sections=tuple(
            Heading(
                s["key"],
                s["zh"],
                _wordings(s["zh"], s["headings"]),
                tuple(compact(word) for word in s.get("opens", [])),
            )
            for s in raw["section"]
        ),
        disclosure_columns=tuple(_label(c) for c in raw["disclosure"]["column"]),
        disclosure_rows=tuple(
            DisclosureRow(
                r["key"],
                r["zh"],
                r["en"],
                _wordings(r["zh"], r["labels"]),
                tuple(r["columns"]),
                r["unit"],
            )
            for r in raw["disclosure"]["row"]
        ),
        columns=columns,
        groups=tuple(_label(g) for g in raw["requests"]["group"]),
        rows=rows,
        blocks=blocks,
        outcomes=tuple(_label(o) for o in raw["litigation"]["outcome"]),
        furniture={
            section: tuple(compact(word) for word in raw[section]["furniture"]["labels"])
            for section in ("disclosure", "requests", "litigation")
        },
        rules=tuple(_rules(raw["rule"], rows, columns, blocks)),
        relations=tuple(r for r in relations if not r.fact.startswith(_SAID)),
        witnesses=tuple(r for r in relations if r.fact.startswith(_SAID)),
        facts=tuple(FactKind(f["key"], f["kind"], f["zh"], f["en"]) for f in raw["fact"]),
        merged=merged,
        unread=frozenset(raw.get("unread", [])),
        telltale=tuple(compact(word) for word in raw.get("telltale", [])),
    )


def _merge_rows(
    rows: list[Label], raw: dict[str, Any], merged: Mapping[str, tuple[str, ...]]
) -> tuple[Label, ...]:
    """Put one row in the place of the rows that an edition (or a document) prints as one."""
    for key, parts in merged.items():
        group = next(_label(g) for g in raw["requests"]["group"] if g["key"] == key.split(".")[0])
        at = next(i for i, row in enumerate(rows) if row.key == parts[0])
        rows = [row for row in rows if row.key not in parts]
        rows.insert(at, Label(key, group.zh, group.en, group.wordings))
    return tuple(rows)


def _rules(
    raw: list[dict[str, Any]],
    rows: tuple[Label, ...],
    columns: tuple[Label, ...],
    blocks: tuple[Label, ...],
) -> Iterator[Rule]:
    keys = [row.key for row in rows]
    # (七) adds up what stands between the two received rows and itself.
    parts = keys[keys.index("carried_in") + 1 : keys.index("total_handled")]
    values = {"row": keys, "column": [c.key for c in columns], "block": [b.key for b in blocks]}
    for rule in raw:
        kind = next(name for name in values if f"{{{name}}}" in rule["at"])
        for value in values[kind]:
            yield Rule(
                rule["id"],
                rule["at"].replace(f"{{{kind}}}", value),
                tuple(_expand(rule["left"], kind, value, parts)),
                tuple(_expand(rule["right"], kind, value, parts)),
            )


def _expand(terms: list[str], kind: str, value: str, parts: list[str]) -> Iterator[str]:
    for term in terms:
        filled = term.replace(f"{{{kind}}}", value)
        if "{part}" in filled:
            yield from (intern(filled.replace("{part}", part)) for part in parts)
        else:
            yield intern(filled)
