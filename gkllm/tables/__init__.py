"""Section > Grid: one file per text layout, all with the signature `read(text, section)`.

A layout tells what its markup means (which cells stand in one row, whether an empty cell
leaves a trace) and nothing about the form. `read_grid` picks the layout by its markup; where
the document's format marks tables (`marked`), their cells are taken and nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from gkllm.document import Cell, Grid, Section, Table, Text
from gkllm.tables import commas, drawn, marked, pipes, spaced, stacked, tabs

_MANY_PIPES = 40  # in one line: a whole table, or a whole report, in one cell
_FEW_PIPES = 2  # fewer are no table
_FEWEST_PIPED = 3  # rows of another table
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d[\d,.]{0,12}")
_SEVERAL = re.compile(r"\d *\t+ *\S|\S *\t+ *\d")
_FEW_ROWS = 5  # numbers alone on their lines for each that has several cells
_LONGEST = 400_000  # characters of a section; a table has some 3,000, and 30,000 in wide lines


def read_grid(text: Text, section: Section, tables: Sequence[Table] = ()) -> Grid:
    """Read the rows of a section: its marked tables, else the layout that its text shows."""
    if tables and (grid := marked.read(text, section, tables)) is not None:
        return _with_pipes_around(text, section, grid)
    section = _within_reach(text, section)
    printed = text.clean[section.start : section.end]
    lines = printed.split("\n")
    with_tabs = [line for line in lines if "\t" in line] if "\t" in printed else []
    with_pipes = [line for line in lines if "|" in line] if "|" in printed else []
    # A browser parts the cells of a copied row by a tab and a line end: it stands behind a cell, or
    # alone on its line, and begins none.
    hollow = all("\t" not in line.rstrip() for line in with_tabs)
    stacks = [] if hollow else with_tabs
    cells = sum(line.lstrip(" ").startswith("\t") and line.count("\t") == 1 for line in stacks)
    tabbed = sum(line.count("\t") > 1 for line in with_tabs)
    piped = sum(line.count("|") > 1 for line in with_pipes)
    if any(line.count("|") > _MANY_PIPES for line in with_pipes) or _part_of_a_line(text, section):
        return pipes.read_runs(text, section)
    # A stray | is what OCR makes of a 1; a table of pipes has them in most of its lines.
    if piped > max(tabbed, cells) and piped > sum(bool(line.strip()) for line in lines) // 4:
        return drawn.read(text, section) or pipes.read(text, section)
    if cells and tabbed and _alone(with_tabs):
        return stacked.read(text, section)
    if tabbed and tabbed * 3 > cells:
        return tabs.read(text, section)
    if cells:
        return stacked.read(text, section)
    if commas.is_written_so(text, section):
        return commas.read(text, section)
    return spaced.read(text, section)


def _with_pipes_around(text: Text, section: Section, grid: Grid) -> Grid:
    """Marked rows with those between pipes before and behind them: markdown that holds both."""
    begin, end = grid.rows[0][0].start, grid.rows[-1][-1].end
    before = replace(section, end=max(section.start, begin))
    behind = replace(section, start=min(section.end, end))
    rows = [_between_pipes(text, before), grid.rows, _between_pipes(text, behind)]
    return replace(grid, rows=tuple(row for part in rows for row in part))


def _between_pipes(text: Text, section: Section) -> Sequence[tuple[Cell, ...]]:
    printed = text.clean[section.start : section.end]
    if printed.count("|") <= _FEWEST_PIPED * _FEW_PIPES:
        return ()
    piped = (line.count("|") > _FEW_PIPES for line in printed.split("\n") if _DIGIT.search(line))
    return pipes.read(text, section).rows if sum(piped) >= _FEWEST_PIPED else ()


def _alone(with_tabs: Sequence[str]) -> bool:
    """Whether cells stand one on a line between tabs, as the text of an indented web page does."""
    between = [s for line in with_tabs if (s := line.strip(" ")) and s[0] == s[-1] == "\t"]
    numbers = sum(_NUMBER.fullmatch(line.strip()) is not None for line in between)
    rows = sum(_SEVERAL.search(line) is not None for line in with_tabs)
    return numbers > rows * _FEW_ROWS


def _part_of_a_line(text: Text, section: Section) -> bool:
    """Whether the section is cut from one line of many pipes, few as its own may be."""
    clean = text.clean
    own = clean[section.start : section.end].strip()
    if "\n" in own or own.count("|") < _FEW_PIPES:
        return False
    begin = clean.rfind("\n", max(0, section.start - _LONGEST), section.start + 1) + 1
    end = clean.find("\n", section.end - 1, section.end + _LONGEST)
    begin, end = max(begin, section.start - _LONGEST), max(end, section.end)
    return clean.count("|", begin, end) > _MANY_PIPES


def _within_reach(text: Text, section: Section) -> Section:
    """The section, or as much of it as a table can fill: keeps hostile input cheap.

    It is cut behind a whole line or word, so that no number is cut in two.
    """
    end = section.start + _LONGEST
    if section.end <= end:
        return section
    clean = text.clean
    cut = clean.rfind("\n", section.start, end) + 1 or clean.rfind(" ", section.start, end) + 1
    return replace(section, end=max(cut, section.start))
