"""What a session did with products, and what its own orders sold."""

from __future__ import annotations

from typing import Any

import pytest
from event_made import made, session


def test_a_product_is_viewed_added_and_bought_by_the_lines_that_name_it() -> None:
    found = session(
        made("product_view", 0, product_id="a"),
        made("product_view", 1, product_id="a", quantity=9),
        made("add_to_cart", 2, product_id="a", quantity=2),
        made("add_to_cart", 2.5, product_id="c", quantity=0),
        made("remove_from_cart", 3, product_id="a"),
        made("purchase", 4, items=[{"product_id": "a"}, {"product_id": "b", "quantity": 3}, {"quantity": 7}]),
        made("product_view", 5),
    )
    assert found.products == [("a", 2, 1, 1), ("b", 0, 0, 1), ("c", 0, 1, 0)]


def test_only_own_orders_buy() -> None:
    """The order's first purchase is in another session; here it is told again, and once more after an own one."""
    item = {"items": [{"product_id": "a", "price": 2}]}
    elsewhere = made("purchase", -9_999, "first", client_id="bob", order_id="o1", **item)
    found = session(
        made("purchase", 0, "again", order_id="o1", **item),
        made("purchase", 1, "own", order_id="o2", **item),
        made("purchase", 2, "twice", order_id="o2", **item),
        elsewhere=(elsewhere,),
    )
    assert (found.products, found.sold) == ([("a", 0, 0, 1)], [("a", "EUR", 1, 20_000, 0)])
    assert found.counts["purchases"] == 3


@pytest.mark.parametrize(
    ("items", "sold"),
    [
        pytest.param(
            [{"product_id": "a", "price": "5.005", "quantity": 3}], ("a", "EUR", 3, 150_150, 0), id="times quantity"
        ),
        pytest.param(
            [{"product_id": "a", "price": "0.00003", "quantity": 5}], ("a", "EUR", 5, 2, 0), id="rounded once, a tie"
        ),
        pytest.param(
            [{"product_id": "a", "price": "0.00005"}, {"product_id": "a", "price": "0.00005"}],
            ("a", "EUR", 2, 0, 0),
            id="rounded each line",
        ),
        pytest.param([{"product_id": "a", "quantity": 2}], ("a", "EUR", 2, 0, 1), id="no price"),
        pytest.param(
            [{"product_id": "a", "price": 1}, {"product_id": "a"}], ("a", "EUR", 2, 10_000, 1), id="one of two has no price"
        ),
        pytest.param([{"product_id": "a", "price": 4, "quantity": 0}], ("a", "EUR", 0, 0, 0), id="none of it"),
    ],
)
def test_a_line_is_worth_price_times_quantity(items: list[dict[str, Any]], sold: tuple[str, str, int, int, int]) -> None:
    assert session(made("purchase", items=items)).sold == [sold]


def test_an_event_without_items_is_its_own_line_and_currencies_stay_apart() -> None:
    found = session(
        made("purchase", 0, product_id="a", price=3, quantity=2),
        made("purchase", 1, product_id="a", price=5, currency="USD"),
        made("purchase", 2, revenue=9),
    )
    assert found.sold == [("a", "EUR", 2, 60_000, 0), ("a", "USD", 1, 50_000, 0)]
    assert found.counts["units_sold"] == 3
    assert "lines_without_price" not in found.counts
