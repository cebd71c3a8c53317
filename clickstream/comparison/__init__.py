"""Two scopes side by side: the same metrics of both, and which of their differences are more than chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clickstream.comparison.labels import LABELS, NOTES
from clickstream.comparison.rows import MINIMUM, REASONS, Row, significant
from clickstream.comparison.sides import Side, check_apart, check_not_empty, side_of, why_untested
from clickstream.comparison.topics import rows_of
from clickstream.metrics import Answer
from clickstream.metrics.statistics import benjamini_hochberg
from clickstream.sessions import DIMENSIONS
from clickstream.store import Store

__all__ = ["LABELS", "NOTES", "QUESTIONS", "check_apart", "put_side_by_side"]

QUESTIONS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "overview": ("overview", {}),
    "spread": ("spread", {}),
    "series": ("series", {"interval": "day"}),
    "funnel": ("funnel", {}),
    "cart": ("cart", {}),
    "checkout": ("checkout", {}),
    "search": ("search", {"limit": 200}),
    **{f"segments_{name}": ("segments", {"dimension": name}) for name in (*DIMENSIONS, "visitor")},
    "products": ("products", {"limit": 200, "sort": "viewed"}),
}
"""What is measured of either side, by key."""

Results = dict[str, Any]
"""`comparison`: both sides, their rows by topic, what to mind; `comparison_series` and `comparison_funnel`: for charts."""


def put_side_by_side(store: Store, a: Mapping[str, Answer], b: Mapping[str, Answer]) -> Results:
    """The comparison of two scopes whose QUESTIONS were answered. Raises InvalidInput for a side without sessions."""
    check_not_empty(a["overview"], b["overview"])
    sides = side_of(store, a), side_of(store, b)
    untested = why_untested(store, *sides)
    rows = list(rows_of(*sides, untested))
    _correct(rows)
    names = _product_names(store, rows)
    for row in rows:
        row["title"] = names.get(row["value"], row["value"]) if row["dimension"] == "product" else row["value"]
        row["label"] = LABELS[row["topic"], row["name"]] % {"name": (row["title"] or "").replace("_", " ")}
    tested = [row for row in rows if row["p_value"] is not None]
    found = {
        "a": sides[0].described(),
        "b": sides[1].described(),
        "minimum": MINIMUM,
        "tested": len(tested),
        "significant": sum(significant(row) for row in tested),
        "topics": _by_topic(rows),
        "reasons": {code: REASONS[code] for code in sorted({row["untested"] for row in rows} - {None})},
        "notes": _notes(*sides, untested),
        "withheld": sorted(sides[0].failed | sides[1].failed),
    }
    return {
        "comparison": found,
        "comparison_series": {letter: side.days_in_order() for letter, side in zip("ab", sides, strict=True)},
        "comparison_funnel": _steps(*sides),
    }


def _correct(rows: list[Row]) -> None:
    """Fill in `p_adjusted`, over all rows of the comparison."""
    for row, adjusted in zip(rows, benjamini_hochberg([row["p_value"] for row in rows]), strict=True):
        row["p_adjusted"] = adjusted


def _by_topic(rows: list[Row]) -> list[Row]:
    topics: dict[str, list[Row]] = {}
    for row in rows:
        topics.setdefault(row["topic"], []).append(row)
    return [{"topic": topic, "rows": own} for topic, own in topics.items()]


def _product_names(store: Store, rows: list[Row]) -> dict[str, str]:
    ids = [row["value"] for row in rows if row["dimension"] == "product"]
    return {product.product_id: product.name for product in store.products.get(ids)} if ids else {}


def _steps(a: Side, b: Side) -> list[Row]:
    if "funnel" in a.failed | b.failed:
        return []
    steps = zip(a.results["funnel"]["steps"], b.results["funnel"]["steps"], strict=True)
    return [{"name": one["name"], "a": one["overall_rate"], "b": other["overall_rate"]} for one, other in steps]


def _notes(a: Side, b: Side, untested: str | None) -> list[Row]:
    """What to mind in reading it, by code."""
    holds = {
        **({untested: True} if untested else {}),
        "lengths": not a.lasts_as_long_as(b),
        "currencies": bool(a.currencies and b.currencies and a.currencies != b.currencies),
        "time_zones": a.time_zone != b.time_zone,
        "as_of": a.scope.as_of != b.scope.as_of,
        "views": a.scope.view != b.scope.view,
        "open_carts": bool(a.open_carts or b.open_carts),
    }
    return [{"code": code, "text": NOTES[code]} for code, held in holds.items() if held]
