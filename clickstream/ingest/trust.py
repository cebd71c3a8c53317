"""What a sender may say whom shoppers can imitate: docs/decisions has the reasons."""

from __future__ import annotations

from collections.abc import Callable

from clickstream.events import LOOSE_PREFIX, REFUND_TYPES, Event
from clickstream.ingest.limits import Refused
from clickstream.store import Store

Check = Callable[[Event], None]
"""Raises Refused for an event that this sender may not send."""


def trusted(event: Event) -> None:
    """The shop's own server and its staff may send everything."""


def public(event: Event) -> None:
    """Who holds a key that stands in a page, or is a shopper, undoes nobody's order."""
    if event.event_type in REFUND_TYPES or event.event_type.startswith(LOOSE_PREFIX):
        reason = "is taken from the shop's server only: send it with a server key"
        raise Refused("not_trusted", {"event_type": reason})


def of_shopper(store: Store, dataset: str, username: str) -> Check:
    """For one request of a shopper's token: what is public, and no session of somebody else."""
    foreign: dict[str, bool] = {}

    def check(event: Event) -> None:
        public(event)
        if event.session_id is None:
            return
        if event.key not in foreign:
            foreign[event.key] = store.events.is_of_another(dataset, event.key, username)
        if foreign[event.key]:
            raise Refused("not_trusted", {"session_id": "belongs to another visitor"})

    return check
