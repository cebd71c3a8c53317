"""Parts of the shop held against each other: devices, countries, channels, kinds of visitors, variants."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.chat.answers.teller import Teller
from clickstream.facts import Fact
from clickstream.insights.report import Chart
from clickstream.insights.speech import ACT, INSIGHT, RISK, Line, slot, slots
from clickstream.insights.topics import comparisons, experiments
from clickstream.languages import message

SHOWN = 4
UNKNOWN = "unknown"

CONVERTS_BEST = message("%(name)s converts best: %(rate)s of %(sessions)s bought.")
CONVERTS = message("%(name)s: %(rate)s of %(sessions)s bought.")
ABANDONS = message("%(name)s: %(rate)s of the carts that are decided were abandoned.")
EARNS = message("%(name)s brought %(revenue)s.")
NO_DIFFERENCE = message("These differences in buying may be chance, in {{overview.sessions}} sessions.")
MOST_BY_LAST_TOUCH = message("%(name)s brings the highest revenue: %(revenue)s by last touch, %(share)s of the orders.")
BY_LAST_TOUCH = message("%(name)s brought %(revenue)s by last touch, %(share)s of the orders.")
BY_FIRST_TOUCH = message(
    "By first touch, the channel of the visitor's first visit ever, %(name)s is credited with %(revenue)s."
)
ORDERS_BY_LAST_TOUCH = message("%(name)s brought %(share)s of the orders by last touch.")


def compared(dimension: str, teller: Teller) -> Iterator[Line]:
    """Every value by its conversion, then which of the differences are more than chance."""
    rates = _ranked(teller, f"segments.{dimension}.", ".conversion_rate")
    for fact in rates[:SHOWN]:
        yield from _value(teller, fact, "segments")
    found = list(teller.told(comparisons.lines, INSIGHT, citing=f"segments.{dimension}.", most=2))
    differences = [line for line in found if line.direction != "none"]
    if len(rates) > 1:
        yield from differences or teller.say(NO_DIFFERENCE, chart="segments")


def experiment(teller: Teller) -> Iterator[Line]:
    """Every arm by its conversion, then what differs from the control, what is missing, or why nothing can be told."""
    rates = _ranked(teller, "variants.arm.", ".conversion_rate")
    for fact in rates[:SHOWN]:
        yield from _value(teller, fact, "variants")
    found = list(teller.told(experiments.lines, INSIGHT, RISK, ACT, citing="variants."))
    if len(rates) > 1:
        yield from found or teller.say(NO_DIFFERENCE, chart="variants")


def _value(teller: Teller, rate: Fact, chart: Chart) -> Iterator[Line]:
    prefix = rate.id.removesuffix(".conversion_rate")
    name, abandoned = slots(prefix, "name", "cart_abandonment_rate")
    yield from teller.say(
        CONVERTS_BEST if rate.extreme == "highest" else CONVERTS,
        chart=chart,
        counting=f"{prefix}.sessions",
        name=name,
        rate=slot(rate.id),
        sessions=teller.counted(f"{prefix}.sessions", "session"),
    )
    if "abandon" in teller.asks:
        yield from teller.say(ABANDONS, chart="segments", name=name, rate=abandoned)
    if "revenue" in teller.asks and (revenue := teller.own.money(f"{prefix}.revenue")):
        yield from teller.say(EARNS, chart="segments", name=name, revenue=revenue)


def channels(teller: Teller) -> Iterator[Line]:
    """By what they brought; where no order has an amount, by orders."""
    earning = _ranked(teller, "channels.", ".last.revenue.")
    for fact in earning[:SHOWN]:
        prefix = fact.id.partition(".last.")[0]
        name, share = slots(prefix, "name", "last.share")
        text = MOST_BY_LAST_TOUCH if fact.extreme == "highest" else BY_LAST_TOUCH
        yield from teller.say(text, name=name, share=share, revenue=slot(fact.id))
    if not earning:
        for fact in _ranked(teller, "channels.", ".last.share")[:SHOWN]:
            name = slots(fact.id.partition(".last.")[0], "name")[0]
            yield from teller.say(ORDERS_BY_LAST_TOUCH, name=name, share=slot(fact.id))
    for fact in _ranked(teller, "channels.", ".first.revenue.")[:1]:
        name = slots(fact.id.partition(".first.")[0], "name")[0]
        yield from teller.say(BY_FIRST_TOUCH, name=name, revenue=slot(fact.id))
    yield from teller.told(comparisons.lines, INSIGHT, citing="segments.channel.", most=1)


def _ranked(teller: Teller, prefix: str, key: str) -> list[Fact]:
    """The facts of this kind, the highest first."""
    found = [fact for fact in teller.sheet.under(prefix) if key in fact.id and _is_known(teller, fact.id, key)]
    return sorted(found, key=lambda fact: -float(fact.value))


def _is_known(teller: Teller, fact_id: str, key: str) -> bool:
    named = teller.sheet.get(f"{fact_id.partition(key)[0]}.name")
    return named is not None and named.value != UNKNOWN
