"""The embedded model's process: `python -m gkllm.llm.engine`, started by `gkllm.llm.local`.

One line of JSON on standard input says what to load, one line on standard output where it listens.
When standard input ends, by intent or because whoever started it is gone, so does the process.
It is a process of its own, since a fault in native code would end the whole run with it.
"""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    """Load, listen, and end with standard input."""
    order = json.loads(sys.stdin.readline())
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what native code prints is no answer

    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = order["path"]
    params.n_ctx = order["context"]
    params.n_parallel = 1
    params.cpuparams.n_threads = order["threads"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [order["key"]]
    params.cache_ram_mib = 0  # one prefix stays in its slot; more would take gigabytes
    params.endpoint_slots = False  # would show prompts
    params.ui = False
    params.n_gpu_layers = 0
    params.verbosity = 1
    server = xllamacpp.Server(params)
    print(json.dumps({"url": server.listening_address}), file=answers, flush=True)
    sys.stdin.read()
    os._exit(0)  # nothing is left to save, and native threads need not be waited for


if __name__ == "__main__":
    main()
