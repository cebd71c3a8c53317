"""A session, recomputed from its events by one pure function. Definitions: docs/definitions.md.

What a session adds to every sum is its `counts` (names in `clickstream.measures`), `money` and lists; nothing here
depends on the time of asking, so "open" carts are subtracted by whoever asks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec

from clickstream.carts import Cart, cart_of
from clickstream.channels import channel_of
from clickstream.checkouts import Error, Step, checkout_counts, checkout_errors, checkout_steps
from clickstream.clock import milliseconds
from clickstream.events import ENGAGING_TYPES, REFUND_TYPES, VIEWS, Event
from clickstream.experiments import Arm, arms_seen
from clickstream.localtime import LocalTime
from clickstream.money import MAX_SUM
from clickstream.orders import OrderBook, Sale
from clickstream.searches import Term, search_counts
from clickstream.trails import Trail, trail_of
from clickstream.wares import ProductUse, Seen, Sold, prices_seen, product_uses, sold_lines

MAX_EVENTS = 10_000
MAX_BYTES = 4 << 20
"""A session that comes to more than this as JSON would be too large a document."""
DIMENSIONS = ("device", "country", "channel", "variant")
FUNNEL_STEPS = ("session", "product_view", "add_to_cart", "checkout", "purchase")
ENGAGED_SECONDS = 10
MAX_DIMENSION = 100
UNKNOWN = "unknown"
_SECOND = timedelta(seconds=1)
_STUMBLES = frozenset(("payment_error", "coupon"))


PageVisit = tuple[str, int, int, int]
"""A page of one session: path, views, 1 if the session entered there, 1 if it left there."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` is session, loose or oversize: only a session has counts beyond the one that says what it is.

    `money`: per currency, in 1/10,000: revenue, refunded, left (in a cart), reached_<step> (revenue of own orders placed
    at or after that step of FUNNEL_STEPS). `funnel_seconds`: from each reached step to the next reached one, and where all
    are reached also from the first to the last. `sales`: own orders, with the `position` of their purchase in `trail`.
    `products_left`, `event_types`: (name, count). What a dict or list does not hold is zero. `experiments`: the arms it saw,
    of which the first of an experiment is the session's.
    """

    session_id: str
    key: str
    kind: str
    visitor: str
    user_id: str | None
    start: datetime
    end: datetime
    day: str
    hour: datetime
    device: str = UNKNOWN
    country: str = UNKNOWN
    channel: str = UNKNOWN
    variant: str = UNKNOWN
    experiments: list[Arm] = []
    duration: int = 0
    counts: dict[str, int] = {}
    money: dict[str, dict[str, int]] = {}
    sales: list[dict[str, Any]] = []
    funnel_seconds: list[int] = []
    products_left: list[tuple[str, int]] = []
    products: list[ProductUse] = []
    sold: list[Sold] = []
    prices_seen: list[Seen] = []
    checkout_steps: list[Step] = []
    checkout_errors: list[Error] = []
    terms: list[Term] = []
    event_types: list[tuple[str, int]] = []
    pages: list[PageVisit] = []
    trail: Trail = Trail()

    @classmethod
    def from_events(cls, events: list[Event], *, orders: OrderBook, local: LocalTime, currency: str) -> Session:
        """The session (or loose group) these events form; they must be non-empty and in event order."""
        first, last = events[0], events[-1]
        day, hour = local.day_and_hour(first.timestamp)
        user_id = next((event.user_id for event in events if event.user_id), None)
        session_id = first.session_id or f"{_owner(first)}:{milliseconds(first.timestamp)}"
        frame: dict[str, Any] = {
            "session_id": session_id,
            "key": first.key,
            "visitor": _visitor(events, user_id, session_id),
            "user_id": user_id,
            "start": first.timestamp,
            "end": last.timestamp,
            "day": day,
            "hour": hour,
        }
        if not first.session_id and all(event.loose for event in events):
            unmatched = _unmatched_refunds(events, orders)
            return cls(kind="loose", counts=_present(refunds_unmatched=unmatched), **frame)
        return cls(kind="session", **frame, **_contents(events, orders, currency))

    @classmethod
    def oversize(cls, first: Event, last: Event, local: LocalTime) -> Session:
        """A session of more than MAX_EVENTS events: counted as such, and in nothing else."""
        session_id = first.session_id or f"{_owner(first)}:{milliseconds(first.timestamp)}"
        day, hour = local.day_and_hour(first.timestamp)
        return cls(
            session_id=session_id,
            key=first.key,
            kind="oversize",
            visitor=session_id,
            user_id=None,
            start=first.timestamp,
            end=last.timestamp,
            day=day,
            hour=hour,
            counts={"oversize": 1},
        )


def cut_groups(events: Iterable[Event], gap: timedelta) -> Iterable[list[Event]]:
    """Groups of one key's events in event order: one of a client-sent session, else cut where the pause exceeds `gap`.

    A group that grows beyond MAX_EVENTS keeps its first event and its latest ones only: its size says oversize.
    """
    group: list[Event] = []
    for event in events:
        if group and not event.session_id and event.timestamp - group[-1].timestamp > gap:
            yield group
            group = []
        if len(group) > MAX_EVENTS:
            group[-1] = event
        else:
            group.append(event)
    if group:
        yield group


def session_of(events: list[Event], *, orders: OrderBook, local: LocalTime, currency: str) -> Session:
    if len(events) > MAX_EVENTS:
        return Session.oversize(events[0], events[-1], local)
    session = Session.from_events(events, orders=orders, local=local, currency=currency)
    if len(msgspec.json.encode(session)) > MAX_BYTES:
        return Session.oversize(events[0], events[-1], local)
    return session


def _owner(event: Event) -> str:
    return event.client_id or event.user_id or ""


def _visitor(events: list[Event], user_id: str | None, session_id: str) -> str:
    client_id = next((event.client_id for event in events if event.client_id), None)
    if user_id:
        return f"u:{user_id}"
    return f"c:{client_id}" if client_id else f"s:{session_id}"


def _contents(events: list[Event], orders: OrderBook, currency: str) -> dict[str, Any]:
    types = Counter(event.event_type for event in events)
    seconds = (events[-1].timestamp - events[0].timestamp) // _SECOND
    sales = _sales(events, orders) if types["purchase"] else []
    sold = sold_lines((events[n], sale.currency) for n, sale in sales) if sales else []
    cart = cart_of(events, currency) if types["add_to_cart"] else None
    found, terms = search_counts(events) if types["search"] else ({}, [])
    steps = _funnel(events)
    pages = _pages(events)
    if found.get("success_sessions") and types["purchase"]:
        found["success_conversions"] = 1
    if found.get("zero_sessions") and types["purchase"]:
        found["zero_conversions"] = 1
    return {
        "duration": seconds,
        "counts": {
            **_shape(events, types, seconds),
            **_sale_counts(sales, types),
            **(cart.counts() if cart else {}),
            **(checkout_counts(events) if types["checkout"] else {}),
            **(_sold_counts(sold) if sold else {}),
            **found,
            **_step_counts(len(steps)),
            **_present(refunds_unmatched=_unmatched_refunds(events, orders) if types.keys() & REFUND_TYPES else 0),
        },
        "money": _money(sales, steps, cart),
        "sales": [{**msgspec.structs.asdict(sale), "position": position} for position, sale in sales],
        "funnel_seconds": _funnel_seconds(events, steps),
        "products": product_uses(events, {events[n].event_id for n, _ in sales}),
        "sold": sold,
        "prices_seen": prices_seen(events, currency) if types["product_view"] else [],
        "checkout_steps": checkout_steps(events) if types["checkout_step"] else [],
        "checkout_errors": [] if _STUMBLES.isdisjoint(types) else checkout_errors(events),
        "products_left": sorted(cart.products_left.items()) if cart else [],
        "terms": terms,
        "event_types": sorted(types.items()),
        "pages": pages,
        "trail": trail_of(events, {visit[0]: n for n, visit in enumerate(pages)}),
        **_dimensions(events),
    }


def _shape(events: list[Event], types: Counter[str], seconds: int) -> dict[str, int]:
    pageviews = types["pageview"] + types["product_view"]
    engaging = not ENGAGING_TYPES.isdisjoint(types)
    return {
        "sessions": 1,
        "events": len(events),
        **_present(
            pageviews=pageviews,
            bounces=len(events) - types["engagement"] == 1,
            engaged=pageviews >= 2 or engaging or seconds >= ENGAGED_SECONDS,
            duration=seconds,
            conversions=bool(types["purchase"]),
            noisy_events=sum(event.noisy for event in events),
        ),
    }


def _present(**counts: int) -> dict[str, int]:
    """Counts that are not zero: what is absent adds nothing."""
    return {name: int(n) for name, n in counts.items() if n}


def _sales(events: list[Event], orders: OrderBook) -> list[tuple[int, Sale]]:
    """Own orders with the position of their purchase."""
    found = ((n, orders.sale(event)) for n, event in enumerate(events) if event.event_type == "purchase")
    return [(n, sale) for n, sale in found if sale is not None]


def _sale_counts(sales: list[tuple[int, Sale]], types: Counter[str]) -> dict[str, int]:
    return _present(
        orders=len(sales),
        orders_with_revenue=sum(sale.revenue is not None for _, sale in sales),
        refunds=sum(sale.refunds for _, sale in sales),
        purchases=types["purchase"],
    )


def _unmatched_refunds(events: list[Event], orders: OrderBook) -> int:
    return sum(event.event_type in REFUND_TYPES and orders.unmatched(event) for event in events)


def _sold_counts(sold: list[Sold]) -> dict[str, int]:
    return _present(units_sold=sum(row[2] for row in sold), lines_without_price=sum(row[4] for row in sold))


def _funnel(events: list[Event]) -> list[int]:
    """Positions of the events that reach each step of FUNNEL_STEPS, greedily; the first is the session's start."""
    reached = [0]
    wanted = 1
    for n, event in enumerate(events):
        if event.event_type == FUNNEL_STEPS[wanted]:
            reached.append(n)
            wanted += 1
            if wanted == len(FUNNEL_STEPS):
                break
    return reached


def _funnel_seconds(events: list[Event], steps: list[int]) -> list[int]:
    spans = [*pairwise(steps), *([(steps[0], steps[-1])] if len(steps) == len(FUNNEL_STEPS) else [])]
    return [(events[later].timestamp - events[earlier].timestamp) // _SECOND for earlier, later in spans]


def _step_counts(reached: int) -> dict[str, int]:
    return {f"reached_{step}": 1 for step in FUNNEL_STEPS[1:reached]}


def _money(sales: list[tuple[int, Sale]], steps: list[int], cart: Cart | None) -> dict[str, dict[str, int]]:
    money: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for position, sale in sales:
        if sale.revenue is None:
            continue
        row = money[sale.currency]
        row["revenue"] += sale.revenue
        row["refunded"] += sale.refunded
        for step, reached in zip(FUNNEL_STEPS[1:], steps[1:], strict=False):
            row[f"reached_{step}"] += sale.revenue if position >= reached else 0
    for currency, left in cart.value_left.items() if cart else ():
        money[currency]["left"] += left
    return {currency: {name: min(n, MAX_SUM) for name, n in row.items() if n} for currency, row in money.items()}


def money_refunded(money: dict[str, dict[str, int]], sales: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """A session's money with what these sales say came back."""
    refunded: Counter[str] = Counter()
    for sale in sales:
        if sale["revenue"] is not None:
            refunded[sale["currency"]] += sale["refunded"]
    rows = {currency: {name: n for name, n in row.items() if name != "refunded"} for currency, row in money.items()}
    for currency, amount in refunded.items():
        if amount:
            rows[currency]["refunded"] = min(amount, MAX_SUM)
    return rows


def _pages(events: list[Event]) -> list[PageVisit]:
    seen = [event.page for event in events if event.page and event.event_type in VIEWS]
    views = sorted(Counter(seen).items())
    return [(page, n, int(page == seen[0]), int(page == seen[-1])) for page, n in views]


def _dimensions(events: list[Event]) -> dict[str, Any]:
    arms = arms_seen(events)
    return {
        "device": _first_value(events, "device"),
        "country": _first_value(events, "country"),
        "channel": channel_of(events[0].properties),
        "variant": arms[0][1] if arms else UNKNOWN,
        "experiments": arms,
    }


def _first_value(events: list[Event], name: str) -> str:
    for event in events:
        value = event.properties.get(name)
        if value:
            return str(value)[:MAX_DIMENSION]
    return UNKNOWN
