"""Values cut short for people to look at: an event may hold more than a page, or a list in memory, should."""

from __future__ import annotations

import json
import re
from typing import Any

from clickstream.ingest.limits import Problems

LONGEST_TEXT = 200
LONGEST_VALUE = 80
MOST_ITEMS = 5
MOST_NAMES = 30
DEEPEST = 3
MOST_FIELDS = 5

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_SAME = {"event_type": ("type", "event"), "timestamp": ("ts", "time"), "page": ("page_path",)}
NOTHING = object()


def brief(value: Any, depth: int = 0) -> Any:
    """The value with long texts, long lists and deep levels cut.

    >>> brief({"name": "x" * 300, "sizes": [1, 2, 3, 4, 5, 6]})["sizes"]
    [1, 2, 3, 4, 5, '…']
    """
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else f"{value[:LONGEST_TEXT]}…"
    if isinstance(value, list):
        if depth >= DEEPEST:
            return "[…]"
        cut = [brief(item, depth + 1) for item in value[:MOST_ITEMS]]
        return [*cut, "…"] if len(value) > MOST_ITEMS else cut
    if isinstance(value, dict):
        if depth >= DEEPEST:
            return "{…}"
        return {name: brief(value[name], depth + 1) for name in list(value)[:MOST_NAMES]}
    return value


def offending(raw: object, problems: Problems) -> tuple[str, dict[str, str]]:
    """Which type of event it says it is, and what stands in the fields that are wrong, as short JSON.

    >>> offending({"type": "purchase", "revenue": "12,5"}, {"properties.revenue": "must be an amount"})
    ('purchase', {'properties.revenue': '"12,5"'})
    """
    if not isinstance(raw, dict):
        return "", {}
    found = {path: _at(raw, path) for path in list(problems)[:MOST_FIELDS] if path}
    event_type = _at(raw, "event_type")
    said = event_type if isinstance(event_type, str) else ""
    return said[:LONGEST_VALUE], {path: short(value) for path, value in found.items() if value is not NOTHING}


def _at(raw: dict[str, Any], path: str) -> Any:
    """What stands at a path of the event as it was sent, where properties may lie outside of `properties`."""
    for candidate in (path, *_SAME.get(path, ()), path.removeprefix("properties."), f"properties.{path}"):
        value = follow(raw, candidate)
        if value is not NOTHING:
            return value
    return NOTHING


def follow(value: Any, path: str) -> Any:
    """What a path such as `items[2].price` leads to, or NOTHING."""
    for name, place in _STEP.findall(path):
        value = _within(value, name, place)
    return value


def _within(value: Any, name: str, place: str) -> Any:
    if name:
        return value.get(name, NOTHING) if isinstance(value, dict) else NOTHING
    return value[int(place)] if isinstance(value, list) and int(place) < len(value) else NOTHING


def short(value: Any) -> str:
    """The value as JSON, cut."""
    text = json.dumps(brief(value), ensure_ascii=False, default=str).encode("utf-8", "replace").decode()
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
