"""The shop in a sentence, its orders, its visits and its days."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from clickstream.facts import FactSheet
from clickstream.insights.speech import ACT, FIRST_OF_ALL, INSIGHT, RECOMMEND, SUMMARY, USER, Line, Speaker, slot
from clickstream.languages import message

SKEWED = 1.25
ENOUGH_ORDERS = 10

HEADLINES = {
    ("range", "earned"): message(
        "From {{range.since}} to {{range.until}}, %(sessions)s came from %(visitors)s; {{overview.conversion_rate}} of the "
        "sessions bought, in %(orders)s worth %(revenue)s."
    ),
    ("range", "bought"): message(
        "From {{range.since}} to {{range.until}}, %(sessions)s came from %(visitors)s; {{overview.conversion_rate}} of the "
        "sessions bought, and what the %(orders)s brought is not known."
    ),
    ("range", "nothing"): message(
        "From {{range.since}} to {{range.until}}, %(sessions)s came from %(visitors)s, and none of them bought."
    ),
    ("day", "earned"): message(
        "On {{range.since}}, %(sessions)s came from %(visitors)s; {{overview.conversion_rate}} of the sessions bought, in "
        "%(orders)s worth %(revenue)s."
    ),
    ("day", "bought"): message(
        "On {{range.since}}, %(sessions)s came from %(visitors)s; {{overview.conversion_rate}} of the sessions bought, and "
        "what the %(orders)s brought is not known."
    ),
    ("day", "nothing"): message("On {{range.since}}, %(sessions)s came from %(visitors)s, and none of them bought."),
    ("", "earned"): message(
        "%(sessions)s came from %(visitors)s; {{overview.conversion_rate}} of the sessions bought, in %(orders)s worth "
        "%(revenue)s."
    ),
    ("", "bought"): message(
        "%(sessions)s came from %(visitors)s; {{overview.conversion_rate}} of the sessions bought, and what the %(orders)s "
        "brought is not known."
    ),
    ("", "nothing"): message("%(sessions)s came from %(visitors)s, and none of them bought."),
}
"""By period and outcome."""


def lines(speaker: Speaker) -> Iterator[Line]:
    speaker = speaker.about("overview")
    yield from _headline(speaker)
    yield from _orders(speaker)
    yield from _visits(speaker)
    yield from _pages(speaker)
    yield from _whom(speaker)


def period(sheet: FactSheet) -> str:
    """How many days a headline is about: "range", "day", or "" where they are not known."""
    if "range.since" not in sheet:
        return ""
    return "day" if sheet["range.since"].value == sheet["range.until"].value else "range"


def outcome(speaker: Speaker) -> str:
    """What came of the sessions: "earned", "bought" where the revenue is not known, or "nothing"."""
    if speaker.money("overview.revenue"):
        return "earned"
    return "bought" if speaker.number("overview.conversions") else "nothing"


def _headline(speaker: Speaker) -> Iterator[Line]:
    yield from speaker.say(
        SUMMARY,
        FIRST_OF_ALL,
        HEADLINES[period(speaker.sheet), outcome(speaker)],
        counting="overview.sessions",
        sessions=speaker.counted("overview.sessions", "session"),
        visitors=speaker.counted("overview.visitors", "visitor", after="from"),
        orders=speaker.counted("overview.orders", "order"),
        revenue=speaker.money("overview.revenue"),
    )


def _orders(speaker: Speaker) -> Iterator[Line]:
    for fact in speaker.sheet.under("overview.aov."):
        middle = f"overview.aov_median.{fact.currency.casefold()}"
        orders, typical = speaker.number("overview.orders"), speaker.number(middle)
        skewed = orders >= ENOUGH_ORDERS and float(fact.value) > SKEWED * typical > 0
        yield from speaker.say(
            INSIGHT,
            orders if skewed else orders / 2,
            "A few large orders carry the revenue: the average is worth %(average)s, the median %(median)s."
            if skewed
            else "An average order is worth %(average)s (median %(median)s).",
            average=slot(fact.id),
            median=slot(middle),
        )


def _visits(speaker: Speaker) -> Iterator[Line]:
    if bounces := speaker.number("overview.bounces"):
        sessions = speaker.counted("overview.bounces", "session")
        say = partial(speaker.say, counting="overview.bounces", sessions=sessions)
        text = "%(sessions)s ({{overview.bounce_rate}}) ended right after the opening interaction."
        yield from say(INSIGHT, bounces / 2, text)
        yield from say(
            RECOMMEND,
            bounces / 4,
            "Give landing pages an obvious next step, because %(sessions)s ({{overview.bounce_rate}}) ended right after the "
            "opening interaction.",
        )
    text = "A typical session lasts {{overview.duration_median}} and sees {{overview.pages_per_session}} pages on average."
    yield from speaker.say(INSIGHT, speaker.number("overview.sessions") / 20, text)
    busiest = speaker.counted("series.peak.sessions", "session")
    text = "The busiest day was {{series.peak.day}} with %(sessions)s."
    yield from speaker.say(INSIGHT, speaker.number("series.peak.sessions") / 10, text, sessions=busiest)


def _pages(speaker: Speaker) -> Iterator[Line]:
    for fact in speaker.sheet.under("pages."):
        if fact.id.endswith(".exits") and fact.extreme == "highest":
            page, ended = slot(f"{fact.id.removesuffix('exits')}name"), speaker.counted(fact.id, "session")
            say, stake = partial(speaker.say, counting=fact.id, page=page, sessions=ended), float(fact.value) / 3
            yield from say(INSIGHT, stake, "No page is left as often as %(page)s: %(sessions)s ended there.")
            yield from say(ACT, stake, "Open %(page)s on a phone and on a slow connection, as %(sessions)s ended there.")


def _whom(speaker: Speaker) -> Iterator[Line]:
    if newcomers := speaker.number("overview.new_sessions"):
        text = "Newcomers ({{overview.new_share}} of sessions): show them what sells well and what others say about it."
        yield from speaker.say(USER, newcomers / 20, text)
    for fact in speaker.sheet.under("overview.aov_median."):
        text = "%(buyers)s: suggest companions to what they bought, priced around %(price)s, the median order."
        buyers = speaker.counted("overview.buyers", "buyer")
        yield from speaker.say(
            USER, speaker.number("overview.buyers"), text, counting="overview.buyers", buyers=buyers, price=slot(fact.id)
        )
