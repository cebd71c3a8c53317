"""The event: its vocabulary, its identity, its order. Parsing of input into events is `clickstream.ingest.parse`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

import msgspec

TYPE_ALIASES = {
    "page_view": "pageview",
    "page": "pageview",
    "view_item": "product_view",
    "view": "product_view",
    "cart": "add_to_cart",
    "addtocart": "add_to_cart",
    "begin_checkout": "checkout",
    "transaction": "purchase",
    "order_completed": "purchase",
}
PROPERTY_ALIASES = {"updated_cart_value": "cart_value", "search_query": "query", "search_term": "query"}

KNOWN_TYPES = frozenset(
    (
        *("pageview", "product_view", "search", "search_click", "list_view", "list_filter", "product_click"),
        *("promo_view", "promo_click", "add_to_cart", "remove_from_cart", "cart_view", "wishlist_add", "wishlist_remove"),
        *("checkout", "checkout_step", "payment_error", "coupon", "purchase", "order_update", "order_cancel", "refund"),
        *("share", "review", "login", "signup", "rec_view", "rec_click", "engagement"),
    )
)
"""The vocabulary of docs/events.md and what else shops commonly say; other types are kept as they are."""

VIEWS = frozenset(("pageview", "product_view"))
CART_TYPES = frozenset(("add_to_cart", "remove_from_cart", "cart_view"))
ENGAGING_TYPES = CART_TYPES | {"search", "checkout", "checkout_step", "purchase"}
REFUND_TYPES = frozenset(("refund", "order_cancel"))
LOOSE_TYPES = frozenset(("engagement", "refund"))
LOOSE_PREFIX = "order_"

MAX_LABEL = 100

NOISE_SOURCES = frozenset(("simulation", "basic_sim", "seed_demo"))

Order = tuple[datetime, datetime, int, str]


class Event(msgspec.Struct, frozen=True):
    """One stored event.

    `timestamp` is when it happened, `received_at` when it reached us, `position` its place in the request.
    """

    event_id: str
    event_type: str
    timestamp: datetime
    received_at: datetime
    position: int
    key: str
    client_id: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    page: str | None = None
    properties: dict[str, Any] = {}
    flag: dict[str, Any] | None = None

    @property
    def order(self) -> Order:
        """Event order: input order is never trusted."""
        return (self.timestamp, self.received_at, self.position, self.event_id)

    @property
    def tagged(self) -> bool:
        return self.flag is not None and self.flag.get("noisy") is True

    @property
    def noisy(self) -> bool:
        if self.tagged:
            return True
        source = self.properties.get("source")
        return isinstance(source, str) and source in NOISE_SOURCES

    @property
    def order_id(self) -> str | None:
        return self.properties.get("order_id")

    @property
    def loose(self) -> bool:
        """A group of only such events is no session."""
        return self.event_type in LOOSE_TYPES or self.event_type.startswith(LOOSE_PREFIX)


def label(value: object) -> str:
    """A property as a name: text or a number, trimmed and cut; empty where it is neither."""
    if isinstance(value, str):
        return value.strip()[:MAX_LABEL]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(int(value) if value == int(value) else value)[:MAX_LABEL]


def group_key(client_id: str | None, user_id: str | None, session_id: str | None) -> str:
    """What the rollup rebuilds together: a client-sent session, else all of one client, else all of one user."""
    if session_id:
        return f"s:{session_id}"
    return f"c:{client_id}" if client_id else f"u:{user_id}"


def order_key(order_id: str) -> str:
    return f"o:{order_id}"


class Touching(Protocol):
    """What is known of an event that is about to be written to."""

    @property
    def key(self) -> str: ...

    @property
    def order_id(self) -> str | None: ...


def touched_keys(event: Touching) -> tuple[str, ...]:
    """Keys a change of this event concerns: its group, and the order it buys, repeats, refunds or cancels."""
    order_id = event.order_id
    return (event.key, order_key(order_id)) if order_id else (event.key,)
