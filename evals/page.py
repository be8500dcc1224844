"""Pages as `pdftotext` reads them: text aligned by spaces, or in content order.

A table is first put on a canvas of character columns (a Chinese character is two wide): labels
wrap in their columns, numbers stand on the middle line of their row, a group's label stands
beside its rows, and the side label 三、本年度办理结果 runs down one character a line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random

from evals.draft import MARKS, Cell, Draft, Heading, Para, Row, Table

PAGE_LINES = 46


def width(text: str) -> int:
    """Columns that a text takes: marks none, wide characters two."""
    return sum(
        0 if MARKS.match(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def wrap(text: str, room: int) -> list[str]:
    """Break text into lines of at most `room` columns; a number never loses its mark."""
    lines, line = [], ""
    for char in text:
        stays = MARKS.match(char) or char in "。，；：、）"  # no line begins with these
        if line and not stays and width(line) + width(char) > room:
            lines.append(line)
            line = ""
        line += char
    return [*lines, line]


@dataclass(frozen=True, slots=True)
class _Box:
    """A cell on the canvas: its rows and columns, and its lines of text."""

    top: int
    rows: int
    left: int
    lines: tuple[str, ...]
    room: int
    number: bool


def _edges(table: Table, rng: Random) -> list[int]:
    """The columns' left edges and the right end, in character columns."""
    value = rng.randint(8, 11)
    if table.kind == "requests":
        sizes = [4, rng.choice((8, 10, 12)), rng.choice((22, 28, 36)), *[value] * 7]
    elif table.kind == "disclosure":
        sizes = [rng.choice((16, 22)), *[rng.choice((14, 18))] * 3]
    else:
        sizes = [rng.choice((6, 7))] * 15
    edges = [rng.choice((0, 2))]
    for size in (*sizes, value, value):  # room for a column too many
        edges.append(edges[-1] + size)
    return edges


def _boxes(table: Table, edges: list[int]) -> list[_Box]:
    """The cells with the rows and columns that they cover."""
    boxes = []
    for top, row in enumerate(table.rows):
        column = 0
        for cell in row:
            if not cell.merged and cell.text:
                rows = 1 + _merged_below(table.rows[top + 1 :], column)
                room = edges[column + cell.wide] - edges[column]
                lines = (cell.shown,) if cell.path else tuple(wrap(cell.text, max(2, room - 2)))
                boxes.append(_Box(top, rows, edges[column], lines, room, cell.path is not None))
            column += cell.wide
    return boxes


def _merged_below(rows: tuple[Row, ...], column: int) -> int:
    """How many rows below continue the cell that begins in a column."""
    count = 0
    for row in rows:
        at, found = 0, False
        for cell in row:
            found = found or (at == column and cell.merged)
            at += cell.wide
        if not found:
            break
        count += 1
    return count


def _heights(boxes: list[_Box], rows: int, gap: int) -> list[int]:
    """Lines that each row takes; a label over many rows stretches the last of them."""
    heights = [1] * rows
    for box in sorted(boxes, key=lambda b: b.rows):
        have = sum(heights[box.top : box.top + box.rows])
        missing = len(box.lines) - have
        if missing > 0:
            heights[box.top + box.rows - 1] += missing
    return [height + gap for height in heights]


def canvas(table: Table, rng: Random) -> list[str]:
    """The lines of a table as `pdftotext -layout` prints them."""
    edges = _edges(table, rng)
    boxes = _boxes(table, edges)
    heights = _heights(boxes, len(table.rows), rng.choice((0, 0, 1)))
    tops = [sum(heights[:row]) for row in range(len(heights) + 1)]
    right = rng.random() < 0.3
    pieces: dict[int, list[tuple[int, str]]] = {}
    for box in boxes:
        room = tops[box.top + box.rows] - tops[box.top]
        first = tops[box.top] + (room - len(box.lines)) // 2
        for offset, text in enumerate(box.lines):
            slack = max(0, box.room - 1 - width(text))
            indent = slack if box.number and right else slack // 2 if box.number else 0
            pieces.setdefault(first + offset, []).append((box.left + indent, text))
    return [_line(pieces.get(at, [])) for at in range(tops[-1])]


def _line(pieces: list[tuple[int, str]]) -> str:
    line = ""
    for at, text in sorted(pieces):
        room = at - width(line)
        line += " " * (max(room, 1) if line else max(room, 0)) + text
    return line


# ---------------------------------------------------------------- layouts


def spaced(draft: Draft, rng: Random) -> str:
    """`pdftotext -layout`: columns by spaces, form feeds, page numbers inside tables (M11, M13)."""
    lines: list[str] = []
    room = rng.choice((78, 88))
    for block in draft.blocks:
        if isinstance(block, Table):
            lines += ["", *canvas(block, rng), ""]
        else:
            lines += _paragraph(block, room)
    return _paged(lines, rng)


def _paragraph(block: Heading | Para, room: int) -> list[str]:
    text = block.text.strip()
    if isinstance(block, Heading):
        return ["", "    " + text, ""]
    if block.role == "title":
        return [" " * max(0, (room - width(text)) // 2) + text, ""]
    if block.role == "signature":
        return [" " * max(0, room - width(text) - 4) + text]
    first, *rest = wrap("    " + text, room)
    return [first, *rest]


def _paged(lines: list[str], rng: Random) -> str:
    size = rng.randint(36, 54)
    number = rng.choice(("- {} -", "-{}-", "{}", "— {} —", None))
    pages = [lines[at : at + size] for at in range(0, len(lines), size)]
    out = []
    for index, page in enumerate(pages):
        foot = "" if number is None else "\n\n" + " " * 40 + number.format(index + 1)
        out.append("\n".join(page) + foot + "\n")
    return "\f".join(out)


def shuffled_litigation(rng: Random) -> bool:
    """Whether `raw` with this seed tears section 四 apart (its first choice)."""
    return rng.random() < 0.35


def before_labels(torn: bool, draw: float) -> tuple[str, ...]:
    """Rows whose numbers `raw` prints before their labels: none, or two of them."""
    return ("granted", "partially_granted") if torn and draw < 0.5 else ()


def unplaced(paths: Iterable[str], seed: int) -> frozenset[str]:
    """Numbers that `raw` with this seed prints where their place cannot be told."""
    rng = Random(seed)
    torn = shuffled_litigation(rng)
    rng.random()
    rows = tuple(f"requests.{row}." for row in before_labels(torn, rng.random()))
    places = (*rows, "litigation.") if torn else rows
    return frozenset(path for path in paths if places and path.startswith(places))


def raw(draft: Draft, rng: Random) -> str:
    """Content order: a label's lines first, then its row's numbers (M10-M12).

    Now and then the numbers of （一） and （二） stand before their labels. Section 四 is in order,
    or torn apart: parts of the first block, parts of the third, the
    first total, the second block, the third total.
    """
    torn = shuffled_litigation(rng)
    upright = rng.random() < 0.6
    early = before_labels(torn, rng.random())
    room = rng.choice((20, 26, 30))
    lines: list[str] = []
    for block in draft.blocks:
        if isinstance(block, Table):
            lines += _raw_table(_numbers_first(block, early), room, upright, torn)
        else:
            lines += wrap(block.text.strip(), 76)
    return _paged(lines, rng)


def _numbers_first(table: Table, rows: tuple[str, ...]) -> Table:
    """The table with the numbers of some rows moved in front of the first of them."""
    starts = tuple(f"requests.{row}." for row in rows)
    if not starts or table.kind != "requests":
        return table
    out: list[Row] = []
    early: list[Row] = []
    at = len(table.rows)
    for row in table.rows:
        if not any(cell.path and cell.path.startswith(starts) for cell in row):
            out.append(row)
            continue
        at = min(at, len(out))
        early.append(tuple(cell for cell in row if _counts(cell)))
        out.append(tuple(cell for cell in row if not _counts(cell)))
    return replace(table, rows=(*out[:at], *early, *out[at:]))


def _counts(cell: Cell) -> bool:
    """A number of the row, or a spare one among them."""
    return cell.path is not None or cell.text.isdecimal()


def _raw_table(table: Table, room: int, upright: bool, torn: bool) -> list[str]:
    lines: list[str] = []
    for at, row in enumerate(table.rows):
        values = [cell.shown for cell in row if cell.path and cell.text]
        if table.kind == "litigation" and torn and len(values) == 15:
            order = (0, 1, 2, 3, 10, 11, 12, 13, 4, 5, 6, 7, 8, 9, 14)
            lines += [values[i] for i in order]
            continue
        lines += _raw_row(row, at < table.head, room, upright)
    return lines


def _raw_row(row: Row, head: bool, room: int, upright: bool) -> list[str]:
    lines: list[str] = []
    labels = [cell for cell in row if cell.text and not cell.path]
    values = " ".join(cell.shown for cell in row if cell.path and cell.text)
    for cell in labels:
        if upright and cell.text.startswith("三、本年"):
            lines += list(cell.text)
        else:
            lines += wrap(cell.text, 4 if head and len(cell.text) <= 6 else room)
    if values and lines and len(labels[-1].text) * 2 <= room:
        lines[-1] += " " + values
    elif values:
        lines.append(values)
    return lines
