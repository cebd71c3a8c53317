"""Buyers against others where the random shops do not go: prices that do not vary, but for how they are added up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from shop_check import empty_shop

from clickstream.store.connect import Connection

JsonDict = dict[str, Any]

START = datetime(2026, 2, 10, tzinfo=UTC)


def visit(number: int, price: object) -> list[JsonDict]:
    """Every other visit buys; a third looks twice."""
    types = ["product_view"] * (2 if number % 3 == 0 else 1) + ["add_to_cart"] + ["purchase"] * (number % 2)
    return [
        {
            "event_id": f"{number}-{n}",
            "event_type": event_type,
            "client_id": f"c{number}",
            "timestamp": (START + timedelta(minutes=number, milliseconds=n)).isoformat(),
            "properties": {"product_id": "p", "price": price},
        }
        for n, event_type in enumerate(types)
    ]


@pytest.mark.parametrize("price", [19.99, "7.1234", 1999.99, 0.0003])
def test_a_price_that_is_always_the_same_is_no_difference(connection: Connection, price: object) -> None:
    with empty_shop(connection, START + timedelta(days=2)) as shop:
        shop.receive([event for number in range(90) for event in visit(number, price)])
        shop.catch_up()
        cases: list[tuple[str, JsonDict]] = [("differences", {"against": against}) for against in ("abandoners", "others")]
        oracle = shop.oracle()
        assert oracle.measure("differences", as_of=shop.clock())["buyers"] == 45
        shop.check(oracle, {"everything": {}}, cases)
