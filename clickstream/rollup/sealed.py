"""Sessions whose events are gone are kept as they were computed; only their refunds still follow."""

from __future__ import annotations

from typing import Any

import msgspec

from clickstream.events import Event
from clickstream.orders import OrderBook, Sale
from clickstream.sessions import Session, money_refunded


def with_refunds(session: Session, refunds: list[Event], orders: OrderBook) -> Session:
    """The session with what came back of its orders by now, and with those of its own `refunds` that match no order."""
    if session.kind == "oversize":
        return session
    sales = [_with_refunds(sale, orders) for sale in session.sales]
    counted = {
        "refunds": sum(sale["refunds"] for sale in sales),
        "refunds_unmatched": sum(orders.unmatched(refund) for refund in refunds),
    }
    counts = {name: n for name, n in session.counts.items() if name not in counted}
    return msgspec.structs.replace(
        session,
        sales=sales,
        counts=counts | {name: n for name, n in counted.items() if n},
        money=money_refunded(session.money, sales),
    )


def _with_refunds(sale: dict[str, Any], orders: OrderBook) -> dict[str, Any]:
    own = {name: sale[name] for name in Sale.__struct_fields__}
    return sale | msgspec.structs.asdict(orders.refunded(Sale(**own)))
