"""Facts of the headline numbers, the data's quality, pages, event types and the daily series."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.facts.fact import Fact, Result, count, day, marked_extremes, money, name, ratio, seconds, share
from clickstream.facts.labels import clean_label, slugs

SHOWN_PAGES = 5
SHOWN_TYPES = 8

COUNTS = (
    ("events", "Events", "Events of the sessions in scope, without noise"),
    ("sessions", "Sessions", "Sessions that start in the scope"),
    ("visitors", "Visitors", "Distinct visitors of those sessions"),
    ("buyers", "Buyers", "Distinct visitors with a purchase"),
    ("new_sessions", "New sessions", "Sessions of visitors without an earlier session"),
    ("returning_sessions", "Returning sessions", "Sessions of visitors with an earlier session"),
    ("pageviews", "Pageviews", "Pageviews and product views"),
    ("bounces", "Bounces", "Sessions with exactly one interactive event"),
    (
        "engaged_sessions",
        "Engaged sessions",
        "Sessions with two views, a search, cart or checkout step, a purchase or ten seconds",
    ),
    ("conversions", "Buying sessions", "Sessions with at least one purchase"),
    ("orders", "Orders", "Distinct orders, each in the session of its first purchase"),
    ("orders_with_revenue", "Orders of known revenue", "Orders whose revenue is known"),
)
RATES = (
    ("bounce_rate", "Bounce rate", "bounces / sessions"),
    ("engagement_rate", "Engagement rate", "engaged sessions / sessions"),
    ("conversion_rate", "Conversion rate", "sessions with a purchase / sessions"),
    ("buyer_rate", "Buyer rate", "distinct buyers / visitors"),
)
MONEY = (
    ("revenue", "Revenue", "orders_with_revenue", "Gross revenue of the orders"),
    ("net_revenue", "Net revenue", "orders_with_revenue", "Revenue minus refunds"),
    ("refunded", "Refunded", "orders_with_revenue", "Refunds of the orders in scope"),
    ("revenue_per_session", "Revenue per session", "sessions", "revenue / sessions"),
    ("revenue_per_visitor", "Revenue per visitor", "visitors", "revenue / visitors"),
)
DURATIONS = (
    ("duration_mean", "Mean session duration", "Mean of end minus start, one-event sessions included as 0 s"),
    ("duration_median", "Median session duration", "Half of the sessions are shorter"),
    ("duration_p90", "Long session duration", "Nine of ten sessions are shorter"),
)


def overview_facts(result: Result) -> Iterator[Fact]:
    sessions = result["sessions"]
    for key, label, definition in COUNTS:
        yield count(f"overview.{key}", label, result[key], sessions, definition)
    for key, label, definition in RATES:
        yield from ratio(f"overview.{key}", label, result[key], definition)
    for key, label, sample, definition in MONEY:
        yield from money(f"overview.{key}", label, result[key], result[sample], definition)
    for key, label, definition in DURATIONS:
        yield from seconds(f"overview.{key}", label, result[key], sessions, definition)
    yield from ratio(
        "overview.pages_per_session", "Pages per session", result["pages_per_session"], "pageviews / sessions", unit="number"
    )
    yield from share(
        "overview.new_share", "Share of new sessions", result["new_sessions"], sessions, "new sessions / sessions"
    )
    yield from _order_values(result)
    yield from _refund_shares(result)


def _order_values(result: Result) -> Iterator[Fact]:
    for entry in result["aov"]:
        one, orders = [entry], entry["orders"]
        yield from money("overview.aov", "Average order value", one, orders, "revenue / orders of known revenue")
        yield from money("overview.aov_median", "Median order value", one, orders, "Middle order by revenue", key="median")


def _refund_shares(result: Result) -> Iterator[Fact]:
    gross = {entry["currency"]: entry["amount"] for entry in result["revenue"]}
    for entry in result["refunded"]:
        currency, whole = entry["currency"], gross.get(entry["currency"], 0)
        if whole > 0 and entry["amount"] > 0:
            fact_id, label = f"overview.refund_share.{currency.casefold()}", f"Refunded share of revenue ({currency})"
            yield Fact(fact_id, label, entry["amount"] / whole, "rate", result["orders_with_revenue"], "refunded / revenue")


def quality_facts(result: Result) -> Iterator[Fact]:
    """Of the overview: what was left out of the numbers, and how much of it there is."""
    noisy, events = result["noisy_events"], result["events"]
    yield count("quality.noisy_events", "Noisy events", noisy, noisy + events, "Events left out as noise or simulation")
    yield from share("quality.noise_share", "Share of noise", noisy, noisy + events, "noisy events / all events")
    unmatched = result["refunds_unmatched"]
    yield count(
        "quality.refunds_unmatched",
        "Unmatched refunds",
        unmatched,
        None,
        "Refunds naming no known order or another currency",
    )
    yield count(
        "quality.oversize", "Oversize sessions", result["oversize"], None, "Sessions of over 10,000 events, left out"
    )
    unpriced = result["orders"] - result["orders_with_revenue"]
    yield count(
        "quality.orders_unpriced",
        "Orders of unknown revenue",
        unpriced,
        result["orders"],
        "Orders left out of revenue and AOV",
    )


def range_facts(prefix: str, first: str, last: str) -> Iterator[Fact]:
    """First and last local day with data, as ISO dates."""
    yield day(f"{prefix}.since", "First day", first, "First local day with a session")
    yield day(f"{prefix}.until", "Last day", last, "Last local day with a session")


def pages_facts(result: Result) -> Iterator[Fact]:
    """The most viewed pages; an exit count leads only when every page was seen."""
    pages = result["pages"]
    exits = [
        count(f"pages.{i}.exits", "Exits", row["exits"], row["sessions"], "Sessions whose last page it is")
        for i, row in enumerate(pages, 1)
    ]
    if len(pages) == result["total"]:
        exits = marked_extremes(exits)
    for i, row in enumerate(pages[:SHOWN_PAGES], 1):
        yield from name(f"pages.{i}.name", "Page", clean_label(row["page"]), row["sessions"], "Path of the page")
        yield count(f"pages.{i}.pageviews", "Pageviews", row["pageviews"], row["sessions"], "Views of this page")
    yield from exits[:SHOWN_PAGES]


def event_type_facts(result: Result) -> Iterator[Fact]:
    rows = result["types"][:SHOWN_TYPES]
    for row, part in zip(rows, slugs([row["type"] for row in rows]), strict=True):
        yield count(
            f"event_types.{part}.events",
            f"Events of type {clean_label(row['type'])}",
            row["events"],
            row["sessions"],
            "Events of this type",
        )


def series_facts(result: list[Result]) -> Iterator[Fact]:
    """The busiest day, where one day leads alone."""
    busiest = sorted(result, key=lambda row: row["sessions"], reverse=True)[:2]
    if len(busiest) < 2 or busiest[0]["sessions"] == busiest[1]["sessions"]:
        return
    top = busiest[0]
    yield day("series.peak.day", "Busiest day", top["day"], "Local day with the most sessions")
    sessions = count(
        "series.peak.sessions", "Sessions on the busiest day", top["sessions"], len(result), "Sessions of that day"
    )
    yield Fact(sessions.id, sessions.label, sessions.value, sessions.unit, sessions.n, sessions.definition, "highest")
