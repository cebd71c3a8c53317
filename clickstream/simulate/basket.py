"""A cart and what becomes of it: lines, coupons, orders, refunds. Amounts are integers of 1/10,000."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from clickstream.simulate.shelf import Shelf, cents, money

TAX_PERCENT = 20
SHIPPING_UNITS, FREE_SHIPPING_FROM_UNITS = 49_000, 750_000
COUPONS = {"WELCOME10": 10, "WEEKEND15": 15, "THANKYOU5": 5}
COUPON_CODES = tuple(COUPONS)
PAYMENT_METHODS = ("card", "card", "card", "wallet", "wallet", "invoice", "bank_transfer")
REFUND_REASONS = ("does not fit", "not as expected", "arrived damaged", "changed my mind")
_DAY_MS, _MINUTE_MS = 86_400_000, 60_000
_REFUND_CHANCE, _CANCEL_CHANCE, _PARTIAL_CHANCE, _UNNAMED_AMOUNT_CHANCE = 0.13, 0.03, 0.4, 0.25


class Basket:
    """Products by index with their quantities, in the order they were first added."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self.quantities: dict[int, int] = {}
        self.coupon = ""

    @property
    def value(self) -> int:
        return sum(self._shelf.price_units[index] * quantity for index, quantity in self.quantities.items())

    @property
    def discount(self) -> int:
        return cents(self.value * COUPONS.get(self.coupon, 0) / 100)

    def add(self, index: int, quantity: int) -> dict[str, Any]:
        """The properties of the add_to_cart event."""
        self.quantities[index] = self.quantities.get(index, 0) + quantity
        return self._changed(index, quantity)

    def remove(self, index: int) -> dict[str, Any]:
        """Takes the whole line out; the properties of the remove_from_cart event."""
        return self._changed(index, self.quantities.pop(index))

    def contents(self) -> dict[str, Any]:
        """The properties of cart_view and checkout events."""
        coupon = {"coupon": self.coupon, "discount": money(self.discount)} if self.coupon else {}
        return {"cart_value": money(self.value), "currency": self._currency, "items": self._items(), **coupon}

    def _changed(self, index: int, quantity: int) -> dict[str, Any]:
        return {**self._shelf.views[index], "quantity": quantity, "cart_value": money(self.value)}

    def _items(self) -> list[dict[str, Any]]:
        return [self._shelf.line(index, quantity) for index, quantity in self.quantities.items()]

    @property
    def _currency(self) -> str:
        return self._shelf.products[next(iter(self.quantities))].currency


class Order(NamedTuple):
    order_id: str
    revenue: int
    lines: tuple[tuple[int, int], ...]
    properties: dict[str, Any]


class Aftermath(NamedTuple):
    """What happens to an order later: a refund or a cancellation."""

    after_ms: int
    event_type: str
    properties: dict[str, Any]


def place_order(basket: Basket, order_id: str, payment_method: str) -> Order:
    """Revenue is what was paid for goods: after the discount, before tax and shipping."""
    contents = basket.contents()
    contents.pop("cart_value")
    revenue = basket.value - basket.discount
    tax = cents(revenue * TAX_PERCENT / 100)
    shipping = 0 if revenue >= FREE_SHIPPING_FROM_UNITS else SHIPPING_UNITS
    amounts = {"revenue": revenue, "tax": tax, "shipping": shipping, "total": revenue + tax + shipping}
    properties = {"order_id": order_id, **contents, **{name: money(value) for name, value in amounts.items()}}
    return Order(order_id, revenue, tuple(basket.quantities.items()), {**properties, "payment_method": payment_method})


def aftermath(order: Order, shelf: Shelf, rng: Random) -> Aftermath | None:
    """Most orders stay as they are; some come back after days, a few are cancelled within hours."""
    chance = rng.random()
    if chance < _CANCEL_CHANCE:
        return Aftermath(int((20 + rng.random() * 480) * _MINUTE_MS), "order_cancel", {"order_id": order.order_id})
    if chance < _CANCEL_CHANCE + _REFUND_CHANCE:
        return Aftermath(int((0.3 + rng.random() * 6) * _DAY_MS), "refund", _refund(order, shelf, rng))
    return None


def _refund(order: Order, shelf: Shelf, rng: Random) -> dict[str, Any]:
    reason = REFUND_REASONS[int(rng.random() * len(REFUND_REASONS))]
    properties = {"order_id": order.order_id, "currency": order.properties["currency"], "reason": reason}
    if rng.random() < _PARTIAL_CHANCE and len(order.lines) > 1:
        index, quantity = order.lines[0]
        amount = min(order.revenue, shelf.price_units[index] * quantity)
        return {**properties, "amount": money(amount), "items": [shelf.line(index, quantity)]}
    if rng.random() < _UNNAMED_AMOUNT_CHANCE:
        return properties
    return {**properties, "amount": money(order.revenue)}
