"""Words of a cell > what the form calls them.

A label is known by its exact words, by its beginning when a definition was pasted behind it,
by few wrong characters, or by its pieces when it was broken over lines, cells or pages.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

from gkllm.form import Form, Label, compact

# Rows whose words are also those of a column: 其他, 总计.
ALSO_COLUMNS = {"other.other": "other", "other.subtotal": "other", "total_handled": "total"}
_NUMERAL = re.compile(r"[\s(]*([一二三四五六七八九十\d]{1,2})\s*[)、.,:]")
_LONGEST = 160  # characters; longer cells are paragraphs and no labels
_PASTED = 5  # a label this long may be followed by a pasted definition


class Mention(NamedTuple):
    """A label of the form: kind is row, group, column or furniture."""

    kind: str
    key: str


@dataclass(frozen=True, eq=False)
class Lexicon:
    """The labels of one table, by their compacted words; `numerals` are those of the form."""

    words: Mapping[str, Mention]
    numerals: Mapping[Mention, str]
    _beginnings: Mapping[str, list[tuple[str, Mention]]] = field(repr=False)
    _cache: dict[str, Mention | None] = field(default_factory=dict, repr=False)

    def near(self, words: str) -> Mention | None:
        """The label that these compacted words are but for what was added or misspelt."""
        if not words or len(words) > _LONGEST:
            return None
        if words not in self._cache:
            if len(self._cache) > _MOST_REMEMBERED:
                self._cache.clear()
            self._cache[words] = (
                self._composed(words) or self._pasted(words) or self._misspelt(words)
            )
        return self._cache[words]

    def whole(self, words: str) -> Mention | None:
        """The label that exactly these words are, side labels before it allowed."""
        return self.words.get(words) or self._composed(words)

    def alone(self, words: str) -> Mention | None:
        """The label that these words are, misspelt or not, with nothing behind it."""
        return self.whole(words) or (self._misspelt(words) if words else None)

    def several(self, words: str) -> list[Mention]:
        """The labels that these words are one behind the other, the longest first; else none."""
        found: list[Mention] = []
        at = 0
        while at < len(words):
            ends = range(min(len(words), at + self._longest), at, -1)
            end = next((end for end in ends if words[at:end] in self.words), 0)
            if not end:
                return []
            found.append(self.words[words[at:end]])
            at = end
        return found

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self.words))

    def _composed(self, words: str) -> Mention | None:
        """Side labels and a row label in one cell: 三、本年度办理结果(一)予以公开."""
        for known in self._groups:
            if words.startswith(known):
                rest = words[len(known) :]
                return self.words.get(rest) or self._composed(rest)
        return None

    @cached_property
    def _groups(self) -> tuple[str, ...]:
        return tuple(w for w, m in self.words.items() if m.kind == "group" and len(w) > 3)

    def _pasted(self, words: str) -> Mention | None:
        beginnings = (words[:end] for end in range(len(words), _PASTED - 1, -1))
        return next((self.words[w] for w in beginnings if w in self.words), None)

    def _misspelt(self, words: str) -> Mention | None:
        near: dict[Mention, int] = {}
        written = set(words)
        for known, letters, mention in self._spelt:
            allowed = _allowed(len(known))
            # Each of its characters that is not there at all is wrong: most labels end here.
            if abs(len(known) - len(words)) <= allowed and len(letters - written) <= allowed:
                if known.startswith(words):
                    continue  # the first line of a label that goes on, rather than a misspelt one
                far = _distance(words, known, allowed)
                if far <= allowed:
                    near[mention] = min(far, near.get(mention, far))
        best = min(near.values(), default=0)
        nearest = [mention for mention, far in near.items() if far == best]
        return nearest[0] if len(nearest) == 1 else None

    @cached_property
    def _spelt(self) -> tuple[tuple[str, frozenset[str], Mention], ...]:
        """The labels that may be misspelt, with their characters."""
        return tuple((w, frozenset(w), m) for w, m in self.words.items() if _allowed(len(w)))

    def starting(self, words: str) -> list[tuple[str, Mention]]:
        """The labels that begin with these words and go on."""
        return self._beginnings.get(words, [])


_MOST_REMEMBERED = 2000


def _allowed(length: int) -> int:
    """How many characters of a label may be wrong."""
    return 0 if length < 4 else 1 if length < 10 else 2 if length < 20 else 4


def _distance(a: str, b: str, most: int) -> int:
    """Levenshtein distance, or more than `most` as soon as it is."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
        if min(row) > most:
            return most + 1
    return row[-1]


@lru_cache(maxsize=16)
def lexicon(form: Form, table: str) -> Lexicon:
    """The labels of a table ("disclosure", "requests", "litigation") of a form."""
    words: dict[str, Mention] = {}
    numerals: dict[Mention, str] = {}

    def add(kind: str, labels: Iterable[Label]) -> None:
        for label in labels:
            numerals[Mention(kind, label.key)] = numeral(label.zh)
            for word in label.wordings:
                words.setdefault(word, Mention(kind, label.key))

    if table == "disclosure":
        add("row", form.disclosure_rows)
        add("column", form.disclosure_columns)
    elif table == "requests":
        # 其他 and 总计 name a row and a column; the reader of the table tells them apart.
        add("row", form.rows)
        add("group", form.groups)
        add("column", form.columns)
    else:
        add("block", form.blocks)
        add("outcome", form.outcomes)
    for word in form.furniture[table]:
        words.setdefault(word, Mention("furniture", word))
    beginnings: dict[str, list[tuple[str, Mention]]] = defaultdict(list)
    for word, mention in words.items():
        for end in range(1, len(word)):
            beginnings[word[:end]].append((word, mention))
    return Lexicon(words, numerals, dict(beginnings))


def numeral(text: str) -> str:
    """The numeral before a label, "" if there is none: (六)其他处理 is 六, 3.其他 is 3."""
    m = _NUMERAL.match(text)
    return m[1] if m else ""


@lru_cache(maxsize=4096)  # the same labels stand in every report
def words_of(text: str) -> str:
    """Compacted words of a cell, nothing for a paragraph."""
    return compact(text) if len(text) <= _LONGEST else ""
