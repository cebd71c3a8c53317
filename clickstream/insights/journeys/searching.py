"""What is looked for, found and not found."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.insights.speech import FIRST_OF_ALL, RECOMMEND, SEARCHES, Line, Speaker, slot, slots
from clickstream.insights.topics.search import failing_terms

SHOWN_FAILING = 3


def lines(speaker: Speaker) -> Iterator[Line]:
    speaker = speaker.about("search")
    if not speaker.number("search.searches"):
        return
    yield from _outcomes(speaker)
    yield from _misses(speaker)
    for place, failing in enumerate(failing_terms(speaker.sheet)[:SHOWN_FAILING]):
        term = failing.id.removesuffix(".zero")
        in_vain = f"{slot(failing.id)} of {speaker.counted(f'{term}.searches', 'search', 'searches')}"
        rank = "No query fails as often as" if failing.extreme == "highest" else "Among the queries that fail is"
        text = f"{rank} {slot(f'{term}.query')}: {in_vain} found nothing."
        yield from speaker.say(SEARCHES, 10.0 - place, text, chart="search")


def _outcomes(speaker: Speaker) -> Iterator[Line]:
    searches = speaker.counted("search.searches", "search", "searches")
    success, refined, left = slots("search", "success_rate", "refinement_rate", "exit_rate")
    searched = speaker.counted("search.sessions", "session")
    text = f"There were {searches} in {searched}: {success} led to a product, a cart or a purchase."
    yield from speaker.say(SEARCHES, FIRST_OF_ALL, text, chart="search")
    text = f"After {refined} of searches came another query, and {left} ended the visit."
    yield from speaker.say(SEARCHES, 5.0, text, chart="search")
    found, nothing = slots("search", "conversion_successful", "conversion_zero")
    text = f"{found} of sessions with a successful search bought, and {nothing} of those with a search that found nothing."
    yield from speaker.say(SEARCHES, 6.0, text, chart="search")


def _misses(speaker: Speaker) -> Iterator[Line]:
    zero = speaker.number("search.zero")
    if not zero:
        return
    nothing = speaker.counted("search.zero", "search", "searches")
    text = f"{nothing} found nothing, {slot('search.zero_result_rate')} of those whose outcome is known."
    yield from speaker.say(SEARCHES, 20.0, text, chart="search")
    risk = speaker.money("search.revenue_at_risk")
    stake = speaker.worth("search.revenue_at_risk") or zero
    if risk:
        text = f"Searches without results put {risk} at risk, if found products sold as others do."
        yield from speaker.say(SEARCHES, 15.0, text, chart="search")
    text = f"Teach the search synonyms and spellings, and offer near misses: {nothing} found nothing."
    yield from speaker.say(RECOMMEND, stake, text, chart="search")
