"""Run Analysis over HTTP: start one, watch it, end it, read it, delete it. Shoppers see and start only their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from clickstream.analysis import NO_MODEL, Receipt, local_time
from clickstream.analysis import Request as AnalysisRequest
from clickstream.charts import chart
from clickstream.comments import claim_hash
from clickstream.comparison import check_apart
from clickstream.errors import Conflict, Forbidden, InvalidInput, NotFound
from clickstream.insights.brief import MAX_PROMPT, MAX_TEMPERATURE, read_brief
from clickstream.insights.presets import PRESETS
from clickstream.insights.report import KINDS
from clickstream.insights.role_views import charts_of
from clickstream.languages import LANGUAGES
from clickstream.scope import LIVE, MAX_FILTER, Scope, read_scope
from clickstream.store.analyses import UNFINISHED, Analysis
from clickstream.web import sse
from clickstream.web.deps import Deps
from clickstream.web.request import Account, Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

WAIT_SECONDS = 60.0
_MAX_BODY_BYTES = 64 * 1024

Text = Annotated[str, Meta(max_length=MAX_FILTER)]
Moment = Annotated[str, Meta(max_length=40, description="a day such as 2026-03-01 or an ISO 8601 time")]
_WHICH_MODEL = f"the AI provider's name of the model to ask; empty asks the account's usual one, `{NO_MODEL}` asks nobody"


_WHICH_LANGUAGE = f"what the texts are written in, one of {', '.join(LANGUAGES)}; the account's own where none is named"
_WHICH_PROMPT = f"wishes for the texts in your own words, at most {MAX_PROMPT} characters"
_WHICH_TEMPERATURE = f"how freely a model may write, from 0 to {MAX_TEMPERATURE:g}; its own usual where none is named"


class Selection(Struct, forbid_unknown_fields=True):
    """Which sessions an analysis is about."""

    dataset: Text = LIVE
    user_id: Text | None = None
    since: Moment | None = None
    until: Moment | None = None
    device: Text | None = None
    country: Text | None = None
    channel: Text | None = None
    visitor: Literal["new", "returning"] | None = None
    variant: Text | None = None
    view: Literal["clean", "all"] = "clean"


class Analyze(Selection):
    """What to analyse. With `wait` the answer is the analysis itself, if it is done within a minute.

    The report `comparison` compares the selection, side A, with `against`, side B.
    """

    report: Literal["store", "journey", "comparison"] = "store"
    against: Selection | None = None
    language: Annotated[str, Meta(max_length=20, description=_WHICH_LANGUAGE)] | None = None
    model: Annotated[str, Meta(max_length=200, description=_WHICH_MODEL)] | None = None
    preset: Annotated[str, Meta(max_length=40, description=f"what to emphasise, one of {', '.join(PRESETS)}")] | None = None
    prompt: Annotated[str, Meta(description=_WHICH_PROMPT)] | None = None
    temperature: Annotated[float, Meta(description=_WHICH_TEMPERATURE)] | None = None
    wait: bool = False


class Started(Struct):
    analysis_id: str


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


def analyze(request: Request, deps: Deps) -> Response:
    body = request.body_json(Analyze, _MAX_BODY_BYTES)
    account = request.signed_in
    scope = _scope(body, account, deps)
    against = _against(body, scope, account, deps)
    language, brief = body.language or account.language, read_brief(body.preset, body.prompt, body.temperature)
    wanted = AnalysisRequest(scope, account.username, body.report, body.model or "", language, brief, against)
    analysis_id = deps.analyses.submit(wanted)
    if body.wait and deps.analyses.wait(analysis_id, WAIT_SECONDS):
        return Response.json(presented(_find(analysis_id, account, deps), deps))
    return Response.json(Started(analysis_id), 202)


def list_analyses(request: Request, deps: Deps) -> Response:
    query = request.query_as(AnalysesQuery)
    reader = _reader(request.signed_in)
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
    return _find(request.params["id"], request.signed_in, deps)


def _own(request: Request, deps: Deps, act: str) -> Analysis:
    """The analysis, for who may change it."""
    account = request.signed_in
    analysis = readable(request, deps)
    if _reader(account) is not None and analysis["created_by"] != account.username:
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


def _find(analysis_id: str, account: Account, deps: Deps) -> Analysis:
    """NotFound also where there is one that is not this account's business."""
    found = deps.store.analyses.find(analysis_id, _reader(account))
    if found is None:
        raise NotFound("There is no such analysis.")
    return found


def may_read(analysis_id: str, account: Account, deps: Deps) -> bool:
    return deps.store.analyses.find(analysis_id, _reader(account)) is not None


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


def _against(body: Analyze, scope: Scope, account: Account, deps: Deps) -> Scope | None:
    """Side B, as of the same moment, where the report has one. Raises as `_scope`, its fields named `against.since` and so
    on, and where both sides are the same."""
    if (body.report == "comparison") != (body.against is not None):
        problem = "must be given for a comparison" if body.against is None else "is for the report comparison only"
        raise InvalidInput("This report cannot be made like this.", fields={"against": problem})
    if body.against is None:
        return None
    try:
        against = replace(_scope(body.against, account, deps), as_of=scope.as_of)
    except InvalidInput as error:
        fields = {f"against.{name}": problem for name, problem in error.fields.items()}
        raise InvalidInput(error.message, fields=fields, code=error.code) from error
    check_apart(scope, against)
    return against


def _scope(body: Selection, account: Account, deps: Deps) -> Scope:
    """Raises InvalidInput naming each field that cannot be used, Forbidden for another person's data."""
    fields = ("dataset", "user_id", "since", "until", "device", "country", "channel", "visitor", "variant", "view")
    values = {"dataset": LIVE} | {name: value for name in fields if (value := getattr(body, name))}
    if _reader(account) is not None:
        if values["dataset"] != LIVE or values.get("user_id", account.username) != account.username:
            raise Forbidden(f"A {account.role} can analyse only itself.")
        values["user_id"] = account.username
    if values["dataset"] != LIVE:
        deps.uploads.require_readable(values["dataset"])
    return read_scope(values, now=deps.clock(), local=local_time(deps.store, deps.settings, values["dataset"]))


def _reader(account: Account) -> str | None:
    """Whose analyses this account is limited to; None for those who see all."""
    return None if account.role in ("analyst", "owner") else account.username


ROUTES = (
    Route(
        "POST", "/api/analyze", analyze, access="shopper", status=202, body=Analyze, returns=Started,
        also={200: AnalysisBody}, errors=(404, 409, 429),
        summary="Start an analysis, of anything for analysts and of itself for a shopper; with `wait` 200 and the analysis.",
    ),
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
