"""The tables a report shows: for each measured metric its best rows, in columns a reader wants. The CSV export has all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clickstream.languages import message
from clickstream.reports import cells
from clickstream.reports.cells import Cell, Row
from clickstream.reports.document import Column, Table
from clickstream.reports.voice import Voice

MOST_ROWS = 12
PRODUCT_NAME = "product_name"


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


_SESSIONS = (message("Sessions"), cells.count("sessions"))
_REVENUE = (message("Revenue"), cells.money("revenue"))
_SEGMENT = (
    _SESSIONS,
    (message("Share"), cells.rate("share")),
    (message("Conversion rate"), cells.rate("conversion_rate")),
    (message("Orders"), cells.count("orders")),
    _REVENUE,
)

SHOWN: dict[str, Shown] = {
    "comparison": Shown(
        message("Side by side"),
        "topics.rows",
        (
            (message("Measure"), cells.plain("label")),
            (message("Side A"), cells.measured("a")),
            (message("Side B"), cells.measured("b")),
            (message("Difference"), cells.difference),
        ),
        most=60,
    ),
    "series": Shown(
        message("Day by day"),
        "",
        (
            (message("Day"), cells.day("day")),
            _SESSIONS,
            (message("Visitors"), cells.count("visitors")),
            (message("Page views"), cells.count("pageviews")),
            (message("Orders"), cells.count("orders")),
            _REVENUE,
        ),
    ),
    "trends": Shown(
        message("Against the window before"),
        "rows",
        (
            (message("Measure"), cells.words("name")),
            (message("Before"), cells.measured("before")),
            (message("Now"), cells.measured("now")),
            (message("Change"), cells.change),
        ),
    ),
    "funnel": Shown(
        message("The way to a purchase"),
        "steps",
        (
            (message("Step"), cells.words("name")),
            (message("Reached"), cells.count("reached")),
            (message("Of the step before"), cells.rate("step_rate")),
            (message("Of the first step"), cells.rate("overall_rate")),
        ),
    ),
    "cart": Shown(
        message("Products left in carts"),
        "products_left",
        (
            (message("Product"), cells.plain(PRODUCT_NAME)),
            _SESSIONS,
            (message("Quantity"), cells.count("quantity")),
        ),
        total="products_left_total",
    ),
    "checkout": Shown(
        message("Steps of the checkout"),
        "steps",
        (
            (message("Step"), cells.words("name")),
            _SESSIONS,
            (message("Completed"), cells.rate("completed")),
        ),
    ),
    "search": Shown(
        message("What was searched for"),
        "terms",
        (
            (message("Search"), cells.plain("query")),
            (message("Searches"), cells.count("searches")),
            (message("Without results"), cells.count("zero")),
            (message("Successful"), cells.count("successes")),
        ),
        total="terms_total",
    ),
    "segments": Shown(message("By device"), "rows", ((message("Device"), cells.value("value")), *_SEGMENT)),
    "segments_channel": Shown(message("By channel"), "rows", ((message("Channel"), cells.value("value")), *_SEGMENT)),
    "segments_visitor": Shown(
        message("New and returning visitors"), "rows", ((message("Visitors"), cells.value("value")), *_SEGMENT)
    ),
    "segments_country": Shown(message("By country"), "rows", ((message("Country"), cells.plain("value")), *_SEGMENT)),
    "segments_variant": Shown(message("By variant"), "rows", ((message("Variant"), cells.plain("value")), *_SEGMENT)),
    "variants": Shown(
        message("Arms of the experiment"),
        "arms",
        (
            (message("Arm"), cells.plain("arm")),
            _SESSIONS,
            (message("Conversion rate"), cells.rate("conversion_rate")),
            (message("Against the control"), cells.against),
            (message("Revenue per session"), cells.money("revenue_per_session")),
        ),
    ),
    "channels": Shown(
        message("Channels and what they brought"),
        "rows",
        (
            (message("Channel"), cells.value("channel")),
            _SESSIONS,
            (message("Conversion rate"), cells.rate("conversion_rate")),
            (message("Revenue, first touch"), lambda voice, row: voice.money(row["first"]["revenue"])),
            (message("Revenue, last touch"), lambda voice, row: voice.money(row["last"]["revenue"])),
        ),
    ),
    "products": Shown(
        message("Products by revenue"),
        "products",
        (
            (message("Product"), cells.plain(PRODUCT_NAME)),
            (message("Viewed"), cells.count("viewed")),
            (message("Put into carts"), cells.count("added")),
            (message("Bought"), cells.count("bought")),
            _REVENUE,
        ),
        total="total",
    ),
    "pages": Shown(
        message("Pages"),
        "pages",
        (
            (message("Page"), cells.plain("page")),
            (message("Page views"), cells.count("pageviews")),
            _SESSIONS,
            (message("Entries"), cells.count("entries")),
            (message("Exits"), cells.count("exits")),
        ),
        total="total",
    ),
    "event_types": Shown(
        message("Event types"),
        "types",
        (
            (message("Event type"), cells.words("type")),
            (message("Events"), cells.count("events")),
            _SESSIONS,
        ),
        total="total",
    ),
    "paths": Shown(
        message("Ways that sessions take"),
        "sequences",
        (
            (message("Way"), cells.path),
            _SESSIONS,
            (message("Share"), cells.rate("share")),
            (message("Buying sessions"), cells.count("conversions")),
        ),
        total="sequences_total",
    ),
    "differences": Shown(
        message("Buyers and abandoners"),
        "rows",
        (
            (message("Measure"), cells.words("measure")),
            (message("Value"), cells.value("value")),
            (message("Buyers"), cells.measured("buyers")),
            (message("Abandoners"), cells.measured("others")),
            (message("Effect"), cells.number("effect")),
        ),
        words=2,
    ),
    "friction": Shown(
        message("What stood in the way"),
        "rows",
        (
            (message("Kind"), cells.words("kind")),
            (message("Name"), cells.plain("name")),
            _SESSIONS,
            (message("Conversion rate"), cells.rate("conversion")),
            (message("Elsewhere"), cells.rate("against")),
            (message("Revenue at risk"), cells.money("revenue_at_risk")),
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
