"""Spreadsheets (.xlsx, .xls) and values apart by commas (.csv) > Document.

A sheet is one table. A row that says one thing in its first cell, far longer than a label or
across most of the sheet, is a paragraph. Hidden sheets are left out and told. Numbers are
written as a person reads them: 3, not 3.0.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zipfile import BadZipFile

from python_calamine import CalamineError, PasswordError, SheetVisibleEnum, load_workbook

from gkllm.document import Document
from gkllm.errors import Encrypted, TooLarge, Truncated
from gkllm.load.packed import container
from gkllm.load.written import Block, Piece, written

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OLD_MEDIA_TYPE = "application/vnd.ms-excel"
_MOST_ROWS = 20_000
_MOST_COLUMNS = 200
_LARGEST_PART = 48 << 20
_LONG = 40  # characters; a longer text alone in its row is a paragraph
_MOST_PARTS = 400

Merged = tuple[tuple[int, int], tuple[int, int]]


def read(data: bytes) -> Document:
    """Read a workbook of the new format; what it unpacks to is looked at before."""
    with container(io.BytesIO(data)) as opened:
        parts = [info for info in opened.infolist() if info.filename.endswith(".xml")]
        if len(parts) > _MOST_PARTS or sum(info.file_size for info in parts) > _LARGEST_PART:
            raise TooLarge("Its sheets unpack to far more than a report has. Split it.")
    return _workbook(data, MEDIA_TYPE)


def read_old(data: bytes) -> Document:
    """Read a workbook of the old format (.xls, .et)."""
    return _workbook(data, OLD_MEDIA_TYPE)


def _workbook(data: bytes, media_type: str) -> Document:
    try:
        book = load_workbook(io.BytesIO(data))
        blocks: list[Block] = []
        hidden = []
        for told in book.sheets_metadata:
            if told.visible != SheetVisibleEnum.Visible:
                hidden.append(told.name)
                continue
            sheet = book.get_sheet_by_name(told.name)
            if sheet.total_height > _MOST_ROWS:
                raise TooLarge(f"A sheet has {sheet.total_height} rows, so it is no report.")
            rows = sheet.to_python(skip_empty_area=False)
            blocks += _blocks([[_shown(v) for v in row] for row in rows], _merged(sheet))
    except PasswordError:
        raise Encrypted("It needs a password. Save it without one.") from None
    except (CalamineError, BadZipFile, ValueError, OSError) as error:
        raise Truncated(f"This workbook is damaged ({error}). Save it anew.") from None
    text, tables = written(blocks)
    notes = [f"Hidden sheets were left out: {', '.join(hidden)}."] if hidden else []
    return Document(text, media_type=media_type, tables=tables, notes=tuple(notes))


def _merged(sheet: object) -> list[Merged]:
    try:
        return list(getattr(sheet, "merged_cell_ranges", None) or ())
    except CalamineError:
        return []


def read_csv(data: bytes) -> Document:
    """Read values apart by commas from text in UTF-8."""
    rows = list(csv.reader(io.StringIO(data.decode(errors="replace"))))
    text, tables = written(_blocks(rows[:_MOST_ROWS], []))
    return Document(text, media_type="text/csv", tables=tables)


def _shown(value: object) -> str:
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        value = value.date() if value.time() == datetime.min.time() else value
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日"
    return str(value) if value is not None else ""


def _blocks(rows: Sequence[Sequence[str]], merged: Sequence[Merged]) -> Iterator[Block]:
    """The paragraphs and tables of a sheet, in the order of its rows."""
    covered, spans = _covered(merged)
    width = min(max((_width(row) for row in rows), default=0), _MOST_COLUMNS)
    table: list[list[Piece]] = []
    for at, row in enumerate(rows):
        alone = _alone(row, spans.get((at, 0), (1, 1))[0], width)
        if alone is not None:
            yield from _table(table)
            table = []
            yield from filter(None, (line.strip() for line in alone.split("\n")))
        elif any(cell.strip() for cell in row):
            table.append(
                [
                    Piece(cell, x, *spans[at, x]) if (at, x) in spans else Piece(cell, x)
                    for x, cell in enumerate([*row, *[""] * width][:width])
                    if (at, x) not in covered
                ]
            )
    yield from _table(table)


def _table(rows: list[list[Piece]]) -> Iterator[Block]:
    if rows:
        yield rows


def _width(row: Sequence[str]) -> int:
    for x in range(len(row), 0, -1):
        if row[x - 1] and not row[x - 1].isspace():
            return x
    return 0


def _alone(row: Sequence[str], wide: int, width: int) -> str | None:
    """What a row says, if it is a paragraph or the only column."""
    if not row or not row[0].strip() or any(cell.strip() for cell in row[1:]):
        return None
    long = len(row[0]) > _LONG or "\n" in row[0].strip()
    return row[0] if long or width == 1 or wide * 2 > max(width, 2) else None


def _covered(
    merged: Sequence[Merged],
) -> tuple[set[tuple[int, int]], dict[tuple[int, int], tuple[int, int]]]:
    """The places that merged cells cover, and the (columns, rows) that each of them spans."""
    covered: set[tuple[int, int]] = set()
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    for (top, left), (last, far) in merged:
        bottom, right = min(last, _MOST_ROWS), min(far, _MOST_COLUMNS)
        if top > bottom or left > right or len(covered) > _MOST_ROWS * 10:
            continue
        spans[top, left] = (right - left + 1, bottom - top + 1)
        covered.update((y, x) for y in range(top, bottom + 1) for x in range(left, right + 1))
        covered.discard((top, left))
    return covered, spans
