"""Events as cleaning sees them: which are tagged, which look like noise, and taking them out of the numbers or away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.write_concern import WriteConcern

from clickstream.events import Event
from clickstream.store.door import translated
from clickstream.store.events import event_of

Match = Mapping[str, Any]
"""A filter on stored events."""

TAGGED: Match = {"flag.noisy": True}
NOT_TAGGED: Match = {"flag.noisy": {"$ne": True}}

_BATCH = 1_000
_SECOND_MS, _MINUTE_MS = 1_000, 60_000
_FOUND = {"_id": 0, "event_id": 1, "key": 1, "properties.order_id": 1}


class Found(msgspec.Struct, frozen=True):
    """An event to be written to, with what a write to it touches."""

    event_id: str
    key: str
    order_id: str | None = None


class Minute(msgspec.Struct, frozen=True):
    """What one group did within a clock minute: how many events, and how many of one type and page in one second."""

    key: str
    start_ms: int
    events: int
    densest: int


@translated
class Noise:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._events = collection.with_options(write_concern=WriteConcern(w="majority", j=True))

    def count(self, dataset: str, *wanted: Match) -> int:
        return self._events.count_documents(_all(dataset, wanted))

    def find(self, dataset: str, *wanted: Match) -> Iterator[Found]:
        """Read as they are asked for, in no order. What is written meanwhile may be among them or not."""
        for document in self._events.find(_all(dataset, wanted), _FOUND, batch_size=_BATCH):
            yield Found(document["event_id"], document["key"], document.get("properties", {}).get("order_id"))

    def in_order(self, dataset: str, *wanted: Match) -> Iterator[Event]:
        """In event order, however many there are."""
        order = [(name, ASCENDING) for name in ("timestamp", "received_at", "position", "event_id")]
        for document in self._events.find(_all(dataset, wanted), batch_size=_BATCH, allow_disk_use=True).sort(order):
            yield event_of(document)

    def tagged_by_reason(self, dataset: str, *wanted: Match) -> dict[str, int]:
        """How many are tagged; those without a reason under the empty one."""
        pipeline: Sequence[dict[str, Any]] = [
            {"$match": _all(dataset, [TAGGED, *wanted])},
            {"$group": {"_id": {"$ifNull": ["$flag.reason", ""]}, "events": {"$sum": 1}}},
        ]
        return {found["_id"]: found["events"] for found in self._events.aggregate(pipeline)}

    def busy_minutes(
        self, dataset: str, *wanted: Match, uncounted: Sequence[str], above: int, crowded: int
    ) -> Iterator[Minute]:
        """Minutes of a group with more than `above` events, types `uncounted` aside, or `crowded` alike in a second.

        Group by group, in order of time.
        """
        second = _floored({"$toLong": "$timestamp"}, _SECOND_MS)
        alike = {"key": "$key", "start": second, "type": "$event_type", "page": "$page"}
        counted = {"$cond": [{"$in": ["$event_type", list(uncounted)]}, 0, 1]}
        minute = {"key": "$_id.key", "start": _floored("$_id.start", _MINUTE_MS)}
        pipeline: Sequence[dict[str, Any]] = [
            {"$match": _all(dataset, wanted)},
            {"$group": {"_id": alike, "counted": {"$sum": counted}, "events": {"$sum": 1}}},
            {"$group": {"_id": minute, "events": {"$sum": "$counted"}, "densest": {"$max": "$events"}}},
            {"$match": {"$or": [{"events": {"$gt": above}}, {"densest": {"$gte": crowded}}]}},
            {"$sort": {"_id.key": ASCENDING, "_id.start": ASCENDING}},
        ]
        for found in self._events.aggregate(pipeline, allowDiskUse=True, batchSize=_BATCH):
            of_group = found["_id"]
            yield Minute(of_group["key"], of_group["start"], found["events"], found["densest"])

    def tag(self, dataset: str, event_ids: Sequence[str], reason: str) -> int:
        """Those of them that are not tagged; journaled before this returns."""
        flag = {"noisy": True, "reason": reason}
        return self._events.update_many(_named(dataset, event_ids, NOT_TAGGED), {"$set": {"flag": flag}}).modified_count

    def untag(self, dataset: str, event_ids: Sequence[str], reason: str) -> int:
        """Those of them that are tagged for this reason."""
        wanted = _named(dataset, event_ids, tagged_for(reason))
        return self._events.update_many(wanted, {"$unset": {"flag": ""}}).modified_count

    def delete(self, dataset: str, event_ids: Sequence[str]) -> int:
        """Those of them that are tagged, still."""
        return self._events.delete_many(_named(dataset, event_ids, TAGGED)).deleted_count


def _floored(ms: Any, step: int) -> dict[str, Any]:
    """Half the time of $dateTrunc, which most of the work would be."""
    return {"$subtract": [ms, {"$mod": [ms, step]}]}


def tagged_for(reason: str) -> Match:
    """Tagged for this reason; without any for the empty one."""
    return {**TAGGED, "flag.reason": reason or {"$in": ["", None]}}


def _all(dataset: str, wanted: Sequence[Match]) -> dict[str, Any]:
    return {"dataset": dataset, "$and": list(wanted)} if wanted else {"dataset": dataset}


def _named(dataset: str, event_ids: Sequence[str], condition: Match) -> dict[str, Any]:
    return {"_id": {"$in": [f"{dataset}:{event_id}" for event_id in event_ids]}, **condition}
