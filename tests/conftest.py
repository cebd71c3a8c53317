"""A real mongod for the whole run, a fresh database for each test, a clock that moves only when told to."""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
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
    from browsing import Reader
    from playwright.sync_api import Browser
    from web_client import Client

    from clickstream.store import Store
    from clickstream.store.connect import Connection
    from clickstream.store.mongod import Mongod
    from clickstream.web.app import App
    from clickstream.web.deps import Deps

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


def lives(data_dir: Path) -> bool:
    """Whether a mongod serves the folder."""
    from clickstream.store.locks import is_free

    return not is_free(data_dir / "db" / "mongod.lock")


def own_mongod(data_dir: Path, **options: Any) -> Mongod:
    from clickstream.store.mongod import Mongod

    return Mongod(data_dir, cache_gb=0.25, **options)


def sweep(prefix: str) -> None:
    """Stop the databases that killed runs have left, and remove their files."""
    from clickstream.store.locks import is_free

    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        locks = (folder / "users.lock", folder / "start.lock")
        if all(lock.exists() and is_free(lock) for lock in locks):
            if lives(folder):
                with own_mongod(folder):
                    pass  # joined, so that leaving it stops it
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder that goes at once: every database takes 300 MB. Its mongod has stopped when the test is over."""
    with tempfile.TemporaryDirectory(prefix="clickstream-test-") as folder:
        data_dir = Path(folder).resolve() / "data"
        yield data_dir
        assert not lives(data_dir), "the test left a mongod behind"


@pytest.fixture(scope="session")
def connection() -> Iterator[Connection]:
    """The run's own database process. Missing it fails the run in CI and skips the test elsewhere."""
    from clickstream.store.connect import connect

    prefix = f"clickstream-tests-{getpass.getuser()}-"
    sweep(prefix)
    with tempfile.TemporaryDirectory(prefix=prefix) as data_dir:
        own = {"DATA_DIR": data_dir, "MONGO_CACHE_GB": "0.25", "MONGOD_BIN": os.environ.get("MONGOD_BIN", "")}
        try:
            opened = connect(read_settings(own), localhost=NOWHERE)
        except StartupError as error:
            if os.environ.get("CI", "").lower() in ("1", "true"):
                raise
            pytest.skip(error.message)
        with opened:
            # It removes by the real time what tests keep by a time of their own.
            opened.client.admin.command("setParameter", 1, ttlMonitorEnabled=False)
            yield opened


@pytest.fixture
def database(connection: Connection, request: pytest.FixtureRequest) -> Iterator[Database[dict[str, Any]]]:
    """An empty database of the test's own; with our indexes where there is a `store` in it."""
    from databases import databases_of

    if "store" in request.fixturenames:
        with databases_of(connection.client).lent() as database:
            yield database
        return
    name = f"test_{secrets.token_hex(6)}"
    yield connection.client[name]
    connection.client.drop_database(name)


@pytest.fixture
def store(database: Database[dict[str, Any]]) -> Store:
    from clickstream.store import Store

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


@pytest.fixture
def on_the_tests_database(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A script's `main` finds the same database as `store`, and an empty folder."""
    for name in ("MONGO_URI", "MONGO_DB", "DATA_DIR"):
        monkeypatch.setenv(name, environ[name])
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def deps(settings: Settings, store: Store, clock: FakeClock) -> Deps:
    from web_client import real_deps

    return real_deps(settings, store, clock)


@pytest.fixture
def app(deps: Deps) -> App:
    from clickstream.web.app import App

    return App(deps)


@pytest.fixture
def owner(app: App, deps: Deps) -> Client:
    from web_client import client_as

    return client_as(app, deps, "owner")


@pytest.fixture
def analyst(app: App, deps: Deps) -> Client:
    from web_client import client_as

    return client_as(app, deps, "analyst")


@pytest.fixture
def shopper(app: App, deps: Deps) -> Client:
    """Logged in as the-shopper."""
    from web_client import client_as

    return client_as(app, deps, "shopper")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from browsing import launched_browser

    with launched_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a server of the module's own, with nothing in its database."""
    from browsing import started_server

    with started_server(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture
def reader(story: Reader, browser: Browser, address: str) -> Iterator[Reader]:
    """Who went through the module's `story`, in a window of their own."""
    from browsing import another_window

    with another_window(story, browser, address) as reader:
        yield reader
