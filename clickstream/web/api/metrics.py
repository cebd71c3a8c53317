"""Numbers: the list of metrics with their definitions, one metric for a scope, and the quick summary."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from clickstream.analysis import local_time
from clickstream.charts import chart
from clickstream.errors import InvalidInput
from clickstream.metrics import METRICS, Wanted, find_metric, measure, sessions_behind
from clickstream.metrics.summary import summarize
from clickstream.scope import Scope
from clickstream.web.api.scoped import SCOPE_ERRORS, SCOPE_QUERY, scope_of
from clickstream.web.api.sessions import SessionView, limit_of, mark_of, place_of, session_view
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

_BEHIND = {
    "sessions": "true: not the metric but the sessions behind one of its numbers",
    "of": "which number: one of the metric's `parts`",
    "value": "which row of a table, where the part takes one",
    "after": "the last page's `next`, of sessions",
}


def _options() -> dict[str, str]:
    """Every option there is; where metrics share a name, what each means by it. `limit` also pages sessions."""
    helps: dict[str, dict[str, None]] = {}
    for metric in METRICS.values():
        for option in metric.options:
            helps.setdefault(option.name, {})[option.help] = None
    return {name: "; ".join(texts) for name, texts in helps.items()}


METRIC_OPTIONS = _options()


class MetricView(Struct):
    """One metric as it is defined; `fields` explains the numbers of its result, `parts` are those that list sessions."""

    id: str
    title: str
    definition: str
    fields: dict[str, str]
    options: list[dict[str, Any]]
    parts: list[dict[str, Any]]


class MetricList(Struct):
    items: list[MetricView]


class AnswerView(Struct):
    """A measured metric with its receipt. `range` names where the data is when the window holds none of it.

    `time_zone` is the wall clock that days and hours are cut by; `names` are those of the products listed, by id, as far as
    the catalogue knows them.
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
    names: dict[str, str]


class SessionsBehind(Struct):
    """The sessions behind a number; `total` is that number where it counts sessions. `next` is null on the last page."""

    id: str
    of: str
    value: str
    total: int
    items: list[SessionView]
    next: str | None
    watermark: int


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
    options, scope = options_of(request), scope_of(request, deps)
    if any(request.query.get(name) for name in _BEHIND):
        return _behind(request, deps, scope, options)
    answer = measure(deps.store, metric.id, scope, options)
    time_zone = local_time(deps.store, deps.settings, scope.dataset).time_zone
    names = names_of(deps, metric.id, answer.result)
    drawn = chart(metric.id, answer.result, {**answer.options, "time_zone": time_zone, "names": names})
    return Response.json(AnswerView(**answer.described(), time_zone=time_zone, chart=drawn, names=names))


def options_of(request: Request) -> dict[str, str]:
    return {name: text for name, text in request.query.items() if name in METRIC_OPTIONS and text}


def names_of(deps: Deps, metric_id: str, result: Any) -> dict[str, str]:
    """Of the products a result lists, which are at most a few thousand."""
    listed = {product_id for ids in _PRODUCT_IDS.get(metric_id, ()) for product_id in ids(result)}
    return {product.product_id: product.name for product in deps.store.products.get(sorted(listed))} if listed else {}


_PRODUCT_IDS: dict[str, tuple[Callable[[Any], Iterable[str]], ...]] = {
    "cart": (lambda result: (row["product_id"] for row in result["products_left"]),),
    "products": (
        lambda result: (row["product_id"] for row in result["products"]),
        lambda result: (row["product_id"] for row in result["viewed_not_bought"]["rows"]),
    ),
    "bought_together": (lambda result: (row[side] for row in result["pairs"] for side in "ab"),),
}


def _behind(request: Request, deps: Deps, scope: Scope, options: dict[str, str]) -> Response:
    if request.query.get("sessions") != "true":
        raise InvalidInput("These sessions cannot be listed.", fields={"sessions": "must be true for a list of sessions"})
    limit = limit_of(options.pop("limit", None))
    wanted = Wanted(request.params["id"], request.query.get("of", ""), request.query.get("value", ""), options)
    found = sessions_behind(deps.store, scope, wanted, limit=limit, after=place_of(request.query.get("after")))
    return Response.json(
        SessionsBehind(
            id=wanted.metric_id,
            of=wanted.of,
            value=wanted.value,
            total=found.total,
            items=[session_view(one, found.view) for one in found.sessions],
            next=mark_of(found.following) if found.following else None,
            watermark=found.watermark,
        )
    )


def summary(request: Request, deps: Deps) -> Response:
    return Response.json(Summary(**summarize(deps.store, scope_of(request, deps))))


ROUTES = (
    Route(
        "GET", "/api/metrics", list_metrics, access="viewer", returns=MetricList,
        summary="Every metric with its definition and options.",
    ),
    Route(
        "GET", "/api/metrics/{id}", one_metric, access="viewer", query={**SCOPE_QUERY, **_BEHIND, **METRIC_OPTIONS},
        returns=AnswerView | SessionsBehind, errors=SCOPE_ERRORS,
        summary="One metric for a scope, with its definition, receipt and chart; or the sessions behind one of its numbers.",
    ),
    Route(
        "GET", "/api/summary", summary, access="viewer", query=SCOPE_QUERY, returns=Summary, errors=SCOPE_ERRORS,
        summary="Simple analysis of a scope: totals, events by type, top pages.",
    ),
)  # fmt: skip
