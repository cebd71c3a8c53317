"""Facts that compare, from the metric `trends`: this window with the one before, a day with its weekday's past."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from clickstream.facts.fact import MINIMUM_SAMPLE, Fact, Result, count, day, money, name, ratio
from clickstream.metrics.statistics import is_significant

WEEKDAY_HISTORY = 8
SHOWN_ANOMALIES = 3

COUNTS = {
    "sessions": ("overview", "Sessions"),
    "visitors": ("overview", "Visitors"),
    "orders": ("overview", "Orders"),
    "searches": ("search", "Searches"),
    "carts": ("cart", "Carts"),
}
RATES = {
    "conversion_rate": ("overview", "Conversion rate"),
    "bounce_rate": ("overview", "Bounce rate"),
    "engagement_rate": ("overview", "Engagement rate"),
    "cart_abandonment_rate": ("cart", "Cart abandonment rate"),
    "checkout_abandonment_rate": ("checkout", "Checkout abandonment rate"),
    "zero_result_rate": ("search", "Zero-result rate"),
}
"""Rows of the metric with the metric they are about, and what they are called."""

JUDGED = {"sessions": "Sessions", "orders": "Orders"}
BEFORE = "The same value in the window shifted back by whole weeks"
CHANGE = "(now - before) / before, against the window shifted back by whole weeks"
CHANGE_OF_RATE = CHANGE + "; only where the two rates differ with p below 0.05"


def change_facts(trends: Result, failed: Collection[str] = ()) -> Iterator[Fact]:
    """Of a `trends` result; what is about a metric that failed is left out, and all of it where `before` is unknown."""
    if trends["before"] is None:
        return
    rows = {row["name"]: row for row in trends["rows"]}
    for key, (metric, label) in COUNTS.items():
        if metric not in failed and key in rows:
            yield from _count_change(f"trend.{key}", label, rows[key])
    for key, (metric, label) in RATES.items():
        if metric not in failed and key in rows:
            yield from _rate_change(f"trend.{key}", label, rows[key])
    if "overview" not in failed and "orders" in rows:
        yield from _revenue_changes([row for row in trends["rows"] if row["name"] == "revenue"], rows["orders"])


def _count_change(prefix: str, label: str, row: Result) -> Iterator[Fact]:
    n = row["now"] + row["before"]
    yield count(f"{prefix}.before", f"{label} before", row["before"], row["before"], BEFORE)
    if row["before"] and n >= MINIMUM_SAMPLE:
        yield Fact(f"{prefix}.change", f"Change of {label.lower()}", row["change"]["value"], "change", n, CHANGE)


def _rate_change(prefix: str, label: str, row: Result) -> Iterator[Fact]:
    yield from ratio(f"{prefix}.before", f"{label} before", row["before"], BEFORE)
    n = min(row["now"]["denominator"], row["before"]["denominator"])
    if n >= MINIMUM_SAMPLE and row["before"]["numerator"] and is_significant(row["p_value"]):
        change = row["change"]["value"]
        yield Fact(f"{prefix}.change", f"Change of the {label.lower()}", change, "change", n, CHANGE_OF_RATE)


def _revenue_changes(revenue: list[Result], orders: Result) -> Iterator[Fact]:
    n = orders["now"] + orders["before"]
    before = [{"currency": row["currency"], "amount": row["before"]} for row in revenue]
    yield from money("trend.revenue.before", "Revenue before", before, orders["before"], BEFORE)
    for row in revenue:
        if row["before"] > 0 and n >= MINIMUM_SAMPLE:
            currency = row["currency"]
            fact_id, label = f"trend.revenue.change.{currency.casefold()}", f"Change of revenue ({currency})"
            yield Fact(fact_id, label, row["change"]["value"], "change", n, CHANGE)


def anomaly_facts(trends: Result) -> Iterator[Fact]:
    """The days whose sessions or orders are furthest from their weekday's usual."""
    found = [row for row in trends["anomalies"]["rows"] if row["name"] in JUDGED]
    found.sort(key=lambda row: (-abs(row["z"]), row["day"]))
    for number, row in enumerate(found[:SHOWN_ANOMALIES], 1):
        yield from _anomaly(f"anomaly.{number}", JUDGED[row["name"]], row["day"], int(row["value"]), row["mean"])


def _anomaly(prefix: str, label: str, date: str, value: int, typical: float) -> Iterator[Fact]:
    definition = "Mean of the same weekday's last 8 values"
    yield from name(f"{prefix}.measure", "Measure", label, WEEKDAY_HISTORY, "What was unusual")
    yield day(f"{prefix}.day", "Unusual day", date, "Day at least 3 standard deviations from its weekday's last 8 values")
    yield count(f"{prefix}.value", f"{label} on that day", value, value, f"{label} of that day")
    yield Fact(f"{prefix}.typical", f"Usual {label.lower()}", typical, "number", WEEKDAY_HISTORY, definition)
    if typical:
        relative = (value - typical) / typical
        yield Fact(
            f"{prefix}.difference",
            f"{label} against the usual",
            relative,
            "change",
            WEEKDAY_HISTORY,
            "(value - usual) / usual",
        )
