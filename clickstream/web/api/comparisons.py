"""Two scopes side by side, two datasets as a whole, an analysis then and now."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from msgspec import Meta, Struct

from clickstream.analysis.measuring import compare
from clickstream.analysis.replay import Replay
from clickstream.charts import chart
from clickstream.clock import iso
from clickstream.errors import InvalidInput, NotFound
from clickstream.scope import LIVE, MAX_FILTER, Scope
from clickstream.web.api.analyses import readable
from clickstream.web.api.scoped import SCOPE_ERRORS, SCOPE_QUERY, scope_in, scope_of
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

B = "b_"
_B_QUERY = {f"{B}{name}": f"of side B: {description}" for name, description in SCOPE_QUERY.items()}
DatasetName = Annotated[str, Meta(min_length=1, max_length=MAX_FILTER, description="live, or the id of an upload")]


class Topic(Struct):
    """A row has name, unit, dimension and value or currency; a and b, difference, change, low, high, p_value, p_adjusted.

    `untested` says by a code of `reasons` why a row has no interval and no p-value.
    """

    topic: str
    rows: list[dict[str, Any]]


class ComparisonView(Struct):
    """Both sides with their receipts (scope, watermark, window), and what was compared. `notes`: what to mind."""

    a: dict[str, Any]
    b: dict[str, Any]
    minimum: int
    tested: int
    significant: int
    topics: list[Topic]
    reasons: dict[str, str]
    notes: list[dict[str, str]]
    withheld: list[str]
    charts: dict[str, Any]


class DatasetsQuery(Struct):
    a: DatasetName
    b: DatasetName


def compare_scopes(request: Request, deps: Deps) -> Response:
    a = scope_of(request, deps)
    return _compared(a, _side_b(request, a, deps), deps)


def compare_datasets(request: Request, deps: Deps) -> Response:
    query = request.query_as(DatasetsQuery)
    a, b = (scope_in({"dataset": dataset}, deps) for dataset in (query.a, query.b))
    return _compared(a, replace(b, as_of=a.as_of), deps)


def _side_b(request: Request, a: Scope, deps: Deps) -> Scope:
    """As of the same moment as side A, where no other one is named."""
    named = {name.removeprefix(B): text for name, text in request.query.items() if name.startswith(B)}
    values = {**named, "as_of": named.get("as_of") or iso(a.as_of)}
    try:
        return scope_in(values, deps)
    except InvalidInput as error:
        raise error.under(B) from error


def _compared(a: Scope, b: Scope, deps: Deps) -> Response:
    results = compare(deps.store, a, b)
    charts = {name: drawn for name, result in results.items() if (drawn := chart(name, result))}
    return Response.json(ComparisonView(**results["comparison"], charts=charts))


def replay_analysis(request: Request, deps: Deps) -> Response:
    analysis = readable(request, deps)
    for scope in filter(None, (analysis["scope"], analysis["against"])):
        if scope["dataset"] != LIVE:
            _require_dataset(scope["dataset"], deps)
    deps.limits.replay_by_user.take(request.username)
    return Response.json(deps.analyses.replay(analysis))


def _require_dataset(dataset_id: str, deps: Deps) -> None:
    try:
        deps.uploads.require_readable(dataset_id)
    except NotFound as error:
        message = "The dataset this analysis was made of has been deleted, so that it cannot be measured again."
        raise NotFound(message, code="dataset_deleted") from error


ROUTES = (
    Route(
        "GET", "/api/compare", compare_scopes, access="viewer", query={**SCOPE_QUERY, **_B_QUERY}, returns=ComparisonView,
        errors=SCOPE_ERRORS,
        summary="Two scopes side by side, A and B: windows, segments or datasets, by the same metrics, with significance.",
    ),
    Route(
        "GET", "/api/datasets/compare", compare_datasets, access="viewer", query=DatasetsQuery, returns=ComparisonView,
        errors=SCOPE_ERRORS,
        summary="Two datasets side by side, each as a whole.",
    ),
    Route(
        "POST", "/api/analyses/{id}/replay", replay_analysis, access="signed_in", returns=Replay, errors=(409, 429),
        summary="Measure what an analysis measured again, as of now, and say which facts changed and why that may be.",
    ),
)  # fmt: skip
