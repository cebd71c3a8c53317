"""Reports without a model: the same facts, the same slots, sentences ranked by what is at stake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from clickstream.facts import FactSheet
from clickstream.insights import comparing
from clickstream.insights.journeys import abandonment, drop_offs, patterns, searching, sides
from clickstream.insights.presets import GENERAL, weight
from clickstream.insights.report import COMPARISON, JOURNEY, STORE, Kind, Report, Section
from clickstream.insights.slots import claim_of, slots_of
from clickstream.insights.speech import (
    ACT,
    CARE,
    CARTS,
    CHANGED,
    DECIDE,
    DIFFERENCES,
    DROP_OFFS,
    HELD,
    INSIGHT,
    PATTERNS,
    RECOMMEND,
    RISK,
    SEARCHES,
    SUMMARY,
    TO_DO,
    USER,
    WHY,
    Line,
    Speaker,
)
from clickstream.insights.topics import comparisons, experiments, headline, journey, quality, search, shopper
from clickstream.languages import ENGLISH, known_language, message

ABOUT_THE_SHOP = (headline, journey, search, comparisons, experiments, quality)
ABOUT_A_SHOPPER = (shopper, quality)
ABOUT_JOURNEYS = (patterns, sides, experiments, drop_offs, searching, abandonment)
TOPICS = {STORE.id: ABOUT_THE_SHOP, JOURNEY.id: ABOUT_JOURNEYS, COMPARISON.id: (comparing,)}


class Room(NamedTuple):
    """How many lines a section has, in all and for one topic."""

    lines: int
    a_topic: int


ROOM = {
    SUMMARY: Room(4, 1),
    INSIGHT: Room(7, 2),
    RECOMMEND: Room(5, 2),
    DECIDE: Room(3, 1),
    ACT: Room(4, 1),
    RISK: Room(6, 2),
    USER: Room(4, 2),
    PATTERNS: Room(6, 6),
    DIFFERENCES: Room(6, 6),
    DROP_OFFS: Room(6, 6),
    SEARCHES: Room(6, 6),
    CARTS: Room(6, 6),
    CHANGED: Room(9, 3),
    HELD: Room(5, 2),
    WHY: Room(5, 2),
    TO_DO: Room(4, 1),
    CARE: Room(8, 8),
}

NOTHING_STANDS_OUT = {
    SUMMARY: message("This selection has %(sessions)s."),
    INSIGHT: message("Nothing stands out in %(sessions)s; a longer window may show more."),
    RECOMMEND: message("Keep collecting: nothing in %(sessions)s is a reason to change anything yet."),
    DECIDE: message("No decision can rest on these numbers (%(sessions)s); choose a longer window first."),
    ACT: message("Choose a longer window or fewer filters and run the analysis again; it saw %(sessions)s."),
    RISK: message("No risk was found: nothing was left out or unmatched in %(sessions)s."),
    USER: message("There is nothing to suggest to anyone yet: no carts, searches or orders in %(sessions)s."),
    PATTERNS: message("No way is common: none was taken often in %(sessions)s."),
    DIFFERENCES: message("Too few of %(sessions)s bought, or left a cart, for a comparison."),
    DROP_OFFS: message("Nothing is known of where %(sessions)s ended."),
    SEARCHES: message("Nobody searched in %(sessions)s, or the log does not say so."),
    CARTS: message("Nobody left a cart behind in %(sessions)s."),
    **comparing.NOTHING_STANDS_OUT,
}
NO_DATA = {
    SUMMARY: message("There are no sessions in this selection, so there is nothing to report."),
    INSIGHT: message("Nothing can be learned from a selection without sessions; widen the dates or take a filter away."),
    RECOMMEND: message("Send events to this shop, or choose a window that has data, and run the analysis again."),
    DECIDE: message("There is nothing to decide until sessions have been measured."),
    ACT: message("Check that the shop sends its events, then choose a window that has data."),
    RISK: message("The absence of data is the only risk seen: check that events arrive."),
    USER: message("Nobody in this selection has been seen yet, so there is nobody to make a suggestion to."),
    PATTERNS: message("There are no sessions in this selection, so there is no pattern to find."),
    DIFFERENCES: message("There are no sessions in this selection to compare."),
    DROP_OFFS: message("There are no sessions in this selection that could end anywhere."),
    SEARCHES: message("There are no sessions in this selection, and no searches."),
    CARTS: message("There are no sessions in this selection, and no carts."),
    **dict.fromkeys(COMPARISON.sections, comparing.NO_DATA),
}
DATA_ELSEWHERE = message(
    "There are no sessions in this selection; the data runs from {{available.since}} to {{available.until}}."
)
WITHHELD = message(
    "The overview is withheld because its parts do not add up; rebuild the sessions and run the analysis again."
)


def report(
    sheet: FactSheet,
    *,
    kind: Kind = STORE,
    about_shopper: bool = False,
    language: str = ENGLISH,
    preset: str = GENERAL,
) -> Report:
    """Every section of the report, none of them empty; `about_shopper` when the scope is a single person's.

    The preset says which topics weigh more.

    Raises InvalidInput for a language that we do not have.
    """
    speaker = Speaker(sheet, "nothing", known_language(language), kind.area)
    if not sheet.number(kind.sample):
        return _report({section: list(_without_sessions(speaker, section, kind)) for section in kind.sections})
    topics = ABOUT_A_SHOPPER if kind is STORE and about_shopper else TOPICS[kind.id]
    lines = [line for topic in topics for line in topic.lines(speaker)]
    chosen = {section: _chosen(section, lines, preset) for section in kind.sections}
    return _report(
        {section: ranked or list(_nothing_stands_out(speaker, section, kind)) for section, ranked in chosen.items()}
    )


def _report(lines: dict[str, list[Line]]) -> Report:
    return {
        section: Section("computed", [claim_of(line.text, line.direction, line.chart) for line in ranked])
        for section, ranked in lines.items()
    }


def _chosen(section: str, lines: Iterable[Line], preset: str) -> list[Line]:
    """What is most at stake first, as the preset weighs it; equal stakes stand in the same order in every language."""
    room = ROOM[section]
    weighed = [(line.stake * weight(preset, line.topic), line) for line in lines if line.section == section]
    ranked = [line for _, line in sorted(weighed, key=lambda one: (-one[0], one[1].message, sorted(slots_of(one[1].text))))]
    chosen: list[Line] = []
    spoken: Counter[str] = Counter()
    for line in ranked:
        if spoken[line.topic] < room.a_topic and len(chosen) < room.lines:
            chosen.append(line)
            spoken[line.topic] += 1
    return chosen


def _nothing_stands_out(speaker: Speaker, section: str, kind: Kind) -> Iterator[Line]:
    sessions = speaker.counted(kind.sample, "session")
    return speaker.say(section, 0, NOTHING_STANDS_OUT[section], counting=kind.sample, sessions=sessions)


def _without_sessions(speaker: Speaker, section: str, kind: Kind) -> Iterator[Line]:
    sheet = speaker.sheet
    if "overview.sessions" not in sheet and sheet.under("quality.withheld."):
        return speaker.say(section, 0, WITHHELD)
    if section == kind.sections[0] and "available.since" in sheet:
        return speaker.say(section, 0, DATA_ELSEWHERE)
    return speaker.say(section, 0, NO_DATA[section])
