"""Numbers that were recognised in a picture: what the reader's own doubt is worth.

A model of characters is sure of itself, also where it is wrong; what it doubts is another
matter. A number that it read in two ways, or hardly, is no number: the rules may find it. One
that it was not quite sure of counts only where a sum or a sentence confirms it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from gkllm.document import Span
from gkllm.report import Alternative, Candidate, Field, Reason, Status
from gkllm.settle.company import with_what_follows

# On scanned pages (suite `scan`) clean numbers have 0.9 and more, worn ones 0.5 to 0.9, and
# what two cuts read alike was right in all of them; the margins are for what was not seen.
UNREAD = 0.55
SURE = 0.8
SURE_PROSE = 0.9  # the mean of a whole line hides one doubtful character


def unread(candidate: Candidate) -> Candidate:
    """A cell whose number was hardly recognised, as one that cannot be read."""
    if candidate.value is None or candidate.confidence >= UNREAD:
        return candidate
    return candidate._replace(value=None, reason=Reason.UNREADABLE)


def doubted(
    fields: Mapping[str, Field],
    candidates: Iterable[Candidate],
    sure: AbstractSet[str] = frozenset(),
) -> dict[str, Field]:
    """The fields, disputed where only an unsure reading stands behind them; but for `sure` ones."""
    unsure = {
        (c.field, c.span)
        for c in candidates
        # Hardly any is unsure at all: what is the same for all comes first.
        if c.confidence < SURE_PROSE and c.confidence < _least(c) and c.field not in sure
    }
    found = dict(fields)
    if not unsure:
        return found
    weak = [path for path, field in fields.items() if _weak(path, field, unsure)]
    for path in with_what_follows(weak, fields):
        found[path] = _disputed(found[path])
    return found


def _least(candidate: Candidate) -> float:
    return SURE if candidate.source == "table" else SURE_PROSE


def _weak(path: str, field: Field, unsure: AbstractSet[tuple[str, Span | None]]) -> bool:
    if field.status is not Status.READ:
        return False
    spans = field.span if isinstance(field.span, list) else [field.span]
    return any(
        (path, span) in unsure for span in (*spans, field.span) if not isinstance(span, list)
    )


def _disputed(field: Field) -> Field:
    alternatives = None
    if not isinstance(field.value, list) and isinstance(field.span, tuple):
        quote = field.quote if isinstance(field.quote, str) else None
        alternatives = [
            Alternative.of(
                value=field.value, source=field.source or "table", quote=quote, span=field.span
            )
        ]
    return field.model_copy(
        update={"status": Status.DISPUTED, "from_": None, "alternatives": alternatives}
    )
