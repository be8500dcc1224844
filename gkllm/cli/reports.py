"""Commands on single reports: extract, check, explain, text, schema."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from gkllm.cli.model import Llm, Model, NoCache, Refresh, connected, spent
from gkllm.cli.streams import DOUBTFUL, OK, REFUSED, USAGE, fail, output, say

if TYPE_CHECKING:
    from gkllm.document import Document
    from gkllm.llm.client import Endpoint
    from gkllm.load import Input
    from gkllm.pipeline import Reading
    from gkllm.write.jsonl import Line

commands = typer.Typer()


class Format(StrEnum):
    """How a report is written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


class Language(StrEnum):
    """The language of tables."""

    ZH = "zh"
    EN = "en"


Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH",
        show_default=False,
        help="Documents, archives, folders, patterns in quotes, or - for standard input.",
    ),
]
File = Annotated[str, typer.Argument(metavar="FILE", show_default=False, help="A document, or -.")]


@commands.command(
    epilog="Exit codes: 0 every input gave a report, 1 some input gave none, 2 wrong usage, "
    "3 doubtful (with --strict)."
)
def extract(
    paths: Paths,
    llm: Llm = Model.AUTO,
    format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            show_default=False,
            help="How to write. Default: a table on a terminal, one JSON object a line elsewhere.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Write to this file, all or nothing. Its ending sets the format if none is given.",
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 if a field is disputed or a check fails.")
    ] = False,
    lang: Annotated[Language, typer.Option(help="Language of the table.")] = Language.ZH,
    no_cache: NoCache = False,
    refresh: Refresh = False,
) -> None:
    """Extract reports: one result for each input, always."""
    from gkllm.load import inputs

    tally = Tally()
    chosen = format or _default_format(out)
    with connected(llm, no_cache, refresh) as model:
        lines = tally.counting(_line(found, model) for found in inputs(paths))
        with output(out, exact=chosen is not Format.TABLE) as stream:
            _writer(chosen, lang)(lines, stream)
    usage = spent(model.account.usage()) if model else "no model was asked"
    if chosen is not Format.TABLE:
        for refused in tally.refusals:
            say(refused)
        say(f"{tally.summary()}; {usage}")
    elif model:
        say(usage)
    if llm is Model.REQUIRED and model and model.stopped:
        raise typer.Exit(REFUSED)
    raise typer.Exit(tally.code(strict))


@commands.command(
    epilog="Exit codes: 0 every report could be checked, 1 some could not, "
    "3 a rule fails (with --strict)."
)
def check(
    report: Annotated[
        str,
        typer.Argument(
            metavar="REPORT.json",
            show_default=False,
            help="JSON or JSON lines from extract, or a flat object of paths and values, or -.",
        ),
    ],
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 if a rule fails.")] = False,
) -> None:
    """Run the rules over a report; print those that fail."""
    from gkllm.check import check as checks_of
    from gkllm.errors import GkllmError
    from gkllm.write.jsonl import Refusal, form_of, parse
    from gkllm.write.words import statement

    refused = failed = 0
    with output(None) as stream:
        try:
            lines = list(parse(_document(report).text))
        except GkllmError as error:
            fail(REFUSED, f"{report}: {error}")
        for number, line in enumerate(lines, 1):
            name = line.source.path or (f"{report}, report {number}" if len(lines) > 1 else report)
            if isinstance(line, Refusal):
                refused += 1
                say(f"{name}: holds no report ({line.error.code}). {line.error.message}")
                continue
            checks = checks_of(line.fields, form_of(line))
            outcomes = [c.outcome for c in checks]
            failed += outcomes.count("fails")
            stream.writelines(f"{name}: {statement(c)}\n" for c in checks if c.outcome == "fails")
            say(
                f"{name}: {outcomes.count('holds')} rules hold, {outcomes.count('fails')} fail, "
                f"{outcomes.count('not_assessable')} cannot be assessed"
            )
    raise typer.Exit(REFUSED if refused else DOUBTFUL if failed and strict else OK)


@commands.command()
def explain(
    file: File,
    path: Annotated[
        str | None,
        typer.Argument(
            metavar="FIELD",
            show_default=False,
            help="A path such as requests.granted.total, or the beginning of one. Default: all.",
        ),
    ] = None,
) -> None:
    """Tell how a field got its value and its status.

    What was read where, which rules touch it, and why its status is what it is.
    """
    reading = _reading(file)
    from gkllm.explain import matching, story

    paths = list(reading.report.fields) if path is None else matching(reading, path)
    if not paths:
        from difflib import get_close_matches

        near = get_close_matches(path or "", reading.report.fields, 3, 0.4)
        fail(
            USAGE,
            f"There is no field {path!r}. Try: {', '.join(near) or 'requests.new_received'}.",
        )
    with output(None) as stream:
        for each in paths:
            stream.writelines(f"{line}\n" for line in story(reading, each))
            stream.write("\n")


@commands.command()
def text(file: File) -> None:
    """Print the text that the spans of a report refer to."""
    from gkllm.errors import UnreadableInput

    try:
        document = _document(file)
    except UnreadableInput as error:
        fail(REFUSED, f"{file}: {error}")
    for note in document.notes:
        say(f"{file}: {note}")
    with output(None) as stream:
        stream.write(document.text)


@commands.command()
def schema() -> None:
    """Print the JSON Schema of one result line."""
    import json

    from gkllm.write.jsonl import schema as line_schema

    with output(None) as stream:
        stream.write(json.dumps(line_schema(), ensure_ascii=False, indent=2) + "\n")


@dataclass
class Tally:
    """What a run came to."""

    reports: int = 0
    open: int = 0
    doubtful: int = 0
    refusals: list[str] = field(default_factory=list)

    def counting(self, lines: Iterable[Line]) -> Iterator[Line]:
        """Pass the lines on and count them."""
        from gkllm.report import Report, Status

        for line in lines:
            if isinstance(line, Report):
                self.reports += 1
                self.open += len(line.open)
                self.doubtful += any(True for _ in line.failed()) or any(
                    f.status == Status.DISPUTED for f in line.fields.values()
                )
            else:
                self.refusals.append(f"{line.source.path}: {line.error.message}")
            yield line

    def code(self, strict: bool) -> int:
        """The exit code: an input without a report weighs more than a doubtful one."""
        if self.refusals:
            return REFUSED
        return DOUBTFUL if strict and self.doubtful else OK

    def summary(self) -> str:
        """One line for a person."""
        refused = f"; inputs without one {len(self.refusals)}" if self.refusals else ""
        return f"reports {self.reports}{refused}; fields open {self.open}"


def _line(found: Input, model: Endpoint | None) -> Line:
    """The result of one input. A fault of ours costs this document, never the others."""
    from gkllm.errors import UnreadableInput
    from gkllm.pipeline import read
    from gkllm.write.jsonl import refusal

    try:
        return read(found.load(), model).report
    except UnreadableInput as error:
        return refusal(found.name, error.code, str(error))
    except Exception as error:
        message = (
            f"Internal error ({type(error).__name__}: {error}). Please report it with the file."
        )
        return refusal(found.name, "internal", message)


def _document(file: str) -> Document:
    from gkllm.load import Input

    return Input(file, None if file == "-" else Path(file)).load()


def _reading(file: str) -> Reading:
    from gkllm.errors import UnreadableInput
    from gkllm.pipeline import read

    try:
        return read(_document(file))
    except UnreadableInput as error:
        fail(REFUSED, f"{file}: {error}")


def _default_format(out: Path | None) -> Format:
    if out is not None:
        ending = out.suffix.lower().removeprefix(".")
        return Format(ending) if ending in ("json", "csv") else Format.JSONL
    return Format.TABLE if sys.stdout.isatty() else Format.JSONL


def _writer(chosen: Format, lang: Language) -> Callable[[Iterable[Line], TextIO], None]:
    if chosen is Format.TABLE:
        return lambda lines, stream: _write_tables(lines, stream, lang)
    if chosen is Format.CSV:
        from gkllm.write.csv import write_csv

        return write_csv
    from gkllm.write.jsonl import write_json, write_jsonl

    return write_json if chosen is Format.JSON else write_jsonl


def _write_tables(lines: Iterable[Line], stream: TextIO, lang: Language) -> None:
    from rich.console import Console

    from gkllm.write.terminal import NARROWEST, WIDTH, write_terminal

    console = Console(file=stream, highlight=False)
    wanted = console.width if console.is_terminal else WIDTH
    console.width = min(max(wanted, NARROWEST), WIDTH)
    write_terminal(lines, console, lang.value)
