"""Accounts. Uniqueness of a username lives in `_id`; who came first is settled by one claim document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from clickstream.errors import Conflict
from clickstream.store.door import translated

Role = Literal["shopper", "viewer", "analyst", "owner"]
Status = Literal["active", "pending", "disabled"]

_CLAIM = "#first"
"""Not a possible username: `#` is refused."""


@dataclass(frozen=True)
class User:
    username: str
    password_hash: str
    role: Role
    status: Status
    created_at: datetime


@translated
class Users:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._collection = collection

    def add(self, user: User) -> None:
        """Store a new account; Conflict when the username is taken."""
        try:
            self._collection.insert_one(_document(user))
        except DuplicateKeyError as error:
            raise Conflict("This username is taken.", fields={"username": "is taken"}) from error

    def find(self, username: str) -> User | None:
        found = self._collection.find_one({"_id": username, "role": {"$exists": True}})
        return _user(found) if found else None

    def any(self) -> bool:
        return self._collection.find_one({"_id": {"$ne": _CLAIM}}, {"_id": 1}) is not None

    def claim_ownership(self, username: str) -> bool:
        """Make this account the owner if it is the installation's first; says whether it is that one.

        One upsert elects the first account among simultaneous ones. It comes after the account is stored and is
        repeated at log-in, so that a crash in between leaves no installation without an owner.
        """
        claim = self._collection.find_one_and_update(
            {"_id": _CLAIM},
            {"$setOnInsert": {"username": username, "settled": False}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        assert claim is not None  # an upsert leaves a document
        if claim["username"] != username or claim["settled"]:
            return False
        self._collection.update_one({"_id": username}, {"$set": {"role": "owner", "status": "active"}})
        self._collection.update_one({"_id": _CLAIM}, {"$set": {"settled": True}})
        return True


def _document(user: User) -> dict[str, Any]:
    return {
        "_id": user.username,
        "password": user.password_hash,
        "role": user.role,
        "status": user.status,
        "created_at": user.created_at,
    }


def _user(found: dict[str, Any]) -> User:
    return User(found["_id"], found["password"], found["role"], found["status"], found["created_at"])
