"""The document a session is stored as: named by views, group and start, so that it is found and compared when recomputed."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.clock import milliseconds
from clickstream.links import Visit
from clickstream.sessions import Session
from clickstream.store.sessions import Kept, Put, digest_of

BOTH, ALL, CLEAN = "b", "a", "c"
_VIEWS = {BOTH: ["clean", "all"], ALL: ["all"], CLEAN: ["clean"]}
_SENT = "s:"


def put_of(session: Session, tag: str, kept: dict[str, Kept]) -> Put:
    """A client-sent session has its key to itself; the others of a group are told apart by their start."""
    own = "" if session.key.startswith(_SENT) else f":{milliseconds(session.start)}"
    put_id = f"{tag}:{session.key}{own}"
    return Put(id=put_id, digest=digest_of(session), views=_VIEWS[tag], session=session, known=put_id in kept)


def key_of(put_id: str) -> str:
    """The group of a session, from its document's id."""
    named = put_id.partition(":")[2]
    return named if named.startswith(_SENT) else named.rpartition(":")[0]


def puts_by_view(everything: list[Session], clean: list[Session], kept: dict[str, Kept]) -> Iterator[Put]:
    """One document for a session that is equal in both views, else one for each."""
    clean_digests = {_place(one): digest_of(one) for one in clean}
    shared = {_place(one) for one in everything if clean_digests.get(_place(one)) == digest_of(one)}
    for one in everything:
        yield put_of(one, BOTH if _place(one) in shared else ALL, kept)
    for one in clean:
        if _place(one) not in shared:
            yield put_of(one, CLEAN, kept)


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
