"""The cart of one session, in states that do not depend on the time of asking. Definitions: docs/definitions.md, Cart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from clickstream.events import CART_TYPES, Event
from clickstream.money import is_amount, units

_SIGN = {"add_to_cart": 1, "remove_from_cart": -1}


class Cart(msgspec.Struct, frozen=True):
    """`state` is transacted, emptied or left; left is abandoned or still open. Amounts in 1/10,000 per currency.

    `value_left` is empty where unknown.
    """

    state: str
    value_left: dict[str, int]
    products_left: dict[str, int]

    def counts(self) -> dict[str, int]:
        counts = {"carts": 1, f"carts_{self.state}": 1}
        if self.state == "left" and not self.value_left:
            counts["carts_value_unknown"] = 1
        return counts


def cart_of(events: list[Event], default_currency: str) -> Cart:
    """The cart of a session that has at least one add_to_cart; events in event order."""
    first_add = next(event.timestamp for event in events if event.event_type == "add_to_cart")
    if any(event.event_type == "purchase" and event.timestamp >= first_add for event in events):
        return Cart("transacted", {}, {})
    cart_events = [event for event in events if event.event_type in CART_TYPES]
    products, prices = _quantities(cart_events)
    last_value = cart_events[-1].properties.get("cart_value")
    if not products or (last_value is not None and units(last_value) == 0):
        return Cart("emptied", {}, {})
    return Cart("left", _value_left(cart_events, products, prices, default_currency), products)


def lines(event: Event) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Product, quantity and properties of each line: the event's items, else the event itself."""
    for line in event.properties.get("items") or [event.properties]:
        yield line.get("product_id", ""), line.get("quantity", 1), line


def _quantities(cart_events: list[Event]) -> tuple[dict[str, int], dict[str, Any]]:
    """Net quantity of every product still in the cart, floored at 0 after every event, and its last price in an add."""
    net: dict[str, int] = {}
    prices: dict[str, Any] = {}
    for event in cart_events:
        sign = _SIGN.get(event.event_type, 0)
        for product, quantity, line in lines(event) if sign else ():
            net[product] = net.get(product, 0) + sign * quantity
            if sign > 0 and is_amount(line.get("price")):
                prices[product] = line["price"]
        net = {product: max(0, quantity) for product, quantity in net.items()}
    return {product: quantity for product, quantity in net.items() if quantity}, prices


def _value_left(
    cart_events: list[Event], products: dict[str, int], prices: dict[str, Any], default_currency: str
) -> dict[str, int]:
    currencies = [event.properties["currency"] for event in cart_events if event.properties.get("currency")]
    currency = currencies[-1] if currencies else default_currency
    values = [event.properties["cart_value"] for event in cart_events if "cart_value" in event.properties]
    if values:
        return {currency: units(values[-1])}
    priced = {product: quantity for product, quantity in products.items() if product in prices}
    if not priced:
        return {}
    return {currency: sum(units(prices[product]) * quantity for product, quantity in priced.items())}
