"""Segments that differ beyond chance, changes against the weeks before, unusual days."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from clickstream.facts import Fact, FactSheet
from clickstream.insights.formats import direction_of, lies_flat
from clickstream.insights.report import Direction
from clickstream.insights.speech import ACT, DECIDE, INSIGHT, RECOMMEND, RISK, SUMMARY, USER, Line, Speaker, slot, slots

BEYOND_CHANCE = 1.96
LEAST_CHANGE = 0.02


class Dimension(NamedTuple):
    """How a dimension is spoken of, and what to do about a value ({}) below the rest, and about one above it."""

    word: str
    advice: str
    decision: str


DIMENSIONS = {
    "device": Dimension(
        "device", "Go through a whole purchase on {} yourself", "what {} does well can be brought to the others"
    ),
    "channel": Dimension(
        "channel", "Look at what visitors of {} were promised and where they land", "{} deserves a larger part of the budget"
    ),
    "visitor": Dimension(
        "kind of visitor",
        "Find out what keeps visitors of the kind {} from buying",
        "to spend on more visits of the kind {}",
    ),
    "country": Dimension(
        "country", "Check language, prices, ways to pay and delivery for {}", "{} deserves a larger part of the budget"
    ),
    "variant": Dimension(
        "variant", "Look at what {} does differently before it reaches everyone", "{} should become the rule"
    ),
}


class Measure(NamedTuple):
    """How a trend is spoken of: its words, the fact of today's value, and whether more of it is good."""

    words: str
    now: str
    good: bool


MEASURES = {
    "trend.sessions.": Measure("Sessions", "overview.sessions", True),
    "trend.visitors.": Measure("Visitors", "overview.visitors", True),
    "trend.orders.": Measure("Orders", "overview.orders", True),
    "trend.searches.": Measure("Searches", "search.searches", True),
    "trend.carts.": Measure("Carts", "cart.created", True),
    "trend.revenue.": Measure("Revenue", "overview.revenue", True),
    "trend.conversion_rate.": Measure("The conversion rate", "overview.conversion_rate", True),
    "trend.bounce_rate.": Measure("The bounce rate", "overview.bounce_rate", False),
    "trend.engagement_rate.": Measure("The engagement rate", "overview.engagement_rate", True),
    "trend.cart_abandonment_rate.": Measure("The cart abandonment rate", "cart.abandonment_rate", False),
    "trend.checkout_abandonment_rate.": Measure("The checkout abandonment rate", "checkout.abandonment_rate", False),
    "trend.zero_result_rate.": Measure("The zero-result rate", "search.zero_result_rate", False),
}


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
    if fact.signed and lies_flat(fact):
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
    direction, gap = direction_of(difference), abs(float(difference.value))
    average = speaker.number("overview.conversion_rate")
    stake = n * gap / average if average else n * gap
    spoken, (name, rate) = DIMENSIONS[dimension], slots(prefix, "name", "conversion_rate")
    sessions = speaker.counted(f"{prefix}.sessions", "session")
    bought = f"{rate} of {sessions} bought, {slot(difference.id)} {_side(direction)} the rest"
    yield from speaker.say(INSIGHT, stake, f"By {spoken.word}, {name} stands out beyond chance: {bought}.", direction)
    if direction == "down":
        yield from speaker.say(RECOMMEND, stake, f"{spoken.advice.format(name)}: {bought}.", direction)
    else:
        text = f"Decide whether {spoken.decision.format(name)}: {bought}."
        yield from speaker.say(DECIDE, stake, text, direction)
        yield from speaker.say(
            USER,
            stake / 2,
            f"Visitors of the {spoken.word} {name} are ready to buy ({bought}): show them the way to the checkout.",
            direction,
        )


def _order_value(speaker: Speaker, difference: Fact) -> Iterator[Line]:
    prefix, currency = difference.id.split(".aov_difference.")
    name, average = slots(prefix, "name", f"aov.{currency}")
    direction = direction_of(difference)
    apart = f"{slot(difference.id)} {_side(direction)} the rest"
    text = f"An order of {name} brings {average} on average, {apart}, which is beyond chance."
    yield from speaker.say(INSIGHT, difference.n or 0, text, direction)


def _largest_share(speaker: Speaker, share: Fact) -> Iterator[Line]:
    prefix, dimension, n = _segment(share)
    if f"{prefix}.name" in speaker.sheet and speaker.sheet[f"{prefix}.name"].value != "unknown":
        name = slot(f"{prefix}.name")
        text = f"By {DIMENSIONS[dimension].word}, {name} has the largest share: {slot(share.id)} of sessions."
        yield from speaker.say(INSIGHT, n / 10, text)


def _trend(speaker: Speaker, change: Fact, measure: Measure) -> Iterator[Line]:
    currency = f".{change.id.rpartition('.')[2]}" if change.id.startswith("trend.revenue.") else ""
    now, before = measure.now + currency, f"{change.id.partition('.change')[0]}.before{currency}"
    direction = direction_of(change)
    if direction == "flat" or not _noteworthy(speaker, now, before):
        return
    stake = abs(float(change.value)) * speaker.number("overview.sessions")
    moved = f"{'rose' if direction == 'up' else 'fell'} by {slot(change.id)}"
    text = f"{measure.words} {moved} against the same days before: {slot(before)} then, {slot(now)} now."
    yield from speaker.say(INSIGHT, stake, text, direction)
    yield from speaker.say(SUMMARY, stake, text, direction)
    if (direction == "up") != measure.good:
        yield from speaker.say(RISK, stake, text, direction)
        subject = measure.words[0].lower() + measure.words[1:]
        text = f"Compare channels, devices and pages with the weeks before, as {subject} {moved}."
        yield from speaker.say(ACT, stake, text, direction)


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
    apart = f"{slot(difference.id)} {_side(direction)} the usual {typical} of that weekday"
    text = f"On {day}, {measure} stood at {value}, {apart}."
    stake = abs(speaker.number(f"{prefix}.value") - speaker.number(f"{prefix}.typical"))
    yield from speaker.say(RISK, stake, text, direction)
    yield from speaker.say(INSIGHT, stake, text, direction)


def _segment(fact: Fact) -> tuple[str, str, float]:
    """The segment's prefix, its dimension, and the sample of the fact."""
    prefix = fact.id.rpartition(".")[0]
    return prefix, fact.id.split(".")[1], float(fact.n or 0)


def _side(direction: Direction) -> str:
    return "above" if direction == "up" else "below"
