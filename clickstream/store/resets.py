"""Links by which somebody who forgot the password chooses a new one: one an account, for one use, kept as a digest only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.collection import Collection

from clickstream.store.door import translated


@dataclass(frozen=True)
class Reset:
    username: str
    created_by: str
    expires_at: datetime


@translated
class Resets:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._collection = collection

    def replace(self, digest: str, reset: Reset) -> None:
        """Keep this link, in place of an earlier one of the same account."""
        fields = {"digest": digest, "created_by": reset.created_by, "expires_at": reset.expires_at}
        self._collection.replace_one({"_id": reset.username}, fields, upsert=True)

    def take(self, digest: str, now: datetime) -> Reset | None:
        """The link with this digest, which is gone afterwards; None where there is none, or it has expired."""
        found = self._collection.find_one_and_delete({"digest": digest, "expires_at": {"$gt": now}})
        return Reset(found["_id"], found["created_by"], found["expires_at"]) if found else None

    def forget(self, username: str) -> None:
        self._collection.delete_one({"_id": username})
