"""Files of all formats as cases of the suites `formats`, `pdf` and `scan`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evals.cases import case as as_case
from evals.formats import file
from evals.formats.printed import PRINTED, SCANNED, available
from evals.paper import Unprintable
from gkllm.evaluate.suite import Case


def case(
    index: int, seed: int, names: Sequence[str], kinds: Sequence[str] | None = None
) -> Case | None:
    """File `index` of a seed, the formats taking turns; damaged at random unless `kinds` say how.

    None where the program that prints this format is not installed here, or refuses.
    """
    name = names[index % len(names)]
    if name in (PRINTED | SCANNED) and not available(name):
        return None
    try:
        made, damages = file(index, seed, name, kinds)
    except Unprintable:
        return None
    found = as_case(f"{name}-{seed}-{index}", made, damages)
    suffix = "pdf" if name in (PRINTED | SCANNED) else ""
    return replace(found, name=f"source.{suffix}" if suffix else found.name)
