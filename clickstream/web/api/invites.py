"""Invitations: links by which somebody signs up with a role."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from clickstream.clock import iso
from clickstream.members import InviteStatus
from clickstream.store.invites import Invite
from clickstream.store.users import Role
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

_MAX_BODY_BYTES = 16 * 1024


class NewInvite(Struct, forbid_unknown_fields=True):
    role: Role
    days: Annotated[int, Meta(ge=1, le=30, description="until it expires")] = 7
    note: Annotated[str, Meta(max_length=200, description="for whom it is, to tell invitations apart")] = ""


class InviteView(Struct):
    """`void`: who made it is no active owner any more."""

    invite_id: str
    role: Role
    note: str
    status: InviteStatus
    created_by: str
    created_at: str
    expires_at: str
    used_by: str | None
    used_at: str | None


class CreatedInvite(Struct):
    """Send the link to whom you invite. The token is not shown again."""

    invite: InviteView
    token: str
    link: str


class InvitesQuery(Struct):
    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    after: Annotated[str, Meta(max_length=100, description="`next` of the page before")] | None = None


class InvitesPage(Struct):
    items: list[InviteView]
    next: str | None


def create_invite(request: Request, deps: Deps) -> Response:
    body = request.body_json(NewInvite, _MAX_BODY_BYTES)
    invite, token = deps.members.invite(request.username, body.role, body.days, body.note.strip())
    deps.audit.record("invite_created", request.actor, invite.invite_id, role=invite.role, days=body.days, note=invite.note)
    (view,) = _views([invite], deps)
    return Response.json(CreatedInvite(view, token, f"/#invite={token}"), 201)


def list_invites(request: Request, deps: Deps) -> Response:
    query = request.query_as(InvitesQuery)
    found = deps.store.invites.page(limit=query.limit + 1, after=query.after)
    items = _views(found[: query.limit], deps)
    return Response.json(InvitesPage(items, items[-1].invite_id if len(found) > query.limit else None))


def revoke_invite(request: Request, deps: Deps) -> Response:
    invite = deps.members.revoke(request.params["id"])
    deps.audit.record("invite_revoked", request.actor, invite.invite_id, role=invite.role)
    return Response.empty()


def _views(invites: list[Invite], deps: Deps) -> list[InviteView]:
    return [
        InviteView(
            invite_id=invite.invite_id,
            role=invite.role,
            note=invite.note,
            status=status,
            created_by=invite.created_by,
            created_at=iso(invite.created_at),
            expires_at=iso(invite.expires_at),
            used_by=invite.used_by,
            used_at=iso(invite.used_at) if invite.used_at else None,
        )
        for invite, status in zip(invites, deps.members.statuses(invites), strict=True)
    ]


ROUTES = (
    Route(
        "POST", "/api/invites", create_invite, access="owner", status=201, body=NewInvite, returns=CreatedInvite,
        summary="Invite somebody: a link that lets one account sign up with a role, for some days.",
    ),
    Route(
        "GET", "/api/invites", list_invites, access="owner", query=InvitesQuery, returns=InvitesPage,
        summary="The invitations, latest first, and what became of them.",
    ),
    Route(
        "DELETE", "/api/invites/{id}", revoke_invite, access="owner", status=204, errors=(409,),
        summary="Revoke an invitation nobody has used.",
    ),
)  # fmt: skip
