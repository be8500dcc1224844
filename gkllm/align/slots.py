"""Cell > Slot: what stands where a number belongs.

Blank, "/", unreadable and a number are four things, and stay so.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from gkllm.document import Cell
from gkllm.report import Reason

_ENDS_NOTE = frozenset(")※①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳")
_LONGEST_NOTED = 400  # characters of a number with a note, which has some 120 at most
_LONGEST = 24  # characters; a longer cell holds words
_NUMBER = re.compile(
    r"[?]?\s*(?P<digits>\d{1,3}(?:,\s?\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(?P<unit>万元|亿元|元|件次|件|条|宗|起|份|项|个|次|例)?$"
)
UNITS = frozenset(("件", "件次", "条", "宗", "起", "份", "项", "个", "次", "例", "万元", "元"))
_SPLIT = re.compile(r"\d+(?: \d+)+$")
# A note in words behind a number, or the sign of one: 5(其中3件为批量申请), 12①.
_NOTED = re.compile(r"(.*\d.*?)\s*(?:\([^()]{0,60}[一-鿿][^()]{0,60}\)|[①-⑳※])$", re.DOTALL)
_MARK = re.compile(r"[/\\\-—–―－─_*]{1,4}$|无$|不涉及$|不适用$")
# Signs that OCR and tired typists write for digits. A cell of nothing but digits and these
# is a number that cannot be read; what it says is for the sum rules to find.
_LOOKALIKE = re.compile(
    r"(?!\d{1,2}[.、]$)(?:[0-9OoQDUu〇○◯零口囗Il|!i丨一BSsZzgq,.?]{1,10}|[0-9A-Za-z]{1,3})$"
    r"|[0-9OoQDUu〇○◯Il|!iBSsZzgq,.?]{1,10}\s*(?:件次|件|条|宗|起|份|项|个|次|例)$"
)


class Slot(NamedTuple):
    """What a cell says as a number.

    `value` is None where no number stands, with the reason; `split` marks 1 288 in a cell.

    `unit` is the unit printed behind the number, empty if none is.
    """

    cell: Cell
    value: int | Decimal | None
    reason: Reason | None = None
    split: bool = False
    unit: str = ""

    def unknown(self, reason: Reason) -> Slot:
        """The same cell, of which nobody can tell what it says."""
        return self._replace(value=None, reason=reason)


def _parsed(words: str) -> tuple[int | Decimal | None, Reason | None, bool, str] | None:
    """What a cell says, the note behind its number aside."""
    noted = None
    if words[-1:] in _ENDS_NOTE and len(words) <= _LONGEST_NOTED:
        noted = _NOTED.match(words)
    return _plain(noted[1] if noted else words)


@lru_cache(maxsize=4096)
def _plain(words: str) -> tuple[int | Decimal | None, Reason | None, bool, str] | None:
    if not words:
        return None, Reason.BLANK, False, ""
    if len(words) > _LONGEST:
        return None
    m = _NUMBER.match(words)
    if m:
        digits = m["digits"].replace(",", "").replace(" ", "")
        if digits[0] == "0" and digits[1:2].isdigit():
            return None, Reason.UNREADABLE, False, ""  # nobody writes 05: a 0 and a 5 ran together
        value = Decimal(digits) if "." in digits else int(digits)
        return value, None, False, m["unit"] or ""
    if _SPLIT.match(words):
        return int(words.replace(" ", "")), None, True, ""
    if _MARK.match(words):
        return None, Reason.NOT_APPLICABLE, False, ""
    if _LOOKALIKE.match(words):
        return None, Reason.UNREADABLE, False, ""
    return None


def is_slot(cell: Cell) -> bool:
    """Whether a cell can be read so, without reading it."""
    return _parsed(cell.text) is not None


def slot(cell: Cell) -> Slot | None:
    """Read a cell as a number, a blank, a "/" or an unreadable number; None if it holds words.

    >>> [slot(Cell(t, 0, len(t), 0)).value for t in ("1,113", "3件", "? 0", "", "/", "l2")]
    [1113, 3, 0, None, None, None]
    >>> slot(Cell("1.", 0, 2, 0)), slot(Cell("其他", 0, 2, 0))
    (None, None)
    """
    parsed = _parsed(cell.text)
    return Slot(cell, *parsed) if parsed is not None else None
