"""Report > Parquet: long with one row per value, or wide with one row per report.

Values are gathered by column and written in row groups, which is five times as quick as row by
row and keeps memory flat. Needs pyarrow: `pip install "gkllm[parquet]"`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Self

from gkllm.write.cells import LONG, Told, about, long_rows, wide_row
from gkllm.write.columns import HEAD, columns

_LONG_GROUP, _WIDE_GROUP = 65_536, 2_048  # rows
_DIGITS, _PLACES = 38, 10  # of an amount of money
_LARGEST = 2**63
_REPEATED = ("document", "agency", "path", "status", "reason", "source")


class Table:
    """A Parquet file that is written in groups of rows."""

    def __init__(self, path: Path, schema: Any, group: int, repeated: list[str] | bool) -> None:
        from pyarrow import parquet

        self._schema, self._group = schema, group
        self._rows: list[tuple[Any, ...]] = []
        self._writer = parquet.ParquetWriter(
            path, schema, compression="zstd", use_dictionary=repeated
        )

    def add(self, line: Told) -> None:
        """The rows of one line."""
        raise NotImplementedError

    def _add(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows += rows
        if len(self._rows) >= self._group:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if not self._rows:
            return
        data = [
            pa.array(values, kind)
            for values, kind in zip(zip(*self._rows, strict=True), self._schema.types, strict=True)
        ]
        self._writer.write_table(pa.Table.from_arrays(data, schema=self._schema))
        self._rows.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._flush()
        self._writer.close()


class Cells(Table):
    """One row per value. `value` is text, since fields differ; `number` has it where it is one."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa

        kinds = dict.fromkeys(LONG, pa.string()) | {"year": pa.int64()}
        schema = pa.schema([*kinds.items(), ("number", pa.decimal128(_DIGITS, _PLACES))])
        super().__init__(path, schema, _LONG_GROUP, list(_REPEATED))

    def add(self, line: Told) -> None:
        at = LONG.index("value")
        rows = []
        for row in long_rows(line):
            value = row[at]
            text = None if value is None else _text(str(value))
            number = _amount(value) if isinstance(value, int) else _money(line, row)
            rows.append((*map(_text, row[:at]), text, *map(_text, row[at + 1 :]), number))
        self._add(rows)


class Panel(Table):
    """One row per report: counts are whole numbers, amounts decimals, dates dates."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa

        kinds = {
            "count": pa.int64(),
            "year": pa.int64(),
            "money": pa.decimal128(_DIGITS, _PLACES),
            "date": pa.date32(),
        }
        schema = pa.schema([(c.name, kinds.get(c.kind, pa.string())) for c in columns()])
        self._names = tuple(c.name for c in columns()[len(HEAD) :])
        self._typed = [_TYPED.get(c.kind, _text) for c in columns()]
        super().__init__(path, schema, _WIDE_GROUP, True)

    def add(self, line: Told) -> None:
        if line.error is None:
            row = (*about(line), *wide_row(line, self._names))
            self._add([tuple(typed(v) for typed, v in zip(self._typed, row, strict=True))])


def _money(line: Told, row: tuple[Any, ...]) -> Decimal | None:
    """The amount in a row of a field that holds money."""
    path, value = row[LONG.index("path")], row[LONG.index("value")]
    return _amount(value) if path in _money_paths() else None


def _money_paths() -> frozenset[str]:
    from gkllm.form import form

    this = form()
    return this.money | {path for path, kind in this.fact_kinds.items() if kind == "money"}


def _text(value: Any) -> Any:
    """Text that Parquet can hold: half of a surrogate pair becomes its escape."""
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("utf-8", "backslashreplace").decode()


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and abs(value) < _LARGEST else None


def _amount(value: Any) -> Decimal | None:
    """An exact decimal, or None where the column has no room for it; the text has it all."""
    if value is None:
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    _, digits, exponent = amount.as_tuple()
    if not isinstance(exponent, int) or -exponent > _PLACES:
        return None
    return amount if len(digits) + exponent <= _DIGITS - _PLACES else None


def _date(value: Any) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        return None


_TYPED: dict[str, Callable[[Any], Any]] = {
    "count": _count,
    "year": _count,
    "money": _amount,
    "date": _date,
}
