"""What arrives at this moment, and what is refused and why, as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clickstream.clock import iso
from clickstream.ingest.arrivals import Arrival, Arrivals
from clickstream.web import sse
from clickstream.web.api.events import shown
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route


def live(request: Request, deps: Deps) -> Response:
    deps.arrivals.check_room()
    return Response.sse(_events(deps.arrivals))


def _events(arrivals: Arrivals) -> Iterator[sse.Event | None]:
    for fresh in arrivals.watch():
        if not fresh:
            yield None
        for arrival in fresh:
            yield arrival.kind, _told(arrival)


def _told(arrival: Arrival) -> dict[str, Any]:
    told: dict[str, Any] = {"at": iso(arrival.at), "test": arrival.test}
    match arrival.kind:
        case "stored" | "checked":
            return {**told, "event": shown(arrival.event) if arrival.event else None}
        case "refused":
            names = {"event_type": arrival.event_type, "code": arrival.code}
            return {**told, **names, "fields": arrival.fields, "values": arrival.values}
        case _:
            return {**told, "count": arrival.count}


ROUTES = (
    Route(
        "GET", "/api/events/live", live, access="analyst", returns="text/event-stream", errors=(429,),
        summary="Events as they arrive: `stored` {event}, `refused` {event_type, code, fields, values}, `repeated` {count}; "
        "with a test key `checked` {event}; `more` where they come too fast to be shown.",
    ),
)  # fmt: skip
