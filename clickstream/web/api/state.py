"""Where the data come from, how far the numbers are behind them, and what was refused."""

from __future__ import annotations

from msgspec import Struct

from clickstream.clock import iso
from clickstream.events import NOISE_SOURCES
from clickstream.scope import LIVE
from clickstream.store.changes import Backlog
from clickstream.store.events import Source
from clickstream.store.rollup_state import Dataset
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

MOST_SOURCES = 20
COUNTED_TO = 100_000


class SourceOut(Struct):
    """`more`: there are more than that many events. `noise`: analyses leave this source out."""

    source: str
    events: int
    more: bool
    noise: bool
    first: str
    last: str


class Sources(Struct):
    """`first` and `last` arrival of all events, whatever source they name, if any. `more`: there are further sources."""

    items: list[SourceOut]
    more: bool
    first: str | None
    last: str | None


class Rebuilding(Struct):
    """Sessions computed so far, and how many the present generation has."""

    sessions: int
    of: int


class KeyUseOut(Struct):
    label: str
    last4: str
    test: bool
    accepted: int
    duplicates: int
    refused: int
    last: str | None


class State(Struct):
    """`behind`: writes the numbers do not show yet. `changed_at`: when the numbers last changed.

    `refused` (by code) and `write_keys` count since `since`, in the process that answers.
    """

    behind: Backlog
    days_waiting: int
    watermark: int
    generation: int | None
    rebuilding: Rebuilding | None
    changed_at: str | None
    events: int
    bytes: int
    database: str | None
    since: str
    refused: dict[str, int]
    write_keys: list[KeyUseOut]


def sources(request: Request, deps: Deps) -> Response:
    found = deps.store.events.sources(LIVE, limit=MOST_SOURCES + 1, count_to=COUNTED_TO + 1)
    ends = deps.store.events.arrivals(LIVE)
    first, last = map(iso, ends) if ends else (None, None)
    return Response.json(Sources([_source(one) for one in found[:MOST_SOURCES]], len(found) > MOST_SOURCES, first, last))


def state(request: Request, deps: Deps) -> Response:
    store, dataset = deps.store, deps.store.state.find_dataset(LIVE)
    return Response.json(
        State(
            behind=store.changes.backlog(),
            days_waiting=len(store.state.pending(LIVE, dataset.generation).days) if dataset else 0,
            watermark=dataset.watermark if dataset else 0,
            generation=dataset.generation if dataset else None,
            rebuilding=_rebuilding(dataset, deps),
            changed_at=iso(dataset.changed_at) if dataset and dataset.changed_at else None,
            events=store.events.estimate(),
            bytes=store.bytes_on_disk(),
            database=store.describe if request.account and request.account.reads_all else None,
            since=iso(deps.arrivals.since),
            refused=dict(deps.arrivals.refused.most_common()),
            write_keys=_write_keys(deps),
        )
    )


def _source(one: Source) -> SourceOut:
    more = one.events > COUNTED_TO
    return SourceOut(
        one.name[:100], min(one.events, COUNTED_TO), more, one.name in NOISE_SOURCES, iso(one.first), iso(one.last)
    )


def _rebuilding(dataset: Dataset | None, deps: Deps) -> Rebuilding | None:
    if dataset is None or dataset.next_generation is None:
        return None
    count = deps.store.sessions.count
    return Rebuilding(count(LIVE, dataset.next_generation, {}), count(LIVE, dataset.generation, {}))


def _write_keys(deps: Deps) -> list[KeyUseOut]:
    used = deps.arrivals.by_key.copy()
    return [
        KeyUseOut(
            key.label,
            key.last4,
            key.mode == "test",
            use.accepted,
            use.duplicates,
            use.refused,
            iso(use.last) if use.last else None,
        )
        for key in deps.write_keys.all()
        if (use := used.get(key.key_id))
    ]


ROUTES = (
    Route(
        "GET", "/api/sources", sources, access="viewer", returns=Sources,
        summary="The sources events name, each with its events (up to a bound), first and last arrival.",
    ),
    Route(
        "GET", "/api/ingest/state", state, access="viewer", returns=State,
        summary="How far the numbers are behind the events, how many are stored, and what was refused.",
    ),
)  # fmt: skip
