"""The document a session is stored as: named by views, group and start, so that it is found and compared when recomputed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from clickstream.clock import milliseconds
from clickstream.events import Event
from clickstream.links import Visit
from clickstream.sessions import Session
from clickstream.store.sessions import Kept, Put, digest_of

BOTH, ALL, CLEAN = "b", "a", "c"
_VIEWS = {BOTH: ["clean", "all"], ALL: ["all"], CLEAN: ["clean"]}
_SENT = "s:"


class Stored:
    """What is stored of some groups. `until`: per group that has sealed sessions, the end of the last one.

    All events up to then belong to sealed sessions: what came later was at least a pause away, so it never joins them.
    """

    def __init__(self, kept: Iterable[Kept]) -> None:
        self.by_id = {one.id: one for one in kept}
        self.until: dict[str, datetime] = {}
        for one in self.by_id.values():
            if one.sealed_until:
                key = key_of(one.id)
                self.until[key] = max(one.sealed_until, self.until.get(key, one.sealed_until))

    def unsealed(self, events: list[Event]) -> list[Event]:
        """Those of these that sessions are still made of."""
        return [event for event in events if not self.covers(event)] if self.until else events

    def covers(self, event: Event) -> bool:
        """Whether the event belongs to a sealed session."""
        end = self.until.get(event.key)
        return end is not None and event.timestamp <= end


def put_of(session: Session, tag: str, stored: Stored) -> Put:
    """The sessions of a group are told apart by their start.

    A client-sent session has its key to itself, unless the client goes on with an id whose session is sealed.
    """
    views, start = _VIEWS[tag], milliseconds(session.start)
    if not session.key.startswith(_SENT):
        put_id = f"{tag}:{session.key}:{start}"
    else:
        put_id = f"{tag}@{start}:{session.key}" if session.key in stored.until else f"{tag}:{session.key}"
    return Put(id=put_id, digest=digest_of(session), views=views, session=session, known=put_id in stored.by_id)


def key_of(put_id: str) -> str:
    """The group of a session, from its document's id."""
    named = put_id.partition(":")[2]
    return named if named.startswith(_SENT) else named.rpartition(":")[0]


def puts_by_view(everything: list[Session], clean: list[Session], stored: Stored) -> Iterator[Put]:
    """One document for a session that is equal in both views, else one for each."""
    clean_digests = {_place(one): digest_of(one) for one in clean}
    shared = {_place(one) for one in everything if clean_digests.get(_place(one)) == digest_of(one)}
    for one in everything:
        yield put_of(one, BOTH if _place(one) in shared else ALL, stored)
    for one in clean:
        if _place(one) not in shared:
            yield put_of(one, CLEAN, stored)


def _place(session: Session) -> tuple[str, int]:
    """What tells the sessions of a view apart."""
    return session.key, milliseconds(session.start)


def differs(put: Put, kept: Kept) -> bool:
    return put.digest != kept.digest or put.views != kept.views


def visit_of(put: Put) -> Visit:
    session = put.session
    return Visit(
        id=put.id,
        visitor=session.visitor,
        session_id=session.session_id,
        key=session.key,
        start=session.start,
        day=session.day,
        buys="conversions" in session.counts,
        views=put.views,
    )
