"""Numbers as Chinese texts print them: digits with separators, numerals, tens of thousands."""

from __future__ import annotations

from decimal import Decimal

_CHINESE = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}


def number(digits: str, more: str = "") -> tuple[Decimal | None, bool]:
    """A printed number and whether it is approximate; `more` is what stands before the unit.

    >>> number("1 113"), number("四十", "余"), number("1.17", "万")
    ((Decimal('1113'), False), (Decimal('40'), True), (Decimal('11700'), True))
    """
    if digits[0].isascii():
        value: Decimal | None = Decimal(digits.replace(",", "").replace(" ", ""))
    else:
        whole = chinese(digits)
        value = None if whole is None else Decimal(whole)
    if value is not None and "万" in more:
        value = (value * 10_000).normalize()
        value = value.quantize(Decimal(1)) if value == value.to_integral_value() else value
    return value, bool(more)


def chinese(numeral: str) -> int | None:
    """A Chinese numeral up to 9999; None where it is not well formed.

    >>> chinese("四十"), chinese("十二"), chinese("三百零五"), chinese("二〇二五"), chinese("百十")
    (40, 12, 305, 2025, None)
    """
    if not any(c in _TENS for c in numeral):
        return int("".join(str(_CHINESE[c]) for c in numeral))
    total, digit, last = 0, None, 10_000
    for c in numeral:
        if c in _CHINESE:
            if digit:
                return None
            digit = _CHINESE[c]
            continue
        place = _TENS[c]
        if place >= last or (not digit and not (c == "十" and total == 0 and digit is None)):
            return None
        total, digit, last = total + (digit or 1) * place, None, place
    return total + (digit or 0)
