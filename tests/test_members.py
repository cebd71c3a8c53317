"""Roles given and taken, accounts let in and kept out, invitations, reset links; and that an owner always remains."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import FakeClock
from web_client import Answer, Client, client_as

from clickstream.errors import Conflict
from clickstream.ingest import Collector
from clickstream.members import Members
from clickstream.rollup import catch_up
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.users import Role, Status, User, Users
from clickstream.web.app import App
from clickstream.web.deps import Deps

BOB = {"username": "bob", "password": "battery staple"}


@pytest.fixture
def owner(app: App, deps: Deps) -> Client:
    """The installation's first account."""
    client = client_as(app, deps, "owner")
    assert deps.store.users.claim_ownership("the-owner")
    return client


def signed_up(app: App, owner: Client, credentials: dict[str, str] | None = None, role: Role = "shopper") -> Client:
    """An account that signed up, with an invitation to this role."""
    token = owner.post("/api/invites", {"role": role}).json["token"]
    answer = Client(app).post("/api/signup", {**(credentials or BOB), "invite": token})
    assert answer.status in (201, 202), answer.json
    return Client(app, token=answer.json["token"])


def changed(owner: Client, username: str, **fields: Any) -> Answer:
    return owner.send("PATCH", f"/api/members/{username}", fields)


def acts(store: Store) -> list[tuple[str, str]]:
    return [(entry["action"], entry["about"]) for entry in reversed(store.audit.page(limit=100))]


def test_an_owner_sees_every_account_by_name_and_no_password(owner: Client, app: App) -> None:
    signed_up(app, owner, role="viewer")
    answer = owner.get("/api/members")
    assert [(one["username"], one["role"], one["status"]) for one in answer.json["items"]] == [
        ("bob", "viewer", "active"),
        ("the-owner", "owner", "active"),
    ]
    assert b"scrypt" not in answer.body
    assert answer.json["next"] is None


def test_accounts_come_page_by_page_and_can_be_found(owner: Client, store: Store, clock: FakeClock) -> None:
    for number in range(5):
        store.users.add(User(f"user{number}", "-", "viewer" if number % 2 else "shopper", "active", clock()))
    first = owner.get("/api/members?limit=4").json
    second = owner.get(f"/api/members?limit=4&after={first['next']}").json
    names = [one["username"] for one in [*first["items"], *second["items"]]]
    assert names == ["the-owner", "user0", "user1", "user2", "user3", "user4"]

    def found(query: str) -> list[str]:
        return [one["username"] for one in owner.get(f"/api/members?{query}").json["items"]]

    assert found("role=viewer") == ["user1", "user3"]
    assert found("q=SER3") == ["user3"]
    assert found("q=.*") == []
    assert found("status=pending") == []


def test_a_new_role_holds_at_the_very_next_request(owner: Client, app: App, store: Store) -> None:
    bob = signed_up(app, owner)
    assert bob.get("/api/summary").status == 403
    assert changed(owner, "bob", role="viewer").json["role"] == "viewer"
    assert bob.get("/api/summary").status == 200
    changed(owner, "bob", role="shopper")
    assert bob.get("/api/summary").status == 403
    assert acts(store).count(("role_changed", "bob")) == 2


def test_a_disabled_account_is_out_at_once_and_stays_out_when_it_is_enabled_until_it_logs_in(
    owner: Client, app: App, store: Store
) -> None:
    bob = signed_up(app, owner, role="analyst")
    assert bob.get("/api/events").status == 200
    assert changed(owner, "bob", status="disabled").json["status"] == "disabled"
    assert bob.get("/api/events").status == 401
    assert Client(app).post("/api/login", BOB).json["code"] == "disabled"
    changed(owner, "bob", status="active")
    assert bob.get("/api/events").status == 401
    assert Client(app).post("/api/login", BOB).status == 200
    assert {("account_disabled", "bob"), ("account_enabled", "bob")} <= set(acts(store))


def test_an_account_that_waits_is_approved_or_refused(
    owner: Client, app: App, settings: Settings, store: Store, clock: FakeClock
) -> None:
    Collector(store, clock).collect([{"event_type": "pageview", "user_id": "bob", "page": "/"}])
    catch_up(store, settings, clock)
    stranger = Client(app)
    assert stranger.post("/api/signup", BOB).status == 202
    assert [one["username"] for one in owner.get("/api/members?status=pending").json["items"]] == ["bob"]
    assert owner.send("DELETE", "/api/members/bob").status == 204
    assert stranger.post("/api/login", BOB).json["code"] == "wrong_credentials"
    assert stranger.post("/api/signup", BOB).status == 202
    assert changed(owner, "bob", status="active").json["status"] == "active"
    assert stranger.post("/api/login", BOB).status == 200
    assert owner.send("DELETE", "/api/members/bob").status == 404
    assert {("account_refused", "bob"), ("account_approved", "bob")} <= set(acts(store))


def test_an_invitation_does_not_open_the_history_of_somebody_else(
    owner: Client, app: App, settings: Settings, store: Store, clock: FakeClock
) -> None:
    Collector(store, clock).collect([{"event_type": "pageview", "user_id": "bob", "page": "/"}])
    catch_up(store, settings, clock)
    token = owner.post("/api/invites", {"role": "viewer"}).json["token"]
    created = Client(app).post("/api/signup", BOB | {"invite": token})
    assert (created.status, created.json["token"]) == (202, None)
    assert created.json["user"] == {"username": "bob", "role": "viewer", "status": "pending"}


@pytest.mark.parametrize("username", ["nobody", "%23first", "a", "..%2f..", "$where"])
@pytest.mark.parametrize(
    ("method", "path", "payload"),
    [("PATCH", "", {"role": "viewer"}), ("DELETE", "", None), ("POST", "/reset-link", None)],
)
def test_an_account_that_is_not_there_is_not_found(
    owner: Client, username: str, method: str, path: str, payload: Any
) -> None:
    assert owner.send(method, f"/api/members/{username}{path}", payload).status == 404


@pytest.mark.parametrize(
    "payload",
    [{}, {"role": "king"}, {"status": "pending"}, {"role": None}, {"role": "viewer", "password": "x"}, {"role": ["owner"]}],
)
def test_a_change_it_cannot_make_is_refused(owner: Client, app: App, payload: Any) -> None:
    signed_up(app, owner)
    assert owner.send("PATCH", "/api/members/bob", payload).status == 400


@pytest.mark.parametrize("fields", [{"role": "analyst"}, {"status": "disabled"}, {"role": "shopper", "status": "disabled"}])
def test_the_last_active_owner_stays_one(owner: Client, app: App, store: Store, fields: dict[str, str]) -> None:
    signed_up(app, owner, role="owner")
    changed(owner, "bob", status="disabled")
    refused = changed(owner, "the-owner", **fields)
    assert (refused.status, refused.json["code"]) == (409, "last_owner")
    assert owner.get("/api/members").status == 200
    changed(owner, "bob", status="active")
    assert changed(owner, "the-owner", **fields).status == 200
    assert store.users.owners() == {"bob"}
    assert owner.get("/api/members").status in (401, 403)


class Stepwise:
    """Users whose reads and writes wait for their turn: a schedule of two callers can be played in any order."""

    def __init__(self, users: Users, turns: list[int], caller: int, ready: threading.Condition) -> None:
        self._users, self._turns, self._caller, self._ready = users, turns, caller, ready

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            with self._ready:
                self._ready.wait_for(lambda: not self._turns or self._turns[0] == self._caller, 10)
                answer = getattr(self._users, name)(*args, **kwargs)
                if self._turns:
                    self._turns.pop(0)
                self._ready.notify_all()
                return answer

        return call

    def leave(self) -> None:
        """What is left of this caller's turns is skipped."""
        with self._ready:
            self._turns[:] = [turn for turn in self._turns if turn != self._caller]
            self._ready.notify_all()


def demote(store: Store, clock: FakeClock, users: Any, username: str, fields: dict[str, Any]) -> bool:
    seen = Store.__new__(Store)
    seen.__dict__.update(store.__dict__, users=users)
    try:
        Members(seen, clock).change(username, **fields)
    except Conflict:
        return False
    finally:
        if isinstance(users, Stepwise):
            users.leave()
    return True


SCHEDULES = sorted({tuple(order) for order in itertools.permutations([0, 0, 0, 1, 1, 1])})
DEMOTION: dict[str, Any] = {"role": "viewer"}
DISABLING: dict[str, Any] = {"status": "disabled"}


@pytest.mark.parametrize("order", SCHEDULES, ids=lambda order: "".join("ab"[turn] for turn in order))
def test_two_owners_who_demote_each_other_in_any_order_of_steps_leave_an_owner(
    store: Store, clock: FakeClock, order: tuple[int, ...]
) -> None:
    """Each looks, writes and counts; what comes after these three steps runs freely."""
    for name in ("ann", "ben"):
        store.users.add(User(name, "-", "owner", "active", clock()))
    turns, ready = list(order), threading.Condition()
    users = [Stepwise(store.users, turns, caller, ready) for caller in (0, 1)]
    with ThreadPoolExecutor(2) as pool:
        done = [
            pool.submit(demote, store, clock, users[0], "ben", DEMOTION),
            pool.submit(demote, store, clock, users[1], "ann", DISABLING),
        ]
        results = [one.result() for one in done]
    owners = store.users.owners()
    assert len(owners) == 2 - sum(results) >= 1


def test_of_many_owners_who_leave_at_the_same_moment_one_at_least_remains(store: Store, clock: FakeClock) -> None:
    names = [f"owner{number}" for number in range(8)]
    for name in names:
        store.users.add(User(name, "-", "owner", "active", clock()))
    with ThreadPoolExecutor(8) as pool:
        left = list(pool.map(lambda name: demote(store, clock, store.users, name, DEMOTION), names))
    assert len(store.users.owners()) == 8 - sum(left) >= 1


def test_an_owner_who_is_made_one_while_being_disabled_is_counted(store: Store, clock: FakeClock) -> None:
    """The account's role is read by the same step that writes: an outdated reading cannot hide the last owner."""
    store.users.add(User("ann", "-", "owner", "active", clock()))
    store.users.add(User("ben", "-", "viewer", "active", clock()))
    members = Members(store, clock)
    members.change("ben", role="owner")
    members.change("ann", role="viewer")
    with pytest.raises(Conflict):
        members.change("ben", status="disabled")
    assert store.users.owners() == {"ben"}


# Invitations


def test_an_invitation_opens_one_account_with_its_role(owner: Client, app: App, store: Store) -> None:
    created = owner.post("/api/invites", {"role": "analyst", "note": "Bob from marketing"})
    assert created.status == 201
    assert created.json["link"] == f"/#invite={created.json['token']}"
    joined = Client(app).post("/api/signup", BOB | {"invite": created.json["token"]})
    assert joined.json["user"] == {"username": "bob", "role": "analyst", "status": "active"}
    again = Client(app).post("/api/signup", BOB | {"username": "mallory", "invite": created.json["token"]})
    assert (again.status, again.json["code"], list(again.json["fields"])) == (400, "invite_used", ["invite"])
    (listed,) = owner.get("/api/invites").json["items"]
    assert (listed["status"], listed["used_by"], listed["note"]) == ("used", "bob", "Bob from marketing")
    assert store.users.find("mallory") is None


def test_of_sign_ups_with_one_invitation_at_the_same_moment_one_succeeds(owner: Client, app: App) -> None:
    token = owner.post("/api/invites", {"role": "viewer"}).json["token"]

    def sign_up(number: int) -> int:
        return Client(app).post("/api/signup", BOB | {"username": f"user{number}", "invite": token}).status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(sign_up, range(8)))
    assert statuses == [201] + [400] * 7


def test_an_invitation_survives_a_name_that_is_taken(owner: Client, app: App) -> None:
    token = owner.post("/api/invites", {"role": "viewer"}).json["token"]
    assert Client(app).post("/api/signup", BOB | {"username": "the-owner", "invite": token}).status == 409
    assert Client(app).post("/api/signup", BOB | {"invite": token}).json["user"]["role"] == "viewer"


def expire(owner: Client, clock: FakeClock, invite_id: str) -> None:
    clock.advance(days=7)


def revoke(owner: Client, clock: FakeClock, invite_id: str) -> None:
    assert owner.send("DELETE", f"/api/invites/{invite_id}").status == 204


def demote_inviter(owner: Client, clock: FakeClock, invite_id: str) -> None:
    other = owner.post("/api/invites", {"role": "owner"}).json["token"]
    Client(owner.app).post("/api/signup", BOB | {"username": "second", "invite": other})
    assert changed(owner, "the-owner", role="viewer").status == 200


@pytest.mark.parametrize(
    ("befalls", "code"),
    [(expire, "invite_expired"), (revoke, "invite_unknown"), (demote_inviter, "invite_void")],
    ids=["expired", "revoked", "its maker is no owner any more"],
)
def test_an_invitation_that_is_over_says_why(owner: Client, app: App, clock: FakeClock, befalls: Any, code: str) -> None:
    created = owner.post("/api/invites", {"role": "owner"}).json
    befalls(owner, clock, created["invite"]["invite_id"])
    answer = Client(app).post("/api/signup", BOB | {"invite": created["token"]})
    assert (answer.status, answer.json["code"]) == (400, code)
    assert answer.json["error"].startswith("This invitation ")


def test_an_unknown_invitation_is_a_clear_error(app: App, owner: Client) -> None:
    answer = Client(app).post("/api/signup", BOB | {"invite": "made-up"})
    assert (answer.status, answer.json["code"]) == (400, "invite_unknown")


def test_a_used_invitation_cannot_be_revoked_nor_one_that_never_was(owner: Client, app: App) -> None:
    signed_up(app, owner)
    (used,) = owner.get("/api/invites").json["items"]
    assert owner.send("DELETE", f"/api/invites/{used['invite_id']}").json["code"] == "invite_used"
    assert owner.send("DELETE", "/api/invites/never").status == 404


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"role": "king"},
        {"role": "viewer", "days": 0},
        {"role": "viewer", "days": 31},
        {"role": "viewer", "note": "x" * 201},
    ],
)
def test_an_invitation_it_cannot_make_is_refused(owner: Client, payload: Any) -> None:
    assert owner.post("/api/invites", payload).status == 400


def test_invitations_come_page_by_page_latest_first(owner: Client, clock: FakeClock) -> None:
    for note in "abc":
        owner.post("/api/invites", {"role": "viewer", "note": note})
        clock.advance(seconds=1)
    first = owner.get("/api/invites?limit=2").json
    second = owner.get(f"/api/invites?limit=2&after={first['next']}").json
    assert [one["note"] for one in [*first["items"], *second["items"]]] == ["c", "b", "a"]
    assert second["next"] is None


# Passwords


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


def test_a_name_and_a_note_are_told_as_they_are(owner: Client) -> None:
    """JSON carries them; the page writes them through its escaping tag only."""
    note = "<img src=x onerror=alert(1)>"
    assert owner.post("/api/invites", {"role": "viewer", "note": note}).json["invite"]["note"] == note
    assert owner.post("/api/signup", BOB | {"username": "<b>bob</b>"}).status == 400
