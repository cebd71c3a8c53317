"""Who visits on a day, when, from where and with what outcome: the plan that journeys.py then walks."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from random import Random
from typing import Generic, NamedTuple, TypeVar

from clickstream.simulate.personas import (
    CHANNELS,
    COUNTRIES,
    DEVICES,
    NAMED_SHOPPER,
    PERSONAS,
    SHOPPER_SHARE,
    WEEKDAY_HOURS,
    WEEKDAY_VISITS,
    WEEKEND_HOURS,
    Channel,
    Device,
    Outcome,
    Persona,
    is_weekend,
    outcome_steps,
)
from clickstream.simulate.shelf import Shelf

T = TypeVar("T")

_REGULARS_PER_DAILY_VISIT = 1.5
_REGULAR_SHARE = 0.28
_VARIANTS = ("A", "B", "A", "B", "")
_OWN_LAPTOP, _OWN_TABLET = 0.6, 0.12
_WITHOUT_SESSION_ID = 0.06
_DAY_NOISE = 0.05
_GOLDEN = 0.618033988749895


class Draw(Generic[T]):
    """A weighted choice that costs one random number."""

    def __init__(self, choices: Iterable[tuple[T, float]]) -> None:
        pairs = list(choices)
        self._values = [value for value, _ in pairs]
        self._steps = list(accumulate(weight for _, weight in pairs))
        self._total = self._steps[-1]

    def __call__(self, rng: Random) -> T:
        return self.at(rng.random())

    def at(self, part: float) -> T:
        """The choice at this part, 0 <= part < 1, of the total weight."""
        return self._values[bisect(self._steps, part * self._total)]


@dataclass(frozen=True, slots=True)
class Visitor:
    """One person; `clients` maps each device owned to the client id it sends."""

    persona: Persona
    country: str
    variant: str
    clients: tuple[tuple[Device, str], ...]
    username: str = ""
    favourites: tuple[int, ...] = ()


class Visit(NamedTuple):
    """One planned session. `login`: the user id is known from the start, after some events, or never."""

    start_ms: int
    number: str
    seed: int
    visitor: Visitor
    device: Device
    client_id: str
    channel: Channel
    outcome: Outcome
    login: str
    has_session_id: bool


_persona_of_passer_by = Draw((persona, persona.passer_by_share) for persona in PERSONAS)
_persona_of_shopper = Draw((persona, persona.shopper_share) for persona in PERSONAS)
_device = Draw((device, device.share) for device in DEVICES)
_country = Draw(COUNTRIES.items())
_channel = Draw((channel, channel.share) for channel in CHANNELS)
_shopper_channel = Draw((channel, channel.shopper_share) for channel in CHANNELS)
_shopper_login = Draw((("start", 58), ("later", 14), ("never", 28)))
_weekday_hour = Draw(enumerate(WEEKDAY_HOURS))
_weekend_hour = Draw(enumerate(WEEKEND_HOURS))


class Crowd:
    """Registered shoppers and passers-by; everything about them follows from `tag`, day by day."""

    def __init__(self, tag: str, shoppers: list[Visitor], visits_per_day: float, passers_by: bool) -> None:
        self._tag = tag
        self._shoppers = shoppers
        self._visits_per_day = visits_per_day
        self._shopper_share = SHOPPER_SHARE if passers_by else 1.0
        self._regulars: dict[int, Visitor] = {}

    def visits(self, day: str, midnight: datetime, next_midnight: datetime) -> Iterator[Visit]:
        """The visits that start on this local day, in order of time."""
        rng = Random(f"{self._tag}:{day}")
        weekday = date.fromisoformat(day).weekday()
        first_ms, length = int(midnight.timestamp() * 1000), (next_midnight - midnight).total_seconds()
        hour = _weekend_hour if is_weekend(weekday) else _weekday_hour
        mean = self._visits_per_day * WEEKDAY_VISITS[weekday] * (1 + rng.gauss(0, _DAY_NOISE))
        starts = sorted((hour(rng) + rng.random()) / 24 for _ in range(int(mean + rng.random())))
        fates = _evenly_spread(rng, len(starts))
        for place, (part, fate) in enumerate(zip(starts, fates, strict=True)):
            start_ms = first_ms + int(part * length * 1000)
            number = f"{self._tag}-{day[2:].replace('-', '')}-{place:04d}"
            yield self._visit(rng, start_ms, number, fate, is_weekend(weekday))

    def _visit(self, rng: Random, start_ms: int, number: str, fate: float, weekend: bool) -> Visit:
        visitor = self._visitor(rng, number)
        device, client_id = visitor.clients[int(rng.random() * len(visitor.clients))]
        channel = (_shopper_channel if visitor.username else _channel)(rng)
        steps = outcome_steps(visitor.persona, device, channel, visitor.variant, weekend)
        outcome = Outcome(min(bisect(steps, fate), Outcome.BROWSE))
        login, has_session_id = self._login(rng, visitor), rng.random() >= _WITHOUT_SESSION_ID
        seed = rng.getrandbits(64)
        return Visit(start_ms, number, seed, visitor, device, client_id, channel, outcome, login, has_session_id)

    def _visitor(self, rng: Random, number: str) -> Visitor:
        if rng.random() < self._shopper_share:
            return self._shoppers[int(rng.random() * len(self._shoppers))]
        if rng.random() < _REGULAR_SHARE:
            return self._regular(int(rng.random() * self._visits_per_day * _REGULARS_PER_DAILY_VISIT))
        return _passer_by(rng, f"c-{number}")

    def _regular(self, place: int) -> Visitor:
        if place not in self._regulars:
            client_id = f"c-{self._tag}-r{place:04d}"
            self._regulars[place] = _passer_by(Random(client_id), client_id)
        return self._regulars[place]

    def _login(self, rng: Random, visitor: Visitor) -> str:
        if not visitor.username:
            return "never"
        return _shopper_login(rng) if self._shopper_share < 1 else "start"


def _evenly_spread(rng: Random, count: int) -> list[float]:
    """`count` numbers in [0, 1), one in each `count`-th, shuffled: even a small shop gets its share of orders."""
    parts = [(place + rng.random()) / count for place in range(count)]
    rng.shuffle(parts)
    return parts


def shoppers(tag: str, count: int, shelf: Shelf) -> list[Visitor]:
    """shopper01, shopper02, ...: each with one to three devices and a few favourite categories."""
    width, offset = max(2, len(str(count))), Random(tag).random()
    people = []
    for place in range(count):
        name, persona = f"shopper{place + 1:0{width}d}", _persona_of_shopper.at((offset + place * _GOLDEN) % 1)
        people.append(_registered(name, Random(f"{tag}:{name}"), f"c-{tag}-s{place:05d}", shelf, persona))
    return people


def named_shopper(tag: str, username: str, shelf: Shelf) -> Visitor:
    return _registered(username, Random(f"{tag}:{username}"), f"c-{tag}", shelf, NAMED_SHOPPER)


def _registered(name: str, rng: Random, client: str, shelf: Shelf, persona: Persona) -> Visitor:
    mobile, desktop, tablet = DEVICES
    owned = [mobile]
    owned += [desktop] if rng.random() < _OWN_LAPTOP else []
    owned += [tablet] if rng.random() < _OWN_TABLET else []
    clients = tuple((device, f"{client}-{device.name}") for device in owned)
    favourites = tuple(shelf.pick_category(rng) for _ in range(3))
    return Visitor(persona, _country(rng), _variant(rng), clients, name, favourites)


def _passer_by(rng: Random, client_id: str) -> Visitor:
    return Visitor(_persona_of_passer_by(rng), _country(rng), _variant(rng), ((_device(rng), client_id),))


def _variant(rng: Random) -> str:
    return _VARIANTS[int(rng.random() * len(_VARIANTS))]
