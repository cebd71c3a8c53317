"""A database that receives a shop and must agree with the oracle about it, in every kind of scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from agreement import disagreements
from conftest import FakeClock
from databases import databases_of
from oracle import Oracle
from stored_form import stored_batches

from clickstream import metrics, rollup
from clickstream.events import touched_keys
from clickstream.ingest import Collector
from clickstream.metrics import Wanted
from clickstream.scope import LIVE, Scope
from clickstream.settings import Settings, read_settings
from clickstream.store import Store
from clickstream.store.connect import Connection

JsonDict = dict[str, Any]

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata"]
DIMENSIONS = ["device", "country", "channel", "visitor", "variant"]
CASES: list[tuple[str, JsonDict]] = [
    ("overview", {}),
    ("spread", {}),
    ("variants", {}),
    ("series", {"interval": "day"}),
    ("series", {"interval": "hour"}),
    ("funnel", {}),
    ("cart", {"limit": 1000}),
    ("checkout", {}),
    ("search", {"limit": 1000}),
    *(("segments", {"dimension": dimension}) for dimension in DIMENSIONS),
    ("pages", {"limit": 1000}),
    ("event_types", {"limit": 1000}),
]


@dataclass
class Shop:
    """A dataset of the database `name`, which receives batches, and the oracle's copy of everything it received."""

    name: str
    store: Store
    settings: Settings
    clock: FakeClock
    dataset: str = LIVE
    batches: list[tuple[datetime, Sequence[JsonDict]]] = field(default_factory=list)
    tagged: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)

    def receive(self, events: Sequence[JsonDict]) -> None:
        receipt = Collector(self.store, self.clock).collect(events, self.dataset)
        assert receipt.rejected == []
        self.batches.append((self.clock(), events))
        self.clock.advance(seconds=1)

    def tag(self, event_ids: Sequence[str]) -> None:
        self._rewrite(event_ids, lambda: self.store.noise.tag(self.dataset, event_ids, "test"))
        self.tagged.update(event_ids)

    def delete(self, event_ids: Sequence[str]) -> None:
        """Of tagged events."""
        self._rewrite(event_ids, lambda: self.store.noise.delete(self.dataset, event_ids))
        self.deleted.update(event_ids)

    def _rewrite(self, event_ids: Sequence[str], change: Callable[[], object]) -> None:
        events = self.store.noise.in_order(self.dataset, {"event_id": {"$in": event_ids}})
        mark = self.store.changes.open(self.dataset, sorted({key for event in events for key in touched_keys(event)}))
        change()
        self.store.changes.close(mark)

    def catch_up(self) -> None:
        rollup.catch_up(self.store, self.settings, self.clock)

    def oracle(self) -> Oracle:
        documents = [
            document | ({"flag": {"noisy": True}} if document["event_id"] in self.tagged else {})
            for document in stored_batches(self.batches)
            if document["event_id"] not in self.deleted
        ]
        settings = self.settings
        return Oracle(documents, time_zone=settings.time_zone, currency=settings.currency, dataset=self.dataset)

    def check(self, oracle: Oracle, scopes: Mapping[str, JsonDict], cases: Sequence[tuple[str, JsonDict]] = CASES) -> None:
        """Every case in every scope; all disagreements at once."""
        found = [
            f"{metric} {options} {label}: {line}"
            for label, scope in scopes.items()
            for metric, options in cases
            for line in self.compare(oracle, metric, options, scope)
        ]
        assert not found, "\n".join([f"{len(found)} disagreements", *found[:25]])

    def compare(self, oracle: Oracle, metric: str, options: JsonDict, scope: JsonDict) -> Iterator[str]:
        wanted = {"as_of": self.clock()} | scope
        answer = metrics.measure(self.store, metric, Scope(dataset=self.dataset, **wanted), options)
        yield from disagreements(answer.result, oracle.measure(metric, options=options, **wanted))
        yield from (f"{check} does not hold" for check in answer.reconciliation if not check["holds"])
        msgspec.json.encode(answer.result)

    def compare_behind(self, oracle: Oracle, wanted: Wanted, scope: JsonDict) -> Iterator[str]:
        """The sessions behind a number: all of them on the first page."""
        expected = oracle.behind(wanted.metric_id, wanted.of, wanted.value, options=wanted.options, **scope)
        found = metrics.sessions_behind(self.store, Scope(dataset=self.dataset, **scope), wanted, limit=1000)
        ids = sorted(shown.session.session_id for shown in found.sessions)
        if ids != expected:
            yield f"sessions {ids}, should be {expected}"
        if found.total != len(expected):
            yield f"total {found.total}, should be {len(expected)}"


@contextmanager
def empty_shop(connection: Connection, now: datetime, time_zone: str = "UTC", currency: str = "EUR") -> Iterator[Shop]:
    settings = read_settings({"TIME_ZONE": time_zone, "CURRENCY": currency})
    with databases_of(connection.client).lent() as database:
        yield Shop(database.name, Store(database, describe="the test's own database"), settings, FakeClock(now))


def scopes_of(oracle: Oracle, as_of: datetime) -> dict[str, JsonDict]:
    """Labelled scopes around what the shop holds: windows, filters, a user, the other view, half an hour later."""
    sessions = oracle.sessions("all")
    if not sessions:
        return {"everything": {}}
    middle = sessions[len(sessions) // 2]
    start = middle["start"]
    local = start.astimezone(oracle.zone)
    midnight = datetime(local.year, local.month, local.day, tzinfo=oracle.zone).astimezone(UTC)
    tomorrow = local.date() + timedelta(days=1)
    next_midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=oracle.zone).astimezone(UTC)
    kind = "new" if middle["new"] else "returning"
    user_id = next((session["user_id"] for session in sessions if session["user_id"]), "nobody")
    return {
        "everything": {},
        "one whole day": {"since": midnight, "until": next_midnight},
        "whole days from": {"since": midnight},
        "whole days until": {"until": next_midnight},
        "part of a day": {"since": start, "until": start + timedelta(hours=5)},
        "part of a day until": {"until": start + timedelta(minutes=7)},
        **{f"one {name}": {"filters": {name: middle[name]}} for name in DIMENSIONS if name != "visitor"},
        f"{kind} visitors": {"filters": {"visitor": kind}},
        "a value nobody has": {"filters": {"device": "toaster"}},
        "two filters": {"filters": {"device": middle["device"], "visitor": kind}},
        "three filters": {"filters": {"device": middle["device"], "variant": middle["variant"], "visitor": kind}},
        "a filter on a day": {"filters": {"channel": middle["channel"]}, "since": midnight, "until": next_midnight},
        "a user": {"user_id": user_id},
        "a user and a filter": {"user_id": user_id, "filters": {"visitor": kind}, "until": next_midnight},
        "with noise": {"view": "all"},
        "with noise and a filter": {"view": "all", "filters": {"device": middle["device"]}},
        "31 minutes later": {"as_of": as_of + timedelta(minutes=31)},
        "31 minutes later, one day": {"as_of": as_of + timedelta(minutes=31), "since": midnight, "until": next_midnight},
    }


def check_everything(shop: Shop) -> None:
    shop.catch_up()
    oracle = shop.oracle()
    shop.check(oracle, scopes_of(oracle, shop.clock()))
