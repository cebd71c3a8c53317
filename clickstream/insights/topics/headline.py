"""The shop in a sentence, its orders, its visits and its days."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.facts import FactSheet
from clickstream.insights.speech import ACT, FIRST_OF_ALL, INSIGHT, RECOMMEND, SUMMARY, USER, Line, Speaker, slot

SKEWED = 1.25
ENOUGH_ORDERS = 10


def lines(speaker: Speaker) -> Iterator[Line]:
    speaker = speaker.about("overview")
    yield from _headline(speaker)
    yield from _orders(speaker)
    yield from _visits(speaker)
    yield from _pages(speaker)
    yield from _whom(speaker)


def period(sheet: FactSheet) -> str:
    """The opening words of a headline; empty where the days are not known."""
    if "range.since" not in sheet:
        return ""
    if sheet["range.since"].value == sheet["range.until"].value:
        return "On {{range.since}}, "
    return "From {{range.since}} to {{range.until}}, "


def _headline(speaker: Speaker) -> Iterator[Line]:
    sessions, visitors = speaker.counted("overview.sessions", "session"), speaker.counted("overview.visitors", "visitor")
    came = f"{period(speaker.sheet)}{sessions} came from {visitors}"
    orders, revenue = speaker.counted("overview.orders", "order"), speaker.money("overview.revenue")
    if revenue:
        text = f"{came}; {{{{overview.conversion_rate}}}} of the sessions bought, in {orders} worth {revenue}."
    elif speaker.number("overview.conversions"):
        text = (
            f"{came}; {{{{overview.conversion_rate}}}} of the sessions bought, and what the {orders} brought is not known."
        )
    else:
        text = f"{came}, and none of them bought."
    yield from speaker.say(SUMMARY, FIRST_OF_ALL, text)


def _orders(speaker: Speaker) -> Iterator[Line]:
    for fact in speaker.sheet.under("overview.aov."):
        middle = f"overview.aov_median.{fact.currency.casefold()}"
        orders, typical = speaker.number("overview.orders"), speaker.number(middle)
        if orders >= ENOUGH_ORDERS and float(fact.value) > SKEWED * typical > 0:
            text = f"A few large orders carry the revenue: the average is worth {slot(fact.id)}, the median {slot(middle)}."
            yield from speaker.say(INSIGHT, orders, text)
        else:
            yield from speaker.say(
                INSIGHT, orders / 2, f"An average order is worth {slot(fact.id)} (median {slot(middle)})."
            )


def _visits(speaker: Speaker) -> Iterator[Line]:
    if bounces := speaker.number("overview.bounces"):
        ended = (
            f"{speaker.counted('overview.bounces', 'session')} ({{{{overview.bounce_rate}}}}) ended right after the opening"
        )
        yield from speaker.say(INSIGHT, bounces / 2, f"{ended} interaction.")
        text = f"Give landing pages an obvious next step, because {ended} interaction."
        yield from speaker.say(RECOMMEND, bounces / 4, text)
    text = "A typical session lasts {{overview.duration_median}} and sees {{overview.pages_per_session}} pages on average."
    yield from speaker.say(INSIGHT, speaker.number("overview.sessions") / 20, text)
    text = f"The busiest day was {{{{series.peak.day}}}} with {speaker.counted('series.peak.sessions', 'session')}."
    yield from speaker.say(INSIGHT, speaker.number("series.peak.sessions") / 10, text)


def _pages(speaker: Speaker) -> Iterator[Line]:
    for fact in speaker.sheet.under("pages."):
        if fact.id.endswith(".exits") and fact.extreme == "highest":
            page, stake = slot(f"{fact.id.removesuffix('exits')}name"), float(fact.value) / 3
            ended = f"{speaker.counted(fact.id, 'session')} ended there"
            yield from speaker.say(INSIGHT, stake, f"No page is left as often as {page}: {ended}.")
            yield from speaker.say(ACT, stake, f"Open {page} on a phone and on a slow connection, as {ended}.")


def _whom(speaker: Speaker) -> Iterator[Line]:
    if newcomers := speaker.number("overview.new_sessions"):
        text = "Newcomers ({{overview.new_share}} of sessions): show them what sells well and what others say about it."
        yield from speaker.say(USER, newcomers / 20, text)
    for fact in speaker.sheet.under("overview.aov_median."):
        buyers, price = speaker.counted("overview.buyers", "buyer"), slot(fact.id)
        text = f"{buyers}: suggest companions to what they bought, priced around {price}, the median order."
        yield from speaker.say(USER, speaker.number("overview.buyers"), text)
