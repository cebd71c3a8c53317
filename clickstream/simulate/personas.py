"""Who comes to the pretend shop and how likely each kind is to bounce, fill a cart or buy. Tables and pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate, product
from typing import NamedTuple


class Outcome(IntEnum):
    """How a visit ends; decided before the walk, so that rates do not depend on how long visits are."""

    ORDER = 0
    CHECKOUT_LEFT = 1
    CART_LEFT = 2
    EMPTIED = 3
    BOUNCE = 4
    BROWSE = 5


@dataclass(frozen=True)
class Persona:
    """Chances are per visit from an average device and channel; `length` stretches the browsing."""

    name: str
    passer_by_share: float
    shopper_share: float
    length: float
    bounce: float
    buy: float
    leave_cart: float
    search: float
    coupon: float
    taste: str = "any"


PERSONAS = (
    Persona("browser", 30, 26, 1.0, bounce=0.43, buy=0.023, leave_cart=0.068, search=0.12, coupon=0.10),
    Persona("searcher", 18, 20, 0.8, bounce=0.30, buy=0.043, leave_cart=0.078, search=0.50, coupon=0.10),
    Persona("deal hunter", 13, 16, 1.2, bounce=0.42, buy=0.028, leave_cart=0.130, search=0.18, coupon=0.70, taste="cheap"),
    Persona("loyal buyer", 4, 16, 0.9, bounce=0.18, buy=0.080, leave_cart=0.120, search=0.25, coupon=0.20),
    Persona("window shopper", 27, 10, 1.3, bounce=0.58, buy=0.004, leave_cart=0.030, search=0.08, coupon=0.05, taste="dear"),
    Persona("gift buyer", 8, 12, 1.1, bounce=0.38, buy=0.040, leave_cart=0.085, search=0.28, coupon=0.15, taste="gift"),
)
NAMED_SHOPPER = Persona("named shopper", 0, 0, 1.1, bounce=0.12, buy=0.16, leave_cart=0.22, search=0.30, coupon=0.25)


class Device(NamedTuple):
    name: str
    share: float
    buy: float
    bounce: float


class Channel(NamedTuple):
    name: str
    share: float
    shopper_share: float
    buy: float
    bounce: float


DEVICES = (
    Device("mobile", 62, buy=0.74, bounce=1.06),
    Device("desktop", 33, buy=1.42, bounce=0.88),
    Device("tablet", 5, buy=1.05, bounce=1.0),
)
CHANNELS = (
    Channel("organic", 34, 18, buy=1.0, bounce=1.0),
    Channel("direct", 22, 36, buy=1.15, bounce=0.92),
    Channel("paid", 18, 8, buy=0.95, bounce=1.12),
    Channel("social", 13, 6, buy=0.42, bounce=1.26),
    Channel("email", 6, 27, buy=1.65, bounce=0.68),
    Channel("referral", 4, 3, buy=0.85, bounce=1.05),
    Channel("affiliate", 3, 2, buy=1.0, bounce=1.0),
)
COUNTRIES = {"US": 38, "GB": 15, "DE": 12, "FR": 8, "CA": 7, "NL": 5, "ES": 4, "IT": 4, "SE": 3, "AU": 2, "AT": 1, "JP": 1}
SHOPPER_SHARE = 0.42

VARIANT_BUY = {"": 1.0, "A": 1.0, "B": 1.16}
EMPTIED_PER_LEFT = 0.16
CHECKOUT_PER_LEFT = 0.34

WEEKDAY_VISITS = (1.03, 0.99, 0.98, 0.99, 0.93, 0.96, 1.12)
WEEKEND_BUY, WEEKDAY_BUY = 0.80, 1.08
WEEKDAY_HOURS = (3, 2, 1, 1, 1, 2, 4, 8, 11, 13, 14, 15, 18, 15, 13, 13, 14, 17, 21, 26, 30, 27, 17, 8)
WEEKEND_HOURS = (5, 3, 2, 1, 1, 1, 2, 4, 9, 15, 20, 22, 21, 20, 19, 19, 20, 21, 22, 24, 26, 23, 15, 9)

FIXED_EVENTS = {
    Outcome.ORDER: 11.3,
    Outcome.CHECKOUT_LEFT: 6.6,
    Outcome.CART_LEFT: 4.0,
    Outcome.EMPTIED: 4.9,
    Outcome.BOUNCE: 1.3,
    Outcome.BROWSE: 1.45,
}


def is_weekend(weekday: int) -> bool:
    """Saturday or Sunday, Monday being 0."""
    return weekday >= 5


@lru_cache(maxsize=4096)
def outcome_chances(persona: Persona, device: Device, channel: Channel, variant: str, weekend: bool) -> tuple[float, ...]:
    """The chance of every Outcome, in its order; they sum to 1."""
    day = WEEKEND_BUY if weekend else WEEKDAY_BUY
    order = min(0.5, persona.buy * device.buy * channel.buy * VARIANT_BUY[variant] * day)
    left = min(0.4, persona.leave_cart * channel.buy**0.6)
    emptied = left * EMPTIED_PER_LEFT
    rest = 1 - order - left - emptied
    bounce = min(rest, persona.bounce * device.bounce * channel.bounce)
    return order, left * CHECKOUT_PER_LEFT, left * (1 - CHECKOUT_PER_LEFT), emptied, bounce, rest - bounce


@lru_cache(maxsize=4096)
def outcome_steps(persona: Persona, device: Device, channel: Channel, variant: str, weekend: bool) -> tuple[float, ...]:
    """`outcome_chances` added up, for a draw by bisection."""
    return tuple(accumulate(outcome_chances(persona, device, channel, variant, weekend)))


def browsing_events(avg_events: float, only: Persona | None = None) -> float:
    """How many events of browsing make a visit `avg_events` long on average, before a persona's `length`.

    A visit that does not bounce has its outcome's fixed events and this many of browsing on top.
    """
    fixed = stretched = total = 0.0
    for persona, device, channel in product((only,) if only else PERSONAS, DEVICES, CHANNELS):
        share = (persona.passer_by_share or 1) * device.share * channel.share
        chances = outcome_chances(persona, device, channel, "", False)
        total += share
        fixed += share * sum(chance * FIXED_EVENTS[Outcome(kind)] for kind, chance in enumerate(chances))
        stretched += share * (1 - chances[Outcome.BOUNCE]) * persona.length
    return max(0.0, (avg_events * total - fixed) / stretched)
