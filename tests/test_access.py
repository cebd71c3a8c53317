from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import product
from typing import Any, get_args

import pytest
from conftest import FakeClock
from web_client import NOON, Client, bare_deps, client_as

from clickstream.store.tokens import Token
from clickstream.store.users import Role, User
from clickstream.web.access import ACCESS, COOKIE, Access, require
from clickstream.web.app import ROUTES, App
from clickstream.web.deps import Deps
from clickstream.web.request import Account, Request
from clickstream.web.response import Response
from clickstream.web.routing import Route

ROLES: tuple[Role | None, ...] = (None, *get_args(Role))

ADMITTED: dict[Access, tuple[Role | None, ...]] = {
    "anyone": (None, "shopper", "viewer", "analyst", "owner"),
    "write_key": ("shopper", "viewer", "analyst", "owner"),
    "signed_in": ("shopper", "viewer", "analyst", "owner"),
    "shopper": ("shopper", "viewer", "analyst", "owner"),
    "viewer": ("viewer", "analyst", "owner"),
    "analyst": ("analyst", "owner"),
    "owner": ("owner",),
}


def teapot(request: Request, deps: Deps) -> Response:
    return Response.json({"account": request.account}, 418)


@pytest.mark.parametrize(
    ("route", "role"), list(product(ROUTES, ROLES)), ids=lambda it: it.path if isinstance(it, Route) else str(it)
)
def test_every_route_admits_the_roles_it_says_and_no_other(route: Route, role: Role | None) -> None:
    deps = bare_deps()
    app = App(deps, [replace(route, handler=teapot)])
    path = "/" + "/".join("x" if segment.startswith("{") else segment for segment in route.segments)
    payload: Any = {} if route.method not in ("GET", "HEAD") else None
    status = client_as(app, deps, role).send(route.method, path, payload).status
    expected = 418 if role in ADMITTED[route.access] else 401 if role is None else 403
    assert status == expected


def test_the_table_of_access_is_complete() -> None:
    assert set(ADMITTED) == set(ACCESS)


def test_a_refusal_names_the_role_that_is_needed() -> None:
    with pytest.raises(Exception, match="needs the role analyst; bob is viewer"):
        require("analyst", Account("bob", "viewer"))


def app_with(deps: Deps, *methods: str, access: Access = "shopper", body: Any = None) -> App:
    return App(deps, [Route(method, "/x", teapot, access, "A teapot.", body=body) for method in methods])


def browser_as(app: App, deps: Deps, role: Role = "owner") -> Client:
    token = client_as(app, deps, role).token
    assert token is not None
    return Client(app, browser=True, cookies={COOKIE: token})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 418),
        ({"origin": "https://evil.test"}, 403),
        ({"origin": "https://shop.test:8443"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"origin": "https://evil.test", "sec-fetch-site": "same-origin"}, 418),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://SHOP.test"}, 418),
    ],
)
def test_a_cookie_may_change_things_from_our_own_page_only(headers: dict[str, str], status: int) -> None:
    deps = bare_deps()
    app = app_with(deps, "POST")
    assert browser_as(app, deps).send("POST", "/x", {}, headers=headers).status == status


def test_a_cookie_without_an_origin_changes_nothing() -> None:
    deps = bare_deps()
    app = app_with(deps, "POST")
    token = client_as(app, deps, "owner").token
    answer = Client(app).post("/x", {}, cookie=f"{COOKIE}={token}")
    assert (answer.status, answer.json["code"]) == (403, "cross_site")


def test_a_cookie_reads_without_an_origin() -> None:
    deps = bare_deps()
    app = app_with(deps, "GET")
    token = client_as(app, deps, "owner").token
    assert Client(app).get("/x", cookie=f"{COOKIE}={token}").status == 418


def test_a_program_needs_no_origin_and_its_header_wins_over_a_cookie() -> None:
    deps = bare_deps()
    app = app_with(deps, "POST")
    answer = client_as(app, deps, "analyst").post("/x", {}, cookie=f"{COOKIE}=stale", origin="https://elsewhere.test")
    assert (answer.status, answer.json["account"]) == (418, ["the-analyst", "analyst", "en"])


def test_a_cookie_sends_json_bodies_only() -> None:
    deps = bare_deps()
    app = app_with(deps, "POST", body=dict)
    browser = browser_as(app, deps)
    assert browser.post("/x", {}, content_type="text/plain").status == 415
    assert browser.post("/x", {}, content_type="application/json; charset=utf-8").status == 418
    assert client_as(app, deps, "owner").post("/x", {}, content_type="text/plain").status == 418


@pytest.mark.parametrize(
    "authorization",
    ["Bearer forged", "Bearer ", "Bearer", "Basic dXNlcjpwYXNz", "", "Bearer " + "x" * 10_000, "Bearer \xff", "bearer a b"],
)
def test_a_forged_token_is_nobody(authorization: str) -> None:
    answer = Client(app_with(bare_deps(), "GET")).get("/x", authorization=authorization)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Bearer realm="clickstream"')


def test_a_token_expires_although_it_was_just_used(clock: FakeClock) -> None:
    deps = bare_deps(clock)
    app = app_with(deps, "GET")
    client = client_as(app, deps, "owner")
    clock.advance(days=29, hours=23, minutes=59, seconds=59)
    assert client.get("/x").status == 418
    clock.advance(seconds=1)
    assert client.get("/x").status == 401


def test_a_revoked_token_is_nobody_at_once() -> None:
    deps = bare_deps()
    client = client_as(app_with(deps, "GET"), deps, "owner")
    assert client.get("/x").status == 418
    deps.identities.revoke(client.token or "")
    assert client.get("/x").status == 401


@pytest.mark.parametrize("status", ["disabled", "pending"])
def test_an_account_that_is_not_active_is_nobody_within_seconds(clock: FakeClock, status: Any) -> None:
    deps: Any = bare_deps(clock)
    client = client_as(app_with(deps, "GET"), deps, "owner")
    assert client.get("/x").status == 418
    deps.store.users.users["the-owner"] = replace(deps.store.users.users["the-owner"], status=status)
    clock.advance(seconds=5)
    assert client.get("/x").status == 401


def test_a_busy_client_does_not_cost_a_read_per_request(clock: FakeClock) -> None:
    deps: Any = bare_deps(clock)
    client = client_as(app_with(deps, "GET"), deps, "owner")
    reads: list[str] = []
    find = deps.store.tokens.find

    def counted(digest: str, now: datetime) -> Token | None:
        reads.append(digest)
        found: Token | None = find(digest, now)
        return found

    deps.store.tokens.find = counted
    for _ in range(10):
        client.get("/x")
        clock.advance(seconds=1)
    assert len(reads) == 2


def test_tokens_are_kept_as_digests_only() -> None:
    deps: Any = bare_deps()
    deps.store.users.add(User("bob", "-", "viewer", "active", NOON))
    token = deps.identities.issue("bob")
    assert len(token) >= 43
    assert token not in str(deps.store.tokens.tokens)
