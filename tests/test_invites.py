"""Invitations: whom they let in, once, and what ends them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import FakeClock
from membership import BOB, changed, signed_up
from web_client import Client, client_as

from clickstream.store import Store
from clickstream.web.app import App
from clickstream.web.deps import Deps


@pytest.fixture
def owner(app: App, deps: Deps) -> Client:
    """The installation's first account."""
    client = client_as(app, deps, "owner")
    assert deps.store.users.claim_ownership("the-owner")
    return client


def test_an_invitation_opens_one_account_with_its_role(owner: Client, app: App, store: Store) -> None:
    created = owner.post("/api/invites", {"role": "analyst", "note": "Bob from marketing"})
    assert created.status == 201
    assert created.json["link"] == f"/#invite={created.json['token']}"
    joined = Client(app).post("/api/signup", BOB | {"invite": created.json["token"]})
    assert joined.json["user"] == {"username": "bob", "role": "analyst", "status": "active", "language": "en"}
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
