"""The order of the verbs: load, normalise, segment, tables, align, narrate, settle, check."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from gkllm import __version__
from gkllm.align import align
from gkllm.ask import Hole, ask
from gkllm.check import check
from gkllm.document import Document, Grid, Section, Text
from gkllm.form import form
from gkllm.llm import Choice, Model, connect
from gkllm.load import load
from gkllm.narrative import narrate
from gkllm.narrative.prose import prose
from gkllm.normalise import normalise
from gkllm.report import Candidate, Report, Source, Usage
from gkllm.segment import another_report, edition, headings, segment
from gkllm.settle import settle
from gkllm.settle.facts import witnesses
from gkllm.tables import read_grid

_log = logging.getLogger("gkllm")


@dataclass(frozen=True, slots=True)
class Reading:
    """A document with all that was made of it on the way to its report."""

    document: Document
    text: Text
    sections: tuple[Section, ...]
    grids: tuple[tuple[str, Grid], ...]
    candidates: tuple[Candidate, ...]
    report: Report


def extract(source: str | Path | bytes, llm: Model | Choice | None = None) -> Report:
    """Read one report: a path, bytes, or text.

    `llm` is a model that is asked what stays open (`gkllm.llm.connect` makes one, for many
    reports), or one of the words of `--llm`, by which one is made for this report alone. Raises
    `gkllm.errors.UnreadableInput` for an input that holds no text, and `UnusableSetting` for a
    word that cannot be served.
    """
    if not isinstance(llm, str):
        return read(load(source), llm).report
    model = connect(llm, tell=_log.warning)
    try:
        return read(load(source), model).report
    finally:
        if model is not None:
            model.close()


def read(document: Document, model: Model | None = None) -> Reading:
    """Read a loaded document, keeping every step for who asks why.

    A model is asked once, about what all readers leave open; its answers are candidates, and
    `settle` decides again.
    """
    text, sections, notes = _one_report(normalise(document))
    known = edition(text, sections)
    this_form = form("2019" if known == "2019" else "2021")
    grids = tuple(
        (section.key, read_grid(text, section, document.tables))
        for section in sections
        if section.key in ("disclosure", "requests", "litigation")
    )
    candidates = (*align(text, grids, this_form), *narrate(text, sections, this_form))
    if document.doubts:
        candidates = tuple(_weighed(candidate, document) for candidate in candidates)
    fields = settle(candidates, this_form)
    usage = Usage()
    if model is not None:
        hole = Hole(text, prose(text, sections, this_form), fields, candidates, this_form)
        account = model.open_account()
        asked = ask(hole, model, account)
        if asked.prompts:
            candidates = (*candidates, *asked.candidates)
            fields = settle(candidates, this_form)
            usage = account.usage().model_copy(
                update={"prompts": asked.prompts, "dropped": asked.dropped}
            )
    report = Report.model_construct(
        source=Source(
            path=document.path,
            sha256=document.sha256,
            media_type=document.media_type,
            encoding=document.encoding,
            chars=len(document.text),
            notes=(*document.notes, *notes),
        ),
        edition=known,
        fields=fields,
        checks=check(fields, this_form, witnesses(candidates, this_form)),
        usage=usage,
        gkllm=__version__,
    )
    return Reading(document, text, sections, grids, candidates, report)


def _one_report(text: Text) -> tuple[Text, tuple[Section, ...], tuple[str, ...]]:
    """The first report of a text that holds several, with its sections; a note that says so."""
    found = headings(text, form())
    at = another_report(text, form(), found)
    if at is None:
        return text, segment(text, form(), found), ()
    start, _ = text.source_span(at, at + 1)
    note = f"Another report begins at character {start}; this is the first. Split them into files."
    first = Text(text.source, text.clean[:at], text.runs)
    return first, segment(first, form()), (note,)


def _weighed(candidate: Candidate, document: Document) -> Candidate:
    """The candidate with how surely its characters were recognised."""
    if candidate.span is None:
        return candidate
    sure = min(candidate.confidence, document.confidence(*candidate.span))
    return candidate._replace(confidence=sure)
