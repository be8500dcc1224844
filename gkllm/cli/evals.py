"""Commands on labelled documents: eval, label."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gkllm.cli.model import Llm, Model, NoCache, Refresh
from gkllm.cli.streams import fail, say

if TYPE_CHECKING:
    from gkllm.evaluate.report import Evaluation
    from gkllm.llm import CacheMode

commands = typer.Typer()


PASS, REGRESSION, BROKEN = 0, 1, 2


@commands.command(
    name="eval",
    epilog="Exit codes: 0 passed, 1 regression against the baseline (without one: a silent error "
    "or a failed document), 2 the evaluation itself could not be run, compared or finished.",
)
def evaluate(
    suites: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SUITE",
            show_default=False,
            help="Folders of labelled documents, suite files, or names of the project's suites.",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The run folder, made if need be.")
    ] = Path("eval-run"),
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="Compare with this baseline."),
    ] = None,
    set_baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="Make this run the baseline."),
    ] = None,
    reason: Annotated[
        str, typer.Option(help="Why the baseline changes; it asks for one.", show_default=False)
    ] = "",
    rescore: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            show_default=False,
            help="Score a run again without reading its documents; with SUITE, by its labels now.",
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    repeat: Annotated[
        int, typer.Option(min=1, help="Read each document so often and take its best time.")
    ] = 1,
    timing: Annotated[
        bool, typer.Option(help="Let slower documents shut the gate of --baseline.")
    ] = True,
    llm: Llm = Model.OFF,
    no_cache: NoCache = False,
    refresh: Refresh = False,
    price: Annotated[
        str,
        typer.Option(
            metavar="IN,OUT", show_default=False, help="Money for a million tokens in and out."
        ),
    ] = "",
) -> None:
    """Score extraction against labels: silent errors first, with bounds and baselines."""
    from gkllm.errors import GkllmError
    from gkllm.evaluate.report import Wanted, evaluation

    cache: CacheMode = "off" if no_cache else "refresh" if refresh else "on"
    wanted = Wanted(
        tuple(suites or ()), out, baseline, set_baseline, reason, rescore, workers, repeat, timing,
        _price(price), llm.value, cache,
    )  # fmt: skip
    try:
        done = evaluation(wanted, _progress)
    except GkllmError as error:
        fail(BROKEN, str(error))
    except Exception:  # 1 means a regression, so what ends this program must not end it with 1
        traceback.print_exc()
        fail(BROKEN, "The evaluation itself went wrong; this is a fault of gkllm.")
    except KeyboardInterrupt:
        fail(BROKEN, f"Stopped: {out / 'run.jsonl'} is incomplete and counts as no result.")
    _tell(done, out)
    raise typer.Exit(done.code)


def _price(text: str) -> tuple[float, float] | None:
    if not text:
        return None
    try:
        into, out = map(float, text.split(","))
    except ValueError:
        fail(BROKEN, f"--price {text}: give two numbers, as in --price 0.15,0.60.")
    return into, out


def _progress(done: int, count: int) -> None:
    if sys.stderr.isatty() and (done % 20 == 0 or done == count):
        sys.stderr.write(f"\r{done} of {count} documents" + ("\n" if done == count else ""))
        sys.stderr.flush()


def _tell(done: Evaluation, out: Path) -> None:
    typer.echo("\n".join(done.lines))
    say(f"{out}: report.html, summary.md, fields.csv, run.jsonl")
    for why in done.shut:
        say(f"regression: {why}")


@commands.command(
    epilog="Exit codes: 0 written, or all labels hold; 1 labels do not hold; 2 there is a label "
    "already, or no such file."
)
def label(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", show_default=False, help="The document; with --check, the fixtures."
        ),
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Say what is wrong with the labels of a folder.")
    ] = False,
    run: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            show_default=False,
            help="With --check: refuse labels that this run gave, unless two people read them.",
        ),
    ] = None,
    into: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder of fixtures that it goes into.")
    ] = Path("fixtures"),
    name: Annotated[
        str, typer.Option(help="Name of the fixture; default: the file's.", show_default=False)
    ] = "",
    by: Annotated[str, typer.Option(help="Who labels it.")] = "",
    edition: Annotated[str, typer.Option(help="The form that it is on: 2021 or 2019.")] = "2021",
) -> None:
    """Open a blank label for a document, to be filled by reading; nothing is ever pre-filled."""
    from gkllm.errors import GkllmError
    from gkllm.evaluate.labels import blank_fixture, problems
    from gkllm.evaluate.run import read_run

    try:
        if check:
            found = problems(file, read_run(run) if run else None)
            typer.echo("\n".join(found) or f"The labels of {file} hold.")
            raise typer.Exit(REGRESSION if found else PASS)
        folder = blank_fixture(file, into, name or file.stem, by, edition)
    except GkllmError as error:
        fail(BROKEN, str(error))
    typer.echo(folder.as_posix())
    say("fill label.json by reading the source; docs/labelling.md says how")
