"""What became of an uploaded file: sessions, events, and every record that was refused by its JSON path."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from clickstream.ingest.excerpts import NOTHING, follow, short
from clickstream.ingest.journeys import NOTES
from clickstream.ingest.limits import Refused

MOST_TYPES = 2_000
SHOWN = 200
"""Refused records that are kept with path and value; all are counted."""


class RefusedRecord(msgspec.Struct, frozen=True):
    """`value` is what stands at `path`, shortened, as JSON; None where nothing does."""

    path: str
    code: str
    message: str
    value: str | None


class Report(msgspec.Struct):
    """`refused` counts records and events by code. `notes` are oddities that cost nothing, `unknown_types` kept as they are.

    `flags`: how often a session's own claims agree with its events, and the first that do not.
    """

    format: str = ""
    records: int = 0
    sessions: int = 0
    events: int = 0
    duplicates: int = 0
    refused: dict[str, int] = {}
    rejected: list[RefusedRecord] = []
    notes: list[dict[str, Any]] = []
    unknown_types: list[dict[str, Any]] = []
    flags: list[dict[str, Any]] = []
    fault: str | None = None


class Tally:
    """Adds up a report while a file is read."""

    def __init__(self, format_name: str) -> None:
        self._report = Report(format=format_name)
        self._refused: Counter[str] = Counter()
        self._notes: Counter[str] = Counter()
        self._types: Counter[str] = Counter()

    def record(self) -> None:
        self._report.records += 1

    def note(self, codes: list[str]) -> None:
        self._notes.update(codes)

    def unknown_type(self, name: str) -> None:
        """Of more different ones than MOST_TYPES those that come late are not listed."""
        if name in self._types or len(self._types) < MOST_TYPES:
            self._types[name] += 1

    def stored(self, accepted: int, duplicates: int) -> None:
        self._report.events += accepted
        self._report.duplicates += duplicates

    def refuse(self, code: str, problems: dict[str, str], whole: object, below: str = "") -> None:
        """One record or event; `problems` by full path, of which `below` leads to `whole`."""
        self._refused[code] += 1
        for path, message in problems.items():
            if len(self._report.rejected) < SHOWN:
                value = NOTHING if isinstance(whole, Refused) else follow(whole, path.removeprefix(below))
                said = None if value is NOTHING else short(value)
                self._report.rejected.append(RefusedRecord(path, code, message, said))

    def report(self, fault: str | None) -> Report:
        self._report.refused = dict(self._refused.most_common())
        self._report.notes = [{"code": code, "text": NOTES[code], "sessions": n} for code, n in self._notes.most_common()]
        self._report.unknown_types = [{"type": name, "events": n} for name, n in self._types.most_common(SHOWN)]
        self._report.fault = fault
        return self._report
