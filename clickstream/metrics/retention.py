"""Retention: of the visitors whose first session (or first purchase) fell into a week, how many came back."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime
from typing import Any

from clickstream.clock import iso
from clickstream.localtime import LocalTime
from clickstream.metrics import sums
from clickstream.metrics.behind import Asked, Found, Listed, Matching, Part, place_of
from clickstream.metrics.metric import Measured, Metric, Option, Options
from clickstream.metrics.source import Row, Source
from clickstream.metrics.values import identity, money, rate
from clickstream.metrics.weeks import WEEK, week_name, week_of, week_start
from clickstream.scope import Scope

MOST_WEEKS = 52


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """A row for every cohort that has somebody, the earliest first; without visitors there is none."""
    buying, weeks = _buying(options), options["weeks"]
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
            {"$project": {"_id": 0, "visitor": 1, "week": WEEK, "member": _member(begun, buying), "money": earned}},
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
    first: Any = {"$eq": [f"{link}.previous_buying_day", None]} if buying else f"{link}.new"
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


def _cohort(asked: Asked) -> Found:
    """The sessions that placed the members of this week's cohort in it."""
    week = _read_week(asked, asked.value)
    link = f"links.{asked.scope.view}"
    first = {f"{link}.previous_buying_day": None, **_BUYING} if _buying(asked.options) else {f"{link}.new": True}
    return Matching({**first, "day": _days(week, week + 1), "start": {"$lt": asked.scope.as_of}})


def _back_in_week(asked: Asked) -> Found:
    """The sessions by which the members of a cohort were back in week N of it, or unbounded in week N or later."""
    name, _, number = asked.value.partition(":")
    cohort = _read_week(asked, name)
    if not number.isdecimal() or not 1 <= int(number) <= MOST_WEEKS:
        raise asked.refuse(f"must be a week and a number from 1 to {MOST_WEEKS}, such as 2026-W12:3")
    buying, week = _buying(asked.options), cohort + int(number)
    begun = _begun(asked.source, asked.scope)
    back = _days(week, None if asked.options["mode"] == "unbounded" else week + 1)
    member = {"$and": [_member(begun, buying), *_on_days("$day", _days(cohort, cohort + 1))]}
    place = {"start": "$start", "session_id": "$session_id", "key": "$key"}
    shown = {"$cond": [{"$and": _on_days("$day", back)}, place, "$$REMOVE"]}
    rows = asked.source.stream(
        [
            {"$match": _lives(begun, buying)},
            {"$project": {"_id": 0, "visitor": 1, "member": member, "place": shown}},
            {"$group": {"_id": "$visitor", "member": {"$max": "$member"}, "places": {"$push": "$place"}}},
            {"$match": {"member": True}},
            {"$unwind": "$places"},
            {"$replaceWith": "$places"},
        ]
    )
    return Listed([place_of(row) for row in rows])


def _buying(options: Options) -> bool:
    return bool(options["first"] == "purchase")


def _read_week(asked: Asked, name: str) -> int:
    try:
        return week_of(datetime.strptime(f"{name}-1", "%G-W%V-%u").date().isoformat())  # noqa: DTZ007 a day, not a moment
    except ValueError as error:
        raise asked.refuse("must be an ISO week such as 2026-W12") from error


def _days(first: int, end: int | None) -> dict[str, str]:
    """The local days from one week to another."""
    return {"$gte": week_start(first), **({"$lt": week_start(end)} if end is not None else {})}


def _on_days(field: str, days: dict[str, str]) -> list[dict[str, Any]]:
    return [{operator: [field, day]} for operator, day in days.items()]


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
    parts=(
        Part("cohort", "first sessions (purchases) of this week's cohort", _cohort, value=True),
        Part("cell", "sessions that brought the cohort back (2026-W12:3)", _back_in_week, value=True),
    ),
)
