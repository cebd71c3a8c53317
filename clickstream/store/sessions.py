"""Derived sessions of each generation, written only under a rollup term."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import blake2b
from itertools import islice
from typing import Any

import msgspec
from pymongo import ASCENDING, DESCENDING, InsertOne, ReplaceOne, UpdateMany, UpdateOne
from pymongo.collection import Collection

from clickstream.events import Event
from clickstream.links import Link, Place, Shown, Visit
from clickstream.sessions import Session
from clickstream.store.door import translated
from clickstream.store.terms import Operation, write_under_term
from clickstream.trails import Trail

GONE = "gone"
_TOMBSTONE: dict[str, Any] = {"kind": GONE, "views": [], "links": {}, "digest": "", "visitor": "", "day": ""}
_OWN_FIELDS = ("_id", "dataset", "generation", "term", "digest")
_VISIT_FIELDS = {
    "visitor": 1,
    "session_id": 1,
    "key": 1,
    "start": 1,
    "day": 1,
    "counts.conversions": 1,
    "views": 1,
    "links": 1,
}
STREAMED = 2_000
"""Rows a round trip: the next ones are not waited for long, and few are held."""
Links = dict[str, Link]


class Kept(msgspec.Struct, frozen=True):
    """What a rebuild must know of the session it may replace. `sealed_until`: the end of a sealed one, else None."""

    id: str
    digest: str
    kind: str
    visitor: str
    day: str
    views: list[str]
    sealed_until: datetime | None = None


class Put(msgspec.Struct, frozen=True):
    """A session to be stored. `id` names it within its generation; `known` says a document of that id exists."""

    id: str
    digest: str
    views: list[str]
    session: Session
    known: bool
    sealed: bool = False


class Sealed(msgspec.Struct, frozen=True):
    """A session whose events are gone, with the name of its document within its generation."""

    id: str
    views: list[str]
    session: Session

    def holds(self, event: Event) -> bool:
        """Whether this is one of its events, in the view it is read in."""
        own = event.key == self.session.key and self.session.start <= event.timestamp <= self.session.end
        return own and not (event.noisy and "clean" in self.views)


def digest_of(session: Session) -> str:
    return blake2b(msgspec.json.encode(session), digest_size=12).hexdigest()


@translated
class Sessions:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._sessions = collection

    def kept(self, dataset: str, generation: int, keys: Sequence[str]) -> list[Kept]:
        """What is stored of these groups, what is gone included."""
        wanted = {"dataset": dataset, "generation": generation, "key": {"$in": list(keys)}}
        fields = {"digest": 1, "kind": 1, "visitor": 1, "day": 1, "views": 1, "sealed": 1, "end": 1}
        prefix = f"{dataset}:{generation}:"
        return [
            Kept(
                found["_id"].removeprefix(prefix),
                found["digest"],
                found["kind"],
                found["visitor"],
                found["day"],
                found["views"],
                found["end"] if found.get("sealed") else None,
            )
            for found in self._sessions.find(wanted, fields)
        ]

    def visits(self, dataset: str, generation: int, visitors: Sequence[str]) -> Iterator[tuple[Visit, Links]]:
        """Every session of these visitors, as linking needs it, with the links it has."""
        wanted = {"dataset": dataset, "generation": generation, "visitor": {"$in": list(visitors)}, "kind": "session"}
        prefix = f"{dataset}:{generation}:"
        for found in self._sessions.find(wanted, _VISIT_FIELDS):
            visit = Visit(
                id=found["_id"].removeprefix(prefix),
                visitor=found["visitor"],
                session_id=found["session_id"],
                key=found["key"],
                start=found["start"],
                day=found["day"],
                buys="conversions" in found["counts"],
                views=found["views"],
            )
            yield visit, _read_links(found["links"])

    def write(
        self,
        dataset: str,
        generation: int,
        term: int,
        *,
        puts: Iterable[Put],
        links: dict[str, Links],
        gone: Iterable[str],
    ) -> None:
        """Store `puts` with their links, set the links of others, leave a tombstone for what is gone. Raises Deposed."""
        prefix = f"{dataset}:{generation}:"
        operations: list[Operation] = []
        put_ids = set()
        for put in puts:
            put_ids.add(put.id)
            document = _document(put, links.get(put.id, {}), prefix, term)
            document.update(dataset=dataset, generation=generation)
            operations.append(_put(document, term, known=put.known))
        for local_id, of_views in links.items():
            if local_id not in put_ids:
                fields = {"links": _links(of_views), "term": term}
                operations.append(UpdateOne({"_id": prefix + local_id, "term": {"$lte": term}}, {"$set": fields}))
        for local_id in gone:
            update = {"$set": {**_TOMBSTONE, "term": term}, "$currentDate": {"gone_at": True}}
            operations.append(UpdateOne({"_id": prefix + local_id, "term": {"$lte": term}}, update))
        if operations:
            write_under_term(self._sessions, operations)

    def fence(self, dataset: str, generation: int, term: int, keys: Mapping[str, str]) -> None:
        """Refuse these documents to every earlier term, also where they do not exist yet. `keys`: id -> group.

        One that does not exist becomes a tombstone, which is there to be met; `purge_gone` takes it away later.
        """
        absent = {"$eq": [{"$type": "$digest"}, "missing"]}
        operations: list[Operation] = []
        for local_id, key in keys.items():
            named = {"dataset": dataset, "generation": generation, "key": key, **_TOMBSTONE}
            tombstone = {"$mergeObjects": [{"$literal": named}, {"gone_at": "$$NOW"}]}
            parts = ["$$ROOT", {"$cond": [absent, tombstone, {}]}, {"term": {"$max": ["$term", term]}}]
            update = [{"$replaceWith": {"$mergeObjects": parts}}]
            operations.append(UpdateOne({"_id": f"{dataset}:{generation}:{local_id}"}, update, upsert=True))
        if operations:
            write_under_term(self._sessions, operations)

    def sealed(self, dataset: str, generation: int, keys: Sequence[str] | None = None) -> Iterator[Sealed]:
        """The sealed sessions, of these groups or all."""
        wanted: dict[str, Any] = {"dataset": dataset, "generation": generation, "sealed": True}
        if keys is not None:
            wanted["key"] = {"$in": list(keys)}
        prefix = f"{dataset}:{generation}:"
        for found in self._sessions.find(wanted, batch_size=STREAMED):
            local_id = found["_id"].removeprefix(prefix)
            session, views, _ = _session(found)
            yield Sealed(local_id, views, session)

    def nth_end(self, dataset: str, generation: int, after: datetime | None, before: datetime, n: int) -> datetime | None:
        """When the n-th session (else the last) of those that ended in between ended; None where there is none."""
        wanted = _ended(dataset, generation, after, {"$lt": before})
        found = list(self._sessions.find(wanted, {"end": 1}).sort("end", ASCENDING).limit(n))
        return found[-1]["end"] if found else None

    def ended(
        self, dataset: str, generation: int, after: datetime | None, until: datetime, *, unsealed: bool = False
    ) -> dict[str, datetime]:
        """Groups with a session that ended in between, and when their last one in between did."""
        wanted = _ended(dataset, generation, after, {"$lte": until})
        if unsealed:
            wanted["sealed"] = {"$ne": True}
        groups: dict[str, datetime] = {}
        for found in self._sessions.find(wanted, {"key": 1, "end": 1}):
            groups[found["key"]] = max(found["end"], groups.get(found["key"], found["end"]))
        return groups

    def seal(self, dataset: str, generation: int, term: int, groups: Mapping[str, datetime]) -> None:
        """Keep the sessions of these groups up to a time as they are, in both views."""
        operations = [
            UpdateMany(
                {
                    "dataset": dataset,
                    "generation": generation,
                    "key": key,
                    "end": {"$lte": until},
                    "kind": {"$ne": GONE},
                    "term": {"$lte": term},
                },
                {"$set": {"sealed": True, "term": term}},
            )
            for key, until in groups.items()
        ]
        if operations:
            self._sessions.bulk_write(operations, ordered=False)

    def between(
        self, dataset: str, generation: int, since: datetime, until: datetime
    ) -> Iterator[tuple[Session, list[str], dict[str, Link]]]:
        """Every session with since <= start < until, with its views and links."""
        wanted = {"dataset": dataset, "generation": generation, "start": {"$gte": since, "$lt": until}}
        for found in self._sessions.find(wanted, batch_size=2_000):
            if found["kind"] != GONE:
                yield _session(found)

    def aggregate(self, dataset: str, generation: int, pipeline: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows of a metric's pipeline over one generation of sessions."""
        first = {"$match": {"dataset": dataset, "generation": generation}}
        return list(self._sessions.aggregate([first, *pipeline], allowDiskUse=True))

    def stream(self, dataset: str, generation: int, pipeline: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The same, row by row, for answers that may be long; the next rows are read while these are worked on."""
        first = {"$match": {"dataset": dataset, "generation": generation}}
        with self._sessions.aggregate([first, *pipeline], allowDiskUse=True, batchSize=STREAMED) as cursor:
            yield from _read_ahead(cursor)

    def count(self, dataset: str, generation: int, match: Mapping[str, Any]) -> int:
        return self._sessions.count_documents(_wanted(dataset, generation, match))

    def matching(self, dataset: str, generation: int, match: Mapping[str, Any]) -> Iterator[Shown]:
        """Every session that matches, the earliest start first."""
        found = self._sessions.find(_wanted(dataset, generation, match), batch_size=STREAMED)
        for document in found.sort("start", ASCENDING):
            yield _shown(document)

    def page(
        self, dataset: str, generation: int, match: Mapping[str, Any], *, limit: int, after: Place | None
    ) -> list[Shown]:
        """Sessions that match, latest start first; `after` is the place of the last one seen."""
        wanted = _wanted(dataset, generation, match)
        if after:
            start, session_id, key = after
            same = {"start": start, "session_id": session_id}
            earlier = [{"start": {"$lt": start}}, {**same, "session_id": {"$lt": session_id}}, {**same, "key": {"$lt": key}}]
            wanted["$and"].append({"$or": earlier})
        order = [("start", DESCENDING), ("session_id", DESCENDING), ("key", DESCENDING)]
        return [_shown(found) for found in self._sessions.find(wanted).sort(order).limit(limit)]

    def at(self, dataset: str, generation: int, view: str, places: Sequence[Place]) -> list[Shown]:
        """The sessions at these places, in their order; what is gone meanwhile is left out."""
        keys, starts = [place[2] for place in places], [place[0] for place in places]
        wanted = _wanted(dataset, generation, {"views": view, "key": {"$in": keys}, "start": {"$in": starts}})
        found = {one.place: one for one in map(_shown, self._sessions.find(wanted))}
        return [found[place] for place in places if place in found]

    def find(self, dataset: str, generation: int, key: str, session_id: str, view: str) -> Shown | None:
        named = {"dataset": dataset, "generation": generation, "key": key, "session_id": session_id}
        latest = [("start", DESCENDING)]  # a client may use an id again long after its session was sealed
        found = self._sessions.find_one({**named, "views": view, "kind": "session"}, sort=latest)
        return _shown(found) if found else None

    def range(self, dataset: str, generation: int, view: str) -> tuple[datetime, datetime] | None:
        """First and last session start there is in a view."""
        wanted = {"$match": {"dataset": dataset, "generation": generation, "views": view, "kind": "session"}}
        one: list[dict[str, Any]] = [{"$limit": 1}, {"$project": {"_id": 0, "start": 1}}]
        last = {"coll": self._sessions.name, "pipeline": [wanted, {"$sort": {"start": DESCENDING}}, *one]}
        found = self._sessions.aggregate([wanted, {"$sort": {"start": ASCENDING}}, *one, {"$unionWith": last}])
        starts = [row["start"] for row in found]
        return (min(starts), max(starts)) if starts else None

    def has_visitor(self, dataset: str, generation: int, visitor: str) -> bool:
        wanted = {"dataset": dataset, "generation": generation, "visitor": visitor}
        return self._sessions.find_one(wanted, {"_id": 1}) is not None

    def purge_gone(self, dataset: str, generation: int, *, older_than: datetime) -> None:
        wanted = {"dataset": dataset, "generation": generation, "visitor": "", "kind": GONE, "gone_at": {"$lt": older_than}}
        self._sessions.delete_many(wanted)

    def drop_generations(self, dataset: str, *, before: int) -> None:
        """Delete every earlier generation."""
        self._sessions.delete_many({"dataset": dataset, "generation": {"$lt": before}})


def _read_ahead(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    with ThreadPoolExecutor(1, thread_name_prefix="sessions-reader") as reader:
        following = reader.submit(lambda: list(islice(rows, STREAMED)))
        while batch := following.result():
            following = reader.submit(lambda: list(islice(rows, STREAMED)))
            yield from batch


def _wanted(dataset: str, generation: int, match: Mapping[str, Any]) -> dict[str, Any]:
    return {"dataset": dataset, "generation": generation, "kind": "session", "$and": [dict(match)]}


def _ended(dataset: str, generation: int, after: datetime | None, end: dict[str, Any]) -> dict[str, Any]:
    """Sessions as they are in view *all*, whose ends cut a group's events."""
    within = end | ({"$gt": after} if after else {})
    return {"dataset": dataset, "generation": generation, "end": within, "views": "all", "kind": {"$ne": GONE}}


def _document(put: Put, links: Links, prefix: str, term: int) -> dict[str, Any]:
    document = msgspec.structs.asdict(put.session)
    trail = {name: value for name, value in msgspec.structs.asdict(put.session.trail).items() if value}
    document.update(_id=prefix + put.id, term=term, digest=put.digest, views=put.views, links=_links(links), trail=trail)
    if put.sealed:
        document["sealed"] = True
    if not document["experiments"]:
        del document["experiments"]
    return document


def _links(links: Links) -> dict[str, Any]:
    return {view: msgspec.structs.asdict(link) for view, link in links.items()}


def _read_links(links: dict[str, Any]) -> Links:
    return {view: Link(**link) for view, link in links.items()}


def _put(document: dict[str, Any], term: int, *, known: bool) -> Operation:
    if known:
        return ReplaceOne({"_id": document["_id"], "term": {"$lte": term}}, document, upsert=True)
    return InsertOne(document)


def _session(document: dict[str, Any]) -> tuple[Session, list[str], dict[str, Link]]:
    for name in _OWN_FIELDS:
        del document[name]
    document.pop("sealed", None)
    views, links, trail = document.pop("views"), document.pop("links"), document.pop("trail")
    return Session(**document, trail=Trail(**trail)), views, _read_links(links)


def _shown(document: dict[str, Any]) -> Shown:
    sealed = document.get("sealed", False)
    session, _, links = _session(document)
    return Shown(session, links, sealed)
