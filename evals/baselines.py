"""The known public approach, as a baseline: take a table's numbers and pour them into the form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gkllm.form import form
from gkllm.pipeline import Reading

_NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.])")
# Numerals that stand in labels: 第二十条第（一）项 has none, "1.属于国家秘密" does.
_NUMERAL = re.compile(r"(?m)(?<!\d)\d{1,2}[.、](?=\s*[一-鿿])")


def pour(reading: Reading | None) -> Mapping[str, Any]:
    """The numbers of each section in printed order are the cells of the form in printed order."""
    this, found = form("2021"), {}
    cells = {
        "disclosure": this.disclosure_cells,
        "requests": this.request_cells,
        "litigation": this.litigation_cells,
    }
    for section in reading.sections if reading else ():
        if section.key in cells:
            text = _NUMERAL.sub("", reading.text.clean[section.start : section.end])
            found |= dict(zip(cells[section.key], _NUMBER.findall(text), strict=False))
    return found
