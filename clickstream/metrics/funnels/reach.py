"""How far some events get in a funnel: pure functions of their marks (`fitting`) and times, both in event order.

A position is that of an event; -1 is the moment before the first, at which the step `session` is reached.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate, islice
from typing import NamedTuple

from clickstream.metrics.funnels.fitting import EXCLUDED, INTERACTIVE

START = -1


class Plan(NamedTuple):
    """How steps are counted. `session`: the first of them is the session's start. `window_ms` None: no end.

    `excludes`: there are events that end it.
    """

    steps: int
    mode: str = "ordered"
    session: bool = False
    window_ms: int | None = None
    excludes: bool = True


class Reach(NamedTuple):
    """Positions of the events that reached each step, and of the moments at which they did (later only in any order).

    `begin` is where the window runs from, `cut` whether an excluded event lies within it.
    """

    events: tuple[int, ...] = ()
    moments: tuple[int, ...] = ()
    begin: int = START
    cut: bool = False


NOWHERE = Reach()
Times = Sequence[int]
"""Milliseconds, one an event; not looked at without a window."""


def reach(plan: Plan, marks: Sequence[int], times: Times = ()) -> Reach:
    return _MODES[plan.mode](plan, marks, times)


def at(times: Times, position: int) -> int:
    """The time of a position: the start's is that of the first event."""
    return times[max(position, 0)]


def _ordered(plan: Plan, marks: Sequence[int], times: Times) -> Reach:
    begin = START if plan.session else _first(marks, 1, 0, len(marks))
    if begin is None:
        return NOWHERE
    end, cut = _end(plan, marks, times, begin)
    events, wanted = [begin], 2
    for position in range(begin + 1, end):
        if marks[position] & wanted:
            events.append(position)
            wanted <<= 1
            if len(events) == plan.steps:
                break
    return Reach(tuple(events), tuple(events), begin, cut)


def _strict(plan: Plan, marks: Sequence[int], times: Times) -> Reach:
    """Of all starts the one that gets furthest, of those the earliest."""
    interactive = [position for position, mark in enumerate(marks) if mark & INTERACTIVE]
    excluded = [position for position, mark in enumerate(marks) if mark & EXCLUDED]
    starts = [START] if plan.session else [position for position, mark in enumerate(marks) if mark & 1]
    best: list[int] = []
    for start in starts:
        end = next(islice(excluded, bisect_right(excluded, start), None), len(marks))
        found = [start]
        for position in islice(interactive, bisect_right(interactive, start), None):
            within = position < end and _within(plan, times, start, position)
            if len(found) == plan.steps or not within or not marks[position] & 1 << len(found):
                break
            found.append(position)
        if len(found) > len(best):
            best = found
        if len(best) == plan.steps:
            break
    if not best:
        return NOWHERE
    return Reach(tuple(best), tuple(best), best[0], _end(plan, marks, times, best[0])[1])


def _any_order(plan: Plan, marks: Sequence[int], times: Times) -> Reach:
    steps = range(1 if plan.session else 0, plan.steps)
    begin = START if plan.session else _first(marks, sum(1 << step for step in steps), 0, len(marks))
    if begin is None:
        return NOWHERE
    end, cut = _end(plan, marks, times, begin)
    events = [START] if plan.session else []
    for step in steps:
        fitting = (position for position in range(max(begin, 0), end) if marks[position] & 1 << step)
        position = next((position for position in fitting if position not in events), None)
        if position is None:
            break
        events.append(position)
    return Reach(tuple(events), tuple(accumulate(events, max)), begin, cut)


_MODES: dict[str, Callable[[Plan, Sequence[int], Times], Reach]] = {
    "ordered": _ordered,
    "strict": _strict,
    "any": _any_order,
}
MODES = tuple(_MODES)


def _first(marks: Sequence[int], bits: int, since: int, until: int) -> int | None:
    return next((position for position in range(since, until) if marks[position] & bits), None)


def _end(plan: Plan, marks: Sequence[int], times: Times, begin: int) -> tuple[int, bool]:
    """Where nothing is looked at any more: at the first excluded event after `begin` (True), or beyond the window."""
    end = len(marks)
    if plan.window_ms is not None and end:
        end = bisect_right(times, at(times, begin) + plan.window_ms)
    excluded = _first(marks, EXCLUDED, begin + 1, end) if plan.excludes else None
    return (end, False) if excluded is None else (excluded, True)


def _within(plan: Plan, times: Times, start: int, position: int) -> bool:
    return plan.window_ms is None or times[position] - at(times, start) <= plan.window_ms
