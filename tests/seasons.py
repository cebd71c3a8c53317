"""Random shops over a quarter of a year: people who come back, quiet weekdays, and a day of crowds at the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from shop_forms import happens, sent
from shops import visit

JsonDict = dict[str, Any]

# Twelve weeks and more from here cross the changes of clocks in Berlin, New York and Santiago.
SEASONS = [
    datetime(2026, 1, 12, tzinfo=UTC),
    datetime(2026, 2, 10, tzinfo=UTC),
    datetime(2026, 8, 17, 21, tzinfo=UTC),
]
OPEN_DAYS = [1, 1, 4, 6]
BUSY_HOURS = [0, 4, 5, 9, 12, 12, 12, 18, 22, 23]


def people_of(rng: Random, count: int) -> list[JsonDict]:
    """Customers, visitors without an account, and two on one device."""
    people = []
    for number in range(count):
        customer = {"client_id": f"c{number}", "user_id": f"u{number}"}
        visitor = {"client_id": f"c{number}", "user_id": ""}
        guest = {"client_id": f"c{number // 2}", "user_id": rng.choice(["", f"u{number}"])}
        people.append(rng.choice([customer, visitor, visitor, guest]) | {"session_id": ""})
    return people


def season(rng: Random, journeys: int, weeks: int = 13) -> list[JsonDict]:
    """A shop of as many journeys over as many weeks; one in six of them on the last Tuesday."""
    first_day, people = rng.choice(SEASONS), people_of(rng, max(8, journeys // 4))
    crowded = first_day + timedelta(days=7 * (weeks - 1) + 1)
    visits = []
    for number in range(journeys):
        if number % 6 == 0:
            day = crowded
        elif number % 6 == 1:
            day = first_day + timedelta(days=1 + 7 * rng.randrange(weeks - 1))
        else:
            day = first_day + timedelta(days=7 * rng.randrange(weeks) + rng.choice(OPEN_DAYS))
        moment = day + timedelta(hours=rng.choice(BUSY_HOURS), minutes=rng.randrange(60))
        person = rng.choice(people)
        if happens(rng, 15):
            person = person | {"session_id": f"s{rng.randrange(journeys)}"}
        visits.append(visit(rng, person, moment, max(2, journeys // 8), buying=60))
    offer = [bundle(rng.choice(people), number, crowded) for number in range(rng.choice([0, 6, 9]))]
    return sent(rng, visits + offer)


def bundle(person: JsonDict, number: int, day: datetime) -> list[JsonDict]:
    """Two products bought together, hours apart, so that there is something to find."""
    items = [{"product_id": "p1", "price": 7}, {"product_id": "p4", "price": "2.5", "quantity": 2}]
    moment = day - timedelta(days=number, minutes=61 * number)
    event = {"event_type": "purchase", "timestamp": moment.isoformat(), "properties": {"items": items}}
    return [event | {name: value for name, value in person.items() if value}]
