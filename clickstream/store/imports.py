"""Files that were loaded, each a batch of events that can be taken back. Ids sort by age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from pymongo import DESCENDING
from pymongo.collection import Collection

from clickstream.clock import iso
from clickstream.store.door import translated

Status = Literal["uploaded", "loading", "loaded", "undoing", "undone"]


class Import(msgspec.Struct, frozen=True):
    """`import_id` is the batch its events carry. `job_id` is the latest work on it; whether that still runs, the job says.

    `events`: how many of them this batch brought. `deleted` and `kept` tell what an undo did: kept are events that also
    came another way.
    """

    import_id: str
    dataset: str
    name: str
    bytes: int | None
    via: Literal["page", "script"]
    status: Status
    created_by: str | None
    created_at: str
    format: str | None = None
    job_id: str | None = None
    mapping: dict[str, Any] | None = None
    read: int = 0
    duplicates: int = 0
    refused: dict[str, int] = {}
    fault: str | None = None
    events: int | None = None
    loaded_at: str | None = None
    deleted: int | None = None
    kept: int | None = None
    undone_at: str | None = None


_TIMES = ("created_at", "loaded_at", "undone_at")


@translated
class Imports:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._imports = collection

    def add(self, import_id: str, now: datetime, **fields: Any) -> None:
        self._imports.insert_one({"_id": import_id, "created_at": now, "job_id": None, **fields})

    def find(self, import_id: str) -> Import | None:
        found = self._imports.find_one({"_id": import_id})
        return _import(found) if found else None

    def page(self, dataset: str, *, limit: int, after: str | None = None) -> list[Import]:
        """The latest first; `after` is the id of the last one seen."""
        wanted: dict[str, Any] = {"dataset": dataset, **({"_id": {"$lt": after}} if after else {})}
        return [_import(found) for found in self._imports.find(wanted).sort("_id", DESCENDING).limit(limit)]

    def begin(self, held: Import, allowed: Sequence[Status], status: Status, job_id: str) -> bool:
        """Hand it to a job; False where another one has it meanwhile."""
        wanted = {"_id": held.import_id, "status": {"$in": list(allowed)}, "job_id": held.job_id}
        return self._imports.update_one(wanted, {"$set": {"status": status, "job_id": job_id}}).matched_count == 1

    def write(self, import_id: str, **fields: Any) -> None:
        self._imports.update_one({"_id": import_id}, {"$set": fields})

    def withdraw(self, import_id: str) -> None:
        """Forget one that came to nothing before it began."""
        self._imports.delete_one({"_id": import_id})

    def delete(self, held: Import) -> bool:
        """Forget one that was only uploaded; False where it is being loaded meanwhile."""
        wanted = {"_id": held.import_id, "status": "uploaded", "job_id": held.job_id}
        return self._imports.delete_one(wanted).deleted_count == 1


def _import(document: dict[str, Any]) -> Import:
    times = {name: iso(document[name]) for name in _TIMES if document.get(name)}
    return Import(import_id=document.pop("_id"), **{**document, **times})
