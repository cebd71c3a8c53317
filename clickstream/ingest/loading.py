"""Rows of a file through a loader, batch by batch, with a tally of what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from clickstream.ingest import Loader, Receipt, Rejected
from clickstream.ingest.limits import Refused
from clickstream.ingest.rows import Row

BATCH = 2_000


class Tally:
    """How many rows were read, stored, there already, refused by code; and the first places of each code."""

    def __init__(self, places_shown: int) -> None:
        self.read = 0
        self.accepted = 0
        self.duplicates = 0
        self.refused: Counter[str] = Counter()
        self.places: dict[str, list[tuple[int, str]]] = {}
        self._places_shown = places_shown

    def add(self, receipt: Receipt, places: list[int]) -> None:
        self.read += len(places)
        self.accepted += receipt.accepted
        self.duplicates += receipt.duplicates
        for rejected in receipt.rejected:
            self.refused[rejected.code] += 1
            shown = self.places.setdefault(rejected.code, [])
            if len(shown) < self._places_shown:
                shown.append((places[rejected.index], _sentence(rejected)))


def _sentence(rejected: Rejected) -> str:
    return "; ".join(f"{field} {said}" if field else said for field, said in rejected.fields.items())


def load(rows: Iterable[Row], loader: Loader, tally: Tally, after_batch: Callable[[], None]) -> None:
    """Everything in the tally is stored, even if this is interrupted. Raises DatabaseUnavailable."""
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        receipt = loader.collect([raw for _, raw in batch])
        tally.add(receipt, [place for place, _ in batch])
        after_batch()


def mapped(rows: Iterable[Row], mapper: Callable[[dict[str, Any]], dict[str, Any] | Refused]) -> Iterator[Row]:
    """Rows as events; what is no row of a table passes as it is, to be refused."""
    for place, row in rows:
        yield place, mapper(row) if isinstance(row, dict) else row
