"""Candidates x sum rules > fields: the only place that decides.

First the readings: of every place one bundle survives, or several do (`choose`). Then the
faults: where what is printed does not add up, the cells that can be wrong are disputed and
nothing is concluded from them (`sums.suspects`). Then what follows: cells that the rules
leave only one value (`sums.derive`). A value is confident only if all surviving readings
agree on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from gkllm.form import Form, form
from gkllm.report import Alternative, Candidate, Field, Reason, Status
from gkllm.settle.choose import Assignment, Option, choose, options
from gkllm.settle.facts import agreeing, settle_facts, zeros
from gkllm.settle.sums import Equation, broken, confirms, derive, equations, suspects

_EMPTY = (Reason.BLANK, Reason.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class _World:
    """What one surviving assignment makes of the table cells."""

    printed: Mapping[str, Candidate]
    values: Mapping[str, int]
    suspects: Mapping[str, int | None]
    derived: Mapping[str, tuple[int, tuple[str, ...]]]


def settle(candidates: Sequence[Candidate], form: Form) -> dict[str, Field]:
    """A field for each path of the contract, decided from all candidates."""
    cells = [c for c in candidates if not c.field.startswith("facts.")]
    facts = settle_facts((c for c in candidates if c.field.startswith("facts.")), form)
    printed_form = _as_printed(form, cells)
    rules = equations(printed_form)
    choice = choose(options(cells, rules), rules)
    varying = _varying(choice.unsettled)
    worlds = [_world(s, set(varying), rules, facts, form) for s in choice.survivors]
    confirmed = _confirmed(worlds[0], rules, facts, form)
    paths = dict.fromkeys((*printed_form.cells, *(c.field for c in cells)))
    fields = {
        path: _disputed(varying[path]) if path in varying else _field(path, worlds, confirmed)
        for path in paths
    }
    _spread_merged(fields, printed_form)
    return {**_in_contract_order(fields, form), **_verified_facts(facts, fields, form)}


def _as_printed(edition: Form, cells: Iterable[Candidate]) -> Form:
    """The form with the groups merged that the document prints as one row."""
    rows = {c.field.rpartition(".")[0] for c in cells if c.reason is not Reason.ABSENT}
    merged = []
    for group in edition.groups:
        parts = [r.key for r in edition.rows if r.key.startswith(f"{group.key}.")]
        split = any(f"requests.{key}" in rows for key in parts)
        if f"requests.{group.key}.subtotal" in rows and not split:
            merged.append(group.key)
    known = edition.edition if edition.edition != "older" else "2021"
    return form(known, tuple(merged)) if merged and known != "2019" else edition


def _varying(unsettled: Mapping[str, Sequence[Option]]) -> dict[str, list[Alternative]]:
    """The cells of places that stay unsettled in which their options differ, with all they say."""
    found: dict[str, list[Alternative]] = {}
    for place in unsettled.values():
        for path in dict.fromkeys(p for option in place for p in option.values):
            if len({option.values.get(path) for option in place}) > 1:
                printed = [option.cells.get(path) for option in place]
                found[path] = [
                    Alternative(value=c.value, source=c.source, quote=c.quote, span=c.span)
                    for c in printed
                    if c is not None and isinstance(c.value, int)
                ]
    return found


def _world(
    assignment: Assignment,
    open_cells: AbstractSet[str],
    rules: Sequence[Equation],
    facts: Mapping[str, Field],
    form: Form,
) -> _World:
    printed = {p: c for option in assignment.values() for p, c in option.cells.items()}
    values = {p: c.value for p, c in printed.items() if isinstance(c.value, int)}
    doubted = suspects(rules, values)
    barred = {
        p for p, c in printed.items() if c.reason in (Reason.NOT_APPLICABLE, Reason.ABSENT)
    } | set(doubted) | open_cells
    seeds = {
        path: fact
        for path, fact in zeros(facts, form).items()
        if path not in values and path not in barred
    }
    known = {**values, **dict.fromkeys(seeds, 0)}
    found = {path: (0, (fact,)) for path, fact in seeds.items()}
    if len(known) < sum(len(e.terms) for e in rules):
        found |= derive(rules, known, barred=barred)
    return _World(printed, values, doubted, _sound(found, values, rules, doubted))


def _sound(
    derived: dict[str, tuple[int, tuple[str, ...]]],
    values: Mapping[str, int],
    rules: Sequence[Equation],
    doubted: Mapping[str, int | None],
) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Take back what contradicts a rule, and whatever was concluded from it."""
    if not derived:
        return derived
    known = {p: v for p, v in values.items() if p not in doubted}
    known |= {p: v for p, (v, _) in derived.items()}
    wrong = {
        path
        for e in rules
        if broken(e, known)
        for path, _ in e.terms
        if path in derived
    }
    while True:
        more = {p for p, (_, sources) in derived.items() if p not in wrong and wrong & set(sources)}
        if not more:
            return {p: d for p, d in derived.items() if p not in wrong}
        wrong |= more


def _confirmed(
    world: _World, rules: Sequence[Equation], facts: Mapping[str, Field], form: Form
) -> set[str]:
    """Printed cells that a rule over printed cells, or a sentence, agrees with."""
    empty = {p for p, c in world.printed.items() if c.reason in _EMPTY}
    sure = {p: v for p, v in world.values.items() if p not in world.suspects}
    found = {
        path for e in rules if confirms(e, sure, empty) for path, _ in e.terms if path in sure
    }
    return found | set(agreeing(facts, form, sure))


# ---------------------------------------------------------------- fields


def _field(path: str, worlds: Sequence[_World], confirmed: set[str]) -> Field:
    first = worlds[0]
    seen = [_seen(path, world) for world in worlds]
    if any(value != seen[0] for value in seen[1:]):
        return _rivals(path, worlds, seen)
    candidate = first.printed.get(path)
    if candidate is None or candidate.value is None:
        return _unprinted(path, first, candidate)
    status = Status.VERIFIED if path in confirmed else Status.READ
    alternatives = None
    if any(path in world.suspects for world in worlds):
        status = Status.DISPUTED
        mended = first.suspects.get(path)
        alternatives = [Alternative(value=mended, source="rule")] if mended is not None else None
    return Field.model_construct(
        value=candidate.value,
        status=status,
        source=candidate.source,
        quote=candidate.quote,
        span=candidate.span,
        alternatives=alternatives,
    )


def _seen(path: str, world: _World) -> object:
    """The value of a cell in one world: printed or derived, or why there is none."""
    candidate = world.printed.get(path)
    if candidate is not None and candidate.value is not None:
        return candidate.value
    return world.derived[path][0] if path in world.derived else None


def _rivals(path: str, worlds: Sequence[_World], seen: Sequence[object]) -> Field:
    offered: list[Alternative] = []
    for world, value in zip(worlds, seen, strict=True):
        c = world.printed.get(path)
        if c is not None and c.value is not None and not isinstance(c.value, list):
            found = Alternative(value=c.value, source=c.source, quote=c.quote, span=c.span)
        elif isinstance(value, int):
            found = Alternative(value=value, source="rule")
        else:
            continue
        offered.append(found)
    return _disputed(offered)


def _disputed(offered: Sequence[Alternative]) -> Field:
    """Several readings survive: none is given, all are shown."""
    different: dict[str, Alternative] = {}
    for alternative in offered:
        different.setdefault(str(alternative.value), alternative)
    return Field.model_construct(
        value=None,
        status=Status.DISPUTED,
        reason=Reason.AMBIGUOUS,
        alternatives=list(different.values()),
    )


def _unprinted(path: str, world: _World, candidate: Candidate | None) -> Field:
    if path in world.derived:
        value, sources = world.derived[path]
        return Field.model_construct(
            value=value, status=Status.DERIVED, source="rule", from_=list(sources)
        )
    if candidate is None:
        return Field.model_construct(value=None, status=Status.MISSING, reason=Reason.LOST)
    return Field.model_construct(
        value=None,
        status=Status.MISSING,
        reason=candidate.reason,
        source=candidate.source if candidate.span else None,
        quote=candidate.quote,
        span=candidate.span,
    )


def _spread_merged(fields: dict[str, Field], printed: Form) -> None:
    """The rows that a merged row stands for: 0 where it is 0, else not in the document."""
    for group, parts in printed.merged.items():
        reason = Reason.NOT_APPLICABLE if printed.edition == "2019" else Reason.ABSENT
        for column in printed.columns:
            whole = fields[f"requests.{group}.{column.key}"]
            for part in parts:
                path = f"requests.{part}.{column.key}"
                if whole.value == 0 and not whole.open and reason is Reason.ABSENT:
                    fields[path] = Field.model_construct(
                        value=0,
                        status=Status.DERIVED,
                        source="rule",
                        from_=[f"requests.{group}.{column.key}"],
                    )
                else:
                    fields[path] = Field.model_construct(
                        value=None, status=Status.MISSING, reason=reason
                    )


def _in_contract_order(fields: Mapping[str, Field], edition: Form) -> dict[str, Field]:
    """All 200 cells of the contract, then rows that only this document prints."""
    unread = Field.model_construct(
        value=None, status=Status.MISSING, reason=Reason.NOT_APPLICABLE
    )
    ordered = {}
    for path in form("2021").cells:
        skipped = path.split(".")[0] in edition.unread
        ordered[path] = unread if skipped else fields.get(path, unread)
    return ordered | {path: f for path, f in fields.items() if path not in ordered}


def _verified_facts(
    facts: Mapping[str, Field], fields: Mapping[str, Field], edition: Form
) -> dict[str, Field]:
    """A sentence and a printed cell that say the same verify each other."""
    printed = {
        path: f.value
        for path, f in fields.items()
        if isinstance(f.value, int) and f.status in (Status.VERIFIED, Status.READ)
    }
    agreed = set(agreeing(facts, edition, printed).values())
    return {
        path: f.model_copy(update={"status": Status.VERIFIED})
        if path in agreed and f.status is Status.READ
        else f
        for path, f in facts.items()
    }
