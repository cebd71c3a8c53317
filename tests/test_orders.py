"""Orders: who owns one, what it was worth, what came back of it."""

from __future__ import annotations

from typing import Any

import pytest
from event_made import made

from clickstream.events import Event
from clickstream.orders import OrderBook, order_revenue


def buy(seconds: float = 0, order_id: str | None = "o1", **given: Any) -> Event:
    return made("purchase", seconds, **({"order_id": order_id} if order_id else {}), **given)


def refund(seconds: float = 9, order_id: str | None = "o1", kind: str = "refund", **given: Any) -> Event:
    return made(kind, seconds, **({"order_id": order_id} if order_id else {}), **given)


@pytest.mark.parametrize(
    ("properties", "revenue", "basis"),
    [
        ({"revenue": 10, "subtotal": 8, "total": 12}, 100_000, "revenue"),
        ({"revenue": 0, "total": 12}, 0, "revenue"),
        ({"subtotal": "8.50", "total": 12}, 85_000, "subtotal"),
        ({"total": 100, "tax": 16, "shipping": "4.00", "value": 7}, 800_000, "total - tax - shipping"),
        ({"total": 10, "tax": 16, "shipping": 4}, 0, "total - tax - shipping"),
        ({"total": 100, "tax": 16}, 1_000_000, "total"),
        ({"total_amount": 5, "value": 7}, 50_000, "total"),
        ({"value": 7}, 70_000, "total"),
        ({"price": 5, "quantity": 3}, 150_000, "items"),
        ({"price": 5}, 50_000, "items"),
        ({"items": [{"price": "49.99"}, {"price": 5.005, "quantity": 2}]}, 600_000, "items"),
        ({"items": [{"price": "0.00005"}, {"price": "0.00005"}]}, 1, "items"),
        ({"items": [{"price": 5}, {"quantity": 2}]}, None, "unknown"),
        ({"items": [], "price": 5}, 50_000, "items"),
        ({"quantity": 2}, None, "unknown"),
        ({}, None, "unknown"),
        ({"revenue": 0.1 + 0.2}, 3_000, "revenue"),
        ({"revenue": "0.00005"}, 0, "revenue"),
        ({"revenue": "0.00015"}, 2, "revenue"),
        ({"total": "0.3", "tax": "0.1", "shipping": "0.1"}, 1_000, "total - tax - shipping"),
    ],
)
def test_an_order_s_revenue_is_the_first_basis_that_is_fully_known(
    properties: dict[str, Any], revenue: int | None, basis: str
) -> None:
    assert order_revenue(properties) == (revenue, basis)


def test_the_first_purchase_in_event_order_owns_the_order_whatever_came_in_first() -> None:
    late, early = buy(5, revenue=1, client_id="ann"), buy(3, revenue=2, client_id="bea")
    book = OrderBook([late, early], "EUR")
    assert book.sale(late) is None
    sale = book.sale(early)
    assert sale is not None
    assert (sale.order_id, sale.revenue, sale.currency) == ("o1", 20_000, "EUR")


def test_purchases_without_an_order_id_are_orders_of_their_own() -> None:
    first, second = buy(1, None, revenue=1), buy(2, None, revenue=1)
    book = OrderBook([first, second], "EUR")
    sales = [book.sale(first), book.sale(second)]
    assert [sale and sale.order_id for sale in sales] == [first.event_id, second.event_id]


@pytest.mark.parametrize(
    ("refunds", "refunded", "matched"),
    [
        ([], 0, 0),
        ([refund(amount=3)], 30_000, 1),
        ([refund(amount=3), refund(10, amount="2.50")], 55_000, 2),
        ([refund(amount=3), refund(10)], 100_000, 2),
        ([refund(amount=30)], 100_000, 1),
        ([refund(kind="order_cancel")], 100_000, 1),
        ([refund(amount=0)], 0, 1),
        ([refund(-5, amount=3)], 30_000, 1),
        ([refund(amount=3, currency="USD")], 0, 0),
        ([refund(amount=3, currency="EUR")], 30_000, 1),
        ([refund(order_id="o2")], 0, 0),
        ([refund(order_id=None)], 0, 0),
        ([refund(amount=3, client_id="stranger")], 30_000, 1),
    ],
)
def test_what_came_back_of_ten_euros(refunds: list[Event], refunded: int, matched: int) -> None:
    purchase = buy(0, revenue=10)
    sale = OrderBook([purchase, *refunds], "EUR").sale(purchase)
    assert sale is not None
    assert (sale.refunded, sale.refunds) == (refunded, matched)


def test_a_refund_of_unknown_revenue_changes_nothing_and_is_matched() -> None:
    purchase, back = buy(0), refund(amount=3)
    book = OrderBook([purchase, back], "EUR")
    sale = book.sale(purchase)
    assert sale is not None
    assert (sale.revenue, sale.refunded, sale.refunds) == (None, 0, 1)
    assert not book.unmatched(back)


@pytest.mark.parametrize(
    ("event", "unmatched"),
    [
        (refund(), False),
        (refund(currency="EUR"), False),
        (refund(currency="USD"), True),
        (refund(order_id="o2"), True),
        (refund(order_id=None), True),
    ],
)
def test_which_refunds_match_nothing(event: Event, unmatched: bool) -> None:
    assert OrderBook([buy(0, revenue=10), event], "EUR").unmatched(event) is unmatched


def test_a_missing_currency_is_the_shop_s_own() -> None:
    ours, theirs = buy(0, "o1", revenue=1), buy(1, "o2", revenue=1, currency="USD")
    book = OrderBook([ours, theirs], "CHF")
    assert [sale and sale.currency for sale in (book.sale(ours), book.sale(theirs))] == ["CHF", "USD"]
    assert not book.unmatched(refund(order_id="o1", currency="CHF"))


def test_the_lines_of_an_order_are_added_before_they_are_rounded() -> None:
    thirds = {"items": [{"price": "0.00333333", "quantity": 3}]}
    assert order_revenue(thirds) == (100, "items")
    assert order_revenue({"items": [{"price": "0.00005"}, {"price": "0.00005"}]}) == (1, "items")
