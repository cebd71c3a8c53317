"""What arrives, as it arrives: stored events, refused ones with the reason, and those a test key had checked.

A bounded list in memory. Refusals are noted by whoever answers the request; stored events are looked up in the database
while somebody watches, so that those of other processes appear too and storing them costs nothing more.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from clickstream.clock import Clock
from clickstream.errors import TooManyRequests
from clickstream.events import Event
from clickstream.ingest import Receipt, Rejected
from clickstream.ingest.excerpts import brief, offending
from clickstream.ingest.limits import Problems, Refused
from clickstream.ingest.occurrences import Occurrences
from clickstream.ingest.parse import parse_event
from clickstream.scope import LIVE
from clickstream.store import Store

KEPT = 200
LOOKED_AT = 50
NOTED_EACH = 20
MOST_READERS = 16
LOOK_SECONDS = 1.0
OUT_OF_ORDER = timedelta(seconds=10)
_IDS_KEPT = 1_000

Kind = Literal["stored", "refused", "repeated", "checked", "more"]


class Arrival(msgspec.Struct, frozen=True):
    """One line of the list, by its kind.

    `stored` and `checked` (by a test key: valid, and not stored) carry the event; `refused` the code, the fields and their
    offending values, shortened; `repeated` says how many events of a request were there already; `more` that events came
    faster than they can be shown.
    """

    kind: Kind
    at: datetime
    test: bool = False
    event: Event | None = None
    event_type: str = ""
    code: str = ""
    fields: Problems = {}
    values: dict[str, str] = {}
    count: int = 1


class KeyUse(msgspec.Struct, frozen=True):
    """Events a write key has brought to this process, and when it last did. Of a test key `accepted` are valid."""

    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    last: datetime | None = None


class Arrivals:
    """One for each process: `refused` by code, and `by_key` by write key, count what came to it since `since`."""

    def __init__(self, store: Store, clock: Clock, *, most_readers: int = MOST_READERS) -> None:
        self._store, self._clock, self._most_readers = store, clock, most_readers
        self.since = clock()
        self.refused: Counter[str] = Counter()
        self.by_key: dict[str, KeyUse] = {}
        self._kept: deque[Arrival] = deque(maxlen=KEPT)
        self._noted = 0
        self._readers = 0
        self._moved = threading.Condition()
        self._seen: dict[str, None] = {}
        self._newest: datetime | None = None
        self._looked = float("-inf")

    def note(self, raws: Sequence[object], receipt: Receipt, *, test: bool = False, key_id: str | None = None) -> None:
        """Tell what became of a request: its refusals and repeats. Of a `test`, which stores nothing, valid events too."""
        if key_id:
            self._count(key_id, receipt)
        if not (test or receipt.rejected or receipt.duplicates):
            return
        now = self._clock()
        shown = [_refusal(raws[one.index], one, now, test=test) for one in receipt.rejected[-NOTED_EACH:]]
        if receipt.duplicates:
            shown.append(Arrival("repeated", now, test, count=receipt.duplicates))
        if test:
            shown.extend(_checked(raws, receipt, now))
        with self._moved:
            if not test:
                self.refused.update(one.code for one in receipt.rejected)
            self._keep(shown)

    def _count(self, key_id: str, receipt: Receipt) -> None:
        with self._moved:
            known = self.by_key.get(key_id) or KeyUse()
            self.by_key[key_id] = KeyUse(
                known.accepted + receipt.accepted,
                known.duplicates + receipt.duplicates,
                known.refused + len(receipt.rejected),
                self._clock(),
            )

    @property
    def readers(self) -> int:
        return self._readers

    def check_room(self) -> None:
        """Raises TooManyRequests where as many watch as may."""
        if self._readers >= self._most_readers:
            message = f"{self._most_readers} pages are watching already; close one of them."
            raise TooManyRequests(message, retry_after_seconds=10)

    def watch(self) -> Iterator[list[Arrival]]:
        """What is kept, then what is new, at least every LOOK_SECONDS; an empty list is a sign of life.

        Raises DatabaseUnavailable, and TooManyRequests where as many watch as may.
        """
        with self._moved:
            self.check_room()
            self._readers += 1
        try:
            told = 0
            while True:
                self._look()
                with self._moved:
                    fresh = list(self._kept)[-(self._noted - told) :] if self._noted > told else []
                    told = self._noted
                yield sorted(fresh, key=lambda arrival: arrival.at)
                with self._moved:
                    self._moved.wait_for(lambda: self._noted > told, LOOK_SECONDS)  # noqa: B023 - called at once
        finally:
            with self._moved:
                self._readers -= 1

    def _look(self) -> None:
        """Ask the database for what came since, unless another reader just has."""
        with self._moved:
            if time.monotonic() - self._looked < LOOK_SECONDS * 0.9:
                return
            self._looked = time.monotonic()
        found = self._store.events.latest(LIVE, LOOKED_AT)
        with self._moved:
            self._keep(self._new_of(found))

    def _new_of(self, found: list[Event]) -> list[Arrival]:
        """Those not seen before, oldest first. What only comes into view because later events were deleted is not new."""
        since = self._newest - OUT_OF_ORDER if self._newest else None
        fresh = [e for e in found if e.event_id not in self._seen and (since is None or e.received_at >= since)]
        self._seen.update(dict.fromkeys(event.event_id for event in found))
        for event_id in list(self._seen)[:-_IDS_KEPT]:
            del self._seen[event_id]
        shown = [Arrival("stored", event.received_at, event=_brief(event)) for event in reversed(fresh)]
        if self._newest and len(fresh) == LOOKED_AT:
            shown.append(Arrival("more", fresh[0].received_at))
        if found:
            self._newest = max(found[0].received_at, self._newest or found[0].received_at)
        return shown

    def _keep(self, arrivals: Sequence[Arrival]) -> None:
        if arrivals:
            self._kept.extend(arrivals)
            self._noted += len(arrivals)
            self._moved.notify_all()


def _refusal(raw: object, rejected: Rejected, now: datetime, *, test: bool) -> Arrival:
    event_type, values = offending(raw, rejected.fields)
    return Arrival("refused", now, test, event_type=event_type, code=rejected.code, fields=rejected.fields, values=values)


def _checked(raws: Sequence[object], receipt: Receipt, now: datetime) -> Iterator[Arrival]:
    refused = {one.index for one in receipt.rejected}
    valid = [place for place in range(len(raws)) if place not in refused]
    for place in valid[-NOTED_EACH:]:
        try:
            event = parse_event(raws[place], received_at=now, position=place, occurrences=Occurrences())
        except Refused:  # it was valid a moment ago, at the edge of what may lie in the future
            continue
        yield Arrival("checked", now, test=True, event=_brief(event))


def _brief(event: Event) -> Event:
    return msgspec.structs.replace(event, properties=brief(event.properties))
