"""Why an event is taken for noise: the reasons with their printed rules and thresholds, first that fits first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from clickstream.events import NOISE_SOURCES
from clickstream.ingest.fields import EARLIEST

BOT_EVENTS_A_MINUTE = 60
BOT_MINUTES = 3
"""In a row: one busy minute may be a page that reports a lot, or a file whose times are cut to the minute."""
NOT_COUNTED = ("engagement",)
"""Signs of life that a page sends by itself."""
BURST_LIKE_EVENTS = 3
BURST_GAP = timedelta(milliseconds=100)
"""No finger clicks faster, four times in a row."""
LONGEST_AHEAD = timedelta(hours=14)
"""The widest time zone: no clock that is merely set to local time runs further ahead."""


class Reason(msgspec.Struct, frozen=True):
    name: str
    rule: str


DEMO_SOURCE = Reason("demo_source", f"properties.source is one of {', '.join(sorted(NOISE_SOURCES))}.")
IMPOSSIBLE_TIME = Reason(
    "impossible_time",
    f"It claims to have happened before {EARLIEST.year}, or more than {LONGEST_AHEAD // timedelta(hours=1)} hours"
    " after it arrived.",
)
BOT_RATE = Reason(
    "bot_rate",
    f"Its session (else its client, else its user) sent more than {BOT_EVENTS_A_MINUTE} events in each of"
    f" {BOT_MINUTES} clock minutes in a row, {' and '.join(NOT_COUNTED)} not counted.",
)
DUPLICATE_BURST = Reason(
    "duplicate_burst",
    f"It repeats an event of the same session (else client, else user), type, page, product, query and order, in a row"
    f" of more than {BURST_LIKE_EVENTS} that follow each other within {BURST_GAP // timedelta(milliseconds=1)} ms;"
    " the first of the row is kept.",
)
REASONS = (DEMO_SOURCE, IMPOSSIBLE_TIME, BOT_RATE, DUPLICATE_BURST)

_FROM_DEMO: dict[str, Any] = {"properties.source": {"$in": sorted(NOISE_SOURCES)}}
_IMPOSSIBLE: dict[str, Any] = {
    "$or": [
        {"timestamp": {"$lt": EARLIEST}},
        {"$expr": {"$gt": ["$timestamp", {"$add": ["$received_at", LONGEST_AHEAD // timedelta(milliseconds=1)]}]}},
    ]
}
SELECTED = {
    DEMO_SOURCE.name: _FROM_DEMO,
    IMPOSSIBLE_TIME.name: {"$and": [_IMPOSSIBLE, {"$nor": [_FROM_DEMO]}]},
}
"""Reasons an event has by itself, as filters."""
NOT_SELECTED: dict[str, Any] = {"$nor": [_FROM_DEMO, _IMPOSSIBLE]}
"""Events of which only their neighbours can say that they are noise."""


def window(since: datetime | None) -> list[dict[str, Any]]:
    """Events that happened since then; those before any possible time, that arrived since."""
    if since is None:
        return []
    return [
        {"$or": [{"timestamp": {"$gte": since}}, {"timestamp": {"$lt": EARLIEST}, "received_at": {"$gte": since}}]},
    ]
