"""Where the data come from and how far the numbers are behind them."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import FakeClock
from web_client import Client, client_as

from clickstream import rollup
from clickstream.store import Store
from clickstream.web.api import state as api
from clickstream.web.app import App
from clickstream.web.deps import Deps

Json = dict[str, Any]


def event(n: int, **fields: Any) -> Json:
    return {"event_type": "pageview", "client_id": f"c{n}", "timestamp": 1_772_300_000 + n, **fields}


def test_nothing_yet_is_told_as_nothing(analyst: Client) -> None:
    assert analyst.get("/api/sources").json == {"items": [], "more": False, "first": None, "last": None}
    state = analyst.get("/api/ingest/state").json
    assert (state["events"], state["watermark"], state["generation"], state["changed_at"]) == (0, 0, None, None)
    assert state["behind"] == {"open": 0, "closed": 0, "oldest_seconds": 0}


def test_every_source_has_its_count_and_its_first_and_last_arrival(deps: Deps, analyst: Client, clock: FakeClock) -> None:
    deps.collector.collect([event(1, source="app"), event(2, source="simulation"), event(3)])
    clock.advance(hours=1)
    deps.collector.collect([event(4, source="app"), event(5, source="<b>x</b>")])
    found = analyst.get("/api/sources").json
    noon, later = "2026-03-01T12:00:00.000Z", "2026-03-01T13:00:00.000Z"
    assert found == {
        "items": [
            {"source": "<b>x</b>", "events": 1, "more": False, "noise": False, "first": later, "last": later},
            {"source": "app", "events": 2, "more": False, "noise": False, "first": noon, "last": later},
            {"source": "simulation", "events": 1, "more": False, "noise": True, "first": noon, "last": noon},
        ],
        "more": False,
        "first": noon,
        "last": later,
    }


def test_counting_and_listing_sources_ends_at_a_bound(deps: Deps, analyst: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "COUNTED_TO", 2)
    monkeypatch.setattr(api, "MOST_SOURCES", 1)
    deps.collector.collect([event(n, source="a" if n < 3 else "b") for n in range(5)])
    found = analyst.get("/api/sources").json
    assert [(one["source"], one["events"], one["more"]) for one in found["items"]] == [("a", 2, True)]
    assert found["more"] is True


def test_the_numbers_are_behind_until_the_rollup_has_passed(deps: Deps, analyst: Client, store: Store) -> None:
    deps.collector.collect([event(1)])
    store.changes.open("live", ["c:c9"])
    behind = analyst.get("/api/ingest/state").json["behind"]
    assert (behind["open"], behind["closed"]) == (1, 1)
    assert behind["oldest_seconds"] >= 0
    rollup.catch_up(deps.store, deps.settings, deps.clock)
    state = analyst.get("/api/ingest/state").json
    assert (state["behind"]["open"], state["behind"]["closed"]) == (1, 0)
    assert (state["events"], state["generation"]) == (1, 1)
    assert state["watermark"] > 0 and state["changed_at"] is not None
    assert state["bytes"] > 0


def test_a_rebuild_shows_how_far_it_is(deps: Deps, analyst: Client, store: Store) -> None:
    deps.collector.collect([event(1), event(2)])
    rollup.catch_up(deps.store, deps.settings, deps.clock)
    dataset = store.state.find_dataset("live")
    assert dataset is not None
    store.state.begin_generation("live", 1_000, 2, dataset.calculation)
    assert analyst.get("/api/ingest/state").json["rebuilding"] == {"sessions": 0, "of": 2}


def test_refusals_are_counted_by_code_since_the_start(analyst: Client) -> None:
    analyst.post("/api/events", [event(1), {"event_type": "pageview"}, event(2, timestamp="soon")])
    state = analyst.get("/api/ingest/state").json
    assert state["refused"] == {"missing_identity": 1, "invalid_event": 1}
    assert state["since"] == "2026-03-01T12:00:00.000Z"


def test_a_viewer_reads_it_but_not_where_the_database_is(deps: Deps, analyst: Client) -> None:
    viewer = client_as(App(deps), deps, "viewer")
    assert viewer.get("/api/sources").status == 200
    assert viewer.get("/api/ingest/state").json["database"] is None
    assert analyst.get("/api/ingest/state").json["database"] == "the test's own database"
