"""Funnels: the default one from days, any other from the trails of sessions, and from events where it must."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from clickstream.clock import iso
from clickstream.metrics import sums
from clickstream.metrics.behind import Asked, Found, Listed, Part, counted
from clickstream.metrics.funnels.by_event import by_event
from clickstream.metrics.funnels.fitting import Fitting
from clickstream.metrics.funnels.reach import MODES, Plan
from clickstream.metrics.funnels.steps import (
    DEFAULT_STEPS,
    MOST_STEPS,
    SESSION,
    Alternative,
    Step,
    read_exclusions,
    read_steps,
)
from clickstream.metrics.funnels.tally import Tally, is_in_time, looking_ends, time_to_convert
from clickstream.metrics.funnels.units import Asking, Look, by_trail, visits_of
from clickstream.metrics.metric import Measured, Metric, Option, Options
from clickstream.metrics.source import Source
from clickstream.metrics.statistics import median, nearest_rank
from clickstream.metrics.values import identity, money, rate, revenue_of
from clickstream.scope import FILTERS, Scope, windows
from clickstream.sessions import FUNNEL_STEPS

DAYS_7, DAYS_366 = 7 * 24 * 60, 366 * 24 * 60
_COUNTS = ("sessions", "conversions", *(f"reached_{step}" for step in FUNNEL_STEPS[1:]))
_MINUTE_MS = 60_000
_STEPS_HELP = (
    f"2 to {MOST_STEPS} steps as JSON; each an event type, or {{type, where: [{{property, op, value}}]}}, or "
    "{any: [such alternatives], name}"
)
_EXCLUDE_HELP = "up to 3 event types as JSON, with conditions like steps: the first of them ends it"
_PURCHASE = (Alternative(FUNNEL_STEPS[-1]),)

Json = dict[str, Any]


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """How many reached each step, how long it took, what those who did bought; and the same in the window before."""
    measured = _default(source, scope) if _is_default(options) else _custom(source, scope, options)
    if options["compare"]:
        measured.result["previous"] = _previous(source, scope, options)
    return measured


def _is_default(options: Options) -> bool:
    """Whether the sums of days tell."""
    by_types = options["steps"] == DEFAULT_STEPS and not options["exclude"]
    plain = options["mode"] == "ordered" and options["unit"] == "session"
    return bool(by_types and plain and not options["hold"] and not options["breakdown"])


def _previous(source: Source, scope: Scope, options: Options) -> Json | None:
    compared = windows(scope, source.local, source.range(scope.view))
    if compared is None or compared.before is None:
        return None
    before = compared.before
    measured = _default(source, before) if _is_default(options) else _custom(source, before, options)
    bounds = {name: iso(moment) if moment else None for name, moment in (("since", before.since), ("until", before.until))}
    return {"scope": bounds, "steps": measured.result["steps"]}


def _default(source: Source, scope: Scope) -> Measured:
    sums.ahead(source, (scope, "total", sums.fields(_COUNTS)), (scope, "funnel_seconds", ()))
    total = sums.total(source, scope, _COUNTS)
    *by_step, whole = sums.funnel_seconds(source, scope)
    seconds = [Counter[int](), *by_step]
    reached = [total.counts["sessions"], *(total.counts[f"reached_{step}"] for step in FUNNEL_STEPS[1:])]
    steps = [
        {
            "name": name,
            "reached": reached[n],
            "step_rate": rate(reached[n], reached[n - 1] if n else reached[0]),
            "overall_rate": rate(reached[n], reached[0]),
            "seconds_median": median(seconds[n]),
            "seconds_p90": nearest_rank(seconds[n], 0.9),
            "revenue": money(revenue_of(total) if n == 0 else _known(total.of_money(f"reached_{name}"))),
        }
        for n, name in enumerate(FUNNEL_STEPS)
    ]
    days = sums.by_day(source, scope, ("sessions",), amounts=False).values()
    by_day = identity("first step = sessions by day", reached[0], sum(day.counts["sessions"] for day in days))
    result = {"mode": "ordered", "unit": "session", "window_minutes": None, "steps": steps}
    result |= _ends(reached, total.counts["conversions"], None) | {"time_to_convert": time_to_convert(whole)}
    result |= {"breakdown": None, "previous": None}
    return Measured(result, [by_day, *_timed(FUNNEL_STEPS, seconds, reached, whole)], reached[0])


def _known(by_currency: dict[str, int]) -> dict[str, int]:
    return {currency: units for currency, units in by_currency.items() if units}


def _custom(source: Source, scope: Scope, options: Options) -> Measured:
    asking = _asking(options)
    tally = Tally(asking.plan, scope, broken_down=bool(options["breakdown"]))
    for look in _looks(source, scope, asking):
        tally.add(look)
    names = [step.name for step in options["steps"]]
    reached = tally.counted.reached
    breakdown = tally.breakdown(options["breakdown"]) if options["breakdown"] else None
    result = {
        "mode": options["mode"],
        "unit": options["unit"],
        "window_minutes": options["window_minutes"] if options["unit"] == "visitor" else None,
        "steps": tally.steps(names),
        **_ends(reached, _conversions(source, scope, options), tally.in_time if options["unit"] == "visitor" else None),
        "time_to_convert": time_to_convert(tally.whole_seconds),
        "breakdown": breakdown,
        "previous": None,
    }
    summed = _summed(names, reached, breakdown["rows"]) if breakdown else ()
    return Measured(result, [*_timed(names, tally.seconds, reached, tally.whole_seconds), *summed])


def _summed(names: list[str], reached: list[int], rows: list[Json]) -> Iterator[Json]:
    for n, name in enumerate(names):
        yield identity(f"{name} over all values = reached", sum(row["steps"][n]["reached"] for row in rows), reached[n])


def _ends(reached: list[int], conversions: int | None, in_time: int | None) -> Json:
    """What became of those who reached the first step; `conversions` None where the funnel does not end with a sale."""
    return {
        "conversions": conversions,
        "outside": None if conversions is None else conversions - reached[-1],
        "converted": reached[-1],
        "dropped": reached[0] - reached[-1] - (in_time or 0),
        "in_time": in_time,
    }


def _conversions(source: Source, scope: Scope, options: Options) -> int | None:
    if options["unit"] != "session" or options["steps"][-1].any != _PURCHASE:
        return None
    return sums.total(source, scope, ("conversions",), amounts=False).counts["conversions"]


def _timed(names: Any, seconds: list[Counter[int]], reached: list[int], whole: Counter[int]) -> Iterator[Json]:
    for n in range(1, len(reached)):
        yield identity(f"timed {names[n]} = reached", sum(seconds[n].values()), reached[n])
    yield identity("timed from first to last = converted", sum(whole.values()), reached[-1])


def _asking(options: Options, *, located: bool = False) -> Asking:
    steps: tuple[Step, ...] = options["steps"]
    by_visitor = options["unit"] == "visitor"
    plan = Plan(
        steps=len(steps),
        mode=options["mode"],
        session=steps[0].any[0].type == SESSION,
        window_ms=options["window_minutes"] * _MINUTE_MS if by_visitor else None,
        excludes=bool(options["exclude"]),
    )
    fitting = Fitting(steps, options["exclude"])
    return Asking(plan, fitting, options["unit"], options["hold"] == "product", options["breakdown"], located)


def _looks(source: Source, scope: Scope, asking: Asking) -> Iterator[Look]:
    visits = visits_of(source, scope, asking)
    return by_event(source, scope.view, asking, visits) if asking.reads_events else by_trail(asking, visits)


def _reached(asked: Asked) -> Found:
    """The sessions that hold the event of a step."""
    step = _step(asked)
    if _is_default(asked.options):
        return counted(f"reached_{FUNNEL_STEPS[step - 1]}" if step > 1 else "sessions")(asked)
    looks = _looks(asked.source, asked.scope, _asking(asked.options, located=True))
    return Listed([look.visit(look.reach.events[step - 1]).place for look in looks if len(look.reach.events) >= step])


def _dropped(asked: Asked) -> Found:
    """The sessions that hold the event of the step which was the last reached, and stays it."""
    step, asking, over = _step(asked), _asking(asked.options, located=True), looking_ends(asked.scope)
    if step == asking.plan.steps:
        return Listed(())
    ended = (look for look in _looks(asked.source, asked.scope, asking) if len(look.reach.events) == step)
    left = (look for look in ended if not is_in_time(asking.plan, look, over))
    return Listed([look.visit(look.reach.events[-1]).place for look in left])


def _step(asked: Asked) -> int:
    steps = len(asked.options["steps"])
    return asked.number(f"the number of a step, 1 to {steps}", largest=steps)


FUNNEL = Metric(
    id="funnel",
    title="Funnel",
    definition=(
        "Sessions that reached each step in order: session, product view, add to cart, checkout, purchase. Each step is the "
        "earliest such event after the step before it. Its end can lie below the conversion rate: `outside` counts the "
        "buying sessions that missed a step or took them in another order, such as a purchase without a checkout event. "
        "By the options: other steps, with conditions and alternatives, other orders, visitors instead of sessions."
    ),
    fields={
        "step_rate": "Reached this step / reached the step before.",
        "overall_rate": "Reached this step / reached the first step.",
        "seconds_median": "Whole seconds since the step before, the middle session or visitor.",
        "seconds_p90": "Nine in ten took at most this many seconds since the step before (nearest rank).",
        "revenue": "Revenue of orders placed at or after the step; of a breakdown's row, at or after its last step.",
        "conversions": "Sessions with a purchase, where the funnel is one of sessions and ends with any purchase.",
        "outside": "Buying sessions that did not complete the steps.",
        "converted": "Reached all steps.",
        "dropped": "Reached the first step, not all, and are not in time.",
        "in_time": "Visitors whose window was not over yet and who may still go on.",
        "time_to_convert": "Whole seconds from the first step to the last, of those who reached all; a bar holds its bound.",
        "breakdown": (
            "The same by the value of a dimension in the session of the first step: the 20 values with most, then "
            "`(other)`, which holds `other` values."
        ),
        "previous": "The same funnel in the window shifted back by whole weeks; unknown where the data does not reach back.",
    },
    options=(
        Option("steps", DEFAULT_STEPS, _STEPS_HELP, parse=read_steps),
        Option("mode", "ordered", "with anything between, strictly one after the other, or in any order", choices=MODES),
        Option("unit", "session", "a session, or a visitor over all sessions of the window", choices=("session", "visitor")),
        Option("window_minutes", DAYS_7, "how many minutes a visitor has from the first step", largest=DAYS_366),
        Option("exclude", (), _EXCLUDE_HELP, parse=read_exclusions),
        Option("hold", "", "product: all steps with the same product", choices=("product",)),
        Option("breakdown", "", "the dimension to break it down by", choices=FILTERS),
        Option("compare", "", "previous: with the window before", choices=("previous",)),
    ),
    measure=measure,
    parts=(
        Part("reached", "sessions that reached this step; of visitors those in which they did", _reached, value=True),
        Part("dropped", "the same of those who got no further, and are not in time", _dropped, value=True),
    ),
)
