"""Accounts. Uniqueness of a username lives in `_id`; who came first is settled by one claim document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pymongo import ASCENDING, ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from clickstream.errors import Conflict
from clickstream.languages import ENGLISH
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
    language: str = ENGLISH


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

    def page(
        self,
        *,
        limit: int,
        after: str = "",
        role: Role | None = None,
        status: Status | None = None,
        query: str = "",
    ) -> list[User]:
        """By username; `after` is the last one seen, `query` a part of the name."""
        names = {"$gt": after} | ({"$regex": re.escape(query)} if query else {})
        wanted = {"_id": names, "role": role or {"$exists": True}, **({"status": status} if status else {})}
        return [_user(found) for found in self._collection.find(wanted).sort("_id", ASCENDING).limit(limit)]

    def owners(self) -> set[str]:
        """The active ones."""
        return {found["_id"] for found in self._collection.find({"role": "owner", "status": "active"}, {"_id": 1})}

    def change(self, username: str, *, role: Role | None = None, status: Status | None = None) -> User | None:
        """Set what is given; the account as it was before, None where there is no such one."""
        given = {"role": role, "status": status}
        fields = {name: value for name, value in given.items() if value}
        found = self._collection.find_one_and_update({"_id": username, "role": {"$exists": True}}, {"$set": fields})
        return _user(found) if found else None

    def language_of(self, username: str) -> str:
        """The one an account has chosen; English where it is gone."""
        user = self.find(username)
        return user.language if user else ENGLISH

    def set_language(self, username: str, language: str) -> None:
        self._collection.update_one({"_id": username, "role": {"$exists": True}}, {"$set": {"language": language}})

    def set_password(self, username: str, password_hash: str) -> None:
        self._collection.update_one({"_id": username, "role": {"$exists": True}}, {"$set": {"password": password_hash}})

    def delete_waiting(self, username: str) -> bool:
        """Delete an account that waits for approval; False where there is no such one (any more)."""
        return self._collection.delete_one({"_id": username, "status": "pending"}).deleted_count == 1

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
        "language": user.language,
    }


def _user(found: dict[str, Any]) -> User:
    language = found.get("language", ENGLISH)  # accounts from before there was a choice
    return User(found["_id"], found["password"], found["role"], found["status"], found["created_at"], language)
