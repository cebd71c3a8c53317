"""The way in: what is valid is stored once, what is not is named, and sending again changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from conftest import FakeClock

from clickstream import metrics, rollup
from clickstream.errors import DatabaseUnavailable
from clickstream.ingest import Collector, Receipt, dry_loader
from clickstream.ingest.limits import Refused
from clickstream.scope import Scope
from clickstream.settings import Settings
from clickstream.store import Store

Json = dict[str, Any]


@pytest.fixture
def collector(store: Store, clock: FakeClock) -> Collector:
    return Collector(store, clock)


def event(n: int, **also: Any) -> Json:
    return {"event_type": "pageview", "client_id": "c1", "timestamp": 1_772_362_800 + n, "page": f"/{n}", **also}


def counts(receipt: Receipt) -> tuple[int, int, int]:
    return receipt.accepted, receipt.duplicates, len(receipt.rejected)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_each_event_is_judged_alone(collector: Collector, store: Store) -> None:
    receipt = collector.collect(
        [
            event(0),
            {"event_type": "pageview"},
            event(1, timestamp="1999-12-31"),
            None,
            event(2, properties={"$gt": 1}),
            event(3, x=nested(100_000)),
            event(4, title="\ud800"),
            Refused("malformed_json", {"": "is not JSON"}),
            event(5, event_type=None, user_id=[]),
            event(6),
        ]
    )
    assert counts(receipt) == (2, 0, 8)
    assert [(one.index, one.code, sorted(one.fields)) for one in receipt.rejected] == [
        (1, "missing_identity", ["client_id"]),
        (2, "invalid_event", ["timestamp"]),
        (3, "invalid_event", [""]),
        (4, "invalid_event", ["properties.$gt"]),
        (5, "too_large", ["x[0][0][0][0][0][0][0][0][0][0][0][0]"]),
        (6, "invalid_event", ["title"]),
        (7, "malformed_json", [""]),
        (8, "invalid_event", ["event_type", "user_id"]),
    ]
    assert {one.page for one in store.events.latest("live", 10)} == {"/0", "/6"}


def test_nothing_sent_is_nothing_stored(collector: Collector, store: Store) -> None:
    assert counts(collector.collect([])) == (0, 0, 0)
    assert store.changes.pending() == set()


def test_an_event_sent_twice_counts_once_and_the_first_stays(collector: Collector, store: Store) -> None:
    assert counts(collector.collect([event(0, event_id="e1", page="/first")])) == (1, 0, 0)
    assert counts(collector.collect([event(9, event_id="e1", page="/second"), event(1)])) == (1, 1, 0)
    assert {one.page for one in store.events.latest("live", 10)} == {"/first", "/1"}


def test_an_id_twice_in_one_request_counts_once_and_the_first_stays(collector: Collector, store: Store) -> None:
    receipt = collector.collect([event(0, event_id="e1"), event(1, event_id="e1"), event(2, event_id="e2")])
    assert counts(receipt) == (2, 1, 0)
    assert {one.page for one in store.events.latest("live", 10)} == {"/0", "/2"}


def test_the_same_request_again_adds_nothing(collector: Collector, store: Store) -> None:
    batch = [event(0), event(1, event_id="e1"), event(0), event(2), event(0)]
    assert counts(collector.collect(batch)) == (5, 0, 0)
    assert counts(collector.collect(batch)) == (0, 5, 0)
    assert store.events.count("live") == 5


def test_true_repeats_count_within_a_request_and_more_of_them_add_the_rest(collector: Collector) -> None:
    assert counts(collector.collect([event(0)] * 2)) == (2, 0, 0)
    assert counts(collector.collect([event(0)] * 3)) == (1, 2, 0)


def test_repeats_are_counted_over_all_batches_of_a_file(collector: Collector, store: Store) -> None:
    for _ in range(2):
        loader = collector.loader()
        for _ in range(3):
            loader.collect([event(0), event(0)])
    assert store.events.count("live") == 6


def test_a_refused_event_is_no_occurrence(collector: Collector) -> None:
    collector.collect([event(0)])
    assert counts(collector.collect([event(0, client_id=None), event(0)])) == (0, 1, 1)


def test_events_without_a_time_are_each_their_own(collector: Collector, store: Store, clock: FakeClock) -> None:
    timeless = {"event_type": "pageview", "client_id": "c1"}
    assert counts(collector.collect([timeless, timeless])) == (2, 0, 0)
    assert counts(collector.collect([timeless])) == (1, 0, 0)
    assert {one.timestamp for one in store.events.latest("live", 10)} == {clock()}


def test_an_event_with_an_id_and_no_time_counts_once(collector: Collector) -> None:
    timeless = {"event_type": "pageview", "client_id": "c1", "event_id": "e1"}
    assert counts(collector.collect([timeless])) == (1, 0, 0)
    assert counts(collector.collect([timeless])) == (0, 1, 0)


def test_positions_run_through_all_batches_refused_ones_counted(collector: Collector, store: Store) -> None:
    loader = collector.loader()
    loader.collect([event(0), None, event(1)])
    second = loader.collect([None, event(2)])
    assert [one.index for one in second.rejected] == [0]
    assert {one.page: one.position for one in store.events.latest("live", 10)} == {"/0": 0, "/1": 2, "/2": 4}


def test_the_same_id_in_another_dataset_is_another_event(collector: Collector, store: Store) -> None:
    assert counts(collector.collect([event(0, event_id="e1")])) == (1, 0, 0)
    assert counts(collector.collect([event(0, event_id="e1")], "upload1")) == (1, 0, 0)
    assert (store.events.count("live"), store.events.count("upload1")) == (1, 1)


def test_what_is_stored_is_what_was_meant(collector: Collector, store: Store, clock: FakeClock) -> None:
    collector.collect(
        [
            {
                "type": "addtocart",
                "ts": "2026-03-01T12:00:00.123456+01:00",
                "user_id": 7,
                "page": {"path": "/p/1", "url": "https://shop.example/p/1?utm_source=g"},
                "device": {"type": "mobile"},
                "updated_cart_value": "9.90",
                "properties": {"ünï": [{"a": None}, 1.5, True]},
            }
        ]
    )
    (stored,) = store.events.latest("live", 10)
    assert (stored.event_type, stored.key, stored.page, stored.received_at) == ("add_to_cart", "u:7", "/p/1", clock())
    assert stored.timestamp == clock() - timedelta(hours=1) + timedelta(milliseconds=123)
    assert stored.properties == {
        "url": "https://shop.example/p/1?utm_source=g",
        "utm": {"source": "g"},
        "device": "mobile",
        "cart_value": "9.90",
        "ünï": [{"a": None}, 1.5, True],
    }


def test_what_is_accepted_is_marked_for_the_rollup_until_it_has_taken_it(
    collector: Collector, store: Store, clock: FakeClock, settings: Settings
) -> None:
    collector.collect([event(0), event(1, client_id="c2", order_id="o1")])
    (change,) = store.changes.read()
    assert (change.keys, change.settled) == (["c:c1", "c:c2", "o:o1"], True)
    rollup.catch_up(store, settings, clock)
    assert store.changes.pending() == set()


def test_a_dry_run_says_what_would_happen_and_stores_nothing(store: Store, clock: FakeClock) -> None:
    assert counts(dry_loader(clock).collect([event(0), None])) == (1, 0, 1)
    assert store.events.count("live") == 0


def test_a_database_that_is_away_is_told_at_once(clock: FakeClock) -> None:
    class Away:
        def open(self, dataset: str, keys: list[str]) -> str:
            raise DatabaseUnavailable

    class Here:
        def find_dataset(self, dataset: str) -> None:
            return None

    class NoStore:
        changes, state = Away(), Here()

    with pytest.raises(DatabaseUnavailable):
        Collector(NoStore(), clock).collect([event(0)])  # type: ignore[arg-type]


HOSTILE = [
    [{"event_type": "purchase", "client_id": "c1", "timestamp": 1_772_362_800 + n, "revenue": 1e11} for n in range(9_300)],
    [{"event_type": "purchase", "client_id": f"c{n}", "ts": 1_772_362_800, "revenue": "1e11"} for n in range(9_300)],
    [
        {"event_type": "add_to_cart", "client_id": "c1", "ts": 1_772_362_800, "product_id": "a", "quantity": 1_000_000_000},
        {"event_type": "add_to_cart", "client_id": "c1", "ts": 1_772_362_801, "product_id": "a", "price": 1e11},
    ],
    [event(n // 10, page=f"/{n}" + "x" * 900) for n in range(6_000)],
    [event(0, client_id=f"c{n}", page=f"/{n}" + "😀" * 1_000) for n in range(2_000)],
    [event(0, event_type=f"{n}" + "😀" * 190, client_id=f"c{n % 9}") for n in range(3_000)],
]


@pytest.mark.parametrize("events", HOSTILE, ids=["session", "day", "cart", "pages of a session", "pages", "types"])
def test_no_accepted_event_stops_the_rollup(
    events: list[Json], collector: Collector, store: Store, clock: FakeClock, settings: Settings
) -> None:
    receipt = collector.collect(events)
    assert receipt.accepted == len(events)
    rollup.catch_up(store, settings, clock)
    assert store.changes.pending() == set()
    answer = metrics.measure(store, "overview", Scope(as_of=clock()))
    assert answer.result["sessions"] + answer.result["oversize"] > 0
    assert all(line["holds"] for line in answer.reconciliation)
