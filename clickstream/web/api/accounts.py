"""Sign up, log in, log out, who am I."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from msgspec import Meta, Struct

from clickstream.audit import Actor
from clickstream.errors import Conflict, Forbidden, Unauthenticated
from clickstream.languages import LANGUAGES, known_language, preferred_language
from clickstream.passwords import accept_password
from clickstream.scope import LIVE
from clickstream.store.invites import Invite
from clickstream.store.users import Role, Status, User
from clickstream.tokens import LONGEST_TOKEN
from clickstream.usernames import accept_username
from clickstream.web.access import COOKIE, credential, refuse_other_sites, require_same_origin
from clickstream.web.deps import Deps
from clickstream.web.limits import network_of
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

_MAX_BODY_BYTES = 16 * 1024
_NOT_ACTIVE: dict[Status, str] = {
    "pending": "This account waits for an owner's approval: there are already events under its name.",
    "disabled": "This account is disabled; ask an owner.",
}


class Credentials(Struct, forbid_unknown_fields=True):
    username: Annotated[str, Meta(max_length=256, description="3 to 64 letters, digits and . _ @ -; case does not matter")]
    password: Annotated[str, Meta(max_length=1024, description="at least 8 characters, at most 1024 bytes")]


class SignUp(Credentials, forbid_unknown_fields=True):
    invite: Annotated[str, Meta(max_length=LONGEST_TOKEN, description="from the link of an invitation")] | None = None


class UserView(Struct):
    username: str
    role: Role
    status: Status
    language: str


class SignedIn(Struct):
    """`token` is null while the account waits for an owner's approval."""

    token: str | None
    user: UserView


class Me(Struct):
    """`language` is the one that texts are written in for this account."""

    username: str
    role: Role
    language: str


class MyChoices(Struct, forbid_unknown_fields=True):
    language: Annotated[str, Meta(max_length=20, description=f"one of {', '.join(LANGUAGES)}")]


def sign_up(request: Request, deps: Deps) -> Response:
    refuse_other_sites(request)
    deps.limits.signup_by_address.take(network_of(request.client))
    given = request.body_json(SignUp, _MAX_BODY_BYTES)
    username = accept_username(given.username)
    password_hash = deps.passwords.hash(accept_password(given.password))
    status: Status = "pending" if _has_visited(username, deps) else "active"
    invite = deps.members.accept(given.invite, username) if given.invite else None
    role: Role = invite.role if invite else "shopper"
    language = preferred_language(request.headers.get("accept-language", ""))
    user = User(username, password_hash, role, status, deps.clock(), language)
    _add(user, given.invite, deps)
    user = _settled(user, deps)
    _record_sign_up(request, deps, user, invite)
    return welcome(request, deps, user, created=True)


def log_in(request: Request, deps: Deps) -> Response:
    refuse_other_sites(request)
    given = request.body_json(Credentials, _MAX_BODY_BYTES)
    address = network_of(request.client)
    username = accept_username(given.username)
    deps.limits.login_by_address.take(address)
    deps.limits.login_by_user.take(f"{username} {address}")
    user = deps.store.users.find(username)
    known = username if user else ""  # what is typed as an unknown name may be a password
    if not deps.passwords.matches(given.password, user.password_hash if user else None) or user is None:
        deps.audit.record("sign_in_refused", request.actor, known, reason="wrong_credentials")
        raise Unauthenticated("The username or the password is wrong.", code="wrong_credentials")
    deps.limits.login_by_user.forgive(f"{username} {address}")
    response = welcome(request, deps, _settled(user, deps), created=False)
    deps.audit.record("signed_in", Actor(username, request.client), username)
    return response


def log_out(request: Request, deps: Deps) -> Response:
    carried = credential(request)
    if carried is not None:
        if carried.by_cookie:
            require_same_origin(request)
        deps.identities.revoke(carried.token)
    response = Response.empty()
    response.cookies.append(expired_cookie(request))
    return response


def who_am_i(request: Request, deps: Deps) -> Response:
    account = deps.identities.of(request)
    if account is not None:
        return Response.json(Me(*account))
    if deps.store.users.any():
        raise Unauthenticated("Log in to see this.")
    raise Unauthenticated("There is no account yet: sign up as the owner.", code="setup_needed")


def choose(request: Request, deps: Deps) -> Response:
    language = known_language(request.body_json(MyChoices, _MAX_BODY_BYTES).language)
    account = request.signed_in
    deps.store.users.set_language(account.username, language)
    deps.identities.forget(account.username)
    return Response.json(Me(account.username, account.role, language))


def _has_visited(username: str, deps: Deps) -> bool:
    live = deps.store.state.find_dataset(LIVE)
    return live is not None and deps.store.sessions.has_visitor(LIVE, live.generation, f"u:{username}")


def _settled(user: User, deps: Deps) -> User:
    """The user as it is once it is clear whose installation this is."""
    if user.role != "owner" and deps.store.users.claim_ownership(user.username):
        return replace(user, role="owner", status="active")
    return user


def _add(user: User, invite: str | None, deps: Deps) -> None:
    """Store the account; an invitation it cannot use stays open for another name."""
    try:
        deps.store.users.add(user)
    except Conflict:
        if invite:
            deps.members.decline(invite, user.username)
        raise


def _record_sign_up(request: Request, deps: Deps, user: User, invite: Invite | None) -> None:
    details = {"role": user.role, "status": user.status, "invite": invite.invite_id if invite else None}
    deps.audit.record("signed_up", Actor(user.username, request.client), user.username, **details)


def find_user(username: str, deps: Deps) -> User:
    """The account as it is now. Raises Unauthenticated where it is gone."""
    user = deps.store.users.find(username)
    if user is None:
        raise Unauthenticated("There is no such account any more.")
    return user


def welcome(request: Request, deps: Deps, user: User, *, created: bool) -> Response:
    """Log somebody in who has proved to be this user. Raises Forbidden where the account may not."""
    view = UserView(user.username, user.role, user.status, user.language)
    if user.status == "pending" and created:
        return Response.json(SignedIn(None, view), 202)
    if user.status != "active":
        deps.audit.record("sign_in_refused", request.actor, user.username, reason=user.status)
        raise Forbidden(_NOT_ACTIVE[user.status], code=user.status)
    token = deps.identities.issue(user.username)
    now = find_user(user.username, deps)
    if (now.password_hash, now.status) != (user.password_hash, "active"):
        deps.identities.revoke(token)
        raise Unauthenticated("This account has been changed at this moment; log in again.", code="wrong_credentials")
    response = Response.json(SignedIn(token, view), 201 if created else 200)
    response.cookies.append(_cookie(request, token, int(deps.identities.lifetime.total_seconds())))
    return response


def expired_cookie(request: Request) -> str:
    return _cookie(request, "", 0)


def _cookie(request: Request, token: str, max_age_seconds: int) -> str:
    secure = "; Secure" if request.secure else ""
    return f"{COOKIE}={token}; Path=/; Max-Age={max_age_seconds}; HttpOnly; SameSite=Strict{secure}"


ROUTES = (
    Route(
        "POST", "/api/signup", sign_up, access="anyone", status=201, body=SignUp, returns=SignedIn,
        also={202: SignedIn}, errors=(403, 409, 429),
        summary="Create an account. The first of an installation is its owner; a name that already has events waits (202).",
    ),
    Route(
        "POST", "/api/login", log_in, access="anyone", body=Credentials, returns=SignedIn, errors=(401, 403, 429),
        summary="Log in: a token for programs, the same one as a cookie for the browser.",
    ),
    Route(
        "POST", "/api/logout", log_out, access="anyone", status=204, errors=(403,),
        summary="Forget the token this request carries.",
    ),
    Route(
        "GET", "/api/me", who_am_i, access="anyone", returns=Me, errors=(401,),
        summary="Who is asking. 401 with code `setup_needed` says that there is no account yet.",
    ),
    Route(
        "PATCH", "/api/me", choose, access="signed_in", body=MyChoices, returns=Me,
        summary="Choose the language of the texts that are written for this account.",
    ),
)  # fmt: skip
