"""Rows of cells between commas, as spreadsheets write them, among the lines of a report.

    三、本年度办理结果,（一）予以公开,,2,4,0,0,1,0,7

Only commas of the source count: sentences have their own (，), which clean text does not keep
apart. A cell with a comma in it stands between quotes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from gkllm.document import Cell, Grid, Section, Text
from gkllm.tables.spaced import as_printed

_FEWEST = 4  # commas of a row
_FEWEST_ALIKE = 3  # rows of as many commas
_SHARE = 3  # one line in so many, at least, is a row
_CELL = re.compile(r'\s*"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*)')


def is_written_so(text: Text, section: Section) -> bool:
    """Whether the tables of a section stand between commas."""
    clean = text.clean[section.start : section.end]
    if clean.count(",") < _FEWEST:
        return False
    printed = [line for line in text.quote(section.start, section.end).split("\n") if line.strip()]
    commas = Counter(count for line in printed if (count := line.count(",")) >= _FEWEST)
    alike = max(commas.values(), default=0)  # 3,066 has commas too
    return alike >= _FEWEST_ALIKE and commas.total() * _SHARE > len(printed)


def read(text: Text, section: Section) -> Grid:
    """Read rows of cells; x is the place of a cell in its row."""
    rows: list[tuple[Cell, ...]] = []
    at = section.start
    for line in text.clean[section.start : section.end].split("\n"):
        if line.strip():
            rows.append(tuple(_cells(line, as_printed(text, at, line), at)))
        at += len(line) + 1
    return Grid("commas", tuple(rows), ruled=True)


def _cells(line: str, printed: str, start: int) -> Iterator[Cell]:
    """The cells of a line; offsets are those of the clean text."""
    for x, (begin, end) in enumerate(_spans(printed)):
        words = line[begin:end].strip()
        here = start + begin + (line[begin:end].index(words) if words else 0)
        yield Cell(words, here, here + len(words), x)


def _spans(printed: str) -> Sequence[tuple[int, int]]:
    """[begin, end) of what stands between the commas of a line, quotes left out."""
    found: list[tuple[int, int]] = []
    at = 0
    while at <= len(printed):
        match = _CELL.match(printed, at)
        if match is None:
            break
        found.append(match.span(1) if match[1] is not None else match.span(2))
        at = match.end() + 1
    return found
