"""Where the time comes from: pass a Clock in, never call `datetime.now` inside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def system_clock() -> datetime:
    """Now, aware, in UTC, floored to the millisecond (what the database stores)."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """ISO 8601 UTC with milliseconds, as every time in the API is written.

    >>> iso(datetime(2026, 3, 1, 12, 30, tzinfo=UTC))
    '2026-03-01T12:30:00.000Z'
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970, exactly (a float of seconds times 1000 is not).

    >>> milliseconds(datetime(2004, 3, 1, 0, 0, 0, 1_000, tzinfo=UTC))
    1078099200001
    """
    return (moment - EPOCH) // _MILLISECOND
