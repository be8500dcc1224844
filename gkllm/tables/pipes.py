"""Rows of cells between pipes, as markdown converters write tables.

    | 三、本年度办理结果 | (一) 予以公开 | 3 | 0 |     a row
    |---|---|---|---|                               a rule, which says nothing

Where hundreds of pipes stand in one line (a whole report inside one cell) they separate
cells but mark no rows, and empty cells are only remains: `read_runs`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from operator import itemgetter

from gkllm.document import Cell, Grid, Section, Text

_RULE = re.compile(r"^[\s|:+=_─-]+$")
_DOUBLE = re.compile(r"\|?[^|]+(?:\|\|[^|]+){2,}\|?$")
_LINE = re.compile(r"[-─]")  # what a rule is made of
_MOST_BREAKS = 3  # line ends within one row
_REACH = 50_000  # characters around a section that tell what pipes mean; a report has 10,000
_MANY, _NEARLY_ALL = 0.25, 0.75  # share of rows with a number in their first cell and their last
_WIDE_GAP = 3  # empty cells in a row that are no accident, if all rows have so many
_FEWEST_ROWS = 3  # of one width that show that it is no accident
# Or a mark that stands for none.
_NUMBER = re.compile(r"(?:\d[\d,.]*\s?[件条宗起份项个次例万元]{0,2}|[-—–―－/／])$")
_WORDS = re.compile(r"[\u4e00-\u9fff]{2}")  # a single one may be taken for a digit
_CELL = re.compile(r"[^|\n]+")


def read(text: Text, section: Section) -> Grid:
    """Read rows of cells; x is the place of a cell in its row."""
    rows: list[tuple[Cell, ...]] = []
    at = section.start
    printed = text.clean[section.start : section.end]
    framed = _framed(printed)
    for line in _lines(printed):
        start, at = at, at + len(line) + 1
        if not line.strip() or _is_rule(line):
            continue
        first = len(line) - len(line.lstrip())
        body = line.strip()
        if "|" in body and framed:
            first += body.startswith("|")
            body = body[body.startswith("|") :]
            body = body[:-1] if body.endswith("|") else body
        cells = []
        begin = start + first
        border = "||" if _DOUBLE.match(body) else "|"
        if border == "||":  # as wikis write a row, or a head
            begin += body.startswith("|")
            body = body.strip("|")
        for x, piece in enumerate(body.split(border)):
            words = piece.strip()
            here = begin + (len(piece) - len(piece.lstrip()) if words else 0)
            cells.append(Cell(words, here, here + len(words), x))
            begin += len(piece) + len(border)
        rows.append(tuple(cells))
    return Grid("pipes", tuple(rows), ruled=True)


def _is_rule(line: str) -> bool:
    """Whether a line only parts others, as below a head."""
    return _LINE.search(line) is not None and _RULE.match(line) is not None


def _framed(printed: str) -> bool:
    """Whether pipes stand at both ends of the rows; else they only part cells.

    The rule below the head tells; where there is none, as many pipes in rows that no pipe opens as
    in those that one opens, where the first cell is empty.
    """
    lines = [line.strip() for line in printed.split("\n") if line.count("|") > 1]
    rules = [line for line in lines if _is_rule(line)]
    if rules:
        return any(rule.startswith("|") or rule.endswith("|") for rule in rules)
    pipes = Counter((line.startswith("|"), line.count("|")) for line in lines)
    bare = Counter({count: n for (opened, count), n in pipes.items() if not opened})
    usual, rows = max(bare.items(), key=itemgetter(1), default=(0, 0))
    return (
        rows < _FEWEST_ROWS or not pipes[True, usual] or rows + pipes[True, usual] < len(lines) / 2
    )


def _lines(printed: str) -> Iterator[str]:
    """Lines, each with those behind it that go on with a cell which a line end broke.

    Only where most rows that a pipe opens are closed by one can it be missing.
    """
    rows = list(_rows(printed.split("\n")))
    opened = [row for row in rows if row[0].lstrip().startswith("|")]
    closed = sum(row[-1].rstrip().endswith("|") for row in opened)
    whole = closed * 2 > len(opened)
    for row in rows:
        yield from ("\n".join(row),) if whole else row


def _rows(lines: Sequence[str]) -> Iterator[list[str]]:
    """Lines together from one that a pipe opens to one that a pipe closes."""
    row: list[str] = []
    for line in lines:
        opens = line.lstrip().startswith("|")
        if row and (opens or not line.strip() or len(row) > _MOST_BREAKS):
            yield row
            row = []
        if not row and not opens:
            yield [line]
            continue
        row.append(line)
        if line.rstrip().endswith("|"):
            yield row
            row = []
    if row:
        yield row


def read_runs(text: Text, section: Section) -> Grid:
    """Read what stands between runs of pipes: cells without borders, or rows with their blanks.

    Words behind numbers begin a row. Pipes tell its empty cells if rows with fewer numbers are
    as wide as others; where their widths differ too, more pipes are no more cells.
    """
    cells = list(_cells_of_runs(text, section.start, section.end))
    around = _cells_of_runs(text, max(0, section.start - _REACH), section.start + _REACH)
    if _blanks_are_cells(tuple(_rows_of_runs(list(around)))):
        return Grid("runs", tuple(_rows_of_runs(cells)), ruled=True)
    row = tuple(cell._replace(x=x) for x, (cell, _) in enumerate(cells))
    return Grid("runs", (row,), ruled=False)


def _cells_of_runs(text: Text, start: int, end: int) -> Iterator[tuple[Cell, int]]:
    """The cells that say anything, each with the number of pipes before it."""
    before = start
    for m in _CELL.finditer(text.clean, start, end):
        words = m[0].strip()
        if words and not _RULE.match(words):
            first = m.start() + m[0].index(words)
            yield Cell(words, first, first + len(words), 0), text.clean.count("|", before, first)
            before = first + len(words)


def _rows_of_runs(cells: Sequence[tuple[Cell, int]]) -> Iterator[tuple[Cell, ...]]:
    """Rows of cells, the empty ones among them; those before a row end the row before it."""
    one = max(1, min((gap for _, gap in cells[1:]), default=1))  # pipes, without an empty cell
    row: list[Cell] = []
    numbers = False
    for cell, gap in cells:
        if row:
            end, x = row[-1].end, len(row)
            row += [Cell("", end, end, x + i) for i in range(gap // one - 1)]
        if numbers and _WORDS.search(cell.text):
            yield tuple(row)
            row, numbers = [], False
        row.append(cell._replace(x=len(row)))
        numbers = numbers or _NUMBER.match(cell.text) is not None
    if row:
        yield tuple(row)


def _blanks_are_cells(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether many rows are equally wide that have more numbers and fewer, or all have gaps."""
    counts: dict[int, list[int]] = defaultdict(list)  # width of a row > its numbers
    for row in rows:
        xs = [cell.x for cell in row if _NUMBER.match(cell.text)]
        if len(xs) > 1:
            counts[xs[-1] - xs[0] + 1].append(len(xs))
    width, usual = max(counts.items(), key=lambda found: len(found[1]), default=(0, []))
    share = len(usual) / max(1, sum(map(len, counts.values())))
    gaps = bool(usual) and max(usual) + _WIDE_GAP <= width and len(usual) >= _FEWEST_ROWS
    return (len(set(usual)) > 1 and share >= _MANY) or (gaps and share >= _NEARLY_ALL)
