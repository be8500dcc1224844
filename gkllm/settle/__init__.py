"""Candidates x sum rules > fields: the only place that decides.

First the readings: of every place one bundle survives, or several do (`choose`). Then the
faults: where what is printed does not add up, the cells that can be wrong are disputed and
nothing is concluded from them (`sums.suspects`). Then what follows: cells that the rules
leave only one value (`worlds`). A value is confident only if all surviving readings agree on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby
from operator import attrgetter

from gkllm.form import Form, form
from gkllm.report import ASIDE, UNPLACED, Alternative, Candidate, Field, Reason, Status
from gkllm.settle.again import rivals
from gkllm.settle.choose import choose
from gkllm.settle.company import doubtful, with_what_follows
from gkllm.settle.facts import agreeing, contested, settle_facts, sums_of_cells, with_inferred
from gkllm.settle.filled import MODEL, fill
from gkllm.settle.moved import moved
from gkllm.settle.options import Option, options
from gkllm.settle.recognised import UNREAD, doubted, unread
from gkllm.settle.sums import equations, place_of
from gkllm.settle.worlds import World, world


def settle(candidates: Sequence[Candidate], form: Form) -> dict[str, Field]:
    """A field for each path of the contract, decided from all candidates.

    What a model offers comes last, for the fields that all else leaves open (`filled`).
    """
    offered = [c for c in candidates if c.source == MODEL]
    if not offered:
        return _read(candidates, form)
    fields = _read([c for c in candidates if c.source != MODEL], form)
    return fill(fields, offered, form)


def _read(candidates: Sequence[Candidate], form: Form) -> dict[str, Field]:
    """The fields as what was read in the document decides them."""
    cells: list[Candidate] = []
    stated: list[Candidate] = []
    for c in candidates:
        (stated if c.field.startswith("facts.") else cells).append(c)
    cells = [c if c.confidence >= UNREAD else unread(c) for c in cells]
    spoken_of = {c.bundle.place for c in _firsts(cells)}
    unplaced, cells = _apart(cells, UNPLACED)
    facts = settle_facts(stated, form)
    printed_form = _as_printed(form, cells)
    rules = equations(printed_form)
    aside, offered = (options(each, rules) for each in _apart(cells, ASIDE))
    choice = choose(offered, rules)
    varying = _varying(choice.unsettled) | {
        path: _numbers(option.cells.get(path) for option in said)
        for path, said in rivals(offered).items()
    }
    astray = moved(choice, rules)
    open_cells = astray | set(varying) | {c.field for c in unplaced}
    worlds = [
        world(s, offered, spoken_of, open_cells, rules, facts, form) for s in choice.survivors
    ]
    paths = dict.fromkeys((*printed_form.cells, *[c.field for c in cells]))
    shaken = astray.union(path for w in worlds for path in (*w.suspects, *w.shaky))
    fields = {
        path: _disputed(varying[path]) if path in varying else _field(path, worlds, shaken)
        for path in paths
    }
    fields |= {c.field: _missing(c) for c in unplaced}
    for path, said in list(_contradicted(fields, offered, aside)):
        fields[path] = _disputed([Alternative.of(value=fields[path].value, source="rule"), *said])
    for path in with_what_follows(doubtful(fields), fields):
        fields[path] = fields[path].model_copy(update={"status": Status.DISPUTED})
    _spread_merged(fields, printed_form)
    facts = _verified_facts(facts, stated, fields, form)
    settled = {**_in_contract_order(fields, form), **facts}
    # Words do not make a figure doubtful that the table adds up to.
    told = sums_of_cells(facts, form, fields)
    return doubted(settled, candidates, told)


_bundle = attrgetter("bundle")


def _firsts(cells: Iterable[Candidate]) -> Iterator[Candidate]:
    """The first candidate of each bundle, of which all stand together."""
    return (next(group) for _, group in groupby(cells, _bundle))


def _apart(cells: list[Candidate], reading: str) -> tuple[list[Candidate], list[Candidate]]:
    """The candidates of readings with a name, or one that begins with it, and all others."""
    if not any(c.bundle.reading.startswith(reading) for c in _firsts(cells)):
        return [], cells
    own = [c for c in cells if c.bundle.reading.startswith(reading)]
    return own, [c for c in cells if not c.bundle.reading.startswith(reading)]


def _as_printed(edition: Form, cells: Iterable[Candidate]) -> Form:
    """The form with the groups merged that the document prints as one row."""
    rows = {c.bundle.place for c in _firsts(cells) if c.reason is not Reason.ABSENT}
    merged = []
    for group in edition.groups:
        if f"requests.{group.key}.subtotal" in rows:
            parts = [r.key for r in edition.rows if r.key.startswith(f"{group.key}.")]
            if not any(f"requests.{key}" in rows for key in parts):
                merged.append(group.key)
    known = edition.edition if edition.edition != "older" else "2021"
    return form(known, tuple(merged)) if merged and known != "2019" else edition


def _contradicted(
    fields: Mapping[str, Field],
    offered: Mapping[str, Sequence[Option]],
    aside: Mapping[str, Sequence[Option]],
) -> Iterator[tuple[str, list[Alternative]]]:
    """Concluded cells of which what stands in their place says something else, and what."""
    claimed = {
        option.printed_at
        for options_ in aside.values()
        for option in options_
        if _agrees(option, fields)
    }
    for path, field in fields.items():
        if field.status is not Status.DERIVED:
            continue
        place = place_of(path)
        plain = [o for o in offered.get(place, ()) if not o.doubt]
        plain += [o for o in aside.get(place, ()) if o.printed_at not in claimed]
        if any(o.values.get(path, field.value) != field.value for o in plain):
            yield path, _numbers(o.cells.get(path) for o in plain)


def _agrees(option: Option, fields: Mapping[str, Field]) -> bool:
    """Whether what is known of a row is what an option says of it, and not all zero."""
    known = {path: fields[path].value for path in option.values if fields[path].value is not None}
    return any(known.values()) and all(option.values[path] == v for path, v in known.items())


def _varying(unsettled: Mapping[str, Sequence[Option]]) -> dict[str, list[Alternative]]:
    """The cells of places that stay unsettled in which their options differ, with all they say."""
    found: dict[str, list[Alternative]] = {}
    for place in unsettled.values():
        for path in dict.fromkeys(p for option in place for p in option.values):
            broken = all(option.broken for option in place)
            if broken or len({option.values.get(path) for option in place}) > 1:
                found[path] = _numbers(option.cells.get(path) for option in place)
    return found


def _numbers(printed: Iterable[Candidate | None]) -> list[Alternative]:
    """The numbers among candidates, as alternatives."""
    return [
        Alternative.of(value=c.value, source=c.source, quote=c.quote, span=c.span)
        for c in printed
        if c is not None and isinstance(c.value, int)
    ]


# ---------------------------------------------------------------- fields


_LOST = Field.of(value=None, status=Status.MISSING, reason=Reason.LOST)
_UNREAD = Field.of(value=None, status=Status.MISSING, reason=Reason.NOT_APPLICABLE)


def _field(path: str, worlds: Sequence[World], shaken: AbstractSet[str]) -> Field:
    first = worlds[0]
    if len(worlds) > 1:
        seen = [world.value(path) for world in worlds]
        if any(value != seen[0] for value in seen[1:]):
            return _rivals(path, worlds, seen)
    candidate = first.printed.get(path)
    if candidate is None or candidate.value is None:
        return _unprinted(path, first, candidate)
    if candidate.span is None:
        # The value is certain, and not which of several equal numbers it is.
        return _unplaced(path, candidate)
    status = Status.VERIFIED if path in first.confirmed else Status.READ
    alternatives = None
    if path in shaken:
        status = Status.DISPUTED
        mended = first.suspects.get(path)
        alternatives = [Alternative.of(value=mended, source="rule")] if mended is not None else None
    return Field.of(
        value=candidate.value,
        status=status,
        source=candidate.source,
        quote=candidate.quote,
        span=candidate.span,
        alternatives=alternatives,
    )


def _unplaced(path: str, candidate: Candidate) -> Field:
    row = path.rpartition(".")[0]
    return Field.of(
        value=candidate.value, status=Status.DERIVED, source="rule", from_=[f"{row}.total"]
    )


def _rivals(path: str, worlds: Sequence[World], seen: Sequence[object]) -> Field:
    offered: list[Alternative] = []
    for one, value in zip(worlds, seen, strict=True):
        c = one.printed.get(path)
        if c is not None and c.value is not None and not isinstance(c.value, list):
            found = Alternative.of(value=c.value, source=c.source, quote=c.quote, span=c.span)
        elif isinstance(value, int):
            found = Alternative.of(value=value, source="rule")
        else:
            continue
        offered.append(found)
    return _disputed(offered)


def _disputed(offered: Sequence[Alternative]) -> Field:
    """Several readings survive: none is given, all are shown."""
    different: dict[str, Alternative] = {}
    for alternative in offered:
        different.setdefault(str(alternative.value), alternative)
    return Field.of(
        value=None,
        status=Status.DISPUTED,
        reason=Reason.AMBIGUOUS,
        alternatives=list(different.values()),
    )


def _unprinted(path: str, world: World, candidate: Candidate | None) -> Field:
    if path in world.derived:
        value, sources = world.derived[path]
        if candidate is not None and not _may_be(candidate, value):
            printed = int(candidate.quote or 0)
            found = Alternative.of(
                value=printed, source=candidate.source, quote=candidate.quote, span=candidate.span
            )
            return _disputed([Alternative.of(value=value, source="rule"), found])
        return Field.of(value=value, status=Status.DERIVED, source="rule", from_=list(sources))
    return _LOST if candidate is None else _missing(candidate)


def _may_be(candidate: Candidate, value: int) -> bool:
    """Whether a number of which a part is printed may be this one."""
    digits = candidate.quote or ""
    if candidate.reason is not Reason.UNREADABLE or not digits.isdecimal() or digits[0] == "0":
        return True
    return str(value).startswith(digits) or str(value).endswith(digits)


def _missing(candidate: Candidate) -> Field:
    return Field.of(
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
                    fields[path] = Field.of(
                        value=0,
                        status=Status.DERIVED,
                        source="rule",
                        from_=[f"requests.{group}.{column.key}"],
                    )
                else:
                    fields[path] = Field.of(value=None, status=Status.MISSING, reason=reason)


def _in_contract_order(fields: dict[str, Field], edition: Form) -> dict[str, Field]:
    """All 200 cells of the contract, then rows that only this document prints."""
    ordered = dict.fromkeys(form("2021").cells, _UNREAD) | fields
    if edition.unread:
        skipped = (path for path in form("2021").cells if path.split(".")[0] in edition.unread)
        ordered |= dict.fromkeys(skipped, _UNREAD)
    return ordered


def _verified_facts(
    facts: Mapping[str, Field],
    said: Sequence[Candidate],
    fields: Mapping[str, Field],
    edition: Form,
) -> dict[str, Field]:
    """A sentence and a printed cell that say the same verify each other.

    Witnesses are no fields, and are left out.
    """
    facts = with_inferred(facts, said, fields)
    printed = {
        path: f.value
        for path in edition.told
        if (f := fields.get(path)) is not None
        and isinstance(f.value, int)
        and f.status in (Status.VERIFIED, Status.READ)
    }
    facts = contested(facts, said, edition, fields)
    agreed = set(agreeing(facts, edition, printed).values())
    return {
        path: f.model_copy(update={"status": Status.VERIFIED})
        if path in agreed and f.status is Status.READ
        else f
        for path, f in facts.items()
        if path in edition.fact_kinds
    }
