"""The sessions behind a number, and the events of one."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Any

import msgspec
from msgspec import Struct

from clickstream.clock import EPOCH, iso, milliseconds
from clickstream.errors import InvalidInput, NotFound
from clickstream.events import Event
from clickstream.links import Place, Shown
from clickstream.money import amounts
from clickstream.scope import Scope
from clickstream.sessions import MAX_EVENTS
from clickstream.web.api.events import EventOut, shown
from clickstream.web.api.scoped import SCOPE_ERRORS, SCOPE_QUERY, scope_of
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

DEFAULT_LIMIT, LARGEST_LIMIT = 50, 500
PAGE_QUERY = {"limit": f"1 to {LARGEST_LIMIT}, default {DEFAULT_LIMIT}", "after": "the last page's `next`"}


class SessionView(Struct):
    """`duration` in whole seconds; `experiments`: (experiment, arm) as seen; `new` is null in a view it is not part of."""

    session_id: str
    visitor: str
    user_id: str | None
    start: str
    end: str
    duration: int
    device: str
    country: str
    channel: str
    variant: str
    experiments: list[tuple[str, str]]
    new: bool | None
    events: int
    pageviews: int
    converted: bool
    orders: int
    revenue: list[dict[str, Any]]


class SessionList(Struct):
    """`next` goes into `after` for the following page; null on the last one."""

    items: list[SessionView]
    next: str | None


class SessionEvents(Struct):
    """`deleted`: its events are older than EVENT_DAYS; what is left of them is no whole session."""

    session: SessionView
    events: list[EventOut]
    deleted: bool


def list_sessions(request: Request, deps: Deps) -> Response:
    scope = scope_of(request, deps)
    limit = limit_of(request.query.get("limit"))
    state = deps.store.state.find_dataset(scope.dataset)
    if state is None:
        return Response.json(SessionList([], None))
    after = place_of(request.query.get("after"))
    found = deps.store.sessions.page(scope.dataset, state.generation, scope.match(), limit=limit + 1, after=after)
    items = [session_view(one, scope.view) for one in found[:limit]]
    return Response.json(SessionList(items, mark_of(found[limit - 1].place) if len(found) > limit else None))


def one_session(request: Request, deps: Deps) -> Response:
    scope = scope_of(request, deps)
    found = _find(request.params["id"], scope, deps)
    if found is None:
        raise NotFound("There is no such session in this view.")
    events = [shown(event) for event in _events(found, scope, deps)]
    return Response.json(SessionEvents(session_view(found, scope.view), events, found.sealed))


def _find(session_id: str, scope: Scope, deps: Deps) -> Shown | None:
    """Client-sent ids first; else the id is a client's or user's with the session's first millisecond."""
    state = deps.store.state.find_dataset(scope.dataset)
    if state is None:
        return None
    owner = session_id.rpartition(":")[0]
    for key in (f"s:{session_id}", f"c:{owner}", f"u:{owner}"):
        found = deps.store.sessions.find(scope.dataset, state.generation, key, session_id, scope.view)
        if found:
            return found
    return None


def _events(found: Shown, scope: Scope, deps: Deps) -> list[Event]:
    session = found.session
    events = [
        event
        for event in deps.store.events.of_keys(scope.dataset, [session.key])
        if session.start <= event.timestamp <= session.end and (scope.view == "all" or not event.noisy)
    ]
    return sorted(events, key=lambda event: event.order)[:MAX_EVENTS]


def session_view(found: Shown, view: str) -> SessionView:
    session = found.session
    link = found.links.get(view)
    counts = session.counts
    return SessionView(
        session_id=session.session_id,
        visitor=session.visitor.partition(":")[2],
        user_id=session.user_id,
        start=iso(session.start),
        end=iso(session.end),
        duration=session.duration,
        device=session.device,
        country=session.country,
        channel=session.channel,
        variant=session.variant,
        experiments=session.experiments,
        new=link.new if link else None,
        events=counts.get("events", 0),
        pageviews=counts.get("pageviews", 0),
        converted="conversions" in counts,
        orders=counts.get("orders", 0),
        revenue=amounts({currency: row["revenue"] for currency, row in session.money.items() if "revenue" in row}),
    )


def limit_of(text: str | None) -> int:
    number = int(text) if text and text.isdecimal() and len(text) < 6 else (DEFAULT_LIMIT if not text else 0)
    if not 1 <= number <= LARGEST_LIMIT:
        problem = f"must be a whole number from 1 to {LARGEST_LIMIT}"
        raise InvalidInput("The list cannot be so long.", fields={"limit": problem})
    return number


def mark_of(last: Place) -> str:
    start, session_id, key = last
    return urlsafe_b64encode(msgspec.json.encode((milliseconds(start), session_id, key))).decode().rstrip("=")


def place_of(mark: str | None) -> Place | None:
    """Raises InvalidInput for what no list gave."""
    if not mark:
        return None
    try:
        text = urlsafe_b64decode(mark + "=" * (-len(mark) % 4))
        start_ms, session_id, key = msgspec.json.decode(text, type=tuple[int, str, str])
        return EPOCH + timedelta(milliseconds=start_ms), session_id, key
    except (ValueError, OverflowError) as error:
        raise InvalidInput("This page mark cannot be read.", fields={"after": "is not a `next` of this list"}) from error


ROUTES = (
    Route(
        "GET", "/api/sessions", list_sessions, access="viewer", returns=SessionList,
        query={**SCOPE_QUERY, **PAGE_QUERY}, errors=SCOPE_ERRORS,
        summary="The sessions of a scope, latest first, page by page.",
    ),
    Route(
        "GET", "/api/sessions/{id}", one_session, access="viewer", query=SCOPE_QUERY, returns=SessionEvents,
        errors=SCOPE_ERRORS,
        summary="One session with its events in order.",
    ),
)  # fmt: skip
