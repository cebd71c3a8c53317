"""The oracle's funnels: what fits a step, and how far the events of a session or of a visitor get."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from oracle_events import decimal_of, lines_of, shortest, text_of
from oracle_measures import Scope

JsonDict = dict[str, Any]

DEFAULT_STEPS = ["session", "product_view", "add_to_cart", "checkout", "purchase"]
OF_A_PRODUCT = ("product_id", "name", "category", "brand", "price", "quantity")
AT_START = -1
"""The place of the step `session`: before the first event."""


# What fits a step


def steps_of(options: JsonDict) -> list[JsonDict]:
    """Every step as {"name", "any": [alternative, ...]}."""
    return [step_of(step) for step in json.loads(options.get("steps") or json.dumps(DEFAULT_STEPS))]


def step_of(step: str | JsonDict) -> JsonDict:
    if isinstance(step, str):
        step = {"type": step}
    alternatives = [{"type": one} if isinstance(one, str) else one for one in step.get("any", [step])]
    types = list(dict.fromkeys(alternative["type"] for alternative in alternatives))
    return {"name": step.get("name") or " or ".join(types), "any": alternatives}


def words(value: object) -> str | None:
    """A property as text to compare; None for what is absent or no text."""
    if value is None or isinstance(value, list | dict):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return shortest(value)
    return text_of(value).strip().casefold() or None


def holds(value: object, condition: JsonDict) -> bool:
    op, wanted = condition["op"], condition.get("value")
    if op == "is_set":
        return isinstance(value, list | dict) or words(value) is not None
    if op == "is_not":
        return not holds(value, condition | {"op": "is"})
    if op in ("at_least", "at_most"):
        number, bound = decimal_of(value), decimal_of(wanted)
        if number is None or bound is None:
            return False
        return number >= bound if op == "at_least" else number <= bound
    text, sought = words(value), words(wanted) or ""
    if text is None:
        return False
    if op == "contains":
        return sought in text
    return text.startswith(sought[:-1]) if sought.endswith("*") else text == sought


def alternative_fits(event: JsonDict, alternative: JsonDict, product: str | None) -> bool:
    """`product` is the one held: only its lines count where the event names products."""
    if event["event_type"] != alternative["type"]:
        return False
    of_line = [c for c in alternative.get("where", []) if c["property"] in OF_A_PRODUCT]
    of_event = [c for c in alternative.get("where", []) if c["property"] not in OF_A_PRODUCT]
    properties = event["properties"] | {"page": event["page"]}
    lines = lines_of(event["properties"])
    if product is not None and products_in(event):
        lines = [line for line in lines if text_of(line.get("product_id")) == product]
    return all(holds(properties.get(c["property"]), c) for c in of_event) and (
        not of_line or any(all(holds(line.get(c["property"]), c) for c in of_line) for line in lines)
    )


def fits(event: JsonDict, alternatives: list[JsonDict], product: str | None) -> bool:
    return any(alternative_fits(event, one, product) for one in alternatives)


def products_in(event: JsonDict) -> set[str]:
    return {product for line in lines_of(event["properties"]) if (product := text_of(line.get("product_id")))}


# How far a unit gets


@dataclass(frozen=True)
class Unit:
    """A session or a visitor: its events in order, and the session of each."""

    events: list[JsonDict]
    sessions: list[JsonDict]

    def moment(self, place: int) -> datetime:
        first: datetime = self.events[max(place, 0)]["timestamp"]
        return first

    def session_at(self, place: int) -> JsonDict:
        return self.sessions[max(place, 0)]


@dataclass(frozen=True)
class Walk:
    """Places of the steps reached: of the step's own event, and of its moment. `anchor`: where the window begins."""

    own: list[int]
    moments: list[int]
    anchor: int
    excluded: bool


NOWHERE = Walk([], [], 0, False)


def units_of(scope: Scope, unit: str) -> list[Unit]:
    groups: dict[object, list[JsonDict]] = defaultdict(list)
    for session in scope.sessions:
        key = session["visitor"] if unit == "visitor" else (session["session_id"], session["group"])
        groups[key].append(session)
    return [unit_of(sessions) for sessions in groups.values()]


def unit_of(sessions: list[JsonDict]) -> Unit:
    sessions = sorted(sessions, key=lambda s: (s["start"], s["session_id"], s["group"]))
    rows = [
        (event["timestamp"], number, place, event, session)
        for number, session in enumerate(sessions)
        for place, event in enumerate(session["log"])
    ]
    rows.sort(key=lambda row: row[:3])
    return Unit([row[3] for row in rows], [row[4] for row in rows])


@dataclass(frozen=True)
class Funnel:
    steps: list[JsonDict]
    mode: str
    exclude: list[JsonDict]
    window: timedelta | None
    hold: bool

    def walk(self, unit: Unit) -> Walk:
        """As far as the unit gets; with a product held, the furthest product's walk."""
        products = sorted(set().union(*map(products_in, unit.events))) if self.hold else []
        if not products:
            return self.walk_for(unit, None)
        walks = [self.walk_for(unit, product) for product in products]
        return min(walks, key=lambda walk: (-len(walk.own), walk.moments[-1:]))

    def walk_for(self, unit: Unit, product: str | None) -> Walk:
        places = [
            place
            for place, event in enumerate(unit.events)
            if product is None or not products_in(event) or product in products_in(event)
        ]

        def fitting(step: JsonDict, among: Iterable[int]) -> list[int]:
            return [place for place in among if fits(unit.events[place], step["any"], product)]

        walks = {"ordered": self.ordered, "strict": self.strict, "any": self.any_order}
        return walks[self.mode](unit, places, fitting, product)

    def starts(self, places: list[int], fitting: Fitting) -> list[int]:
        return [AT_START] if self.from_session() else fitting(self.steps[0], places)

    def from_session(self) -> bool:
        return bool(self.steps[0]["any"][0]["type"] == "session")

    def allowed(self, unit: Unit, places: list[int], anchor: int, product: str | None) -> tuple[list[int], bool]:
        """The places after the anchor that may be looked at, and whether an excluded event ended them."""
        found = []
        for place in (place for place in places if place > anchor):
            if self.window is not None and unit.moment(place) - unit.moment(anchor) > self.window:
                break
            if fits(unit.events[place], self.exclude, product):
                return found, True
            found.append(place)
        return found, False

    def ordered(self, unit: Unit, places: list[int], fitting: Fitting, product: str | None) -> Walk:
        starts = self.starts(places, fitting)
        if not starts:
            return NOWHERE
        allowed, excluded = self.allowed(unit, places, starts[0], product)
        walked = starts[:1]
        for step in self.steps[1:]:
            later = fitting(step, (place for place in allowed if place > walked[-1]))
            if not later:
                break
            walked.append(later[0])
        return Walk(walked, walked, starts[0], excluded)

    def strict(self, unit: Unit, places: list[int], fitting: Fitting, product: str | None) -> Walk:
        walks = []
        interactive = [place for place in places if unit.events[place]["event_type"] != "engagement"]
        for start in self.starts(places, fitting):
            allowed, excluded = self.allowed(unit, places, start, product)
            following = [place for place in interactive if place > start]
            walked = [start]
            for step, place in zip(self.steps[1:], following, strict=False):
                if place not in allowed or not fitting(step, [place]):
                    break
                walked.append(place)
            walks.append(Walk(walked, walked, start, excluded))
        return max(walks, key=lambda walk: len(walk.own), default=NOWHERE)

    def any_order(self, unit: Unit, places: list[int], fitting: Fitting, product: str | None) -> Walk:
        fit_any = [place for step in self.steps for place in fitting(step, places)]
        anchor = AT_START if self.from_session() else min(fit_any, default=None)
        if anchor is None:
            return NOWHERE
        allowed, excluded = self.allowed(unit, places, anchor, product)
        own: list[int] = [AT_START] if self.from_session() else []
        for step in self.steps[len(own) :]:
            free = [place for place in fitting(step, [anchor, *allowed] if anchor >= 0 else allowed) if place not in own]
            if not free:
                break
            own.append(free[0])
        return Walk(own, [max(own[: number + 1]) for number in range(len(own))], anchor, excluded)


Fitting = Callable[[JsonDict, Iterable[int]], list[int]]
