"""What is put on record, for how long, and who may read it."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from conftest import FakeClock
from web_client import Client, client_as

from clickstream.audit import COMMAND_LINE, Actor, AuditLog
from clickstream.store import Store
from clickstream.store.audit import KEPT, LONGEST_TEXT, Action
from clickstream.web.app import App
from clickstream.web.deps import Deps

BOB = {"username": "bob", "password": "battery staple"}
ANN = Actor("ann", "192.0.2.7")


@pytest.fixture
def log(store: Store, clock: FakeClock) -> AuditLog:
    return AuditLog(store, clock)


def items(owner: Client, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = owner.get(f"/api/audit{query}").json["items"]
    return found


def actions(owner: Client, query: str = "") -> list[str]:
    return [item["action"] for item in items(owner, query)]


def test_an_entry_says_who_did_what_about_what_when_and_from_where(owner: Client, log: AuditLog) -> None:
    log.record("exported", ANN, "analysis a1", format="pdf", rows=3)
    (entry,) = items(owner)
    assert entry.pop("id")
    assert entry == {
        "at": "2026-03-01T12:00:00.000Z",
        "action": "exported",
        "by": "ann",
        "about": "analysis a1",
        "client": "192.0.2.7",
        "details": {"format": "pdf", "rows": 3},
    }


def test_what_is_done_at_the_command_line_is_nobodys(owner: Client, log: AuditLog) -> None:
    log.record("events_deleted", COMMAND_LINE, events=12)
    assert [(one["by"], one["client"]) for one in items(owner)] == [(None, "command line")]


def test_the_latest_comes_first_page_by_page_without_gap_or_repetition(
    owner: Client, log: AuditLog, clock: FakeClock
) -> None:
    for number in range(5):
        log.record("exported", ANN, f"a{number}")
        clock.advance(seconds=1)
    seen, after = [], ""
    for _ in range(3):
        page = owner.get(f"/api/audit?limit=2{after}").json
        seen += [item["about"] for item in page["items"]]
        after = f"&after={page['next']}"
    assert seen == ["a4", "a3", "a2", "a1", "a0"]
    assert page["next"] is None


def test_it_can_be_read_by_action_and_by_person(owner: Client, log: AuditLog) -> None:
    log.record("role_changed", ANN, "bob", role="viewer")
    log.record("exported", Actor("bob", ""), "a1")
    log.record("exported", ANN, "a2")
    assert actions(owner, "?action=role_changed") == ["role_changed"]
    assert {item["about"] for item in items(owner, "?username=bob")} == {"bob", "a1"}
    assert [item["about"] for item in items(owner, "?username=bob&action=exported")] == ["a1"]


@pytest.mark.parametrize("query", ["?action=nonsense", "?limit=0", "?limit=501", "?who=bob"])
def test_a_question_it_does_not_know_is_refused(owner: Client, query: str) -> None:
    assert owner.get(f"/api/audit{query}").status == 400


@pytest.mark.parametrize("role", ["shopper", "viewer", "analyst"])
def test_only_owners_read_it(app: App, deps: Deps, role: Any) -> None:
    assert client_as(app, deps, role).get("/api/audit").status == 403


def test_texts_of_any_length_are_kept_short(owner: Client, log: AuditLog) -> None:
    log.record("exported", ANN, "x" * 10_000, note="y" * 10_000)
    (entry,) = items(owner)
    assert (len(entry["about"]), len(entry["details"]["note"])) == (LONGEST_TEXT, LONGEST_TEXT)


def test_the_database_forgets_entries_after_four_hundred_days(store: Store, database: Any) -> None:
    index = database.audit.index_information()["expiry"]
    assert (index["key"], index["expireAfterSeconds"]) == ([("at", 1)], 400 * 86_400)
    assert KEPT.days == 400


def test_sign_ups_and_sign_ins_are_put_on_record_and_no_password_is(app: App, owner: Client, database: Any) -> None:
    stranger = Client(app, address="192.0.2.66")
    stranger.post("/api/signup", BOB)
    stranger.post("/api/login", BOB | {"password": "a wrong secret"})
    stranger.post("/api/login", {"username": "my-real-password", "password": "a wrong secret"})
    stranger.post("/api/login", BOB)
    told = [(one["action"], one["by"], one["about"], one["client"]) for one in reversed(items(owner))]
    assert sorted(told) == sorted(
        [
            ("signed_up", "bob", "bob", "192.0.2.66"),
            ("sign_in_refused", None, "bob", "192.0.2.66"),
            ("sign_in_refused", None, "", "192.0.2.66"),
            ("signed_in", "bob", "bob", "192.0.2.66"),
        ]
    )
    stored = str(list(database.audit.find()))
    assert "secret" not in stored and "staple" not in stored and "my-real-password" not in stored


def test_saving_testing_and_removing_an_ai_key_is_put_on_record_without_the_key(owner: Client, database: Any) -> None:
    owner.send("PUT", "/api/openrouter/key", {"key": "sk-or-v1-very-secret", "model": "acme/large"})
    owner.send("DELETE", "/api/openrouter/key")
    assert sorted(actions(owner)) == ["key_removed", "key_saved"]
    (saved,) = items(owner, "?action=key_saved")
    assert (saved["by"], saved["details"]) == ("the-owner", {"provider": "openrouter", "model": "acme/large"})
    assert "very-secret" not in str(list(database.audit.find()))


def test_a_deleted_analysis_is_put_on_record(owner: Client) -> None:
    made = owner.post("/api/analyze", {"wait": True}).json
    owner.send("DELETE", f"/api/analyses/{made['analysis_id']}")
    (entry,) = items(owner, "?action=analysis_deleted")
    assert (entry["by"], entry["about"]) == ("the-owner", made["analysis_id"])
    assert entry["details"]["made_by"] == "the-owner"


def test_every_action_has_a_name_of_its_own() -> None:
    names = get_args(Action)
    assert len(names) == len(set(names))
