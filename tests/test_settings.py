"""Settings: rows with defaults, read from the environment, then .env; a bad value names its variable."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from clickstream.errors import SettingError
from clickstream.settings import SETTINGS, read_settings


def test_the_defaults_are_usable() -> None:
    settings = read_settings({})
    assert settings.mongo_uri == ""
    assert settings.mongo_db == "clickstream"
    assert settings.data_dir == Path(".clickstream")
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.session_gap_minutes == 30


def test_the_environment_comes_before_dotenv_and_dotenv_before_the_default() -> None:
    settings = read_settings({"PORT": "9001"}, {"PORT": "9002", "HOST": "0.0.0.0"})
    assert (settings.port, settings.host, settings.mongo_db) == (9001, "0.0.0.0", "clickstream")


@pytest.mark.parametrize("nothing", [{"PORT": ""}, {}])
def test_an_empty_value_counts_as_unset(nothing: dict[str, str]) -> None:
    assert read_settings(nothing, {"PORT": None}).port == 8000


def test_blanks_around_a_value_do_not_matter() -> None:
    assert read_settings({"PORT": " 81 ", "CURRENCY": "eur "}).port == 81
    assert read_settings({"CURRENCY": "eur "}).currency == "EUR"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "80.5"),
        ("MONGO_CACHE_GB", "much"),
        ("MONGO_CACHE_GB", "0"),
        ("MONGO_CACHE_GB", "nan"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("TIME_ZONE", "../../etc/passwd"),
        ("TIME_ZONE", "/etc/localtime"),
        ("CURRENCY", "euro"),
        ("CURRENCY", "€€€"),
        ("SESSION_GAP_MINUTES", "0"),
        ("MAX_BODY_MB", "5000"),
        ("TOKEN_DAYS", "forever"),
        ("LOG_LEVEL", "chatty"),
    ],
)
def test_a_bad_value_stops_the_start_and_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingError) as raised:
        read_settings({name: value})
    assert raised.value.message.startswith(f"{name}={value!r}: ")
    assert list(raised.value.fields) == [name]


@pytest.mark.parametrize("name", ["OPENROUTER_API_KEY", "OPENAI_API_KEY"])
@pytest.mark.parametrize("value", ["sk-or hunter2", "sk-hunter2-\u2026", "hunter2" * 100])
def test_a_key_that_cannot_be_one_stops_the_start_without_being_shown(name: str, value: str) -> None:
    with pytest.raises(SettingError) as raised:
        read_settings({name: value})
    assert raised.value.message.startswith(f"{name}: ")
    assert "hunter2" not in raised.value.message


def test_quotes_around_a_key_are_taken_off() -> None:
    assert read_settings({"OPENROUTER_API_KEY": '"sk-or-v1-0123"'}).openrouter_api_key == "sk-or-v1-0123"


def test_a_bad_value_in_dotenv_is_named_too() -> None:
    with pytest.raises(SettingError, match="TOKEN_DAYS"):
        read_settings({}, {"TOKEN_DAYS": "x"})


def test_every_setting_is_explained_once() -> None:
    names = [row.name for row in SETTINGS]
    assert len(set(names)) == len(names)
    assert all(len(row.help) > 10 and not row.help.endswith(".") for row in SETTINGS)


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = read_settings({})
    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]


def test_the_body_limit_is_in_bytes_too() -> None:
    assert read_settings({"MAX_BODY_MB": "2"}).max_body_bytes == 2 * 1024 * 1024
