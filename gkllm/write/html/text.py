"""The source text with every quote marked by the status of its field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gkllm.document import Span
from gkllm.report import Report, Status
from gkllm.write.html.markup import Content, Html, el, joined
from gkllm.write.words import Words

_WHOLE = 400_000  # characters of a text that is shown from end to end; of more, what is quoted
_AROUND = 2_000  # characters before and after a quote that are shown of a longer text
_DOUBT = (
    Status.DISPUTED,
    Status.FILLED,
    Status.DERIVED,
    Status.MISSING,
    Status.READ,
    Status.VERIFIED,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the text that a field was read from; `offered` if it is only an alternative."""

    start: int
    end: int
    path: str
    status: Status
    offered: bool


def misquoted(report: Report, text: str) -> list[str]:
    """The fields whose quote is not what the text prints at their span.

    Empty if this is the text that the report speaks of.
    """
    wrong = []
    for path, field in report.fields.items():
        quotes = [field.quote] if isinstance(field.quote, str) else field.quote or []
        for quote, (start, end) in zip(quotes, _spans(field.span), strict=False):
            if text[start:end] != quote:
                wrong.append(path)
                break
    return wrong


def marks(report: Report, length: int) -> list[Mark]:
    """What is to be marked in a text of that length, in its order; wide ones before narrow."""
    found = []
    for path, field in report.fields.items():
        for start, end in _spans(field.span):
            found.append(Mark(start, end, path, field.status, False))
        for offered in field.alternatives or []:
            for start, end in _spans(offered.span):
                found.append(Mark(start, end, path, field.status, True))
    inside = (m for m in found if 0 <= m.start < m.end <= length)
    return sorted(inside, key=lambda m: (m.start, -m.end))


def _spans(span: Span | list[Span] | None) -> list[Span]:
    if span is None:
        return []
    return [span] if isinstance(span, tuple) else span


def anchors(found: Iterable[Mark]) -> Mapping[str, str]:
    """Where a field's quote begins in the page; what was printed goes before alternatives."""
    by_path: dict[str, Mark] = {}
    for mark in found:
        known = by_path.get(mark.path)
        if known is None or (known.offered and not mark.offered):
            by_path[mark.path] = mark
    return {path: f"t{mark.start}" for path, mark in by_path.items()}


def text_pane(text: str, found: list[Mark], told: Words) -> Html:
    """The text, line by line with numbers, its quotes as links to their fields."""
    lines: list[Html] = []
    shown_to = 0
    pieces = Pieces(text, found)
    for start, end in _windows(text, found):
        if start > shown_to:
            lines.append(_gap(start - shown_to, told))
        lines += _lines(text, start, end, pieces)
        shown_to = end
    if shown_to < len(text):
        lines.append(_gap(len(text) - shown_to, told))
    return el("div", lines, class_="text mono")


def _windows(text: str, found: list[Mark]) -> list[Span]:
    """What is shown: everything, or of a long text whole stretches around quotes."""
    if len(text) <= _WHOLE:
        return [(0, len(text))]
    windows = [(0, _AROUND)]
    for mark in found:
        start, end = max(0, mark.start - _AROUND), min(len(text), mark.end + _AROUND)
        if start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(windows[-1][1], end))
        else:
            windows.append((start, end))
    return windows


def _gap(left_out: int, told: Words) -> Html:
    return el("p", told["left out"].format(n=f"{left_out:,}"), class_="gap soft")


def _lines(text: str, start: int, end: int, pieces: Pieces) -> Iterator[Html]:
    number = text.count("\n", 0, start) + 1
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        visible = stop - 1 if stop > start and text[stop - 1] == "\r" else stop
        content = list(pieces.between(start, visible)) or el("br")
        yield el("div", content, class_="line", data_n=number)
        start, number = stop + 1, number + 1


class Pieces:
    """The text cut where quotes begin and end, asked for from left to right."""

    def __init__(self, text: str, found: list[Mark]) -> None:
        self.text = text
        self.coming = found[::-1]
        self.over: list[Mark] = []
        self.begun: list[int] = []  # where marks begin that no element was made for yet

    def between(self, start: int, end: int) -> Iterator[Content]:
        """What stands in [start, end): plain text and marked pieces."""
        at = start
        while at < end:
            while self.coming and self.coming[-1].start <= at:
                self.over.append(mark := self.coming.pop())
                if mark.start not in self.begun[-1:]:
                    self.begun.append(mark.start)
            self.over = [mark for mark in self.over if mark.end > at]
            stops = [mark.end for mark in self.over]
            if self.coming:
                stops.append(self.coming[-1].start)
            stop = min([end, *stops])
            yield self._piece(at, stop)
            at = stop

    def _piece(self, start: int, end: int) -> Content:
        shown = self.text[start:end]
        if not self.over:
            return shown
        narrowest = min(mark.end - mark.start for mark in self.over)
        told = min(
            (mark for mark in self.over if mark.end - mark.start == narrowest),
            key=lambda mark: (mark.offered, _DOUBT.index(mark.status)),
        )
        ids, self.begun = [f"t{begin}" for begin in self.begun], []
        link = el(
            "a",
            shown,
            id=ids.pop() if ids else None,
            class_=f"quote {told.status}",
            href=f"#f-{told.path}",
            data_f=" ".join(dict.fromkeys(mark.path for mark in self.over)),
        )
        return [*(el("span", id=other) for other in ids), link]


def excerpt(text: str, span: Span, around: int = 24) -> Content:
    """A quote among the words that stand before and after it on its lines."""
    start, end = span
    before = text[max(0, start - around) : start].rpartition("\n")[2]
    after = text[end : end + around].partition("\n")[0]
    return joined([before, el("mark", text[start:end]), after])
