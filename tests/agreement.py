"""Comparing two metric results field by field: what must be exact is exact, what is a float is nearly equal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

MONEY_LISTS = {
    "revenue", "net_revenue", "refunded", "revenue_per_session", "revenue_per_visitor", "value_left", "revenue_at_risk",
    "revenue_first_week",
}  # fmt: skip
MOMENTS = {"start", "ends", "since", "until"}
TOLERANCES = {"amount": 1e-12, "p_value": 1e-6, "p_adjusted": 1e-6}


def disagreements(actual: Any, expected: Any, path: str = "result", name: str = "") -> Iterator[str]:
    """One line per field of `expected` that `actual` does not have or has otherwise; more fields are welcome."""
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            yield f"{path}: {actual!r} is no object"
            return
        for key, value in expected.items():
            if key in actual:
                yield from disagreements(actual[key], value, f"{path}.{key}", key)
            else:
                yield f"{path}.{key}: missing, should be {value!r}"
    elif isinstance(expected, list):
        yield from list_disagreements(actual, expected, path, name)
    elif not same(actual, expected, name):
        yield f"{path}: {actual!r}, should be {expected!r}"


def list_disagreements(actual: Any, expected: list[Any], path: str, name: str) -> Iterator[str]:
    if not isinstance(actual, list):
        yield f"{path}: {actual!r} is no list"
        return
    if name in MONEY_LISTS:
        actual, expected = without_zeros(actual), without_zeros(expected)
    if len(actual) != len(expected):
        yield f"{path}: {len(actual)} rows, should be {len(expected)}: {actual!r}, should be {expected!r}"
        return
    for index, (one, other) in enumerate(zip(actual, expected, strict=True)):
        yield from disagreements(one, other, f"{path}[{index}]", name)


def without_zeros(amounts: list[Any]) -> list[Any]:
    """A currency without an amount and one with the amount 0 say the same."""
    return [row for row in amounts if row["amount"] != 0]


def same(actual: Any, expected: Any, name: str) -> bool:
    if name in MOMENTS and isinstance(expected, str | datetime) and actual and actual != expected:
        return instant(actual) == instant(expected)
    if isinstance(expected, bool) or isinstance(actual, bool):
        return actual is expected
    if isinstance(expected, float):
        tolerance = TOLERANCES.get(name, 1e-9)
        return isinstance(actual, int | float) and math.isclose(actual, expected, rel_tol=tolerance, abs_tol=1e-12)
    return bool(actual == expected)


def instant(value: str | datetime) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
