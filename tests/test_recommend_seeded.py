"""Recommendations in the sample shop: every list is sound, and every count is what plain counting finds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from clickstream import rollup
from clickstream.ingest import Collector
from clickstream.recommend import Candidate, candidates, reason
from clickstream.settings import Settings
from clickstream.simulate import sample_products, simulate_shop
from clickstream.store import Store
from tests.conftest import FakeClock
from tests.recommend_shop import DAY, NOW, Json, ids

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Raw:
    """The seeded shop's events as plain sessions, counted without the product's code."""

    def __init__(self, events: Iterable[Json]) -> None:
        self.viewed: dict[str, set[str]] = {}
        self.added: dict[str, set[str]] = {}
        self.bought: dict[str, set[str]] = {}
        self.last_bought: dict[tuple[str | None, str], datetime] = {}
        starts: dict[str, datetime] = {}
        users: dict[str, str] = {}
        for event in events:
            session = event.get("session_id") or event["visit"]
            starts.setdefault(session, datetime.fromisoformat(event["timestamp"]))
            if event.get("user_id"):
                users[session] = event["user_id"]
            lines = event["properties"].get("items") or [event["properties"]]
            acts = {"product_view": self.viewed, "add_to_cart": self.added, "purchase": self.bought}
            if event["event_type"] in acts:
                acts[event["event_type"]].setdefault(session, set()).update(line["product_id"] for line in lines)
        for session, products in self.bought.items():
            for name in products if session in users else ():
                key = (users[session], name)
                self.last_bought[key] = max(starts[session], self.last_bought.get(key, starts[session]))

    def performance(self, name: str) -> tuple[int, int, int]:
        """Sessions that viewed or added the product, that added it, that added and bought it."""
        viewed, added, bought = (
            {session for session, products in acts.items() if name in products}
            for acts in (self.viewed, self.added, self.bought)
        )
        return len(viewed | added), len(added), len(added & bought)

    def support(self, kind: str, *names: str) -> tuple[int, int]:
        sessions = (self.bought if kind == "bought_together" else self.viewed).values()
        return sum(set(names) <= products for products in sessions), len(sessions)


def with_visits(events: Iterable[Json]) -> list[Json]:
    """The events in order, those without a session id marked with the visit of their client they belong to."""
    last: dict[str, tuple[datetime, str]] = {}
    marked = []
    for event in events:
        moment, client = datetime.fromisoformat(event["timestamp"]), event.get("client_id") or event["user_id"]
        before, visit = last.get(client, (LONG_AGO, ""))
        if moment - before > timedelta(minutes=30):
            visit = f"{client} at {moment}"
        last[client] = moment, visit
        marked.append({**event, "visit": visit})
    return marked


@pytest.fixture
def seeded(store: Store, settings: Settings, clock: FakeClock) -> Raw:
    catalog = sample_products("EUR")
    store.products.upsert(catalog)
    sizes: Json = {"days": 20, "users": 25, "sessions_per_user": 3, "avg_events": 7}
    events = list(simulate_shop(Random(7), catalog, NOW, **sizes))
    collector = Collector(store, clock)
    for start in range(0, len(events), 2_000):
        collector.collect(events[start : start + 2_000])
    rollup.catch_up(store, settings, clock)
    return Raw(with_visits(events))


def test_in_the_seeded_shop_every_list_is_sound_and_every_count_is_true(store: Store, seeded: Raw) -> None:
    stock = {one.product_id: one for one in store.products.all()}
    kinds = set()
    for user in [*(f"shopper{place:02d}" for place in range(1, 26)), "nobody", None]:
        found = candidates(store, "live", user, 10, now=NOW)
        kinds |= {one.evidence.kind for one in found}
        assert len(found) == 10
        assert len(set(ids(found))) == 10
        for one in found:
            assert stock[one.product.product_id] == one.product
            assert one.product.in_stock
            assert seeded.last_bought.get((user, one.product.product_id), LONG_AGO) < NOW - 30 * DAY
            assert_counted(one, seeded)
        assert found == candidates(store, "live", user, 10, now=NOW)
    assert kinds >= {"left_in_cart", "looked_at", "viewed_together", "performer", "popular"}


def assert_counted(one: Candidate, seeded: Raw) -> None:
    evidence, name = one.evidence, one.product.product_id
    assert reason(evidence).endswith(".")
    if evidence.because and evidence.lift:
        both, sessions = seeded.support(evidence.kind, evidence.because, name)
        (first, _), (second, _) = (seeded.support(evidence.kind, each) for each in (evidence.because, name))
        assert (evidence.n, evidence.sessions) == (both, sessions)
        assert evidence.counts == {"with_because": first, "with_product": second}
        assert evidence.lift == pytest.approx(both * sessions / (first * second))
        assert both >= 5
    if evidence.kind == "popular":
        act = "bought_together" if "bought" in evidence.counts else "viewed_together"
        assert (evidence.n, evidence.sessions) == seeded.support(act, name)
    if evidence.kind == "performer":
        assert (evidence.n, evidence.counts["added"], evidence.counts["bought"]) == seeded.performance(name)
        assert evidence.n >= 20
