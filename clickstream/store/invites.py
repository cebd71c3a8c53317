"""Invitations to sign up with a role. The link's token is kept as a digest only, and opens one account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import DESCENDING
from pymongo.collection import Collection

from clickstream.store.door import translated
from clickstream.store.users import Role
from clickstream.tokens import new_id


@dataclass(frozen=True)
class Invite:
    invite_id: str
    role: Role
    note: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    used_by: str | None = None
    used_at: datetime | None = None


@translated
class Invites:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._collection = collection

    def add(
        self, digest: str, *, role: Role, note: str, created_by: str, created_at: datetime, expires_at: datetime
    ) -> Invite:
        """Ids sort by time."""
        invite_id = new_id(created_at, 4)
        invite = Invite(invite_id, role, note, created_by, created_at, expires_at)
        fields = {name: value for name, value in vars(invite).items() if name != "invite_id"}
        self._collection.insert_one({"_id": invite_id, "digest": digest, **fields})
        return invite

    def find(self, digest: str) -> Invite | None:
        found = self._collection.find_one({"digest": digest})
        return _invite(found) if found else None

    def get(self, invite_id: str) -> Invite | None:
        found = self._collection.find_one({"_id": invite_id})
        return _invite(found) if found else None

    def use(self, digest: str, username: str, now: datetime) -> bool:
        """Take an invitation for this account; False where somebody was faster, or it is gone."""
        wanted = {"digest": digest, "used_by": None, "expires_at": {"$gt": now}}
        taken = {"$set": {"used_by": username, "used_at": now}}
        return self._collection.update_one(wanted, taken).modified_count == 1

    def release(self, digest: str, username: str) -> None:
        """Give back what was taken for an account that could not be created."""
        self._collection.update_one({"digest": digest, "used_by": username}, {"$set": {"used_by": None, "used_at": None}})

    def revoke(self, invite_id: str) -> bool:
        """Delete an invitation nobody has used; False where there is none (any more)."""
        return self._collection.delete_one({"_id": invite_id, "used_by": None}).deleted_count == 1

    def page(self, *, limit: int, after: str | None = None) -> list[Invite]:
        """The latest first; `after` is the id of the last one seen."""
        wanted: dict[str, Any] = {"_id": {"$lt": after}} if after else {}
        return [_invite(found) for found in self._collection.find(wanted).sort("_id", DESCENDING).limit(limit)]


def _invite(found: dict[str, Any]) -> Invite:
    del found["digest"]
    return Invite(invite_id=found.pop("_id"), **found)
