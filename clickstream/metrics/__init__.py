"""The table of metrics, and how one is measured: every number the product shows comes through here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from clickstream.clock import iso
from clickstream.errors import NotFound
from clickstream.links import Place, Shown
from clickstream.metrics.attribution import CHANNELS
from clickstream.metrics.behind import Asked, part_of
from clickstream.metrics.cart import CART
from clickstream.metrics.checkout import CHECKOUT
from clickstream.metrics.differences import DIFFERENCES
from clickstream.metrics.friction import FRICTION
from clickstream.metrics.funnel import FUNNEL
from clickstream.metrics.metric import Metric, Options
from clickstream.metrics.names import EVENT_TYPES, PAGES
from clickstream.metrics.overview import OVERVIEW
from clickstream.metrics.paths import PATHS
from clickstream.metrics.products import PRODUCTS
from clickstream.metrics.reader import Reader, source_of
from clickstream.metrics.retention import RETENTION
from clickstream.metrics.rfm import RFM
from clickstream.metrics.search import SEARCH
from clickstream.metrics.segments import SEGMENTS
from clickstream.metrics.series import SERIES
from clickstream.metrics.source import Source
from clickstream.metrics.spread import SPREAD
from clickstream.metrics.together import BOUGHT_TOGETHER
from clickstream.metrics.trends import TRENDS
from clickstream.metrics.variants import VARIANTS
from clickstream.scope import Scope

METRICS: dict[str, Metric] = {
    metric.id: metric
    for metric in (
        OVERVIEW, SERIES, FUNNEL, PATHS, CART, CHECKOUT, SEARCH, SEGMENTS, PAGES, EVENT_TYPES,
        PRODUCTS, BOUGHT_TOGETHER, RETENTION, RFM, CHANNELS, TRENDS, FRICTION, DIFFERENCES, SPREAD, VARIANTS,
    )
}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Which number: a part of a metric (`of`, and the row `value` where it is a table's) under these options."""

    metric_id: str
    of: str
    value: str = ""
    options: Options = field(default_factory=dict)


@dataclass(frozen=True)
class Behind:
    """A page of the sessions behind a number, as `view` has them; `following`: where it ends, None on the last page."""

    metric: Metric
    view: str
    total: int
    sessions: list[Shown]
    following: Place | None
    watermark: int


@dataclass(frozen=True)
class Answer:
    """A measured metric with its receipt. `range` is set where the window is empty and the dataset is not."""

    metric: Metric
    options: dict[str, Any]
    scope: Scope
    watermark: int
    result: Any
    reconciliation: list[dict[str, Any]]
    range: tuple[datetime, datetime] | None

    def described(self) -> dict[str, Any]:
        """The answer as GET /api/metrics/{id} writes it, chart aside."""
        return {
            "id": self.metric.id,
            "title": self.metric.title,
            "definition": self.metric.definition,
            "options": msgspec.to_builtins(self.options),
            "scope": self.scope.described(),
            "watermark": self.watermark,
            "result": self.result,
            "reconciliation": self.reconciliation,
            "range": {"since": iso(self.range[0]), "until": iso(self.range[1])} if self.range else None,
        }


def find_metric(metric_id: str) -> Metric:
    """Raises NotFound listing what there is."""
    if metric_id not in METRICS:
        raise NotFound(f"There is no metric {metric_id[:40]!r}; there are {', '.join(METRICS)}.", code="unknown_metric")
    return METRICS[metric_id]


def measure(reader: Reader, metric_id: str, scope: Scope, options: Options | None = None) -> Answer:
    """Measure one metric for a scope. Raises NotFound, InvalidInput, DatabaseUnavailable."""
    metric = find_metric(metric_id)
    chosen = metric.read_options(options or {})
    served = reader.state.find_dataset(scope.dataset)
    source = source_of(reader, scope.dataset, served)
    measured = metric.measure(source, scope, chosen)
    return Answer(
        metric=metric,
        options=chosen,
        scope=scope,
        watermark=served.watermark if served else 0,
        result=measured.result,
        reconciliation=measured.reconciliation,
        range=None if measured.sessions else _elsewhere(source, scope),
    )


def sessions_behind(reader: Reader, scope: Scope, wanted: Wanted, *, limit: int, after: Place | None = None) -> Behind:
    """The sessions a part of a metric counts, latest start first. Raises NotFound, InvalidInput, DatabaseUnavailable."""
    metric = find_metric(wanted.metric_id)
    part = part_of(metric.parts, metric.id, wanted.of, wanted.value)
    chosen = metric.read_options(wanted.options)
    served = reader.state.find_dataset(scope.dataset)
    source = source_of(reader, scope.dataset, served)
    found = part.find(Asked(source, scope, chosen, wanted.value))
    total, sessions, following = source.page(scope, found, limit, after)
    return Behind(metric, found.view or scope.view, total, sessions, following, served.watermark if served else 0)


def _elsewhere(source: Source, scope: Scope) -> tuple[datetime, datetime] | None:
    """Where the data is, if the window holds none of it."""
    found = source.range(scope.view) if scope.since or scope.until else None
    if found is None:
        return None
    before = scope.until is not None and found[0] >= scope.until
    after = scope.since is not None and found[1] < scope.since
    return found if before or after else None
