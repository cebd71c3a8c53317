"""Carts: their states whatever the time of asking, what is left in them, and what that is worth."""

from __future__ import annotations

from typing import Any

import pytest
from event_made import made

from clickstream.carts import Cart, cart_of, lines
from clickstream.events import Event


def add(seconds: float = 0, product: str | None = "p", **given: Any) -> Event:
    return made("add_to_cart", seconds, **({"product_id": product} if product else {}), **given)


def remove(seconds: float, product: str = "p", **given: Any) -> Event:
    return made("remove_from_cart", seconds, product_id=product, **given)


def cart(*events: Event) -> Cart:
    return cart_of(sorted(events, key=lambda event: event.order), "EUR")


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([add()], "left"),
        ([add(0), made("purchase", 5)], "transacted"),
        ([add(0), made("purchase", 0, position=-1)], "transacted"),
        ([made("purchase", 0), add(1)], "left"),
        ([made("purchase", 0), add(1), add(2), made("purchase", 3)], "transacted"),
        ([add(0), remove(1)], "emptied"),
        ([add(0, quantity=2), remove(1)], "left"),
        ([add(0, quantity=2), remove(1, quantity=2)], "emptied"),
        ([add(0), remove(1, quantity=9), add(2)], "left"),
        ([remove(0, quantity=5), add(1)], "left"),
        ([add(0, "a"), remove(1, "b")], "left"),
        ([add(0, "a"), add(1, "b"), remove(2, "a"), remove(3, "b")], "emptied"),
        ([add(0, quantity=0)], "emptied"),
        ([add(0), made("cart_view", 1, cart_value=0)], "emptied"),
        ([add(0), made("cart_view", 1, cart_value="0.00")], "emptied"),
        ([add(0, cart_value=0), made("cart_view", 1)], "left"),
        ([add(0), made("cart_view", 1, cart_value=0), add(2)], "left"),
        ([add(0), remove(1, cart_value=20)], "emptied"),
        ([add(0), remove(1), made("purchase", 2)], "transacted"),
    ],
)
def test_a_cart_s_state(events: list[Event], state: str) -> None:
    assert cart(*events).state == state


def test_quantities_are_floored_at_zero_after_every_event() -> None:
    found = cart(add(0, "a", quantity=1), remove(1, "a", quantity=5), add(2, "a", quantity=2), add(3, "b"))
    assert found.products_left == {"a": 2, "b": 1}


def test_lines_of_one_event_are_its_items_and_a_product_named_twice_adds_up() -> None:
    found = cart(made("add_to_cart", items=[{"product_id": "a", "quantity": 2}, {"product_id": "a"}, {}], product_id="z"))
    assert found.products_left == {"a": 3, "": 1}
    assert [(product, quantity) for product, quantity, _ in lines(made("add_to_cart", items=[]))] == [("", 1)]


def test_only_adds_and_removes_change_quantities() -> None:
    found = cart(add(0), made("cart_view", 1, product_id="p", quantity=7), made("product_view", 2, product_id="p"))
    assert found.products_left == {"p": 1}


@pytest.mark.parametrize(
    ("events", "left"),
    [
        ([add(0, price=20, quantity=2)], {"EUR": 400_000}),
        ([add(0, price=20), add(1, price="5.50")], {"EUR": 110_000}),
        ([add(0, price=20), add(1)], {"EUR": 400_000}),
        ([add(0, "a", price=20), add(1, "b")], {"EUR": 200_000}),
        ([add(0)], {}),
        ([add(0, price=20), remove(1, price=1), add(2)], {"EUR": 200_000}),
        ([add(0, price=20, cart_value=33)], {"EUR": 330_000}),
        ([add(0, price=20, cart_value=33), add(1, price=1)], {"EUR": 330_000}),
        ([add(0, price=20), made("cart_view", 1, cart_value="12.34")], {"EUR": 123_400}),
        ([add(0, price=20, currency="USD")], {"USD": 200_000}),
        ([add(0, price=20, currency="USD"), made("cart_view", 1, currency="CHF"), add(2, price=20)], {"CHF": 400_000}),
        ([add(0, price=20), made("product_view", 1, currency="CHF")], {"EUR": 200_000}),
        ([add(0, None, price="0.33335", quantity=3)], {"EUR": 10_002}),
    ],
)
def test_the_value_left_behind(events: list[Event], left: dict[str, int]) -> None:
    found = cart(*events)
    assert found.value_left == left
    assert ("carts_value_unknown" in found.counts()) == (not left)


@pytest.mark.parametrize(
    ("events", "counts"),
    [
        ([add(price=1)], {"carts": 1, "carts_left": 1}),
        ([add()], {"carts": 1, "carts_left": 1, "carts_value_unknown": 1}),
        ([add(), remove(1)], {"carts": 1, "carts_emptied": 1}),
        ([add(), made("purchase", 1)], {"carts": 1, "carts_transacted": 1}),
    ],
)
def test_a_cart_is_one_cart_in_one_state(events: list[Event], counts: dict[str, int]) -> None:
    assert cart(*events).counts() == counts


@pytest.mark.parametrize("events", [[add(), made("purchase", 1)], [add(price=5), remove(1)]])
def test_nothing_is_left_in_a_cart_that_was_bought_or_emptied(events: list[Event]) -> None:
    found = cart(*events)
    assert (found.value_left, found.products_left) == ({}, {})
