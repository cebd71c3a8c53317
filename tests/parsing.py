"""One raw event through the parser, for the tests of what it accepts and refuses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clickstream.events import Event
from clickstream.ingest.limits import Refused
from clickstream.ingest.occurrences import Occurrences
from clickstream.ingest.parse import parse_event

NOW = datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)
PLAIN = {"event_type": "pageview", "client_id": "c1"}
BUY = {"event_type": "purchase", "client_id": "c1"}


def parsed(raw: object, occurrences: Occurrences | None = None) -> Event:
    return parse_event(raw, received_at=NOW, position=7, occurrences=occurrences or Occurrences())


def refused(raw: object) -> Refused:
    with pytest.raises(Refused) as caught:
        parsed(raw)
    return caught.value


def fields_of(raw: object) -> set[str]:
    """What an invalid event is refused for."""
    found = refused(raw)
    assert found.code == "invalid_event"
    return set(found.fields)
