"""The oracle's carts and checkouts: what becomes of them, what they leave behind, their steps and their errors."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from oracle_events import decimal_of, label_of, lines_of, quantity_of, text_of, units_of
from oracle_measures import Scope, money, rate

JsonDict = dict[str, Any]

CART_TYPES = ("add_to_cart", "remove_from_cart", "cart_view")


# Carts


def has(session: JsonDict, event_type: str) -> bool:
    return any(event["event_type"] == event_type for event in session["log"])


def bought_from(session: JsonDict, moment: datetime) -> bool:
    """A purchase at or after a moment."""
    return any(event["event_type"] == "purchase" and event["timestamp"] >= moment for event in session["log"])


def bought_since_first(session: JsonDict, event_type: str) -> bool:
    """A purchase at or after (by timestamp) the session's first event of the type."""
    return bought_from(session, next(e["timestamp"] for e in session["log"] if e["event_type"] == event_type))


def net_quantities(session: JsonDict) -> dict[str, int]:
    net: dict[str, int] = defaultdict(int)
    for event in session["log"]:
        sign = {"add_to_cart": 1, "remove_from_cart": -1}.get(event["event_type"], 0)
        for line in lines_of(event["properties"]) if sign else ():
            product = text_of(line.get("product_id"))
            net[product] = max(0, net[product] + sign * quantity_of(line))
    return net


def cart_state(scope: Scope, session: JsonDict) -> str | None:
    if not has(session, "add_to_cart"):
        return None
    if bought_since_first(session, "add_to_cart"):
        return "transacted"
    if scope.is_open(session):
        return "open"
    last = [event for event in session["log"] if event["event_type"] in CART_TYPES][-1]
    if units_of(last["properties"].get("cart_value")) == 0 or not any(net_quantities(session).values()):
        return "emptied"
    return "abandoned"


def value_left(scope: Scope, session: JsonDict) -> tuple[str, int] | None:
    """Currency and units that an abandoned cart leaves behind; None when unknown."""
    currency, stated = scope.currency, None
    prices: dict[str, int] = {}
    for event in session["log"]:
        if event["event_type"] not in CART_TYPES:
            continue
        properties = event["properties"]
        currency = text_of(properties.get("currency")) or currency
        value = units_of(properties.get("cart_value"))
        stated = stated if value is None else value
        for line in lines_of(properties) if event["event_type"] == "add_to_cart" else ():
            price = units_of(line.get("price"))
            if price is not None:
                prices[text_of(line.get("product_id"))] = price
    if stated is not None:
        return currency, stated
    known = [
        prices[product] * quantity for product, quantity in net_quantities(session).items() if quantity and product in prices
    ]
    return (currency, sum(known)) if known else None


def cart(scope: Scope, options: JsonDict) -> JsonDict:
    states = [(session, state) for session in scope.sessions if (state := cart_state(scope, session))]
    counts = Counter(state for _, state in states)
    left: dict[str, int] = defaultdict(int)
    unknown = 0
    quantities: Counter[str] = Counter()
    holders: Counter[str] = Counter()
    for session in (session for session, state in states if state == "abandoned"):
        value = value_left(scope, session)
        if value is None:
            unknown += 1
        else:
            left[value[0]] += value[1]
        for product, quantity in net_quantities(session).items():
            quantities[product] += quantity
            holders[product] += quantity > 0
    products_left = [
        {"product_id": product, "quantity": quantity, "sessions": holders[product]}
        for product, quantity in sorted(quantities.items(), key=lambda item: (-item[1], item[0]))
        if quantity > 0
    ]
    return {
        "created": len(states),
        "transacted": counts["transacted"],
        "open": counts["open"],
        "emptied": counts["emptied"],
        "abandoned": counts["abandoned"],
        "abandonment_rate": rate(counts["abandoned"], counts["transacted"] + counts["abandoned"]),
        "value_left": money(left),
        "value_unknown": unknown,
        "products_left": products_left[: options.get("limit", 20)],
    }


# Checkouts


def checkout_state(scope: Scope, session: JsonDict) -> str | None:
    if not has(session, "checkout"):
        return None
    if bought_since_first(session, "checkout"):
        return "completed"
    return "open" if scope.is_open(session) else "abandoned"


def checkout(scope: Scope, _options: JsonDict) -> JsonDict:
    states = Counter(state for session in scope.sessions if (state := checkout_state(scope, session)))
    return {
        "sessions": states.total(),
        "completed": states["completed"],
        "open": states["open"],
        "abandoned": states["abandoned"],
        "abandonment_rate": rate(states["abandoned"], states["completed"] + states["abandoned"]),
        "steps": checkout_steps(scope),
        "errors": checkout_errors(scope),
    }


# The steps of a checkout and what goes wrong in it


def step_name(event: JsonDict) -> str:
    return label_of(event["properties"].get("step_name")) or label_of(event["properties"].get("step"))


def steps_taken(session: JsonDict) -> dict[str, list[JsonDict]]:
    """The session's `checkout_step` events by the step's name."""
    taken: dict[str, list[JsonDict]] = defaultdict(list)
    for event in session["log"]:
        if event["event_type"] == "checkout_step" and step_name(event):
            taken[step_name(event)].append(event)
    return taken


def checkout_steps(scope: Scope) -> list[JsonDict]:
    numbers: dict[str, list[Decimal]] = defaultdict(list)
    reached, completed = Counter[str](), Counter[str]()
    for session in scope.sessions:
        for name, events in steps_taken(session).items():
            reached[name] += 1
            completed[name] += bought_from(session, events[0]["timestamp"])
            seen = (decimal_of(event["properties"].get("step")) for event in events)
            numbers[name] += [number for number in seen if number is not None]
    order = {name: min(numbers[name], default=None) for name in reached}
    return [
        {
            "name": name,
            "order": None if (number := order[name]) is None else float(number),
            "sessions": reached[name],
            "completed": rate(completed[name], reached[name]),
        }
        for name in sorted(reached, key=lambda name: (order[name] is None, order[name] or 0, name))
    ]


def errors_met(session: JsonDict) -> dict[tuple[str, str], list[JsonDict]]:
    """The session's payment errors and denied coupons by (kind, name)."""
    met: dict[tuple[str, str], list[JsonDict]] = defaultdict(list)
    for event in session["log"]:
        properties = event["properties"]
        if event["event_type"] == "payment_error":
            name = label_of(properties.get("code")) or label_of(properties.get("reason")) or "unknown"
            met["payment_error", name].append(event)
        elif event["event_type"] == "coupon" and properties.get("action") == "denied":
            met["coupon_denied", label_of(properties.get("reason")) or "unknown"].append(event)
    return met


def checkout_errors(scope: Scope) -> list[JsonDict]:
    events, touched, completed = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for session in scope.sessions:
        for error, met in errors_met(session).items():
            events[error] += len(met)
            touched[error] += 1
            completed[error] += bought_from(session, met[-1]["timestamp"])
    return [
        {
            "kind": error[0],
            "name": error[1],
            "events": events[error],
            "sessions": count,
            "completed": rate(completed[error], count),
        }
        for error, count in sorted(touched.items(), key=lambda item: (-item[1], item[0]))
    ]
