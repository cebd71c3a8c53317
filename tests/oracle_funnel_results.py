"""What the oracle reports of a funnel: steps, states, times, breakdown, the window before, the sessions behind."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from oracle_funnels import Funnel, Unit, Walk, step_of, steps_of, units_of
from oracle_maths import median, nearest_rank_p90
from oracle_measures import Scope, dimension, money, rate, total
from oracle_windows import window_before

JsonDict = dict[str, Any]

BOUNDS = [10, 30, 60, 180, 600, 1800, 3600, 6 * 3600, 86_400, 3 * 86_400, 7 * 86_400, None]
MOST_VALUES = 20
WEEK_MINUTES = 10_080


def is_visitors(options: JsonDict) -> bool:
    return bool(options.get("unit", "session") == "visitor")


def is_default(options: JsonDict) -> bool:
    """The default funnel is read from days, which know no time to convert."""
    return all(value in ("", "ordered", "session") for value in options.values())


def minutes_of(options: JsonDict) -> int | None:
    return int(options.get("window_minutes", WEEK_MINUTES)) if is_visitors(options) else None


def funnel_of(options: JsonDict) -> Funnel:
    minutes = minutes_of(options)
    return Funnel(
        steps=steps_of(options),
        mode=options.get("mode", "ordered"),
        exclude=[alternative for one in json.loads(options.get("exclude") or "[]") for alternative in step_of(one)["any"]],
        window=None if minutes is None else timedelta(minutes=minutes),
        hold=options.get("hold") == "product",
    )


class Walked:
    """Every unit of a scope with its walk."""

    def __init__(self, scope: Scope, options: JsonDict) -> None:
        self.scope = scope
        self.funnel = funnel_of(options)
        self.walks = [(unit, self.funnel.walk(unit)) for unit in units_of(scope, options.get("unit", "session"))]

    def reached(self, number: int) -> list[tuple[Unit, Walk]]:
        return [(unit, walk) for unit, walk in self.walks if len(walk.own) >= number]

    def in_time(self, unit: Unit, walk: Walk) -> bool:
        """A visitor who may still convert."""
        if self.funnel.window is None or walk.excluded or len(walk.own) in (0, len(self.funnel.steps)):
            return False
        end = min(self.scope.as_of, self.scope.until or self.scope.as_of)
        return unit.moment(walk.anchor) + self.funnel.window > end


def seconds_between(unit: Unit, walk: Walk, earlier: int, later: int) -> int:
    return (unit.moment(walk.moments[later]) - unit.moment(walk.moments[earlier])) // timedelta(seconds=1)


def revenue_from(walks: Iterable[tuple[Unit, Walk]], number: int) -> list[JsonDict]:
    """Revenue of the units' own orders bought at or after the moment of a step."""
    sums: dict[str, int] = defaultdict(int)
    for unit, walk in walks:
        orders = {order["event_id"]: order for session in unit.sessions for order in session["orders"]}
        start = max(walk.moments[number], 0)
        bought = [orders[event["event_id"]] for event in unit.events[start:] if event["event_id"] in orders]
        for order in bought:
            if order["revenue"] is not None:
                sums[order["currency"]] += order["revenue"]
    return money(sums)


def step_rows(walked: Walked) -> list[JsonDict]:
    rows: list[JsonDict] = []
    first = len(walked.reached(1))
    for number, step in enumerate(walked.funnel.steps):
        through = walked.reached(number + 1)
        seconds = [seconds_between(unit, walk, number - 1, number) for unit, walk in through] if number else []
        rows.append(
            {
                "name": step["name"],
                "reached": len(through),
                "step_rate": rate(len(through), rows[-1]["reached"] if rows else first),
                "overall_rate": rate(len(through), first),
                "seconds_median": median(seconds),
                "seconds_p90": nearest_rank_p90(seconds),
                "revenue": revenue_from(through, number),
            }
        )
    return rows


def time_to_convert(walked: Walked) -> JsonDict | None:
    last = len(walked.funnel.steps) - 1
    seconds = [seconds_between(unit, walk, 0, last) for unit, walk in walked.reached(last + 1)]
    if not seconds:
        return None
    bars = Counter(next(bound for bound in BOUNDS if bound is None or value <= bound) for value in seconds)
    return {
        "median": median(seconds),
        "p90": nearest_rank_p90(seconds),
        "histogram": [{"to_seconds": bound, "units": bars[bound]} for bound in BOUNDS],
    }


def breakdown(walked: Walked, name: str) -> JsonDict:
    groups: dict[str, list[tuple[Unit, Walk]]] = defaultdict(list)
    for unit, walk in walked.reached(1):
        groups[dimension(unit.session_at(walk.own[0]), name)].append((unit, walk))
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    rows, rest = ranked[:MOST_VALUES], ranked[MOST_VALUES:]
    if rest:
        rows = [*rows, ("(other)", [each for _, walks in rest for each in walks])]
    return {
        "dimension": name,
        "rows": [breakdown_row(walked.funnel, value, walks) for value, walks in rows],
        "other": len(rest),
    }


def breakdown_row(funnel: Funnel, value: str, walks: list[tuple[Unit, Walk]]) -> JsonDict:
    last = len(funnel.steps) - 1
    reached = [sum(len(walk.own) > number for _, walk in walks) for number in range(len(funnel.steps))]
    return {
        "value": value,
        "steps": [
            {
                "reached": count,
                "step_rate": rate(count, reached[max(number - 1, 0)]),
                "overall_rate": rate(count, reached[0]),
            }
            for number, count in enumerate(reached)
        ],
        "revenue": revenue_from([(unit, walk) for unit, walk in walks if len(walk.own) > last], last),
    }


def previous(scope: Scope, options: JsonDict) -> JsonDict | None:
    window = window_before(scope)
    if window is None:
        return None
    return {
        "scope": {"since": window[0].isoformat(), "until": window[1].isoformat()},
        "steps": step_rows(Walked(scope.between(*window), options)),
    }


def funnel(scope: Scope, options: JsonDict) -> JsonDict:
    walked = Walked(scope, options)
    steps = step_rows(walked)
    visitors = is_visitors(options)
    reached, converted = steps[0]["reached"], steps[-1]["reached"]
    in_time = sum(walked.in_time(unit, walk) for unit, walk in walked.walks)
    ends_in_purchase = not visitors and walked.funnel.steps[-1]["any"] == [{"type": "purchase"}]
    conversions = total(scope.sessions, "converted") if ends_in_purchase else None
    name = options.get("breakdown")
    result: JsonDict = {
        "mode": walked.funnel.mode,
        "unit": "visitor" if visitors else "session",
        "window_minutes": minutes_of(options),
        "steps": steps,
        "conversions": conversions,
        "outside": None if conversions is None else conversions - converted,
        "converted": converted,
        "dropped": reached - converted - in_time,
        "in_time": in_time if visitors else None,
        "breakdown": breakdown(walked, name) if name else None,
        "previous": previous(scope, options) if options.get("compare") == "previous" else None,
    }
    if not is_default(options):
        result["time_to_convert"] = time_to_convert(walked)
    return result


# The sessions behind


def behind_reached(scope: Scope, options: JsonDict, value: str) -> list[JsonDict]:
    number = int(value)
    return [unit.session_at(walk.own[number - 1]) for unit, walk in Walked(scope, options).reached(number)]


def behind_dropped(scope: Scope, options: JsonDict, value: str) -> list[JsonDict]:
    """Who reached the step, no further, and is not in time any more. Nobody drops at the last step."""
    number, walked = int(value), Walked(scope, options)
    if number == len(walked.funnel.steps):
        return []
    stuck = [(unit, walk) for unit, walk in walked.reached(number) if len(walk.own) == number]
    return [unit.session_at(walk.own[-1]) for unit, walk in stuck if not walked.in_time(unit, walk)]
