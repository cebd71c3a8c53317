"""What people look for and do not find."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from clickstream.facts import Fact, FactSheet
from clickstream.insights.speech import ACT, DECIDE, INSIGHT, RECOMMEND, SUMMARY, USER, Line, Say, Speaker, slot
from clickstream.languages import message

SHOWN_FAILING = 3
MANY_EXITS = 0.3


FAILED = (
    *(
        (
            section,
            message(
                "%(searches)s found nothing ({{search.zero_result_rate}} of those with a known outcome), which puts "
                "%(risk)s at risk if found products sold as others do."
            ),
            message("%(searches)s found nothing ({{search.zero_result_rate}} of those with a known outcome)."),
        )
        for section in (SUMMARY, INSIGHT)
    ),
    (
        RECOMMEND,
        message(
            "Teach the search synonyms and spellings: %(searches)s found nothing, which puts %(risk)s at risk if found "
            "products sold as others do."
        ),
        message("Teach the search synonyms and spellings: %(searches)s found nothing."),
    ),
    (
        DECIDE,
        *2 * (message("Decide whether to stock what people ask for in vain; %(searches)s found nothing."),),
    ),
)
"""Sections with their sentence about searches that failed, where the revenue at risk is known and where not."""

NO_QUERY_FAILS_SO_OFTEN = message("No query fails as often as %(query)s: %(failed)s of %(searches)s found nothing.")
AMONG_THE_FAILING = message("Among the queries that fail is %(query)s: %(failed)s of %(searches)s found nothing.")


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
    risk = speaker.money("search.revenue_at_risk")
    stake = speaker.worth("search.revenue_at_risk") or zero
    for section, with_risk, without in FAILED:
        searches = speaker.counted("search.zero", "search", "searches")
        text = with_risk if risk else without
        yield from speaker.say(section, stake, text, counting="search.zero", searches=searches, risk=risk)


def _failing_term(speaker: Speaker, failing: Fact) -> Iterator[Line]:
    term = failing.id.removesuffix(".zero")
    stake, say = max(float(failing.value), speaker.worth(f"{term}.revenue_at_risk")), about_failing(speaker, failing)
    yield from say(INSIGHT, stake, NO_QUERY_FAILS_SO_OFTEN if failing.extreme == "highest" else AMONG_THE_FAILING)
    yield from say(
        ACT,
        stake,
        "Search the shop for %(query)s yourself, then add a synonym or the missing product; %(failed)s of %(searches)s came "
        "back empty.",
    )
    text = "Those who look for %(query)s in vain (%(failed)s of %(searches)s): offer the closest products."
    yield from say(USER, stake, text)


def about_failing(speaker: Speaker, failing: Fact) -> Say:
    """Says sentences with the parts which `query`, of how many `searches`, and how many of them `failed`."""
    term = failing.id.removesuffix(".zero")
    searches = speaker.counted(f"{term}.searches", "search", "searches")
    query, failed = slot(f"{term}.query"), slot(failing.id)
    return partial(speaker.say, counting=failing.id, query=query, failed=failed, searches=searches)


def _outcomes(speaker: Speaker) -> Iterator[Line]:
    stake = speaker.number("search.searches") / 4
    text = "{{search.success_rate}} of searches led to a product, cart or purchase; {{search.exit_rate}} ended the visit."
    yield from speaker.say(INSIGHT, stake, text)
    if speaker.number("search.exit_rate") > MANY_EXITS:
        text = "Rework the order of search results, as {{search.exit_rate}} of searches were the last thing a visitor did."
        yield from speaker.say(RECOMMEND, stake, text)
    favourite = speaker.sheet.get("search.term.1.searches")
    if favourite and favourite.extreme == "highest":
        text = "What people look for most often is {{search.term.1.query}} (%(searches)s)."
        searches = speaker.counted(favourite.id, "search", "searches")
        yield from speaker.say(INSIGHT, stake / 2, text, searches=searches)
