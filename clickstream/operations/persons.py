"""One shopper's data: all of it given out, all of it erased.

Whose an event is: it names the user_id; or it names nobody and comes from a client, or in a client-sent session, that only
this person used. What several people share (a family's tablet) stays, except for events that name the person. Only the
live dataset: uploaded logs are deleted as datasets.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import msgspec

from clickstream import rollup
from clickstream.audit import Actor, AuditLog
from clickstream.clock import Clock, iso
from clickstream.errors import Conflict, NotFound
from clickstream.ingest.commit import marked
from clickstream.scope import LIVE
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.noise import Found
from clickstream.store.persons import Traces
from clickstream.store.users import Role

WRITTEN_TOGETHER = 2_000
MOST_ROUNDS = 5


class Known(msgspec.Struct, frozen=True):
    """What is stored about a person, in numbers. `role`: of the account of that name, if there is one."""

    user_id: str
    events: int
    clients: int
    sessions: int
    analyses: int
    recommendations: int
    comments: int
    chats: int
    role: Role | None


class Receipt(msgspec.Struct, frozen=True):
    """What was erased, without the name. `subject` is the SHA-256 of `receipt_id:user_id`: who has both can prove it."""

    receipt_id: str
    at: str
    subject: str
    counts: dict[str, int]


@dataclass(frozen=True)
class Persons:
    """`forget_analysis` deletes an analysis, also one that is being made; `log_out` ends every log-in of an account."""

    store: Store
    settings: Settings
    clock: Clock
    audit: AuditLog
    forget_analysis: Callable[[str], None]
    log_out: Callable[[str], None]

    def known(self, user_id: str) -> Known:
        """Raises NotFound where nothing is."""
        traces = self._traces(user_id)
        user = self.store.users.find(user_id)
        found = Known(
            user_id=user_id,
            events=self.store.persons.count_events(LIVE, traces),
            clients=len(traces.clients),
            sessions=sum(1 for _ in self._sessions(traces)),
            analyses=len(self.store.persons.analyses(LIVE, user_id)),
            recommendations=len(self.store.profiles.sets(LIVE, user_id)),
            comments=len(self.store.persons.comments(user_id)),
            chats=len(self.store.persons.chats(user_id)),
            role=user.role if user else None,
        )
        counted = found.events or found.sessions or found.analyses or found.recommendations or found.comments or found.chats
        if not (counted or found.role or any(True for _ in self.store.persons.audit(user_id))):
            raise NotFound(f"Nothing is stored about {user_id}.")
        return found

    def export(self, user_id: str, by: Actor) -> Iterator[dict[str, Any]]:
        """Everything, one thing at a time; the last says how many of each kind there were."""
        self.known(user_id)
        self.audit.record("person_exported", by, user_id)
        return self._exported(user_id)

    def erase(self, user_id: str, by: Actor, *, account: bool) -> Receipt:
        """Erase this person; interrupted, it can be done again. Raises NotFound, and Conflict for an account with a role.

        What an account wrote about analyses goes with the account.
        """
        known = self.known(user_id)
        if account and known.role not in (None, "shopper"):
            raise Conflict(f"The account is {known.role}: make it a shopper first, or erase the person without the account.")
        if account:
            self.log_out(user_id)
        nameless = account or known.role is None
        counts = {
            "events": self._erase_events(user_id),
            "sessions": known.sessions,
            "analyses": self._erase_analyses(user_id),
            "recommendations": self.store.persons.delete_profile(LIVE, user_id) and known.recommendations,
            "comments": self.store.persons.delete_comments(user_id) if nameless else 0,
            "chats": self.store.persons.delete_chats(user_id) if nameless else 0,
            "accounts": self.store.persons.delete_account(user_id) if account else 0,
        }
        return self._receipt(user_id, by, counts, nameless=nameless)

    def _receipt(self, user_id: str, by: Actor, counts: dict[str, int], *, nameless: bool) -> Receipt:
        receipt_id = secrets.token_hex(12)
        subject = hashlib.sha256(f"{receipt_id}:{user_id}".encode()).hexdigest()
        pseudonym = f"erased-{subject[:12]}"
        if nameless:
            self.store.persons.rename(user_id, pseudonym)
        self.audit.record("person_erased", by, pseudonym, receipt_id=receipt_id, **counts)
        return Receipt(receipt_id, iso(self.clock()), subject, counts)

    def _traces(self, user_id: str) -> Traces:
        served = self.store.state.find_dataset(LIVE)
        sealed = self.store.persons.clients_of_sealed(LIVE, served.generation, user_id) if served else set()
        return self.store.persons.traces(LIVE, user_id, sealed)

    def _sessions(self, traces: Traces) -> Iterator[dict[str, Any]]:
        served = self.store.state.find_dataset(LIVE)
        return self.store.persons.sessions(LIVE, served.generation, traces) if served else iter(())

    def _exported(self, user_id: str) -> Iterator[dict[str, Any]]:
        counts: dict[str, int] = {}
        for kind, content in self._things(user_id):
            counts[kind] = counts.get(kind, 0) + 1
            yield {"kind": kind, **content}
        yield {"kind": "end", "user_id": user_id, "at": iso(self.clock()), "counts": counts}

    def _things(self, user_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
        store, traces = self.store, self._traces(user_id)
        if user := store.users.find(user_id):
            yield "account", {"username": user.username, "role": user.role, "created_at": iso(user.created_at)}
        for event in store.persons.events(LIVE, traces):
            yield "event", msgspec.to_builtins(event)
        for session in self._sessions(traces):
            yield "session", session
        for analysis_id in store.persons.analyses(LIVE, user_id):
            if analysis := store.analyses.find(analysis_id):
                yield "analysis", analysis
        for recommended in store.profiles.sets(LIVE, user_id):
            yield "recommendations", msgspec.to_builtins(recommended)
        for comment in store.persons.comments(user_id):
            yield "comment", comment
        for chat in store.persons.chats(user_id):
            yield "chat", chat
        for entry in store.persons.audit(user_id):
            yield "audit", entry

    def _erase_events(self, user_id: str) -> int:
        """Events, and the sessions made of them; what arrives meanwhile is taken too, for some rounds."""
        erased = 0
        for _ in range(MOST_ROUNDS):
            traces = self._traces(user_id)
            gone = self._delete(traces)
            unsealed = self._unseal(traces)
            rollup.catch_up(self.store, self.settings, self.clock)
            erased += gone
            if not gone and not unsealed:
                break
        return erased

    def _delete(self, traces: Traces) -> int:
        found = self.store.persons.events(LIVE, traces)
        erased = 0
        while batch := list(islice(found, WRITTEN_TOGETHER)):
            ids = [event.event_id for event in batch]
            erased += marked(self.store, LIVE, batch, partial(self.store.persons.delete_events, LIVE, ids))
        return erased

    def _unseal(self, traces: Traces) -> int:
        served = self.store.state.find_dataset(LIVE)
        groups = self.store.persons.sealed_groups(LIVE, served.generation, traces) if served else []
        if not served or not groups:
            return 0
        touched = [Found("", key) for key in groups]
        return marked(self.store, LIVE, touched, lambda: self.store.persons.unseal(LIVE, served.generation, traces))

    def _erase_analyses(self, user_id: str) -> int:
        ids = self.store.persons.analyses(LIVE, user_id)
        for analysis_id in ids:
            self.forget_analysis(analysis_id)
        return len(ids)
