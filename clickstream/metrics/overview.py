"""Overview: how many came, stayed and bought, and for how much."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clickstream.metrics import sums
from clickstream.metrics.behind import Matching, Part, counted
from clickstream.metrics.metric import Measured, Metric, Options
from clickstream.metrics.source import Source
from clickstream.metrics.statistics import median, nearest_rank
from clickstream.metrics.values import average_orders, identity, money, money_per, rate, revenue_of
from clickstream.scope import Scope

_COUNTS = (
    "sessions", "oversize", "events", "pageviews", "bounces", "engaged", "duration", "conversions",
    "orders", "orders_with_revenue", "refunds", "refunds_unmatched",
)  # fmt: skip
_NOISY = ("noisy_events",)


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """Headline numbers of a scope; with no session every rate, mean and median is None."""
    everyone = replace(scope, view="all")
    sums.ahead(
        source,
        (scope, "total", sums.fields(_COUNTS)),
        (scope, "previous", ()),
        (scope, "durations", ()),
        (scope, "visitor", sums.columns((), amounts=False)),
        (scope, "channel", sums.columns(("orders",), amounts=False)),
        (everyone, "total", sums.fields(_NOISY, amounts=False)),
    )
    total = sums.total(source, scope, _COUNTS)
    counts = total.counts
    sessions = counts["sessions"]
    visitors, buyers = sums.visitors_and_buyers(source, scope)
    seconds = sums.durations(source, scope)
    by_visitor = sums.by_dimension(source, scope, "visitor", (), amounts=False)
    new = by_visitor["new"].counts["sessions"] if "new" in by_visitor else 0
    revenue = revenue_of(total)
    refunded = {currency: total.money[currency]["refunded"] for currency in revenue}
    result: dict[str, Any] = {
        "events": counts["events"],
        "sessions": sessions,
        "visitors": visitors,
        "buyers": buyers,
        "new_sessions": new,
        "returning_sessions": sessions - new,
        "pageviews": counts["pageviews"],
        "bounces": counts["bounces"],
        "engaged_sessions": counts["engaged"],
        "conversions": counts["conversions"],
        "orders": counts["orders"],
        "orders_with_revenue": counts["orders_with_revenue"],
        "revenue": money(revenue),
        "net_revenue": money({currency: revenue[currency] - refunded[currency] for currency in revenue}),
        "refunded": money(refunded),
        "refunds": counts["refunds"],
        "aov": average_orders(total),
        "revenue_per_session": money_per(revenue, sessions),
        "revenue_per_visitor": money_per(revenue, visitors),
        "bounce_rate": rate(counts["bounces"], sessions),
        "engagement_rate": rate(counts["engaged"], sessions),
        "conversion_rate": rate(counts["conversions"], sessions),
        "buyer_rate": rate(buyers, visitors),
        "duration_mean": counts["duration"] / sessions if sessions else None,
        "duration_median": median(seconds),
        "duration_p90": nearest_rank(seconds, 0.9),
        "pages_per_session": rate(counts["pageviews"], sessions),
        "refunds_unmatched": counts["refunds_unmatched"],
        "oversize": counts["oversize"],
        "noisy_events": sums.total(source, everyone, _NOISY, amounts=False).counts["noisy_events"],
    }
    by_duration = identity("sessions by duration = sessions", sum(seconds.values()), sessions)
    return Measured(result, [*_reconciled(source, scope, result, by_visitor), by_duration], sessions)


def _reconciled(source: Source, scope: Scope, result: dict[str, Any], by_visitor: sums.Groups) -> list[dict[str, Any]]:
    channels = sums.by_dimension(source, scope, "channel", ("orders",), amounts=False).values()
    return [
        identity("new and returning sessions = sessions", _sessions(by_visitor), result["sessions"]),
        identity("sessions by channel = sessions", sum(one.counts["sessions"] for one in channels), result["sessions"]),
        identity("orders by channel = orders", sum(one.counts["orders"] for one in channels), result["orders"]),
    ]


def _sessions(groups: sums.Groups) -> int:
    return sum(measures.counts["sessions"] for measures in groups.values())


OVERVIEW = Metric(
    id="overview",
    title="Overview",
    definition=(
        "How many sessions, visitors and orders there were in the window, what was bought, and how visits went. "
        "Every event, order and refund counts on the day its session starts."
    ),
    fields={
        "sessions": "Visits: events of one client-sent session, or of one client with no pause over 30 minutes.",
        "visitors": "Distinct people: the session's first user id, else its client id, else the session itself.",
        "buyers": "Distinct visitors with at least one purchase.",
        "new_sessions": "Sessions of visitors who had no earlier session in this dataset.",
        "returning_sessions": "Sessions of visitors who had an earlier session in this dataset.",
        "pageviews": "Page views and product views.",
        "bounce_rate": "Sessions with exactly one interactive event / sessions.",
        "engagement_rate": (
            "Sessions with two or more page or product views, or any search, cart, checkout or purchase event, "
            "or ten seconds or longer / sessions."
        ),
        "conversion_rate": "Sessions with at least one purchase / sessions.",
        "buyer_rate": "Distinct buyers / distinct visitors.",
        "orders": "Distinct order ids; each belongs to the session of its first purchase.",
        "orders_with_revenue": "Orders whose revenue is known; the others are left out of revenue and AOV.",
        "revenue": "Gross revenue of the orders, without tax and shipping where those are known; never adds currencies.",
        "refunded": "Refunds and cancellations of these orders, whenever they arrived, at most each order's revenue.",
        "net_revenue": "Revenue less what was refunded.",
        "aov": "Average order value: revenue / orders with known revenue; the median order beside it.",
        "revenue_per_session": "Revenue / sessions.",
        "revenue_per_visitor": "Revenue / visitors.",
        "duration_mean": "Seconds from first to last event, mean over all sessions; a session of one event lasts 0 seconds.",
        "duration_median": "The middle session's seconds (mean of the middle two).",
        "duration_p90": "Nine in ten sessions last at most this many seconds (nearest rank).",
        "pages_per_session": "Page and product views / sessions.",
        "refunds_unmatched": "Refunds that name no known order, or another currency than their order's.",
        "oversize": "Sessions of more than 10,000 events, left out of everything else.",
        "noisy_events": "Events in this window marked as noise or simulated; the clean view leaves them out.",
    },
    measure=measure,
    parts=(
        Part("sessions", "all sessions of the window", lambda asked: Matching()),
        Part("bounces", "sessions with exactly one interactive event", counted("bounces")),
        Part("engaged", "engaged sessions", counted("engaged")),
        Part("conversions", "sessions with at least one purchase", counted("conversions")),
        Part("orders", "sessions that own an order", counted("orders")),
        Part(
            "refunds",
            "sessions with an own order something was taken off",
            lambda asked: Matching({"sales": {"$elemMatch": {"refunded": {"$gt": 0}}}}),
        ),
        Part(
            "noisy",
            "sessions with noisy events, which only the view `all` holds",
            lambda asked: Matching({"counts.noisy_events": {"$gte": 1}}, view="all"),
        ),
    ),
)
