# `just` lists these; `.ci/run` is the whole of them from a clean clone.

default:
    @just --list

# All tests, warnings as errors
test *args:
    pytest -q {{args}}

# Style and format, as CI asks for them
lint:
    ruff check .
    ruff format --check .

# Types, strictly
types:
    mypy

# Who may import whom
imports:
    lint-imports

# Everything CI runs, in this environment
all: lint types imports test

# Property tests with one seed after the other, until one fails or the time is up
soak minutes="60":
    #!/usr/bin/env bash
    set -euo pipefail
    seed=0
    while [ "$SECONDS" -lt $(({{minutes}} * 60)) ]; do
        pytest -q -x -m hypothesis --hypothesis-seed "$seed"
        seed=$((seed + 1))
    done

# Write the output that the READMEs show anew
readme:
    python tests/test_readme.py

# Documents per second over the bundled reports
bench:
    python -m timeit -n 20 -s "from gkllm import extract" "extract('fixtures/seed-002/source.txt')"
