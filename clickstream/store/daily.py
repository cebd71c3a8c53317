"""Derived days of each generation, written only under a rollup term."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from clickstream.days import Day
from clickstream.errors import Deposed
from clickstream.store.door import translated


@translated
class Daily:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._daily = collection

    def put(self, dataset: str, generation: int, term: int, day: Day) -> None:
        """Replace a day, also with an empty one. Raises Deposed."""
        day_id = f"{dataset}:{generation}:{day.day}:{day.view}"
        document = {"dataset": dataset, "generation": generation, "term": term, **msgspec.structs.asdict(day)}
        try:
            self._daily.replace_one({"_id": day_id, "term": {"$lte": term}}, document, upsert=True)
        except DuplicateKeyError as error:
            raise Deposed("Another rollup worker has taken over.") from error

    def aggregate(self, dataset: str, generation: int, pipeline: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows of a metric's pipeline over one generation of days."""
        first = {"$match": {"dataset": dataset, "generation": generation}}
        return list(self._daily.aggregate([first, *pipeline]))

    def drop_generations(self, dataset: str, *, before: int) -> None:
        """Delete every earlier generation."""
        self._daily.delete_many({"dataset": dataset, "generation": {"$lt": before}})
