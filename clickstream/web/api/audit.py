"""The audit log, for owners."""

from __future__ import annotations

from typing import Annotated, get_args

from msgspec import Meta, Struct

from clickstream.store.audit import Action, Detail
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route


class AuditQuery(Struct):
    action: Annotated[Action, Meta(description="only this action")] | None = None
    username: Annotated[str, Meta(max_length=256, description="only what this account did or had done to it")] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    after: Annotated[str, Meta(max_length=100, description="`next` of the page before")] | None = None


class AuditEntry(Struct):
    """`by` is null where nobody was logged in; `client` an address, or `command line`."""

    id: str
    at: str
    action: Action
    by: str | None
    about: str
    client: str
    details: dict[str, Detail]


class AuditPage(Struct):
    """`actions` are all there can be."""

    items: list[AuditEntry]
    next: str | None
    actions: list[Action]


def list_audit(request: Request, deps: Deps) -> Response:
    query = request.query_as(AuditQuery)
    found = deps.store.audit.page(limit=query.limit + 1, after=query.after, action=query.action, username=query.username)
    items = found[: query.limit]
    following = items[-1]["id"] if len(found) > query.limit else None
    return Response.json({"items": items, "next": following, "actions": get_args(Action)})


ROUTES = (
    Route(
        "GET", "/api/audit", list_audit, access="owner", query=AuditQuery, returns=AuditPage,
        summary="Who did what, about whom, when and from where, latest first. Kept for 400 days.",
    ),
)  # fmt: skip
