"""Stored events: written once, journaled before anybody is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError
from pymongo.write_concern import WriteConcern

from clickstream.errors import DatabaseUnavailable
from clickstream.events import Event
from clickstream.store.door import translated

_DUPLICATE = 11000
_OPTIONAL = ("client_id", "user_id", "session_id", "page", "flag")
_optional = attrgetter(*_OPTIONAL)


@translated
class Events:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._read = collection
        self._journaled = collection.with_options(write_concern=WriteConcern(w="majority", j=True))

    def insert(self, dataset: str, events: Sequence[Event]) -> set[int]:
        """Store these events, in the journal before this returns; gives the positions of those already there."""
        documents = [document_of(dataset, event) for event in events]
        try:
            self._journaled.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            return _duplicates(error)
        return set()

    def of_keys(self, dataset: str, keys: Sequence[str]) -> Iterator[Event]:
        """Every event of these groups, one group after the other by key; in no order within."""
        wanted = {"dataset": dataset, "key": {"$in": list(keys)}}
        for document in self._read.find(wanted, batch_size=10_000).sort("key", ASCENDING):
            yield _event(document)

    def of_key_in_order(self, dataset: str, key: str) -> Iterator[Event]:
        """One group's events in event order, however many there are."""
        order = [("timestamp", ASCENDING), ("received_at", ASCENDING), ("position", ASCENDING), ("event_id", ASCENDING)]
        wanted = {"dataset": dataset, "key": key}
        for document in self._read.find(wanted, batch_size=2_000, allow_disk_use=True).sort(order):
            yield _event(document)

    def of_orders(self, dataset: str, order_ids: Iterable[str]) -> list[Event]:
        """Every event that names one of these orders."""
        wanted = {"dataset": dataset, "properties.order_id": {"$in": list(order_ids)}}
        return [_event(document) for document in self._read.find(wanted)]

    def keys(self, dataset: str, *, after: str) -> Iterator[str]:
        """Every group key of the dataset beyond `after`, in order, once."""
        found = self._read.find({"dataset": dataset, "key": {"$gt": after}}, {"_id": 0, "key": 1}).sort("key", ASCENDING)
        last = after
        for document in found:
            if document["key"] != last:
                last = document["key"]
                yield last

    def datasets(self) -> list[str]:
        """Every dataset that has events."""
        return sorted(self._read.distinct("dataset"))

    def latest(self, dataset: str, limit: int) -> list[Event]:
        """The events that arrived last, latest first."""
        found = self._read.find({"dataset": dataset}).sort("received_at", DESCENDING).limit(limit)
        return [_event(document) for document in found]

    def count(self, dataset: str) -> int:
        return self._read.count_documents({"dataset": dataset})


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


def _event(document: dict[str, Any]) -> Event:
    del document["_id"], document["dataset"]
    return Event(**document)


def _duplicates(error: BulkWriteError) -> set[int]:
    problems = error.details["writeErrors"]
    if error.details.get("writeConcernErrors") or any(problem["code"] != _DUPLICATE for problem in problems):
        raise DatabaseUnavailable from error
    return {problem["index"] for problem in problems}
