"""Roles given and taken, accounts let in and kept out; that an owner always remains."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import FakeClock
from membership import BOB, acts, changed, signed_up
from web_client import Client, client_as

from clickstream.errors import Conflict
from clickstream.ingest import Collector
from clickstream.members import Members
from clickstream.rollup import catch_up
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.users import User, Users
from clickstream.web.app import App
from clickstream.web.deps import Deps


@pytest.fixture
def owner(app: App, deps: Deps) -> Client:
    """The installation's first account."""
    client = client_as(app, deps, "owner")
    assert deps.store.users.claim_ownership("the-owner")
    return client


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
    assert created.json["user"] == {"username": "bob", "role": "viewer", "status": "pending", "language": "en"}


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


def test_a_name_and_a_note_are_told_as_they_are(owner: Client) -> None:
    """JSON carries them; the page writes them through its escaping tag only."""
    note = "<img src=x onerror=alert(1)>"
    assert owner.post("/api/invites", {"role": "viewer", "note": note}).json["invite"]["note"] == note
    assert owner.post("/api/signup", BOB | {"username": "<b>bob</b>"}).status == 400
