"""Report > Checks: rules that judge what was concluded and never repair it.

A rule with an unknown input is not assessable, never a pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from gkllm.form import Form, Relation, Rule
from gkllm.report import Check, Field

# Who may issue 规章: provinces, cities with districts and their like (domain rule R7).
_RULE_MAKERS = ("省", "自治区", "自治州", "市", "国务院", "部", "署")
_NOT_RULE_MAKERS = ("镇", "乡", "街道", "街道办事处", "局", "县", "区", "中心", "办公室", "旗")
_EARLIEST_YEAR, _LATEST_YEAR = 2008, 2100  # the Regulation came into force on 1 May 2008

Numbers = Mapping[str, int | Decimal]  # the cells that have one


def check(
    fields: Mapping[str, Field], form: Form, witnesses: Mapping[str, Field] | None = None
) -> list[Check]:
    """Judge fields by the sum rules, prose against tables, plausibility and dates.

    `witnesses` are what sentences say of cells; those that were read are compared with them.
    """
    numbers = {p: f.value for p, f in fields.items() if isinstance(f.value, int | Decimal)}
    checks = [_sum(rule, numbers) for rule in _rules(fields, form)]
    checks += [_relation(r, fields.get(r.fact), numbers, r.fact) for r in form.relations]
    if witnesses:
        checks += [
            _relation(r, witnesses[r.fact], numbers, _common(r.readings[0]))
            for r in form.witnesses
            if r.fact in witnesses
        ]
    checks += _plausible(fields)
    checks += _dates(fields)
    return checks


def _rules(fields: Mapping[str, Field], form: Form) -> Iterator[Rule]:
    """The rules as this document prints them: with a group's row for its rows if that is all."""
    subtotals = {
        path.split(".")[1]
        for path in fields
        if ".subtotal." in path and path.startswith("requests.")
    }
    if not subtotals:
        yield from form.rules
        return
    for rule in form.rules:
        right = rule.right
        for group in subtotals:
            parts = [
                p for p in right if p.startswith(f"requests.{group}.") and ".subtotal." not in p
            ]
            if len(parts) > 1 and rule.id == "requests.breakdown" and _merged(parts, fields):
                whole = f"requests.{group}.subtotal.{parts[0].rpartition('.')[2]}"
                right = tuple(dict.fromkeys(whole if p in parts else p for p in right))
        yield Rule(rule.id, rule.at, rule.left, right)


def _merged(parts: list[str], fields: Mapping[str, Field]) -> bool:
    return all(p not in fields or fields[p].source != "table" for p in parts)


def _number(field: Field | None) -> int | Decimal | None:
    return field.value if field is not None and isinstance(field.value, int | Decimal) else None


def _total(paths: tuple[str, ...], numbers: Numbers) -> int | Decimal | None:
    total: int | Decimal = 0
    for path in paths:
        if path not in numbers:
            return None
        total += numbers[path]
    return total


Number = int | Decimal | None


def _check(rule: str, at: str, left: Number, right: Number, message: str | None = None) -> Check:
    """Two numbers that should be equal."""
    outcome = (
        "not_assessable" if left is None or right is None else "holds" if left == right else "fails"
    )
    return Check.of(rule=rule, at=at, outcome=outcome, left=left, right=right, message=message)


def _sum(rule: Rule, numbers: Numbers) -> Check:
    return _check(rule.id, rule.at, _total(rule.left, numbers), _total(rule.right, numbers))


def _common(paths: tuple[str, ...]) -> str:
    """The place that several cells share, or the one cell."""
    parts = [path.split(".") for path in paths]
    if len(parts) == 1:
        return paths[0]
    shared = (found[0] for found in zip(*parts, strict=False) if len(set(found)) == 1)
    return ".".join(shared).removesuffix(".total")


def _relation(relation: Relation, fact: Field | None, numbers: Numbers, at: str) -> Check:
    """What prose says against the cells it may mean; any of the readings will do."""
    said = _number(fact)
    if fact is None or fact.approximate:
        said = None
    sums = [_total(reading, numbers) for reading in relation.readings]
    first = next((s for s in sums if s is not None), None)
    found = next((s for s in sums if s is not None and s == said), first)
    if found != said and None in sums:
        said = None  # a reading that is not known might agree
    return _check(relation.id, at, said, found)


def _plausible(fields: Mapping[str, Field]) -> Iterator[Check]:
    """规章 are made by provinces and cities with districts; a town's are an agency's error."""
    agency = fields.get("facts.agency")
    counts = [
        _number(fields.get(f"disclosure.regulations.{c}"))
        for c in ("issued", "repealed", "in_force")
    ]
    name = agency.value if agency is not None and isinstance(agency.value, str) else None
    known = [c for c in counts if c is not None]
    if name is None or not known:
        yield _check("plausible.regulations", "disclosure.regulations", None, None)
        return
    core = name
    for suffix in ("办公室", "办公厅", "人民政府"):
        core = core.removesuffix(suffix) or core
    small = core.endswith(_NOT_RULE_MAKERS) and not core.endswith(_RULE_MAKERS)
    made = sum(known)
    if not made and len(known) < len(counts):
        yield _check("plausible.regulations", "disclosure.regulations", None, None)
        return
    yield Check.of(
        rule="plausible.regulations",
        at="disclosure.regulations",
        outcome="fails" if small and made else "holds",
        left=made,
        right=0 if small else None,
        message=f"{name} cannot issue 规章" if small and made else None,
    )


def _date(field: Field | None) -> date | None:
    try:
        return date.fromisoformat(str(field.value)) if field is not None and field.value else None
    except ValueError:
        return None


def _dates(fields: Mapping[str, Field]) -> Iterator[Check]:
    """The period is the report's year, and the report is published after it."""
    year = _number(fields.get("facts.year"))
    start, end = _date(fields.get("facts.period_start")), _date(fields.get("facts.period_end"))
    published = _date(fields.get("facts.published_on"))
    yield _check("dates.period_start", "facts.period_start", start.year if start else None, year)
    yield _check("dates.period_end", "facts.period_end", end.year if end else None, year)
    if published is None or year is None or not _EARLIEST_YEAR <= int(year) < _LATEST_YEAR:
        yield _check("dates.published", "facts.published_on", None, None)
        return
    first = date(int(year) + 1, 1, 1)
    late = published < first or published > date(int(year) + 1, 12, 31)
    yield Check.of(
        rule="dates.published",
        at="facts.published_on",
        outcome="fails" if late else "holds",
        left=published.isoformat(),
        right=str(int(year) + 1),
        message="published before the period ended or more than a year after" if late else None,
    )
