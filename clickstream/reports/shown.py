"""The tables a report shows: for each measured metric its best rows, in columns a reader wants. The CSV export has all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clickstream.insights.names import NAMES
from clickstream.languages import message, translated
from clickstream.reports.document import Column, Table
from clickstream.reports.voice import UNKNOWN, Voice

MOST_ROWS = 12
PRODUCT_NAME = "product_name"
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


@dataclass(frozen=True)
class Shown:
    """`rows` names a list in the result (or the lists in a list), `total` what counts its rows, listed here or not."""

    caption: str
    rows: str
    columns: tuple[tuple[str, Cell], ...]
    total: str = ""
    words: int = 1
    """How many columns, from the left, hold words."""
    most: int = MOST_ROWS


def _text(name: str) -> Cell:
    return lambda voice, row: str(row[name] or "")


def _words(name: str) -> Cell:
    """A name in words, as the head of a row; nothing for none."""

    def cell(voice: Voice, row: Row) -> str:
        words = named(voice, str(row[name] or ""))
        return words[:1].upper() + words[1:]

    return cell


def _value(name: str) -> Cell:
    """A value in the shop's own words, but for those that are ours."""
    return lambda voice, row: named(voice, row[name]) if row[name] in NAMES else str(row[name] or "")


def _count(name: str) -> Cell:
    return lambda voice, row: voice.count(row[name])


def _rate(name: str) -> Cell:
    return lambda voice, row: voice.rate(row[name])


def _money(name: str) -> Cell:
    return lambda voice, row: voice.money(row[name])


def _day(name: str) -> Cell:
    return lambda voice, row: voice.day(row[name])


def _path(voice: Voice, row: Row) -> str:
    return " → ".join(named(voice, node) for node in row["nodes"])


def named(voice: Voice, name: str) -> str:
    """A name of ours in the report's language; one of a shop's own as it is, but for its underscores."""
    plain = name.replace("_", " ")
    if name in MEASURES:
        return voice.text(MEASURES[name])
    return translated(voice.language, "insights", plain) if plain in NAMES else plain


def _measured(which: str) -> Cell:
    """A value in the unit that its row names, a rate or a mean among them."""

    def cell(voice: Voice, row: Row) -> str:
        value, unit = row[which], "rate" if row["unit"] == "share" else row["unit"]
        if isinstance(value, Mapping):
            unit = "number" if unit == "count" and "mean" in value else unit
            value = value["mean"] if "mean" in value else value["value"]
        return voice.value(value, f"money:{row['currency']}" if unit == "money" else unit)

    return cell


def _change(voice: Voice, row: Row) -> str:
    change = row["change"]
    if change is None:
        return UNKNOWN
    return voice.value(change["difference"], "points") if row["unit"] == "rate" else voice.value(change["value"], "change")


def _difference(voice: Voice, row: Row) -> str:
    """Of two sides: of rates in points, else relative."""
    return voice.value(row["difference"], "points") if row["unit"] == "rate" else voice.value(row["change"], "change")


def _number(name: str) -> Cell:
    return lambda voice, row: voice.value(row[name], "number")


def _against(voice: Voice, row: Row) -> str:
    found = row["conversion_difference"]
    return voice.value(found["difference"], "points") if found else UNKNOWN


_SESSIONS = (message("Sessions"), _count("sessions"))
_REVENUE = (message("Revenue"), _money("revenue"))
_SEGMENT = (
    _SESSIONS,
    (message("Share"), _rate("share")),
    (message("Conversion rate"), _rate("conversion_rate")),
    (message("Orders"), _count("orders")),
    _REVENUE,
)

SHOWN: dict[str, Shown] = {
    "comparison": Shown(
        message("Side by side"),
        "topics.rows",
        (
            (message("Measure"), _text("label")),
            (message("Side A"), _measured("a")),
            (message("Side B"), _measured("b")),
            (message("Difference"), _difference),
        ),
        most=60,
    ),
    "series": Shown(
        message("Day by day"),
        "",
        (
            (message("Day"), _day("day")),
            _SESSIONS,
            (message("Visitors"), _count("visitors")),
            (message("Page views"), _count("pageviews")),
            (message("Orders"), _count("orders")),
            _REVENUE,
        ),
    ),
    "trends": Shown(
        message("Against the window before"),
        "rows",
        (
            (message("Measure"), _words("name")),
            (message("Before"), _measured("before")),
            (message("Now"), _measured("now")),
            (message("Change"), _change),
        ),
    ),
    "funnel": Shown(
        message("The way to a purchase"),
        "steps",
        (
            (message("Step"), _words("name")),
            (message("Reached"), _count("reached")),
            (message("Of the step before"), _rate("step_rate")),
            (message("Of the first step"), _rate("overall_rate")),
        ),
    ),
    "cart": Shown(
        message("Products left in carts"),
        "products_left",
        (
            (message("Product"), _text(PRODUCT_NAME)),
            _SESSIONS,
            (message("Quantity"), _count("quantity")),
        ),
        total="products_left_total",
    ),
    "checkout": Shown(
        message("Steps of the checkout"),
        "steps",
        (
            (message("Step"), _words("name")),
            _SESSIONS,
            (message("Completed"), _rate("completed")),
        ),
    ),
    "search": Shown(
        message("What was searched for"),
        "terms",
        (
            (message("Search"), _text("query")),
            (message("Searches"), _count("searches")),
            (message("Without results"), _count("zero")),
            (message("Successful"), _count("successes")),
        ),
        total="terms_total",
    ),
    "segments": Shown(message("By device"), "rows", ((message("Device"), _value("value")), *_SEGMENT)),
    "segments_channel": Shown(message("By channel"), "rows", ((message("Channel"), _value("value")), *_SEGMENT)),
    "segments_visitor": Shown(
        message("New and returning visitors"), "rows", ((message("Visitors"), _value("value")), *_SEGMENT)
    ),
    "segments_country": Shown(message("By country"), "rows", ((message("Country"), _text("value")), *_SEGMENT)),
    "segments_variant": Shown(message("By variant"), "rows", ((message("Variant"), _text("value")), *_SEGMENT)),
    "variants": Shown(
        message("Arms of the experiment"),
        "arms",
        (
            (message("Arm"), _text("arm")),
            _SESSIONS,
            (message("Conversion rate"), _rate("conversion_rate")),
            (message("Against the control"), _against),
            (message("Revenue per session"), _money("revenue_per_session")),
        ),
    ),
    "channels": Shown(
        message("Channels and what they brought"),
        "rows",
        (
            (message("Channel"), _value("channel")),
            _SESSIONS,
            (message("Conversion rate"), _rate("conversion_rate")),
            (message("Revenue, first touch"), lambda voice, row: voice.money(row["first"]["revenue"])),
            (message("Revenue, last touch"), lambda voice, row: voice.money(row["last"]["revenue"])),
        ),
    ),
    "products": Shown(
        message("Products by revenue"),
        "products",
        (
            (message("Product"), _text(PRODUCT_NAME)),
            (message("Viewed"), _count("viewed")),
            (message("Put into carts"), _count("added")),
            (message("Bought"), _count("bought")),
            _REVENUE,
        ),
        total="total",
    ),
    "pages": Shown(
        message("Pages"),
        "pages",
        (
            (message("Page"), _text("page")),
            (message("Page views"), _count("pageviews")),
            _SESSIONS,
            (message("Entries"), _count("entries")),
            (message("Exits"), _count("exits")),
        ),
        total="total",
    ),
    "event_types": Shown(
        message("Event types"),
        "types",
        (
            (message("Event type"), _words("type")),
            (message("Events"), _count("events")),
            _SESSIONS,
        ),
        total="total",
    ),
    "paths": Shown(
        message("Ways that sessions take"),
        "sequences",
        (
            (message("Way"), _path),
            _SESSIONS,
            (message("Share"), _rate("share")),
            (message("Buying sessions"), _count("conversions")),
        ),
        total="sequences_total",
    ),
    "differences": Shown(
        message("Buyers and abandoners"),
        "rows",
        (
            (message("Measure"), _words("measure")),
            (message("Value"), _value("value")),
            (message("Buyers"), _measured("buyers")),
            (message("Abandoners"), _measured("others")),
            (message("Effect"), _number("effect")),
        ),
        words=2,
    ),
    "friction": Shown(
        message("What stood in the way"),
        "rows",
        (
            (message("Kind"), _words("kind")),
            (message("Name"), _text("name")),
            _SESSIONS,
            (message("Conversion rate"), _rate("conversion")),
            (message("Elsewhere"), _rate("against")),
            (message("Revenue at risk"), _money("revenue_at_risk")),
        ),
        total="total",
        words=2,
    ),
}
"""By the keys that analyses keep their metrics under."""


def tables_of(metrics: Mapping[str, Any], voice: Voice, names: Mapping[str, str]) -> Iterator[tuple[str, Table]]:
    """(key, table) of every measured metric that has a table with a row. `names` are those of products, by their ids."""
    for key, shown in SHOWN.items():
        if key in metrics and not (key == "trends" and metrics[key]["before"] is None):
            table = _table(shown, metrics[key], voice, names)
            if table.rows:
                yield key, table


def _table(shown: Shown, result: Any, voice: Voice, names: Mapping[str, str]) -> Table:
    listed = _listed(result, shown.rows)
    latest = not shown.rows  # of days the last ones, of rankings the first
    best = [_with_name(row, names) for row in (listed[-shown.most :] if latest else listed[: shown.most])]
    total = result[shown.total] if shown.total else len(listed)
    note = ""
    if total > len(best):
        note = voice.text(
            "%(shown)s of %(total)s rows; the CSV export has every row that was measured.",
            shown=voice.count(len(best)),
            total=voice.count(total),
        )
    return Table(
        caption=voice.text(shown.caption),
        columns=tuple(Column(voice.text(title), n >= shown.words) for n, (title, _) in enumerate(shown.columns)),
        rows=tuple(tuple(cell(voice, row) for _, cell in shown.columns) for row in best),
        note=note,
    )


def _listed(result: Any, path: str) -> Sequence[Row]:
    if not path:
        rows: Sequence[Row] = result
        return rows
    found = [result]
    for name in path.split("."):
        found = [row for thing in found for row in thing[name]]
    return found


def _with_name(row: Row, names: Mapping[str, str]) -> Row:
    return {**row, PRODUCT_NAME: names.get(row["product_id"], row["product_id"])} if "product_id" in row else row
