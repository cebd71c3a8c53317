"""What a chat is about, looked up once per question."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clickstream.analysis import local_time
from clickstream.analysis.measuring import product_names
from clickstream.chat.call import About
from clickstream.metrics import measure
from clickstream.metrics.known import known_event_types, known_values
from clickstream.scope import scope_again
from clickstream.settings import Settings
from clickstream.store import Store

MOST_PRODUCTS = 100


def about_of(store: Store, settings: Settings, analysis: Mapping[str, Any], language: str, now: datetime) -> About:
    base, against = scope_again(analysis["scope"], as_of=now), analysis["against"]
    return About(
        base=base,
        local=local_time(store, settings, base.dataset),
        report=analysis["report"],
        language=language,
        against=scope_again(against, as_of=now) if against else None,
        devices=known_values(store, base, "device"),
        countries=known_values(store, base, "country"),
        channels=known_values(store, base, "channel"),
        variants=known_values(store, base, "variant"),
        event_types=known_event_types(store, base),
        products=product_names(store, [measure(store, "products", base, {"limit": MOST_PRODUCTS})]),
    )
