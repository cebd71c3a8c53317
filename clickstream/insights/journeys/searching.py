"""What is looked for, found and not found."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from clickstream.insights.speech import FIRST_OF_ALL, RECOMMEND, SEARCHES, Line, Speaker
from clickstream.insights.topics.search import (
    AMONG_THE_FAILING,
    NO_QUERY_FAILS_SO_OFTEN,
    about_failing,
    failing_terms,
)

SHOWN_FAILING = 3


def lines(speaker: Speaker) -> Iterator[Line]:
    speaker = speaker.about("search")
    if not speaker.number("search.searches"):
        return
    yield from _outcomes(speaker)
    yield from _misses(speaker)
    for place, failing in enumerate(failing_terms(speaker.sheet)[:SHOWN_FAILING]):
        text = NO_QUERY_FAILS_SO_OFTEN if failing.extreme == "highest" else AMONG_THE_FAILING
        yield from about_failing(speaker, failing)(SEARCHES, 10.0 - place, text, chart="search")


def _outcomes(speaker: Speaker) -> Iterator[Line]:
    say = partial(speaker.say, chart="search")
    yield from say(
        SEARCHES,
        FIRST_OF_ALL,
        "There were %(searches)s in %(sessions)s: {{search.success_rate}} led to a product, a cart or a purchase.",
        counting="search.searches",
        searches=speaker.counted("search.searches", "search", "searches"),
        sessions=speaker.counted("search.sessions", "session"),
    )
    yield from say(
        SEARCHES,
        5.0,
        "After {{search.refinement_rate}} of searches came another query, and {{search.exit_rate}} ended the visit.",
    )
    yield from say(
        SEARCHES,
        6.0,
        "{{search.conversion_successful}} of sessions with a successful search bought, and {{search.conversion_zero}} of "
        "those with a search that found nothing.",
    )


def _misses(speaker: Speaker) -> Iterator[Line]:
    zero, risk = speaker.number("search.zero"), speaker.money("search.revenue_at_risk")
    if not zero:
        return
    searches = speaker.counted("search.zero", "search", "searches")
    say = partial(speaker.say, chart="search", counting="search.zero", searches=searches)
    yield from say(
        SEARCHES, 20.0, "%(searches)s found nothing, {{search.zero_result_rate}} of those whose outcome is known."
    )
    if risk:
        text = "Searches without results put %(risk)s at risk, if found products sold as others do."
        yield from say(SEARCHES, 15.0, text, risk=risk)
    stake = speaker.worth("search.revenue_at_risk") or zero
    text = "Teach the search synonyms and spellings, and offer near misses: %(searches)s found nothing."
    yield from say(RECOMMEND, stake, text)
