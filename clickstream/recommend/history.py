"""What one shopper did with products, read from that shopper's own sessions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

HALF_LIFE_DAYS = 30
JUST_BOUGHT = timedelta(days=30)
_DAY = timedelta(days=1)


@dataclass
class Interest:
    """One product. `looked` and `left_in_cart` count the sessions since it was last `bought`.

    `touched` is the start of the latest session that had to do with it.
    """

    touched: datetime
    looked: int = 0
    left_in_cart: int = 0
    bought: datetime | None = None


@dataclass(frozen=True)
class History:
    """`looks`: per session, the products that were viewed or put into the cart; the first session began at `since`."""

    interests: dict[str, Interest]
    looks: list[frozenset[str]]
    since: datetime | None

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> History:
        """Rows, the latest first: `start`, `products` (of a stored session), `left` (product ids), `ordered`."""
        found = list(rows)
        interests: dict[str, Interest] = {}
        for row in found:
            looked, bought = _looked(row), _bought(row)
            for product, _, _, _ in row["products"]:
                interest = interests.setdefault(product, Interest(row["start"]))
                if product in bought and interest.bought is None:
                    interest.bought = row["start"]
                if interest.bought is None:
                    interest.looked += product in looked
                    interest.left_in_cart += product in row["left"]
        return cls(interests, [_looked(row) for row in found], found[-1]["start"] if found else None)

    def just_bought(self, now: datetime) -> set[str]:
        interests = self.interests.items()
        return {product for product, interest in interests if interest.bought and interest.bought > now - JUST_BOUGHT}

    def latest(self, products: Iterable[str], limit: int) -> list[str]:
        """Those of these products that this shopper had to do with most recently."""
        return sorted(sorted(products), key=lambda product: self.interests[product].touched, reverse=True)[:limit]


def recency(moment: datetime, now: datetime) -> float:
    """1 now, halved every HALF_LIFE_DAYS days."""
    return float(0.5 ** (max(timedelta(0), now - moment) / _DAY / HALF_LIFE_DAYS))


def _looked(row: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(product for product, views, added, _ in row["products"] if views or added)


def _bought(row: Mapping[str, Any]) -> set[str]:
    """The products of the session's own orders; what was put into its cart where these name none."""
    named = {product for product, _, _, bought in row["products"] if bought}
    if named or not row["ordered"]:
        return named
    return {product for product, _, added, _ in row["products"] if added}
