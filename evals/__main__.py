"""`python -m evals soak | show | render | damage`: evaluate random documents, or look at one.

`soak` is `gkllm eval` over documents that no suite file lists; suites stand in evals/suites.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from evals.cases import lines
from evals.generators import named
from evals.mangle import DAMAGE
from evals.render import LAYOUTS
from evals.soak import case, document
from gkllm.errors import GkllmError
from gkllm.evaluate.pool import text_of
from gkllm.evaluate.report import Wanted, evaluation

ROOT = Path(__file__).parent.parent


def main(argv: list[str] | None = None) -> int:
    """Run a command; the exit status is that of `gkllm eval`."""
    parser = argparse.ArgumentParser(prog="python -m evals", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("soak", help="evaluate many random damaged documents")
    run.add_argument("--count", type=int, default=1000)
    run.add_argument("--workers", type=int, default=2)
    run.add_argument("--out", type=Path, default=Path("eval-run"))
    run.add_argument("--hard", action="store_true", help="two or three damages that move numbers")
    known = commands.add_parser("show", help="print a document of the suite damage by its id")
    known.add_argument("id")
    known.add_argument("--truth", action="store_true", help="print what is true of it")
    one = commands.add_parser("render", help="print an undamaged document")
    bad = commands.add_parser("damage", help="print a damaged document")
    for command in (run, one, bad):
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--layout", choices=sorted(LAYOUTS))
    for command in (run, bad):
        command.add_argument("--kind", action="append", choices=sorted(DAMAGE))
    for command in (one, bad):
        command.add_argument("--index", type=int, default=0)
        command.add_argument("--truth", action="store_true", help="print what is true of it")
    args = parser.parse_args(argv)
    if args.command == "soak":
        if args.hard and args.kind:
            parser.error("--hard chooses the kinds itself")
        return _soak(args)
    if args.command == "show":
        return _show_known(args.id, args.truth)
    return _show(args)


def _soak(args: argparse.Namespace) -> int:
    """A suite file made of the arguments, kept in the run folder, and its evaluation."""
    args.out.mkdir(parents=True, exist_ok=True)
    file = args.out / f"soak-{args.seed}.toml"
    options = [f"layout = {json.dumps(args.layout)}"] if args.layout else []
    options += [f"kinds = {json.dumps(args.kind)}"] if args.kind else []
    generator = "hard" if args.hard else "case"
    file.write_text(
        f'baselines = []\n\n[[source]]\ngenerator = "evals.soak:{generator}"\n'
        f"count = {args.count}\nseed = {args.seed}\noptions = {{ {', '.join(options)} }}\n",
        "utf-8",
    )
    sys.path.insert(0, str(ROOT))
    try:
        done = evaluation(Wanted((str(file),), args.out, workers=args.workers), _progress)
    except GkllmError as error:
        print(error, file=sys.stderr)
        return 2
    print((args.out / "summary.md").read_text("utf-8"))
    return done.code


def _progress(done: int, count: int) -> None:
    if sys.stderr.isatty() and (done % 20 == 0 or done == count):
        print(f"\r{done} of {count}", end="\n" if done == count else "", file=sys.stderr)


def _show_known(name: str, truth: bool) -> int:
    found = named(name)
    if found is None:
        print(f"there is no document {name}", file=sys.stderr)
        return 2
    print("\n".join(lines(found)) if truth else text_of(found))
    return 0


def _show(args: argparse.Namespace) -> int:
    kinds = tuple(args.kind) if getattr(args, "kind", None) else None
    kinds = () if args.command == "render" else kinds
    if args.truth:
        listed = list(kinds) if kinds is not None else None
        print("\n".join(lines(case(args.index, args.seed, args.layout, listed))))
        return 0
    rendered, damages = document(args.index, args.seed, args.layout, kinds)
    sys.stdout.write(rendered.text)
    print(f"\n# {rendered.layout} {'+'.join(damages)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
