"""Marks of what writers touched: opened before an event is written, closed after, removed by the rollup that took them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from bson import ObjectId
from pymongo import ASCENDING, DESCENDING
from pymongo.collection import Collection

from clickstream.store.door import translated

DEADLINE_SECONDS = 60
"""A writer that has not closed its mark by then is dead: no write may take longer."""
LATELY_MS = 500
_MARKS_AT_ONCE = 20
LATEST_MARKS = 50
MOST_KEYS = 100_000
"""Keys that one pass of the rollup takes, at least those of one mark: its memory does not grow with what waits."""


class Change(msgspec.Struct, frozen=True):
    """`closed` by its writer. `settled`: closed, or open for so long that its writer is taken for dead."""

    id: str
    dataset: str
    keys: list[str]
    closed: bool
    settled: bool


class Backlog(msgspec.Struct, frozen=True):
    """Marks being written under, marks that wait for the rollup, and the age of the oldest in seconds (0 without any)."""

    open: int
    closed: int
    oldest_seconds: float

    @property
    def marks(self) -> int:
        return self.open + self.closed


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

    def close(self, mark: str) -> bool:
        """Nothing more is written under this mark. False where it was taken as a dead writer's, perhaps before we wrote."""
        return self._changes.update_one({"_id": ObjectId(mark)}, {"$set": {"closed": True}}).matched_count == 1

    def read(self, *, limit: int = 5_000) -> list[Change]:
        """The oldest closed marks, then the oldest open ones; fewer where these hold more than MOST_KEYS keys."""
        expired = {"$lt": ["$opened_at", {"$subtract": ["$$NOW", DEADLINE_SECONDS * 1000]}]}
        found: list[Change] = []
        keys = 0
        for closed in (True, False):
            pipeline: Sequence[dict[str, Any]] = [
                {"$match": {"closed": closed}},
                {"$sort": {"opened_at": ASCENDING}},
                {"$limit": limit},
                {"$set": {"settled": True if closed else expired}},
            ]
            for mark in self._changes.aggregate(pipeline, batchSize=_MARKS_AT_ONCE):
                found.append(_change(mark))
                keys += len(mark["keys"])
                if keys > MOST_KEYS:
                    return found
        return found

    def any_settled(self) -> bool:
        """Whether any mark is: whether there is anything to roll up."""
        return any(change.settled for change in self.read(limit=1))

    def lately_touched(self) -> int:
        """Keys that were marked within the last LATELY_MS and are no longer written to (of the latest marks)."""
        pipeline: Sequence[dict[str, Any]] = [
            {"$match": {"closed": True}},
            {"$sort": {"opened_at": DESCENDING}},
            {"$limit": LATEST_MARKS},
            {"$match": {"$expr": {"$gt": ["$opened_at", {"$subtract": ["$$NOW", LATELY_MS]}]}}},
            {"$group": {"_id": None, "keys": {"$sum": {"$size": "$keys"}}}},
        ]
        return sum(int(found["keys"]) for found in self._changes.aggregate(pipeline))

    def backlog(self) -> Backlog:
        """How far the rollup is behind, by the database's own clock."""
        age = {"$divide": [{"$subtract": ["$$NOW", "$opened_at"]}, 1000]}
        pipeline: Sequence[dict[str, Any]] = [{"$group": {"_id": "$closed", "marks": {"$sum": 1}, "oldest": {"$max": age}}}]
        found = {bool(group["_id"]): group for group in self._changes.aggregate(pipeline)}
        oldest = max((max(group["oldest"], 0.0) for group in found.values()), default=0.0)
        open_, closed = [found[which]["marks"] if which in found else 0 for which in (False, True)]
        return Backlog(open_, closed, oldest)

    def pending(self) -> set[str]:
        """Ids of all marks there are."""
        return {str(mark["_id"]) for mark in self._changes.find({}, {"_id": 1})}

    def remove(self, changes: Iterable[Change]) -> None:
        """Remove these marks as they were read: one that was closed since stays, for what was written since."""
        taken: dict[bool, list[ObjectId]] = {True: [], False: []}
        for change in changes:
            taken[change.closed].append(ObjectId(change.id))
        self._changes.delete_many({"_id": {"$in": taken[True]}})
        if taken[False]:
            self._changes.delete_many({"_id": {"$in": taken[False]}, "closed": False})


def _change(mark: dict[str, Any]) -> Change:
    return Change(str(mark["_id"]), mark["dataset"], mark["keys"], mark["closed"], mark["settled"])
