"""The judge of noise: naive Python over stored documents, from docs/definitions.md alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from oracle_events import NOISY_SOURCES

JsonDict = dict[str, Any]

YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)
ALIKE = ("product_id", "query", "order_id")


def judged(documents: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The reason of every event that is noise, tagged or not."""
    events = [dict(document) for document in documents]
    reasons = {event["event_id"]: alone(event) for event in events}
    groups: dict[tuple[str, str], list[JsonDict]] = defaultdict(list)
    for event in events:
        if not reasons[event["event_id"]]:
            groups[who(event)].append(event)
    for group in groups.values():
        reasons |= together(group)
    return {event_id: reason for event_id, reason in reasons.items() if reason}


def alone(event: JsonDict) -> str:
    if event.get("properties", {}).get("source") in NOISY_SOURCES:
        return "demo_source"
    ahead = event["timestamp"] - event["received_at"]
    return "impossible_time" if event["timestamp"] < YEAR_2000 or ahead > timedelta(hours=14) else ""


def who(event: JsonDict) -> tuple[str, str]:
    return next((name, event[name]) for name in ("session_id", "client_id", "user_id") if event.get(name))


def together(group: list[JsonDict]) -> dict[str, str]:
    minutes = Counter(
        event["timestamp"].replace(second=0, microsecond=0) for event in group if event["event_type"] != "engagement"
    )
    busy = {minute for minute, events in minutes.items() if events > 60}
    if any({minute + timedelta(minutes=1), minute + timedelta(minutes=2)} <= busy for minute in busy):
        return {event["event_id"]: "bot_rate" for event in group}
    alike: dict[tuple[Any, ...], list[JsonDict]] = defaultdict(list)
    for event in sorted(
        group, key=lambda event: (event["timestamp"], event["received_at"], event["position"], event["event_id"])
    ):
        properties = event.get("properties", {})
        alike[event["event_type"], event.get("page"), *(str(properties.get(name)) for name in ALIKE)].append(event)
    return {event["event_id"]: "duplicate_burst" for events in alike.values() for event in repeated(events)}


def repeated(events: list[JsonDict]) -> list[JsonDict]:
    rows = [[events[0]]]
    for before, event in pairwise(events):
        if event["timestamp"] - before["timestamp"] <= timedelta(milliseconds=100):
            rows[-1].append(event)
        else:
            rows.append([event])
    return [event for row in rows if len(row) > 3 for event in row[1:]]
