"""A chart is a pure function from a metric's result to a Vega-Lite spec.

Specs carry data and meaning, never looks: colours, type and number locale come from the reader's theme (browser) or the
export's. Labels from the shop (pages, queries, products) are data values, never parts of an expression.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clickstream.charts import commerce, comparison, flow, visitors, visits
from clickstream.charts.drawing import Json


def chart(metric_id: str, result: Any, options: Mapping[str, Any] | None = None) -> Json | None:
    """The spec that draws `result` of metric `metric_id`; None where the metric has no chart or nothing to draw.

    `options` are the metric's own, `time_zone` (default UTC) for the hours of a series, `names` of products by their ids.
    """
    draw = CHARTS.get(metric_id) or OF_COMPARISONS.get(metric_id)
    return draw(result, options or {}) if draw else None


CHARTS: dict[str, Callable[[Any, Mapping[str, Any]], Json | None]] = {
    "overview": visits.overview,
    "series": visits.series,
    "funnel": visits.funnel,
    "cart": commerce.states_of(("transacted", "abandoned", "emptied", "open"), "created"),
    "checkout": commerce.states_of(("completed", "abandoned", "open"), "sessions"),
    "search": commerce.search,
    "segments": visits.segments,
    "event_types": visits.event_types,
    "pages": visits.pages,
    "products": commerce.products,
    "bought_together": commerce.pairs,
    "retention": visitors.retention,
    "rfm": visitors.rfm,
    "channels": visitors.channels,
    "trends": visitors.trends,
    "friction": commerce.friction,
    "paths": flow.paths,
    "differences": visitors.differences,
    "variants": visits.variants,
    "spread": visits.spread,
}
OF_COMPARISONS: dict[str, Callable[[Any, Mapping[str, Any]], Json | None]] = {
    "comparison": comparison.rates,
    "comparison_series": comparison.series,
    "comparison_funnel": comparison.funnel,
}
"""Charts of what `clickstream.comparison` puts side by side, by the names it has there."""
