"""What measuring needs of the store, and one generation of one dataset read through it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from clickstream.days import Days, PartRead
from clickstream.events import Event
from clickstream.links import Place, Shown
from clickstream.localtime import LocalTime
from clickstream.metrics.behind import Found, Matching
from clickstream.metrics.source import Pipeline, Row
from clickstream.scope import Scope


class Rules(Protocol):
    """The rules a dataset's sessions and days were computed by."""

    @property
    def time_zone(self) -> str: ...

    @property
    def gap_minutes(self) -> int: ...


class Served(Protocol):
    """What is readable of a dataset: one generation of it, as of a watermark."""

    @property
    def generation(self) -> int: ...

    @property
    def watermark(self) -> int: ...

    @property
    def calculation(self) -> Rules: ...

    @property
    def sealed_to(self) -> datetime | None: ...


class States(Protocol):
    def find_dataset(self, name: str, /) -> Served | None: ...


class DayParts(Protocol):
    def parts(self, dataset: str, generation: int, reads: Sequence[PartRead], /) -> list[list[tuple[str, Any]]]: ...


class SessionRows(Protocol):
    def aggregate(self, dataset: str, generation: int, pipeline: Pipeline, /) -> list[Row]: ...

    def stream(self, dataset: str, generation: int, pipeline: Pipeline, /) -> Iterator[Row]: ...

    def range(self, dataset: str, generation: int, view: str, /) -> tuple[datetime, datetime] | None: ...

    def count(self, dataset: str, generation: int, match: Mapping[str, Any], /) -> int: ...

    def page(
        self, dataset: str, generation: int, match: Mapping[str, Any], /, *, limit: int, after: Place | None
    ) -> list[Shown]: ...

    def at(self, dataset: str, generation: int, view: str, places: Sequence[Place], /) -> list[Shown]: ...


class EventRows(Protocol):
    def of_keys(self, dataset: str, keys: Sequence[str], types: Iterable[str] | None, /) -> Iterator[Event]: ...


class Reader(Protocol):
    """As much of the store as measuring needs."""

    @property
    def state(self) -> States: ...

    @property
    def daily(self) -> DayParts: ...

    @property
    def sessions(self) -> SessionRows: ...

    @property
    def events(self) -> EventRows: ...


class DatasetSource:
    """One generation of one dataset, read through the store. It lives for one answer, and so does what it keeps."""

    def __init__(self, reader: Reader, dataset: str, served: Served) -> None:
        self._reader = reader
        self._dataset = dataset
        self._generation = served.generation
        self.local = LocalTime(served.calculation.time_zone)
        self.gap = timedelta(minutes=served.calculation.gap_minutes)
        self.sealed_to = served.sealed_to
        self._kept: dict[PartRead, list[tuple[str, Any]]] = {}
        self._ranges: dict[str, tuple[datetime, datetime] | None] = {}

    def ahead(self, reads: Sequence[PartRead]) -> None:
        self._kept.update(zip(reads, self._reader.daily.parts(self._dataset, self._generation, reads), strict=True))

    def daily(self, part: str, days: Days, fields: Sequence[str] = ()) -> list[tuple[str, Any]]:
        wanted = PartRead(part, days, tuple(fields))
        for read, rows in self._kept.items():
            if read.holds(wanted):
                return rows
        return self._reader.daily.parts(self._dataset, self._generation, [wanted])[0]

    def sessions(self, pipeline: Pipeline) -> list[Row]:
        return self._reader.sessions.aggregate(self._dataset, self._generation, pipeline)

    def stream(self, pipeline: Pipeline) -> Iterator[Row]:
        return self._reader.sessions.stream(self._dataset, self._generation, pipeline)

    def events(self, keys: Sequence[str], types: Iterable[str] | None) -> Iterator[Event]:
        return self._reader.events.of_keys(self._dataset, keys, types)

    def range(self, view: str) -> tuple[datetime, datetime] | None:
        if view not in self._ranges:
            self._ranges[view] = self._reader.sessions.range(self._dataset, self._generation, view)
        return self._ranges[view]

    def page(self, scope: Scope, found: Found, limit: int, after: Place | None) -> tuple[int, list[Shown], Place | None]:
        """How many sessions were found, a page of them latest start first, and its last place where more come."""
        scope = replace(scope, view=found.view or scope.view)
        if isinstance(found, Matching):
            return self._matching(scope, found.where, limit, after)
        places = sorted(found.places, reverse=True)
        left = [place for place in places if place < after] if after else places
        sessions = self._reader.sessions.at(self._dataset, self._generation, scope.view, left[:limit])
        return len(places), sessions, left[limit - 1] if len(left) > limit else None

    def _matching(
        self, scope: Scope, where: Mapping[str, Any], limit: int, after: Place | None
    ) -> tuple[int, list[Shown], Place | None]:
        match = {"$and": [scope.match(), where]}
        rows, own = self._reader.sessions, (self._dataset, self._generation)
        sessions = rows.page(*own, match, limit=limit + 1, after=after)
        following = sessions[limit - 1].place if len(sessions) > limit else None
        return rows.count(*own, match), sessions[:limit], following


class EmptySource:
    """A dataset that has no session yet."""

    local = LocalTime("UTC")
    gap = timedelta(minutes=30)
    sealed_to = None

    def ahead(self, reads: Sequence[PartRead]) -> None:
        return None

    def daily(self, part: str, days: Days, fields: Sequence[str] = ()) -> list[tuple[str, Any]]:
        return []

    def sessions(self, pipeline: Pipeline) -> list[Row]:
        return []

    def stream(self, pipeline: Pipeline) -> Iterator[Row]:
        return iter(())

    def events(self, keys: Sequence[str], types: Iterable[str] | None) -> Iterator[Event]:
        return iter(())

    def range(self, view: str) -> tuple[datetime, datetime] | None:
        return None

    def page(self, scope: Scope, found: Found, limit: int, after: Place | None) -> tuple[int, list[Shown], Place | None]:
        return 0, [], None


def source_of(reader: Reader, dataset: str, served: Served | None) -> DatasetSource | EmptySource:
    return DatasetSource(reader, dataset, served) if served else EmptySource()
