"""The gate: shut for every planted regression, open for an identical run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evals.planted import PLANTS, TAKEN_OUT, planted, why, without
from gkllm.errors import UnusableSuite
from gkllm.evaluate.compare import baseline, compare, read_baseline, write_baseline
from gkllm.evaluate.report import Wanted, evaluation
from gkllm.evaluate.result import ROAD, results
from gkllm.evaluate.run import Run, run
from gkllm.evaluate.suite import Suite, suites

SUITE = """
baselines = []

[[source]]
folder = "{folder}"
where = {{ kind = ["rendered"] }}
"""


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> list[Suite]:
    path = tmp_path_factory.mktemp("suite") / "small.toml"
    folder = Path(__file__).parent.parent / "fixtures"
    path.write_text(SUITE.format(folder=folder.as_posix()), "utf-8")
    return suites([str(path)])


@pytest.fixture(scope="module")
def true(chosen: list[Suite], tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(chosen, tmp_path_factory.mktemp("run") / "run.jsonl")


@pytest.fixture(scope="module")
def told(true: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The baseline of the run, written and read again."""
    path = tmp_path_factory.mktemp("baseline") / "baseline.json"
    write_baseline(baseline(true, results(true, [ROAD])[ROAD], "first"), path)
    return read_baseline(path)


def test_the_same_run_passes(true: Run, told: dict[str, Any]) -> None:
    done = compare(true, results(true, [ROAD])[ROAD], told)
    assert done.shut == ()
    assert done.changes == ()
    assert (done.gained, done.lost, done.p) == (0, 0, 1.0)
    assert done.difference == (0.0, 0.0)


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_regression_is_caught(name: str, true: Run, told: dict[str, Any]) -> None:
    assert why(planted(true, PLANTS[name]), told)


@pytest.mark.parametrize("part", TAKEN_OUT)
def test_a_part_of_the_road_taken_out_is_caught(
    part: str, true: Run, told: dict[str, Any], chosen: list[Suite]
) -> None:
    assert why(without(true, chosen, part), told)


def test_gains_are_listed_and_pass(true: Run) -> None:
    bad = planted(true, PLANTS["digit"])
    before = baseline(bad, results(bad, [ROAD])[ROAD], "worse")
    done = compare(true, results(true, [ROAD])[ROAD], before, timed=False)
    assert done.shut == ()
    assert [c.kind for c in done.changes] == ["fixed"]
    assert done.gained == 1 or done.lost == 0


def test_runs_that_mean_other_things_are_not_compared(true: Run, told: dict[str, Any]) -> None:
    road = results(true, [ROAD])[ROAD]
    for key in ("dataset", "scorer"):
        other = {**told, "run": {**told["run"], key: "other"}}
        with pytest.raises(UnusableSuite, match="would not mean the same"):
            compare(true, road, other)


def test_a_baseline_needs_a_reason(true: Run, tmp_path: Path) -> None:
    with pytest.raises(UnusableSuite, match="reason"):
        baseline(true, results(true, [ROAD])[ROAD], " ")
    with pytest.raises(UnusableSuite, match="reason"):
        evaluation(Wanted(("fixtures",), tmp_path, set_baseline=tmp_path / "b.json"))
    (tmp_path / "no.json").write_text(json.dumps({"format": "other"}))
    with pytest.raises(UnusableSuite, match="no baseline"):
        read_baseline(tmp_path / "no.json")
