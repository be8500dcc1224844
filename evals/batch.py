"""A batch under fire and under the clock: `python -m evals.batch kills | faults | speed | memory`.

`kills`   kill -9 at random moments, 200 times over 2,000 documents; nothing may be lost, done
          twice or broken, and the outputs must equal those of an undisturbed run.
`faults`  a full disk, a folder that cannot be written to, unreadable inputs, killed workers, a
          damaged ledger, a moving clock. Needs root, for a small tmpfs and another user.
`speed`   two cores against one; durability against plain JSON lines; a run with nothing to do.
`memory`  100,000 small documents; what the second half adds.

The exit status is 1 where something is not as it must be.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from evals.soak import document
from gkllm.batch.ledger import FILE, Entry, Ledger, Result
from gkllm.batch.processes import workers
from gkllm.batch.run import Outcome, Settings, read_all

ROOT = Path(__file__).parent.parent
ABOUT_THE_RUN = ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "ledger.lock")


def written(folder: Path, count: int) -> Path:
    """A folder of random damaged reports, each other than the rest."""
    folder.mkdir(parents=True)
    for n in range(count):
        text = document(n, 6)[0].text
        (folder / f"{n:05}.txt").write_bytes(text.encode("utf-8", "surrogatepass"))
    return folder


def command(*words: object) -> list[str]:
    """The command line of a batch."""
    return [sys.executable, "-m", "gkllm", "batch", *map(str, words)]


def finished(*words: object, env: Any = None) -> subprocess.CompletedProcess[str]:
    """A batch that runs to its end."""
    return subprocess.run(command(*words), capture_output=True, text=True, check=False, env=env)


def outputs(out: Path) -> dict[str, bytes]:
    """The files of a batch by name, without what is about the run."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in ABOUT_THE_RUN
    }


def differing(one: Path, other: Path) -> list[str]:
    """The outputs that differ between two folders; none, if all is well."""
    left, right = outputs(one), outputs(other)
    return sorted(name for name in left | right if left.get(name) != right.get(name))


def kept(out: Path) -> tuple[int, int]:
    """How many results a ledger holds, and how many it was ever given."""
    if not (out / FILE).exists():
        return 0, 0
    database = sqlite3.connect(f"file:{out / FILE}?mode=ro", uri=True, timeout=30)
    try:
        asked = "SELECT (SELECT count(*) FROM result), (SELECT seq FROM sqlite_sequence)"
        count, ever = database.execute(asked).fetchone()
        return count, ever or 0
    except sqlite3.OperationalError:
        return 0, 0
    finally:
        database.close()


def broken_lines(out: Path, count: int) -> int:
    """Lines that are no JSON or stand there twice; and all that lack, where outputs are there."""
    if not (out / "reports.jsonl").exists():
        return 0
    names = []
    for line in (out / "reports.jsonl").read_bytes().split(b"\n")[:-1]:
        with suppress(ValueError):
            names.append(json.loads(line)["source"]["path"])
    return count - len(set(names))


# ---------------------------------------------------------------- kills


def kills(count: int, times: int, seed: int, scratch: Path) -> bool:
    """Kill a batch again and again; true if nothing came of it."""
    inputs = written(scratch / "in", count)
    out, rng, start = scratch / "out", random.Random(seed), time.monotonic()
    lost = redone = broken = 0
    writing = times // 6  # so many of the kills fall into the writing of the outputs
    step = count / (times - writing)
    most = 0
    for n in range(times):
        late = n >= times - writing
        if late:
            (out / "summary.html").unlink(missing_ok=True)  # so that the outputs are made again
        before, ever = kept(out)
        lost += most - before
        redone += ever - before
        broken += broken_lines(out, count)
        _killed(inputs, out, int((n + rng.random()) * step), late, rng)
        most = max(most, kept(out)[0])
        if n % 20 == 19:
            print(f"{n + 1} kills, {most} of {count} documents", file=sys.stderr)
    done = finished(inputs, "--out", out, "--workers", 2)
    undisturbed = scratch / "undisturbed"
    finished(inputs, "--out", undisturbed, "--workers", 2)
    held, ever = kept(out)
    unequal = differing(out, undisturbed)
    whole = sqlite3.connect(out / FILE).execute("PRAGMA integrity_check").fetchone() == ("ok",)
    print(
        f"{times} kills over {count} documents ({writing} of them while outputs are written): "
        f"lost {lost + count - held}, done twice {redone + ever - held}, broken lines "
        f"{broken + broken_lines(out, count)}, outputs that differ {len(unequal)} {unequal}, "
        f"ledger {'sound' if whole else 'DAMAGED'}, left behind "
        f"{len(list(out.glob('.writing-*')))}; exit {done.returncode}; "
        f"{time.monotonic() - start:.0f} s"
    )
    fine = done.returncode == 0 and held == count == ever and whole
    return fine and not (lost or redone or broken or unequal)


def _killed(inputs: Path, out: Path, enough: int, late: bool, rng: random.Random) -> None:
    """Start a batch and kill it: when it has `enough` results, or while it writes."""
    process = subprocess.Popen(
        command(inputs, "--out", out, "--workers", 2),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while process.poll() is None:
        if late and list(out.glob(".writing-*")):
            break
        if not late and kept(out)[0] >= enough:
            break
        time.sleep(0.005)
    time.sleep(rng.uniform(0, 6 if late else 0.1))
    # Half of them leave the workers behind, as a kill by hand does.
    target = os.killpg if rng.random() < 0.5 else os.kill
    with suppress(ProcessLookupError):
        target(process.pid, signal.SIGKILL)
    process.wait()


# ---------------------------------------------------------------- faults


def faults(scratch: Path, only: str | None = None) -> bool:
    """Each fault ends in a clear message or an error line, and nothing is lost."""
    inputs = written(scratch / "in", 150)
    undisturbed = scratch / "undisturbed"
    finished(inputs, "--out", undisturbed)
    fine = True
    for name, fault in FAULTS.items():
        if only in (None, name):
            wrong = fault(inputs, scratch / name.replace(" ", "-"), undisturbed)
            print(f"{name}: {wrong or 'as it must be'}", flush=True)
            fine = fine and not wrong
    return fine


def _continued(inputs: Path, out: Path, undisturbed: Path) -> str:
    """What is wrong after the fault has gone and the same command ran again."""
    done = finished(inputs, "--out", out)
    if done.returncode != 0:
        return f"the next run ended with {done.returncode}: {done.stderr[-300:]}"
    unequal = differing(out, undisturbed)
    return f"other outputs: {unequal}" if unequal else ""


def _stopped(done: subprocess.CompletedProcess[str], code: int, *words: str) -> str:
    """What is wrong with how a batch ended."""
    if done.returncode != code or "Traceback" in done.stderr:
        return f"exit {done.returncode}, not {code}: {done.stderr[-500:]}"
    absent = [word for word in words if word not in done.stderr]
    return f"the message lacks {absent}: {done.stderr[-300:]}" if absent else ""


@contextmanager
def _small_disk(at: Path, size: str) -> Iterator[None]:
    at.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", at], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", at], check=True)


def full_disk(inputs: Path, out: Path, undisturbed: Path) -> str:
    """Full while documents are read, and then while outputs are written."""
    for size in ("400k", "3m"):
        disk = out.with_name(f"{out.name}-{size}")
        with _small_disk(disk, size):
            done = finished(inputs, "--out", disk / "out")
            if wrong := _stopped(done, 2, "Cannot write", "run the same command again"):
                return f"{size}: {wrong}"
            before = kept(disk / "out")[0]
            subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
            again = finished(inputs, "--out", disk / "out")
            if f"known before {before}" not in again.stderr or not before:
                return f"{size}: not continued from {before}: {again.stderr[-300:]}"
            if unequal := differing(disk / "out", undisturbed):
                return f"{size}: other outputs: {unequal}"
    return ""


def read_only(inputs: Path, out: Path, undisturbed: Path) -> str:
    """On a disk that may not be written to, in a folder that was begun and in a new one."""
    with _small_disk(out, "200m"):
        finished(inputs, "--out", out / "out", "--limit", 20)
        subprocess.run(["mount", "-o", "remount,ro", out], check=True)
        done = finished(inputs, "--out", out / "out")
        new = finished(inputs, "--out", out / "new")
        subprocess.run(["mount", "-o", "remount,rw", out], check=True)
        return (
            _stopped(done, 2, "Cannot write", "run the same command again")
            or _stopped(new, 2, "Cannot write")
            or _continued(inputs, out / "out", undisturbed)
        )


def unreadable_input(inputs: Path, out: Path, _: Path) -> str:
    """Files and folders without rights, a link to nowhere, a pipe that nobody writes to."""
    own = out.with_name("own")
    (own / "closed").mkdir(parents=True)
    for path in [*sorted(inputs.iterdir())[:5], inputs]:
        if path.is_file():
            shutil.copy(path, own)
    (own / "00001.txt").chmod(0)
    (own / "gone.txt").symlink_to(own / "nowhere")
    os.mkfifo(own / "pipe.txt")
    (own / "closed" / "in.txt").write_text("x")
    (own / "closed").chmod(0)
    without = "--bounding-set=-dac_override,-dac_read_search"  # rights that only root has
    words = ["setpriv", without, *command(own, "--out", out)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    codes = sorted(
        json.loads(line)["error"]["code"]
        for line in (out / "errors.jsonl").read_text("utf-8").splitlines()
    )
    if codes != ["cannot_open", "cannot_open", "not_found"]:
        return f"{codes}: {done.stderr[-300:]}"
    return _stopped(done, 1, "reports 4, errors 3", "errors.jsonl")


def killed_workers(inputs: Path, out: Path, undisturbed: Path) -> str:
    """Every child of the batch is killed ten times a second."""
    process = subprocess.Popen(
        command(inputs, "--out", out), stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    killed = 0
    while process.poll() is None and killed < 10:
        time.sleep(0.5)
        for child in _children(process.pid):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
                killed += 1
    told = process.communicate()[1]
    if process.returncode not in (0, 1) or not killed:
        return f"exit {process.returncode} after {killed} kills: {told[-300:]}"
    count = len((out / "reports.jsonl").read_bytes().splitlines())
    if count != len(list(inputs.iterdir())):
        return f"{count} lines"
    done = finished(inputs, "--out", out, "--retry")
    return _stopped(done, 0) or _continued(inputs, out, undisturbed)


def damaged_ledger(inputs: Path, out: Path, undisturbed: Path) -> str:
    """Its head and some of its middle overwritten: named, left alone, begun anew without it."""
    finished(inputs, "--out", out, "--limit", 100)
    with (out / FILE).open("r+b") as file:  # its first pages, and some in the middle
        file.write(b"\xff" * 100)
        file.seek(40_000)
        file.write(os.urandom(30_000))
    done = finished(inputs, "--out", out)
    if wrong := _stopped(done, 2, "is damaged", "Move it away", "run the same command again"):
        return wrong
    for path in out.glob(f"{FILE}*"):
        path.rename(path.with_name(f"{path.name}.damaged"))
    for path in out.glob("*.damaged"):
        path.rename(out.with_name(path.name))
    return _continued(inputs, out, undisturbed)


def moving_clock(inputs: Path, out: Path, undisturbed: Path) -> str:
    """Wall time jumps by years at each look; inputs are from the future and the past."""
    site = out.with_name("site")
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import random, time\nreal = time.time\n"
        "time.time = lambda: real() + random.choice((-1e8, 0, 1e8))\n"
    )
    for n, path in enumerate(sorted(inputs.iterdir())[:20]):
        os.utime(path, (4e9 * (n % 2), 4e9 * (n % 2)))
    changed = {**os.environ, "PYTHONPATH": str(site)}
    done = finished(inputs, "--out", out, "--limit", 70, env=changed)
    done = finished(inputs, "--out", out, env=changed)
    if "read now 80, known before 70" not in done.stderr:
        return done.stderr[-300:]
    return _continued(inputs, out, undisturbed)


FAULTS: dict[str, Callable[[Path, Path, Path], str]] = {
    "full disk": full_disk,
    "read-only output": read_only,
    "unreadable input": unreadable_input,
    "killed workers": killed_workers,
    "damaged ledger": damaged_ledger,
    "moving clock": moving_clock,
}


def _children(process: int) -> list[int]:
    """The children of a process, by /proc."""
    found = []
    for task in Path(f"/proc/{process}/task").iterdir():
        with suppress(OSError):
            found += [int(word) for word in (task / "children").read_text().split()]
    return found


# ---------------------------------------------------------------- speed


def speed(count: int, rounds: int, scratch: Path) -> bool:
    """Two cores against one, durability against plain lines, a run with nothing to do.

    Whole commands, from their start to their end, with all their processes on those cores.
    """
    compileall.compile_dir(ROOT / "gkllm", quiet=1)  # as installing does
    inputs = written(scratch / "in", count)
    cores = sorted(os.sched_getaffinity(0))[:2]
    one: dict[int, list[tuple[float, float]]] = {core: [] for core in cores}
    two, again = [], []
    for n in range(rounds):
        for core, runs in one.items():  # they are not always equally fast
            runs.append(_timed(inputs, scratch / f"one-{core}-{n}", 1, [core]))
        out = scratch / f"two-{n}"
        two.append(_timed(inputs, out, 2, cores))
        again.append(_timed(inputs, out, 2, cores))
    alone = [min(runs)[0] for runs in one.values()]
    both, nothing = min(two), min(again)
    faster = sum(alone) / len(alone) / both[0]
    told = " and ".join(f"{seconds:.1f}" for seconds in alone)
    print(
        f"{count} documents, whole runs, best wall time of {rounds}: either core alone {told} s, "
        f"two cores {both[0]:.1f} s: {faster:.2f} x"
    )
    print(
        f"nothing changed: {nothing[0]:.2f} s, {both[0] / nothing[0]:.0f} x faster; "
        f"processor time {nothing[1]:.2f} s against {both[1]:.1f} s"
    )
    durable, plain = [], []
    for n in range(rounds):
        durable.append(_pass(inputs, scratch / f"durable-{n}", Ledger))
        plain.append(_pass(inputs, scratch / f"plain-{n}", Plain))
    wall = min(d[0] for d in durable) / min(p[0] for p in plain) - 1
    work = min(d[1] for d in durable) / min(p[1] for p in plain) - 1
    print(
        f"durability against plain JSON lines, best of {rounds}: "
        f"wall {wall:+.1%}, processor time {work:+.1%}"
    )
    return faster >= 1.8 and both[0] / nothing[0] >= 20 and min(wall, work) <= 0.15


def _timed(inputs: Path, out: Path, workers: int, cores: Sequence[int]) -> tuple[float, float]:
    """Wall and processor seconds of a batch on some cores."""
    start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    words = command(inputs, "--out", out, "--workers", workers)
    with_cores = ["taskset", "-c", ",".join(map(str, cores)), *words]
    subprocess.run(with_cores, check=True, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - start, used


class Plain:
    """What takes the place of the ledger in the comparison: lines as they come, no promise."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / "plain.jsonl").open("wb")
        self._count = 0

    def __enter__(self) -> Plain:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def find(self, key: bytes) -> Entry | None:
        return None

    def add(self, results: Sequence[Result]) -> list[int]:
        for result in results:
            self._file.write(zlib.decompress(result.line) + b"\n")
        self._count += len(results)
        return list(range(self._count - len(results), self._count))


class _Nobody:
    def expect(self, documents: int) -> None: ...
    def show(self, outcome: Outcome) -> None: ...
    def stage(self, what: str) -> None: ...
    def close(self) -> None: ...


def _pass(inputs: Path, out: Path, ledger: Callable[[Path], Any]) -> tuple[float, float]:
    """Wall and processor seconds of reading all inputs into a ledger, or what stands for one."""
    out.mkdir()
    start, before = time.monotonic(), _used()
    settings = Settings(2)
    with ledger(out) as made, workers(2, settings.limits) as running:
        read_all(made, [str(inputs)], settings, running, _Nobody(), Outcome())
    return time.monotonic() - start, _used() - before


def _used() -> float:
    """Processor seconds of this process and its ended children."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in both)


# ---------------------------------------------------------------- memory


def memory(count: int, scratch: Path) -> bool:
    """Small documents by the hundred thousand: what the second half adds to resident memory."""
    inputs = scratch / "in"
    inputs.mkdir(parents=True)
    for n in range(count):
        folder = inputs / f"{n // 1000:03}"
        folder.mkdir(exist_ok=True)
        text = (
            f"某县{n}局2023年政府信息公开工作年度报告\n一、总体情况\n受理政府信息公开申请{n}件。\n"
        )
        (folder / f"{n:06}.txt").write_text(text, "utf-8")
    out, start = scratch / "out", time.monotonic()
    process = subprocess.Popen(command(inputs, "--out", out, "--workers", 2))
    halves: list[list[tuple[int, int]]] = [[], []]
    stages: dict[str, list[int]] = {"reading": [], "writing": []}
    while process.poll() is None:
        time.sleep(2)
        own = _resident([process.pid])
        whole = _resident([process.pid, *_children(process.pid)]) if own else 0
        if not own:
            continue
        if list(out.glob(".writing-*")):
            stages["writing"].append(whole)
            continue
        done = kept(out)[0]
        stages["reading"].append(whole)
        halves[done * 2 >= count].append((own, whole))
    first, second = (tuple(max(v) for v in zip(*half, strict=True)) for half in halves)
    done = kept(out)[0]
    print(
        f"{done} documents in {time.monotonic() - start:.0f} s; largest resident memory, MB: "
        f"first half {first[0] >> 20} alone and {first[1] >> 20} with its workers, second half "
        f"{second[0] >> 20} and {second[1] >> 20}; while outputs are written "
        f"{max(stages['writing']) >> 20} with its writers"
    )
    print(f"while outputs are written, over time, MB: {_thinned(stages['writing'])}")
    return process.returncode == 0 and done == count and second[1] - first[1] < 50 << 20


def _resident(processes: Sequence[int]) -> int:
    """Bytes of resident memory of some processes."""
    total = 0
    for process in processes:
        with suppress(OSError, IndexError, ValueError):
            pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
            total += pages * os.sysconf("SC_PAGE_SIZE")
    return total


def _thinned(values: Sequence[int], most: int = 20) -> list[int]:
    return [value >> 20 for value in values[:: max(1, len(values) // most)]]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one of them."""
    parser = argparse.ArgumentParser(prog="python -m evals.batch", description=__doc__)
    parser.add_argument("what", choices=("kills", "faults", "speed", "memory"))
    parser.add_argument("--count", type=int, help="documents")
    parser.add_argument("--times", type=int, default=200, help="kills")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(FAULTS), help="one fault")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        if args.what == "kills":
            fine = kills(args.count or 2000, args.times, args.seed, scratch)
        elif args.what == "faults":
            fine = faults(scratch, args.only)
        elif args.what == "speed":
            fine = speed(args.count or 1200, args.rounds, scratch)
        else:
            fine = memory(args.count or 100_000, scratch)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
