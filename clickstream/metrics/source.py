"""What a metric may ask: rows of its own pipelines over the days and sessions of one dataset, and how they were cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from clickstream.days import Days, PartRead
from clickstream.events import Event
from clickstream.localtime import LocalTime

Row = dict[str, Any]
Pipeline = Sequence[dict[str, Any]]


class Source(Protocol):
    """One generation of one dataset: neither has to be matched."""

    @property
    def local(self) -> LocalTime: ...

    @property
    def gap(self) -> timedelta:
        """The pause that ends a session."""
        ...

    @property
    def sealed_to(self) -> datetime | None:
        """Sessions that ended up to then have no events any more; None where all have."""
        ...

    def ahead(self, reads: Sequence[PartRead]) -> None:
        """Read all this in one question, and keep it for those that `daily` is asked."""
        ...

    def daily(self, part: str, days: Days, fields: Sequence[str] = ()) -> list[tuple[str, Any]]:
        """(day, value) of one part of these days: at least these fields of it, or all of it where none are named."""
        ...

    def sessions(self, pipeline: Pipeline) -> list[Row]: ...

    def stream(self, pipeline: Pipeline) -> Iterator[Row]:
        """The same rows one by one, for answers that grow with the sessions."""
        ...

    def events(self, keys: Sequence[str], types: Iterable[str] | None) -> Iterator[Event]:
        """Events of these groups (of these types), one group after the other by key; in no order within."""
        ...

    def range(self, view: str) -> tuple[datetime, datetime] | None:
        """First and last session start there is in a view, whatever the window."""
        ...
