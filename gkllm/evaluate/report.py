"""One evaluation from its settings to its run folder: `gkllm eval`, and the same from Python.

from gkllm.evaluate.report import Wanted, evaluation
done = evaluation(Wanted(("my-fixtures",), Path("run")))
done.road[0].silent
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gkllm.errors import UnusableSuite
from gkllm.evaluate import tables
from gkllm.evaluate.compare import Comparison, baseline, compare, read_baseline, write_baseline
from gkllm.evaluate.page import write_page
from gkllm.evaluate.pool import text_of
from gkllm.evaluate.result import ROAD, Result
from gkllm.evaluate.run import Run, read_run, relabelled, run, write_run
from gkllm.evaluate.suite import Suite, suites
from gkllm.llm import CacheMode, Choice

PASS, REGRESSION, BROKEN = 0, 1, 2
DEFAULT = ("fixtures",)


@dataclass(frozen=True)
class Wanted:
    """What `gkllm eval` was asked for."""

    suites: tuple[str, ...] = ()
    out: Path = Path("eval-run")
    baseline: Path | None = None
    set_baseline: Path | None = None
    reason: str = ""
    rescore: Path | None = None
    workers: int = 2
    repeat: int = 1
    timing: bool = True
    price: tuple[float, float] | None = None
    llm: Choice = "off"
    cache: CacheMode = "on"


@dataclass(frozen=True)
class Evaluation:
    """A run with its results by reader, and how it compares; `lines` are for a terminal."""

    run: Run
    found: Mapping[str, Sequence[Result]]
    comparison: Comparison | None
    code: int
    shut: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def road(self) -> Sequence[Result]:
        return self.found[ROAD]


def evaluation(
    wanted: Wanted, tell: Callable[[int, int], None] = lambda done, count: None
) -> Evaluation:
    """Run or re-score, compare, and write the run folder.

    Raises `gkllm.errors.GkllmError` where that cannot be done.
    """
    before = read_baseline(wanted.baseline) if wanted.baseline else None
    if wanted.set_baseline and not wanted.reason.strip():
        raise UnusableSuite("A baseline changes only with a reason: give one with --reason.")
    chosen = suites(wanted.suites or (() if wanted.rescore else DEFAULT))
    done = _done(wanted, chosen, tell)
    found = tables.read_all(done)
    comparison = compare(done, found[ROAD], before, wanted.timing) if before else None
    if wanted.set_baseline:
        write_baseline(baseline(done, found[ROAD], wanted.reason), wanted.set_baseline)
    _write(wanted, done, found, comparison, chosen)
    code, shut = _code(done, found[ROAD], comparison)
    lines = tables.headline(found[ROAD])
    if comparison is not None:
        lines += tables.changes(comparison, 20)
    return Evaluation(done, found, comparison, code, shut, tuple(lines))


def _done(wanted: Wanted, chosen: list[Suite], tell: Callable[[int, int], None]) -> Run:
    file = wanted.out / "run.jsonl"
    if wanted.rescore is None:
        return run(chosen, file, wanted.workers, wanted.repeat, wanted.llm, wanted.cache, tell=tell)
    old = read_run(wanted.rescore)
    done = relabelled(old, chosen) if chosen else old
    wanted.out.mkdir(parents=True, exist_ok=True)
    write_run(done, file)
    return done


def _code(
    done: Run, road: Sequence[Result], comparison: Comparison | None
) -> tuple[int, tuple[str, ...]]:
    if not done.complete:
        return BROKEN, ("the run is incomplete",)
    if comparison is not None:
        return (REGRESSION if comparison.shut else PASS), comparison.shut
    wrong = [f"{r.name}: silent error" for r in road if r.silent]
    wrong += [f"{r.name}: {r.failure['message']}" for r in road if r.failure]
    shut = (*wrong[:10], f"and {len(wrong) - 10} more")[: len(wrong) and 11]
    return (REGRESSION if wrong else PASS), tuple(wrong if len(wrong) < 11 else shut)


# ---------------------------------------------------------------- the run folder


def _write(
    wanted: Wanted,
    done: Run,
    found: Mapping[str, Sequence[Result]],
    comparison: Comparison | None,
    chosen: Sequence[Suite],
) -> None:
    out = wanted.out
    text = tables.summary(done, found, comparison, wanted.price)
    (out / "summary.md").write_text(text, "utf-8", newline="\n")
    tables.write_fields(done, found[ROAD], out / "fields.csv")
    if comparison is not None:
        tables.write_changes(comparison, out / "changes.csv")
    worst = tables.worst(found[ROAD])
    texts = _texts(worst, chosen, out / "documents", wanted.rescore)
    write_page(out / "report.html", done, found, comparison, texts, wanted.price)


def _texts(
    worst: Sequence[Result], chosen: Sequence[Suite], folder: Path, rescored: Path | None
) -> dict[str, str]:
    """The texts of the worst documents, kept in the run folder, where a re-scoring finds them."""
    tasks = {suite.name: suite.tasks for suite in chosen}
    kept = [folder] + ([rescored / "documents"] if rescored and rescored.is_dir() else [])
    found = {}
    for result in worst:
        paths = [place / _file(result.name) for place in kept]
        there = [path for path in paths if rescored and path.exists()]
        with suppress(Exception):  # what cannot be read has no text to show
            if there:
                found[result.name] = there[0].read_text("utf-8")
            elif result.suite in tasks:
                case = tasks[result.suite][result.outcome["task"]].case()
                if case is not None and case.id == result.id:
                    found[result.name] = text_of(case)
    folder.mkdir(exist_ok=True)
    for name, text in found.items():
        (folder / _file(name)).write_text(text, "utf-8", newline="")
    return found


def _file(name: str) -> str:
    return name.replace("/", "-") + ".txt"
