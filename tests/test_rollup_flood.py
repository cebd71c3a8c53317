"""While events pour in, the rollup leaves the processor to who sends them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import FakeClock
from pymongo.database import Database

from clickstream.ingest import Collector
from clickstream.rollup import FLOOD_KEYS, Worker
from clickstream.settings import Settings
from clickstream.store import Store

PATIENCE_SECONDS = 60


def test_only_closed_marks_of_the_last_moment_are_counted(store: Store, database: Database[dict[str, Any]]) -> None:
    fresh, old, being_written = (store.changes.open("live", [f"s:{name}{n}" for n in range(3)]) for name in "abc")
    store.changes.close(fresh)
    store.changes.close(old)
    now = datetime.now(UTC)
    for key, moment in (("s:a0", now + timedelta(hours=1)), ("s:b0", now - timedelta(hours=1))):
        database.changes.update_one({"keys": key}, {"$set": {"opened_at": moment}})
    assert store.changes.lately_touched() == 3
    assert being_written in store.changes.pending()


def test_a_worker_waits_until_the_flood_is_over(
    store: Store, settings: Settings, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_at_a_look: list[int] = []

    def pours_twice() -> int:
        left_at_a_look.append(len(store.changes.pending()))
        return FLOOD_KEYS + 1 if len(left_at_a_look) <= 2 else 0

    monkeypatch.setattr(store.changes, "lately_touched", pours_twice)
    Collector(store, clock).collect([{"type": "view", "client_id": "c1", "timestamp": "2026-03-01T11:00:00Z"}])
    deadline = time.monotonic() + PATIENCE_SECONDS
    with Worker(store, settings, clock):
        while store.changes.pending():
            assert time.monotonic() < deadline, "the worker never took the mark"
    assert left_at_a_look[:3] == [1, 1, 1]
