"""A line of reports.jsonl as the rows that tables are made of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gkllm.report import CONFIDENT, Status

LONG = ("document", "agency", "year", "path", "value", "status", "reason", "source", "quote")

_CONFIDENT = frozenset(map(str, CONFIDENT))
_OPEN = frozenset({str(Status.DISPUTED), str(Status.MISSING)})


@dataclass(frozen=True, slots=True)
class Told:
    """What one line says: the JSON as it is, with what every row of it repeats.

    `agency` and `year` are null where they are not certain.
    """

    data: dict[str, Any]
    document: str
    agency: str | None
    year: int | None

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        """The fields by path; none where the line is a refusal."""
        found: dict[str, dict[str, Any]] = self.data.get("fields", {})
        return found

    @property
    def error(self) -> dict[str, str] | None:
        """The code and the message of a refusal."""
        found: dict[str, str] | None = self.data.get("error")
        return found

    def count(self, status: str) -> int:
        """How many fields have a status."""
        return sum(field["status"] == status for field in self.fields.values())

    @property
    def failed(self) -> int:
        """How many checks fail."""
        return sum(check["outcome"] == "fails" for check in self.data.get("checks", ()))

    @property
    def open(self) -> int:
        """How many fields are disputed or missing."""
        return sum(field["status"] in _OPEN for field in self.fields.values())


def told(line: bytes) -> Told:
    """What a line says."""
    data = json.loads(line)
    fields = data.get("fields", {})
    agency, year = certain(fields.get("facts.agency")), certain(fields.get("facts.year"))
    return Told(data, data["source"].get("path") or "", agency, year)


def certain(field: dict[str, Any] | None) -> Any:
    """A field's value, if its status lets one rely on it."""
    return field["value"] if field is not None and field["status"] in _CONFIDENT else None


def long_rows(line: Told) -> Iterator[tuple[Any, ...]]:
    """One row for each value, by `LONG`: each field, each item of a list."""
    for path, field in line.fields.items():
        for value, quote in items(field):
            yield (
                line.document,
                line.agency,
                line.year,
                path,
                value,
                field["status"],
                field.get("reason"),
                field.get("source"),
                quote,
            )


def items(field: dict[str, Any]) -> list[tuple[Any, str | None]]:
    """The values of a field, each with its quote; one, unless it is a list."""
    value, quote = field["value"], field.get("quote")
    if not isinstance(value, list):
        return [(value, "".join(quote) if isinstance(quote, list) else quote)]
    quotes = quote if isinstance(quote, list) and len(quote) == len(value) else value
    return list(zip(value, quotes, strict=True))


def wide_row(line: Told, names: tuple[str, ...]) -> list[Any]:
    """One value for each field: those that can be relied on. Items of a list stand on lines."""
    found = []
    fields = line.fields
    for name in names:
        value = certain(fields.get(name))
        found.append("\n".join(value) if isinstance(value, list) else value)
    return found


def about(line: Told) -> list[Any]:
    """The first columns of a wide row, by `columns.HEAD`."""
    return [
        line.document,
        line.data["source"].get("sha256") or None,
        line.data["edition"],
        line.open,
        line.count("disputed"),
        line.failed,
    ]
