"""EVENT_DAYS: raw events go, every figure stays, and what comes later is still counted rightly."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import golden_shop
import pytest
from conftest import FakeClock
from golden_shop import CC, happened, person
from oracle import Oracle
from rollup_check import BOTH_VIEWS, Killed, Life, Rig, rigged
from shops import last_moment, random_shop
from stored_form import stored_batches
from web_client import client_as, real_deps

from clickstream import metrics, rollup
from clickstream.clock import iso
from clickstream.errors import InvalidInput
from clickstream.events import REFUND_TYPES
from clickstream.ingest import Collector
from clickstream.operations.backup import BackupUnusable, back_up
from clickstream.operations.restore import restore
from clickstream.rollup import Worker, retention
from clickstream.rollup.retention import retain
from clickstream.scope import Scope
from clickstream.store import Store
from clickstream.store.archive import Archive
from clickstream.store.connect import Connection
from clickstream.web.app import App

JsonDict = dict[str, Any]
BOOKED_TYPES = REFUND_TYPES | {"purchase"}
LATER = timedelta(minutes=11)
REFUND = happened("news-1", "29 19:00:00", "refund", person(client="cz9"), order_id="o1", amount=5)
AGAIN = happened("news-1", "29 19:00:00", "purchase", person(client="new"), order_id="o1", revenue=999)
FOUND = happened("news-2", "29 19:01:00", "purchase", person(client="cz9"), order_id="o-404", revenue=70, currency="EUR")
ANNA = person("s-anna-0", "ca", "anna")


@pytest.fixture
def rig(connection: Connection) -> Iterator[Rig]:
    """The golden shop, rolled up, at the evening of its second day."""
    with rigged(connection) as rig:
        rig.shop.receive(golden_shop.EVENTS)
        rig.shop.catch_up()
        yield rig


def step(rig: Rig, days: int, store: Store | None = None) -> bool:
    store = store or rig.store
    settings = replace(rig.settings, event_days=days)
    with rollup._lease(store, wait=True) as (term, beat):
        return retain(store, settings, rig.clock, term=term, beat=beat)


def released(rig: Rig, days: int = 1) -> int:
    """Keep events for so many days only; says how many went."""
    before = rig.database.events.count_documents({})
    step(rig, days)
    rig.clock.now += LATER
    while step(rig, days):
        pass
    return before - int(rig.database.events.count_documents({}))


def figures(rig: Rig) -> JsonDict:
    """Sessions and days as they are served, whether sealed or not."""
    own = ("sealed", "digest")
    return {name: {k: v for k, v in one.items() if k not in own} for name, one in rig.derived().items()}


def check(rig: Rig, **settings: Any) -> None:
    """Every metric agrees with the oracle, which has kept all events."""
    zone = settings.get("time_zone", rig.settings.time_zone)
    oracle = Oracle(stored_batches(rig.shop.batches), time_zone=zone, currency=rig.settings.currency)
    rig.shop.check(oracle, BOTH_VIEWS)


def test_old_events_go_and_no_figure_changes(rig: Rig) -> None:
    before = figures(rig)
    assert released(rig) > 10
    left = list(rig.database.events.find({"timestamp": {"$lt": rig.state()["sealed_to"]}}))
    assert {event["event_type"] for event in left} <= BOOKED_TYPES
    assert figures(rig) == before
    check(rig)


def test_nothing_goes_while_the_setting_is_zero(rig: Rig) -> None:
    worker = Worker(rig.store, rig.settings, rig.clock)
    worker._retain()
    assert "kept_since" not in rig.state()


def test_the_worker_does_it(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollup, "RETAIN_SECONDS", 0.0)
    worker = Worker(rig.store, replace(rig.settings, event_days=1), rig.clock)
    before = rig.database.events.count_documents({})
    for _ in range(3):
        worker._retain()
        rig.clock.now += LATER
    assert rig.database.events.count_documents({}) < before


def test_recomputing_everything_keeps_what_has_no_events_any_more(rig: Rig) -> None:
    before = figures(rig)
    released(rig)
    rig.mark_everything()
    rig.shop.catch_up()
    assert figures(rig) == before
    rollup.rebuild(rig.store, rig.settings, "live", lambda groups: None)
    assert figures(rig) == before
    check(rig)


def test_groups_too_large_to_be_held_are_streamed_without_what_is_sealed(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    released(rig)
    before = figures(rig)
    monkeypatch.setattr(sys.modules["clickstream.rollup.rebuild"], "EVENTS_A_BATCH", 1)
    rollup.rebuild(rig.store, rig.settings, "live", lambda groups: None)
    assert figures(rig) == before
    rig.shop.receive([REFUND, FOUND])
    rig.shop.catch_up()
    check(rig)


def test_days_are_cut_anew_in_another_time_zone(rig: Rig) -> None:
    released(rig)
    rig.shop.settings = replace(rig.settings, time_zone="Asia/Kolkata")
    rollup.rebuild(rig.store, rig.settings, "live", lambda groups: None)
    check(rig)


@pytest.mark.parametrize(
    "news",
    [
        pytest.param(
            [happened("news-1", "29 19:00:00", "refund", person(client="cz9"), order_id="o1", amount=5)], id="a refund"
        ),
        pytest.param([happened("news-1", "29 19:00:00", "order_cancel", ANNA, order_id="o1")], id="a cancellation"),
        pytest.param(
            [happened("news-1", "29 19:00:00", "purchase", person(client="new"), order_id="o1", revenue=999)],
            id="an order again",
        ),
        pytest.param([happened("news-1", "29 19:00:00", "pageview", CC, "/again")], id="a visitor who returns"),
        pytest.param(
            [happened("news-1", "29 19:00:00", "pageview", person(user="anna"), "/again")], id="a user who returns"
        ),
        pytest.param([FOUND], id="the order of a refund that matched none"),
        pytest.param([REFUND, FOUND], id="both"),
    ],
)
def test_what_comes_later_is_counted_as_if_everything_were_there(rig: Rig, news: Sequence[JsonDict]) -> None:
    released(rig)
    before = figures(rig)
    rig.shop.receive(news)
    rig.shop.catch_up()
    assert figures(rig) != before
    check(rig)
    rollup.rebuild(rig.store, rig.settings, "live", lambda groups: None)
    check(rig)


def test_a_refund_taken_back_is_taken_back_from_a_sealed_session(rig: Rig) -> None:
    released(rig)
    before = figures(rig)
    rig.shop.receive([REFUND])
    rig.shop.catch_up()
    rig.delete("news-1")
    rig.shop.catch_up()
    assert figures(rig) == before


def test_an_older_event_is_refused_from_then_on(rig: Rig) -> None:
    released(rig)
    old = happened("old", "28 10:00:00", "pageview", CC, "/late")
    receipt = Collector(rig.store, rig.clock).collect([old])
    assert [(one.code, list(one.fields)) for one in receipt.rejected] == [("too_old", ["timestamp"])]
    assert "is before 2026-03-28" in receipt.rejected[0].fields["timestamp"]


def test_an_older_event_that_slipped_in_spoils_nothing(rig: Rig) -> None:
    collector = Collector(rig.store, rig.clock)
    collector.collect([])  # it has read that all is kept, and remembers that for a minute
    before = figures(rig)
    released(rig)
    rig.clock.now -= LATER
    assert collector.collect([happened("old", "28 10:01:00", "pageview", CC, "/late")]).accepted == 1
    rig.shop.catch_up()
    assert figures(rig) == before


def test_a_session_id_that_is_used_again_after_its_session_was_sealed_begins_another(rig: Rig) -> None:
    released(rig)
    before = figures(rig)
    sealed = rig.database.sessions.find_one({"sealed": True, "key": {"$regex": "^s:"}})
    assert sealed is not None
    rig.shop.receive([happened("news-1", "29 19:00:00", "pageview", person(sealed["session_id"], "ca"), "/again")])
    rig.shop.catch_up()
    after = figures(rig)
    (new_id,) = {name for name in after.keys() - before.keys() if "@" in name}
    assert after[new_id]["session_id"] == sealed["session_id"]
    rollup.rebuild(rig.store, rig.settings, "live", lambda groups: None)
    assert figures(rig) == after
    found = rig.store.sessions.find("live", rig.state()["generation"], sealed["key"], sealed["session_id"], "clean")
    assert found is not None
    assert found.session.pages[0][0] == "/again"


def test_nobody_who_is_late_by_a_minute_loses_an_event(rig: Rig) -> None:
    step(rig, 1)
    rig.clock.advance(minutes=9)
    assert not step(rig, 1)
    rig.clock.advance(minutes=2)
    rig.store.changes.open("live", ["c:cc"])
    rig.database.changes.update_many({}, {"$set": {"opened_at": datetime.fromtimestamp(0).astimezone()}})
    assert not step(rig, 1), "a writer has not finished since before"
    rig.database.changes.delete_many({})
    assert step(rig, 1)


def test_it_works_in_steps_and_each_goes_on_where_the_last_ended(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "SESSIONS_A_STEP", 2)
    before = figures(rig)
    step(rig, 1)
    rig.clock.now += LATER
    reached = []
    while step(rig, 1):
        reached.append(rig.state()["sealed_to"])
    assert len(reached) > 2
    assert reached == sorted(set(reached))
    assert figures(rig) == before


def test_the_day_is_raised_and_never_lowered(rig: Rig) -> None:
    released(rig)
    first = rig.state()["kept_since"]
    rig.clock.advance(hours=2)
    step(rig, 30)
    assert rig.state()["kept_since"] == first
    step(rig, 1)
    assert rig.state()["kept_since"] == first + timedelta(hours=2) + LATER


@pytest.mark.parametrize("writes", range(6))
def test_killed_anywhere_it_is_finished_by_the_next(rig: Rig, monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
    monkeypatch.setattr(retention, "SESSIONS_A_STEP", 3)
    before = figures(rig)
    step(rig, 1)
    rig.clock.now += LATER
    died = False
    try:
        step(rig, 1, rig.mortal(Life(writes, dies=True)))
    except Killed:
        died = True
        rig.expire_lease()
    assert died or writes > 3
    released(rig)
    left = rig.database.events.find({"timestamp": {"$lte": rig.state()["sealed_to"]}})
    assert {event["event_type"] for event in left} <= BOOKED_TYPES
    assert figures(rig) == before
    check(rig)


def test_a_backup_holds_what_has_no_events_any_more(rig: Rig, connection: Connection, tmp_path: Path) -> None:
    released(rig)
    back_up(rig.store, tmp_path / "shop.zip", rig.clock, lambda line: None)
    with rigged(connection) as other:
        restore(other.store, other.settings, tmp_path / "shop.zip", rig.clock, lambda line: None)
        assert figures(other) == figures(rig)
        other.shop.batches, other.clock.now = rig.shop.batches, rig.clock.now
        check(other)
        old = happened("old", "28 10:00:00", "pageview", CC, "/late")
        assert Collector(other.store, other.clock).collect([old]).rejected


@pytest.mark.parametrize("seed", range(3))
def test_random_shops_lose_events_and_no_figure(connection: Connection, seed: int) -> None:
    rng = Random(seed)
    events = [event | {"event_id": f"e{n}"} for n, event in enumerate(random_shop(rng, 40, buying=40))]
    with rigged(connection, last_moment(events) + timedelta(hours=1)) as rig:
        rig.shop.receive(events)
        rig.shop.catch_up()
        before = figures(rig)
        assert released(rig, 2) > 0
        assert figures(rig) == before
        check(rig)
        clients = sorted({event["client_id"] for event in events if event.get("client_id")})
        orders = sorted({order for event in events if (order := event.get("properties", {}).get("order_id"))})
        now = iso(rig.clock() - timedelta(minutes=1))
        rig.shop.receive(
            [
                {"event_id": f"n{n}", "event_type": kind, "client_id": rng.choice(clients), "timestamp": now,
                 "properties": {"order_id": rng.choice(orders)} if orders and kind != "pageview" else {}}
                for n, kind in enumerate(["pageview", "refund", "purchase", "refund", "pageview", "order_cancel"])
            ]
        )  # fmt: skip
        rig.shop.catch_up()
        check(rig)
        rollup.rebuild(rig.store, rig.settings, "live", lambda groups: None)
        check(rig)


def test_a_backup_during_which_sessions_move_to_another_generation_is_given_up(rig: Rig, tmp_path: Path) -> None:
    class Moving(Archive):
        def read(self, name: str) -> Iterator[bytes]:
            if name == "sessions":
                rollup.rebuild(rig.store, rig.settings, "live", lambda groups: None)
            yield from super().read(name)

    released(rig)
    rig.store.archive = Moving(rig.database)
    with pytest.raises(BackupUnusable, match="make the backup again"):
        back_up(rig.store, tmp_path / "shop.zip", rig.clock, lambda line: None)
    assert list(tmp_path.iterdir()) == []


def funnel(rig: Rig, *where: JsonDict, **window: Any) -> Any:
    steps = [{"type": "product_view", "where": list(where)}, "add_to_cart"]
    scope = Scope(dataset="live", as_of=rig.clock(), **window)
    return metrics.measure(rig.store, "funnel", scope, {"steps": json.dumps(steps)}).result


def test_a_question_about_properties_that_are_gone_is_refused_and_any_other_answered(rig: Rig) -> None:
    cheap = {"property": "price", "op": "at_most", "value": 1000}
    everything = funnel(rig)
    assert funnel(rig, cheap)["steps"]
    released(rig)
    with pytest.raises(InvalidInput, match="begin later") as refused:
        funnel(rig, cheap)
    assert refused.value.fields == {"since": "must be after 2026-03-28"}
    assert funnel(rig, cheap, since=datetime(2026, 3, 29, tzinfo=UTC))["steps"]
    assert funnel(rig) == everything


def test_a_session_without_events_says_so(rig: Rig, tmp_path: Path) -> None:
    deps = real_deps(replace(rig.settings, data_dir=tmp_path), rig.store, rig.clock)
    viewer = client_as(App(deps), deps, "viewer")
    assert viewer.get("/api/sessions/s-anna").json["deleted"] is False
    released(rig)
    found = viewer.get("/api/sessions/s-anna").json
    assert found["deleted"] is True
    assert {event["event_type"] for event in found["events"]} <= BOOKED_TYPES
    assert found["session"]["events"] > len(found["events"])


def test_other_datasets_keep_their_events(rig: Rig) -> None:
    Collector(rig.store, FakeClock(rig.clock())).collect([happened("u1", "20 10:00:00", "pageview", CC, "/")], "upload")
    rig.shop.catch_up()
    released(rig)
    assert rig.store.events.count("upload") == 1
