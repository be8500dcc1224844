"""Report > what a person reads on a terminal: the three tables as the form prints them.

Every value carries the sign of its status, so that nothing depends on colour.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from gkllm.form import Label
from gkllm.report import Report, Status
from gkllm.write.jsonl import Line, Refusal, form_of
from gkllm.write.words import Language, number, statement, title, words

WIDTH = 100  # where no terminal says otherwise
NARROWEST = 80  # below this, lines are left for the terminal to wrap: nothing may be cut off
_SHORT = 18  # characters of a row's title where it is only mentioned
_LISTED = 8  # open fields of one kind that are named one by one

_STYLES = {
    Status.VERIFIED: "green",
    Status.READ: "default",
    Status.DERIVED: "cyan",
    Status.FILLED: "magenta",
    Status.DISPUTED: "bold yellow",
    Status.MISSING: "red",
}


def write_terminal(lines: Iterable[Line], console: Console, language: Language = "zh") -> None:
    """Each report in full, one after the other."""
    for line in lines:
        # Rendered first, written by us: rich would end the program at a closed pipe.
        with console.capture() as rendered:
            console.print(shown(line, language))
        console.file.write(rendered.get())


def shown(line: Line, language: Language = "zh") -> RenderableType:
    """One report, or the reason why there is none, as rich shows it."""
    if isinstance(line, Refusal):
        told = words(language)
        return Text.assemble(
            (f"{line.source.path} {told['error']} ({line.error.code})\n", "bold red"),
            line.error.message,
            "\n",
        )
    view = _View(line, language)
    parts: list[RenderableType] = [
        view.header(),
        view.disclosure(),
        view.requests(),
        view.litigation(),
    ]
    parts += [view.facts(), view.failed(), view.open(), view.counts(), Text()]
    return Group(*parts)


class _View:
    """One report in one language."""

    def __init__(self, report: Report, language: Language) -> None:
        self.report = report
        self.words = words(language)
        self.english = language == "en"
        self.form = form_of(report)

    def header(self) -> Text:
        facts = {key: self._plain(f"facts.{key}") for key in ("agency", "year")}
        agency = facts["agency"] or self.words["unknown"]
        year = f" {facts['year']} {self.words['year']}".rstrip() if facts["year"] else ""
        source = self.report.source
        chars = "" if source.chars is None else f"{source.chars} {self.words['chars']}"
        origin = [source.path or "", source.encoding or "", chars]
        edition = (
            f"{self.words['edition']} {self.report.edition}"
            if self.english
            else f"{self.report.edition} {self.words['edition']}"
        )
        return Text.assemble(
            (f"{agency}{year}\n", "bold"),
            (" · ".join(part for part in [*origin, edition] if part), "dim"),
        )

    def disclosure(self) -> Table:
        table = self._table(self._section("disclosure"), self.form.disclosure_columns)
        for row in self.form.disclosure_rows:
            cells = [
                self._value(f"disclosure.{row.key}.{column.key}")
                if column.key in row.columns
                else Text()
                for column in self.form.disclosure_columns
            ]
            table.add_row(self._label(row), *cells)
        return table

    def requests(self) -> Table:
        table = self._table(self._section("requests"), self.form.columns)
        groups = {g.key: g for g in self.form.groups}
        entered: set[str] = set()
        for row in self.form.rows:
            group, _, below = row.key.partition(".")
            if below and below != "subtotal":
                if group not in entered:
                    entered.add(group)
                    table.add_row(self._label(groups[group]), *self._subtotals(group))
                label = "  " + self._label(row)
            else:
                label = self._label(row)
            cells = [self._value(f"requests.{row.key}.{c.key}") for c in self.form.columns]
            table.add_row(label, *cells)
        return table

    def litigation(self) -> Table:
        table = self._table(self._section("litigation"), self.form.outcomes)
        for block in self.form.blocks:
            cells = [
                self._value(f"litigation.{block.key}.{outcome.key}")
                for outcome in self.form.outcomes
            ]
            table.add_row(self._label(block), *cells)
        return table

    def facts(self) -> Table:
        table = self._table(self.words["facts"], ())
        table.show_header = False
        table.add_column(max_width=30)
        table.add_column(style="dim", no_wrap=True, overflow="ellipsis", ratio=1)
        table.expand = True
        for fact in self.form.facts:
            field = self.report.fields.get(f"facts.{fact.key}")
            if field is None or field.value is None:
                continue
            quote = Text(_flat(field.quote))  # as Text: brackets in it are no markup of rich's
            table.add_row(self._label(fact), self._value(f"facts.{fact.key}"), quote)
        return table

    def failed(self) -> Text:
        failed = list(self.report.failed())
        if not failed:
            return Text(self.words["none failed"], "green")
        lines = [Text(self.words["failed"], "bold")]
        lines += [Text("  " + statement(check), "yellow") for check in failed]
        return Text("\n").join(lines)

    def open(self) -> RenderableType:
        kinds: dict[tuple[str, str], list[str]] = defaultdict(list)
        for path, field in self.report.open.items():
            why = f" ({self.words.reason(field.reason)})" if field.reason else ""
            kinds[path.partition(".")[0], self.words.status(field.status) + why].append(path)
        if not kinds:
            return Text(self.words["all settled"], "green")
        table = Table.grid(padding=(0, 2, 0, 0))
        for (section, kind), paths in kinds.items():
            head = Text(f"  {self.words.section(section)} {kind}", "yellow")
            table.add_row(head, f"{len(paths)}", Text("; ".join(self._places(paths))))
        return Group(Text(self.words["open"], "bold"), table)

    def _places(self, paths: Sequence[str]) -> list[str]:
        """Names of open fields: each with its readings, the others by row; readings first."""
        rows: dict[str, list[str]] = defaultdict(list)
        for path in sorted(paths, key=lambda p: not self.report.fields[p].alternatives):
            rows[path.rpartition(".")[0] if not path.startswith("facts.") else path].append(path)
        named = [
            self._named(group[0]) if len(group) == 1 else f"{self._row(group[0])} × {len(group)}"
            for group in rows.values()
        ]
        more = [self.words["more"].format(n=len(named))] if len(named) > _LISTED else []
        return named[:_LISTED] + more

    def counts(self) -> Text:
        parts: list[Text] = [Text(self.words["counts"].format(n=len(self.report.fields)), "bold")]
        for status, style in _STYLES.items():
            n = sum(field.status == status for field in self.report.fields.values())
            if n:
                parts.append(
                    Text(f"{self.words.sign(status)} {self.words.status(status)} {n}", style)
                )
        return Text(" · ").join(parts)

    def _table(self, name: str, columns: Sequence[Label]) -> Table:
        """An empty table: labels may wrap, numbers may not, so that no column is ever left out."""
        table = Table(
            title=name,
            title_justify="left",
            title_style="bold",
            box=box.SIMPLE_HEAD,
            collapse_padding=True,
            pad_edge=False,
        )
        table.add_column("", overflow="fold")
        for column in columns:
            table.add_column(self._head(column), justify="right", no_wrap=True)
        return table

    def _section(self, key: str) -> str:
        numerals = {"disclosure": "二", "requests": "三", "litigation": "四"}
        zh = next(section.zh for section in self.form.sections if section.key == key)
        return self._either(f"{numerals[key]}、{zh}", f"{self.words[key].capitalize()}")

    def _subtotals(self, group: str) -> list[Text]:
        paths = [f"requests.{group}.subtotal.{c.key}" for c in self.form.columns]
        return [self._value(path) if path in self.report.fields else Text() for path in paths]

    def _value(self, path: str) -> Text:
        field = self.report.fields.get(path)
        if field is None:
            return Text()
        sign, style = self.words.sign(field.status), _STYLES[field.status]
        if field.value is None:
            return Text(sign, style)
        if isinstance(field.value, list):
            return Text(f"{len(field.value)} {self.words['passages']}{sign}", style)
        return Text(f"{number(field)}{sign}", style)

    def _named(self, path: str) -> str:
        field = self.report.fields[path]
        name = self._short(path)
        readings = ["-" if a.value is None else str(a.value) for a in field.alternatives or []]
        return f"{name} [{' | '.join(readings)}]" if readings else name

    def _row(self, path: str) -> str:
        """The title of the row of a cell."""
        return self._short(path).partition(" · ")[0]

    def _short(self, path: str) -> str:
        """A title without the explanations that the form puts into long labels."""
        row, dot, column = title(path, self.form)[self.english].partition(" · ")
        if not self.english and path.startswith("requests.") and len(row) > _SHORT:
            row = row[:_SHORT].rstrip("、,(") + "…"
        return row + dot + column.partition("(")[0]

    def _plain(self, path: str) -> str:
        field = self.report.fields.get(path)
        return "" if field is None or field.value is None else str(field.value)

    def _label(self, label: Label | object) -> str:
        return str(getattr(label, "en" if self.english else "zh"))

    def _head(self, column: Label) -> str:
        """A column title, a few characters a line, since the numbers below it are short."""
        name = self._label(column)
        if self.english:
            return name.replace(" ", "\n")
        name, _, unit = name.partition("(")
        lines = [name[:4], name[4:], unit.rstrip(")")]
        return "\n".join(line for line in lines if line)

    def _either(self, zh: str, en: str) -> str:
        return en if self.english else zh


def _flat(quote: str | Sequence[str] | None) -> str:
    """A quote on one line."""
    text = quote if isinstance(quote, str) else " … ".join(quote or [])
    return " ".join(text.split())
