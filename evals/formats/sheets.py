"""A draft as a sheet: .xlsx written part by part, and .csv as a spreadsheet exports it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from random import Random
from xml.sax.saxutils import escape

from evals.draft import Draft, Heading, Para, Table, plain

_NUMBER = re.compile(r"\d+(\.\d+)?$")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KINDS}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KINDS}.worksheet+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="年报" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}

Placed = list[tuple[int, int, str, int, int]]  # row, column, text, columns, rows


def _placed(draft: Draft) -> tuple[Placed, int]:
    """Where each text of a report stands in a sheet, and how wide the sheet is."""
    found: Placed = []
    width = max((sum(c.wide for c in t.rows[0]) for t in draft.tables()), default=1)
    at = 0
    for block in draft.blocks:
        if isinstance(block, Table):
            begun: dict[int, int] = {}  # column > the number of the text that began there
            for row in block.rows:
                column = 0
                for cell in row:
                    above = found[begun[column]] if column in begun else None
                    if cell.merged and above and above[3] == cell.wide:
                        y, x, text, wide, high = above
                        found[begun[column]] = (y, x, text, wide, high + 1)
                    else:
                        begun[column] = len(found)
                        found.append((at, column, plain(cell.text), cell.wide, 1))
                    column += cell.wide
                at += 1
        else:
            assert isinstance(block, (Para, Heading))
            found.append((at, 0, plain(block.text), width, 1))
            at += 1
    return found, width


def _name(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def xlsx(draft: Draft, rng: Random) -> bytes:
    """A workbook with numbers as numbers or as texts, merged cells merged."""
    placed, _ = _placed(draft)
    as_text = rng.random() < 0.3
    rows: dict[int, list[str]] = {}
    merged = []
    for y, x, text, wide, high in placed:
        if wide > 1 or high > 1:
            merged.append(f'<mergeCell ref="{_name(y, x)}:{_name(y + high - 1, x + wide - 1)}"/>')
        if not text:
            continue
        place = _name(y, x)
        if _NUMBER.match(text) and not as_text:
            cell = f'<c r="{place}"><v>{text}</v></c>'
        else:
            cell = f'<c r="{place}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
        rows.setdefault(y, []).append(cell)
    data = "".join(f'<row r="{y + 1}">{"".join(cells)}</row>' for y, cells in sorted(rows.items()))
    mergers = f'<mergeCells count="{len(merged)}">{"".join(merged)}</mergeCells>' if merged else ""
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{data}</sheetData>{mergers}</worksheet>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, part in {**_PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            made.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + part)
    return stream.getvalue()


def comma_separated(draft: Draft, rng: Random) -> bytes:
    """A sheet exported as .csv: no trace of merged cells is left."""
    placed, width = _placed(draft)
    rows = [[""] * width for _ in range(placed[-1][0] + 1)]
    for y, x, text, _, _ in placed:
        rows[y][x] = text
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows(rows)
    return stream.getvalue().encode(rng.choice(("utf-8-sig", "gb18030")))
