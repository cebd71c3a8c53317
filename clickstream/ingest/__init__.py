"""From raw events to stored ones: parse, identify, write durably, and say of each what became of it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from clickstream.clock import Clock
from clickstream.events import Event
from clickstream.ingest.commit import Committer
from clickstream.ingest.floor import Floors, refuse_older
from clickstream.ingest.limits import Problems, Refused
from clickstream.ingest.occurrences import Occurrences
from clickstream.ingest.parse import parse_event
from clickstream.ingest.trust import Check, trusted
from clickstream.scope import LIVE
from clickstream.store import Store


class Rejected(msgspec.Struct, frozen=True):
    """An event that was not stored: its place in the request, why, and what was wrong with which field."""

    index: int
    code: str
    fields: Problems


class Receipt(msgspec.Struct, frozen=True):
    """What became of a request's events. `accepted` are in the journal; `duplicates` were there already."""

    accepted: int
    duplicates: int
    rejected: list[Rejected]


class Loader:
    """One request or file: positions and identical occurrences are counted over all of its batches."""

    def __init__(
        self,
        committer: Committer | None,
        clock: Clock,
        dataset: str,
        batch: str | None = None,
        *,
        check: Check = trusted,
        floors: Floors | None = None,
    ) -> None:
        self._floors = floors
        self._committer = committer
        self._clock = clock
        self._dataset = dataset
        self._batch = batch
        self._check = check
        self._occurrences = Occurrences()
        self._position = 0

    def collect(self, raw_events: Iterable[object]) -> Receipt:
        """Store the valid ones; `index` of a refusal counts from the start of this call. Raises DatabaseUnavailable."""
        received_at = self._clock()
        since = self._floors.since(self._dataset) if self._floors else None
        events: list[Event] = []
        rejected: list[Rejected] = []
        for index, raw in enumerate(raw_events):
            try:
                if isinstance(raw, Refused):
                    raise raw
                event = parse_event(
                    raw, received_at=received_at, position=self._position + index, occurrences=self._occurrences
                )
                refuse_older(event, since)
                self._check(event)
            except Refused as refused:
                rejected.append(Rejected(index, refused.code, refused.fields))
            else:
                events.append(event)
        self._position += len(events) + len(rejected)
        duplicates = self._committer.commit(self._dataset, events, self._batch) if self._committer else 0
        return Receipt(len(events) - duplicates, duplicates, rejected)


class Collector:
    """The way in for every event, whoever sends it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._committer = Committer(store)
        self._clock = clock
        self._floors = Floors(store, clock)

    def loader(self, dataset: str = LIVE, batch: str | None = None) -> Loader:
        """For what arrives in several pieces but is one request or file; `batch` is the id of an import."""
        return Loader(self._committer, self._clock, dataset, batch, floors=self._floors)

    def collect(
        self, raw_events: Iterable[object], dataset: str = LIVE, check: Check = trusted, *, test: bool = False
    ) -> Receipt:
        """One request. A `test` is judged and answered like any other, and nothing of it is stored."""
        committer = None if test else self._committer
        return Loader(committer, self._clock, dataset, check=check, floors=self._floors).collect(raw_events)


def dry_loader(clock: Clock) -> Loader:
    """Parses, refuses and counts like the real one, and writes nothing."""
    return Loader(None, clock, LIVE)
