"""What reading a format costs against its parsing library alone: `python -m evals.formats.cost`.

Processor time of one process, the best of several rounds over the same files, with and without
the way to the child process and back. `library` does what our reader asks of it, and throws it
away; so a parser in C answers in the time that Python takes for a few hundred steps. `walk` is
the least that any reader in Python must do besides: look once at each tag, element or cell that
the library gives, and keep its text.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from time import process_time
from xml.etree.ElementTree import fromstring

import olefile  # type: ignore[import-untyped]
from python_calamine import load_workbook

from evals.formats import OFFICE, file, prepare
from gkllm.load import load
from gkllm.load.child import read as in_child
from gkllm.load.formats import FORMATS, TEXT, detect, text_format
from gkllm.load.text import decode

_FILES, _ROUNDS = 10, 7


def _html(data: bytes) -> None:
    parser = HTMLParser(convert_charrefs=True)
    parser.feed(decode(data)[0])
    parser.close()


def _docx(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        fromstring(opened.read("word/document.xml"))  # noqa: S314 - files of our own


def _sheet(data: bytes) -> None:
    book = load_workbook(io.BytesIO(data))
    for name in book.sheet_names:
        book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def _ole(data: bytes) -> None:
    opened = olefile.OleFileIO(io.BytesIO(data))
    for name in ("WordDocument", "1Table"):
        opened.openstream(name).read()


class _Kept(HTMLParser):
    """Keeps each tag and each text, and concludes nothing."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.kept.append((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        self.kept.append(tag)

    def handle_data(self, data: str) -> None:
        self.kept.append(data)


def _html_walk(data: bytes) -> object:
    parser = _Kept()
    parser.feed(decode(data)[0])
    parser.close()
    return parser.kept


def _docx_walk(data: bytes) -> object:
    kept = []
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        for name in ("word/document.xml", "word/numbering.xml"):
            if name in opened.namelist():
                root = fromstring(opened.read(name))  # noqa: S314 - files of our own
                kept += [(e.tag, e.text) for parent in root.iter() for e in parent]
    return kept


def _sheet_walk(data: bytes) -> object:
    with zipfile.ZipFile(io.BytesIO(data)) if data[:2] == b"PK" else io.BytesIO():
        book = load_workbook(io.BytesIO(data))
    kept: list[object] = []
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        kept += sheet.merged_cell_ranges or []
        rows = sheet.to_python(skip_empty_area=False)
        kept += [(y, x, str(v)) for y, row in enumerate(rows) for x, v in enumerate(row)]
    return kept


def _ole_walk(data: bytes) -> object:
    opened = olefile.OleFileIO(io.BytesIO(data))
    streams = [opened.openstream(name).read() for name in ("WordDocument", "1Table")]
    text = streams[0].decode("utf-16-le", "replace")
    return [(at, char) for at, char in enumerate(text) if char in "\r\x07"]


WALKS: dict[Callable[[bytes], object], Callable[[bytes], object]] = {
    _html: _html_walk,
    _docx: _docx_walk,
    _sheet: _sheet_walk,
    _ole: _ole_walk,
}
ALONE: dict[str, Callable[[bytes], object]] = {
    "html-modern": _html,
    "html-nested": _html,
    "html-word": _html,
    "docx": _docx,
    "docx-office": _docx,
    "xlsx": _sheet,
    "xls": _sheet,
    "doc": _ole,
}


def _best(work: Callable[[bytes], object], files: list[bytes]) -> float:
    """Milliseconds of processor time for a file."""
    times = []
    for _ in range(_ROUNDS):
        started = process_time()
        for data in files:
            work(data)
        times.append(process_time() - started)
    return min(times) / len(files) * 1000


def _reader(data: bytes) -> object:
    """What the child does with a file."""
    kind = detect(data)
    if kind != TEXT:
        return in_child(data, reader=FORMATS[kind].reader)
    text, _ = decode(data)
    form = text_format(text)
    assert form is not None
    return in_child(text.encode(), reader=form.reader)


def main(names: list[str]) -> int:
    """Print a line for each format."""
    print(
        f"{'format':15} {'library':>9} {'walk':>9} {'reader':>9} {'of library':>10} {'of walk':>9} "
        f"{'parent':>9}   (CPU ms a file)"
    )
    for name in names or list(ALONE):
        if name in OFFICE:
            prepare(name, _FILES, 1, ())
        files = [file(i, 1, name, ())[0].data for i in range(_FILES)]
        library, reader = _best(ALONE[name], files), _best(_reader, files)
        walk, parent = _best(WALKS[ALONE[name]], files), _best(load, files)
        print(
            f"{name:15} {library:9.2f} {walk:9.2f} {reader:9.2f} {reader / library:10.2f} "
            f"{reader / walk:9.2f} {parent:9.2f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
