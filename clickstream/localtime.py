"""Days and hours as the shop's wall clock cuts them, in one time zone, DST days included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_QUARTER_SECONDS = 900


class LocalTime:
    """Every zone's offset is a multiple of a quarter hour at least since 2000, so a quarter decides day and hour."""

    def __init__(self, time_zone: str) -> None:
        self.time_zone = time_zone
        self._zone = ZoneInfo(time_zone)
        self._quarter = lru_cache(maxsize=65_536)(self._of_quarter)

    def day_and_hour(self, moment: datetime) -> tuple[str, datetime]:
        """The local day ("2026-03-29") and the UTC instant at which the local hour began."""
        return self._quarter(int(moment.timestamp()) // _QUARTER_SECONDS)

    def day(self, moment: datetime) -> str:
        return self.day_and_hour(moment)[0]

    def day_start(self, day: str) -> datetime:
        """The UTC instant at which this local day begins."""
        return self._midnight(date.fromisoformat(day))

    def next_day_start(self, day: str) -> datetime:
        return self._midnight(date.fromisoformat(day) + timedelta(days=1))

    def earlier(self, moment: datetime, days: int) -> datetime:
        """The instant with the same wall clock so many days before.

        Of a time that comes twice the first; one that does not exist lies as far after the change of clocks as it claims to.
        """
        wall = moment.astimezone(self._zone).replace(tzinfo=None, fold=0) - timedelta(days=days)
        return wall.replace(tzinfo=self._zone).astimezone(UTC)

    def days_between(self, since: datetime, until: datetime) -> float:
        """By the wall clock: a day on which clocks change is one day."""
        start, end = (moment.astimezone(self._zone).replace(tzinfo=None, fold=0) for moment in (since, until))
        return (end - start) / timedelta(days=1)

    def days(self, first: str, last: str) -> Iterator[str]:
        """Every local day from first to last, both included."""
        day, end = date.fromisoformat(first), date.fromisoformat(last)
        while day <= end:
            yield day.isoformat()
            day += timedelta(days=1)

    def hours(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """The UTC starts of every local hour that overlaps [since, until)."""
        start = self.day_and_hour(since)[1]
        while start < until:
            yield start
            start = self._next_hour(start)

    def _next_hour(self, start: datetime) -> datetime:
        probe = start
        while self.day_and_hour(probe)[1] == start:
            probe += timedelta(seconds=_QUARTER_SECONDS)
        return self.day_and_hour(probe)[1]

    def _midnight(self, day: date) -> datetime:
        """The first instant of the day: where midnight does not exist, the end of the gap."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC)
        while midnight.astimezone(self._zone).date() < day:
            midnight += timedelta(seconds=_QUARTER_SECONDS)
        return midnight

    def _of_quarter(self, quarter: int) -> tuple[str, datetime]:
        moment = datetime.fromtimestamp(quarter * _QUARTER_SECONDS, UTC)
        local = moment.astimezone(self._zone)
        start = moment - timedelta(minutes=local.minute, seconds=local.second)
        while start.astimezone(self._zone).utcoffset() != local.utcoffset():  # a clock that jumped within the hour
            start += timedelta(seconds=_QUARTER_SECONDS)
        return local.date().isoformat(), start
