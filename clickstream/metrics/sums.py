"""Sums over a scope, read from days where the scope is whole days, else from sessions; both give the same numbers.

Days answer windows of whole local days that are not about one person: additive measures with at most one filter, histograms
and distinct visitors with none. Everything else goes to the sessions, where `counts` names what is worth summing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from clickstream.days import FIRST, OTHER, Days, PartRead, segment_rows
from clickstream.measures import COUNTS, MONEY, Measures
from clickstream.metrics.source import Source
from clickstream.scope import LIVE, Scope
from clickstream.sessions import FUNNEL_STEPS

Groups = dict[Any, Measures]
_ALL = None


def ahead(source: Source, *wanted: tuple[Scope, str, Sequence[str]]) -> None:
    """Read at once, where days can tell, what the questions after this one read: parts of days, and which fields of each."""
    reads: dict[tuple[str, Days], tuple[str, ...]] = {}
    for scope, part, read in wanted:
        days = unfiltered_days(source, scope)
        if days is not None:
            reads[part, days] = (*reads.get((part, days), ()), *read)
    if reads:
        source.ahead([PartRead(part, days, read) for (part, days), read in reads.items()])


def total(source: Source, scope: Scope, counts: Sequence[str] = COUNTS, *, amounts: bool = True) -> Measures:
    """Additive measures of the scope: these counts, and money and order values where `amounts` are wanted."""
    found = _from_days(source, scope, fields(counts, amounts=amounts))
    if found is not None:
        return _merged(measures for _, measures in found)
    return _from_sessions(source, scope, _ALL, counts, amounts).get(_ALL, Measures())


def by_day(source: Source, scope: Scope, counts: Sequence[str] = COUNTS, *, amounts: bool = True) -> Groups:
    """Measures per local day that has any."""
    found = _from_days(source, scope, fields(counts, amounts=amounts))
    if found is not None:
        return {day: _merged([measures]) for day, measures in found}
    return _from_sessions(source, scope, "$day", counts, amounts)


def by_hour(source: Source, scope: Scope, counts: Sequence[str] = COUNTS) -> Groups:
    """Measures per UTC start of the local hour that has any."""
    days = unfiltered_days(source, scope)
    if days is not None:
        return {start: _merged([measures]) for _, hours in source.daily("hours", days) for start, measures in hours}
    return _from_sessions(source, scope, "$hour", counts, amounts=True)


def by_dimension(
    source: Source, scope: Scope, dimension: str, counts: Sequence[str] = COUNTS, *, amounts: bool = True
) -> Groups:
    """Measures per value of a dimension; values without sessions are left out."""
    counts = ("sessions", *counts)
    groups = _segments_of_days(source, scope, dimension, columns(counts, amounts=amounts))
    if groups is None:
        groups = _from_sessions(source, scope, expression(scope, dimension), counts, amounts)
    return {value: measures for value, measures in groups.items() if measures.counts["sessions"]}


def by_expression(
    source: Source, scope: Scope, expression: Any, counts: Sequence[str], *, more: Mapping[str, Any] | None = None
) -> Groups:
    """Measures of the scope's sessions (of those that `more` holds for) per value of an expression over a session."""
    return _from_sessions(source, scope, expression, counts, amounts=True, more={"kind": "session", **(more or {})})


def of_open(
    source: Source, scope: Scope, counts: Sequence[str], dimension: str | None = None, *, amounts: bool = False
) -> Groups:
    """Measures of the sessions still open at `as_of`, together (key None) or per value of a dimension."""
    if scope.dataset != LIVE:
        return {}
    group = expression(scope, dimension) if dimension else _ALL
    return _from_sessions(source, scope, group, counts, amounts, more=ended_after(source, scope))


def ended_after(source: Source, scope: Scope) -> dict[str, Any]:
    """A filter on sessions that were active less than the session gap before `as_of`."""
    return {"end": {"$gt": scope.as_of - source.gap}}


def ended(source: Source, scope: Scope) -> dict[str, Any]:
    """A filter on sessions that are over at `as_of`: all that are not live."""
    return {"$nor": [ended_after(source, scope)]} if scope.dataset == LIVE else {}


def durations(source: Source, scope: Scope) -> Counter[int]:
    """Sessions per whole second of duration."""
    days = unfiltered_days(source, scope)
    if days is not None:
        return _histogram(values for _, values in source.daily("durations", days))
    rows = source.sessions([matching(scope, kind="session"), {"$group": {"_id": "$duration", "n": {"$sum": 1}}}])
    return Counter({row["_id"]: row["n"] for row in rows})


def funnel_seconds(source: Source, scope: Scope) -> list[Counter[int]]:
    """Sessions per whole second since the step before, for each funnel step after the first; then those of the whole way."""
    days = unfiltered_days(source, scope)
    if days is not None:
        rows = source.daily("funnel_seconds", days)
        return [_histogram(steps[step] for _, steps in rows) for step in range(len(FUNNEL_STEPS))]
    found = [Counter[int]() for _ in FUNNEL_STEPS]
    group = {"_id": {"step": "$step", "seconds": "$funnel_seconds"}, "n": {"$sum": 1}}
    unwind = {"path": "$funnel_seconds", "includeArrayIndex": "step"}
    for row in source.sessions([matching(scope), {"$unwind": unwind}, {"$group": group}]):
        found[int(row["_id"]["step"])][row["_id"]["seconds"]] = row["n"]
    return found


def visitors_and_buyers(source: Source, scope: Scope) -> tuple[int, int]:
    """Distinct visitors and distinct buying visitors of the scope."""
    days = unfiltered_days(source, scope)
    if days is not None:
        rows = [previous for _, previous in source.daily("previous", days)]
        first = days.first or FIRST
        return sum(_firsts(visits, first) for visits, _ in rows), sum(_firsts(buys, first) for _, buys in rows)
    each = {"_id": "$visitor", "buys": {"$max": {"$ifNull": ["$counts.conversions", 0]}}}
    together = {"_id": None, "visitors": {"$sum": 1}, "buyers": {"$sum": "$buys"}}
    found = source.sessions([matching(scope, kind="session"), {"$group": each}, {"$group": together}])
    return (found[0]["visitors"], found[0]["buyers"]) if found else (0, 0)


def visitors_not_since(source: Source, scope: Scope, first_day: str) -> int:
    """Distinct visitors of an unfiltered scope of one local day who were not here from an earlier day, `first_day`, on."""
    previous = f"links.{scope.view}.previous_day"
    elsewhere = {"$or": [{previous: None}, {previous: {"$lt": first_day}}]}
    found = source.sessions([matching(scope, kind="session", **elsewhere), {"$count": "n"}])
    return found[0]["n"] if found else 0


def first_buyers(source: Source, scope: Scope) -> int:
    """Visitors whose first buying session ever the scope holds."""
    days = unfiltered_days(source, scope)
    if days is not None:
        return sum(buys.get(FIRST, 0) for _, (_, buys) in source.daily("previous", days))
    first = {"counts.conversions": {"$exists": True}, f"links.{scope.view}.previous_buying_day": None}
    found = source.sessions([matching(scope, **first), {"$count": "n"}])
    return found[0]["n"] if found else 0


def visitors_by_day(source: Source, scope: Scope) -> dict[str, int]:
    """Distinct visitors of each local day."""
    days = unfiltered_days(source, scope)
    if days is not None:
        return {day: _firsts(visits, day) for day, (visits, _) in source.daily("previous", days)}
    each = {"_id": {"day": "$day", "visitor": "$visitor"}}
    counted = {"_id": "$_id.day", "n": {"$sum": 1}}
    rows = source.sessions([matching(scope, kind="session"), {"$group": each}, {"$group": counted}])
    return {row["_id"]: row["n"] for row in rows}


def names(source: Source, scope: Scope, field: str, width: int) -> dict[str, list[int]]:
    """`event_types` or `pages` of the scope: per name its `width` sums, of which `sessions` is counted here.

    Stored lists hold (name, first sum, further sums ...) a session; the sessions are the second sum of the answer.
    """
    days = unfiltered_days(source, scope)
    if days is not None:
        lists = [rows for _, rows in source.daily(field, days)]
        if None not in lists:
            return _named(lists)
    sums = {f"s{n}": {"$sum": {"$arrayElemAt": [f"${field}", n]}} for n in range(1, width)}
    group = {"_id": {"$arrayElemAt": [f"${field}", 0]}, "sessions": {"$sum": 1}, **sums}
    found = source.sessions([matching(scope), {"$unwind": f"${field}"}, {"$group": group}])
    return {row["_id"]: [row["s1"], row["sessions"], *(row[f"s{n}"] for n in range(2, width))] for row in found}


def matching(scope: Scope, **more: Any) -> dict[str, Any]:
    """The pipeline stage that selects the scope's sessions."""
    return {"$match": {**scope.match(), **more}}


def _days(source: Source, scope: Scope) -> Days | None:
    """The days of the scope, or None where its window is no whole days or it is about one person."""
    days = scope.whole_days(source.local)
    return None if days is None or scope.user_id is not None else Days(scope.view, *days)


def unfiltered_days(source: Source, scope: Scope) -> Days | None:
    """The days that tell everything about the scope, or None where sessions must be read."""
    return None if scope.filters else _days(source, scope)


def fields(counts: Sequence[str], *, amounts: bool = True) -> tuple[str, ...]:
    """What to read of stored measures for `total` and `by_day`."""
    return (*(f"counts.{name}" for name in counts), *(("money", "order_values") if amounts else ()))


def columns(counts: Sequence[str], *, amounts: bool = True) -> tuple[str, ...]:
    """What to read of a stored segment for `by_dimension`."""
    return ("values", *fields(("sessions", *counts), amounts=amounts))


def _from_days(source: Source, scope: Scope, read: Sequence[str]) -> list[tuple[str, Any]] | None:
    """(day, measures) where days can tell: unfiltered, or filtered by one value that no day had to leave out."""
    days = _days(source, scope)
    if days is None or len(scope.filters) > 1:
        return None
    if not scope.filters:
        return source.daily("total", days, read)
    ((dimension, value),) = scope.filters.items()
    found = [(day, dict(segment_rows(segment))) for day, segment in source.daily(dimension, days, ("values", *read))]
    if any(OTHER in rows for _, rows in found):
        return None
    return [(day, rows[value]) for day, rows in found if value in rows]


def _segments_of_days(source: Source, scope: Scope, dimension: str, read: Sequence[str]) -> Groups | None:
    days = unfiltered_days(source, scope)
    if days is None:
        return None
    groups: defaultdict[str, Measures] = defaultdict(Measures)
    for _, segment in source.daily(dimension, days, read):
        for value, document in segment_rows(segment):
            groups[value].merge(document)
    return None if OTHER in groups else groups


def _merged(documents: Iterable[dict[str, Any]]) -> Measures:
    merged = Measures()
    for document in documents:
        merged.merge(document)
    return merged


def expression(scope: Scope, dimension: str) -> Any:
    """A session's value of a dimension, in a pipeline."""
    if dimension == "visitor":
        return {"$cond": [f"$links.{scope.view}.new", "new", "returning"]}
    return f"${dimension}"


def _from_sessions(
    source: Source,
    scope: Scope,
    group: Any,
    counts: Sequence[str],
    amounts: bool,
    *,
    more: Mapping[str, Any] | None = None,
) -> Groups:
    groups: Groups = defaultdict(Measures)
    sums = {name: {"$sum": f"$counts.{name}"} for name in counts}
    rows = source.sessions([matching(scope, **(more or {})), {"$group": {"_id": group, **sums}}])
    for row in rows:
        key = row.pop("_id")
        groups[key].counts.update({name: n for name, n in row.items() if n})
    if rows and amounts:
        _add_money(source, matching(scope, money={"$ne": {}}, **(more or {})), group, groups)
        _add_order_values(source, matching(scope, **{"sales.0": {"$exists": True}}, **(more or {})), group, groups)
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


def _histogram(lists: Iterable[list[int]]) -> Counter[int]:
    """Of lists that hold values and their counts in turn."""
    found: defaultdict[int, int] = defaultdict(int)  # half the time of a Counter
    for numbers in lists:
        for value, n in zip(numbers[::2], numbers[1::2], strict=True):
            found[value] += n
    return Counter(found)


def _firsts(previous: dict[str, int], first_day: str) -> int:
    """Sessions whose visitor was not here between the first day of the window and the session."""
    return sum(n for day, n in previous.items() if day == FIRST or day < first_day)


def _named(lists: Iterable[list[list[Any]]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for rows in lists:
        for name, *sums in rows:
            known = found.setdefault(name, [0] * len(sums))
            for n, value in enumerate(sums):
                known[n] += value
    return found
