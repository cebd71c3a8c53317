"""Log-in tokens. Only their SHA-256 digests are stored: a copy of the database opens no session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.collection import Collection

from clickstream.store.door import translated


@dataclass(frozen=True)
class Token:
    username: str
    expires_at: datetime


@translated
class Tokens:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._collection = collection

    def add(self, digest: str, token: Token, created_at: datetime) -> None:
        self._collection.insert_one(
            {"_id": digest, "username": token.username, "created_at": created_at, "expires_at": token.expires_at}
        )

    def find(self, digest: str, now: datetime) -> Token | None:
        """The token with this digest, unless it has expired."""
        found = self._collection.find_one({"_id": digest, "expires_at": {"$gt": now}})
        return Token(found["username"], found["expires_at"]) if found else None

    def delete(self, digest: str) -> None:
        """Forget one token; harmless when it is not there."""
        self._collection.delete_one({"_id": digest})

    def delete_of(self, username: str, keep: str = "") -> None:
        """Forget every token of an account, except the one with the digest `keep`."""
        self._collection.delete_many({"username": username, "_id": {"$ne": keep}})
