"""Which check catches which lie: planted errors in true reports (`python -m evals.mutate`).

A true report is rendered and read, and then some of its cells are given other values, with the
evidence that a reader who errs so would cite: a misread digit cites its own cell, a slid row the
row beside it. Each mutant is put before

    sums     the sum rules over the cells
    prose    the sentences that speak of cells
    quote    the text at the cited place is the value
    place    the cited place is one that the field's own labels lead to
    settle   the lies offered as what the tables say: does a lied cell lose its confidence?

A check catches a mutant if it objects to one lied cell. Sums balance under every exchange of
whole rows or columns, and an all-zero table balances always; only the place tells those.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from evals.generators import busy
from evals.render import LAYOUTS
from evals.truth import COLUMNS, ROWS
from gkllm.check import check
from gkllm.document import Span
from gkllm.form import form
from gkllm.load import load
from gkllm.pipeline import Reading, read
from gkllm.report import CONFIDENT, Field
from gkllm.settle import settle

FORM = form("2021")
CHECKS = ("sums", "prose", "quote", "place", "settle")
RULED = ("stacked", "pipes", "tabs", "ocr_markdown")  # layouts in which every cell is read

Lie = tuple[int | Decimal, Span | None]  # a value with the place that it cites
Lies = Mapping[str, Lie]
Mutation = Callable[[Mapping[str, Field], Random], Lies]


def _cell(row: str, column: str) -> str:
    return f"requests.{row}.{column}"


def _own(fields: Mapping[str, Field], path: str) -> Lie:
    field = fields[path]
    assert isinstance(field.value, (int, Decimal))
    assert not isinstance(field.span, list)
    return field.value, field.span


def _row(fields: Mapping[str, Field], row: str) -> list[Lie]:
    return [_own(fields, _cell(row, c)) for c in COLUMNS]


def _column(fields: Mapping[str, Field], column: str) -> list[Lie]:
    return [_own(fields, _cell(r, column)) for r in ROWS]


def _full(fields: Mapping[str, Field]) -> list[str]:
    """Rows with a number in them, but for those that the balance is made of."""
    parts = ROWS[2:-2]
    return [r for r in parts if any(fields[_cell(r, c)].value for c in COLUMNS)]


def _numbers(fields: Mapping[str, Field]) -> list[str]:
    return [p for r in _full(fields) for c in COLUMNS[:-1] if fields[p := _cell(r, c)].value]


# ---------------------------------------------------------------- the lies


def digit_changed(fields: Mapping[str, Field], rng: Random) -> Lies:
    """One digit of one cell is another one."""
    path = rng.choice(_numbers(fields))
    value, span = _own(fields, path)
    digits = list(str(value))
    at = rng.randrange(len(digits))
    digits[at] = rng.choice([d for d in "123456789" if d != digits[at]])
    return {path: (int("".join(digits)), span)}


def zeroed(fields: Mapping[str, Field], rng: Random) -> Lies:
    """A number is read as 0."""
    path = rng.choice(_numbers(fields))
    return {path: (0, _own(fields, path)[1])}


def row_zeroed(fields: Mapping[str, Field], rng: Random) -> Lies:
    """A row is read as zeros."""
    row = rng.choice(_full(fields))
    return {_cell(row, c): (0, _own(fields, _cell(row, c))[1]) for c in COLUMNS}


def cells_swapped(fields: Mapping[str, Field], rng: Random) -> Lies:
    """Two different numbers of a row changed places."""
    row = rng.choice(_full(fields))
    pairs = [
        (_cell(row, a), _cell(row, b))
        for i, a in enumerate(COLUMNS[:-1])
        for b in COLUMNS[i + 1 : -1]
        if fields[_cell(row, a)].value != fields[_cell(row, b)].value
    ]
    if not pairs:
        return {}
    a, b = rng.choice(pairs)
    return {a: _own(fields, b), b: _own(fields, a)}


def rows_swapped(fields: Mapping[str, Field], rng: Random) -> Lies:
    """Two different rows changed places."""
    full = _full(fields)
    rng.shuffle(full)
    for a, b in itertools.pairwise(full):
        first, second = _row(fields, a), _row(fields, b)
        if [v for v, _ in first] != [v for v, _ in second]:
            lies = {_cell(a, c): lie for c, lie in zip(COLUMNS, second, strict=True)}
            return lies | {_cell(b, c): lie for c, lie in zip(COLUMNS, first, strict=True)}
    return {}


def row_slid(fields: Mapping[str, Field], rng: Random) -> Lies:
    """The rows from one on stand one lower, the last of them in the place of the first."""
    at = rng.randrange(2, 18)
    rows = ROWS[at : at + 5]
    moved = (rows[-1], *rows[:-1])
    return {
        _cell(row, c): lie
        for row, source in zip(rows, moved, strict=True)
        for c, lie in zip(COLUMNS, _row(fields, source), strict=True)
    }


def columns_swapped(fields: Mapping[str, Field], rng: Random) -> Lies:
    """Two columns of applicants changed places."""
    a, b = rng.sample(COLUMNS[:-1], 2)
    first, second = _column(fields, a), _column(fields, b)
    lies = {_cell(r, a): lie for r, lie in zip(ROWS, second, strict=True)}
    return lies | {_cell(r, b): lie for r, lie in zip(ROWS, first, strict=True)}


def compensating_pair(fields: Mapping[str, Field], rng: Random) -> Lies:
    """Four cells are off by one in two rows and two columns, so that every sum holds."""
    rows = [r for r in _full(fields) if fields[_cell(r, "natural_person")].value]
    if len(rows) < 1:
        return {}
    row = rng.choice(rows)
    other = rng.choice([r for r in ROWS[2:-2] if r != row])
    lies: dict[str, Lie] = {}
    for r, c, step in (
        (row, "natural_person", -1),
        (row, "business", 1),
        (other, "natural_person", 1),
        (other, "business", -1),
    ):
        value, span = _own(fields, _cell(r, c))
        if value + step < 0:
            return {}
        lies[_cell(r, c)] = (value + step, span)
    return lies


def all_zero(fields: Mapping[str, Field], rng: Random) -> Lies:
    """0 in all of section 三, citing a 0 of the table."""
    zeros = [fields[p].span for p in FORM.request_cells if fields[p].value == 0]
    spans = [span for span in zeros if span and not isinstance(span, list)]
    return {p: (0, rng.choice(spans)) for p in FORM.request_cells} if spans else {}


def unit_error(fields: Mapping[str, Field], rng: Random) -> Lies:
    """万元 are taken for 元."""
    path = "disclosure.fees.amount_10k_yuan"
    value, span = _own(fields, path)
    return {path: (Decimal(value) / 10_000, span)} if value else {}


def total_as_part(fields: Mapping[str, Field], rng: Random) -> Lies:
    """A row's total stands in one of its columns too."""
    row = rng.choice(_full(fields))
    columns = [c for c in COLUMNS[:-1] if fields[_cell(row, c)].value == 0]
    return {_cell(row, rng.choice(columns)): _own(fields, _cell(row, "total"))} if columns else {}


MUTATIONS: Mapping[str, Mutation] = {
    m.__name__: m
    for m in (
        digit_changed, zeroed, row_zeroed, cells_swapped, total_as_part, compensating_pair,
        rows_swapped, row_slid, columns_swapped, all_zero, unit_error,
    )
}  # fmt: skip


# ---------------------------------------------------------------- the checks


@dataclass(frozen=True)
class Judge:
    """A true reading, and what speaks for the place of its values."""

    reading: Reading

    @property
    def fields(self) -> Mapping[str, Field]:
        return self.reading.report.fields

    def objections(self, lies: Lies) -> set[str]:
        """The checks that catch a mutant."""
        lied = {p: f for p, f in self.fields.items() if p not in lies}
        for path, (value, span) in lies.items():
            lied[path] = self.fields[path].model_copy(update={"value": value, "span": span})
        before = {(c.rule, c.at) for c in self.reading.report.failed()}
        failed = {(c.rule, c.at) for c in check(lied, FORM) if c.outcome == "fails"} - before
        sums = {f"{rule.id}" for rule in FORM.rules}
        found = {"sums" if rule in sums else "prose" for rule, _ in failed}
        if any(not self._quoted(*lie) for lie in lies.values()):
            found.add("quote")
        places = {(c.field, c.span) for c in self.reading.candidates}
        if any((path, span) not in places for path, (_, span) in lies.items()):
            found.add("place")
        if not self._believed(lies):
            found.add("settle")
        return found

    def _quoted(self, value: int | Decimal, span: Span | None) -> bool:
        if span is None:
            return False
        quote = self.reading.document.text[span[0] : span[1]]
        return quote.strip() == str(value)

    def _believed(self, lies: Lies) -> bool:
        offered = tuple(
            c._replace(value=lies[c.field][0])
            if c.field in lies and c.source == "table" and c.value is not None
            else c
            for c in self.reading.candidates
        )
        fields = settle(offered, FORM)
        return all(
            fields[path].status in CONFIDENT and fields[path].value == value
            for path, (value, _) in lies.items()
        )


def readings(count: int, seed: int) -> Iterator[Judge]:
    """True reports of which every cell of section 三 was read."""
    index = 0
    while count:
        rng = Random(f"mutate:{seed}:{index}")
        truth = busy(rng, "2021")
        index += 1
        if truth.merged_other:
            continue
        rendered = LAYOUTS[rng.choice(RULED)](truth, rng)
        reading = read(load(rendered.text))
        fields = reading.report.fields
        if all(fields[p].status in CONFIDENT and fields[p].span for p in FORM.request_cells):
            count -= 1
            yield Judge(reading)


def table(count: int, seed: int) -> dict[str, tuple[int, Counter[str]]]:
    """For each mutation the number of mutants, and how many each check catches."""
    found: dict[str, tuple[int, Counter[str]]] = {name: (0, Counter()) for name in MUTATIONS}
    for number, judge in enumerate(readings(count, seed)):
        for name, mutation in MUTATIONS.items():
            lies = mutation(judge.fields, Random(f"{seed}:{number}:{name}"))
            lies = {p: lie for p, lie in lies.items() if lie != _own(judge.fields, p)}
            if not any(v != judge.fields[p].value for p, (v, _) in lies.items()):
                continue
            mutants, caught = found[name]
            objections = judge.objections(lies)
            caught.update(objections or {"none"})
            if objections - {"settle"}:
                caught["any"] += 1
            found[name] = (mutants + 1, caught)
    return found


def main(argv: list[str] | None = None) -> int:
    """Print the table; 1 if a mutant escapes every check."""
    parser = argparse.ArgumentParser(prog="python -m evals.mutate", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="true reports")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    print(f"{'lie':20}{'mutants':>8}" + "".join(f"{c:>9}" for c in (*CHECKS, "any")))
    escaped = 0
    for name, (mutants, caught) in table(args.count, args.seed).items():
        shares = (f"{100 * caught[c] / max(1, mutants):7.1f} %" for c in (*CHECKS, "any"))
        print(f"{name:20}{mutants:8}" + "".join(shares))
        escaped += caught["none"]
    print(f"{escaped} mutants escape every check")
    return int(escaped > 0)


if __name__ == "__main__":
    sys.exit(main())
