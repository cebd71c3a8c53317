"""Since when events are kept: older ones are refused, as the sessions they belong to may be sealed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from clickstream.clock import Clock
from clickstream.events import Event
from clickstream.ingest.limits import Refused
from clickstream.store import Store

REMEMBERED = timedelta(minutes=1)

Since = Callable[[], datetime | None]


class Floors:
    """One for each process: what the rollup has set, read at most once a minute for each dataset."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._known: dict[str, tuple[datetime, datetime | None]] = {}

    def since(self, dataset: str) -> datetime | None:
        """None where everything is kept. Raises DatabaseUnavailable."""
        now = self._clock()
        known = self._known.get(dataset)
        if known is None or now - known[0] >= REMEMBERED:
            state = self._store.state.find_dataset(dataset)
            known = self._known[dataset] = (now, state.kept_since if state else None)
        return known[1]


def refuse_older(event: Event, since: datetime | None) -> None:
    """Raise Refused for an event from before `since`."""
    if since is not None and event.timestamp < since:
        raise Refused("too_old", {"timestamp": f"is before {since:%Y-%m-%d}; older events are deleted here (EVENT_DAYS)"})
