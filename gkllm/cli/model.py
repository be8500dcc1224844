"""What has to do with a language model: its options, `gkllm doctor`, `gkllm cache`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, cast

import typer

from gkllm.cli.streams import OK, REFUSED, USAGE, fail, output, say

if TYPE_CHECKING:
    from gkllm.cache import Cache
    from gkllm.llm.client import Endpoint
    from gkllm.report import Usage

commands = typer.Typer()
upkeep = typer.Typer(help="Look after the answers that are kept on disk.", no_args_is_help=True)
commands.add_typer(upkeep, name="cache")


class Model(StrEnum):
    """Whether a language model is asked about open fields."""

    OFF = "off"
    AUTO = "auto"
    LOCAL = "local"
    REQUIRED = "required"


Llm = Annotated[
    Model,
    typer.Option(
        "--llm",
        help="Whether to ask a language model about fields that stay open: off; auto, where an "
        "endpoint is configured; local, the embedded one; required, an endpoint or an error.",
    ),
]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Neither use nor keep answers of the model.")
]
Refresh = Annotated[
    bool, typer.Option("--refresh", help="Ask the model anew; keep the new answers.")
]


@contextmanager
def connected(
    llm: Model, no_cache: bool = False, refresh: bool = False
) -> Iterator[Endpoint | None]:
    """The model to ask, or None; stopped when the block ends, also by Ctrl-C.

    Ends the program where the choice cannot be served.
    """
    if no_cache and refresh:
        fail(USAGE, "--no-cache keeps nothing to refresh. Give one of the two.")
    if llm is Model.OFF:
        yield None
        return
    from gkllm.errors import UnusableSetting
    from gkllm.llm import CacheMode, Choice, connect

    mode: CacheMode = "off" if no_cache else "refresh" if refresh else "on"
    try:
        model = connect(cast("Choice", llm.value), cache=mode, tell=say)
    except UnusableSetting as error:
        fail(USAGE, f"--llm {llm}: {error}")
    try:
        yield model
    finally:
        if model is not None:
            for remark in model.remarks:
                say(remark)
            model.close()


def spent(usage: Usage) -> str:
    """What a run used of a model, in one phrase."""
    if usage.model is None:
        return "no model was asked"
    parts = [
        f"{usage.calls} calls of {usage.model}, {usage.cached_calls} answers from the cache",
        f"tokens {usage.prompt_tokens:,} + {usage.completion_tokens:,}"
        + (f" ({usage.estimated_calls} calls estimated)" if usage.estimated_calls else ""),
        f"{usage.seconds:.1f} s",
    ]
    if usage.cost is not None:
        parts.append(f"{usage.cost:.4f} {usage.currency}")
    if usage.troubles:
        told = ", ".join(f"{why} {count}" for why, count in usage.troubles.items())
        parts.append(f"unanswered: {told}")
    return "; ".join(parts)


@commands.command(epilog="Exit codes: 0 usable, 1 not usable, 2 not configured.")
def doctor(
    llm: Annotated[
        Model, typer.Option("--llm", help="required: the configured endpoint; local: the embedded.")
    ] = Model.REQUIRED,
) -> None:
    """Examine the model: reachable, enforces schemas, reports usage, reads long questions.

    Asks about five small questions and one of 2,000 tokens, which may cost a little.
    """
    from gkllm.llm import Settings

    marks = {True: "yes", False: "NO", None: "partly"}
    wanted = Model.REQUIRED if llm in (Model.AUTO, Model.OFF) else llm
    good = True
    with connected(wanted, no_cache=True) as model, output(None) as stream:
        if model is None:
            raise typer.Exit(USAGE)
        from gkllm.llm.doctor import findings

        settings = Settings.found()
        place = "this machine" if wanted is Model.LOCAL else settings.base_url or "api.openai.com"
        stream.write(f"model {model.name} at {place}\n")
        stream.flush()
        for finding in findings(model):
            good = good and finding.good is not False
            stream.write(f"{marks[finding.good]:<7}{finding.about:<11}{finding.words}\n")
            stream.flush()
        stream.write(f"used   {spent(model.account.usage())}; the probes come on top\n")
        verdict = "can be used" if good else "cannot be used as it is"
        stream.write(f"This endpoint {verdict}.\n")
    raise typer.Exit(OK if good else REFUSED)


@upkeep.command()
def stats() -> None:
    """Say where the cache is, how many answers it holds and how large it is."""
    cache = _cache()
    held = cache.stats()
    with output(None) as stream:
        stream.write(f"folder   {held.folder}\n")
        stream.write(f"answers  {held.entries:,}\n")
        stream.write(f"bytes    {held.bytes:,} of {held.limit:,} allowed; nothing is evicted\n")
    _told(cache.trouble)


@upkeep.command()
def clear() -> None:
    """Forget all answers that are kept."""
    cache = _cache()
    say(f"forgot {cache.clear():,} answers in {cache.folder}")
    _told(cache.trouble)


def _cache() -> Cache:
    from importlib.util import find_spec

    if not find_spec("diskcache"):
        fail(USAGE, "There is no cache without its package: pip install 'gkllm[llm]'.")
    from gkllm.cache import Cache
    from gkllm.errors import UnusableSetting

    try:
        return Cache()
    except UnusableSetting as error:
        fail(USAGE, str(error))


def _told(trouble: str | None) -> None:
    if trouble:
        fail(REFUSED, trouble)
