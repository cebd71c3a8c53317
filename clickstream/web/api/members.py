"""The accounts of an installation, for its owners."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from clickstream.clock import iso
from clickstream.errors import InvalidInput, NotFound
from clickstream.store.audit import Action
from clickstream.store.users import Role, Status, User
from clickstream.usernames import accept_username
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

_MAX_BODY_BYTES = 16 * 1024
_DECISIONS: dict[tuple[Status, Status], Action] = {
    ("pending", "active"): "account_approved",
    ("disabled", "active"): "account_enabled",
    ("active", "disabled"): "account_disabled",
    ("pending", "disabled"): "account_disabled",
}


class MembersQuery(Struct):
    q: Annotated[str, Meta(max_length=256, description="a part of the username")] = ""
    role: Annotated[Role, Meta(description="only this role")] | None = None
    status: Annotated[Status, Meta(description="only this status")] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    after: Annotated[str, Meta(max_length=256, description="`next` of the page before")] = ""


class MemberView(Struct):
    username: str
    role: Role
    status: Status
    created_at: str


class MembersPage(Struct):
    items: list[MemberView]
    next: str | None


class ChangeMember(Struct, forbid_unknown_fields=True):
    """What is left out stays. `active` approves an account that waits, and enables a disabled one."""

    role: Role | UnsetType = UNSET
    status: Literal["active", "disabled"] | UnsetType = UNSET


class ResetLink(Struct):
    """Give the link to its account's owner: it chooses a new password, once. The token is not shown again."""

    token: str
    link: str
    expires_at: str


def list_members(request: Request, deps: Deps) -> Response:
    query = request.query_as(MembersQuery)
    found = deps.store.users.page(
        limit=query.limit + 1, after=query.after, role=query.role, status=query.status, query=query.q.casefold()
    )
    items = [_view(user) for user in found[: query.limit]]
    return Response.json(MembersPage(items, items[-1].username if len(found) > query.limit else None))


def change_member(request: Request, deps: Deps) -> Response:
    username, body = _username(request), request.body_json(ChangeMember, _MAX_BODY_BYTES)
    role, status = body.role or None, body.status or None
    if role is None and status is None:
        raise InvalidInput("There is nothing to change: send a role or a status.", fields={"role": "is required"})
    try:
        before, after = deps.members.change(username, role=role, status=status)
        if after.status == "disabled":
            deps.identities.revoke_all(username)
    finally:
        deps.identities.forget(username)
    if before.role != after.role:
        deps.audit.record("role_changed", request.actor, username, role=after.role, before=before.role)
    if action := _DECISIONS.get((before.status, after.status)):
        deps.audit.record(action, request.actor, username)
    return Response.json(_view(after))


def refuse_member(request: Request, deps: Deps) -> Response:
    username = _username(request)
    if not deps.store.users.delete_waiting(username):
        raise NotFound("No account of this name waits for approval; disable one that has been approved.")
    deps.audit.record("account_refused", request.actor, username)
    return Response.empty()


def make_reset_link(request: Request, deps: Deps) -> Response:
    username = _username(request)
    reset, token = deps.members.reset_link(request.username, username)
    deps.audit.record("reset_link_created", request.actor, username)
    return Response.json(ResetLink(token, f"/#reset={token}", iso(reset.expires_at)), 201)


def _username(request: Request) -> str:
    """The name in the address; one that no account can have is not found."""
    try:
        return accept_username(request.params["username"])
    except InvalidInput as error:
        raise NotFound("There is no such account.") from error


def _view(user: User) -> MemberView:
    return MemberView(user.username, user.role, user.status, iso(user.created_at))


ROUTES = (
    Route(
        "GET", "/api/members", list_members, access="owner", query=MembersQuery, returns=MembersPage,
        summary="The accounts, by username, page by page.",
    ),
    Route(
        "PATCH", "/api/members/{username}", change_member, access="owner", body=ChangeMember, returns=MemberView,
        errors=(409,),
        summary="Change a role; approve, disable or enable an account. The last active owner stays one (409).",
    ),
    Route(
        "DELETE", "/api/members/{username}", refuse_member, access="owner", status=204,
        summary="Refuse an account that waits for approval: it is deleted and its name is free again.",
    ),
    Route(
        "POST", "/api/members/{username}/reset-link", make_reset_link, access="owner", status=201, returns=ResetLink,
        errors=(409,),
        summary="A link by which this account chooses a new password: for one use, within a day.",
    ),
)  # fmt: skip
