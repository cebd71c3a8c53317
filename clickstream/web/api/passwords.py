"""Change a password, choose a new one by a reset link, log out everywhere."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from clickstream.audit import Actor
from clickstream.errors import InvalidInput
from clickstream.passwords import accept_password
from clickstream.tokens import LONGEST_TOKEN
from clickstream.web.access import credential, refuse_other_sites
from clickstream.web.api.accounts import SignedIn, expired_cookie, find_user, welcome
from clickstream.web.deps import Deps
from clickstream.web.limits import network_of
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

_MAX_BODY_BYTES = 16 * 1024

Password = Annotated[str, Meta(max_length=1024, description="at least 8 characters, at most 1024 bytes")]


class ChangePassword(Struct, forbid_unknown_fields=True):
    old_password: Annotated[str, Meta(max_length=1024)]
    new_password: Password


class ResetPassword(Struct, forbid_unknown_fields=True):
    token: Annotated[str, Meta(max_length=LONGEST_TOKEN, description="from the link that an owner made")]
    password: Password


def change_password(request: Request, deps: Deps) -> Response:
    """The token of this request stays valid, every other one of the account ends."""
    username, address = request.username, network_of(request.client)
    given = request.body_json(ChangePassword, _MAX_BODY_BYTES)
    new = accept_password(given.new_password, "new_password")
    deps.limits.login_by_user.take(f"{username} {address}")
    user = deps.store.users.find(username)
    if user is None or not deps.passwords.matches(given.old_password, user.password_hash):
        raise InvalidInput("The old password is wrong.", fields={"old_password": "is wrong"}, code="wrong_password")
    deps.limits.login_by_user.forgive(f"{username} {address}")
    deps.members.set_password(username, deps.passwords.hash(new))
    carried = credential(request)
    deps.identities.revoke_all(username, keep=carried.token if carried else "")
    deps.audit.record("password_changed", request.actor, username)
    return Response.empty()


def reset_password(request: Request, deps: Deps) -> Response:
    refuse_other_sites(request)
    deps.limits.reset_by_address.take(network_of(request.client))
    given = request.body_json(ResetPassword, _MAX_BODY_BYTES)
    password_hash = deps.passwords.hash(accept_password(given.password))
    username = deps.members.take_reset(given.token)
    deps.members.set_password(username, password_hash)
    deps.identities.revoke_all(username)
    deps.audit.record("password_reset", Actor(username, request.client), username)
    return welcome(request, deps, find_user(username, deps), created=False)


def log_out_everywhere(request: Request, deps: Deps) -> Response:
    deps.identities.revoke_all(request.username)
    deps.audit.record("signed_out_everywhere", request.actor, request.username)
    response = Response.empty()
    response.cookies.append(expired_cookie(request))
    return response


ROUTES = (
    Route(
        "PUT", "/api/me/password", change_password, access="signed_in", body=ChangePassword, status=204, errors=(429,),
        summary="Change one's own password; every other log-in of the account ends.",
    ),
    Route(
        "POST", "/api/me/logout-everywhere", log_out_everywhere, access="signed_in", status=204,
        summary="Forget every token of this account.",
    ),
    Route(
        "POST", "/api/reset-password", reset_password, access="anyone", body=ResetPassword, returns=SignedIn,
        errors=(403, 429),
        summary="Choose a new password with the token of a reset link, once; every log-in of the account ends.",
    ),
)  # fmt: skip
