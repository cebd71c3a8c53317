"""Segments that differ beyond chance, changes against the weeks before, unusual days."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from clickstream.facts import Fact, FactSheet
from clickstream.insights.formats import direction_of, lies_flat
from clickstream.insights.speech import ACT, DECIDE, INSIGHT, RECOMMEND, RISK, SUMMARY, USER, Line, Speaker, slot, slots
from clickstream.languages import message

BEYOND_CHANCE = 1.96
LEAST_CHANGE = 0.02


class Dimension(NamedTuple):
    """What is said of a value of the dimension: that it stands out, what to do below the rest and above it, its share."""

    stands_out: str
    advice: str
    decision: str
    ready: str
    largest: str


DIMENSIONS = {
    "device": Dimension(
        message("By device, %(name)s stands out beyond chance: %(rate)s of %(sessions)s bought, %(apart)s."),
        message("Go through a whole purchase on %(name)s yourself: %(rate)s of %(sessions)s bought, %(apart)s."),
        message(
            "Decide whether what %(name)s does well can be brought to the others: %(rate)s of %(sessions)s bought, "
            "%(apart)s."
        ),
        message(
            "Visitors of the device %(name)s are ready to buy (%(rate)s of %(sessions)s bought, %(apart)s): show them the "
            "way to the checkout."
        ),
        message("By device, %(name)s has the largest share: %(share)s of sessions."),
    ),
    "channel": Dimension(
        message("By channel, %(name)s stands out beyond chance: %(rate)s of %(sessions)s bought, %(apart)s."),
        message(
            "Look at what visitors of %(name)s were promised and where they land: %(rate)s of %(sessions)s bought, "
            "%(apart)s."
        ),
        message("Decide whether %(name)s deserves a larger part of the budget: %(rate)s of %(sessions)s bought, %(apart)s."),
        message(
            "Visitors of the channel %(name)s are ready to buy (%(rate)s of %(sessions)s bought, %(apart)s): show them the "
            "way to the checkout."
        ),
        message("By channel, %(name)s has the largest share: %(share)s of sessions."),
    ),
    "visitor": Dimension(
        message("By kind of visitor, %(name)s stands out beyond chance: %(rate)s of %(sessions)s bought, %(apart)s."),
        message(
            "Find out what keeps visitors of the kind %(name)s from buying: %(rate)s of %(sessions)s bought, %(apart)s."
        ),
        message("Decide whether to spend on more visits of the kind %(name)s: %(rate)s of %(sessions)s bought, %(apart)s."),
        message(
            "Visitors of the kind %(name)s are ready to buy (%(rate)s of %(sessions)s bought, %(apart)s): show them the way "
            "to the checkout."
        ),
        message("By kind of visitor, %(name)s has the largest share: %(share)s of sessions."),
    ),
    "country": Dimension(
        message("By country, %(name)s stands out beyond chance: %(rate)s of %(sessions)s bought, %(apart)s."),
        message(
            "Check language, prices, ways to pay and delivery for %(name)s: %(rate)s of %(sessions)s bought, %(apart)s."
        ),
        message("Decide whether %(name)s deserves a larger part of the budget: %(rate)s of %(sessions)s bought, %(apart)s."),
        message(
            "Visitors of the country %(name)s are ready to buy (%(rate)s of %(sessions)s bought, %(apart)s): show them the "
            "way to the checkout."
        ),
        message("By country, %(name)s has the largest share: %(share)s of sessions."),
    ),
    "variant": Dimension(
        message("By variant, %(name)s stands out beyond chance: %(rate)s of %(sessions)s bought, %(apart)s."),
        message(
            "Look at what %(name)s does differently before it reaches everyone: %(rate)s of %(sessions)s bought, %(apart)s."
        ),
        message("Decide whether %(name)s should become the rule: %(rate)s of %(sessions)s bought, %(apart)s."),
        message(
            "Visitors of the variant %(name)s are ready to buy (%(rate)s of %(sessions)s bought, %(apart)s): show them the "
            "way to the checkout."
        ),
        message("By variant, %(name)s has the largest share: %(share)s of sessions."),
    ),
}


class Measure(NamedTuple):
    """How a trend is spoken of: its words within a sentence, the fact of today's value, and whether more of it is good."""

    words: str
    now: str
    good: bool


MEASURES = {
    "trend.sessions.": Measure(message("sessions"), "overview.sessions", True),
    "trend.visitors.": Measure(message("visitors"), "overview.visitors", True),
    "trend.orders.": Measure(message("orders"), "overview.orders", True),
    "trend.searches.": Measure(message("searches"), "search.searches", True),
    "trend.carts.": Measure(message("carts"), "cart.created", True),
    "trend.revenue.": Measure(message("revenue"), "overview.revenue", True),
    "trend.conversion_rate.": Measure(message("the conversion rate"), "overview.conversion_rate", True),
    "trend.bounce_rate.": Measure(message("the bounce rate"), "overview.bounce_rate", False),
    "trend.engagement_rate.": Measure(message("the engagement rate"), "overview.engagement_rate", True),
    "trend.cart_abandonment_rate.": Measure(message("the cart abandonment rate"), "cart.abandonment_rate", False),
    "trend.checkout_abandonment_rate.": Measure(
        message("the checkout abandonment rate"), "checkout.abandonment_rate", False
    ),
    "trend.zero_result_rate.": Measure(message("the zero-result rate"), "search.zero_result_rate", False),
}
ROSE = message("%(measure)s rose by %(change)s against the same days before: %(before)s then, %(now)s now.")
FELL = message("%(measure)s fell by %(change)s against the same days before: %(before)s then, %(now)s now.")
AS_IT_ROSE = message("Compare channels, devices and pages with the weeks before, as %(measure)s rose by %(change)s.")
AS_IT_FELL = message("Compare channels, devices and pages with the weeks before, as %(measure)s fell by %(change)s.")
ABOVE_THE_USUAL = message("On %(day)s, %(measure)s stood at %(value)s, %(gap)s above the usual %(typical)s of that weekday.")
BELOW_THE_USUAL = message("On %(day)s, %(measure)s stood at %(value)s, %(gap)s below the usual %(typical)s of that weekday.")


def lines(speaker: Speaker) -> Iterator[Line]:
    for fact in speaker.sheet.under("segments."):
        yield from _segment_lines(speaker.about("segments"), fact)
    for prefix, measure in MEASURES.items():
        for fact in speaker.sheet.under(prefix):
            if fact.unit == "change":
                yield from _trend(speaker.about("trend"), fact, measure)
    for fact in speaker.sheet.under("anomaly."):
        if fact.unit == "change" and not lies_flat(fact):
            yield from _anomaly(speaker.about("anomaly"), fact)


def _segment_lines(speaker: Speaker, fact: Fact) -> Iterator[Line]:
    tested = fact.id.startswith("segments.variant.") and "variants.experiment" in speaker.sheet
    if tested or (fact.signed and lies_flat(fact)):
        return
    if fact.id.endswith(".conversion_difference") and not _mirrored(speaker.sheet, fact):
        yield from _conversion(speaker, fact)
    elif ".aov_difference." in fact.id:
        yield from _order_value(speaker, fact)
    elif fact.id.endswith(".share") and fact.extreme == "highest":
        yield from _largest_share(speaker, fact)


def _mirrored(sheet: FactSheet, difference: Fact) -> bool:
    """Of two values, the one above the rest is the one below told again."""
    _, dimension, _ = _segment(difference)
    names = [fact for fact in sheet.under(f"segments.{dimension}.") if fact.id.endswith(".name")]
    return len(names) == 2 and float(difference.value) > 0


def _conversion(speaker: Speaker, difference: Fact) -> Iterator[Line]:
    prefix, dimension, n = _segment(difference)
    gap, average = abs(float(difference.value)), speaker.number("overview.conversion_rate")
    stake, spoken = n * gap / average if average else n * gap, DIMENSIONS[dimension]
    name, rate = slots(prefix, "name", "conversion_rate")
    sessions, apart = speaker.counted(f"{prefix}.sessions", "session"), _apart(speaker, difference)
    direction = direction_of(difference)
    say = partial(speaker.say, direction=direction, name=name, rate=rate, sessions=sessions, apart=apart)
    yield from say(INSIGHT, stake, spoken.stands_out)
    if direction == "down":
        yield from say(RECOMMEND, stake, spoken.advice)
    else:
        yield from say(DECIDE, stake, spoken.decision)
        yield from say(USER, stake / 2, spoken.ready)


def _apart(speaker: Speaker, difference: Fact) -> str:
    above = direction_of(difference) == "up"
    return speaker.text("%(gap)s above the rest" if above else "%(gap)s below the rest", gap=slot(difference.id))


def _order_value(speaker: Speaker, difference: Fact) -> Iterator[Line]:
    prefix, currency = difference.id.split(".aov_difference.")
    name, average = slots(prefix, "name", f"aov.{currency}")
    text = "An order of %(name)s brings %(average)s on average, %(apart)s, which is beyond chance."
    parts = {"name": name, "average": average, "apart": _apart(speaker, difference)}
    yield from speaker.say(INSIGHT, difference.n or 0, text, direction_of(difference), None, **parts)


def _largest_share(speaker: Speaker, share: Fact) -> Iterator[Line]:
    prefix, dimension, n = _segment(share)
    if f"{prefix}.name" in speaker.sheet and speaker.sheet[f"{prefix}.name"].value != "unknown":
        text, name = DIMENSIONS[dimension].largest, slot(f"{prefix}.name")
        yield from speaker.say(INSIGHT, n / 10, text, name=name, share=slot(share.id))


def _trend(speaker: Speaker, change: Fact, measure: Measure) -> Iterator[Line]:
    currency = f".{change.id.rpartition('.')[2]}" if change.id.startswith("trend.revenue.") else ""
    now, before = measure.now + currency, f"{change.id.partition('.change')[0]}.before{currency}"
    direction = direction_of(change)
    if direction == "flat" or not _noteworthy(speaker, now, before):
        return
    stake, rose = abs(float(change.value)) * speaker.number("overview.sessions"), direction == "up"
    say = partial(speaker.say, direction=direction, measure=speaker.text(measure.words), change=slot(change.id))
    turned_bad = rose != measure.good
    for section in (INSIGHT, SUMMARY, RISK) if turned_bad else (INSIGHT, SUMMARY):
        yield from say(section, stake, ROSE if rose else FELL, before=slot(before), now=slot(now))
    if turned_bad:
        yield from say(ACT, stake, AS_IT_ROSE if rose else AS_IT_FELL)


def _noteworthy(speaker: Speaker, now: str, before: str) -> bool:
    """Counts must differ by more than they vary by chance; rates are only compared where they do; money by its share."""
    fact, past = speaker.sheet.get(now), speaker.sheet.number(before)
    if fact is None or past is None or isinstance(fact.value, str):
        return False
    gap = abs(fact.value - past)
    if fact.kind == "count":
        return gap >= BEYOND_CHANCE * math.sqrt(fact.value + past)
    return gap >= LEAST_CHANGE * past


def _anomaly(speaker: Speaker, difference: Fact) -> Iterator[Line]:
    prefix, direction = difference.id.rpartition(".")[0], direction_of(difference)
    day, measure, value, typical = slots(prefix, "day", "measure", "value", "typical")
    text = ABOVE_THE_USUAL if direction == "up" else BELOW_THE_USUAL
    stake = abs(speaker.number(f"{prefix}.value") - speaker.number(f"{prefix}.typical"))
    parts = {"day": day, "measure": measure, "value": value, "typical": typical, "gap": slot(difference.id)}
    for section in (RISK, INSIGHT):
        yield from speaker.say(section, stake, text, direction, None, **parts)


def _segment(fact: Fact) -> tuple[str, str, float]:
    """The segment's prefix, its dimension, and the sample of the fact."""
    prefix = fact.id.rpartition(".")[0]
    return prefix, fact.id.split(".")[1], float(fact.n or 0)
