"""What we concluded: candidates, fields, checks and the report.

The waist of the program is `Candidate`: table readers and prose patterns (and later a model)
answer in it, `settle` decides over it, and nothing else gives a field its value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict
from pydantic import Field as PydanticField

from gkllm.document import Span

SCHEMA = "gkllm.report/1"

Value = int | Decimal | str | list[str] | None


class Status(StrEnum):
    """How far a value can be trusted; the contract's six words."""

    VERIFIED = "verified"
    READ = "read"
    DERIVED = "derived"
    FILLED = "filled"
    DISPUTED = "disputed"
    MISSING = "missing"


CONFIDENT = frozenset({Status.VERIFIED, Status.READ, Status.DERIVED, Status.FILLED})


class Reason(StrEnum):
    """Why a field is null."""

    ABSENT = "absent"  # the document has no such place
    BLANK = "blank"  # the place is there and empty
    NOT_APPLICABLE = "not_applicable"  # "/", or a cell that this edition does not have
    LOST = "lost"  # the place was there and the text lost it
    AMBIGUOUS = "ambiguous"  # several readings survive, or the place is not certain
    UNREADABLE = "unreadable"  # something is printed that is no number


class Bundle(NamedTuple):
    """One reading of one place: its candidates stand or fall together.

    `place` is what is read ("requests.granted"), and exactly one bundle of a place can be
    right. `reading` names the explanation ("as printed", "column 5 is spare"): the same name
    at many places is one explanation for the whole table. `doubt` counts the liberties taken.
    """

    place: str
    reading: str
    doubt: int


# Beginnings of names of readings that say more than how a row was read.
ASIDE = "this row's, or the next one's"  # of one that only contradicts
UNPLACED = "in no known column"  # of one that only says that the row counts something
BESIDE_EMPTY = "beside an empty cell, "


class Candidate(NamedTuple):
    """A value offered for a field, with its evidence; hundreds a report, so a light record.

    A printed cell without a number has `value` None and a `reason`. `span` and `quote` speak
    of the source text. `source` is "table", "prose", "metadata" or "model". `confidence` is how
    sure the recognition of a picture is, less than 1 also for digits parted by invisible
    characters, and 1 for all else.
    """

    field: str
    value: Value
    span: Span | None
    quote: str | None
    source: str
    bundle: Bundle
    reason: Reason | None = None
    approximate: bool = False
    confidence: float = 1.0


_set = object.__setattr__  # of models that are frozen


class _Built(BaseModel):
    """A model that is also built of values that are known to be right, some 270 times a report.

    `model_construct` would do, but looks up every alias and default again each time, which is a
    fifth of all the time that reading a report takes.
    """

    @classmethod
    def of(cls, **values: Any) -> Self:
        """The model of these values and the defaults of the others; nothing is validated."""
        built = cls.__new__(cls)
        defaults, names = _defaults(cls)
        whole = defaults.copy()
        whole.update(values)
        _set(built, "__dict__", whole)
        _set(built, "__pydantic_fields_set__", names)
        _set(built, "__pydantic_extra__", None)
        _set(built, "__pydantic_private__", None)
        return built


@cache
def _defaults(model: type[BaseModel]) -> tuple[dict[str, Any], set[str]]:
    """The defaults of the fields, in their order, and the names of them all."""
    return {name: f.default for name, f in model.model_fields.items()}, set(model.model_fields)


class Alternative(_Built):
    """Another reading of a disputed field."""

    model_config = ConfigDict(frozen=True)

    value: int | Decimal | str | None
    source: str
    quote: str | None = None
    span: Span | None = None


class Field(_Built):
    """One field of a report: a value with its status and its evidence."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)

    value: int | Decimal | str | list[str] | None
    status: Status
    reason: Reason | None = None
    source: str | None = None
    quote: str | list[str] | None = None
    span: Span | list[Span] | None = None
    approximate: bool = False
    from_: list[str] | None = PydanticField(default=None, alias="from")
    alternatives: list[Alternative] | None = None

    @property
    def open(self) -> bool:
        """Still disputed or missing."""
        return self.status in (Status.DISPUTED, Status.MISSING)


class Check(_Built):
    """One rule at one place: outcome is holds, fails or not_assessable."""

    model_config = ConfigDict(frozen=True)

    rule: str
    at: str
    outcome: str
    left: int | Decimal | str | None = None
    right: int | Decimal | str | None = None
    message: str | None = None


class Source(BaseModel):
    """The input: sha256 of its bytes, its length in characters of the source text.

    `notes` say what a person should know of how it was read: hidden text that was left out,
    tables that are pictures.
    """

    model_config = ConfigDict(frozen=True)

    path: str | None = None
    sha256: str = ""
    media_type: str = "text/plain"
    encoding: str | None = None
    chars: int | None = None
    notes: tuple[str, ...] = ()


class Usage(BaseModel):
    """What a model cost for this report; zeros where none was asked."""

    model_config = ConfigDict(frozen=True)

    model: str | None = None
    calls: int = 0
    cached_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated_calls: int = 0  # calls whose tokens the endpoint did not tell, or not credibly
    seconds: float = 0.0  # of calls; answers from the cache take none
    cost: Decimal | None = None  # where the model has a price
    currency: str | None = None
    troubles: dict[str, int] = {}  # questions without an answer, by the word for why
    prompts: dict[str, str] = {}  # the prompts that were asked, with the hash of their files
    dropped: dict[str, int] = {}  # answers that do not stand in the text, by the word for why


class Failure(BaseModel):
    """Why an input gave no report: a code to count by, a message that says what to do."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str


class Report(BaseModel):
    """One report as data: a flat map of field paths, the checks, what it cost."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)

    schema_: str = PydanticField(default=SCHEMA, alias="schema")
    source: Source
    edition: str
    fields: dict[str, Field]
    checks: list[Check] = []
    usage: Usage = Usage()
    gkllm: str = ""

    def __getitem__(self, path: str) -> Field:
        return self.fields[path]

    @property
    def open(self) -> Mapping[str, Field]:
        """The fields still disputed or missing."""
        return {path: field for path, field in self.fields.items() if field.open}

    def failed(self) -> Iterator[Check]:
        """The checks that fail."""
        return (check for check in self.checks if check.outcome == "fails")
