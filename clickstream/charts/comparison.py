"""Charts of two scopes side by side: rates with their intervals, days by their number, the way to a purchase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clickstream.charts.drawing import BAR_HEIGHT, Json, row_axis, spec, tooltips, words

SIDES = {"a": "A", "b": "B"}
_COLOUR = {
    "field": "side",
    "title": None,
    "type": "nominal",
    "scale": {"domain": list(SIDES.values())},
    "legend": {"orient": "top"},
}
_OFFSET = {"field": "side", "sort": list(SIDES.values())}
_SIDE = {"field": "side", "title": "Side"}
LONGEST_LABEL = 190
_DRAWN = ("overview", "funnel", "cart", "checkout", "search")


def rates(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    """A dot for each side of each rate, with its own 95 % interval."""
    rows = [one for topic in result["topics"] if topic["topic"] in _DRAWN for row in topic["rows"] for one in _dots(row)]
    if not rows:
        return None
    y, height = row_axis("name"), len(rows) * BAR_HEIGHT * 0.6
    y["axis"]["labelLimit"] = LONGEST_LABEL
    x: Json = {"field": "low", "type": "quantitative", "title": None, "axis": {"format": "~%", "tickCount": 5}}
    x["scale"] = {"domainMin": 0}
    shared = {"y": y, "yOffset": _OFFSET, "color": _COLOUR}
    columns = [("value", "Rate", ".1%"), ("low", "At least", ".1%"), ("high", "At most", ".1%"), ("n", "Of", ",")]
    tooltip = [{"field": "name", "title": " "}, _SIDE, *tooltips(columns)]
    return spec(
        f"{len(rows) // 2} rates of both sides with their intervals",
        rows,
        height=height,
        layer=[
            {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": {**shared, "x": x, "x2": {"field": "high"}}},
            {
                "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
                "encoding": {**shared, "x": {**x, "field": "value"}, "tooltip": tooltip},
            },
        ],
    )


def _dots(row: Json) -> Iterator[Json]:
    if row["unit"] != "rate" or row["a"]["value"] is None or row["b"]["value"] is None:
        return
    for side, title in SIDES.items():
        fields = {field: row[side][field] for field in ("value", "low", "high", "n")}
        yield {
            "name": row["label"],
            "side": title,
            **fields,
        }


def series(result: Mapping[str, Any], _options: Mapping[str, Any]) -> Json | None:
    """Both sides by number of the day; param `measure` picks the column, so one spec draws every panel of the page."""
    rows = [
        {"side": title, **{field: point[field] for field in ("number", "day", "sessions", "conversions", "orders")}}
        for side, title in SIDES.items()
        for point in result[side]
    ]
    if not rows:
        return None
    columns = [("number", "Day", ","), ("sessions", "Sessions", ","), ("conversions", "Buying sessions", ",")]
    axis = {"grid": False, "tickMinStep": 1, "format": ",d"}
    return spec(
        f"{len(result['a'])} days of A and {len(result['b'])} of B, the first day of each being 1",
        rows,
        params=[{"name": "measure", "value": "sessions"}],
        transform=[{"calculate": "datum[measure]", "as": "count"}],
        height=200,
        mark={"type": "line", "point": True},
        encoding={
            "x": {"field": "number", "type": "quantitative", "title": "Day", "axis": axis, "scale": {"zero": False}},
            "y": {"field": "count", "type": "quantitative", "title": None, "axis": {"tickCount": 3}},
            "color": _COLOUR,
            "tooltip": [_SIDE, {"field": "day", "title": "Date"}, *tooltips([*columns, ("orders", "Orders", ",")])],
        },
    )


def funnel(result: list[Json], _options: Mapping[str, Any]) -> Json | None:
    """What share of either side's sessions reached each step."""
    rows = [
        {
            "step": words(step["name"]),
            "side": title,
            "reached": step[side]["numerator"],
            "share": step[side]["value"],
        }
        for step in result
        for side, title in SIDES.items()
        if step[side]["value"] is not None
    ]
    if not rows:
        return None
    y, x = row_axis("step"), {"field": "share", "type": "quantitative", "axis": None, "scale": {"domain": [0, 1.25]}}
    tooltip = [{"field": "step", "title": " "}, _SIDE, *tooltips([("reached", "Reached", ","), ("share", "Share", ".1%")])]
    shared = {"y": y, "yOffset": _OFFSET, "x": x}
    return spec(
        f"{len(result)} steps of both sides",
        rows,
        height=len(result) * BAR_HEIGHT * 1.6,
        layer=[
            {"mark": "bar", "encoding": {**shared, "color": _COLOUR, "tooltip": tooltip}},
            {
                "mark": {"type": "text", "align": "left", "dx": 6, "baseline": "middle"},
                "encoding": {**shared, "text": {"field": "share", "type": "quantitative", "format": ".1%"}},
            },
        ],
    )
