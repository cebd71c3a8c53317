"""The rows of `make bench`: each returns what it measured, the bar, and whether less or more is better."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from pymongo.write_concern import WriteConcern

from benchmarks.logs import build_chart_library, upload, watched, write_log
from benchmarks.server import Running, running_server
from benchmarks.shop import BATCH, SEED, bodies, shop_events
from clickstream import rollup
from clickstream.clock import system_clock
from clickstream.ingest import Collector
from clickstream.ingest.occurrences import Occurrences
from clickstream.ingest.parse import parse_event
from clickstream.metrics import measure
from clickstream.scope import FILTERS, Scope
from clickstream.settings import Settings, read_settings
from clickstream.store import Store, open_store
from clickstream.store.collections import ensure_indexes
from clickstream.store.connect import connect
from clickstream.store.events import document_of

PORT = 18_017
REPEATS = 20
FUNNEL_REPEATS = 5


@dataclass(frozen=True)
class Row:
    """One line of the table; `at_least` says on which side of the bar is good."""

    what: str
    ours: float
    bar: float
    unit: str
    at_least: bool = True

    @property
    def ratio(self) -> float:
        """Above 1 the bar is met."""
        return self.ours / self.bar if self.at_least else self.bar / self.ours


@contextmanager
def fresh_settings() -> Iterator[Settings]:
    """An empty database of their own, thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="clickstream-bench-") as folder:
        yield read_settings({"DATA_DIR": str(Path(folder) / "data")})


def batch_ingest(count: int) -> Row:
    """Batches over HTTP, journaled, against a raw insert_many of the same documents under the same indexes."""
    events = shop_events(count, system_clock())
    raw = _raw_per_second(events)
    with fresh_settings() as settings, running_server(settings, PORT) as server:
        over_http = _posted_per_second(server, events)
    return Row(
        f"batch ingest over HTTP / raw insert_many ({over_http:,.0f} / {raw:,.0f} events/s)", over_http / raw, 0.6, "of raw"
    )


def caught_up(count: int, *, shuffled: bool) -> Row:
    """The same, until sessions and days have caught up."""
    events = shop_events(count, system_clock())
    if shuffled:
        Random(SEED).shuffle(events)
    sent = bodies(events)
    with fresh_settings() as settings, open_store(settings) as store, running_server(settings, PORT) as server:

        def load() -> None:
            server.post_all(sent)
            rollup.catch_up(store, settings, system_clock)

        speed = _per_second(len(events), load)
    order = "shuffled" if shuffled else "in time order"
    return Row(f"ingest until sessions and days are caught up, {order}", speed, 20_000, "events/s")


@contextmanager
def loaded(count: int) -> Iterator[Store]:
    """A shop of so many events, caught up."""
    events = shop_events(count, system_clock())
    with fresh_settings() as settings, open_store(settings) as store:
        collector = Collector(store, system_clock)
        for n in range(0, count, BATCH):
            collector.collect(events[n : n + BATCH])
        rollup.catch_up(store, settings, system_clock)
        yield store


def dashboard_queries(store: Store) -> Row:
    """Overview, daily series, default funnel and every segment table of all days, with no result cache."""
    milliseconds = statistics.median(_timed(lambda: _ask(store)) for _ in range(REPEATS)) * 1000
    return Row("overview + series + funnel + segment tables, p50, no cache", milliseconds, 25, "ms", at_least=False)


def custom_funnel(store: Store, count: int) -> Row:
    """An ordered funnel by event type over all sessions; the bar is for a million events, in proportion below."""
    steps = {"steps": '["product_view", "add_to_cart", "purchase"]'}
    scope = Scope(as_of=system_clock())
    seconds = statistics.median(_timed(lambda: measure(store, "funnel", scope, steps)) for _ in range(FUNNEL_REPEATS))
    return Row("custom ordered funnel by event type over all sessions", seconds, count / 1_000_000, "s", at_least=False)


def uploaded_log(megabytes: int) -> Row:
    """The server and its rollup process, the database apart, while a journey log is uploaded and loaded."""
    with fresh_settings() as settings, tempfile.TemporaryDirectory(prefix="clickstream-bench-") as folder:
        path = Path(folder) / "log.json"
        sessions, events = write_log(path, megabytes=megabytes)
        with running_server(settings, PORT) as server:
            build_chart_library(server)
            with watched(server.pid) as peak:
                upload(server, path)
    what = (
        f"uploading a log of {megabytes:,} MB ({sessions:,} sessions, {events:,} events): peak memory of all app processes"
    )
    return Row(what, peak.megabytes, 250, "MB", at_least=False)


def _ask(store: Store) -> None:
    scope = Scope(as_of=system_clock())
    for metric_id in ("overview", "series", "funnel"):
        measure(store, metric_id, scope)
    for dimension in FILTERS:
        measure(store, "segments", scope, {"dimension": dimension})


def _posted_per_second(server: Running, events: list[dict[str, Any]]) -> float:
    sent = bodies(events)
    return _per_second(len(events), lambda: server.post_all(sent))


def _raw_per_second(events: list[dict[str, Any]]) -> float:
    """What the driver alone does with ready documents in batches of the same size."""
    now, occurrences = system_clock(), Occurrences()
    parsed = [parse_event(raw, received_at=now, position=n, occurrences=occurrences) for n, raw in enumerate(events)]
    documents = [document_of("live", event) for event in parsed]
    with fresh_settings() as settings, connect(settings) as connection:
        ensure_indexes(connection.database)
        collection = connection.database.events.with_options(write_concern=WriteConcern(w=1, j=True))

        def insert() -> None:
            for n in range(0, len(documents), BATCH):
                collection.insert_many(documents[n : n + BATCH], ordered=False)

        return _per_second(len(documents), insert)


def _per_second(count: int, work: Callable[[], None]) -> float:
    return count / _timed(work)


def _timed(work: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
