"""Collection: events in, receipts out; and the latest of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from clickstream.clock import iso
from clickstream.errors import InvalidInput
from clickstream.events import Event
from clickstream.ingest import Receipt, Rejected
from clickstream.ingest.body import raw_events
from clickstream.ingest.skew import on_our_clock
from clickstream.ingest.trust import of_shopper, public, trusted
from clickstream.scope import LIVE
from clickstream.store.write_keys import WriteKey
from clickstream.web.deps import Deps
from clickstream.web.request import Account, Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

_LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
_MOST_NAMED = 50
_TRUSTED_ROLES = ("owner", "analyst")
COLLECT = ("api", "events")
"""The path other sites' pages may send to, with a write key."""


class EventIn(Struct):
    """One event as shops send it; docs/events.md has the vocabulary. Other top-level fields move into `properties`."""

    event_type: Annotated[str, Meta(max_length=200, description="also `type` or `event`")]
    event_id: Annotated[str, Meta(max_length=200, description="sending the same id again changes nothing")] | None = None
    timestamp: (
        Annotated[str | float, Meta(description="ISO 8601, or seconds or milliseconds since 1970; default: now")] | None
    ) = None
    client_id: (
        Annotated[str, Meta(max_length=200, description="an event needs a client_id, user_id or session_id")] | None
    ) = None
    user_id: Annotated[str, Meta(max_length=200)] | None = None
    session_id: Annotated[str, Meta(max_length=200)] | None = None
    page: Annotated[str, Meta(description="path or full address")] | None = None
    properties: dict[str, Any] = {}


class EventOut(Struct):
    event_id: str
    event_type: str
    timestamp: str
    received_at: str
    client_id: str | None
    user_id: str | None
    session_id: str | None
    page: str | None
    properties: dict[str, Any]
    flag: dict[str, Any] | None


class EventList(Struct):
    items: list[EventOut]


class CollectQuery(Struct):
    key: Annotated[str, Meta(description="a browser's write key, where no X-Write-Key header can be sent")] = ""
    sent: Annotated[int, Meta(ge=0, le=10**14, description="now, by the sender's clock, in ms since 1970")] | None = None


class LatestQuery(Struct):
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


def shown(event: Event) -> EventOut:
    return EventOut(
        event_id=event.event_id,
        event_type=event.event_type,
        timestamp=iso(event.timestamp),
        received_at=iso(event.received_at),
        client_id=event.client_id,
        user_id=event.user_id,
        session_id=event.session_id,
        page=event.page,
        properties=event.properties,
        flag=event.flag,
    )


def collect(request: Request, deps: Deps) -> Response:
    sent, key = request.query_as(CollectQuery).sent, request.write_key
    raws: Sequence[object] = raw_events(request.body_bytes(), lines=request.media_type() in _LINES)
    raws = raws if sent is None else on_our_clock(raws, sent, deps.clock())
    receipt = _collected(raws, key, deps) if key else _collected_from(raws, request.account, deps)
    deps.telemetry.collected(receipt)
    deps.arrivals.note(raws, receipt, test=key is not None and key.mode == "test", key_id=key.key_id if key else None)
    if receipt.rejected and not (receipt.accepted or receipt.duplicates):
        raise _none_accepted(receipt.rejected)
    return Response.json(receipt, 202)


def _collected(raws: Iterable[object], key: WriteKey, deps: Deps) -> Receipt:
    check = trusted if key.server else public
    return deps.collector.collect(raws, key.dataset, check, test=key.mode == "test")


def _collected_from(raws: Iterable[object], account: Account | None, deps: Deps) -> Receipt:
    assert account is not None
    if account.role != "shopper":
        return deps.collector.collect(raws, LIVE, trusted if account.role in _TRUSTED_ROLES else public)
    return deps.collector.collect(_owned(raws, account), LIVE, of_shopper(deps.store, LIVE, account.username))


def _owned(raws: Iterable[object], account: Account) -> Iterable[object]:
    """A shopper's events are the shopper's own, whatever they say."""
    return ({**raw, "user_id": account.username} if isinstance(raw, dict) else raw for raw in raws)


def _none_accepted(rejected: list[Rejected]) -> InvalidInput:
    """The one error shape; fields as `[3].timestamp`, or plain where a single event was sent."""
    codes = {one.code for one in rejected}
    named = {
        (f"[{one.index}].{name}" if len(rejected) > 1 else name): reason
        for one in rejected[:_MOST_NAMED]
        for name, reason in one.fields.items()
    }
    reason = "; ".join(f"{name or 'event'} {said}" for name, said in list(named.items())[:1])
    return InvalidInput(
        f"No event was stored: {reason}.", fields=named, code=codes.pop() if len(codes) == 1 else "invalid_event"
    )


def latest(request: Request, deps: Deps) -> Response:
    found = deps.store.events.latest(LIVE, request.query_as(LatestQuery).limit)
    return Response.json(EventList([shown(event) for event in found]))


ROUTES = (
    Route(
        "POST", "/api/events", collect, access="write_key", query=CollectQuery, body=EventIn | list[EventIn],
        returns=Receipt, status=202,
        summary="Store one event, a list of events, or NDJSON (application/x-ndjson). Each refused one is named with its "
        "fields, the rest are stored; 400 where none is.",
    ),
    Route(
        "GET", "/api/events", latest, access="analyst", query=LatestQuery, returns=EventList,
        summary="The events that arrived last.",
    ),
)  # fmt: skip
