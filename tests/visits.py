"""Raw events of plain visits, as a shop would send them: enough of a shop to analyse, small enough to count by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

Json = dict[str, Any]


def visit(
    number: int, start: datetime, *, shopper: str = "", buys: bool = False, leaves_cart: bool = False, **also: Any
) -> list[Json]:
    """A session of a pageview and a product view; then a cart, left or bought for 20 EUR. `also` are properties of all."""
    types = ["pageview", "product_view"]
    if buys or leaves_cart:
        types.append("add_to_cart")
    if buys:
        types += ["checkout", "purchase"]
    who = {"session_id": f"v{number}", "client_id": f"c{number}", **({"user_id": shopper} if shopper else {})}
    return [
        {
            **who,
            "event_id": f"v{number}-{place}",
            "event_type": name,
            "timestamp": (start + timedelta(seconds=10 * place)).isoformat(),
            "page": "/",
            "properties": {**_details(name, number), **also},
        }
        for place, name in enumerate(types)
    ]


def visits(count: int, start: datetime, *, first: int = 1, buying: int = 0, **also: Any) -> list[Json]:
    """`count` visits ten seconds apart, the first `buying` of which buy."""
    found = []
    for place in range(count):
        found += visit(first + place, start + timedelta(seconds=10 * place), buys=place < buying, **also)
    return found


def _details(event_type: str, number: int) -> Json:
    product = {"product_id": "mug", "price": 20, "currency": "EUR"}
    match event_type:
        case "purchase":
            return {"order_id": f"o{number}", "revenue": 20, "currency": "EUR"}
        case "product_view" | "add_to_cart":
            return product
        case _:
            return {}
