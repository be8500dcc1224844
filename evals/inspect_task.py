"""A suite as a task of inspect-ai, to browse documents and their wrong cells in its viewer.

    pip install -e '.[inspect]'        # in an environment of its own
    inspect eval evals/inspect_task.py@suite -T name=fixtures --model none
    inspect view

The figures that count are those of `gkllm eval`: inspect-ai leaves a sample that raises out of
its means, so here a failed document is a sample with the score 0 and its failure as the answer.
"""

from __future__ import annotations

import json
from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from gkllm.evaluate.metrics import counts
from gkllm.evaluate.pool import described, outcome
from gkllm.evaluate.result import Result, label_of, result
from gkllm.evaluate.suite import all_paths, suites

HOME = Path(__file__).parent / "suites"
MOST = 60  # wrong cells listed of one document


@task
def suite(name: str = "fixtures", limit: int = 0) -> Task:
    """The documents of a suite; `limit` takes the first ones only."""
    (found,) = suites([name], HOME)
    tasks = found.tasks[:limit] if limit else found.tasks
    samples = [
        Sample(input=case.id, id=case.id, metadata={"suite": found.name, "task": at})
        for at, one in enumerate(tasks)
        if (case := one.case()) is not None
    ]
    return Task(dataset=MemoryDataset(samples, name=name), solver=road(), scorer=verdicts())


@solver
def road() -> Solver:
    """Read the document; what was said of it is the completion, as a run file has it."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        (found,) = suites([state.metadata["suite"]], HOME)
        case = found.tasks[state.metadata["task"]].case()
        assert case is not None
        told = {"suite": found.name, **described(case), **outcome(case, (), found.root)}
        state.output.completion = json.dumps(told, ensure_ascii=False)
        return state

    return solve


@scorer(
    metrics={"exact": [mean(), stderr()], "printed_right": [mean(), stderr()], "silent": [mean()]}
)
def verdicts() -> Scorer:
    """Everything right; the share of printed cells that are; the number of silent errors."""

    async def score(state: TaskState, target: Target) -> Score:
        told = json.loads(state.output.completion)
        read = result(told, all_paths(), label_of(told, all_paths()))
        found = counts(read)
        value = {
            "exact": found["exact"],
            "printed_right": found["printed_right"] / max(1, found["printed"]),
            "silent": found["silent"],
        }
        failure = read.failure["message"] if read.failure else ""
        return Score(value=value, answer=failure, explanation="\n".join(table(read)))

    return score


def table(read: Result) -> list[str]:
    """The fields that are not as they should be, in markdown."""
    lines = ["| field | truth | given | status | verdict |", "|---|---|---|---|---|"]
    for j in (*read.silent, *read.open)[:MOST]:
        given = (j.field.value, j.field.status.value) if j.field else (None, "")
        lines.append(f"| {j.path} | {j.truth.value} | {given[0]} | {given[1]} | {j.verdict} |")
    return lines
