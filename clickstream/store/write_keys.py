"""Write keys: what a shop sends its events with. Only their SHA-256 digests are stored, and the last four characters."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from pymongo import DESCENDING, ReturnDocument
from pymongo.collection import Collection

from clickstream.store.door import translated

Mode = Literal["live", "test"]


@dataclass(frozen=True)
class WriteKey:
    """A key is never deleted, only revoked, so that whoever still uses it hears why it is refused.

    `server`: kept secret by a shop's server. Other keys stand in a page for everybody to read; `origins` are the sites
    whose pages may send with them. `sealed` is the encrypted key itself, for the one our own demo shop sends with.
    """

    digest: str
    key_id: str
    label: str
    dataset: str
    mode: Mode
    server: bool
    origins: tuple[str, ...]
    last4: str
    created_by: str
    created_at: datetime
    revoked_at: datetime | None = None
    sealed: str = ""


@translated
class WriteKeys:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._collection = collection

    def add(self, key: WriteKey) -> None:
        document = asdict(key)
        self._collection.insert_one({"_id": document.pop("digest"), **document, "origins": list(key.origins)})

    def all(self) -> list[WriteKey]:
        """Every key there ever was, latest first."""
        return [_key(found) for found in self._collection.find().sort([("created_at", DESCENDING), ("_id", 1)])]

    def change(self, key_id: str, label: str, origins: tuple[str, ...]) -> WriteKey | None:
        """The key with another label and other origins; None when there is no such key."""
        values = {"label": label, "origins": list(origins)}
        found = self._collection.find_one_and_update(
            {"key_id": key_id}, {"$set": values}, return_document=ReturnDocument.AFTER
        )
        return _key(found) if found else None

    def revoke(self, key_id: str, now: datetime) -> WriteKey | None:
        """The key, revoked now unless it was before; None when there is no such key."""
        self._collection.update_one({"key_id": key_id, "revoked_at": None}, {"$set": {"revoked_at": now}})
        found = self._collection.find_one({"key_id": key_id})
        return _key(found) if found else None


def _key(found: dict[str, Any]) -> WriteKey:
    return WriteKey(digest=found.pop("_id"), origins=tuple(found.pop("origins")), **found)
