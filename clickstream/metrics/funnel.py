"""The default funnel: from a session's start to its purchase, in order."""

from __future__ import annotations

from collections import Counter
from typing import Any

from clickstream.measures import Measures
from clickstream.metrics import sums
from clickstream.metrics.metric import Measured, Metric, Options
from clickstream.metrics.source import Source
from clickstream.metrics.statistics import median, nearest_rank
from clickstream.metrics.values import identity, money, rate, revenue_of
from clickstream.scope import Scope
from clickstream.sessions import FUNNEL_STEPS

_COUNTS = ("sessions", "conversions", *(f"reached_{step}" for step in FUNNEL_STEPS[1:]))


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """Ordered, per session: how many reached each step, how long it took, what those who went on bought."""
    total = sums.total(source, scope, _COUNTS)
    seconds = [Counter[int](), *sums.funnel_seconds(source, scope)]
    reached = [total.counts["sessions"], *(total.counts[f"reached_{step}"] for step in FUNNEL_STEPS[1:])]
    steps = [
        {
            "name": name,
            "reached": reached[n],
            "step_rate": rate(reached[n], reached[n - 1] if n else reached[0]),
            "overall_rate": rate(reached[n], reached[0]),
            "seconds_median": median(seconds[n]),
            "seconds_p90": nearest_rank(seconds[n], 0.9),
            "revenue": money(_revenue(total, name)),
        }
        for n, name in enumerate(FUNNEL_STEPS)
    ]
    conversions = total.counts["conversions"]
    result: dict[str, Any] = {
        "mode": "ordered",
        "unit": "session",
        "steps": steps,
        "conversions": conversions,
        "outside": conversions - reached[-1],
    }
    by_day = sum(
        measures.counts["sessions"] for measures in sums.by_day(source, scope, ("sessions",), amounts=False).values()
    )
    timed = [identity(f"timed {name} = reached", sum(seconds[n].values()), reached[n]) for n, name in _timed()]
    return Measured(result, [identity("first step = sessions by day", reached[0], by_day), *timed])


def _timed() -> list[tuple[int, str]]:
    return list(enumerate(FUNNEL_STEPS))[1:]


def _revenue(total: Measures, step: str) -> dict[str, int]:
    """Revenue of orders placed at or after the step; the currencies of those who reached it."""
    if step == FUNNEL_STEPS[0]:
        return revenue_of(total)
    found = total.of_money(f"reached_{step}")
    return {currency: units for currency, units in found.items() if units}


FUNNEL = Metric(
    id="funnel",
    title="Funnel",
    definition=(
        "Sessions that reached each step in order: session, product view, add to cart, checkout, purchase. Each step is the "
        "earliest such event after the step before it. Its end can lie below the conversion rate: `outside` counts the "
        "buying sessions that missed a step or took them in another order, such as a purchase without a checkout event."
    ),
    fields={
        "step_rate": "Reached this step / reached the step before.",
        "overall_rate": "Reached this step / sessions.",
        "seconds_median": "Whole seconds since the step before, the middle session.",
        "seconds_p90": "Nine in ten took at most this many seconds since the step before (nearest rank).",
        "revenue": "Revenue of orders placed at or after the step.",
        "outside": "Buying sessions that did not complete the ordered steps.",
    },
    measure=measure,
)
