"""How sessions that buy differ from those that leave a cart, over everything that was measured of them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from clickstream.metrics import sums
from clickstream.metrics.behind import Asked, Matching, Part
from clickstream.metrics.cart import abandoned
from clickstream.metrics.metric import Measured, Metric, Option, Options
from clickstream.metrics.source import Row, Source
from clickstream.metrics.statistics import (
    Moments,
    benjamini_hochberg,
    moments,
    newcombe_difference,
    two_proportion_p_value,
    welch,
)
from clickstream.metrics.values import identity, rate
from clickstream.money import UNITS
from clickstream.scope import Scope
from clickstream.sessions import DIMENSIONS

FEWEST_SESSIONS = 30
AGAINST = ("abandoners", "others")
DAY_PARTS = ("night", "morning", "afternoon", "evening")
"""Six local hours each, from midnight."""

_ACTS = {
    "searched": "$counts.searches",
    "found_nothing": "$counts.zero_sessions",
    "stumbled": {"$size": {"$ifNull": ["$checkout_errors", []]}},
}
_MEANS: dict[str, tuple[str, Any]] = {
    "duration": ("seconds", "$duration"),
    "pageviews": ("count", "$counts.pageviews"),
    "searches": ("count", "$counts.searches"),
    "products_viewed": ("count", {"used": 1}),
    "products_added": ("count", {"used": 2}),
}
BUYERS, OTHERS = 1, 0


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """Rows by size of the effect, the largest first; none where either side has fewer than FEWEST_SESSIONS sessions."""
    match = _matching(source, scope, options["against"])
    groups = source.sessions([match, {"$group": _grouped(scope)}])
    sizes: Counter[int] = Counter()
    for group in groups:
        sizes[group["_id"]["side"]] += group["n"]
    enough = min(sizes[BUYERS], sizes[OTHERS]) >= FEWEST_SESSIONS
    hours = source.sessions([match, {"$group": {"_id": {"side": _SIDE, "hour": "$hour"}, "n": {"$sum": 1}}}])
    found = [*_shares(groups, hours, sizes, source), *_means(groups, sizes), *_prices(source, match)] if enough else []
    shown = sorted((row for row in found if row), key=lambda row: (-abs(row["effect"]), row["measure"], row["value"] or ""))
    for row, adjusted in zip(shown, benjamini_hochberg([row["p_value"] for row in shown]), strict=True):
        row["p_adjusted"] = adjusted
    result = {
        "against": options["against"],
        "buyers": sizes[BUYERS],
        "others": sizes[OTHERS],
        "minimum": FEWEST_SESSIONS,
        "rows": shown,
        "hidden": len(found) - len(shown),
    }
    conversions = sums.total(source, scope, ("conversions",), amounts=False).counts["conversions"]
    return Measured(result, [identity("buyers = buying sessions", sizes[BUYERS], conversions)])


_SIDE = {"$cond": [{"$gte": ["$counts.conversions", 1]}, BUYERS, OTHERS]}
_BUYS = {"counts.conversions": {"$gte": 1}}
_DOES_NOT_BUY = {"counts.conversions": {"$exists": False}}


def _matching(source: Source, scope: Scope, against: str) -> dict[str, Any]:
    others = {**_DOES_NOT_BUY, **(abandoned(source, scope) if against == "abandoners" else {})}
    return {"$match": {**scope.match(), "kind": "session", "$or": [_BUYS, others]}}


def _grouped(scope: Scope) -> dict[str, Any]:
    """Sums of the means' values, per combination of everything that is shared out."""
    acts = {name: {"$gte": [value, 1]} for name, value in _ACTS.items()}
    dimensions = {name: f"${name}" for name in DIMENSIONS}
    group: dict[str, Any] = {
        "_id": {"side": _SIDE, **dimensions, "visitor": f"$links.{scope.view}.new", **acts},
        "n": {"$sum": 1},
    }
    for name, (_, given) in _MEANS.items():
        value = _used(given["used"]) if isinstance(given, dict) else {"$ifNull": [given, 0]}
        group[name] = {"$sum": value}
        group[f"{name}_squares"] = {"$sum": {"$multiply": [value, value]}}
    return group


def _used(place: int) -> dict[str, Any]:
    """How many products have something at this place of their row."""
    row = {"$arrayElemAt": ["$$product", place]}
    return {"$size": {"$filter": {"input": "$products", "as": "product", "cond": {"$gte": [row, 1]}}}}


def _shares(groups: list[Row], hours: list[Row], sizes: Counter[int], source: Source) -> Iterator[Row | None]:
    counted: defaultdict[tuple[str, str | None], Counter[int]] = defaultdict(Counter)
    for group in groups:
        named, n = group["_id"], group["n"]
        for dimension in DIMENSIONS:
            counted[dimension, named[dimension]][named["side"]] += n
        counted["visitor", "new" if named["visitor"] else "returning"][named["side"]] += n
        for act in _ACTS:
            counted[act, None][named["side"]] += n if named[act] else 0
    zone = ZoneInfo(source.local.time_zone)
    for row in hours:
        moment = row["_id"]["hour"].astimezone(zone)
        counted["day_part", DAY_PARTS[moment.hour // 6]][row["_id"]["side"]] += row["n"]
        counted["weekend", None][row["_id"]["side"]] += row["n"] if moment.isoweekday() > 5 else 0
    for (name, value), sides in sorted(counted.items(), key=lambda item: (item[0][0], item[0][1] or "")):
        yield _share(name, value, sides, sizes)


def _share(name: str, value: str | None, sides: Mapping[int, int], sizes: Counter[int]) -> Row | None:
    """None where too few sessions have it, or all do."""
    a, n, b, m = sides.get(BUYERS, 0), sizes[BUYERS], sides.get(OTHERS, 0), sizes[OTHERS]
    tested = newcombe_difference(a, n, b, m)
    if tested is None or a + b < FEWEST_SESSIONS or a + b == n + m:
        return None
    effect = 2 * math.asin(math.sqrt(a / n)) - 2 * math.asin(math.sqrt(b / m))
    sizes_and_test = {"difference": tested.difference, "low": tested.low, "high": tested.high, "effect": effect}
    return {
        **_named(name, "share", value=value),
        "buyers": rate(a, n),
        "others": rate(b, m),
        **sizes_and_test,
        "p_value": two_proportion_p_value(a, n, b, m),
    }


def _means(groups: list[Row], sizes: Counter[int]) -> Iterator[Row | None]:
    for name, (unit, _) in _MEANS.items():
        found = {side: [0, 0] for side in (BUYERS, OTHERS)}
        for group in groups:
            found[group["_id"]["side"]][0] += group[name]
            found[group["_id"]["side"]][1] += group[f"{name}_squares"]
        yield _mean(_named(name, unit), *(moments(sizes[side], *found[side]) for side in (BUYERS, OTHERS)))


def _prices(source: Source, match: dict[str, Any]) -> Iterator[Row | None]:
    """The mean price a session saw, of the sessions that saw one, per currency. Sums of squares would round, and vary."""
    seen = {
        "$divide": [{"$arrayElemAt": ["$prices_seen", 1]}, {"$multiply": [UNITS, {"$arrayElemAt": ["$prices_seen", 2]}]}]
    }
    group = {
        "_id": {"side": _SIDE, "currency": {"$arrayElemAt": ["$prices_seen", 0]}},
        "n": {"$sum": 1},
        "mean": {"$avg": seen},
        "sd": {"$stdDevSamp": seen},
    }
    sides: defaultdict[str, dict[int, Moments]] = defaultdict(dict)
    for row in source.sessions([match, {"$unwind": "$prices_seen"}, {"$group": group}]):
        sides[row["_id"]["currency"]][row["_id"]["side"]] = Moments(row["n"], row["mean"], (row["sd"] or 0.0) ** 2)
    for currency, found in sorted(sides.items()):
        nothing = Moments(0, 0, 0)
        yield _mean(_named("price_seen", "money", currency=currency), found.get(BUYERS, nothing), found.get(OTHERS, nothing))


def _mean(named: Row, buyers: Moments, others: Moments) -> Row | None:
    """None where a side is too small, or nothing varies."""
    if min(buyers.n, others.n) < FEWEST_SESSIONS:
        return None
    tested = welch(buyers.mean, buyers.variance, buyers.n, others.mean, others.variance, others.n)
    if tested is None:
        return None
    freedom = buyers.n + others.n - 2
    pooled = math.sqrt(((buyers.n - 1) * buyers.variance + (others.n - 1) * others.variance) / freedom)
    return {
        **named,
        "buyers": {"mean": buyers.mean, "n": buyers.n},
        "others": {"mean": others.mean, "n": others.n},
        "difference": tested.difference,
        "low": tested.low,
        "high": tested.high,
        "effect": tested.difference / pooled,
        "p_value": tested.p_value,
    }


def _named(name: str, unit: str, *, value: str | None = None, currency: str | None = None) -> Row:
    return {"measure": name, "value": value, "currency": currency, "unit": unit, "p_adjusted": None}


def _others(asked: Asked) -> Matching:
    left = abandoned(asked.source, asked.scope) if asked.options["against"] == "abandoners" else {}
    return Matching({**_DOES_NOT_BUY, **left})


DIFFERENCES = Metric(
    id="differences",
    title="Buyers and abandoners",
    definition=(
        "Sessions that buy against sessions that leave a cart behind (or against all that do not buy), over everything "
        "measured of them: how long they are, what they look at, on what, from where and when. Shares are compared as "
        "proportions, the rest by their means; rows are ordered by the size of the effect (Cohen's h or d), and p-values "
        f"corrected for the rows shown (Benjamini-Hochberg). What fewer than {FEWEST_SESSIONS} sessions share is hidden."
    ),
    fields={
        "difference": "Of buyers less of the others, with a 95 % interval (Newcombe for shares, Welch for means).",
        "effect": "The difference on a common scale: 0.2 is small, 0.5 medium, 0.8 large.",
        "p_adjusted": "Chance of a difference at least this large were there none, corrected for the number of rows.",
        "duration": "Seconds from first to last event; a buyer's checkout is part of it.",
        "price_seen": "Mean price of the products viewed, of sessions that saw a price.",
        "stumbled": "Sessions with a payment error or a denied coupon.",
        "found_nothing": "Sessions with a search without results.",
        "day_part": "Local time of the start: night from midnight, morning from 6, afternoon from 12, evening from 18.",
    },
    options=(Option("against", "abandoners", "whom buyers are compared with", choices=AGAINST),),
    measure=measure,
    parts=(
        Part("buyers", "sessions that buy", lambda asked: Matching(_BUYS)),
        Part("others", "the sessions they are compared with", _others),
    ),
)
