"""Writes under a rollup term: what a later term has written refuses an earlier one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo import InsertOne, ReplaceOne, UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from clickstream.errors import DatabaseUnavailable, Deposed

Operation = InsertOne[dict[str, Any]] | ReplaceOne[dict[str, Any]] | UpdateOne
_DUPLICATE = 11000


def write_under_term(collection: Collection[dict[str, Any]], operations: Sequence[Operation]) -> None:
    """Operations that match only an earlier or equal term, and insert where none matches, so that a later one collides.

    Raises Deposed, also where only some of them were refused.
    """
    try:
        collection.bulk_write(operations, ordered=False)
    except BulkWriteError as error:
        if {problem["code"] for problem in error.details["writeErrors"]} == {_DUPLICATE}:
            raise Deposed("Another rollup worker has taken over.") from error
        raise DatabaseUnavailable("The database did not store sessions or days.") from error
