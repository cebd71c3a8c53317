"""What is remembered of a shopper beyond the events: recommendations, which survive sessions and need no account.

One document per (dataset, user_id); the one without a user_id holds the products to feature for everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from pymongo.collection import Collection

from clickstream.store.door import translated

MOST_SETS = 20


class RecommendationSet(msgspec.Struct, frozen=True):
    """What one analysis recommended; `items` as GET /api/recommendations shows them."""

    analysis_id: str
    source: str
    at: datetime
    items: list[dict[str, Any]]


@translated
class Profiles:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._profiles = collection

    def append(
        self,
        dataset: str,
        user_id: str | None,
        analysis_id: str,
        items: Sequence[dict[str, Any]],
        *,
        source: str,
        at: datetime,
    ) -> None:
        """Remember a set as the latest, forgetting all but MOST_SETS. A set of the same analysis takes its place."""
        added = {"analysis_id": analysis_id, "source": source, "at": at, "items": list(items)}
        others = {
            "$filter": {
                "input": {"$ifNull": ["$recommendations", []]},
                "as": "set",
                "cond": {"$ne": ["$$set.analysis_id", {"$literal": analysis_id}]},
            }
        }
        sets = {"$slice": [{"$concatArrays": [others, [{"$literal": added}]]}, -MOST_SETS]}
        named = {"dataset": {"$literal": dataset}, "user_id": {"$literal": user_id}}
        self._profiles.update_one(
            {"_id": _id(dataset, user_id)}, [{"$set": {**named, "recommendations": sets}}], upsert=True
        )

    def latest(self, dataset: str, user_id: str | None) -> RecommendationSet | None:
        """The set that was appended last."""
        found = self.sets(dataset, user_id, limit=1)
        return found[0] if found else None

    def sets(self, dataset: str, user_id: str | None, limit: int = MOST_SETS) -> list[RecommendationSet]:
        """The sets of a shopper, the latest first."""
        wanted = {"_id": 0, "recommendations": {"$slice": -limit}}
        found = self._profiles.find_one({"_id": _id(dataset, user_id)}, wanted)
        return [RecommendationSet(**one) for one in reversed(found["recommendations"])] if found else []


def _id(dataset: str, user_id: str | None) -> str:
    """No user_id is empty, so the empty one is nobody's."""
    return f"{dataset}:{user_id or ''}"
