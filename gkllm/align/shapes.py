"""Rows of section 三 by what their cells have in common."""

from __future__ import annotations

from collections.abc import Sequence

from gkllm.align.items import Run, Spoken
from gkllm.align.order import nearest
from gkllm.align.readings import without_blanks
from gkllm.align.slots import Slot

Labelled = tuple[Run, Spoken | None]  # a run with the label in its line
Shape = tuple[int, int, int]  # x of the label and of the first cell behind it, number of cells


def shape_of(run: Run, label: Spoken | None) -> Shape:
    """What rows have in common whose labels run over the same columns."""
    return (-1 if label is None else label.x, run.slots[0].cell.x, len(run.slots))


def label_of(run: Run, labels: Sequence[Spoken]) -> Spoken | None:
    """The label that stands in the same line as a run, before it."""
    label = nearest(run, labels)
    return label if label is not None and run.line in label.lines else None


def counts(run: Run) -> bool:
    """Whether a row has anything but zeros."""
    return any(slot.value != 0 for slot in run.slots)


def bare(run: Run, ruled: bool) -> Sequence[Slot]:
    """The slots of a run without what merged label cells left at its ends."""
    return without_blanks(run.slots) if ruled else run.slots
