"""Candidates of prose > facts: the likeliest sources must agree, or the fact is disputed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from gkllm.form import Form
from gkllm.report import Alternative, Candidate, Field, Reason, Status


def settle_facts(candidates: Iterable[Candidate], form: Form) -> dict[str, Field]:
    """One field for each fact of the form; two places that agree verify each other."""
    of_fact: dict[str, list[Candidate]] = defaultdict(list)
    for c in candidates:
        of_fact[c.field].append(c)
    return {path: _settled(of_fact.get(path, ())) for path in form.fact_kinds}


def _settled(candidates: Sequence[Candidate]) -> Field:
    if not candidates:
        return Field.model_construct(
            value=None, status=Status.MISSING, reason=Reason.ABSENT
        )
    least = min(c.bundle.doubt for c in candidates)
    strong = [c for c in candidates if c.bundle.doubt == least]
    first = strong[0]
    if any(c.value != first.value for c in strong):
        return Field.model_construct(
            value=None,
            status=Status.DISPUTED,
            reason=Reason.AMBIGUOUS,
            alternatives=_alternatives(strong),
        )
    places = {c.span for c in candidates if c.value == first.value}
    return Field.model_construct(
        value=first.value,
        status=Status.VERIFIED if len(places) > 1 else Status.READ,
        source=first.source,
        quote=first.quote,
        span=first.span,
        approximate=any(c.approximate for c in strong),
    )


def _alternatives(candidates: Sequence[Candidate]) -> list[Alternative]:
    different: dict[str, Alternative] = {}
    for c in candidates:
        if not isinstance(c.value, list):
            different.setdefault(
                str(c.value),
                Alternative(value=c.value, source=c.source, quote=c.quote, span=c.span),
            )
    return list(different.values())


def agreeing(
    facts: Mapping[str, Field], form: Form, values: Mapping[str, int]
) -> dict[str, str]:
    """The cells that a sentence confirms, each with the fact that says the same.

    A sentence confirms a cell alone; where a fact is the sum of two cells, neither is confirmed
    by itself unless the other is 0.
    """
    found: dict[str, str] = {}
    for relation in form.relations:
        fact = facts[relation.fact]
        if fact.open or fact.approximate or not isinstance(fact.value, int):
            continue
        for reading in relation.readings:
            cells = [values.get(path) for path in reading]
            if None in cells or sum(v for v in cells if v is not None) != fact.value:
                continue
            held = [path for path in reading if values[path]] or list(reading)
            if len(held) == 1 or not fact.value:
                found.update(dict.fromkeys(held, relation.fact))
            break
    return found


def zeros(facts: Mapping[str, Field], form: Form) -> dict[str, str]:
    """Cells that must be 0 because a sentence says that there was none, with that fact."""
    found: dict[str, str] = {}
    for relation in form.relations:
        fact = facts[relation.fact]
        if not fact.open and fact.value == 0 and not fact.approximate:
            found.update(dict.fromkeys(relation.readings[0], relation.fact))
    return found
