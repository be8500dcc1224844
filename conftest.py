"""Which doctests can run: those of an extra only where it is installed."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("rapidocr") else ["gkllm/load/scan/*"]
