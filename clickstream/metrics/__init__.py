"""The table of metrics, and how one is measured: every number the product shows comes through here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from clickstream.clock import iso
from clickstream.errors import NotFound
from clickstream.localtime import LocalTime
from clickstream.metrics.cart import CART, CHECKOUT
from clickstream.metrics.funnel import FUNNEL
from clickstream.metrics.metric import Metric, Options
from clickstream.metrics.names import EVENT_TYPES, PAGES
from clickstream.metrics.overview import OVERVIEW
from clickstream.metrics.products import PRODUCTS
from clickstream.metrics.search import SEARCH
from clickstream.metrics.segments import SEGMENTS
from clickstream.metrics.series import SERIES
from clickstream.metrics.source import Pipeline, Row
from clickstream.metrics.together import BOUGHT_TOGETHER
from clickstream.scope import Scope

METRICS: dict[str, Metric] = {
    metric.id: metric
    for metric in (
        OVERVIEW, SERIES, FUNNEL, CART, CHECKOUT, SEARCH, SEGMENTS, PAGES, EVENT_TYPES,
        PRODUCTS, BOUGHT_TOGETHER,
    )
}  # fmt: skip


class Rules(Protocol):
    """The rules a dataset's sessions and days were computed by."""

    @property
    def time_zone(self) -> str: ...

    @property
    def gap_minutes(self) -> int: ...


class Served(Protocol):
    """What is readable of a dataset: one generation of it, as of a watermark."""

    @property
    def generation(self) -> int: ...

    @property
    def watermark(self) -> int: ...

    @property
    def calculation(self) -> Rules: ...


class States(Protocol):
    def find_dataset(self, name: str, /) -> Served | None: ...


class DayParts(Protocol):
    def part(
        self, dataset: str, generation: int, part: str, match: dict[str, Any], fields: Sequence[str], /
    ) -> list[tuple[str, Any]]: ...


class SessionRows(Protocol):
    def aggregate(self, dataset: str, generation: int, pipeline: Pipeline, /) -> list[Row]: ...

    def range(self, dataset: str, generation: int, view: str, /) -> tuple[datetime, datetime] | None: ...


class Reader(Protocol):
    """As much of the store as measuring needs."""

    @property
    def state(self) -> States: ...

    @property
    def daily(self) -> DayParts: ...

    @property
    def sessions(self) -> SessionRows: ...


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
            "options": self.options,
            "scope": self.scope.described(),
            "watermark": self.watermark,
            "result": self.result,
            "reconciliation": self.reconciliation,
            "range": {"since": iso(self.range[0]), "until": iso(self.range[1])} if self.range else None,
        }


class _Source:
    """One generation of one dataset, read through the store."""

    def __init__(self, reader: Reader, dataset: str, served: Served) -> None:
        self._reader = reader
        self._dataset = dataset
        self._generation = served.generation
        self.local = LocalTime(served.calculation.time_zone)
        self.gap = timedelta(minutes=served.calculation.gap_minutes)

    def daily(self, part: str, match: dict[str, Any], fields: Sequence[str] = ()) -> list[tuple[str, Any]]:
        return self._reader.daily.part(self._dataset, self._generation, part, match, fields)

    def sessions(self, pipeline: Pipeline) -> list[Row]:
        return self._reader.sessions.aggregate(self._dataset, self._generation, pipeline)

    def range(self, view: str) -> tuple[datetime, datetime] | None:
        return self._reader.sessions.range(self._dataset, self._generation, view)


class _Nothing:
    """A dataset that has no session yet."""

    local = LocalTime("UTC")
    gap = timedelta(minutes=30)

    def daily(self, part: str, match: dict[str, Any], fields: Sequence[str] = ()) -> list[tuple[str, Any]]:
        return []

    def sessions(self, pipeline: Pipeline) -> list[Row]:
        return []

    def range(self, view: str) -> tuple[datetime, datetime] | None:
        return None


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
    source = _Source(reader, scope.dataset, served) if served else _Nothing()
    measured = metric.measure(source, scope, chosen)
    return Answer(
        metric=metric,
        options=chosen,
        scope=scope,
        watermark=served.watermark if served else 0,
        result=measured.result,
        reconciliation=measured.reconciliation,
        range=_elsewhere(source, scope),
    )


def _elsewhere(source: _Source | _Nothing, scope: Scope) -> tuple[datetime, datetime] | None:
    """Where the data is, if the window holds none of it."""
    found = source.range(scope.view)
    if found is None or not (scope.since or scope.until):
        return None
    before = scope.until is not None and found[0] >= scope.until
    after = scope.since is not None and found[1] < scope.since
    return found if before or after else None
