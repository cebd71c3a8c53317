"""One rollup worker at a time: who leads, and what becomes of one who does not know that it leads no more."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import golden_shop
import pytest
from golden_shop import BOB, CC, happened, person
from pymongo.errors import BulkWriteError
from rollup_check import Life, Rig, lead, rigged

from clickstream import rollup
from clickstream.errors import DatabaseUnavailable, Deposed
from clickstream.store import Store
from clickstream.store.connect import Connection
from clickstream.store.rollup_state import Calculation, Pending
from clickstream.store.terms import write_under_term

BRIDGE = happened("bridge", "28 10:20:00", "pageview", CC, "/between")
EARLY = happened("early", "28 09:50:00", "pageview", CC, "/")
LOGIN = happened("login", "28 09:31:00", "pageview", BOB | {"user_id": "anna"}, "/account")
FIRST = happened("first", "25 10:00:00", "pageview", person("s-anna-0", "ca", "anna"), "/")
OWNER = happened("owner", "28 08:00:00", "purchase", person(client="cw"), order_id="o1", revenue=70, currency="EUR")
MARCH = Calculation(1, "UTC", "EUR", 30)


@pytest.fixture
def rig(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(sys.modules["clickstream.rollup.rebuild"], "GROUPS_A_BATCH", 3)
    monkeypatch.setattr(rollup, "FILL_CHUNK", 5)
    with rigged(connection) as rig:
        rig.shop.receive(golden_shop.EVENTS)
        rig.shop.catch_up()
        yield rig


def test_one_leads_until_it_lets_go(store: Store) -> None:
    first = store.state.take_lease("a")
    assert first is not None
    assert store.state.take_lease("b") is None
    assert store.state.take_lease("a") == first
    store.state.release_lease("b")
    assert store.state.take_lease("b") is None
    store.state.release_lease("a")
    assert store.state.take_lease("b") == first + 1


def test_a_lease_that_nobody_renews_is_taken_and_does_not_come_back(rig: Rig) -> None:
    state = rig.store.state
    first = state.take_lease("a")
    rig.expire_lease()
    assert first is not None
    assert state.take_lease("b") == first + 1
    assert state.take_lease("a") is None
    state.release_lease("a")
    assert state.take_lease("c") is None
    state.release_lease("b")
    assert state.take_lease("a") == first + 2


def test_nothing_can_be_written_under_an_earlier_term_once_it_was_claimed(store: Store) -> None:
    store.state.claim_dataset("live", MARCH, 5)
    store.state.claim_pending("live", 1, 5)
    late: list[Callable[[], Any]] = [
        lambda: store.state.claim_dataset("live", MARCH, 4),
        lambda: store.state.claim_pending("live", 1, 4),
        lambda: store.state.raise_watermark("live", 4),
        lambda: store.state.begin_generation("live", 4, 2, MARCH),
        lambda: store.state.filled_to("live", 4, "c:x"),
        lambda: store.state.flip("live", 4, 2, MARCH),
        lambda: store.state.dropped("live", 4),
        lambda: store.state.save_pending("live", 1, 4, Pending(days={"2026-03-01"})),
    ]
    for write in late:
        with pytest.raises(Deposed):
            write()
    assert store.state.claim_dataset("live", MARCH, 5).watermark == 0
    assert store.state.claim_pending("live", 1, 5) == Pending()


def undo(rig: Rig) -> None:
    rig.delete(*(event["event_id"] for event in (BRIDGE, EARLY, LOGIN, FIRST, OWNER)))


def cut_otherwise(rig: Rig) -> None:
    rig.shop.receive([EARLY])
    rig.tag("c2", "a6")
    rig.delete("k1", "f1")


TAKEN_OVER = {
    "what it does is undone": ([BRIDGE, EARLY, LOGIN, FIRST, OWNER], undo),
    "what it does is done otherwise": ([BRIDGE, LOGIN, FIRST, OWNER], cut_otherwise),
    "there is nothing more to do": ([BRIDGE, LOGIN, FIRST, OWNER], lambda rig: None),
}


@pytest.mark.parametrize("name", TAKEN_OVER)
def test_a_worker_that_slept_before_any_of_its_writes_spoils_nothing(rig: Rig, name: str) -> None:
    """It wakes up when another has taken over and finished, and goes on writing what it had in hand."""
    sent, meanwhile = TAKEN_OVER[name]
    rig.shop.receive(sent)
    begun = rig.save()
    meanwhile(rig)
    wanted = rig.afresh()
    results = set()
    for writes in range(1, 1_000):
        rig.restore(begun)

        def sleep() -> None:
            rig.expire_lease()
            meanwhile(rig)
            rig.shop.catch_up()
            assert rig.derived() == wanted

        life = Life(writes, at_end=sleep)
        stayed = lead(rig, rig.mortal(life))
        if not life.over:
            break
        results.add(stayed)
        assert rig.derived() == wanted, f"slept before write {writes}"
        rig.shop.catch_up()
        assert rig.derived() == wanted, f"slept before write {writes}"
    assert writes > 15
    assert False in results
    rig.check()


def rebuild(rig: Rig, store: Store) -> None:
    rollup.rebuild(store, rig.settings, "live", lambda groups: None)


@pytest.mark.parametrize("rebuilds", [False, True], ids=["catches up", "rebuilds too"])
def test_a_rebuild_that_slept_before_any_of_its_writes_spoils_nothing(rig: Rig, rebuilds: bool) -> None:
    """Another takes over meanwhile and finishes, with other events; or fills and serves a generation of its own."""
    rig.shop.receive([LOGIN, OWNER])
    begun = rig.save()
    cut_otherwise(rig)
    wanted = rig.afresh()
    for writes in range(1, 1_000):
        rig.restore(begun)

        def sleep() -> None:
            rig.expire_lease()
            cut_otherwise(rig)
            if rebuilds:
                rebuild(rig, rig.store)
            rig.shop.catch_up()

        life = Life(writes, at_end=sleep)
        rebuild(rig, rig.mortal(life))
        rig.shop.catch_up()
        if not life.over:
            break
        assert rig.derived() == wanted, f"slept before write {writes}"
        assert rig.state()["generation"] in ((2, 3) if rebuilds else (2,))
        assert "next_generation" not in rig.state()
    assert writes > 30
    rig.check()


def test_catching_up_starts_again_when_another_takes_over(rig: Rig) -> None:
    rig.shop.receive([BRIDGE, LOGIN])
    life = Life(8, at_end=lambda: (rig.expire_lease(), rig.shop.receive([EARLY]), rig.shop.catch_up()))
    rollup.catch_up(rig.mortal(life), rig.settings, rig.clock)
    assert life.over
    assert rig.derived() == rig.afresh()
    rig.check()


def test_work_longer_than_the_lease_keeps_it(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Renewal comes with every event and session read, so that one large group or day does not lose the lead."""
    monkeypatch.setattr(rollup, "LEASE_SECONDS", 0.0)
    renewed = []
    take_lease = rig.store.state.take_lease

    def counted(holder: str) -> int | None:
        renewed.append(holder)
        return take_lease(holder)

    monkeypatch.setattr(rig.store.state, "take_lease", counted)
    rig.shop.receive([BRIDGE])
    rig.shop.catch_up()
    sessions_and_events = 10
    assert len(renewed) > sessions_and_events
    assert len(set(renewed)) == 1


def test_a_worker_whose_lease_was_taken_stops_at_its_next_beat(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollup, "LEASE_SECONDS", 0.0)
    with pytest.raises(Deposed), rollup._lease(rig.store, wait=False) as (_, beat):
        beat()
        rig.expire_lease()
        rig.store.state.take_lease("another")
        beat()
    with pytest.raises(Deposed), rollup._lease(rig.store, wait=False):
        pass


def test_many_who_catch_up_at_once_take_turns(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    inside: list[int] = []
    overlaps: list[list[int]] = []
    terms: list[int] = []
    roll_up = rollup.roll_up

    def watched(*given: Any, term: int, **named: Any) -> None:
        inside.append(term)
        terms.append(term)
        overlaps.append(list(inside))
        roll_up(*given, term=term, **named)
        inside.remove(term)

    monkeypatch.setattr(rollup, "roll_up", watched)
    threads = [threading.Thread(target=rig.shop.catch_up) for _ in range(4)]
    for thread, event in zip(threads, (BRIDGE, EARLY, LOGIN, FIRST), strict=True):
        rig.shop.receive([event])
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(terms) for terms in overlaps] == [1] * len(overlaps)
    assert terms == sorted(set(terms))
    assert len(terms) >= len(threads)
    assert rig.derived() == rig.afresh()


class Failing:
    """A collection whose bulk write ends with these error codes."""

    def __init__(self, *codes: int) -> None:
        self._codes = codes

    def bulk_write(self, operations: object, ordered: bool) -> None:
        raise BulkWriteError({"writeErrors": [{"index": n, "code": code} for n, code in enumerate(self._codes)]})


@pytest.mark.parametrize(
    ("codes", "error"),
    [((11000,), Deposed), ((11000, 11000), Deposed), ((14031,), DatabaseUnavailable), ((11000, 91), DatabaseUnavailable)],
)
def test_a_fault_of_the_database_is_not_taken_for_another_worker(codes: tuple[int, ...], error: type[Exception]) -> None:
    failing: Any = Failing(*codes)
    with pytest.raises(error):
        write_under_term(failing, [])
