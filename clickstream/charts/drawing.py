"""What charts are drawn with: bars with their labels, row axes, tooltips; the names of things."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
BAR_HEIGHT = 26
TERMS_SHOWN = 12
ROWS_SHOWN = 10
LABEL_ROOM = 1.45  # the longest bar leaves this much room for the label beside it


def ranking(description: str, found: list[Json], name: str, counts: tuple[str, ...]) -> Json | None:
    """Bars by the first of `counts`; the others are in the tooltip."""
    rows = [{"name": row[name], **{count: row[count] for count in counts}} for row in found]
    label = f"format(datum.{counts[0]}, ',')"
    return bars(description, rows, counts[0], label, [(count, count.capitalize(), ",") for count in counts])


def bars(
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
    y = row_axis("name")
    x = {"field": field, "type": "quantitative", "axis": None, "scale": {"domainMin": 0, "domainMax": longest * LABEL_ROOM}}
    tooltip = [{"field": "name", "title": " "}, *tooltips(columns)]
    encoding = {"y": y, "x": x, "tooltip": tooltip, **({"color": colour} if colour else {})}
    return spec(
        description,
        rows,
        height=len(rows) * BAR_HEIGHT,
        transform=[{"calculate": label, "as": "label"}],
        layer=[
            {"mark": "bar", "encoding": encoding},
            {"mark": {"type": "text", "align": "left", "dx": 6}, "encoding": {"y": y, "x": x, "text": {"field": "label"}}},
        ],
    )


def intervals(description: str, rows: list[Json], dot: Json, axis: Json, tooltip: list[Json]) -> Json:
    """A dot a row within its interval from `low` to `high`, against a line at 0."""
    y = row_axis("name")
    x = {"field": "low", "type": "quantitative", "title": None, "axis": axis}
    return spec(
        description,
        rows,
        height=len(rows) * BAR_HEIGHT,
        layer=[
            {"mark": {"type": "rule", "style": "zero"}, "encoding": {"x": {"datum": 0, "type": "quantitative"}}},
            {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": {"y": y, "x": x, "x2": {"field": "high"}}},
            {
                "mark": {"type": "point", "filled": True},
                "encoding": {"y": y, "x": {**dot, "type": "quantitative"}, "tooltip": tooltip},
            },
        ],
    )


def spec(description: str, rows: list[Json], **parts: Any) -> Json:
    return {
        "$schema": SCHEMA,
        "description": description,
        "data": {"values": rows},
        "width": "container",
        **parts,
    }


def row_axis(field: str) -> Json:
    axis = {"labelLimit": 150, "domain": False, "ticks": False, "labelPadding": 8}
    return {"field": field, "type": "nominal", "sort": None, "title": None, "axis": axis}


def tooltips(columns: list[tuple[str, str, str]]) -> list[Json]:
    return [{"field": field, "title": title, "type": "quantitative", "format": form} for field, title, form in columns]


def currencies_of(moneys: Iterable[list[Json]]) -> list[str]:
    return sorted({money["currency"] for amounts in moneys for money in amounts})


def words(name: str) -> str:
    return name.replace("_", " ").capitalize()
