"""GET /api/events/live: arriving and refused events as server-sent events, for analysts, for a bounded number of pages."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

import pytest
from web_client import HOST, client_as

from clickstream.store.users import Role
from clickstream.web.app import App
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response


def opened(deps: Deps, role: Role) -> Response:
    token = client_as(App(deps), deps, role).token
    return App(deps)(Request("GET", "/api/events/live", {"host": HOST, "authorization": f"Bearer {token}"}))


def told(response: Response, count: int) -> list[tuple[str, Any]]:
    """The first events of a stream, signs of life left out."""
    assert response.stream is not None
    pieces = (piece for piece in response.stream if not piece.startswith(b":"))
    split = [piece.decode().removeprefix("event: ").split("\ndata: ", 1) for piece in islice(pieces, count)]
    return [(name, json.loads(data)) for name, data in split]


def test_the_page_hears_of_stored_and_of_refused_events(deps: Deps) -> None:
    sender = client_as(App(deps), deps, "analyst")
    sent = [{"event_type": "pageview", "client_id": "c1"}, {"event_type": "purchase", "client_id": "c1", "revenue": "12,5"}]
    assert sender.post("/api/events", sent).status == 202
    response = opened(deps, "analyst")
    events = dict(told(response, 2))
    assert events["stored"]["event"] == sender.get("/api/events").json["items"][0]
    assert events["refused"]["values"] == {"properties.revenue": '"12,5"'}
    assert (events["refused"]["code"], events["refused"]["event_type"]) == ("invalid_event", "purchase")


def test_a_reader_that_leaves_frees_its_place(deps: Deps) -> None:
    response = opened(deps, "analyst")
    assert response.stream is not None
    next(response.stream), next(response.stream)
    assert deps.arrivals.readers == 1
    response.stream.close()
    assert deps.arrivals.readers == 0


def test_a_reader_that_leaves_before_the_first_byte_takes_no_place(deps: Deps) -> None:
    response = opened(deps, "analyst")
    assert response.stream is not None
    response.stream.close()
    assert deps.arrivals.readers == 0


def test_no_more_pages_watch_than_may(deps: Deps) -> None:
    streams = [opened(deps, "analyst").stream for _ in range(16)]
    for stream in streams:
        assert stream is not None
        next(stream), next(stream)
    assert opened(deps, "analyst").status == 429
    for stream in streams:
        assert stream is not None
        stream.close()


@pytest.mark.parametrize("role", ["viewer", "shopper"])
def test_only_analysts_watch(role: Role, deps: Deps) -> None:
    assert opened(deps, role).status == 403
