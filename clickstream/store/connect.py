"""Which MongoDB to use, and the connection to it."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import ConfigurationError, InvalidName, InvalidURI, OperationFailure, PyMongoError

from clickstream.errors import SettingError, StartupError
from clickstream.settings import Settings
from clickstream.store.mongod import Mongod
from clickstream.store.program import OLDEST_VERSION

LOCALHOST = "localhost:27017"
PROBE_SECONDS = 0.3
LOCAL_SELECTION_MS = 2_000
REMOTE_SELECTION_MS = 5_000

Document = dict[str, Any]
Client = MongoClient[Document]


@dataclass
class Connection:
    """An open connection; as a context manager it closes itself.

    `uri` may hold a password, `describe` never does.
    """

    client: Client
    database: Database[Document]
    uri: str
    describe: str
    _mongod: Mongod | None = None

    def revive(self) -> None:
        """Start our own database again if it has died; nothing to do for anybody else's. Raises StartupError."""
        if self._mongod:
            self._mongod.ensure_running()

    def close(self) -> None:
        self.client.close()
        if self._mongod:
            self._mongod.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def connect(settings: Settings, *, localhost: str | None = LOCALHOST) -> Connection:
    """Open MONGO_URI; else the database in DATA_DIR; else a MongoDB on localhost; else the bundled one.

    Raises StartupError.
    """
    if settings.mongo_uri:
        return _connect_to(settings, settings.mongo_uri)
    mongod = Mongod(settings.data_dir, mongod_bin=settings.mongod_bin, cache_gb=settings.mongo_cache_gb)
    return _connect_to_own(settings, mongod)


def _connect_to(settings: Settings, uri: str) -> Connection:
    client = Client(uri, tz_aware=True)
    return Connection(client, client[settings.mongo_db], uri, "MongoDB of MONGO_URI")


def _connect_to_own(settings: Settings, mongod: Mongod) -> Connection:
    with ExitStack() as undo:
        undo.enter_context(mongod)
        client = Client(mongod.uri, tz_aware=True, retryWrites=False, serverSelectionTimeoutMS=2000)
        connection = Connection(client, client[settings.mongo_db], mongod.uri, f"MongoDB in {mongod.data_dir}", mongod)
        undo.pop_all()
    return connection
