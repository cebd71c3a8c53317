"""What tests of members, invitations and passwords do again and again."""

from __future__ import annotations

from typing import Any

from web_client import Answer, Client

from clickstream.store import Store
from clickstream.store.users import Role
from clickstream.web.app import App

BOB = {"username": "bob", "password": "battery staple"}


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
