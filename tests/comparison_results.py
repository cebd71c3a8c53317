"""A made-up comparison with every row there can be, in the shape in which the product puts two scopes side by side."""

from __future__ import annotations

from typing import Any

from clickstream.comparison.labels import LABELS, NOTES
from clickstream.comparison.rows import REASONS, Number, count_row, mean_row, rate_row, significant
from clickstream.metrics.values import rate

Json = dict[str, Any]

COUNTS = {"sessions", "visitors", "pageviews", "events", "orders", "conversions", "created", "searches"}
MEANS = {"duration": "seconds", "pages_per_session": "number", "aov": "money", "revenue_per_session": "money"}


def comparison(*, moved: int = 100, overlaps: bool = False) -> Json:
    """Two equal sides of 1,000 sessions, but that rates and means are `moved` thousandths up on side B."""
    untested = "overlap" if overlaps else None
    rows = [_row(topic, name, moved, untested) for topic, name in LABELS]
    for row in rows:
        row["p_adjusted"], row["title"] = row["p_value"], row["value"]
        row["label"] = LABELS[row["topic"], row["name"]] % {"name": row["value"] or ""}
    topics = dict.fromkeys(row["topic"] for row in rows)
    tested = [row for row in rows if row["p_value"] is not None]
    return {
        "a": side("2026-02-16", "2026-02-22"),
        "b": side("2026-02-23", "2026-03-01"),
        "minimum": 30,
        "tested": len(tested),
        "significant": sum(significant(row) for row in tested),
        "topics": [{"topic": topic, "rows": [row for row in rows if row["topic"] == topic]} for topic in topics],
        "reasons": dict(REASONS),
        "notes": [{"code": code, "text": text} for code, text in NOTES.items()],
        "withheld": [],
    }


def side(first_day: str, last_day: str) -> Json:
    return {"sessions": 1_000, "first_day": first_day, "last_day": last_day, "scope": {}, "watermark": 3}


def _row(topic: str, name: str, moved: int, untested: str | None) -> Json:
    if name in MEANS:
        currency = "EUR" if MEANS[name] == "money" else None
        number = Number(topic, name, MEANS[name], currency=currency)
        a, b = (
            {"mean": mean, "sd": 3.0, "n": 1_000, "low": mean - 0.2, "high": mean + 0.2} for mean in (20, 20 + moved / 50)
        )
        return mean_row(number, a, b, untested)
    if name == "revenue":
        return count_row(Number(topic, name, "money", currency="EUR"), 900.0, 900.0 + moved, None)
    if name in COUNTS:
        return count_row(Number(topic, name, "count"), 1_000, 1_000 + moved, None)
    of_what = {"funnel": ("step", "checkout"), "terms": ("term", "mug"), "products": ("product", "p1")}
    dimension, value = of_what.get(topic, (topic.removeprefix("by_"), "mobile") if topic.startswith("by_") else (None, None))
    number = Number(topic, name, "rate", dimension, value)
    return rate_row(number, rate(400, 1_000), rate(400 + moved, 1_000), untested)
