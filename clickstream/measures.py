"""Additive measures: what sessions add up to. Everything here can be summed over sessions, hours, days and segments."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from clickstream.money import MAX_SUM
from clickstream.sessions import FUNNEL_STEPS, Session

COUNTS = (
    "sessions", "oversize", "events", "pageviews", "bounces", "engaged", "duration", "conversions", "noisy_events",
    "purchases", "orders", "orders_with_revenue", "refunds", "refunds_unmatched", "units_sold", "lines_without_price",
    "carts", "carts_transacted", "carts_emptied", "carts_left", "carts_value_unknown",
    "checkouts", "checkouts_completed", "checkouts_left", "checkout_conversions",
    *(f"reached_{step}" for step in FUNNEL_STEPS[1:]),
    "searches", "search_sessions", "searches_known", "searches_zero", "search_successes", "search_clicks",
    "search_refinements", "search_exits", "success_sessions", "success_conversions", "zero_sessions", "zero_conversions",
)  # fmt: skip
MONEY = ("revenue", "refunded", "left", *(f"reached_{step}" for step in FUNNEL_STEPS[1:]))


class Measures:
    """Sums over some sessions. `money` is in 1/10,000 per currency; `order_values` counts orders by their revenue."""

    __slots__ = ("counts", "money", "order_values")

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.money: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.order_values: defaultdict[str, Counter[int]] = defaultdict(Counter)

    def add(self, session: Session) -> None:
        counts = self.counts
        for name, n in session.counts.items():
            counts[name] += n
        for currency, row in session.money.items():
            self.money[currency].update(row)
        for sale in session.sales:
            if sale["revenue"] is not None:
                self.order_values[sale["currency"]][sale["revenue"]] += 1

    def merge(self, document: dict[str, Any]) -> None:
        """Add what `document()` wrote, or as much of it as was read."""
        counts = self.counts
        for name, n in document["counts"].items():
            counts[name] += n
        for currency, row in document.get("money", {}).items():
            sums = self.money[currency]
            for name, units in row.items():
                sums[name] += units
        for currency, values in document.get("order_values", {}).items():
            orders = self.order_values[currency]
            for value, n in values:
                orders[value] += n

    def document(self) -> dict[str, Any]:
        return {
            "counts": dict(self.counts),
            "money": {currency: {name: min(n, MAX_SUM) for name, n in row.items()} for currency, row in self.money.items()},
            "order_values": {currency: sorted(values.items()) for currency, values in self.order_values.items()},
        }

    def of_money(self, name: str) -> dict[str, int]:
        """One money measure per currency; 0 where a currency has none of it."""
        return {currency: row[name] for currency, row in self.money.items()}
