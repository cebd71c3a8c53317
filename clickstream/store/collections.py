"""Names, indexes and schema version of every collection, in one place.

`dataset` is the first field of every index that serves shop data. Sharding rules (docs/scaling.md): no second
unique index on a collection that may be sharded, so uniqueness lives in `_id`.
"""

from __future__ import annotations

from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from clickstream.errors import StartupError
from clickstream.store.audit import KEPT as AUDIT_KEPT

SCHEMA_VERSION = 1
RESTORING = "restoring"
"""Id of the note in rollup_state that stands while a backup is being restored."""

JOBS_KEPT_SECONDS = 400 * 86_400

_PRESENT = {"$exists": True}
_SHOWN_AFTER_EXPIRY_SECONDS = 30 * 86_400

INDEXES: dict[str, list[IndexModel]] = {
    "events": [
        IndexModel([("dataset", ASCENDING), ("key", ASCENDING)], name="key"),
        IndexModel(
            [("dataset", ASCENDING), ("properties.order_id", ASCENDING)],
            name="order",
            partialFilterExpression={"properties.order_id": _PRESENT},
        ),
        IndexModel([("dataset", ASCENDING), ("received_at", DESCENDING)], name="latest"),
        IndexModel(
            [("dataset", ASCENDING), ("batch", ASCENDING)],
            name="batch",
            partialFilterExpression={"batch": _PRESENT},
        ),
        IndexModel(
            [("dataset", ASCENDING), ("properties.source", ASCENDING), ("received_at", ASCENDING)],
            name="source",
            partialFilterExpression={"properties.source": _PRESENT},
        ),
        IndexModel(
            [("dataset", ASCENDING), ("flag.reason", ASCENDING)],
            name="tagged",
            partialFilterExpression={"flag.noisy": True},
        ),
    ],
    "changes": [IndexModel([("closed", ASCENDING), ("opened_at", ASCENDING)], name="due")],
    "sessions": [
        IndexModel([("dataset", ASCENDING), ("generation", ASCENDING), ("key", ASCENDING)], name="key"),
        IndexModel([("dataset", ASCENDING), ("generation", ASCENDING), ("start", ASCENDING)], name="start"),
        IndexModel([("dataset", ASCENDING), ("generation", ASCENDING), ("end", ASCENDING)], name="end"),
        IndexModel([("dataset", ASCENDING), ("generation", ASCENDING), ("visitor", ASCENDING)], name="visitor"),
        IndexModel(
            [("dataset", ASCENDING), ("generation", ASCENDING), ("key", ASCENDING)],
            name="sealed",
            partialFilterExpression={"sealed": True},
        ),
        IndexModel(
            [("dataset", ASCENDING), ("generation", ASCENDING), ("start", ASCENDING)],
            name="buying",
            partialFilterExpression={"counts.conversions": _PRESENT},
        ),
        IndexModel(
            [("dataset", ASCENDING), ("generation", ASCENDING), ("start", ASCENDING)],
            name="experiments",
            partialFilterExpression={"experiments": _PRESENT},
        ),
    ],
    "daily": [
        IndexModel(
            [(name, ASCENDING) for name in ("dataset", "generation", "part", "view", "day")],
            name="day",
        )
    ],
    "rollup_state": [],
    "products": [IndexModel([("category", ASCENDING), ("_id", ASCENDING)], name="category")],
    "users": [],
    "tokens": [
        IndexModel([("username", ASCENDING)], name="username"),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "api_keys": [],
    "write_keys": [],
    "invites": [
        IndexModel([("digest", ASCENDING)], name="digest"),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=_SHOWN_AFTER_EXPIRY_SECONDS),
    ],
    "resets": [
        IndexModel([("digest", ASCENDING)], name="digest"),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "quotas": [IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)],
    "analyses": [
        IndexModel([("dataset", ASCENDING), ("created_at", DESCENDING)], name="latest"),
        IndexModel([("status", ASCENDING)], name="status"),
    ],
    "comments": [
        IndexModel([("dataset", ASCENDING), ("analysis_id", ASCENDING), ("_id", ASCENDING)], name="analysis"),
        IndexModel([("created_by", ASCENDING)], name="author"),
    ],
    "shares": [
        IndexModel([("digest", ASCENDING)], name="digest"),
        IndexModel([("dataset", ASCENDING), ("analysis_id", ASCENDING)], name="analysis"),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=_SHOWN_AFTER_EXPIRY_SECONDS),
    ],
    "chats": [IndexModel([(name, ASCENDING) for name in ("dataset", "analysis_id", "_id")], name="analysis")],
    "answers": [IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)],
    "profiles": [],
    "jobs": [
        IndexModel([("kind", ASCENDING), ("created_at", DESCENDING)], name="latest"),
        IndexModel([("status", ASCENDING)], name="status"),
        IndexModel([("finished_at", ASCENDING)], name="expiry", expireAfterSeconds=JOBS_KEPT_SECONDS),
    ],
    "datasets": [IndexModel([("files.sha256", ASCENDING)], name="content")],
    "saved_segments": [],
    "imports": [IndexModel([("dataset", ASCENDING), ("_id", DESCENDING)], name="latest")],
    "audit": [
        IndexModel([("action", ASCENDING), ("_id", DESCENDING)], name="action"),
        IndexModel([("by", ASCENDING), ("_id", DESCENDING)], name="by"),
        IndexModel([("about", ASCENDING), ("_id", DESCENDING)], name="about"),
        IndexModel([("at", ASCENDING)], name="expiry", expireAfterSeconds=int(AUDIT_KEPT.total_seconds())),
    ],
}


NOT_KEPT = frozenset(("changes", "daily", "tokens", "answers"))
"""Collections that no backup holds: derived, or of the moment."""


def check_schema(database: Database[dict[str, Any]], *, restoring: bool = False) -> None:
    """Remember by which schema this database is written.

    Raises StartupError where a newer program has been here, or (unless `restoring`) a restore has not come to its end.
    """
    begun = {"$setOnInsert": {"version": SCHEMA_VERSION}}
    found = database.rollup_state.find_one_and_update(
        {"_id": "schema"}, begun, upsert=True, return_document=ReturnDocument.AFTER
    )
    if found and found["version"] > SCHEMA_VERSION:
        raise StartupError("This database was written by a newer Clickstream; update this one to use it.")
    if not restoring and database.rollup_state.find_one({"_id": RESTORING}):
        raise StartupError("A restore into this database has not ended: run `python server.py restore FILE` (again).")


def ensure_indexes(database: Database[dict[str, Any]]) -> None:
    """Create what is missing and replace what is defined otherwise; harmless when everything is there."""
    for name, indexes in INDEXES.items():
        if indexes:
            _drop_outdated(database[name], indexes)
            database[name].create_indexes(indexes)


def missing_indexes(database: Database[dict[str, Any]]) -> list[str]:
    """Names (`collection.index`) of what `ensure_indexes` would make."""
    missing: list[str] = []
    for name, indexes in INDEXES.items():
        found = {index: entry["key"] for index, entry in database[name].index_information().items()}
        for index in indexes:
            if found.get(index.document["name"]) != list(index.document["key"].items()):
                missing.append(f"{name}.{index.document['name']}")
    return missing


def _drop_outdated(collection: Collection[dict[str, Any]], indexes: list[IndexModel]) -> None:
    wanted = {index.document["name"]: list(index.document["key"].items()) for index in indexes}
    for name, found in collection.index_information().items():
        if name in wanted and found["key"] != wanted[name]:
            collection.drop_index(name)
