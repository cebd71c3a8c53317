from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from web_client import Client, bare_deps

from clickstream import __version__
from clickstream.errors import DatabaseUnavailable
from clickstream.web.app import App
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route


@pytest.fixture
def static_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "js").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Shop</title>")
    (folder / "js" / "state.js").write_text("export {};")
    (folder / ".hidden").write_text("hidden")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
def client(static_dir: Path) -> Client:
    return Client(App(bare_deps(static_dir=static_dir)))


def test_the_root_is_the_page(client: Client) -> None:
    answer = client.get("/")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"<title>Shop" in answer.body


def test_a_module_of_the_page_is_javascript(client: Client) -> None:
    assert client.get("/js/state.js").headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/../secret.txt", 404),
        ("/%2e%2e/secret.txt", 404),
        ("/..%2fsecret.txt", 404),
        ("/js/%2e%2e/%2e%2e/secret.txt", 404),
        ("/js/..%5c..%5csecret.txt", 404),
        ("//etc/passwd", 404),
        ("/.hidden", 404),
        ("/js", 404),
        ("/js/", 404),
        ("/index.html/", 404),
        ("/" + "a" * 5000, 404),
        ("/index.html%00.js", 400),
        ("/%", 400),
        ("/%ff", 400),
        ("/api/nothing", 404),
        ("/health?nothing=1", 400),
    ],
)
def test_an_address_that_leads_nowhere_is_a_clean_error(client: Client, target: str, status: int) -> None:
    answer = client.get(target)
    assert (answer.status, answer.json["status"]) == (status, status)
    assert b"secret" not in answer.body.replace(b"secret.txt", b"")


def test_the_page_may_keep_anything_in_its_query(client: Client) -> None:
    assert client.get("/?page=metrics&gclid=%zz").status == 200


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        ("PUT", "/api/login", "OPTIONS, POST"),
        ("GET", "/api/login", "OPTIONS, POST"),
        ("POST", "/api/me", "GET, HEAD, OPTIONS, PATCH"),
        ("BREW", "/health", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_wrong_method_says_which_are_right(client: Client, method: str, target: str, allow: str) -> None:
    answer = client.send(method, target)
    assert (answer.status, answer.headers["allow"], answer.json["code"]) == (405, allow, "method_not_allowed")


@pytest.mark.parametrize("target", ["/api/nothing", "/nothing.html"])
def test_posting_to_nothing_is_not_found(client: Client, target: str) -> None:
    assert client.post(target, {}).status == 404


@pytest.mark.parametrize(("target", "allow"), [("/api/login", "OPTIONS, POST"), ("*", "GET, HEAD, OPTIONS")])
def test_options_says_what_an_address_takes(client: Client, target: str, allow: str) -> None:
    answer = client.send("OPTIONS", target)
    assert (answer.status, answer.headers["allow"], answer.body) == (204, allow, b"")


def test_a_head_is_a_get_without_the_body(client: Client) -> None:
    got, head = client.get("/health"), client.send("HEAD", "/health")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


def test_health_asks_no_database() -> None:
    deps: Any = bare_deps()
    deps.store = None
    assert Client(App(deps)).get("/health").json == {"status": "ok", "version": __version__}


def test_ready_says_whether_the_database_answers() -> None:
    deps: Any = bare_deps()
    client = Client(App(deps))
    assert client.get("/ready").json == {"status": "ready"}

    def away() -> None:
        raise DatabaseUnavailable

    deps.store.ping = away
    answer = client.get("/ready")
    assert (answer.status, answer.json["code"], answer.headers["retry-after"]) == (503, "database_unavailable", "2")


def echo(request: Request, deps: Deps) -> Response:
    return Response.json({"params": request.params, "query": request.query, "account": request.account})


def test_a_handler_gets_its_parameters() -> None:
    route = Route("GET", "/api/things/{id}", echo, access="anyone", summary="Echo.", query={"device": "which"})
    client = Client(App(bare_deps(), [route]))
    answer = client.get("/api/things/a%2Fb?device=phone")
    assert answer.json == {"params": {"id": "a/b"}, "query": {"device": "phone"}, "account": None}
    refused = client.get("/api/things/1?devise=phone")
    assert (refused.status, refused.json["fields"]) == (400, {"devise": "unknown parameter"})


def test_every_request_has_an_id_of_its_own(client: Client) -> None:
    first, second = client.get("/health"), client.get("/health", x_request_id="mine")
    assert first.headers["x-request-id"] != second.headers["x-request-id"] != "mine"


def test_the_log_has_one_line_a_request_and_no_secret(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client.post("/api/signup", {"username": "alice", "password": "correct horse"})
    client.get("/api/things/private?token=hunter2", authorization="Bearer hunter3", cookie="clickstream_token=hunter4")
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert " POST /api/signup 201 " in lines[0]
    assert lines[0].endswith(" ms")
    assert not any(secret in line for line in lines for secret in ("horse", "hunter", "private", "alice"))
