"""What hangs on an analysis and goes with it, whichever way the analysis goes."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from clickstream.store.door import translated

ATTACHED = ("chats", "comments", "shares")
"""Collections whose documents name the `analysis_id` and `dataset` they belong to."""


@translated
class Attached:
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._collections = [database[name] for name in ATTACHED]

    def delete_of_analysis(self, analysis_id: str) -> None:
        for collection in self._collections:
            collection.delete_many({"analysis_id": analysis_id})

    def delete_of_dataset(self, dataset: str) -> None:
        for collection in self._collections:
            collection.delete_many({"dataset": dataset})
