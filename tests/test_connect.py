"""Which MongoDB is used, what is said about it, and what happens when it cannot be."""

from __future__ import annotations

import os
import re
import signal
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from conftest import NOWHERE, lives
from pymongo import WriteConcern

from clickstream.errors import SettingError, StartupError
from clickstream.settings import Settings, read_settings
from clickstream.store.address import PortAddress
from clickstream.store.connect import Connection, connect
from clickstream.store.mongod import Mongod

pytestmark = pytest.mark.usefixtures("connection")  # skipped where no mongod starts, as conftest.py says


@dataclass(frozen=True)
class OpenPort(PortAddress):
    """A MongoDB as people run it on localhost: a port, no password."""

    @property
    def uri(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}"

    def prepare(self) -> list[str]:
        return ["--bind_ip", "127.0.0.1", "--port", str(self.port)]

    def secure(self) -> None:
        """Open to all."""


@pytest.fixture(scope="module")
def localhost() -> Iterator[str]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Mongod(Path(folder), cache_gb=0.25, address_for=OpenPort.for_data) as mongod,
    ):
        yield mongod.uri.removeprefix("mongodb://")


@pytest.fixture(scope="module")
def locked() -> Iterator[str]:
    """URI of a MongoDB that asks for a password."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Mongod(Path(folder), cache_gb=0.25, address_for=PortAddress.for_data) as mongod,
    ):
        yield mongod.uri


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    """As in conftest.py, in a folder that goes at once."""
    return read_settings({"DATA_DIR": str(data_dir), "MONGO_CACHE_GB": "0.25"})


def refusal(settings: Settings, localhost: str = NOWHERE) -> str:
    """The sentence it fails with."""
    with pytest.raises(StartupError) as raised, connect(settings, localhost=localhost):
        pass
    assert "\n" not in raised.value.message
    assert raised.value.message.endswith(".")
    return raised.value.message


def works(connection: Connection) -> bool:
    return connection.database.things.insert_one({}).acknowledged


def test_without_any_mongodb_it_starts_its_own(settings: Settings) -> None:
    with connect(settings, localhost=NOWHERE) as connection:
        assert works(connection)
        where = re.escape(str(settings.data_dir.resolve()))
        assert re.fullmatch(rf"MongoDB 6\.0\.\d+ in {where}, database clickstream", connection.describe)
    assert not lives(settings.data_dir)


def test_a_mongodb_on_localhost_is_used_when_there_is_no_data_yet(settings: Settings, localhost: str) -> None:
    with connect(settings, localhost=localhost) as connection:
        assert works(connection)
        assert f" on {localhost}, database clickstream" in connection.describe
    assert not settings.data_dir.exists()


def test_the_database_in_the_data_folder_is_kept_to_when_another_answers_on_localhost(
    settings: Settings, localhost: str
) -> None:
    with connect(settings, localhost=NOWHERE) as connection:
        connection.database.things.insert_one({"mine": True})
    with connect(settings, localhost=localhost) as connection:
        assert connection.database.things.count_documents({"mine": True}) == 1
        assert connection.describe.endswith(f"; the MongoDB on {localhost} is left alone, MONGO_URI would choose it")


def test_a_mongodb_on_localhost_that_asks_for_a_password_is_passed_over_and_named(settings: Settings, locked: str) -> None:
    address = urlsplit(locked).netloc.split("@")[1]
    with connect(settings, localhost=address) as connection:
        assert works(connection)
        assert f"in {settings.data_dir.resolve()}, database clickstream; not the one on {address}" in connection.describe
        assert "set MONGO_URI with a user and password" in connection.describe


def test_something_else_on_the_port_is_no_mongodb(settings: Settings) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        connect(settings, localhost=f"127.0.0.1:{other.getsockname()[1]}") as connection,
    ):
        assert connection.describe.endswith("database clickstream")


def test_mongo_uri_is_used_whatever_else_there_is(settings: Settings, localhost: str) -> None:
    chosen = replace(settings, mongo_uri=f"mongodb://{localhost}/?serverSelectionTimeoutMS=700", mongo_db="shop")
    with connect(chosen, localhost=NOWHERE) as connection:
        assert works(connection)
        assert re.fullmatch(rf"MongoDB 6\.0\.\d+ on {localhost} \(MONGO_URI\), database shop", connection.describe)
        assert connection.client.options.server_selection_timeout == 0.7
    assert not settings.data_dir.exists()


def test_a_password_is_used_and_never_shown(settings: Settings, locked: str) -> None:
    password = urlsplit(locked).password
    assert password
    with connect(replace(settings, mongo_uri=locked)) as connection:
        assert works(connection)
        assert password not in connection.describe
        assert password not in repr(connection)
        assert "clickstream:" not in connection.describe


def test_a_wrong_password_is_refused_without_showing_it(settings: Settings, locked: str) -> None:
    message = refusal(replace(settings, mongo_uri=locked.replace("@", "WRONG@")))
    assert "does not let us use the database clickstream: set MONGO_URI with a user and password" in message
    assert "WRONG" not in message


def test_a_mongo_uri_that_does_not_answer(settings: Settings) -> None:
    message = refusal(replace(settings, mongo_uri="mongodb://shop:secret@127.0.0.1:1/?serverSelectionTimeoutMS=200"))
    assert message.startswith("The MongoDB on 127.0.0.1:1 (MONGO_URI) does not answer (127.0.0.1:1: ")
    assert message.endswith("): start it, or correct or unset MONGO_URI.")
    assert "secret" not in message


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://",
        "mongodb:///shop",
        "mongodb://host:port",
        "mongodb://host:99999999",
        "http://localhost:27017",
        "mongodb://user:pa/ss-secret@host",
        "mongodb://user:pa:ss-secret@host",
        "mongodb://us@er:pass-secret@host",
        "mongodb://user:100%secret@host",
        "mongodb+srv://user:secret@host:27017",
        "mongodb://host/?tlsCAFile=/nowhere&tls=true",
    ],
)
def test_a_mongo_uri_that_makes_no_sense_is_named(settings: Settings, uri: str) -> None:
    message = refusal(replace(settings, mongo_uri=uri))
    assert message.startswith("MONGO_URI cannot be used")
    assert "secret" not in message


@pytest.mark.parametrize("name", ["my shop", "a.b", "a/b", "$a", 'a"b', "x" * 70, "\udcff"])
def test_a_mongo_db_that_is_no_name_is_named(settings: Settings, localhost: str, name: str) -> None:
    with pytest.raises(SettingError, match="MONGO_DB="):
        connect(replace(settings, mongo_uri=f"mongodb://{localhost}", mongo_db=name))


def test_times_come_back_aware(connection: Connection, database: Any) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    database.things.insert_one({"at": noon})
    assert database.things.find_one()["at"] == noon


def test_revive_brings_its_own_database_back_and_the_same_client_goes_on(settings: Settings) -> None:
    with connect(settings, localhost=NOWHERE) as connection:
        journaled = connection.database.get_collection("things", write_concern=WriteConcern(j=True))
        journaled.insert_one({})
        os.kill(int((settings.data_dir / "db" / "mongod.lock").read_text()), signal.SIGKILL)
        while lives(settings.data_dir):
            pass
        connection.revive()
        assert connection.database.things.count_documents({}) == 1
        assert works(connection)


def test_revive_leaves_other_peoples_databases_alone(settings: Settings, localhost: str) -> None:
    with connect(replace(settings, mongo_uri=f"mongodb://{localhost}")) as connection:
        connection.revive()
    assert not settings.data_dir.exists()


def test_two_connections_share_the_database_and_the_last_stops_it(settings: Settings) -> None:
    with connect(settings, localhost=NOWHERE) as first:
        with connect(settings, localhost=NOWHERE) as second:
            first.database.things.insert_one({})
            assert second.database.things.count_documents({}) == 1
        assert works(first)
    assert not lives(settings.data_dir)
