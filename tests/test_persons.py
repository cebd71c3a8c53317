"""One shopper's data: all of it given out, all of it erased, and the figures of everybody else as if they had been alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import golden_shop
import pytest
from golden_shop import happened, person
from rollup_check import Killed, Life, Rig, rigged
from test_retention import released
from web_client import Answer, Client, client_as, real_deps

from clickstream.analysis.run import Request as AnalysisRequest
from clickstream.analysis.run import enqueue
from clickstream.errors import NotFound
from clickstream.operations import persons
from clickstream.scope import Scope
from clickstream.store.connect import Connection
from clickstream.store.users import User
from clickstream.web.app import App
from clickstream.web.deps import Deps

JsonDict = dict[str, Any]
BEFORE_LOG_IN = happened("anon-1", "28 08:00:00", "pageview", person(client="ca"), "/before")
NAMELESS = happened("anon-2", "28 09:00:30", "pageview", person(session="s-anna"), "/nameless")
TABLET = [
    happened("tab-1", "28 15:00:00", "pageview", person(client="tablet", user="anna"), "/hers"),
    happened("tab-2", "28 15:01:00", "pageview", person(client="tablet", user="zoe"), "/anothers"),
    happened("tab-3", "28 15:02:00", "pageview", person(client="tablet"), "/nobodys"),
]


@pytest.fixture
def rig(connection: Connection) -> Iterator[Rig]:
    with rigged(connection) as rig:
        rig.shop.receive([*golden_shop.EVENTS, BEFORE_LOG_IN, NAMELESS, *TABLET])
        rig.shop.catch_up()
        yield rig


@pytest.fixture
def deps(rig: Rig, tmp_path: Any) -> Deps:
    return real_deps(replace(rig.settings, data_dir=tmp_path), rig.store, rig.clock)


def erase(owner: Client, user_id: str = "anna", **more: Any) -> Answer:
    return owner.post(f"/api/persons/{user_id}/erase", {"confirm": user_id, **more})


def about(deps: Deps, user_id: str) -> str:
    """An analysis of this person, with recommendations."""
    scope = Scope(dataset="live", user_id=user_id, as_of=deps.clock())
    analysis_id = enqueue(deps.store, deps.clock, AnalysisRequest(scope, "the-owner", "store", ""))
    deps.store.profiles.append("live", user_id, analysis_id, [{"product_id": "p1"}], source="computed", at=deps.clock())
    return analysis_id


def mentions(rig: Rig, name: str) -> list[str]:
    """Collections that still name somebody, those that are derived or of the moment aside."""
    kept = [c for c in rig.database.list_collection_names() if c not in ("changes", "rollup_state")]
    return [
        collection
        for collection in kept
        if any(name in repr(one) for one in rig.database[collection].find({"kind": {"$ne": "gone"}}))
    ]


def test_everything_about_a_person_is_counted(owner: Client, deps: Deps) -> None:
    about(deps, "anna")
    found = owner.get("/api/persons/anna").json
    assert found == {
        "user_id": "anna", "events": 12, "clients": 1, "sessions": 4, "analyses": 1, "recommendations": 1, "comments": 0,
        "chats": 0, "role": None,
    }  # fmt: skip


def test_an_export_holds_it_all_and_says_when_it_is_complete(owner: Client, deps: Deps) -> None:
    about(deps, "anna")
    answer = owner.get("/api/persons/anna/export")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert "attachment" in answer.headers["content-disposition"]
    *things, end = [json.loads(line) for line in answer.body.splitlines()]
    assert end["kind"] == "end"
    assert end["counts"] == {"event": 12, "session": 4, "analysis": 1, "recommendations": 1, "audit": 1}
    events = {thing["event_id"] for thing in things if thing["kind"] == "event"}
    assert {"anon-1", "anon-2", "tab-1"} <= events
    assert not {"tab-2", "tab-3"} & events
    (recorded,) = [thing for thing in things if thing["kind"] == "audit"]
    assert (recorded["action"], recorded["about"], recorded["by"]) == ("person_exported", "anna", "the-owner")


def test_erased_they_are_named_nowhere_and_the_others_figures_are_as_if_they_had_never_been(
    rig: Rig, owner: Client, deps: Deps
) -> None:
    analysis = about(deps, "anna")
    receipt = erase(owner).json
    assert receipt["counts"] == {
        "events": 12,
        "sessions": 4,
        "analyses": 1,
        "recommendations": 1,
        "comments": 0,
        "chats": 0,
        "accounts": 0,
    }
    assert mentions(rig, "anna") == []
    assert deps.store.analyses.find(analysis) is None
    left = {event["event_id"] for event in rig.database.events.find()}
    assert {"tab-2", "tab-3"} <= left
    assert not {"anon-1", "anon-2", "tab-1"} & left
    rig.check()


def test_the_receipt_proves_who_was_erased_and_does_not_say_it(rig: Rig, owner: Client) -> None:
    receipt = erase(owner).json
    assert hashlib.sha256(f"{receipt['receipt_id']}:anna".encode()).hexdigest() == receipt["subject"]
    (entry,) = rig.database.audit.find({"action": "person_erased"})
    assert entry["about"] == f"erased-{receipt['subject'][:12]}"
    assert entry["details"]["events"] == 12
    assert "anna" not in repr(entry)


def test_what_nobody_knows_is_not_found(owner: Client) -> None:
    for answer in (owner.get("/api/persons/nobody"), owner.get("/api/persons/nobody/export"), erase(owner, "nobody")):
        assert (answer.status, answer.json["code"]) == (404, "not_found")


def test_done_again_there_is_nobody_left(owner: Client) -> None:
    assert erase(owner).status == 200
    assert erase(owner).status == 404


@pytest.mark.parametrize("confirm", ["", "Anna", "anna "])
def test_it_needs_the_name_once_more(rig: Rig, owner: Client, confirm: str) -> None:
    answer = owner.post("/api/persons/anna/erase", {"confirm": confirm})
    assert (answer.status, list(answer.json["fields"])) == (400, ["confirm"])
    assert rig.database.events.count_documents({"user_id": "anna"})


def test_names_of_any_kind_can_be_asked_for(owner: Client, deps: Deps) -> None:
    for name in ("a/b", "ü 7", "x?y=1"):
        deps.store.users.add(User(name, "-", "shopper", "active", deps.clock()))
        encoded = name.replace("/", "%2F").replace("ü", "%C3%BC").replace(" ", "%20").replace("?", "%3F")
        assert owner.get(f"/api/persons/{encoded}").json["user_id"] == name


def test_a_shopper_s_account_goes_with_them_when_asked(rig: Rig, owner: Client, deps: Deps) -> None:
    deps.store.users.add(User("anna", "-", "shopper", "active", deps.clock()))
    anna = Client(owner.app, token=deps.identities.issue("anna"))
    assert anna.get("/api/me").status == 200
    assert erase(owner).json["counts"]["accounts"] == 0
    assert anna.get("/api/me").status == 200
    assert erase(owner, account=True).json["counts"]["accounts"] == 1
    assert anna.get("/api/me").status == 401
    assert mentions(rig, "anna") == []


def test_who_works_here_keeps_the_account(owner: Client, deps: Deps) -> None:
    deps.store.users.add(User("anna", "-", "analyst", "active", deps.clock()))
    answer = erase(owner, account=True)
    assert (answer.status, deps.store.users.find("anna") is not None) == (409, True)


@pytest.mark.parametrize("role", ["analyst", "viewer", "shopper", None])
def test_only_owners_may(deps: Deps, role: Any) -> None:
    client = client_as(App(deps), deps, role)
    expected = 401 if role is None else 403
    assert {client.get("/api/persons/anna").status, erase(client).status} == {expected}


def test_sessions_whose_events_are_gone_are_erased_too(rig: Rig, owner: Client) -> None:
    released(rig)
    counted = owner.get("/api/persons/anna").json
    assert counted["sessions"] == 4
    assert erase(owner).json["counts"]["sessions"] == 4
    served = {"generation": rig.state()["generation"], "kind": {"$ne": "gone"}}
    assert not list(rig.database.sessions.find({**served, "visitor": {"$in": ["u:anna", "c:ca"]}}))
    assert mentions(rig, "anna") == []


@pytest.mark.parametrize("writes", [0, 1, 2, 3, 5, 8, 13, 21])
def test_interrupted_anywhere_it_is_finished_by_doing_it_again(
    rig: Rig, deps: Deps, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    monkeypatch.setattr(persons, "WRITTEN_TOGETHER", 3)
    about(deps, "anna")
    mortal = rig.mortal(Life(writes, dies=True))
    dying = replace(deps.persons, store=mortal)
    by = persons.Actor("the-owner", "here")
    try:
        dying.erase("anna", by, account=False)
    except Killed:
        rig.expire_lease()
        past = rig.clock() - timedelta(days=9)
        rig.database.changes.update_many({}, {"$set": {"opened_at": past}})
    try:
        deps.persons.erase("anna", by, account=False)
    except NotFound:
        rig.shop.catch_up()
    assert mentions(rig, "anna") == []
    rig.check()
