"""The group commit: who waits together is written together, and everybody hears what became of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier, Lock, Thread
from threading import Event as Signal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from clickstream.errors import DatabaseUnavailable, InvalidInput
from clickstream.events import Event
from clickstream.ingest.commit import SHARED_UP_TO, WRITTEN_TOGETHER, Committer
from clickstream.store import Store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECONDS = 20


def event(name: str, client_id: str = "c1") -> Event:
    return Event(name, "pageview", NOW, NOW, 0, f"c:{client_id}", client_id=client_id)


def at_once(threads: int, work: Callable[[int], Any]) -> list[Any]:
    """What each of these threads, let go together, returned or raised."""
    gate = Barrier(threads)

    def run(n: int) -> Any:
        gate.wait(SECONDS)
        try:
            return work(n)
        except Exception as error:  # noqa: BLE001 the test looks at it
            return error

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


class FakeStore:
    """Keeps ids; `before` is called by every insert, and the first waits until `go`."""

    def __init__(self, before: Callable[[Sequence[Event]], None] = lambda events: None) -> None:
        self.ids: set[str] = set()
        self.inserts: list[tuple[str, int]] = []
        self.opened: list[list[str]] = []
        self.closed = 0
        self.go = Signal()
        self.entered = Signal()
        self._before = before
        self._lock = Lock()
        self.changes = SimpleNamespace(open=self._open, close=self._close)
        self.events = SimpleNamespace(insert=self._insert)

    def _open(self, dataset: str, keys: Sequence[str]) -> str:
        with self._lock:
            self.opened.append(list(keys))
        return f"mark{len(self.opened)}"

    def _close(self, mark: str) -> bool:
        self.closed += 1
        return True

    def _insert(self, dataset: str, events: Sequence[Event], batch: str | None) -> set[int]:
        if not self.entered.is_set():
            self.entered.set()
            assert self.go.wait(SECONDS)
        self.inserts.append((dataset, len(events)))
        self._before(events)
        found = set()
        for n, one in enumerate(events):
            name = f"{dataset}:{one.event_id}"
            found |= {n} if name in self.ids else set()
            self.ids.add(name)
        return found


def committer(store: FakeStore) -> Committer:
    return Committer(cast(Store, store))


def crowd(store: FakeStore, one: Committer, threads: int, work: Callable[[int], Any]) -> list[Any]:
    """`work(0)` holds the turn until all the others wait for it."""

    def run(n: int) -> Any:
        if n:
            assert store.entered.wait(SECONDS)
        return work(n)

    def let_go() -> None:
        assert store.entered.wait(SECONDS)
        while len(one._waiting) < threads - 1:
            store.go.wait(0.001)
        store.go.set()

    watcher = Thread(target=let_go)
    watcher.start()
    outcomes = at_once(threads, run)
    watcher.join(SECONDS)
    return outcomes


def test_nothing_costs_no_write() -> None:
    store = FakeStore()
    assert committer(store).commit("live", []) == 0
    assert store.opened == []


def test_32_threads_store_every_event_once_and_hear_of_their_own_duplicates(store: Store) -> None:
    one = Committer(store)
    one.commit("live", [event("old")])

    def work(n: int) -> list[int]:
        """Request i of a thread: i + 1 new events and, in every third, the old one."""
        found = []
        for i in range(6):
            new = [event(f"{n}-{i}-{k}", f"c{n}") for k in range(i + 1)]
            found.append(one.commit("live", [*new, event("old")] if i % 3 == 0 else new))
        return found

    assert at_once(32, work) == [[1, 0, 0, 1, 0, 0]] * 32
    assert store.events.count("live") == 1 + 32 * 21
    assert {change.settled for change in store.changes.read()} == {True}


def test_one_id_from_many_threads_is_accepted_once(store: Store) -> None:
    one = Committer(store)
    assert sorted(at_once(16, lambda n: one.commit("live", [event("same")]))) == [0] + [1] * 15
    assert store.events.count("live") == 1


def test_who_waits_is_written_together_under_one_mark() -> None:
    store = FakeStore()
    one = committer(store)
    assert crowd(store, one, 9, lambda n: one.commit("live", [event(f"e{n}", f"c{n}")])) == [0] * 9
    assert [n for _, n in store.inserts] == [1, 8]
    assert store.closed == 2
    assert store.opened[0] == ["c:c0"]
    assert sorted(store.opened[1]) == [f"c:c{n}" for n in range(1, 9)]


def test_datasets_that_wait_together_are_told_apart() -> None:
    store = FakeStore()
    one = committer(store)
    duplicates = crowd(store, one, 9, lambda n: one.commit(f"set{n % 2}", [event("same")]))
    assert (sum(duplicates[0::2]), sum(duplicates[1::2])) == (4, 3)
    assert sorted(store.inserts) == [("set0", 1), ("set0", 4), ("set1", 4)]


def fail_after_first(error: BaseException) -> Callable[[Sequence[Event]], None]:
    def fail(events: Sequence[Event]) -> None:
        if "e0" not in {one.event_id for one in events}:
            raise error

    return fail


@pytest.mark.parametrize("error", [DatabaseUnavailable(), InvalidInput("The database cannot store this value.")])
def test_an_error_reaches_everybody_who_waited(error: Exception) -> None:
    store = FakeStore(fail_after_first(error))
    one = committer(store)
    outcomes = crowd(store, one, 9, lambda n: one.commit("live", [event(f"e{n}")]))
    assert outcomes == [0, *([error] * 8)]
    assert store.ids == {"live:e0"}


def test_a_fault_of_ours_tells_nobody_that_anything_was_stored() -> None:
    store = FakeStore(fail_after_first(KeyError("a bug")))
    one = committer(store)
    outcomes = crowd(store, one, 9, lambda n: one.commit("live", [event(f"e{n}")]))
    assert outcomes[0] == 0
    assert {type(outcome) for outcome in outcomes[1:]} <= {KeyError, DatabaseUnavailable}
    assert any(isinstance(outcome, KeyError) for outcome in outcomes)
    assert store.ids == {"live:e0"}


def test_after_an_error_the_next_is_served() -> None:
    store = FakeStore(fail_after_first(DatabaseUnavailable()))
    store.go.set()
    one = committer(store)
    with pytest.raises(DatabaseUnavailable):
        one.commit("live", [event("e1")])
    assert one.commit("live", [event("e0")]) == 0


def test_a_large_request_does_not_make_the_small_ones_wait() -> None:
    store = FakeStore()
    one = committer(store)
    large = [event(f"e{n}") for n in range(SHARED_UP_TO + 1)]

    def work(n: int) -> int:
        if n:
            assert store.entered.wait(SECONDS)
            done = one.commit("live", [event("small")])
            store.go.set()
            return done
        return one.commit("live", large)

    assert at_once(2, work) == [0, 0]


def test_a_request_of_very_many_is_marked_in_parts_and_its_duplicates_added_up() -> None:
    store = FakeStore()
    store.go.set()
    one = committer(store)
    events = [event(f"e{n}", f"c{n}") for n in range(2 * WRITTEN_TOGETHER + 1)]
    assert one.commit("live", events[::WRITTEN_TOGETHER]) == 0
    assert one.commit("live", events) == 3
    assert max(len(keys) for keys in store.opened) == WRITTEN_TOGETHER


def test_the_largest_mark_there_can_be_is_stored(store: Store) -> None:
    def longest(n: int) -> Event:
        order_id = f"{n}".ljust(200, "😀")
        return Event(
            f"e{n}", "purchase", NOW, NOW, n, f"s:{order_id}", session_id=order_id, properties={"order_id": order_id}
        )

    events = [longest(n) for n in range(WRITTEN_TOGETHER)]
    assert Committer(store).commit("live", events) == 0
    assert store.events.count("live") == WRITTEN_TOGETHER


def test_an_event_written_behind_the_rollups_back_is_marked_again(store: Store) -> None:
    """The writer was so slow that the rollup took its mark before the events were there."""
    insert = store.events.insert

    def slowly(dataset: str, events: Sequence[Event], batch: str | None) -> set[int]:
        store.changes.remove(store.changes.read())
        return insert(dataset, events)

    store.events.insert = slowly  # type: ignore[method-assign]
    Committer(store).commit("live", [event("e1")])
    (change,) = store.changes.read()
    assert (change.keys, change.settled) == (["c:c1"], True)
