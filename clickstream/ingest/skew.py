"""Clocks that are wrong: a page says when it sent a request by its own clock, and its events move by the difference."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from clickstream.clock import milliseconds

TOLERATED_MINUTES = 5
"""A smaller difference may be the network's, and moving events by it would change their order."""
_MINUTE_MS = 60_000


def on_our_clock(raws: Sequence[object], sent_ms: int, received_at: datetime) -> Sequence[object]:
    """Events whose numeric `timestamp` is moved by whole minutes, where the sender's clock is that wrong."""
    minutes = round((milliseconds(received_at) - sent_ms) / _MINUTE_MS)
    if abs(minutes) < TOLERATED_MINUTES:
        return raws
    return [_moved(raw, minutes * _MINUTE_MS) for raw in raws]


def _moved(raw: object, late_ms: int) -> object:
    if not isinstance(raw, dict) or type(raw.get("timestamp")) is not int:
        return raw
    return {**raw, "timestamp": raw["timestamp"] + late_ms}
