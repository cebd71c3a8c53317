"""Charts of visitors: who comes back, who buys, what brought them, and how all of it changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clickstream.charts.drawing import BAR_HEIGHT, TERMS_SHOWN, Json, bars, row_axis, spec, tooltips, words

SIGNIFICANT = 0.05
_READABLE = [0.05, 0.6]
"""Opacities that leave text on them readable, dark on light and light on dark."""


def retention(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    """Cohorts by week; a cell that may still grow is marked by an asterisk."""
    rows = [
        {
            "cohort": cohort["week"],
            "size": cohort["size"],
            "week": cell["week"],
            "back": cell["back"]["numerator"],
            "share": cell["back"]["value"],
            "label": f"{cell['back']['value']:.0%}{'*' if cell['immature'] else ''}",
        }
        for cohort in result["cohorts"]
        for cell in cohort["cells"]
        if cell["back"]["value"] is not None
    ]
    if not rows:
        return None
    cohorts = len({row["cohort"] for row in rows})
    week = {"field": "week", "type": "ordinal", "title": "Weeks later", "axis": {"orient": "top", "labelAngle": 0}}
    tooltip = [
        {"field": "cohort", "title": "First week"},
        *tooltips(
            [("size", "Visitors", ","), ("week", "Weeks later", ","), ("back", "Came back", ","), ("share", "Share", ".1%")]
        ),
    ]
    y = row_axis("cohort")
    share = {"field": "share", "type": "quantitative", "scale": {"domainMin": 0, "range": _READABLE}, "legend": None}
    return spec(
        f"{cohorts} weekly cohorts and the share of each that came back; * may still grow",
        rows,
        height=cohorts * BAR_HEIGHT,
        layer=[
            {"mark": "rect", "encoding": {"x": week, "y": y, "opacity": share, "tooltip": tooltip}},
            {"mark": "text", "encoding": {"x": week, "y": y, "text": {"field": "label"}}},
        ],
    )


def rfm(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    if not result["buyers"]:
        return None
    rows = [
        {
            "name": words(row["segment"]),
            "visitors": row["visitors"],
            "orders": row["orders"],
            "share": row["share"]["value"],
        }
        for row in result["segments"]
    ]
    label = "format(datum.visitors, ',') + ' · ' + format(datum.share, '.1%')"
    columns = [("visitors", "Buyers", ","), ("share", "Share", ".1%"), ("orders", "Orders", ",")]
    return bars(f"{result['buyers']} buyers by segment", rows, "visitors", label, columns)


def channels(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    """Orders by first and by last touch, side by side."""
    touches = (("first", "First touch"), ("last", "Last touch"))
    rows = [
        {"channel": words(row["channel"]), "touch": title, "orders": row[touch]["orders"], "sessions": row["sessions"]}
        for row in result["rows"]
        for touch, title in touches
    ]
    if not result["orders"]:
        return None
    order = [title for _, title in touches]
    return spec(
        f"{result['orders']} orders by channel",
        rows,
        height=len(result["rows"]) * BAR_HEIGHT * 1.5,
        mark="bar",
        encoding={
            "y": row_axis("channel"),
            "yOffset": {"field": "touch", "sort": order},
            "x": {"field": "orders", "type": "quantitative", "title": None, "axis": {"tickMinStep": 1, "tickCount": 4}},
            "color": {"field": "touch", "title": None, "scale": {"domain": order}, "legend": {"orient": "top"}},
            "tooltip": [
                {"field": "channel", "title": "Channel"},
                {"field": "touch", "title": "Credit by"},
                *tooltips([("orders", "Orders", ","), ("sessions", "Sessions", ",")]),
            ],
        },
    )


def trends(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    """Relative changes, to the left of the middle what fell, to the right what rose."""
    rows = [
        {"name": _measure(row), "change": row["change"]["value"]}
        for row in result["rows"]
        if row["change"] and row["change"]["value"] is not None
    ]
    if not rows:
        return None
    y, reach = row_axis("name"), max(abs(row["change"]) for row in rows) or 1
    x = {"field": "change", "type": "quantitative", "axis": None, "scale": {"domain": [-1.3 * reach, 1.3 * reach]}}
    tooltip = [{"field": "name", "title": " "}, *tooltips([("change", "Change", "+.1%")])]
    text = {"field": "change", "type": "quantitative", "format": "+.1%"}
    return spec(
        "Change against the same weekdays before",
        rows,
        height=len(rows) * BAR_HEIGHT,
        layer=[
            {"mark": "bar", "encoding": {"y": y, "x": x, "tooltip": tooltip}},
            *(
                {
                    "transform": [{"filter": f"datum.change {side} 0"}],
                    "mark": {"type": "text", "align": align, "dx": dx},
                    "encoding": {"y": y, "x": x, "text": text},
                }
                for side, align, dx in ((">=", "left", 6), ("<", "right", -6))
            ),
        ],
    )


def _measure(row: Mapping[str, Any]) -> str:
    named = "AOV" if row["name"] == "aov" else words(row["name"])
    return f"{named}, {row['currency']}" if "currency" in row else named


def differences(result: Json, _options: Mapping[str, Any]) -> Json | None:
    """The effect of each row, buyers to the right; grey where it may be chance."""
    rows = [
        {"name": _difference_name(row), "effect": row["effect"], "sure": (row["p_adjusted"] or 0) < SIGNIFICANT}
        for row in result["rows"][:TERMS_SHOWN]
    ]
    if not rows:
        return None
    encoding = {
        "y": row_axis("name"),
        "x": {"field": "effect", "type": "quantitative", "title": None},
        "opacity": {"condition": {"test": "datum.sure", "value": 1}, "value": 0.35},
        "tooltip": [{"field": "name", "title": " "}, *tooltips([("effect", "Effect", ".2f")])],
    }
    return spec(f"{len(rows)} differences", rows, height=len(rows) * BAR_HEIGHT, mark="bar", encoding=encoding)


def _difference_name(row: Json) -> str:
    named = words(row["measure"])
    return f"{named}: {row['value'] or row['currency']}" if row["value"] or row["currency"] else named
