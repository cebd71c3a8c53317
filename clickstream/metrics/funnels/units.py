"""The sessions or visitors of a scope, each with how far it got.

Types alone are told by the trails of sessions (`clickstream.trails`): equal ones are looked at once. Conditions and products
need events: those of the types in question are read by group, a batch of sessions at a time, and laid beside the trails
(`annotating`). Held in memory is one batch, or one visitor's trails where those are more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from clickstream.clock import EPOCH, milliseconds
from clickstream.links import Place
from clickstream.metrics import sums
from clickstream.metrics.funnels.fitting import INTERACTIVE, Fitting
from clickstream.metrics.funnels.reach import Plan, Reach, reach
from clickstream.metrics.source import Row, Source
from clickstream.scope import Scope
from clickstream.trails import CODES, FIRST_OTHER, offsets_of

MOST_KNOWN = 100_000
_IDLE = chr(INTERACTIVE) + chr(0)
"""Marks that at the end of a session change nothing."""


class Sold(NamedTuple):
    """An own order of known revenue (1/10,000) at its purchase's position in the unit."""

    position: int
    currency: str
    revenue: int


class Visit(msgspec.Struct, frozen=True, gc=False):
    """One session as it is read: its trail, its orders, and the dimension's value where the funnel is broken down.

    Whose and where it is stands only in those that are `located`.
    """

    types: str
    ms: bytes
    names: list[str] | None
    sales: list[dict[str, Any]]
    value: str = ""
    start: datetime = EPOCH
    session_id: str = ""
    key: str = ""
    visitor: str = ""

    @property
    def place(self) -> Place:
        return self.start, self.session_id, self.key

    @property
    def offsets(self) -> Sequence[int]:
        return offsets_of(self.ms, len(self.types))

    @property
    def times(self) -> list[int]:
        start = milliseconds(self.start)
        return [start + offset for offset in self.offsets]


class Line(NamedTuple):
    """The events of some visits in one order: their times, and of which visit the how manieth each is."""

    times: Sequence[int]
    places: Sequence[tuple[int, int]]


class Look(msgspec.Struct, frozen=True, gc=False):
    """One unit: how far it got, and the times of its events (none where a session reached but one step).

    `places` tells whose each event is, of several visits.
    """

    reach: Reach
    visits: Sequence[Visit]
    times: Sequence[int]
    places: Sequence[tuple[int, int]]
    sold: Sequence[Sold]

    def visit(self, position: int) -> Visit:
        """Whose event this is; the start is the first visit's."""
        return self.visits[self.places[max(position, 0)][0] if len(self.visits) > 1 else 0]


class Asking(NamedTuple):
    """A funnel: its plan, what fits its steps, of whom, by which dimension it is broken down, and whether places matter."""

    plan: Plan
    fitting: Fitting
    unit: str = "session"
    hold: bool = False
    dimension: str = ""
    located: bool = False

    @property
    def reads_events(self) -> bool:
        return self.hold or bool(self.fitting.conditional)


def visits_of(source: Source, scope: Scope, asking: Asking) -> Iterator[Visit]:
    """The sessions of the scope; by visitor where those walk, by group where events are read."""
    order = "visitor" if asking.unit == "visitor" else "key" if asking.reads_events else ""
    value = sums.expression(scope, asking.dimension) if asking.dimension else ""
    fields = ["$trail.types", "$trail.ms", "$trail.names", "$sales", value]
    if order or asking.located:
        fields += ["$start", "$session_id", "$key", "$visitor"]
    stages: list[Row] = [
        sums.matching(scope, kind="session"),
        {"$project": {"_id": 0, "visit": fields, **({order: 1} if order else {})}},
        *([{"$sort": {order: 1}}] if order else []),
    ]
    return (Visit(*row["visit"]) for row in source.stream(stages))


def units(visits: Iterable[Visit], unit: str) -> Iterator[list[Visit]]:
    """The visits of each unit, in the order of their starts and ids."""
    if unit == "session":
        return ([visit] for visit in visits)
    return (sorted(found, key=_place) for _, found in groupby(visits, key=lambda visit: visit.visitor))


def _place(visit: Visit) -> Place:
    return visit.place


def line_up(visits: Sequence[Visit]) -> Line:
    """By time, then visit, then place in the visit."""
    if len(visits) == 1:
        return Line(visits[0].times, [(0, n) for n in range(len(visits[0].types))])
    events = sorted((time, v, n) for v, visit in enumerate(visits) for n, time in enumerate(visit.times))
    return Line([time for time, _, _ in events], [(v, n) for _, v, n in events])


def sold(visits: Sequence[Visit], line: Line | None = None) -> list[Sold]:
    """The orders of known revenue of these visits; without a line, of a single one."""
    known = [(v, sale) for v, visit in enumerate(visits) for sale in visit.sales if sale["revenue"] is not None]
    where = {place: position for position, place in enumerate(line.places)} if line and known else None
    return [
        Sold(where[v, sale["position"]] if where else sale["position"], sale["currency"], sale["revenue"])
        for v, sale in known
    ]


def by_trail(asking: Asking, visits: Iterable[Visit]) -> Iterator[Look]:
    """Looks at units by the types of their events alone."""
    alphabet = _Alphabet(asking.fitting)
    if asking.unit == "session":
        return _sessions_by_trail(asking.plan, alphabet, visits)
    return (_visitor_by_trail(asking.plan, alphabet, unit) for unit in units(visits, asking.unit))


def _sessions_by_trail(plan: Plan, alphabet: _Alphabet, visits: Iterable[Visit]) -> Iterator[Look]:
    """Equal trails are looked at once; so are those that differ only in what does not matter."""
    by_types: dict[str, Reach] = {}
    by_marks: dict[str, Reach] = {}
    for visit in visits:
        found = by_types.get(visit.types) if not visit.names else None
        if found is None:
            marks = alphabet.marks(visit).rstrip(_IDLE)
            found = by_marks.get(marks) or reach(plan, list(map(ord, marks)))
            if len(by_marks) < MOST_KNOWN:
                by_marks[marks] = found
            if len(by_types) < MOST_KNOWN and not visit.names:
                by_types[visit.types] = found
        times = visit.offsets if len(found.moments) > 1 else ()
        yield Look(found, (visit,), times, (), sold((visit,)) if visit.sales else ())


def _visitor_by_trail(plan: Plan, alphabet: _Alphabet, visits: list[Visit]) -> Look:
    line = line_up(visits)
    marked = [alphabet.marks(visit) for visit in visits]
    marks = [ord(marked[v][n]) for v, n in line.places]
    return Look(reach(plan, marks, line.times), visits, line.times, line.places, sold(visits, line))


class _Alphabet:
    """Trails as marks, one character an event."""

    def __init__(self, fitting: Fitting) -> None:
        self._fitting = fitting
        self._known = _Table({ord(code): chr(fitting.of_type(name)) for name, code in CODES.items()})
        self._named = set(fitting.types)

    def marks(self, visit: Visit) -> str:
        return visit.types.translate(self._table(visit.names or ()))

    def _table(self, names: Sequence[str]) -> _Table:
        if self._named.isdisjoint(names):
            return self._known
        others = {FIRST_OTHER + n: chr(self._fitting.of_type(name)) for n, name in enumerate(names)}
        return _Table({**self._known, **others})


class _Table(dict[int, str]):
    """Of a type that the funnel does not name is only known that it is interactive."""

    def __missing__(self, code: int) -> str:
        return chr(INTERACTIVE)
