"""What may be done only so often: counters that end by themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from clickstream.store.door import translated


@translated
class Quotas:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._collection = collection

    def take(self, key: str, most: int, expires_at: datetime) -> bool:
        """Count one use of `key`, at most `most` of them until the counter expires; False where none is left."""
        if most < 1:
            return False
        counted = {"$inc": {"used": 1}, "$setOnInsert": {"expires_at": expires_at}}
        try:
            self._collection.update_one({"_id": key, "used": {"$lt": most}}, counted, upsert=True)
        except DuplicateKeyError:
            return self._collection.update_one({"_id": key, "used": {"$lt": most}}, counted).modified_count == 1
        return True
