"""The events the benchmarks run on: a simulated shop, as request bodies."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

import msgspec

from clickstream.simulate import sample_products, simulate_shop

BATCH = 2_000
SEED = 7


def shop_events(count: int, now: datetime) -> list[dict[str, Any]]:
    """About `count` events of 30 days, in time order."""
    users = max(1, count // (30 * 5 * 7))
    events = simulate_shop(
        Random(SEED), sample_products("EUR"), now, days=30, users=users, sessions_per_user=5, avg_events=7
    )
    return list(events)[:count]


def bodies(events: list[dict[str, Any]]) -> list[bytes]:
    """The events as request bodies of BATCH events each."""
    return [msgspec.json.encode(events[n : n + BATCH]) for n in range(0, len(events), BATCH)]
