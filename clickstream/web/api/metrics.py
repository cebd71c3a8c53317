"""Numbers: the list of metrics with their definitions, one metric for a scope, and the quick summary."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from clickstream.analysis import local_time
from clickstream.charts import chart
from clickstream.metrics import METRICS, find_metric, measure
from clickstream.metrics.summary import summarize
from clickstream.web.api.scoped import SCOPE_QUERY, scope_of
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

_OPTIONS = {option.name: option.help for metric in METRICS.values() for option in metric.options}


class MetricView(Struct):
    """One metric as it is defined; `fields` explains the numbers of its result."""

    id: str
    title: str
    definition: str
    fields: dict[str, str]
    options: list[dict[str, Any]]


class MetricList(Struct):
    items: list[MetricView]


class AnswerView(Struct):
    """A measured metric with its receipt. `range` names where the data is when the window holds none of it.

    `time_zone` is the wall clock that days and hours are cut by.
    """

    id: str
    title: str
    definition: str
    options: dict[str, Any]
    scope: dict[str, Any]
    watermark: int
    result: Any
    reconciliation: list[dict[str, Any]]
    range: dict[str, str] | None
    time_zone: str
    chart: dict[str, Any] | None


class Summary(Struct):
    """Totals, events by type, top pages: no writes, no model."""

    scope: dict[str, Any]
    watermark: int
    events: int
    sessions: int
    visitors: int
    conversions: int
    orders: int
    conversion_rate: dict[str, Any]
    revenue: list[dict[str, Any]]
    event_types: list[dict[str, Any]]
    pages: list[dict[str, Any]]
    range: dict[str, str] | None


def list_metrics(request: Request, deps: Deps) -> Response:
    return Response.json(MetricList([MetricView(**metric.described()) for metric in METRICS.values()]))


def one_metric(request: Request, deps: Deps) -> Response:
    metric = find_metric(request.params["id"])
    options = {name: text for name, text in request.query.items() if name in _OPTIONS and text}
    scope = scope_of(request, deps)
    answer = measure(deps.store, metric.id, scope, options)
    time_zone = local_time(deps.store, deps.settings, scope.dataset).time_zone
    drawn = chart(metric.id, answer.result, {**answer.options, "time_zone": time_zone})
    return Response.json(AnswerView(**answer.described(), time_zone=time_zone, chart=drawn))


def summary(request: Request, deps: Deps) -> Response:
    return Response.json(Summary(**summarize(deps.store, scope_of(request, deps))))


ROUTES = (
    Route(
        "GET", "/api/metrics", list_metrics, access="viewer", returns=MetricList,
        summary="Every metric with its definition and options.",
    ),
    Route(
        "GET", "/api/metrics/{id}", one_metric, access="viewer", query={**SCOPE_QUERY, **_OPTIONS}, returns=AnswerView,
        summary="One metric for a scope, with its definition, receipt, reconciliation and chart.",
    ),
    Route(
        "GET", "/api/summary", summary, access="viewer", query=SCOPE_QUERY, returns=Summary,
        summary="Simple analysis of a scope: totals, events by type, top pages.",
    ),
)  # fmt: skip
