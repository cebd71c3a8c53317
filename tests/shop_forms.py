"""The many forms in which a client may write the same events, and what decides among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Protocol

from hypothesis import strategies as st
from stored_form import EPOCH, PROPERTY_ALIASES, TYPES

JsonDict = dict[str, Any]


class Chance(Protocol):
    """What a shop is drawn from: `random.Random`, or hypothesis (which can then shrink it)."""

    def randint(self, a: int, b: int) -> int: ...

    def choice(self, seq: Sequence[Any]) -> Any: ...


class Drawn:
    """Chance in the hands of hypothesis."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def randint(self, a: int, b: int) -> int:
        return self.draw(st.integers(a, b))

    def choice(self, seq: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(seq))


def happens(chance: Chance, percent: int) -> bool:
    return chance.randint(0, 99) >= 100 - percent


# The forms a client may write one event in


def written(chance: Chance, moment: datetime) -> str | int | float:
    ms = (moment - EPOCH) // timedelta(milliseconds=1)
    form = chance.randint(0, 7)
    if form == 0:
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if form == 1:
        return (moment + timedelta(microseconds=999)).astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat()
    if form == 2:
        return ms
    if form == 3 and ms % 1000 == 0:
        return ms // 1000
    if form == 4:
        return float(Decimal(ms) / 1000)
    if form == 5:
        return ms * 1000 + 999
    if form == 6:
        return moment.replace(tzinfo=None).isoformat()
    return moment.isoformat()


def varied(chance: Chance, event: JsonDict) -> JsonDict:
    """The same event under aliases, with some of its properties at the top level."""
    properties = dict(event["properties"])
    top = {name: value for name, value in event.items() if name != "properties" and value != ""}
    if happens(chance, 20):
        top["event_type"] = chance.choice(TYPES.get(top["event_type"], [top["event_type"]]))
        top[chance.choice(["type", "event"])] = top.pop("event_type")
    if happens(chance, 10):
        top[chance.choice(["ts", "time"])] = top.pop("timestamp")
    if happens(chance, 20):
        for alias, name in PROPERTY_ALIASES.items():
            if name in properties:
                properties[alias] = properties.pop(name)
        if "page" in top:
            properties["page_path"] = top.pop("page")
    if happens(chance, 20):
        for name in ("device", "country", "referrer", "utm_source", "product_id", "price", "order_id"):
            if name in properties:
                top[name] = properties.pop(name)
    return top | ({"properties": properties} if properties else {})


def sent(chance: Chance, journeys: Iterable[list[JsonDict]]) -> list[JsonDict]:
    """All journeys in one request: ids given (now and then none), some events repeated, the order lost."""
    events = [event for one in journeys for event in one]
    named = []
    for number, event in enumerate(events):
        named.append(event if happens(chance, 10) else event | {"event_id": f"{number * 7919 % 100_003:05x}"})
    for event in list(named):
        if happens(chance, 8):
            changed = {"page": "/changed"} if "event_id" in event and happens(chance, 50) else {}
            named.append(event | changed)
    if happens(chance, 60):
        for place in range(len(named) - 1, 0, -1):
            other = chance.randint(0, place)
            named[place], named[other] = named[other], named[place]
    return named
