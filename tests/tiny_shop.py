"""A shop of a few events, written as one line each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from oracle import Oracle

JsonDict = dict[str, Any]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def shop_of(*events: tuple[float, str, JsonDict], **options: Any) -> Oracle:
    """A shop of one client from (seconds after noon, type, properties)."""
    return Oracle(
        [
            {
                "event_id": f"e{position}",
                "event_type": event_type,
                "timestamp": NOON + timedelta(seconds=seconds),
                "received_at": NOON + timedelta(days=1),
                "position": position,
                "client_id": "c",
                "properties": properties,
            }
            for position, (seconds, event_type, properties) in enumerate(events)
        ],
        **options,
    )


def shop_of_visitors(*events: tuple[str, float, str, JsonDict], **options: Any) -> Oracle:
    """A shop of (client, days after noon, type, properties)."""
    return Oracle(
        [
            {
                "event_id": f"e{position}",
                "event_type": event_type,
                "timestamp": NOON + timedelta(days=days),
                "received_at": NOON + timedelta(days=400),
                "position": position,
                "client_id": client,
                "properties": properties,
            }
            for position, (client, days, event_type, properties) in enumerate(events)
        ],
        **options,
    )
