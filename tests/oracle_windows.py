"""The oracle's local days: where a day begins, what a window without bounds means, and the window before it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from oracle_measures import Scope

Window = tuple[datetime, datetime]


def day_start(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def first_day(scope: Scope) -> date | None:
    """The first local day that has a session of the dataset and view."""
    return min((local_day(session["start"], scope.zone) for session in scope.everything), default=None)


def bounded(scope: Scope) -> Window | None:
    """The scope's window; a missing bound is the dataset's own first day, or the day after its last."""
    if not scope.everything and (scope.since is None or scope.until is None):
        return None
    days = [local_day(session["start"], scope.zone) for session in scope.everything]
    since = scope.since or day_start(min(days), scope.zone)
    until = scope.until or day_start(max(days) + timedelta(days=1), scope.zone)
    return since, until


def window_now(scope: Scope) -> Window | None:
    window = bounded(scope)
    return window and (window[0], min(window[1], scope.as_of))


def days_in(window: Window, zone: ZoneInfo) -> int:
    last = local_day(window[1] - timedelta(milliseconds=1), zone)
    return max(0, (last - local_day(window[0], zone)).days + 1)


def window_before(scope: Scope) -> Window | None:
    """`window_now` shifted back by whole weeks of local time; None where the dataset begins on a later day."""
    now, first = window_now(scope), first_day(scope)
    if now is None or first is None or now[0] >= now[1]:
        return None
    weeks = -(-days_in(now, scope.zone) // 7)
    before = earlier(now[0], weeks, scope.zone), earlier(now[1], weeks, scope.zone)
    return before if first <= local_day(before[0], scope.zone) else None


def earlier(moment: datetime, weeks: int, zone: ZoneInfo) -> datetime:
    """The same local time as many weeks ago (of two, the first)."""
    wall_clock = moment.astimezone(zone).replace(tzinfo=None) - timedelta(weeks=weeks)
    return wall_clock.replace(tzinfo=zone, fold=0).astimezone(UTC)
