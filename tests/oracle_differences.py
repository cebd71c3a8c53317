"""The oracle's differences: how sessions that buy differ from those that do not."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from oracle_carts import cart_state, errors_met
from oracle_events import lines_of, text_of, units_of
from oracle_maths import benjamini_hochberg, newcombe, rate_p_value, welch
from oracle_measures import Scope, dimension, rate
from oracle_products import touched
from oracle_tables import searches_of

JsonDict = dict[str, Any]
Sides = tuple[list[JsonDict], list[JsonDict]]

FEWEST = 30
DAY_PARTS = ("night", "morning", "afternoon", "evening")
MEANS: dict[str, Callable[[JsonDict], int]] = {
    "duration": lambda session: session["duration"],
    "pageviews": lambda session: session["pageviews"],
    "searches": lambda session: len(searches_of(session)),
    "products_viewed": lambda session: len(touched(session, "viewed")),
    "products_added": lambda session: len(touched(session, "added")),
}


def buyers_of(scope: Scope, _options: JsonDict, _value: str) -> list[JsonDict]:
    return [session for session in scope.sessions if session["converted"]]


def others_of(scope: Scope, options: JsonDict, _value: str) -> list[JsonDict]:
    """Whom buyers are held against."""
    everybody = [session for session in scope.sessions if not session["converted"]]
    if options.get("against", "abandoners") == "others":
        return everybody
    return [session for session in everybody if cart_state(scope, session) == "abandoned"]


def traits(scope: Scope, session: JsonDict) -> set[tuple[str, str | None]]:
    """All that a session shares with others: (measure, value)."""
    start = session["start"].astimezone(scope.zone)
    searches = searches_of(session)
    acts = {
        "weekend": start.isoweekday() in (6, 7),
        "searched": bool(searches),
        "found_nothing": any(row["zero"] for row in searches),
        "stumbled": bool(errors_met(session)),
    }
    dimensions = ("device", "country", "channel", "variant", "visitor")
    return {
        ("day_part", DAY_PARTS[start.hour // 6]),
        *((name, dimension(session, name)) for name in dimensions),
        *((name, None) for name, did in acts.items() if did),
    }


def share_rows(scope: Scope, sides: Sides) -> Iterator[JsonDict | None]:
    """A row for every trait, None for those too few or all have; the acts are looked for in any case."""
    acts: set[tuple[str, str | None]] = {(name, None) for name in ("weekend", "searched", "found_nothing", "stumbled")}
    owned = [[traits(scope, session) for session in side] for side in sides]
    for name, value in acts.union(*owned[0], *owned[1]):
        a, b = (sum((name, value) in one for one in side) for side in owned)
        n, m = len(sides[0]), len(sides[1])
        if a + b < FEWEST or a + b == n + m:
            yield None
            continue
        difference, low, high = newcombe(a, n, b, m)
        yield {
            "measure": name,
            "value": value,
            "currency": None,
            "unit": "share",
            "buyers": rate(a, n),
            "others": rate(b, m),
            "difference": difference,
            "low": low,
            "high": high,
            "effect": 2 * math.asin(math.sqrt(a / n)) - 2 * math.asin(math.sqrt(b / m)),
            "p_value": rate_p_value(a, n, b, m),
        }


def prices_seen(scope: Scope, session: JsonDict) -> dict[str, Fraction]:
    """Mean price, in 1/10,000, of the product-view lines that name one, per currency."""
    seen: dict[str, list[int]] = defaultdict(list)
    for event in (event for event in session["log"] if event["event_type"] == "product_view"):
        for line in lines_of(event["properties"]):
            price = units_of(line.get("price"))
            if price is not None:
                seen[text_of(event["properties"].get("currency")) or scope.currency].append(price)
    return {currency: Fraction(sum(prices), len(prices)) for currency, prices in seen.items()}


def mean_rows(scope: Scope, sides: Sides) -> Iterator[JsonDict | None]:
    for name, value_of in MEANS.items():
        unit = "seconds" if name == "duration" else "count"
        yield mean_row(name, unit, None, *([Fraction(value_of(session)) for session in side] for side in sides))
    prices = [[prices_seen(scope, session) for session in side] for side in sides]
    for currency in set().union(*prices[0], *prices[1]):
        seen = ([one[currency] / 10_000 for one in side if currency in one] for side in prices)
        yield mean_row("price_seen", "money", currency, *seen)


def variance(values: Sequence[Fraction]) -> Fraction:
    mean = sum(values) / len(values)
    return sum(((value - mean) ** 2 for value in values), Fraction(0)) / (len(values) - 1)


def mean_row(name: str, unit: str, currency: str | None, own: list[Fraction], rest: list[Fraction]) -> JsonDict | None:
    test = welch(own, rest) if min(len(own), len(rest)) >= FEWEST else None
    if test is None:
        return None
    pooled = ((len(own) - 1) * variance(own) + (len(rest) - 1) * variance(rest)) / (len(own) + len(rest) - 2)
    return {
        "measure": name,
        "value": None,
        "currency": currency,
        "unit": unit,
        "buyers": {"mean": float(sum(own) / len(own)), "n": len(own)},
        "others": {"mean": float(sum(rest) / len(rest)), "n": len(rest)},
        "difference": test[0],
        "low": test[1],
        "high": test[2],
        "effect": test[0] / math.sqrt(pooled),
        "p_value": test[3],
    }


def differences(scope: Scope, options: JsonDict) -> JsonDict:
    sides = (buyers_of(scope, options, ""), others_of(scope, options, ""))
    enough = min(map(len, sides)) >= FEWEST
    found = [*share_rows(scope, sides), *mean_rows(scope, sides)] if enough else []
    rows = [row for row in found if row is not None]
    rows.sort(key=lambda row: (-abs(row["effect"]), row["measure"], row["value"] or ""))
    for row, adjusted in zip(rows, benjamini_hochberg([row["p_value"] for row in rows]), strict=True):
        row["p_adjusted"] = adjusted
    return {
        "against": options.get("against", "abandoners"),
        "buyers": len(sides[0]),
        "others": len(sides[1]),
        "minimum": FEWEST,
        "rows": rows,
        "hidden": len(found) - len(rows),
    }
