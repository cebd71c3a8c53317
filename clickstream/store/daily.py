"""Derived days of each generation, written only under a rollup term."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo import ReplaceOne
from pymongo.collection import Collection

from clickstream.days import Day, PartRead
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

    def parts(self, dataset: str, generation: int, reads: Sequence[PartRead]) -> list[list[tuple[str, Any]]]:
        """For each read (day, value) of its days, in no order. One round trip; no two reads of the same part and view."""
        first, *others = (_pipeline(dataset, generation, read) for read in reads)
        unions = [{"$unionWith": {"coll": self._daily.name, "pipeline": other}} for other in others]
        found: dict[tuple[str, str], list[tuple[str, Any]]] = {(read.part, read.days.view): [] for read in reads}
        if len(found) < len(reads):
            raise ValueError("two reads of the same part and view cannot be told apart")
        for row in self._daily.aggregate([*first, *unions], batchSize=10_000):
            found[row["part"], row["view"]].append((row["day"], row["value"]))
        return [found[read.part, read.days.view] for read in reads]

    def drop_generations(self, dataset: str, *, before: int) -> None:
        """Delete every earlier generation."""
        self._daily.delete_many({"dataset": dataset, "generation": {"$lt": before}})


def _pipeline(dataset: str, generation: int, read: PartRead) -> list[dict[str, Any]]:
    bounds = {"$gte": read.days.first, "$lte": read.days.last}
    day = {operator: bound for operator, bound in bounds.items() if bound}
    wanted = {"dataset": dataset, "generation": generation, "part": read.part, "view": read.days.view}
    fields = {f"value.{field}": 1 for field in read.fields} or {"value": 1}
    return [
        {"$match": {**wanted, **({"day": day} if day else {})}},
        {"$project": {"_id": 0, "day": 1, "part": 1, "view": 1, **fields}},
    ]
