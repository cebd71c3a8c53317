"""Random raw shops, as clients would POST them, and their stored form written down independently of the product.

Ids, times and prices come from tiny alphabets, so that ties, collisions, bridges and repeats are common.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st
from shop_forms import Chance, Drawn, happens, sent, varied, written
from stored_form import last_moment, stored, stored_batches

__all__ = ["journey", "last_moment", "random_shop", "raw_shops", "stored", "stored_batches", "visit"]

JsonDict = dict[str, Any]

# Days on which Berlin or New York change their clocks, and the nights around them.
FIRST_DAYS = [
    datetime(2026, 2, 10, tzinfo=UTC),
    datetime(2026, 3, 28, 21, tzinfo=UTC),
    datetime(2026, 10, 24, 21, tzinfo=UTC),
    datetime(2026, 3, 8, 4, tzinfo=UTC),
    datetime(2026, 11, 1, 3, tzinfo=UTC),
]
MINUTE = 60_000
STARTS = [0, 0, MINUTE, 29 * MINUTE, 30 * MINUTE, 31 * MINUTE, 55 * MINUTE, 120 * MINUTE, 180 * MINUTE, 1440 * MINUTE]
PAUSES = [0, 1, 400, 999, 1000, 5_000, 9_999, 10_000, 61_000, 10 * MINUTE, 29 * MINUTE, 30 * MINUTE, 30 * MINUTE + 1]
PRICES = [10, 19.99, "5.00", 0.125, 7.123456, "12.345678", 0, 1999.99, "0.00005", 0.00015, 1.00005, 0.33335, 3, "8"]
CURRENCIES = [None, None, None, "EUR", "USD"]
PRODUCTS = ["p1", "p1", "p2", "p3", None]
PAGES = ["/", "/p/1", "/c/shoes", "/search", "/search?q=a", "/searching", "https://shop.example/c/hats?a=1#top", None]
QUERIES = ["shoes", " Shoes ", "ＳＨＯＥＳ", "red  shoes", "Straße", "STRASSE", "hat", "", None]
UTM = [
    {},
    {"source": "Google", "medium": " CPC "},
    {"source": "newsletter"},
    {"medium": "email", "source": "x"},
    {"medium": "affiliate", "source": "blog.example"},
    {"medium": "paid_social", "source": "facebook"},
    {"medium": "social", "source": "mastodon"},
    {"source": "instagram"},
    {"source": "www.bing.com"},
    {"source": "blog.example"},
    {"medium": "organic"},
    {"medium": "referral", "source": "google"},
    {"medium": "print"},
]
REFERRERS = [
    None,
    None,
    "https://www.google.co.uk/search?q=x",
    "https://t.co/abc",
    "https://lm.facebook.com/l.php",
    "https://search.yahoo.com/",
    "https://blog.example/post",
    "https://shop.example/old",
    "",
]
WALKS = [
    ["pageview"],
    ["engagement"],
    ["engagement", "refund"],
    ["refund"],
    ["pageview", "engagement"],
    ["pageview", "product_view", "add_to_cart", "checkout", "purchase"],
    ["product_view", "add_to_cart", "purchase", "purchase"],
    ["product_view", "product_view", "product_view", "add_to_cart", "add_to_cart", "checkout", "purchase"],
    ["product_view", "purchase", "add_to_cart", "checkout"],
    ["add_to_cart", "remove_from_cart", "cart_view"],
    ["add_to_cart", "add_to_cart", "remove_from_cart", "add_to_cart"],
    ["add_to_cart", "cart_view", "checkout", "checkout_step", "checkout_step"],
    ["search", "product_view", "add_to_cart"],
    ["search", "pageview", "search_click", "product_view", "search", "list_filter"],
    ["search", "search", "engagement", "search", "purchase"],
    ["pageview", "search", "wishlist_add", "product_view", "add_to_cart", "checkout", "add_to_cart", "purchase"],
    ["purchase", "refund"],
    ["purchase", "order_cancel", "refund"],
    ["order_cancel", "pageview"],
    ["product_view", "add_to_cart", "checkout", "checkout_step", "payment_error", "checkout_step", "purchase"],
    ["add_to_cart", "checkout", "coupon", "checkout_step", "payment_error", "engagement", "coupon"],
    ["search", "product_view", "coupon", "checkout", "payment_error", "payment_error", "purchase"],
]


# Journeys


def journey(chance: Chance, first_day: datetime, size: int = 1, buying: int = 100) -> list[JsonDict]:
    """One visit (or two that may run together), its events in time order.

    `size` widens the alphabets; all but `buying` per cent of the visits leave without their purchases.
    """
    person = {
        "client_id": chance.choice(["", "x", *(f"c{n}" for n in range(1, 2 + size))]),
        "user_id": chance.choice(["", "", "x", *(f"u{n}" for n in range(1, 1 + size))]),
        "session_id": chance.choice(["", "", "", "x", *(f"s{n}" for n in range(1, 1 + 3 * size))]),
    }
    moment = first_day + timedelta(milliseconds=chance.choice(STARTS), days=chance.randint(0, min(size, 6)))
    if size > 1:
        moment += timedelta(minutes=chance.randint(0, 1439))
    return visit(chance, person, moment, size, buying)


def visit(chance: Chance, person: JsonDict, moment: datetime, size: int, buying: int) -> list[JsonDict]:
    """What a person does from a moment on, now and then under another name."""
    if not any(person.values()):
        person = person | {"client_id": "c1"}
    traits = dimensions(chance)
    noise = {"source": chance.choice(["simulation", "basic_sim", "seed_demo"])} if happens(chance, 10) else {}
    events: list[JsonDict] = []
    walk = chance.choice(WALKS)
    if buying < 100 and not happens(chance, buying):
        walk = [event_type for event_type in walk if event_type != "purchase"] or ["pageview"]
    for place, event_type in enumerate(walk):
        event = one_event(chance, event_type, size)
        if place == 0:
            event["properties"] |= arrival(chance)
        if happens(chance, 10):
            traits = dimensions(chance)
        event["properties"] |= traits | noise
        if happens(chance, 5):
            event["properties"]["source"] = chance.choice(["simulation", "realistic_seed", "web"])
        if happens(chance, 5):
            person = person | {"user_id": "u1"}
        if happens(chance, 5) and person["client_id"]:
            person = person | {"session_id": chance.choice(["", "s1"])}
        events.append(event | person | {"timestamp": written(chance, moment)})
        moment += timedelta(milliseconds=chance.choice(PAUSES))
    return [varied(chance, event) for event in events]


def dimensions(chance: Chance) -> JsonDict:
    traits = {
        "device": chance.choice([None, "mobile", "desktop", ""]),
        "country": chance.choice([None, "DE", "US"]),
        "variant": chance.choice([None, "A", "B" * 120]),
        "experiment": chance.choice([None, None, "button", " button ", 7, ["no name"]]),
    }
    return {name: value for name, value in traits.items() if value is not None}


def arrival(chance: Chance) -> JsonDict:
    """Where a visit comes from."""
    origin: JsonDict = {}
    utm, referrer = chance.choice(UTM), chance.choice(REFERRERS)
    tagged = {f"utm_{name}": value for name, value in utm.items()}
    form = chance.choice(["object", "flat", "url"])
    if utm and form == "object":
        origin["utm"] = dict(utm)
    if utm and form == "flat":
        origin |= tagged
    if referrer is not None or form == "url":
        origin["url"] = "https://shop.example/landing?" + urlencode({"x": 1} | (tagged if form == "url" else {}))
    if referrer is not None:
        origin["referrer"] = referrer
    return origin


def one_event(chance: Chance, event_type: str, size: int) -> JsonDict:
    makers: dict[str, Callable[[Chance, int], JsonDict]] = {
        "pageview": page_properties,
        "product_view": product_properties,
        "search": search_properties,
        "add_to_cart": cart_properties,
        "remove_from_cart": cart_properties,
        "cart_view": cart_properties,
        "purchase": purchase_properties,
        "refund": refund_properties,
        "order_cancel": refund_properties,
        "checkout_step": step_properties,
        "payment_error": error_properties,
        "coupon": coupon_properties,
    }
    properties = makers[event_type](chance, size) if event_type in makers else {}
    event: JsonDict = {"event_type": event_type, "properties": properties}
    page = properties.pop("page", None)
    return event | ({"page": page} if page is not None else {})


def present(properties: JsonDict) -> JsonDict:
    return {name: value for name, value in properties.items() if value is not None}


def page_properties(chance: Chance, _size: int) -> JsonDict:
    return present({"page": chance.choice(PAGES), "title": chance.choice([None, "Shop"])})


def product_properties(chance: Chance, _size: int) -> JsonDict:
    product = chance.choice(PRODUCTS)
    return present(
        {"page": chance.choice([None, f"/p/{product}"]), "product_id": product, "price": chance.choice([None, 5])}
    )


def search_properties(chance: Chance, _size: int) -> JsonDict:
    return present(
        {
            "query": chance.choice(QUERIES),
            "results_count": chance.choice([0, 0, 7, None]),
            "page_no": chance.choice([None, None, 1, 2]),
        }
    )


def line(chance: Chance) -> JsonDict:
    return present(
        {
            "product_id": chance.choice(PRODUCTS),
            "price": chance.choice([None, *PRICES]),
            "quantity": chance.choice([None, None, 1, 2, 3, 0]),
        }
    )


def lines(chance: Chance) -> JsonDict:
    if happens(chance, 40):
        return {"items": [line(chance) for _ in range(chance.randint(1, 4))]}
    return line(chance)


def cart_properties(chance: Chance, _size: int) -> JsonDict:
    value = chance.choice([None, None, None, 0, "0.00", *PRICES])
    return lines(chance) | present({"cart_value": value, "currency": chance.choice(CURRENCIES)})


def order_ids(size: int) -> list[str | None]:
    return [None, *(f"o{n}" for n in range(1, 3 * size + 1))]


def purchase_properties(chance: Chance, size: int) -> JsonDict:
    prices = [None, *PRICES]
    bases: list[JsonDict] = [
        {"revenue": chance.choice(prices), "total": 3},
        {"subtotal": chance.choice(prices)},
        {"total": chance.choice(prices), "tax": chance.choice(prices), "shipping": chance.choice(prices)},
        {chance.choice(["total", "total_amount", "value"]): chance.choice(prices)},
        lines(chance),
        {},
    ]
    bought = lines(chance) if happens(chance, 60) else {}
    properties = (
        bought | chance.choice(bases) | {"order_id": chance.choice(order_ids(size)), "currency": chance.choice(CURRENCIES)}
    )
    return present(properties)


def refund_properties(chance: Chance, size: int) -> JsonDict:
    return present(
        {
            "order_id": chance.choice([*order_ids(size), "o-unknown"]),
            "amount": chance.choice([None, None, 0, 5, "2.50", 0.00005, 3000]),
            "currency": chance.choice(CURRENCIES),
        }
    )


def step_properties(chance: Chance, _size: int) -> JsonDict:
    return present(
        {
            "step": chance.choice([None, 1, 2, "2", 3, "last"]),
            "step_name": chance.choice([None, "address", " payment ", "", 7]),
        }
    )


def error_properties(chance: Chance, _size: int) -> JsonDict:
    return present({"code": chance.choice([None, "declined", 51, ""]), "reason": chance.choice([None, "no funds"])})


def coupon_properties(chance: Chance, _size: int) -> JsonDict:
    return present(
        {
            "action": chance.choice(["denied", "denied", "applied", None]),
            "reason": chance.choice([None, "expired", "unknown"]),
        }
    )


def random_shop(rng: Random, journeys: int, buying: int = 100) -> list[JsonDict]:
    """A shop of as many journeys over about a week, drawn from `rng`."""
    first_day = rng.choice(FIRST_DAYS)
    return sent(rng, [journey(rng, first_day, size=max(2, journeys // 8), buying=buying) for _ in range(journeys)])


@st.composite
def journeys(draw: st.DrawFn, first_day: datetime) -> list[JsonDict]:
    return journey(Drawn(draw), first_day)


@st.composite
def raw_shops(draw: st.DrawFn, most_journeys: int = 8) -> list[JsonDict]:
    """Small shops of one to eight journeys, as one list of input events."""
    first_day = draw(st.sampled_from(FIRST_DAYS))
    return sent(Drawn(draw), draw(st.lists(journeys(first_day), min_size=1, max_size=most_journeys)))
