"""Derived days of each generation, written only under a rollup term."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo import ReplaceOne
from pymongo.collection import Collection

from clickstream.days import Day
from clickstream.store.door import translated
from clickstream.store.terms import write_under_term


@translated
class Daily:
    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._daily = collection

    def put(self, dataset: str, generation: int, term: int, day: Day) -> None:
        """Replace a day, part by part, also with an empty one. Raises Deposed."""
        frame = {"dataset": dataset, "generation": generation, "term": term, "day": day.day, "view": day.view}
        prefix = f"{dataset}:{generation}:{day.day}:{day.view}:"
        operations = [
            ReplaceOne({"_id": prefix + part, "term": {"$lte": term}}, {**frame, "part": part, "value": value}, upsert=True)
            for part, value in day.parts()
        ]
        write_under_term(self._daily, operations)

    def part(
        self, dataset: str, generation: int, part: str, match: dict[str, Any], fields: Sequence[str] = ()
    ) -> list[tuple[str, Any]]:
        """(day, value) of one part of the days that match, in no order; of the value only `fields`, if any are named."""
        wanted = {"dataset": dataset, "generation": generation, "part": part, **match}
        read = {f"value.{field}": 1 for field in fields} or {"value": 1}
        found = self._daily.find(wanted, {"_id": 0, "day": 1, **read}, batch_size=10_000)
        return [(row["day"], row["value"]) for row in found]

    def drop_generations(self, dataset: str, *, before: int) -> None:
        """Delete every earlier generation."""
        self._daily.delete_many({"dataset": dataset, "generation": {"$lt": before}})
