"""Input made to hurt: an answer or a plain error, in linear time and little memory.

Each kind of input is read in a process of its own, at a size and at half of it. By default the
size is small; with GKLLM_HOSTILE set in the environment it is 5 MB (`just hostile`).
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain, cycle, islice
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FULL = "GKLLM_HOSTILE" in os.environ
SIZE = 5_000_000 if FULL else 80_000  # bytes
SECONDS = 5.0  # of CPU
LONGEST = 60  # seconds of CPU after which a process is ended
MEGABYTES = 500
GROWTH = 2.6  # of the time, when the input doubles
NOISE = 0.2  # seconds below which growth cannot be told from noise

LABELS = (
    "一、本年新收政府信息公开申请数量 二、上年结转政府信息公开申请数量 三、本年度办理结果 "
    "（一）予以公开 （三）不予公开 1.属于国家秘密 2.其他法律行政法规禁止公开 （六）其他处理 3.其他 "
    "（七）总计 四、结转下年度继续办理"
).split()
HEADINGS = (
    "一、总体情况 二、主动公开政府信息情况 三、收到和处理政府信息公开申请情况 "
    "四、政府信息公开行政复议、行政诉讼情况 五、存在的主要问题及改进情况 六、其他需要报告的事项"
).split()
REQUESTS = "三、收到和处理政府信息公开申请情况\n"
HEAD = "柳河镇2024年政府信息公开工作年度报告\n一、总体情况\n"
NUMBERS = "3\t0\t0\t0\t0\t0\t3"


def repeated(piece: str, before: str = "") -> Callable[[int], bytes]:
    data = piece.encode()
    return lambda size: before.encode() + data * (size // len(data) + 1)


def cycled(pieces: list[str], joint: str, before: str = "") -> Callable[[int], bytes]:
    return repeated("".join(piece + joint for piece in pieces), before)


RNG = random.Random


def noise(size: int) -> bytes:
    return RNG(7).randbytes(size)


def characters(size: int) -> bytes:
    rng = RNG(7)
    return "".join(chr(rng.randint(0x4E00, 0x9FA5)) for _ in range(size // 3)).encode()


def mixture(size: int) -> bytes:
    """Everything that means something to some pattern, in random order."""
    rng = RNG(7)
    pieces = [
        *LABELS,
        *HEADINGS,
        *"0 1 288 （ ） 件 条 年 月 日 ， 。 ： | /".split(),
        "\t",
        "\n",
        " ",
    ]
    return "".join(islice((rng.choice(pieces) for _ in cycle([0])), size // 6)).encode()[:size]


def different_rows(size: int) -> bytes:
    """Rows under one label, every one with other numbers."""
    rows = (f"（一）予以公开\t{n}\t0\t0\t0\t0\t0\t{n}\n" for n in range(size // 40))
    return (REQUESTS + "".join(chain((f"{label}\t{NUMBERS}\n" for label in LABELS), rows))).encode()


def real(size: int) -> bytes:
    data = (ROOT / "fixtures" / "shape-003-city" / "source.txt").read_bytes()
    return data * (size // len(data) + 1)


def real_on_one_line(size: int) -> bytes:
    return real(size).replace(b"\n", b" ").replace(b"\t", b" ")


KINDS: dict[str, Callable[[int], bytes]] = {
    # One line of one thing.
    "digits": repeated("1234567890"),
    "digit groups": repeated("1,234,"),
    "single digits": repeated("1 "),
    "open brackets": repeated("（"),
    "brackets": repeated("（一）"),
    "nested titles": repeated("《"),
    "open quotes": repeated("“"),
    "one character": repeated("公"),
    "characters": characters,
    "pipes": repeated("|"),
    "cells": repeated("| 0 "),
    "tabs": repeated("\t"),
    "tabbed digits": repeated("\t0"),
    "spaces": repeated(" "),
    "wide spaces": repeated("　"),
    "no line ends": repeated("政府信息公开"),
    "question marks": repeated("？"),
    "dashes": repeated("-"),
    "dots": repeated("…"),
    # Many lines of one thing.
    "line ends": repeated("公\n"),
    "blank lines": repeated(" \n", "公"),
    "returns": repeated("公\r"),
    "page breaks": repeated("1\n\f"),
    "page numbers": repeated("- 1 -\n"),
    "empty cells": repeated("\t\n"),
    "cells in lines": repeated("\t0\n", REQUESTS),
    "numbers in lines": repeated("0\n", REQUESTS),
    "pipes in lines": repeated("|\n0\n", REQUESTS),
    "indented": repeated("\n" + " " * 500 + "0"),
    # What cleaning looks for.
    "entities": repeated("&nbsp;"),
    "ampersands": repeated("&"),
    "entity starts": repeated("&#1"),
    "bookmarks": repeated("[bookmark: "),
    "pinyin": repeated("公(gong"),
    "zero width": repeated("\u200b公"),
    "nul": repeated("公\0"),
    "traditional": repeated("檔案資訊機關"),
    # What the form knows.
    "labels": cycled(LABELS, ""),
    "labels in lines": cycled(LABELS, "\n", REQUESTS),
    "labels in cells": cycled(LABELS, "\t", REQUESTS),
    "label starts": repeated("本年 ", REQUESTS),
    "other": repeated("3.其他\t", REQUESTS),
    "headings": cycled(HEADINGS, "\n"),
    "headings inline": cycled(HEADINGS, ""),
    "one heading": repeated("情况 "),
    "heading ends": repeated("申请情况，"),
    "rows in tabs": cycled([f"{label}\t{NUMBERS}" for label in LABELS], "\n", REQUESTS),
    "rows in cells": cycled(
        [f"\t{label}\n\t" + NUMBERS.replace("\t", "\n\t") for label in LABELS], "\n\n", REQUESTS
    ),
    "rows in pipes": cycled(
        [f"| {label} | {NUMBERS.replace(chr(9), ' | ')} |" for label in LABELS], "\n", REQUESTS
    ),
    "rows in words": cycled([f"{label} 3 0 0 0 0 0 3" for label in LABELS], "\n", REQUESTS),
    "rows of eight": cycled([f"{label} 3 0 0 0 0 0 0 3" for label in LABELS], "\n", REQUESTS),
    "rows of six": cycled([f"{label} 3 0 0 0 0 3" for label in LABELS], "\n", REQUESTS),
    "one row": repeated(f"（一）予以公开\t{NUMBERS}\n", REQUESTS),
    "different rows": different_rows,
    "a note without end": lambda size: f"{REQUESTS}\t一、\n\t{'1 ' * (size // 2)}(一)\n".encode(),
    "white space in a cell": lambda size: f"{REQUESTS}| a{' ' * size}b | 1 | 2 |\n".encode(),
    "a dash and nothing seen": lambda size: f"一\n-{chr(0x200B) * (size // 3)}x\n".encode(),
    "heads": repeated("自然人\t商业企业\t科研机构\t其他\t总计\n", REQUESTS),
    "section two": repeated("规章\t1\t2\t3\n行政许可\t4\n", "二、主动公开政府信息情况\n"),
    "section four": repeated(
        "结果维持\t结果纠正\t总计\n" + "1\t" * 15 + "\n", "四、政府信息公开行政复议、行政诉讼情况\n"
    ),
    # What prose is read for.
    "years": repeated("2024年", HEAD),
    "year": repeated("年", HEAD),
    "periods": repeated("2024年1月1日至12月31日", HEAD),
    "counts": repeated("主动公开政府信息33条，收到申请3件，", HEAD),
    "sentences": repeated("收到政府信息公开申请3件。", HEAD),
    "count starts": repeated("主动公开政府信息", HEAD),
    "received": repeated("收到", HEAD),
    "commas": repeated("，", HEAD),
    "semicolons": repeated("一是；", HEAD + "五、存在的主要问题及改进情况\n"),
    "titles": repeated("柳河镇2024年政府信息公开工作年度报告\n"),
    "agencies": repeated("县人民政府", HEAD),
    "addresses": repeated("http://www.", HEAD),
    "dots and words": repeated("www.a.", HEAD),
    "subheads": repeated("（一）主动公开。\n", HEAD),
    # Anything.
    "random bytes": noise,
    "mixture": mixture,
    "real reports": real,
    "real reports on one line": real_on_one_line,
}


def measure(kind: str, size: int) -> dict[str, object]:
    """Read one input at half the size and at the size: what it cost, and what came of it."""
    from gkllm import extract
    from gkllm.errors import GkllmError

    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
    extract("规章\n0\n".encode())  # what is built once is no cost of the input
    seconds, outcome = [], ""
    for part in (size // 2, size):
        data = KINDS[kind](part)
        best = float("inf")
        for _ in range(1 if FULL else 2):
            start = time.process_time()
            try:
                outcome = f"{len(extract(data).fields)} fields"
            except GkllmError as error:
                outcome = error.code
            best = min(best, time.process_time() - start)
        seconds.append(best)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "megabytes": peak, "outcome": outcome}


def serve() -> None:
    """Measure each kind that standard input names in a process of its own."""
    import gkllm.pipeline  # noqa: F401  imported once, before the forks

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                found = measure(line.strip(), SIZE)
            except BaseException as error:
                found = {"outcome": f"{type(error).__name__}: {error}"[:300]}
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            sys.stdout.write(json.dumps({"outcome": f"killed, status {status}"}) + "\n")
            sys.stdout.flush()


@pytest.fixture(scope="module")
def server() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as running:
        yield running
        assert running.stdin is not None
        running.stdin.close()


@pytest.mark.timeout(LONGEST + 60)
@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_or_an_error_in_linear_time(server: subprocess.Popen[str], kind: str) -> None:
    assert server.stdin is not None
    assert server.stdout is not None
    # On a busy machine one of two timings may be off: growth must be seen three times running.
    for _ in range(3):
        server.stdin.write(f"{kind}\n")
        server.stdin.flush()
        cost = json.loads(server.stdout.readline())
        assert "seconds" in cost, cost
        half, whole = cost["seconds"]
        linear = whole < NOISE or whole < GROWTH * half
        if linear:
            break
    assert whole < SECONDS, cost
    assert linear, cost
    assert cost["megabytes"] < MEGABYTES, cost


if __name__ == "__main__":
    serve()
