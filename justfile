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

# 20,000 rendered and damaged reports against their truth; silent errors first
soak count="20000" seed="1":
    python -m evals soak --count {{count}} --seed {{seed}}

# A model that lies, ten thousand times, and documents that attack; at full size
lies:
    python -m evals.model lies --count 400
    python -m evals.model attacks --count 14

# What the embedded model adds to prose and tables, and its tokens
model:
    python -m evals.model passages develop evaluate fresh
    python -m evals.model tables --most 12
    python -m evals.model tokens

# The property tests with other examples than CI draws
properties seed="1":
    pytest -q --hypothesis-seed {{seed}} tests/test_roundtrip.py tests/test_normalise.py tests/test_settle.py tests/test_segment.py tests/test_tables.py

# A suite of evals/suites, or a folder of labelled documents, scored
eval *suites="fixtures":
    gkllm eval {{suites}}

# Every suite: some 5,000 documents
evals:
    gkllm eval fixtures damage rendered prose editions agency-errors attacks --out eval-run

# The gate that CI runs: the suite fast against the committed baseline
gate:
    gkllm eval fast --baseline evals/baseline.json --repeat 2

# Make the present state the baseline; say why
baseline reason:
    gkllm eval fast --repeat 2 --set-baseline evals/baseline.json --reason "{{reason}}"

# Is the gate itself right? 20 planted regressions, 20 identical re-runs
planted:
    python -m evals.planted

# Which check catches which planted lie
mutate:
    python -m evals.mutate

# Whether the labels of the fixtures hold
labels:
    gkllm label --check fixtures

# Hostile input at full size: 5 MB of each kind
hostile:
    GKLLM_HOSTILE=1 pytest -q tests/test_hostile.py

# Write the output that the READMEs show anew
readme:
    python tests/test_readme.py

# Extraction against reading, NFKC and 60 patterns over the same text; growth up to 5 MB
bench:
    python -m evals.bench

# kill -9 at random moments, 200 times over a batch of 2,000 documents
kills count="2000" times="200":
    python -m evals.batch kills --count {{count}} --times {{times}}

# A full disk, killed workers, a damaged ledger … (as root: it mounts a small disk)
faults:
    python -m evals.batch faults

# A batch on two cores against one, durability against plain lines, a run with nothing to do
batch-speed count="3000":
    python -m evals.batch speed --count {{count}}

# Resident memory over 100,000 small documents
batch-memory count="100000":
    python -m evals.batch memory --count {{count}}

# The embedded model itself: started, asked, ended in five ways (needs the extra `local`)
local:
    GKLLM_SLOW=1 pytest -q tests/test_llm_local.py
