"""The words for statuses, reasons, rules and fields, that tables and pages share.

The words are data: `words.toml` beside this file. Labels of the form come from the form.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from gkllm.form import Form
from gkllm.report import Check, Field

Language = Literal["zh", "en"]


@dataclass(frozen=True, eq=False)
class Words:
    """The words of one language.

    >>> words("en").reason("lost"), words("zh").status("derived"), words("zh").sign("derived")
    ('lost in this text', '推得', '=')
    """

    language: Language
    table: dict[str, dict[str, Any]]

    def __getitem__(self, phrase: str) -> str:
        return self._word("phrase", phrase)

    def section(self, key: str) -> str:
        """A short name of a section of the report; one that the form does not know, by its key."""
        return self[key] if key in self.table["phrase"] else key

    def status(self, status: str) -> str:
        return self._word("status", status)

    def sign(self, status: str) -> str:
        """One character of neutral width, so that no status is told by colour alone."""
        return str(self.table["status"][status]["sign"])

    def why(self, status: str) -> str:
        """What a status means, in a sentence."""
        return str(self.table["status"][status]["why"][self.language])

    def reason(self, reason: str) -> str:
        return self._word("reason", reason)

    def source(self, source: str) -> str:
        """Where a value came from; a source that is not in the list, by its key."""
        return self._word("source", source) if source in self.table["source"] else source

    def rule(self, rule: str) -> str:
        """What a rule says; one that is not in the list, by its family and its key.

        >>> words("en").rule("prose.visitors")
        'prose against table (prose.visitors)'
        """
        if rule in self.table["rule"]:
            return self._word("rule", rule)
        family = rule.partition(".")[0]
        return f"{self._word('rule', family)} ({rule})" if family in self.table["rule"] else rule

    def _word(self, kind: str, key: str) -> str:
        return str(self.table[kind][key][self.language])


@cache
def words(language: Language = "zh") -> Words:
    """The words of a language."""
    table = tomllib.loads((files("gkllm.write") / "words.toml").read_text("utf-8"))
    return Words(language, table)


def title(path: str, form: Form) -> tuple[str, str]:
    """What the form calls a field, in Chinese and in English.

    >>> from gkllm.form import form
    >>> title("requests.refused.subtotal.total", form())
    ('(三)不予公开 · 总计', 'refused · total')
    """
    if path in form.titles:
        return form.titles[path]
    if ".subtotal." not in path:
        return path, path
    _, group, _, column = path.split(".")
    names = [next(x for x in form.groups if x.key == group)]
    names += [next(x for x in form.columns if x.key == column)]
    return " · ".join(x.zh for x in names), " · ".join(x.en for x in names)


def statement(check: Check) -> str:
    """A rule at its place, in one line.

    >>> statement(Check(rule="requests.row_total", at="requests.granted", outcome="fails",
    ...                 left=3, right=4))
    'requests.granted: 3 ≠ 4 (requests.row_total)'
    """
    known = check.left is not None or check.right is not None
    sides = f"{equation(check)} " if known else ""
    return f"{check.at}: {sides}({check.rule})" + (f" {check.message}" if check.message else "")


def equation(check: Check) -> str:
    """The two sides of a check with the sign between them."""
    sign = {"holds": "=", "fails": "≠"}.get(check.outcome, "?")
    return f"{_side(check.left)} {sign} {_side(check.right)}"


def number(field: Field) -> str:
    """A value in digits; ~ stands before one that the document calls approximate."""
    return f"~{field.value}" if field.approximate else f"{field.value}"


def _side(value: int | Decimal | str | None) -> str:
    return "unknown" if value is None else str(value)
