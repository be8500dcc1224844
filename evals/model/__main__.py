"""`python -m evals.model lies | attacks | passages | tables | tokens`: what a model adds.

`lies` and `attacks` need no model: theirs are scripts. The others ask the embedded model, or with
`--llm required` the endpoint that is configured. The exit status is 1 where something wrong is
accepted.
"""

from __future__ import annotations

import argparse
import sys

from evals.model import attacks, lies, measure


def main(argv: list[str] | None = None) -> int:
    """Run a command."""
    parser = argparse.ArgumentParser(prog="python -m evals.model", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, count in (("lies", 120), ("attacks", 14), ("tables", 300), ("tokens", 300)):
        command = commands.add_parser(name)
        command.add_argument("--count", type=int, default=count)
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--most", type=int, default=1_000, help="rows to ask at most")
        command.add_argument("--llm", choices=("local", "required"), default="local")
    prose = commands.add_parser("passages")
    prose.add_argument("list", nargs="*", default=["develop", "evaluate"])
    prose.add_argument("--llm", choices=("local", "required"), default="local")
    prose.add_argument("--shape", action="append", choices=sorted(measure.SHAPES))
    args = parser.parse_args(argv)
    return _run(args)


def _run(args: argparse.Namespace) -> int:
    if args.command == "lies":
        told = lies.run(args.count, args.seed)
        print(told.table())
        return 1 if told.accepted or told.harm else 0
    if args.command == "attacks":
        found = attacks.run(args.count, args.seed)
        print(found.table())
        return 1 if found.harm or found.silent.total() or found.changed.total() else 0
    return measure.main(args)


if __name__ == "__main__":
    sys.exit(main())
