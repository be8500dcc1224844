"""Questions to a model as files, for its batch prices: questions export, send, fetch, import."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gkllm.cli.streams import OK, REFUSED, USAGE, fail, output, say

if TYPE_CHECKING:
    from gkllm.cache import Cache
    from gkllm.llm import Settings

commands = typer.Typer()
questions = typer.Typer(
    help="Write the questions to a model into files, and read the answers back.",
    no_args_is_help=True,
)
commands.add_typer(questions, name="questions")

_BETWEEN = 30.0  # seconds between two looks at an order

Length = Literal["max_tokens", "max_completion_tokens"]


@dataclass
class _Tally:
    """What came of the lines of answers files."""

    kept: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    troubles: Counter[str] = field(default_factory=Counter)


@questions.command(epilog="Exit codes: 0 written, 1 some input could not be read, 2 wrong usage.")
def export(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT", show_default=False, help="As for gkllm batch."),
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="FILE", help="The questions. More than 50,000 go to numbered files."),
    ] = Path("questions.jsonl"),
    workers: Annotated[
        int | None,
        typer.Option(min=1, show_default=False, help="Processes that read. Default: all cores."),
    ] = None,
    length: Annotated[
        Length, typer.Option(help="What the model calls the limit of an answer.")
    ] = "max_tokens",
) -> None:
    """Write the open questions of documents as requests of the OpenAI Batch API.

    Nothing is asked, and no key is needed; GKLLM_MODEL names the model. Questions whose answers
    are kept are left out.
    """
    import sys

    from gkllm.batch.questions import export as write
    from gkllm.batch.run import cores
    from gkllm.batch.sources import words_of
    from gkllm.cache import Cache
    from gkllm.errors import BatchStopped

    settings = _settings()
    cache = Cache()
    try:
        written = write(
            words_of(inputs, sys.stdin),
            out,
            settings,
            lambda key: cache.get(key) is not None,
            workers or cores(),
            length,
        )
    except BatchStopped as error:
        fail(USAGE, str(error))
    finally:
        cache.close()
    say(
        f"documents {written.documents}, with questions {written.asked}; questions "
        f"{written.questions} of about {written.tokens:,} tokens, left out: asked by others too "
        f"{written.repeated}, answers kept {written.known}"
    )
    if written.errors:
        told = ", ".join(f"{code} {n}" for code, n in written.errors.most_common())
        say(f"inputs that cannot be read: {told}")
    say(f"wrote {', '.join(map(str, written.files)) or 'nothing: there is no question'}")
    raise typer.Exit(REFUSED if written.errors else OK)


@questions.command("import", epilog="Exit codes: 0 every line was an answer, 1 some were not.")
def import_(
    answers: Annotated[
        list[Path],
        typer.Argument(
            metavar="ANSWERS", show_default=False, help="Output and error files of the Batch API."
        ),
    ],
) -> None:
    """Keep the answers of a batch, so that extract and batch find them and call nobody."""
    _need()
    raise typer.Exit(OK if _import(answers) else REFUSED)


@questions.command(epilog="Exit codes: 0 sent, 2 it could not be sent.")
def send(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", show_default=False, help="What questions export wrote."),
    ],
) -> None:
    """Send questions files to the Batch API of the endpoint, which answers within a day.

    Beside each file the name of its order is kept; a file that has one is not sent again.
    """
    _need()
    from gkllm.errors import UnusableSetting
    from gkllm.llm.offline import send as order

    settings = _settings()
    for path in files:
        note = _note(path)
        if note.exists():
            say(f"{path} was sent before, as {_order(note)}. To send it again, remove {note}.")
            continue
        try:
            name = order(path, settings)
        except (UnusableSetting, OSError) as error:
            fail(USAGE, f"{path}: {error}")
        with output(note) as stream:
            stream.write(json.dumps({"order": name, "file": path.name}) + "\n")
        say(f"sent {path} as {name}")


@questions.command(
    epilog="Exit codes: 0 all answers are kept, 1 some are missing or not ready yet, 2 wrong usage."
)
def fetch(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", show_default=False, help="Files that were sent."),
    ],
    wait: Annotated[
        float, typer.Option(metavar="MINUTES", min=0, help="How long to wait for answers.")
    ] = 0,
) -> None:
    """Fetch the answers to files that were sent, and keep them as questions import does."""
    _need()
    until = time.monotonic() + 60 * wait
    waiting = list(files)
    missing = False
    while waiting:
        left = []
        for path in waiting:
            complete = _fetched(path)
            if complete is None:
                left.append(path)
            else:
                missing = missing or not complete
        waiting = left
        if waiting and time.monotonic() >= until:
            break
        if waiting:
            time.sleep(min(_BETWEEN, max(0.1, until - time.monotonic())))
    raise typer.Exit(REFUSED if waiting or missing else OK)


def _fetched(path: Path) -> bool | None:
    """Keep the answers to a file: whether all were answers, or None while it is not ready."""
    from gkllm.errors import UnusableSetting
    from gkllm.llm.offline import ordered

    note = _note(path)
    if not note.exists():
        fail(USAGE, f"{path} was not sent. Send it with: gkllm questions send {path}")
    try:
        order = ordered(_order(note), _settings())
    except UnusableSetting as error:
        fail(USAGE, f"{path}: {error}")
    say(f"{path}: {order.status}, {order.done} of {order.total}")
    if not order.ended:
        return None
    if order.complaint:
        say(f"{path}: {order.complaint}")
    answers = path.with_name(f"{path.stem}.answers{path.suffix}")
    with output(answers) as stream:
        for text in order.texts:
            stream.write(text.decode("utf-8", "replace"))
    return _import([answers]) and order.status == "completed"


def _note(path: Path) -> Path:
    """Where the name of a file's order is kept."""
    return path.with_name(f"{path.name}.order.json")


def _order(note: Path) -> str:
    return str(json.loads(note.read_text("utf-8"))["order"])


def _settings() -> Settings:
    """The settings of this folder, which must name a model."""
    _need()
    from gkllm.errors import UnusableSetting
    from gkllm.llm import Settings

    try:
        settings = Settings.found()
    except UnusableSetting as error:
        fail(USAGE, str(error))
    if not settings.model:
        fail(USAGE, "No model is named: set GKLLM_MODEL, or model in gkllm.toml.")
    return settings


def _need() -> None:
    from importlib.util import find_spec

    if not all(find_spec(name) for name in ("openai", "instructor", "diskcache")):
        fail(USAGE, "A model needs packages that are not installed: pip install 'gkllm[llm]'.")


def _keep(cache: Cache, lines: Iterable[str], tally: _Tally) -> None:
    """Keep the answers of a file."""
    from gkllm.llm.offline import replies

    for reply in replies(lines):
        if reply.trouble is None and cache.put(reply.key, reply.value):
            tally.kept += 1
            tally.prompt_tokens += reply.prompt_tokens
            tally.completion_tokens += reply.completion_tokens
        else:
            tally.troubles[reply.trouble.why if reply.trouble else "not_kept"] += 1


def _import(answers: list[Path]) -> bool:
    """Keep the answers of files and say what came of it; whether all lines were answers."""
    from gkllm.cache import Cache

    cache, tally = Cache(), _Tally()
    try:
        for path in answers:
            try:
                with path.open(encoding="utf-8", errors="replace") as file:
                    _keep(cache, file, tally)
            except OSError as error:
                fail(USAGE, f"{path}: {error.strerror}. Name a file of answers.")
        trouble = cache.trouble
    finally:
        cache.close()
    say(f"answers kept {tally.kept}, tokens {tally.prompt_tokens:,} + {tally.completion_tokens:,}")
    if tally.troubles:
        told = ", ".join(f"{why} {n}" for why, n in tally.troubles.most_common())
        say(f"no answers: {told}. Another export writes these questions again.")
    if trouble:
        say(trouble)
    return not tally.troubles and trouble is None
