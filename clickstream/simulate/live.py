"""Shoppers who are in the shop now: one visit after the other, without end, as fast as they are asked for."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from math import log
from random import Random
from typing import Any

from clickstream.catalog import Product
from clickstream.clock import iso, milliseconds
from clickstream.events import REFUND_TYPES
from clickstream.simulate.journeys import walk
from clickstream.simulate.personas import browsing_events
from clickstream.simulate.shelf import Shelf
from clickstream.simulate.shop import tag_of
from clickstream.simulate.trail import Timed
from clickstream.simulate.visits import Crowd, Visit, shoppers

Event = dict[str, Any]

SOURCE = "simulation"
_VISITS_A_DAY = 24
_BETWEEN_VISITS_MS = 20_000
_LONGEST_LAG_SECONDS = 1.0


def live_shoppers(
    rng: Random, catalog: Sequence[Product], began: datetime, *, users: int, avg_events: float
) -> Iterator[Event]:
    """Events of `users` shoppers at a time, in order and without end; they get their timestamp when they are sent.

    What they do depends on the seed; the ids on `began` as well, so that no run repeats another's. Holds as much as the
    visits under way. Raises InvalidInput for a catalogue with nothing in stock.
    """
    shelf = Shelf(catalog)
    tag = tag_of(rng, shelf, users, iso(began))
    crowd = Crowd(tag, shoppers(tag, users, shelf), users * _VISITS_A_DAY, passers_by=True)
    visits, browsing = _visits(crowd, began.date()), browsing_events(avg_events)
    numbers = count()

    def enter(at_ms: int) -> tuple[int, int, list[Timed]]:
        """The next visitor comes a while after this moment; the visit's events, the first one last."""
        start_ms = at_ms + int(-log(1.0 - rng.random()) * _BETWEEN_VISITS_MS)
        told = walk(next(visits)._replace(start_ms=start_ms), shelf, browsing, SOURCE)
        return start_ms, next(numbers), [one for one in reversed(told) if one.event["event_type"] not in REFUND_TYPES]

    here = [enter(milliseconds(began)) for _ in range(users)]
    heapq.heapify(here)
    while True:
        at_ms, _, left = here[0]
        event = left.pop().event
        yield {name: value for name, value in event.items() if name != "timestamp"}
        heapq.heapreplace(here, (left[-1].at_ms, next(numbers), left) if left else enter(at_ms))


def _visits(crowd: Crowd, day: date) -> Iterator[Visit]:
    while True:
        midnight = datetime.combine(day, time(), UTC)
        day += timedelta(days=1)
        yield from crowd.visits(midnight.date().isoformat(), midnight, midnight + timedelta(days=1))


class Pace:
    """How many events are due, at a steady rate. What was missed for longer than a second is not made up for."""

    def __init__(self, per_second: float, seconds: Callable[[], float]) -> None:
        self._per_second, self._seconds = per_second, seconds
        self._paid_until = seconds()
        self._longest_lag = max(_LONGEST_LAG_SECONDS, 2 / per_second)

    def due(self) -> int:
        now = self._seconds()
        self._paid_until = max(self._paid_until, now - self._longest_lag)
        events = int((now - self._paid_until) * self._per_second)
        self._paid_until += events / self._per_second
        return events
