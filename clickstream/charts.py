"""A chart is a pure function from a metric's result to a Vega-Lite spec.

Specs carry data and meaning, never looks: colours, type and number locale come from the reader's theme (browser) or the
export's. Labels from the shop (pages, queries) are data values, never parts of an expression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
BAR_HEIGHT = 26
MOST_COLUMNS = 62
TERMS_SHOWN = 12
ROWS_SHOWN = 10
LABEL_ROOM = 1.45  # the longest bar leaves this much room for the label beside it


def chart(metric_id: str, result: Any, options: Mapping[str, Any] | None = None) -> Json | None:
    """The spec that draws `result` of metric `metric_id`; None where the metric has no chart or nothing to draw.

    `options` are the metric's own, and `time_zone` (default UTC) for the hours of a series.
    """
    draw = CHARTS.get(metric_id)
    return draw(result, options or {}) if draw else None


def _series(result: list[Json], options: Mapping[str, Any]) -> Json | None:
    """One measure over time; param `measure` picks the column, so one spec draws every panel of the page."""
    if not result:
        return None
    hourly = options.get("interval") == "hour"
    zone = ZoneInfo(options.get("time_zone", "UTC")) if hourly else None
    currencies = _currencies(row["revenue"] for row in result)
    when = {"field": "when", "timeUnit": "utcyearmonthdatehours" if hourly else "utcyearmonthdate", "title": None}
    columns = len(result) <= MOST_COLUMNS
    kind = {"type": "ordinal"} if columns else {"type": "temporal", "scale": {"type": "utc"}}
    axis = {"format": "%H:%M" if hourly else "%b %-d", "labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 12}
    named = {"title": "Hour", "format": "%b %-d, %H:%M"} if hourly else {"title": "Day", "format": "%a, %b %-d, %Y"}
    short = "datum.value % 1 ? '' : format(datum.value, datum.value >= 1000 ? '~s' : ',')"
    amounts = {"axis": {"tickCount": 3, "labelExpr": short}, "scale": {"nice": 3}}
    value = {"field": "value", "type": "quantitative", "title": None, **amounts}
    return _spec(
        f"One value per {'hour' if hourly else 'day'}, {len(result)} of them",
        [_moment(row, currencies, zone=zone) for row in result],
        params=[{"name": "measure", "value": "sessions"}],
        transform=[{"calculate": "datum[measure]", "as": "value"}],
        height=160,
        mark={"type": "bar"} if columns else {"type": "area", "interpolate": "step-after"},
        encoding={
            "x": {**when, **kind, "axis": {"grid": False, "ticks": False, **axis}},
            "y": value,
            "tooltip": [{**when, "type": "temporal", **named}, *_tooltips(_series_columns(currencies, hourly=hourly))],
        },
    )


def _moment(row: Json, currencies: list[str], *, zone: ZoneInfo | None) -> Json:
    """A day, or with `zone` an hour, as one row of columns."""
    amounts = {money["currency"]: money["amount"] for money in row["revenue"]}
    return {
        "when": _wall_clock(row["start"], zone) if zone else f"{row['day']}T00:00:00Z",
        **{name: row[name] for name in ("sessions", "events", "pageviews", "conversions", "orders")},
        **({} if zone else {"visitors": row["visitors"]}),
        **{f"revenue_{index}": amounts.get(currency, 0) for index, currency in enumerate(currencies)},
    }


def _wall_clock(start: str, zone: ZoneInfo) -> str:
    """The shop's own clock, written as if UTC and drawn as UTC: no reader's time zone moves a column."""
    return datetime.fromisoformat(start).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%SZ")


def _series_columns(currencies: list[str], *, hourly: bool) -> list[tuple[str, str, str]]:
    visitors = [] if hourly else [("visitors", "Visitors", ",")]
    revenue = [(f"revenue_{index}", f"Revenue, {currency}", ",.2f") for index, currency in enumerate(currencies)]
    counts = [("conversions", "Buying sessions", ","), ("orders", "Orders", ",")]
    return [("sessions", "Sessions", ","), *visitors, *counts, *revenue]


def _funnel(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    steps = result["steps"]
    if not steps or not steps[0]["reached"]:
        return None
    rows = [
        {
            "step": _words(step["name"]),
            "reached": step["reached"],
            "first": steps[0]["reached"],
            "overall": step["overall_rate"]["value"],
            "from_previous": step["step_rate"]["value"],
        }
        for step in steps
    ]
    y = _row_axis("step")
    x = {"type": "quantitative", "axis": None, "scale": {"domainMax": steps[0]["reached"] * LABEL_ROOM, "domainMin": 0}}
    label = "format(datum.reached, ',') + (datum.overall === null ? '' : ' · ' + format(datum.overall, '.1%'))"
    shares = [("overall", "Of the first step", ".1%"), ("from_previous", "Of the step before", ".1%")]
    tooltip = [{"field": "step", "title": " "}, *_tooltips([("reached", "Reached", ","), *shares])]
    return _spec(
        f"{len(rows)} steps from {rows[0]['reached']} to {rows[-1]['reached']}",
        rows,
        height=len(rows) * (BAR_HEIGHT + 6),
        transform=[{"calculate": label, "as": "label"}],
        layer=[
            {"mark": {"type": "bar", "style": "ghost"}, "encoding": {"y": y, "x": {**x, "field": "first"}}},
            {"mark": "bar", "encoding": {"y": y, "x": {**x, "field": "reached"}, "tooltip": tooltip}},
            {
                "mark": {"type": "text", "align": "left", "dx": 6},
                "encoding": {"y": y, "x": {**x, "field": "first"}, "text": {"field": "label"}},
            },
        ],
    )


def _states(states: tuple[str, ...], total: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], Json | None]:
    """How a total splits into states: one labelled bar each, always in the same order and colour."""

    def draw(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
        whole = result[total]
        if not whole:
            return None
        rows = [{"name": _words(state), "count": result[state], "share": result[state] / whole} for state in states]
        label = "format(datum.count, ',') + ' · ' + format(datum.share, '.1%')"
        colour = {"field": "name", "scale": {"domain": [row["name"] for row in rows]}, "legend": None}
        columns = [("count", "Sessions", ","), ("share", "Share", ".1%")]
        return _bars(f"{whole} {total} by state", rows, "count", label, columns, colour=colour)

    return draw


def _segments(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    rows = [
        {"name": row["value"], "sessions": row["sessions"], "rate": row["conversion_rate"]["value"]}
        for row in result["rows"][:ROWS_SHOWN]
    ]
    label = "format(datum.sessions, ',') + (datum.rate === null ? '' : ' · ' + format(datum.rate, '.1%') + ' buy')"
    columns = [("sessions", "Sessions", ","), ("rate", "Conversion rate", ".2%")]
    return _bars(f"Sessions by {result['dimension']}", rows, "sessions", label, columns)


def _search(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    terms = result["terms"][:TERMS_SHOWN]
    if not terms:
        return None
    outcomes = ("Found or unknown", "Zero results")
    rows = [
        {"name": term["query"], "outcome": outcome, "searches": count, "all": term["searches"]}
        for term in terms
        for outcome, count in zip(outcomes, (term["searches"] - term["zero"], term["zero"]), strict=True)
    ]
    return _spec(
        f"Searches of the {len(terms)} most frequent queries",
        rows,
        height=len(terms) * BAR_HEIGHT,
        mark="bar",
        encoding={
            "y": _row_axis("name"),
            "x": {"field": "searches", "type": "quantitative", "title": None, "axis": {"tickMinStep": 1, "tickCount": 4}},
            "color": {"field": "outcome", "title": None, "scale": {"domain": list(outcomes)}, "legend": {"orient": "top"}},
            "order": {"field": "outcome"},
            "tooltip": [
                {"field": "name", "title": "Query"},
                {"field": "outcome", "title": "Outcome"},
                *_tooltips([("searches", "Searches", ","), ("all", "All searches of it", ",")]),
            ],
        },
    )


def _event_types(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    return _ranking("Events by type", result["types"][:TERMS_SHOWN], "type", ("events", "sessions"))


def _pages(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    counts = ("pageviews", "sessions", "entries", "exits")
    return _ranking("Most viewed pages", result["pages"][:ROWS_SHOWN], "page", counts)


def _ranking(description: str, found: list[Json], name: str, counts: tuple[str, ...]) -> Json | None:
    """Bars by the first of `counts`; the others are in the tooltip."""
    rows = [{"name": row[name], **{count: row[count] for count in counts}} for row in found]
    label = f"format(datum.{counts[0]}, ',')"
    return _bars(description, rows, counts[0], label, [(count, count.capitalize(), ",") for count in counts])


CHARTS: dict[str, Callable[[Any, Mapping[str, Any]], Json | None]] = {
    "series": _series,
    "funnel": _funnel,
    "cart": _states(("transacted", "abandoned", "emptied", "open"), "created"),
    "checkout": _states(("completed", "abandoned", "open"), "sessions"),
    "search": _search,
    "segments": _segments,
    "event_types": _event_types,
    "pages": _pages,
}


def _bars(
    description: str,
    rows: list[Json],
    field: str,
    label: str,
    columns: list[tuple[str, str, str]],
    *,
    colour: Json | None = None,
) -> Json | None:
    """Horizontal bars in the given order, each with its label beside it; no axis to read values off."""
    if not rows:
        return None
    longest = max(row[field] for row in rows) or 1
    y = _row_axis("name")
    x = {"field": field, "type": "quantitative", "axis": None, "scale": {"domainMin": 0, "domainMax": longest * LABEL_ROOM}}
    tooltip = [{"field": "name", "title": " "}, *_tooltips(columns)]
    encoding = {"y": y, "x": x, "tooltip": tooltip, **({"color": colour} if colour else {})}
    return _spec(
        description,
        rows,
        height=len(rows) * BAR_HEIGHT,
        transform=[{"calculate": label, "as": "label"}],
        layer=[
            {"mark": "bar", "encoding": encoding},
            {"mark": {"type": "text", "align": "left", "dx": 6}, "encoding": {"y": y, "x": x, "text": {"field": "label"}}},
        ],
    )


def _spec(description: str, rows: list[Json], **parts: Any) -> Json:
    return {
        "$schema": SCHEMA,
        "description": description,
        "data": {"values": rows},
        "width": "container",
        **parts,
    }


def _row_axis(field: str) -> Json:
    axis = {"labelLimit": 150, "domain": False, "ticks": False, "labelPadding": 8}
    return {"field": field, "type": "nominal", "sort": None, "title": None, "axis": axis}


def _tooltips(columns: list[tuple[str, str, str]]) -> list[Json]:
    return [{"field": field, "title": title, "type": "quantitative", "format": form} for field, title, form in columns]


def _currencies(moneys: Iterable[list[Json]]) -> list[str]:
    return sorted({money["currency"] for amounts in moneys for money in amounts})


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
