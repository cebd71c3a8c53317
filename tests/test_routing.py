from __future__ import annotations

from typing import Any

import pytest

from clickstream.errors import MethodNotAllowed, NotFound
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route, Router


def handler(request: Request, deps: Deps) -> Response:
    return Response()


def route(method: str, path: str, access: Any = "anyone") -> Route:
    return Route(method, path, handler, access, summary="A route.")


ROUTER = Router(
    [
        route("GET", "/api/things"),
        route("POST", "/api/things"),
        route("GET", "/api/things/{id}"),
        route("GET", "/api/things/latest"),
        route("GET", "/api/things/{id}/parts/{part}"),
        route("GET", "/{path*}"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "pattern", "params"),
    [
        ("GET", "/api/things", "/api/things", {}),
        ("HEAD", "/api/things", "/api/things", {}),
        ("POST", "/api/things", "/api/things", {}),
        ("GET", "/api/things/7", "/api/things/{id}", {"id": "7"}),
        ("GET", "/api/things/latest", "/api/things/latest", {}),
        ("GET", "/api/things/7/parts/a", "/api/things/{id}/parts/{part}", {"id": "7", "part": "a"}),
        ("GET", "/", "/{path*}", {"path": ""}),
        ("GET", "/js/state.js", "/{path*}", {"path": "js/state.js"}),
        ("GET", "/api/things/", "/{path*}", {"path": "api/things/"}),
    ],
)
def test_a_path_finds_its_route(method: str, path: str, pattern: str, params: dict[str, str]) -> None:
    found, captured = ROUTER.find(method, tuple(path[1:].split("/")))
    assert (found.path, captured) == (pattern, params)


def test_a_slash_inside_a_segment_stays_in_its_parameter() -> None:
    _, params = ROUTER.find("GET", ("api", "things", "a/b"))
    assert params == {"id": "a/b"}


def test_a_wrong_method_says_which_are_right() -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        ROUTER.find("PUT", ("api", "things"))
    assert refused.value.allowed == ("GET", "HEAD", "OPTIONS", "POST")


@pytest.mark.parametrize("path", ["/api/nothing", "/api/things/7/parts", "/nothing.html"])
def test_only_a_get_may_be_a_file(path: str) -> None:
    with pytest.raises(NotFound):
        ROUTER.find("POST", tuple(path[1:].split("/")))


def test_a_route_must_say_who_may_use_it() -> None:
    with pytest.raises(TypeError):
        Route("GET", "/api/things", handler, summary="A route.")  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="everyone"):
        route("GET", "/api/things", access="everyone")


def test_a_route_cannot_be_there_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        Router([route("GET", "/api/things"), route("GET", "/api/things")])
