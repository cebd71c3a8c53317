"""Reset links, passwords changed by who knows the old one, log-ins that end, and what is put on record of all this."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import FakeClock
from membership import BOB, acts, changed, signed_up
from web_client import Answer, Client, client_as

from clickstream.store import Store
from clickstream.store.users import Status, User
from clickstream.web.app import App
from clickstream.web.deps import Deps


@pytest.fixture
def owner(app: App, deps: Deps) -> Client:
    """The installation's first account."""
    client = client_as(app, deps, "owner")
    assert deps.store.users.claim_ownership("the-owner")
    return client


@pytest.fixture
def bob(app: App, owner: Client) -> Client:
    return signed_up(app, owner, role="viewer")


def logged_in(app: App, password: str = BOB["password"]) -> int:
    return Client(app).post("/api/login", BOB | {"password": password}).status


def test_a_reset_link_sets_a_new_password_once_and_ends_every_log_in(owner: Client, bob: Client, app: App) -> None:
    link = owner.post("/api/members/bob/reset-link").json
    assert link["link"] == f"/#reset={link['token']}"
    assert bob.get("/api/summary").status == 200  # until it is used nothing happens
    stranger = Client(app)
    refused = stranger.post("/api/reset-password", {"token": link["token"], "password": "short"})
    assert (refused.status, list(refused.json["fields"])) == (400, ["password"])
    chosen = stranger.post("/api/reset-password", {"token": link["token"], "password": "a new beginning"})
    assert (chosen.status, chosen.json["user"]["username"]) == (200, "bob")
    assert Client(app, token=chosen.json["token"]).get("/api/summary").status == 200
    assert bob.get("/api/summary").status == 401
    assert (logged_in(app), logged_in(app, "a new beginning")) == (401, 200)
    again = stranger.post("/api/reset-password", {"token": link["token"], "password": "a second time"})
    assert (again.status, again.json["code"]) == (400, "reset_unusable")


def outlive(owner: Client, bob: Client, clock: FakeClock) -> None:
    clock.advance(days=1)


def replace_it(owner: Client, bob: Client, clock: FakeClock) -> None:
    owner.post("/api/members/bob/reset-link")


def choose_oneself(owner: Client, bob: Client, clock: FakeClock) -> None:
    assert (
        bob.send("PUT", "/api/me/password", {"old_password": "battery staple", "new_password": "my own one"}).status == 204
    )


def lose_its_maker(owner: Client, bob: Client, clock: FakeClock) -> None:
    changed(owner, "bob", role="owner")
    assert changed(bob, "the-owner", status="disabled").status == 200


@pytest.mark.parametrize("befalls", [outlive, replace_it, choose_oneself, lose_its_maker])
def test_a_reset_link_that_is_over_changes_nothing(
    owner: Client, bob: Client, app: App, clock: FakeClock, befalls: Any
) -> None:
    token = owner.post("/api/members/bob/reset-link").json["token"]
    befalls(owner, bob, clock)
    answer = Client(app).post("/api/reset-password", {"token": token, "password": "a new beginning"})
    assert (answer.status, answer.json["code"]) == (400, "reset_unusable")
    assert logged_in(app, "a new beginning") == 401


@pytest.mark.parametrize("status", ["disabled", "pending"])
def test_there_is_no_reset_link_for_an_account_that_cannot_log_in(
    owner: Client, store: Store, clock: FakeClock, status: Status
) -> None:
    store.users.add(User("eve", "-", "viewer", status, clock()))
    answer = owner.post("/api/members/eve/reset-link")
    assert (answer.status, answer.json["code"]) == (409, status)


def test_guessing_reset_tokens_is_slowed_down(app: App, owner: Client) -> None:
    guess = {"token": "guess", "password": "a new beginning"}
    statuses = [Client(app).post("/api/reset-password", guess).status for _ in range(11)]
    assert statuses == [400] * 10 + [429]


def test_a_password_is_changed_by_who_knows_the_old_one_and_other_log_ins_end(bob: Client, app: App) -> None:
    elsewhere = Client(app, token=Client(app).post("/api/login", BOB).json["token"])
    assert elsewhere.get("/api/me").status == 200

    def change(old: str, new: str) -> Answer:
        return bob.send("PUT", "/api/me/password", {"old_password": old, "new_password": new})

    wrong = change("not it at all", "a new beginning")
    assert (wrong.status, wrong.json["fields"]) == (400, {"old_password": "is wrong"})
    assert list(change("battery staple", "short").json["fields"]) == ["new_password"]
    assert elsewhere.get("/api/me").status == 200
    assert change("battery staple", "a new beginning").status == 204
    assert (bob.get("/api/me").status, elsewhere.get("/api/me").status) == (200, 401)
    assert (logged_in(app), logged_in(app, "a new beginning")) == (401, 200)


def test_guessing_the_old_password_is_slowed_down(bob: Client) -> None:
    wrong = {"old_password": "not it at all", "new_password": "a new beginning"}
    assert [bob.send("PUT", "/api/me/password", wrong).status for _ in range(11)] == [400] * 10 + [429]


def test_logging_out_everywhere_ends_every_log_in_and_clears_the_cookie(bob: Client, app: App, owner: Client) -> None:
    browser = Client(app, browser=True)
    browser.post("/api/login", BOB)
    assert browser.get("/api/me").status == 200
    assert browser.post("/api/me/logout-everywhere").status == 204
    assert set(browser.cookies.values()) == {""}
    assert bob.get("/api/me").status == 401
    assert owner.get("/api/me").status == 200
    assert logged_in(app) == 200


def test_a_password_that_is_changed_during_a_log_in_opens_nothing(
    app: App, owner: Client, bob: Client, deps: Deps, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = deps.identities.issue

    def changed_first(username: str) -> str:
        deps.members.set_password("bob", deps.passwords.hash("changed meanwhile"))
        return issue(username)

    monkeypatch.setattr(deps.identities, "issue", changed_first)
    assert logged_in(app) == 401


def test_the_database_holds_no_token_of_any_link(owner: Client, bob: Client, database: Any) -> None:
    invite = owner.post("/api/invites", {"role": "viewer"}).json["token"]
    reset = owner.post("/api/members/bob/reset-link").json["token"]
    stored = str([list(database[name].find()) for name in database.list_collection_names()])
    assert "the-owner" in stored
    assert invite not in stored and reset not in stored


def test_what_is_done_to_members_is_put_on_record_without_a_secret(
    owner: Client, bob: Client, app: App, store: Store, database: Any
) -> None:
    token = owner.post("/api/members/bob/reset-link").json["token"]
    Client(app).post("/api/reset-password", {"token": token, "password": "a new beginning"})
    owner.post("/api/me/logout-everywhere")
    assert {("reset_link_created", "bob"), ("password_reset", "bob"), ("signed_out_everywhere", "the-owner")} <= set(
        acts(store)
    )
    invited = [entry for entry in store.audit.page(limit=100) if entry["action"] == "invite_created"]
    joined = [entry for entry in store.audit.page(limit=100) if entry["action"] == "signed_up"]
    assert invited[0]["about"] == joined[0]["details"]["invite"]
    stored = str(list(database.audit.find()))
    assert token not in stored and "beginning" not in stored
