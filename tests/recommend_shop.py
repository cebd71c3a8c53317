"""A shop of hand-made sessions, to recommend from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from clickstream import rollup
from clickstream.catalog import Product
from clickstream.ingest import Collector
from clickstream.recommend import Candidate, candidates
from clickstream.settings import Settings
from clickstream.store import Store

Json = dict[str, Any]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def product(product_id: str, **values: Any) -> Product:
    given = {"name": f"Product {product_id}", "category": "Kitchen", "price": 10.0, "currency": "EUR", "stock": 5, **values}
    return Product(product_id=product_id, **given)


class Shop:
    """Sessions one after the other; everything is rolled up when recommendations are asked for."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self._settings = settings
        self._sessions = 0

    def stock(self, *products: Product) -> None:
        self.store.products.upsert(products)

    def visit(self, *, user: str = "", ago: timedelta = DAY, times: int = 1, source: str = "", **acts: str) -> None:
        """Sessions that `view`, `add`, `remove` and `buy` the products named, a word each; `unnamed` buys and names none."""
        who = {"user_id": user} if user else {}
        known = {"source": source} if source else {}
        for _ in range(times):
            self._sessions += 1
            sent = [
                {
                    **who,
                    "session_id": f"s{self._sessions}",
                    "event_id": f"s{self._sessions}-{place}",
                    "event_type": event_type,
                    "timestamp": (NOW - ago + timedelta(seconds=place)).isoformat(),
                    "properties": {**properties, **known},
                }
                for place, (event_type, properties) in enumerate(_events(acts))
            ]
            assert Collector(self.store, lambda: NOW).collect(sent).rejected == []

    def recommend(self, user: str | None, limit: int = 10) -> list[Candidate]:
        rollup.catch_up(self.store, self._settings, lambda: NOW)
        return candidates(self.store, "live", user, limit, now=NOW)


def _events(acts: dict[str, str]) -> Iterator[tuple[str, Json]]:
    yield "pageview", {}
    for act, event_type in (("view", "product_view"), ("add", "add_to_cart"), ("remove", "remove_from_cart")):
        for name in acts.get(act, "").split():
            yield event_type, {"product_id": name}
    if "buy" in acts:
        yield "purchase", {"revenue": 20, "items": [{"product_id": name} for name in acts["buy"].split()]}
    if "unnamed" in acts:
        yield "purchase", {"revenue": 20}


def ids(found: Sequence[Candidate]) -> list[str]:
    return [candidate.product.product_id for candidate in found]
