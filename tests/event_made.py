"""Stored events made by hand, in event order, for tests of what is computed from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from clickstream.events import Event, group_key
from clickstream.localtime import LocalTime
from clickstream.orders import OrderBook
from clickstream.sessions import Session, session_of

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
_IDENTITY = ("client_id", "user_id", "session_id", "page", "flag")


def made(event_type: str, seconds: float = 0, event_id: str = "", **given: Any) -> Event:
    """An event that many seconds after Monday nine o'clock; what is no field of an event is a property."""
    fields: dict[str, Any] = {name: given.pop(name) for name in _IDENTITY if name in given}
    if not fields.keys() & {"client_id", "user_id", "session_id"}:
        fields["client_id"] = "ann"
    return Event(
        event_id=event_id or f"{event_type}@{seconds:g}",
        event_type=event_type,
        timestamp=MONDAY + timedelta(seconds=seconds),
        received_at=given.pop("received_at", MONDAY + timedelta(days=1)),
        position=given.pop("position", 0),
        key=group_key(fields.get("client_id"), fields.get("user_id"), fields.get("session_id")),
        properties=given,
        **fields,
    )


def session(*events: Event, elsewhere: tuple[Event, ...] = (), time_zone: str = "UTC") -> Session:
    """The session of these events, in a shop where there are others `elsewhere`."""
    ordered = sorted(events, key=lambda event: event.order)
    orders = OrderBook([*events, *elsewhere], "EUR")
    return session_of(ordered, orders=orders, local=LocalTime(time_zone), currency="EUR")
