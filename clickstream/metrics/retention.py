"""Retention: of the visitors whose first session (or first purchase) fell into a week, how many came back."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from clickstream.clock import iso
from clickstream.localtime import LocalTime
from clickstream.metrics import sums
from clickstream.metrics.metric import Measured, Metric, Option, Options
from clickstream.metrics.source import Row, Source
from clickstream.metrics.values import identity, money, rate
from clickstream.scope import Scope

MOST_WEEKS = 52
_MONDAY = date(1970, 1, 5)
_WEEK: dict[str, Any] = {
    "$dateDiff": {
        "startDate": {"$toDate": _MONDAY.isoformat()},
        "endDate": {"$toDate": "$day"},
        "unit": "week",
        "startOfWeek": "monday",
    }
}
"""A session's ISO week, counted from the one of _MONDAY."""


def week_of(day: str) -> int:
    return (date.fromisoformat(day) - _MONDAY).days // 7


def week_start(week: int) -> str:
    """The Monday of a week, as a local day."""
    return (_MONDAY + timedelta(weeks=week)).isoformat()


def week_name(week: int) -> str:
    """ISO 8601: the year is that of the week's Thursday.

    >>> week_name(week_of("2026-12-31")), week_name(week_of("2027-01-03")), week_name(week_of("2027-01-04"))
    ('2026-W53', '2026-W53', '2027-W01')
    """
    year, number, _ = date.fromisoformat(week_start(week)).isocalendar()
    return f"{year}-W{number:02}"


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """A row for every cohort that has somebody, the earliest first; without visitors there is none."""
    buying, weeks = options["first"] == "purchase", options["weeks"]
    begun = _begun(source, scope)
    found = _members(source, begun, buying, options["mode"], weeks)
    sizes, again = ({row["_id"]: row["n"] for row in found[name]} for name in ("sizes", "again"))
    back, revenue = _back(found["back"], options["mode"]), _revenue(found["revenue"])
    last = week_of(source.local.day(scope.as_of))
    cohorts = [
        {
            "week": week_name(cohort),
            "start": week_start(cohort),
            "size": size,
            "repeat": rate(again.get(cohort, 0), size) if buying else None,
            "revenue_first_week": money(revenue[cohort, 0]),
            "cells": [
                {
                    "week": week,
                    "back": rate(back[cohort, week], size),
                    **_end(source.local, scope, cohort + week),
                    "revenue": money(revenue[cohort, week]),
                }
                for week in range(1, min(weeks, last - cohort) + 1)
            ],
        }
        for cohort, size in sorted(sizes.items())
    ]
    result = {"first": options["first"], "mode": options["mode"], "cohorts": cohorts, "means": _means(cohorts)}
    known = _firsts(source, begun, buying)
    return Measured(result, [identity("cohort sizes = visitors first seen in the window", sum(sizes.values()), known)])


def _begun(source: Source, scope: Scope) -> Scope:
    """The scope without what starts at or after as_of. Where there is no such session it stays whole days."""
    known = source.range(scope.view)
    if known is None or known[1] < scope.as_of:
        return scope
    return replace(scope, until=min(scope.until or scope.as_of, scope.as_of))


def _firsts(source: Source, begun: Scope, buying: bool) -> int:
    """The members by another way: the sums of days."""
    if buying:
        return sums.first_buyers(source, begun)
    by_visitor = sums.by_dimension(source, begun, "visitor", (), amounts=False)
    return by_visitor["new"].counts["sessions"] if "new" in by_visitor else 0


def _members(source: Source, begun: Scope, buying: bool, mode: str, weeks: int) -> Row:
    """What the members of each cohort did in all their sessions, those outside the scope's window and filters included."""
    later = {"$subtract": ["$weeks", "$cohort"]}
    back: list[dict[str, Any]] = [
        {"$set": {"weeks": {"$max": "$weeks"}}} if mode == "unbounded" else {"$unwind": "$weeks"},
        {"$group": {"_id": {"cohort": "$cohort", "week": {"$min": [later, weeks + 1]}}, "n": {"$sum": 1}}},
    ]
    week = {"$subtract": ["$sales.week", "$cohort"]}
    sold = {"_id": {"cohort": "$cohort", "week": week, "currency": "$money.k"}, "units": {"$sum": "$money.v.revenue"}}
    revenue: list[dict[str, Any]] = [
        {"$unwind": "$sales"},
        {"$match": {"$expr": {"$lte": [week, weeks]}}},
        {"$project": {"cohort": 1, "sales.week": 1, "money": {"$objectToArray": "$sales.money"}}},
        {"$unwind": "$money"},
        {"$match": {"money.v.revenue": {"$exists": True}}},
        {"$group": sold},
    ]
    count: dict[str, Any] = {"$group": {"_id": "$cohort", "n": {"$sum": 1}}}
    lists = {"sizes": [count], "again": [{"$match": {"sessions": {"$gte": 2}}}, count], "back": back, "revenue": revenue}
    earned = {"$cond": [{"$gt": ["$counts.orders_with_revenue", 0]}, "$money", "$$REMOVE"]}
    found = source.sessions(
        [
            {"$match": _lives(begun, buying)},
            {"$project": {"_id": 0, "visitor": 1, "week": _WEEK, "member": _member(begun, buying), "money": earned}},
            {"$group": _PER_VISITOR},
            {"$match": {"cohort": {"$ne": None}}},
            {"$facet": lists},
        ]
    )
    return found[0] if found else {name: [] for name in lists}


def _lives(begun: Scope, buying: bool) -> dict[str, Any]:
    """All sessions of whoever may be a member: nothing lies before the first one, nothing is looked at from as_of on."""
    bounds = {"$lt": begun.as_of, **({"$gte": begun.since} if begun.since else {})}
    who = {"visitor": f"u:{begun.user_id}"} if begun.user_id is not None else {}
    return {"views": begun.view, "kind": "session", "start": bounds, **who, **(_BUYING if buying else {})}


_BUYING = {"counts.conversions": {"$exists": True}}


_PER_VISITOR = {
    "_id": "$visitor",
    "cohort": {"$max": {"$cond": ["$member", "$week", None]}},
    "weeks": {"$addToSet": "$week"},
    "sessions": {"$sum": 1},
    "sales": {"$push": {"$cond": [{"$gt": ["$money", None]}, {"week": "$week", "money": "$money"}, "$$REMOVE"]}},
}


def _member(begun: Scope, buying: bool) -> dict[str, Any]:
    """Whether a session of `_lives` is its visitor's first and in the scope. Text is no path, whatever it begins with."""
    link = f"$links.{begun.view}"
    first = {"$eq": [f"{link}.previous_buying_day", None]} if buying else f"{link}.new"
    until = [{"$lt": ["$start", begun.until]}] if begun.until else []
    filters = {name: wanted for name, wanted in begun.match().items() if name not in ("views", "start")}
    return {"$and": [first, *until, *({"$eq": [f"${name}", {"$literal": wanted}]} for name, wanted in filters.items())]}


def _back(rows: list[Row], mode: str) -> Counter[tuple[int, int]]:
    """Members by cohort and week: back in that week, or unbounded in that week or later."""
    found: Counter[tuple[int, int]] = Counter()
    for row in rows:
        cohort, week = row["_id"]["cohort"], row["_id"]["week"]
        for reached in range(1, week + 1) if mode == "unbounded" else (week,):
            found[cohort, reached] += row["n"]
    return found


def _revenue(rows: list[Row]) -> defaultdict[tuple[int, int], dict[str, int]]:
    found: defaultdict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row["_id"]["cohort"], row["_id"]["week"]][row["_id"]["currency"]] = row["units"]
    return found


def _end(local: LocalTime, scope: Scope, week: int) -> Row:
    ends = local.day_start(week_start(week + 1))
    return {"immature": ends > scope.as_of, "ends": iso(ends)}


def _means(cohorts: list[Row]) -> list[Row]:
    """Per week that has a mature cell: back / size over the mature ones."""
    mature: defaultdict[int, list[Row]] = defaultdict(list)
    for cohort in cohorts:
        for cell in cohort["cells"]:
            if not cell["immature"]:
                mature[cell["week"]].append(cell["back"])
    return [
        {
            "week": week,
            "back": rate(sum(one["numerator"] for one in found), sum(one["denominator"] for one in found)),
            "cohorts": len(found),
        }
        for week, found in sorted(mature.items())
    ]


RETENTION = Metric(
    id="retention",
    title="Retention",
    definition=(
        "Visitors by the week of their first session ever (or first purchase), and how many of them came back (or bought "
        "again) in later weeks. Weeks run from Monday in the shop's time zone. A cell whose week is not over is immature "
        "and left out of the means."
    ),
    fields={
        "size": "Visitors whose first session (or first purchase) fell into this week, if the selection holds that session.",
        "back": "Of them, those with a session (or purchase) in week N (n_week), or in week N or later (unbounded).",
        "immature": "The week is not over yet: the number may still grow.",
        "revenue": "Gross revenue of their own orders in week N; that of the first week is `revenue_first_week`.",
        "repeat": "With first = purchase: those who have bought in a second session.",
        "means": "Per week: all who came back / all who could, over the cohorts whose week N is over.",
    },
    options=(
        Option("first", "session", "what places a visitor in a week", choices=("session", "purchase")),
        Option("mode", "unbounded", "back in week N or later, or in week N", choices=("unbounded", "n_week")),
        Option("weeks", 12, "how many weeks to follow a cohort", largest=MOST_WEEKS),
    ),
    measure=measure,
)
