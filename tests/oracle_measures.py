"""What the oracle counts in the sessions of a scope: overview, series, funnel, cart, checkout."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from oracle_events import lines_of, quantity_of, text_of, units_of
from oracle_maths import median, nearest_rank_p90

JsonDict = dict[str, Any]

CART_TYPES = ("add_to_cart", "remove_from_cart", "cart_view")
FUNNEL_STEPS = ("product_view", "add_to_cart", "checkout", "purchase")


@dataclass(frozen=True)
class Scope:
    sessions: list[JsonDict]
    everything: list[JsonDict]
    oversize: int
    loose_unmatched: int
    noisy_events: int
    since: datetime | None
    until: datetime | None
    open_after: datetime | None
    zone: ZoneInfo
    currency: str

    def is_open(self, session: JsonDict) -> bool:
        return self.open_after is not None and session["end"] > self.open_after


def dimension(session: JsonDict, name: str) -> str:
    if name == "visitor":
        return "new" if session["new"] else "returning"
    return str(session[name])


def rate(numerator: int, denominator: int) -> JsonDict:
    return {
        "numerator": numerator,
        "denominator": denominator,
        "value": numerator / denominator if denominator else None,
    }


def amount_of(units: int | Fraction) -> float:
    return float(Fraction(units) / 10_000)


def money(by_currency: Mapping[str, int | Fraction]) -> list[JsonDict]:
    return [{"currency": currency, "amount": amount_of(units)} for currency, units in sorted(by_currency.items())]


def total(sessions: Iterable[JsonDict], name: str) -> int:
    return sum(session[name] for session in sessions)


def order_values(sessions: Iterable[JsonDict]) -> dict[str, list[int]]:
    """Revenue of every order that has one, by currency."""
    values: dict[str, list[int]] = defaultdict(list)
    for session in sessions:
        for order in session["orders"]:
            if order["revenue"] is not None:
                values[order["currency"]].append(order["revenue"])
    return values


def revenue_of(sessions: Iterable[JsonDict]) -> dict[str, int]:
    return {currency: sum(values) for currency, values in order_values(sessions).items()}


def refunds_of(sessions: Iterable[JsonDict]) -> dict[str, int]:
    refunds: dict[str, int] = defaultdict(int)
    for session in sessions:
        for order in session["orders"]:
            refunds[order["currency"]] += order["refunded"]
    return {currency: units for currency, units in refunds.items() if units}


def per(by_currency: dict[str, int], count: int) -> list[JsonDict]:
    return money({currency: Fraction(units, count) for currency, units in by_currency.items()}) if count else []


def aov(sessions: Iterable[JsonDict]) -> list[JsonDict]:
    return [
        {"currency": currency, "amount": amount_of(Fraction(sum(values), len(values))), "orders": len(values)}
        for currency, values in sorted(order_values(sessions).items())
    ]


def overview(scope: Scope, _options: JsonDict) -> JsonDict:
    sessions = scope.sessions
    count = len(sessions)
    visitors = {session["visitor"] for session in sessions}
    buyers = {session["visitor"] for session in sessions if session["converted"]}
    durations = [session["duration"] for session in sessions]
    bounces, engaged = total(sessions, "bounce"), total(sessions, "engaged")
    conversions, pageviews = total(sessions, "converted"), total(sessions, "pageviews")
    values, revenue, refunded = order_values(sessions), revenue_of(sessions), refunds_of(sessions)
    return {
        "events": total(sessions, "events"),
        "sessions": count,
        "visitors": len(visitors),
        "buyers": len(buyers),
        "new_sessions": total(sessions, "new"),
        "returning_sessions": count - total(sessions, "new"),
        "pageviews": pageviews,
        "bounces": bounces,
        "engaged_sessions": engaged,
        "conversions": conversions,
        "orders": sum(len(session["orders"]) for session in sessions),
        "orders_with_revenue": sum(len(known) for known in values.values()),
        "revenue": money(revenue),
        "net_revenue": money({currency: units - refunded.get(currency, 0) for currency, units in revenue.items()}),
        "refunded": money(refunded),
        "aov": [row | {"median": (median(values[row["currency"]]) or 0) / 10_000} for row in aov(sessions)],
        "revenue_per_session": per(revenue, count),
        "revenue_per_visitor": per(revenue, len(visitors)),
        "bounce_rate": rate(bounces, count),
        "engagement_rate": rate(engaged, count),
        "conversion_rate": rate(conversions, count),
        "buyer_rate": rate(len(buyers), len(visitors)),
        "duration_mean": sum(durations) / count if count else None,
        "duration_median": median(durations),
        "duration_p90": nearest_rank_p90(durations),
        "pages_per_session": rate(pageviews, count),
        "refunds_unmatched": total(sessions, "refunds_unmatched") + scope.loose_unmatched,
        "oversize": scope.oversize,
        "noisy_events": scope.noisy_events,
    }


# Series


def bucket_of(moment: datetime, interval: str, zone: ZoneInfo) -> datetime:
    """The UTC instant at which the local day or hour of a moment begins."""
    local = moment.astimezone(zone)
    if interval == "hour":
        return local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    return datetime(local.year, local.month, local.day, tzinfo=zone).astimezone(UTC)


def next_bucket(start: datetime, interval: str, zone: ZoneInfo) -> datetime:
    if interval == "hour":
        return start + timedelta(hours=1)
    tomorrow = start.astimezone(zone).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).astimezone(UTC)


def buckets(scope: Scope, interval: str) -> list[datetime]:
    starts = [session["start"] for session in scope.everything]
    first = scope.since or min(starts, default=None)
    if first is None or (scope.until is None and not starts):
        return []
    last = max(starts) if scope.until is None else scope.until - timedelta(milliseconds=1)
    bucket, found = bucket_of(first, interval, scope.zone), []
    while bucket <= last:
        found.append(bucket)
        bucket = next_bucket(bucket, interval, scope.zone)
    return found


def series(scope: Scope, options: JsonDict) -> list[JsonDict]:
    interval = options.get("interval", "day")
    members: dict[datetime, list[JsonDict]] = defaultdict(list)
    for session in scope.sessions:
        members[bucket_of(session["start"], interval, scope.zone)].append(session)
    rows = []
    for start in buckets(scope, interval):
        sessions = members[start]
        row = {
            "start": start.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "day": start.astimezone(scope.zone).date().isoformat(),
            "sessions": len(sessions),
            "events": total(sessions, "events"),
            "pageviews": total(sessions, "pageviews"),
            "conversions": total(sessions, "converted"),
            "orders": sum(len(session["orders"]) for session in sessions),
            "revenue": money(revenue_of(sessions)),
            "bounces": total(sessions, "bounce"),
        }
        if interval == "day":
            row["visitors"] = len({session["visitor"] for session in sessions})
        rows.append(row)
    return rows


# Funnel


def ordered_steps(session: JsonDict) -> list[int]:
    """Places in the log of the greedy steps after the session's start, as many as are reached."""
    log, places, place = session["log"], [], -1
    for step in FUNNEL_STEPS:
        place = next((i for i in range(place + 1, len(log)) if log[i]["event_type"] == step), len(log))
        if place == len(log):
            break
        places.append(place)
    return places


def revenue_from(sessions: Iterable[tuple[JsonDict, int]]) -> list[JsonDict]:
    """Revenue of the sessions' own orders bought at or after a place of the log."""
    sums: dict[str, int] = defaultdict(int)
    for session, place in sessions:
        later = {event["event_id"] for event in session["log"][place:]}
        for order in session["orders"]:
            if order["event_id"] in later and order["revenue"] is not None:
                sums[order["currency"]] += order["revenue"]
    return money(sums)


def funnel(scope: Scope, _options: JsonDict) -> JsonDict:
    walks = [(session, ordered_steps(session)) for session in scope.sessions]
    count = len(walks)
    steps: list[JsonDict] = [
        {
            "name": "session",
            "reached": count,
            "step_rate": rate(count, count),
            "overall_rate": rate(count, count),
            "seconds_median": None,
            "seconds_p90": None,
            "revenue": revenue_from((session, 0) for session, _ in walks),
        }
    ]
    for number, name in enumerate(FUNNEL_STEPS):
        through = [(session, places) for session, places in walks if len(places) > number]
        seconds = []
        for session, places in through:
            before = session["log"][places[number - 1] if number else 0]["timestamp"]
            seconds.append((session["log"][places[number]]["timestamp"] - before) // timedelta(seconds=1))
        steps.append(
            {
                "name": name,
                "reached": len(through),
                "step_rate": rate(len(through), steps[-1]["reached"]),
                "overall_rate": rate(len(through), count),
                "seconds_median": median(seconds),
                "seconds_p90": nearest_rank_p90(seconds),
                "revenue": revenue_from((session, places[number]) for session, places in through),
            }
        )
    conversions = total(scope.sessions, "converted")
    return {
        "mode": "ordered",
        "unit": "session",
        "steps": steps,
        "conversions": conversions,
        "outside": conversions - steps[-1]["reached"],
    }


# Cart and checkout


def bought_since_first(session: JsonDict, event_type: str) -> bool:
    """A purchase at or after (by timestamp) the session's first event of the type."""
    first = next(event["timestamp"] for event in session["log"] if event["event_type"] == event_type)
    return any(event["event_type"] == "purchase" and event["timestamp"] >= first for event in session["log"])


def net_quantities(session: JsonDict) -> dict[str, int]:
    net: dict[str, int] = defaultdict(int)
    for event in session["log"]:
        sign = {"add_to_cart": 1, "remove_from_cart": -1}.get(event["event_type"], 0)
        for line in lines_of(event["properties"]) if sign else ():
            product = text_of(line.get("product_id"))
            net[product] = max(0, net[product] + sign * quantity_of(line))
    return net


def cart_state(scope: Scope, session: JsonDict) -> str | None:
    if not any(event["event_type"] == "add_to_cart" for event in session["log"]):
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


def checkout(scope: Scope, _options: JsonDict) -> JsonDict:
    sessions = [s for s in scope.sessions if any(event["event_type"] == "checkout" for event in s["log"])]
    completed = [session for session in sessions if bought_since_first(session, "checkout")]
    still_open = [s for s in sessions if not bought_since_first(s, "checkout") and scope.is_open(s)]
    abandoned = len(sessions) - len(completed) - len(still_open)
    return {
        "sessions": len(sessions),
        "completed": len(completed),
        "open": len(still_open),
        "abandoned": abandoned,
        "abandonment_rate": rate(abandoned, len(completed) + abandoned),
    }
