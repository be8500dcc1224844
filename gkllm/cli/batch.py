"""The command for many documents: batch."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gkllm.cli.model import Llm, Model, NoCache, Refresh, connected, spent
from gkllm.cli.reports import Language
from gkllm.cli.streams import DOUBTFUL, OK, REFUSED, USAGE, fail, say

if TYPE_CHECKING:
    from gkllm.batch.run import Outcome, Settings

commands = typer.Typer()

_INTERRUPTED = 130
_ONE_WISH = 1.0  # seconds; signals that follow each other sooner mean the same


class Engine(StrEnum):
    """What carries the work."""

    LOCAL = "local"
    RAY = "ray"


@commands.command(
    epilog="Exit codes: 0 every input gave a report, 1 some input gave none, 2 wrong usage or "
    "nothing can be written, 3 doubtful (with --strict), 130 interrupted: run it again."
)
def batch(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            show_default=False,
            help="Files, folders, zip archives, patterns in quotes, or - for a list of them on "
            "standard input.",
        ),
    ],
    out: Annotated[
        str,
        typer.Option(metavar="DIR", show_default=False, help="The folder for ledger and outputs."),
    ],
    workers: Annotated[
        int | None,
        typer.Option(min=1, show_default=False, help="Processes that read. Default: all cores."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, show_default=False, help="Take the first N inputs only.")
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what would be done and asked; write nothing."),
    ] = False,
    retry: Annotated[
        bool,
        typer.Option("--retry", help="Read again what crashed, hung or lacked memory or a reader."),
    ] = False,
    prune: Annotated[
        bool,
        typer.Option(
            "--prune",
            help="At the end, drop from the ledger what other inputs, older versions and other "
            "models have left there.",
        ),
    ] = False,
    seconds: Annotated[
        float, typer.Option(min=1, help="Processor time that one document may take.")
    ] = 60,
    llm: Llm = Model.AUTO,
    no_cache: NoCache = False,
    refresh: Refresh = False,
    views: Annotated[
        int, typer.Option(min=0, help="Pages of the most doubtful reports, for the browser.")
    ] = 50,
    lang: Annotated[Language, typer.Option(help="Language of the pages.")] = Language.ZH,
    engine: Annotated[
        Engine,
        typer.Option(
            help="ray carries the work over a cluster; inputs and DIR may then be URIs such as "
            "s3://bucket/folder. See docs/scale.md."
        ),
    ] = Engine.LOCAL,
    address: Annotated[
        str | None,
        typer.Option(
            show_default=False, help="The Ray cluster. Default: one of this machine's processors."
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit with 3 if a field is disputed or a check fails."),
    ] = False,
) -> None:
    """Extract many reports: resumable, one line for each input, always.

    Run the same command again after any interruption: it continues, and does nothing twice.
    """
    from gkllm.batch.progress import watch
    from gkllm.batch.run import Settings as Wanted
    from gkllm.batch.run import batch as run
    from gkllm.batch.run import cores
    from gkllm.batch.sources import words_of
    from gkllm.errors import BatchStopped, UnusableSetting

    _refuse(engine, out, dry_run=dry_run, partly=prune and limit is not None)
    settings = Wanted(workers or cores(), limit, retry, seconds, views=views)
    settings = replace(settings, language=lang.value, refresh=refresh, prune=prune)
    words = words_of(inputs, sys.stdin)
    if dry_run:
        with connected(llm, no_cache, refresh) as model:
            _tell_plan(words, Path(out), settings, model)
        raise typer.Exit(OK)
    with _interruptible(), connected(llm, no_cache, refresh) as model:
        looking = watch(say)
        try:
            if engine is Engine.RAY:
                from gkllm.batch import cluster

                ray = cluster.Ray(address, settings.workers)
                outcome = cluster.batch(words, out, settings, looking, ray, model=model)
            else:
                outcome = run(words, Path(out), settings, looking, model)
        except (BatchStopped, UnusableSetting) as error:
            looking.close()
            fail(USAGE, str(error))
        except KeyboardInterrupt:
            looking.close()
            fail(
                _INTERRUPTED,
                f"Stopped. What is done is kept in {out}; run the same command to continue.",
            )
    looking.close()
    _tell(outcome, out)
    if model is not None and model.stopped:
        say(f"the model was not asked to the end: {model.stopped.message} Run it again.")
        if llm is Model.REQUIRED:
            raise typer.Exit(REFUSED)
    if outcome.errors:
        raise typer.Exit(REFUSED)
    raise typer.Exit(DOUBTFUL if strict and outcome.doubtful else OK)


def _refuse(engine: Engine, out: str, *, dry_run: bool, partly: bool) -> None:
    """End with a word on options that do not go together."""
    if engine is Engine.LOCAL and "://" in out:
        fail(USAGE, f"{out} is a URI: only --engine ray writes there. Name a folder.")
    if engine is not Engine.LOCAL and dry_run:
        fail(USAGE, "--dry-run is for the engine of this machine. Leave --engine out.")
    if partly:
        fail(USAGE, "--prune would drop what --limit leaves out. Give one of them.")


def _tell_plan(words: list[str], out: Path, settings: Settings, model: Any) -> None:
    """What would be done, and what it would take."""
    from gkllm.batch.plan import plan
    from gkllm.batch.progress import span

    told = plan(words, out, settings, getattr(model, "tables", False))
    say(
        f"inputs {told.inputs}: to read {told.new}, known {told.known}, "
        f"cannot be opened {told.unreadable}"
    )
    if told.new:
        say(
            f"reading takes about {span(told.seconds)} with {settings.workers} workers "
            f"(by a sample of {told.sample})"
        )
    if model is None:
        say("no model would be asked")
        return
    say(
        f"{model.name} would be asked about {told.documents:.0f} documents: about "
        f"{told.questions:.0f} questions, {told.tokens:,.0f} tokens; answers that are in the "
        "cache cost nothing"
    )


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C and the signal to end raise KeyboardInterrupt, once for those that come together.

    The first begins the stop; another, later, ends its waiting for what is on its way. An
    impatient hand would else interrupt the words that tell the person what was kept. At the end
    of an interrupted run they are ignored: all that is left is to end the program.
    """
    heard = never = float("-inf")

    def interrupt(*_: Any) -> None:
        nonlocal heard
        now = time.monotonic()
        if now - heard >= _ONE_WISH:
            heard = now
            raise KeyboardInterrupt

    before = {sign: signal.signal(sign, interrupt) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler if heard == never else signal.SIG_IGN)


def _tell(outcome: Outcome, out: str) -> None:
    """What a person wants to know at the end."""
    known = outcome.documents - outcome.new
    say(
        f"inputs {outcome.documents}: reports {outcome.reports}, errors {outcome.errors.total()}"
        f" (read now {outcome.new}, known before {known})"
    )
    if outcome.errors:
        told = ", ".join(f"{code} {n}" for code, n in outcome.errors.most_common())
        say(f"errors by kind: {told}; see errors.jsonl in {out}")
    say(
        f"reports with a disputed field or a failed check {outcome.doubtful}; "
        f"fields open {outcome.open}; "
        f"{spent(outcome.usage) if outcome.usage else 'no model was asked'}"
    )
    written = "written" if outcome.rendered else "as they were"
    say(f"in {out}, {written}: {', '.join(outcome.outputs)}")
    if outcome.pruned:
        say(f"dropped from the ledger: {outcome.pruned} results of no use to this run")
    for line in outcome.left_out:
        say(line)
