"""A shop of thirteen sessions worked out by hand: what was sent, and what every metric must say about it.

Saturday 28 and Sunday 29 March 2026 in Berlin, which turns its clocks forward on the Sunday at 01:00 UTC
(28 March begins at 23:00 UTC on the 27th, 29 March at 23:00 UTC on the 28th and lasts 23 hours). Default currency EUR.

    id       start (UTC)   visitor  s   events                                      device  country channel
    A anna   28 09:00:00   anna    130  page search view add checkout buy           mobile  DE      paid
    B bob    28 09:30:00   cb        0  page                                        desktop DE      organic
    C cc     28 10:00:00   cc      360  page view add                               mobile  AT      direct
    D cc     28 10:40:00   cc       70  search page search view engagement          unknown unknown direct     returning
    E eve    28 12:00:00   ce        0  buy add (same millisecond)                  desktop DE      email
    F fay    28 23:30:00   fay     180  view add remove remove                      mobile  DE      affiliate
    G gus    29 00:59:59.5 cg       10  page page                                   desktop US      referral
    H hal    29 01:00:00   ch        9  search search(page 2) search engagement     desktop US      social
    I ivy    29 10:00:00   ci       60  view checkout buy buy                       mobile  US      social
    K anna   29 12:00:00   anna      6  page refund refund                          unknown DE      direct     returning
    N ned    29 15:00:00   cn       40  add checkout step engagement                mobile  AT      referral
    O oli    29 16:00:00   oli      30  view add checkout buy                       desktop DE      paid
    M mia    29 19:40:00   cm      310  view add checkout                           desktop DE      direct
    X bot    29 13:00:00   cx        5  page buy                          noise: only in view "all"
    no session: a refund of cj (11:00), a refund of ck (11:30), an engagement of cz (17:00)

    orders   o1 in A: 49.99 EUR, 10.00 refunded in K (K's other refund names USD: unmatched; I's o1 is an event only)
             E's without an id: items 49.99 + 2 x 5.005 = 60.00 EUR
             o2 in I: 100 - 16 - 4 = 80 USD, all of it refunded by cj
             o4 in O: revenue unknown
             ck refunds an order nobody made: unmatched
    seconds  0 0 6 9 10 30 40 60 70 130 180 310 360: sum 1205, middle 40, twelfth (ceil 0.9 x 13) 310
    carts    A E O transacted; M open; F emptied (2 - 1 - 5, floored); C N abandoned (40.00 EUR; unknown)
    funnel   view A 30 C 300 D 40 F 0 I 0 M 0 O 0; add A 20 C 60 F 60 M 300 O 10; checkout A 40 M 10 O 10; buy A 40 O 10
    search   A red shoes (12, viewed); D red shoes (0, refined), blue shoes (3, viewed); H ghost (0), boots (unknown, exit)
             buyers of lucky sessions A D: 1 of 2; of zero-result sessions D H: 0 of 2
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

JsonDict = dict[str, Any]

TIME_ZONE = "Europe/Berlin"
CURRENCY = "EUR"
AS_OF = datetime(2026, 3, 29, 20, tzinfo=UTC)


def happened(event_id: str, time: str, event_type: str, who: JsonDict, page: str = "", **properties: Any) -> JsonDict:
    """One input event; `time` is "day hour:minute:second" of March 2026 in UTC."""
    day, clock = time.split()
    event = {
        "event_id": event_id,
        "event_type": event_type,
        "timestamp": f"2026-03-{day}T{clock}Z",
        "properties": properties,
    }
    return event | who | ({"page": page} if page else {})


def person(session: str = "", client: str = "", user: str = "") -> JsonDict:
    names = {"session_id": session, "client_id": client, "user_id": user}
    return {name: value for name, value in names.items() if value}


ANNA_OUT, ANNA_IN = person("s-anna", "ca"), person("s-anna", "ca", "anna")
BOB, CC, EVE = person("s-bob", "cb"), person(client="cc"), person("s-eve", "ce")
FAY, GUS, HAL = person("s-fay", "cf", "fay"), person("s-gus", "cg"), person("s-hal", "ch")
IVY, ANNA_AGAIN, NED = person("s-ivy", "ci"), person("s-anna-2", "", "anna"), person("s-ned", "cn")
OLI, MIA, BOT = person("s-oli", "", "oli"), person("s-mia", "cm"), person("s-bot", "cx")

PAID = {"source": "google", "medium": "cpc"}
MOBILE_DE = {"device": "mobile", "country": "DE"}
MOBILE_AT = {"device": "mobile", "country": "AT"}
DESKTOP_DE = {"device": "desktop", "country": "DE"}
DESKTOP_US = {"device": "desktop", "country": "US"}

EVENTS = [
    happened("a1", "28 09:00:00", "pageview", ANNA_OUT, "/", utm=PAID, **MOBILE_DE),
    happened("a2", "28 09:00:20", "search", ANNA_OUT, query="Red Shoes", results_count=12),
    happened("a3", "28 09:00:30", "product_view", ANNA_OUT, "/p/1", product_id="p1"),
    happened("a4", "28 09:00:50", "add_to_cart", ANNA_OUT, product_id="p1", price=49.99, currency="EUR", cart_value=49.99),
    happened("a5", "28 09:01:30", "checkout", ANNA_IN),
    happened("a6", "28 09:02:10", "purchase", ANNA_IN, order_id="o1", revenue=49.99, currency="EUR"),
    happened("b1", "28 09:30:00", "pageview", BOB, "/", referrer="https://www.google.de/", **DESKTOP_DE),
    happened("c1", "28 10:00:00", "pageview", CC, "/", **MOBILE_AT),
    happened("c2", "28 10:05:00", "product_view", CC, "/p/2", product_id="p2"),
    happened("c3", "28 10:06:00", "add_to_cart", CC, product_id="p2", price="20.00", quantity=2),
    happened("d1", "28 10:40:00", "search", CC, query="RED  shoes", results_count=0),
    happened("d2", "28 10:40:05", "pageview", CC, "/search?q=red+shoes"),
    happened("d3", "28 10:40:30", "search", CC, query="blue shoes", results_count=3),
    happened("d4", "28 10:40:40", "product_view", CC, "/p/3", product_id="p3"),
    happened("d5", "28 10:41:10", "engagement", CC, engaged_ms=30000),
    happened(
        "e1", "28 12:00:00", "purchase", EVE, utm={"medium": "newsletter"}, **DESKTOP_DE,
        items=[{"product_id": "p1", "price": 49.99}, {"product_id": "p4", "price": "5.005", "quantity": 2}],
    ),
    happened("e2", "28 12:00:00", "add_to_cart", EVE, product_id="p1", price=49.99),
    happened("f1", "28 23:30:00", "product_view", FAY, "/p/1", product_id="p1", utm={"medium": "affiliate"}, **MOBILE_DE),
    happened("f2", "28 23:31:00", "add_to_cart", FAY, product_id="p1", price=10, quantity=2, cart_value=20),
    happened("f3", "28 23:32:00", "remove_from_cart", FAY, product_id="p1"),
    happened("f4", "28 23:33:00", "remove_from_cart", FAY, product_id="p1", quantity=5),
    happened("g1", "29 00:59:59.500", "pageview", GUS, "/", referrer="https://blog.example/post", **DESKTOP_US),
    happened("g2", "29 01:00:10.499", "pageview", GUS, "/c/shoes"),
    happened("h1", "29 01:00:00", "search", HAL, query="ghost", results_count=0, referrer="https://t.co/x", **DESKTOP_US),
    happened("h2", "29 01:00:04", "search", HAL, query="ghost", results_count=0, page_no=2),
    happened("h3", "29 01:00:09", "search", HAL, query="boots"),
    happened("h4", "29 01:00:09.500", "engagement", HAL),
    happened(
        "i1", "29 10:00:00", "product_view", IVY,
        product_id="p5", utm={"source": "instagram"}, device="mobile", country="US",
    ),
    happened("i2", "29 10:00:20", "checkout", IVY),
    happened("i3", "29 10:01:00", "purchase", IVY, order_id="o2", total=100, tax=16, shipping="4.00", currency="USD"),
    happened("i4", "29 10:01:00", "purchase", IVY, order_id="o1", revenue=49.99, currency="EUR"),
    happened("j1", "29 11:00:00", "refund", person(client="cj"), order_id="o2"),
    happened("j2", "29 11:30:00", "refund", person(client="ck"), order_id="o-404", amount=3),
    happened("k1", "29 12:00:00", "pageview", ANNA_AGAIN, "/account", device="", country="DE"),
    happened("k2", "29 12:00:05", "refund", ANNA_AGAIN, order_id="o1", amount="10.00"),
    happened("k3", "29 12:00:06", "refund", ANNA_AGAIN, order_id="o1", amount=1, currency="USD"),
    happened("x1", "29 13:00:00", "pageview", BOT, "/", source="simulation"),
    happened("x2", "29 13:00:05", "purchase", BOT, order_id="o3", revenue=999, currency="USD", source="simulation"),
    happened("n1", "29 15:00:00", "add_to_cart", NED, product_id="p9", utm={"medium": "referral"}, **MOBILE_AT),
    happened("n2", "29 15:00:30", "checkout", NED),
    happened("n3", "29 15:00:40", "checkout_step", NED, step=2),
    happened("n4", "29 15:00:40", "engagement", NED),
    happened("o1", "29 16:00:00", "product_view", OLI, "/p/1", product_id="p1", utm=PAID, **DESKTOP_DE),
    happened("o2", "29 16:00:10", "add_to_cart", OLI, product_id="p1", price=10),
    happened("o3", "29 16:00:20", "checkout", OLI),
    happened("o4", "29 16:00:30", "purchase", OLI, order_id="o4"),
    happened("z1", "29 17:00:00", "engagement", person(client="cz")),
    happened("m1", "29 19:40:00", "product_view", MIA, "/p/2", product_id="p2", **DESKTOP_DE),
    happened("m2", "29 19:45:00", "add_to_cart", MIA, product_id="p2", price=20),
    happened("m3", "29 19:45:10", "checkout", MIA),
]  # fmt: skip


def rate(numerator: int, denominator: int) -> JsonDict:
    return {"numerator": numerator, "denominator": denominator, "value": numerator / denominator}


def money(**amounts: float) -> list[JsonDict]:
    return [{"currency": currency, "amount": amount} for currency, amount in amounts.items()]


def step(name: str, reached: int, before: int, median: float | None, p90: int | None, **revenue: float) -> JsonDict:
    return {
        "name": name,
        "reached": reached,
        "step_rate": rate(reached, before),
        "overall_rate": rate(reached, 13),
        "seconds_median": median,
        "seconds_p90": p90,
        "revenue": money(**revenue),
    }


def term(query: str, searches: int, zero: int, successes: int) -> JsonDict:
    """At risk: zero-result searches x (1/2 - 0/2) x AOV of 54.995 EUR and 80 USD."""
    at_risk = money(EUR=zero * 27.4975, USD=zero * 40)
    return {"query": query, "searches": searches, "zero": zero, "successes": successes, "revenue_at_risk": at_risk}


EXPECTED: dict[str, Any] = {
    "overview": {
        "events": 45, "sessions": 13, "visitors": 11, "buyers": 4, "new_sessions": 11, "returning_sessions": 2,
        "pageviews": 14, "bounces": 1, "engaged_sessions": 11, "conversions": 4, "orders": 4, "orders_with_revenue": 3,
        "revenue": money(EUR=109.99, USD=80.0),
        "net_revenue": money(EUR=99.99, USD=0.0),
        "refunded": money(EUR=10.0, USD=80.0),
        "aov": [
            {"currency": "EUR", "amount": 54.995, "median": 54.995, "orders": 2},
            {"currency": "USD", "amount": 80.0, "median": 80.0, "orders": 1},
        ],
        "revenue_per_session": money(EUR=109.99 / 13, USD=80 / 13),
        "revenue_per_visitor": money(EUR=109.99 / 11, USD=80 / 11),
        "bounce_rate": rate(1, 13), "engagement_rate": rate(11, 13),
        "conversion_rate": rate(4, 13), "buyer_rate": rate(4, 11),
        "duration_mean": 1205 / 13, "duration_median": 40.0, "duration_p90": 310, "pages_per_session": rate(14, 13),
        "refunds_unmatched": 2, "oversize": 0, "noisy_events": 2,
    },
    "series": [
        {
            "start": "2026-03-27T23:00:00.000Z", "day": "2026-03-28", "sessions": 5, "visitors": 4, "events": 17,
            "pageviews": 7, "conversions": 2, "orders": 2, "revenue": money(EUR=109.99), "bounces": 1,
        },
        {
            "start": "2026-03-28T23:00:00.000Z", "day": "2026-03-29", "sessions": 8, "visitors": 8, "events": 28,
            "pageviews": 7, "conversions": 2, "orders": 2, "revenue": money(USD=80.0), "bounces": 0,
        },
    ],
    "funnel": {
        "mode": "ordered", "unit": "session",
        "steps": [
            step("session", 13, 13, None, None, EUR=109.99, USD=80.0),
            step("product_view", 7, 13, 0.0, 300, EUR=49.99, USD=80.0),
            step("add_to_cart", 5, 7, 60.0, 300, EUR=49.99),
            step("checkout", 3, 5, 10.0, 40, EUR=49.99),
            step("purchase", 2, 3, 25.0, 40, EUR=49.99),
        ],
        "conversions": 4, "outside": 2,
    },
    "cart": {
        "created": 7, "transacted": 3, "open": 1, "emptied": 1, "abandoned": 2, "abandonment_rate": rate(2, 5),
        "value_left": money(EUR=40.0), "value_unknown": 1,
        "products_left": [
            {"product_id": "p2", "quantity": 2, "sessions": 1},
            {"product_id": "p9", "quantity": 1, "sessions": 1},
        ],
    },
    "checkout": {"sessions": 5, "completed": 3, "open": 1, "abandoned": 1, "abandonment_rate": rate(1, 4)},
    "search": {
        "searches": 5, "sessions": 3, "known": 4, "zero": 2, "zero_result_rate": rate(2, 4), "success_rate": rate(2, 5),
        "click_through_rate": rate(2, 5), "refinement_rate": rate(1, 5), "exit_rate": rate(1, 5),
        "conversion_successful": rate(1, 2), "conversion_zero": rate(0, 2),
        "revenue_at_risk": money(EUR=54.995, USD=80.0),
        "terms": [term("red shoes", 2, 1, 1), term("blue shoes", 1, 0, 1), term("boots", 1, 0, 0), term("ghost", 1, 1, 0)],
        "terms_total": 4,
    },
    "segments": {"dimension": "device", "rows": [], "hidden": {"minimum": 30, "rows": 3, "sessions": 13}},
    "pages": {
        "pages": [
            {"page": "/", "pageviews": 4, "sessions": 4, "entries": 4, "exits": 1},
            {"page": "/p/1", "pageviews": 3, "sessions": 3, "entries": 2, "exits": 3},
            {"page": "/p/2", "pageviews": 2, "sessions": 2, "entries": 1, "exits": 2},
            {"page": "/account", "pageviews": 1, "sessions": 1, "entries": 1, "exits": 1},
            {"page": "/c/shoes", "pageviews": 1, "sessions": 1, "entries": 0, "exits": 1},
            {"page": "/p/3", "pageviews": 1, "sessions": 1, "entries": 0, "exits": 1},
            {"page": "/search", "pageviews": 1, "sessions": 1, "entries": 1, "exits": 0},
        ],
        "total": 7,
    },
    "event_types": {
        "types": [
            {"type": "add_to_cart", "events": 7, "sessions": 7},
            {"type": "pageview", "events": 7, "sessions": 6},
            {"type": "product_view", "events": 7, "sessions": 7},
            {"type": "search", "events": 6, "sessions": 3},
            {"type": "checkout", "events": 5, "sessions": 5},
            {"type": "purchase", "events": 5, "sessions": 4},
            {"type": "engagement", "events": 3, "sessions": 3},
            {"type": "refund", "events": 2, "sessions": 1},
            {"type": "remove_from_cart", "events": 2, "sessions": 1},
            {"type": "checkout_step", "events": 1, "sessions": 1},
        ],
        "total": 10,
    },
}  # fmt: skip
