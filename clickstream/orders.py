"""Orders: which purchase owns an order, what it was worth, what came back. Definitions: docs/definitions.md, Money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from clickstream.events import REFUND_TYPES, Event
from clickstream.money import is_amount, units


class Sale(msgspec.Struct, frozen=True):
    """One order as its session counts it; amounts in 1/10,000. `revenue` None is unknown, not zero."""

    order_id: str
    currency: str
    revenue: int | None
    basis: str
    refunded: int
    refunds: int


class OrderBook:
    """All purchases, refunds and cancellations of some orders, in one dataset and view."""

    def __init__(self, events: Iterable[Event], default_currency: str) -> None:
        self._currency = default_currency
        self._first: dict[str, Event] = {}
        self._refunds: dict[str, list[Event]] = defaultdict(list)
        for event in sorted(events, key=lambda event: event.order):
            if event.order_id and event.event_type == "purchase":
                self._first.setdefault(event.order_id, event)
            elif event.order_id and event.event_type in REFUND_TYPES:
                self._refunds[event.order_id].append(event)

    def sale(self, purchase: Event) -> Sale | None:
        """What this purchase sold, or None where an earlier purchase owns its order."""
        order_id = purchase.order_id
        if order_id and self._first[order_id].event_id != purchase.event_id:
            return None
        currency = self._currency_of(purchase)
        revenue, basis = order_revenue(purchase.properties)
        matching = [refund for refund in self._refunds[order_id] if self._matches(refund, currency)] if order_id else []
        return Sale(
            order_id=order_id or purchase.event_id,
            currency=currency,
            revenue=revenue,
            basis=basis,
            refunded=_refunded(revenue, matching),
            refunds=len(matching),
        )

    def refunded(self, sale: Sale) -> Sale:
        """The sale with the refunds there are by now; as it is where its order is not in the book."""
        if sale.order_id not in self._first:
            return sale
        matching = [refund for refund in self._refunds[sale.order_id] if self._matches(refund, sale.currency)]
        return msgspec.structs.replace(sale, refunded=_refunded(sale.revenue, matching), refunds=len(matching))

    def unmatched(self, refund: Event) -> bool:
        """A refund of no known order, or in another currency than its order's."""
        first = self._first.get(refund.order_id or "")
        return first is None or not self._matches(refund, self._currency_of(first))

    def _currency_of(self, purchase: Event) -> str:
        return str(purchase.properties.get("currency") or self._currency)

    @staticmethod
    def _matches(refund: Event, currency: str) -> bool:
        return refund.properties.get("currency") in (None, currency)


def _refunded(revenue: int | None, refunds: list[Event]) -> int:
    if revenue is None or not refunds:
        return 0
    named = [refund.properties.get("amount") for refund in refunds]
    if any(amount is None for amount in named):
        return revenue
    return min(revenue, sum(units(amount) for amount in named if amount is not None))


def order_revenue(properties: dict[str, Any]) -> tuple[int | None, str]:
    """Revenue in 1/10,000 and its basis: the first that is fully known."""
    for name in ("revenue", "subtotal"):
        if name in properties:
            return units(properties[name]), name
    if all(name in properties for name in ("total", "tax", "shipping")):
        total, tax, shipping = (Decimal(str(properties[name])) for name in ("total", "tax", "shipping"))
        return max(0, units(str(total - tax - shipping))), "total - tax - shipping"
    for name in ("total", "total_amount", "value"):
        if name in properties:
            return units(properties[name]), "total"
    return _items_revenue(properties)


def _items_revenue(properties: dict[str, Any]) -> tuple[int | None, str]:
    lines = properties.get("items") or [properties]
    if not all(is_amount(line.get("price")) for line in lines):
        return None, "unknown"
    total = sum((Decimal(str(line["price"])) * line.get("quantity", 1) for line in lines), Decimal(0))
    return units(str(total)), "items"
