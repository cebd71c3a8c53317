"""What a random shop is asked: every metric, with random options, in random scopes; and for the sessions behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple

from oracle import Oracle
from oracle_paths import trail_of
from shop_check import DIMENSIONS, scopes_of

JsonDict = dict[str, Any]


class Question(NamedTuple):
    metric: str
    options: JsonDict
    label: str
    scope: JsonDict


WINDOWS = [1, 10, 10, 29, 30, 30, 1440, 10_080, 43_200]  # some as long as a pause between two events
TYPES = [
    "pageview",
    "product_view",
    "search",
    "add_to_cart",
    "checkout",
    "purchase",
    "engagement",
    "checkout_step",
    "refund",
]
CONDITIONS = [
    {"property": "product_id", "op": "is", "value": " P1"},
    {"property": "product_id", "op": "is_not", "value": "p1"},
    {"property": "product_id", "op": "is_set"},
    {"property": "price", "op": "at_least", "value": 7.123456},
    {"property": "price", "op": "at_most", "value": "5"},
    {"property": "price", "op": "is", "value": "10"},
    {"property": "quantity", "op": "at_least", "value": 2},
    {"property": "quantity", "op": "at_most", "value": 1},
    {"property": "page", "op": "is", "value": "/P/*"},
    {"property": "page", "op": "contains", "value": "search"},
    {"property": "page", "op": "is_not", "value": "/"},
    {"property": "query", "op": "is", "value": "strasse"},
    {"property": "query", "op": "contains", "value": "SHOE"},
    {"property": "query", "op": "is_set"},
    {"property": "results_count", "op": "at_most", "value": 0},
    {"property": "device", "op": "is", "value": "Mobile"},
    {"property": "country", "op": "is_not", "value": "DE"},
    {"property": "cart_value", "op": "at_least", "value": 1},
    {"property": "step", "op": "is", "value": 2},
    {"property": "step", "op": "at_least", "value": 2},
    {"property": "items", "op": "is_set"},
    {"property": "variant", "op": "is", "value": "b*"},
]


# Options of each metric


def maybe(rng: Random, percent: int, **options: Any) -> JsonDict:
    return options if rng.randrange(100) < percent else {}


def alternative(rng: Random) -> JsonDict:
    """An event type, often with conditions: mostly of those that its events can fulfil."""
    event_type = rng.choice(TYPES)
    if rng.randrange(100) < 60:
        return {"type": event_type}
    return {"type": event_type, "where": rng.sample(CONDITIONS, rng.choice([1, 1, 2]))}


def step(rng: Random) -> JsonDict | str:
    kind = rng.randrange(10)
    if kind < 4:
        return rng.choice(TYPES)
    if kind < 8:
        return alternative(rng)
    return {"any": [alternative(rng) for _ in range(rng.randint(2, 3))]} | maybe(rng, 50, name="Either")


def steps_taken_by(rng: Random, oracle: Oracle) -> list[str]:
    """Types of a few events that some session has in this order, the first ones among them."""
    types = [event["event_type"] for event in rng.choice(oracle.sessions("all"))["log"]]
    picked = sorted(rng.sample(range(len(types)), min(len(types), rng.randint(2, 4))))
    return [types[place] for place in picked]


def funnel_steps(rng: Random, oracle: Oracle) -> list[JsonDict | str]:
    """Steps somebody took, or any; the first one often the session's start, one of them often narrowed or widened."""
    steps: list[JsonDict | str] = [*steps_taken_by(rng, oracle)] if rng.randrange(10) < 7 else []
    if steps and rng.randrange(10) < 3:
        steps = [steps[0], *steps]  # the same step twice wants two events
    if rng.randrange(10) < 4:
        steps = ["session", *steps]
    while len(steps) < 2:
        steps.append(step(rng))
    changed = rng.randrange(len(steps))
    if steps[changed] != "session" and rng.randrange(2):
        steps[changed] = (
            {"any": [{"type": "purchase"}, alternative(rng), {"type": steps[changed]}]}
            if isinstance(steps[changed], str)
            else step(rng)
        )
    return steps


def funnel_options(rng: Random, oracle: Oracle) -> JsonDict:
    unit = rng.choice(["session", "visitor"])
    return {
        "mode": rng.choice(["ordered", "ordered", "strict", "any"]),
        "unit": unit,
        **maybe(rng, 80, steps=json.dumps(funnel_steps(rng, oracle))),
        **(maybe(rng, 70, window_minutes=rng.choice(WINDOWS)) if unit == "visitor" else {}),
        **maybe(rng, 35, exclude=json.dumps([alternative(rng) for _ in range(rng.randint(1, 2))])),
        **maybe(rng, 30, hold="product"),
        **maybe(rng, 40, breakdown=rng.choice(DIMENSIONS)),
        **maybe(rng, 25, compare="previous"),
    }


def paths_options(rng: Random, oracle: Oracle) -> JsonDict:
    over = rng.choice(["event_type", "page"])
    options = {"over": over, "who": rng.choice(["all", "all", "buyers", "abandoners"]), "steps": rng.randint(1, 10)}
    nodes = sorted({node for session in oracle.sessions() for node in trail_of(session, {"over": over})})
    return options | maybe(rng, 60, **{rng.choice(["start", "end"]): rng.choice([*nodes, "nowhere"])})


def variants_options(rng: Random) -> JsonDict:
    return {
        **maybe(rng, 50, experiment=rng.choice(["button", "button", "7", "(unnamed)", "nothing"])),
        **maybe(rng, 30, control=rng.choice(["A", "B" * 100, "nobody's"])),
        **maybe(rng, 30, detect=rng.choice([1, 50, 100])),
    }


def options_of(metric: str, rng: Random, oracle: Oracle) -> JsonDict:
    makers: dict[str, Callable[[], JsonDict]] = {
        "series": lambda: {"interval": rng.choice(["day", "hour"])},
        "funnel": lambda: funnel_options(rng, oracle),
        "paths": lambda: paths_options(rng, oracle),
        "cart": lambda: {"limit": rng.choice([1, 1000])},
        "search": lambda: {"limit": rng.choice([2, 1000])},
        "segments": lambda: {"dimension": rng.choice(DIMENSIONS)},
        "products": lambda: {
            "sort": rng.choice(["revenue", "viewed", "added", "bought", "quantity"]),
            "limit": rng.choice([1, 2, 1000]),
            **maybe(rng, 20, product_id=rng.choice(["p1", "p2", "nothing"])),
        },
        "bought_together": lambda: {
            "in": rng.choice(["purchases", "purchases", "carts", "views"]),
            "limit": rng.choice([1, 1000]),
        },
        "retention": lambda: {
            "first": rng.choice(["session", "purchase"]),
            "mode": rng.choice(["unbounded", "n_week"]),
            "weeks": rng.choice([1, 4, 12, 52]),
        },
        "differences": lambda: {"against": rng.choice(["abandoners", "others", "others"])},
        "variants": lambda: variants_options(rng),
        "friction": lambda: {"limit": rng.choice([1, 3, 1000])},
        "pages": lambda: {"limit": rng.choice([2, 1000])},
        "event_types": lambda: {"limit": rng.choice([2, 1000])},
    }
    return makers[metric]() if metric in makers else {}


OFTEN = {"funnel": 4, "paths": 2, "products": 2, "bought_together": 2, "variants": 2, "retention": 2, "trends": 2}


SHORT = ["one whole day", "part of a day", "a filter on a day", "31 minutes later, one day"]


def label_of(metric: str, options: JsonDict, rng: Random, scopes: dict[str, JsonDict]) -> str:
    """Everything, any scope, or where an answer tells most: hours over a season are refused."""
    if options.get("interval") == "hour":
        return rng.choice(SHORT)
    if (metric == "trends" or options.get("compare")) and rng.randrange(4):
        return rng.choice(["the last week", "five weeks, earlier"])
    return rng.choice(sorted(scopes)) if rng.randrange(3) else "everything"


def longer_scopes(oracle: Oracle) -> dict[str, JsonDict]:
    """Scopes over weeks, and some asked in the past."""
    starts = [session["start"] for session in oracle.sessions("all")]
    if not starts:
        return {"everything": {}}
    last = max(starts)
    return {
        "everything": {},
        "the last week": {"since": last - timedelta(days=6, hours=7), "until": last + timedelta(days=1)},
        "five weeks, earlier": {
            "since": last - timedelta(days=40),
            "until": last - timedelta(days=5),
            "as_of": last - timedelta(days=9, minutes=3),
        },
        "weeks with noise": {"since": last - timedelta(days=50), "view": "all"},
    }


def questions(rng: Random, oracle: Oracle, metrics: Iterable[str], now: Any) -> Iterator[Question]:
    """Each metric at least once, in a random scope."""
    scopes = scopes_of(oracle, now) | longer_scopes(oracle)
    for metric in metrics:
        for _ in range(OFTEN.get(metric, 1)):
            options = options_of(metric, rng, oracle)
            label = label_of(metric, options, rng, scopes)
            yield Question(metric, options, label, {"as_of": now} | scopes[label])
