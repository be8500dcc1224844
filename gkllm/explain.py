"""A field's story: what was read where, which rules touch it, why its status is what it is."""

from __future__ import annotations

from collections.abc import Iterator

from gkllm.form import Form
from gkllm.pipeline import Reading
from gkllm.report import Alternative, Candidate, Check, Field, Reason, Status
from gkllm.write.jsonl import form_of
from gkllm.write.words import statement, title

_WHY = {
    Status.VERIFIED: (
        "Printed, it is certain where it belongs, and something independent agrees: "
        "a sum over printed cells that are not all zero, or a sentence."
    ),
    Status.READ: (
        "Printed, it is certain where it belongs, nothing contradicts it; nothing confirms it."
    ),
    Status.DERIVED: (
        "Not legible, but the only value that the rules and the rest of the document allow."
    ),
    Status.FILLED: (
        "Supplied by the model; its quote stands in the document and an independent witness agrees."
    ),
    Status.DISPUTED: "The document contradicts itself here, or several readings survive.",
    Status.MISSING: "No value can be given.",
}
_WHY_NULL = {
    Reason.ABSENT: "The document has no such place.",
    Reason.BLANK: "The place is there and nothing is printed in it.",
    Reason.NOT_APPLICABLE: (
        "The document says that it does not apply, or this edition has no such cell."
    ),
    Reason.LOST: "The place was in the document; this text of it lost the value.",
    Reason.AMBIGUOUS: "Several values are possible, or their place is not certain.",
    Reason.UNREADABLE: "Something is printed there that is no number.",
}


def matching(reading: Reading, wanted: str) -> list[str]:
    """The paths of a report that a word names: one field, or all below a prefix."""
    paths = list(reading.report.fields)
    if wanted in reading.report.fields:
        return [wanted]
    return [path for path in paths if path.startswith(wanted.rstrip(".") + ".")]


def story(reading: Reading, path: str) -> Iterator[str]:
    """One field's story, line by line."""
    report = reading.report
    field = report[path]
    blank = form_of(report)
    yield f"{path}  {' / '.join(title(path, blank))}"
    yield f"  {_shown(field)}"
    yield f"  why: {_why(field)}"
    yield from _evidence(field, reading)
    for alternative in field.alternatives or []:
        where = _at(alternative, reading)
        yield f"  alternative: {alternative.value} from {alternative.source}{where}"
    offered = [c for c in reading.candidates if c.field == path]
    yield from (f"  candidate: {_offer(candidate, reading)}" for candidate in offered)
    if not offered:
        yield "  candidate: none; nothing in the document was read for this field"
    for check in _rules_over(path, blank, report.checks):
        yield f"  rule {check.outcome.replace('_', ' ')}: {statement(check)}"


def _shown(field: Field) -> str:
    value = "no value" if field.value is None else f"{field.value}"
    about = " (approximate)" if field.approximate else ""
    source = f", from {field.source}" if field.source else ""
    return f"{value}{about}: {field.status}{source}"


def _why(field: Field) -> str:
    why = _WHY[field.status]
    if field.reason:
        why += f" {_WHY_NULL[field.reason]}"
    if field.from_:
        why += f" It follows from {', '.join(field.from_)}."
    return why


def _evidence(field: Field, reading: Reading) -> Iterator[str]:
    if field.quote is None or field.span is None:
        return
    quotes = [field.quote] if isinstance(field.quote, str) else field.quote
    spans = [field.span] if isinstance(field.span, tuple) else field.span
    for quote, span in zip(quotes, spans, strict=False):
        yield f"  printed: {quote!r}{_place(span, reading)}"


def _offer(candidate: Candidate, reading: Reading) -> str:
    value = candidate.value if candidate.reason is None else f"nothing ({candidate.reason})"
    bundle = candidate.bundle
    return (
        f"{value} from {candidate.source}{_at(candidate, reading)}; "
        f'read "{bundle.reading}" with {bundle.place}, doubt {bundle.doubt}'
    )


def _at(found: Candidate | Alternative, reading: Reading) -> str:
    quote = "" if found.quote is None else f" {found.quote!r}"
    return quote + (_place(found.span, reading) if found.span else "")


def _place(span: tuple[int, int], reading: Reading) -> str:
    line = reading.document.text.count("\n", 0, span[0]) + 1
    return f", line {line}, characters {span[0]} to {span[1]}"


def _rules_over(path: str, blank: Form, checks: list[Check]) -> Iterator[Check]:
    """The checks of rules and relations in which a field takes part."""
    rules = {(r.id, r.at) for r in blank.rules if path in r.left or path in r.right}
    relations = {
        r.id for r in blank.relations if path == r.fact or any(path in x for x in r.readings)
    }
    for check in checks:
        if (check.rule, check.at) in rules or check.rule in relations or check.at == path:
            yield check
