"""The pretend shop's events, in order of time, up to now."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from random import Random
from typing import Any, NamedTuple

from clickstream.catalog import Product
from clickstream.errors import InvalidInput
from clickstream.localtime import LocalTime
from clickstream.simulate.journeys import walk
from clickstream.simulate.personas import NAMED_SHOPPER, browsing_events
from clickstream.simulate.shelf import Shelf
from clickstream.simulate.visits import Crowd, Visit, named_shopper, shoppers

Event = dict[str, Any]

SOURCE = "realistic_seed"


class _Story(NamedTuple):
    crowd: Crowd
    shelf: Shelf
    browsing_events: float
    source: str


def simulate_shop(
    rng: Random,
    catalog: Sequence[Product],
    now: datetime,
    *,
    days: int,
    users: int,
    sessions_per_user: float,
    avg_events: float,
    time_zone: str = "UTC",
    source: str = SOURCE,
) -> Iterator[Event]:
    """About days x users x sessions_per_user sessions of about avg_events events, the last of them just before `now`.

    `users` registered shoppers (shopper01...) and the passers-by around them. An event depends on the rng's seed, the
    catalogue and the sizes (not on `days` or `now`): run again later, the same events return with the same ids and
    only what has happened since is new. Raises InvalidInput for a size out of range or a catalogue with nothing in stock.
    """
    _check(days=(days, 1, 3660), users=(users, 1, 1_000_000), sessions_per_user=(sessions_per_user, 0.001, 1000))
    _check(avg_events=(avg_events, 2, 200))
    shelf = Shelf(catalog)
    tag = tag_of(rng, shelf, users, sessions_per_user, avg_events)
    people = shoppers(tag, users, shelf)
    crowd = Crowd(tag, people, users * sessions_per_user, passers_by=True)
    story = _Story(crowd, shelf, browsing_events(avg_events), source)
    return _told(story, now - timedelta(days=days), now, LocalTime(time_zone))


def simulate_shopper(
    rng: Random,
    catalog: Sequence[Product],
    now: datetime,
    username: str,
    *,
    days: int,
    sessions_per_user: float,
    avg_events: float,
    time_zone: str = "UTC",
    source: str = SOURCE,
) -> Iterator[Event]:
    """The same for one shopper, always logged in: every event carries user_id = username."""
    _check(days=(days, 1, 3660), sessions_per_user=(sessions_per_user, 0.001, 1000), avg_events=(avg_events, 2, 200))
    shelf = Shelf(catalog)
    tag = tag_of(rng, shelf, username, sessions_per_user, avg_events)
    crowd = Crowd(tag, [named_shopper(tag, username, shelf)], sessions_per_user, passers_by=False)
    story = _Story(crowd, shelf, browsing_events(avg_events, NAMED_SHOPPER), source)
    return _told(story, now - timedelta(days=days), now, LocalTime(time_zone))


def _check(**sizes: tuple[float, float, float]) -> None:
    for name, (value, low, high) in sizes.items():
        if not low <= value <= high:
            raise InvalidInput(f"{name} must be between {low} and {high}, not {value}.", fields={name: "is out of range"})


def tag_of(rng: Random, shelf: Shelf, *sizes: object) -> str:
    """Names this very shop; part of every id, so that two different shops never share one."""
    return blake2b(repr((rng.getrandbits(64), shelf.fingerprint(), *sizes)).encode(), digest_size=4).hexdigest()


def _told(story: _Story, since: datetime, until: datetime, local: LocalTime) -> Iterator[Event]:
    """The events of the visits that start in [since, until), merged by time; nothing at or after `until`."""
    since_ms, until_ms = int(since.timestamp() * 1000), int(until.timestamp() * 1000)
    waiting: list[tuple[int, int, Event]] = []
    count = 0
    for visit in _visits(story.crowd, since, until, local):
        if not since_ms <= visit.start_ms < until_ms:
            continue
        while waiting and waiting[0][0] < visit.start_ms:
            yield heapq.heappop(waiting)[2]
        for at_ms, event in walk(visit, story.shelf, story.browsing_events, story.source):
            if at_ms < until_ms:
                count += 1
                heapq.heappush(waiting, (at_ms, count, event))
    while waiting:
        yield heapq.heappop(waiting)[2]


def _visits(crowd: Crowd, since: datetime, until: datetime, local: LocalTime) -> Iterator[Visit]:
    for day in local.days(local.day(since), local.day(until)):
        yield from crowd.visits(day, local.day_start(day), local.next_day_start(day))
