"""Where each account's questions to a model go. Keys arrive here encrypted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from pymongo import DESCENDING
from pymongo.collection import Collection

from clickstream.store.door import translated

ProviderKind = Literal["openrouter", "openai", "compatible"]


@dataclass(frozen=True)
class SavedProvider:
    """One account's choice. `kind` is None where only a model is chosen; `base_url` belongs to compatible ones."""

    username: str
    kind: ProviderKind | None = None
    base_url: str = ""
    sealed_key: str = ""
    model: str = ""
    saved_at: datetime | None = None


@translated
class ApiKeys:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._collection = collection

    def find(self, username: str) -> SavedProvider | None:
        found = self._collection.find_one({"_id": username})
        return _saved(found) if found else None

    def all(self) -> list[SavedProvider]:
        return [_saved(document) for document in self._collection.find()]

    def compatible(self) -> list[SavedProvider]:
        """Those with an address of their own, latest first."""
        found = self._collection.find({"kind": "compatible"}).sort([("saved_at", DESCENDING), ("_id", 1)])
        return [_saved(document) for document in found]

    def save(self, saved: SavedProvider) -> None:
        document = asdict(saved)
        self._collection.replace_one({"_id": document.pop("username")}, document, upsert=True)

    def choose_model(self, username: str, model: str) -> None:
        """Change the model alone: a key deleted at the same moment stays deleted."""
        nothing = asdict(SavedProvider(username))
        other = {name: value for name, value in nothing.items() if name not in ("username", "model")}
        self._collection.update_one({"_id": username}, {"$set": {"model": model}, "$setOnInsert": other}, upsert=True)

    def delete(self, username: str) -> None:
        """Forget what this account saved; harmless when it saved nothing."""
        self._collection.delete_one({"_id": username})


def _saved(document: dict[str, Any]) -> SavedProvider:
    return SavedProvider(username=document.pop("_id"), **document)
