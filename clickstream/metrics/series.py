"""Series: the overview over time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from clickstream.clock import iso
from clickstream.errors import InvalidInput
from clickstream.measures import Measures
from clickstream.metrics import sums
from clickstream.metrics.behind import Asked, Matching, Part
from clickstream.metrics.metric import Measured, Metric, Option, Options
from clickstream.metrics.source import Source
from clickstream.metrics.values import identity, money, revenue_of
from clickstream.scope import Scope

LONGEST_HOURLY = timedelta(days=62)
_COUNTS = ("sessions", "events", "pageviews", "bounces", "conversions", "orders")
_FIRST = timedelta(milliseconds=1)


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """One point for every local day or hour of the window, also where nothing happened; none without a window or data."""
    bounds = _bounds(source, scope)
    if bounds is None:
        points: list[dict[str, Any]] = []
    elif options["interval"] == "hour":
        points = list(_hours(source, scope, *bounds))
    else:
        points = list(_days(source, scope, *bounds))
    sessions = sums.total(source, scope, ("sessions",), amounts=False).counts["sessions"]
    together = identity("sessions of all points = sessions", sum(p["sessions"] for p in points), sessions)
    return Measured(points, [together], sessions)


def _bounds(source: Source, scope: Scope) -> tuple[datetime, datetime] | None:
    """First and last moment of the series: the window, else from the first to the last session there is."""
    known = None if scope.since and scope.until else source.range(scope.view)
    since = scope.since or (known[0] if known else None)
    last = scope.until - _FIRST if scope.until else (known[1] if known else None)
    if since is None or last is None or last < since:
        return None
    return since, last


def _days(source: Source, scope: Scope, since: datetime, last: datetime) -> Iterator[dict[str, Any]]:
    sums.ahead(source, (scope, "total", sums.fields(_COUNTS)), (scope, "previous", ()))
    found = sums.by_day(source, scope, _COUNTS)
    visitors = sums.visitors_by_day(source, scope)
    for day in source.local.days(source.local.day(since), source.local.day(last)):
        yield {
            "start": iso(source.local.day_start(day)),
            "day": day,
            "visitors": visitors.get(day, 0),
            **_point(found.get(day, Measures())),
        }


def _hours(source: Source, scope: Scope, since: datetime, last: datetime) -> Iterator[dict[str, Any]]:
    if last - since > LONGEST_HOURLY:
        problem = f"hours reach over at most {LONGEST_HOURLY.days} days; choose day, or a shorter window"
        raise InvalidInput("This window is too long for hours.", fields={"interval": problem}, code="invalid_option")
    found = sums.by_hour(source, scope, _COUNTS)
    for start in source.local.hours(since, last + _FIRST):
        yield {"start": iso(start), "day": source.local.day(start), **_point(found.get(start, Measures()))}


def _point(measures: Measures) -> dict[str, Any]:
    counts = measures.counts
    return {**{name: counts[name] for name in _COUNTS}, "revenue": money(revenue_of(measures))}


def _of_bucket(asked: Asked) -> Matching:
    """Those of the day or hour that is named by its `start`."""
    try:
        start = datetime.fromisoformat(asked.value)
        start = start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)
        day, hour = asked.source.local.day_and_hour(start)
    except (ValueError, OverflowError) as error:
        raise asked.refuse("must be the `start` of a point, such as 2026-03-01T00:00:00Z") from error
    if asked.options["interval"] == "hour" and hour == start:
        return Matching({"hour": start})
    if asked.options["interval"] == "day" and asked.source.local.day_start(day) == start:
        return Matching({"day": day})
    raise asked.refuse(f"must be when a local {asked.options['interval']} begins")


SERIES = Metric(
    id="series",
    title="Over time",
    definition="Sessions and what happened in them per local day or hour; a session counts where it starts.",
    fields={
        "visitors": "Distinct visitors of that day (days do not add up: one visitor may come on several).",
        "conversions": "Sessions with at least one purchase.",
        "revenue": "Gross revenue of the orders of these sessions.",
    },
    options=(Option("interval", "day", "the width of a point", choices=("day", "hour")),),
    measure=measure,
    parts=(Part("start", "sessions of the day or hour that begins then", _of_bucket, value=True),),
)
