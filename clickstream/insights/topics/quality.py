"""How far the numbers can be trusted: small samples, noise, what could not be matched or did not reconcile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from clickstream.insights.speech import ACT, FIRST_OF_ALL, RECOMMEND, RISK, SUMMARY, Line, Speaker, slot

SMALL_SAMPLE = 30


class Gap(NamedTuple):
    """Something that events do not tell: how many of what, which number lacks it, and how to mend it."""

    fact_id: str
    singular: str
    plural: str
    lacking: str
    remedy: str


GAPS = (
    Gap("quality.orders_unpriced", "order", "orders", "revenue and the average order", "Send revenue with every purchase"),
    Gap(
        "cart.value_unknown",
        "abandoned cart",
        "abandoned carts",
        "the value left behind",
        "Send prices with every cart event",
    ),
    Gap("search.unknown", "search", "searches", "the zero-result rate", "Send the result count with every search"),
)


def lines(speaker: Speaker) -> Iterator[Line]:
    speaker = speaker.about("quality")
    yield from _withheld(speaker)
    yield from _sample(speaker)
    yield from _left_out(speaker)
    yield from _refunds(speaker.about("refunds"))
    yield from _unknown(speaker.about("unknown"))


def _withheld(speaker: Speaker) -> Iterator[Line]:
    for fact in speaker.sheet.under("quality.withheld."):
        text = f"The parts of {slot(fact.id)} do not add up to its total, so nothing here rests on it: rebuild the sessions."
        yield from speaker.say(RISK, FIRST_OF_ALL, text)
        yield from speaker.say(SUMMARY, FIRST_OF_ALL, text)


def _sample(speaker: Speaker) -> Iterator[Line]:
    sessions, conversions = speaker.number("overview.sessions"), speaker.number("overview.conversions")
    if 0 < sessions < SMALL_SAMPLE:
        rests = speaker.counted("overview.sessions", "session")
        text = f"Everything here rests on a small sample ({rests}): read it as stories, not as rates."
        yield from speaker.say(RISK, FIRST_OF_ALL, text)
        yield from speaker.say(SUMMARY, SMALL_SAMPLE, text)
    elif 0 < conversions < SMALL_SAMPLE:
        buying = speaker.counted("overview.conversions", "buying session")
        text = f"Rates about buyers rest on a small sample ({buying}), so a few orders can turn them."
        yield from speaker.say(RISK, sessions / 2, text)


def _left_out(speaker: Speaker) -> Iterator[Line]:
    if noisy := speaker.number("quality.noisy_events"):
        events = speaker.counted("quality.noisy_events", "event")
        text = f"Noise and simulation were left out: {events}, {{{{quality.noise_share}}}} of all."
        yield from speaker.say(RISK, noisy / 10, text)
    if oversize := speaker.number("quality.oversize"):
        sessions = speaker.counted("quality.oversize", "session")
        text = f"Robots may be at work: {sessions} had too many events to be a person and stayed out of every number."
        yield from speaker.say(RISK, 10 * oversize, text)


def _refunds(speaker: Speaker) -> Iterator[Line]:
    if unmatched := speaker.number("quality.refunds_unmatched"):
        refunds = speaker.counted("quality.refunds_unmatched", "refund")
        text = f"{refunds} named no known order and so could not be taken off net revenue."
        yield from speaker.say(RISK, 10 * unmatched, text)
        text = f"Send the order's id and currency with every refund; {refunds} came without."
        yield from speaker.say(ACT, unmatched, text)
    for fact in speaker.sheet.under("overview.refund_share."):
        refunded = slot(f"overview.refunded.{fact.id.rpartition('.')[2]}")
        text = f"Refunds took back {refunded}, {slot(fact.id)} of revenue."
        yield from speaker.say(RISK, speaker.worth("overview.refunded"), text)


def _unknown(speaker: Speaker) -> Iterator[Line]:
    for gap in GAPS:
        if unknown := speaker.number(gap.fact_id):
            n = speaker.counted(gap.fact_id, gap.singular, gap.plural)
            yield from speaker.say(RISK, unknown, f"Too little is known of {n}, which {gap.lacking} cannot count.")
            yield from speaker.say(RECOMMEND, unknown / 10, f"{gap.remedy}: {n} came without.")
    if outside := speaker.number("funnel.outside"):
        buying = speaker.counted("funnel.outside", "buying session")
        text = f"The end of the funnel and the conversion rate differ: {buying} skipped a step, such as the checkout event."
        yield from speaker.say(RISK, outside, text)
