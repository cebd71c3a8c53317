"""While events pour in, the rollup leaves the processor to who sends them, and takes what waits piece by piece."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from conftest import FakeClock
from pymongo.database import Database
from shop_check import check_everything, empty_shop
from shops import last_moment, random_shop

from clickstream import rollup
from clickstream.ingest import Collector
from clickstream.rollup import FLOOD_KEYS, Worker
from clickstream.settings import Settings
from clickstream.store import Store, changes
from clickstream.store.connect import Connection

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


def test_many_marks_are_taken_in_several_passes_and_their_days_in_the_last(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that what a pass holds in memory does not grow with what waits."""
    passes: list[bool] = []
    roll_up = rollup.roll_up

    def watched(*given: Any, days: bool, **named: Any) -> float:
        passes.append(days)
        return roll_up(*given, days=days, **named)

    monkeypatch.setattr(rollup, "roll_up", watched)
    monkeypatch.setattr(changes, "MOST_KEYS", 3)
    events = random_shop(Random(3), 40)
    with empty_shop(connection, last_moment(events) + timedelta(minutes=5)) as shop:
        for first in range(0, len(events), 20):
            shop.receive(events[first : first + 20])
        check_everything(shop)
        assert len(passes) > 3
        assert passes == [False] * (len(passes) - 1) + [True]
        assert shop.store.changes.pending() == set()


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
