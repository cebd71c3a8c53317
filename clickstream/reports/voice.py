"""How reports speak: sentences from their catalog, values as the insights write them, times on the shop's own clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from clickstream.facts import Fact
from clickstream.insights.formats import formatted
from clickstream.languages import translated
from clickstream.languages.locales import locale_named

AREA = "reports"
UNKNOWN = "—"


@dataclass(frozen=True)
class Voice:
    """One language, and the time zone by whose wall clock days were cut."""

    language: str
    time_zone: str

    def text(self, text: str, **parts: object) -> str:
        """The message in this language, with its parts in place."""
        return translated(self.language, AREA, text) % parts if parts else translated(self.language, AREA, text)

    def value(self, value: object, unit: str) -> str:
        """A value by its fact's unit; None is unknown, never zero."""
        if value is None or value == "":
            return UNKNOWN
        if not isinstance(value, (int, float, str)):
            raise TypeError(f"{value!r} is no value of a fact")
        return formatted(Fact("", "", value, unit, None, ""), locale_named(self.language), quoted=False)

    def fact(self, fact: Fact) -> str:
        return formatted(fact, locale_named(self.language), quoted=False)

    def count(self, value: int | None) -> str:
        return self.value(value, "count")

    def rate(self, rate: Mapping[str, Any] | None) -> str:
        return self.value(rate["value"] if rate else None, "rate")

    def money(self, amounts: Sequence[Mapping[str, Any]] | None) -> str:
        """Every currency for itself; they are never added."""
        known = [entry for entry in amounts or () if entry["amount"] is not None]
        return " + ".join(self.value(entry["amount"], f"money:{entry['currency']}") for entry in known) or UNKNOWN

    def day(self, moment: str) -> str:
        """The local day of an instant, or a plain day."""
        return self.value(self._clock(moment).date().isoformat() if "T" in moment else moment, "day")

    def edge(self, instant: str, *, ends: bool = False) -> str:
        """A bound of a window: its first day or, with `ends`, its last; the minute, too, where it cuts a day."""
        at = self._clock(instant)
        if (at.hour, at.minute) != (0, 0):
            return self.moment(instant)
        return self.day((at.date() - timedelta(days=1 if ends else 0)).isoformat())

    def moment(self, instant: str) -> str:
        """Day and minute on the shop's clock."""
        return f"{self.day(instant)}, {self._clock(instant):%H:%M}"

    def _clock(self, instant: str) -> datetime:
        return datetime.fromisoformat(instant).astimezone(ZoneInfo(self.time_zone))
