"""Suite > Run, and the run file: one line of header, then one line for each document.

`run.jsonl` holds all that scores, tables and comparisons are made of: what each document is,
its truth, what the road and the baselines said of it, what it cost. Values stand in the order
of the header's `paths`. Reading a run again therefore needs no document and no extraction. A
torn last line, as a killed run leaves it, is passed over, and the run is incomplete.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import Any

import gkllm
from gkllm.errors import UnusableSuite
from gkllm.evaluate.baselines import NAIVE
from gkllm.evaluate.pool import Outcome, described, outcomes
from gkllm.evaluate.suite import Suite, all_paths
from gkllm.llm import CacheMode, Choice, connect
from gkllm.report import Report
from gkllm.score import VERSION

FORMAT = "gkllm.run/1"


@dataclass(frozen=True)
class Run:
    """A header and the documents in the order of their suites."""

    header: Mapping[str, Any]
    documents: tuple[Outcome, ...] = field(repr=False)

    @property
    def complete(self) -> bool:
        return bool(self.header.get("complete"))


def run(
    suites: Sequence[Suite],
    file: Path,
    workers: int = 2,
    repeat: int = 1,
    llm: Choice = "off",
    cache: CacheMode = "on",
    *,
    tell: Callable[[int, int], None] = lambda done, count: None,
) -> Run:
    """Read every document of the suites and write the run file; `llm` and `cache` as in connect.

    `tell` is called with the number of documents done and of all. The file is there from the
    first document on, and gets its complete header when all are done.
    """
    started = perf_counter()
    settings = {"repeat": repeat, "llm": llm, "cache": cache}
    header = _header(suites, workers, settings)
    count = sum(len(suite.tasks) for suite in suites)
    found: list[Outcome] = []
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(_line(header))
        for done, outcome in enumerate(outcomes(suites, workers, settings), 1):
            stream.write(_line(outcome))
            found.append(outcome)
            tell(done, count)
    order = [suite.name for suite in suites]
    documents = tuple(sorted(found, key=lambda d: (order.index(d["suite"]), d["task"])))
    _no_twins(documents)
    whole = Run(
        header
        | {
            "complete": True,
            "documents": len(documents),
            "dataset": dataset(documents),
            "seconds": round(perf_counter() - started, 1),
        },
        documents,
    )
    write_run(whole, file)
    return whole


def write_run(whole: Run, file: Path) -> None:
    """Write a run file, all or nothing."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    with part.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(_line(whole.header))
        stream.writelines(map(_line, whole.documents))
    part.replace(file)


def _no_twins(documents: Iterable[Outcome]) -> None:
    seen: set[tuple[str, str]] = set()
    for document in documents:
        name = (document["suite"], document["id"])
        if name in seen:
            raise UnusableSuite(f"{name[0]} has two documents {name[1]}: every id stands once.")
        seen.add(name)


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"


def read_run(path: Path) -> Run:
    """A run from its file or folder; its torn last line, if it has one, left out.

    Raises `gkllm.errors.UnusableSuite` for what is no run file, or one of another version.
    """
    file = path / "run.jsonl" if path.is_dir() else path
    try:
        header, *lines = file.read_text("utf-8", errors="replace").split("\n")
        told = json.loads(header)
        if told["format"] != FORMAT or told["paths"] != list(all_paths()):
            raise UnusableSuite(f"{file} was written by another version: evaluate again.")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnusableSuite(
            f"{file} is no run file ({error}). `gkllm eval SUITE --out DIR` writes one."
        ) from error
    documents = []
    for line in lines:
        try:
            documents.append(json.loads(line))
        except ValueError:
            break
    whole = told.get("complete") and len(documents) == told.get("documents")
    return Run(told | {"complete": bool(whole)}, tuple(documents))


def relabelled(old: Run, suites: Sequence[Suite]) -> Run:
    """The run with the truths that the suites have now; what was read stays as it was.

    Raises `gkllm.errors.UnusableSuite` where a document is another one, or has not been read.
    """
    before = {(d["suite"], d["id"]): d for d in old.documents}
    documents = []
    for suite in suites:
        for task in suite.tasks:
            case = task.case()
            if case is None:
                continue
            now = described(case)
            then = before.get((suite.name, case.id))
            if then is None or then["sha256"] != now["sha256"]:
                raise UnusableSuite(
                    f"{suite.name} {case.id}: the run has not read this document. Evaluate again."
                )
            documents.append(then | now)
    found = tuple(documents)
    about = {"scorer": VERSION, "dataset": dataset(found), "documents": len(found)}
    return replace(old, header={**old.header, **about}, documents=found)


def dataset(documents: Iterable[Outcome]) -> str:
    """Hash of what was evaluated: ids, sources and truths, whatever their order."""
    digest = hashlib.sha256()
    for line in sorted(
        json.dumps([d["suite"], d["id"], d["sha256"], d["truth"]], sort_keys=True)
        for d in documents
    ):
        digest.update(line.encode())
    return digest.hexdigest()


# ---------------------------------------------------------------- the header


def _header(suites: Sequence[Suite], workers: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    model = connect(settings["llm"], cache=settings["cache"])
    more = [] if settings["llm"] == "off" else [NAIVE]
    return {
        "format": FORMAT,
        "complete": False,
        "suites": [suite.name for suite in suites],
        "about": {suite.name: suite.about for suite in suites},
        "baselines": [*dict.fromkeys(b for suite in suites for b in suite.baselines), *more],
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "gkllm": gkllm.__version__,
        "git": _git(Path(gkllm.__file__).parent),
        "scorer": VERSION,
        "schema": _sha(json.dumps(Report.model_json_schema(), sort_keys=True).encode()),
        "prompts": _prompts(),
        "model": model.name if model else None,
        "versions": {"python": platform.python_version(), **_versions("pydantic", "openai")},
        "machine": f"{platform.system()} {platform.machine()} {os.cpu_count()} cores",
        "settings": {"workers": workers, **settings},
        "paths": list(all_paths()),
    }


def _versions(*packages: str) -> dict[str, str]:
    found = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _prompts() -> str | None:
    """Hash of the prompt files, which lie beside the package or in it."""
    package = Path(gkllm.__file__).parent
    for folder in (package / "prompts", package.parent / "prompts"):
        files = sorted(p for p in folder.glob("**/*") if p.is_file())
        if files:
            return _sha(b"".join(p.name.encode() + p.read_bytes() for p in files))
    return None


def _git(folder: Path) -> dict[str, Any] | None:
    """The commit of the code, and whether it was changed since; None outside a clone."""

    def git(*words: str) -> str:
        done = subprocess.run(  # noqa: S603 - fixed words
            ["git", "-C", str(folder), *words],  # noqa: S607 - git of the PATH
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
        return done.stdout.strip()

    try:
        if folder.name not in git("ls-files", "--full-name", "__init__.py"):
            return None  # an environment inside some other repository
        return {
            "commit": git("rev-parse", "HEAD"),
            "dirty": bool(git("status", "--porcelain", "-uno")),
        }
    except (OSError, subprocess.SubprocessError):
        return None
