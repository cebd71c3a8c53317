"""The oracle's visitors: who comes back (retention), who is worth what (RFM), what brought them (channels)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from oracle_maths import median
from oracle_measures import Scope, money, rate, revenue_of, total
from oracle_windows import day_start, local_day

JsonDict = dict[str, Any]
Visitor = tuple[str, str]


def sessions_by_visitor(sessions: Iterable[JsonDict]) -> dict[Visitor, list[JsonDict]]:
    """In order of (start, id)."""
    found: dict[Visitor, list[JsonDict]] = defaultdict(list)
    for session in sessions:
        found[session["visitor"]].append(session)
    return found


def orders_of(sessions: Iterable[JsonDict]) -> list[JsonDict]:
    return [order for session in sessions for order in session["orders"]]


# Retention


class Cohorts:
    """Every visitor's first session that the scope holds, by the week it starts in, and all that visitor's sessions."""

    def __init__(self, scope: Scope, options: JsonDict) -> None:
        self.scope = scope
        self.buying = options.get("first", "session") == "purchase"
        self.unbounded = options.get("mode", "unbounded") == "unbounded"
        self.weeks = int(options.get("weeks", 12))
        self.of_visitor = sessions_by_visitor(s for s in scope.everything if s["start"] < scope.as_of)
        in_scope = {id(session) for session in scope.sessions}
        self.firsts: dict[date, list[JsonDict]] = defaultdict(list)
        for sessions in self.of_visitor.values():
            first = next(iter(self.counting(sessions)), None)
            if first is not None and id(first) in in_scope:
                self.firsts[self.week_of(first)].append(first)

    def counting(self, sessions: list[JsonDict]) -> list[JsonDict]:
        return [session for session in sessions if session["converted"] or not self.buying]

    def week_of(self, session: JsonDict) -> date:
        """The Monday of the session's local week."""
        day = local_day(session["start"], self.scope.zone)
        return day - timedelta(days=day.weekday())

    def in_week(self, sessions: list[JsonDict], week: date) -> list[JsonDict]:
        return [session for session in sessions if self.week_of(session) == week]

    def returning(self, first: JsonDict, week: date) -> list[JsonDict]:
        """The sessions that bring a visitor back in the week (or later)."""
        counting = self.counting(self.of_visitor[first["visitor"]])
        return [s for s in counting if self.week_of(s) == week or (self.unbounded and self.week_of(s) > week)]

    def cell(self, monday: date, number: int) -> JsonDict:
        week, members = monday + timedelta(weeks=number), self.firsts[monday]
        ends = day_start(week + timedelta(weeks=1), self.scope.zone)
        back = sum(bool(self.returning(first, week)) for first in members)
        return {
            "week": number,
            "back": rate(back, len(members)),
            "immature": ends > self.scope.as_of,
            "ends": ends.isoformat(),
            "revenue": money(self.revenue(members, week)),
        }

    def revenue(self, members: list[JsonDict], week: date) -> dict[str, int]:
        sessions = [s for first in members for s in self.in_week(self.of_visitor[first["visitor"]], week)]
        return revenue_of(sessions)

    def cohort(self, monday: date) -> JsonDict:
        members = self.firsts[monday]
        begun = [n for n in range(1, self.weeks + 1) if self.has_begun(monday + timedelta(weeks=n))]
        year, week, _ = monday.isocalendar()
        repeat = sum(len(self.counting(self.of_visitor[first["visitor"]])) > 1 for first in members)
        return {
            "week": f"{year}-W{week:02}",
            "start": monday.isoformat(),
            "size": len(members),
            "repeat": rate(repeat, len(members)) if self.buying else None,
            "revenue_first_week": money(self.revenue(members, monday)),
            "cells": [self.cell(monday, number) for number in begun],
        }

    def has_begun(self, week: date) -> bool:
        return day_start(week, self.scope.zone) <= self.scope.as_of


def retention(scope: Scope, options: JsonDict) -> JsonDict:
    cohorts = Cohorts(scope, options)
    rows = [cohorts.cohort(monday) for monday in sorted(cohorts.firsts)]
    mature: dict[int, list[JsonDict]] = defaultdict(list)
    for cell in (cell for row in rows for cell in row["cells"]):
        if not cell["immature"]:
            mature[cell["week"]].append(cell["back"])
    return {
        "first": options.get("first", "session"),
        "mode": options.get("mode", "unbounded"),
        "cohorts": rows,
        "means": [
            {"week": week, "back": rate(total(backs, "numerator"), total(backs, "denominator")), "cohorts": len(backs)}
            for week, backs in sorted(mature.items())
        ],
    }


def monday_of(week: str) -> date:
    year, number = week.split("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def behind_cohort(scope: Scope, options: JsonDict, value: str) -> list[JsonDict]:
    return Cohorts(scope, options).firsts[monday_of(value)]


def behind_cell(scope: Scope, options: JsonDict, value: str) -> list[JsonDict]:
    week, number = value.split(":")
    cohorts, monday = Cohorts(scope, options), monday_of(week)
    later = monday + timedelta(weeks=int(number))
    return [session for first in cohorts.firsts[monday] for session in cohorts.returning(first, later)]


# RFM

SEGMENTS = ("champions", "loyal", "recent", "promising", "at_risk", "hibernating")


def segment_of(recency: int, frequency: int) -> str:
    rules = (
        (recency >= 4 and frequency >= 4, "champions"),
        (recency >= 3 and frequency >= 3, "loyal"),
        (recency >= 4, "recent"),
        (recency == 3, "promising"),
        (frequency >= 3, "at_risk"),
    )
    return next((name for fits, name in rules if fits), "hibernating")


def reference_day(scope: Scope) -> date:
    last = scope.until - timedelta(milliseconds=1) if scope.until else scope.as_of
    return local_day(min(scope.as_of, last), scope.zone)


def score(worse: int, buyers: int) -> int:
    return 1 + 5 * worse // buyers


def rfm_buyers(scope: Scope) -> list[JsonDict]:
    """One row a buyer: the sessions with own orders, recency in days, frequency, both scores, the segment."""
    buying = sessions_by_visitor(session for session in scope.sessions if session["orders"])
    rows = []
    for sessions in buying.values():
        last = max(local_day(session["start"], scope.zone) for session in sessions)
        days = max(0, (reference_day(scope) - last).days)
        rows.append({"sessions": sessions, "days": days, "orders": len(orders_of(sessions))})
    for row in rows:
        row["r"] = score(sum(other["days"] > row["days"] for other in rows), len(rows))
        row["f"] = score(sum(other["orders"] < row["orders"] for other in rows), len(rows))
        row["segment"] = segment_of(row["r"], row["f"])
    return rows


def rfm(scope: Scope, _options: JsonDict) -> JsonDict:
    buyers = rfm_buyers(scope)
    currencies = {order["currency"] for order in orders_of(scope.sessions)}
    grid = Counter((row["r"], row["f"]) for row in buyers)
    segments = []
    for name in SEGMENTS:
        members = [row for row in buyers if row["segment"] == name]
        segments.append(
            {
                "segment": name,
                "visitors": len(members),
                "share": rate(len(members), len(buyers)),
                "orders": total(members, "orders"),
                "revenue": money(revenue_of(session for row in members for session in row["sessions"])),
                "recency_median": median([row["days"] for row in members]),
                "frequency_median": median([row["orders"] for row in members]),
            }
        )
    return {
        "reference_day": reference_day(scope).isoformat(),
        "buyers": len(buyers),
        "currency": currencies.pop() if len(currencies) == 1 else None,
        "segments": segments,
        "grid": [{"r": r, "f": f, "visitors": grid[r, f]} for r in range(1, 6) for f in range(1, 6)],
    }


def behind_segment(scope: Scope, _options: JsonDict, value: str) -> list[JsonDict]:
    return [session for row in rfm_buyers(scope) if row["segment"] == value for session in row["sessions"]]


# Channels


def touch(scope: Scope, which: str) -> dict[str, list[JsonDict]]:
    """The scope's sessions with own orders by the channel of the first or last touch."""
    first = {visitor: sessions[0] for visitor, sessions in sessions_by_visitor(scope.everything).items()}
    found: dict[str, list[JsonDict]] = defaultdict(list)
    for session in scope.sessions:
        if session["orders"]:
            found[(first[session["visitor"]] if which == "first" else session)["channel"]].append(session)
    return found


def channels(scope: Scope, _options: JsonDict) -> JsonDict:
    came: dict[str, list[JsonDict]] = defaultdict(list)
    for session in scope.sessions:
        came[session["channel"]].append(session)
    touches = {which: touch(scope, which) for which in ("first", "last")}
    names = came.keys() | touches["first"].keys() | touches["last"].keys()
    return {
        "rows": [
            {
                "channel": name,
                "sessions": len(came[name]),
                "conversion_rate": rate(total(came[name], "converted"), len(came[name])),
                **{which: worth(sessions[name]) for which, sessions in touches.items()},
            }
            for name in sorted(names, key=lambda name: (-len(came[name]), name))
        ],
        **worth(scope.sessions),
    }


def worth(sessions: list[JsonDict]) -> JsonDict:
    return {"orders": len(orders_of(sessions)), "revenue": money(revenue_of(sessions))}
