"""Databases that are used again: making one with our indexes takes twenty times as long as emptying it."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from clickstream.store.collections import check_schema, ensure_indexes

Document = dict[str, Any]
RESTING = 4  # before one is used again, so that what a test left running does not write into the next


class Databases:
    """Those of one MongoDB. They go with it."""

    def __init__(self, client: MongoClient[Document]) -> None:
        self._client = client
        self._free: deque[Database[Document]] = deque()
        self._pristine = self._shape(self._made())

    @contextmanager
    def lent(self) -> Iterator[Database[Document]]:
        """An empty database with our indexes."""
        database = self._emptied(self._free.popleft()) if len(self._free) > RESTING else self._made()
        yield database
        self._free.append(database)

    def _made(self) -> Database[Document]:
        database = self._client[f"test_{secrets.token_hex(6)}"]
        check_schema(database)
        ensure_indexes(database)
        return database

    def _emptied(self, database: Database[Document]) -> Database[Document]:
        """This one, or another where a test changed its indexes."""
        for name in database.list_collection_names():
            if name in self._pristine[0]:
                database[name].delete_many({})
            else:
                database.drop_collection(name)
        if self._shape(database) == self._pristine:
            check_schema(database)
            return database
        self._client.drop_database(database.name)
        return self._made()

    def _shape(self, database: Database[Document]) -> tuple[frozenset[str], int]:
        return frozenset(database.list_collection_names()), int(database.command("dbStats")["indexes"])


@cache
def databases_of(client: MongoClient[Document]) -> Databases:
    return Databases(client)
