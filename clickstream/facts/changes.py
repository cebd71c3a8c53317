"""Facts that compare: this window with the one before (DEFINITIONS, Trends), a day with its weekday's past."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence

from clickstream.facts.fact import MINIMUM_SAMPLE, Fact, Result, count, day, money, name, ratio
from clickstream.metrics.statistics import two_proportion_p_value

SIGNIFICANT = 0.05
WEEKDAY_HISTORY = 8
ANOMALY_Z = 3.0
SHOWN_ANOMALIES = 3
DAYS_A_WEEK = 7

COUNTS = (
    ("sessions", "overview", "sessions", "Sessions"),
    ("visitors", "overview", "visitors", "Visitors"),
    ("orders", "overview", "orders", "Orders"),
    ("searches", "search", "searches", "Searches"),
    ("carts", "cart", "created", "Carts"),
)
RATES = (
    ("conversion_rate", "overview", "conversion_rate", "Conversion rate"),
    ("bounce_rate", "overview", "bounce_rate", "Bounce rate"),
    ("engagement_rate", "overview", "engagement_rate", "Engagement rate"),
    ("cart_abandonment_rate", "cart", "abandonment_rate", "Cart abandonment rate"),
    ("checkout_abandonment_rate", "checkout", "abandonment_rate", "Checkout abandonment rate"),
    ("zero_result_rate", "search", "zero_result_rate", "Zero-result rate"),
)
BEFORE = "The same value in the window shifted back by whole weeks"
CHANGE = "(now - before) / before, against the window shifted back by whole weeks"
CHANGE_OF_RATE = CHANGE + "; only where the two rates differ with p below 0.05"


def change_facts(now: Mapping[str, Result], before: Mapping[str, Result]) -> Iterator[Fact]:
    """Both mappings hold results by metric id; a metric absent from either is not compared."""
    both = now.keys() & before.keys()
    for key, metric, field, label in COUNTS:
        if metric in both:
            yield from _count_change(f"trend.{key}", label, now[metric][field], before[metric][field])
    for key, metric, field, label in RATES:
        if metric in both:
            yield from _rate_change(f"trend.{key}", label, now[metric][field], before[metric][field])
    if "overview" in both:
        yield from _revenue_changes(now["overview"], before["overview"])


def _count_change(prefix: str, label: str, now: int, before: int) -> Iterator[Fact]:
    yield count(f"{prefix}.before", f"{label} before", before, before, BEFORE)
    if before and now + before >= MINIMUM_SAMPLE:
        yield Fact(f"{prefix}.change", f"Change of {label.lower()}", (now - before) / before, "change", now + before, CHANGE)


def _rate_change(prefix: str, label: str, now: Result, before: Result) -> Iterator[Fact]:
    yield from ratio(f"{prefix}.before", f"{label} before", before, BEFORE)
    n, m = now["denominator"], before["denominator"]
    if min(n, m) < MINIMUM_SAMPLE or not before["numerator"]:
        return
    p_value = two_proportion_p_value(now["numerator"], n, before["numerator"], m)
    if p_value is not None and p_value < SIGNIFICANT:
        change = (now["value"] - before["value"]) / before["value"]
        yield Fact(f"{prefix}.change", f"Change of the {label.lower()}", change, "change", min(n, m), CHANGE_OF_RATE)


def _revenue_changes(now: Result, before: Result) -> Iterator[Fact]:
    orders = now["orders_with_revenue"] + before["orders_with_revenue"]
    earned = {entry["currency"]: entry["amount"] for entry in now["revenue"]}
    yield from money("trend.revenue.before", "Revenue before", before["revenue"], before["orders_with_revenue"], BEFORE)
    for entry in before["revenue"]:
        currency, past = entry["currency"], entry["amount"]
        if past > 0 and orders >= MINIMUM_SAMPLE:
            change = (earned.get(currency, 0) - past) / past
            fact_id, label = f"trend.revenue.change.{currency.casefold()}", f"Change of revenue ({currency})"
            yield Fact(fact_id, label, change, "change", orders, CHANGE)


def anomaly_facts(series: Sequence[Result], first_day: str, last_day: str) -> Iterator[Fact]:
    """Days in [first_day, last_day] whose sessions or orders are far from the same weekday's last 8 values.

    `series` is daily and without gaps. |z| >= 3 with the sample standard deviation; no anomaly under 8 values or with
    no spread.
    """
    found = []
    for measure, label in (("sessions", "Sessions"), ("orders", "Orders")):
        values = [row[measure] for row in series]
        for place, row in enumerate(series):
            past = values[:place][-DAYS_A_WEEK::-DAYS_A_WEEK][:WEEKDAY_HISTORY]
            z = _z_score(values[place], past)
            if first_day <= row["day"] <= last_day and z is not None and abs(z) >= ANOMALY_Z:
                found.append((abs(z), label, row["day"], values[place], statistics.fmean(past)))
    found.sort(key=lambda entry: (-entry[0], entry[2]))
    for number, (_, label, date, value, typical) in enumerate(found[:SHOWN_ANOMALIES], 1):
        yield from _anomaly(f"anomaly.{number}", label, date, value, typical)


def _z_score(value: float, past: Sequence[float]) -> float | None:
    if len(past) < WEEKDAY_HISTORY:
        return None
    deviation = statistics.stdev(past)
    return (value - statistics.fmean(past)) / deviation if deviation else None


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
