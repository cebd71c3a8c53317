"""Run Analysis over HTTP: start one. Shoppers start only their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from msgspec import Meta, Struct

from clickstream.analysis import NO_MODEL, local_time
from clickstream.analysis import Request as AnalysisRequest
from clickstream.comparison import check_apart
from clickstream.errors import Forbidden, InvalidInput
from clickstream.insights.brief import MAX_PROMPT, MAX_TEMPERATURE, read_brief
from clickstream.insights.presets import PRESETS
from clickstream.languages import LANGUAGES
from clickstream.scope import LIVE, MAX_FILTER, Scope, read_scope
from clickstream.web.api.analyses import AnalysisBody, found_for, presented
from clickstream.web.deps import Deps
from clickstream.web.request import Account, Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

WAIT_SECONDS = 60.0
_MAX_BODY_BYTES = 64 * 1024

Text = Annotated[str, Meta(max_length=MAX_FILTER)]
Moment = Annotated[str, Meta(max_length=40, description="a day such as 2026-03-01 or an ISO 8601 time")]
_MODEL = f"the AI provider's name of the model to ask; empty asks the account's usual one, `{NO_MODEL}` asks nobody"
_LANGUAGE = f"what the texts are written in, one of {', '.join(LANGUAGES)}; the account's own where none is named"
_PROMPT = f"wishes for the texts in your own words, at most {MAX_PROMPT} characters"
_TEMPERATURE = f"how freely a model may write, from 0 to {MAX_TEMPERATURE:g}; its own usual where none is named"
WhichModel = Annotated[str, Meta(max_length=200, description=_MODEL)]
WhichLanguage = Annotated[str, Meta(max_length=20, description=_LANGUAGE)]


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
    language: WhichLanguage | None = None
    model: WhichModel | None = None
    preset: Annotated[str, Meta(max_length=40, description=f"what to emphasise, one of {', '.join(PRESETS)}")] | None = None
    prompt: Annotated[str, Meta(description=_PROMPT)] | None = None
    temperature: Annotated[float, Meta(description=_TEMPERATURE)] | None = None
    wait: bool = False


class Started(Struct):
    analysis_id: str


def analyze(request: Request, deps: Deps) -> Response:
    body = request.body_json(Analyze, _MAX_BODY_BYTES)
    account = request.signed_in
    scope = _scope(body, account, deps)
    against = _against(body, scope, account, deps)
    language, brief = body.language or account.language, read_brief(body.preset, body.prompt, body.temperature)
    wanted = AnalysisRequest(scope, account.username, body.report, body.model or "", language, brief, against)
    analysis_id = deps.analyses.submit(wanted)
    if body.wait and deps.analyses.wait(analysis_id, WAIT_SECONDS):
        return Response.json(presented(found_for(account, analysis_id, deps), deps))
    return Response.json(Started(analysis_id), 202)


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
        raise error.under("against.") from error
    check_apart(scope, against)
    return against


def _scope(body: Selection, account: Account, deps: Deps) -> Scope:
    """Raises InvalidInput naming each field that cannot be used, Forbidden for another person's data."""
    values = {"dataset": LIVE} | {name: value for name in Selection.__struct_fields__ if (value := getattr(body, name))}
    if not account.reads_all:
        if values["dataset"] != LIVE or values.get("user_id", account.username) != account.username:
            raise Forbidden(f"A {account.role} can analyse only itself.")
        values["user_id"] = account.username
    if values["dataset"] != LIVE:
        deps.uploads.require_readable(values["dataset"])
    return read_scope(values, now=deps.clock(), local=local_time(deps.store, deps.settings, values["dataset"]))


ROUTES = (
    Route(
        "POST", "/api/analyze", analyze, access="shopper", status=202, body=Analyze, returns=Started,
        also={200: AnalysisBody}, errors=(404, 409, 429),
        summary="Start an analysis, of anything for analysts and of itself for a shopper; with `wait` 200 and the analysis.",
    ),
)  # fmt: skip
