"""Marks: how the rollup hears of every write, also of those it overlaps with and of those whose writer died."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import golden_shop
import pytest
from golden_shop import CC, happened, person
from rollup_check import LONG_AGO, Life, Rig, rigged

from clickstream import rollup
from clickstream.events import Event, touched_keys
from clickstream.ingest.commit import Committer
from clickstream.rollup.pace import Pace
from clickstream.store.changes import DEADLINE_SECONDS
from clickstream.store.connect import Connection

EVENT = Event(
    event_id="new-1",
    event_type="pageview",
    timestamp=datetime(2026, 3, 28, 15, tzinfo=UTC),
    received_at=datetime(2026, 3, 29, 20, tzinfo=UTC),
    position=0,
    key="c:new",
    client_id="new",
)


@pytest.fixture
def rig(connection: Connection) -> Iterator[Rig]:
    with rigged(connection) as rig:
        rig.shop.receive(golden_shop.EVENTS)
        rig.shop.catch_up()
        yield rig


def sessions(rig: Rig) -> int:
    return len([one for one in rig.derived().values() if one.get("kind") == "session"])


def work(rig: Rig) -> None:
    """One pass as the server's worker makes it."""
    term = rig.store.state.take_lease("worker")
    assert term is not None
    rollup.roll_up(rig.store, rig.settings, rig.clock, term=term, beat=lambda: None, pace=Pace(lambda: 0.0))
    rig.store.state.release_lease("worker")


def outlive_deadline(rig: Rig) -> None:
    rig.database.changes.update_many({"closed": False}, {"$set": {"opened_at": LONG_AGO}})


def test_a_closed_mark_is_taken_and_gone(rig: Rig) -> None:
    before = sessions(rig)
    rig.shop.receive([happened("new-1", "28 15:00:00", "pageview", person(client="new"))])
    work(rig)
    assert sessions(rig) == before + 1
    assert rig.store.changes.pending() == set()


def test_an_open_mark_of_a_dead_writer_is_taken_after_the_deadline_and_not_before(rig: Rig) -> None:
    before = sessions(rig)
    rig.store.changes.open("live", list(touched_keys(EVENT)))
    rig.store.events.insert("live", [EVENT])
    work(rig)
    assert (sessions(rig), len(rig.store.changes.pending())) == (before, 1)
    soon = {"$dateSubtract": {"startDate": "$$NOW", "unit": "second", "amount": DEADLINE_SECONDS - 20}}
    rig.database.changes.update_many({}, [{"$set": {"opened_at": soon}}])
    work(rig)
    assert (sessions(rig), len(rig.store.changes.pending())) == (before, 1)
    outlive_deadline(rig)
    work(rig)
    assert (sessions(rig), len(rig.store.changes.pending())) == (before + 1, 0)
    rig.check()


def test_catching_up_sees_what_stands_under_an_open_mark_and_leaves_the_mark(rig: Rig) -> None:
    """Acknowledged events may stand there: after a crash of the database a closed mark can be open again."""
    before = sessions(rig)
    mark = rig.store.changes.open("live", list(touched_keys(EVENT)))
    rig.store.events.insert("live", [EVENT])
    rig.shop.receive([happened("new-2", "28 15:00:00", "pageview", person(client="another"))])
    rig.shop.catch_up()
    assert sessions(rig) == before + 2
    assert rig.store.changes.pending() == {mark}


def test_a_mark_closed_after_catching_up_is_taken_by_the_next_pass(rig: Rig) -> None:
    before = sessions(rig)
    mark = rig.store.changes.open("live", list(touched_keys(EVENT)))
    rig.shop.catch_up()
    rig.store.events.insert("live", [EVENT])
    assert rig.store.changes.close(mark)
    work(rig)
    assert sessions(rig) == before + 1
    assert rig.store.changes.pending() == set()


def test_an_event_written_behind_a_running_pass_is_never_missed(rig: Rig) -> None:
    """It arrives before each write of the pass in turn, in a group that the pass may have done already."""
    begun = rig.save()
    late = happened("late", "28 10:20:00", "purchase", CC, order_id="o1", revenue=1, currency="EUR")
    rig.shop.receive([happened("first", "28 09:50:00", "pageview", CC, "/"), late])
    wanted = rig.afresh()
    for writes in range(1, 1_000):
        rig.restore(begun)
        rig.shop.receive([happened("first", "28 09:50:00", "pageview", CC, "/")])
        life = Life(writes, at_end=lambda: rig.shop.receive([late]))
        rollup.catch_up(rig.mortal(life), rig.settings, rig.clock)
        if not life.over:
            break
        rig.shop.catch_up()
        assert rig.derived() == wanted, f"arrived before write {writes}"
    assert writes > 8


def test_a_writer_that_is_late_beyond_the_deadline_marks_its_events_again(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """It opened its mark, slept, and wrote when the rollup had given it up for dead."""
    before = sessions(rig)
    insert = rig.store.events.insert

    def late(dataset: str, events: list[Event], batch: str | None) -> set[int]:
        outlive_deadline(rig)
        work(rig)
        assert rig.store.changes.pending() == set()
        return insert(dataset, events, batch)

    monkeypatch.setattr(rig.store.events, "insert", late)
    assert Committer(rig.store).commit("live", [EVENT]) == 0
    assert sessions(rig) == before
    work(rig)
    assert sessions(rig) == before + 1


def test_a_mark_closed_while_its_writer_is_given_up_stays(rig: Rig) -> None:
    """Between the rollup's reading of the events and its removal of the mark, the writer wrote and closed after all."""
    before = sessions(rig)
    mark = rig.store.changes.open("live", list(touched_keys(EVENT)))
    outlive_deadline(rig)
    given_up = rig.store.changes.read()
    assert [(one.id, one.closed, one.settled) for one in given_up] == [(mark, False, True)]
    rig.store.events.insert("live", [EVENT])
    assert rig.store.changes.close(mark)
    rig.store.changes.remove(given_up)
    work(rig)
    assert sessions(rig) == before + 1
    assert rig.store.changes.pending() == set()


def test_thousands_of_writers_at_work_hide_no_finished_one(rig: Rig) -> None:
    before = sessions(rig)
    now = datetime.now(UTC)
    rig.database.changes.insert_many(
        {"dataset": "live", "keys": ["c:nobody"], "closed": False, "opened_at": now} for _ in range(5_001)
    )
    rig.shop.receive([happened("new-1", "28 15:00:00", "pageview", person(client="new"))])
    assert rig.store.changes.any_settled()
    rig.shop.catch_up()
    assert sessions(rig) == before + 1
    assert not rig.store.changes.any_settled()


def test_catching_up_takes_more_marks_than_one_pass_reads(rig: Rig) -> None:
    now = datetime.now(UTC)
    rig.database.changes.insert_many(
        {"dataset": "live", "keys": [f"c:{n % 7}"], "closed": True, "opened_at": now} for n in range(5_001)
    )
    rig.shop.catch_up()
    assert rig.store.changes.pending() == set()


def test_a_mark_without_events_changes_nothing(rig: Rig) -> None:
    before, watermark = rig.everything(), rig.watermark()
    rig.store.changes.close(rig.store.changes.open("live", ["c:nobody", "o:nothing", "s:none"]))
    rig.shop.catch_up()
    assert rig.everything() == before
    assert rig.watermark() == watermark
