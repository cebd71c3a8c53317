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
    """

    dataset_id: str
    name: str
    status: Status
    created_by: str
    created_at: str
    files: list[LoadedFile]
    job_id: str | None = None
    error: str | None = None
    version_of: str | None = None
    analysis_id: str | None = None


@translated
class Datasets:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._datasets = collection

    def add(self, dataset_id: str, now: datetime, **fields: Any) -> None:
        self._datasets.insert_one({"_id": dataset_id, "created_at": now, "files": [], **fields})

    def find(self, dataset_id: str) -> Dataset | None:
        found = self._datasets.find_one({"_id": dataset_id})
        return _dataset(found) if found else None

    def page(self, *, limit: int, after: str | None = None) -> list[Dataset]:
        """The latest first; `after` is the id of the last one seen. Ids sort by age."""
        wanted: dict[str, Any] = {"_id": {"$lt": after}} if after else {}
        return [_dataset(found) for found in self._datasets.find(wanted).sort("_id", DESCENDING).limit(limit)]

    def with_content(self, sha256: str) -> Dataset | None:
        """The latest dataset that can be opened and holds a file of this content."""
        wanted = {"files.sha256": sha256, "status": "ready"}
        found = self._datasets.find_one(wanted, sort=[("_id", DESCENDING)])
        return _dataset(found) if found else None

    def begin(self, held: Dataset, status: Status, job_id: str) -> bool:
        """Hand it to a job; False where another one has it meanwhile."""
        wanted = {"_id": held.dataset_id, "status": held.status, "job_id": held.job_id}
        fields = {"status": status, "job_id": job_id, "error": None}
        return self._datasets.update_one(wanted, {"$set": fields}).matched_count == 1

    def add_file(self, dataset_id: str, file: LoadedFile) -> None:
        self._datasets.update_one({"_id": dataset_id}, {"$push": {"files": msgspec.to_builtins(file)}})

    def remove_file(self, dataset_id: str, file_id: str) -> None:
        self._datasets.update_one({"_id": dataset_id}, {"$pull": {"files": {"file_id": file_id}}})

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
