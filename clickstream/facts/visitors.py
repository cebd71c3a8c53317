"""Facts of visitors: who comes back, what kinds of buyers there are, what each channel brings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clickstream.facts.fact import Fact, Result, count, day, led, money, name, ratio, share
from clickstream.facts.labels import clean_label, slugs

SHOWN_WEEKS = (1, 2, 3, 4, 8, 12)
SHOWN_COHORTS = 6
SHOWN_CHANNELS = 8

BACK = {
    "unbounded": "back in that week after the first or in a later one / visitors whose week is over",
    "n_week": "back in just that week after the first / visitors whose week is over",
}
TOUCH = {"last": "the order's own session", "first": "the visitor's first session ever"}


def retention_facts(result: Result) -> Iterator[Fact]:
    """`retention.session.week_1.back` by what places a visitor (`session` or `purchase`), and the latest cohorts."""
    prefix, back, cohorts = f"retention.{result['first']}", BACK[result["mode"]], result["cohorts"]
    members, first = sum(cohort["size"] for cohort in cohorts), result["first"]
    counted = f"Visitors whose first {first} ever lies in the scope"
    yield count(f"{prefix}.visitors", f"Visitors by their first {first}", members, members, counted)
    yield count(f"{prefix}.cohorts", "Cohorts", len(cohorts), members, f"Weeks with a first {first}")
    for mean in result["means"]:
        if mean["week"] in SHOWN_WEEKS:
            yield from _week(f"{prefix}.week_{mean['week']}", mean, back)
    if first == "purchase":
        yield from _repeat(prefix, cohorts, members)
    for i, cohort in enumerate(reversed(cohorts[-SHOWN_COHORTS:]), 1):
        yield from _cohort(f"{prefix}.cohort.{i}", cohort, back)


def _week(prefix: str, mean: Result, back: str) -> Iterator[Fact]:
    label, rate = f"Back, week {mean['week']}", mean["back"]
    yield from ratio(f"{prefix}.back", label, rate, back)
    yield count(f"{prefix}.visitors", f"Visitors {label.lower()}", rate["numerator"], rate["denominator"], back)


def _repeat(prefix: str, cohorts: Sequence[Result], buyers: int) -> Iterator[Fact]:
    again = sum(cohort["repeat"]["numerator"] for cohort in cohorts)
    yield count(f"{prefix}.repeat_buyers", "Buyers who bought again", again, buyers, "Buyers with a second buying session")
    yield from share(f"{prefix}.repeat_rate", "Repeat purchase rate", again, buyers, "buyers who bought again / buyers")


def _cohort(prefix: str, cohort: Result, back: str) -> Iterator[Fact]:
    size = cohort["size"]
    yield from name(f"{prefix}.week", "Week of the cohort", cohort["week"], size, "ISO week that places its visitors")
    yield count(f"{prefix}.size", "Visitors of the cohort", size, size, "Visitors that this week placed")
    for cell in cohort["cells"][:1]:
        if not cell["immature"]:
            yield from ratio(f"{prefix}.back", "Back, week 1", cell["back"], back)


def rfm_facts(result: Result) -> Iterator[Fact]:
    """`rfm.champions.visitors` and so on for all six segments."""
    buyers = result["buyers"]
    yield count("rfm.buyers", "Buyers by recency and frequency", buyers, buyers, "Visitors with an own order")
    yield day("rfm.reference_day", "Day of reference", result["reference_day"], "Day that recency is counted to")
    yield from led([fact for row in result["segments"] for fact in _share_of_buyers(row)])
    for row in result["segments"]:
        yield from _segment(f"rfm.{row['segment']}", row)


def _share_of_buyers(row: Result) -> Iterator[Fact]:
    label = f"Share of buyers: {row['segment'].replace('_', ' ')}"
    return ratio(f"rfm.{row['segment']}.share", label, row["share"], "buyers of the segment / buyers")


def _segment(prefix: str, row: Result) -> Iterator[Fact]:
    label, n = row["segment"].replace("_", " "), row["visitors"]
    yield count(f"{prefix}.visitors", f"Buyers: {label}", n, n, "Buyers of the segment by recency and frequency")
    yield count(f"{prefix}.orders", f"Orders: {label}", row["orders"], n, "Own orders of these buyers")
    yield from money(
        f"{prefix}.revenue", f"Revenue: {label}", row["revenue"], row["orders"], "Gross revenue of these buyers"
    )
    for key, said in (("recency_median", "Days since the last order"), ("frequency_median", "Orders of a buyer")):
        if row[key] is not None:
            yield Fact(f"{prefix}.{key}", f"{said}: {label}", row[key], "number", n, f"{said}, the middle buyer")


def channel_facts(result: Result) -> Iterator[Fact]:
    """`channels.email.last.revenue.eur` and so on; what leads does so among all channels."""
    rows, orders = result["rows"], result["orders"]
    parts = slugs([row["channel"] for row in rows])
    yield count("channels.orders", "Orders of all channels", orders, orders, "Orders of the scope")
    groups: dict[tuple[str, str], list[Fact]] = {}
    for part, row in zip(parts, rows, strict=True):
        for fact in _channel(f"channels.{part}", row, orders):
            groups.setdefault((fact.id.split(".", 2)[2], fact.unit), []).append(fact)
    shown = set(parts[:SHOWN_CHANNELS])
    for group in groups.values():
        ranked = group if group[0].kind in ("name", "rate") else led(group)
        yield from (fact for fact in ranked if fact.id.split(".")[1] in shown)


def _channel(prefix: str, row: Result, orders: int) -> Iterator[Fact]:
    label, n = clean_label(row["channel"]), row["sessions"]
    yield from name(f"{prefix}.name", "Channel", label, n, "How a session came to the shop")
    yield count(f"{prefix}.sessions", f"Sessions by {label}", n, n, "Sessions that came by the channel")
    yield from ratio(f"{prefix}.conversion_rate", f"Conversion by {label}", row["conversion_rate"], "bought / sessions")
    for touch, whose in TOUCH.items():
        given, title, credited = row[touch], f"{label}, {touch} touch", f"credited to the channel of {whose}"
        yield count(f"{prefix}.{touch}.orders", f"Orders by {title}", given["orders"], orders, f"Orders {credited}")
        yield from share(
            f"{prefix}.{touch}.share", f"Share by {title}", given["orders"], orders, f"orders {credited} / orders"
        )
        yield from money(f"{prefix}.{touch}.revenue", f"Revenue by {title}", given["revenue"], orders, f"Revenue {credited}")
