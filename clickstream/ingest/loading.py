"""Rows of a file through a loader, batch by batch, with a tally of what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import msgspec

from clickstream.ingest import Loader, Receipt, Rejected
from clickstream.ingest.excerpts import offending
from clickstream.ingest.files import OpenFile
from clickstream.ingest.mappings import PLAIN, Mapping, check_columns, find_mapping, matching_mapping, row_mapper
from clickstream.ingest.rows import Row

BATCH_ROWS = 5_000


class Place(msgspec.Struct, frozen=True):
    """Where a refused row stands, what is wrong with it, and what stands in the wrong fields, shortened."""

    place: int
    said: str
    values: dict[str, str]


class Tally:
    """How many rows were read, stored, there already, refused by code; and the first places of each code."""

    def __init__(self, places_shown: int) -> None:
        self.read = 0
        self.accepted = 0
        self.duplicates = 0
        self.refused: Counter[str] = Counter()
        self.places: dict[str, list[Place]] = {}
        self._places_shown = places_shown

    def add(self, receipt: Receipt, rows: list[Row]) -> None:
        self.read += len(rows)
        self.accepted += receipt.accepted
        self.duplicates += receipt.duplicates
        for rejected in receipt.rejected:
            self.refused[rejected.code] += 1
            shown = self.places.setdefault(rejected.code, [])
            if len(shown) < self._places_shown:
                place, raw = rows[rejected.index]
                shown.append(Place(place, _sentence(rejected), offending(raw, rejected.fields)[1]))


def _sentence(rejected: Rejected) -> str:
    return "; ".join(f"{field} {said}" if field else said for field, said in rejected.fields.items())


@dataclass(frozen=True)
class Mapped:
    """Events of a file with their places; `mapping` names what they were mapped by, None where nothing was."""

    mapping: str | None
    rows: Iterator[Row]


def map_file(file: OpenFile, mapping_name: str | None) -> Mapped:
    """By the mapping asked for; else, a table by the shipped one whose columns it has, or by its own column names.

    Raises InvalidInput when the mapping cannot be used or does not fit the table.
    """
    if mapping_name:
        name, mapping = mapping_name, find_mapping(mapping_name)
    elif file.columns is None:
        return Mapped(None, file.rows)
    else:
        name, mapping = matching_mapping(file.columns) or ("", PLAIN)
    if file.columns is not None:
        check_columns(mapping, file.columns)
    return Mapped(name or None, mapped(file.rows, mapping))


def mapped(rows: Iterable[Row], mapping: Mapping) -> Iterator[Row]:
    """The rows as this mapping makes events of them."""
    mapper = row_mapper(mapping)
    for place, row in rows:
        yield place, mapper(row) if isinstance(row, dict) else row


def load(rows: Iterable[Row], loader: Loader, tally: Tally, after_batch: Callable[[], None]) -> None:
    """Everything in the tally is stored, even when this is interrupted. Raises DatabaseUnavailable."""
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH_ROWS)):
        receipt = loader.collect([raw for _, raw in batch])
        tally.add(receipt, batch)
        after_batch()


def summary(tally: Tally, file: OpenFile, mapping: str | None, *, dry_run: bool) -> str:
    """What was read and what became of it, with the first places of every reason."""
    by = f"{file.format}, mapping {mapping}" if mapping else file.format
    done = f"{tally.accepted:,} new events stored, {tally.duplicates:,} there already"
    outcome = f"{tally.accepted:,} valid (dry run: nothing was stored)" if dry_run else done
    lines = [f"Read {tally.read:,} rows ({by}): {outcome}, {tally.refused.total():,} refused."]
    for code, count in tally.refused.most_common():
        lines.append(f"  {code}: {count:,}")
        lines.extend(f"    {file.place} {shown.place}: {shown.said}" for shown in tally.places[code])
    return "\n".join([*lines, file.source.fault] if file.source.fault else lines)
