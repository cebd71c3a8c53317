"""The ways that journeys commonly take."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.insights.speech import FIRST_OF_ALL, PATTERNS, Line, Speaker, slots
from clickstream.languages import message

BUYERS = (
    message("Among sessions that bought, a common way is %(way)s (%(sessions)s, %(share)s)."),
    message("Among sessions that bought, another way is %(way)s (%(sessions)s, %(share)s)."),
)
ABANDONERS = (
    message("Among sessions that left a cart, a common way is %(way)s (%(sessions)s, %(share)s)."),
    message("Among sessions that left a cart, another way is %(way)s (%(sessions)s, %(share)s)."),
)
WHO = {"buyers": BUYERS, "abandoners": ABANDONERS}
"""Whose ways are told, the most common first."""


def lines(speaker: Speaker) -> Iterator[Line]:
    speaker = speaker.about("patterns")
    yield from _everybody(speaker)
    for place, (who, sentences) in enumerate(WHO.items()):
        for number, text in enumerate(sentences, 1):
            yield from _way(speaker, f"path.{who}.{number}", text, 10.0 - 2 * place - number)
    yield from _visits(speaker)


def _everybody(speaker: Speaker) -> Iterator[Line]:
    leads = (fact := speaker.sheet.get("path.all.1.sessions")) and fact.extreme == "highest"
    text = (
        "The most common way begins %(way)s: %(sessions)s took it (%(share)s)."
        if leads
        else "A common way begins %(way)s: %(sessions)s took it (%(share)s)."
    )
    yield from _way(speaker, "path.all.1", message(text), FIRST_OF_ALL)
    for number in (2, 3):
        text = message("Another common way is %(way)s, taken by %(sessions)s (%(share)s).")
        yield from _way(speaker, f"path.all.{number}", text, 20.0 - number)


def _way(speaker: Speaker, prefix: str, text: str, stake: float) -> Iterator[Line]:
    way, share = slots(prefix, "sequence", "share")
    taken = speaker.counted(f"{prefix}.sessions", "session")
    counting = f"{prefix}.sessions"
    yield from speaker.say(PATTERNS, stake, text, chart="paths", counting=counting, way=way, sessions=taken, share=share)


def _visits(speaker: Speaker) -> Iterator[Line]:
    text = (
        "A visit lasts {{overview.duration_median}} (median) and sees {{overview.pages_per_session}} pages; "
        "{{overview.bounce_rate}} of visits end with the event they begin with."
    )
    yield from speaker.say(PATTERNS, 1.0, text, chart="series")
