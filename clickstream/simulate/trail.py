"""The events one visit leaves behind, with the visitor's identity and the time that passes between them."""

from __future__ import annotations

from datetime import UTC, datetime
from math import log
from random import Random
from typing import Any, NamedTuple

from clickstream.clock import iso
from clickstream.simulate.visits import Visit

Event = dict[str, Any]

DWELL_SECONDS = {"product_view": 34, "pageview": 20, "engagement": 10, "search": 13, "list_view": 22, "checkout_step": 38}
EXPERIMENT = "product-page"
"""What the visitors' variants are arms of: A is the page as it was, B sells a little better."""
_OTHER_DWELL_SECONDS = 11
_LONGEST_PAUSE_MS = 20 * 60_000


class Timed(NamedTuple):
    at_ms: int
    event: Event


class Trail:
    """`timed` holds the events told so far, in order; what was told for later days stands last."""

    def __init__(self, visit: Visit, rng: Random, source: str) -> None:
        self.timed: list[Timed] = []
        self._visit, self._rng, self._source = visit, rng, source
        self._now_ms = visit.start_ms
        self._base = {"source": source, "device": visit.device.name, "country": visit.visitor.country}
        if visit.visitor.variant:
            self._base |= {"experiment": EXPERIMENT, "variant": visit.visitor.variant}
        self._identity = {"client_id": visit.client_id}
        if visit.has_session_id:
            self._identity["session_id"] = f"s-{visit.number}"
        if visit.login == "start":
            self._identity["user_id"] = visit.visitor.username

    def __len__(self) -> int:
        return len(self.timed)

    def tell(self, event_type: str, page: str, properties: dict[str, Any]) -> None:
        """One event now; then the visitor dwells on it for a while."""
        event = {
            "event_id": f"{self._visit.number}-{len(self.timed):03d}",
            "event_type": event_type,
            "timestamp": _iso(self._now_ms),
            **self._identity,
            "page": page,
            "properties": {**self._base, **properties},
        }
        self.timed.append(Timed(self._now_ms, event))
        pause = 800 - log(1.0 - self._rng.random()) * 1000 * DWELL_SECONDS.get(event_type, _OTHER_DWELL_SECONDS)
        self._now_ms += int(min(pause, _LONGEST_PAUSE_MS))

    def tell_later(self, after_ms: int, event_type: str, properties: dict[str, Any]) -> None:
        """The shop's own note about an order: it belongs to the buyer, but to no visit."""
        at_ms = self._now_ms + after_ms
        event = {
            "event_id": f"{self._visit.number}-{event_type}",
            "event_type": event_type,
            "timestamp": _iso(at_ms),
            **{name: value for name, value in self._identity.items() if name != "session_id"},
            "properties": {"source": self._source, **properties},
        }
        self.timed.append(Timed(at_ms, event))

    def engage(self) -> None:
        """A sign of life from the page the visitor is still on."""
        last = self.timed[-1]
        self._now_ms = last.at_ms + int(5_000 + self._rng.random() * 25_000)
        self.tell("engagement", last.event["page"], {"engaged_ms": self._now_ms - last.at_ms})

    def log_in(self) -> None:
        """The user id is known from here on, of those who log in during a visit."""
        if self._visit.login == "later" and "user_id" not in self._identity:
            self._identity["user_id"] = self._visit.visitor.username
            self.tell("login", "/account/login", {})


def _iso(at_ms: int) -> str:
    return iso(datetime.fromtimestamp(at_ms / 1000, UTC))
