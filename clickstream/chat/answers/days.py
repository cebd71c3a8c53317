"""Days and periods: the busiest, the unusual, what changed."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.chat.answers.teller import Teller
from clickstream.insights.speech import INSIGHT, Line, slot
from clickstream.insights.topics import comparisons, headline


def busiest(teller: Teller) -> Iterator[Line]:
    peak = list(teller.told(headline.lines, INSIGHT, citing="series.peak.day", most=1))
    yield from peak
    if not peak:
        yield from teller.say(
            "No day stands alone: several share the same number of sessions, out of {{overview.sessions}}."
        )
    yield from teller.say(
        "By orders it was {{series.peak_orders.day}}, with %(orders)s.",
        chart="series",
        orders=teller.counted("series.peak_orders.orders", "order"),
    )
    for fact in teller.sheet.under("series.peak_revenue.revenue."):
        day = slot(f"series.peak_revenue.day.{fact.currency.casefold()}")
        yield from teller.say("By revenue it was %(day)s, with %(revenue)s.", chart="series", day=day, revenue=slot(fact.id))


def unusual(teller: Teller) -> Iterator[Line]:
    found = list(teller.told(comparisons.lines, INSIGHT, citing="anomaly.", most=3))
    yield from found
    if not found:
        yield from teller.say(
            "No day that could be judged was far from what its weekday usually brings, in %(sessions)s.",
            chart="series",
            sessions=teller.counted("overview.sessions", "session"),
        )


def changes(teller: Teller) -> Iterator[Line]:
    found = list(teller.told(comparisons.lines, INSIGHT, citing="trend.", most=5))
    yield from found
    if not found:
        yield from teller.say(
            "Nothing that was compared changed beyond chance against the same days before: {{trend.sessions.before}} "
            "sessions then, {{overview.sessions}} now.",
            chart="series",
        )
    yield from teller.told(comparisons.lines, INSIGHT, citing="anomaly.", most=1)
