"""Links by which anybody reads one analysis. The token is kept as a digest only. Ids sort by time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from pymongo import DESCENDING, ReturnDocument
from pymongo.collection import Collection

from clickstream.store.door import translated


class Share(msgspec.Struct, frozen=True):
    """`views` counts how often it was read, `last_opened` says when last; by whom is not kept."""

    share_id: str
    dataset: str
    analysis_id: str
    label: str
    with_comments: bool
    created_by: str
    created_at: datetime
    expires_at: datetime
    views: int = 0
    last_opened: datetime | None = None


@translated
class Shares:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._shares = collection

    def add(self, digest: str, share: Share) -> None:
        fields = msgspec.to_builtins(share, builtin_types=(datetime,))
        self._shares.insert_one({"_id": fields.pop("share_id"), "digest": digest, **fields})

    def open(self, digest: str, now: datetime) -> Share | None:
        """The share of this token, and one view more of it; None where there is none (any more)."""
        viewed = {"$inc": {"views": 1}, "$set": {"last_opened": now}}
        return _share(
            self._shares.find_one_and_update(
                {"digest": digest, "expires_at": {"$gt": now}}, viewed, return_document=ReturnDocument.AFTER
            )
        )

    def find(self, share_id: str) -> Share | None:
        return _share(self._shares.find_one({"_id": share_id}))

    def page(self, *, limit: int, after: str | None = None, **of: str) -> list[Share]:
        """The latest first of those whose fields are `of`; `after` is the last id seen."""
        wanted: dict[str, Any] = {**of, **({"_id": {"$lt": after}} if after else {})}
        found = self._shares.find(wanted).sort("_id", DESCENDING).limit(limit)
        return [share for one in found if (share := _share(one))]

    def delete(self, share_id: str) -> bool:
        return self._shares.delete_one({"_id": share_id}).deleted_count == 1


def _share(found: dict[str, Any] | None) -> Share | None:
    if found is None:
        return None
    del found["digest"]
    return msgspec.convert({"share_id": found.pop("_id"), **found}, Share)
