"""A small shop with a finished analysis that measured the overview only, for tests of what is asked about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from clickstream import rollup
from clickstream.analysis import Request
from clickstream.analysis.run import enqueue
from clickstream.clock import Clock
from clickstream.facts import facts_of
from clickstream.ingest import Collector
from clickstream.metrics import measure
from clickstream.scope import Scope
from clickstream.settings import Settings
from clickstream.store import Store
from tests.visits import visit, visits

MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)


def open_shop(store: Store, clock: Clock) -> None:
    """40 visits on desktop and 12 on mobile; alice leaves a mug in her cart."""
    events = [
        *visits(40, MORNING, buying=3, device="desktop"),
        *visits(12, MORNING, first=60, buying=2, device="mobile"),
        *visit(90, MORNING, shopper="alice", leaves_cart=True, device="mobile"),
    ]
    for one in events:
        one["device"] = one["properties"].pop("device")
    assert Collector(store, clock).collect(events).rejected == []


def overview_analysis(store: Store, settings: Settings, clock: Clock, by: str, **scope: Any) -> dict[str, Any]:
    rollup.catch_up(store, settings, clock)
    request = Request(Scope(as_of=clock(), **scope), by)
    overview = measure(store, "overview", request.scope)
    facts = msgspec.to_builtins(facts_of("overview", overview.result, {}))
    analysis_id = enqueue(store, clock, request)
    done = {"status": "done", "facts": facts, "watermark": overview.watermark, "finished_at": clock()}
    assert store.analyses.advance(analysis_id, done, clock())
    found = store.analyses.find(analysis_id)
    assert found is not None
    return found
