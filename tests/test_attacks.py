"""The attacks are what they say, and the road gives no wrong value for them."""
# ruff: noqa: S311 - seeded documents, nothing to keep secret

from __future__ import annotations

from random import Random

import pytest

from evals.attacks import ATTACKS, attack
from evals.generators import busy
from evals.render import LAYOUTS


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_adds_to_the_text_and_takes_no_number_away(name: str) -> None:
    rng = Random(name)
    before = LAYOUTS["pipes"](busy(rng, "2021"), rng)
    after = ATTACKS[name](before, rng)
    assert len(after.text) > len(before.text)
    cells = {p for p in before.printed if not p.startswith("facts.")}
    assert cells <= after.printed
    assert before.truth.cells == after.truth.cells


def test_attacks_are_reproducible_and_tagged() -> None:
    first = attack(17, 1)
    assert first.source == attack(17, 1).source
    assert first.tags["attack"] == (first.id.split("-")[0],)


def test_of_two_reports_only_what_they_agree_on_is_owed() -> None:
    at = list(ATTACKS).index("two_reports") * len(LAYOUTS)
    truth = attack(at, 1).truth
    assert any(t.contested for t in truth.values())
    assert not truth["facts.agency"].contested or not truth["facts.agency"].expected
