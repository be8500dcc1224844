"""`python -m evals soak | fixtures | render | damage`: measure, or look at one document."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from evals import fixtures
from evals.mangle import DAMAGE
from evals.render import LAYOUTS
from evals.soak import document, show, soak, table


def main(argv: list[str] | None = None) -> int:
    """Run a command; the exit status is 1 where a silent error or a crash was found."""
    parser = argparse.ArgumentParser(prog="python -m evals", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("soak", help="judge many damaged documents")
    run.add_argument("--count", type=int, default=1000)
    run.add_argument("--workers", type=int, default=1)
    run.add_argument("--show", type=int, default=0, help="write this many of the worst documents")
    run.add_argument("--out", type=Path, default=Path("soak-failures"))
    run.add_argument("--top", type=int, default=25, help="classes of misses to list")
    labelled = commands.add_parser("fixtures", help="score the labelled documents")
    labelled.add_argument("--show", action="store_true", help="list every silent or open field")
    one = commands.add_parser("render", help="print an undamaged document")
    bad = commands.add_parser("damage", help="print a damaged document")
    for command in (run, one, bad):
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--layout", choices=sorted(LAYOUTS))
    for command in (run, bad):
        command.add_argument("--kind", action="append", choices=sorted(DAMAGE))
    for command in (one, bad):
        command.add_argument("--index", type=int, default=0)
    args = parser.parse_args(argv)
    kinds = tuple(args.kind) if getattr(args, "kind", None) else None
    if args.command == "fixtures":
        return fixtures.main(show=args.show)
    if args.command == "soak":
        return _soak(args, kinds)
    rendered, damages = document(
        args.index, args.seed, args.layout, () if args.command == "render" else kinds
    )
    sys.stdout.write(rendered.text)
    print(f"\n# {rendered.layout} {'+'.join(damages)}", file=sys.stderr)
    return 0


def _soak(args: argparse.Namespace, kinds: tuple[str, ...] | None) -> int:
    summary = soak(args.count, args.seed, args.workers, args.layout, kinds)
    print(table(summary, args.top))
    if args.show:
        for path in show(summary, args.out, args.show, args.layout, kinds):
            print(path)
    return 1 if summary.silent or summary.crashes else 0


if __name__ == "__main__":
    sys.exit(main())
