"""Saved analyses, from queued to done. Ids sort by age; times leave here as ISO text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymongo import DESCENDING
from pymongo.collection import Collection

from clickstream.clock import iso
from clickstream.languages import ENGLISH
from clickstream.scope import LIVE
from clickstream.store.door import translated

Analysis = dict[str, Any]
"""As the API writes it: analysis_id, report, language, preset, prompt, temperature, dataset, user_id, created_by, status
(queued|running|done|failed), stage, done, total, heard (characters of a model's answer), created_at, finished_at, scope,
against (side B of a comparison), watermark, calculation_version, moved, error, model, metrics, reconciliation, facts,
sections, recommended_products, no_products (why there are none)."""

UNFINISHED = ("queued", "running")
_BODIES = {"metrics": 0, "reconciliation": 0, "facts": 0, "sections": 0, "recommended_products": 0, "no_products": 0}
_WRITTEN_AS_USUAL = {
    "language": ENGLISH,
    "preset": "general",
    "prompt": "",
    "temperature": None,
    "against": None,
    "calculation_version": None,
}
"""What analyses have that were saved before anybody could choose."""
_PROGRESS = {"status": 1, "stage": 1, "done": 1, "total": 1, "heard": 1, "error": 1}


@translated
class Analyses:
    """`reader` limits what is found to the analyses this shopper created or is the subject of; None sees all."""

    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._analyses = collection

    def add(self, analysis: Analysis, now: datetime) -> None:
        fields = {name: value for name, value in analysis.items() if name != "analysis_id"}
        self._analyses.insert_one({**fields, "_id": analysis["analysis_id"], "created_at": now, "alive_at": now})

    def find(self, analysis_id: str, reader: str | None = None) -> Analysis | None:
        found = self._analyses.find_one({"_id": analysis_id, **_readable(reader)})
        return _analysis(found) if found else None

    def progress(self, analysis_id: str) -> Analysis | None:
        """status, stage, done, total, heard and error only."""
        return self._analyses.find_one({"_id": analysis_id}, {**_PROGRESS, "_id": 0})

    def page(
        self, *, limit: int, after: str | None = None, dataset: str | None = None, reader: str | None = None
    ) -> list[Analysis]:
        """The latest first, without metrics, facts and sections; `after` is the id of the last one seen."""
        wanted = _readable(reader)
        if after:
            wanted["_id"] = {"$lt": after}
        if dataset:
            wanted["dataset"] = dataset
        return [_analysis(found) for found in self._analyses.find(wanted, _BODIES).sort("_id", DESCENDING).limit(limit)]

    def ended(self, analysis_ids: list[str]) -> set[str]:
        """Those of these that nobody needs to work on (any more): finished, cancelled or deleted."""
        wanted = {"_id": {"$in": analysis_ids}, "status": {"$in": UNFINISHED}}
        return set(analysis_ids) - {found["_id"] for found in self._analyses.find(wanted, {"_id": 1})}

    def by_status(self) -> dict[str, int]:
        """How many there are of each status."""
        found = self._analyses.aggregate([{"$group": {"_id": "$status", "n": {"$sum": 1}}}])
        return {row["_id"]: row["n"] for row in found}

    def unfinished(self, created_by: str) -> int:
        """How many of this account's analyses are queued or running."""
        return self._analyses.count_documents({"status": {"$in": UNFINISHED}, "created_by": created_by})

    def advance(self, analysis_id: str, fields: Analysis, now: datetime) -> bool:
        """Write some fields of an unfinished analysis; False when there is no such one (any more)."""
        wanted = {"_id": analysis_id, "status": {"$in": UNFINISHED}}
        return self._analyses.update_one(wanted, {"$set": {**fields, "alive_at": now}}).matched_count == 1

    def keep_alive(self, analysis_ids: list[str], now: datetime) -> None:
        wanted = {"_id": {"$in": analysis_ids}, "status": {"$in": UNFINISHED}}
        self._analyses.update_many(wanted, {"$set": {"alive_at": now}})

    def fail_abandoned(self, *, silent_since: datetime, now: datetime, error: str) -> int:
        """Mark as failed what nobody has worked on since then; says how many that were."""
        wanted = {"status": {"$in": UNFINISHED}, "alive_at": {"$lt": silent_since}}
        fields = {"status": "failed", "stage": "interrupted", "error": error, "finished_at": now}
        return self._analyses.update_many(wanted, {"$set": fields}).modified_count

    def delete(self, analysis_id: str) -> bool:
        return self._analyses.delete_one({"_id": analysis_id}).deleted_count == 1

    def against(self, dataset: str) -> list[str]:
        """Ids of the comparisons of another dataset with this one."""
        return [found["_id"] for found in self._analyses.find({"against.dataset": dataset}, {"_id": 1})]

    def delete_of_dataset(self, dataset: str) -> int:
        return self._analyses.delete_many({"dataset": dataset}).deleted_count


def _readable(reader: str | None) -> dict[str, Any]:
    if reader is None:
        return {}
    about: list[dict[str, Any]] = [{"against": None}, {"against.user_id": reader, "against.dataset": LIVE}]
    return {"$or": [{"created_by": reader}, {"scope.user_id": reader, "dataset": LIVE, "$or": about}]}


def _analysis(document: dict[str, Any]) -> Analysis:
    del document["alive_at"]
    times = {name: iso(document[name]) if document[name] else None for name in ("created_at", "finished_at")}
    return {"analysis_id": document.pop("_id"), **_WRITTEN_AS_USUAL, **document, **times}
