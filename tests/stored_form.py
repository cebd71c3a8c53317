"""What the product should have stored of the events `shops.py` sends, written down independently of the product."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

JsonDict = dict[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TYPES = {
    "pageview": ["pageview", "page_view", "page"],
    "product_view": ["product_view", "view_item", "view"],
    "add_to_cart": ["add_to_cart", "cart", "addtocart"],
    "checkout": ["checkout", "begin_checkout"],
    "purchase": ["purchase", "transaction", "order_completed"],
}
ALIASES = {alias: name for name, aliases in TYPES.items() for alias in aliases}
PROPERTY_ALIASES = {"updated_cart_value": "cart_value", "search_query": "query", "search_term": "query"}
TOP_LEVEL = ("event_id", "event_type", "timestamp", "client_id", "user_id", "session_id", "page", "properties")
TOP_LEVEL_ALIASES = {"type": "event_type", "event": "event_type", "ts": "timestamp", "time": "timestamp"}


def moment_of(event: Mapping[str, Any]) -> datetime:
    """The instant an input event names, floored to the millisecond."""
    value = next(event[name] for name in ("timestamp", "ts", "time") if name in event)
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        ms = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH) // timedelta(milliseconds=1)
    elif value > 100_000_000_000_000:
        ms = value // 1000
    elif value > 100_000_000_000:
        ms = int(value)
    else:
        ms = int(Decimal(str(value)) * 1000)
    return EPOCH + timedelta(milliseconds=ms)


def last_moment(events: Iterable[Mapping[str, Any]]) -> datetime:
    return max(moment_of(event) for event in events)


def canonical(event: Mapping[str, Any]) -> JsonDict:
    """One input event under its own names: aliases resolved, page a path, loose fields in `properties`."""
    named = {TOP_LEVEL_ALIASES.get(name, name): value for name, value in event.items()}
    properties = dict(named.pop("properties", {}))
    properties |= {name: named.pop(name) for name in list(named) if name not in TOP_LEVEL}
    properties = {PROPERTY_ALIASES.get(name, name): value for name, value in properties.items()}
    utm = {name.removeprefix("utm_"): properties.pop(name) for name in list(properties) if name.startswith("utm_")}
    page = named.pop("page", None) or properties.pop("page_path", None) or ""
    if "//" in page:
        properties.setdefault("url", page)
    utm |= {
        name.removeprefix("utm_"): value
        for name, value in parse_qsl(urlsplit(properties.get("url", "")).query)
        if name.startswith("utm_")
    }
    if utm:
        properties["utm"] = utm
    named["event_type"] = ALIASES.get(named["event_type"], named["event_type"])
    named["timestamp"] = moment_of(event)
    named["properties"] = properties
    return named | ({"page": urlsplit(page).path} if page else {})


def stored(events: Iterable[Mapping[str, Any]], received_at: datetime) -> list[JsonDict]:
    """What one request leaves behind in an empty dataset."""
    return stored_batches([(received_at, list(events))])


def stored_batches(batches: Iterable[tuple[datetime, Sequence[Mapping[str, Any]]]]) -> list[JsonDict]:
    """What several requests leave behind: the first event of an id stays, the rest are duplicates.

    An event without an id is the n-th of its likes within its request, and the same n-th in every request.
    """
    kept: dict[str, JsonDict] = {}
    for received_at, events in batches:
        likes: dict[str, int] = {}
        for position, event in enumerate(events):
            document = canonical(event)
            if "event_id" not in document:
                content = json.dumps(document, sort_keys=True, default=str)
                likes[content] = likes.get(content, 0) + 1
                document["event_id"] = f"{content} #{likes[content]}"
            kept.setdefault(document["event_id"], document | {"received_at": received_at, "position": position})
    return list(kept.values())
