"""A real mongod for the whole run, a fresh database for each test, a clock that moves only when told to."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pymongo.database import Database

from clickstream.errors import StartupError
from clickstream.settings import Settings, read_settings

if TYPE_CHECKING:
    from clickstream.store import Store
    from clickstream.store.connect import Connection

NOWHERE = "127.0.0.1:1"  # an address where no MongoDB answers


class FakeClock:
    """Stands still until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        """Move on by what `timedelta` takes: `clock.advance(minutes=31)`."""
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 3, 1, 12, tzinfo=UTC))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Defaults, with all local state under the test's own folder; nothing from the environment."""
    return read_settings({"DATA_DIR": str(tmp_path / "data"), "MONGO_CACHE_GB": "0.25", "PORT": "0"})


@pytest.fixture(scope="session")
def connection() -> Iterator[Connection]:
    """The run's own database process. Missing it fails the run in CI and skips the test elsewhere."""
    from clickstream.store.connect import connect

    with tempfile.TemporaryDirectory(prefix="clickstream-tests-") as data_dir:
        settings = read_settings({"DATA_DIR": data_dir, "MONGO_CACHE_GB": "0.25"})
        try:
            opened = connect(settings, localhost=NOWHERE)
        except StartupError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(error.message)
        with opened:
            yield opened


@pytest.fixture
def database(connection: Connection) -> Iterator[Database[dict[str, Any]]]:
    """An empty database of the test's own, dropped afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    yield connection.client[name]
    connection.client.drop_database(name)


@pytest.fixture
def store(database: Database[dict[str, Any]]) -> Store:
    from clickstream.store import Store
    from clickstream.store.collections import ensure_indexes

    ensure_indexes(database)
    return Store(database, describe="the test's own database")


@pytest.fixture
def environ(connection: Connection, database: Database[dict[str, Any]], tmp_path: Path) -> dict[str, str]:
    """Environment of a script to run as its own process on the same database as `store`."""
    return {
        **os.environ,
        "MONGO_URI": connection.uri,
        "MONGO_DB": database.name,
        "DATA_DIR": str(tmp_path / "data"),
    }
