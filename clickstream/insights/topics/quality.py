"""How far the numbers can be trusted: small samples, noise, what could not be matched or did not reconcile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from clickstream.insights.speech import ACT, FIRST_OF_ALL, RECOMMEND, RISK, SUMMARY, Line, Speaker, slot
from clickstream.languages import message

SMALL_SAMPLE = 30


class Gap(NamedTuple):
    """Something that events do not tell: how many of what, and the sentences that say so and how to mend it."""

    fact_id: str
    counted: Callable[[Speaker, str], str]
    risk: str
    remedy: str


GAPS = (
    Gap(
        "quality.orders_unpriced",
        lambda speaker, fact_id: speaker.counted(fact_id, "order"),
        message("Too little is known of %(n)s, which revenue and the average order cannot count."),
        message("Send revenue with every purchase: %(n)s came without."),
    ),
    Gap(
        "cart.value_unknown",
        lambda speaker, fact_id: speaker.counted(fact_id, "abandoned cart"),
        message("Too little is known of %(n)s, which the value left behind cannot count."),
        message("Send prices with every cart event: %(n)s came without."),
    ),
    Gap(
        "search.unknown",
        lambda speaker, fact_id: speaker.counted(fact_id, "search", "searches"),
        message("Too little is known of %(n)s, which the zero-result rate cannot count."),
        message("Send the result count with every search: %(n)s came without."),
    ),
)
FUNNEL_AND_RATE_DIFFER = message(
    "The end of the funnel and the conversion rate differ: %(sessions)s skipped a step, such as the checkout event."
)


def lines(speaker: Speaker) -> Iterator[Line]:
    speaker = speaker.about("quality")
    yield from _withheld(speaker)
    yield from sample(speaker)
    yield from _left_out(speaker)
    yield from _refunds(speaker.about("refunds"))
    yield from _unknown(speaker.about("unknown"))


def _withheld(speaker: Speaker) -> Iterator[Line]:
    for fact in speaker.sheet.under("quality.withheld."):
        text = "The parts of %(metric)s do not add up to its total, so nothing here rests on it: rebuild the sessions."
        for section in (RISK, SUMMARY):
            yield from speaker.say(section, FIRST_OF_ALL, text, metric=slot(fact.id))


def sample(speaker: Speaker) -> Iterator[Line]:
    sessions, conversions = speaker.number("overview.sessions"), speaker.number("overview.conversions")
    if 0 < sessions < SMALL_SAMPLE:
        text = "Everything here rests on a small sample (%(sessions)s): read it as stories, not as rates."
        for section, stake in ((RISK, FIRST_OF_ALL), (SUMMARY, SMALL_SAMPLE)):
            yield from speaker.say(section, stake, text, sessions=speaker.counted("overview.sessions", "session"))
    elif 0 < conversions < SMALL_SAMPLE:
        text = "Rates about buyers rest on a small sample (%(sessions)s), so a few orders can turn them."
        buying = speaker.counted("overview.conversions", "buying session")
        yield from speaker.say(RISK, sessions / 2, text, sessions=buying)


def _left_out(speaker: Speaker) -> Iterator[Line]:
    if noisy := speaker.number("quality.noisy_events"):
        text = "Noise and simulation were left out: %(events)s, {{quality.noise_share}} of all."
        yield from speaker.say(RISK, noisy / 10, text, events=speaker.counted("quality.noisy_events", "event"))
    if oversize := speaker.number("quality.oversize"):
        text = "Robots may be at work: %(sessions)s had too many events to be a person and stayed out of every number."
        sessions = speaker.counted("quality.oversize", "session")
        yield from speaker.say(RISK, 10 * oversize, text, counting="quality.oversize", sessions=sessions)


def _refunds(speaker: Speaker) -> Iterator[Line]:
    if unmatched := speaker.number("quality.refunds_unmatched"):
        refunds = speaker.counted("quality.refunds_unmatched", "refund")
        say = partial(speaker.say, counting="quality.refunds_unmatched", refunds=refunds)
        text = "%(refunds)s named no known order and so could not be taken off net revenue."
        yield from say(RISK, 10 * unmatched, text)
        text = "Send the order's id and currency with every refund; %(refunds)s came without."
        yield from say(ACT, unmatched, text)
    for fact in speaker.sheet.under("overview.refund_share."):
        refunded = slot(f"overview.refunded.{fact.id.rpartition('.')[2]}")
        text = "Refunds took back %(refunded)s, %(share)s of revenue."
        yield from speaker.say(RISK, speaker.worth("overview.refunded"), text, refunded=refunded, share=slot(fact.id))


def _unknown(speaker: Speaker) -> Iterator[Line]:
    for gap in GAPS:
        if unknown := speaker.number(gap.fact_id):
            say = partial(speaker.say, counting=gap.fact_id, n=gap.counted(speaker, gap.fact_id))
            yield from say(RISK, unknown, gap.risk)
            yield from say(RECOMMEND, unknown / 10, gap.remedy)
    if outside := speaker.number("funnel.outside"):
        buying = speaker.counted("funnel.outside", "buying session")
        yield from speaker.say(RISK, outside, FUNNEL_AND_RATE_DIFFER, counting="funnel.outside", sessions=buying)
