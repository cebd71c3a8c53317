"""How a visitor's sessions follow each other: what is new, what returns, and when they were here before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from clickstream.sessions import Session

VIEWS = ("clean", "all")
Place = tuple[datetime, str, str]
"""Where a session stands in a list: start, id and key. A client and a user of one name may have sessions of one id."""


class Link(msgspec.Struct, frozen=True):
    """`new`: no earlier session of this visitor. The days are those of the visitor's previous (buying) session, or None."""

    new: bool
    previous_day: str | None
    previous_buying_day: str | None


class Shown(msgspec.Struct, frozen=True):
    """A session with its links, as lists of sessions show it. `sealed`: its events are deleted."""

    session: Session
    links: dict[str, Link]
    sealed: bool = False

    @property
    def place(self) -> Place:
        return self.session.start, self.session.session_id, self.session.key


class Visit(msgspec.Struct, frozen=True):
    """As much of a session as linking needs; `id` is the stored document's."""

    id: str
    visitor: str
    session_id: str
    key: str
    start: datetime
    day: str
    buys: bool
    views: list[str]


def link(visits: Iterable[Visit]) -> dict[str, dict[str, Link]]:
    """Links of one visitor's sessions, per document id and view."""
    ordered = sorted(visits, key=lambda visit: (visit.start, visit.session_id, visit.key))
    links: dict[str, dict[str, Link]] = {visit.id: {} for visit in ordered}
    for view in VIEWS:
        previous: str | None = None
        previous_buying: str | None = None
        for visit in ordered:
            if view not in visit.views:
                continue
            links[visit.id][view] = Link(previous is None, previous, previous_buying)
            previous = visit.day
            previous_buying = visit.day if visit.buys else previous_buying
    return links
