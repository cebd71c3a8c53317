"""Looks at units where types do not tell: by conditions on properties, and by product.

The events in question are read a batch of sessions at a time, by group, through the index on it (some 20 microseconds an
event; with products all events of the scope's sessions, with conditions those of their types). Each is laid beside the place
in the trail that has its type and time: what the trail does not know yet does not count, what is gone fits nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

from clickstream.clock import milliseconds
from clickstream.errors import InvalidInput
from clickstream.events import Event, Order
from clickstream.metrics.funnels.fitting import INTERACTIVE, Fitting
from clickstream.metrics.funnels.reach import START, Plan, Reach, reach
from clickstream.metrics.funnels.units import Asking, Look, Visit, line_up, sold, units
from clickstream.metrics.source import Source
from clickstream.trails import CODES, FIRST_OTHER

EVENTS_A_BATCH = 10_000
VISITS_A_BATCH = 500
_TYPES = {code: name for name, code in CODES.items()}


class Marked(NamedTuple):
    """An event's mark, or one for each product it names."""

    mark: int
    products: dict[str, int] | None = None


def by_event(source: Source, view: str, asking: Asking, visits: Iterable[Visit]) -> Iterator[Look]:
    for batch in _batches(units(visits, asking.unit)):
        marked = _marked(source, view, asking, [visit for unit in batch for visit in unit])
        for unit in batch:
            line, of_visits = line_up(unit), [next(marked) for _ in unit]
            marks = [of_visits[v][n] for v, n in line.places]
            look = _furthest if asking.hold else _plain
            yield Look(look(asking.plan, line.times, marks), unit, line.times, line.places, sold(unit, line))


def _batches(found: Iterable[list[Visit]]) -> Iterator[list[list[Visit]]]:
    batch: list[list[Visit]] = []
    visits = events = 0
    for unit in found:
        batch.append(unit)
        visits += len(unit)
        events += sum(len(visit.types) for visit in unit)
        if visits >= VISITS_A_BATCH or events >= EVENTS_A_BATCH:
            yield batch
            batch, visits, events = [], 0, 0
    if batch:
        yield batch


def _marked(source: Source, view: str, asking: Asking, visits: Sequence[Visit]) -> Iterator[list[Marked]]:
    """The marks of each visit's events. Raises InvalidInput where they are deleted."""
    _refuse_sealed(source, visits)
    types = None if asking.hold else asking.fitting.conditional
    names = [list(_types(visit)) for visit in visits]
    concerned = [n for n in range(len(visits)) if types is None or not types.isdisjoint(names[n])]
    found = _found(source, view, asking, {n: visits[n] for n in concerned}, types)
    for n, visit in enumerate(visits):
        yield list(_beside(asking.fitting, zip(names[n], visit.times, strict=True), found.get(n, {}), types))


def _refuse_sealed(source: Source, visits: Sequence[Visit]) -> None:
    """A funnel of fewer events than there were would look like any other."""
    sealed = source.sealed_to
    if sealed is not None and any(visit.start <= sealed for visit in visits):
        day = source.local.day_and_hour(sealed)[0]
        message = f"This asks for properties of events, and those up to {day} are deleted here (EVENT_DAYS): begin later."
        raise InvalidInput(message, fields={"since": f"must be after {day}"})


def _beside(
    fitting: Fitting, trail: Iterable[tuple[str, int]], read: Slots, types: frozenset[str] | None
) -> Iterator[Marked]:
    """The mark of each event of a trail: as it was read; else by its type, unless it should have been there to read."""
    for slot in trail:
        if read.get(slot):
            yield read[slot].popleft()
        else:
            gone = types is None or slot[0] in types
            yield Marked(fitting.of_type(slot[0]) & (INTERACTIVE if gone else ~0))


Slots = dict[tuple[str, int], deque[Marked]]
"""What was read of a visit, by type and time, in event order."""


def _found(
    source: Source, view: str, asking: Asking, visits: dict[int, Visit], types: frozenset[str] | None
) -> dict[int, Slots]:
    by_key: defaultdict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for n, visit in sorted(visits.items(), key=lambda item: item[1].place):
        by_key[visit.key].append((visit.start, n))
    found: defaultdict[int, list[tuple[Order, str, Marked]]] = defaultdict(list)
    for event in source.events(sorted(by_key), types) if by_key else ():
        begun = bisect_right(by_key[event.key], event.timestamp, key=itemgetter(0))
        if begun and (view == "all" or not event.noisy):
            found[by_key[event.key][begun - 1][1]].append((event.order, event.event_type, _mark(asking, event)))
    return {n: _slots(read) for n, read in found.items()}


def _slots(read: list[tuple[Order, str, Marked]]) -> Slots:
    slots: Slots = defaultdict(deque)
    for order, event_type, mark in sorted(read, key=itemgetter(0)):
        slots[event_type, milliseconds(order[0])].append(mark)
    return slots


def _mark(asking: Asking, event: Event) -> Marked:
    products = asking.fitting.by_product(event) if asking.hold else None
    return Marked(0, products) if products else Marked(asking.fitting.of_event(event))


def _types(visit: Visit) -> Iterator[str]:
    for code in visit.types:
        yield _TYPES[code] if code in _TYPES else (visit.names or ())[ord(code) - FIRST_OTHER]


def _plain(plan: Plan, times: Sequence[int], marks: Sequence[Marked]) -> Reach:
    return reach(plan, [one.mark for one in marks], times)


def _furthest(plan: Plan, times: Sequence[int], marks: Sequence[Marked]) -> Reach:
    """Of the looks at each product the furthest, of those the one whose last step came first, then by id."""
    own: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for position, one in enumerate(marks):
        for product, mark in (one.products or {}).items():
            own[product][position] = mark
    if not own:
        return _plain(plan, times, marks)
    idle = 0 if plan.mode == "strict" else INTERACTIVE
    shared = {position: one.mark for position, one in enumerate(marks) if one.mark & ~idle or position == 0}
    looks = (_of_product(plan, times, shared | own[product]) for product in sorted(own))
    return min(looks, key=lambda found: (-len(found.moments), found.moments[-1] if found.moments else 0))


def _of_product(plan: Plan, times: Sequence[int], marks: dict[int, int]) -> Reach:
    """The look at some events only: the first is always among them, as the start is at its time."""
    positions = sorted(marks)
    found = reach(plan, [marks[position] for position in positions], [times[position] for position in positions])

    def back(position: int) -> int:
        return START if position == START else positions[position]

    return Reach(tuple(map(back, found.events)), tuple(map(back, found.moments)), back(found.begin), found.cut)
