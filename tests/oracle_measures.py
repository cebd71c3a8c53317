"""What the oracle counts in the sessions of a scope: overview and series. And how it writes rates and money."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from oracle_maths import median, nearest_rank_p90, student_quantile

JsonDict = dict[str, Any]


@dataclass(frozen=True)
class Scope:
    """`sessions` are the scope's, `everything` is the dataset in its view; `admits` knows the filters, not the window."""

    sessions: list[JsonDict]
    everything: list[JsonDict]
    in_view_all: list[JsonDict]
    oversize: int
    loose_unmatched: int
    since: datetime | None
    until: datetime | None
    as_of: datetime
    open_after: datetime | None
    zone: ZoneInfo
    currency: str
    admits: Callable[[JsonDict], bool]

    def is_open(self, session: JsonDict) -> bool:
        return self.open_after is not None and session["end"] > self.open_after

    def between(self, since: datetime, until: datetime) -> Scope:
        """The same filters over another window."""
        sessions = [s for s in self.everything if since <= s["start"] < until and self.admits(s)]
        return replace(self, sessions=sessions, since=since, until=until)


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
        "noisy_events": total(scope.in_view_all, "noisy_events"),
    }


# Means and their spread


def spread(scope: Scope, _options: JsonDict) -> JsonDict:
    sessions, values = scope.sessions, order_values(scope.sessions)
    of_sessions = {
        ("revenue_per_session", "money", currency): [
            Fraction(sum(order_values([session]).get(currency, [])), 10_000) for session in sessions
        ]
        for currency in sorted(values)
    }
    samples: dict[tuple[str, str, str | None], list[Fraction]] = {
        ("duration", "seconds", None): [Fraction(session["duration"]) for session in sessions],
        ("pages_per_session", "count", None): [Fraction(session["pageviews"]) for session in sessions],
        **of_sessions,
        **{("aov", "money", currency): [Fraction(v, 10_000) for v in values[currency]] for currency in sorted(values)},
    }
    return {"rows": [spread_row(*named, values) for named, values in samples.items() if values]}


def spread_row(measure: str, unit: str, currency: str | None, values: list[Fraction]) -> JsonDict:
    row = {"measure": measure, "unit": unit, "currency": currency, "n": len(values), "sd": None, "low": None, "high": None}
    mean = sum(values) / len(values)
    if len(values) > 1:
        sd = math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
        reach = student_quantile(0.05, len(values) - 1) * sd / math.sqrt(len(values))
        row |= {"sd": sd, "low": float(mean) - reach, "high": float(mean) + reach}
    return row | {"mean": float(mean)}


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
