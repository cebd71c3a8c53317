"""Cells of a report's tables: what of a row is shown, in words or in numbers of the report's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clickstream.insights.names import NAMES
from clickstream.languages import message, translated
from clickstream.reports.voice import UNKNOWN, Voice

MEASURES = {
    "sessions": message("Sessions"),
    "visitors": message("Visitors"),
    "pageviews": message("Page views"),
    "orders": message("Orders"),
    "conversions": message("Buying sessions"),
    "carts": message("Carts"),
    "searches": message("Searches"),
    "revenue": message("Revenue"),
    "aov": message("Average order value"),
    "duration": message("Length of visit"),
    "duration_median": message("Median length of visit"),
    "conversion_rate": message("Conversion rate"),
    "bounce_rate": message("Bounce rate"),
    "engagement_rate": message("Engagement rate"),
    "cart_abandonment_rate": message("Cart abandonment rate"),
    "checkout_abandonment_rate": message("Checkout abandonment rate"),
    "zero_result_rate": message("Searches without results"),
    "device": message("Device"),
    "country": message("Country"),
    "channel": message("Channel"),
    "variant": message("Variant"),
    "visitor": message("Kind of visitor"),
    "products_viewed": message("Products viewed"),
    "products_added": message("Products put into carts"),
    "price_seen": message("Price seen"),
    "day_part": message("Time of day"),
    "searched": message("Has searched"),
    "zero_results": message("No results"),
    "coupon_denied": message("Coupon denied"),
    "payment_error": message("Payment error"),
}
"""What metrics measure and count, as heads of rows."""
Row = Mapping[str, Any]
Cell = Callable[[Voice, Row], str]


def plain(name: str) -> Cell:
    return lambda voice, row: str(row[name] or "")


def words(name: str) -> Cell:
    """A name in words, as the head of a row; nothing for none."""

    def cell(voice: Voice, row: Row) -> str:
        words = named(voice, str(row[name] or ""))
        return words[:1].upper() + words[1:]

    return cell


def value(name: str) -> Cell:
    """A value in the shop's own words, but for those that are ours."""
    return lambda voice, row: named(voice, row[name]) if row[name] in NAMES else str(row[name] or "")


def count(name: str) -> Cell:
    return lambda voice, row: voice.count(row[name])


def rate(name: str) -> Cell:
    return lambda voice, row: voice.rate(row[name])


def money(name: str) -> Cell:
    return lambda voice, row: voice.money(row[name])


def day(name: str) -> Cell:
    return lambda voice, row: voice.day(row[name])


def path(voice: Voice, row: Row) -> str:
    return " → ".join(named(voice, node) for node in row["nodes"])


def named(voice: Voice, name: str) -> str:
    """A name of ours in the report's language; one of a shop's own as it is, but for its underscores."""
    spaced = name.replace("_", " ")
    if name in MEASURES:
        return voice.text(MEASURES[name])
    return translated(voice.language, "insights", spaced) if spaced in NAMES else spaced


def measured(which: str) -> Cell:
    """A value in the unit that its row names, a rate or a mean among them."""

    def cell(voice: Voice, row: Row) -> str:
        value, unit = row[which], "rate" if row["unit"] == "share" else row["unit"]
        if isinstance(value, Mapping):
            unit = "number" if unit == "count" and "mean" in value else unit
            value = value["mean"] if "mean" in value else value["value"]
        return voice.value(value, f"money:{row['currency']}" if unit == "money" else unit)

    return cell


def change(voice: Voice, row: Row) -> str:
    change = row["change"]
    if change is None:
        return UNKNOWN
    return voice.value(change["difference"], "points") if row["unit"] == "rate" else voice.value(change["value"], "change")


def difference(voice: Voice, row: Row) -> str:
    """Of two sides: of rates in points, else relative."""
    return voice.value(row["difference"], "points") if row["unit"] == "rate" else voice.value(row["change"], "change")


def number(name: str) -> Cell:
    return lambda voice, row: voice.value(row[name], "number")


def against(voice: Voice, row: Row) -> str:
    found = row["conversion_difference"]
    return voice.value(found["difference"], "points") if found else UNKNOWN
