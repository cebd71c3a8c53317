"""Stored events: written once, journaled before anybody is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
from pymongo import ASCENDING, DESCENDING, DeleteMany
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError
from pymongo.write_concern import WriteConcern

from clickstream.errors import DatabaseUnavailable
from clickstream.events import REFUND_TYPES, Event
from clickstream.store.door import translated

_DUPLICATE = 11000
_OPTIONAL = ("client_id", "user_id", "session_id", "page", "flag")
_optional = attrgetter(*_OPTIONAL)

DIRECT = "direct"
"""In an event's `batch`, besides the imports that brought it: it also came another way, and no undo takes it."""

_ARRIVED = {"_id": 0, "received_at": 1}
_ORDERS_AT_ONCE = 5_000
EXPORTED = 2_000
"""Events a round trip, where all of them are read."""
_BOTH_WAYS = (ASCENDING, DESCENDING)


class Source(msgspec.Struct, frozen=True):
    """Events of one `properties.source`: how many, and when the first and the last of them arrived."""

    name: str
    events: int
    first: datetime
    last: datetime


@translated
class Events:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._read = collection
        self._journaled = collection.with_options(write_concern=WriteConcern(w="majority", j=True))

    def insert(self, dataset: str, events: Sequence[Event], batch: str | None = None) -> set[int]:
        """Store these events, in the journal before this returns; gives the positions of those already there.

        `batch` is the import they belong to. What was there already belongs to it too, where an import brought it.
        """
        documents = [document_of(dataset, event) for event in events]
        if batch:
            for document in documents:
                document["batch"] = [batch]
        duplicates = self._insert(documents)
        if duplicates:
            self._claim([documents[position] for position in duplicates], batch or DIRECT)
        return duplicates

    def _insert(self, documents: list[dict[str, Any]]) -> set[int]:
        try:
            self._journaled.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            return _duplicates(error)
        return set()

    def _claim(self, documents: list[dict[str, Any]], way: str) -> None:
        """Events that came again came this way too. Once claimed no undo takes them; one that was faster is made up for."""
        ids = [document["_id"] for document in documents]
        others = {"_id": {"$in": ids}, "batch": {"$exists": True, "$ne": way}}
        self._journaled.update_many(others, {"$addToSet": {"batch": way}})
        there = {found["_id"] for found in self._read.find({"_id": {"$in": ids}}, {"_id": 1})}
        missing = {document["_id"]: document for document in documents if document["_id"] not in there}
        if missing:
            self._insert(list(missing.values()))

    def of_batch(self, dataset: str, batch: str, limit: int) -> list[Event]:
        """Some of the events that came by this import and no other way."""
        return [event_of(document) for document in self._read.find({"dataset": dataset, "batch": [batch]}).limit(limit)]

    def count_batch(self, dataset: str, batch: str) -> int:
        return self._read.count_documents({"dataset": dataset, "batch": batch})

    def delete_batch(self, dataset: str, batch: str, event_ids: Iterable[str]) -> int:
        """Delete those of these that came by this import and no other way; says how many those were."""
        ids = [f"{dataset}:{event_id}" for event_id in event_ids]
        return self._journaled.delete_many({"_id": {"$in": ids}, "batch": [batch]}).deleted_count

    def release_batch(self, dataset: str, batch: str) -> int:
        """Events of this import that also came another way no longer belong to it; says how many those are."""
        mine = {"dataset": dataset, "batch": batch}
        return self._journaled.update_many(mine, {"$pull": {"batch": batch}}).matched_count

    def of_keys(self, dataset: str, keys: Sequence[str], types: Iterable[str] | None = None) -> Iterator[Event]:
        """Every event of these groups (of these types), one group after the other by key; in no order within."""
        wanted: dict[str, Any] = {"dataset": dataset, "key": {"$in": list(keys)}}
        if types is not None:
            wanted["event_type"] = {"$in": sorted(types)}
        for document in self._read.find(wanted, batch_size=10_000).sort("key", ASCENDING):
            yield event_of(document)

    def of_key_in_order(self, dataset: str, key: str) -> Iterator[Event]:
        """One group's events in event order, however many there are."""
        order = [("timestamp", ASCENDING), ("received_at", ASCENDING), ("position", ASCENDING), ("event_id", ASCENDING)]
        wanted = {"dataset": dataset, "key": key}
        for document in self._read.find(wanted, batch_size=2_000, allow_disk_use=True).sort(order):
            yield event_of(document)

    def of_orders(self, dataset: str, order_ids: Iterable[str]) -> list[Event]:
        """Every event that names one of these orders."""
        wanted = {"dataset": dataset, "properties.order_id": {"$in": list(order_ids)}}
        return [event_of(document) for document in self._read.find(wanted)]

    def groups_of_orders(self, dataset: str, order_ids: Sequence[str]) -> set[str]:
        """The keys of all events that name one of these orders."""
        found: set[str] = set()
        for start in range(0, len(order_ids), _ORDERS_AT_ONCE):
            some = order_ids[start : start + _ORDERS_AT_ONCE]
            wanted = {"dataset": dataset, "properties.order_id": {"$in": some}}
            found.update(event["key"] for event in self._read.find(wanted, {"_id": 0, "key": 1}))
        return found

    def keys(self, dataset: str, *, after: str) -> Iterator[str]:
        """Every group key of the dataset beyond `after`, in order, once."""
        found = self._read.find({"dataset": dataset, "key": {"$gt": after}}, {"_id": 0, "key": 1}).sort("key", ASCENDING)
        last = after
        for document in found:
            if document["key"] != last:
                last = document["key"]
                yield last

    def release(self, dataset: str, groups: Mapping[str, datetime]) -> int:
        """Delete the events of these groups up to a time, except those that keep the books; says how many."""
        booked: list[dict[str, Any]] = [
            {"event_type": {"$in": sorted(REFUND_TYPES)}},
            {"event_type": "purchase", "properties.order_id": {"$exists": True}},
        ]
        deletes = [
            DeleteMany({"dataset": dataset, "key": key, "timestamp": {"$lte": until}, "$nor": booked})
            for key, until in groups.items()
        ]
        return self._journaled.bulk_write(deletes, ordered=False).deleted_count if deletes else 0

    def estimate(self) -> int:
        """About how many there are in all datasets, without counting."""
        return self._read.estimated_document_count()

    def datasets(self) -> list[str]:
        """Every dataset that has events."""
        return sorted(self._read.distinct("dataset"))

    def latest(self, dataset: str, limit: int) -> list[Event]:
        """The events that arrived last, latest first."""
        found = self._read.find({"dataset": dataset}).sort("received_at", DESCENDING).limit(limit)
        return [event_of(document) for document in found]

    def received(
        self, dataset: str, *, by: datetime, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[Event]:
        """Every event that had arrived by then, in the order of arrival; with since <= timestamp < until, where bounded."""
        wanted: dict[str, Any] = {"dataset": dataset, "received_at": {"$lte": by}}
        bounds = {"$gte": since, "$lt": until}
        if within := {operator: moment for operator, moment in bounds.items() if moment}:
            wanted["timestamp"] = within
        for document in self._read.find(wanted, batch_size=EXPORTED).sort("received_at", ASCENDING):
            yield event_of(document)

    def is_of_another(self, dataset: str, key: str, user_id: str) -> bool:
        """Whether this group has an event of another user."""
        wanted = {"dataset": dataset, "key": key, "user_id": {"$exists": True, "$ne": user_id}}
        return self._read.find_one(wanted, {"_id": 1}) is not None

    def count(self, dataset: str) -> int:
        return self._read.count_documents({"dataset": dataset})

    def arrivals(self, dataset: str) -> tuple[datetime, datetime] | None:
        """When the first and the last of them arrived."""
        ends = [self._read.find_one({"dataset": dataset}, _ARRIVED, sort=[("received_at", way)]) for way in _BOTH_WAYS]
        first, last = [end["received_at"] if end else None for end in ends]
        return (first, last) if first and last else None

    def sources(self, dataset: str, *, limit: int, count_to: int) -> list[Source]:
        """The events that name a source, by it, in its order; each counted up to `count_to`. Costs no more than that."""
        found: list[Source] = []
        name = ""
        while len(found) < limit and (first := self._next_source(dataset, name)):
            name = first["properties"]["source"]
            named = {"dataset": dataset, "properties.source": name}
            last = self._read.find_one(named, _ARRIVED, sort=[("received_at", DESCENDING)], hint="source")
            count = self._counted(named, count_to)
            found.append(Source(name, count, first["received_at"], last["received_at"] if last else first["received_at"]))
        return found

    def _counted(self, named: dict[str, Any], most: int) -> int:
        """By the index alone, which an aggregation does not manage here: it takes three times as long."""
        counted = self._read.database.command({"count": self._read.name, "query": named, "limit": most, "hint": "source"})
        return int(counted["n"])

    def _next_source(self, dataset: str, after: str) -> dict[str, Any] | None:
        """The first event of the source that follows."""
        order = [("properties.source", ASCENDING), ("received_at", ASCENDING)]
        wanted = {"dataset": dataset, "properties.source": {"$gt": after}}
        return self._read.find_one(wanted, {**_ARRIVED, "properties.source": 1}, sort=order, hint="source")


def document_of(dataset: str, event: Event) -> dict[str, Any]:
    """The event as it is stored."""
    document = {
        "_id": f"{dataset}:{event.event_id}",
        "dataset": dataset,
        "event_id": event.event_id,
        "event_type": event.event_type,
        "timestamp": event.timestamp,
        "received_at": event.received_at,
        "position": event.position,
        "key": event.key,
        "properties": event.properties,
    }
    for name, value in zip(_OPTIONAL, _optional(event), strict=True):
        if value is not None:
            document[name] = value
    return document


def event_of(document: dict[str, Any]) -> Event:
    """The event that was stored; uses the document up."""
    del document["_id"], document["dataset"]
    document.pop("batch", None)
    return Event(**document)


def _duplicates(error: BulkWriteError) -> set[int]:
    problems = error.details["writeErrors"]
    if error.details.get("writeConcernErrors") or any(problem["code"] != _DUPLICATE for problem in problems):
        raise DatabaseUnavailable from error
    return {problem["index"] for problem in problems}
