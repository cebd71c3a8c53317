"""A shop whose rollup can be stopped at any single write; and what has to be the same afterwards, whatever happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from conftest import FakeClock
from oracle import Oracle
from pymongo.database import Database
from shop_check import Shop, empty_shop

from clickstream import rollup
from clickstream.errors import Deposed
from clickstream.events import Event, touched_keys
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.connect import Connection

Document = dict[str, Any]

NOW = datetime(2026, 3, 29, 20, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
TOLD_APART_BY = ("_id", "generation", "term", "gone_at")
WRITES = frozenset(("update_one", "update_many", "replace_one", "delete_one", "delete_many", "find_one_and_update"))
BOTH_VIEWS: dict[str, Document] = {"clean": {}, "all": {"view": "all"}}


class Killed(BaseException):
    """Nothing of ours runs any more, not even what cleans up."""


@dataclass
class Life:
    """Whoever lives it does `at_end` before the write after `writes` of them; with `dies`, that and nothing more."""

    writes: int
    at_end: Callable[[], None] = lambda: None
    dies: bool = False
    done: int = 0
    over: bool = False

    def read(self) -> None:
        if self.over and self.dies:
            raise Killed

    def write(self) -> None:
        self.read()
        if self.done == self.writes:
            self.over = True
            self.at_end()
            self.read()
        self.done += 1


class MortalCollection:
    """A bulk can be cut before its first document, after it, in the middle, and before the last."""

    def __init__(self, collection: Any, life: Life, backwards: bool) -> None:
        self._collection, self._life, self._backwards = collection, life, backwards

    def with_options(self, **options: Any) -> MortalCollection:
        return self

    def bulk_write(self, operations: Sequence[Any], ordered: bool = True) -> None:
        ways = list(reversed(operations)) if self._backwards else list(operations)
        cuts = sorted({0, 1, len(ways) // 2, len(ways) - 1} - {len(ways)})
        for start, end in zip(cuts, [*cuts[1:], len(ways)], strict=True):
            self._life.write()
            self._collection.bulk_write(ways[start:end], ordered=ordered)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._collection, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            (self._life.write if name in WRITES else self._life.read)()
            return method(*args, **kwargs)

        return call


class MortalDatabase:
    """A database as somebody sees who has a Life."""

    def __init__(self, database: Database[Document], life: Life, backwards: bool = False) -> None:
        self._database, self._life, self._backwards = database, life, backwards

    def __getattr__(self, name: str) -> MortalCollection:
        return MortalCollection(self._database[name], self._life, self._backwards)

    def __getitem__(self, name: str) -> MortalCollection:
        return getattr(self, name)  # type: ignore[no-any-return]


@dataclass
class Rig:
    """A shop with its database at hand."""

    shop: Shop
    database: Database[Document]

    @property
    def store(self) -> Store:
        return self.shop.store

    @property
    def settings(self) -> Settings:
        return self.shop.settings

    @property
    def clock(self) -> FakeClock:
        return self.shop.clock

    def mortal(self, life: Life, *, backwards: bool = False) -> Store:
        """The same database to somebody with this life."""
        seen: Any = MortalDatabase(self.database, life, backwards)
        return Store(seen, describe="mortal")

    def expire_lease(self) -> None:
        """As if the holder had not been heard of for long."""
        self.database.rollup_state.update_one({"_id": "lease"}, {"$set": {"expires": LONG_AGO}})

    def rewrite(self, event_ids: Sequence[str], change: Callable[[Any, Document], object]) -> None:
        """Tag or delete stored events as a writer does: under a mark of all they touch."""
        wanted = {"dataset": "live", "event_id": {"$in": list(event_ids)}}
        touched = {key for event in self.database.events.find(wanted) for key in touched_keys(event_of(event))}
        mark = self.store.changes.open("live", sorted(touched))
        change(self.database.events, wanted)
        self.store.changes.close(mark)

    def delete(self, *event_ids: str) -> None:
        self.rewrite(event_ids, lambda events, wanted: events.delete_many(wanted))

    def tag(self, *event_ids: str) -> None:
        flag = {"noisy": True, "reason": "test"}
        self.rewrite(event_ids, lambda events, wanted: events.update_many(wanted, {"$set": {"flag": flag}}))

    def mark_everything(self) -> None:
        self.store.changes.close(self.store.changes.open("live", list(self.store.events.keys("live", after=""))))

    def state(self, name: str = "live") -> Document:
        found = self.database.rollup_state.find_one({"_id": f"dataset:{name}"})
        assert found is not None
        return found

    def watermark(self) -> int:
        return int(self.state()["watermark"])

    def oracle(self) -> Oracle:
        events = self.database.events.find({"dataset": "live"})
        return Oracle(
            events,
            time_zone=self.settings.time_zone,
            currency=self.settings.currency,
            gap_minutes=self.settings.session_gap_minutes,
        )

    def check(self) -> None:
        """Every metric agrees with the oracle about what is stored, in both views."""
        self.shop.check(self.oracle(), BOTH_VIEWS)

    def derived(self) -> Document:
        """Sessions and days as they are served, without what may differ from run to run."""
        generation = self.state()["generation"]
        served = {"dataset": "live", "generation": generation}
        prefix = f"live:{generation}:"
        sessions = self.database.sessions.find({**served, "views": {"$ne": []}})
        totals = self.database.daily.find({**served, "part": "total", "value.counts": {"$ne": {}}})
        filled = {(total["day"], total["view"]) for total in totals}
        days = (part for part in self.database.daily.find(served) if (part["day"], part["view"]) in filled)
        return {one["_id"].removeprefix(prefix): plain(one) for found in (sessions, days) for one in found}

    def everything(self) -> Document:
        """All that the rollup has written, terms aside."""
        names = ("sessions", "daily", "rollup_state", "changes")
        return {
            name: {one["_id"]: plain(one) for one in self.database[name].find() if one["_id"] != "lease"} for name in names
        }

    def save(self) -> dict[str, list[Document]]:
        return {name: list(self.database[name].find()) for name in self.database.list_collection_names()}

    def restore(self, saved: dict[str, list[Document]]) -> None:
        for name in self.database.list_collection_names():
            self.database[name].delete_many({})
            if saved.get(name):
                self.database[name].insert_many(saved[name])

    def afresh(self) -> Document:
        """What a rollup that never stopped makes of the events stored now. Everything derived before is lost."""
        for name in ("sessions", "daily", "rollup_state", "changes"):
            self.database[name].delete_many({})
        self.mark_everything()
        self.shop.catch_up()
        return self.derived()


def plain(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in TOLD_APART_BY}


def event_of(document: Document) -> Event:
    return Event(**{name: value for name, value in document.items() if name not in ("_id", "dataset")})


@contextmanager
def rigged(connection: Connection, now: datetime = NOW, time_zone: str = "Europe/Berlin") -> Iterator[Rig]:
    with empty_shop(connection, now, time_zone) as shop:
        yield Rig(shop, connection.client[shop.name])


def lead(rig: Rig, store: Store) -> bool:
    """One full pass as the leader of a new term; False where that was taken away meanwhile."""
    term = rig.store.state.take_lease("leader")
    assert term is not None
    try:
        rollup.roll_up(store, rig.settings, rig.clock, term=term, beat=lambda: None, pace=None)
    except Deposed:
        return False
    rig.store.state.release_lease("leader")
    return True
