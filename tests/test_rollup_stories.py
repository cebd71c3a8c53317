"""What late, bridging, moved and removed events do to sessions, orders and visitors; and groups too large to hold."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from conftest import FakeClock
from golden_shop import happened, person
from rollup_check import Document, Rig, rigged
from shops import last_moment, random_shop

from clickstream import metrics, rollup
from clickstream.rollup.pace import Pace
from clickstream.scope import Scope
from clickstream.store.connect import Connection

ANN = person(client="ann")


@pytest.fixture
def rig(connection: Connection) -> Iterator[Rig]:
    with rigged(connection, time_zone="UTC") as rig:
        yield rig


def measured(rig: Rig, metric: str = "overview", **scope: Any) -> Any:
    return metrics.measure(rig.store, metric, Scope(dataset="live", as_of=rig.clock(), **scope), {}).result


def sessions(rig: Rig) -> list[tuple[str, int]]:
    """Id and number of events of every session served in the clean view."""
    found = (one for one in rig.derived().values() if "clean" in one.get("views", ()) and one["kind"] == "session")
    return sorted((one["session_id"], one["counts"]["events"]) for one in found)


def revenue_by_day(rig: Rig) -> dict[str, list[Document]]:
    return {row["day"]: row["revenue"] for row in measured(rig, "series")}


def ms(time: str) -> int:
    day, clock = time.split()
    return int(datetime.fromisoformat(f"2026-03-{day}T{clock}+00:00").timestamp() * 1000)


def test_an_event_in_between_joins_two_sessions_and_its_deletion_parts_them_again(rig: Rig) -> None:
    morning, later = f"ann:{ms('28 09:00:00')}", f"ann:{ms('28 09:50:00')}"
    rig.shop.receive([happened("1", "28 09:00:00", "pageview", ANN), happened("2", "28 09:50:00", "pageview", ANN)])
    rig.shop.catch_up()
    assert sessions(rig) == [(morning, 1), (later, 1)]
    rig.shop.receive([happened("3", "28 09:25:00", "pageview", ANN)])
    rig.shop.catch_up()
    assert sessions(rig) == [(morning, 3)]
    rig.check()
    rig.delete("3")
    rig.shop.catch_up()
    assert sessions(rig) == [(morning, 1), (later, 1)]
    rig.check()


def test_a_session_moves_when_an_earlier_event_arrives(rig: Rig) -> None:
    rig.shop.receive([happened("1", "28 00:10:00", "pageview", ANN)])
    rig.shop.catch_up()
    rig.shop.receive([happened("2", "27 23:50:00", "pageview", ANN)])
    rig.shop.catch_up()
    assert sessions(rig) == [(f"ann:{ms('27 23:50:00')}", 2)]
    assert {row["day"]: row["sessions"] for row in measured(rig, "series")} == {"2026-03-27": 1}
    rig.check()


def test_an_order_belongs_to_its_first_purchase_however_late_that_arrives_and_for_as_long_as_it_is_there(rig: Rig) -> None:
    buy = {"order_id": "o1", "currency": "EUR"}
    thirty, fifty = [{"currency": "EUR", "amount": 30.0}], [{"currency": "EUR", "amount": 50.0}]
    rig.shop.receive([happened("1", "28 09:00:00", "purchase", ANN, revenue=30, **buy)])
    rig.shop.catch_up()
    assert revenue_by_day(rig) == {"2026-03-28": thirty}
    rig.shop.receive([happened("2", "27 09:00:00", "purchase", person("s-bea", user="bea"), revenue=50, **buy)])
    rig.shop.catch_up()
    assert revenue_by_day(rig) == {"2026-03-27": fifty, "2026-03-28": []}
    assert (measured(rig)["orders"], measured(rig)["conversions"]) == (1, 2)
    rig.check()
    rig.tag("2")
    rig.shop.catch_up()
    assert revenue_by_day(rig) == {"2026-03-28": thirty}
    assert measured(rig, view="all")["revenue"] == fifty
    rig.check()
    rig.delete("2")
    rig.shop.catch_up()
    assert measured(rig, view="all")["revenue"] == thirty
    rig.check()


@pytest.mark.parametrize(
    ("time", "who"), [("28 10:00:00", ANN), ("29 10:00:00", person("s-x")), ("27 10:00:00", person("s-x"))]
)
@pytest.mark.parametrize("arrives_first", [False, True], ids=["purchase first", "refund first"])
def test_a_refund_counts_where_its_order_does_wherever_and_whenever_it_arrives(
    rig: Rig, time: str, who: dict[str, str], arrives_first: bool
) -> None:
    purchase = happened("1", "28 09:00:00", "purchase", ANN, order_id="o1", revenue=30, currency="EUR")
    refund = happened("2", time, "refund", who, order_id="o1", amount=12)
    for event in [refund, purchase] if arrives_first else [purchase, refund]:
        rig.shop.receive([event])
        rig.shop.catch_up()
        rig.check()
    day = {"since": datetime(2026, 3, 28, tzinfo=UTC), "until": datetime(2026, 3, 29, tzinfo=UTC)}
    assert measured(rig, **day)["net_revenue"] == [{"currency": "EUR", "amount": 18.0}]
    assert measured(rig)["refunds_unmatched"] == 0


def test_a_login_makes_the_session_its_user_s_and_returning(rig: Rig) -> None:
    rig.shop.receive(
        [
            happened("1", "27 09:00:00", "pageview", person("s-1", user="ann")),
            happened("2", "28 09:00:00", "pageview", person("s-2", "phone")),
            happened("3", "29 09:00:00", "pageview", person("s-3", "phone")),
        ]
    )
    rig.shop.catch_up()
    assert (measured(rig)["visitors"], measured(rig)["new_sessions"]) == (2, 2)
    rig.shop.receive([happened("4", "28 09:05:00", "pageview", person("s-2", "phone", "ann"))])
    rig.shop.catch_up()
    assert (measured(rig)["visitors"], measured(rig)["new_sessions"]) == (2, 2)
    found = {one["session_id"]: one for one in rig.derived().values() if one.get("kind") == "session"}
    assert [(one, found[one]["visitor"], found[one]["links"]["clean"]["new"]) for one in sorted(found)] == [
        ("s-1", "u:ann", True),
        ("s-2", "u:ann", False),
        ("s-3", "c:phone", True),
    ]
    rig.check()


def test_a_new_event_of_a_returning_visitor_sums_no_day_but_its_own(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(1, 6):
        rig.shop.receive([happened(f"{day}", f"0{day} 09:00:00", "pageview", person(f"s-{day}", "ann"))])
    rig.shop.catch_up()
    summed = []
    put = rig.store.daily.put
    monkeypatch.setattr(rig.store.daily, "put", lambda *args: (summed.append(args[-1].day), put(*args)))
    rig.shop.receive([happened("new", "06 09:00:00", "pageview", person("s-new", "ann"))])
    rig.shop.catch_up()
    assert set(summed) == {"2026-03-06"}


def test_a_cart_left_alone_for_31_minutes_is_abandoned_without_a_new_event(rig: Rig) -> None:
    rig.shop.receive([happened("1", "29 19:55:00", "add_to_cart", ANN, product_id="p1", price=5)])
    rig.shop.catch_up()
    assert (measured(rig, "cart")["open"], measured(rig, "cart")["abandoned"]) == (1, 0)
    before = rig.everything()
    rig.clock.advance(minutes=31)
    assert (measured(rig, "cart")["open"], measured(rig, "cart")["abandoned"]) == (0, 1)
    assert rig.everything() == before
    rig.check()


def test_days_that_the_worker_put_off_are_summed_by_catching_up(rig: Rig) -> None:
    seconds = [0.0]

    def slow_timer() -> float:
        seconds[0] += 1
        return seconds[0]

    pace = Pace(slow_timer)

    def work() -> None:
        term = rig.store.state.take_lease("worker")
        assert term is not None
        rollup.roll_up(rig.store, rig.settings, rig.clock, term=term, beat=lambda: None, pace=pace)
        rig.store.state.release_lease("worker")

    rig.shop.receive([happened("1", "28 09:00:00", "pageview", person("s-1"))])
    work()
    assert measured(rig)["sessions"] == 1
    rig.shop.receive([happened("2", "28 10:00:00", "pageview", person("s-2"))])
    work()
    assert measured(rig)["sessions"] == 1, "the day is not due again yet"
    pending = rig.store.state.pending("live", 1)
    assert (pending.days, pending.interrupted) == ({"2026-03-28"}, False)
    watermark = rig.watermark()
    rig.shop.catch_up()
    assert measured(rig)["sessions"] == 2
    assert rig.watermark() > watermark
    assert rig.store.state.pending("live", 1).days == set()


def test_a_tombstone_goes_after_an_hour(rig: Rig) -> None:
    rig.shop.receive([happened("1", "28 09:00:00", "pageview", ANN), happened("2", "28 10:00:00", "pageview", ANN)])
    rig.shop.catch_up()
    rig.delete("2")
    moment = datetime.now(UTC)
    for hours, left in [(0, 1), (0.9, 1), (1.1, 0)]:
        rig.mark_everything()
        rollup.catch_up(rig.store, rig.settings, FakeClock(moment + timedelta(hours=hours)))
        assert rig.database.sessions.count_documents({"kind": "gone"}) == left
    assert sessions(rig) == [(f"ann:{ms('28 09:00:00')}", 1)]


def test_datasets_are_kept_apart(rig: Rig) -> None:
    rig.shop.receive([happened("1", "28 09:00:00", "purchase", ANN, order_id="o1", revenue=30)])
    rig.store.changes.close(rig.store.changes.open("upload", ["c:ann", "o:o1"]))
    rig.shop.catch_up()
    assert measured(rig)["orders"] == 1
    scope = Scope(dataset="upload", as_of=rig.clock())
    assert metrics.measure(rig.store, "overview", scope, {}).result["sessions"] == 0


# Groups too large to hold


@pytest.mark.parametrize("seed", range(3))
def test_a_group_too_large_to_hold_gives_the_same_sessions(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """With three events at a time, nearly every group is streamed or read with only some of its batch."""
    events = random_shop(Random(seed), 60)
    with rigged(connection, last_moment(events) + timedelta(minutes=5)) as rig:
        rig.shop.receive(events)
        rig.shop.catch_up()
        whole = rig.derived()
        monkeypatch.setattr(sys.modules["clickstream.rollup.rebuild"], "EVENTS_A_BATCH", 3)
        assert rig.afresh() == whole
        rig.delete(*(event["event_id"] for event in rig.database.events.find().limit(len(events) // 3)))
        rig.shop.catch_up()
        rig.check()


@pytest.mark.parametrize("events_a_batch", [3, 30_000], ids=["streamed", "held"])
def test_a_session_of_too_many_events_is_oversize_until_enough_are_deleted(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, events_a_batch: int
) -> None:
    monkeypatch.setattr(sys.modules["clickstream.rollup.rebuild"], "EVENTS_A_BATCH", events_a_batch)
    monkeypatch.setattr("clickstream.sessions.MAX_EVENTS", 10)
    monkeypatch.setattr("oracle.MOST_EVENTS", 10)
    sent = [happened(f"s{n}", f"28 09:00:{n:02}", "pageview", person("s-1", "ann")) for n in range(10)]
    ours = [happened(f"c{n}", f"28 10:00:{n:02}", "pageview", ANN) for n in range(10)]
    order = {"order_id": "o1", "revenue": 5}
    rig.shop.receive([*sent, *ours, happened("p", "28 11:00:00", "purchase", person("s-2", "ann"), **order)])
    rig.shop.catch_up()
    assert (measured(rig)["sessions"], measured(rig)["oversize"], measured(rig)["orders"]) == (3, 0, 1)
    rig.shop.receive(
        [
            happened("s-more", "28 09:00:30", "purchase", person("s-1", "ann"), **order),
            happened("c-more", "28 10:00:30", "pageview", ANN),
        ]
    )
    rig.shop.catch_up()
    assert (measured(rig)["sessions"], measured(rig)["oversize"], measured(rig)["orders"]) == (1, 2, 0)
    rig.check()
    rig.tag("s3")
    rig.delete("c4")
    rig.shop.catch_up()
    assert (measured(rig)["sessions"], measured(rig)["oversize"], measured(rig)["orders"]) == (3, 0, 1)
    assert measured(rig, view="all")["oversize"] == 1
    rig.check()
