"""A fact sheet as a chat's measurements make it, from made-up results."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from clickstream.chat.call import About
from clickstream.chat.intents import BY_NAME
from clickstream.chat.matching import Plan, plan_of
from clickstream.facts import FactSheet, facts_of, of_call
from clickstream.localtime import LocalTime
from clickstream.scope import Scope
from tests import journey_results as journeys
from tests import shop_results as shop

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
ABOUT = About(
    Scope(as_of=NOW),
    LocalTime("Europe/Berlin"),
    devices=("mobile", "desktop", "tablet", "unknown"),
    countries=("DE", "US", "FR", "unknown"),
    channels=("direct", "email", "organic", "paid", "social"),
    variants=("A", "B"),
)

BEFORE = {**shop.shop(), "overview": shop.overview(1_300)}
DAYS = [shop.day("2026-03-01", 480, 14), shop.day("2026-03-02", 520, 16)]
STRANGE = (shop.strange_day("sessions", "2026-03-02", 520, 300, 20),)


def dimension(name: str, *values: str) -> dict[str, Any]:
    rows = [
        shop.segment(value, 620 if place == 0 else 380, 1_000, 10 if place == 0 else 20, -0.0365 if place == 0 else 0.0365)
        for place, value in enumerate(values)
    ]
    return {"dimension": name, "rows": rows, "hidden": {"minimum": 30, "rows": 0, "sessions": 0}}


RESULTS: dict[str, Any] = {
    **shop.shop(),
    **journeys.EVERYTHING,
    "series": DAYS,
    "trends": shop.trends(shop.shop(), BEFORE, STRANGE),
    "segments_device": shop.devices(),
    "segments_country": dimension("country", "DE", "FR"),
    "segments_channel": dimension("channel", "email", "direct"),
    "segments_visitor": dimension("visitor", "new", "returning"),
    "variants": shop.variants(),
}


def sheet_for(planned: Plan, results: dict[str, Any] = RESULTS) -> FactSheet:
    """The facts of the plan's calls, by metric and, where `results` have it, dimension or side."""
    facts = []
    for number, call in enumerate(planned.calls, 1):
        option = next((str(value) for value in call.options.values() if f"{call.metric_id}_{value}" in results), "")
        key = f"{call.metric_id}_{option}" if option else call.metric_id
        facts += [of_call(number, fact) for fact in facts_of(call.metric_id, results[key], {})]
    return FactSheet(facts)


def planned(intent: str, *asks: str) -> Plan:
    return plan_of(BY_NAME[intent], ABOUT, asks=asks)
