"""Share links: made and revoked by analysts, read by anybody who holds one."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from clickstream.analysis import local_time
from clickstream.clock import iso
from clickstream.errors import Forbidden
from clickstream.sharing import MOST_DAYS
from clickstream.store.audit import Detail
from clickstream.store.shares import Share
from clickstream.web.api.analyses import presented, readable
from clickstream.web.deps import Deps
from clickstream.web.limits import network_of
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

_MAX_BODY_BYTES = 16 * 1024
PRIVATE_LINK_HEADERS = {"referrer-policy": "no-referrer", "x-robots-tag": "noindex"}


class NewShare(Struct, forbid_unknown_fields=True):
    days: Annotated[int, Meta(ge=1, le=MOST_DAYS, description="until it expires")] = 30
    label: Annotated[str, Meta(max_length=200, description="for whom it is, to tell links apart")] = ""
    with_comments: Annotated[bool, Meta(description="those there are now, without who wrote them")] = False


class ShareView(Struct):
    """`views` counts how often it was opened, `last_opened` says when last."""

    share_id: str
    analysis_id: str
    label: str
    with_comments: bool
    created_by: str
    created_at: str
    expires_at: str
    expired: bool
    views: int
    last_opened: str | None


class CreatedShare(Struct):
    """Whoever has the link can read the analysis. The token is not shown again."""

    share: ShareView
    token: str
    link: str


class SharesQuery(Struct):
    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    after: Annotated[str, Meta(max_length=100, description="`next` of the page before")] | None = None


class SharesPage(Struct):
    items: list[ShareView]
    next: str | None


class Remark(Struct):
    section: str | None
    claim: Any
    quote: str | None
    text: str
    created_at: str


class SharedAnalysis(Struct):
    """As in a saved analysis, without anything that names accounts, providers or ids.

    `scope`, and `against` of a comparison, have a `dataset_name`, null for the shop.
    """

    report: str
    status: str
    language: str
    titles: dict[str, str]
    finished_at: str
    scope: dict[str, Any]
    against: dict[str, Any] | None
    time_zone: str
    watermark: int | None
    moved: bool | None
    model: dict[str, Any] | None
    facts: list[dict[str, Any]]
    sections: dict[str, Any]
    recommended_products: list[dict[str, Any]]
    no_products: str | None
    charts: dict[str, Any]
    comments: list[Remark] | None
    expires_at: str


def create_share(request: Request, deps: Deps) -> Response:
    analysis = readable(request, deps)
    body = request.body_json(NewShare, _MAX_BODY_BYTES)
    share, token = deps.sharing.create(
        analysis, request.username, days=body.days, label=body.label.strip(), with_comments=body.with_comments
    )
    about: dict[str, Detail] = {"days": body.days, "label": share.label, "with_comments": share.with_comments}
    deps.audit.record("share_created", request.actor, share.share_id, analysis=share.analysis_id, **about)
    return Response.json(CreatedShare(_view(share, deps), token, f"/#share={token}"), 201)


def list_shares_of_analysis(request: Request, deps: Deps) -> Response:
    analysis = readable(request, deps)
    return _page(request, deps, dataset=analysis["dataset"], analysis_id=analysis["analysis_id"])


def list_shares(request: Request, deps: Deps) -> Response:
    whose = {} if request.signed_in.role == "owner" else {"created_by": request.username}
    return _page(request, deps, **whose)


def revoke_share(request: Request, deps: Deps) -> Response:
    share = deps.sharing.find(request.params["id"])
    if not request.may_change(share.created_by):
        raise Forbidden("Only who made this link, or an owner, can revoke it.")
    deps.sharing.revoke(share.share_id)
    deps.audit.record("share_revoked", request.actor, share.share_id, made_by=share.created_by, label=share.label)
    return Response.empty()


def read_shared(request: Request, deps: Deps) -> Response:
    """No cache keeps it, no link on it tells where it was, no search engine lists it; a refusal neither."""
    request.answer_headers = PRIVATE_LINK_HEADERS
    deps.limits.share_by_address.take(network_of(request.client))
    share, analysis = deps.sharing.open(request.params["token"])
    zone = local_time(deps.store, deps.settings, analysis["dataset"]).time_zone
    return Response.json(deps.sharing.public(share, presented(analysis, deps)) | {"time_zone": zone})


def _page(request: Request, deps: Deps, **of: str) -> Response:
    query = request.query_as(SharesQuery)
    found = deps.store.shares.page(limit=query.limit + 1, after=query.after, **of)
    items = [_view(share, deps) for share in found[: query.limit]]
    return Response.json(SharesPage(items, items[-1].share_id if len(found) > query.limit else None))


def _view(share: Share, deps: Deps) -> ShareView:
    return ShareView(
        share_id=share.share_id,
        analysis_id=share.analysis_id,
        label=share.label,
        with_comments=share.with_comments,
        created_by=share.created_by,
        created_at=iso(share.created_at),
        expires_at=iso(share.expires_at),
        expired=share.expires_at <= deps.clock(),
        views=share.views,
        last_opened=iso(share.last_opened) if share.last_opened else None,
    )


ROUTES = (
    Route(
        "POST", "/api/analyses/{id}/shares", create_share, access="analyst", status=201, body=NewShare,
        returns=CreatedShare, errors=(409,),
        summary="Make a link by which anybody reads this analysis without logging in, for some days.",
    ),
    Route(
        "GET", "/api/analyses/{id}/shares", list_shares_of_analysis, access="analyst", query=SharesQuery,
        returns=SharesPage,
        summary="The links to this analysis, latest first: who made them, and how often they were opened.",
    ),
    Route(
        "GET", "/api/shares", list_shares, access="analyst", query=SharesQuery, returns=SharesPage,
        summary="The links one has made, latest first; for owners all there are.",
    ),
    Route(
        "DELETE", "/api/shares/{id}", revoke_share, access="analyst", status=204,
        summary="Revoke a link: one's own, for owners any. It opens nothing any more.",
    ),
    Route(
        "GET", "/api/shared/{token}", read_shared, access="anyone", returns=SharedAnalysis, errors=(404, 429),
        summary="The analysis a share link shows. Wrong, expired, revoked and deleted links look alike.",
    ),
)  # fmt: skip
