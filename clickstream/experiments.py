"""Which arms of which experiments a session saw: `variant` names the arm, `experiment` what it is an arm of."""

from __future__ import annotations

from collections.abc import Iterable

from clickstream.events import MAX_LABEL, Event, label

UNNAMED = "(unnamed)"
"""The experiment of an event that names a variant and no experiment."""

Arm = tuple[str, str]
"""Experiment and arm."""


def arms_seen(events: Iterable[Event]) -> list[Arm]:
    """Each pair once, in the order they were first seen."""
    seen: dict[Arm, None] = {}
    for event in events:
        variant = event.properties.get("variant")
        if variant:
            seen[label(event.properties.get("experiment")) or UNNAMED, str(variant)[:MAX_LABEL]] = None
    return list(seen)
