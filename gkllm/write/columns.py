"""The columns of wide tables, and the dictionary that describes them.

A field's column is named by its path. The order is that of the form: facts, then the cells as
printed, a group's own row after its rows.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from gkllm.form import Form, form
from gkllm.write.words import title

HEAD = ("document", "sha256", "edition", "open", "disputed", "failed_checks")
DICTIONARY = ("column", "zh", "en", "kind", "unit")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what it is in two languages, the kind of its values, their unit.

    Kinds are text, date, year, count, money and quotes.
    """

    name: str
    zh: str
    en: str
    kind: str
    unit: str = ""


@cache
def columns() -> tuple[Column, ...]:
    """All columns of a panel, in order: those about the document, then one for each field."""
    told = tomllib.loads((files(__package__) / "columns.toml").read_text("utf-8"))["column"]
    about = {c["name"]: Column(c["name"], c["zh"], c["en"], c["kind"]) for c in told}
    return (*(about[name] for name in HEAD), *fields())


@cache
def fields() -> tuple[Column, ...]:
    """The columns of the fields that a report may have, of either edition."""
    this = form()
    kinds = this.fact_kinds
    units = {f"disclosure.{r.key}.{c}": r.unit for r in this.disclosure_rows for c in r.columns}
    found = [Column(path, *this.titles[path], kind) for path, kind in kinds.items()]
    for path in (*this.disclosure_cells, *_requests(this), *this.litigation_cells):
        kind = "money" if path in this.money else "count"
        found.append(Column(path, *title(path, this), kind, units.get(path, "件")))
    return tuple(found)


def _requests(this: Form) -> list[str]:
    """The cells of section 三 with the rows of groups that a document may print as one."""
    found: list[str] = []
    rows = [row.key for row in this.rows]
    for row, following in zip(rows, [*rows[1:], ""], strict=True):
        found += (f"requests.{row}.{c.key}" for c in this.columns)
        group = row.partition(".")[0]
        if "." in row and following.partition(".")[0] != group:
            found += (f"requests.{group}.subtotal.{c.key}" for c in this.columns)
    return found
