"""Every route x every role x ownership: who is let in, and that a refusal neither tells nor changes anything."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from authorization import ACTORS, ADMITTED, CALLS, ROLES, SELF_ONLY, World, named
from web_client import NOON, real_deps

from clickstream.analysis.run import enqueue
from clickstream.ingest import Collector
from clickstream.llm.models import KeyState
from clickstream.rollup import catch_up
from clickstream.scope import LIVE, Scope
from clickstream.seeding import SampleProgress
from clickstream.settings import read_settings
from clickstream.store import Store
from clickstream.store.collections import check_schema, ensure_indexes
from clickstream.store.connect import Connection
from clickstream.vega import Bundle
from clickstream.web.access import ACCESS, SAFE_METHODS
from clickstream.web.app import ROUTES
from clickstream.web.deps import Deps
from clickstream.web.routing import Route

ROUTE = {named(route): route for route in ROUTES}
NOT_HELD_AGAINST = {"audit", "tokens", "users", "rollup_state", "changes"}
"""Collections that may change on a refusal: the log of it, and what every call of the walk begins with."""


@pytest.fixture(scope="module")
def store(connection: Connection) -> Iterator[Store]:
    """One database for the whole walk."""
    database = connection.client[f"test_{secrets.token_hex(6)}"]
    check_schema(database)
    ensure_indexes(database)
    yield Store(database, describe="the walk's database")
    connection.client.drop_database(database.name)


@pytest.fixture(scope="module")
def world(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Nothing leaves the machine, no analysis is made, and everything else is real."""
    settings = read_settings({"DATA_DIR": str(tmp_path_factory.mktemp("walk")), "PORT": "0"})
    Collector(store, lambda: NOON).collect([{"event_type": "pageview", "user_id": "somebody", "page": "/"}])
    catch_up(store, settings, lambda: NOON)
    deps = _tamed(real_deps(settings, store, lambda: NOON))
    (seen,) = store.sessions.page(LIVE, 1, Scope(as_of=NOON).match(), limit=2, after=None)
    with deps.jobs:
        yield World(deps, seen.session.session_id)


def _tamed(deps: Deps) -> Deps:
    cast(Any, deps.analyses).submit = lambda wanted: enqueue(deps.store, deps.clock, wanted)
    client = SimpleNamespace(check=KeyState)
    clients = SimpleNamespace(at=lambda endpoint: client, models=lambda endpoint: [], known_models=lambda endpoint: [])
    sample = SimpleNamespace(start=lambda: SampleProgress("running"), progress=SampleProgress("idle"))
    vega = SimpleNamespace(read=lambda: Bundle("tag", b"//", b""))
    return replace(deps, clients=cast(Any, clients), sample=cast(Any, sample), vega=cast(Any, vega))


def test_the_walk_knows_how_to_call_every_route_and_none_that_is_gone() -> None:
    unknown = sorted(ROUTE.keys() - CALLS.keys())
    assert not unknown, f"add rows to CALLS in tests/authorization.py for {unknown}: who may call them, and how"
    assert sorted(CALLS.keys() - ROUTE.keys()) == []
    assert len(CALLS) == len(ROUTES)


def test_every_route_with_an_id_in_its_address_is_called_with_a_thing_made_for_somebody() -> None:
    """The exceptions name what belongs to nobody."""
    of_nobody = {
        "GET /api/metrics/{id}",
        "GET /api/metrics/{id}/export",
        "GET /{path*}",
        "GET /shop/{page}",
        "GET /shop/{page}/{id}",
    }
    assert {name for name, call in CALLS.items() if ROUTE[name].parameters and "{" not in call.target} == of_nobody


@pytest.mark.parametrize("name", CALLS)
def test_the_access_a_route_declares_is_the_one_agreed_on(name: str) -> None:
    assert ROUTE[name].access == CALLS[name].access


def test_every_access_says_whom_it_admits() -> None:
    assert set(ADMITTED) == set(ACCESS)


def steps() -> Iterator[Any]:
    for name, call in CALLS.items():
        for actor in ACTORS:
            for is_theirs in (False, True) if call.theirs else (False,):
                yield pytest.param(name, actor, is_theirs, id=f"{name}-{actor}{'-theirs' if is_theirs else ''}")


@pytest.mark.parametrize(("name", "actor", "is_theirs"), list(steps()))
def test_the_walk(world: World, name: str, actor: str, is_theirs: bool) -> None:
    call, route = CALLS[name], ROUTE[name]
    another = "analyst" if actor == "owner" else "owner"
    target, payload = world.prepared(call, world.person(another if is_theirs else actor))
    before = fingerprint(world)
    status, body = world.send(actor, route.method, target, payload)
    assert status == call.expected(actor, is_theirs=is_theirs), body[:300]
    if status >= 400:
        assert json.loads(body)["status"] == status
        assert fingerprint(world) == before


def fingerprint(world: World) -> dict[str, str]:
    """What every collection holds, as a digest."""
    found = world.deps.store._database.command("dbHash")["collections"]
    return {name: digest for name, digest in found.items() if name not in NOT_HELD_AGAINST}


HIDDEN = [name for name, call in CALLS.items() if 404 in call.theirs.values()]
MISSING = "0" * 28


@pytest.mark.parametrize("actor", SELF_ONLY)
@pytest.mark.parametrize("name", HIDDEN)
def test_what_is_hidden_looks_exactly_like_what_does_not_exist(world: World, name: str, actor: str) -> None:
    target, payload = world.prepared(CALLS[name], world.person("owner"))
    missing = target.replace(target.split("/")[3], MISSING)
    there, not_there = (world.send(actor, ROUTE[name].method, one, payload) for one in (target, missing))
    assert told(there) == told(not_there)
    assert there[0] == 404


@pytest.mark.parametrize("actor", SELF_ONLY)
def test_a_refusal_to_look_at_somebody_does_not_tell_whether_there_is_such_a_person(world: World, actor: str) -> None:
    for method, target, payload in (
        ("GET", "/api/recommendations?user_id={}", None),
        ("POST", "/api/analyze", {"user_id": "{}"}),
    ):
        answers = [
            told(world.send(actor, method, target.format(who), payload and {"user_id": who}))
            for who in ("somebody", "the-owner", "never-was-here")
        ]
        assert answers[0][0] == 403
        assert answers == [answers[0]] * 3


def told(answer: tuple[int, bytes]) -> tuple[int, dict[str, Any]]:
    status, body = answer
    return status, {**json.loads(body), "request_id": ""}


@pytest.mark.parametrize(
    "target", ["/api/summary?dataset={}", "/api/sessions?dataset={}", "/api/metrics/overview?dataset={}"]
)
def test_a_shopper_is_refused_alike_for_datasets_that_exist_and_that_do_not(world: World, target: str) -> None:
    answers = [told(world.send("shopper", "GET", target.format(dataset), None)) for dataset in ("live", "never")]
    assert answers[0] == answers[1]
    assert answers[0][0] == 403


def test_a_viewer_writes_nothing_but_about_itself() -> None:
    """Whatever changes the shop's data or its members needs more than a viewer."""
    own = {"analyses/{id}", "analyses/{id}/cancel", "analyze", "openrouter/key", "openrouter/check", "events"}
    own |= {"analyses/{id}/comments", "comments/{id}", "analyses/{id}/chat", "chats/{id}", "analyses/{id}/replay"}
    own |= {"me", "me/password", "me/logout-everywhere", "signup", "login", "logout", "reset-password"}
    writes = [call for name, call in CALLS.items() if ROUTE[name].method not in SAFE_METHODS]
    open_to_viewers = {name for name, call in CALLS.items() if call in writes and "viewer" in ADMITTED[call.access]}
    assert {name.partition(" /api/")[2] for name in open_to_viewers} == own


@pytest.mark.parametrize("role", [role for role in ROLES if role in SELF_ONLY])
def test_a_list_of_analyses_holds_only_ones_own(world: World, role: str) -> None:
    theirs, own = world.analysis("the-owner"), world.analysis(world.person(role))
    status, body = world.send(role, "GET", "/api/analyses?limit=100", None)
    seen = [item["analysis_id"] for item in json.loads(body)["items"]]
    assert status == 200
    assert own in seen and theirs not in seen


def test_a_shoppers_events_are_its_own_whatever_they_say(world: World) -> None:
    event = {"event_type": "pageview", "event_id": "claimed", "user_id": "somebody", "page": "/"}
    assert world.send("shopper", "POST", "/api/events", event)[0] == 202
    kept = [one for one in world.deps.store.events.latest(LIVE, 50) if one.event_id == "claimed"]
    assert [one.user_id for one in kept] == ["the-shopper"]


def test_a_route_that_states_no_access_does_not_exist() -> None:
    with pytest.raises(TypeError, match="access"):
        cast(Any, Route)("GET", "/x", lambda request, deps: None, summary="Nothing.")
