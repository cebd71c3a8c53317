"""What people look for and do not find."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.facts import Fact, FactSheet
from clickstream.insights.speech import ACT, DECIDE, INSIGHT, RECOMMEND, SUMMARY, USER, Line, Speaker, slot

SHOWN_FAILING = 3
MANY_EXITS = 0.3


def lines(speaker: Speaker) -> Iterator[Line]:
    speaker = speaker.about("search")
    if not speaker.number("search.searches"):
        return
    yield from _failures(speaker)
    for failing in failing_terms(speaker.sheet)[:SHOWN_FAILING]:
        yield from _failing_term(speaker, failing)
    yield from _outcomes(speaker)


def failing_terms(sheet: FactSheet) -> list[Fact]:
    """The `zero` facts of terms that found nothing, the most frequent first."""
    zeros = [fact for fact in sheet.under("search.term.") if fact.id.endswith(".zero") and fact.value]
    return sorted(zeros, key=lambda fact: -float(fact.value))


def _failures(speaker: Speaker) -> Iterator[Line]:
    if not (zero := speaker.number("search.zero")):
        return
    stake = speaker.worth("search.revenue_at_risk") or zero
    found_nothing, risk = f"{_searches(speaker, 'search.zero')} found nothing", speaker.money("search.revenue_at_risk")
    at_risk = f", which puts {risk} at risk if found products sold as others do" if risk else ""
    text = f"{found_nothing} ({{{{search.zero_result_rate}}}} of those with a known outcome){at_risk}."
    yield from speaker.say(SUMMARY, stake, text)
    yield from speaker.say(INSIGHT, stake, text)
    yield from speaker.say(RECOMMEND, stake, f"Teach the search synonyms and spellings: {found_nothing}{at_risk}.")
    yield from speaker.say(DECIDE, stake, f"Decide whether to stock what people ask for in vain; {found_nothing}.")


def _failing_term(speaker: Speaker, failing: Fact) -> Iterator[Line]:
    term = failing.id.removesuffix(".zero")
    stake = max(float(failing.value), speaker.worth(f"{term}.revenue_at_risk"))
    query, in_vain = slot(f"{term}.query"), f"{slot(failing.id)} of {_searches(speaker, f'{term}.searches')}"
    rank = "No query fails as often as" if failing.extreme == "highest" else "Among the queries that fail is"
    yield from speaker.say(INSIGHT, stake, f"{rank} {query}: {in_vain} found nothing.")
    text = f"Search the shop for {query} yourself, then add a synonym or the missing product; {in_vain} came back empty."
    yield from speaker.say(ACT, stake, text)
    yield from speaker.say(USER, stake, f"Those who look for {query} in vain ({in_vain}): offer the closest products.")


def _outcomes(speaker: Speaker) -> Iterator[Line]:
    stake = speaker.number("search.searches") / 4
    text = "{{search.success_rate}} of searches led to a product, cart or purchase; {{search.exit_rate}} ended the visit."
    yield from speaker.say(INSIGHT, stake, text)
    if speaker.number("search.exit_rate") > MANY_EXITS:
        text = "Rework the order of search results, as {{search.exit_rate}} of searches were the last thing a visitor did."
        yield from speaker.say(RECOMMEND, stake, text)
    favourite = speaker.sheet.get("search.term.1.searches")
    if favourite and favourite.extreme == "highest":
        searches = _searches(speaker, favourite.id)
        text = f"What people look for most often is {{{{search.term.1.query}}}} ({searches})."
        yield from speaker.say(INSIGHT, stake / 2, text)


def _searches(speaker: Speaker, fact_id: str) -> str:
    return speaker.counted(fact_id, "search", "searches")
