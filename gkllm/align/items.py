"""Grid > items in printed order: the labels, pieces of labels and runs of numbers of a table.

This is the walk over the cells that sections 二 and 三 share: what a cell is, never what it
belongs to.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from operator import itemgetter

from gkllm.align.labels import ALSO_COLUMNS, Lexicon, Mention, numeral, words_of
from gkllm.align.slots import UNITS, Slot, is_slot, slot
from gkllm.document import Cell, Grid
from gkllm.report import Reason

_DIGIT = re.compile(r"\d")  # without one nothing ran together
_GLUED = re.compile(r"(.*[一-鿿)”\"])\s*(\d{1,9}(?:\.\d{1,6})?)$", re.DOTALL)
# A total that ran into the numeral of the next label: 62.其他法律…, a 6 and a 2.
_RUN_INTO = re.compile(r"(\d{1,8})([1-8][.、,]\D.*)$", re.DOTALL)
# A number that ran into the words of another label: 5第二十条第(八)项, 0(七)总计.
_BEFORE_WORDS = re.compile(
    r"(\d{1,9})((?:\([一二三四五六七八九十]{1,2}\)|[一二三四五六七八九十]、)?[一-鿿].*)$", re.DOTALL
)
_OTHER_LABEL = 4  # characters that tell it
# A group and the numeral of its item in one cell: (三)不予公开2. 其他.
_ITEM = re.compile(r"(?<=[一-鿿])\s*(?=\d{1,2}\s*[.、,:](?!\d))")
_ENDS = 3  # characters of a group on the line where its item begins
BARE = re.compile(r"\(?[一二三四五六七八九十\d]{1,2}[)、.,]")
_ENDS_IN_NUMERAL = re.compile(r"\([一二三四五六七八九十]\)$")
_GROUPED = re.compile(r"\d{1,3}(?: \d{3})+$")  # 1 288 for 1,288
_NOTE_ENDS = re.compile(r"[^()]*\)$")  # a note in brackets: (撤回的计入3.其他)
_NOTE_OPENS = re.compile(r"\d[\d,]{0,9}\([^()]{0,60}")  # a number, and a note not yet at its end
_NOTE_BEGINS = re.compile(r"\((?!区分)[^()]*$")  # behind a label, of which it is a part
_DEFINED = re.compile(r"(.{4,60}?)\(")
_MOST_WORDS = 6  # words of a line that can be one label
_RECTANGLE = 0.8  # share of the rows of a table that reach its edge, if it has one
_FEWEST_AT_EDGE = 2  # one row, and a head of one, end where they end
_NEARLY_ALL = 0.8  # of the lines that hold a number hold one and nothing else; of the rows
_FEWEST_BROKEN = 3  # rows on several lines
_FEWEST_JOINED = 3  # heads in one word that are no misspelt one
_OPEN_PIECES = 6  # wrapped labels that may wait for their ends at once: a head has so many columns
_CERTAIN_PIECE = 3  # characters of a label that was never finished, if no other begins so


@dataclass(eq=False, slots=True)
class Spoken:
    """A label as it stands in the text; `lines` are those that hold a piece of it, `x` its cell's.

    `behind` is the run before it: labels behind the same run have no numbers between them.
    `numbered` says that its numeral is printed before it: (七)总计 is a row, 总计 may be a column.
    """

    mention: Mention
    first: int
    last: int
    lines: set[int]
    numbered: bool
    x: int
    behind: int


@dataclass(eq=False, slots=True)
class Run:
    """Numbers that stand together.

    `edge`: the last of them fills its table to the right. `tall`: they stand one a line. `own`: no
    cell among them was left by a label.
    """

    slots: list[Slot]
    line: int
    at: int
    edge: bool = False
    tall: bool = False
    own: bool = False

    @property
    def printed(self) -> tuple[tuple[object, object], ...]:
        """What the run prints: runs of equal prints are one row, printed again."""
        return tuple((s.value, s.reason) for s in self.slots)


@dataclass(eq=False, slots=True)
class Items:
    """Everything that a grid says of a form's table; `at`, `first`, `last` give the order.

    `unknown` are the places in that order of words that are no label and no piece of one;
    `unfinished` those of pieces that never became one. `openings` are the words right before the
    first number of a line, if no label above goes on with them.
    """

    spoken: list[Spoken] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    unfinished: set[int] = field(default_factory=set)
    openings: dict[int, str] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class _Piece:
    """The beginning of a label: the wordings that it can still become."""

    open: list[tuple[str, Mention]]
    seen: int
    first: int
    last: int
    lines: set[int]
    numbered: bool
    x: int
    behind: int
    midway: bool = False  # right behind words that are no label, so that it may be a piece of one

    @property
    def whole(self) -> bool:
        """Whether what was seen of it is a label already."""
        return any(len(words) == self.seen for words, _ in self.open)

    def spoken(self) -> Spoken | None:
        mentions = {m for words, m in self.open if len(words) == self.seen}
        if not mentions and self.seen >= _CERTAIN_PIECE and not self.midway:
            mentions = {m for _, m in self.open}
        if len(mentions) != 1:
            return None
        return Spoken(
            mentions.pop(),
            self.first,
            self.last,
            self.lines,
            self.numbered,
            self.x,
            self.behind,
        )


class _Walk:
    """The walk itself: it only goes forward."""

    def __init__(self, grid: Grid, known: Lexicon) -> None:
        self.grid, self.known = grid, known
        self.items = Items()
        self.pieces: list[_Piece] = []
        self.tick = 0
        self.went_on = -1  # the last words that are more of a label begun on a line above
        self.held = (-1, "")  # where a numeral stood that no words followed, and which
        self.lone = -2  # the last line that held one number and nothing else
        self.edge = _edge(grid)
        self.one_a_line = not grid.ruled and _numbers_alone(grid)
        self.nearly_all = self.one_a_line and _nearly_all_alone(grid)

    def row(self, line: int, row: Sequence[Cell]) -> None:
        parts = list(_parts(row, self.known))
        if not self.grid.ruled and len(parts) > 1:
            parts = _one_number(parts) if self.stands_alone(line) else _from_words(parts)
        run: Run | None = None
        words: list[Cell] = []
        opens = self.nearly_all
        for part in parts:
            if isinstance(part, Cell):
                run, opens = None, False
                words.append(part)
                continue
            if words:
                self.words(words, line)
                if self.went_on != self.tick and not _NOTE_BEGINS.search(words[-1].text):
                    self.items.openings.setdefault(line, words[-1].text)
                words = []
            self.tick += 1
            if run is None:
                run = self.run(line, alone=opens or len(parts) == 1)
            run.slots.append(part)
        self.words(words, line)
        if run is not None and self.grid.ruled:
            run.edge = row[-1].x == self.edge
        if self.nearly_all:
            # Where a line end was lost, numbers go on with those before it and behind.
            self.lone = line if run is not None else -2

    def stands_alone(self, line: int) -> bool:
        """Whether numbers stand one a line here: two on a line are then one that was split."""
        rows = self.grid.rows
        around = [rows[i] for i in (line - 1, line + 1) if 0 <= i < len(rows)]
        alone = self.one_a_line or self.lone == line - 1
        return alone or all(len(r) == 1 and is_slot(r[0]) for r in around)

    def run(self, line: int, *, alone: bool) -> Run:
        """The run that a number begins or, where numbers stand one a line, goes on with."""
        goes_on = alone and not self.grid.ruled and self.lone == line - 1
        if alone:
            self.lone = line
        if goes_on:
            return self.items.runs[-1]
        self.items.runs.append(Run([], line, self.tick, tall=alone or self.nearly_all))
        return self.items.runs[-1]

    def words(self, cells: list[Cell], line: int) -> None:
        """Words between two numbers: the longest that is a label first."""
        if not self.grid.ruled:
            cells = list(_with_numerals(cells))
        i = 0
        while i < len(cells):
            taken = self.label(cells, i, line) if self.grid.ruled is False else 0
            if not taken:
                self.cell(cells[i], line)
                taken = 1
            i += taken

    def label(self, cells: list[Cell], i: int, line: int) -> int:
        """Several words that are one label together; how many were taken."""
        for j in range(min(len(cells), i + _MOST_WORDS), i + 1, -1):
            text = "".join(c.text for c in cells[i:j])
            words = words_of(text)
            mention = self.known.whole(words)
            if mention and not self._of_another(mention, words, printed := numeral(text)):
                self.tick += 1
                self.speak(mention, line, bool(printed), cells[i].x)
                return j - i
        return 0

    def cell(self, cell: Cell, line: int) -> None:
        self.tick += 1
        words = words_of(cell.text)
        if not words:
            if cell.text:
                self.items.unknown.append(self.tick)
            if BARE.fullmatch(cell.text):
                self.held = self.tick, numeral(cell.text)
            return
        printed = numeral(cell.text)
        mention = self.known.words.get(words)
        if mention is not None and mention.key in ALSO_COLUMNS and _NOTE_ENDS.match(cell.text):
            self.items.unknown.append(self.tick)
            return
        if mention is not None and self._of_another(mention, words, printed):
            self.begin(words, line, printed, cell.x)
            return
        goes_on = mention is None and self.goes_on(words, line, cell.x)
        if goes_on or (mention is None and self.heads(words, line, cell.x)):
            return
        mention = mention or self.known.whole(words) or self._defined(cell.text)
        mention = mention or self.known.near(words)
        if mention is None:
            self.begin(words, line, printed, cell.x)
            return
        # 部分公开 is a whole label, and the first line of a longer one.
        longer = [(w, m) for w, m in self.known.starting(words) if m == mention]
        if longer:
            self.pieces.append(
                _Piece(
                    longer,
                    len(words),
                    self.tick,
                    self.tick,
                    {line},
                    bool(printed),
                    cell.x,
                    self.behind(),
                )
            )
        else:
            self.speak(mention, line, bool(printed), cell.x)

    def heads(self, words: str, line: int, x: int) -> bool:
        """Whether these words are several heads of outcomes without a space between them."""
        heads = [] if self.grid.ruled else self.known.several(words)
        if len(heads) < _FEWEST_JOINED or all(head.kind != "outcome" for head in heads):
            return False
        for head in heads:
            self.tick += 1
            self.speak(head, line, numbered=False, x=x)
        return True

    def _of_another(self, mention: Mention, words: str, printed: str) -> bool:
        """Whether the printed numeral says that these words begin another label.

        (六)其他 is the first line of (六)其他处理, not 3.其他.
        """
        if not printed or printed == self.known.numerals.get(mention, ""):
            return False
        longer = {m for _, m in self.known.starting(words) if m != mention}
        return any(self.known.numerals.get(m) == printed for m in longer)

    def behind(self) -> int:
        return self.items.runs[-1].at if self.items.runs else -1

    def speak(self, mention: Mention, line: int, numbered: bool, x: int) -> None:
        """Note a whole label."""
        self.items.spoken.append(
            Spoken(mention, self.tick, self.tick, {line}, numbered, x, self.behind())
        )

    def _defined(self, text: str) -> Mention | None:
        """A label with a definition pasted behind it in brackets."""
        bare = _DEFINED.match(text)
        return self.known.whole(words_of(bare[1])) if bare else None

    def goes_on(self, words: str, line: int, x: int) -> bool:
        """Whether these words are more of a label that was begun; between borders, above them."""
        pieces = self.pieces[: -_OPEN_PIECES - 1 : -1]
        if self.grid.ruled:
            pieces.sort(key=lambda piece: piece.x != x)
        for piece in pieces:
            if len(words) == 1 and piece is not self.pieces[-1] and piece.whole:
                continue  # one character rather begins another than goes on with a whole one
            still = [(w, m) for w, m in piece.open if w.startswith(words, piece.seen)]
            if still:
                piece.open, piece.seen = still, piece.seen + len(words)
                piece.last = self.tick
                if line > min(piece.lines):
                    self.went_on = self.tick
                piece.lines.add(line)
                return True
        return False

    def begin(self, words: str, line: int, printed: str, x: int) -> None:
        """Words that are no label may begin one; `printed` is the numeral before them."""
        begun = self.known.starting(words)
        midway = self.items.unknown[-1:] == [self.tick - 1]
        if not printed and self.held[0] == self.tick - 1:
            printed, midway = self.held[1], False  # the numeral stands on the line above
        numbered = [(w, m) for w, m in begun if self.known.numerals.get(m) == printed]
        if printed and numbered:
            begun = numbered
        elif len(words) == 1:
            # 自, 然, 人 below each other: the heads of columns are narrow.
            begun = [(w, m) for w, m in begun if m.kind == "column" or m.key in ALSO_COLUMNS]
        if begun:
            at, here = self.tick, {line}
            self.pieces.append(
                _Piece(begun, len(words), at, at, here, bool(printed), x, self.behind(), midway)
            )
        else:
            self.items.unknown.append(self.tick)


def _with_numerals(cells: Sequence[Cell]) -> Iterator[Cell]:
    """Words with the numeral that stands apart before them: (六) 其他."""
    numeral_: Cell | None = None
    for cell in cells:
        if numeral_ is not None:
            text = f"{numeral_.text} {cell.text}"
            cell = Cell(text, numeral_.start, cell.end, cell.x, cell.x_wide)  # noqa: PLW2901
        numeral_ = cell if BARE.fullmatch(cell.text) else None
        if numeral_ is None:
            yield cell
    if numeral_ is not None:
        yield numeral_


def _numbers_alone(grid: Grid) -> bool:
    """Whether most lines of nothing but numbers hold one."""
    lengths = [len(row) for row in grid.rows if row and all(map(is_slot, row))]
    return lengths.count(1) * 2 > len(lengths)


def _nearly_all_alone(grid: Grid) -> bool:
    """Whether nearly all lines that hold a number hold one and nothing else."""
    lengths = [len(row) for row in grid.rows if any(map(is_slot, row))]
    alone = sum(len(row) == 1 and is_slot(row[0]) for row in grid.rows)
    return alone > len(lengths) * _NEARLY_ALL


def _edge(grid: Grid) -> int:
    """X of the last column of a table whose rows all end there; -1 where they do not.

    A few rows may run on: the head of the next table, where its heading was lost.
    """
    ends = Counter(row[-1].x for row in grid.rows if len(row) > 1)
    last, count = max(ends.items(), key=itemgetter(1), default=(-1, 0))
    return last if count > max(_RECTANGLE * ends.total(), _FEWEST_AT_EDGE) else -1


def read_items(grid: Grid, known: Lexicon) -> Items:
    """Walk over a grid and say what it holds, in printed order."""
    walk = _Walk(grid, known)
    for line, row in enumerate(grid.rows):
        walk.row(line, row)
    items = walk.items
    _take_fractions_of_nothing(items.runs)
    for piece in walk.pieces:
        if (spoken := piece.spoken()) is not None:
            items.spoken.append(spoken)
        else:
            items.unknown.append(piece.first)
            items.unfinished.add(piece.first)
    items.spoken.sort(key=lambda spoken: spoken.first)
    if grid.ruled:
        items.runs = _behind_labels(items)
    return items


def _take_fractions_of_nothing(runs: Sequence[Run]) -> None:
    """3.0 is 3 where most numbers are written so, as pandas does; alone it is a share or a sum."""
    numbers = [slot for run in runs for slot in run.slots if slot.value is not None]
    if sum(map(_is_whole, numbers)) * 2 > len(numbers):
        for run in runs:
            run.slots = [
                s._replace(value=int(s.value or 0)) if _is_whole(s) else s for s in run.slots
            ]


def _is_whole(slot: Slot) -> bool:
    return isinstance(slot.value, Decimal) and slot.value == int(slot.value)


def over_lines(runs: Sequence[Run], width: int) -> list[Run]:
    """The runs, those that one row's numbers make on several lines as one.

    Narrow columns of a PDF share a line, wide ones have one each: 12, 3 and 0 0 0 1 16 are a row
    if nearly all numbers between two labels are as many as a row has.
    """
    groups: list[list[Run]] = []
    for run in runs:
        last = groups[-1][-1] if groups else None
        if last is not None and last.at + len(last.slots) == run.at:  # nothing stands between
            groups[-1].append(run)
        else:
            groups.append([run])
    rows = [[slot for run in group for slot in run.slots] for group in groups]
    whole = [len(group) > 1 for group, row in zip(groups, rows, strict=True) if len(row) == width]
    if sum(whole) < _FEWEST_BROKEN or len(whole) < _NEARLY_ALL * len(rows):
        return list(runs)
    return [
        Run(row, group[0].line, group[0].at, tall=any(run.tall for run in group))
        for group, row in zip(groups, rows, strict=True)
    ]


def in_one_line(items: Items, grid: Grid) -> bool:
    """Whether the rows of a table stand in one line, whose cells do not tell where a row ends."""
    if grid.layout == "runs":
        return True
    lines = {line for spoken in items.spoken for line in spoken.lines}
    return len(items.spoken) > 1 and len(lines | {run.line for run in items.runs}) == 1


def _behind_labels(items: Items) -> list[Run]:
    """The runs without those that are only empty cells before a label, or on a line of none.

    Empty cells before a label are what merged cells leave; behind one they are blanks. Numbers
    before the first name of a row on a line that has cells behind its names are of no row above,
    nor of this one.
    """
    named: dict[int, int] = {}
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for spoken in items.spoken:
        for line in spoken.lines:
            if spoken.mention.kind == "row":
                named[line] = min(spoken.first, named.get(line, spoken.first))
            first[line] = min(spoken.last, first.get(line, spoken.last))
            last[line] = max(spoken.first, last.get(line, spoken.first))
    behind = {r.at for r in items.runs if r.line in first and first[r.line] < r.at > last[r.line]}
    followed = {run.line for run in items.runs if run.at in behind}
    return [
        run
        for run in items.runs
        if run.at in behind
        or (
            any(s.reason is not Reason.BLANK for s in run.slots)
            and not (run.line in followed and run.at < named.get(run.line, 0))
        )
    ]


def _parts(row: Sequence[Cell], known: Lexicon) -> Iterator[Slot | Cell]:
    """What the cells of a row are; a label and a number that ran together come apart."""
    for cell, following in pairwise([*_with_notes(row), None]):
        if cell is None or cell.text in UNITS:
            continue
        read = slot(cell)
        if read is None:
            yield from _apart(cell, known) if _DIGIT.search(cell.text) else (cell,)
        elif read.value is not None and following is not None and following.text in UNITS:
            yield read._replace(unit=following.text)
        else:
            yield read


def _with_notes(row: Sequence[Cell]) -> Sequence[Cell]:
    """The cells of a row, a number with its note as one where spaces part it: 9(含上年 5 件)."""
    if not any(_NOTE_OPENS.fullmatch(cell.text) for cell in row):
        return row
    cells: list[Cell] = []
    for cell in row:
        last = cells[-1] if cells else None
        if last is not None and _NOTE_OPENS.fullmatch(last.text):
            text = last.text + " " * (cell.start - last.end) + cell.text
            cells[-1] = Cell(text, last.start, cell.end, last.x, last.x_wide)
        else:
            cells.append(cell)
    return cells


def _apart(cell: Cell, known: Lexicon) -> Iterator[Slot | Cell]:
    words = _BEFORE_WORDS.match(cell.text)
    if words and _begins_label(words_of(words[2]), known):
        yield from filter(None, [slot(_piece(cell, 0, words.end(1)))])
        yield from _apart(_piece(cell, words.start(2), len(cell.text)), known)
        return
    item = _ITEM.search(cell.text)
    if item:
        group = known.whole(words_of(cell.text[: item.start()]))
        # Or the last characters of a group: 开8.属, before 于行政 and 查询事项.
        last = item.start() <= _ENDS and _begins_item(cell.text[item.end() :], known)
        if last or (group is not None and group.kind == "group"):
            yield _piece(cell, 0, item.start())
            yield from _apart(_piece(cell, item.end(), len(cell.text)), known)
            return
    glued = _GLUED.match(cell.text)
    if glued and known.whole(words_of(glued[1])):
        yield _piece(cell, 0, glued.end(1))
        yield from filter(None, [slot(_piece(cell, glued.start(2), len(cell.text)))])
        return
    ran = _RUN_INTO.match(cell.text)
    if ran and (known.whole(words_of(ran[2])) or known.starting(words_of(ran[2]))):
        yield from filter(None, [slot(_piece(cell, 0, ran.end(1)))])
        yield _piece(cell, ran.start(2), len(cell.text))
        return
    yield cell


def _begins_item(text: str, known: Lexicon) -> bool:
    """Whether a text begins as a label does that has the numeral before it."""
    return any(known.numerals.get(m) == numeral(text) for _, m in known.starting(words_of(text)))


def _begins_label(words: str, known: Lexicon) -> bool:
    """Whether words begin as a label does, whatever follows."""
    first = words[:_OTHER_LABEL]
    begun = len(first) == _OTHER_LABEL and (first in known.words or bool(known.starting(first)))
    return begun or known.whole(words) is not None


def _piece(cell: Cell, start: int, end: int) -> Cell:
    return Cell(cell.text[start:end], cell.start + start, cell.start + end, cell.x, cell.x_wide)


def _from_words(parts: list[Slot | Cell]) -> list[Slot | Cell]:
    """The 无 of 无法提供 as words: it begins a line that goes on so, or stands behind (四)."""
    if not any(isinstance(part, Slot) and part.cell.text == "无" for part in parts):
        return parts
    return [
        part.cell if isinstance(part, Slot) and _begins_words(part.cell, before, behind) else part
        for before, part, behind in zip([None, *parts], parts, [*parts[1:], None], strict=False)
    ]


def _begins_words(cell: Cell, before: Slot | Cell | None, behind: Slot | Cell | None) -> bool:
    if cell.text != "无":
        return False
    if before is None:
        return isinstance(behind, Cell)
    if not isinstance(before, Cell) or cell.start - before.end > 1:
        return False
    return _ENDS_IN_NUMERAL.search(before.text) is not None


def _one_number(parts: list[Slot | Cell]) -> list[Slot | Cell]:
    """Digits apart by single spaces as one number that may have been split; else as they are."""
    cells = [part.cell for part in parts if isinstance(part, Slot)]
    words = " ".join(cell.text for cell in cells)
    whole = len(cells) == len(parts) and cells[-1].end - cells[0].start == len(words)
    whole = whole and _GROUPED.match(words) is not None
    joined = slot(Cell(words, cells[0].start, cells[-1].end, cells[0].x)) if whole else None
    return [joined] if joined is not None and joined.split else parts
