"""Facts of the segments of one dimension: what each is, and where it differs from the rest beyond chance."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from clickstream.facts.fact import MINIMUM_SAMPLE, Fact, Result, count, marked_extremes, money, name, ratio
from clickstream.facts.labels import clean_label, slugs
from clickstream.metrics.statistics import is_significant

SHOWN_ROWS = 8

CONVERSION_DIFFERENCE = "Conversion rate minus that of the rest; Benjamini-Hochberg adjusted p below 0.05"
AOV_DIFFERENCE = "Average order value minus that of the rest; Benjamini-Hochberg adjusted p below 0.05"


def segment_facts(result: Result) -> Iterator[Fact]:
    """`segments.device.mobile.conversion_rate` and so on; differences only where they are significant."""
    dimension, rows = result["dimension"], result["rows"]
    prefixes = [f"segments.{dimension}.{part}" for part in slugs([row["value"] for row in rows])]
    complete = not result["hidden"]["rows"]
    shares = [fact for prefix, row in zip(prefixes, rows, strict=True) for fact in _share(prefix, row)]
    shown = set(prefixes[:SHOWN_ROWS])
    for fact in marked_extremes(shares) if complete else shares:
        if fact.id.rpartition(".")[0] in shown:
            yield fact
    for prefix, row in zip(prefixes[:SHOWN_ROWS], rows, strict=False):
        yield from _row(prefix, dimension, row)
    rates = [fact for prefix, row in zip(prefixes, rows, strict=True) for fact in _conversion(prefix, row)]
    sure = {prefix for prefix, row in zip(prefixes, rows, strict=True) if _stands_out(row)}
    for fact in marked_extremes(rates):
        prefix = fact.id.rpartition(".")[0]
        if prefix in shown:
            yield fact if prefix in sure else msgspec.structs.replace(fact, extreme="")
    hidden = result["hidden"]["sessions"]
    yield count(
        f"segments.{dimension}.hidden_sessions",
        "Sessions in hidden segments",
        hidden,
        hidden,
        "Sessions of values too small to compare",
    )


def _share(prefix: str, row: Result) -> Iterator[Fact]:
    return ratio(
        f"{prefix}.share", f"Share of {clean_label(row['value'])}", row["share"], "sessions of the segment / sessions"
    )


def _conversion(prefix: str, row: Result) -> Iterator[Fact]:
    """Of all values that are large enough to compare."""
    label = f"Conversion of {clean_label(row['value'])}"
    return ratio(f"{prefix}.conversion_rate", label, row["conversion_rate"], "converting sessions / sessions")


def _stands_out(row: Result) -> bool:
    """Whether its conversion differs from the rest by more than chance: only then it leads or comes last."""
    difference = row["conversion_difference"]
    return bool(difference and _significant(difference))


def _row(prefix: str, dimension: str, row: Result) -> Iterator[Fact]:
    label, n = clean_label(row["value"]), row["sessions"]
    yield from name(f"{prefix}.name", f"Value of {dimension}", label, n, f"One value of {dimension}")
    yield count(f"{prefix}.sessions", f"Sessions of {label}", n, n, "Sessions of the segment")
    yield from ratio(
        f"{prefix}.cart_abandonment_rate",
        f"Cart abandonment of {label}",
        row["cart_abandonment_rate"],
        "abandoned / (bought + abandoned)",
    )
    yield from money(
        f"{prefix}.revenue", f"Revenue of {label}", row["revenue"], row["orders"], "Gross revenue of the segment"
    )
    for entry in row["aov"]:
        yield from money(
            f"{prefix}.aov", f"Average order of {label}", [entry], entry["orders"], "revenue / orders of known revenue"
        )
    if n >= MINIMUM_SAMPLE:
        yield from _differences(prefix, label, row)


def _differences(prefix: str, label: str, row: Result) -> Iterator[Fact]:
    if _stands_out(row):
        conversion = row["conversion_difference"]
        title = f"Conversion of {label} against the rest"
        yield Fact(
            f"{prefix}.conversion_difference",
            title,
            conversion["difference"],
            "points",
            row["sessions"],
            CONVERSION_DIFFERENCE,
        )
    orders = {entry["currency"]: entry["orders"] for entry in row["aov"]}
    for entry in row["aov_difference"]:
        currency = entry["currency"]
        if _significant(entry) and orders.get(currency, 0) >= MINIMUM_SAMPLE:
            fact_id, title = (
                f"{prefix}.aov_difference.{currency.casefold()}",
                f"Average order of {label} against the rest ({currency})",
            )
            yield Fact(fact_id, title, entry["difference"], f"difference:{currency}", orders[currency], AOV_DIFFERENCE)


def _significant(entry: Result) -> bool:
    return is_significant(entry["p_adjusted"])
