"""The simple analysis: totals, events by type, top pages."""

from __future__ import annotations

from typing import Any

from clickstream.metrics import measure
from clickstream.metrics.reader import Reader
from clickstream.scope import Scope

TOP_PAGES = 10
TOTALS = ("events", "sessions", "visitors", "conversions", "orders", "conversion_rate", "revenue")


def summarize(reader: Reader, scope: Scope) -> dict[str, Any]:
    """Totals, conversion rate, revenue, events by type and top pages of a scope, from the sessions there are."""
    overview = measure(reader, "overview", scope).described()
    types = measure(reader, "event_types", scope)
    pages = measure(reader, "pages", scope, {"limit": TOP_PAGES})
    return {
        **{name: overview[name] for name in ("scope", "watermark", "range")},
        **{name: overview["result"][name] for name in TOTALS},
        "event_types": types.result["types"],
        "pages": pages.result["pages"],
    }
