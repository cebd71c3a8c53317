"""One day of one view, summed from its sessions: what most questions read, so cost depends on days, not on events."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from clickstream.links import Link
from clickstream.measures import Measures
from clickstream.sessions import DIMENSIONS, FUNNEL_STEPS, Session

MAX_VALUES = 200
MAX_NAMES = 2_000
OTHER = "(other)"
FIRST = ""
"""The key of `previous_days` for sessions that have none before them (a document's key cannot be null)."""

Pairs = list[tuple[Any, ...]]


class Days(NamedTuple):
    """The local days of one view from first to last (None: no bound)."""

    view: str
    first: str | None
    last: str | None


class PartRead(NamedTuple):
    """What to read of these days: one part (`Day.parts`), and of that `fields`, or all of it where none are named."""

    part: str
    days: Days
    fields: tuple[str, ...] = ()

    def holds(self, other: PartRead) -> bool:
        """Whether what is read here answers the other one."""
        enough = not self.fields or (other.fields and set(other.fields) <= set(self.fields))
        return (self.part, self.days) == (other.part, other.days) and bool(enough)


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """`segments`: per dimension its values, at most MAX_VALUES and the rest under OTHER, with their measures as columns, so
    that a question reads its own only (`segment_rows`). `durations`: whole seconds and sessions in turn. `funnel_seconds`:
    one such list a step after the first, and one for the whole way. `previous_days` and `previous_buying_days`: day of the
    visitor's previous session -> sessions (buying ones for the latter), which make distinct visitors of any window a sum.
    `event_types` (type, events, sessions), `pages` (page, views, sessions, entries, exits), `checkout_steps` (name, its
    smallest number, sessions, completed) and `checkout_errors` (kind, name, events, sessions, completed, and how many of the
    sessions converted, had a checkout, had both): None beyond MAX_NAMES.
    """

    day: str
    view: str
    total: dict[str, Any]
    hours: list[tuple[datetime, dict[str, Any]]]
    segments: dict[str, dict[str, Any]]
    durations: list[int]
    funnel_seconds: list[list[int]]
    previous_days: dict[str, int]
    previous_buying_days: dict[str, int]
    event_types: Pairs | None
    pages: Pairs | None
    checkout_steps: Pairs | None
    checkout_errors: Pairs | None

    @classmethod
    def from_sessions(cls, day: str, view: str, sessions: Iterable[tuple[Session, Link | None]]) -> Day:
        """The sums of a day's sessions with their links in this view (None for what is no session)."""
        adding = _Adding()
        for session, link in sessions:
            adding.add(session, link)
        return cls(day=day, view=view, **adding.fields())

    def parts(self) -> Iterator[tuple[str, Any]]:
        """What is stored and read apart, by name: a question reads only the part it is about."""
        for name in _PARTS:
            yield name, getattr(self, name)
        yield "previous", [self.previous_days, self.previous_buying_days]
        yield from self.segments.items()


_PARTS = ("total", "hours", "durations", "funnel_seconds", "event_types", "pages", "checkout_steps", "checkout_errors")


class _Adding:
    def __init__(self) -> None:
        self.total = Measures()
        self.hours: defaultdict[datetime, Measures] = defaultdict(Measures)
        self.segments = {name: defaultdict[str, Measures](Measures) for name in (*DIMENSIONS, "visitor")}
        self.durations: Counter[int] = Counter()
        self.funnel_seconds = [Counter[int]() for _ in FUNNEL_STEPS]
        self.previous_days: Counter[str] = Counter()
        self.previous_buying_days: Counter[str] = Counter()
        self.event_types: Counter[str] = Counter()
        self.type_sessions: Counter[str] = Counter()
        self.pages: dict[str, list[int]] = {}
        self.steps: dict[str, tuple[float | None, int, int]] = {}
        self.errors: dict[tuple[str, str], list[int]] = {}

    def add(self, session: Session, link: Link | None) -> None:
        self.total.add(session)
        self.hours[session.hour].add(session)
        if link is None:
            return
        segments = self.segments
        for name in DIMENSIONS:
            segments[name][getattr(session, name)].add(session)
        segments["visitor"]["new" if link.new else "returning"].add(session)
        self.durations[session.duration] += 1
        self.previous_days[link.previous_day or FIRST] += 1
        if "conversions" in session.counts:
            self.previous_buying_days[link.previous_buying_day or FIRST] += 1
        for step, seconds in zip(self.funnel_seconds, session.funnel_seconds, strict=False):
            step[seconds] += 1
        self._add_names(session)

    def _add_names(self, session: Session) -> None:
        for name, n in session.event_types:
            self.event_types[name] += n
            self.type_sessions[name] += 1
        for page, views, entry, left in session.pages:
            row = self.pages.setdefault(page, [0, 0, 0, 0])
            row[0] += views
            row[1] += 1
            row[2] += entry
            row[3] += left
        if session.checkout_steps or session.checkout_errors:
            self._add_checkout(session)

    def _add_checkout(self, session: Session) -> None:
        for step, number, completed in session.checkout_steps:
            smallest, sessions, all_completed = self.steps.get(step, (None, 0, 0))
            smallest = number if smallest is None else min(smallest, smallest if number is None else number)
            self.steps[step] = smallest, sessions + 1, all_completed + completed
        bought, checked_out = "conversions" in session.counts, "checkouts" in session.counts
        for kind, name, events, completed in session.checkout_errors:
            sums = self.errors.setdefault((kind, name), [0] * 6)
            for n, value in enumerate((events, 1, completed, bought, checked_out, bought and checked_out)):
                sums[n] += value

    def fields(self) -> dict[str, Any]:
        types = [(name, n, self.type_sessions[name]) for name, n in sorted(self.event_types.items())]
        pages = [(page, *row) for page, row in sorted(self.pages.items())]
        steps = [(name, *row) for name, row in sorted(self.steps.items())]
        errors = [(*named, *row) for named, row in sorted(self.errors.items())]
        return {
            "total": self.total.document(),
            "hours": [(hour, measures.document()) for hour, measures in sorted(self.hours.items())],
            "segments": {name: _segment(values) for name, values in self.segments.items()},
            "durations": _flat(self.durations),
            "funnel_seconds": [_flat(step) for step in self.funnel_seconds],
            "previous_days": dict(self.previous_days),
            "previous_buying_days": dict(self.previous_buying_days),
            "event_types": types if len(types) <= MAX_NAMES else None,
            "pages": pages if len(pages) <= MAX_NAMES else None,
            "checkout_steps": steps if len(steps) <= MAX_NAMES else None,
            "checkout_errors": errors if len(errors) <= MAX_NAMES else None,
        }


def _flat(histogram: Counter[int]) -> list[int]:
    """Values and their counts in turn: half the time of pairs to read."""
    return [number for pair in sorted(histogram.items()) for number in pair]


def _segment(values: dict[str, Measures]) -> dict[str, Any]:
    """The values with most sessions, the rest summed under OTHER."""
    ranked = sorted(values.items(), key=lambda item: (-item[1].counts["sessions"], item[0]))
    names = [value for value, _ in ranked[:MAX_VALUES]]
    documents = [measures.document() for _, measures in ranked[:MAX_VALUES]]
    if len(ranked) > MAX_VALUES:
        other = Measures()
        for _, measures in ranked[MAX_VALUES:]:
            other.merge(measures.document())
        names.append(OTHER)
        documents.append(other.document())
    counted = sorted({name for document in documents for name in document["counts"]})
    return {
        "values": names,
        "counts": {name: [document["counts"].get(name, 0) for document in documents] for name in counted},
        "money": [document["money"] for document in documents],
        "order_values": [document["order_values"] for document in documents],
    }


def segment_rows(segment: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each value of a stored segment with its measures as `Measures.merge` takes them: those columns that were read."""
    amounts = [name for name in ("money", "order_values") if name in segment]
    names, columns = segment["counts"].keys(), segment["counts"].values()
    for n, (value, *counts) in enumerate(zip(segment["values"], *columns, strict=True)):
        yield value, {"counts": dict(zip(names, counts, strict=True)), **{name: segment[name][n] for name in amounts}}
