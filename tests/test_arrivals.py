"""What is shown of arriving events: stored, refused with the offending value, repeated, checked by a test key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import FakeClock

from clickstream.errors import TooManyRequests
from clickstream.ingest import Collector, dry_loader
from clickstream.ingest.arrivals import KEPT, Arrival, Arrivals
from clickstream.ingest.excerpts import LONGEST_VALUE, offending
from clickstream.store import Store

Json = dict[str, Any]


def event(name: str = "e1", **fields: Any) -> Json:
    return {"event_id": name, "event_type": "pageview", "client_id": "c1", "page": "/", **fields}


@pytest.fixture
def arrivals(store: Store, clock: FakeClock) -> Arrivals:
    return Arrivals(store, clock, most_readers=2)


def send(arrivals: Arrivals, store: Store, clock: FakeClock, *raws: object) -> None:
    arrivals.note(raws, Collector(store, clock).collect(raws))


def next_of(watching: Iterator[list[Arrival]]) -> list[Arrival]:
    """What is told next, signs of life left out."""
    return next(fresh for fresh in watching if fresh)


def test_stored_refused_and_repeated_ones_are_told(arrivals: Arrivals, store: Store, clock: FakeClock) -> None:
    send(arrivals, store, clock, event("e1"), event("e2", timestamp="yesterday"))
    clock.advance(seconds=1)
    send(arrivals, store, clock, event("e1"))
    told = {arrival.kind: arrival for arrival in next_of(arrivals.watch())}
    stored, refused, repeated = told["stored"], told["refused"], told["repeated"]
    assert (stored.kind, stored.event and stored.event.event_id) == ("stored", "e1")
    assert (refused.kind, refused.code, refused.values) == ("refused", "invalid_event", {"timestamp": '"yesterday"'})
    assert (repeated.kind, repeated.count) == ("repeated", 1)
    assert arrivals.refused == {"invalid_event": 1}


def test_what_another_process_stores_appears_while_somebody_watches(
    arrivals: Arrivals, store: Store, clock: FakeClock
) -> None:
    watching = arrivals.watch()
    assert next(watching) == []
    Collector(store, clock).collect([event("from a script")])
    told = next_of(watching)
    assert [arrival.event and arrival.event.event_id for arrival in told] == ["from a script"]


def test_an_event_that_comes_into_view_by_deletion_is_not_new(arrivals: Arrivals, store: Store, clock: FakeClock) -> None:
    Collector(store, clock).collect([event("old")])
    clock.advance(minutes=5)
    Collector(store, clock).collect([event(f"e{n}") for n in range(50)])
    watching = arrivals.watch()
    assert len(next_of(watching)) == 50
    old = store.events.latest("live", 51)[-1]
    assert arrivals._new_of([old]) == []


def test_a_test_key_shows_its_events_which_are_stored_nowhere(arrivals: Arrivals, store: Store, clock: FakeClock) -> None:
    raws: list[object] = [event("e1"), {"event_type": "pageview"}]
    arrivals.note(raws, dry_loader(clock).collect(raws), test=True)
    told = next_of(arrivals.watch())
    assert sorted((arrival.kind, arrival.test) for arrival in told) == [("checked", True), ("refused", True)]
    assert arrivals.refused == {}
    assert store.events.count("live") == 0


def test_a_flood_keeps_a_bounded_list(arrivals: Arrivals, store: Store, clock: FakeClock) -> None:
    for _ in range(30):
        send(arrivals, store, clock, *[{"event_type": ""} for _ in range(100)])
    assert arrivals.refused["invalid_event"] == 3_000
    assert len(next_of(arrivals.watch())) <= KEPT


def test_long_values_are_cut(arrivals: Arrivals, store: Store, clock: FakeClock) -> None:
    send(arrivals, store, clock, event("e1", note="x" * 4_000))
    (stored,) = next_of(arrivals.watch())
    assert stored.event is not None and len(stored.event.properties["note"]) < 300


def test_who_leaves_makes_room_for_the_next(arrivals: Arrivals) -> None:
    first, second = arrivals.watch(), arrivals.watch()
    next(first), next(second)
    with pytest.raises(TooManyRequests):
        arrivals.check_room()
    with pytest.raises(TooManyRequests):
        next(arrivals.watch())
    first.close()  # type: ignore[attr-defined]
    assert arrivals.readers == 1
    assert next(arrivals.watch()) == []


@pytest.mark.parametrize(
    ("raw", "path", "value"),
    [
        ({"price": "free"}, "properties.price", '"free"'),
        ({"properties": {"price": -1}}, "properties.price", "-1"),
        ({"properties": {"items": [{}, {"price": "x"}]}}, "properties.items[1].price", '"x"'),
        ({"ts": True}, "timestamp", "true"),
        ({"properties": {"query": "a" * 4_000}}, "properties.query", '"' + "a" * (LONGEST_VALUE - 1) + "…"),
        ({"client_id": "a\ud800"}, "client_id", '"a?"'),
    ],
    ids=["outside of properties", "in properties", "in a list", "by another name", "long", "broken Unicode"],
)
def test_the_offending_value_is_found_where_it_was_sent(raw: Json, path: str, value: str) -> None:
    assert offending(raw, {path: "is wrong"}) == ("", {path: value})


@pytest.mark.parametrize("raw", [None, "text", [1], {"event_type": ["x"]}], ids=str)
def test_what_is_no_event_has_no_values(raw: object) -> None:
    assert offending(raw, {"": "must be an object", "client_id": "is missing"}) == ("", {})
