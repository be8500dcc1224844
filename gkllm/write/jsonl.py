"""Report <> JSON, as the public contract prints it: one object per input, always.

A field always has `value` and `status`; what does not apply to it is left out. Amounts of money
are strings of digits, so that no reader turns them into binary fractions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any, NoReturn, TextIO, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic import Field as PydanticField

from gkllm.errors import UnreadableReport
from gkllm.form import Form, form
from gkllm.report import SCHEMA, Check, Failure, Field, Report, Source, Status


class Refusal(BaseModel):
    """The line of an input that gave no report."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    schema_: str = PydanticField(default=SCHEMA, alias="schema")
    source: Source
    error: Failure


Line = Report | Refusal
Model = TypeVar("Model", bound=BaseModel)


def refusal(path: str, code: str, message: str) -> Refusal:
    """The line that says why an input gave no report."""
    return Refusal(source=Source(path=path), error=Failure(code=code, message=message))


ALWAYS = ("model", "calls", "cached_calls", "prompt_tokens", "completion_tokens")  # of usage


def form_of(report: Report) -> Form:
    """The form that a report was read against: 2021, unless it says 2019."""
    return form("2019" if report.edition == "2019" else "2021")


def as_json(line: Line) -> dict[str, Any]:
    """A report or a refusal as plain JSON data."""
    if isinstance(line, Refusal):
        stated = line.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return {"schema": line.schema_, **stated}
    # Some 300 objects; by hand this takes a quarter of what dumping and stripping them takes.
    return {
        "schema": line.schema_,
        "source": line.source.model_dump(
            mode="json", exclude=None if line.source.notes else {"notes"}
        ),
        "edition": line.edition,
        "fields": {path: _field(field) for path, field in line.fields.items()},
        "checks": [_check(check) for check in line.checks],
        "usage": _usage(line.usage.model_dump(mode="json")),
        "gkllm": line.gkllm,
    }


def _field(field: Field) -> dict[str, Any]:
    value = field.value
    data: dict[str, Any] = {"value": str(value) if isinstance(value, Decimal) else value}
    data["status"] = str(field.status)
    if field.reason is not None:
        data["reason"] = str(field.reason)
    if field.source is not None:
        data["source"] = field.source
    if field.quote is not None:
        data["quote"] = field.quote
    if field.span is not None:
        data["span"] = _plain(field.span)
    if field.approximate:
        data["approximate"] = True
    if field.from_ is not None:
        data["from"] = field.from_
    if field.alternatives is not None:
        data["alternatives"] = [
            {"value": _plain(a.value)} | _stated(vars(a)) for a in field.alternatives
        ]
    return data


def _check(check: Check) -> dict[str, Any]:
    return _stated(vars(check))


def _usage(usage: dict[str, Any]) -> dict[str, Any]:
    """The counts always; seconds, cost and troubles where there were any."""
    return {key: value for key, value in usage.items() if key in ALWAYS or value}


def _stated(data: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of something: nothing is said by None."""
    return {key: _plain(value) for key, value in data.items() if value is not None}


def _plain(value: Any) -> Any:
    """A value as JSON data: amounts as strings of digits, spans as lists."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple | list):
        return [*map(_plain, value)] if value and isinstance(value[0], tuple) else list(value)
    return value


def write_jsonl(lines: Iterable[Line], out: TextIO) -> None:
    """One JSON object a line, each as soon as it is there."""
    for line in lines:
        out.write(json.dumps(as_json(line), ensure_ascii=False, check_circular=False) + "\n")
        out.flush()


def write_json(lines: Iterable[Line], out: TextIO) -> None:
    """One object for one input, an array for several; indented."""
    texts = (json.dumps(as_json(line), ensure_ascii=False, indent=2) for line in lines)
    first, second = next(texts, "[]"), next(texts, None)
    if second is None:
        out.write(first + "\n")
        return
    out.write(f"[\n{first},\n{second}")
    for text in texts:
        out.write(f",\n{text}")
    out.write("\n]\n")


def schema() -> dict[str, Any]:
    """The JSON Schema of one line: a report, or a refusal."""
    kinds: TypeAdapter[Line] = TypeAdapter(Report | Refusal)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        "title": "gkllm report line",
        "description": (
            "One line per input: a report (`fields`) or the reason why there is none (`error`). "
            "Counts are integers; amounts of money are strings of decimal digits, exact; "
            "an unknown value is null with a reason. Keys that do not apply are left out."
        ),
        **kinds.json_schema(by_alias=True, mode="serialization"),
    }


def parse(text: str) -> Iterator[Line]:
    """Read back what `write_jsonl` or `write_json` wrote, or a hand-made {path: value}.

    Raises UnreadableReport.
    """
    for data in _objects(text):
        if not isinstance(data, dict):
            raise UnreadableReport("A report is a JSON object. See `gkllm schema`.")
        if "error" in data:
            yield _validated(Refusal, data)
        elif "fields" in data:
            report = _validated(Report, data)
            yield report.model_copy(update={"fields": _with_amounts(report.fields)})
        else:
            yield _hand_made(data)


def _objects(text: str) -> list[Any]:
    """The JSON values in a text: one, those of an array, or one a line."""
    try:
        data = _json(text)
    except ValueError:
        return [_loaded(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    return data if isinstance(data, list) else [data]


def _json(text: str) -> Any:
    """JSON data, with exact fractions. Raises ValueError, also for NaN and absurd nesting."""

    def refuse(word: str) -> NoReturn:
        raise ValueError(f"{word} is no JSON number")

    try:
        return json.loads(text, parse_float=Decimal, parse_constant=refuse)
    except RecursionError:
        raise ValueError("too deeply nested") from None


def _loaded(number: int, line: str) -> Any:
    try:
        return _json(line)
    except ValueError as error:
        raise UnreadableReport(
            f"Line {number} is no JSON ({error}). Give a report as `gkllm extract` writes it, "
            'or a flat object such as {"requests.granted.total": 3}.'
        ) from error


def _validated(model: type[Model], data: Mapping[str, Any]) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UnreadableReport(
            f"Not a report: {where}: {first['msg']}. See `gkllm schema`."
        ) from error


def _hand_made(data: Mapping[str, Any]) -> Report:
    """A flat {path: value}; "edition" may stand beside the paths, else it is 2021."""
    edition = str(data.get("edition", "2021"))
    if edition not in ("2021", "2019"):
        raise UnreadableReport(f'Unknown edition {edition!r}. It is "2021" or "2019".')
    known = _paths(form(edition))
    values = {path: value for path, value in data.items() if path != "edition"}
    for path in values:
        if path not in known:
            near = get_close_matches(path, known, 1)
            hint = f"Did you mean {near[0]}?" if near else "`gkllm schema` describes a report."
            raise UnreadableReport(f"Unknown field {path!r}. {hint}")
    fields = {
        path: {"value": value, "status": Status.MISSING if value is None else Status.READ}
        for path, value in values.items()
    }
    report = _validated(Report, {"source": {}, "edition": edition, "fields": fields})
    return report.model_copy(update={"fields": _with_amounts(report.fields)})


def _paths(form: Form) -> frozenset[str]:
    """Every path that a report of this edition may have."""
    subtotals = {f"requests.{g.key}.subtotal.{c.key}" for g in form.groups for c in form.columns}
    return frozenset(form.titles) | subtotals


def _with_amounts(fields: Mapping[str, Field]) -> dict[str, Field]:
    """Amounts of money as numbers again."""
    money = form().money | {path for path, kind in form().fact_kinds.items() if kind == "money"}
    return {
        path: field.model_copy(update={"value": _amount(path, field.value)})
        if path in money and isinstance(field.value, str)
        else field
        for path, field in fields.items()
    }


def _amount(path: str, digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise UnreadableReport(f"{path} is {digits!r}. Give an amount in digits.") from None
