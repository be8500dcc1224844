"""What kind of mistake a document holds: rows swapped, a column shifted, a table lost.

Single wrong cells do not tell a digit misread from a table poured into the wrong columns. Kinds
are told from the confident values of a document beside its truth, and a document has each kind
once, however many cells it takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import combinations
from typing import Any

from gkllm.form import form
from gkllm.score import Judged, Truth, Verdict, same

KINDS = (
    "row swapped",
    "row slid",
    "column shifted",
    "total for part",
    "unit error",
    "year error",
    "table lost",
    "ungrounded",
    "crash",
    "error",
    "timeout",
    "killed",
)
_LEAST = 4  # printed cells that make a table whose loss is a loss

Row = tuple[list[Any], list[Any]]  # confident values (or None) and true values, by column


def kinds(judged: Sequence[Judged], label: Mapping[str, Truth]) -> tuple[str, ...]:
    """The structural kinds of one document, in the order of `KINDS`."""
    found = set(_lost(judged))
    if any(j.silent for j in judged):
        rows = _rows(judged, label)
        found |= set(_moved(rows)) | set(_shifted(rows)) | set(_totals(judged, label))
        found |= set(_units(judged)) | set(_years(judged))
    return tuple(kind for kind in KINDS if kind in found)


def _rows(judged: Sequence[Judged], label: Mapping[str, Truth]) -> dict[str, Row]:
    """Rows of section 三 and blocks of section 四, with what is given and what is true."""
    this = form("2021")
    names = [[f"requests.{r.key}.{c.key}" for c in this.columns] for r in this.rows]
    names += [[f"litigation.{b.key}.{o.key}" for o in this.outcomes] for b in this.blocks]
    given = {
        j.path: j.field.value
        for j in judged
        if j.field is not None and (j.silent or j.verdict is Verdict.RIGHT)
    }
    true = {path: truth.value for path, truth in label.items()}
    return {
        row[0].rpartition(".")[0]: ([given.get(p) for p in row], [true.get(p) for p in row])
        for row in names
    }


def _is(values: Sequence[Any], true: Sequence[Any]) -> bool:
    """All values that are given are those, and they are more than one number or not zero."""
    if len(values) != len(true):
        return False
    pairs = [(v, t) for v, t in zip(values, true, strict=True) if v is not None]
    return bool(pairs) and any(v for v, _ in pairs) and all(same(v, t) for v, t in pairs)


def _moved(rows: Mapping[str, Row]) -> Iterator[str]:
    wrong = {
        name: row for name, row in rows.items() if not _is(*row) and any(v for v in row[0] if v)
    }
    for (_, a), (_, b) in combinations(wrong.items(), 2):
        if _is(a[0], b[1]) and _is(b[0], a[1]):
            yield "row swapped"
            return
    order = list(rows)
    for name, row in wrong.items():
        at = order.index(name)
        beside = [rows[order[i]] for i in (at - 1, at + 1) if 0 <= i < len(order)]
        if any(_is(row[0], other[1]) for other in beside):
            yield "row slid"
            return


def _shifted(rows: Mapping[str, Row]) -> Iterator[str]:
    for given, true in rows.values():
        wrong = [i for i, v in enumerate(given) if v is not None and not same(v, true[i])]
        for step in (-1, 1):
            places = [i for i in wrong if 0 <= i + step < len(true)]
            if len(places) > 1 and all(same(given[i], true[i + step]) for i in places):
                yield "column shifted"
                return


def _totals(judged: Sequence[Judged], label: Mapping[str, Truth]) -> Iterator[str]:
    for j in judged:
        section, _, _ = j.path.partition(".")
        row, _, column = j.path.rpartition(".")
        if not j.silent or j.field is None or section not in ("requests", "litigation"):
            continue
        whole = [f"{row}.total"] if column != "total" else []
        if section == "requests" and not row.endswith("total_handled"):
            whole.append(f"requests.total_handled.{column}")
        totals = (label[path].value for path in whole if path in label)
        if j.field.value and any(total and same(j.field.value, total) for total in totals):
            yield "total for part"
            return


def _units(judged: Sequence[Judged]) -> Iterator[str]:
    for j in judged:
        if not j.silent or j.field is None or ("amount" not in j.path and "fee" not in j.path):
            continue
        try:
            ratio = Decimal(str(j.field.value)) / Decimal(str(j.truth.value))
        except (InvalidOperation, ZeroDivisionError):
            continue
        if ratio in (Decimal(10) ** 4, Decimal(10) ** -4):
            yield "unit error"
            return


def _years(judged: Sequence[Judged]) -> Iterator[str]:
    dates = ("facts.year", "facts.period_start", "facts.period_end", "facts.published_on")
    for j in judged:
        if j.path not in dates or j.verdict is not Verdict.MISREAD or j.field is None:
            continue
        given, true = str(j.field.value), str(j.truth.value)
        if given[:4] != true[:4] and given[4:] == true[4:]:
            yield "year error"
            return


def _lost(judged: Sequence[Judged]) -> Iterator[str]:
    for section in ("disclosure", "requests", "litigation"):
        printed = [
            j
            for j in judged
            if j.path.startswith(section) and j.truth.state == "printed" and j.truth.expected
        ]
        if len(printed) >= _LEAST and not any(j.verdict is Verdict.RIGHT for j in printed):
            yield "table lost"
            return
