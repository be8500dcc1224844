"""Open problems and improvements > one question about section 五, and its answer > candidates.

The sentences are numbered and the answer names numbers, so that every quote is a copy by
construction. The words of a shortcoming or of a measure in each sentence, and in no other, are
the witness.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Optional

from pydantic import BaseModel, ConfigDict, create_model

from gkllm.ask.facts import Grounded
from gkllm.ask.figures import Script
from gkllm.ask.prompts import prompt
from gkllm.ask.witness import GROUNDED, VOCABULARY
from gkllm.document import Span, Text
from gkllm.llm import Prompt
from gkllm.report import Bundle, Candidate

FACTS = ("facts.problems", "facts.improvements")
MOST_SENTENCES = 16
LONGEST = 1_200  # characters of the section that are asked about

_END = re.compile(r"[。!?;\n]")
_EDGE = "。;,、:!? \n"
_WEAK = re.compile(
    r"不够|不足|不高|不强|不全|不到位|不及时|不统一|不规范|不扎实|不了解|不熟|不清|不便|不爱|不畅|不平衡|不主动|不深|不细"
    r"|薄弱|欠缺|滞后|缺乏|缺少|差距|短板|有待|偏低|偏少|偏弱|偏慢|单一|没有|困难|难以|较少|较低|较弱|较慢|顾不|看不懂"
    r"|生疏|被动|疏漏|疏忽|遗漏|问题|不大|不广|不好|不多|不新|过时|陈旧|走形式|差"
)
_MEASURE = re.compile(
    r"已|将|加强|加大|加快|完善|健全|建立|提升|提高|强化|优化|落实|配备|增设|新设|增加|增强|开展|组织|印发|制定|出台|推进"
    r"|推动|规范|改进|补|整改|培训|丰富|拓宽|拓展|创新|聘请|请|通报|明确|责成|下一步|继续|严格|定期|充实"
)
_STRICT = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class Items:
    """The sentences of section 五 in order, and which of the two facts are open."""

    spans: tuple[Span, ...]
    wanted: tuple[str, ...]


def items(script: Script, wanted: Sequence[str]) -> Items | None:
    """The sentences to ask about; None where nothing is open or section 五 has no sentence."""
    asked = tuple(path for path in FACTS if path in wanted)
    spans = tuple(_sentences(script)) if asked else ()
    if not asked or not spans or len(spans) > MOST_SENTENCES:
        return None
    words = [script.tight[a:b] for a, b in spans]
    if not any(_WEAK.search(w) or _MEASURE.search(w) for w in words):
        return None
    return Items(spans, asked)


def _sentences(script: Script) -> Iterator[Span]:
    tight = script.tight
    at = 0
    total = 0
    for mark in (*_END.finditer(tight), None):
        end = mark.start() if mark else len(tight)
        start, at = at, mark.end() if mark else len(tight)
        while start < end and tight[start] in _EDGE:
            start += 1
        if end - start >= 6 and script.section(start) == "problems":
            total += end - start
            if total > LONGEST:
                return
            yield start, end


def question(script: Script, asked: Items) -> Prompt:
    """The prompt about numbered sentences."""
    file = prompt("items")
    lines = (f"[{n}] {script.tight[a:b]}" for n, (a, b) in enumerate(asked.spans, 1))
    return Prompt(
        id=file.name,
        digest=file.digest,
        system=file.system,
        user=file.asked({"sentences": "\n".join(lines)}),
        shape=shape(asked),
        shots=file.shots,
        max_tokens=120,
    )


def shape(asked: Items) -> type[BaseModel]:
    """The answer's schema: two lists of sentence numbers, each nullable."""
    number = Literal[tuple(range(1, len(asked.spans) + 1))]  # type: ignore[valid-type]  # listed when it runs
    fields: dict[str, Any] = {
        path.removeprefix("facts."): (Optional[list[number]], ...)  # type: ignore[valid-type]  # noqa: UP045
        for path in FACTS
    }
    return create_model("Items", __config__=_STRICT, **fields)


def answers(script: Script, text: Text, asked: Items, value: BaseModel) -> Iterator[Grounded]:
    """The sentences named for each open half; a sentence in both halves is in neither."""
    named = {path: set(getattr(value, path.removeprefix("facts.")) or ()) for path in FACTS}
    if any(not 1 <= number <= len(asked.spans) for number in set.union(*named.values())):
        yield Grounded(None, "no_such_sentence")
        return
    both = set.intersection(*named.values())
    for path in asked.wanted:
        chosen = sorted(named[path] - both)
        if both:
            yield Grounded(None, "in_both_halves")
        if chosen:
            held = not both and _witnessed(script, asked, named, path)
            yield Grounded(
                _candidate(script, text, path, [asked.spans[n - 1] for n in chosen], held)
            )


def _witnessed(script: Script, asked: Items, named: dict[str, set[int]], path: str) -> bool:
    """Whether every sentence has the words of one half alone, and those of this half are named.

    A sentence with the words of both, or of neither, may belong to either: then the list that an
    answer gives may not be whole.
    """
    for number, (start, end) in enumerate(asked.spans, 1):
        words = script.tight[start:end]
        weak, measure = _WEAK.search(words) is not None, _MEASURE.search(words) is not None
        mine = weak if path == "facts.problems" else measure
        if weak == measure or mine != (number in named[path]):
            return False
    return True


def _candidate(
    script: Script, text: Text, path: str, spans: Sequence[Span], held: bool
) -> Candidate:
    clean = [script.clean_span(*span) for span in spans]
    first, last = clean[0][0], clean[-1][1]
    return Candidate(
        field=path,
        value=[text.quote(*span) for span in clean],
        span=text.source_span(first, last),
        quote=text.quote(first, last),
        source="model",
        bundle=Bundle(path, *(VOCABULARY if held else GROUNDED)),
    )
