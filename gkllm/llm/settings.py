"""Settings of the model: the environment over gkllm.toml over the defaults.

`OPENAI_API_KEY`, `OPENAI_BASE_URL` and `GKLLM_MODEL` are enough for any endpoint. Everything else
stands in the table `[llm]` of `gkllm.toml`: in the current folder, or in the user's folder of
settings, or the file that `GKLLM_CONFIG` names (set and empty: none). A key never stands in the
file; `api_key_env` names the variable that holds it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, PrivateAttr, SecretStr, ValidationError
from pydantic import Field as PydanticField

from gkllm.errors import UnusableSetting
from gkllm.llm.account import Price

NAME = "gkllm.toml"
VARIABLES = {
    "model": "GKLLM_MODEL", "base_url": "OPENAI_BASE_URL", "model_path": "GKLLM_MODEL_PATH",
}  # fmt: skip


class Prices(BaseModel):
    """What a million tokens of the model cost: the table `[llm.price]`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    prompt: Decimal = PydanticField(ge=0)
    completion: Decimal = PydanticField(ge=0)
    currency: str = PydanticField(min_length=1)

    def price(self) -> Price:
        """The same, to count with."""
        return Price(self.prompt, self.completion, self.currency)


class Settings(BaseModel):
    """How to reach a model and how much to ask of it. Times in seconds; 0 tokens: no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    model: str | None = None
    base_url: str | None = PydanticField(default=None, pattern=r"^https?://")
    api_key: SecretStr | None = PydanticField(default=None, repr=False)
    api_key_env: str = PydanticField(default="OPENAI_API_KEY", pattern=r"^[A-Z0-9_]*API_KEY$")

    timeout: float = PydanticField(default=60, gt=0)  # one call, from its sending to its last byte
    report_seconds: float = PydanticField(default=300, gt=0)  # all questions of one report
    retries: int = PydanticField(default=4, ge=0, le=20)  # of 408, 409, 429, 5xx, no connection
    longest_wait: float = PydanticField(default=60, ge=0)  # between two tries
    reasks: int = PydanticField(default=1, ge=0, le=3)  # after an answer of the wrong shape
    failures_in_a_row: int = PydanticField(default=5, ge=1)  # then the run asks no more

    concurrency: int = PydanticField(default=4, ge=1, le=256)
    requests_per_minute: int = PydanticField(default=0, ge=0)
    tokens_per_minute: int = PydanticField(default=0, ge=0)
    tokens_per_report: int = PydanticField(default=20_000, ge=0)
    tokens_per_run: int = PydanticField(default=0, ge=0)
    money_per_run: Decimal = PydanticField(default=Decimal(0), ge=0)  # only with a price
    price: Prices | None = None

    # Whether the endpoint is asked about damaged rows of tables too. Small models read those no
    # better than chance, and the embedded one is never asked.
    tables: bool = False

    # How an answer is made to keep its shape: strict decoding, a schema that may not be enforced,
    # any JSON object, plain text. auto begins with strict and steps down when it is refused.
    schema_mode: Literal["auto", "strict", "schema", "object", "text"] = "auto"
    temperature: float | None = 0
    seed: int | None = 0
    body: dict[str, Any] = {}  # more fields of the request, such as enable_thinking = false
    reply_bytes: int = PydanticField(default=2_000_000, ge=10_000)

    # The embedded model.
    model_path: Path | None = None  # any GGUF file
    context: int = PydanticField(default=4096, ge=512)  # tokens a question and its answer may have
    threads: int = PydanticField(default=0, ge=0)  # 0: as many as there are idle cores

    # The file of the current folder that says where text goes, if the environment does not.
    _nearby: Path | None = PrivateAttr(None)

    @classmethod
    def found(cls, environ: Mapping[str, str] = os.environ, folder: Path | None = None) -> Self:
        """The settings of this user in this folder.

        Raises `UnusableSetting` for a file that is no TOML or holds what is no setting.
        """
        here = folder or Path.cwd()
        path = _file(environ, here)
        values = _table(path) if path else {}
        if "api_key" in values:
            raise UnusableSetting(
                f"{path}: a key does not belong in a file. Put it into the environment as "
                "OPENAI_API_KEY, or name its variable with api_key_env."
            )
        named = {
            "model": "GKLLM_MODEL",
            "base_url": "OPENAI_BASE_URL",
            "model_path": "GKLLM_MODEL_PATH",
        }
        values |= {name: environ[key] for name, key in named.items() if environ.get(key)}
        settings = cls._of(values, environ, str(path or "environment"))
        decided = all(environ.get(name) for name in ("GKLLM_MODEL", "OPENAI_BASE_URL"))
        if path == here / NAME and "GKLLM_CONFIG" not in environ and not decided:
            settings._nearby = path
        return settings

    @classmethod
    def _of(cls, values: dict[str, Any], environ: Mapping[str, str], where: str) -> Self:
        try:
            settings = cls(**values)
        except ValidationError as error:
            raise UnusableSetting(f"{where}: {_first(error)}") from None
        key = environ.get(settings.api_key_env)
        return settings.model_copy(update={"api_key": SecretStr(key)}) if key else settings

    @property
    def host(self) -> str:
        """Where questions are sent, without path and user."""
        return (urlsplit(self.base_url).hostname if self.base_url else None) or "api.openai.com"

    @property
    def nearby(self) -> Path | None:
        """The file of the current folder that decides where text is sent; None where none does."""
        return self._nearby

    @property
    def endpoint(self) -> bool:
        """Whether an endpoint over HTTP is configured."""
        return bool(self.model and (self.api_key or self.base_url))


def _file(environ: Mapping[str, str], folder: Path) -> Path | None:
    if "GKLLM_CONFIG" in environ:
        named = environ["GKLLM_CONFIG"]
        if named and not Path(named).is_file():
            raise UnusableSetting(f"GKLLM_CONFIG: there is no file {named}. Correct its name.")
        return Path(named) if named else None
    from platformdirs import user_config_path

    places = (folder / NAME, user_config_path("gkllm", appauthor=False) / NAME)
    return next((place for place in places if place.is_file()), None)


def _table(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text("utf-8")).get("llm", {})
    except (OSError, ValueError) as error:
        raise UnusableSetting(f"{path}: {error}. Correct it, or set GKLLM_CONFIG=.") from None
    if not isinstance(table, dict):
        raise UnusableSetting(f"{path}: llm must be a table. Write [llm] above its settings.")
    return table


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False, include_context=False)[0]
    name = ".".join(str(part) for part in found["loc"])
    if found["type"] == "extra_forbidden":
        near = get_close_matches(name, Settings.model_fields, 1)
        hint = f"Did you mean {near[0]}?" if near else "docs/model.md lists the settings."
        return f"{name} is no setting of [llm]. {hint}"
    return f"{name}: {found['msg']}. Correct it."
