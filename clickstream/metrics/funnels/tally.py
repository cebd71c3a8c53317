"""Counting what was looked at: the steps, how long they took, what was bought, who is still in time."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from clickstream.clock import milliseconds
from clickstream.days import OTHER
from clickstream.metrics.funnels.reach import Plan, at
from clickstream.metrics.funnels.units import Look
from clickstream.metrics.statistics import median, nearest_rank
from clickstream.metrics.values import money, rate
from clickstream.scope import Scope

MOST_VALUES = 20
BOUNDS = (10, 30, 60, 180, 600, 1_800, 3_600, 21_600, 86_400, 259_200, 604_800, None)
"""Upper bounds of the histogram in seconds; None has none."""

Json = dict[str, Any]


class Counted:
    """Units by how many steps they reached, and the revenue of what they bought at or after each."""

    def __init__(self, steps: int) -> None:
        self._reached = [0] * (steps + 1)
        self.revenue: list[Counter[str]] = [Counter() for _ in range(steps)]

    def add(self, look: Look) -> None:
        self._reached[len(look.reach.moments)] += 1
        for sale in look.sold:
            for step, moment in enumerate(look.reach.moments):
                if sale.position >= moment:
                    self.revenue[step][sale.currency] += sale.revenue

    def merge(self, other: Counted) -> None:
        self._reached = [a + b for a, b in zip(self._reached, other._reached, strict=True)]
        for own, more in zip(self.revenue, other.revenue, strict=True):
            own.update(more)

    @property
    def reached(self) -> list[int]:
        """Per step, those who got there or further."""
        return [sum(self._reached[step:]) for step in range(1, len(self._reached))]

    def rates(self) -> list[Json]:
        reached = self.reached
        return [
            {
                "reached": n,
                "step_rate": rate(n, reached[step - 1] if step else n),
                "overall_rate": rate(n, reached[0]),
            }
            for step, n in enumerate(reached)
        ]

    def revenue_at(self, step: int) -> list[Json]:
        return money({currency: units for currency, units in self.revenue[step].items() if units})


class Tally:
    """All that a funnel tells of its units. `broken_down`: also by the value of each unit's first step."""

    def __init__(self, plan: Plan, scope: Scope, *, broken_down: bool) -> None:
        self._plan = plan
        self._over = looking_ends(scope)
        self._broken_down = broken_down
        self.counted = Counted(plan.steps)
        self.groups: defaultdict[str, Counted] = defaultdict(lambda: Counted(plan.steps))
        self.seconds: list[Counter[int]] = [Counter() for _ in range(plan.steps)]
        self.whole_seconds: Counter[int] = Counter()
        self.in_time = 0

    def add(self, look: Look) -> None:
        self.counted.add(look)
        moments = look.reach.moments
        if not moments:
            return
        if self._broken_down:
            self.groups[look.visit(look.reach.events[0]).value].add(look)
        if len(moments) > 1:
            self._add_times([at(look.times, position) for position in moments])
        self.in_time += is_in_time(self._plan, look, self._over)

    def _add_times(self, times: list[int]) -> None:
        for step in range(1, len(times)):
            self.seconds[step][(times[step] - times[step - 1]) // 1000] += 1
        if len(times) == self._plan.steps:
            self.whole_seconds[(times[-1] - times[0]) // 1000] += 1

    def steps(self, names: list[str]) -> list[Json]:
        return [
            {
                "name": name,
                **row,
                "seconds_median": median(self.seconds[step]),
                "seconds_p90": nearest_rank(self.seconds[step], 0.9),
                "revenue": self.counted.revenue_at(step),
            }
            for step, (name, row) in enumerate(zip(names, self.counted.rates(), strict=True))
        ]

    def breakdown(self, dimension: str) -> Json:
        """The values with most units, the rest as one row."""
        ranked = sorted(self.groups.items(), key=lambda item: (-item[1].reached[0], item[0]))
        shown, rest = ranked[:MOST_VALUES], ranked[MOST_VALUES:]
        if rest:
            other = Counted(self._plan.steps)
            for _, one in rest:
                other.merge(one)
            shown.append((OTHER, other))
        rows = [{"value": value, "steps": one.rates(), "revenue": one.revenue_at(-1)} for value, one in shown]
        return {"dimension": dimension, "rows": rows, "other": len(rest)}


def is_in_time(plan: Plan, look: Look, over: int) -> bool:
    """Whether a visitor that reached a step, but not all, may still reach the others: `over` is when the looking ends."""
    found = look.reach
    if plan.window_ms is None or not found.moments or len(found.moments) == plan.steps or found.cut:
        return False
    return at(look.times, found.begin) + plan.window_ms > over


def looking_ends(scope: Scope) -> int:
    """The earlier of as_of and until, in milliseconds."""
    return milliseconds(min(scope.as_of, scope.until) if scope.until else scope.as_of)


def time_to_convert(seconds: Counter[int]) -> Json | None:
    """From first to last step of those who reached all; None without any."""
    if not seconds:
        return None
    bars = [0] * len(BOUNDS)
    for value, n in seconds.items():
        bars[next(bar for bar, bound in enumerate(BOUNDS) if bound is None or value <= bound)] += n
    histogram = [{"to_seconds": bound, "units": n} for bound, n in zip(BOUNDS, bars, strict=True)]
    return {"median": median(seconds), "p90": nearest_rank(seconds, 0.9), "histogram": histogram}
