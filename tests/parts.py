"""Which sessions can be asked for behind an answer: every part of its metric, with the values its rows name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

JsonDict = dict[str, Any]
Part = tuple[str, str]

PLAIN = {
    "overview": ["sessions", "bounces", "engaged", "conversions", "orders", "refunds", "noisy"],
    "cart": ["created", "transacted", "open", "emptied", "abandoned"],
    "checkout": ["sessions", "completed", "open", "abandoned"],
    "differences": ["buyers", "others"],
    "variants": ["mixed"],
    "search": ["searches", "zero", "successes", "refinements", "exits", "clicked"],
}


def rows(part: str, name: str) -> Callable[[list[JsonDict]], list[Part]]:
    return lambda found: [(part, row[name]) for row in found]


def errors(part: str, found: list[JsonDict]) -> list[Part]:
    return [(part, f"{row['kind']}:{row['name']}") for row in found]


def of_funnel(result: JsonDict) -> list[Part]:
    return [(part, str(number)) for number in range(1, len(result["steps"]) + 1) for part in ("reached", "dropped")]


def of_paths(result: JsonDict) -> list[Part]:
    nodes = [("node", f"{step['step']}:{node['name']}") for step in result["steps"] for node in step["nodes"]]
    return nodes + [("sequence", json.dumps(row["nodes"])) for row in result["sequences"]]


def of_products(result: JsonDict) -> list[Part]:
    parts = ("viewed", "added", "bought", "not_bought")
    return [(part, row["product_id"]) for row in result["products"] for part in parts]


def of_retention(result: JsonDict) -> list[Part]:
    cells = [("cell", f"{row['week']}:{cell['week']}") for row in result["cohorts"] for cell in row["cells"]]
    return cells + [("cohort", row["week"]) for row in result["cohorts"]]


ROWS: dict[str, Callable[[Any], list[Part]]] = {
    "series": rows("start", "start"),
    "funnel": of_funnel,
    "paths": of_paths,
    "cart": lambda result: [("product_left", row["product_id"]) for row in result["products_left"]],
    "checkout": lambda result: errors("error", result["errors"]) + rows("step", "name")(result["steps"]),
    "search": lambda result: rows("term", "query")(result["terms"]),
    "segments": lambda result: rows("value", "value")(result["rows"]),
    "pages": lambda result: [(part, row["page"]) for row in result["pages"] for part in ("page", "entry", "exit")],
    "event_types": lambda result: rows("type", "type")(result["types"]),
    "products": of_products,
    "bought_together": lambda result: [("pair", json.dumps([row["a"], row["b"]])) for row in result["pairs"]],
    "retention": of_retention,
    "rfm": lambda result: rows("segment", "segment")(result["segments"]),
    "channels": lambda result: rows("first", "channel")(result["rows"]) + rows("last", "channel")(result["rows"]),
    "friction": lambda result: errors("row", result["rows"]),
    "variants": lambda result: rows("arm", "arm")(result["arms"]) + rows("conversions", "arm")(result["arms"]),
}


def parts_of(metric: str, result: Any) -> list[Part]:
    """(part, value) of all that an answer's numbers can be asked for; an empty value is no name to ask by."""
    named = ROWS[metric](result) if metric in ROWS else []
    return [(part, "") for part in PLAIN.get(metric, [])] + [(part, value) for part, value in named if value]
