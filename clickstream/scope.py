"""What a number is about: dataset, window, person, filters, view, and the time of asking."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from clickstream.clock import iso
from clickstream.errors import InvalidInput
from clickstream.localtime import LocalTime
from clickstream.sessions import DIMENSIONS

LIVE = "live"
VIEWS = ("clean", "all")
FILTERS = (*DIMENSIONS, "visitor")
VISITORS = ("new", "returning")
MAX_FILTER = 200
DAYS_A_WEEK = 7
LONGEST_WINDOW = timedelta(days=3_700)
FIRST_YEAR, LAST_YEAR = 1970, 2100
"""Far enough for every event there can be, near enough for every time zone to have a midnight before and after."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Sessions of `dataset` with since <= start < until (None: no bound), seen at `as_of`.

    `filters` maps FILTERS to the one value wanted.
    """

    as_of: datetime
    dataset: str = LIVE
    since: datetime | None = None
    until: datetime | None = None
    user_id: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    view: str = "clean"

    def described(self) -> dict[str, Any]:
        """The scope as the API writes it."""
        return {
            "dataset": self.dataset,
            "since": iso(self.since) if self.since else None,
            "until": iso(self.until) if self.until else None,
            "user_id": self.user_id,
            "filters": dict(sorted(self.filters.items())),
            "view": self.view,
            "as_of": iso(self.as_of),
        }

    def match(self) -> dict[str, Any]:
        """The scope as a filter on stored sessions (their dataset and generation are the store's business)."""
        wanted: dict[str, Any] = {"views": self.view}
        bounds = {"$gte": self.since, "$lt": self.until}
        start = {operator: moment for operator, moment in bounds.items() if moment is not None}
        if start:
            wanted["start"] = start
        if self.user_id is not None:
            wanted["user_id"] = self.user_id
        for name, value in self.filters.items():
            if name == "visitor":
                wanted[f"links.{self.view}.new"] = value == "new"
            else:
                wanted[name] = value
        return wanted

    def whole_days(self, local: LocalTime) -> tuple[str | None, str | None] | None:
        """First and last local day (None: no bound) where the window is whole days, else None."""
        first = local.day(self.since) if self.since else None
        if first and local.day_start(first) != self.since:
            return None
        last = local.day(self.until - timedelta(milliseconds=1)) if self.until else None
        if last and local.next_day_start(last) != self.until:
            return None
        return first, last


@dataclass(frozen=True)
class Windows:
    """A window as far as it has begun, its local days, and the same shifted back by whole weeks (None: not known)."""

    now: Scope
    days: int
    before: Scope | None


def windows(scope: Scope, local: LocalTime, reach: tuple[datetime, datetime] | None) -> Windows | None:
    """What to compare: the scope up to as_of, and the same local times ceil(days / 7) x 7 days earlier.

    `reach` is the first and last session start of the dataset and view (`Source.range`): it stands for missing bounds, and
    where it begins on a later day than `before`, that is not known. None where nothing of the window has begun.
    """
    since = scope.since or (reach and local.day_start(local.day(reach[0])))
    until = scope.until or (reach and local.next_day_start(local.day(reach[1])))
    if not since or not until or since >= min(until, scope.as_of):
        return None
    end = min(until, scope.as_of)
    first, last = (date.fromisoformat(local.day(moment)) for moment in (since, end - timedelta(milliseconds=1)))
    days = (last - first).days + 1
    shift = math.ceil(days / DAYS_A_WEEK) * DAYS_A_WEEK
    earlier = local.earlier(since, shift)
    known = reach is not None and local.day(reach[0]) <= local.day(earlier)
    before = replace(scope, since=earlier, until=local.earlier(end, shift)) if known else None
    return Windows(replace(scope, since=since, until=end), days, before)


def read_scope(values: Mapping[str, str], *, now: datetime, local: LocalTime) -> Scope:
    """A scope from query parameters or JSON fields. Raises InvalidInput naming each field that cannot be used.

    `since` and `until` are instants (ISO 8601, UTC where no zone is given) or local days ("2026-03-01"; `until` is the day
    after the last one).
    """
    problems: dict[str, str] = {}
    since = _read(values, "since", problems, lambda text: _instant(text, local))
    until = _read(values, "until", problems, lambda text: _instant(text, local))
    as_of = _read(values, "as_of", problems, lambda text: _instant(text, local))
    if since and until and since >= until:
        problems["until"] = "must be after since"
    elif since and until and until - since > LONGEST_WINDOW:
        problems["until"] = "must be within ten years of since"
    view = values.get("view") or "clean"
    if view not in VIEWS:
        problems["view"] = "must be clean or all"
    filters = {name: values[name] for name in FILTERS if values.get(name)}
    if filters.get("visitor", "new") not in VISITORS:
        problems["visitor"] = "must be new or returning"
    texts = {**filters, "user_id": values.get("user_id") or "", "dataset": values.get("dataset") or LIVE}
    problems.update(
        {name: f"must be at most {MAX_FILTER} characters" for name, text in texts.items() if len(text) > MAX_FILTER}
    )
    if problems:
        raise InvalidInput("This selection cannot be read.", fields=problems, code="invalid_scope")
    return Scope(
        as_of=as_of or now,
        dataset=texts["dataset"],
        since=since,
        until=until,
        user_id=texts["user_id"] or None,
        filters=filters,
        view=view,
    )


def scope_again(described: Mapping[str, Any], *, as_of: datetime) -> Scope:
    """The scope that `Scope.described` wrote down, as of another moment."""
    since, until = (datetime.fromisoformat(described[name]) if described[name] else None for name in ("since", "until"))
    kept = {name: described[name] for name in ("dataset", "user_id", "filters", "view")}
    return Scope(as_of=as_of, since=since, until=until, **kept)


def _read(
    values: Mapping[str, str], name: str, problems: dict[str, str], parse: Callable[[str], datetime]
) -> datetime | None:
    text = values.get(name)
    if not text:
        return None
    try:
        return parse(text)
    except ValueError:
        example = "a day such as 2026-03-01 or a time such as 2026-03-01T12:00:00Z"
        problems[name] = f"must be {example}, in the years {FIRST_YEAR} to {LAST_YEAR}"
        return None


def _instant(text: str, local: LocalTime) -> datetime:
    """The `+` of an offset may have become a space on its way through an address."""
    day = len(text) == len("2026-03-01")
    moment = datetime.fromisoformat(text if day else text.replace(" ", "+") if "T" in text else text)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    if day:
        return local.day_start(moment.date().isoformat())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
