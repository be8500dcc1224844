"""The documents of the suites in evals/suites: `case(index, seed, …)` for each kind of suite.

Every document bears values: in a report of zeros every shift of rows and columns looks right.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from evals.cases import case
from evals.dice import SEVERITIES, Dice
from evals.mangle import DAMAGE, damage
from evals.render import LAYOUTS
from evals.truth import Truth, random_truth
from gkllm.evaluate.suite import Case

_TRIES = 12  # a damage may not apply to the first truth: no number above 999, nothing to double

AGENCY = tuple(kind for kind, d in DAMAGE.items() if d.mangling == "agency")
PROSE = (
    "units_lost",
    "brackets_lost",
    "angle_quotes",
    "bilingual",
    "inner_headings",
    "empty_bodies",
    "title_lost",
    "masked",
    "spam_lines",
    "mojibake",
    "dates_worn",
    "doubled_words",
    "stray_numbers",
    "metadata",
    "sentence_before_table",
)


def busy(rng: Random, edition: str | None = None) -> Truth:
    """A truth with requests in it."""
    while True:
        truth = random_truth(rng, edition)
        if not truth.idle:
            return truth


def _made(
    name: str,
    layout: str,
    kinds: tuple[str, ...],
    severity: str,
    truth: Callable[[Random], Truth] = busy,
) -> Case | None:
    """The first document of a name that all damages apply to; None where there is none."""
    for attempt in range(_TRIES):
        rng = Dice(f"{name}:{attempt}", severity)
        rendered, applied = damage(LAYOUTS[layout](truth(rng), rng), kinds, rng)
        if set(applied) == set(kinds):
            return case(name, rendered, applied, severity=severity)
    return None


def rendered(index: int, seed: int) -> Case | None:
    """Undamaged reports, the layouts in turn."""
    layout = sorted(LAYOUTS)[index % len(LAYOUTS)]
    return _made(f"{layout}-{seed}-{index:05}", layout, (), "medium", random_truth)


def single(index: int, seed: int) -> Case | None:
    """Every damage in every layout at every severity, then again with other truths."""
    rest, layout = divmod(index, len(LAYOUTS))
    rest, severity = divmod(rest, len(SEVERITIES))
    again, kind = divmod(rest, len(DAMAGE))
    return _single(seed, sorted(LAYOUTS)[layout], sorted(DAMAGE)[kind], SEVERITIES[severity], again)


def _single(seed: int, layout: str, kind: str, severity: str, again: int) -> Case | None:
    return _made(f"{kind}-{layout}-{severity}-{seed}-{again}", layout, (kind,), severity)


def each(index: int, seed: int) -> Case | None:
    """Every damage once, layouts and severities in turn."""
    kinds, layouts = sorted(DAMAGE), sorted(LAYOUTS)
    if index >= len(kinds):
        return None
    layout, severity = layouts[index % len(layouts)], SEVERITIES[index % len(SEVERITIES)]
    return _single(seed, layout, kinds[index], severity, 0)


def pair(index: int, seed: int) -> Case | None:
    """Two damages at once, drawn with their layout and severity."""
    rng = Random(f"pair:{seed}:{index}")
    kinds = tuple(rng.sample(sorted(DAMAGE), 2))
    name = f"pair-{seed}-{index:05}"
    return _made(name, rng.choice(sorted(LAYOUTS)), kinds, rng.choice(SEVERITIES))


def prose(index: int, seed: int) -> Case | None:
    """Reports whose sentences are worn, in two layouts that leave the tables alone."""
    kind = (*PROSE, "none")[index % (len(PROSE) + 1)]
    layout = ("stacked", "pipes")[index // (len(PROSE) + 1) % 2]
    name = f"{kind}-{layout}-{seed}-{index:05}"
    severity = Random(name).choice(SEVERITIES)
    return _made(name, layout, () if kind == "none" else (kind,), severity)


def edition(index: int, seed: int) -> Case | None:
    """Reports on the forms of 2019 and 2021, with （六） as one row or as three."""
    layout = sorted(LAYOUTS)[index % len(LAYOUTS)]
    year = ("2019", "2021")[index // len(LAYOUTS) % 2]
    name = f"{year}-{layout}-{seed}-{index:05}"
    made = _made(name, layout, (), "medium", lambda rng: busy(rng, year))
    return made and Case(made.id, made.source, made.truth, {**made.tags, "kind": (year,)})


def agency(index: int, seed: int) -> Case | None:
    """Reports that do not add up as printed: one error, two, or one in a worn text."""
    layout = sorted(LAYOUTS)[index % len(LAYOUTS)]
    rng = Random(f"agency:{seed}:{index}")
    worn = tuple(
        k for k in sorted(DAMAGE) if DAMAGE[k].stage == "text" and DAMAGE[k].mangling != "cut"
    )
    kinds = rng.choice(((AGENCY[0],), (AGENCY[1],), AGENCY, (rng.choice(AGENCY), rng.choice(worn))))
    return _made(f"agency-{seed}-{index:05}", layout, tuple(kinds), "medium")


def named(name: str) -> Case | None:
    """The document of a suite of damage by its id: `kind-layout-severity-seed-n`, `pair-seed-n`."""
    kind, *rest = name.split("-")
    if kind == "pair":
        seed, index = map(int, rest)
        return pair(index, seed)
    layout, severity, seed_, again = rest
    return _single(int(seed_), layout, kind, severity, int(again))
