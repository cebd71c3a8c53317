"""Saved segments: filters under a name. A name is there once, whatever its case, so it is the document's id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from clickstream.errors import Conflict, NotFound
from clickstream.store.door import translated


@dataclass(frozen=True)
class SavedSegment:
    segment_id: str
    name: str
    filters: Mapping[str, str]
    created_by: str
    created_at: datetime

    @property
    def key(self) -> str:
        return self.name.casefold()


@translated
class SavedSegments:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._segments = collection

    def add(self, segment: SavedSegment) -> None:
        """Conflict when there is one of that name."""
        try:
            self._segments.insert_one({"_id": segment.key, **asdict(segment)})
        except DuplicateKeyError as error:
            raise Conflict("There is a segment of this name.", fields={"name": "is taken"}) from error

    def all(self) -> list[SavedSegment]:
        """By name."""
        return [_segment(found) for found in self._segments.find().sort("_id", ASCENDING)]

    def count(self) -> int:
        return self._segments.count_documents({})

    def find(self, segment_id: str) -> SavedSegment | None:
        found = self._segments.find_one({"segment_id": segment_id})
        return _segment(found) if found else None

    def filters_of(self, name: str) -> Mapping[str, str]:
        """NotFound saying which there are."""
        found = self._segments.find_one({"_id": name.strip().casefold()})
        if found is None:
            known = ", ".join(segment.name for segment in self.all()[:20]) or "none yet"
            raise NotFound(f"There is no segment {name!r}; saved are: {known}.")
        return _segment(found).filters

    def change(self, held: SavedSegment, changed: SavedSegment) -> None:
        """Conflict when the new name is another one's."""
        if held.key == changed.key:
            self._segments.replace_one({"_id": held.key}, asdict(changed))
            return
        self.add(changed)
        self._segments.delete_one({"_id": held.key})

    def delete(self, segment_id: str) -> None:
        self._segments.delete_many({"segment_id": segment_id})


def _segment(found: dict[str, Any]) -> SavedSegment:
    del found["_id"]
    return SavedSegment(**found)
