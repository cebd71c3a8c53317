"""Reports to take away: an analysis in four formats, and every table of a metric."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from clickstream.analysis import local_time
from clickstream.comments import MOST_COMMENTS
from clickstream.errors import Conflict, InvalidInput
from clickstream.insights.role_views import ROLE_VIEWS, arranged
from clickstream.languages import LANGUAGES, known_language
from clickstream.metrics import find_metric, measure
from clickstream.metrics.metric import Metric
from clickstream.reports.composing import Saved, compose
from clickstream.reports.document import Document
from clickstream.reports.markdown import markdown
from clickstream.reports.tables import analysis_tables, archived, metric_tables
from clickstream.store.analyses import Analysis
from clickstream.store.chats import Chat
from clickstream.store.numbers import encode
from clickstream.web.api.analyses import presented, readable
from clickstream.web.api.comments import comment_view
from clickstream.web.api.metrics import METRIC_OPTIONS, names_of, options_of
from clickstream.web.api.scoped import SCOPE_ERRORS, SCOPE_QUERY, scope_of
from clickstream.web.api.shares import PRIVATE_LINK_HEADERS
from clickstream.web.deps import Deps
from clickstream.web.limits import network_of
from clickstream.web.request import Request
from clickstream.web.response import CSV, JSON, MARKDOWN, PDF, ZIP, Response
from clickstream.web.routing import Route

_LONGEST_HEADER = 1_000
MOST_CHATS = 20
"""In one report, the latest ones."""
_METRIC_FORMATS = ("csv", "json")

View = Annotated[str, Meta(max_length=20, description=f"arranged for {', '.join(ROLE_VIEWS)}")]
Language = Annotated[str, Meta(max_length=20, description=f"one of {', '.join(LANGUAGES)} (default: its own)")]


class ExportQuery(Struct):
    format: Annotated[Literal["json", "md", "csv", "pdf"], Meta(description="csv is a zip with one file a table")]
    chats: Annotated[bool, Meta(description=f"with one's own latest {MOST_CHATS} chats about it")] = False
    comments: Annotated[bool, Meta(description="with what readers wrote about it")] = False
    role_view: View = ""
    language: Language = ""


class SharedExportQuery(Struct):
    format: Literal["md", "pdf"]
    role_view: View = ""
    language: Language = ""


Q = TypeVar("Q", ExportQuery, SharedExportQuery)


def export_analysis(request: Request, deps: Deps) -> Response:
    query = _query(request, ExportQuery)
    analysis = readable(request, deps)
    if analysis["status"] != "done":
        raise Conflict("Only a finished analysis can be exported.", code="analysis_not_done")
    if query.format == "pdf":
        deps.limits.pdf_by_user.take(request.username)
    language = query.language or analysis["language"]
    response = _WRITERS[query.format](_saved(analysis, query, request, deps), language, deps)
    details = {"format": query.format, "language": language, "chats": query.chats}
    deps.audit.record("exported", request.actor, f"analysis {analysis['analysis_id']}", **details)
    return response


def export_metric(request: Request, deps: Deps) -> Response:
    """With every row there is: lists are as long as the metric allows, unless `limit` says otherwise."""
    metric, wanted = find_metric(request.params["id"]), request.query.get("format") or "csv"
    if wanted not in _METRIC_FORMATS:
        raise InvalidInput("There is no such format.", fields={"format": f"one of {', '.join(_METRIC_FORMATS)}"})
    answer = measure(deps.store, metric.id, scope_of(request, deps), {**_longest(metric), **options_of(request)})
    described = {name: value for name, value in answer.described().items() if name != "result"}
    named = f"{metric.id}-{answer.scope.dataset}"
    table = request.query.get("table")
    if wanted == "json":
        response = Response.attachment(f"{named}.json", JSON, encode({**described, "result": answer.result}))
    elif table:
        response = Response.attachment(f"{named}-{table}.csv", CSV, _table(metric.id, answer.result, table))
    else:
        sheets = archived(metric_tables(metric.id, answer.result), described, answer.scope.as_of)
        response = Response.attachment(f"{named}.zip", ZIP, sheets)
    deps.audit.record("exported", request.actor, f"metric {metric.id}", format=wanted, dataset=answer.scope.dataset)
    return response


def export_shared(request: Request, deps: Deps) -> Response:
    """What the link's page shows, and nothing else: no tables, accounts or providers."""
    request.answer_headers = PRIVATE_LINK_HEADERS
    deps.limits.share_export_by_address.take(network_of(request.client))
    query = _query(request, SharedExportQuery)
    share, analysis = deps.sharing.open(request.params["token"])
    saved = Saved(
        analysis=analysis,
        dataset_name=deps.sharing.dataset_name(analysis["dataset"]) or "",
        time_zone=local_time(deps.store, deps.settings, analysis["dataset"]).time_zone,
        comments=msgspec.to_builtins(deps.sharing.remarks(share, analysis) or []),
        role_view=query.role_view,
        outside=True,
    )
    return _WRITERS[query.format](saved, query.language or analysis["language"], deps)


def _query(request: Request, kind: type[Q]) -> Q:
    query = request.query_as(kind)
    if query.role_view and query.role_view not in ROLE_VIEWS:
        raise InvalidInput("There is no such view.", fields={"role_view": f"one of {', '.join(ROLE_VIEWS)}"})
    if query.language:
        known_language(query.language)
    return query


def _saved(analysis: Analysis, query: ExportQuery, request: Request, deps: Deps) -> Saved:
    dataset = analysis["dataset"]
    return Saved(
        analysis=analysis,
        dataset_name=deps.sharing.dataset_name(dataset) or "",
        time_zone=local_time(deps.store, deps.settings, dataset).time_zone,
        names=_names(analysis["metrics"], deps),
        chats=_chats(analysis, request, deps) if query.chats else (),
        comments=_comments(analysis, deps) if query.comments else (),
        role_view=query.role_view,
    )


def _chats(analysis: Analysis, request: Request, deps: Deps) -> list[Chat]:
    """Those of who is asking, the earliest first."""
    chats = deps.store.chats
    mine = chats.page(analysis["dataset"], analysis["analysis_id"], limit=MOST_CHATS, author=request.username)
    found = (chats.find(head["chat_id"], deps.clock()) for head in reversed(mine))
    return [chat for chat in found if chat]


def _comments(analysis: Analysis, deps: Deps) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(comment_view(one)) for one in deps.comments.page(analysis, limit=MOST_COMMENTS)]


def _names(metrics: Mapping[str, Any], deps: Deps) -> dict[str, str]:
    found = [names_of(deps, key, result) for key, result in metrics.items()]
    return {product_id: name for names in found for product_id, name in names.items()}


def _document(saved: Saved, language: str, deps: Deps) -> Document:
    return compose(saved, language, deps.clock())


def _named(saved: Saved, extension: str) -> str:
    """After what it is of and when it was measured: `Clickstream March log 2026-03-01.pdf`."""
    words = ("Clickstream", saved.dataset_name or saved.kind, saved.analysis["finished_at"][:10])
    return f"{' '.join(words)}.{extension}"


def _json(saved: Saved, _language: str, deps: Deps) -> Response:
    whole = {**presented(dict(saved.analysis), deps), "chats": saved.chats, "comments": saved.comments}
    return Response.attachment(_named(saved, "json"), JSON, encode(whole))


def _markdown(saved: Saved, language: str, deps: Deps) -> Response:
    return Response.attachment(_named(saved, "md"), MARKDOWN, markdown(_document(saved, language, deps)).encode())


def _csv(saved: Saved, _language: str, deps: Deps) -> Response:
    order = [placed.section for placed in arranged(saved.kind, saved.analysis["sections"], saved.role_view)]
    tables = analysis_tables(saved.analysis, saved.chats, saved.comments, order, deps.clock())
    return Response.attachment(_named(saved, "zip"), ZIP, tables)


def _pdf(saved: Saved, language: str, deps: Deps) -> Response:
    """Headers say which characters the font lacks and how many charts could not be drawn."""
    made = deps.press.pdf(_document(saved, language, deps))
    missing = "; ".join(made.told.missing)[:_LONGEST_HEADER]
    headers = {"x-missing-characters": missing, "x-charts-not-drawn": str(made.told.undrawn)}
    return Response.attachment(_named(saved, "pdf"), PDF, made.content, headers)


_WRITERS: Mapping[str, Callable[[Saved, str, Deps], Response]] = {
    "json": _json,
    "md": _markdown,
    "csv": _csv,
    "pdf": _pdf,
}


def _longest(metric: Metric) -> dict[str, int]:
    return {option.name: option.largest for option in metric.options if option.name == "limit"}


def _table(metric_id: str, result: Any, name: str) -> bytes:
    sheets = {sheet.name: sheet for sheet in metric_tables(metric_id, result)}
    if name not in sheets:
        raise InvalidInput("There is no such table.", fields={"table": f"one of {', '.join(sheets)}"})
    return sheets[name].written()


_TABLES = {
    "format": "csv (default): a zip with one file a table; or json",
    "table": "only this table, as one CSV file: `values` for the plain numbers, or a list of the result such as `rows`",
}
ROUTES = (
    Route(
        "GET", "/api/analyses/{id}/export", export_analysis, access="signed_in", query=ExportQuery, returns=PDF,
        errors=(404, 409, 429, 503),
        summary="An analysis to take away: as PDF, Markdown, JSON, or a zip of CSV files with every table.",
    ),
    Route(
        "GET", "/api/shared/{token}/export", export_shared, access="anyone", query=SharedExportQuery, returns=PDF,
        errors=(404, 429, 503),
        summary="What a share link shows, to take away: as PDF or Markdown.",
    ),
    Route(
        "GET", "/api/metrics/{id}/export", export_metric, access="viewer", returns=ZIP,
        query={**SCOPE_QUERY, **METRIC_OPTIONS, **_TABLES}, errors=SCOPE_ERRORS,
        summary="Every table of a metric for a scope, with all its rows.",
    ),
)  # fmt: skip
