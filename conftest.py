"""What the tests need of the machine, and which doctests can run."""

from __future__ import annotations

import signal
from importlib.util import find_spec

# Doctests of an extra run only where it is installed.
collect_ignore_glob = [] if find_spec("rapidocr") else ["gkllm/load/scan/*"]

# Who starts the tests in the background ignores Ctrl-C, and so would every program under test.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
