"""What happens to the tables and the sentences of a report before its layout is set.

Each function takes a `Rendered` and a `Random`, changes the draft and sets it anew in the same
layout with the same choices. Rows of a table are addressed by the paths of their cells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random

from evals.dice import degree, often
from evals.draft import Cell, Draft, Row, Table, marked, row_of
from evals.render import UNRULED, Rendered
from evals.truth import COLUMNS, Number
from gkllm.form import Rule, form

# What a table cut at eight columns hides: nobody could see a number too many or too few.
_CUT = "pipes_cut"
# What has a number too many: with one too few, a row shows seven that are not the seven.
_SPARE = "tabs_spare"
# Where numbers stand by their column alone: behind one that is gone the others move up.
_ALIGNED = "spaced"
# What fills its rows up with empty cells: where no sum tells, a number less is a blank at the end.
_FILLED = "one_cell"


# ---------------------------------------------------------------- shared


def numbers(rendered: Rendered) -> list[str]:
    """Paths of the numbers that the tables still hold, in printed order."""
    cells = (c for t in rendered.draft.tables() for row in t.rows for c in row)
    return list(dict.fromkeys(c.path for c in cells if c.path and c.text and c.legible))


def change(rendered: Rendered, paths: Iterable[str], to: Callable[[Cell], Cell]) -> Rendered | None:
    """Change the cells of some paths; None where there are none."""
    chosen = frozenset(paths)
    if not chosen:
        return None
    draft = rendered.draft.with_cells(lambda c: to(c) if c.path in chosen else c)
    return rendered.reset(draft)


def _rows(rendered: Rendered, change: Callable[[Table, int, Row], tuple[Row, ...]]) -> Draft:
    """The draft with every row of every table replaced by rows."""

    def rewrite(table: Table) -> Table:
        rows = (r for at, row in enumerate(table.rows) for r in change(table, at, row))
        return replace(table, rows=tuple(rows))

    return rendered.draft.with_tables(rewrite)


def _paths(row: Row) -> tuple[str, ...]:
    return tuple(cell.path for cell in row if cell.path)


def _request_rows(rendered: Rendered) -> list[Row]:
    return [r for t in rendered.draft.tables() if t.kind == "requests" for r in t.rows[t.head :]]


def forget(draft: Draft, paths: Iterable[str]) -> Draft:
    """The draft of a report that leaves these cells open: no value for them is right."""
    gone = frozenset(paths)
    cells = {k: v for k, v in draft.truth.cells.items() if k not in gone}
    return replace(draft, truth=replace(draft.truth, cells=cells))


def _doubt(draft: Draft, paths: Iterable[str]) -> Draft:
    return replace(draft, uncertain=draft.uncertain | frozenset(paths))


def _labels(rendered: Rendered) -> list[str]:
    """The texts of row labels in sections 二 and 三."""
    return [
        cell.text
        for t in rendered.draft.tables()
        for row in t.rows
        if _paths(row)
        for cell in row
        if cell.text and not cell.path
    ]


def _counts(rendered: Rendered, cell: Cell) -> bool:
    """Whether a cell shows a number other than 0."""
    legible = bool(cell.path and cell.text and cell.legible)
    return legible and bool(rendered.truth.cells.get(cell.path or ""))


def undoes(before: Rendered, after: Rendered) -> bool:
    """Whether a further change hides that the tables were damaged, so that nobody can tell.

    A row that was damaged, or has a number too many, showed a number other than 0 and shows none:
    it then says what the sound row of another report says. Or rows had a number too many, and none
    has any more, or shows it, where nothing shows an empty cell; or rows with a number too many and
    one too few have seven, and no head says which.
    """
    damaged = {
        _paths(row)[0]
        for row in _request_rows(before)
        if not before.draft.uncertain.isdisjoint(_paths(row)) or _wide(row)
        if any(_counts(before, cell) for cell in row)
    }
    silent = any(
        not damaged.isdisjoint(_paths(row)) and not any(_counts(after, cell) for cell in row)
        for row in _request_rows(after)
    )
    wide = _widest(before) > len(COLUMNS) >= _widest(after) and after.layout in UNRULED
    return silent or wide or _unseen(after)


def _unseen(rendered: Rendered) -> bool:
    """Whether rows have a number that is none of the form's, and nothing shows that they do."""
    wide = [row for row in _request_rows(rendered) if _wide(row) and _paths(row)]
    whole = all(len(_paths(row)) >= len(COLUMNS) for row in wide)
    if whole and rendered.layout in UNRULED:
        return bool(wide) and _widest(rendered) <= len(COLUMNS)
    seven = all(len(_numbers(row)) == len(COLUMNS) for row in wide)
    words = re.sub(r"\s", "", rendered.text)
    applicants = [column.zh for column in form("2021").columns[:-1]]
    headless = sum(name in words for name in applicants) < len(applicants) - 1
    return bool(wide) and seven and not whole and headless


def copied(rendered: Rendered) -> frozenset[str]:
    """The cells whose number stands in their row once more, as one that is none of the form's."""
    found: set[str] = set()
    for row in _request_rows(rendered):
        spare = {cell.text for cell in row if not cell.path and cell.text.strip().isdecimal()}
        found |= {cell.path for cell in row if cell.path and cell.text in spare - {"0"}}
    return frozenset(found)


def _wide(row: Row) -> bool:
    """Whether a row prints a number that is none of the form's."""
    return any(cell.text.strip().isdecimal() and not cell.path for cell in row)


def untold(rendered: Rendered) -> bool:
    """Whether numbers of a row were moved and no sum of what the document still shows says so.

    It is then the sound document of other values, some of them left blank.
    """
    rows = [[cell for cell in row if cell.path] for row in _request_rows(rendered)]
    width = max(map(len, rows), default=0)
    aligned = rendered.layout == _ALIGNED
    moved = [r for r in rows if _moved(r) or (aligned and len(r) < width and _gaps(r))]
    if not moved:
        return False
    columns = next(([_column(c) for c in r] for r in rows if len(r) == width and not _moved(r)), [])
    standing = marked(rendered.marked_text)
    seen: dict[str, int] = {}
    for row in rows:
        if columns and any(cell.path in standing for cell in row):
            seen |= _seen(row, columns, standing, rendered.truth.cells)
    truth = rendered.truth
    merged = ("other",) if truth.merged_other and truth.edition != "2019" else ()
    rules = [r for r in form(truth.edition, merged).rules if r.left[0].startswith("requests.")]
    return any(not _told(row_of(str(row[0].path)), rules, seen) for row in moved)


def _moved(row: Sequence[Cell]) -> bool:
    """Whether the numbers of a row were moved: its first place then has no number of its own."""
    return len({cell.path for cell in row}) < len(row)


def _gaps(row: Sequence[Cell]) -> bool:
    """Whether a row has an empty cell."""
    return any(not cell.text for cell in row)


def _column(cell: Cell) -> str:
    return str(cell.path).rpartition(".")[2]


def _seen(
    row: Sequence[Cell],
    columns: Sequence[str],
    standing: frozenset[str],
    values: Mapping[str, Number],
) -> dict[str, int]:
    """The numbers of a row that the text still shows, by the cells of the form they stand in."""
    place = row_of(str(row[0].path))
    return {
        f"{place}.{column}": int(values[str(cell.path)]) if cell.legible else 0
        for column, cell in zip(columns, row, strict=False)
        if (cell.legible and cell.path in standing) or cell.text == "0"
    }


def _told(place: str, rules: Iterable[Rule], seen: Mapping[str, int]) -> bool:
    """Whether a sum to which a row contributes cannot hold, whatever its other cells are."""
    for rule in rules:
        cells = (*rule.left, *rule.right)
        if not any(path.rpartition(".")[0] == place for path in cells):
            continue
        left, right = (sum(seen.get(p, 0) for p in side) for side in (rule.left, rule.right))
        more_left = all(path in seen for path in rule.right)
        more_right = all(path in seen for path in rule.left)
        if (left > right and more_left) or (left < right and more_right):
            return True
    return False


def _widest(rendered: Rendered) -> int:
    """The most numbers that a row of section 三 prints."""
    rows = _request_rows(rendered)
    return max((sum(c.text.strip().isdecimal() for c in row) for row in rows), default=0)


def _relabel(rendered: Rendered, change: Callable[[str], str]) -> Rendered:
    def label(cell: Cell) -> Cell:
        return cell if cell.path or not cell.text else replace(cell, text=change(cell.text))

    return rendered.reset(rendered.draft.with_cells(label))


# ---------------------------------------------------------------- numbers


def _blanks(rendered: Rendered, paths: list[str], text: str) -> Rendered | None:
    """Replace numbers by another text; in section 二 nothing then tells what they were."""
    gone = change(rendered, paths, lambda c: replace(c, text=text, legible=False))
    if gone is None:
        return None
    open_ = [path for path in paths if path.startswith("disclosure.")]
    return replace(gone, draft=forget(gone.draft, open_))


def _zeros(rendered: Rendered) -> list[str]:
    return [p for p in numbers(rendered) if not rendered.truth.cells.get(p, 1)]


def blank_zeros(rendered: Rendered, rng: Random) -> Rendered | None:
    """Every zero is left blank."""
    return _blanks(rendered, _zeros(rendered), "")


def blank_some_zeros(rendered: Rendered, rng: Random) -> Rendered | None:
    """Some zeros are left blank."""
    share = often(rng, rng.uniform(0.1, 0.7))
    return _blanks(rendered, [p for p in _zeros(rendered) if rng.random() < share], "")


def lone_zeros(rendered: Rendered, rng: Random) -> Rendered | None:
    """A row of zeros has one 0, under 自然人, and six empty cells (M9)."""
    cells = rendered.truth.cells
    rows = [paths for row in _request_rows(rendered) if len(paths := _paths(row)) == 7]
    empty = [paths for paths in rows if not any(cells.get(p, 1) for p in paths)]
    return _blanks(rendered, [p for paths in empty for p in paths[1:]], "")


def blank_cells(rendered: Rendered, rng: Random) -> Rendered | None:
    """Some numbers are lost, zero or not: a blank is not a zero."""
    share = degree(rng, (0.02, 0.1, 0.3))
    return _blanks(rendered, [p for p in numbers(rendered) if rng.random() < share], "")


def blank_all(rendered: Rendered, rng: Random) -> Rendered | None:
    """No number at all, or none in one table: nothing may be concluded but from prose."""
    kind = rng.choice(("", "requests.", "litigation.", "disclosure."))
    paths = [p for p in numbers(rendered) if p.startswith(kind)]
    gone = change(rendered, paths, lambda c: replace(c, text="", legible=False))
    if gone is None:
        return None
    keep = _stated(rendered)
    lost = [p for p in rendered.truth.cells if p.startswith(kind) and not p.startswith(keep)]
    return replace(gone, draft=forget(gone.draft, lost))


def _stated(rendered: Rendered) -> tuple[str, ...]:
    """The beginnings of the cells that the prose lets a reader conclude without their table."""
    facts = rendered.truth.facts
    told = rendered.truth.idle and "facts.applications_received" in facts
    stated = {"facts.lawsuits": "litigation.", "facts.reviews": "litigation.review."}
    keep = tuple(cells for fact, cells in stated.items() if fact in facts)
    return ("requests.", *keep) if told else keep


def slash_zeros(rendered: Rendered, rng: Random) -> Rendered | None:
    """A slash for the zeros of a whole table or of some cells."""
    share = degree(rng, (0.2, 1.0))
    kind = rng.choice(("disclosure.", "disclosure.", "requests.", "litigation."))
    zeros = [p for p in _zeros(rendered) if p.startswith(kind) and rng.random() < share]
    return _blanks(rendered, zeros, rng.choice(("/", "／", "\\")))


def dash_zeros(rendered: Rendered, rng: Random) -> Rendered | None:
    """A dash or 无 for some zeros."""
    share = degree(rng, (0.2, 1.0))
    zeros = [p for p in _zeros(rendered) if rng.random() < share]
    return _blanks(rendered, zeros, rng.choice(("—", "-", "－", "——", "无")))


def thousands(rendered: Rendered, rng: Random) -> Rendered | None:
    """1,113 for 1113, with a plain or a full-width comma."""
    comma = rng.choice((",", "，"))
    big = [p for p in numbers(rendered) if rendered.truth.cells.get(p, 0) >= 1000]
    return change(
        rendered,
        big,
        lambda c: replace(c, text=_grouped(c.text, comma)),
    )


def _grouped(text: str, comma: str) -> str:
    whole, dot, part = text.partition(".")
    return re.sub(r"(?<=\d)(?=(\d{3})+$)", comma, whole) + dot + part


def split_digits(rendered: Rendered, rng: Random) -> Rendered | None:
    """1 288 for 1288, where a cell is too narrow or a writer groups by spaces."""
    big = [p for p in numbers(rendered) if rendered.truth.cells.get(p, 0) >= 1000]
    return change(rendered, big, lambda c: replace(c, text=_grouped(c.text, " ")))


def glued_unit(rendered: Rendered, rng: Random) -> Rendered | None:
    """3件, 59237.2449万元: the unit is in the cell."""
    share = degree(rng, (0.1, 1.0))
    gap = rng.choice(("", " "))
    paths = [p for p in numbers(rendered) if rng.random() < share]

    def glue(cell: Cell) -> Cell:
        unit = "万元" if cell.path and "amount" in cell.path else "件"
        return replace(cell, text=cell.text + gap + unit)

    return change(rendered, paths, glue)


_LOOKALIKES = {"0": "OoｏＯ〇口", "1": "lI|丨", "5": "S", "8": "B", "2": "Z", "6": "b", "9": "g"}


def lookalikes(rendered: Rendered, rng: Random) -> Rendered | None:
    """OCR reads a digit as a letter: O for 0, l for 1. No longer a number to rely on."""
    share = degree(rng, (0.03, 0.15))
    paths = [p for p in numbers(rendered) if rng.random() < share]

    def misread(cell: Cell) -> Cell:
        at = rng.choice([i for i, char in enumerate(cell.text) if char in _LOOKALIKES] or [-1])
        if at < 0:
            return cell
        bad = rng.choice(_LOOKALIKES[cell.text[at]])
        if bad == "|" and rendered.layout not in ("stacked", "tabs", "tabs_spare", "spaced"):
            bad = "l"
        return replace(cell, text=cell.text[:at] + bad + cell.text[at + 1 :], legible=False)

    return change(rendered, paths, misread)


# ---------------------------------------------------------------- labels

_MISREAD = dict(
    zip(
        "已未予项案信请类申复构处其规政结公开理数",
        "己末子顶棠倌清粪中夏枸外具观攻结么井埋教",
        strict=True,
    )
)


def label_typos(rendered: Rendered, rng: Random) -> Rendered:
    """One character of some row labels is another, alike in shape or any other."""
    share = degree(rng, (0.1, 0.4))

    def typo(text: str) -> str:
        places = [i for i, char in enumerate(text) if "一" <= char <= "鿿"]
        if len(places) < 5 or rng.random() > share:
            return text
        at = rng.choice(places[2:])
        return text[:at] + _MISREAD.get(text[at], rng.choice("的了不和")) + text[at + 1 :]

    return _relabel(rendered, typo)


def label_lost(rendered: Rendered, rng: Random) -> Rendered | None:
    """One row's label is gone, its numbers are there."""
    return _unlabel(rendered, rng, 1)


def labels_lost(rendered: Rendered, rng: Random) -> Rendered | None:
    """The labels of several rows that follow each other are gone: no place for their numbers."""
    return _unlabel(rendered, rng, rng.randint(3, 12))


def _unlabel(rendered: Rendered, rng: Random, count: int) -> Rendered | None:
    rows = [_paths(row)[0] for row in _request_rows(rendered) if _paths(row)]
    if not rows:
        return None
    at = rng.randrange(0, max(1, len(rows) - count))
    chosen = frozenset(rows[at : at + count])

    def strip(table: Table, at: int, row: Row) -> tuple[Row, ...]:
        if not chosen.intersection(_paths(row)[:1]):
            return (row,)
        return (tuple(c if c.path else replace(c, text="") for c in row),)

    draft = _rows(rendered, strip)
    if count > 1:
        lost = [
            p for row in _request_rows(rendered) if chosen & set(_paths(row)) for p in _paths(row)
        ]
        draft = _doubt(draft, lost)
    return rendered.reset(draft)


def label_split(rendered: Rendered, rng: Random) -> Rendered | None:
    """Labels broken over lines inside their cell, wherever the break falls."""
    if rendered.layout in ("spaced", "raw", "one_line", "one_cell"):
        return None  # these wrap by themselves, or have no lines
    share = degree(rng, (0.1, 0.5))
    joint = "<br>" if rendered.layout in ("pipes", "pipes_cut") and rng.random() < 0.5 else "\n"

    def split(text: str) -> str:
        if len(text) < 6 or rng.random() > share:
            return text
        at = rng.randint(2, len(text) - 2)
        return text[:at] + joint + text[at:]

    return _relabel(rendered, split)


def definitions(rendered: Rendered, rng: Random) -> Rendered:
    """An explanation with figures pasted into label cells."""
    notes = (
        "（填报说明：指2021年以来新制发的，如修订则计1件）",
        "（注：申请人撤回的计入3.其他）",
        "（例如减少8件填-8）",
    )

    share = often(rng, 0.12)

    def explain(text: str) -> str:
        return text + rng.choice(notes) if len(text) > 3 and rng.random() < share else text

    return _relabel(rendered, explain)


# ---------------------------------------------------------------- rows and columns


def row_lost(rendered: Rendered, rng: Random) -> Rendered | None:
    """A whole row of numbers is gone, with its label."""
    rows = [
        _paths(row)[0]
        for t in rendered.draft.tables()
        for row, below in zip(t.rows, (*t.rows[1:], ()), strict=True)
        if _paths(row) and not (rendered.layout == _ALIGNED and _names_group(row, below))
    ]
    if not rows:
        return None
    chosen = rng.choice(rows)
    draft = _rows(rendered, lambda t, at, row: () if chosen in _paths(row)[:1] else (row,))
    return rendered.reset(draft)


def _names_group(row: Row, below: Row) -> bool:
    """Whether a label of a row stands for the next one too: without it, that before would."""
    labels = zip(row, below, strict=False)
    return any(a.text and not a.path and not b.text and not b.path for a, b in labels)


def row_doubled(rendered: Rendered, rng: Random) -> Rendered | None:
    """A row stands twice, as at a page break; its label is repeated with it."""
    rows = [_paths(row)[0] for row in _request_rows(rendered) if _paths(row)]
    if not rows:
        return None
    chosen = rng.choice(rows)

    def double(table: Table, at: int, row: Row) -> tuple[Row, ...]:
        if chosen not in _paths(row)[:1]:
            return (row,)
        again = tuple(c if c.path or not c.text else replace(c) for c in row)
        return (row, again)

    return rendered.reset(_rows(rendered, double))


def _own_rows(rendered: Rendered, rng: Random, kind: str) -> Row | None:
    """A row with several numbers, preferably not all zero."""
    rows = [
        r for t in rendered.draft.tables() if t.kind == kind for r in t.rows if len(_paths(r)) > 2
    ]
    full = [r for r in rows if any(c.path and c.text not in ("0", "") for c in r)]
    return rng.choice(full or rows) if rows else None


def cell_lost(rendered: Rendered, rng: Random) -> Rendered | None:
    """One number of a row is gone without a trace: the row is one short."""
    kind = rng.choice(("requests", "requests", "disclosure", "litigation"))
    if rendered.layout == _CUT and kind == "requests":
        return None
    if rendered.layout == _FILLED and kind == "disclosure":
        return None
    row = _own_rows(rendered, rng, kind)
    if row is None:
        return None
    chosen = rng.choice(_paths(row))
    draft = _rows(rendered, lambda t, at, r: (tuple(c for c in r if c.path != chosen),))
    return rendered.reset(_doubt(draft, _paths(row)))


def row_shifted(rendered: Rendered, rng: Random) -> Rendered | None:
    """A row's numbers stand one column further on, the last one lost."""
    row = _own_rows(rendered, rng, "requests")
    if row is None or rendered.layout == _CUT:
        return None
    paths = _paths(row)
    if len({c.text for c in row if c.path}) == 1:
        return None  # a shift of equal numbers changes nothing
    if not any(_counts(rendered, cell) for cell in row if cell.path != paths[-1]):
        return None  # a row that shows nothing but zeros then is the sound row of another report
    texts = dict(zip(paths[1:], (c for c in row if c.path), strict=False))
    filler = rng.choice(("0", ""))

    def shift(table: Table, at: int, r: Row) -> tuple[Row, ...]:
        if paths[0] not in _paths(r)[:1]:
            return (r,)
        cells = (
            c
            if not c.path
            else replace(texts[c.path], wide=1)
            if c.path in texts
            else replace(c, text=filler, legible=False)
            for c in r
        )
        return (tuple(cells),)

    return rendered.reset(_doubt(_rows(rendered, shift), paths))


def _without_column(rendered: Rendered, column: str, head: bool) -> Draft:
    """Section 三 without a column's numbers, and without its head too."""
    names = dict(
        zip(
            COLUMNS,
            ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"),
            strict=True,
        )
    )

    def cut(table: Table, at: int, row: Row) -> tuple[Row, ...]:
        if table.kind != "requests":
            return (row,)
        heads = table.rows[: table.head]
        if row not in heads:
            return (tuple(c for c in row if not (c.path or "").endswith(f".{column}")),)
        if not head:
            return (row,)
        return (_without_head(row, heads.index(row), column, names[column]),)  # on each page

    return _rows(rendered, cut)


def _without_head(row: Row, at: int, column: str, name: str) -> Row:
    outer = column in ("natural_person", "total")
    out: list[Cell] = []
    for index, cell in enumerate(row):
        if cell.text == name or (
            at == 2
            and outer
            and cell.merged
            and index == (1 if column == "natural_person" else len(row) - 1)
        ):
            continue
        narrower = cell.text == "申请人情况" or (cell.text == "法人或其他组织" and not outer)
        out.append(replace(cell, wide=cell.wide - 1) if narrower else cell)
    return tuple(out)


def total_lost(rendered: Rendered, rng: Random) -> Rendered:
    """The 总计 column is gone everywhere, with its head."""
    return rendered.reset(_without_column(rendered, "total", head=True))


def column_lost(rendered: Rendered, rng: Random) -> Rendered:
    """Another column is gone everywhere, with its head."""
    return rendered.reset(_without_column(rendered, rng.choice(COLUMNS[:-1]), head=True))


def column_numbers_lost(rendered: Rendered, rng: Random) -> Rendered | None:
    """A column's numbers are gone and its head is not: six numbers for seven heads."""
    if rendered.layout in (_CUT, _SPARE):
        return None
    draft = _without_column(rendered, rng.choice(COLUMNS), head=False)
    paths = [p for p in numbers(rendered) if p.startswith("requests.")]
    return rendered.reset(_doubt(draft, paths))


def _insert(rendered: Rendered, at: int, text: Callable[[Row], str], rows: frozenset[str]) -> Draft:
    """Rows of section 三 with one more number before their number `at`."""

    def widen(table: Table, index: int, row: Row) -> tuple[Row, ...]:
        if not rows.intersection(_paths(row)[:1]):
            return (row,)
        first = next(i for i, c in enumerate(row) if c.path)
        place = first + at
        return ((*row[:place], Cell(text(row)), *row[place:]),)

    return _rows(rendered, widen)


def spare_column(rendered: Rendered, rng: Random) -> Rendered | None:
    """Every row of section 三 has one number more: a 0, a neighbour again, or a line number."""
    rows = [_paths(row)[0] for row in _request_rows(rendered) if _paths(row)]
    if rendered.layout == _CUT:
        return None
    at = rng.choice((0, 7, rng.randint(1, 6)))
    kind = rng.choice(("zero", "zero", "double", "line", "blank"))
    if kind == "line":
        at = 0

    def text(row: Row) -> str:
        own = [c for c in row if c.path]
        if kind == "line":
            return str(rows.index(_paths(row)[0]) + 1)
        beside = own[min(at, len(own) - 1)].text
        return {"double": beside, "zero": "0" if beside else ""}.get(kind, "")

    draft = _insert(rendered, at, text, frozenset(rows))
    return rendered.reset(_doubt(draft, _unplaced([_widened(draft, rows)])))


def _widened(draft: Draft, chosen: Iterable[str]) -> list[Row]:
    """The numbers of the rows of section 三 that begin with these cells, spare ones too."""
    first = frozenset(chosen)
    rows = (r for t in draft.tables() if t.kind == "requests" for r in t.rows[t.head :])
    return [_numbers(r) for r in rows if first.intersection(_paths(r)[:1])]


def _numbers(row: Row) -> Row:
    """A row from its first number, or from the spare one before it."""
    at = next(i for i, cell in enumerate(row) if cell.path)
    return row[at:] if len(row) - at > len(_paths(row)) else row[at - 1 :]


def _unplaced(groups: Iterable[list[Row]]) -> Iterator[str]:
    """Cells of rows with a spare number whose value the sums of the rows leave open.

    Rows of a group have the same spare column. Where dropping another one leaves every row of
    the group adding up too, a careful reader knows only what both placings agree on.
    """
    for rows in groups:
        width = min(map(len, rows), default=0)
        adding = [k for k in range(width) if all(_adds_up(row, k) for row in rows)]
        for row in rows:
            own = [i for i, cell in enumerate(row) if cell.path]
            for column, i in enumerate(own):
                placed = {row[column + (column >= k)].text for k in adding}
                if placed - {row[i].text}:
                    yield str(row[i].path)


def _adds_up(row: Row, dropped: int) -> bool:
    kept = [cell.text for i, cell in enumerate(row) if i != dropped]
    if not all(text.isdecimal() for text in kept):
        return True  # nothing can be told from it
    *parts, total = map(int, kept)
    return sum(parts) == total


def spare_some(rendered: Rendered, rng: Random) -> Rendered | None:
    """Some rows of section 三 have one number more, each at its own place."""
    rows = [_paths(row)[0] for row in _request_rows(rendered) if _paths(row)]
    if rendered.layout == _CUT:
        return None
    chosen = frozenset(rng.sample(rows, min(len(rows), rng.randint(1, 6))))
    at = rng.randint(0, 7)
    draft = _insert(rendered, at, _zero, chosen)
    return rendered.reset(_doubt(draft, _unplaced([r] for r in _widened(draft, chosen))))


def _zero(row: Row) -> str:
    """A 0, but none in a row that prints nothing."""
    return "0" if any(cell.path and cell.text for cell in row) else ""


def head_repeated(rendered: Rendered, rng: Random) -> Rendered:
    """The column heads of section 三 once more inside the table, as after a page break."""
    at = rng.randint(5, 20)

    def again(table: Table) -> Table:
        if table.kind != "requests":
            return table
        rows = table.rows
        return replace(table, rows=(*rows[:at], *rows[: table.head], *rows[at:]))

    return rendered.reset(rendered.draft.with_tables(again))


def head_lost(rendered: Rendered, rng: Random) -> Rendered:
    """The first row of a table is gone, or all its column heads."""
    kind = rng.choice(("disclosure", "requests"))
    count = rng.choice((1, 3)) if kind == "requests" else 1

    def cut(table: Table) -> Table:
        if table.kind != kind:
            return table
        return replace(table, rows=table.rows[count:], head=table.head - count)

    return rendered.reset(rendered.draft.with_tables(cut))


def table_absent(rendered: Rendered, rng: Random) -> Rendered:
    """One table or all are images: headings follow each other with nothing between."""
    kind = rng.choice(("all", "disclosure", "requests", "litigation"))
    lost = [p for p in rendered.truth.cells if kind == "all" or p.startswith(kind)]
    keep = _stated(rendered)
    draft = rendered.draft.with_tables(lambda t: None if kind in ("all", t.kind) else t)
    return rendered.reset(forget(draft, [p for p in lost if not p.startswith(keep)]))
