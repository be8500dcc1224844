"""Passages written for the model that reads prose, each set into a report, with its label.

The lists (`passages/develop.toml`, `evaluate.toml`, `fresh.toml`) are written and labelled by hand.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gkllm.ask.hints import hints
from gkllm.evaluate.suite import Case
from gkllm.score import Truth

LISTS = ("develop", "evaluate", "fresh")
YEAR = 2023

_SKELETON = """青溪县柳林镇人民政府{year}年政府信息公开工作年度报告

一、总体情况
{overview}
二、主动公开政府信息情况
三、收到和处理政府信息公开申请情况
四、政府信息公开行政复议、行政诉讼情况
五、存在的主要问题及改进情况
{problems}
六、其他需要报告的事项
{other}
"""


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage with what it states; a fact that `facts` does not name is null in truth."""

    id: str
    trap: str
    section: str
    text: str
    facts: dict[str, Any]
    approximate: frozenset[str]

    @property
    def document(self) -> str:
        """The whole text of the report that holds the passage."""
        places = dict.fromkeys(("overview", "problems", "other"), "")
        return _SKELETON.format(year=YEAR, **{**places, self.section: self.text})

    @property
    def truth(self) -> dict[str, Any]:
        """The stated facts by path, those of the skeleton among them."""
        named = {f"facts.{key}": value for key, value in self.facts.items()}
        return {"facts.agency": "青溪县柳林镇人民政府", "facts.year": YEAR} | named


def passages(name: str) -> list[Passage]:
    """The passages of a list: develop or evaluate."""
    raw = tomllib.loads((Path(__file__).parent / "passages" / f"{name}.toml").read_text("utf-8"))
    return [
        Passage(
            id=row["id"],
            trap=row["trap"],
            section=row["section"],
            text=row["text"],
            facts=row["facts"],
            approximate=frozenset(row.get("approximate", ())),
        )
        for row in raw["passage"]
    ]


def case(index: int, seed: int) -> Case | None:
    """Passage `index` of all lists as a case of a suite; None behind the last."""
    listed = [(name, passage) for name in LISTS for passage in passages(name)]
    if index >= len(listed):
        return None
    name, passage = listed[index]
    truth: dict[str, Truth] = {path: Truth(None, "absent") for path in hints()}
    truth |= {
        path: Truth(value, approximate=path.removeprefix("facts.") in passage.approximate)
        for path, value in passage.truth.items()
    }
    tags = {"split": (name,), "kind": (passage.trap or "plain",)}
    return Case(f"{name}-{passage.id}", passage.document, truth, tags)
