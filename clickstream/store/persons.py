"""What is stored about one shopper, in every collection that names shoppers.

Events have no index on people: each question reads all events of a dataset, which is right for what is asked so rarely.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from clickstream.clock import iso
from clickstream.events import Event
from clickstream.store.door import translated
from clickstream.store.events import event_of

_NAMED = (
    ("analyses", "created_by"),
    ("comments", "created_by"),
    ("comments", "resolved_by"),
    ("chats", "created_by"),
    ("datasets", "created_by"),
    ("imports", "created_by"),
    ("invites", "created_by"),
    ("invites", "used_by"),
    ("jobs", "created_by"),
    ("resets", "created_by"),
    ("shares", "created_by"),
    ("saved_segments", "created_by"),
    ("write_keys", "created_by"),
    ("audit", "by"),
    ("audit", "about"),
)
"""Where else an account is named."""
_NOBODY = {"$exists": False}


class Traces(msgspec.Struct, frozen=True):
    """By what somebody's events are recognised: the user_id, and clients and sessions that nobody else used."""

    user_id: str
    clients: frozenset[str] = frozenset()
    sessions: frozenset[str] = frozenset()

    @property
    def visitors(self) -> list[str]:
        """As sessions name them."""
        return [f"u:{self.user_id}", *sorted(f"c:{client}" for client in self.clients)]


@translated
class Persons:
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._database = database
        self._events = database.events.with_options(write_concern=WriteConcern(w="majority", j=True))

    def traces(self, dataset: str, user_id: str, known_clients: Iterable[str] = ()) -> Traces:
        """`known_clients` are clients this person is known to have used, from sessions whose events are gone."""
        mine = {"dataset": dataset, "user_id": user_id}
        others = {"dataset": dataset, "user_id": {"$exists": True, "$ne": user_id}}
        clients = {*self._events.distinct("client_id", mine), *known_clients}
        clients -= set(self._events.distinct("client_id", {**others, "client_id": {"$in": sorted(clients)}}))
        groups = {key for key in self._events.distinct("key", mine) if key.startswith("s:")}
        groups -= set(self._events.distinct("key", {**others, "key": {"$in": sorted(groups)}}))
        return Traces(user_id, frozenset(clients), frozenset(groups))

    def events(self, dataset: str, traces: Traces) -> Iterator[Event]:
        """Every event of this person, in no order."""
        for document in self._events.find(_match(dataset, traces), batch_size=1_000):
            yield event_of(document)

    def count_events(self, dataset: str, traces: Traces) -> int:
        return self._events.count_documents(_match(dataset, traces))

    def delete_events(self, dataset: str, event_ids: Sequence[str]) -> int:
        """Journaled before this returns."""
        ids = [f"{dataset}:{event_id}" for event_id in event_ids]
        return self._events.delete_many({"_id": {"$in": ids}}).deleted_count

    def sessions(self, dataset: str, generation: int, traces: Traces) -> Iterator[dict[str, Any]]:
        """Their sessions as lists show them, from the first to the last."""
        wanted = _sessions(dataset, generation, traces)
        shown = {"_id": 0, "term": 0, "digest": 0, "trail": 0, "links": 0, "generation": 0, "sealed": 0}
        yield from self._database.sessions.find({**wanted, "kind": "session"}, shown).sort("start", 1)

    def clients_of_sealed(self, dataset: str, generation: int, user_id: str) -> set[str]:
        """Clients of this user's sessions whose events are gone, unless another user has a session by the same client."""
        wanted = {"dataset": dataset, "generation": generation, "sealed": True}
        keys = self._database.sessions.distinct("key", {**wanted, "user_id": user_id})
        clients = {key for key in keys if key.startswith("c:")}
        other = {"user_id": {"$nin": [user_id, None]}, "key": {"$in": sorted(clients)}}
        clients -= set(self._database.sessions.distinct("key", {**wanted, **other}))
        return {key.removeprefix("c:") for key in clients}

    def sealed_groups(self, dataset: str, generation: int, traces: Traces) -> list[str]:
        """Groups in which this person has sealed sessions."""
        return self._database.sessions.distinct("key", {**_sessions(dataset, generation, traces), "sealed": True})

    def unseal(self, dataset: str, generation: int, traces: Traces) -> int:
        """Let this person's sealed sessions be computed again, from no events: they go. Says how many those are."""
        wanted = {**_sessions(dataset, generation, traces), "sealed": True}
        return self._database.sessions.update_many(wanted, {"$unset": {"sealed": ""}}).modified_count

    def analyses(self, dataset: str, user_id: str) -> list[str]:
        """Ids of the analyses about this person, also on one side of a comparison only."""
        sides = [{"dataset": dataset, "user_id": user_id}, {"against.dataset": dataset, "against.user_id": user_id}]
        found = self._database.analyses.find({"$or": sides}, {"_id": 1})
        return [analysis["_id"] for analysis in found]

    def delete_profile(self, dataset: str, user_id: str) -> int:
        """Forget what was recommended."""
        return self._database.profiles.delete_one({"_id": f"{dataset}:{user_id}"}).deleted_count

    def comments(self, username: str) -> list[dict[str, Any]]:
        """What this account wrote about analyses."""
        shown = {"_id": 0, "analysis_id": 1, "section": 1, "quote": 1, "text": 1, "created_at": 1}
        found = self._database.comments.find({"created_by": username}, shown).sort("_id", 1)
        return [{**comment, "created_at": iso(comment["created_at"])} for comment in found]

    def delete_comments(self, username: str) -> int:
        return self._database.comments.delete_many({"created_by": username}).deleted_count

    def chats(self, username: str) -> list[dict[str, Any]]:
        """What this account asked, and what it was answered."""
        shown = {"_id": 0, "analysis_id": 1, "title": 1, "created_at": 1, "messages.text": 1}
        found = self._database.chats.find({"created_by": username}, shown).sort("_id", 1)
        return [{**chat, "created_at": iso(chat["created_at"])} for chat in found]

    def delete_chats(self, username: str) -> int:
        return self._database.chats.delete_many({"created_by": username}).deleted_count

    def audit(self, username: str) -> Iterator[dict[str, Any]]:
        """What this account did and had done to it."""
        for entry in self._database.audit.find({"$or": [{"by": username}, {"about": username}]}).sort("_id", 1):
            yield {"id": entry.pop("_id"), **entry, "at": iso(entry["at"])}

    def delete_account(self, username: str) -> int:
        """The account, its log-ins, and what it saved."""
        self._database.tokens.delete_many({"username": username})
        for name in ("api_keys", "resets"):
            self._database[name].delete_one({"_id": username})
        return self._database.users.delete_one({"_id": username, "role": {"$exists": True}}).deleted_count

    def rename(self, username: str, pseudonym: str) -> int:
        """Put another name wherever the account is named, and forget from which addresses it came."""
        self._database.audit.update_many({"by": username}, {"$set": {"client": ""}})
        return sum(
            self._database[name].update_many({field: username}, {"$set": {field: pseudonym}}).modified_count
            for name, field in _NAMED
        )


def _match(dataset: str, traces: Traces) -> dict[str, Any]:
    ways: list[dict[str, Any]] = [{"user_id": traces.user_id}]
    if traces.clients:
        ways.append({"client_id": {"$in": sorted(traces.clients)}, "user_id": _NOBODY})
    if traces.sessions:
        ways.append({"key": {"$in": sorted(traces.sessions)}, "user_id": _NOBODY, "client_id": _NOBODY})
    return {"dataset": dataset, "$or": ways}


def _sessions(dataset: str, generation: int, traces: Traces) -> dict[str, Any]:
    return {"dataset": dataset, "generation": generation, "visitor": {"$in": traces.visitors}}
