"""Sessions as they flow from step to step: a band a link, a bar a node. Places are computed here, looks are the theme's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from clickstream.charts.drawing import Json, spec, tooltips, words

HEIGHT = 340
BAR_WIDTH = 0.03
GAP = 0.02
"""Between the nodes of a step, as a share of the height."""
_CURVE = ((0.0, 0.0), (0.35, 0.0), (0.65, 1.0), (1.0, 1.0))
"""Where along a band it is how far from its source's height to its target's."""

Places = dict[tuple[int, str], Json]


def paths(result: Json, options: Mapping[str, Any]) -> Json | None:
    """Steps from left to right; with an `end` from right to left, as they happened."""
    steps = result["steps"]
    if not steps or not result["sessions"]:
        return None
    backwards = bool(result["end"])
    named = str if result["over"] == "page" else words
    places = _places(steps, result["sessions"], named)
    bands = list(_bands(result["links"], places))
    nodes = list(places.values())
    for row in (*nodes, *bands):
        _mirror(row, len(steps), backwards=backwards)
    return spec(
        f"{result['sessions']} sessions over {len(steps)} steps",
        [],
        height=HEIGHT,
        layer=[_drawn_bands(bands), _drawn_nodes(nodes), _drawn_labels(nodes, len(steps))],
    )


def _places(steps: list[Json], sessions: int, named: Any) -> Places:
    """Each node's rectangle: x counts steps from 0, y runs from 0 to about 1, a session the same height everywhere."""
    most = max(len(step["nodes"]) for step in steps)
    unit = (1 - GAP * (most - 1)) / sessions
    found: Places = {}
    for place, step in enumerate(steps):
        top = 0.0
        for node in step["nodes"]:
            bottom = top + node["sessions"] * unit
            shown = {"name": named(node["name"]), "sessions": node["sessions"], "ends": node["ends"]}
            found[step["step"], node["name"]] = {
                **shown,
                "label": f"{shown['name']} {node['sessions']:,}",
                "x": float(place),
                "x2": place + BAR_WIDTH,
                "y": top,
                "y2": bottom,
                "middle": (top + bottom) / 2,
                "unit": unit,
            }
            top = bottom + GAP
    return found


def _bands(links: list[Json], places: Places) -> Iterator[Json]:
    """Four points a link; links leave and reach a node in the order of the nodes they join."""
    left: defaultdict[tuple[int, str], float] = defaultdict(float)
    reached: defaultdict[tuple[int, str], float] = defaultdict(float)
    ordered = sorted(links, key=lambda link: _heights(link, places))
    for number, link in enumerate(ordered):
        source, target = (link["step"], link["from"]), (link["step"] + 1, link["to"])
        if source not in places or target not in places:
            continue
        start, end = places[source], places[target]
        width = link["sessions"] * start["unit"]
        high, low = start["y"] + left[source], end["y"] + reached[target]
        left[source] += width
        reached[target] += width
        for along, share in _CURVE:
            top = high + (low - high) * share
            yield {
                "link": number,
                "from": start["name"],
                "to": end["name"],
                "sessions": link["sessions"],
                "x": start["x2"] + (end["x"] - start["x2"]) * along,
                "y": top,
                "y2": top + width,
            }


def _heights(link: Json, places: Places) -> tuple[float, float]:
    ends = (places.get((link["step"], link["from"])), places.get((link["step"] + 1, link["to"])))
    return tuple(end["y"] if end else 0.0 for end in ends)  # type: ignore[return-value]


def _mirror(row: Json, steps: int, *, backwards: bool) -> None:
    if backwards:
        for side in ("x", "x2"):
            if side in row:
                row[side] = steps - row[side]


def _axis(field: str, title: str = "", **scale: Any) -> Json:
    return {
        "field": field,
        "type": "quantitative",
        "axis": None,
        "title": title,
        "scale": {"zero": False, "nice": False, **scale},
    }


def _drawn_bands(bands: list[Json]) -> Json:
    counted = tooltips([("sessions", "Sessions", ",")])
    return {
        "data": {"values": bands},
        "mark": {"type": "area", "interpolate": "monotone", "fillOpacity": 0.25, "line": False},
        "encoding": {
            "x": _axis("x"),
            "y": _axis("y", reverse=True),
            "y2": {"field": "y2"},
            "detail": {"field": "link"},
            "tooltip": [{"field": "from", "title": "From"}, {"field": "to", "title": "To"}, *counted],
        },
    }


def _drawn_nodes(nodes: list[Json]) -> Json:
    counted = tooltips([("sessions", "Sessions", ","), ("ends", "End here", ",")])
    return {
        "data": {"values": nodes},
        "mark": {"type": "rect", "style": "node"},
        "encoding": {
            "x": _axis("x"),
            "x2": {"field": "x2"},
            "y": _axis("y", reverse=True),
            "y2": {"field": "y2"},
            "tooltip": [{"field": "name", "title": " "}, *counted],
        },
    }


def _drawn_labels(nodes: list[Json], steps: int) -> Json:
    """Only where the node is high enough for its line; cut where the next step begins."""
    room = f"max(24, width / {steps} - 16)"
    shown = [node for node in nodes if (node["y2"] - node["y"]) * HEIGHT >= 10]
    return {
        "data": {"values": shown},
        "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 8, "limit": {"expr": room}},
        "encoding": {"x": _axis("x"), "y": _axis("middle", reverse=True), "text": {"field": "label"}},
    }
