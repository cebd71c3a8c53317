"""Prometheus' view of this server."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from ipaddress import ip_address

from clickstream.errors import DatabaseUnavailable, Unauthenticated
from clickstream.store import Store
from clickstream.web.access import credential, require
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route
from clickstream.web.telemetry import MEDIA_TYPE, Family, exposition, gauge, labelled


def prometheus(request: Request, deps: Deps) -> Response:
    _admit(request, deps)
    families = [*deps.telemetry.families(), *_database(deps.store)]
    return Response(200, exposition(families).encode(), {"content-type": MEDIA_TYPE, "cache-control": "no-store"})


def _admit(request: Request, deps: Deps) -> None:
    """Whoever has METRICS_TOKEN or is an owner; without such a token, also programs on this machine."""
    token, carried = deps.settings.metrics_token, credential(request)
    if token and carried and hmac.compare_digest(carried.token.encode(), token.encode()):
        return
    account = deps.identities.of(request)
    if account is None and not token and not request.forwarded and _is_loopback(request.client):
        return
    if account is None:
        raise Unauthenticated("This is for programs on this machine, for the METRICS_TOKEN and for owners.")
    require("owner", account)


def _is_loopback(client: str) -> bool:
    try:
        return ip_address(client).is_loopback
    except ValueError:
        return False


def _database(store: Store) -> Iterator[Family]:
    up = "clickstream_database_up", "Whether the database answers."
    try:
        families = list(_stored(store))
    except DatabaseUnavailable:
        yield gauge(*up, 0)
        return
    yield gauge(*up, 1)
    yield from families


def _stored(store: Store) -> Iterator[Family]:
    backlog = store.changes.backlog()
    statuses = {name: float(n) for name, n in store.analyses.by_status().items()}
    yield gauge("clickstream_events_stored", "Events in the database, all datasets.", store.events.estimate())
    yield gauge("clickstream_rollup_marks", "Changes of events that sessions and days do not show yet.", backlog.marks)
    yield gauge("clickstream_rollup_lag_seconds", "Age of the oldest of them.", backlog.oldest_seconds)
    yield labelled("clickstream_analyses", "Saved analyses.", "status", statuses)


ROUTES = (
    Route(
        "GET", "/metrics", prometheus, access="anyone", returns="text/plain", errors=(401, 403),
        summary="Counters and gauges for Prometheus, for programs on this machine, the METRICS_TOKEN, and owners.",
    ),
)  # fmt: skip
