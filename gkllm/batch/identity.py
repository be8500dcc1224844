"""What an input is: its name, its content and everything that decides its answer.

A result is taken from the ledger only if all of it is the same: the name (it stands in the
line), the bytes, the code and the forms that read it, the libraries below them, the settings.
Code that only shows results (commands, outputs, scores) is no part of it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import gkllm

# Modules that no answer of the deterministic road depends on. What is not named here counts.
_NO_PART = frozenset(
    "__main__ ask batch cache cli evaluate explain llm prompts score worker write".split()
)
_YET_A_PART = ("batch/reading.py", "write/jsonl.py")  # they make the line
_ASKED = ("ask", "llm", "prompts")
_LIBRARIES = (
    "pypdfium2",
    "olefile",
    "lxml",
    "python-calamine",
    "striprtf",
    "rapidocr",
    "pydantic",
    "pyarrow",
)


def key(name: str, content: bytes, settings: Mapping[str, Any]) -> bytes:
    """The identity of an input: 32 bytes. `content` is the SHA-256 of its bytes, or says why none.

    >>> one = key("a.txt", b"1", {})
    >>> one == key("a.txt", b"1", {}), one == key("b.txt", b"1", {}), one == key("a.txt", b"2", {})
    (True, False, False)
    """
    parts = (
        name.encode(),
        content,
        reading().encode(),
        json.dumps(settings, sort_keys=True).encode(),
    )
    return hashlib.sha256(b"".join(len(p).to_bytes(8, "big") + p for p in parts)).digest()


@cache
def reading() -> str:
    """A name for the code, forms and libraries that read documents without a model."""
    return _digest(
        (name, data)
        for name, data in _files()
        if name.partition("/")[0].removesuffix(".py") not in _NO_PART or name in _YET_A_PART
    )


@cache
def asking() -> str:
    """A name for the code and prompts that ask a model."""
    return _digest((name, data) for name, data in _files() if name.startswith(_ASKED))


@cache
def writing() -> str:
    """A name for the code and libraries that make the outputs."""
    return _digest(
        (n, data) for n, data in _files() if n.startswith(("batch/", "write/", "forms/"))
    )


def _digest(files: Iterator[tuple[str, bytes]]) -> str:
    found = hashlib.sha256()
    for word in (f"{sys.version_info[0]}.{sys.version_info[1]}", gkllm.__version__, *_libraries()):
        found.update(word.encode() + b"\0")
    for name, data in files:
        found.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    return found.hexdigest()


def _files() -> Iterator[tuple[str, bytes]]:
    """The files of the package, by their paths in it."""
    root = Path(gkllm.__file__).parent
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".toml", ".txt", ".md", ".json") and path.is_file():
            yield path.relative_to(root).as_posix(), path.read_bytes()


def _libraries() -> Iterator[str]:
    for name in _LIBRARIES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} -"
