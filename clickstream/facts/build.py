"""One fact sheet from everything an analysis measured, bounded whatever the shop's size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from clickstream.facts.changes import anomaly_facts, change_facts
from clickstream.facts.commerce import cart_facts, checkout_facts, funnel_facts, search_facts
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
)
from clickstream.facts.segments import segment_facts

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


def _sections(measured: Measured) -> Iterator[Iterable[Fact]]:
    yield _withheld(measured.failed)
    yield _days(measured)
    sound = {key: result for key, result in measured.results.items() if key not in measured.failed}
    if "trends" in sound:
        yield change_facts(sound["trends"], measured.failed)
        yield anomaly_facts(sound["trends"])
    for key, facts_of in OF_RESULT:
        if key in sound:
            yield facts_of(sound[key], measured)


OF_RESULT: tuple[tuple[str, Callable[[Any, Measured], Iterator[Fact]]], ...] = (
    ("overview", lambda result, _: overview_facts(result)),
    ("overview", lambda result, _: quality_facts(result)),
    ("funnel", lambda result, _: funnel_facts(result)),
    ("cart", lambda result, measured: cart_facts(result, measured.product_names)),
    ("checkout", lambda result, _: checkout_facts(result)),
    ("checkout", lambda result, _: checkout_step_facts(result)),
    ("search", lambda result, _: search_facts(result)),
    ("paths", lambda result, _: path_facts("all", result)),
    ("paths_buyers", lambda result, _: path_facts("buyers", result)),
    ("paths_abandoners", lambda result, _: path_facts("abandoners", result)),
    ("differences", lambda result, _: difference_facts(result)),
    ("friction", lambda result, _: friction_facts(result)),
    *(
        (key, lambda result, _: segment_facts(result))
        for key in ("segments", *(f"segments_{dimension}" for dimension in DIMENSIONS))
    ),
    ("series", lambda result, _: series_facts(result)),
    ("pages", lambda result, _: pages_facts(result)),
    ("event_types", lambda result, _: event_type_facts(result)),
)
"""Most needed first."""


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
