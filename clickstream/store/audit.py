"""Who did what, about whom, when and from where. Entries are only added; MongoDB removes them after KEPT. Never a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from pymongo import DESCENDING
from pymongo.collection import Collection

from clickstream.clock import iso
from clickstream.store.door import translated
from clickstream.tokens import new_id

KEPT = timedelta(days=400)
LONGEST_TEXT = 200

Detail = str | int | float | bool | None
Action = Literal[
    "signed_up",
    "signed_in",
    "sign_in_refused",
    "signed_out_everywhere",
    "account_approved",
    "account_refused",
    "account_disabled",
    "account_enabled",
    "role_changed",
    "invite_created",
    "invite_revoked",
    "password_changed",
    "reset_link_created",
    "password_reset",
    "key_saved",
    "key_removed",
    "key_used",
    "write_key_created",
    "write_key_changed",
    "write_key_revoked",
    "exported",
    "analysis_deleted",
    "share_created",
    "share_revoked",
    "dataset_uploaded",
    "dataset_file_removed",
    "dataset_deleted",
    "segment_saved",
    "segment_changed",
    "segment_deleted",
    "events_tagged",
    "events_deleted",
    "import_loaded",
    "import_undone",
    "person_exported",
    "person_erased",
    "backup_made",
    "backup_restored",
]


@dataclass(frozen=True)
class Entry:
    """`by` is a username, None where nobody was logged in; `about` the account or thing it was done to."""

    action: Action
    by: str | None
    about: str
    client: str
    details: Mapping[str, Detail] = field(default_factory=dict)


@translated
class Audit:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._collection = collection

    def add(self, entry: Entry, now: datetime) -> None:
        """Ids sort by time."""
        self._collection.insert_one(
            {
                "_id": new_id(now),
                "at": now,
                "action": entry.action,
                "by": entry.by,
                "about": entry.about[:LONGEST_TEXT],
                "client": entry.client[:LONGEST_TEXT],
                "details": {name: _capped(value) for name, value in entry.details.items()},
            }
        )

    def page(
        self, *, limit: int, after: str | None = None, action: Action | None = None, username: str | None = None
    ) -> list[dict[str, Any]]:
        """The latest first, as the API writes them; `username` did it or had it done; `after` is the last id seen."""
        wanted: dict[str, Any] = {"_id": {"$lt": after}} if after else {}
        if action:
            wanted["action"] = action
        if username:
            wanted["$or"] = [{"by": username}, {"about": username}]
        return [_shown(found) for found in self._collection.find(wanted).sort("_id", DESCENDING).limit(limit)]


def _capped(value: Detail) -> Detail:
    return value[:LONGEST_TEXT] if isinstance(value, str) else value


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    return {"id": found.pop("_id"), **found, "at": iso(found["at"])}
