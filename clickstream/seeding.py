"""Filling a shop with simulated events through the real way in, from a script or from the dashboard's button."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from random import Random
from typing import Any, Literal

import msgspec

from clickstream import rollup
from clickstream.clock import Clock
from clickstream.errors import ClickstreamError, Conflict
from clickstream.ingest import Collector
from clickstream.scope import LIVE
from clickstream.settings import Settings
from clickstream.simulate import sample_products, simulate_shop
from clickstream.store import Store

log = logging.getLogger(__name__)

BATCH_EVENTS = 2_000
SAMPLE_SEED = 42
SAMPLE_DAYS, SAMPLE_USERS, SAMPLE_SESSIONS, SAMPLE_EVENTS = 7, 25, 5, 7

Told = Callable[[int], object]


@dataclass
class Seeded:
    """What became of the events so far; `refused` counts them by reason."""

    accepted: int = 0
    duplicates: int = 0
    refused: Counter[str] = field(default_factory=Counter)


def send(events: Iterable[dict[str, Any]], collector: Collector, seeded: Seeded, told: Told) -> None:
    """Hand the events over in batches, counting in `seeded` what is safely stored; `told` hears each batch's size."""
    remaining = iter(events)
    while batch := list(islice(remaining, BATCH_EVENTS)):
        receipt = collector.collect(batch, LIVE)
        seeded.accepted += receipt.accepted
        seeded.duplicates += receipt.duplicates
        seeded.refused.update(rejected.code for rejected in receipt.rejected)
        told(len(batch))


def last_full_hour(now: datetime) -> datetime:
    """Where simulated events end, so that seeding again within the hour changes nothing."""
    return now.replace(minute=0, second=0, microsecond=0)


class SampleProgress(msgspec.Struct, frozen=True):
    """How far loading the sample data is, in events; `error` says why it failed."""

    status: Literal["idle", "running", "done", "failed"]
    done: int = 0
    total: int = 0
    error: str | None = None


class SampleLoading:
    """Loads the sample shop in the background, once at a time."""

    def __init__(self, store: Store, settings: Settings, clock: Clock, collector: Collector) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._collector = collector
        self._lock = threading.Lock()
        self.progress = SampleProgress("idle")

    def start(self) -> SampleProgress:
        """Raises Conflict while it is being loaded."""
        with self._lock:
            if self.progress.status == "running":
                raise Conflict("The sample data is being loaded already.", code="already_running")
            total = SAMPLE_DAYS * SAMPLE_USERS * SAMPLE_SESSIONS * SAMPLE_EVENTS
            self.progress = SampleProgress("running", 0, total)
        threading.Thread(target=self._run, name="sample-data", daemon=True).start()
        return self.progress

    def _run(self) -> None:
        try:
            self._load()
        except ClickstreamError as error:
            log.error("sample data: %s", error.message)
            self.progress = msgspec.structs.replace(self.progress, status="failed", error=error.message)
        finally:
            if self.progress.status == "running":  # a fault of ours, which the log has: it must not stay so for good
                self.progress = msgspec.structs.replace(self.progress, status="failed", error="It broke off; try again.")

    def _load(self) -> None:
        self._store.products.upsert(sample_products(self._settings.currency))
        events = simulate_shop(
            Random(SAMPLE_SEED),
            self._store.products.all(),
            last_full_hour(self._clock()),
            days=SAMPLE_DAYS,
            users=SAMPLE_USERS,
            sessions_per_user=SAMPLE_SESSIONS,
            avg_events=SAMPLE_EVENTS,
            time_zone=self._settings.time_zone,
        )
        send(events, self._collector, Seeded(), self._advance)
        rollup.catch_up(self._store, self._settings, self._clock)
        done = self.progress.done
        self.progress = SampleProgress("done", done, done)

    def _advance(self, events: int) -> None:
        done = self.progress.done + events
        self.progress = SampleProgress("running", done, max(done, self.progress.total))
