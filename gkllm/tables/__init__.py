"""Section > Grid: one file per text layout, all with the signature `read(text, section)`.

A layout tells what its markup means (which cells stand in one row, whether an empty cell
leaves a trace) and nothing about the form. `read_grid` picks the layout by its markup.
"""

from __future__ import annotations

from gkllm.document import Grid, Section, Text
from gkllm.tables import pipes, spaced, stacked, tabs

_MANY_PIPES = 40  # in one line: a whole table, or a whole report, in one cell


def read_grid(text: Text, section: Section) -> Grid:
    """Read the rows of a section in the layout that its markup shows."""
    lines = text.clean[section.start : section.end].split("\n")
    cells = sum(1 for line in lines if line.lstrip(" ").startswith("\t") and line.count("\t") == 1)
    tabbed = sum(1 for line in lines if line.count("\t") > 1)
    piped = sum(1 for line in lines if line.count("|") > 1)
    if any(line.count("|") > _MANY_PIPES for line in lines):
        return pipes.read_runs(text, section)
    # A stray | is what OCR makes of a 1; a table of pipes has them in most of its lines.
    written = sum(1 for line in lines if line.strip())
    if piped > max(tabbed, cells, written // 4):
        return pipes.read(text, section)
    if tabbed and tabbed * 3 > cells:
        return tabs.read(text, section)
    if cells:
        return stacked.read(text, section)
    return spaced.read(text, section)
