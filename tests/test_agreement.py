"""Our verdicts beside those of omni-extract-bench, our bounds beside scipy's: the same."""
# ruff: noqa: S311 - random pairs, nothing to keep secret

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest

from gkllm.evaluate.interval import clopper_pearson, mcnemar
from gkllm.form import form
from gkllm.report import Field, Status
from gkllm.score import Truth, Verdict, judge

# What each of their words is called here, where the two define the same thing: a field with
# one number or none on either side. Null and left out are the same to both; 0 is a value.
SAME = {
    "matched": Verdict.RIGHT,
    "misread": Verdict.MISREAD,
    "unfound": Verdict.MISSED,
    "fabricated": Verdict.INVENTED,
}
CELLS = form("2021").cells
VALUES: tuple[Any, ...] = (0, 0, 1, 7, 12, 30, 1362, 14069)


def nested(cells: dict[str, int | None]) -> dict[str, Any]:
    """Dotted paths as the nested document that they scan; a null cell is left out."""
    found: dict[str, Any] = {}
    for path, value in cells.items():
        *above, last = path.split(".")
        place = found
        for key in above:
            place = place.setdefault(key, {})
        if value is not None:
            place[last] = value
    return found


def schema() -> dict[str, Any]:
    """The JSON Schema of all cells."""
    found: dict[str, Any] = {"type": "object", "properties": {}}
    for path in CELLS:
        *above, last = path.split(".")
        place = found
        for key in above:
            place = place["properties"].setdefault(key, {"type": "object", "properties": {}})
        place["properties"][last] = {"type": "integer"}
    return found


def pair(rng: Random) -> tuple[dict[str, int | None], dict[str, int | None]]:
    """A truth and an answer, alike in most cells."""
    share = rng.choice((0.0, 0.05, 0.5))
    true = {p: rng.choice((*VALUES, None)) for p in rng.sample(CELLS, 12)}
    given = {p: rng.choice((*VALUES, None)) if rng.random() < share else v for p, v in true.items()}
    return true, given


def test_verdicts_agree_with_omni_extract_bench_on_2000_pairs() -> None:
    bench = pytest.importorskip("omni_extract_bench", reason="extra evals")
    rng, offered, seen = Random(2026), schema(), Counter[str]()
    for _ in range(2_000):
        true, given = pair(rng)
        label = {p: Truth(v, "printed" if v is not None else "absent") for p, v in true.items()}
        fields = {p: Field.of(value=v, status=Status.READ) for p, v in given.items()}
        ours = {
            j.path: j.verdict
            for j in judge(fields, label)
            if j.verdict is not Verdict.ABSTAINED  # null on both sides: they have no word for it
        }
        told = bench.score(nested(given), nested(true), offered, verdicts=True)["verdicts"]
        theirs = {".".join(key for _, key in v.address): SAME[v.verdict] for v in told}
        assert ours == theirs
        seen.update(v.value for v in ours.values())
    assert set(seen) == {"right", "misread", "missed", "invented"}
    assert min(seen.values()) > 300


def test_exact_bounds_are_those_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats", reason="extra evals")
    for n in (1, 7, 30, 86, 300, 3410):
        for k in sorted({0, 1, 2, n // 3, n - 1, n} & set(range(n + 1))):
            level = 0.90 if k in (0, n) else 0.95  # of 0 and n our bound is one-sided
            low, high = stats.binomtest(k, n).proportion_ci(level, method="exact")
            ours = clopper_pearson(k, n)
            assert ours == pytest.approx((low, high), abs=1e-9)


def test_mcnemar_is_the_binomial_test() -> None:
    stats = pytest.importorskip("scipy.stats", reason="extra evals")
    for gained, lost in ((5, 0), (6, 0), (10, 2), (7, 7), (0, 1), (120, 88)):
        p = stats.binomtest(gained, gained + lost).pvalue
        assert mcnemar(gained, lost) == pytest.approx(p, abs=1e-9)
