"""What the parts of a report's page share: the report, its words, where its quotes are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from gkllm.form import Form, Label, form
from gkllm.report import Check, Field, Report
from gkllm.write.html.markup import Content, Html, el
from gkllm.write.jsonl import form_of
from gkllm.write.words import Words, equation, number, title


@dataclass(frozen=True, eq=False)
class Shown:
    """A report as one page shows it.

    `anchors` leads from a field to the element that marks its quote in the text; empty where
    the text cannot be shown.
    """

    report: Report
    words: Words
    anchors: Mapping[str, str]

    @cached_property
    def form(self) -> Form:
        return form_of(self.report)

    @property
    def english(self) -> bool:
        return self.words.language == "en"

    def label(self, label: Label) -> str:
        return label.en or label.zh if self.english else label.zh

    def title(self, path: str) -> str:
        """What the form calls a field."""
        known = title(path, self.form)
        if known == (path, path):  # a row that this edition does not have
            known = title(path, form())
        return known[self.english]

    def column(self, path: str) -> str:
        """What the form calls the column of a cell; nothing for a fact."""
        return self.title(path).rpartition(" · ")[2] if row_and_column(path)[1] else ""

    def place(self, at: str) -> str:
        """What the form calls the place that a check speaks of: a field, a row, or a column."""
        section, _, rest = at.partition(".")
        rows = (*self.form.rows, *form().rows, *self.form.groups)
        if section == "requests" and rest.startswith("*."):
            return self._named(self.form.columns, rest[2:])
        if section == "requests":
            return self._named(rows, rest) or self.title(at)
        if section == "litigation":
            return self._named(self.form.blocks, rest) or self.title(at)
        if section == "disclosure":
            return self._named(self.form.disclosure_rows, rest) or self.title(at)
        return self.title(at)

    def _named(self, labels: tuple[Label, ...], key: str) -> str:
        return next((self.label(label) for label in labels if label.key == key), "")

    def value(self, path: str) -> Content:
        """A field's value with the sign of its status: what ties the page together.

        It is a link to its quote, or to where it is explained; hover and focus light both.
        """
        field = self.report.fields.get(path)
        if field is None:
            return None
        sign = el("span", self.words.sign(field.status), class_="sign", aria_hidden="true")
        return self.tie(path, field, self.digits(field), sign)

    def tie(self, path: str, field: Field, *content: Content) -> Html:
        """A link from a field's value to its quote."""
        target = self.anchors.get(path) or (f"open-{_row_of(path)}" if field.open else None)
        return el(
            "a" if target else "span",
            content,
            id=f"f-{path}",
            class_=f"value {field.status}",
            href=f"#{target}" if target else None,
            tabindex=None if target else 0,
            aria_label=self.told(path, field),
            data_f=path,
            data_from=" ".join(field.from_ or []) or None,
            data_note="\n".join(self.notes(path, field)) or None,
        )

    def has_cell(self, path: str) -> bool:
        """Whether the page prints a place for a field; an edition may have none."""
        known = path in self.form.titles or ".subtotal." in path
        return known and path.partition(".")[0] not in self.form.unread

    def digits(self, field: Field) -> str:
        """A value as the cell prints it; nothing for null."""
        return "" if field.value is None else number(field)

    def told(self, path: str, field: Field) -> str:
        """A field in one line, for who cannot see its place and its colour."""
        value = self.digits(field) or (self.words.reason(field.reason) if field.reason else "-")
        return f"{self.title(path)}: {value}, {self.words.status(field.status)}"

    def notes(self, path: str, field: Field) -> Iterator[str]:
        """What there is to say of a field beside its value and its quote."""
        told = self.words
        if field.reason:
            yield f"{told['reason']}: {told.reason(field.reason)}"
        if field.approximate:
            yield told["approximate"]
        if field.alternatives:
            yield f"{told['alternatives']}: " + " | ".join(
                f"{told['null'] if a.value is None else a.value} ({told.source(a.source)})"
                for a in field.alternatives
            )
        if field.from_:
            yield f"{told['from']}: " + "; ".join(self.title(x) for x in field.from_)
        if field.source and field.source != "table":
            yield f"{told['source']}: {told.source(field.source)}"
        for check in self.failing.get(path, []):
            yield f"{told['fails here']}: {told.rule(check.rule)}, {equation(check)}"

    @cached_property
    def failing(self) -> Mapping[str, list[Check]]:
        """The failing checks by the fields that take part in them."""
        found = defaultdict(list)
        for check in self.report.failed():
            for path in self.parts(check):
                found[path].append(check)
        return found

    def parts(self, check: Check) -> tuple[str, ...]:
        """The fields that a check compares; those of its place where the form has no such rule."""
        for rule in self.form.rules:
            if (rule.id, rule.at) == (check.rule, check.at):
                return tuple(p for p in (*rule.left, *rule.right) if p in self.report.fields)
        for relation in (*self.form.relations, *self.form.witnesses):
            if relation.id == check.rule:
                cells = (cell for reading in relation.readings for cell in reading)
                paths = dict.fromkeys((relation.fact, *cells))
                return tuple(p for p in paths if p in self.report.fields)
        below = f"{check.at}."
        return tuple(p for p in self.report.fields if p == check.at or p.startswith(below))


def row_and_column(path: str) -> tuple[str, str]:
    """A field's row and its name in it; a fact is a row of its own."""
    if path.startswith("facts."):
        return path, ""
    row, _, column = path.rpartition(".")
    return row, column


def _row_of(path: str) -> str:
    return row_and_column(path)[0]
