"""The command that shows reports in a browser: view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gkllm.cli.reports import Language
from gkllm.cli.streams import OK, REFUSED, USAGE, fail, output, say

if TYPE_CHECKING:
    from gkllm.document import Document
    from gkllm.report import Report, Source
    from gkllm.write.jsonl import Line

commands = typer.Typer()

_REPORTS = (".json", ".jsonl", ".ndjson")
_NAME = 120  # characters of a page's file name; longer ones are cut, as file systems ask


@dataclass(frozen=True, slots=True)
class Page:
    """One line of results with the text that it speaks of, or why that cannot be had."""

    line: Line
    text: str | None
    why_no_text: str | None = None


@commands.command(
    epilog="Exit codes: 0 every page shows a report, 1 some input gave none, 2 wrong usage."
)
def view(
    reports: Annotated[
        list[str],
        typer.Argument(
            metavar="REPORT",
            show_default=False,
            help="Documents, folders of them, or results of extract or batch (.json, .jsonl).",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            show_default=False,
            help="The page, or the folder of pages where there are several; - for standard "
            "output. Default: beside what is shown.",
        ),
    ] = None,
    sources: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="Where the documents of results are. Default: where the results say, or beside.",
        ),
    ] = None,
    lang: Annotated[Language, typer.Option(help="Language of the page.")] = Language.ZH,
) -> None:
    """Write a page for the browser: the text with its quotes marked, the tables, what is open.

    One file, which loads nothing from anywhere. Several reports give one page each and an index.
    """
    pages = [page for word in reports for page in _pages(word, sources)]
    if not pages:
        fail(USAGE, "There is no report in it. Name a document, or what `gkllm extract` wrote.")
    several = len(pages) > 1 or (out is not None and out.is_dir())
    if several:
        _write_folder(pages, out or _folder_beside(reports), lang)
    else:
        _write_page(pages[0], out or _page_beside(reports[0]), lang)
    from gkllm.report import Report

    raise typer.Exit(OK if all(isinstance(page.line, Report) for page in pages) else REFUSED)


def _pages(word: str, sources: Path | None) -> Iterator[Page]:
    """The pages that a word of the command line stands for."""
    if word.lower().endswith(_REPORTS):
        yield from _read_results(word, sources)
        return
    from gkllm.errors import UnreadableInput
    from gkllm.load import inputs
    from gkllm.pipeline import read
    from gkllm.write.jsonl import refusal

    for found in inputs([word]):
        try:
            reading = read(found.load())
        except UnreadableInput as error:
            say(f"{found.name}: {error}")
            yield Page(refusal(found.name, error.code, str(error)), None)
        else:
            yield Page(reading.report, reading.document.text)


def _read_results(file: str, sources: Path | None) -> Iterator[Page]:
    """The results in a file, each with the text of its document where that can be had."""
    from gkllm.errors import GkllmError
    from gkllm.load import Input
    from gkllm.report import Report
    from gkllm.write.jsonl import parse

    try:
        lines = list(parse(Input(file, Path(file)).load().text))
    except GkllmError as error:
        fail(REFUSED, f"{file}: {error}")
    for line in lines:
        if not isinstance(line, Report):
            yield Page(line, None)
            continue
        text, why = _text_of(line, _places(line.source, Path(file).parent, sources))
        if why:
            say(f"{line.source.path or file}: shown without its text. {why}")
        yield Page(line, text, why)


def _places(source: Source, beside: Path, sources: Path | None) -> list[tuple[Path, str]]:
    """Where the document of a result may be, most likely first: a file, and a member of it."""
    if not source.path:
        return []
    found = []
    whole, archive = Path(source.path), source.path.partition("!")
    for path, member in ((whole, ""), (Path(archive[0]), archive[2])):
        if sources is None:
            likely = [path, beside / path, beside / path.name]
        else:
            likely = [sources / path.name] if path.is_absolute() else [sources / path]
            likely.append(sources / path.name)
        found += [(place, member) for place in likely if member or path == whole]
    return found


def _text_of(report: Report, places: list[tuple[Path, str]]) -> tuple[str | None, str | None]:
    """The text that a report speaks of, or None and the reason."""
    from gkllm.errors import UnreadableInput
    from gkllm.write.html import misquoted

    if not places:
        return None, "The result does not say which document it came from."
    why = f"There is no {report.source.path}. Name its folder with --sources."
    for place, member in places:
        try:
            document = _found(place, member)
        except UnreadableInput as error:
            why = str(error)
            continue
        if document is None:
            continue
        if document.sha256 != report.source.sha256:
            why = f"{place} is not the document that was read (its sha256 differs)."
        elif misquoted(report, document.text):
            why = (
                f"The text that this version reads from {place} is not the one of the report. "
                "Extract it again."
            )
        else:
            return document.text, None
    return None, why


def _found(place: Path, member: str) -> Document | None:
    """The document at a place, or that member of the archive there. Raises UnreadableInput."""
    from gkllm.load import inputs, load

    if not place.is_file():
        return None
    if not member:
        return load(place)
    wanted = f"{place}!{member}"
    return next((found.load() for found in inputs([str(place)]) if found.name == wanted), None)


def _write_page(page: Page, target: Path, lang: Language) -> None:
    if str(target) == "-":
        with output(None) as stream:
            stream.write(_shown(page, lang))
        return
    with output(target) as stream:
        stream.write(_shown(page, lang))
    say(f"wrote {target}")


def _write_folder(pages: list[Page], folder: Path, lang: Language) -> None:
    from gkllm.write.html import index_page

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(USAGE, f"--out {folder}: {error.strerror}. Name a folder that can be written to.")
    taken: set[str] = set()
    named = [(page, _free_name(page.line.source.path, taken)) for page in pages]
    for page, name in named:
        with output(folder / name) as stream:
            stream.write(_shown(page, lang))
    with output(folder / "index.html") as stream:
        stream.write(index_page([(page.line, name) for page, name in named], lang.value))
    say(f"wrote {len(named)} pages and {folder / 'index.html'}")


def _shown(page: Page, lang: Language) -> str:
    from gkllm.report import Report
    from gkllm.write.html import refusal_page, report_page

    if isinstance(page.line, Report):
        return report_page(page.line, page.text, lang.value, page.why_no_text)
    return refusal_page(page.line, lang.value)


def _free_name(path: str | None, taken: set[str]) -> str:
    """A file name for the page of a document: its own name, with a number if that is taken."""
    from gkllm.write.html import SUFFIX

    stem = Path(path or "report").name[:_NAME] or "report"
    name, number = f"{stem}{SUFFIX}", 1
    while name.lower() in taken or name == "index.html":
        number += 1
        name = f"{stem}-{number}{SUFFIX}"
    taken.add(name.lower())
    return name


def _page_beside(word: str) -> Path:
    """Beside the document or the results; where there is no such place, standard output."""
    from gkllm.write.html import SUFFIX

    return Path("-") if word == "-" else Path(f"{word}{SUFFIX}")


def _folder_beside(words: list[str]) -> Path:
    if len(words) > 1 or not Path(words[0]).exists():
        return Path("gkllm-view")
    place = Path(words[0]).resolve()
    return place.with_name(f"{place.name}.view")
