"""The ways that journeys commonly take."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.insights.speech import FIRST_OF_ALL, PATTERNS, Line, Speaker, slots

WHO = {"buyers": "Among sessions that bought", "abandoners": "Among sessions that left a cart"}
SHOWN_EACH = 2


def lines(speaker: Speaker) -> Iterator[Line]:
    speaker = speaker.about("patterns")
    yield from _everybody(speaker)
    for place, (who, among) in enumerate(WHO.items()):
        for number in range(1, SHOWN_EACH + 1):
            yield from _way(speaker, who, number, among, 10.0 - 2 * place - number)
    yield from _visits(speaker)


def _everybody(speaker: Speaker) -> Iterator[Line]:
    way, share = slots("path.all.1", "sequence", "share")
    taken = speaker.counted("path.all.1.sessions", "session")
    leads = (fact := speaker.sheet.get("path.all.1.sessions")) and fact.extreme == "highest"
    common = "The most common way begins" if leads else "A common way begins"
    yield from speaker.say(PATTERNS, FIRST_OF_ALL, f"{common} {way}: {taken} took it ({share}).", chart="paths")
    for number in (2, 3):
        way, share = slots(f"path.all.{number}", "sequence", "share")
        taken = speaker.counted(f"path.all.{number}.sessions", "session")
        text = f"Another common way is {way}, taken by {taken} ({share})."
        yield from speaker.say(PATTERNS, 20.0 - number, text, chart="paths")


def _way(speaker: Speaker, who: str, number: int, among: str, stake: float) -> Iterator[Line]:
    way, share = slots(f"path.{who}.{number}", "sequence", "share")
    taken = speaker.counted(f"path.{who}.{number}.sessions", "session")
    begins = "a common way is" if number == 1 else "another way is"
    yield from speaker.say(PATTERNS, stake, f"{among}, {begins} {way} ({taken}, {share}).", chart="paths")


def _visits(speaker: Speaker) -> Iterator[Line]:
    lasts, pages, bounces = slots("overview", "duration_median", "pages_per_session", "bounce_rate")
    text = f"A visit lasts {lasts} (median) and sees {pages} pages; {bounces} of visits end with the event they begin with."
    yield from speaker.say(PATTERNS, 1.0, text, chart="series")
