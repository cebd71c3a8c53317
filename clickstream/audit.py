"""The one call that puts anything on record: `audit.record("exported", request.actor, "analysis a1", format="pdf")`."""

from __future__ import annotations

from typing import NamedTuple

from clickstream.clock import Clock
from clickstream.store import Store
from clickstream.store.audit import Action, Detail, Entry


class Actor(NamedTuple):
    """Who did it: a username, None where nobody is logged in; and from which address."""

    username: str | None
    client: str


COMMAND_LINE = Actor(None, "command line")


class AuditLog:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._entries, self._clock = store.audit, clock

    def record(self, action: Action, actor: Actor, about: str = "", **details: Detail) -> None:
        """Put on record what was done. `about` names the account or thing; neither it nor `details` holds a secret."""
        self._entries.add(Entry(action, actor.username, about, actor.client, details), self._clock())
