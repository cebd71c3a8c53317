"""What the sessions of an experiment say: who saw which arm, and what they did."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clickstream.measures import Measures
from clickstream.metrics import sums
from clickstream.metrics.behind import PLACE_FIELDS
from clickstream.metrics.source import Row, Source
from clickstream.scope import Scope

_COUNTS = ("sessions", "conversions", "orders")
_NAME = {"$arrayElemAt": ["$$pair", 0]}
_ARM = {"$arrayElemAt": ["$$pair", 1]}
PLACE = {"start": "$start", "session_id": "$session_id", "key": "$key"}


@dataclass(frozen=True)
class Seen:
    """`visitors` of an experiment by the arm of their first session; those who saw more than one, and their sessions."""

    visitors: Mapping[str, int]
    mixed_visitors: int
    mixed_sessions: int


@dataclass(frozen=True)
class Arm:
    """`values`: per currency how many sessions were worth how much, those worth nothing included."""

    name: str
    measures: Measures
    values: Mapping[str, Counter[int]]

    @property
    def sessions(self) -> int:
        return self.measures.counts["sessions"]

    @property
    def conversions(self) -> int:
        return self.measures.counts["conversions"]


def experiments_of(source: Source, scope: Scope) -> list[Row]:
    """Every experiment with its sessions, most sessions first."""
    names = {"$setUnion": [{"$map": {"input": "$experiments", "as": "pair", "in": _NAME}}]}
    found = source.sessions([
        sums.matching(scope, kind="session", experiments={"$exists": True}),
        {"$project": {"name": names}},
        {"$unwind": "$name"},
        {"$group": {"_id": "$name", "sessions": {"$sum": 1}}},
    ])  # fmt: skip
    rows = [{"experiment": row["_id"], "sessions": row["sessions"]} for row in found]
    return sorted(rows, key=lambda row: (-row["sessions"], row["experiment"]))


def _own(experiment: str) -> dict[str, Any]:
    """The arms of this experiment that a session saw, in the order it did."""
    named = {"$eq": [_NAME, {"$literal": experiment}]}
    own = {"$filter": {"input": "$experiments", "as": "pair", "cond": named}}
    return {"$map": {"input": own, "as": "pair", "in": _ARM}}


def taking_part(experiment: str) -> dict[str, Any]:
    """A filter on the sessions of an experiment, through the index of those that have any."""
    return {"experiments": {"$exists": True, "$elemMatch": {"0": {"$eq": experiment}}}}


def first_arm(experiment: str) -> dict[str, Any]:
    return {"$arrayElemAt": [_own(experiment), 0]}


def arms_of(source: Source, scope: Scope, experiment: str) -> list[Arm]:
    groups = sums.by_expression(source, scope, first_arm(experiment), _COUNTS, more=taking_part(experiment))
    values = _session_values(source, scope, experiment)
    currencies = sorted({currency for measures in groups.values() for currency in measures.order_values})
    return [
        Arm(name, measures, {currency: _with_zeros(values[name, currency], measures) for currency in currencies})
        for name, measures in sorted(groups.items())
    ]


def _session_values(source: Source, scope: Scope, experiment: str) -> defaultdict[tuple[str, str], Counter[int]]:
    """By arm and currency: how many sessions with revenue had how much."""
    found: defaultdict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    worth = {"arm": "$arm", "currency": "$money.k", "revenue": "$money.v.revenue"}
    rows = source.sessions([
        sums.matching(scope, kind="session", money={"$ne": {}}, **taking_part(experiment)),
        {"$project": {"arm": first_arm(experiment), "money": {"$objectToArray": "$money"}}},
        {"$unwind": "$money"},
        {"$match": {"money.v.revenue": {"$gt": 0}}},
        {"$group": {"_id": worth, "n": {"$sum": 1}}},
    ])  # fmt: skip
    for row in rows:
        key = row["_id"]
        found[key["arm"], key["currency"]][key["revenue"]] = row["n"]
    return found


def _with_zeros(values: Counter[int], measures: Measures) -> Counter[int]:
    return values + Counter({0: measures.counts["sessions"] - values.total()})


def by_visitor(scope: Scope, experiment: str, **sums_too: Any) -> list[dict[str, Any]]:
    """Stages that leave one row a visitor: the place and arm of their first session, and the least and last arm they saw."""
    return [
        sums.matching(scope, kind="session", **taking_part(experiment)),
        {"$project": {**PLACE_FIELDS, "visitor": 1, "own": _own(experiment)}},
        {
            "$group": {
                "_id": "$visitor",
                "first": {"$min": {**PLACE, "arm": {"$arrayElemAt": ["$own", 0]}}},
                "least": {"$min": {"$min": "$own"}},
                "last": {"$max": {"$max": "$own"}},
                **sums_too,
            }
        },
    ]


def seen_arms(source: Source, scope: Scope, experiment: str) -> Seen:
    counted = {
        "_id": {"arm": "$first.arm", "mixed": {"$ne": ["$least", "$last"]}},
        "visitors": {"$sum": 1},
        "sessions": {"$sum": "$sessions"},
    }
    rows = source.sessions([*by_visitor(scope, experiment, sessions={"$sum": 1}), {"$group": counted}])
    visitors: Counter[str] = Counter()
    for row in rows:
        visitors[row["_id"]["arm"]] += row["visitors"]
    mixed = [row for row in rows if row["_id"]["mixed"]]
    return Seen(visitors, sum(row["visitors"] for row in mixed), sum(row["sessions"] for row in mixed))
