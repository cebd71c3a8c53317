"""Keys over HTTP: each account its own, never given back, tested free of charge against stand-in providers."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from llm_servers import RawServer, raw_server, replies
from pymongo.database import Database
from web_client import Client, client_as, real_deps

from clickstream.llm import Clients, Deadlines
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.users import Role
from clickstream.web.api import keys
from clickstream.web.app import App
from clickstream.web.deps import Deps
from tests.conftest import FakeClock

KEY = "sk-or-v1-0123456789abcdef"
SECRET = "0123456789"
PATH = "/api/openrouter/key"
NOTHING = {
    "saved": False,
    "masked": None,
    "kind": None,
    "base_url": None,
    "model": "openai/gpt-4o-mini",
    "model_chosen": False,
    "source": "none",
    "saved_at": None,
    "problem": None,
}
MODELS = {
    "data": [
        {
            "id": "openai/gpt-4o-mini",
            "name": "OpenAI: GPT-4o-mini",
            "context_length": 128000,
            "pricing": {"prompt": "0.00000015", "completion": "0.0000006"},
            "supported_parameters": ["structured_outputs", "response_format"],
        },
        {"id": "acme/large", "name": "Acme Large", "pricing": {"prompt": "-1"}, "supported_parameters": ["temperature"]},
        {"id": "local:3b"},
    ]
}
GOOD_KEY = {
    "data": {"limit": 10, "limit_remaining": 7.5, "usage": 2.5, "is_free_tier": False, "label": "sk-or-v1-012...def"}
}


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def make(settings: Settings, store: Store, clock: FakeClock, seconds: Seconds) -> Callable[..., Deps]:
    def made(**values: Any) -> Deps:
        quick = Deadlines(connect=2, first_token=2, idle=2, total=4)
        deps = real_deps(replace(settings, **values), store, clock)
        return replace(deps, clients=Clients(seconds, seconds.sleep, deadlines=quick))

    return made


@pytest.fixture
def deps(make: Callable[..., Deps]) -> Deps:
    return make()


def signed_in(deps: Deps, role: Role = "owner") -> Client:
    return client_as(App(deps, keys.ROUTES), deps, role)


def openrouter_at(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clickstream.llm.endpoint.OPENROUTER_URL", server.url)


def asked(server: RawServer) -> list[tuple[str, str | None]]:
    return [(received.line.split(" ")[1], received.headers.get("authorization")) for received in server.received]


@pytest.mark.parametrize(("method", "path"), [(route.method, route.path) for route in keys.ROUTES])
def test_nothing_of_it_is_open_to_strangers(deps: Deps, method: str, path: str) -> None:
    answer = Client(App(deps, keys.ROUTES)).send(method, path, {} if method in ("PUT", "POST") else None)
    assert (answer.status, answer.json["code"]) == (401, "unauthenticated")


def test_nothing_is_saved_at_first(deps: Deps) -> None:
    assert signed_in(deps).get(PATH).json == NOTHING


def test_a_saved_key_is_shown_by_its_end_and_forgotten_when_told(deps: Deps) -> None:
    owner = signed_in(deps)
    saved = owner.send("PUT", PATH, {"key": f"Bearer {KEY}", "model": "acme/large"})
    assert (saved.status, saved.json) == (200, owner.get(PATH).json)
    assert saved.json == NOTHING | {
        "saved": True,
        "masked": "…cdef",
        "kind": "openrouter",
        "model": "acme/large",
        "model_chosen": True,
        "source": "account",
        "saved_at": "2026-03-01T12:00:00Z",
    }
    assert owner.send("DELETE", PATH).status == 204
    assert owner.get(PATH).json == NOTHING


def test_each_account_sees_and_changes_its_own_alone(deps: Deps) -> None:
    owner, analyst = signed_in(deps), signed_in(deps, "analyst")
    owner.send("PUT", PATH, {"key": KEY})
    assert analyst.get(PATH).json == NOTHING
    analyst.send("DELETE", PATH)
    assert owner.get(PATH).json["saved"] is True


def test_who_logs_in_again_finds_the_key_saved(deps: Deps) -> None:
    signed_in(deps, "shopper").send("PUT", PATH, {"key": KEY})
    assert signed_in(deps, "shopper").get(PATH).json["masked"] == "…cdef"


def test_a_key_is_neither_answered_nor_logged_nor_stored_readable(
    deps: Deps, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    refused = replies({"error": {"code": 401, "message": f"No such key: {KEY}"}}, 401)
    with raw_server(refused) as server:
        openrouter_at(server, monkeypatch)
        owner = signed_in(deps)
        answers = [
            owner.send("PUT", PATH, {"key": KEY}),
            owner.get(PATH),
            owner.post("/api/openrouter/check", {}),
            owner.post("/api/openrouter/check", {"key": f'"{KEY}"'}),
            owner.send("PUT", PATH, {"key": f"{KEY} {KEY}"}),
            owner.send("PUT", PATH, {"key": KEY, "kind": "openai"}),
            owner.send("PUT", PATH, {"key": KEY * 50}),
            owner.send("PUT", PATH, {"key": KEY, "model": 3}),
            owner.send("PUT", PATH, f'{{"key": "{KEY}'.encode()),
            owner.get("/api/openrouter/models"),
        ]
        assert f"Bearer {KEY}" in {authorization for _, authorization in asked(server)}
    assert [answer.status for answer in answers] == [200, 200, 502, 502, 400, 400, 400, 400, 400, 502]
    assert not [answer for answer in answers if SECRET in answer.body.decode()]
    records = [f"{record.getMessage()} {record.args} {record.exc_text}" for record in caplog.records]
    assert len(records) > 10
    assert not [record for record in records if SECRET in record]
    stored = [document for name in database.list_collection_names() for document in database[name].find()]
    assert {"the-owner"} == {document["_id"] for document in database.api_keys.find()}
    assert not [document for document in stored if SECRET in str(document)]


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({}, "key"),
        ({"key": "  "}, "key"),
        ({"key": "two words"}, "key"),
        ({"key": "k\u00e9y"}, "key"),
        ({"key": "x" * 501}, "key"),
        ({"key": ["a"]}, "key"),
        ({"key": KEY, "kind": "azure"}, "kind"),
        ({"key": KEY, "kind": "openrouter", "base_url": "http://localhost/v1"}, "base_url"),
        ({"kind": "compatible", "base_url": "not a url"}, "base_url"),
        ({"kind": "compatible", "base_url": "https://host/v1?key=1"}, "base_url"),
        ({"key": "k", "kind": "compatible", "base_url": "http://models.example/v1"}, "base_url"),
        ({"key": KEY, "model": "a\nb"}, "model"),
        ({"key": KEY, "owner": "me"}, "owner"),
    ],
)
def test_what_cannot_be_saved_names_its_field(deps: Deps, payload: dict[str, Any], field: str) -> None:
    owner = signed_in(deps)
    answer = owner.send("PUT", PATH, payload)
    assert (answer.status, list(answer.json["fields"])) == (400, [field])
    assert owner.get(PATH).json == NOTHING


@pytest.mark.parametrize("role", ["analyst", "viewer", "shopper"])
def test_only_an_owner_sends_this_server_to_an_address(deps: Deps, role: Role) -> None:
    other = signed_in(deps, role)
    with raw_server(replies(MODELS)) as server:
        payload = {"kind": "compatible", "base_url": server.url}
        assert other.send("PUT", PATH, payload).status == 403
        assert other.post("/api/openrouter/check", payload).status == 403
        assert server.accepted == 0


def test_the_owners_address_serves_the_others_without_showing_them_where_it_is(deps: Deps) -> None:
    payload = {"kind": "compatible", "base_url": "http://10.0.0.7:8080/v1", "model": "llama3.2"}
    assert signed_in(deps).send("PUT", PATH, payload).json["base_url"] == "http://10.0.0.7:8080/v1"
    answer = signed_in(deps, "shopper").get(PATH)
    assert answer.json == NOTHING | {"kind": "compatible", "model": "llama3.2", "source": "owner"}
    assert b"10.0.0.7" not in answer.body


def test_a_rotated_secret_is_said_by_the_status_and_refused_with_the_way_out(make: Callable[..., Deps]) -> None:
    signed_in(make(secret_key="first")).send("PUT", PATH, {"key": KEY})
    owner = signed_in(make(secret_key="second"))
    shown = owner.get(PATH).json
    assert (shown["saved"], shown["masked"], shown["source"]) == (True, None, "account")
    assert "Paste it again" in shown["problem"]
    for answer in (owner.post("/api/openrouter/check", {}), owner.get("/api/openrouter/models")):
        assert (answer.status, answer.json["code"]) == (409, "key_unreadable")
        assert "Paste it again" in answer.json["error"]
    assert owner.send("PUT", PATH, {"key": KEY}).json["problem"] is None


def test_a_good_key_is_checked_free_of_charge(deps: Deps, monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(replies(GOOD_KEY)) as server:
        openrouter_at(server, monkeypatch)
        owner = signed_in(deps)
        tried = owner.post("/api/openrouter/check", {"key": f' "{KEY}" '})
        assert owner.get(PATH).json == NOTHING
        owner.send("PUT", PATH, {"key": KEY})
        saved = owner.post("/api/openrouter/check", {})
        assert asked(server) == [("/v1/key", f"Bearer {KEY}")] * 2
    assert (tried.status, tried.json) == (200, saved.json)
    assert saved.json == {
        "ok": True, "limit": 10.0, "limit_remaining": 7.5, "usage": 2.5, "is_free_tier": False, "expires_at": None,
    }  # fmt: skip


def test_the_installations_balance_is_nobodys_but_the_owners(
    make: Callable[..., Deps], monkeypatch: pytest.MonkeyPatch
) -> None:
    deps = make(openrouter_api_key=KEY)
    with raw_server(replies(GOOD_KEY)) as server:
        openrouter_at(server, monkeypatch)
        mine = signed_in(deps).post("/api/openrouter/check", {}).json
        theirs = signed_in(deps, "shopper").post("/api/openrouter/check", {}).json
    assert (mine["ok"], mine["limit_remaining"]) == (True, 7.5)
    assert (theirs["ok"], theirs["limit_remaining"], theirs["usage"]) == (True, None, None)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, "llm_key_refused", "refused the API key"),
        (402, "llm_out_of_credit", "no credit left"),
        (404, "llm_wrong_address", "does not answer like an AI provider"),
        (500, "llm_provider_down", "problem on its side"),
    ],
)
def test_a_failing_check_says_why_in_the_one_error_shape(
    deps: Deps, monkeypatch: pytest.MonkeyPatch, status: int, code: str, words: str
) -> None:
    with raw_server(replies({"error": {"code": status, "message": "No."}}, status)) as server:
        openrouter_at(server, monkeypatch)
        answer = signed_in(deps).post("/api/openrouter/check", {"key": KEY})
    assert (answer.status, answer.json["code"]) == (502, code)
    assert words in answer.json["error"]
    assert set(answer.json) == {"error", "code", "status", "fields", "request_id"}


def test_a_server_that_is_not_there_is_said_so(deps: Deps) -> None:
    with raw_server(replies(MODELS)) as server:
        url = server.url
    answer = signed_in(deps).post("/api/openrouter/check", {"kind": "compatible", "base_url": url})
    assert (answer.status, answer.json["code"]) == (502, "llm_unreachable")


def test_a_page_that_is_no_provider_is_said_so(deps: Deps) -> None:
    with raw_server(replies(b"<html>Welcome</html>", content_type="text/html")) as server:
        answer = signed_in(deps).post("/api/openrouter/check", {"kind": "compatible", "base_url": server.url})
    assert (answer.status, answer.json["code"]) == (502, "llm_wrong_address")


def test_a_check_without_any_key_says_what_to_do(deps: Deps) -> None:
    answer = signed_in(deps).post("/api/openrouter/check", {})
    assert (answer.status, answer.json["code"]) == (409, "llm_key_missing")


def test_a_saved_key_is_not_sent_to_an_address_that_is_only_tried(deps: Deps) -> None:
    owner = signed_in(deps)
    owner.send("PUT", PATH, {"key": KEY})
    with raw_server(replies(MODELS)) as server:
        assert owner.post("/api/openrouter/check", {"kind": "compatible", "base_url": server.url}).json["ok"] is True
        assert asked(server) == [("/v1/models", None)]


def test_checks_are_counted_by_account(deps: Deps, clock: FakeClock) -> None:
    owner, analyst = signed_in(deps), signed_in(deps, "analyst")
    statuses = [owner.post("/api/openrouter/check", {}).status for _ in range(12)]
    assert statuses == [409] * 10 + [429] * 2
    assert analyst.post("/api/openrouter/check", {}).status == 409
    clock.advance(seconds=6)
    assert owner.post("/api/openrouter/check", {}).status == 409


def test_models_are_listed_without_a_key_and_remembered_for_an_hour(
    deps: Deps, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw_server(replies(MODELS)) as server:
        openrouter_at(server, monkeypatch)
        analyst, owner = signed_in(deps, "analyst"), signed_in(deps)
        listed = analyst.get("/api/openrouter/models").json
        owner.send("PUT", PATH, {"key": KEY})
        assert owner.get("/api/openrouter/models").json == listed
        seconds.now = 3599
        assert analyst.get("/api/openrouter/models?q=gpt").json["items"] == [listed["items"][-1]]
        assert asked(server) == [("/v1/models", None)]
        seconds.now = 3600
        analyst.get("/api/openrouter/models")
        assert asked(server) == [("/v1/models", None)] * 2
    assert listed["next"] is None
    assert listed["items"] == [
        {"id": "acme/large", "name": "Acme Large", "context_length": None, "prompt_price": None, "completion_price": None,
         "structured_output": False},
        {"id": "local:3b", "name": "local:3b", "context_length": None, "prompt_price": None, "completion_price": None,
         "structured_output": None},
        {"id": "openai/gpt-4o-mini", "name": "OpenAI: GPT-4o-mini", "context_length": 128000, "prompt_price": 0.15,
         "completion_price": 0.6, "structured_output": True},
    ]  # fmt: skip


def test_another_providers_list_belongs_to_its_key(deps: Deps) -> None:
    with raw_server(replies(MODELS)) as server:
        owner = signed_in(deps)
        owner.send("PUT", PATH, {"kind": "compatible", "base_url": server.url, "key": "first-key"})
        owner.get("/api/openrouter/models")
        owner.send("PUT", PATH, {"key": "second-key"})
        owner.get("/api/openrouter/models")
        assert asked(server) == [("/v1/models", "Bearer first-key"), ("/v1/models", "Bearer second-key")]


@pytest.mark.parametrize(
    ("query", "found"),
    [("", 3), ("GPT", 1), ("mini openai", 1), ("large mini", 0), ("/", 2), ("Acme", 1), ("%25", 0)],
)
def test_models_are_found_by_words_of_id_and_name(
    deps: Deps, monkeypatch: pytest.MonkeyPatch, query: str, found: int
) -> None:
    with raw_server(replies(MODELS)) as server:
        openrouter_at(server, monkeypatch)
        answer = signed_in(deps).get(f"/api/openrouter/models?q={query.replace(' ', '+')}")
    assert len(answer.json["items"]) == found


def test_a_list_that_fails_is_not_remembered_and_not_asked_for_without_end(
    deps: Deps, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw_server(replies(b"<html>", content_type="text/html"), replies(MODELS)) as server:
        openrouter_at(server, monkeypatch)
        owner = signed_in(deps)
        assert owner.get("/api/openrouter/models").json["code"] == "llm_wrong_address"
        assert len(owner.get("/api/openrouter/models").json["items"]) == 3
    with raw_server(replies(b"<html>", content_type="text/html")) as broken:
        openrouter_at(broken, monkeypatch)
        statuses = [owner.get("/api/openrouter/models").status for _ in range(9)]
    assert statuses == [502] * 8 + [429]


def test_answers_are_not_kept_by_caches(deps: Deps) -> None:
    assert signed_in(deps).get(PATH).headers["cache-control"] == "no-store"


def test_another_sites_page_cannot_save_or_delete_a_key(deps: Deps) -> None:
    owner = signed_in(deps)
    owner.send("PUT", PATH, {"key": KEY})
    token, owner.token = owner.token, None
    for method, payload in (("PUT", {"key": "sk-or-v1-evil"}), ("DELETE", None)):
        headers = {"cookie": f"clickstream_token={token}", "origin": "https://evil.example"}
        assert owner.send(method, PATH, payload, headers=headers).status == 403
    owner.token = token
    assert owner.get(PATH).json["masked"] == "…cdef"


def test_the_statement_of_amounts_is_json_numbers(deps: Deps, monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(replies({"data": {"limit": None, "usage": 0.1}})) as server:
        openrouter_at(server, monkeypatch)
        answer = signed_in(deps).post("/api/openrouter/check", {"key": KEY})
    assert json.loads(answer.body)["usage"] == 0.1
    assert answer.json["limit"] is None
