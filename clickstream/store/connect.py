"""Which MongoDB to use, and the connection to it."""

from __future__ import annotations

import re
import socket
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import ConfigurationError, InvalidName, OperationFailure, PyMongoError

from clickstream.errors import SettingError, StartupError
from clickstream.settings import Settings
from clickstream.store.mongod import Mongod
from clickstream.store.program import OLDEST_VERSION

Document = dict[str, Any]
Client = MongoClient[Document]

LOCALHOST = "localhost:27017"
PROBE_SECONDS = 0.3
PROBE_SELECTION_MS = 1_000
LONGEST_NAME_BYTES = 63
CLIENT_OPTIONS: dict[str, Any] = {
    "serverSelectionTimeoutMS": 2_000,
    "connectTimeoutMS": 5_000,
    "socketTimeoutMS": 120_000,  # longer than any single batch of a rebuild
    "uuidRepresentation": "standard",
    "appname": "clickstream",
}


class NoAnswer(StartupError):
    """Nobody answers at the address."""


@dataclass
class Connection:
    """An open connection; as a context manager it closes itself. `describe` is one line for people."""

    client: Client
    database: Database[Document]
    uri: str = field(repr=False)  # may hold a password
    describe: str
    own: Mongod | None = field(default=None, repr=False)

    def revive(self) -> None:
        """Start our own database again if it has died; nothing to do for anybody else's. Raises StartupError."""
        if self.own:
            self.own.ensure_running()

    def close(self) -> None:
        """Close; the last program to do so stops our own database."""
        self.client.close()
        if self.own:
            self.own.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def connect(settings: Settings, *, localhost: str = LOCALHOST) -> Connection:
    """Open MONGO_URI; else the database in DATA_DIR; else a MongoDB on `localhost`; else a new one in DATA_DIR.

    Raises StartupError, in one sentence that says what to do.
    """
    if settings.mongo_uri:
        return _open(settings, settings.mongo_uri, f"on {_hosts(settings.mongo_uri)} (MONGO_URI)")
    own = Mongod(settings.data_dir, mongod_bin=settings.mongod_bin, cache_gb=settings.mongo_cache_gb)
    if not _mongodb_on(localhost):
        return _open_own(settings, own)
    if own.has_data:
        return _open_own(settings, own, f"; the MongoDB on {localhost} is left alone, MONGO_URI would choose it")
    try:
        return _open(settings, f"mongodb://{localhost}", f"on {localhost}")
    except StartupError as unusable:
        return _open_own(settings, own, f"; not the one on {localhost}: {unusable.message}")


def _open_own(settings: Settings, own: Mongod, note: str = "") -> Connection:
    with ExitStack() as undo:
        undo.enter_context(own)
        try:
            connection = _open(settings, own.uri, f"in {own.data_dir}", retryWrites=False)
        except NoAnswer:  # it died since
            own.ensure_running()
            connection = _open(settings, own.uri, f"in {own.data_dir}", retryWrites=False)
        connection.describe += note
        connection.own = own
        undo.pop_all()
    return connection


def _open(settings: Settings, uri: str, where: str, **options: Any) -> Connection:
    client = _client(uri, **options)
    with ExitStack() as undo:
        undo.callback(client.close)
        database = _database(client, settings.mongo_db)
        version = _version(client, database, where)
        undo.pop_all()
    return Connection(client, database, uri, f"MongoDB {version} {where}, database {database.name}")


def _client(uri: str, **options: Any) -> Client:
    """A client with our options, except where the URI sets its own."""
    ours = {**CLIENT_OPTIONS, **options}
    kept = {name: value for name, value in ours.items() if f"{name}=".lower() not in uri.lower()}
    try:
        return Client(uri, tz_aware=True, **kept)
    except (PyMongoError, ValueError, OSError) as error:
        raise SettingError(
            f"MONGO_URI cannot be used{_harmless(error, uri)}: write it like mongodb://user:password@host:27017, "
            "with / : @ % in a password as %2F %3A %40 %25.",
            fields={"MONGO_URI": "cannot be used"},
        ) from None


def _harmless(error: Exception, uri: str) -> str:
    """The error in brackets, or nothing where it repeats a piece of the URI's user or password."""
    private = re.split(r"[:@/]", uri.split("://", 1)[-1].rpartition("@")[0])
    return "" if any(piece and piece in str(error) for piece in private) else f" ({str(error).rstrip('.')})"


def _database(client: Client, name: str) -> Database[Document]:
    try:
        if len(name.encode()) > LONGEST_NAME_BYTES:
            raise InvalidName(f"longer than {LONGEST_NAME_BYTES} bytes")
        return client[name]
    except (InvalidName, UnicodeEncodeError) as error:
        message = f"MONGO_DB={name!r} cannot name a database ({error}): choose letters and digits."
        raise SettingError(message, fields={"MONGO_DB": str(error)}) from error


def _version(client: Client, database: Database[Document], where: str) -> str:
    """The server's version, once it is known that it answers, is new enough and lets us in."""
    try:
        info = client.server_info()
        if tuple(info["versionArray"][:2]) < OLDEST_VERSION:
            raise StartupError(f"The MongoDB {where} is {info['version']}, and 6.0 or newer is needed: upgrade it.")
        database.list_collection_names()
    except OperationFailure as error:
        raise StartupError(
            f"The MongoDB {where} does not let us use the database {database.name}: "
            "set MONGO_URI with a user and password that may."
        ) from error
    except ConfigurationError as error:
        raise StartupError(f"The MongoDB {where} cannot be used ({error}): it has to be 6.0 or newer.") from error
    except PyMongoError as error:
        reason = str(error).split(" (configured", 1)[0].split(", Timeout", 1)[0]
        raise NoAnswer(
            f"The MongoDB {where} does not answer ({reason}): start it, or correct or unset MONGO_URI."
        ) from error
    return str(info["version"])


def _hosts(uri: str) -> str:
    """The host part of a URI, without its user and password."""
    return re.split(r"[/?]", uri.split("://", 1)[-1].rsplit("@", 1)[-1], maxsplit=1)[0]


def _mongodb_on(address: str) -> bool:
    """Whether a MongoDB answers there, usable or not."""
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=PROBE_SECONDS).close()
        with _client(f"mongodb://{address}", serverSelectionTimeoutMS=PROBE_SELECTION_MS) as client:
            client.admin.command("ping")
    except (OSError, PyMongoError):
        return False
    return True
