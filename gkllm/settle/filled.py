"""Candidates of a model > fields: a witnessed answer fills, any other is a suggestion.

Only open fields are touched. A row of a table is filled where its answer is a whole row and sums
over cells that are not all zero confirm it, along the row and down every column that was open;
no sum may break. A fact is filled where its answer is the only one and the words
of the document (`ask.witness`, by the doubt of its bundle) or a settled cell agree, and no
settled cell speaks against it. Where sentences of the document contradict each other, no model
can tell which of them is right: such a field stays disputed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from gkllm.form import Form
from gkllm.report import CONFIDENT, Alternative, Candidate, Field, Status
from gkllm.settle.sums import broken, confirms, equations

MODEL = "model"
_WITNESSED, _NAMED = 0, 1  # doubts of a bundle: the words agree; the field is named at least


def fill(fields: Mapping[str, Field], offered: Sequence[Candidate], form: Form) -> dict[str, Field]:
    """The fields with what a model offers for those that are open."""
    found = dict(fields)
    by_path: dict[str, list[Candidate]] = defaultdict(list)
    rows: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in offered:
        if candidate.field.startswith("facts."):
            by_path[candidate.field].append(candidate)
        else:
            rows[candidate.bundle.place].append(candidate)
    _fill_rows(found, list(rows.values()), form)
    for path, candidates in by_path.items():
        field = found.get(path)
        if field is None or not field.open:
            continue
        first = candidates[0]
        alone = all(c.value == first.value for c in candidates)
        if alone and field.status is Status.MISSING and _holds(candidates, fields, form):
            found[path] = _filled(min(candidates, key=lambda c: c.bundle.doubt))
        else:
            found[path] = _suggested(field, candidates)
    return found


_Row = Sequence[Candidate]


def _fill_rows(fields: dict[str, Field], rows: Sequence[_Row], form: Form) -> None:
    """Of each answer to a row all open cells are filled, or all are suggestions.

    Rows that were lost together prove each other, or each stands for itself.
    """
    whole = [row for row in rows if all(c.bundle.doubt <= _NAMED for c in row)]
    together = _proven(fields, whole, form)
    sound = whole if together else [row for row in whole if _proven(fields, [row], form)]
    for row in rows:
        for c in row:
            if c.field in fields and fields[c.field].open:
                fields[c.field] = _filled(c) if row in sound else _suggested(fields[c.field], [c])


def _proven(fields: Mapping[str, Field], rows: Sequence[_Row], form: Form) -> bool:
    """Whether whole rows agree with all settled cells, by sums that are not all of zeros."""
    said = {c.field: c.value for row in rows for c in row if isinstance(c.value, int)}
    settled = {
        path: field.value
        for path, field in fields.items()
        if field.status in CONFIDENT and isinstance(field.value, int)
    }
    if not said or any(settled.get(path, value) != value for path, value in said.items()):
        return False
    known = {**settled, **said}
    touching = [e for e in equations(form) if e.paths & said.keys()]
    if any(broken(e, known) for e in touching):
        return False
    proven = [e for e in touching if confirms(e, known, frozenset())]
    along = {p for e in proven if len(e.places) == 1 for p in e.paths}
    down = {p for e in proven if len(e.places) > 1 for p in e.paths}
    return all(p in along and p in down for p in said if p not in settled)


def _holds(candidates: Sequence[Candidate], fields: Mapping[str, Field], form: Form) -> bool:
    """Whether something independent agrees with an answer and no settled cell contradicts it."""
    first = candidates[0]
    table = _by_cells(first, fields, form)
    if table is False:
        return False
    least = min(c.bundle.doubt for c in candidates)
    return least <= (_NAMED if table else _WITNESSED)


def _by_cells(candidate: Candidate, fields: Mapping[str, Field], form: Form) -> bool | None:
    """What settled cells say: they agree, they contradict, or (None) they cannot tell.

    A zero of the table proves no sentence: half of all cells are zero.
    """
    for relation in form.relations:
        if relation.fact != candidate.field:
            continue
        sums = [_sum(reading, fields) for reading in relation.readings]
        if candidate.value in sums:
            return True if candidate.value else None
        if None not in sums:
            return False
    return None


def _sum(reading: Sequence[str], fields: Mapping[str, Field]) -> int | None:
    total = 0
    for path in reading:
        field = fields.get(path)
        if field is None or field.status not in CONFIDENT or not isinstance(field.value, int):
            return None
        total += field.value
    return total


def _filled(candidate: Candidate) -> Field:
    return Field.of(
        value=candidate.value,
        status=Status.FILLED,
        source=MODEL,
        quote=candidate.quote,
        span=candidate.span,
        approximate=candidate.approximate,
    )


def _suggested(field: Field, candidates: Sequence[Candidate]) -> Field:
    """The field as it was, with the answers among its alternatives."""
    found = list(field.alternatives or ())
    for candidate in candidates:
        values = candidate.value if isinstance(candidate.value, list) else [candidate.value]
        for value in values:
            quote = value if isinstance(candidate.value, list) else candidate.quote
            one = Alternative.of(value=value, source=MODEL, quote=quote, span=candidate.span)
            if one not in found:
                found.append(one)
    return field.model_copy(update={"alternatives": found})
