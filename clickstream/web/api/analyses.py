"""Saved analyses over HTTP: watch one, end it, read it, delete it. Shoppers see only their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from clickstream.analysis import Receipt, local_time
from clickstream.charts import chart
from clickstream.comments import claim_hash
from clickstream.errors import Conflict, Forbidden, NotFound
from clickstream.insights.report import KINDS
from clickstream.insights.role_views import charts_of
from clickstream.scope import MAX_FILTER
from clickstream.store.analyses import UNFINISHED, Analysis
from clickstream.web import sse
from clickstream.web.deps import Deps
from clickstream.web.request import Account, Request
from clickstream.web.response import Response
from clickstream.web.routing import Route


class AnalysisHead(Struct):
    """A saved analysis without its numbers and texts. `moved`: data changed while it was being measured.

    `heard` counts the characters a model has answered so far; `model` says what came of asking one. `against` is the
    scope of side B of a comparison.
    """

    analysis_id: str
    report: str
    language: str
    preset: str
    prompt: str
    temperature: float | None
    dataset: str
    user_id: str | None
    created_by: str | None
    status: Literal["queued", "running", "done", "failed"]
    stage: str
    done: int
    total: int
    created_at: str
    finished_at: str | None
    scope: dict[str, Any]
    against: dict[str, Any] | None
    watermark: int | None
    calculation_version: int | None
    moved: bool | None
    error: str | None
    model: Receipt | None
    heard: int


class AnalysisBody(AnalysisHead):
    """`metrics` are results by metric id; `sections` hold claims: text, template with slots, fact_ids, direction, and the
    hash by which a comment names one. `titles` are those of the sections in the analysis's language.

    The `source` of a section and of a recommended product is model or computed; the `reason` of a section says why it is
    computed although a model was asked, and `no_products` why no product is recommended. A claim's `chart` is drawn by the
    spec of that name in `charts`.
    """

    titles: dict[str, str]
    metrics: dict[str, Any]
    reconciliation: list[dict[str, Any]]
    facts: list[dict[str, Any]]
    sections: dict[str, Any]
    recommended_products: list[dict[str, Any]]
    no_products: str | None
    charts: dict[str, Any]


class AnalysesQuery(Struct):
    dataset: Annotated[str, Meta(max_length=MAX_FILTER, description="only of this dataset")] | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    after: Annotated[str, Meta(max_length=100, description="`next` of the page before")] | None = None


class AnalysesPage(Struct):
    items: list[AnalysisHead]
    next: str | None


def list_analyses(request: Request, deps: Deps) -> Response:
    query = request.query_as(AnalysesQuery)
    reader = request.signed_in.limited_to
    found = deps.store.analyses.page(limit=query.limit + 1, after=query.after, dataset=query.dataset, reader=reader)
    items = found[: query.limit]
    following = items[-1]["analysis_id"] if len(found) > query.limit else None
    return Response.json({"items": items, "next": following})


def get_analysis(request: Request, deps: Deps) -> Response:
    return Response.json(presented(readable(request, deps), deps))


def watch_analysis(request: Request, deps: Deps) -> Response:
    analysis = readable(request, deps)
    return Response.sse(_events(analysis["analysis_id"], deps))


def cancel_analysis(request: Request, deps: Deps) -> Response:
    analysis = _own(request, deps, "cancel")
    if not deps.analyses.cancel(analysis["analysis_id"]):
        raise Conflict("This analysis has already ended.")
    return Response.empty()


def delete_analysis(request: Request, deps: Deps) -> Response:
    analysis = _own(request, deps, "delete")
    deps.analyses.delete(analysis["analysis_id"])
    made_by, status = analysis["created_by"], analysis["status"]
    deps.audit.record("analysis_deleted", request.actor, analysis["analysis_id"], made_by=made_by, status=status)
    return Response.empty()


def readable(request: Request, deps: Deps) -> Analysis:
    """The analysis the address names, for who may read it. Raises NotFound."""
    return found_for(request.signed_in, request.params["id"], deps)


def _own(request: Request, deps: Deps, act: str) -> Analysis:
    """The analysis, for who may change it."""
    account = request.signed_in
    analysis = readable(request, deps)
    if not account.reads_all and analysis["created_by"] != account.username:
        raise Forbidden(f"Only who made this analysis, or an analyst, can {act} it.")
    return analysis


def _events(analysis_id: str, deps: Deps) -> Iterator[sse.Event | None]:
    """`progress` for every change, then `done` or `failed`."""
    status = ""
    for found in deps.analyses.watch(analysis_id):
        if found is None:
            yield None
            continue
        status = found["status"]
        yield ("progress" if status in UNFINISHED else status, found)
    if status in ("", *UNFINISHED):
        yield "failed", {"status": "failed", "stage": "deleted", "error": "This analysis was deleted."}


def found_for(account: Account, analysis_id: str, deps: Deps) -> Analysis:
    """NotFound also where there is one that is not this account's business."""
    found = deps.store.analyses.find(analysis_id, account.limited_to)
    if found is None:
        raise NotFound("There is no such analysis.")
    return found


def may_read(analysis_id: str, account: Account, deps: Deps) -> bool:
    return deps.store.analyses.find(analysis_id, account.limited_to) is not None


def presented(analysis: Analysis, deps: Deps) -> Analysis:
    """With the specs that its claims and role views ask for, drawn from what was measured then, and the claims' hashes."""
    wanted = {claim.get("chart") for section in analysis["sections"].values() for claim in section["claims"]}
    wanted |= charts_of(analysis["report"])
    zone = local_time(deps.store, deps.settings, analysis["dataset"]).time_zone
    metrics = analysis["metrics"]
    drawn = {name: chart(name, metrics[name], {"time_zone": zone}) for name in sorted(wanted & metrics.keys())}
    return {
        **analysis,
        "titles": KINDS[analysis["report"]].titles_in(analysis["language"]),
        "sections": {name: _hashed(section) for name, section in analysis["sections"].items()},
        "charts": drawn,
    }


def _hashed(section: dict[str, Any]) -> dict[str, Any]:
    return {**section, "claims": [{**claim, "hash": claim_hash(claim["template"])} for claim in section["claims"]]}


ROUTES = (
    Route(
        "GET", "/api/analyses", list_analyses, access="signed_in", query=AnalysesQuery, returns=AnalysesPage,
        summary="Saved analyses, latest first: all for analysts, else one's own.",
    ),
    Route(
        "GET", "/api/analyses/{id}", get_analysis, access="signed_in", returns=AnalysisBody,
        summary="One analysis with its metrics, facts and sections.",
    ),
    Route(
        "GET", "/api/analyses/{id}/events", watch_analysis, access="signed_in", returns="text/event-stream",
        summary="Progress as server-sent events: `progress` {status, stage, done, total, heard, error}, `done`, `failed`.",
    ),
    Route(
        "POST", "/api/analyses/{id}/cancel", cancel_analysis, access="signed_in", status=204, errors=(409,),
        summary="End an analysis that is still being made, also while it waits for a model; it is kept as failed.",
    ),
    Route(
        "DELETE", "/api/analyses/{id}", delete_analysis, access="signed_in", status=204,
        summary="Delete an analysis; one that is still being made stops.",
    ),
)  # fmt: skip
