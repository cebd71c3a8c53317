"""ISO weeks of local days, counted from one Monday on, so that a week's distance from another is a difference."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

_MONDAY = date(1970, 1, 5)
WEEK: dict[str, Any] = {
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
