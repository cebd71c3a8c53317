"""Sums over a scope, read from days where the scope is whole days, else from sessions; both give the same numbers.

Days answer windows of whole local days without a person and with at most one filter; histograms and distinct visitors need
no filter at all. Everything else goes to the sessions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from clickstream.days import FIRST, OTHER
from clickstream.measures import COUNTS, MONEY, Measures
from clickstream.metrics.source import Row, Source
from clickstream.scope import LIVE, Scope
from clickstream.sessions import FUNNEL_STEPS

Groups = dict[Any, Measures]
_ALL = None


def total(source: Source, scope: Scope) -> Measures:
    """All additive measures of the scope."""
    days = _days(source, scope)
    if days is not None and not scope.filters:
        return _merged(row["total"] for row in source.daily([days, {"$project": {"total": 1}}]))
    if days is not None:
        ((dimension, value),) = scope.filters.items()
        found = _of_value(source, days, dimension, value)
        if found is not None:
            return found
    return _from_sessions(source, scope, _ALL).get(_ALL, Measures())


def by_day(source: Source, scope: Scope) -> Groups:
    """Measures per local day that has any."""
    days = _days(source, scope)
    if days is not None and not scope.filters:
        return {row["day"]: _merged([row["total"]]) for row in source.daily([days, {"$project": {"day": 1, "total": 1}}])}
    return _from_sessions(source, scope, "$day")


def by_hour(source: Source, scope: Scope) -> Groups:
    """Measures per UTC start of the local hour that has any."""
    days = _days(source, scope)
    if days is not None and not scope.filters:
        rows = source.daily([days, {"$project": {"hours": 1}}])
        return {start: _merged([measures]) for row in rows for start, measures in row["hours"]}
    return _from_sessions(source, scope, "$hour")


def by_dimension(source: Source, scope: Scope, dimension: str) -> Groups:
    """Measures per value of a dimension; values without sessions are left out."""
    groups = _segments_of_days(source, scope, dimension)
    if groups is None:
        groups = _from_sessions(source, scope, _expression(scope, dimension))
    return {value: measures for value, measures in groups.items() if measures.counts["sessions"]}


def of_open(source: Source, scope: Scope, dimension: str | None = None) -> Groups:
    """Measures of the sessions still open at `as_of`, together (key None) or per value of a dimension."""
    if scope.dataset != LIVE:
        return {}
    expression = _expression(scope, dimension) if dimension else _ALL
    return _from_sessions(source, scope, expression, ended_after(source, scope))


def ended_after(source: Source, scope: Scope) -> dict[str, Any]:
    """A filter on sessions that were active less than the session gap before `as_of`."""
    return {"end": {"$gt": scope.as_of - source.gap}}


def durations(source: Source, scope: Scope) -> Counter[int]:
    """Sessions per whole second of duration."""
    days = _days(source, scope)
    if days is not None and not scope.filters:
        return _histogram(row["durations"] for row in source.daily([days, {"$project": {"durations": 1}}]))
    rows = source.sessions([matching(scope, kind="session"), {"$group": {"_id": "$duration", "n": {"$sum": 1}}}])
    return Counter({row["_id"]: row["n"] for row in rows})


def funnel_seconds(source: Source, scope: Scope) -> list[Counter[int]]:
    """For each funnel step after the first: sessions per whole second since the step before."""
    days = _days(source, scope)
    if days is not None and not scope.filters:
        rows = source.daily([days, {"$project": {"funnel_seconds": 1}}])
        return [_histogram(row["funnel_seconds"][step] for row in rows) for step in range(len(FUNNEL_STEPS) - 1)]
    found = [Counter[int]() for _ in FUNNEL_STEPS[1:]]
    group = {"_id": {"step": "$step", "seconds": "$funnel_seconds"}, "n": {"$sum": 1}}
    unwind = {"path": "$funnel_seconds", "includeArrayIndex": "step"}
    for row in source.sessions([matching(scope), {"$unwind": unwind}, {"$group": group}]):
        found[int(row["_id"]["step"])][row["_id"]["seconds"]] = row["n"]
    return found


def visitors_and_buyers(source: Source, scope: Scope) -> tuple[int, int]:
    """Distinct visitors and distinct buying visitors of the scope."""
    days = _days(source, scope)
    if days is not None and not scope.filters:
        fields = {"previous_days": 1, "previous_buying_days": 1}
        rows = source.daily([days, {"$project": fields}])
        first = days["$match"].get("day", {}).get("$gte", FIRST)
        return _firsts(rows, "previous_days", first), _firsts(rows, "previous_buying_days", first)
    each = {"_id": "$visitor", "buys": {"$max": {"$ifNull": ["$counts.conversions", 0]}}}
    together = {"_id": None, "visitors": {"$sum": 1}, "buyers": {"$sum": "$buys"}}
    rows = source.sessions([matching(scope, kind="session"), {"$group": each}, {"$group": together}])
    return (rows[0]["visitors"], rows[0]["buyers"]) if rows else (0, 0)


def visitors_by_day(source: Source, scope: Scope) -> dict[str, int]:
    """Distinct visitors of each local day."""
    days = _days(source, scope)
    if days is not None and not scope.filters:
        rows = source.daily([days, {"$project": {"day": 1, "previous_days": 1}}])
        return {row["day"]: _firsts([row], "previous_days", row["day"]) for row in rows}
    each = {"_id": {"day": "$day", "visitor": "$visitor"}}
    counted = {"_id": "$_id.day", "n": {"$sum": 1}}
    rows = source.sessions([matching(scope, kind="session"), {"$group": each}, {"$group": counted}])
    return {row["_id"]: row["n"] for row in rows}


def names(source: Source, scope: Scope, field: str, width: int) -> dict[str, list[int]]:
    """`event_types` or `pages` of the scope: per name its `width` sums, of which `sessions` is counted here.

    Stored lists hold (name, first sum, further sums ...) a session; the sessions are the second sum of the answer.
    """
    days = _days(source, scope)
    if days is not None and not scope.filters:
        rows = source.daily([days, {"$project": {field: 1}}])
        if all(row[field] is not None for row in rows):
            return _named(row[field] for row in rows)
    sums = {f"s{n}": {"$sum": {"$arrayElemAt": [f"${field}", n]}} for n in range(1, width)}
    group = {"_id": {"$arrayElemAt": [f"${field}", 0]}, "sessions": {"$sum": 1}, **sums}
    found = source.sessions([matching(scope), {"$unwind": f"${field}"}, {"$group": group}])
    return {row["_id"]: [row["s1"], row["sessions"], *(row[f"s{n}"] for n in range(2, width))] for row in found}


def matching(scope: Scope, **more: Any) -> dict[str, Any]:
    """The pipeline stage that selects the scope's sessions."""
    return {"$match": {**scope.match(), **more}}


def _days(source: Source, scope: Scope) -> dict[str, Any] | None:
    """The pipeline stage that selects the scope's days, or None where days cannot answer."""
    days = scope.whole_days(source.local)
    if days is None or scope.user_id is not None or len(scope.filters) > 1:
        return None
    first, last = days
    bounds = {operator: day for operator, day in (("$gte", first), ("$lte", last)) if day}
    return {"$match": {"view": scope.view, **({"day": bounds} if bounds else {})}}


def _merged(documents: Iterable[dict[str, Any]]) -> Measures:
    merged = Measures()
    for document in documents:
        merged.merge(document)
    return merged


def _of_value(source: Source, days: dict[str, Any], dimension: str, value: str) -> Measures | None:
    """One value's measures from the days; None where a day had too many values to name this one."""
    wanted = {"$in": [{"$arrayElemAt": ["$$this", 0]}, [value, OTHER]]}
    rows = source.daily([days, {"$project": {"rows": {"$filter": {"input": f"$segments.{dimension}", "cond": wanted}}}}])
    found = [dict(row["rows"]) for row in rows]
    if any(OTHER in row for row in found):
        return None
    return _merged(row[value] for row in found if value in row)


def _segments_of_days(source: Source, scope: Scope, dimension: str) -> Groups | None:
    days = _days(source, scope)
    if days is None or scope.filters:
        return None
    groups: defaultdict[str, Measures] = defaultdict(Measures)
    for row in source.daily([days, {"$project": {"rows": f"$segments.{dimension}"}}]):
        for value, document in row["rows"]:
            groups[value].merge(document)
    return None if OTHER in groups else groups


def _expression(scope: Scope, dimension: str) -> Any:
    if dimension == "visitor":
        return {"$cond": [f"$links.{scope.view}.new", "new", "returning"]}
    return f"${dimension}"


def _from_sessions(source: Source, scope: Scope, group: Any, more: dict[str, Any] | None = None) -> Groups:
    match = matching(scope, **(more or {}))
    groups: Groups = defaultdict(Measures)
    sums = {name: {"$sum": f"$counts.{name}"} for name in COUNTS}
    for row in source.sessions([match, {"$group": {"_id": group, **sums}}]):
        key = row.pop("_id")
        groups[key].counts.update({name: n for name, n in row.items() if n})
    _add_money(source, match, group, groups)
    _add_order_values(source, match, group, groups)
    return groups


def _add_money(source: Source, match: dict[str, Any], group: Any, groups: Groups) -> None:
    sums = {name: {"$sum": f"$money.v.{name}"} for name in MONEY}
    fields = {"group": group, "money": {"$objectToArray": "$money"}}
    by_currency = {"_id": {"group": "$group", "currency": "$money.k"}, **sums}
    pipeline = [match, {"$project": fields}, {"$unwind": "$money"}, {"$group": by_currency}]
    for row in source.sessions(pipeline):
        key = row.pop("_id")
        groups[key.get("group")].money[key["currency"]].update({name: n for name, n in row.items() if n})


def _add_order_values(source: Source, match: dict[str, Any], group: Any, groups: Groups) -> None:
    fields = {"group": group, "sales": 1}
    by_value = {"_id": {"group": "$group", "currency": "$sales.currency", "revenue": "$sales.revenue"}, "n": {"$sum": 1}}
    known = {"$match": {"sales.revenue": {"$ne": None}}}
    for row in source.sessions([match, {"$project": fields}, {"$unwind": "$sales"}, known, {"$group": by_value}]):
        key = row["_id"]
        groups[key.get("group")].order_values[key["currency"]][key["revenue"]] += row["n"]


def _histogram(lists: Iterable[list[tuple[int, int]]]) -> Counter[int]:
    found: Counter[int] = Counter()
    for pairs in lists:
        for value, n in pairs:
            found[value] += n
    return found


def _firsts(rows: list[Row], field: str, first_day: str) -> int:
    """Sessions whose visitor was not here between the first day of the window and the session."""
    return sum(n for row in rows for day, n in row[field].items() if day == FIRST or day < first_day)


def _named(lists: Iterable[list[list[Any]]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for rows in lists:
        for name, *sums in rows:
            known = found.setdefault(name, [0] * len(sums))
            for n, value in enumerate(sums):
                known[n] += value
    return found
