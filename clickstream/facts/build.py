"""One fact sheet from everything an analysis measured, bounded whatever the shop's size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from clickstream.facts.changes import anomaly_facts, change_facts
from clickstream.facts.commerce import cart_facts, checkout_facts, funnel_facts, ids_left, search_facts
from clickstream.facts.comparison import BREAKDOWNS, TOPICS, comparison_facts, topic_facts
from clickstream.facts.experiments import experiment_facts
from clickstream.facts.fact import Fact, FactSheet, name
from clickstream.facts.journeys import checkout_step_facts, difference_facts, friction_facts, path_facts
from clickstream.facts.labels import clean_label
from clickstream.facts.overview import (
    event_type_facts,
    overview_facts,
    pages_facts,
    quality_facts,
    range_facts,
    series_facts,
    spread_facts,
)
from clickstream.facts.sales import Names, ids_of_pairs, ids_of_products, product_facts, together_facts
from clickstream.facts.segments import segment_facts
from clickstream.facts.visitors import channel_facts, retention_facts, rfm_facts

MAX_BYTES = 120_000
"""Of the sheet as JSON. Sections beyond it are left out whole, the least needed first."""

DIMENSIONS = ("device", "channel", "visitor", "country", "variant")


@dataclass(frozen=True)
class Measured:
    """What an analysis measured: `results` by key (`segments_country` for a further dimension), all of one scope.

    `failed` are the keys whose reconciliation does not hold; `days` are the first and last local day of the data in scope,
    `available` those of the dataset where the scope has none.
    """

    results: Mapping[str, Any]
    failed: frozenset[str] = frozenset()
    days: tuple[str, str] | None = None
    available: tuple[str, str] | None = None
    product_names: Mapping[str, str] = field(default_factory=dict)


def build(measured: Measured, max_bytes: int = MAX_BYTES) -> FactSheet:
    """The sheet of everything that was measured and reconciles. Unknown values are no facts."""
    kept: list[Fact] = []
    size = 0
    for section in _sections(measured):
        facts = list(section)
        bytes_more = len(msgspec.json.encode(facts))
        if size + bytes_more <= max_bytes:
            kept.extend(facts)
            size += bytes_more
    return FactSheet(kept)


def facts_of(metric_id: str, result: Any, names: Names) -> list[Fact]:
    """The facts of any metric's result, bounded whatever its size; `names`: of products, those of `product_ids_of`."""
    return [fact for about in FACTS[metric_id] for fact in about(result, names)]


def product_ids_of(metric_id: str, result: Any) -> list[str]:
    """The products that the facts of this result name, each once."""
    of_result = PRODUCT_IDS.get(metric_id)
    return list(dict.fromkeys(of_result(result))) if of_result else []


def _sections(measured: Measured) -> Iterator[Iterable[Fact]]:
    yield _withheld(measured.failed)
    yield _days(measured)
    sound = {key: result for key, result in measured.results.items() if key not in measured.failed}
    if "trends" in sound:
        yield change_facts(sound["trends"], measured.failed)
        yield anomaly_facts(sound["trends"])
    for key in KEYS:
        if key in sound:
            metric_id = key if key in FACTS else key.partition("_")[0]
            yield from (about(sound[key], measured.product_names) for about in FACTS[metric_id])


Facts = Callable[[Any, Names], Iterable[Fact]]


def _nameless(*about: Callable[[Any], Iterable[Fact]]) -> tuple[Facts, ...]:
    """Facts that name no product."""
    return tuple(lambda result, _, facts=one: facts(result) for one in about)


FACTS: Mapping[str, tuple[Facts, ...]] = {
    "overview": _nameless(overview_facts, quality_facts),
    "funnel": _nameless(funnel_facts),
    "cart": (cart_facts,),
    "checkout": _nameless(checkout_facts, checkout_step_facts),
    "search": _nameless(search_facts),
    "paths": _nameless(path_facts),
    "differences": _nameless(difference_facts),
    "friction": _nameless(friction_facts),
    "segments": _nameless(segment_facts),
    "variants": _nameless(experiment_facts),
    "products": (product_facts,),
    "bought_together": (together_facts,),
    "channels": _nameless(channel_facts),
    "retention": _nameless(retention_facts),
    "rfm": _nameless(rfm_facts),
    "series": _nameless(series_facts),
    "pages": _nameless(pages_facts),
    "event_types": _nameless(event_type_facts),
    "spread": _nameless(spread_facts),
    "trends": _nameless(change_facts, anomaly_facts),
    "comparison": _nameless(comparison_facts, *(topic_facts(topic) for topic in (*TOPICS, *BREAKDOWNS))),
}
"""What tells the facts of each metric, and of a comparison."""

PRODUCT_IDS: Mapping[str, Callable[[Any], Iterable[str]]] = {
    "cart": ids_left,
    "products": ids_of_products,
    "bought_together": ids_of_pairs,
}

KEYS = (
    "comparison",
    *("overview", "funnel", "cart", "checkout", "search", "paths", "paths_buyers", "paths_abandoners", "differences"),
    *("friction", "segments", *(f"segments_{dimension}" for dimension in DIMENSIONS), "variants"),
    *("products", "bought_together", "channels", "retention", "retention_purchase", "rfm", "series", "pages", "event_types"),
)
"""What an analysis measures, a metric or `<metric>_<variety>`: the most needed first."""


def _days(measured: Measured) -> Iterator[Fact]:
    if measured.days:
        yield from range_facts("range", *measured.days)
    if measured.available:
        yield from range_facts("available", *measured.available)


def _withheld(failed: frozenset[str]) -> Iterator[Fact]:
    """The names of the metrics that do not reconcile, so that a text can say what it leaves out."""
    for number, key in enumerate(sorted(failed), 1):
        label = clean_label(key.replace("_", " "))
        yield from name(f"quality.withheld.{number}", "Withheld metric", label, None, "Its parts do not add up to its total")
