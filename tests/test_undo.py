"""Undo of an import: exactly its events go, what came another way too stays, and sessions and days follow."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import FakeClock

from clickstream import metrics, rollup
from clickstream.ingest import Collector
from clickstream.ingest.commit import WRITTEN_TOGETHER
from clickstream.ingest.undo import Undone, undo
from clickstream.scope import LIVE, Scope
from clickstream.settings import Settings
from clickstream.store import Store

Json = dict[str, Any]


def page(n: int, client: str = "c1") -> Json:
    return {"event_type": "pageview", "client_id": client, "timestamp": 1_772_300_000 + n, "page": f"/{n}"}


def order(n: int) -> Json:
    return {**page(n), "event_type": "purchase", "order_id": "o1", "revenue": 10}


class Shop:
    def __init__(self, store: Store, settings: Settings, clock: FakeClock) -> None:
        self.store, self.settings, self.clock = store, settings, clock
        self.collector = Collector(store, clock)

    def send(self, *raws: Json, batch: str | None = None) -> int:
        """How many of them were there already."""
        return self.collector.loader(LIVE, batch).collect(raws).duplicates

    def undo(self, batch: str) -> Undone:
        return undo(self.store, LIVE, batch, lambda gone: None)

    def pages(self) -> set[str | None]:
        return {event.page for event in self.store.events.latest(LIVE, 1_000)}

    def overview(self) -> Json:
        rollup.catch_up(self.store, self.settings, self.clock)
        return metrics.measure(self.store, "overview", Scope(dataset=LIVE, as_of=self.clock())).result


@pytest.fixture
def shop(store: Store, settings: Settings, clock: FakeClock) -> Shop:
    return Shop(store, settings, clock)


def test_the_numbers_are_back_where_they_were(shop: Shop) -> None:
    shop.send(page(1), order(2))
    before = shop.overview()
    shop.send(page(3), {**order(4), "event_type": "refund", "amount": 4}, page(5, "c2"), batch="b1")
    assert shop.overview() != before
    assert shop.undo("b1") == Undone(deleted=3, kept=0)
    assert shop.overview() == before
    assert shop.undo("b1") == Undone(deleted=0, kept=0)


def test_what_was_there_before_the_import_is_not_its_own(shop: Shop) -> None:
    shop.send(page(1))
    assert shop.send(page(1), page(2), batch="b1") == 1
    assert shop.undo("b1") == Undone(deleted=1, kept=0)
    assert shop.pages() == {"/1"}


def test_what_the_shop_sent_again_since_stays_for_good(shop: Shop) -> None:
    shop.send(page(1), page(2), batch="b1")
    assert shop.send(page(2)) == 1
    assert shop.undo("b1") == Undone(deleted=1, kept=1)
    assert shop.pages() == {"/2"}
    shop.send(page(2), batch="b2")
    assert shop.undo("b2") == Undone(deleted=0, kept=1)
    assert shop.pages() == {"/2"}


def test_what_two_imports_brought_goes_with_the_last_of_them(shop: Shop) -> None:
    shop.send(page(1), page(2), batch="b1")
    shop.send(page(2), page(3), batch="b2")
    assert shop.undo("b1") == Undone(deleted=1, kept=1)
    assert shop.pages() == {"/2", "/3"}
    assert shop.undo("b2") == Undone(deleted=2, kept=0)
    assert shop.pages() == set()


def test_loading_the_same_batch_again_doubles_nothing_and_can_be_undone(shop: Shop) -> None:
    for duplicates in (0, 2):
        assert shop.send(page(1), page(2), batch="b1") == duplicates
    assert shop.store.events.count_batch(LIVE, "b1") == 2
    assert shop.undo("b1") == Undone(deleted=2, kept=0)


def test_an_event_sent_again_while_it_is_being_taken_back_is_stored(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The undo falls between the refusal of the duplicate and its claim."""
    shop.send(page(1), batch="b1")
    claim = shop.store.events._claim

    def undone_meanwhile(documents: list[Json], way: str) -> None:
        shop.undo("b1")
        claim(documents, way)

    monkeypatch.setattr(shop.store.events, "_claim", undone_meanwhile)
    shop.send(page(1))
    assert shop.pages() == {"/1"}
    monkeypatch.undo()
    assert shop.undo("b1") == Undone(deleted=0, kept=0)
    assert shop.pages() == {"/1"}


def test_an_undo_that_was_broken_off_is_finished_by_the_next(shop: Shop) -> None:
    shop.send(*[page(n, f"c{n % 7}") for n in range(WRITTEN_TOGETHER + 10)], batch="b1")

    def broken_off(gone: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        undo(shop.store, LIVE, "b1", broken_off)
    assert shop.store.events.count(LIVE) == 10
    assert shop.undo("b1") == Undone(deleted=10, kept=0)
    assert shop.overview()["sessions"] == 0


def test_every_deletion_is_marked(shop: Shop) -> None:
    shop.send(page(1), order(2), batch="b1")
    shop.overview()
    shop.undo("b1")
    assert [set(change.keys) for change in shop.store.changes.read()] == [{"c:c1", "o:o1"}]
