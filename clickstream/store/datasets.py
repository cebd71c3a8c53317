"""Uploaded logs: each a dataset of its own, made of one file or several."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec
from pymongo import DESCENDING
from pymongo.collection import Collection

from clickstream.clock import iso
from clickstream.store.door import translated

Status = Literal["loading", "ready", "failed", "deleting"]


class LoadedFile(msgspec.Struct, frozen=True):
    """`file_id` is the batch its events carry; `report` says what became of its records, once it was read."""

    file_id: str
    name: str
    bytes: int
    sha256: str
    report: dict[str, Any] | None = None


class Dataset(msgspec.Struct, frozen=True):
    """`job_id` is the latest work on it. `error` says why the last file could not be loaded; what was there before stands.

    `version_of`: the dataset whose file was uploaded again to make this one. Only a ready one is shown to anybody.
    `pending`: the file that is being put in or taken out, until that is done.
    """

    dataset_id: str
    name: str
    status: Status
    created_by: str
    created_at: str
    files: list[LoadedFile]
    job_id: str | None = None
    error: str | None = None
    pending: str | None = None
    version_of: str | None = None
    analysis_id: str | None = None


@translated
class Datasets:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._datasets = collection

    def add(self, dataset_id: str, now: datetime, file: LoadedFile, **fields: Any) -> None:
        """One that is being loaded from its first file."""
        begun = {"status": "loading", "files": [msgspec.to_builtins(file)], "pending": file.file_id}
        self._datasets.insert_one({"_id": dataset_id, "created_at": now, **begun, **fields})

    def find(self, dataset_id: str) -> Dataset | None:
        found = self._datasets.find_one({"_id": dataset_id})
        return _dataset(found) if found else None

    def page(self, *, limit: int, after: str | None = None) -> list[Dataset]:
        """The latest first; `after` is the id of the last one seen. Ids sort by age."""
        wanted: dict[str, Any] = {"_id": {"$lt": after}} if after else {}
        return [_dataset(found) for found in self._datasets.find(wanted).sort("_id", DESCENDING).limit(limit)]

    def with_content(self, sha256: str) -> list[Dataset]:
        """Those, ready or being loaded, that hold a file of this content; the latest first."""
        wanted = {"files.sha256": sha256, "status": {"$in": ["ready", "loading"]}}
        return [_dataset(found) for found in self._datasets.find(wanted).sort("_id", DESCENDING)]

    def unfinished(self) -> list[Dataset]:
        """Those that a job works on, or left when it died."""
        return [_dataset(found) for found in self._datasets.find({"status": {"$in": ["loading", "deleting"]}})]

    def begin(
        self, held: Dataset, status: Status, job_id: str, *, pending: str | None = None, file: LoadedFile | None = None
    ) -> bool:
        """Hand it to a job, with a `file` more; False where another one has it meanwhile."""
        wanted = {"_id": held.dataset_id, "status": held.status, "job_id": held.job_id}
        change: dict[str, Any] = {"$set": {"status": status, "job_id": job_id, "error": None, "pending": pending}}
        if file:
            change["$push"] = {"files": msgspec.to_builtins(file)}
        return self._datasets.update_one(wanted, change).matched_count == 1

    def finish(self, dataset_id: str, job_id: str, status: Status, *, error: str | None = None, without: str = "") -> bool:
        """The job's last word, leaving out the file `without`; False where the dataset is in other hands, and unchanged."""
        wanted = {"_id": dataset_id, "job_id": job_id}
        change: dict[str, Any] = {"$set": {"status": status, "error": error, "pending": None}}
        if without:
            change["$pull"] = {"files": {"file_id": without}}
        return self._datasets.update_one(wanted, change).matched_count == 1

    def report(self, dataset_id: str, file_id: str, report: dict[str, Any]) -> None:
        wanted = {"_id": dataset_id, "files.file_id": file_id}
        self._datasets.update_one(wanted, {"$set": {"files.$.report": report}})

    def write(self, dataset_id: str, **fields: Any) -> None:
        self._datasets.update_one({"_id": dataset_id}, {"$set": fields})

    def delete(self, dataset_id: str) -> None:
        self._datasets.delete_one({"_id": dataset_id})


def _dataset(document: dict[str, Any]) -> Dataset:
    document["dataset_id"] = document.pop("_id")
    document["created_at"] = iso(document["created_at"])
    return msgspec.convert(document, Dataset)
