"""Prompt files > prompts: versioned plain text with front matter, found in a wheel or a clone.

A file of `prompts/` begins with `---`, lines `key: value` (id, version, purpose), `---`; then
come parts under lines `[system]`, `[shot]`, `[answer]` and `[user]`. `$name` marks what is filled
in. What is filled in is never looked at again, so no text of a document can become a template.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

_PART = re.compile(r"^\[(system|shot|answer|user)\][ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A prompt as its file has it; `digest` is the sha256 of the file's text in hex."""

    id: str
    version: int
    purpose: str
    digest: str
    system: str
    shots: tuple[tuple[str, str], ...]
    user: str

    @property
    def name(self) -> str:
        """Id and version, as reports and cache keys name it: facts/1."""
        return f"{self.id}/{self.version}"

    def asked(self, words: Mapping[str, str]) -> str:
        """The question with `words` filled in, once."""
        return Template(self.user).substitute(words)


def parsed(text: str) -> PromptFile:
    """Read the text of a prompt file.

    >>> parsed("---\\nid: a\\nversion: 2\\npurpose: p\\n---\\n[system]\\nS\\n[user]\\n$x?\\n").name
    'a/2'
    """
    _, front, body = text.split("---\n", 2)
    keys = dict(line.split(": ", 1) for line in front.splitlines() if line.strip())
    pieces = _PART.split(body)
    parts = [(name, part.strip()) for name, part in zip(pieces[1::2], pieces[2::2], strict=True)]
    shots = [part for name, part in parts if name == "shot"]
    answers = [part for name, part in parts if name == "answer"]
    return PromptFile(
        id=keys["id"],
        version=int(keys["version"]),
        purpose=keys["purpose"],
        digest=hashlib.sha256(text.encode("utf-8")).hexdigest(),
        system="\n".join(part for name, part in parts if name == "system"),
        shots=tuple(zip(shots, answers, strict=True)),
        user="\n".join(part for name, part in parts if name == "user"),
    )


@cache
def prompt(name: str) -> PromptFile:
    """The prompt of a name, from beside the package in a clone or from within it in a wheel."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "prompts", package.parent / "prompts"):
        path = folder / f"{name}.md"
        if path.is_file():
            return parsed(path.read_text("utf-8").replace("\r\n", "\n"))
    raise FileNotFoundError(f"prompts/{name}.md is missing: install the package again")
