"""Marks of what writers touched: opened before an event is written, closed after, removed by the rollup that took them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from bson import ObjectId
from pymongo.collection import Collection

from clickstream.store.door import translated

DEADLINE_SECONDS = 60
"""A writer that has not closed its mark by then is dead: no write may take longer."""


class Change(msgspec.Struct, frozen=True):
    """`settled`: nobody writes under this mark any more, so whoever has read the events may remove it."""

    id: str
    dataset: str
    keys: list[str]
    settled: bool


@translated
class Changes:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._changes = collection

    def open(self, dataset: str, keys: Iterable[str]) -> str:
        """Mark these keys as being written to. Stored before any event that follows in the same journal."""
        mark = ObjectId()
        self._changes.update_one(
            {"_id": mark},
            {"$set": {"dataset": dataset, "keys": list(keys), "closed": False}, "$currentDate": {"opened_at": True}},
            upsert=True,
        )
        return str(mark)

    def close(self, mark: str) -> None:
        self._changes.update_one({"_id": ObjectId(mark)}, {"$set": {"closed": True}})

    def read(self, *, limit: int = 5_000) -> list[Change]:
        """The oldest marks, open ones included."""
        deadline = {"$subtract": ["$$NOW", DEADLINE_SECONDS * 1000]}
        pipeline: Sequence[dict[str, Any]] = [
            {"$sort": {"_id": 1}},
            {"$limit": limit},
            {"$set": {"settled": {"$or": ["$closed", {"$lt": ["$opened_at", deadline]}]}}},
        ]
        return [
            Change(str(mark["_id"]), mark["dataset"], mark["keys"], mark["settled"])
            for mark in self._changes.aggregate(pipeline)
        ]

    def pending(self) -> set[str]:
        """Ids of all marks there are."""
        return {str(mark["_id"]) for mark in self._changes.find({}, {"_id": 1})}

    def remove(self, marks: Iterable[str]) -> None:
        self._changes.delete_many({"_id": {"$in": [ObjectId(mark) for mark in marks]}})
