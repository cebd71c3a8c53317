"""Every setting is one row: name, default, parser, help. Read once, frozen; a bad value stops the start."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clickstream.errors import SettingError


def _integer(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError(f"must be between {low} and {high}")
        return value

    return parse


def _gigabytes(text: str) -> float:
    value = float(text)
    if not 0.25 <= value <= 10_000:
        raise ValueError("must be between 0.25 and 10000")
    return value


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is not a time zone such as Europe/Berlin") from error
    return text


def _currency(text: str) -> str:
    if len(text) != 3 or not text.isascii() or not text.isalpha():
        raise ValueError("must be three letters such as EUR")
    return text.upper()


def _api_key(text: str) -> str:
    """Quotes are taken off, as some readers of .env files leave them on."""
    key = text.strip("\"'")
    if not re.fullmatch(r"[\x21-\x7e]{0,500}", key):
        raise ValueError("must be one line of at most 500 letters, digits and signs, without blanks")
    return key


def _networks(text: str) -> str:
    for network in filter(None, (part.strip() for part in text.split(","))):
        try:
            ip_network(network)
        except ValueError as error:
            raise ValueError(f"{error}; write addresses and ranges like 10.0.0.0/8, with commas between") from error
    return text


def _log_level(text: str) -> str:
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return text.upper()


@dataclass(frozen=True)
class Row:
    name: str
    default: str
    parse: Callable[[str], Any]
    help: str


SETTINGS = (
    Row("MONGO_URI", "", str, "MongoDB to use; empty: a database in DATA_DIR, else localhost:27017, else the bundled one"),
    Row("MONGO_DB", "clickstream", str, "database name"),
    Row("MONGOD_BIN", "", str, "mongod program to start instead of the bundled one"),
    Row("MONGO_CACHE_GB", "1", _gigabytes, "cache of the bundled mongod, in gigabytes"),
    Row("DATA_DIR", ".clickstream", Path, "folder of the bundled database and other local state"),
    Row("HOST", "127.0.0.1", str, "address the server listens on"),
    Row("PORT", "8000", _integer(0, 65535), "port the server listens on (0 picks a free one)"),
    Row(
        "TRUSTED_PROXIES",
        "",
        _networks,
        "proxies whose X-Forwarded-For, -Proto and -Host are believed: addresses, ranges",
    ),
    Row(
        "EVENT_DAYS",
        "0",
        _integer(0, 36_500),
        "days for which raw events are kept (0: for ever); figures are kept anyway",
    ),
    Row("TIME_ZONE", "UTC", _time_zone, "zone in which days, weeks and hours are cut"),
    Row("CURRENCY", "USD", _currency, "currency of amounts that name none"),
    Row("SESSION_GAP_MINUTES", "30", _integer(1, 1440), "a longer pause starts a new session"),
    Row("MAX_BODY_MB", "16", _integer(1, 4096), "largest request body, in megabytes"),
    Row("UPLOAD_MAX_MB", "1024", _integer(1, 102_400), "largest file that may be uploaded, in megabytes"),
    Row("TOKEN_DAYS", "30", _integer(1, 3650), "days until a log-in expires"),
    Row("SECRET_KEY", "", str, "any text that encrypts saved API keys; empty: a file in DATA_DIR holds a random one"),
    Row("OPENROUTER_API_KEY", "", _api_key, "OpenRouter key of accounts that have saved none"),
    Row("OPENAI_API_KEY", "", _api_key, "OpenAI key of accounts that have saved none"),
    Row("OPENROUTER_MODEL", "openai/gpt-4o-mini", str, "model of accounts that have chosen none"),
    Row(
        "SHOPPER_ANALYSES_PER_DAY",
        "5",
        _integer(0, 10_000),
        "analyses and questions a day that one shopper or viewer may have a model answer at the expense of these keys",
    ),
    Row("METRICS_TOKEN", "", _api_key, "what Prometheus sends to read /metrics; empty: this machine and owners only"),
    Row("LOG_LEVEL", "INFO", _log_level, "DEBUG, INFO, WARNING or ERROR"),
)


@dataclass(frozen=True)
class Settings:
    mongo_uri: str
    mongo_db: str
    mongod_bin: str
    mongo_cache_gb: float
    data_dir: Path
    host: str
    port: int
    trusted_proxies: str
    event_days: int
    time_zone: str
    currency: str
    session_gap_minutes: int
    max_body_mb: int
    upload_max_mb: int
    token_days: int
    secret_key: str = field(repr=False)
    openrouter_api_key: str = field(repr=False)
    openai_api_key: str = field(repr=False)
    openrouter_model: str
    shopper_analyses_per_day: int
    metrics_token: str = field(repr=False)
    log_level: str

    @property
    def max_body_bytes(self) -> int:
        return self.max_body_mb * 1024 * 1024

    @property
    def upload_max_bytes(self) -> int:
        return self.upload_max_mb * 1024 * 1024

    def environ(self) -> dict[str, str]:
        """These settings as another process of ours reads them, keys left out."""
        rows = (row for row in SETTINGS if not row.name.endswith(("_KEY", "_TOKEN")))
        return {row.name: str(getattr(self, row.name.lower())) for row in rows}


def read_settings(environ: Mapping[str, str], dotenv: Mapping[str, str | None] | None = None) -> Settings:
    """Settings from the environment, then from a parsed .env file, then the defaults.

    Raises SettingError naming the variable when a value cannot be used.
    """
    values = {row.name.lower(): _read(row, environ, dotenv or {}) for row in SETTINGS}
    assert set(values) == {field.name for field in fields(Settings)}
    return Settings(**values)


def _read(row: Row, environ: Mapping[str, str], dotenv: Mapping[str, str | None]) -> Any:
    text = environ.get(row.name) or dotenv.get(row.name) or row.default
    try:
        return row.parse(text.strip())
    except ValueError as error:
        shown = row.name if row.parse is _api_key else f"{row.name}={text!r}"
        raise SettingError(f"{shown}: {error}", fields={row.name: str(error)}) from error
