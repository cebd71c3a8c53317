"""Generations: a dataset computed anew beside the one that is served, and served at once when it is complete."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import golden_shop
import pytest
from conftest import FakeClock
from golden_shop import CC, happened, person
from rollup_check import Killed, Life, Rig, rigged

from clickstream import metrics, rollup
from clickstream.rollup import Worker
from clickstream.scope import Scope
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.connect import Connection

NEWS = [
    happened("late-1", "28 10:20:00", "pageview", CC, "/between"),
    happened("late-2", "28 08:00:00", "purchase", person(client="cw"), order_id="o1", revenue=70, currency="EUR"),
    happened("late-3", "25 10:00:00", "pageview", person("s-anna-0", "ca", "anna"), "/"),
]


@pytest.fixture
def small(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """The golden shop's first five groups, rolled up, filled in chunks of two."""
    monkeypatch.setattr(rollup, "FILL_CHUNK", 2)
    with rigged(connection) as rig:
        rig.shop.receive([event for event in golden_shop.EVENTS if event["event_id"][0] in "abcdeh"])
        rig.shop.catch_up()
        yield rig


@pytest.fixture
def rig(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """The golden shop, rolled up; groups are filled in chunks of five."""
    monkeypatch.setattr(sys.modules["clickstream.rollup.rebuild"], "GROUPS_A_BATCH", 3)
    monkeypatch.setattr(rollup, "FILL_CHUNK", 5)
    with rigged(connection) as rig:
        rig.shop.receive(golden_shop.EVENTS)
        rig.shop.catch_up()
        yield rig


def rebuild(rig: Rig, store: Store | None = None, settings: Settings | None = None) -> list[int]:
    told: list[int] = []
    rollup.rebuild(store or rig.store, settings or rig.settings, "live", told.append)
    return told


def eventually(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(0.02)


def test_a_rebuild_computes_the_same_and_tells_how_many_groups_it_did(rig: Rig) -> None:
    before, watermark = rig.derived(), rig.watermark()
    told = rebuild(rig)
    assert told == [5, 5, 5, 1]
    assert sum(told) == len(list(rig.store.events.keys("live", after="")))
    assert rig.derived() == before
    assert (rig.state()["generation"], rig.watermark()) == (2, watermark + 1)
    rig.check()


def test_a_rebuild_of_an_empty_dataset_serves_nothing(rig: Rig) -> None:
    rollup.rebuild(rig.store, rig.settings, "nothing", lambda groups: None)
    assert rig.state("nothing")["generation"] == 2
    assert rig.store.sessions.range("nothing", 2, "all") is None


def test_a_rebuild_mends_what_was_derived_wrongly(rig: Rig) -> None:
    before = rig.derived()
    rig.database.sessions.update_many({}, {"$set": {"counts.events": 99}})
    rig.database.daily.delete_many({})
    rebuild(rig)
    assert rig.derived() == before


def test_what_is_served_stays_the_same_until_the_rebuild_is_complete(rig: Rig) -> None:
    new_york = replace(rig.settings, time_zone="America/New_York", currency="USD", session_gap_minutes=10)
    seen: list[tuple[int, int]] = []

    def look(groups: int) -> None:
        state = rig.state()
        seen.append((state["generation"], state["watermark"]))
        rig.check()

    watermark = rig.watermark()
    rollup.rebuild(rig.store, new_york, "live", look)
    assert set(seen) == {(1, watermark)}
    assert rig.state()["calculation"] == {
        "version": rollup.CALCULATION_VERSION,
        "time_zone": "America/New_York",
        "currency": "USD",
        "gap_minutes": 10,
    }
    rig.shop.settings = new_york
    rig.check()


def test_a_rebuild_killed_at_any_write_is_resumed_and_flips_once(small: Rig) -> None:
    small.shop.receive(NEWS)
    begun, watermark = small.save(), small.watermark()
    wanted = small.afresh()
    for writes in range(2, 1_000):
        small.restore(begun)
        life = Life(writes, dies=True)
        with suppress(Killed):
            rebuild(small, small.mortal(life))
        small.expire_lease()
        was_begun = "next_generation" in small.state() or small.state()["generation"] == 2
        small.shop.catch_up()
        assert small.derived() == wanted, f"killed before write {writes}"
        assert small.state()["generation"] == (2 if was_begun else 1)
        assert "next_generation" not in small.state()
        assert small.watermark() - watermark <= 2, "one for the flip, one for the news"
        if not life.over:
            break
    assert writes > 15
    small.check()


def test_a_resumed_rebuild_does_not_fill_again_what_was_filled(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []

    def stop_at_the_third(groups: int) -> None:
        told.append(groups)
        if len(told) == 3:
            raise Killed

    with suppress(Killed):
        rollup.rebuild(rig.store, rig.settings, "live", stop_at_the_third)
    read: list[str] = []
    of_keys = rig.store.events.of_keys
    monkeypatch.setattr(rig.store.events, "of_keys", lambda dataset, keys: (read.extend(keys), of_keys(dataset, keys))[1])
    rig.shop.catch_up()
    assert sorted(read) == list(rig.store.events.keys("live", after=""))[15:]
    assert rig.state()["generation"] == 2
    rig.check()


def test_an_event_that_arrives_during_a_rebuild_is_in_the_new_generation(small: Rig) -> None:
    """It arrives before each write of the rebuild in turn, in groups filled already and in groups yet to come."""
    begun = small.save()
    small.shop.receive(NEWS)
    wanted = small.afresh()
    for writes in range(1, 1_000):
        small.restore(begun)
        life = Life(writes, at_end=lambda: small.shop.receive(NEWS))
        rebuild(small, small.mortal(life))
        small.shop.catch_up()
        if not life.over:
            break
        assert small.derived() == wanted, f"arrived before write {writes}"
        assert small.state()["generation"] == 2
    assert writes > 15


def test_those_who_began_to_read_the_old_generation_can_finish(rig: Rig) -> None:
    scope = Scope(dataset="live", as_of=rig.clock())
    served = rig.store.state.find_dataset("live")
    before = metrics.measure(rig.store, "overview", scope, {}).result

    class Slow:
        """A reader that learnt what is served just before the flip."""

        find_dataset = staticmethod(lambda name: served)

    rebuild(rig)
    rig.shop.catch_up()
    reader: Any = replace_state(rig.store, Slow())
    assert metrics.measure(reader, "overview", scope, {}).result == before


def replace_state(store: Store, state: object) -> object:
    return type("Reader", (), {"state": state, "sessions": store.sessions, "daily": store.daily})()


def test_the_old_generation_goes_a_minute_later(rig: Rig) -> None:
    rebuild(rig)
    moment = datetime.now(UTC)
    for minutes, left in [(0.1, {1, 2}), (1.1, {2})]:
        rollup.catch_up(rig.store, rig.settings, FakeClock(moment + timedelta(minutes=minutes)))
        assert set(rig.database.sessions.distinct("generation")) == left
        assert set(rig.database.daily.distinct("generation")) == left
    rig.check()


def test_an_abandoned_generation_goes_with_the_old_one(rig: Rig) -> None:
    life = Life(30, dies=True)
    with suppress(Killed):
        rebuild(rig, rig.mortal(life))
    rig.expire_lease()
    assert set(rig.database.sessions.distinct("generation")) == {1, 2}
    rebuild(rig)
    assert rig.state()["generation"] == 3
    rollup.catch_up(rig.store, rig.settings, FakeClock(datetime.now(UTC) + timedelta(minutes=2)))
    assert set(rig.database.sessions.distinct("generation")) == {3}


@pytest.mark.parametrize("changed", [{"time_zone": "Asia/Kolkata"}, {"currency": "USD"}, {"session_gap_minutes": 4}])
def test_a_server_started_with_other_settings_rebuilds_and_a_script_does_not(rig: Rig, changed: dict[str, Any]) -> None:
    other = replace(rig.settings, **changed)
    before = rig.derived()
    rollup.catch_up(rig.store, other, rig.clock)
    assert (rig.state()["generation"], rig.derived()) == (1, before)
    with Worker(rig.store, other, rig.clock):
        eventually(lambda: rig.state()["generation"] == 2)
    assert rig.derived() != before
    rig.shop.settings = other
    rig.check()


def test_a_server_started_again_with_the_same_settings_rebuilds_nothing(rig: Rig) -> None:
    before = rig.everything()
    with Worker(rig.store, rig.settings, rig.clock):
        rig.shop.receive([happened("new", "29 19:00:00", "pageview", person("s-new"))])
        eventually(lambda: not rig.store.changes.pending())
    assert rig.state()["generation"] == 1
    assert len(rig.everything()["sessions"]) == len(before["sessions"]) + 1


def test_a_worker_resumes_what_was_begun_under_its_settings(rig: Rig) -> None:
    other = replace(rig.settings, time_zone="Asia/Kolkata")
    with suppress(Killed):
        rebuild(rig, rig.mortal(Life(12, dies=True)), other)
    rig.expire_lease()
    assert rig.state()["next_generation"] == 2
    with Worker(rig.store, other, rig.clock):
        eventually(lambda: "next_generation" not in rig.state())
    assert rig.state()["generation"] == 2


def test_another_version_of_the_calculation_rebuilds_every_dataset_under_its_own_settings(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollup, "CALCULATION_VERSION", 99)
    rollup.catch_up(rig.store, replace(rig.settings, time_zone="UTC"), rig.clock)
    assert rig.state()["generation"] == 2
    assert (rig.state()["calculation"]["version"], rig.state()["calculation"]["time_zone"]) == (99, "Europe/Berlin")
    rig.check()
    rig.shop.catch_up()
    assert rig.state()["generation"] == 2


def test_a_worker_that_is_told_to_stop_leaves_a_rebuild_for_the_next(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(rig.settings, time_zone="Asia/Kolkata")
    worker = Worker(rig.store, other, rig.clock)
    filled_to = rig.store.state.filled_to
    monkeypatch.setattr(rig.store.state, "filled_to", lambda *args: (filled_to(*args), worker.stop()))
    with worker:
        eventually(lambda: "next_generation" in rig.state())
    assert rig.state()["generation"] == 1
    monkeypatch.undo()
    rig.shop.catch_up()
    assert rig.state()["generation"] == 2
