"""Noise that shows only among its neighbours: groups as fast as no person, and events that repeat as no person does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from clickstream.cleanup.reasons import (
    BOT_EVENTS_A_MINUTE,
    BOT_MINUTES,
    BURST_GAP,
    BURST_LIKE_EVENTS,
    NOT_COUNTED,
    NOT_SELECTED,
    window,
)
from clickstream.events import Event
from clickstream.store import Store
from clickstream.store.noise import Minute

CROWDED = 2
"""A row of more than BURST_LIKE_EVENTS begins within two seconds of the clock, so one of them holds at least two of it."""
_MANY_ROWS = 1_000
MINUTE_MS = 60_000
_LIKENESS = ("product_id", "query", "order_id")


class Suspect(NamedTuple):
    """A group to be looked at: as a bot, else for bursts."""

    key: str
    bot: bool


def suspects(store: Store, dataset: str, since: datetime | None) -> Iterator[Suspect]:
    """Bots, and groups that may have bursts."""
    minutes = store.noise.busy_minutes(
        dataset,
        NOT_SELECTED,
        *window(since),
        uncounted=NOT_COUNTED,
        above=BOT_EVENTS_A_MINUTE,
        crowded=CROWDED,
    )
    for key, of_group in groupby(minutes, key=attrgetter("key")):
        longest, crowded = _look_at(of_group)
        if longest >= BOT_MINUTES:
            yield Suspect(key, bot=True)
        elif crowded:
            yield Suspect(key, bot=False)


def _look_at(minutes: Iterable[Minute]) -> tuple[int, bool]:
    """The longest row of minutes as busy as a bot's, and whether any second is crowded."""
    longest = length = 0
    crowded = False
    last_ms = -MINUTE_MS
    for minute in minutes:
        crowded |= minute.densest >= CROWDED
        if minute.events > BOT_EVENTS_A_MINUTE:
            length = length + 1 if minute.start_ms - last_ms == MINUTE_MS else 1
            longest, last_ms = max(longest, length), minute.start_ms
    return longest, crowded


class _Row:
    """Like events that follow each other closely. The repeats among the first few wait until there are enough."""

    def __init__(self, first: Event) -> None:
        self.last = first.timestamp
        self._length = 1
        self._waiting: list[Event] = []

    def add(self, event: Event) -> list[Event]:
        """The repeats that are now known to be of a burst."""
        self.last = event.timestamp
        self._length += 1
        self._waiting.append(event)
        if self._length <= BURST_LIKE_EVENTS:
            return []
        known, self._waiting = self._waiting, []
        return known


def repeats(events: Iterable[Event]) -> Iterator[Event]:
    """Of one group's events, in event order, those that bursts repeat. Holds little more than a moment's events."""
    rows: dict[object, _Row] = {}
    most = _MANY_ROWS
    for event in events:
        likeness = (event.event_type, event.page, *(event.properties.get(name) for name in _LIKENESS))
        row = rows.get(likeness)
        if row and event.timestamp - row.last <= BURST_GAP:
            yield from row.add(event)
            continue
        rows[likeness] = _Row(event)
        if len(rows) > most:
            rows = {like: other for like, other in rows.items() if event.timestamp - other.last <= BURST_GAP}
            most = max(_MANY_ROWS, 2 * len(rows))
