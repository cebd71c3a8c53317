"""What people wrote about a saved analysis, or about one sentence of it. Ids sort by time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from pymongo import ASCENDING, ReturnDocument
from pymongo.collection import Collection

from clickstream.store.door import translated


class ClaimRef(msgspec.Struct, frozen=True):
    """A sentence of a section: its place, and the hash of its template, by which it is known to be the same one."""

    index: int
    hash: str


class Comment(msgspec.Struct, frozen=True):
    """About the whole analysis where `section` and `claim` are None; `quote` is the sentence as it stood."""

    comment_id: str
    dataset: str
    analysis_id: str
    section: str | None
    claim: ClaimRef | None
    quote: str | None
    text: str
    created_by: str
    created_at: datetime
    edited_at: datetime | None = None
    resolved_by: str | None = None
    resolved_at: datetime | None = None


@translated
class Comments:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._comments = collection

    def add(self, comment: Comment) -> None:
        fields = msgspec.to_builtins(comment, builtin_types=(datetime,))
        self._comments.insert_one({"_id": fields.pop("comment_id"), **fields})

    def find(self, comment_id: str) -> Comment | None:
        return _comment(self._comments.find_one({"_id": comment_id}))

    def page(self, dataset: str, analysis_id: str, *, limit: int, after: str | None = None) -> list[Comment]:
        """The oldest first; `after` is the id of the last one seen."""
        wanted: dict[str, Any] = {"dataset": dataset, "analysis_id": analysis_id}
        if after:
            wanted["_id"] = {"$gt": after}
        found = self._comments.find(wanted).sort("_id", ASCENDING).limit(limit)
        return [comment for one in found if (comment := _comment(one))]

    def count(self, dataset: str, analysis_id: str) -> int:
        return self._comments.count_documents({"dataset": dataset, "analysis_id": analysis_id})

    def change(self, comment_id: str, **fields: Any) -> Comment | None:
        """Write some fields; the comment afterwards, None where there is none (any more)."""
        wanted = {"_id": comment_id}
        return _comment(self._comments.find_one_and_update(wanted, {"$set": fields}, return_document=ReturnDocument.AFTER))

    def delete(self, comment_id: str) -> bool:
        return self._comments.delete_one({"_id": comment_id}).deleted_count == 1


def _comment(found: dict[str, Any] | None) -> Comment | None:
    return msgspec.convert({"comment_id": found.pop("_id"), **found}, Comment) if found else None
