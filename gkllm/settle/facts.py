"""Candidates of prose > facts: the likeliest sources must agree, or the fact is disputed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from gkllm.document import Span
from gkllm.form import Form
from gkllm.report import CONFIDENT, Alternative, Candidate, Field, Reason, Status
from gkllm.settle.recognised import UNREAD

_ABSENT = Field.of(value=None, status=Status.MISSING, reason=Reason.ABSENT)


def settle_facts(candidates: Iterable[Candidate], form: Form) -> dict[str, Field]:
    """One field for each fact of the form; two places that agree verify each other.

    With them the witnesses that prose offers, which are no fields of a report.
    """
    of_fact = _by_fact(candidates)
    said = [w.fact for w in form.witnesses if w.fact in of_fact]
    return {path: _settled(of_fact.get(path, ())) for path in (*form.fact_kinds, *said)}


def witnesses(candidates: Iterable[Candidate], form: Form) -> dict[str, Field]:
    """What prose says of single cells; only what it does say."""
    known = {w.fact for w in form.witnesses}
    of_fact = _by_fact(c for c in candidates if c.field in known)
    said = dict.fromkeys(w.fact for w in form.witnesses if w.fact in of_fact)
    return {path: _settled(of_fact[path]) for path in said}


def _by_fact(candidates: Iterable[Candidate]) -> dict[str, list[Candidate]]:
    of_fact: dict[str, list[Candidate]] = defaultdict(list)
    for c in candidates:
        of_fact[c.field].append(c)
    return of_fact


def _settled(candidates: Sequence[Candidate]) -> Field:
    if not candidates:
        return _ABSENT
    least = min(c.bundle.doubt for c in candidates)
    strong = [c for c in candidates if c.bundle.doubt == least]
    first = strong[0]
    if any(c.value != first.value for c in strong):
        return Field.of(
            value=None,
            status=Status.DISPUTED,
            reason=Reason.AMBIGUOUS,
            alternatives=_alternatives(strong),
        )
    same = [c for c in candidates if c.value == first.value]
    # A doubt is not settled by saying the same again.
    verified = _apart(c.span for c in same) > 1 and any(c.confidence >= UNREAD for c in same)
    return Field.of(
        value=first.value,
        status=Status.VERIFIED if verified else Status.READ,
        source=first.source,
        quote=first.quote,
        span=first.span,
        approximate=any(c.approximate for c in strong),
    )


def _apart(spans: Iterable[Span | None]) -> int:
    """How many places the spans are: those that overlap are one statement."""
    count, end = 0, -1
    for first, last in sorted(span for span in set(spans) if span is not None):
        if first >= end:
            count += 1
        end = max(end, last)
    return count


def _alternatives(candidates: Sequence[Candidate]) -> list[Alternative]:
    different: dict[str, Alternative] = {}
    for c in candidates:
        if not isinstance(c.value, list):
            different.setdefault(
                str(c.value),
                Alternative.of(value=c.value, source=c.source, quote=c.quote, span=c.span),
            )
    return list(different.values())


def agreeing(facts: Mapping[str, Field], form: Form, values: Mapping[str, int]) -> dict[str, str]:
    """The cells that a sentence confirms, each with the fact that says the same.

    A sentence confirms a cell alone; where a fact is the sum of two cells, neither is confirmed
    by itself unless the other is 0.
    """
    found: dict[str, str] = {}
    for relation in (*form.relations, *form.witnesses):
        fact = facts.get(relation.fact)
        if fact is None or fact.open or fact.approximate or not isinstance(fact.value, int):
            continue
        for reading in relation.readings:
            cells = [values.get(path) for path in reading]
            if None in cells or sum(v for v in cells if v is not None) != fact.value:
                continue
            held = [path for path in reading if values[path]] or list(reading)
            # Of the rows of a group a witness knows the sum only, not which of them holds it.
            alone = len(reading) if relation in form.witnesses else len(held)
            if alone == 1 or not fact.value:
                found.update(dict.fromkeys(held, relation.fact))
            break
    return found


def contested(
    facts: Mapping[str, Field], said: Iterable[Candidate], form: Form, fields: Mapping[str, Field]
) -> dict[str, Field]:
    """The facts, disputed where the table prints another number for all that they may mean.

    A report gives the figures of a county and of its office, of several years, of all cases and
    of those of disclosure; which of them it is about, its table tells. If a weaker sentence says
    what the table does, no value is given; else what the prose says stands beside the table's.
    """
    of_fact = _by_fact(said)
    found = dict(facts)
    for relation in form.relations:
        fact = facts[relation.fact]
        if fact.open or fact.approximate or not isinstance(fact.value, int):
            continue
        rows = [_cells(paths, fields) for paths in relation.readings]
        sums = [_sum(row) for row in rows]
        if fact.value in sums or not any(s is not None for s in sums):
            continue
        others = [c for c in of_fact.get(relation.fact, ()) if c.value in sums]
        if others:
            own = [c for c in of_fact[relation.fact] if c.value == fact.value]
            found[relation.fact] = Field.of(
                value=None,
                status=Status.DISPUTED,
                reason=Reason.AMBIGUOUS,
                alternatives=_alternatives([*own, *others]),
            )
        elif None not in sums and fact.status is Status.READ:
            printed = [row[0] for row in rows if len(row) == 1]
            found[relation.fact] = fact.model_copy(
                update={"status": Status.DISPUTED, "alternatives": _offered(printed)}
            )
    return found


def sums_of_cells(
    facts: Mapping[str, Field], form: Form, fields: Mapping[str, Field]
) -> frozenset[str]:
    """The facts that say what several printed cells add up to, which no other number would."""
    return frozenset(
        relation.fact
        for relation in form.relations
        for paths in relation.readings
        if len(paths) > 1
        and facts[relation.fact].value
        and _sum(_cells(paths, fields)) == facts[relation.fact].value
    )


def _cells(paths: Iterable[str], fields: Mapping[str, Field]) -> list[Field]:
    return [fields.get(path, _ABSENT) for path in paths]


def _sum(cells: Sequence[Field]) -> int | None:
    """What printed cells add up to; None where one of them is not certain."""
    values = [c.value for c in cells if c.status in (Status.VERIFIED, Status.READ)]
    counts = [value for value in values if isinstance(value, int)]
    return sum(counts) if len(counts) == len(cells) else None


def zeros(facts: Mapping[str, Field], form: Form) -> dict[str, str]:
    """Cells that must be 0 because a sentence says that there was none, with that fact."""
    found: dict[str, str] = {}
    for relation in form.relations:
        fact = facts[relation.fact]
        exact = not fact.open and not fact.approximate and not _inferred(facts, relation.fact)
        if exact and fact.value == 0:
            found.update(dict.fromkeys(relation.readings[0], relation.fact))
    return found


# ---------------------------------------------------------------- answered, said by "all of them"

_RECEIVED, _ANSWERED = "facts.applications_received", "facts.applications_answered"
_CARRIED_IN = "facts.applications_carried_in"
_CARRIED_OUT = "facts.applications_carried_out"


def _inferred(facts: Mapping[str, Field], path: str) -> bool:
    """Whether a fact rests on the number of another: 收到17件,均已办结 says 17 once."""
    fact, received = facts[path], facts[_RECEIVED]
    if path != _ANSWERED or fact.span is None or fact.open:
        return False
    read = [received.span, *(a.span for a in received.alternatives or ())]
    return fact.span in read


def with_inferred(
    facts: Mapping[str, Field], said: Iterable[Candidate], fields: Mapping[str, Field]
) -> dict[str, Field]:
    """The facts, with "all of them were answered" judged by the table.

    Received and answered differ by what was carried over, so the number holds where the table
    gives the same, or where no sentence and no cell knows of requests carried in.
    """
    fact = facts[_ANSWERED]
    table = fields.get("requests.total_handled.total")
    if not _inferred(facts, _ANSWERED):
        if _short(facts, said) and (table is None or table.value is None):
            return {**facts, _ANSWERED: _rivals(fact)}
        return dict(facts)
    if table is not None and table.status in CONFIDENT and table.value is not None:
        if table.value == fact.value:
            judged = fact.model_copy(update={"status": Status.VERIFIED})
        else:
            judged = _rivals(fact, table)
    elif _carried(facts[_CARRIED_IN]) or _carried(fields.get("requests.carried_in.total")):
        judged = _rivals(fact)
    else:
        judged = fact
    return {**facts, _ANSWERED: judged}


def _short(facts: Mapping[str, Field], said: Iterable[Candidate]) -> bool:
    """Whether as many were answered as came in, though some were carried in and none out.

    Then 14件均已答复 may count the new ones only; but not 答复14件, which nothing doubts.
    """
    if any(c.field == _ANSWERED and not c.bundle.doubt for c in said):
        return False
    answered, received = facts[_ANSWERED].value, facts[_RECEIVED].value
    same = answered is not None and answered == received
    return same and bool(facts[_CARRIED_IN].value) and not facts[_CARRIED_OUT].value


def _carried(field: Field | None) -> bool:
    """Whether requests may have been carried in."""
    return field is not None and (bool(field.value) or field.status is Status.DISPUTED)


def _rivals(*fields: Field) -> Field:
    return Field.of(
        value=None,
        status=Status.DISPUTED,
        reason=Reason.AMBIGUOUS,
        alternatives=_offered(fields),
    )


def _offered(fields: Iterable[Field]) -> list[Alternative]:
    return [
        Alternative.of(value=f.value, source=f.source or "rule", quote=f.quote, span=f.span)
        for f in fields
        if not isinstance(f.value, list) and not isinstance(f.quote, list)
    ]
