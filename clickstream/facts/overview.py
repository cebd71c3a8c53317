"""Facts of the headline numbers, the data's quality, pages, event types and the daily series."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from clickstream.facts.fact import MINIMUM_SAMPLE, Fact, Result, count, day, led, money, name, ratio, seconds, share
from clickstream.facts.labels import clean_label, slugs

SHOWN_PAGES = 5
SHOWN_TYPES = 8
SPREAD = {
    "mean": "Mean",
    "sd": "Standard deviation",
    "low": "Low end of the mean's 95 % interval",
    "high": "High end of the mean's 95 % interval",
}
ENDS = (
    ("exits", "Exits", "Sessions whose last page it is"),
    ("entries", "Entries", "Sessions whose first page it is"),
)

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


def spread_facts(result: Result) -> Iterator[Fact]:
    """`spread.aov.eur.mean` with the standard deviation and the ends of the mean's interval."""
    for row in result["rows"]:
        currency, label = row["currency"] or "", row["measure"].replace("_", " ")
        prefix = ".".join(filter(None, ("spread", row["measure"], currency.casefold())))
        unit = {"seconds": "seconds", "money": f"money:{currency}"}.get(row["unit"], "number")
        for key, said in SPREAD.items():
            if row[key] is not None:
                yield Fact(f"{prefix}.{key}", f"{said}: {label}", row[key], unit, row["n"], f"{said} of the {label}")


def pages_facts(result: Result) -> Iterator[Fact]:
    """The most viewed pages, and those that most sessions begin or end with; a leader only where it leads all pages."""
    pages = result["pages"]
    for i, row in enumerate(pages[:SHOWN_PAGES], 1):
        yield from name(f"pages.{i}.name", "Page", clean_label(row["page"]), row["sessions"], "Path of the page")
        yield count(f"pages.{i}.pageviews", "Pageviews", row["pageviews"], row["sessions"], "Views of this page")
    whole = len(pages) == result["total"]
    for key, label, definition in ENDS:
        yield from _pages_by(key, label, definition, pages, whole=whole)


def _pages_by(key: str, label: str, definition: str, pages: Sequence[Result], *, whole: bool) -> Iterator[Fact]:
    """`pages.exits.1.name` and so on. A page has at most as many exits as views, so that unlisted ones cannot have more."""
    beyond = 0 if whole else pages[-1]["pageviews"]
    ranked = sorted((row for row in pages if row[key] > beyond), key=lambda row: (-row[key], row["page"]))
    facts = [
        count(f"pages.{key}.{i}.{key}", label, row[key], row["sessions"], definition) for i, row in enumerate(ranked, 1)
    ]
    for i, (fact, row) in enumerate(zip(led(facts)[:SHOWN_PAGES], ranked, strict=False), 1):
        yield from name(f"pages.{key}.{i}.name", "Page", clean_label(row["page"]), row["sessions"], "Path of the page")
        yield fact
        yield from share(
            f"pages.{key}.{i}.share", f"Share: {label.lower()}", row[key], row["sessions"], f"{key} / sessions that saw it"
        )


def event_type_facts(result: Result) -> Iterator[Fact]:
    rows = result["types"][:SHOWN_TYPES]
    for row, part in zip(rows, slugs([row["type"] for row in rows]), strict=True):
        prefix, label = f"event_types.{part}", clean_label(row["type"])
        n = row["sessions"]
        yield count(f"{prefix}.events", f"Events of type {label}", row["events"], n, "Events of this type")
        yield count(f"{prefix}.sessions", f"Sessions with {label}", n, n, "Sessions with at least one event of this type")


def series_facts(result: list[Result]) -> Iterator[Fact]:
    """The days that lead alone by sessions (`series.peak`), orders and revenue; points may be days or hours."""
    days: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for point in result:
        of_day = days[point["day"]]
        of_day.update(sessions=point["sessions"], orders=point["orders"])
        of_day.update({f"revenue {entry['currency']}": entry["amount"] for entry in point["revenue"]})
    if len(days) < 2:
        return
    yield count("series.days", "Days", len(days), None, "Local days of the window")
    yield from _peak("series.peak", "sessions", days)
    yield from _peak("series.peak_orders", "orders", days)
    for measure in sorted({measure for of_day in days.values() for measure in of_day if measure.startswith("revenue")}):
        yield from _peak("series.peak_revenue", measure, days)


def _peak(prefix: str, measure: str, days: Mapping[str, Mapping[str, float]]) -> Iterator[Fact]:
    """Nothing where no day leads alone, and of orders and money where too few were placed to tell."""
    values = {date: of_day.get(measure, 0) for date, of_day in days.items()}
    top, second = sorted(values, key=lambda date: (-values[date], date))[:2]
    orders = sum(of_day["orders"] for of_day in days.values())
    if values[top] == values[second] or (measure != "sessions" and orders < MINIMUM_SAMPLE):
        return
    what, _, currency = measure.partition(" ")
    part = f".{currency.casefold()}" if currency else ""
    unit = f"money:{currency}" if currency else "count"
    yield day(f"{prefix}.day{part}", f"Busiest day by {measure}", top, f"Local day with the most {what}")
    label, definition = f"{what.capitalize()} of the busiest day", f"{what.capitalize()} of that day"
    yield Fact(f"{prefix}.{what}{part}", label, values[top], unit, len(days), definition, "highest")
