"""Charts of visits: over time, through the funnel, by segment, type and page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from clickstream.charts.drawing import (
    BAR_HEIGHT,
    LABEL_ROOM,
    ROWS_SHOWN,
    TERMS_SHOWN,
    Json,
    bars,
    currencies_of,
    intervals,
    ranking,
    row_axis,
    spec,
    tooltips,
    words,
)

MOST_COLUMNS = 62


def overview(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    """How sessions went: all of them, and those that bounced, engaged and bought."""
    sessions = result["sessions"]
    if not sessions:
        return None
    went = {"All": sessions, "Bounced": result["bounces"], "Engaged": result["engaged_sessions"]}
    rows = [
        {"name": name, "sessions": n, "share": n / sessions} for name, n in {**went, "Bought": result["conversions"]}.items()
    ]
    label = "format(datum.sessions, ',') + ' · ' + format(datum.share, '.1%')"
    return bars("How sessions went", rows, "sessions", label, [("sessions", "Sessions", ","), ("share", "Share", ".1%")])


def series(result: list[Json], options: Mapping[str, Any]) -> Json | None:
    """One measure over time; param `measure` picks the column, so one spec draws every panel of the page."""
    if not result:
        return None
    hourly = options.get("interval") == "hour"
    zone = ZoneInfo(options.get("time_zone", "UTC")) if hourly else None
    currencies = currencies_of(row["revenue"] for row in result)
    when = {"field": "when", "timeUnit": "utcyearmonthdatehours" if hourly else "utcyearmonthdate", "title": None}
    columns = len(result) <= MOST_COLUMNS
    kind = {"type": "ordinal"} if columns else {"type": "temporal", "scale": {"type": "utc"}}
    axis = {"format": "%H:%M" if hourly else "%b %-d", "labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 12}
    named = {"title": "Hour", "format": "%b %-d, %H:%M"} if hourly else {"title": "Day", "format": "%a, %b %-d, %Y"}
    short = "datum.value % 1 ? '' : format(datum.value, datum.value >= 1000 ? '~s' : ',')"
    amounts = {"axis": {"tickCount": 3, "labelExpr": short}, "scale": {"nice": 3}}
    value = {"field": "value", "type": "quantitative", "title": None, **amounts}
    return spec(
        f"One value per {'hour' if hourly else 'day'}, {len(result)} of them",
        [_moment(row, currencies, zone=zone) for row in result],
        params=[{"name": "measure", "value": "sessions"}],
        transform=[{"calculate": "datum[measure]", "as": "value"}],
        height=160,
        mark={"type": "bar"} if columns else {"type": "area", "interpolate": "step-after"},
        encoding={
            "x": {**when, **kind, "axis": {"grid": False, "ticks": False, **axis}},
            "y": value,
            "tooltip": [{**when, "type": "temporal", **named}, *tooltips(_series_columns(currencies, hourly=hourly))],
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


def funnel(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    steps = result["steps"]
    if not steps or not steps[0]["reached"]:
        return None
    names = [words(step["name"]) for step in steps]
    if len(set(names)) < len(names):
        names = [f"{n}. {name}" for n, name in enumerate(names, 1)]
    rows = [
        {
            "step": name,
            "reached": step["reached"],
            "first": steps[0]["reached"],
            "overall": step["overall_rate"]["value"],
            "from_previous": step["step_rate"]["value"],
        }
        for name, step in zip(names, steps, strict=True)
    ]
    y = row_axis("step")
    x = {"type": "quantitative", "axis": None, "scale": {"domainMax": steps[0]["reached"] * LABEL_ROOM, "domainMin": 0}}
    label = "format(datum.reached, ',') + (datum.overall === null ? '' : ' · ' + format(datum.overall, '.1%'))"
    shares = [("overall", "Of the first step", ".1%"), ("from_previous", "Of the step before", ".1%")]
    tooltip = [{"field": "step", "title": " "}, *tooltips([("reached", "Reached", ","), *shares])]
    return spec(
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


def spread(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    """How sure each mean is: the ends of its interval, as shares of the mean above and below it."""
    rows = [
        {
            "name": words(row["measure"]) if row["currency"] is None else f"{words(row['measure'])}, {row['currency']}",
            "low": row["low"] / row["mean"] - 1,
            "high": row["high"] / row["mean"] - 1,
            **{name: row[name] for name in ("mean", "sd", "n")},
        }
        for row in result["rows"]
        if row["sd"] is not None and row["mean"]
    ]
    if not rows:
        return None
    tooltip = [
        {"field": "name", "title": " "},
        *tooltips([("mean", "Mean", ",.2f"), ("sd", "Standard deviation", ",.2f"), ("n", "Of", ",")]),
    ]
    described = f"{len(rows)} means with their intervals, relative to the mean"
    return intervals(described, rows, {"datum": 0}, {"format": "+.0%", "tickCount": 5}, tooltip)


def segments(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    rows = [
        {"name": row["value"], "sessions": row["sessions"], "rate": row["conversion_rate"]["value"]}
        for row in result["rows"][:ROWS_SHOWN]
    ]
    label = "format(datum.sessions, ',') + (datum.rate === null ? '' : ' · ' + format(datum.rate, '.1%') + ' buy')"
    columns = [("sessions", "Sessions", ","), ("rate", "Conversion rate", ".2%")]
    return bars(f"Sessions by {result['dimension']}", rows, "sessions", label, columns)


def event_types(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    return ranking("Events by type", result["types"][:TERMS_SHOWN], "type", ("events", "sessions"))


def pages(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    counts = ("pageviews", "sessions", "entries", "exits")
    return ranking("Most viewed pages", result["pages"][:ROWS_SHOWN], "page", counts)


def variants(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    """How far the conversion of each arm lies from the control's, in percentage points with its interval."""
    rows = [
        {
            "name": row["arm"],
            **{key: row["conversion_difference"][key] * 100 for key in ("difference", "low", "high")},
            "rate": row["conversion_rate"]["value"],
            "sessions": row["sessions"],
        }
        for row in result["arms"]
        if row["conversion_difference"]
    ]
    if not rows:
        return None
    columns = [
        ("difference", "Against the control, pp", "+.2f"),
        ("rate", "Conversion rate", ".2%"),
        ("sessions", "Sessions", ","),
    ]
    tooltip = [{"field": "name", "title": " "}, *tooltips(columns)]
    described = f"Conversion of {len(rows)} arms against the control, in percentage points"
    return intervals(described, rows, {"field": "difference"}, {"format": "+.1f", "tickCount": 5}, tooltip)
