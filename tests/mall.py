"""Several random shops as the datasets of one database, everything that can happen to a shop having happened to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any

from conftest import FakeClock
from seasons import season
from shop_check import Shop, empty_shop
from shop_forms import happens
from shops import last_moment, random_shop

from clickstream.scope import LIVE
from clickstream.store.connect import Connection

JsonDict = dict[str, Any]

TIME_ZONES = ["Europe/Berlin", "America/New_York", "America/Santiago", "Asia/Kolkata", "UTC"]
SHOPS_IN_A_MALL = 4


def raw_shop(number: int) -> list[JsonDict]:
    """The events of shop `number`: three of four over thirteen weeks, every tenth of them large, the rest over one."""
    rng = Random(f"shop {number}")
    if number % 4 == number // 4 % 4:
        return random_shop(rng, rng.randint(50, 90), buying=rng.choice([30, 100]))
    return season(rng, 260 if number % 10 == 0 else rng.randint(50, 110))


def batches_of(rng: Random, events: Sequence[JsonDict]) -> list[list[JsonDict]]:
    """One request, or several in any order that repeat some of what was sent before."""
    if happens(rng, 40):
        return [list(events)]
    shuffled = list(events)
    rng.shuffle(shuffled)
    cut = rng.randrange(1, len(shuffled))
    named = [event for event in shuffled[:cut] if "event_id" in event]
    return [shuffled[:cut], shuffled[cut:] + rng.sample(named, min(len(named), 5))]


def live_through(rng: Random, shop: Shop, events: Sequence[JsonDict]) -> None:
    """Receive the events, now and then late, with a rollup in between; tag some, and delete some of those."""
    for batch in batches_of(rng, events):
        shop.receive(batch)
        if happens(rng, 20):
            shop.catch_up()
    named = sorted({event["event_id"] for event in events if "event_id" in event})
    tagged = rng.sample(named, len(named) // 20)
    if happens(rng, 50):
        shop.tag(tagged)
    if shop.tagged and happens(rng, 50):
        shop.delete(tagged[: len(tagged) // 2])


@contextmanager
def mall(connection: Connection, number: int) -> Iterator[list[Shop]]:
    """Mall `number`: its first shop is live, the others are uploads."""
    rng = Random(f"mall {number}")
    raw = [raw_shop(number * SHOPS_IN_A_MALL + place) for place in range(SHOPS_IN_A_MALL)]
    zone = TIME_ZONES[number % len(TIME_ZONES)]
    now = max(map(last_moment, raw[:1])) + timedelta(minutes=rng.choice([1, 5, 29, 31]))
    with empty_shop(connection, now, zone) as live:
        shops = [live]
        for events, dataset in zip(raw, [LIVE, "u-1", "u-2", "u-3"], strict=True):
            shop = live if dataset == LIVE else Shop(live.name, live.store, live.settings, clock_of(events), dataset)
            live_through(rng, shop, events)
            shops.append(shop)
        live.catch_up()
        yield shops[1:]


def clock_of(events: Sequence[JsonDict]) -> FakeClock:
    return FakeClock(last_moment(events) + timedelta(minutes=5))
