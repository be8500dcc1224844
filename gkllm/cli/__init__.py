"""The command line: one file for each group of commands.

Heavy imports stand inside the commands, so that `gkllm --help` costs no more than typer does.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gkllm import __version__
from gkllm.cli import batch, evals, model, questions, reports, view

app = typer.Typer(
    name="gkllm",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
)
for group in (
    reports.commands,
    view.commands,
    batch.commands,
    evals.commands,
    model.commands,
    questions.commands,
):
    app.add_typer(group)


def main() -> None:
    """Run the command line."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gkllm {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Turn damaged Chinese disclosure reports (政府信息公开工作年度报告) into typed, checked data.

    A value that is given is right, or marked as doubtful.
    """
