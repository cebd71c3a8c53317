"""Collection: events in, receipts out; and the latest of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from msgspec import Meta, Struct

from clickstream.clock import iso
from clickstream.errors import InvalidInput
from clickstream.events import Event
from clickstream.ingest import Receipt, Rejected
from clickstream.ingest.body import raw_events
from clickstream.scope import LIVE
from clickstream.web.deps import Deps
from clickstream.web.request import Account, Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

_LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
_MOST_NAMED = 50


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
    raws = raw_events(request.body_bytes(), lines=request.media_type() in _LINES)
    receipt = deps.collector.collect(_owned(raws, request.account), LIVE)
    deps.arrivals.note(raws, receipt)
    if receipt.rejected and not (receipt.accepted or receipt.duplicates):
        raise _none_accepted(receipt.rejected)
    return Response.json(receipt, 202)


def _owned(raws: Iterable[object], account: Account | None) -> Iterable[object]:
    """A shopper's events are the shopper's own, whatever they say."""
    if account is None or account.role != "shopper":
        return raws
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
        "POST", "/api/events", collect, access="signed_in", body=EventIn | list[EventIn], returns=Receipt, status=202,
        summary="Store one event, a list of events, or NDJSON (application/x-ndjson). Each refused one is named with its "
        "fields, the rest are stored; 400 where none is.",
    ),
    Route(
        "GET", "/api/events", latest, access="analyst", query=LatestQuery, returns=EventList,
        summary="The events that arrived last.",
    ),
)  # fmt: skip
