"""The durable write: marks, events, journal; and the queue in which single events share one journal flush."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from threading import Lock
from typing import TypeVar

from clickstream.errors import ClickstreamError, DatabaseUnavailable
from clickstream.events import Event, Touching, touched_keys
from clickstream.store import Store

T = TypeVar("T")

SHARED_UP_TO = 100
"""Requests of more events than this are written on their own: they fill a journal flush by themselves."""
WRITTEN_TOGETHER = 4_000
"""Events under one mark, whose document holds all their keys and must stay small."""


class _Ticket:
    """`error` stands until the events are written, so that nobody hears they are when the writer died of a fault."""

    def __init__(self, dataset: str, events: Sequence[Event]) -> None:
        self.dataset = dataset
        self.events = events
        self.duplicates = 0
        self.taken = False
        self.error: ClickstreamError | None = DatabaseUnavailable()


class Committer:
    """Writes events so that an answer means: in the journal, once, and the rollup knows.

    Whoever gets the turn writes for all who wait, so 32 requests at once cost one flush.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[_Ticket] = []
        self._queue = Lock()
        self._turn = Lock()

    def commit(self, dataset: str, events: Sequence[Event], batch: str | None = None) -> int:
        """Store these events, of an import where `batch` names one; gives how many were there already.

        Raises DatabaseUnavailable.
        """
        if not events:
            return 0
        if batch or len(events) > SHARED_UP_TO:
            return len(self._write(dataset, events, batch))
        ticket = _Ticket(dataset, events)
        with self._queue:
            self._waiting.append(ticket)
        with self._turn:
            if not ticket.taken:
                self._write_for_all()
        if ticket.error:
            raise ticket.error
        return ticket.duplicates

    def _write_for_all(self) -> None:
        with self._queue:
            tickets, self._waiting = self._waiting, []
        for ticket in tickets:
            ticket.taken = True
        for dataset in {ticket.dataset for ticket in tickets}:
            self._write_tickets(dataset, [ticket for ticket in tickets if ticket.dataset == dataset])

    def _write_tickets(self, dataset: str, tickets: list[_Ticket]) -> None:
        events = list(chain.from_iterable(ticket.events for ticket in tickets))
        try:
            duplicates = self._write(dataset, events)
        except ClickstreamError as error:
            for ticket in tickets:
                ticket.error = error
            return
        start = 0
        for ticket in tickets:
            end = start + len(ticket.events)
            ticket.duplicates = sum(start <= position < end for position in duplicates) if duplicates else 0
            ticket.error = None
            start = end

    def _write(self, dataset: str, events: Sequence[Event], batch: str | None = None) -> set[int]:
        """Positions of the events that were there already."""
        duplicates: set[int] = set()
        for start in range(0, len(events), WRITTEN_TOGETHER):
            found = self._write_marked(dataset, events[start : start + WRITTEN_TOGETHER], batch)
            duplicates.update(start + position for position in found)
        return duplicates

    def _write_marked(self, dataset: str, events: Sequence[Event], batch: str | None) -> set[int]:
        return marked(self._store, dataset, events, lambda: self._store.events.insert(dataset, events, batch))


def marked(store: Store, dataset: str, events: Iterable[Touching], write: Callable[[], T]) -> T:
    """Write these events, or delete them, so that the rollup knows.

    A mark that stays open (the write failed, or we died) is taken by the rollup after its deadline.
    """
    keys = list(dict.fromkeys(chain.from_iterable(map(touched_keys, events))))
    mark = store.changes.open(dataset, keys)
    written = write()
    while not store.changes.close(mark):  # we were so late that it was taken: mark the events again
        mark = store.changes.open(dataset, keys)
    return written
