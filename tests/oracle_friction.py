"""The oracle's friction: what stood in the way of buying, and what that may have cost."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import Any

from oracle_carts import errors_met, has
from oracle_measures import Scope, money, order_values, rate, total
from oracle_tables import searches_of

JsonDict = dict[str, Any]
Obstacle = tuple[str, str]


def met_by(session: JsonDict) -> set[Obstacle]:
    """(kind, name) of every obstacle in a session: errors, and terms whose first search found nothing."""
    firsts = {row["query"]: row for row in reversed(searches_of(session)) if row["query"]}
    return set(errors_met(session)) | {("zero_results", query) for query, row in firsts.items() if row["zero"]}


def held_against(sessions: list[JsonDict], obstacle: Obstacle) -> list[JsonDict]:
    """Who did not meet it: checkouts without the error, or everybody whose search was a success."""
    if obstacle[0] == "zero_results":
        return [session for session in sessions if any(row["success"] for row in searches_of(session))]
    return [s for s in sessions if has(s, "checkout") and obstacle not in met_by(s)]


def friction(scope: Scope, options: JsonDict) -> JsonDict:
    touched: dict[Obstacle, list[JsonDict]] = defaultdict(list)
    for session in scope.sessions:
        for obstacle in met_by(session):
            touched[obstacle].append(session)
    ranked = sorted(touched, key=lambda obstacle: (-len(touched[obstacle]), obstacle))
    return {
        "rows": [friction_row(scope, obstacle, touched[obstacle]) for obstacle in ranked[: options.get("limit", 50)]],
        "total": len(ranked),
    }


def friction_row(scope: Scope, obstacle: Obstacle, sessions: list[JsonDict]) -> JsonDict:
    others = held_against(scope.sessions, obstacle)
    at_risk = None
    if others:
        gap = Fraction(total(others, "converted"), len(others)) - Fraction(total(sessions, "converted"), len(sessions))
        lost = len(sessions) * max(Fraction(0), gap)
        values = order_values(scope.sessions)
        at_risk = money({currency: lost * Fraction(sum(known), len(known)) for currency, known in values.items()})
    return {
        "kind": obstacle[0],
        "name": obstacle[1],
        "sessions": len(sessions),
        "conversion": rate(total(sessions, "converted"), len(sessions)),
        "against": rate(total(others, "converted"), len(others)),
        "revenue_at_risk": at_risk,
    }


def behind_row(scope: Scope, _options: JsonDict, value: str) -> list[JsonDict]:
    kind, name = value.split(":", maxsplit=1)
    return [session for session in scope.sessions if (kind, name) in met_by(session)]
