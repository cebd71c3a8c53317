"""Whole collections as raw BSON, for backups; and the note that says that a restore is under way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import ASCENDING
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from clickstream.store.collections import INDEXES, NOT_KEPT, RESTORING
from clickstream.store.door import translated

_RAW = CodecOptions(document_class=RawBSONDocument)
_SELECTED: dict[str, dict[str, Any]] = {
    "sessions": {"sealed": True},  # the others follow from the events
    "rollup_state": {"_id": {"$regex": "^dataset:"}},
}
COLLECTIONS = (*sorted(INDEXES.keys() - NOT_KEPT - _SELECTED.keys()), *_SELECTED)
"""What a backup holds, in the order it is read: first events, then the sealed sessions that stand for released ones."""


@translated
class Archive:
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._database = database

    def read(self, name: str) -> Iterator[bytes]:
        """The documents worth keeping of one collection, several at a time, as BSON one after the other."""
        found = self._database[name].find_raw_batches(_SELECTED.get(name, {}), batch_size=1_000)
        yield from found.sort("_id", ASCENDING)

    def insert(self, name: str, documents: Sequence[bytes]) -> None:
        """Store documents as they are, in the journal before this returns."""
        collection = self._database.get_collection(name, write_concern=WriteConcern(w="majority", j=True))
        raw = collection.with_options(codec_options=_RAW)
        raw.insert_many([RawBSONDocument(document) for document in documents], ordered=False)

    def count(self, name: str) -> int:
        """How many documents of this collection a backup would hold."""
        return self._database[name].count_documents(_SELECTED.get(name, {}))

    def occupied(self) -> str | None:
        """A collection that already holds somebody's data, if there is one."""
        names = (name for name in INDEXES if name != "rollup_state")
        return next((name for name in names if self._database[name].find_one({}, {"_id": 1})), None)

    def is_restoring(self) -> bool:
        return self._database.rollup_state.find_one({"_id": RESTORING}) is not None

    def begin_restore(self, now: datetime) -> None:
        """From now on only another restore opens this database. Raises Conflict where one has begun."""
        self._database.rollup_state.insert_one({"_id": RESTORING, "begun_at": now})

    def clear(self) -> None:
        """Delete what an interrupted restore has left."""
        for name in INDEXES:
            self._database[name].delete_many({"_id": {"$nin": ["schema", RESTORING]}} if name == "rollup_state" else {})

    def settle(self) -> None:
        """What came from another database was written under terms of its own, and may hold traces of a generation to be."""
        for state in self._database.rollup_state.find(_SELECTED["rollup_state"], {"generation": 1}):
            dataset = {"dataset": state["_id"].removeprefix("dataset:"), "generation": {"$ne": state["generation"]}}
            self._database.sessions.delete_many(dataset)
        for name, wanted in _SELECTED.items():
            self._database[name].update_many(wanted, {"$set": {"term": 0}})

    def end_restore(self) -> None:
        self._database.rollup_state.delete_one({"_id": RESTORING})
