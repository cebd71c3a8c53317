"""The shop's search: how well it works, what it does not find, what is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.chat.answers.teller import Teller
from clickstream.insights.journeys import searching
from clickstream.insights.speech import INSIGHT, SEARCHES, Line, slots
from clickstream.insights.topics import search as terms

SHOWN_TERMS = 5


def failing(teller: Teller) -> Iterator[Line]:
    yield from teller.told(searching.lines, SEARCHES, citing="search.zero", most=1)
    yield from teller.told(searching.lines, SEARCHES, citing="search.term.", most=3)
    yield from teller.told(searching.lines, SEARCHES, citing="search.revenue_at_risk", most=1)
    if not teller.own.number("search.zero"):
        yield from teller.say(
            "No search is known to have found nothing, in %(searches)s.",
            chart="search",
            searches=teller.counted("search.searches", "search", "searches"),
        )
        return
    yield from teller.advised(searching.lines)


def quality(teller: Teller) -> Iterator[Line]:
    yield from teller.told(searching.lines, SEARCHES, citing="search.success_rate", most=1)
    yield from teller.told(searching.lines, SEARCHES, citing="search.zero_result_rate", most=1)
    yield from teller.told(searching.lines, SEARCHES, citing="search.conversion_successful", most=1)
    yield from teller.told(searching.lines, SEARCHES, citing="search.exit_rate", most=1)
    yield from teller.advised(searching.lines)


def popular(teller: Teller) -> Iterator[Line]:
    about = teller.told(terms.lines, INSIGHT, citing="search.term.1.searches")
    favourite = [line for line in about if "{{search.term.1.zero}}" not in line.text]
    yield from favourite
    for number in range(2 if favourite else 1, SHOWN_TERMS + 1):
        prefix = f"search.term.{number}"
        yield from teller.say(
            "%(query)s was searched for in %(sessions)s.",
            chart="search",
            counting=f"{prefix}.searches",
            query=slots(prefix, "query")[0],
            sessions=teller.counted(f"{prefix}.searches", "session"),
        )
