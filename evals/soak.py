"""Random damaged documents by the thousand: a truth, a layout, none to three damages.

`case` draws from all damages, `hard` two or three of those that move numbers.

Document `index` of a seed is always the same one. Evaluating them is `gkllm eval`; this module
only makes them, as cases of a suite.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from evals.cases import case as as_case
from evals.cases import fold, truths
from evals.mangle import DAMAGE, damage
from evals.render import LAYOUTS, Rendered
from evals.truth import random_truth
from gkllm.evaluate.pool import described, outcome
from gkllm.evaluate.result import Result, result
from gkllm.evaluate.suite import Case, all_paths

__all__ = ["case", "document", "documents", "fold", "hard", "judge", "truths"]

# Damages that move numbers, or take away what tells whose they are. The order is part of each seed.
MOVING = (
    *("blank_zeros", "blank_some_zeros", "blank_cells", "lone_zeros", "slash_zeros"),
    *("split_digits", "label_lost", "labels_lost", "row_lost", "row_doubled", "cell_lost"),
    *("row_shifted", "total_lost", "column_lost", "column_numbers_lost", "spare_column"),
    *("spare_some", "head_repeated", "head_lost", "sum_wrong", "stray_numbers", "lines_once"),
    *("truncated", "beginning_lost", "inner_spaces", "heading_lost", "prose_contradicts"),
)


def document(
    index: int, seed: int, layout: str | None = None, kinds: tuple[str, ...] | None = None
) -> tuple[Rendered, tuple[str, ...]]:
    """Document `index` of a seed, with the damages that it bears."""
    rng = Random(f"{seed}:{index}")
    truth = random_truth(rng)
    rendered = LAYOUTS[layout or rng.choice(list(LAYOUTS))](truth, rng)
    if kinds is None:
        kinds = tuple(rng.sample(list(DAMAGE), rng.choice((0, 1, 1, 2, 2, 3))))
    return damage(rendered, kinds, rng)


def documents(
    count: int, seed: int, layout: str | None = None, kinds: tuple[str, ...] | None = None
) -> Iterator[tuple[Rendered, tuple[str, ...]]]:
    """`count` damaged documents with what is true of them; equal seeds give equal documents."""
    return (document(index, seed, layout, kinds) for index in range(count))


def case(
    index: int, seed: int, layout: str | None = None, kinds: Sequence[str] | None = None
) -> Case:
    """Document `index` of a seed as a case of a suite."""
    chosen = tuple(kinds) if kinds is not None else None
    return as_case(f"{seed}-{index:05}", *document(index, seed, layout, chosen))


def hard(index: int, seed: int, layout: str | None = None) -> Case:
    """Document `index` of a seed with two or three damages that move numbers."""
    rng = Random(f"hard:{seed}:{index}")
    return case(index, seed, layout, rng.sample(MOVING, rng.choice((2, 2, 3))))


def judge(name: str, rendered: Rendered, damages: tuple[str, ...]) -> Result:
    """Read one document in this process and score it."""
    this = as_case(name, rendered, damages)
    told = {"suite": "one", **described(this), **outcome(this, (), "")}
    return result(told, all_paths(), this.truth)
