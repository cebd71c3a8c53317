"""What one session did with products, and what its own orders sold of them. Definitions: docs/definitions.md, Products."""

from __future__ import annotations

from collections.abc import Container, Iterable
from decimal import Decimal
from typing import Any

from clickstream.carts import lines
from clickstream.events import Event
from clickstream.money import MAX_SUM, is_amount, units

ProductUse = tuple[str, int, int, int]
"""A product of one session: id, lines that viewed it, lines that added it, lines of own orders that bought it."""

Sold = tuple[str, str, int, int, int]
"""Of one product in one currency, by own orders: id, currency, quantity, revenue in 1/10,000, lines without a price."""

Seen = tuple[str, int, int]
"""Prices seen in one currency: currency, their sum in 1/10,000, how many they were."""

_BOUGHT = 2
_COLUMNS = {"product_view": 0, "add_to_cart": 1, "purchase": _BOUGHT}


def product_uses(events: list[Event], own_orders: Container[str]) -> list[ProductUse]:
    """By product id; `own_orders` are the ids of the purchases that own theirs: all others bought nothing."""
    uses: dict[str, list[int]] = {}
    for event in events:
        if event.event_type not in _COLUMNS:
            continue
        column = _COLUMNS[event.event_type]
        if column == _BOUGHT and event.event_id not in own_orders:
            continue
        for product, _, _ in lines(event):
            if product:
                uses.setdefault(product, [0, 0, 0])[column] += 1
    return [(product, viewed, added, bought) for product, (viewed, added, bought) in sorted(uses.items())]


def prices_seen(events: list[Event], default_currency: str) -> list[Seen]:
    """Prices of the lines of product views, per currency."""
    found: dict[str, list[int]] = {}
    for event in events:
        if event.event_type != "product_view":
            continue
        prices = [units(line["price"]) for _, _, line in lines(event) if is_amount(line.get("price"))]
        if prices:
            row = found.setdefault(event.properties.get("currency", default_currency), [0, 0])
            row[0] += sum(prices)
            row[1] += len(prices)
    return [(currency, min(total, MAX_SUM), n) for currency, (total, n) in sorted(found.items())]


def sold_lines(own_orders: Iterable[tuple[Event, str]]) -> list[Sold]:
    """Purchases of own orders, each with its order's currency, summed per product and currency."""
    found: dict[tuple[str, str], list[int]] = {}
    for purchase, currency in own_orders:
        for product, quantity, line in lines(purchase):
            if product:
                row = found.setdefault((product, currency), [0, 0, 0])
                row[0] += quantity
                row[1] += _line_revenue(line, quantity)
                row[2] += not is_amount(line.get("price"))
    return [
        (*named, quantity, min(revenue, MAX_SUM), unpriced) for named, (quantity, revenue, unpriced) in sorted(found.items())
    ]


def _line_revenue(line: dict[str, Any], quantity: int) -> int:
    """Price x quantity, rounded once; 0 without a price."""
    if not is_amount(line.get("price")):
        return 0
    return units(line["price"]) if quantity == 1 else units(str(Decimal(str(line["price"])) * quantity))
