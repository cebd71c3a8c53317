"""The checkout of one session: how it ended, its steps, and what went wrong. Definitions: docs/definitions.md, Checkout."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from clickstream.events import Event, label
from clickstream.money import is_amount

NO_NAME = "unknown"
PAYMENT_ERROR, COUPON_DENIED = "payment_error", "coupon_denied"

Step = tuple[str, float | None, int]
"""A step's name, its smallest number, 1 if a purchase came at or after it."""

Error = tuple[str, str, int, int]
"""Kind, name, events, 1 if a purchase came at or after the last of them."""


def checkout_counts(events: list[Event]) -> dict[str, int]:
    """What the checkout of a session adds to the sums; events in event order."""
    first = next((event.timestamp for event in events if event.event_type == "checkout"), None)
    if first is None:
        return {}
    bought = _last_purchase(events)
    state = "checkouts_completed" if _bought_since(first, bought) else "checkouts_left"
    return {"checkouts": 1, state: 1, **({"checkout_conversions": 1} if bought else {})}


def checkout_steps(events: list[Event]) -> list[Step]:
    """Each named step the session took, by name."""
    found: dict[str, tuple[datetime, float | None]] = {}
    for event in events:
        if event.event_type != "checkout_step":
            continue
        name, number = _first_name(event, "step_name", "step"), _number(event.properties.get("step"))
        if name:
            first, smallest = found.get(name, (event.timestamp, None))
            found[name] = first, number if smallest is None else min(smallest, smallest if number is None else number)
    bought = _last_purchase(events)
    return [(name, number, int(_bought_since(first, bought))) for name, (first, number) in sorted(found.items())]


def checkout_errors(events: list[Event]) -> list[Error]:
    """Payment errors and denied coupons of the session, by kind and name."""
    found: dict[tuple[str, str], tuple[int, datetime]] = {}
    for event in events:
        if event.event_type == "payment_error":
            named = PAYMENT_ERROR, _first_name(event, "code", "reason") or NO_NAME
        elif event.event_type == "coupon" and event.properties.get("action") == "denied":
            named = COUPON_DENIED, _first_name(event, "reason") or NO_NAME
        else:
            continue
        found[named] = found[named][0] + 1 if named in found else 1, event.timestamp
    bought = _last_purchase(events)
    return [(*named, n, int(_bought_since(last, bought))) for named, (n, last) in sorted(found.items())]


def _last_purchase(events: list[Event]) -> datetime | None:
    return next((event.timestamp for event in reversed(events) if event.event_type == "purchase"), None)


def _bought_since(moment: datetime, last_purchase: datetime | None) -> bool:
    return last_purchase is not None and last_purchase >= moment


def _first_name(event: Event, *properties: str) -> str:
    """The first of these that says something, as text; empty where none does."""
    return next((name for one in properties if (name := label(event.properties.get(one)))), "")


def _number(value: Any) -> float | None:
    if not is_amount(value):
        return None
    number = float(value)
    return int(number) if number.is_integer() else number
