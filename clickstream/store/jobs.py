"""Work done in the background, from its start to its end, readable by every process."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

import msgspec
from pymongo import DESCENDING
from pymongo.collection import Collection

from clickstream.clock import iso
from clickstream.store.door import translated

Status = Literal["running", "done", "failed", "interrupted"]
RUNNING: Status = "running"


class Job(msgspec.Struct, frozen=True):
    """`about` is the id of what it works on. `interrupted`: told to stop, or its process died. `total` 0 is unknown."""

    job_id: str
    kind: str
    about: str
    status: Status
    stage: str
    done: int
    total: int
    error: str | None
    result: dict[str, Any] | None
    created_by: str | None
    created_at: str
    finished_at: str | None


@translated
class Jobs:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._jobs = collection

    def add(self, job_id: str, kind: str, about: str, created_by: str | None, now: datetime) -> None:
        fields = {"kind": kind, "about": about, "created_by": created_by, "created_at": now, "alive_at": now}
        begun = {"status": RUNNING, "stage": "", "done": 0, "total": 0, "error": None, "result": None, "finished_at": None}
        self._jobs.insert_one({"_id": job_id, **fields, **begun})

    def find(self, job_id: str) -> Job | None:
        found = self._jobs.find_one({"_id": job_id})
        return _job(found) if found else None

    def of_ids(self, job_ids: Iterable[str]) -> dict[str, Job]:
        return {found["_id"]: _job(found) for found in self._jobs.find({"_id": {"$in": list(job_ids)}})}

    def latest(self, kind: str) -> Job | None:
        """The job of this kind that began last."""
        found = self._jobs.find_one({"kind": kind}, sort=[("created_at", DESCENDING)])
        return _job(found) if found else None

    def advance(self, job_id: str, fields: dict[str, Any], now: datetime) -> bool:
        """Write some fields of a running job; False when it does not run (any more)."""
        wanted = {"_id": job_id, "status": RUNNING}
        return self._jobs.update_one(wanted, {"$set": {**fields, "alive_at": now}}).matched_count == 1

    def end(self, job_id: str, status: Status, now: datetime, **fields: Any) -> bool:
        return self.advance(job_id, {**fields, "status": status, "finished_at": now}, now)

    def keep_alive(self, job_ids: list[str], now: datetime) -> set[str]:
        """Say that these are being worked on; gives those that nobody is to work on any more."""
        wanted = {"_id": {"$in": job_ids}, "status": RUNNING}
        self._jobs.update_many(wanted, {"$set": {"alive_at": now}})
        return set(job_ids) - {found["_id"] for found in self._jobs.find(wanted, {"_id": 1})}

    def interrupt_silent(self, *, silent_since: datetime, now: datetime, error: str) -> int:
        """Mark as interrupted what nobody has worked on since then; says how many that were."""
        wanted = {"status": RUNNING, "alive_at": {"$lt": silent_since}}
        fields = {"status": "interrupted", "error": error, "finished_at": now}
        return self._jobs.update_many(wanted, {"$set": fields}).modified_count


def _job(document: dict[str, Any]) -> Job:
    times = {name: iso(document[name]) if document[name] else None for name in ("created_at", "finished_at")}
    del document["alive_at"]
    return Job(job_id=document.pop("_id"), **{**document, **times})
