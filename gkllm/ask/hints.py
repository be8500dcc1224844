"""What is asked about prose and what witnesses an answer: the rows of `forms/questions.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from gkllm.voice import macros


@dataclass(frozen=True, slots=True)
class Hint:
    """One fact that may be asked; see the head of questions.toml for its keys."""

    path: str
    kind: str
    label: str
    meaning: str
    topic: re.Pattern[str]
    unit: re.Pattern[str]
    own: re.Pattern[str]
    context: re.Pattern[str] | None
    words: re.Pattern[str]
    zero: re.Pattern[str] | None
    trap: re.Pattern[str]
    other: re.Pattern[str] | None
    alarm: re.Pattern[str]
    frame: re.Pattern[str]
    tail: re.Pattern[str] | None
    year: int

    @property
    def key(self) -> str:
        """The name of the field in a question."""
        return self.path.removeprefix("facts.")


@cache
def hints() -> dict[str, Hint]:
    """The hints by the path of their field."""
    raw = tomllib.loads((files("gkllm") / "forms" / "questions.toml").read_text("utf-8"))
    found = [_hint(row, raw["common"], macros() | raw["macros"]) for row in raw["fact"]]
    return {hint.path: hint for hint in found}


def _hint(row: dict[str, Any], common: dict[str, str], macros: dict[str, str]) -> Hint:
    def compiled(text: str) -> re.Pattern[str]:
        return re.compile(re.sub(r"<([A-Z]+)>", lambda m: macros[m[1]], text))

    def optional(key: str) -> re.Pattern[str] | None:
        return compiled(row[key]) if key in row else None

    own = row.get("words", "")
    return Hint(
        path=f"facts.{row['path']}",
        kind=row["kind"],
        label=row["label"],
        meaning=row["meaning"],
        topic=compiled(row["topic"]),
        unit=compiled(f"(?:{row.get('unit', '(?!)')})(?!以下|[度间])"),
        own=compiled(row["own"]),
        context=optional("context"),
        words=compiled(f"{own}|{common['words']}" if own else common["words"]),
        zero=optional("zero"),
        trap=compiled(f"{row['trap']}|{common['trap']}"),
        other=optional("other"),
        alarm=re.compile(common["alarm"]),
        frame=re.compile(row.get("frame", common["frame"])),
        tail=optional("tail"),
        year=row.get("year", 0),
    )
