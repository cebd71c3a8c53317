"""Channels: which brought the orders, by the visitor's last touch and by the very first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from clickstream.measures import Measures
from clickstream.metrics import sums
from clickstream.metrics.behind import PLACE_FIELDS, Asked, Found, Listed, Matching, Part, place_of
from clickstream.metrics.metric import Measured, Metric, Options
from clickstream.metrics.source import Row, Source
from clickstream.metrics.values import identity, money, money_identity, rate, revenue_of
from clickstream.scope import Scope

VISITORS_A_TIME = 10_000
"""Buyers whose first sessions are looked up together, so that memory does not grow with their number."""


Buyers = dict[str, tuple[int, dict[str, int]]]
"""Orders, and revenue in 1/10,000 per currency, by visitor."""

_ORDERING = {"counts.conversions": {"$exists": True}, "counts.orders": {"$gte": 1}}
"""A filter on sessions with an own order, through the index of buying ones."""


class Credit:
    """Orders, and revenue in 1/10,000 per currency, that a channel is given."""

    __slots__ = ("orders", "revenue")

    def __init__(self) -> None:
        self.orders = 0
        self.revenue: Counter[str] = Counter()

    def add(self, orders: int, revenue: dict[str, int]) -> None:
        self.orders += orders
        self.revenue.update(revenue)

    def shown(self) -> Row:
        return {"orders": self.orders, "revenue": money(self.revenue)}


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """A row for every channel with a session or an order, most sessions first; without sessions there is none."""
    by_channel = sums.by_dimension(source, scope, "channel", ("sessions", "conversions", "orders"))
    total = sums.total(source, scope, ("orders",))
    last: defaultdict[str, Credit] = defaultdict(Credit)
    for channel, one in by_channel.items():
        last[channel].add(one.counts["orders"], revenue_of(one))
    first = _first_touch(source, scope)
    nothing = Measures()
    rows = [
        _row(channel, by_channel.get(channel, nothing), first[channel], last[channel])
        for channel in by_channel.keys() | first.keys()
    ]
    result = {
        "rows": sorted(rows, key=lambda row: (-row["sessions"], row["channel"])),
        "orders": total.counts["orders"],
        "revenue": money(revenue_of(total)),
    }
    return Measured(result, [*_reconciled("first", first, total), *_reconciled("last", last, total)])


def _row(channel: str, one: Measures, first: Credit, last: Credit) -> Row:
    return {
        "channel": channel,
        "sessions": one.counts["sessions"],
        "conversion_rate": rate(one.counts["conversions"], one.counts["sessions"]),
        "first": first.shown(),
        "last": last.shown(),
    }


def _reconciled(touch: str, credits: dict[str, Credit], total: Measures) -> list[Row]:
    earned = sum((credit.revenue for credit in credits.values()), Counter[str]())
    orders = sum(credit.orders for credit in credits.values())
    return [
        identity(f"orders by {touch} touch = orders", orders, total.counts["orders"]),
        *(
            money_identity(f"revenue by {touch} touch = revenue", currency, earned[currency], units)
            for currency, units in sorted(revenue_of(total).items())
        ),
    ]


def _first_touch(source: Source, scope: Scope) -> defaultdict[str, Credit]:
    """Own orders of the scope by the channel of their visitor's first session ever, wherever that lies."""
    found: defaultdict[str, Credit] = defaultdict(Credit)
    for buyers, channels in _buyers_and_channels(source, scope):
        for visitor, channel in channels.items():
            found[channel].add(*buyers[visitor])
    return found


def _buyers_and_channels(source: Source, scope: Scope) -> Iterator[tuple[Buyers, dict[str, str]]]:
    """Some buyers at a time, with the channels of their first sessions."""
    after: str | None = None
    while buyers := _buyers(source, scope, after):
        yield buyers, _first_channels(source, scope, list(buyers))
        after = max(buyers)
        if len(buyers) < VISITORS_A_TIME:
            return


def _buyers(source: Source, scope: Scope, after: str | None) -> Buyers:
    """Orders and revenue of the next buyers by name."""
    wanted: dict[str, Any] = _ORDERING | ({"visitor": {"$gt": after}} if after is not None else {})
    group = {"_id": "$visitor", "orders": {"$sum": "$counts.orders"}, "money": {"$push": "$money"}}
    rows = source.sessions(
        [sums.matching(scope, **wanted), {"$group": group}, {"$sort": {"_id": 1}}, {"$limit": VISITORS_A_TIME}]
    )
    return {row["_id"]: (row["orders"], _revenue(row["money"])) for row in rows}


def _revenue(amounts: list[dict[str, dict[str, int]]]) -> dict[str, int]:
    revenue: Counter[str] = Counter()
    for of_session in amounts:
        revenue.update({currency: row["revenue"] for currency, row in of_session.items() if "revenue" in row})
    return dict(revenue)


def _first_channels(source: Source, scope: Scope, visitors: list[str]) -> dict[str, str]:
    """The channel of each visitor's first session in the dataset and view."""
    first = {"views": scope.view, "visitor": {"$in": visitors}, f"links.{scope.view}.new": True}
    rows = source.sessions([{"$match": first}, {"$project": {"_id": 0, "visitor": 1, "channel": 1}}])
    return {row["visitor"]: row["channel"] for row in rows}


def _first(asked: Asked) -> Found:
    """Sessions with an own order, of visitors whose first session came by the channel."""
    found = []
    for _, channels in _buyers_and_channels(asked.source, asked.scope):
        visitors = [visitor for visitor, channel in channels.items() if channel == asked.value]
        wanted = sums.matching(asked.scope, **_ORDERING, visitor={"$in": visitors})
        found += [place_of(row) for row in asked.source.stream([wanted, {"$project": PLACE_FIELDS}])]
    return Listed(found)


def _last(asked: Asked) -> Found:
    return Matching({"channel": asked.value, **_ORDERING})


CHANNELS = Metric(
    id="channels",
    title="Channels",
    definition=(
        "What each channel brought: the sessions that came by it, and the orders it is given, once by last touch (the "
        "channel of the order's own session) and once by first touch (the channel of the visitor's first session ever). "
        "Either way the orders and the revenue of all channels add up to the shop's."
    ),
    fields={
        "conversion_rate": "Sessions that came by this channel and bought / sessions that came by it.",
        "first": "Orders and gross revenue of visitors whose first session ever came by this channel.",
        "last": "Orders and gross revenue of sessions that came by this channel.",
    },
    measure=measure,
    parts=(
        Part("first", "sessions with orders of visitors whose first session came by this channel", _first, value=True),
        Part("last", "sessions with orders that came by this channel", _last, value=True),
    ),
)
