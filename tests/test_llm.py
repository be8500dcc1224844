"""Settings and accounts of the model."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from gkllm import extract
from gkllm.errors import UnusableSetting
from gkllm.llm import Account, Settings, connect
from gkllm.llm.account import Price, Spent


def settings(tmp_path: Path, toml: str = "", **environ: str) -> Settings:
    file = tmp_path / "gkllm.toml"
    file.write_text(toml, "utf-8")
    return Settings.found({"GKLLM_CONFIG": str(file), **environ})


def test_the_environment_alone_configures_an_endpoint(tmp_path: Path) -> None:
    found = settings(
        tmp_path, OPENAI_API_KEY="k", OPENAI_BASE_URL="https://h/v1", GKLLM_MODEL="qwen-max"
    )
    assert found.endpoint
    assert (found.model, found.base_url) == ("qwen-max", "https://h/v1")
    assert found.api_key is not None
    assert found.api_key.get_secret_value() == "k"


@pytest.mark.parametrize(
    ("environ", "configured"),
    [
        ({}, False),
        ({"OPENAI_API_KEY": "k"}, False),
        ({"GKLLM_MODEL": "m"}, False),
        ({"GKLLM_MODEL": "m", "OPENAI_API_KEY": "k"}, True),
        ({"GKLLM_MODEL": "m", "OPENAI_BASE_URL": "http://localhost:11434/v1"}, True),
    ],
)
def test_an_endpoint_is_a_model_and_where_to_find_it(
    tmp_path: Path, environ: dict[str, str], configured: bool
) -> None:
    assert settings(tmp_path, **environ).endpoint is configured


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    toml = """
        [llm]
        model = "a"
        timeout = 7
        [llm.price]
        prompt = "0.5"
        completion = 2
        currency = "CNY"
    """
    found = settings(tmp_path, toml, GKLLM_MODEL="b")
    assert (found.model, found.timeout) == ("b", 7)
    assert found.price is not None
    assert found.price.price() == Price(Decimal("0.5"), Decimal(2), "CNY")


def test_a_key_is_read_from_the_variable_that_the_file_names(tmp_path: Path) -> None:
    found = settings(tmp_path, '[llm]\napi_key_env = "DEEPSEEK_API_KEY"', DEEPSEEK_API_KEY="d")
    assert found.api_key is not None
    assert found.api_key.get_secret_value() == "d"
    assert "d" not in {repr(found.api_key), str(found.api_key)}


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[llm", "GKLLM_CONFIG"),
        ("llm = 3", "must be a table"),
        ("[llm]\ntimeuot = 3", "Did you mean timeout"),
        ("[llm]\ntimeout = -3", "timeout"),
        ('[llm]\napi_key = "sk-canary"', "does not belong in a file"),
        ('[llm]\napi_key_env = "HOME"', "api_key_env"),
        ('[llm]\nbase_url = "file:///etc"', "base_url"),
        ('[llm]\nschema_mode = "loose"', "schema_mode"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, toml: str, says: str) -> None:
    with pytest.raises(UnusableSetting, match=says) as error:
        settings(tmp_path, toml)
    assert "canary" not in str(error.value)


def test_a_named_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnusableSetting, match=r"nowhere\.toml"):
        Settings.found({"GKLLM_CONFIG": str(tmp_path / "nowhere.toml")})


def test_the_file_of_the_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "gkllm.toml").write_text('[llm]\nmodel = "m"')
    assert Settings.found({}, tmp_path).model == "m"
    assert Settings.found({"GKLLM_CONFIG": ""}, tmp_path).model is None


def test_a_report_charges_its_run() -> None:
    price = Price(Decimal(2), Decimal(8), "CNY")
    run = Account(price=price)
    first, second = (Account(run=run, price=price) for _ in range(2))
    for account, tokens in ((first, 100), (second, 50)):
        assert account.reserve(500) is None
        account.settle(500, Spent(tokens, 10, 0.5, False), "m")
    second.hit("m")
    second.trouble("cut", "m")
    assert (first.tokens, second.tokens, run.tokens) == (110, 60, 170)
    usage = run.usage()
    assert (usage.calls, usage.cached_calls, usage.seconds) == (2, 1, 1.0)
    assert (usage.cost, usage.currency) == (Decimal("0.00046"), "CNY")
    assert usage.troubles == {"cut": 1}
    assert first.usage().cost == Decimal("0.00028")


def test_reservations_keep_a_budget_that_calls_share() -> None:
    run = Account(tokens=1000)
    reports = [Account(tokens=600, run=run) for _ in range(3)]
    assert reports[0].reserve(500) is None
    assert reports[0].reserve(200) == "report"
    assert reports[1].reserve(400) is None
    assert reports[2].reserve(200) == "run"
    reports[0].settle(500, Spent(50, 50, 0.1, False), "m")
    assert reports[2].reserve(200) is None
    reports[1].settle(400, None, "m")  # never sent
    assert run.usage().calls == 1


def test_money_is_a_budget_where_there_is_a_price() -> None:
    price = Price(Decimal(1_000_000), Decimal(2_000_000), "CNY")  # 1 and 2 yuan a token
    run = Account(money=Decimal(100), price=price)
    assert run.reserve(51) == "run"
    assert run.reserve(50) is None
    run.settle(50, Spent(20, 10, 0.1, False), "m")
    assert run.usage().cost == 40
    assert run.reserve(31) == "run"
    assert run.reserve(30) is None


def test_an_account_unused_is_all_zeros() -> None:
    from gkllm.report import Usage

    assert Account(price=Price(Decimal(1), Decimal(1), "CNY"), seconds=9).usage() == Usage()


def test_a_file_of_the_current_folder_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "gkllm.toml").write_text(
        '[llm]\nmodel = "m"\nbase_url = "https://user:pass@models.example/v1"\n', "utf-8"
    )
    said: list[str] = []
    settings = Settings.found({}, tmp_path)
    connect("auto", settings, tell=said.append)
    assert len(said) == 1
    assert said[0].startswith(str(tmp_path / "gkllm.toml"))
    assert said[0].endswith("is sent: models.example")
    assert Settings.found({"GKLLM_CONFIG": str(tmp_path / "gkllm.toml")}).nearby is None
    whole = {"GKLLM_MODEL": "m", "OPENAI_BASE_URL": "http://localhost:1/v1"}
    assert Settings.found(whole, tmp_path).nearby is None


def test_extract_takes_the_words_of_the_command(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "GKLLM_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GKLLM_CONFIG", "")
    alone = extract("一、总体情况\n全年收到申请。")
    assert extract("一、总体情况\n全年收到申请。", llm="auto") == alone
    assert [r.message.partition(":")[0] for r in caplog.records] == ["no model is asked"]
    with pytest.raises(UnusableSetting, match="off, auto, local, required"):
        extract("一、总体情况", llm="on")  # type: ignore[arg-type]
    with pytest.raises(UnusableSetting, match="GKLLM_MODEL"):
        extract("一、总体情况", llm="required")
