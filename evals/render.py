"""A true report in every text layout that real reports come in.

`LAYOUTS` maps a layout's name to a function of (truth, rng). A `Rendered` keeps the draft it
was set from, so that a damage to the table itself (a lost row, a blank cell) can be set anew
in the same layout with the same choices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from random import Random
from typing import Literal

from evals import page
from evals.draft import Cell, Draft, Row, Table, compose, marked, plain
from evals.prose import narrate
from evals.truth import Truth

Setter = Callable[[Draft, Random], str]
Ragged = Literal["", "less", "one"]

# Layouts in which an empty cell leaves no trace.
UNRULED = frozenset(("stacked_plain", "raw", "one_line"))


@dataclass(frozen=True)
class Rendered:
    """A report as text, with what is true of it and what is legibly printed in it.

    `marked_text` is the text with marks. `uncertain` are values that are printed where a
    careful reader could not tell their place; `contested` those of which the document gives
    two accounts. `encoding` is set where the document is bytes.
    """

    marked_text: str
    draft: Draft
    layout: str
    seed: int
    uncertain: frozenset[str] = frozenset()
    contested: frozenset[str] = frozenset()
    encoding: str | None = None
    prefix: bytes = b""

    @property
    def text(self) -> str:
        return plain(self.marked_text)

    @property
    def truth(self) -> Truth:
        return self.draft.truth

    @cached_property
    def printed(self) -> frozenset[str]:
        """Paths of cells and facts that stand legibly in the text, in a certain place."""
        return marked(self.marked_text) - self.uncertain - self.draft.uncertain

    @property
    def disputable(self) -> frozenset[str]:
        return self.contested | self.draft.contested

    @property
    def payload(self) -> str | bytes:
        """What the extractor is given: text, or bytes in `encoding`."""
        if self.encoding is None:
            return self.text
        return self.prefix + self.text.encode(self.encoding)

    def reset(self, draft: Draft) -> Rendered:
        """The same layout with the same choices, set from another draft."""
        return typeset(draft, self.layout, self.seed)


def typeset(draft: Draft, layout: str, seed: int) -> Rendered:
    """Set a draft in a layout; equal seeds make equal choices."""
    rng = Random(seed)
    text = SETTERS[layout](draft, rng)
    uncertain = frozenset[str]()
    if layout == "raw":
        uncertain |= page.unplaced(marked(text), seed)
    if layout in UNRULED:
        uncertain |= _gappy(draft)
    return Rendered(text, draft, layout, seed, uncertain)


def _gappy(draft: Draft) -> frozenset[str]:
    """Numbers of rows with an empty cell: without borders nothing tells which cell is empty."""
    rows = [[cell for cell in row if cell.path] for t in draft.tables() for row in t.rows]
    gaps = (row for row in rows if any(not cell.text for cell in row))
    return frozenset(cell.path for row in gaps for cell in row if cell.path)


def render(truth: Truth, rng: Random, layout: str) -> Rendered:
    """A report of this truth with its own wording, in a layout."""
    truth, prose = narrate(truth, rng)
    draft = compose(truth, prose, rng)
    return typeset(draft, layout, rng.getrandbits(32))


# ---------------------------------------------------------------- shared


def _set(draft: Draft, table: Callable[[Table], str], gap: str, after: str = "\n") -> str:
    """Blocks in order: `gap` ends a line of prose, `table` sets a table, `after` ends it."""
    parts = []
    for block in draft.blocks:
        if isinstance(block, Table):
            parts.append(table(block) + after)
        else:
            parts.append(block.text + gap)
    return "".join(parts)


def _wrapped(text: str, size: int, joint: str) -> str:
    """A label broken every `size` characters, as a narrow cell breaks it."""
    return joint.join(text[at : at + size] for at in range(0, len(text), size))


def _wrap_heads(table: Table, rng: Random, joint: str) -> Table:
    """Break the words of column heads: 商业⏎企业, 结果⏎维持, or one character a line (M23)."""
    size = rng.choice((1, 2, 2, 2, 3))
    chance = rng.choice((0.4, 1.0))

    def change(at: int, row: Row) -> Row:
        if table.kind == "disclosure" or at >= table.head:
            return row
        return tuple(
            replace(c, text=_wrapped(c.text, size, joint))
            if c.wide == 1 and 3 <= len(c.text) <= 6 and rng.random() < chance
            else c
            for c in row
        )

    return replace(table, rows=tuple(change(at, row) for at, row in enumerate(table.rows)))


# ---------------------------------------------------------------- one cell per line


def stacked(draft: Draft, rng: Random) -> str:
    r"""Word text: tab and cell per line, a blank line ends a row, a bare tab is a merged cell.

    With and without a blank line after headings; heads may wrap inside their cell; values may
    be padded with spaces of several kinds.
    """
    doc = rng.random() < 0.35
    wrap = rng.choice((None, "\n", "\n", "\n\n"))
    pads = rng.choice((("",), ("",), ("", " ", "　　", "\u00a0")))

    def line(cell: Cell) -> str:
        pad = rng.choice(pads) if cell.path else ""
        return f"\t{pad}{cell.shown}\n"

    def table(t: Table) -> str:
        t = _wrap_heads(t, rng, wrap) if wrap else t
        rows = ("".join(line(cell) for cell in row) for row in t.rows)
        return ("\n" if doc else "") + "\n".join(rows) + "\n"

    return _set(draft, table, rng.choice(("\n", "\n", "\n\n")))


def stacked_plain(draft: Draft, rng: Random) -> str:
    """One cell per line and nothing else; or lines with only a pipe between the cells (M2)."""
    joint = rng.choice(("\n", "\n", "\n|\n"))
    wrap = rng.random() < 0.5

    def table(t: Table) -> str:
        t = _wrap_heads(t, rng, "\n") if wrap else t
        return joint.join(c.shown for row in t.rows for c in row if not c.merged and c.text)

    return _set(draft, table, "\n")


# ---------------------------------------------------------------- pipes and tabs


_RAGGED: tuple[Ragged, ...] = ("", "", "less", "less", "one")


def _spread(row: Row, ragged: Ragged, repeat: bool, above: list[str]) -> list[str]:
    """A row as plain cells: a wide cell is followed by empty ones, or repeated.

    `ragged` counts a label over three columns as two and a label over two as one, or every
    label as one, as converters do that lose merged cells; `repeat` fills merged cells with
    their text.
    """
    cells: list[str] = []
    for cell in row:
        wide = cell.wide
        if ragged and 1 < wide < 4 and not cell.path:
            wide = 1 if ragged == "one" else wide - 1
        text = cell.shown
        if cell.merged and repeat:
            text = plain(above[len(cells)]) if len(cells) < len(above) else ""
        cells.append(text)
        cells += [plain(text) if repeat and not cell.path else ""] * (wide - 1)
    return cells


def _grid(table: Table, ragged: Ragged, repeat: bool) -> list[list[str]]:
    ragged = ragged if table.kind == "requests" else ""
    rows: list[list[str]] = []
    for row in table.rows:
        rows.append(_spread(row, ragged, repeat, rows[-1] if rows else []))
    return rows


def _markdown(rows: list[list[str]], rng: Random) -> str:
    rule = rng.choice(("---", "--------", ":---:"))
    tight = rng.random() < 0.15

    def line(cells: list[str]) -> str:
        if tight:
            return "|" + "|".join(cells) + "|"
        return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"

    width = len(rows[0])
    return "\n".join([line(rows[0]), "|" + "|".join([rule] * width) + "|", *map(line, rows[1:])])


def pipes(draft: Draft, rng: Random) -> str:
    """Markdown tables; merged cells are empty or repeated, rows even or ragged."""
    ragged, repeat = rng.choice(_RAGGED), rng.random() < 0.2

    def table(t: Table) -> str:
        t = _wrap_heads(t, rng, " ") if rng.random() < 0.3 else t
        return _markdown(_grid(t, ragged, repeat), rng) + "\n"

    return _set(draft, table, "\n\n")


def pipes_cut(draft: Draft, rng: Random) -> str:
    """Markdown cut to eight columns: the head loses 总计, sub-rows lose 其他 and 总计 (M6)."""

    def table(t: Table) -> str:
        rows = _grid(t, "less", False)
        if t.kind == "requests":
            rows = [row[:8] for row in rows]
        return _markdown(rows, rng) + "\n"

    return _set(draft, table, "\n\n")


def tabs(draft: Draft, rng: Random, spare: bool = False) -> str:
    """Rows of tab-separated cells, with page breaks through labels and rows (M4).

    With `spare`, sub-rows have an eighth number (M7): a 0, or a neighbour once more.
    """
    spaced = rng.random() < 0.3
    ragged = rng.choice(_RAGGED[2:] if spare else _RAGGED)
    gap = rng.choice(("\n", "\n\n"))
    at, kind = rng.choice((0, 3, 6, 7, rng.randint(0, 7))), rng.choice(("zero", "zero", "double"))

    def widen(row: list[str]) -> list[str]:
        start = len(row) - 7
        place = start + at
        beside = plain(row[min(place, len(row) - 1)])
        extra = "0" if kind == "zero" and beside else beside  # a blank row has no lone number
        return [*row[:place], extra, *row[place:]]

    def table(t: Table) -> str:
        if spaced:
            t = _wrap_heads(t, rng, " ")
        rows = _grid(t, ragged, False)
        if t.kind == "requests":
            if spare:
                longest = max(map(len, rows))
                subs = [len(row) == longest for row in rows]
                rows = [widen(r) if sub else r for r, sub in zip(rows, subs, strict=True)]
            rows = _page_breaks(rows, t.head, rng)
        return "\n".join("\t".join(row) if row else "" for row in rows) + "\n"

    return _set(draft, table, gap)


def _page_breaks(rows: list[list[str]], head: int, rng: Random) -> list[list[str]]:
    """Break a table over pages: an empty line, and now and then a label cut in two."""
    out = [list(row) for row in rows]
    for at in sorted(rng.sample(range(head + 1, len(out)), rng.choice((0, 1, 2))), reverse=True):
        below = out[at]
        merged = [i for i in (0, 1) if not below[0] and not below[i]]
        origin = at - 1
        if merged and rng.random() < 0.8:
            column = rng.choice(merged)
            while origin > head and not out[origin][column]:
                origin -= 1
            label = plain(out[origin][column])
            if len(label) > 4:
                out[origin][column], below[column] = label[:-3], label[-3:]
        out.insert(at, [])
    return out


# ---------------------------------------------------------------- a table per row, one line


def ocr_markdown(draft: Draft, rng: Random) -> str:
    """A small markdown table per row, as OCR of page images writes it.

    Each row is its own table's head; after a page break a head is invented (列1, 列2, …), or
    the row stands under a head of empty cells.
    """
    ragged = rng.choice(_RAGGED)

    def table(t: Table) -> str:
        tables, page_left = [], rng.randint(4, 12)
        for row in _grid(t, ragged, False):
            rule = "|" + "---|" * len(row)
            line = "| " + " | ".join(row) + " |"
            page_left -= 1
            if page_left:
                tables.append(f"{line}\n{rule}\n")
                continue
            page_left = rng.randint(4, 12)
            named = rng.random() < 0.6
            cells = [f"列{i + 1}" if named else "" for i in range(len(row))]
            tables.append("| " + " | ".join(cells) + f" |\n{rule}\n{line}\n")
        return "\n".join(tables)

    return _set(draft, table, "\n\n")


def one_line(draft: Draft, rng: Random) -> str:
    """The whole report on one line, a space between cells; empty cells leave no trace (M35)."""
    gap = rng.choice((" ", " ", "  "))

    def table(t: Table) -> str:
        return gap.join(c.shown for row in t.rows for c in row if c.text)

    return " ".join(_set(draft, table, "\n").split("\n")).strip()


def one_cell(draft: Draft, rng: Random) -> str:
    """The whole report in one table cell: every border and line end a pipe (M34)."""
    trail = rng.random() < 0.5
    runs = (1, 1, 2, 3)

    def table(t: Table) -> str:
        rows = _grid(t, rng.choice(_RAGGED), False)
        width = max(map(len, rows))
        lines = (" | ".join(row + [""] * ((width - len(row)) * trail)) for row in rows)
        return " | ".join(lines)

    text = _set(draft, table, "\n")
    joined = "".join(
        line + " " + "| " * rng.choice(runs) for line in text.split("\n") if line.strip()
    )
    return "| " + joined.strip() + "\n"


# ---------------------------------------------------------------- the list

SETTERS: Mapping[str, Setter] = {
    "stacked": stacked,
    "stacked_plain": stacked_plain,
    "pipes": pipes,
    "pipes_cut": pipes_cut,
    "tabs": tabs,
    "tabs_spare": partial(tabs, spare=True),
    "spaced": page.spaced,
    "raw": page.raw,
    "ocr_markdown": ocr_markdown,
    "one_line": one_line,
    "one_cell": one_cell,
}


def _layout(name: str) -> Callable[[Truth, Random], Rendered]:
    return lambda truth, rng: render(truth, rng, name)


LAYOUTS: Mapping[str, Callable[[Truth, Random], Rendered]] = {n: _layout(n) for n in SETTERS}
