"""Checkouts, per session, in states that add up; their steps, and what went wrong in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from clickstream.checkouts import PAYMENT_ERROR
from clickstream.measures import Measures
from clickstream.metrics import sums
from clickstream.metrics.behind import Asked, Matching, Part, counted, holding
from clickstream.metrics.cart import over, still_open
from clickstream.metrics.metric import Measured, Metric, Options
from clickstream.metrics.source import Row, Source
from clickstream.metrics.values import identity, rate
from clickstream.scope import Scope

_COUNTS = ("checkouts", "checkouts_completed", "checkouts_left")
_SUMS = ("events", "sessions", "completed", "converted", "checked_out", "checked_out_converted")

Steps = dict[str, tuple[float | None, int, int]]
"""Per step: its smallest number, sessions that have it, and those that bought at or after it."""

Errors = dict[tuple[str, str], dict[str, int]]
"""Per kind and name: events, sessions, and how many of these bought after the last, converted, had a checkout, had both."""


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """Checkouts by state; with no finished checkout the rate is None. Steps and errors are lists, empty without any."""
    counts = sums.total(source, scope, _COUNTS, amounts=False).counts
    ongoing = sums.of_open(source, scope, _COUNTS).get(None, Measures()).counts["checkouts_left"]
    abandoned, completed = counts["checkouts_left"] - ongoing, counts["checkouts_completed"]
    errors = errors_of(source, scope)
    result = {
        "sessions": counts["checkouts"],
        "completed": completed,
        "open": ongoing,
        "abandoned": abandoned,
        "abandonment_rate": rate(abandoned, completed + abandoned),
        "steps": _step_rows(_steps(source, scope)),
        "errors": _error_rows(errors),
    }
    together = identity("checkout states = checkouts", completed + ongoing + abandoned, counts["checkouts"])
    return Measured(result, [together, errors_reconciled(source, scope, errors)])


def errors_reconciled(source: Source, scope: Scope, errors: Errors) -> Row:
    named = sum(one["events"] for (kind, _), one in errors.items() if kind == PAYMENT_ERROR)
    of_type = sums.names(source, scope, "event_types", width=2).get("payment_error", [0])[0]
    return identity("payment errors by name = payment errors", named, of_type)


def _step_rows(steps: Steps) -> list[Row]:
    """By number, those without one last, then by name."""
    ranked = sorted(steps.items(), key=lambda item: (item[1][0] is None, item[1][0] or 0, item[0]))
    return [
        {"name": name, "order": number, "sessions": sessions, "completed": rate(completed, sessions)}
        for name, (number, sessions, completed) in ranked
    ]


def _error_rows(errors: Errors) -> list[Row]:
    ranked = sorted(errors.items(), key=lambda item: (-item[1]["sessions"], item[0]))
    return [
        {
            "kind": kind,
            "name": name,
            "events": one["events"],
            "sessions": one["sessions"],
            "completed": rate(one["completed"], one["sessions"]),
        }
        for (kind, name), one in ranked
    ]


def _steps(source: Source, scope: Scope) -> Steps:
    found: Steps = {}
    for name, number, sessions, completed in _rows(source, scope, "checkout_steps", _steps_of_sessions):
        smallest, before, completed_before = found.get(name, (None, 0, 0))
        numbers = [known for known in (smallest, number) if known is not None]
        found[name] = min(numbers, default=None), before + sessions, completed_before + completed
    return found


def errors_of(source: Source, scope: Scope) -> Errors:
    """What went wrong in the scope's sessions."""
    found: Errors = {}
    for kind, name, *row in _rows(source, scope, "checkout_errors", _errors_of_sessions):
        known = found.setdefault((kind, name), dict.fromkeys(_SUMS, 0))
        for field, n in zip(_SUMS, row, strict=True):
            known[field] += n
    return found


def _rows(source: Source, scope: Scope, part: str, of_sessions: Callable[[Source, Scope], Iterable[Any]]) -> Iterable[Any]:
    """The rows of all days where days can tell, else what the sessions say."""
    days = sums.unfiltered_days(source, scope)
    lists: list[Any] = [rows for _, rows in source.daily(part, days)] if days is not None else [None]
    return of_sessions(source, scope) if None in lists else chain.from_iterable(lists)


def _steps_of_sessions(source: Source, scope: Scope) -> Iterable[Any]:
    name, number, completed = ({"$arrayElemAt": ["$checkout_steps", n]} for n in range(3))
    group = {"_id": name, "number": {"$min": number}, "sessions": {"$sum": 1}, "completed": {"$sum": completed}}
    for row in source.sessions([*_each(scope, "checkout_steps"), {"$group": group}]):
        yield row["_id"], row["number"], row["sessions"], row["completed"]


def _errors_of_sessions(source: Source, scope: Scope) -> Iterable[Any]:
    kind, name, events, completed = ({"$arrayElemAt": ["$checkout_errors", n]} for n in range(4))
    bought, checked_out = ({"$gt": [f"$counts.{count}", 0]} for count in ("conversions", "checkouts"))
    group = {
        "_id": {"kind": kind, "name": name},
        "events": {"$sum": events},
        "sessions": {"$sum": 1},
        "completed": {"$sum": completed},
        "converted": {"$sum": {"$cond": [bought, 1, 0]}},
        "checked_out": {"$sum": {"$cond": [checked_out, 1, 0]}},
        "checked_out_converted": {"$sum": {"$cond": [{"$and": [bought, checked_out]}, 1, 0]}},
    }
    for row in source.sessions([*_each(scope, "checkout_errors"), {"$group": group}]):
        yield row["_id"]["kind"], row["_id"]["name"], *(row[field] for field in _SUMS)


def _each(scope: Scope, field: str) -> list[dict[str, Any]]:
    fields = {"_id": 0, field: 1, "counts.conversions": 1, "counts.checkouts": 1}
    return [sums.matching(scope, **{f"{field}.0": {"$exists": True}}), {"$project": fields}, {"$unwind": f"${field}"}]


def _step_named(asked: Asked) -> Matching:
    return Matching(holding("checkout_steps", asked.value))


def error_named(asked: Asked) -> Matching:
    """The sessions with an error of `kind:name`."""
    kind, colon, name = asked.value.partition(":")
    if not colon:
        raise asked.refuse("must be kind:name, such as payment_error:declined")
    return Matching(holding("checkout_errors", kind, at_1=name))


CHECKOUT = Metric(
    id="checkout",
    title="Checkout",
    definition=(
        "Sessions with a checkout event, by what became of it: completed (a purchase at or after it), open (live data, "
        "active in the last 30 minutes), abandoned (the rest). With the steps taken, and the payment errors and denied "
        "coupons met on the way."
    ),
    fields={
        "abandonment_rate": "Abandoned / (completed + abandoned).",
        "steps": "Per checkout_step: sessions that took it, and of these `completed`, with a purchase at or after it.",
        "errors": (
            "Per payment error and denied coupon: events, sessions, and of these `completed`, with a purchase at or after "
            "the last of them."
        ),
    },
    measure=measure,
    parts=(
        Part("sessions", "sessions with a checkout", counted("checkouts")),
        Part("completed", "checkouts followed by a purchase", counted("checkouts_completed")),
        Part("open", "checkouts still open", still_open("checkouts_left")),
        Part("abandoned", "checkouts abandoned", over("checkouts_left")),
        Part(
            "step",
            "sessions that took this step",
            _step_named,
            value=True,
        ),
        Part("error", "sessions that met this error (kind:name)", error_named, value=True),
    ),
)
